//! The protobuf exposition: metric families one after the other, each behind its length; the only one with native
//! histograms.
//!
//! ```text
//! family    1 name  2 help  3 type  4 metric*  5 unit
//! metric    1 label*(1 name, 2 value)  2 gauge  3 counter  4 summary  5 untyped  6 ms  7 histogram
//! counter   1 value  2 exemplar  3 created        gauge, untyped   1 value
//! summary   1 count  2 sum  3 quantile*(1 quantile, 2 value)  4 created
//! histogram 1 count  2 sum  3 bucket*(1 count, 2 bound, 3 exemplar, 4 float count)  4 float count  5 schema  6 zero
//!           threshold  7 zero count  8 (float)  9 negative spans  10 deltas  11 counts  12 positive spans  13 deltas
//!           14 counts  15 created  16 exemplars
//! exemplar  1 label*  2 value  3 time(1 seconds, 2 nanos)
//! ```
//! Classic histograms and summaries become the same series as in the text formats. A family is taken whole or not at all,
//! and the first wrong one fails the body.
//! Source: <https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto>

mod write;

pub use write::{DelimitedMetric, DelimitedValue, write_delimited};

use super::{Exposition, MAX_TEXT_BYTES, open_metrics_float};
use crate::error::WireError;
use crate::proto::{Field, Reader, zigzag};
use model::histogram::BucketSpan;
use model::{Exemplar, FloatHistogram, LabelsBuilder, METRIC_NAME, Metadata, MetricKind, Millis};

/// The content type of these bodies.
pub const DELIMITED_CONTENT_TYPE: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

/// What becomes of histograms that have native buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Histograms {
    /// Only their classic buckets are read.
    Classic,
    /// Only their native buckets are read, where they have some.
    Native,
    /// Both.
    Both,
}

/// Whether a content type is that of these bodies.
pub fn is_delimited(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    parts.next() == Some("application/vnd.google.protobuf")
        && parts.all(|part| match part.split_once('=') {
            Some(("proto", message)) => message.trim_matches('"') == "io.prometheus.client.MetricFamily",
            Some(("encoding", how)) => how == "delimited",
            _ => true,
        })
}

/// Reads a whole body. Metrics without a time get `now`.
pub fn parse_delimited(body: &[u8], histograms: Histograms, now: Millis) -> Result<Exposition, WireError> {
    if body.len() > MAX_TEXT_BYTES {
        return Err(WireError::TooLarge { what: "the exposition", limit: MAX_TEXT_BYTES });
    }
    let mut out = Out { exposition: Exposition::default(), histograms, now };
    let mut rest = body;
    while !rest.is_empty() {
        let (length, used) = length_prefix(rest)?;
        let family = rest.get(used..).and_then(|rest| rest.split_at_checked(length));
        let (family, after) = family.ok_or(WireError::Protobuf("unexpected EOF"))?;
        read_family(family, &mut out)?;
        rest = after;
    }
    Ok(out.exposition)
}

fn length_prefix(bytes: &[u8]) -> Result<(usize, usize), WireError> {
    let mut length = 0usize;
    for (i, byte) in bytes.iter().enumerate().take(5) {
        length |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Ok((length, i + 1));
        }
    }
    Err(WireError::Protobuf("unexpected EOF"))
}

struct Out {
    exposition: Exposition,
    histograms: Histograms,
    now: Millis,
}

/// What the samples of one metric share.
struct Metric<'a> {
    family: &'a str,
    labels: Vec<(&'a str, &'a str)>,
    at: Option<Millis>,
    created: Millis,
}

impl Out {
    /// One float series; `bound`: a label of this name and value on top.
    fn sample(
        &mut self,
        metric: &Metric<'_>,
        suffix: &str,
        bound: Option<(&str, f64)>,
        value: f64,
        exemplars: Vec<Exemplar>,
    ) -> Result<(), WireError> {
        let at = metric.at.unwrap_or(self.now);
        self.labels(metric, suffix);
        let batch = &mut self.exposition.batch;
        if let Some((name, bound)) = bound {
            batch.push_label(name, &open_metrics_float(bound));
        }
        batch.push_started_sample(at, value, metric.created);
        self.finish(metric, exemplars)
    }

    fn native(
        &mut self,
        metric: &Metric<'_>,
        histogram: FloatHistogram,
        exemplars: Vec<Exemplar>,
    ) -> Result<(), WireError> {
        let at = metric.at.unwrap_or(self.now);
        self.labels(metric, "");
        self.exposition.batch.push_started_histogram(at, histogram, metric.created);
        self.finish(metric, exemplars)
    }

    fn labels(&mut self, metric: &Metric<'_>, suffix: &str) {
        let batch = &mut self.exposition.batch;
        batch.push_label(METRIC_NAME, &format!("{}{suffix}", metric.family));
        metric.labels.iter().for_each(|(name, value)| batch.push_label(name, value));
    }

