//! A batch of spans -> the facts that are counted: what is left of a span once its trace is stored elsewhere.
//!
//! Invariant: reading only shares strings and copies numbers; nothing is counted until [`crate::Generator::add`].

use crate::options::Options;
use crate::target::Target;
use model::{Attributes, Span, SpanBatch, SpanId, SpanKind, StatusCode, TraceId, Value, attr};
use std::sync::Arc;

/// Facts of the spans of one batch.
#[derive(Debug, Default)]
pub struct Observed {
    pub(crate) spans: Vec<Facts>,
    /// Bytes of all spans, by service.
    pub(crate) received: Vec<(Arc<str>, u64)>,
    /// Spans that ended too long ago or too far ahead.
    pub(crate) untimely: u64,
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
    pub(crate) dimensions: Box<[Arc<str>]>,
    /// The instance that sent it, when instances are told.
    pub(crate) target: Option<Arc<Target>>,
    pub(crate) seconds: f64,
    /// Bytes of the span as protobuf.
    pub(crate) bytes: u64,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent: SpanId,
    /// Who is on the other side, as the span itself says.
    pub(crate) peer: Peer,
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
            let service = text(&group.resource.attributes, "service.name").unwrap_or_else(|| nothing.clone());
            let target = if options.target_info { Target::of(&group.resource.attributes) } else { None };
            let mut received = 0;
            for span in group.scopes.iter().flat_map(|scope| &scope.spans) {
                let bytes = wire::otlp::traces::span_bytes(span) as u64;
                received += bytes;
                if span.end.0.saturating_sub(now).saturating_abs() > slack {
                    out.untimely += 1;
                    continue;
                }
                out.spans.push(Facts {
                    service: service.clone(),
                    name: span.name.clone(),
                    kind: span.kind,
                    status: span.status,
                    status_message: match options.status_message {
                        true => span.status_message.clone(),
                        false => nothing.clone(),
                    },
                    dimensions: dimensions(options, &span.attributes, &group.resource.attributes, &nothing),
                    target: target.clone(),
                    seconds: span.duration_nanos() as f64 / 1e9,
                    bytes,
                    trace_id: span.trace_id,
                    span_id: span.span_id,
                    parent: span.parent_span_id,
                    peer: peer(span),
                });
            }
            out.received.push((service, received));
        }
        out
    }
}

fn dimensions(
    options: &Options,
    of_span: &Attributes,
    of_resource: &Attributes,
    nothing: &Arc<str>,
) -> Box<[Arc<str>]> {
    let value = |key: &String| {
        let found = attr::find(of_span, key).or_else(|| attr::find(of_resource, key));
        found.map_or_else(|| nothing.clone(), |value| Arc::from(wire::otlp::values::to_text(value)))
    };
    options.dimensions.iter().map(value).collect()
}

/// An attribute that is text and not empty.
fn text(attributes: &Attributes, key: &str) -> Option<Arc<str>> {
    match attr::find(attributes, key) {
        Some(Value::Str(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// Who a span calls: a database when an attribute says so, named by its address before its schema.
/// Source: <https://opentelemetry.io/docs/specs/semconv/database/database-spans/>
fn peer(span: &Span) -> Peer {
    const DATABASE: [&str; 4] = ["db.namespace", "db.name", "db.system.name", "db.system"];
    if !matches!(span.kind, SpanKind::Client | SpanKind::Producer) {
        return Peer::Unknown;
    }
    let of = |key: &str| text(&span.attributes, key);
    let service = of("peer.service");
    let Some(database) = DATABASE.into_iter().find_map(of) else {
        return service.map_or(Peer::Unknown, Peer::Service);
    };
    let network = || {
        let address = of("network.peer.address")?;
        Some(match attr::find(&span.attributes, "network.peer.port") {
            Some(port) => Arc::from(format!("{address}:{}", wire::otlp::values::to_text(port))),
            None => address,
        })
    };
    Peer::Database(service.or_else(|| of("server.address")).or_else(network).unwrap_or(database))
}
