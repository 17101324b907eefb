//! Warnings and infos of an evaluation: things that are fine to the machine and probably not what the user meant.
//!
//! The same text is kept once, with the place where it came up last; a few kinds add up what they saw.

use query::quote::quote;
use query::{Span, line_column, number};
use rustc_hash::FxHashMap;

const WARNING: &str = "PromQL warning: ";
const INFO: &str = "PromQL info: ";

/// What an annotation is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Note {
    /// A complete text; `true` for a warning.
    Plain(bool, String),
    /// A classic histogram had to be made monotonic.
    ForcedMonotonic(ForcedMonotonic),
    /// A start timestamp lies before the previous sample of the metric.
    StartOverlap { metric: String, times: u64 },
}

/// What was repaired in classic histograms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ForcedMonotonic {
    /// The metric, or "" when it is not known.
    pub metric: String,
    /// Smallest and largest upper bound repaired.
    pub buckets: (f64, f64),
    /// Largest difference repaired.
    pub max_diff: f64,
    /// First and last evaluation, in milliseconds.
    pub times: (i64, i64),
    /// How many more evaluations than one.
    pub more: u64,
}

/// The annotations of one evaluation.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    notes: Vec<(Note, Span)>,
    places: FxHashMap<String, usize>,
}

impl Note {
    /// What makes two annotations the same.
    fn key(&self) -> String {
        match self {
            Note::Plain(_, text) => text.clone(),
            Note::ForcedMonotonic(f) => format!("monotonic {}", f.metric),
            Note::StartOverlap { metric, .. } => format!("overlap {metric}"),
        }
    }

    fn absorb(&mut self, newer: Note) {
        match (self, newer) {
            (Note::ForcedMonotonic(old), Note::ForcedMonotonic(new)) => {
                old.buckets = (old.buckets.0.min(new.buckets.0), old.buckets.1.max(new.buckets.1));
                old.times = (old.times.0.min(new.times.0), old.times.1.max(new.times.1));
                old.max_diff = old.max_diff.max(new.max_diff);
                old.more += new.more + 1;
            }
            (Note::StartOverlap { times: old, .. }, Note::StartOverlap { times: new, .. }) => *old += new,
            _ => {}
        }
    }

    fn is_warning(&self) -> bool {
        match self {
            Note::Plain(warning, _) => *warning,
            Note::ForcedMonotonic(_) => false,
            Note::StartOverlap { .. } => true,
        }
    }

    fn text(&self) -> String {
        match self {
            Note::Plain(_, text) => text.clone(),
            Note::StartOverlap { metric, times } => {
                let what = "sample has start time that overlaps with previous sample timestamp for metric";
                let often = if *times > 1 { format!(" ({times} occurrences)") } else { String::new() };
                format!("{what} {}{often}", quote(metric))
            }
            Note::ForcedMonotonic(f) => {
                let page =
                    "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile";
                let what =
                    format!("input to histogram_quantile needed to be fixed for monotonicity (see {page})");
                let metric = for_metric(&f.metric);
                let (low, high) = (number::format_general(f.buckets.0), number::format_general(f.buckets.1));
                let diff = number::format_general_digits(f.max_diff, 2);
                let (from, to) = (rfc3339(f.times.0), rfc3339(f.times.1));
                let samples = f.more + 1;
                format!(
                    "{what}{metric}, from buckets {low} to {high}, with a max diff of {diff}, over {samples} samples from {from} to {to}"
                )
            }
        }
    }
}

/// A time in whole seconds.
fn rfc3339(millis: i64) -> String {
    jiff::Timestamp::from_second(millis.div_euclid(1000))
        .map_or_else(|_| millis.to_string(), |t| t.to_string())
}

/// ` for metric name "x"`, or nothing when it is not known.
fn for_metric(metric: &str) -> String {
    if metric.is_empty() { String::new() } else { format!(" for metric name {}", quote(metric)) }
}

/// What was done to histograms, as annotations name it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operation {
    Addition,
    Subtraction,
    Aggregation,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Operation::Addition => "addition",
            Operation::Subtraction => "subtraction",
            Operation::Aggregation => "aggregation",
        }
    }
}

impl Annotations {
    /// Whether nothing came up.
    pub(crate) fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// Takes in what came up later.
    pub(crate) fn append(&mut self, later: Annotations) {
        later.notes.into_iter().for_each(|(note, span)| self.add(note, span));
    }

    pub(crate) fn add(&mut self, note: Note, span: Span) {
        let key = note.key();
        match self.places.get(&key) {
            Some(at) => {
                let (old, place) = &mut self.notes[*at];
                old.absorb(note);
                *place = span;
            }
            None => {
                self.places.insert(key, self.notes.len());
                self.notes.push((note, span));
            }
        }
    }

    fn warn(&mut self, span: Span, text: String) {
        self.add(Note::Plain(true, text), span);
    }

    fn info(&mut self, span: Span, text: String) {
        self.add(Note::Plain(false, text), span);
    }

