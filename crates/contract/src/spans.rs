//! What TraceQL asks of the trace engine.

use crate::columns::{FoundTrace, RowsUnit, SpanUnit, TraceFilter, UnitCursor, UnitNeeds};
use crate::{Answer, Context};
use model::{Nanos, SpanBatch, TimeRange, TraceId, Value};
use std::sync::Arc;

/// Where an attribute lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SpanScope {
    /// The span.
    Span,
    /// The resource.
    Resource,
    /// An event of the span.
    Event,
    /// A link of the span.
    Link,
    /// The instrumentation library.
    Instrumentation,
}

/// What every span has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intrinsic {
    /// Nanoseconds.
    Duration,
    /// The operation.
    Name,
    /// error, ok or unset.
    Status,
    /// Why it failed.
    StatusMessage,
    /// The role.
    Kind,
    /// Name of the trace's root span.
    RootName,
    /// Service of the trace's root span.
    RootServiceName,
    /// Nanoseconds from the first start to the last end.
    TraceDuration,
    /// The trace's id in hex.
    TraceId,
    /// The span's id in hex.
    SpanId,
    /// The parent's id in hex.
    ParentId,
    /// Direct children.
    ChildCount,
    /// Nested-set numbering.
    NestedSetLeft,
    /// Nested-set numbering.
    NestedSetRight,
    /// Nested-set numbering.
    NestedSetParent,
    /// Name of an event.
    EventName,
    /// Nanoseconds from the span's start to the event.
    EventTimeSinceStart,
    /// Trace a link points to.
    LinkTraceId,
    /// Span a link points to.
    LinkSpanId,
    /// The library's name.
    InstrumentationName,
    /// The library's version.
    InstrumentationVersion,
}

/// What a condition looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// A property of every span.
    Intrinsic(Intrinsic),
    /// An attribute of one scope, or with no scope of the first scope that has the key (span, resource, event, link,
    /// instrumentation).
    Key(Option<SpanScope>, Arc<str>),
}

/// A comparison that storage can evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=~`, anchored
    Regex,
    /// `!~`, anchored
    NotRegex,
    /// The attribute is there.
    Exists,
}

/// What an attribute is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Nothing, for [`ConditionOp::Exists`].
    None,
    /// A value. Durations are `Int` nanoseconds; status and kind are `Int` of OpenTelemetry's numbers.
    Value(Value),
}

/// A necessary condition on a span, given as a hint: a source may drop traces in which no span satisfies it, and must
/// not drop others.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What.
    pub attribute: Attribute,
    /// How.
    pub op: ConditionOp,
    /// With what.
    pub operand: Operand,
}

/// Which traces.
#[derive(Debug, Clone)]
pub struct SpanSelect {
    /// Traces with a span that overlaps this range (`start <= end of span`, `start of span < end`).
    pub range: TimeRange<Nanos>,
    /// All (`true`) or any (`false`) of the conditions must hold on one and the same span of a trace.
    pub all: bool,
    /// Hints; empty: all traces.
    pub conditions: Vec<Condition>,
    /// What the query looks at, when it looks at nothing else: a source may leave other attributes, events, links, status
    /// messages, trace states, flags and counts of what was dropped out of the spans. Ids, times, kinds, statuses, names,
    /// resources and scopes are always there.
    pub needed: Option<Vec<Attribute>>,
}

/// A whole trace: all pieces that are stored, joined, duplicates (same span id, kind, start and name) removed.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSpans {
    /// The trace.
    pub trace_id: TraceId,
    /// Its spans by resource and scope, ordered by start within a scope.
    pub spans: SpanBatch,
}

/// Traces, newest start first, a batch at a time; whoever has enough stops asking.
pub trait SpanCursor: Send {
    /// The next traces in descending order of their first span's start. An empty batch is the end.
    fn next_batch<'a>(&'a mut self) -> Answer<'a, Vec<Arc<TraceSpans>>>;

    /// Like [`SpanCursor::next_batch`], with what the cursor's filter answers in place of traces of which it can.
    fn next_found<'a>(&'a mut self) -> Answer<'a, Vec<FoundTrace>> {
        Box::pin(async move { Ok(self.next_batch().await?.into_iter().map(FoundTrace::Spans).collect()) })
    }
}

