//! Spans as OpenTelemetry models them, with nothing dropped.
//! Source: <https://opentelemetry.io/docs/specs/otel/trace/api/>

use crate::attr::Attributes;
use crate::time::Nanos;
use std::fmt;
use std::sync::Arc;

/// A trace's id. Shorter ids of other protocols are padded with zero bytes on the left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TraceId(pub [u8; 16]);

/// A span's id; all zero means none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SpanId(pub [u8; 8]);

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|b| write!(f, "{b:02x}"))
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(f, &self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(f, &self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(f, &self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(f, &self.0)
    }
}

impl SpanId {
    /// Whether this is the absent id.
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 8]
    }
}

/// The role of a span. The numbers are OpenTelemetry's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum SpanKind {
    /// Not said.
    #[default]
    Unspecified = 0,
    /// Inside one process.
    Internal = 1,
    /// Answers a remote request.
    Server = 2,
    /// Makes a remote request.
    Client = 3,
    /// Sends a message.
    Producer = 4,
    /// Receives a message.
    Consumer = 5,
}

impl SpanKind {
    /// The kind of OpenTelemetry's number; unknown numbers are `Unspecified`.
    pub fn from_number(number: u64) -> Self {
        match number {
            1 => SpanKind::Internal,
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Unspecified,
        }
    }
}

/// How a span ended. The numbers are OpenTelemetry's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum StatusCode {
    /// Not said.
    #[default]
    Unset = 0,
    /// Known to be good.
    Ok = 1,
    /// Failed.
    Error = 2,
}

impl StatusCode {
    /// The status of OpenTelemetry's number; unknown numbers are `Unset`.
    pub fn from_number(number: u64) -> Self {
        match number {
            1 => StatusCode::Ok,
            2 => StatusCode::Error,
            _ => StatusCode::Unset,
        }
    }
}

/// Something that happened during a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event {
    /// When.
    pub at: Nanos,
    /// What.
    pub name: Arc<str>,
    /// Details.
    pub attributes: Attributes,
    /// Attributes that the sender dropped.
    pub dropped_attributes: u32,
}

/// A pointer to another span.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link {
    /// The other trace.
    pub trace_id: TraceId,
    /// The other span.
    pub span_id: SpanId,
    /// W3C trace state of the other span.
    pub trace_state: Arc<str>,
    /// Details.
    pub attributes: Attributes,
    /// Attributes that the sender dropped.
    pub dropped_attributes: u32,
    /// W3C trace flags.
    pub flags: u32,
}

/// One operation of a trace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Span {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The span that caused it; zero for a root.
    pub parent_span_id: SpanId,
    /// W3C trace state.
    pub trace_state: Arc<str>,
    /// W3C trace flags.
    pub flags: u32,
    /// The operation.
    pub name: Arc<str>,
    /// Its role.
    pub kind: SpanKind,
    /// When it began.
    pub start: Nanos,
    /// When it ended.
    pub end: Nanos,
    /// Details.
    pub attributes: Attributes,
    /// What happened during it.
    pub events: Vec<Event>,
    /// What it points to.
    pub links: Vec<Link>,
    /// How it ended.
    pub status: StatusCode,
    /// Why it failed.
    pub status_message: Arc<str>,
    /// Attributes, events and links that the sender dropped.
    pub dropped: [u32; 3],
}

impl Span {
    /// `end - start` in nanoseconds, 0 when the clocks disagree.
    pub fn duration_nanos(&self) -> i64 {
        self.end.0.saturating_sub(self.start.0).max(0)
    }
}

/// What emitted spans: a service instance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resource {
    /// Details, such as `service.name`.
    pub attributes: Attributes,
    /// Attributes that the sender dropped.
    pub dropped_attributes: u32,
}

impl Resource {
    /// The attribute `service.name` when it is text, else "".
    pub fn service_name(&self) -> &str {
        match crate::attr::find(&self.attributes, "service.name") {
            Some(crate::attr::Value::Str(name)) => name,
            _ => "",
        }
    }
}

/// The instrumentation library.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    /// Its name.
    pub name: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// Details.
    pub attributes: Attributes,
    /// Attributes that the sender dropped.
    pub dropped_attributes: u32,
}

/// Spans of one scope.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ScopeSpans {
    /// The library.
    pub scope: Arc<Scope>,
    /// Schema of the scope's and spans' attributes.
    pub schema_url: Arc<str>,
    /// The spans.
    pub spans: Vec<Span>,
}

/// Spans of one resource.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResourceSpans {
    /// The emitter.
    pub resource: Arc<Resource>,
    /// Schema of the resource's attributes.
    pub schema_url: Arc<str>,
    /// By library.
    pub scopes: Vec<ScopeSpans>,
}

/// Spans of one request, or of one trace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpanBatch {
    /// By emitter.
    pub resources: Vec<ResourceSpans>,
}

impl SpanBatch {
    /// How many spans.
    pub fn len(&self) -> usize {
        self.resources.iter().flat_map(|r| &r.scopes).map(|s| s.spans.len()).sum()
    }

    /// Whether there is no span.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
