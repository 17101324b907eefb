//! The subscriber layer that turns events into lines (logfmt) and spans into spans of a trace.

use super::Item;
use bytes::Bytes;
use model::{LogEntry, Nanos, Span, SpanId, SpanKind, StatusCode, TraceId, Value};
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use stdx::{Clock, Rng};
use tokio::sync::mpsc::Sender;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Sends every event and every finished span.
pub(super) struct Recorder {
    sender: Sender<Item>,
    dropped: Arc<AtomicU64>,
    clock: Clock,
    rng: Mutex<Rng>,
}

impl Recorder {
    pub(super) fn new(sender: Sender<Item>, dropped: Arc<AtomicU64>, clock: Clock) -> Self {
        Recorder { sender, dropped, clock, rng: Mutex::new(Rng::from_entropy()) }
    }

    fn send(&self, item: Item) {
        if self.sender.try_send(item).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn fill(&self, bytes: &mut [u8]) {
        // A panic elsewhere cannot leave a generator half written.
        self.rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill(bytes);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let parent =
            span.parent().and_then(|p| p.extensions().get::<Span>().map(|s| (s.trace_id, s.span_id)));
        let mut recorded = Span {
            name: Arc::from(attributes.metadata().name()),
            start: Nanos(self.clock.now_nanos()),
            kind: SpanKind::Internal,
            ..Span::default()
        };
        self.fill(&mut recorded.span_id.0);
        match parent {
            Some((trace, parent)) => (recorded.trace_id, recorded.parent_span_id) = (trace, parent),
            None => self.fill(&mut recorded.trace_id.0),
        }
        attributes.record(&mut SpanFields(&mut recorded));
        span.extensions_mut().insert(recorded);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(recorded) = span.extensions_mut().get_mut::<Span>()
        {
            values.record(&mut SpanFields(recorded));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let meta = event.metadata();
        let level = match *meta.level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        let mut line = format!("level={level} target={}", meta.target());
        event.record(&mut LineFields(&mut line));
        let inside: Option<(TraceId, SpanId)> = context.event_span(event).and_then(|span| {
            let mut extensions = span.extensions_mut();
            let recorded = extensions.get_mut::<Span>()?;
            if *meta.level() == Level::ERROR {
                recorded.status = StatusCode::Error;
            }
            Some((recorded.trace_id, recorded.span_id))
        });
        let metadata: Arc<[(Arc<str>, Arc<str>)]> = match inside {
            Some((trace, span)) => Arc::from([
                (Arc::from("trace_id"), Arc::from(trace.to_string())),
                (Arc::from("span_id"), Arc::from(span.to_string())),
            ]),
            None => Arc::from([]),
        };
        let entry = LogEntry { at: Nanos(self.clock.now_nanos()), line: Bytes::from(line), metadata };
        self.send(Item::Line(level, entry));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(mut recorded) = span.extensions_mut().remove::<Span>() else { return };
        recorded.end = Nanos(self.clock.now_nanos());
        self.send(Item::Span(Box::new(recorded)));
    }
}

/// Fields as attributes. `otel.kind` and `otel.status_code` set the span's own, as instrumented programs expect.
struct SpanFields<'a>(&'a mut Span);

impl SpanFields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), &value) {
            ("otel.kind", Value::Str(kind)) if &**kind == "server" => self.0.kind = SpanKind::Server,
            ("otel.name", Value::Str(name)) => self.0.name = name.clone(),
            ("otel.status_code", Value::Str(code)) => {
                self.0.status = if &**code == "ERROR" { StatusCode::Error } else { StatusCode::Ok };
            }
            (name, _) => {
                let key = self.0.attributes.iter_mut().find(|(key, _)| &**key == name);
                match key {
                    Some(pair) => pair.1 = value,
                    None => self.0.attributes.push((Arc::from(name), value)),
                }
            }
        }
    }
}

impl Visit for SpanFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, Value::Str(Arc::from(format!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::Int(i64::try_from(value).unwrap_or(i64::MAX)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Bool(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::Double(value));
    }
}

/// Fields as ` key=value`, quoted where logfmt needs it; the message is `msg`.
struct LineFields<'a>(&'a mut String);

impl Visit for LineFields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let name = if field.name() == "message" { "msg" } else { field.name() };
        let text = format!("{value:?}");
        let bare = !text.is_empty() && !text.contains([' ', '"', '=', '\n', '\t']);
        // Writing to a string cannot fail.
        let _ = match bare {
            true => write!(self.0, " {name}={text}"),
            false => write!(self.0, " {name}={}", model::labels::Quoted(&text)),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}
