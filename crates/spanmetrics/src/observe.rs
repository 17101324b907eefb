//! A batch of spans -> the facts that are counted: what is left of a span once its trace is stored elsewhere.
//!
//! Invariant: reading only shares strings and copies numbers; nothing is counted until [`crate::Generator::add`].

use crate::host::{Host, host_of};
use crate::options::{GraphOptions, OperationOptions, Options};
use crate::target::Target;
use model::{Attributes, Span, SpanBatch, SpanId, SpanKind, StatusCode, TraceId, Value, attr};
use std::sync::Arc;

/// Facts of the spans of one batch.
#[derive(Debug, Default)]
pub struct Observed {
    pub(crate) spans: Vec<Facts>,
    /// Bytes of all spans, by service.
    pub(crate) received: Vec<(Arc<str>, u64)>,
    /// Hosts that sent them.
    pub(crate) hosts: Vec<Host>,
    /// Spans that ended too long ago or too far ahead.
    pub(crate) untimely: u64,
    /// Spans that policies leave out, of operations or of calls.
    pub(crate) filtered: u64,
    /// The choices that it was read under.
    pub(crate) options: Option<Arc<Options>>,
}

/// Facts of one span.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) service: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) kind: SpanKind,
    pub(crate) status: StatusCode,
    pub(crate) status_message: Arc<str>,
    pub(crate) seconds: f64,
    /// Nanoseconds since 1970.
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Bytes of the span as protobuf.
    pub(crate) bytes: u64,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent: SpanId,
    /// What it is counted by as an operation; `None`: it is not.
    pub(crate) operation: Option<OfOperation>,
    pub(crate) call: Call,
}

/// What an operation is counted by, beside the span's own properties.
#[derive(Debug, Clone)]
pub(crate) struct OfOperation {
    pub(crate) dimensions: Box<[Arc<str>]>,
    /// The instance that sent it, when instances are told.
    pub(crate) target: Option<Arc<Target>>,
    /// How many spans it stands for.
    pub(crate) times: f64,
}

/// What a span says as one side of a call.
#[derive(Debug, Clone)]
pub(crate) enum Call {
    /// It is no side of a call, or calls are not counted.
    None,
    /// Policies leave it out, and the call with it.
    Filtered,
    /// Labels, how many calls it stands for, and who is on the other side.
    Side(Box<[Arc<str>]>, f64, Peer),
}

/// The other side of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Peer {
    Unknown,
    Service(Arc<str>),
    /// A database, which sends no spans of its own.
    Database(Arc<str>),
}

impl Observed {
    /// Reads a batch; `now` in nanoseconds since 1970.
    pub(crate) fn read(batch: &SpanBatch, options: &Arc<Options>, now: i64) -> Self {
        let slack = i64::try_from(options.slack.as_nanos()).unwrap_or(i64::MAX);
        let nothing: Arc<str> = Arc::from("");
        let mut out = Observed { options: Some(options.clone()), ..Observed::default() };
        for group in &batch.resources {
            let resource = &group.resource.attributes;
            let service = text(resource, "service.name").unwrap_or_else(|| nothing.clone());
            let target = match options.operations.target_info {
                true => Target::of(resource, &options.operations),
                false => None,
            };
            if options.hosts.told {
                out.hosts.extend(host_of(resource, &options.hosts));
            }
            let mut received = 0;
            for span in group.scopes.iter().flat_map(|scope| &scope.spans) {
                let bytes = wire::otlp::traces::span_bytes(span) as u64;
                received += bytes;
                if span.end.0.saturating_sub(now).saturating_abs() > slack {
                    out.untimely += 1;
                    continue;
                }
                let operation = if options.has_operations() {
                    of_operation(options, span, resource, &target)
                } else {
                    None
                };
                let call =
                    if options.has_graph() { call(&options.graph, span, resource) } else { Call::None };
                let left_out =
                    options.has_operations() && operation.is_none() || matches!(call, Call::Filtered);
                out.filtered += u64::from(left_out);
                out.spans.push(Facts {
                    service: service.clone(),
                    name: span.name.clone(),
                    kind: span.kind,
                    status: span.status,
                    status_message: span.status_message.clone(),
                    seconds: span.duration_nanos() as f64 / 1e9,
                    start: span.start.0,
                    end: span.end.0,
                    bytes,
                    trace_id: span.trace_id,
                    span_id: span.span_id,
                    parent: span.parent_span_id,
                    operation,
                    call,
                });
            }
            out.received.push((service, received));
        }
        out
    }
}

fn of_operation(
    options: &Options,
    span: &Span,
    resource: &Attributes,
    target: &Option<Arc<Target>>,
) -> Option<OfOperation> {
    let OperationOptions { dimensions, mappings, filter, multiplier, .. } = &options.operations;
    if !filter.takes(span, resource) {
        return None;
    }
    let joined = mappings.iter().map(|mapping| {
        let parts: Vec<Arc<str>> =
            mapping.sources.iter().filter_map(|key| any_text(span, resource, key)).collect();
        let mut joined = String::new();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            if !joined.is_empty() {
                joined.push_str(&mapping.join);
            }
            joined.push_str(part);
        }
        Arc::from(joined)
    });
    let single = dimensions.iter().map(|key| any_text(span, resource, key).unwrap_or_default());
    Some(OfOperation {
        dimensions: single.chain(joined).collect(),
        target: target.clone(),
        times: multiplier.of(&span.trace_state, &span.attributes, resource),
    })
}

fn call(options: &GraphOptions, span: &Span, resource: &Attributes) -> Call {
    if matches!(span.kind, SpanKind::Unspecified | SpanKind::Internal) {
        return Call::None;
    }
    if !options.filter.takes(span, resource) {
        return Call::Filtered;
    }
    let value = |key: &String| any_text(span, resource, key).unwrap_or_default();
    let labels = options.dimensions.iter().map(value).collect();
    let times = options.multiplier.of(&span.trace_state, &span.attributes, resource);
    Call::Side(labels, times, peer(options, span))
}

/// An attribute of the resource or else of the span, as text.
fn any_text(span: &Span, resource: &Attributes, key: &str) -> Option<Arc<str>> {
    let found = attr::find(resource, key).or_else(|| attr::find(&span.attributes, key))?;
    Some(match found {
        Value::Str(text) => text.clone(),
        value => Arc::from(wire::otlp::values::to_text(value)),
    })
}

/// An attribute that is text and not empty.
fn text(attributes: &Attributes, key: &str) -> Option<Arc<str>> {
    match attr::find(attributes, key) {
        Some(Value::Str(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// Who is on the other side: a database when an attribute of a client says so, named by its address before its schema.
/// Source: <https://opentelemetry.io/docs/specs/semconv/database/database-spans/>
fn peer(options: &GraphOptions, span: &Span) -> Peer {
    const DATABASE: [&str; 4] = ["db.namespace", "db.name", "db.system", "db.system.name"];
    let of = |key: &str| text(&span.attributes, key);
    let named =
        || options.peer_attributes.iter().find_map(|key| of(key)).map_or(Peer::Unknown, Peer::Service);
    if !matches!(span.kind, SpanKind::Client | SpanKind::Producer) {
        return named();
    }
    let Some(database) = DATABASE.into_iter().find_map(of) else { return named() };
    let network = || {
        let address = of("network.peer.address")?;
        Some(match attr::find(&span.attributes, "network.peer.port") {
            Some(port) => Arc::from(format!("{address}:{}", wire::otlp::values::to_text(port))),
            None => address,
        })
    };
    let address = || of("server.address").or_else(network);
    Peer::Database(of("peer.service").or_else(address).unwrap_or(database))
}
