//! The names of intrinsics and scopes.

use super::ast::Name;
use contract::{Intrinsic, SpanScope};
use std::sync::Arc;

/// Intrinsics that stand bare.
pub(crate) const BARE: [(&str, Intrinsic); 12] = [
    ("duration", Intrinsic::Duration),
    ("childCount", Intrinsic::ChildCount),
    ("name", Intrinsic::Name),
    ("status", Intrinsic::Status),
    ("statusMessage", Intrinsic::StatusMessage),
    ("kind", Intrinsic::Kind),
    ("rootName", Intrinsic::RootName),
    ("rootServiceName", Intrinsic::RootServiceName),
    ("traceDuration", Intrinsic::TraceDuration),
    ("nestedSetLeft", Intrinsic::NestedSetLeft),
    ("nestedSetRight", Intrinsic::NestedSetRight),
    ("nestedSetParent", Intrinsic::NestedSetParent),
];

/// Intrinsics after a scope, in the order in which errors list them.
pub(crate) const SCOPED: [(&str, &[(&str, Intrinsic)]); 5] = [
    (
        "trace:",
        &[
            ("duration", Intrinsic::TraceDuration),
            ("rootName", Intrinsic::RootName),
            ("rootService", Intrinsic::RootServiceName),
            ("id", Intrinsic::TraceId),
        ],
    ),
    (
        "span:",
        &[
            ("duration", Intrinsic::Duration),
            ("name", Intrinsic::Name),
            ("kind", Intrinsic::Kind),
            ("status", Intrinsic::Status),
            ("statusMessage", Intrinsic::StatusMessage),
            ("id", Intrinsic::SpanId),
            ("parentID", Intrinsic::ParentId),
            ("childCount", Intrinsic::ChildCount),
        ],
    ),
    ("event:", &[("name", Intrinsic::EventName), ("timeSinceStart", Intrinsic::EventTimeSinceStart)]),
    ("link:", &[("traceID", Intrinsic::LinkTraceId), ("spanID", Intrinsic::LinkSpanId)]),
    (
        "instrumentation:",
        &[("name", Intrinsic::InstrumentationName), ("version", Intrinsic::InstrumentationVersion)],
    ),
];

/// The scopes of attributes, as written before the key.
pub(crate) const SCOPES: [(&str, SpanScope); 5] = [
    ("span.", SpanScope::Span),
    ("resource.", SpanScope::Resource),
    ("event.", SpanScope::Event),
    ("link.", SpanScope::Link),
    ("instrumentation.", SpanScope::Instrumentation),
];

/// How an intrinsic is printed: in labels, errors and the keys of answers.
pub fn intrinsic_name(intrinsic: Intrinsic) -> &'static str {
    match intrinsic {
        Intrinsic::TraceId => "trace:id",
        Intrinsic::SpanId => "span:id",
        Intrinsic::ParentId => "span:parentID",
        Intrinsic::ChildCount => "span:childCount",
        Intrinsic::EventName => "event:name",
        Intrinsic::EventTimeSinceStart => "event:timeSinceStart",
        Intrinsic::LinkTraceId => "link:traceID",
        Intrinsic::LinkSpanId => "link:spanID",
        Intrinsic::InstrumentationName => "instrumentation:name",
        Intrinsic::InstrumentationVersion => "instrumentation:version",
        _ => BARE.iter().find(|(_, i)| *i == intrinsic).map_or("", |(name, _)| name),
    }
}

/// The name in a text such as a tag of an autocomplete request: `span.http.method`, `.x`, `name`, `event:name`. A text
/// without scope that is no intrinsic is `None`.
pub fn name_of_text(text: &str) -> Option<Name> {
    if let Some((_, intrinsic)) = BARE.iter().find(|(name, _)| *name == text) {
        return Some(Name::Intrinsic(*intrinsic));
    }
    for (scope, intrinsics) in SCOPED {
        if let Some(rest) = text.strip_prefix(scope) {
            return intrinsics.iter().find(|(name, _)| *name == rest).map(|(_, i)| Name::Intrinsic(*i));
        }
    }
    let scoped = SCOPES.iter().find_map(|(prefix, scope)| Some((text.strip_prefix(prefix)?, Some(*scope))));
    let (key, scope) = scoped.or_else(|| Some((text.strip_prefix('.')?, None)))?;
    let key = match key.strip_prefix('"').and_then(|k| k.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => key.to_owned(),
    };
    (!key.is_empty()).then(|| Name::Attribute { of_parent: false, scope, key: Arc::from(key) })
}
