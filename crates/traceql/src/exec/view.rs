//! One trace laid out for evaluation: spans in order of start, the tree, and what is said of the whole trace.

use super::tree::{Tree, TreeSpan};
use crate::syntax::Name;
use crate::value::Value;
use contract::{Intrinsic, SpanScope, TraceSpans};
use model::{Resource, Scope, Span, attr};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// A span with where it came from.
#[derive(Clone, Copy)]
pub(crate) struct SpanView<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) scope: &'a Scope,
    pub(crate) span: &'a Span,
}

/// A trace.
pub(crate) struct TraceView<'a> {
    pub(crate) trace: &'a TraceSpans,
    pub(crate) spans: Vec<SpanView<'a>>,
    /// Built when the first relation or number is asked for.
    tree: OnceCell<Tree>,
    /// Indexes of `spans` in the order in which siblings are numbered.
    siblings: Vec<usize>,
    /// The latest root, if one was received.
    pub(crate) root: Option<usize>,
    /// Least start and greatest end, in nanoseconds.
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl<'a> TraceView<'a> {
    pub(crate) fn new(trace: &'a TraceSpans) -> Self {
        let mut spans = Vec::with_capacity(trace.spans.len());
        for resource in &trace.spans.resources {
            for scope in &resource.scopes {
                let view = |span| SpanView { resource: &resource.resource, scope: &scope.scope, span };
                spans.extend(scope.spans.iter().map(view));
            }
        }
        let mut ranked: Vec<(usize, SpanView<'a>)> = spans.into_iter().enumerate().collect();
        ranked.sort_by_key(|(_, view)| (view.span.start, view.span.span_id, view.span.kind as u8));
        // Siblings are numbered in the order in which the trace lists them: by resource and scope, then by start.
        let mut siblings = vec![0; ranked.len()];
        ranked.iter().enumerate().for_each(|(index, (rank, _))| siblings[*rank] = index);
        let spans: Vec<SpanView<'a>> = ranked.into_iter().map(|(_, view)| view).collect();
        let root = spans.iter().rposition(|view| view.span.parent_span_id.is_zero());
        let start = spans.first().map_or(0, |view| view.span.start.0);
        let end = spans.iter().map(|view| view.span.end.0.max(view.span.start.0)).max().unwrap_or(0);
        TraceView { trace, spans, tree: OnceCell::new(), siblings, root, start, end }
    }

    /// Indexes of `spans` in the order in which the trace lists them.
    pub(crate) fn listed(&self) -> &[usize] {
        &self.siblings
    }

    /// Who is whose parent, and the nested-set numbers.
    pub(crate) fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| {
            let spans: Vec<TreeSpan> = self.spans.iter().map(|view| TreeSpan::of(view.span)).collect();
            Tree::build(&spans, &self.siblings)
        })
    }

    /// Nanoseconds from the first start to the last end.
    pub(crate) fn duration(&self) -> i64 {
        self.end.saturating_sub(self.start).max(0)
    }

    /// Name of the root, "" when it was not received.
    pub(crate) fn root_name(&self) -> &str {
        self.root.map_or("", |root| &self.spans[root].span.name)
    }

    /// Service of the root, "" when it was not received.
    pub(crate) fn root_service(&self) -> &str {
        self.root.map_or("", |root| self.spans[root].resource.service_name())
    }

    /// Spans and failed spans by service.
    pub(crate) fn services(&self) -> BTreeMap<String, (u32, u32)> {
        let mut services: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        for view in &self.spans {
            let entry = match services.get_mut(view.resource.service_name()) {
                Some(entry) => entry,
                None => services.entry(view.resource.service_name().to_owned()).or_default(),
            };
            entry.0 += 1;
            entry.1 += u32::from(view.span.status == model::StatusCode::Error);
        }
        services
    }
}

/// Spans whose names have values.
pub(crate) trait Valued {
    /// What a name is on a span.
    fn value(&self, span: usize, name: &Name) -> Value;
}

impl Valued for TraceView<'_> {
    fn value(&self, span: usize, name: &Name) -> Value {
        value_of(self, span, name)
    }
}

/// What a name is on a span.
pub(crate) fn value_of(trace: &TraceView<'_>, index: usize, name: &Name) -> Value {
    let view = &trace.spans[index];
    match name {
        Name::Parent | Name::Attribute { of_parent: true, .. } => Value::Nil,
        Name::Attribute { scope, key, .. } => attribute(view, *scope, key),
        Name::Intrinsic(intrinsic) => intrinsic_value(trace, index, view, *intrinsic),
    }
}

