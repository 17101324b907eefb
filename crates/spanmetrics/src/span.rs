//! Rates, errors and durations: `traces_spanmetrics_*` by service, operation, kind and status.

use crate::histogram::Histogram;
use crate::observe::Facts;
use crate::options::Options;
use crate::series::{Phase, Series};
use crate::target::Target;
use model::{MetricKind, SpanKind, StatusCode};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The operation of all spans beyond [`Options::max_operations`].
pub(crate) const OVERFLOW: &str = "__cardinality_overflow__";

/// 2 ms, doubled up to 16.384 s.
const FIRST_BOUND: f64 = 0.002;
const BUCKETS: usize = 14;

/// Labels that a dimension must not take the place of.
const OWN_LABELS: [&str; 8] =
    ["service", "span_name", "span_kind", "status_code", "status_message", "job", "instance", "le"];

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Operation {
    service: Arc<str>,
    name: Arc<str>,
    kind: SpanKind,
    status: StatusCode,
    status_message: Arc<str>,
    dimensions: Box<[Arc<str>]>,
    target: Option<Arc<Target>>,
}

#[derive(Debug)]
struct Totals {
    calls: u64,
    bytes: u64,
    latency: Histogram<BUCKETS>,
    /// When the last span came, on the monotonic clock in nanoseconds.
    touched: i64,
    written: bool,
}

/// Totals of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    by_key: FxHashMap<Operation, Totals>,
}

impl Operations {
    /// Counts a span; `false` when its operation was counted with all others that do not fit.
    pub(crate) fn add(&mut self, facts: &Facts, options: &Options, now: i64) -> bool {
        let mut key = Operation {
            service: facts.service.clone(),
            name: facts.name.clone(),
            kind: facts.kind,
            status: facts.status,
            status_message: facts.status_message.clone(),
            dimensions: facts.dimensions.clone(),
            target: facts.target.clone(),
        };
        let fits = self.by_key.len() < options.max_operations || self.by_key.contains_key(&key);
        if !fits {
            key.name = Arc::from(OVERFLOW);
            key.status_message = Arc::from("");
            key.target = None;
            key.dimensions = facts.dimensions.iter().map(|_| Arc::from("")).collect();
        }
        let totals = self.by_key.entry(key).or_insert_with(|| Totals {
            calls: 0,
            bytes: 0,
            latency: Histogram::new(FIRST_BOUND, options.native_histograms),
            touched: now,
            written: false,
        });
        totals.calls += 1;
        totals.bytes += facts.bytes;
        totals.latency.observe(facts.seconds, facts.trace_id);
        totals.touched = now;
        fits
    }

    /// Writes all series; those that have been idle end.
    pub(crate) fn collect(&mut self, out: &mut Series<'_>, options: &Options, now: i64) {
        if self.by_key.is_empty() {
            return;
        }
        out.family("traces_spanmetrics_calls_total", MetricKind::Counter, "Spans.");
        out.family("traces_spanmetrics_latency", MetricKind::Histogram, "Durations of spans, in seconds.");
        out.family("traces_spanmetrics_size_total", MetricKind::Counter, "Bytes of spans.");
        let names = labels_of(&options.dimensions);
        let idle = i64::try_from(options.idle.as_nanos()).unwrap_or(i64::MAX);
        self.by_key.retain(|key, totals| {
            let phase = match totals.written {
                _ if now.saturating_sub(totals.touched) > idle => Phase::Last,
                true => Phase::Going,
                false => Phase::First,
            };
            totals.written = true;
            let mut labels = vec![
                ("service", &*key.service),
                ("span_name", &*key.name),
                ("span_kind", kind_text(key.kind)),
                ("status_code", status_text(key.status)),
                ("status_message", &*key.status_message),
            ];
            if let Some(target) = &key.target {
                labels.extend([("job", target.job.as_str()), ("instance", target.instance.as_str())]);
            }
            labels.extend(names.iter().map(String::as_str).zip(key.dimensions.iter().map(|d| &**d)));
            out.counter("traces_spanmetrics_calls_total", &labels, totals.calls as f64, phase);
            out.counter("traces_spanmetrics_size_total", &labels, totals.bytes as f64, phase);
            out.histogram("traces_spanmetrics_latency", &labels, &mut totals.latency, phase);
            phase != Phase::Last
        });
    }
}

/// An attribute's key as a label's name; one of ours gets two underscores before it.
pub(crate) fn label_of(key: &str) -> String {
    let mut name: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if OWN_LABELS.contains(&name.as_str()) { format!("__{name}") } else { name }
}

/// The labels of the dimensions: keys that become one name are told apart by underscores before it.
fn labels_of(keys: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(keys.len());
    for key in keys {
        let mut name = label_of(key);
        while names.contains(&name) {
            name.insert(0, '_');
        }
        names.push(name);
    }
    names
}

fn kind_text(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified => "SPAN_KIND_UNSPECIFIED",
        SpanKind::Internal => "SPAN_KIND_INTERNAL",
        SpanKind::Server => "SPAN_KIND_SERVER",
        SpanKind::Client => "SPAN_KIND_CLIENT",
        SpanKind::Producer => "SPAN_KIND_PRODUCER",
        SpanKind::Consumer => "SPAN_KIND_CONSUMER",
    }
}

fn status_text(status: StatusCode) -> &'static str {
    match status {
        StatusCode::Unset => "STATUS_CODE_UNSET",
        StatusCode::Ok => "STATUS_CODE_OK",
        StatusCode::Error => "STATUS_CODE_ERROR",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_have_labels_of_their_own() {
        let keys = ["http.method", "service", "http_method", "0x"].map(str::to_owned);
        assert_eq!(labels_of(&keys), ["http_method", "__service", "_http_method", "_0x"]);
    }
}
