//! The nouns of the house: what a sample, a line and a span are, and what they are labelled with.
//!
//! No behaviour beyond what makes a value well formed. Bytes become these in `wire`; engines store them; languages ask
//! for them. Times are `i64`: milliseconds for samples ([`Millis`]), nanoseconds for lines and spans ([`Nanos`]).

pub mod attr;
pub mod batch;
pub mod histogram;
pub mod known;
pub mod labels;
pub mod logs;
pub mod matcher;
pub mod regexp;
pub mod sample;
pub mod span;
pub mod tenant;
pub mod time;

pub use attr::{Attributes, Value};
pub use batch::{Metadata, MetricBatch, MetricKind, SeriesView};
pub use histogram::{FloatHistogram, ResetHint};
pub use known::{KnownSample, KnownSamples, LabelKey};
pub use labels::{Labels, LabelsBuilder, METRIC_NAME};
pub use logs::{LogBatch, LogEntry, PackedBody, StreamEntries};
pub use matcher::{MatchOp, Matcher};
pub use regexp::RegexpError;
pub use sample::{Exemplar, STALE_NAN_BITS, Sample, is_stale, stale_marker};
pub use span::{
    Event, Link, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanBatch, SpanId, SpanKind, StatusCode,
    TraceId,
};
pub use tenant::{Tenant, TenantError};
pub use time::{Millis, Nanos, TimeRange};