    pub(crate) fn invalid_quantile(&mut self, span: Span, q: f64) {
        let shown = number::format_general(q);
        self.warn(span, format!("quantile value should be between 0 and 1, got {shown}"));
    }

    pub(crate) fn invalid_ratio(&mut self, span: Span, ratio: f64, capped: f64) {
        let (ratio, capped) = (number::format_general(ratio), number::format_general(capped));
        self.warn(span, format!("ratio value should be between -1 and 1, got {ratio}, capping to {capped}"));
    }

    pub(crate) fn bad_bucket_label(&mut self, span: Span, metric: &str, le: &str) {
        let (le, metric) = (quote(le), for_metric(metric));
        self.warn(span, format!("bucket label \"le\" is missing or has a malformed value of {le}{metric}"));
    }

    pub(crate) fn mixed_floats_histograms(&mut self, span: Span, metric: &str) {
        self.warn(
            span,
            format!("encountered a mix of histograms and floats for metric name {}", quote(metric)),
        );
    }

    pub(crate) fn mixed_aggregation(&mut self, span: Span) {
        self.warn(span, "encountered a mix of histograms and floats for aggregation".to_owned());
    }

    pub(crate) fn mixed_classic_native(&mut self, span: Span, metric: &str) {
        self.warn(
            span,
            format!("vector contains a mix of classic and native histograms{}", for_metric(metric)),
        );
    }

    pub(crate) fn not_counter(&mut self, span: Span, metric: &str) {
        self.warn(span, format!("this native histogram metric is not a counter: {}", quote(metric)));
    }

    pub(crate) fn not_gauge(&mut self, span: Span, metric: &str) {
        self.warn(span, format!("this native histogram metric is not a gauge: {}", quote(metric)));
    }

    pub(crate) fn mixed_schemas(&mut self, span: Span, metric: &str) {
        let what =
            "vector contains a mix of histograms with exponential and custom buckets schemas for metric name";
        self.warn(span, format!("{what} {}", quote(metric)));
    }

    pub(crate) fn incompatible_buckets(&mut self, span: Span, operator: &str) {
        self.warn(span, format!("incompatible bucket layout encountered for binary operator {operator}"));
    }

    pub(crate) fn sort_in_range(&mut self, span: Span) {
        self.warn(
            span,
            "sort is ineffective for range queries since results are always ordered by labels".to_owned(),
        );
    }

    pub(crate) fn reset_collision(&mut self, span: Span, operation: Operation) {
        self.warn(span, format!("conflicting counter resets during histogram {}", operation.as_str()));
    }

    pub(crate) fn possible_non_counter(&mut self, span: Span, metric: &str) {
        let what = "metric might not be a counter, name does not end in _total/_sum/_count/_bucket:";
        self.info(span, format!("{what} {}", quote(metric)));
    }

    pub(crate) fn non_counter_type(&mut self, span: Span, metric: &str, kind: &str) {
        let what = "metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\"";
        self.info(span, format!("{what}, got {}: {}", quote(kind), quote(metric)));
    }

    pub(crate) fn incompatible_types(&mut self, span: Span, left: &str, operator: &str, right: &str) {
        let what = "incompatible sample types encountered for binary operator";
        self.info(span, format!("{what} {}: {left} {operator} {right}", quote(operator)));
    }

    pub(crate) fn histogram_ignored(&mut self, span: Span, aggregation: &str) {
        self.info(span, format!("ignored histogram in {aggregation} aggregation"));
    }

    pub(crate) fn histograms_ignored_in_range(&mut self, span: Span, metric: &str) {
        let what = "ignored histograms in a range containing both floats and histograms for metric name";
        self.info(span, format!("{what} {}", quote(metric)));
    }

    pub(crate) fn nan_quantile(&mut self, span: Span, metric: &str, only_skewed: bool) {
        let outcome = if only_skewed { "result is skewed higher" } else { "result is NaN" };
        let metric = for_metric(metric);
        self.info(span, format!("input to histogram_quantile has NaN observations, {outcome}{metric}"));
    }

    pub(crate) fn nan_fraction(&mut self, span: Span, metric: &str) {
        let what = "input to histogram_fraction has NaN observations, which are excluded from all fractions";
        self.info(span, format!("{what}{}", for_metric(metric)));
    }

    pub(crate) fn reconciled_buckets(&mut self, span: Span, operation: Operation) {
        self.info(span, format!("mismatched custom buckets were reconciled during {}", operation.as_str()));
    }

    /// Warnings and infos with their places, in the order in which they came up.
    pub(crate) fn into_texts(self, text: &str) -> (Vec<String>, Vec<String>) {
        let (mut warnings, mut infos) = (Vec::new(), Vec::new());
        for (note, span) in self.notes {
            let (prefix, list) =
                if note.is_warning() { (WARNING, &mut warnings) } else { (INFO, &mut infos) };
            list.push(format!("{prefix}{} ({})", note.text(), line_column(text, span.start)));
        }
        (warnings, infos)
    }
}
