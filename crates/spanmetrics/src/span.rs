//! Rates, errors and durations: `traces_spanmetrics_*` by service, operation, kind and status.

use crate::histogram::Histogram;
use crate::observe::{Facts, OfOperation};
use crate::options::{OperationOptions, Options};
use crate::series::{Phase, Series};
use crate::target::Target;
use model::{MetricKind, SpanKind, StatusCode};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// The operation of all spans beyond [`OperationOptions::max`], and the value of a label beyond
/// [`Options::max_label_values`].
pub(crate) const OVERFLOW: &str = "__cardinality_overflow__";

/// Labels that a dimension must not take the place of.
pub(crate) const OWN_LABELS: [&str; 8] =
    ["service", "span_name", "span_kind", "status_code", "status_message", "job", "instance", "le"];

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Operation {
    /// Service, operation and reason for failing; "" where they are no labels. Then the dimensions.
    texts: Vec<Arc<str>>,
    kind: Option<SpanKind>,
    status: Option<StatusCode>,
    target: Option<Arc<Target>>,
}

/// Places in [`Operation::texts`].
const SERVICE: usize = 0;
const NAME: usize = 1;
const STATUS_MESSAGE: usize = 2;
const DIMENSIONS: usize = 3;

#[derive(Debug)]
struct Totals {
    calls: f64,
    bytes: u64,
    latency: Histogram,
    /// When the last span came, on the monotonic clock in nanoseconds.
    touched: i64,
    written: bool,
}

/// Totals of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    by_key: FxHashMap<Operation, Totals>,
    /// Values of each text, when they are bounded.
    values: Vec<FxHashSet<Arc<str>>>,
}

impl Operations {
    /// Counts a span; `false` when it, or one of its labels, was counted with all others that do not fit.
    /// `name` is what the span is called.
    pub(crate) fn add(
        &mut self,
        (facts, name): (&Facts, &Arc<str>),
        of: &OfOperation,
        options: &Options,
        now: i64,
    ) -> bool {
        let OperationOptions { labels, max, buckets, .. } = &options.operations;
        let text = |is_label: bool, text: &Arc<str>| if is_label { text.clone() } else { Arc::from("") };
        let mut texts = Vec::with_capacity(DIMENSIONS + of.dimensions.len());
        texts.push(text(labels.service, &facts.service));
        texts.push(text(labels.span_name, name));
        texts.push(text(labels.status_message, &facts.status_message));
        texts.extend(of.dimensions.iter().cloned());
        let mut fits = self.bound(&mut texts, options.max_label_values);
        let mut key = Operation {
            texts,
            kind: labels.span_kind.then_some(facts.kind),
            status: labels.status_code.then_some(facts.status),
            target: of.target.clone(),
        };
        if self.by_key.len() >= *max && !self.by_key.contains_key(&key) {
            fits = false;
            key.target = None;
            key.texts[NAME] = Arc::from(OVERFLOW);
            key.texts[STATUS_MESSAGE..].fill(Arc::from(""));
        }
        let totals = self.by_key.entry(key).or_insert_with(|| Totals {
            calls: 0.0,
            bytes: 0,
            latency: Histogram::new(buckets, options),
            touched: now,
            written: false,
        });
        totals.calls += of.times;
        totals.bytes += facts.bytes;
        totals.latency.observe(buckets, facts.seconds, of.times, facts.trace_id);
        totals.touched = now;
        fits
    }

    /// Puts [`OVERFLOW`] in place of values beyond so many of a label; `false` when there were some.
    fn bound(&mut self, texts: &mut [Arc<str>], max: usize) -> bool {
        if max == 0 {
            return true;
        }
        self.values.resize_with(texts.len(), FxHashSet::default);
        let mut fits = true;
        for (text, known) in texts.iter_mut().zip(&mut self.values).filter(|(text, _)| !text.is_empty()) {
            if known.contains(text) {
                continue;
            }
            if known.len() < max {
                known.insert(text.clone());
                continue;
            }
            fits = false;
            *text = Arc::from(OVERFLOW);
        }
        fits
    }