    fn finish(&mut self, metric: &Metric<'_>, exemplars: Vec<Exemplar>) -> Result<(), WireError> {
        let at = metric.at.unwrap_or(self.now);
        let batch = &mut self.exposition.batch;
        for mut exemplar in exemplars {
            if exemplar.at.0 == 0 {
                exemplar.at = at;
            }
            batch.push_exemplar(exemplar);
        }
        batch
            .finish_series()
            .map_err(|twice| WireError::Value(format!("{}: label {twice:?} occurs twice", metric.family)))?;
        self.exposition.timed.push(metric.at.is_some());
        Ok(())
    }
}

fn read_family(bytes: &[u8], out: &mut Out) -> Result<(), WireError> {
    let (mut name, mut help, mut unit, mut kind) = ("", "", "", 0);
    let mut metrics = Vec::new();
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => name = field.text()?,
            2 => help = field.text()?,
            3 => kind = field.uint()?,
            4 => metrics.push(field.bytes()?),
            5 => unit = field.text()?,
            _ => {}
        }
    }
    if name.is_empty() {
        return Err(WireError::Value("a metric family has no name".to_owned()));
    }
    let kind = match kind {
        0 => MetricKind::Counter,
        1 => MetricKind::Gauge,
        2 => MetricKind::Summary,
        4 => MetricKind::Histogram,
        5 => MetricKind::GaugeHistogram,
        _ => MetricKind::Unknown,
    };
    out.exposition.batch.metadata.push(Metadata {
        family: name.to_owned(),
        kind,
        help: help.to_owned(),
        unit: unit.to_owned(),
    });
    metrics.into_iter().try_for_each(|metric| read_metric(name, kind, metric, out))
}

fn read_metric(family: &str, kind: MetricKind, bytes: &[u8], out: &mut Out) -> Result<(), WireError> {
    let mut metric = Metric { family, labels: Vec::new(), at: None, created: Millis(0) };
    let mut values = Vec::new();
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => metric.labels.push(label(field.message()?)?),
            6 => metric.at = Some(Millis(field.int()?)),
            2..=5 | 7 => values.push(field),
            _ => {}
        }
    }
    for value in values {
        match (value.number, kind) {
            (4, _) => summary(&mut metric, value.message()?, out)?,
            (7, _) => histogram(&mut metric, kind, value.message()?, out)?,
            _ => single(&mut metric, value.message()?, out)?,
        }
    }
    Ok(())
}

/// A counter, a gauge, or what has no type.
fn single(metric: &mut Metric<'_>, mut message: Reader<'_>, out: &mut Out) -> Result<(), WireError> {
    let (mut value, mut exemplars) = (0.0, Vec::new());
    while let Some(field) = message.field()? {
        match field.number {
            1 => value = field.double()?,
            2 => exemplars.push(exemplar(field.message()?)?),
            3 => metric.created = time(field.message()?)?,
            _ => {}
        }
    }
    out.sample(metric, "", None, value, exemplars)
}

fn summary(metric: &mut Metric<'_>, mut message: Reader<'_>, out: &mut Out) -> Result<(), WireError> {
    let (mut count, mut sum, mut quantiles) = (0.0, 0.0, Vec::new());
    while let Some(field) = message.field()? {
        match field.number {
            1 => count = field.uint()? as f64,
            2 => sum = field.double()?,
            3 => quantiles.push(pair(field.message()?)?),
            4 => metric.created = time(field.message()?)?,
            _ => {}
        }
    }
    out.sample(metric, "_count", None, count, Vec::new())?;
    out.sample(metric, "_sum", None, sum, Vec::new())?;
    quantiles
        .into_iter()
        .try_for_each(|(q, value)| out.sample(metric, "", Some(("quantile", q)), value, Vec::new()))
}

/// A classic bucket: its bound, its cumulative count, its exemplar.
struct Bucket {
    bound: f64,
    count: f64,
    exemplar: Option<Exemplar>,
}