fn attribute(view: &SpanView<'_>, scope: Option<SpanScope>, key: &str) -> Value {
    let of = |attributes| attr::find(attributes, key).map_or(Value::Nil, Value::from_model);
    match scope {
        Some(SpanScope::Span) => of(&view.span.attributes),
        Some(SpanScope::Resource) => of(&view.resource.attributes),
        Some(SpanScope::Instrumentation) => of(&view.scope.attributes),
        Some(SpanScope::Event) => many(view.span.events.iter().map(|event| of(&event.attributes))),
        Some(SpanScope::Link) => many(view.span.links.iter().map(|link| of(&link.attributes))),
        None => match attr::find(&view.span.attributes, key) {
            Some(value) => Value::from_model(value),
            None => of(&view.resource.attributes),
        },
    }
}

/// Whether a name asks events or links, of which a span has several.
pub(crate) fn is_of_children(name: &Name) -> bool {
    match name {
        Name::Attribute { scope, .. } => matches!(scope, Some(SpanScope::Event | SpanScope::Link)),
        Name::Intrinsic(intrinsic) => matches!(
            intrinsic,
            Intrinsic::EventName
                | Intrinsic::EventTimeSinceStart
                | Intrinsic::LinkTraceId
                | Intrinsic::LinkSpanId
        ),
        Name::Parent => false,
    }
}

/// The one value of a name that groups and answers show: the last of several events or links, and a list of one member
/// as that member.
pub(crate) fn one_value(name: Option<&Name>, value: Value) -> Value {
    match value {
        Value::Many(mut members) if members.len() == 1 || name.is_some_and(is_of_children) => {
            members.pop().unwrap_or(Value::Nil)
        }
        value => value,
    }
}

/// What several events or links say: nothing, one value, or many.
pub(super) fn many(values: impl Iterator<Item = Value>) -> Value {
    let mut members = Vec::new();
    for value in values {
        match value {
            Value::Nil => {}
            Value::Many(inner) => members.extend(inner),
            one => members.push(one),
        }
    }
    match members.len() {
        0 => Value::Nil,
        1 => members.remove(0),
        _ => Value::Many(members),
    }
}

fn intrinsic_value(trace: &TraceView<'_>, index: usize, view: &SpanView<'_>, intrinsic: Intrinsic) -> Value {
    let SpanView { scope, span, .. } = view;
    let numbers = || trace.tree();
    match intrinsic {
        Intrinsic::Duration => Value::Duration(span.duration_nanos()),
        Intrinsic::Name => Value::Text(span.name.clone()),
        Intrinsic::Status => Value::Status(span.status),
        Intrinsic::StatusMessage => Value::Text(span.status_message.clone()),
        Intrinsic::Kind => Value::Kind(span.kind),
        Intrinsic::RootName => Value::text(trace.root_name()),
        Intrinsic::RootServiceName => Value::text(trace.root_service()),
        Intrinsic::TraceDuration => Value::Duration(trace.duration()),
        Intrinsic::TraceId => Value::text(trace.trace.trace_id.to_string()),
        Intrinsic::SpanId => Value::text(span.span_id.to_string()),
        Intrinsic::ParentId => Value::text(span.parent_span_id.to_string()),
        Intrinsic::ChildCount => Value::Int(i64::from(numbers().child_count[index])),
        Intrinsic::NestedSetLeft => Value::Int(numbers().left[index]),
        Intrinsic::NestedSetRight => Value::Int(numbers().right[index]),
        Intrinsic::NestedSetParent => Value::Int(numbers().up[index]),
        Intrinsic::EventName => many(span.events.iter().map(|event| Value::Text(event.name.clone()))),
        Intrinsic::EventTimeSinceStart => {
            many(span.events.iter().map(|event| Value::Duration(event.at.0.saturating_sub(span.start.0))))
        }
        Intrinsic::LinkTraceId => many(span.links.iter().map(|link| Value::text(link.trace_id.to_string()))),
        Intrinsic::LinkSpanId => many(span.links.iter().map(|link| Value::text(link.span_id.to_string()))),
        Intrinsic::InstrumentationName => Value::Text(scope.name.clone()),
        Intrinsic::InstrumentationVersion => Value::Text(scope.version.clone()),
    }
}
