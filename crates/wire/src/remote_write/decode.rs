//! Version 1: labels as strings in every series.
//! ```text
//! WriteRequest  1 TimeSeries*  3 Metadata*
//! TimeSeries    1 Label*  2 Sample*  3 Exemplar*  4 Histogram*
//! Label 1 name 2 value      Sample 1 double 2 ms      Exemplar 1 Label* 2 double 3 ms
//! Metadata 1 type 2 family 4 help 5 unit
//! ```

use super::{Decoded, histogram};
use crate::error::{Skipped, WireError};
use crate::proto::Reader;
use model::{Exemplar, Labels, METRIC_NAME, Metadata, MetricBatch, MetricKind, Millis};

/// Reads an unpacked version 1 request. Fields of other versions are unknown fields: skipped.
pub fn decode(bytes: &[u8]) -> Result<Decoded, WireError> {
    let mut out = Decoded::default();
    let mut request = Reader::new(bytes);
    while let Some(field) = request.field()? {
        match field.number {
            1 => series(&mut out, field.message()?)?,
            3 => {
                let metadata = metadata(field.message()?)?;
                out.batch.metadata.push(metadata);
            }
            _ => {}
        }
    }
    Ok(out)
}

pub(super) fn series(out: &mut Decoded, mut message: Reader<'_>) -> Result<(), WireError> {
    let batch = &mut out.batch;
    let before = batch.sample_count();
    let mut check = LabelCheck::default();
    while let Some(field) = message.field()? {
        match field.number {
            1 => match label(field.message()?)? {
                Some((name, value)) => check.label(batch, name, value),
                None => check.not_utf8 = true,
            },
            2 => {
                let (at, value) = sample(field.message()?)?;
                batch.push_sample(at, value);
            }
            3 => {
                if let Some(exemplar) = exemplar(field.message()?)? {
                    batch.push_exemplar(exemplar);
                }
            }
            4 => {
                let (at, histogram) = histogram::decode(field.message()?)?;
                batch.push_histogram(at, histogram);
            }
            _ => {}
        }
    }
    // Senders of version 1 are not told.
    check.finish(out, before, String::new);
    Ok(())
}

/// What decides whether a series' labels can be stored.
#[derive(Default)]
pub(super) struct LabelCheck {
    pub(super) not_utf8: bool,
    named: bool,
    empty_name: bool,
}

impl LabelCheck {
    pub(super) fn label(&mut self, batch: &mut MetricBatch, name: &str, value: &str) {
        self.named |= name == METRIC_NAME && !value.is_empty();
        self.empty_name |= name.is_empty();
        batch.push_label(name, value);
    }

    /// Ends the series, or takes it back and says why; `labels` shows what was sent.
    pub(super) fn finish(self, out: &mut Decoded, samples_before: usize, labels: impl FnOnce() -> String) {
        let rows = (out.batch.sample_count() - samples_before) as u64;
        let message = if self.not_utf8 || self.empty_name || !self.named {
            format!("invalid metric name or labels, got {}", labels())
        } else {
            match out.batch.finish_series() {
                Ok(()) => return,
                Err(twice) => {
                    format!("invalid labels for series, labels {}, duplicated label {twice}", labels())
                }
            }
        };
        out.batch.abandon_series();
        out.skipped.push(Skipped { message, rows });
    }
}

/// Name and value, or `None` when one of them is not UTF-8.
fn label(mut message: Reader<'_>) -> Result<Option<(&str, &str)>, WireError> {
    let (mut name, mut value): (&[u8], &[u8]) = (&[], &[]);
    while let Some(field) = message.field()? {
        match field.number {
            1 => name = field.bytes()?,
            2 => value = field.bytes()?,
            _ => {}
        }
    }
    Ok(std::str::from_utf8(name).ok().zip(std::str::from_utf8(value).ok()))
}

pub(super) fn sample(mut message: Reader<'_>) -> Result<(Millis, f64), WireError> {
    let (mut at, mut value) = (0, 0.0);
    while let Some(field) = message.field()? {
        match field.number {
            1 => value = field.double()?,
            2 => at = field.int()?,
            _ => {}
        }
    }
    Ok((Millis(at), value))
}

fn exemplar(mut message: Reader<'_>) -> Result<Option<Exemplar>, WireError> {
    let mut pairs = Vec::new();
    let (mut at, mut value) = (0, 0.0);
    let mut utf8 = true;
    while let Some(field) = message.field()? {
        match field.number {
            1 => match label(field.message()?)? {
                Some(pair) => pairs.push(pair),
                None => utf8 = false,
            },
            2 => value = field.double()?,
            3 => at = field.int()?,
            _ => {}
        }
    }
    pairs.sort_unstable();
    Ok(utf8.then(|| Exemplar { labels: Labels::from_pairs(pairs), value, at: Millis(at) }))
}

pub(super) fn metadata(mut message: Reader<'_>) -> Result<Metadata, WireError> {
    let mut out = Metadata::default();
    let lossy = |bytes| String::from_utf8_lossy(bytes).into_owned();
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.kind = kind_of(field.uint()?),
            2 => out.family = lossy(field.bytes()?),
            4 => out.help = lossy(field.bytes()?),
            5 => out.unit = lossy(field.bytes()?),
            _ => {}
        }
    }
    Ok(out)
}

/// The enum `MetricType` of both versions.
pub(super) fn kind_of(number: u64) -> MetricKind {
    match number {
        1 => MetricKind::Counter,
        2 => MetricKind::Gauge,
        3 => MetricKind::Histogram,
        4 => MetricKind::GaugeHistogram,
        5 => MetricKind::Summary,
        6 => MetricKind::Info,
        7 => MetricKind::StateSet,
        _ => MetricKind::Unknown,
    }
}
