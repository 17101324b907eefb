//! Attribute names and values, for autocomplete: `/api/search/tags`, `/api/search/tag/{name}/values` and their second
//! versions, which tell scopes and types.

use super::{ApiError, times};
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{Attribute, Condition, Intrinsic, SpanScope, TagSelect};
use http::Request;
use model::{Nanos, TimeRange, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use traceql::Name;

type Shared = extract::State<Arc<State>>;

/// Names that every span has, as the listing shows them.
const INTRINSICS: [&str; 25] = [
    "duration",
    "event:name",
    "event:timeSinceStart",
    "instrumentation:name",
    "instrumentation:version",
    "kind",
    "link:spanID",
    "link:traceID",
    "name",
    "rootName",
    "rootServiceName",
    "span:duration",
    "span:id",
    "span:kind",
    "span:name",
    "span:parentID",
    "span:status",
    "span:statusMessage",
    "status",
    "statusMessage",
    "trace:duration",
    "trace:id",
    "trace:rootName",
    "trace:rootService",
    "traceDuration",
];

const SCOPES: [(&str, SpanScope); 5] = [
    ("event", SpanScope::Event),
    ("instrumentation", SpanScope::Instrumentation),
    ("link", SpanScope::Link),
    ("resource", SpanScope::Resource),
    ("span", SpanScope::Span),
];

/// Which names are asked for.
enum Scope {
    All,
    Intrinsics,
    One(SpanScope),
}

fn scope(params: &Params) -> Result<Scope, Fault> {
    match params.get("scope") {
        "" | "none" => Ok(Scope::All),
        "intrinsic" => Ok(Scope::Intrinsics),
        word => match SCOPES.iter().find(|(name, _)| *name == word) {
            Some((_, scope)) => Ok(Scope::One(*scope)),
            None => Err(Fault::invalid(format!("invalid scope: {word}"))),
        },
    }
}

fn everything() -> TimeRange<Nanos> {
    TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX))
}

/// A limit that is no number is taken as none here.
fn lenient_limit(params: &Params) -> usize {
    params.get("limit").parse().unwrap_or(0)
}

struct Names {
    by_scope: BTreeMap<&'static str, BTreeSet<String>>,
    /// Whether names that every span has belong to the answer.
    intrinsics: bool,
    /// Whether they were asked for by their scope: the first version lists them only then.
    asked_for_intrinsics: bool,
}

async fn names(state: &Arc<State>, request: Request<Body>) -> Result<Names, Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let range = times::optional_range(&params)?.unwrap_or_else(everything);
    let scope = scope(&params)?;
    let mut found = Names {
        by_scope: BTreeMap::new(),
        intrinsics: matches!(scope, Scope::All | Scope::Intrinsics),
        asked_for_intrinsics: matches!(scope, Scope::Intrinsics),
    };
    let only = match scope {
        Scope::Intrinsics => return Ok(found),
        Scope::All => None,
        Scope::One(scope) => Some(scope),
    };
    let conditions = params.some("q").map(traceql::lenient::conditions).unwrap_or_default();
    let select = TagSelect { range, scope: only, conditions, limit: lenient_limit(&params) };
    let source = state.engines.spans.clone();
    let cx = state.query_context(tenant, None);
    let tags = state.run(cx, move |cx| async move { source.tags(&cx, select).await }).await?;
    for (scope, name) in tags {
        if let Some((word, _)) = SCOPES.iter().find(|(_, s)| *s == scope) {
            found.by_scope.entry(word).or_default().insert(name.to_string());
        }
    }
    Ok(found)
}