/// A trace in parts, so that one of any size can be passed on in bounded memory.
pub trait TraceParts: Send {
    /// The next spans, in no particular order of parts. `None` is the end; a trace that is not there has no part.
    fn next_part<'a>(&'a mut self) -> Answer<'a, Option<SpanBatch>>;
}

/// A trace in one part.
struct Whole(Option<SpanBatch>);

impl TraceParts for Whole {
    fn next_part<'a>(&'a mut self) -> Answer<'a, Option<SpanBatch>> {
        Box::pin(async move { Ok(self.0.take()) })
    }
}

/// Units over the spans of a cursor.
struct RowUnits<'a>(Box<dyn SpanCursor + 'a>);

impl UnitCursor for RowUnits<'_> {
    fn next_units<'a>(&'a mut self) -> Answer<'a, Vec<Box<dyn SpanUnit>>> {
        Box::pin(async move {
            let mut unit = RowsUnit::default();
            self.0.next_batch().await?.iter().for_each(|trace| unit.push_trace(trace));
            let mut units: Vec<Box<dyn SpanUnit>> = Vec::new();
            if unit.rows() > 0 {
                units.push(Box::new(unit));
            }
            Ok(units)
        })
    }
}

/// Which attribute names or values.
#[derive(Debug, Clone)]
pub struct TagSelect {
    /// Of spans in this range.
    pub range: TimeRange<Nanos>,
    /// Of this scope only.
    pub scope: Option<SpanScope>,
    /// Of spans that satisfy all of these only (exact, not hints).
    pub conditions: Vec<Condition>,
    /// At most this many answers; 0 for all.
    pub limit: usize,
}

/// A store of spans.
pub trait SpanSource: Send + Sync {
    /// One whole trace.
    fn trace<'a>(
        &'a self,
        cx: &'a Context,
        trace_id: TraceId,
        range: Option<TimeRange<Nanos>>,
    ) -> Answer<'a, Option<TraceSpans>>;

    /// One trace: whole in one part, or, when it is too large for that, as it is stored.
    fn trace_parts<'a>(&'a self, cx: &'a Context, trace_id: TraceId) -> Answer<'a, Box<dyn TraceParts + 'a>> {
        Box::pin(async move {
            let trace = self.trace(cx, trace_id, None).await?;
            Ok(Box::new(Whole(trace.map(|trace| trace.spans))) as Box<dyn TraceParts + 'a>)
        })
    }

    /// Opens a cursor over traces that may match, at a consistent cut.
    fn select<'a>(&'a self, cx: &'a Context, select: SpanSelect) -> Answer<'a, Box<dyn SpanCursor + 'a>>;

    /// Like [`SpanSource::select`], leaving out traces of which `filter` says that they do not match. A source may ask it of
    /// some traces only.
    fn select_filtered<'a>(
        &'a self,
        cx: &'a Context,
        select: SpanSelect,
        filter: Arc<dyn TraceFilter>,
    ) -> Answer<'a, Box<dyn SpanCursor + 'a>> {
        drop(filter);
        self.select(cx, select)
    }

    /// Opens a cursor over the columns of traces that may match, at a consistent cut.
    fn scan<'a>(
        &'a self,
        cx: &'a Context,
        select: SpanSelect,
        needs: UnitNeeds,
    ) -> Answer<'a, Box<dyn UnitCursor + 'a>> {
        drop(needs);
        Box::pin(
            async move { Ok(Box::new(RowUnits(self.select(cx, select).await?)) as Box<dyn UnitCursor + 'a>) },
        )
    }

    /// Attribute names by scope, sorted.
    fn tags<'a>(&'a self, cx: &'a Context, select: TagSelect) -> Answer<'a, Vec<(SpanScope, Arc<str>)>>;

    /// Distinct values of one attribute, sorted by type and value.
    fn tag_values<'a>(
        &'a self,
        cx: &'a Context,
        attribute: Attribute,
        select: TagSelect,
    ) -> Answer<'a, Vec<Value>>;
}

/// Deletes of one tenant's traces.
pub trait TraceDeletes: Send + Sync {
    /// Deletes the spans of a trace that were acknowledged before this call, and answers whether there were any. No query
    /// sees them when it answers, also not after a restart. Spans of the trace that come later are new ones.
    fn delete<'a>(&'a self, cx: &'a Context, trace_id: TraceId) -> Answer<'a, bool>;
}
