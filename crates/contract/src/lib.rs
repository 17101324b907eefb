//! Where engines, languages and doors meet: what a language may ask of storage, what a door may hand to it, and the
//! context that travels with both. Traits only where a layer wall needs one; no engine and no language is named here.
//!
//! - [`SeriesSource`], [`LogSource`], [`SpanSource`]: asked by `promql`, `logql`, `traceql`; answered by the engines.
//! - [`LogDeletes`], [`TraceDeletes`]: called by doors; answered by the engines of logs and traces.
//! - [`Ingest`]: called by doors, agent, load and rules; answered by `server::ingest` here or `ship::Remote` elsewhere.
//! - [`Context`]: tenant, deadline, budget, cancellation and the statistics of one request.
//!
//! Fetching is async, computing is sync: a source awaits its bytes first and then hands over plain slices.

mod columns;
mod context;
mod error;
mod ingest;
mod logs;
mod series;
mod series_admin;
mod spans;

pub use columns::{
    Dictionary, DictionaryBuilder, FoundTrace, Nesting, ROLLED_NANOS, Rolled, RowsUnit, SpanColumn, SpanRow,
    SpanTree, SpanUnit, Spread, TraceAnswer, TraceFilter, TraceRows, UnitCursor, UnitNeeds,
};
pub use context::{Context, Stats};
pub use error::{Answer, SourceError};
pub use ingest::{Ingest, IngestError, KnownSeries, Outcome, Refusal, RefusalReason, RefusedSample};
pub use logs::{
    CountRow, CountSelect, DeleteRequest, DeleteSelect, Direction, ENDED, GroupVisitor, Kept, LabelTexts,
    LineCondition, LineGroup, LineGrouping, LineJudge, LineParts, LineSample, LineSieve, LineStep, LineSteps,
    LogCursor, LogDeletes, LogRow, LogSelect, LogSource, MakeRowTest, RowTest, RowVisitor, Stream, TakenBack,
    Varying,
};
pub use series::{Digest, LabelCounts, LabelSelect, Need, Series, SeriesSelect, SeriesSource, Settled};
pub use series_admin::{SeriesAdmin, SeriesBlock};
pub use spans::{
    Attribute, Condition, ConditionOp, Intrinsic, Operand, SpanCursor, SpanScope, SpanSelect, SpanSource,
    TagSelect, TraceDeletes, TraceParts, TraceSpans,
};
