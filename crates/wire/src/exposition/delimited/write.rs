//! The protobuf exposition written: what a federating server gives to another that asks for native histograms.
//!
//! Values of floats go out untyped, as their family's type is not known where samples are stored; histograms with exponential
//! buckets go out whole, those with bounds of their own as classic buckets, as the format has no place for such bounds.

use crate::proto::Writer;
use model::histogram::{BucketSpan, CUSTOM_BUCKETS_SCHEMA};
use model::{FloatHistogram, Millis, ResetHint};
use std::sync::Arc;

/// One metric of a family.
#[derive(Debug, Clone)]
pub struct DelimitedMetric {
    /// Names and values, as they go out.
    pub labels: Vec<(String, String)>,
    /// What was measured.
    pub value: DelimitedValue,
    /// When.
    pub at: Millis,
}

/// What a metric holds.
#[derive(Debug, Clone)]
pub enum DelimitedValue {
    /// A float whose type is not known.
    Untyped(f64),
    /// A native histogram; with the hint [`ResetHint::Gauge`] it is a gauge histogram.
    Histogram(Arc<FloatHistogram>),
}

impl DelimitedValue {
    /// The number of the type in the schema.
    fn kind(&self) -> u64 {
        match self {
            DelimitedValue::Untyped(_) => 3,
            DelimitedValue::Histogram(h) if h.reset_hint == ResetHint::Gauge => 5,
            DelimitedValue::Histogram(_) => 4,
        }
    }
}

/// Appends the metrics of one name behind their length: one family for each run of metrics of one type.
pub fn write_delimited(out: &mut Vec<u8>, name: &str, metrics: &[DelimitedMetric]) {
    for run in metrics.chunk_by(|a, b| a.value.kind() == b.value.kind()) {
        let mut family = Writer::new();
        family.text(1, name);
        family.uint(3, run[0].value.kind());
        run.iter().for_each(|metric| family.message(4, |w| write_metric(w, metric)));
        let family = family.finish();
        let mut length = Writer::new();
        length.plain(family.len() as u64);
        out.extend_from_slice(&length.finish());
        out.extend_from_slice(&family);
    }
}

fn write_metric(w: &mut Writer, metric: &DelimitedMetric) {
    for (name, value) in &metric.labels {
        w.message(1, |label| {
            label.text(1, name);
            label.text(2, value);
        });
    }
    match &metric.value {
        DelimitedValue::Untyped(value) => w.message(5, |untyped| untyped.double(1, *value)),
        DelimitedValue::Histogram(h) if h.schema == CUSTOM_BUCKETS_SCHEMA => w.message(7, |w| classic(w, h)),
        DelimitedValue::Histogram(h) => w.message(7, |w| native(w, h)),
    }
    w.int(6, metric.at.0);
}

fn native(w: &mut Writer, h: &FloatHistogram) {
    w.double(2, h.sum);
    w.double(4, h.count);
    w.sint(5, i64::from(h.schema));
    w.double(6, h.zero_threshold);
    w.double(8, h.zero_count);
    let spans = |w: &mut Writer, number: u32, spans: &[BucketSpan]| {
        for span in spans {
            w.message(number, |w| {
                w.sint(1, i64::from(span.offset));
                w.uint(2, u64::from(span.length));
            });
        }
    };
    spans(w, 9, &h.negative_spans);
    w.packed_doubles(11, &h.negative_buckets);
    spans(w, 12, &h.positive_spans);
    w.packed_doubles(14, &h.positive_buckets);
    let zero = h.zero_threshold > 0.0 || h.zero_count > 0.0;
    if h.positive_spans.is_empty() && h.negative_spans.is_empty() && !zero {
        // By these a reader knows a native histogram; where there are none an empty span says so.
        w.message(12, |_| {});
    }
}

/// Counts up to each bound, as classic histograms have them.
fn classic(w: &mut Writer, h: &FloatHistogram) {
    w.double(2, h.sum);
    w.double(4, h.count);
    let mut counts = vec![0.0; h.custom_values.len()];
    let (mut index, mut buckets) = (0i64, h.positive_buckets.iter());
    for span in &h.positive_spans {
        index += i64::from(span.offset);
        for count in buckets.by_ref().take(span.length as usize) {
            // The last bucket has no bound: it is what the whole count has more.
            if let Some(place) = usize::try_from(index).ok().and_then(|index| counts.get_mut(index)) {
                *place += count;
            }
            index += 1;
        }
    }
    let mut below = 0.0;
    for (bound, count) in h.custom_values.iter().zip(counts) {
        below += count;
        w.message(3, |bucket| {
            bucket.double(2, *bound);
            bucket.double(4, below);
        });
    }
}