    /// Writes all series; those that have been idle end.
    pub(crate) fn collect(&mut self, out: &mut Series<'_>, options: &Options, now: i64) {
        const CALLS: &str = "traces_spanmetrics_calls_total";
        const LATENCY: &str = "traces_spanmetrics_latency";
        const SIZES: &str = "traces_spanmetrics_size_total";
        if self.by_key.is_empty() {
            return;
        }
        let OperationOptions { calls, latency, sizes, dimensions, mappings, buckets, .. } =
            &options.operations;
        for (is_written, name, kind, help) in [
            (calls, CALLS, MetricKind::Counter, "Spans."),
            (latency, LATENCY, MetricKind::Histogram, "Durations of spans, in seconds."),
            (sizes, SIZES, MetricKind::Counter, "Bytes of spans."),
        ] {
            if *is_written {
                out.family(name, kind, help);
            }
        }
        let keys = dimensions.iter().chain(mappings.iter().map(|mapping| &mapping.name));
        let names = labels_of(keys, &OWN_LABELS);
        let idle = i64::try_from(options.idle.as_nanos()).unwrap_or(i64::MAX);
        self.by_key.retain(|key, totals| {
            let phase = match totals.written {
                _ if now.saturating_sub(totals.touched) > idle => Phase::Last,
                true => Phase::Going,
                false => Phase::First,
            };
            totals.written = true;
            let labels = key.labels(&names);
            if *calls {
                out.counter(CALLS, &labels, totals.calls, phase);
            }
            if *sizes {
                out.counter(SIZES, &labels, totals.bytes as f64, phase);
            }
            if *latency {
                out.histogram(LATENCY, &labels, (buckets, &mut totals.latency), phase);
            }
            phase != Phase::Last
        });
    }
}

impl Operation {
    /// Its labels; empty ones are none.
    fn labels<'o>(&'o self, names: &'o [String]) -> Vec<(&'o str, &'o str)> {
        let mut labels = vec![
            ("service", &*self.texts[SERVICE]),
            ("span_name", &*self.texts[NAME]),
            ("span_kind", self.kind.map_or("", kind_text)),
            ("status_code", self.status.map_or("", status_text)),
            ("status_message", &*self.texts[STATUS_MESSAGE]),
        ];
        if let Some(target) = &self.target {
            labels.extend([("job", target.job.as_str()), ("instance", target.instance.as_str())]);
        }
        let dimensions = self.texts[DIMENSIONS..].iter().map(|text| &**text);
        labels.extend(names.iter().map(String::as_str).zip(dimensions));
        labels
    }
}

/// An attribute's key as a label's name; one of `own` gets two underscores before it.
pub(crate) fn label_of(key: &str, own: &[&str]) -> String {
    let mut name: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if own.contains(&name.as_str()) { format!("__{name}") } else { name }
}

/// The labels of the dimensions: keys that become one name are told apart by underscores before it.
pub(crate) fn labels_of<'k>(keys: impl Iterator<Item = &'k String>, own: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for key in keys {
        let mut name = label_of(key, own);
        while names.contains(&name) {
            name.insert(0, '_');
        }
        names.push(name);
    }
    names
}

/// Kinds by the names that labels and policies have for them.
pub(crate) const KINDS: [(SpanKind, &str); 6] = [
    (SpanKind::Unspecified, "SPAN_KIND_UNSPECIFIED"),
    (SpanKind::Internal, "SPAN_KIND_INTERNAL"),
    (SpanKind::Server, "SPAN_KIND_SERVER"),
    (SpanKind::Client, "SPAN_KIND_CLIENT"),
    (SpanKind::Producer, "SPAN_KIND_PRODUCER"),
    (SpanKind::Consumer, "SPAN_KIND_CONSUMER"),
];

/// Status codes likewise.
pub(crate) const STATUSES: [(StatusCode, &str); 3] = [
    (StatusCode::Unset, "STATUS_CODE_UNSET"),
    (StatusCode::Ok, "STATUS_CODE_OK"),
    (StatusCode::Error, "STATUS_CODE_ERROR"),
];

pub(crate) fn kind_text(kind: SpanKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, name)| name)
}

pub(crate) fn status_text(status: StatusCode) -> &'static str {
    STATUSES.iter().find(|(known, _)| *known == status).map_or("", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_have_labels_of_their_own() {
        let keys = ["http.method", "service", "http_method", "0x"].map(str::to_owned);
        assert_eq!(labels_of(keys.iter(), &OWN_LABELS), ["http_method", "__service", "_http_method", "_0x"]);
    }
}