fn histogram(
    metric: &mut Metric<'_>,
    kind: MetricKind,
    mut message: Reader<'_>,
    out: &mut Out,
) -> Result<(), WireError> {
    let mut native = FloatHistogram::default();
    let (mut buckets, mut exemplars, mut has_native) = (Vec::new(), Vec::new(), false);
    let (mut positive, mut negative) = (0, 0);
    while let Some(field) = message.field()? {
        has_native |= matches!(field.number, 9 | 12);
        match field.number {
            1 => native.count = (field.uint()? as f64).max(native.count),
            2 => native.sum = field.double()?,
            3 => buckets.push(bucket(field.message()?)?),
            4 => native.count = field.double()?.max(native.count),
            5 => native.schema = i32::try_from(field.sint()?).unwrap_or(i32::MAX),
            6 => native.zero_threshold = field.double()?,
            7 => native.zero_count = (field.uint()? as f64).max(native.zero_count),
            8 => native.zero_count = field.double()?.max(native.zero_count),
            9 => native.negative_spans.push(span(field.message()?)?),
            10 => deltas(field, &mut negative, &mut native.negative_buckets)?,
            11 => field.each_fixed64(|bits| native.negative_buckets.push(f64::from_bits(bits)))?,
            12 => native.positive_spans.push(span(field.message()?)?),
            13 => deltas(field, &mut positive, &mut native.positive_buckets)?,
            14 => field.each_fixed64(|bits| native.positive_buckets.push(f64::from_bits(bits)))?,
            15 => metric.created = time(field.message()?)?,
            16 => exemplars.push(exemplar(field.message()?)?),
            _ => {}
        }
    }
    has_native |= native.zero_threshold > 0.0 || native.zero_count > 0.0;
    let wanted = has_native && out.histograms != Histograms::Classic;
    if !wanted || out.histograms == Histograms::Both {
        classic(metric, &native, &buckets, out)?;
    }
    if wanted {
        if kind == MetricKind::GaugeHistogram {
            native.reset_hint = model::ResetHint::Gauge;
        }
        if exemplars.is_empty() {
            exemplars = buckets.into_iter().filter_map(|bucket| bucket.exemplar).collect();
        }
        out.native(metric, native, exemplars)?;
    }
    Ok(())
}

fn classic(
    metric: &Metric<'_>,
    whole: &FloatHistogram,
    buckets: &[Bucket],
    out: &mut Out,
) -> Result<(), WireError> {
    out.sample(metric, "_count", None, whole.count, Vec::new())?;
    out.sample(metric, "_sum", None, whole.sum, Vec::new())?;
    for Bucket { bound, count, exemplar } in buckets {
        let exemplars = exemplar.iter().cloned().collect();
        out.sample(metric, "_bucket", Some(("le", *bound)), *count, exemplars)?;
    }
    if buckets.iter().any(|bucket| bucket.bound == f64::INFINITY) {
        return Ok(());
    }
    out.sample(metric, "_bucket", Some(("le", f64::INFINITY)), whole.count, Vec::new())
}

fn label<'a>(mut message: Reader<'a>) -> Result<(&'a str, &'a str), WireError> {
    let (mut name, mut value) = ("", "");
    while let Some(field) = message.field()? {
        match field.number {
            1 => name = field.text()?,
            2 => value = field.text()?,
            _ => {}
        }
    }
    Ok((name, value))
}

fn pair(mut message: Reader<'_>) -> Result<(f64, f64), WireError> {
    let mut out = (0.0, 0.0);
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.0 = field.double()?,
            2 => out.1 = field.double()?,
            _ => {}
        }
    }
    Ok(out)
}

fn bucket(mut message: Reader<'_>) -> Result<Bucket, WireError> {
    let mut out = Bucket { bound: 0.0, count: 0.0, exemplar: None };
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.count = (field.uint()? as f64).max(out.count),
            2 => out.bound = field.double()?,
            3 => out.exemplar = Some(exemplar(field.message()?)?),
            4 => out.count = field.double()?.max(out.count),
            _ => {}
        }
    }
    Ok(out)
}

fn span(mut message: Reader<'_>) -> Result<BucketSpan, WireError> {
    let mut out = BucketSpan { offset: 0, length: 0 };
    while let Some(field) = message.field()? {
        match field.number {
            1 => out.offset = i32::try_from(field.sint()?).unwrap_or(i32::MAX),
            2 => out.length = u32::try_from(field.uint()?).unwrap_or(u32::MAX),
            _ => {}
        }
    }
    Ok(out)
}

fn deltas(field: Field<'_>, running: &mut i64, out: &mut Vec<f64>) -> Result<(), WireError> {
    field.each_varint(|delta| {
        *running = running.wrapping_add(zigzag(delta));
        out.push(*running as f64);
    })
}

fn exemplar(mut message: Reader<'_>) -> Result<Exemplar, WireError> {
    let (mut labels, mut value, mut at) = (LabelsBuilder::default(), 0.0, Millis(0));
    while let Some(field) = message.field()? {
        match field.number {
            1 => {
                let (name, value) = label(field.message()?)?;
                labels.set(name, value);
            }
            2 => value = field.double()?,
            3 => at = time(field.message()?)?,
            _ => {}
        }
    }
    Ok(Exemplar { labels: labels.build(), value, at })
}

/// Seconds and nanoseconds since 1970.
fn time(mut message: Reader<'_>) -> Result<Millis, WireError> {
    let (mut seconds, mut nanos) = (0i64, 0i64);
    while let Some(field) = message.field()? {
        match field.number {
            1 => seconds = field.int()?,
            2 => nanos = field.int()?,
            _ => {}
        }
    }
    Ok(Millis(seconds.saturating_mul(1000).saturating_add(nanos.div_euclid(1_000_000))))
}

#[cfg(test)]
mod tests;
