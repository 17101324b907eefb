//! Writes version 1. Histograms go out in their float form.

use super::histogram;
use crate::proto::Writer;
use model::{Metadata, MetricBatch, MetricKind};

/// The unpacked version 1 request that says what `batch` says.
pub fn encode(batch: &MetricBatch) -> Vec<u8> {
    let mut w = Writer::new();
    for series in batch.series() {
        w.message(1, |m| {
            for (name, value) in series.labels() {
                m.message(1, |l| label(l, name, value));
            }
            for sample in series.samples() {
                m.message(2, |s| {
                    s.double(1, sample.value);
                    s.int(2, sample.at.0);
                });
            }
            for exemplar in series.exemplars() {
                m.message(3, |e| {
                    for (name, value) in exemplar.labels.iter() {
                        e.message(1, |l| label(l, name, value));
                    }
                    e.double(2, exemplar.value);
                    e.int(3, exemplar.at.0);
                });
            }
            for sample in series.histograms() {
                m.message(4, |h| histogram::encode(h, sample.at, &sample.histogram));
            }
        });
    }
    describe_all(&mut w, &batch.metadata);
    w.finish()
}

/// What is said of families alone. A version 2 request may follow in the same message: no field of one is a field of the other.
pub fn encode_metadata(all: &[Metadata]) -> Vec<u8> {
    let mut w = Writer::new();
    describe_all(&mut w, all);
    w.finish()
}

fn describe_all(w: &mut Writer, all: &[Metadata]) {
    for metadata in all {
        w.message(3, |m| describe(m, metadata));
    }
}

fn label(w: &mut Writer, name: &str, value: &str) {
    w.text(1, name);
    w.text(2, value);
}

fn describe(w: &mut Writer, metadata: &Metadata) {
    w.uint_if_any(1, number_of(metadata.kind));
    w.text_if_any(2, &metadata.family);
    w.text_if_any(4, &metadata.help);
    w.text_if_any(5, &metadata.unit);
}

/// The enum `MetricType` of both versions.
pub(super) fn number_of(kind: MetricKind) -> u64 {
    match kind {
        MetricKind::Unknown => 0,
        MetricKind::Counter => 1,
        MetricKind::Gauge => 2,
        MetricKind::Histogram => 3,
        MetricKind::GaugeHistogram => 4,
        MetricKind::Summary => 5,
        MetricKind::Info => 6,
        MetricKind::StateSet => 7,
    }
}