/// Names without their scopes.
pub(super) async fn first_names(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let names = names(&state, request).await?;
    let mut all: BTreeSet<&str> = names.by_scope.values().flatten().map(String::as_str).collect();
    if names.asked_for_intrinsics {
        all.extend(INTRINSICS.iter().copied());
    }
    let mut out = String::from(r#"{"tagNames":"#);
    json::list(&mut out, all, |out, name| json::string(out, name, false));
    out.push_str(r#","metrics":{}}"#);
    Ok(respond::json(out))
}

/// Names by scope.
pub(super) async fn second_names(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let names = names(&state, request).await?;
    let mut out = String::from(r#"{"scopes":["#);
    let mut first = true;
    let mut group = |out: &mut String, name: &str, tags: Vec<&str>| {
        out.push_str(if first { "" } else { "," });
        first = false;
        push(out, format_args!(r#"{{"name":"{name}","tags":"#));
        json::strings(out, &tags);
        out.push('}');
    };
    for (scope, tags) in &names.by_scope {
        group(&mut out, scope, tags.iter().map(String::as_str).collect());
    }
    if names.intrinsics {
        group(&mut out, "intrinsic", INTRINSICS.to_vec());
    }
    out.push_str(r#"],"metrics":{}}"#);
    Ok(respond::json(out))
}

async fn values(
    state: &Arc<State>,
    request: Request<Body>,
    attribute: Attribute,
    limit: usize,
) -> Result<Vec<Value>, Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let range = times::optional_range(&params)?.unwrap_or_else(everything);
    let conditions: Vec<Condition> = params.some("q").map(traceql::lenient::conditions).unwrap_or_default();
    let select = TagSelect { range, scope: None, conditions, limit };
    let source = state.engines.spans.clone();
    let cx = state.query_context(tenant, None);
    state.run(cx, move |cx| async move { source.tag_values(&cx, attribute, select).await }).await
}

/// Values as text; the name has no scope.
pub(super) async fn first_values(
    state: Shared,
    extract::Path(name): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let attribute = match name.as_str() {
        "name" => Attribute::Intrinsic(Intrinsic::Name),
        "root.name" => Attribute::Intrinsic(Intrinsic::RootName),
        "root.service.name" => Attribute::Intrinsic(Intrinsic::RootServiceName),
        name => Attribute::Key(None, name.into()),
    };
    let values = values(&state, request, attribute, 0).await?;
    let texts: BTreeSet<String> = values.iter().map(wire::otlp::values::to_text).collect();
    let mut out = String::from(r#"{"tagValues":"#);
    json::list(&mut out, texts, |out, text| json::string(out, &text, false));
    out.push_str(r#","metrics":{}}"#);
    Ok(respond::json(out))
}

/// Values with their types; the name is written as in a query.
pub(super) async fn second_values(
    state: Shared,
    extract::Path(text): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let attribute = match traceql::name_of_text(&text) {
        Some(Name::Intrinsic(intrinsic)) => Attribute::Intrinsic(intrinsic),
        Some(Name::Attribute { of_parent: false, scope, key }) => Attribute::Key(scope, key),
        _ => return Err(Fault::invalid(format!("please provide a valid tagName: {}", no_name(&text))).into()),
    };
    let keywords: &[&str] = match attribute {
        Attribute::Intrinsic(Intrinsic::Status) => &["error", "ok", "unset"],
        Attribute::Intrinsic(Intrinsic::Kind) => {
            &["unspecified", "internal", "server", "client", "producer", "consumer"]
        }
        _ => &[],
    };
    if !keywords.is_empty() {
        let mut out = String::from(r#"{"tagValues":"#);
        json::list(&mut out, keywords, |out, word| {
            push(out, format_args!(r#"{{"type":"keyword","value":"{word}"}}"#))
        });
        out.push_str(r#","metrics":{}}"#);
        return Ok(respond::json(out));
    }
    let limit = {
        let query = request.uri().query().unwrap_or("").to_owned();
        let limit = query.split('&').find_map(|pair| pair.strip_prefix("limit="));
        match limit.filter(|text| !text.is_empty()).map(str::parse::<usize>) {
            None => 0,
            Some(Ok(limit)) => limit,
            Some(Err(_)) => {
                let text = times::parse_uint(limit.unwrap_or(""));
                return Err(Fault::invalid(format!("invalid limit: {text}")).into());
            }
        }
    };
    let durations = matches!(
        attribute,
        Attribute::Intrinsic(Intrinsic::Duration | Intrinsic::TraceDuration | Intrinsic::EventTimeSinceStart)
    );
    let values = values(&state, request, attribute, limit).await?;
    let mut out = String::from(r#"{"tagValues":"#);
    json::list(&mut out, &values, |out, value| typed(out, value, durations));
    out.push_str(r#","metrics":{}}"#);
    Ok(respond::json(out))
}

/// Why a text is no name, in the words of the language's own parser.
fn no_name(text: &str) -> String {
    let reason = match traceql::parse(&format!("{{ {text} = 1 }}")) {
        Err(error) => error.to_string(),
        Ok(_) => "not an attribute".to_owned(),
    };
    format!("failed to parse identifier {text}: {reason}")
}

/// `{"type":"int","value":"7"}`; an empty value is left out.
fn typed(out: &mut String, value: &Value, durations: bool) {
    let (kind, text) = match value {
        Value::Int(nanos) if durations => ("duration", traceql::format_duration(*nanos)),
        Value::Int(int) => ("int", int.to_string()),
        Value::Double(_) => ("float", wire::otlp::values::to_text(value)),
        Value::Bool(flag) => ("bool", flag.to_string()),
        _ => ("string", wire::otlp::values::to_text(value)),
    };
    push(out, format_args!(r#"{{"type":"{kind}""#));
    if !text.is_empty() {
        out.push_str(r#","value":"#);
        json::string(out, &text, false);
    }
    out.push('}');
}
