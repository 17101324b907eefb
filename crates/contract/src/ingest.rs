//! What doors, agent, load and rules hand over. `Ok` means durable and visible.

use crate::Context;
use model::{LabelKey, LogBatch, MetricBatch, Millis, SpanBatch};
use stdx::{BoxFuture, ErrorKind};

/// Why part of a batch was refused. Doors turn it into the replaced system's text and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalReason {
    /// A name, value or structure that is not allowed.
    Invalid,
    /// Another value for the same time is stored already.
    Duplicate,
    /// Older than the tenant's limit.
    TooOld,
    /// Further in the future than the tenant's limit.
    TooNew,
    /// Longer, wider or more than the tenant's limit.
    TooLarge,
    /// Faster than the tenant's limit.
    RateLimited,
    /// More series, streams or traces than the tenant's limit.
    TooMany,
}

impl RefusalReason {
    /// All, in the order in which they are declared.
    pub const ALL: [RefusalReason; 7] = [
        RefusalReason::Invalid,
        RefusalReason::Duplicate,
        RefusalReason::TooOld,
        RefusalReason::TooNew,
        RefusalReason::TooLarge,
        RefusalReason::RateLimited,
        RefusalReason::TooMany,
    ];

    /// As the label `reason` of `oriel_ingest_refused_rows_total` has it.
    pub fn name(self) -> &'static str {
        match self {
            RefusalReason::Invalid => "invalid",
            RefusalReason::Duplicate => "duplicate",
            RefusalReason::TooOld => "too_old",
            RefusalReason::TooNew => "too_new",
            RefusalReason::TooLarge => "too_large",
            RefusalReason::RateLimited => "rate_limited",
            RefusalReason::TooMany => "too_many",
        }
    }
}

/// One refused part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// In words that name the series, stream or span, and the limit.
    pub message: String,
    /// How many samples, lines or spans it stands for.
    pub rows: u64,
}

/// What became of a batch: accepted rows are durable and visible, refused ones are listed (the first
/// [`Outcome::MAX_REFUSALS`] with their texts).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Samples (histograms included), lines or spans that were stored.
    pub accepted: u64,
    /// Of those, native histograms.
    pub histograms: u64,
    /// Exemplars that were stored.
    pub exemplars: u64,
    /// What was not stored.
    pub refused: Vec<Refusal>,
    /// How many rows were not stored, also beyond the listed refusals.
    pub refused_rows: u64,
    /// Those, by the place of their reason in [`RefusalReason::ALL`].
    pub refused_by: [u64; RefusalReason::ALL.len()],
    /// Each sample that the metrics engine did not store, for whoever hands the others on.
    pub refused_samples: Vec<RefusedSample>,
}

/// A sample of a batch that was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefusedSample {
    /// Its series' place in the batch.
    pub series: u32,
    /// When.
    pub at: Millis,
    /// The bits of its value; `None` for a histogram.
    pub bits: Option<u64>,
}

impl Outcome {
    /// Refusals with texts: a request of nonsense must not answer with a larger one.
    pub const MAX_REFUSALS: usize = 10;

    /// Counts a refusal and keeps its text while there is room.
    pub fn refuse(&mut self, reason: RefusalReason, rows: u64, message: impl FnOnce() -> String) {
        self.refused_rows += rows;
        self.refused_by[reason as usize] += rows;
        if self.refused.len() < Self::MAX_REFUSALS {
            self.refused.push(Refusal { reason, message: message(), rows });
        }
    }

    /// How many rows were not stored for which reason; no reason without rows.
    pub fn refused_by(&self) -> impl Iterator<Item = (RefusalReason, u64)> + '_ {
        RefusalReason::ALL.into_iter().zip(self.refused_by).filter(|(_, rows)| *rows > 0)
    }

    /// This after what was refused before: the refusals of both, earlier ones first.
    #[must_use]
    pub fn after(mut self, before: Outcome) -> Outcome {
        self.refused_rows += before.refused_rows;
        self.refused_by.iter_mut().zip(before.refused_by).for_each(|(rows, more)| *rows += more);
        self.refused.splice(0..0, before.refused);
        self.refused.truncate(Self::MAX_REFUSALS);
        self
    }
}

/// Why a whole batch was not taken. Nothing of it is stored, or its fate is unknown (`Unavailable`).
#[derive(Debug, Clone, thiserror::Error)]
pub enum IngestError {
    /// The batch itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// A limit stands against all of it; later may work.
    #[error("{0}")]
    Limit(String),
    /// The log cannot be written (full disk, I/O error, shutdown).
    #[error("{0}")]
    Unavailable(String),
    /// Series that were told by number have to be told by their labels: send the whole batch again with labels.
    #[error("the numbers of known series do not hold any more")]
    Forgotten,
}

/// What an engine knows of the series that were asked for.
#[derive(Debug, Clone, Default)]
pub struct KnownSeries {
    /// The numbering: goes into [`model::KnownSamples::epoch`].
    pub epoch: u64,
    /// For each key the number of its series, [`KnownSeries::UNKNOWN`] when its labels have to be told. Shorter than the
    /// list of keys when no further one is known.
    pub numbers: Vec<u64>,
}

impl KnownSeries {
    /// Not the number of any series.
    pub const UNKNOWN: u64 = u64::MAX;
}

impl IngestError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            IngestError::Invalid(_) => ErrorKind::Invalid,
            IngestError::Limit(_) => ErrorKind::Limit,
            IngestError::Unavailable(_) | IngestError::Forgotten => ErrorKind::Unavailable,
        }
    }
}

/// Takes batches of all three signals.
pub trait Ingest: Send + Sync {
    /// Which series the engine knows by the keys of their labels' bytes. A door that asks may hand over float samples of
    /// known series by number, and must be ready for [`IngestError::Forgotten`]. By default nothing is known: so it has
    /// to be wherever labels are looked at between door and engine.
    fn known(&self, _cx: &Context, _keys: &[LabelKey]) -> KnownSeries {
        KnownSeries::default()
    }

    /// Stores samples.
    fn metrics<'a>(
        &'a self,
        cx: &'a Context,
        batch: MetricBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>>;

    /// Stores lines.
    fn logs<'a>(&'a self, cx: &'a Context, batch: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>>;

    /// Stores spans.
    fn spans<'a>(&'a self, cx: &'a Context, batch: SpanBatch) -> BoxFuture<'a, Result<Outcome, IngestError>>;
}
