//! What a function over a range is given: the samples of one series in one window, and a way to remark on them.

use crate::annotations::Annotations;
use model::{FloatHistogram, Millis};
use query::Span;
use std::sync::Arc;

/// A histogram and its time.
pub(crate) type HistogramSample = (Millis, Arc<FloatHistogram>);

/// Samples with `from < t <= to`, without stale markers. Anchored and smoothed windows hold more on either side.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    /// Times of the floats.
    pub(crate) times: &'a [i64],
    /// The floats.
    pub(crate) values: &'a [f64],
    /// Start timestamps of the floats, or empty.
    pub(crate) starts: &'a [i64],
    /// The histograms.
    pub(crate) histograms: &'a [HistogramSample],
    /// Start timestamps of the histograms, or empty.
    pub(crate) histogram_starts: &'a [i64],
    /// Start of the range, exclusive.
    pub(crate) from: i64,
    /// End of the range.
    pub(crate) to: i64,
    /// Length of the range as written, in seconds.
    pub(crate) range_seconds: f64,
    /// Time of evaluation.
    pub(crate) at: i64,
    /// No float of the series is below the one before it, as far as is known.
    pub(crate) rises: bool,
    /// The range is anchored.
    pub(crate) anchored: bool,
    /// The range is smoothed.
    pub(crate) smoothed: bool,
}

impl Window<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.times.is_empty() && self.histograms.is_empty()
    }

    /// How many samples.
    pub(crate) fn len(&self) -> usize {
        self.times.len() + self.histograms.len()
    }

    pub(crate) fn is_mixed(&self) -> bool {
        !self.times.is_empty() && !self.histograms.is_empty()
    }
}

/// Where remarks about one series go.
pub(crate) struct Remarks<'a> {
    pub(crate) annotations: &'a mut Annotations,
    /// The argument with the range.
    pub(crate) span: Span,
    /// The first argument.
    pub(crate) first: Span,
    /// The metric's name.
    pub(crate) metric: &'a str,
}

impl Remarks<'_> {
    pub(crate) fn mixed(&mut self) {
        self.annotations.mixed_floats_histograms(self.span, self.metric);
    }

    pub(crate) fn mixed_schemas(&mut self) {
        self.annotations.mixed_schemas(self.span, self.metric);
    }

    pub(crate) fn not_counter(&mut self) {
        self.annotations.not_counter(self.span, self.metric);
    }

    pub(crate) fn not_gauge(&mut self) {
        self.annotations.not_gauge(self.span, self.metric);
    }

    /// Histograms beside floats were ignored.
    pub(crate) fn ignored(&mut self, window: &Window<'_>) {
        if !window.histograms.is_empty() {
            self.annotations.histograms_ignored_in_range(self.span, self.metric);
        }
    }
}
