//! Data points as samples.
//!
//! A number is one sample; a histogram with explicit bounds is the classic `_sum`, `_count` and `_bucket` series; an
//! exponential one is a native histogram; a summary is `_sum`, `_count` and quantiles. A point flagged as having no value
//! is a stale marker.

use super::names::label_name;
use super::target::{Times, labels_of};
use super::{Options, Shape};
use crate::encoding::to_hex;
use crate::error::{Skipped, WireError};
use crate::otlp::attributes::{Interner, told_once};
use crate::otlp::values;
use crate::proto::{Field, Reader};
use crate::remote_write::Decoded;
use model::histogram::BucketSpan;
use model::{Exemplar, FloatHistogram, Labels, METRIC_NAME, Millis, ResetHint, Value, stale_marker};
use std::sync::Arc;

/// The flag of a point without a value.
const NO_RECORDED_VALUE: u64 = 1;
/// The largest scale that is stored; finer histograms are merged down to it.
const MAX_SCALE: i64 = 8;
/// The smallest scale that can be stored.
const MIN_SCALE: i64 = -4;
/// The schema of native histograms with explicit bounds.
const CUSTOM_BUCKETS: i32 = -53;
/// The zero threshold of histograms that name none.
const DEFAULT_ZERO_THRESHOLD: f64 = 1e-128;
/// Labels of an exemplar may have this many characters in all; filtered attributes beyond it are left out.
const MAX_EXEMPLAR_CHARS: usize = 128;

/// Where the series of one resource go.
pub(super) struct Series<'o, 'a> {
    pub(super) texts: &'o mut Interner<'a>,
    pub(super) out: &'o mut Decoded,
    pub(super) options: &'o Options,
    /// Labels of all series.
    pub(super) shared: Vec<(String, String)>,
    pub(super) times: Times,
    /// What native histograms say of resets.
    pub(super) hint: ResetHint,
}

/// What all points have.
#[derive(Default)]
struct Point<'a> {
    attributes: Vec<(Arc<str>, Value)>,
    at: Millis,
    no_value: bool,
    exemplars: Vec<Reader<'a>>,
}

impl Point<'_> {
    fn value(&self, value: f64) -> f64 {
        if self.no_value { stale_marker() } else { value }
    }
}

fn millis(field: Field<'_>) -> Result<Millis, WireError> {
    Ok(Millis(i64::try_from(field.fixed64()? / 1_000_000).unwrap_or(i64::MAX)))
}

impl<'o, 'a> Series<'o, 'a> {
    pub(super) fn new(
        texts: &'o mut Interner<'a>,
        out: &'o mut Decoded,
        options: &'o Options,
        shared: Vec<(String, String)>,
    ) -> Self {
        Series { texts, out, options, shared, times: None, hint: ResetHint::Unknown }
    }

    pub(super) fn push_points(
        &mut self,
        family: &str,
        shape: Shape,
        mut body: Reader<'a>,
    ) -> Result<(), WireError> {
        while let Some(field) = body.field()? {
            if field.number == 1 {
                let point = field.message()?;
                match shape {
                    Shape::Gauge | Shape::Sum => self.number(family, point)?,
                    Shape::Histogram => self.histogram(family, point)?,
                    Shape::Exponential => self.exponential(family, point)?,
                    Shape::Summary => self.summary(family, point)?,
                }
            }
        }
        Ok(())
    }

    fn attribute(&mut self, point: &mut Point<'a>, field: Field<'a>) -> Result<(), WireError> {
        self.texts.attribute(&mut point.attributes, field.message()?)
    }

    fn see(&mut self, at: Millis) {
        let (first, last) = self.times.unwrap_or((at, at));
        self.times = Some((first.min(at), last.max(at)));
    }

    /// The labels of a point without those of its series.
    fn labels(&mut self, point: &mut Point<'a>) -> Vec<(String, String)> {
        self.see(point.at);
        told_once(&mut point.attributes);
        point.attributes.sort_by(|a, b| a.0.cmp(&b.0));
        let mut labels = labels_of(point.attributes.iter(), self.options);
        let own = labels.len();
        for (name, value) in &self.shared {
            // `job` and `instance` name the target, whatever a point calls so; promoted attributes give way.
            match labels[..own].binary_search_by(|(n, _)| n.cmp(name)) {
                Ok(at) if name == "job" || name == "instance" => labels[at].1.clone_from(value),
                Ok(_) => {}
                Err(_) => labels.push((name.clone(), value.clone())),
            }
        }
        labels
    }

    /// Adds the labels of a series: what is built already, then its name, then one more.
    fn push_labels(&mut self, labels: &[(String, String)], name: &str, extra: Option<(&str, &str)>) {
        let own = |n: &str| n == METRIC_NAME || extra.is_some_and(|(e, _)| e == n);
        for (label, value) in labels.iter().filter(|(n, _)| !own(n)) {
            self.out.batch.push_label(label, value);
        }
        self.out.batch.push_label(METRIC_NAME, name);
        if let Some((label, value)) = extra {
            self.out.batch.push_label(label, value);
        }
    }

    fn finish(&mut self) {
        self.out.batch.finish_series().expect("labels were merged by name");
    }

    fn push(
        &mut self,
        labels: &[(String, String)],
        name: &str,
        extra: Option<(&str, &str)>,
        at: Millis,
        value: f64,
    ) {
        self.push_labels(labels, name, extra);
        self.out.batch.push_sample(at, value);
        self.finish();
    }

    fn number(&mut self, family: &str, mut message: Reader<'a>) -> Result<(), WireError> {
        let mut point = Point::default();
        let mut value = 0.0;
        while let Some(field) = message.field()? {
            match field.number {
                3 => point.at = millis(field)?,
                4 => value = field.double()?,
                5 => point.exemplars.push(field.message()?),
                6 => value = field.fixed64()?.cast_signed() as f64,
                7 => self.attribute(&mut point, field)?,
                8 => point.no_value = field.uint()? & NO_RECORDED_VALUE != 0,
                _ => {}
            }
        }
        let labels = self.labels(&mut point);
        self.push_labels(&labels, family, None);
        self.out.batch.push_sample(point.at, point.value(value));
        for exemplar in std::mem::take(&mut point.exemplars) {
            let exemplar = self.exemplar(exemplar)?;
            self.out.batch.push_exemplar(exemplar);
        }
        self.finish();
        Ok(())
    }

    fn histogram(&mut self, family: &str, mut message: Reader<'a>) -> Result<(), WireError> {
        let mut point = Point::default();
        let (mut count, mut sum) = (0.0, None);
        let (mut counts, mut bounds) = (Vec::new(), Vec::new());
        while let Some(field) = message.field()? {
            match field.number {
                3 => point.at = millis(field)?,
                4 => count = field.fixed64()? as f64,
                5 => sum = Some(field.double()?),
                6 => field.each_fixed64(|n| counts.push(n))?,
                7 => field.each_fixed64(|bits| bounds.push(f64::from_bits(bits)))?,
                8 => point.exemplars.push(field.message()?),
                9 => self.attribute(&mut point, field)?,
                10 => point.no_value = field.uint()? & NO_RECORDED_VALUE != 0,
                _ => {}
            }
        }
        if self.options.custom_buckets {
            return self.custom(family, point, (count, sum), counts, bounds);
        }
        let labels = self.labels(&mut point);
        if let Some(sum) = sum {
            self.push(&labels, &format!("{family}_sum"), None, point.at, point.value(sum));
        }
        self.push(&labels, &format!("{family}_count"), None, point.at, point.value(count));
        let mut exemplars = Vec::new();
        for exemplar in std::mem::take(&mut point.exemplars) {
            exemplars.push(self.exemplar(exemplar)?);
        }
        let bucket = format!("{family}_bucket");
        let mut total = 0u64;
        let mut below = f64::NEG_INFINITY;
        for (bound, n) in bounds.iter().zip(&counts).filter(|(bound, _)| bound.is_finite()) {
            total = total.saturating_add(*n);
            let le = values::float_text(*bound);
            self.bucket(
                &labels,
                &bucket,
                &le,
                (point.at, point.value(total as f64)),
                &mut exemplars,
                (below, *bound),
            );
            below = *bound;
        }
        let all = (point.at, point.value(count));
        self.bucket(&labels, &bucket, "+Inf", all, &mut exemplars, (below, f64::INFINITY));
        Ok(())
    }

    /// A histogram with explicit bounds as a native one.
    fn custom(
        &mut self,
        family: &str,
        mut point: Point<'a>,
        (count, sum): (f64, Option<f64>),
        counts: Vec<u64>,
        mut bounds: Vec<f64>,
    ) -> Result<(), WireError> {
        // The bucket up to infinity has no bound of its own.
        if bounds.last().is_some_and(|bound| bound.is_infinite()) {
            bounds.pop();
        }
        let length = u32::try_from(counts.len().min(bounds.len() + 1)).unwrap_or(u32::MAX);
        let mut histogram = FloatHistogram {
            schema: CUSTOM_BUCKETS,
            count,
            sum: sum.unwrap_or(0.0),
            positive_spans: vec![BucketSpan { offset: 0, length }],
            positive_buckets: counts.into_iter().take(length as usize).map(|n| n as f64).collect(),
            custom_values: bounds,
            ..FloatHistogram::default()
        };
        if point.no_value {
            histogram =
                FloatHistogram { schema: CUSTOM_BUCKETS, sum: stale_marker(), ..FloatHistogram::default() };
        }
        self.native(family, &mut point, histogram)
    }

    fn native(
        &mut self,
        family: &str,
        point: &mut Point<'a>,
        histogram: FloatHistogram,
    ) -> Result<(), WireError> {
        let histogram = FloatHistogram { reset_hint: self.hint, ..histogram };
        let labels = self.labels(point);
        self.push_labels(&labels, family, None);
        self.out.batch.push_histogram(point.at, histogram);
        for exemplar in std::mem::take(&mut point.exemplars) {
            let exemplar = self.exemplar(exemplar)?;
            self.out.batch.push_exemplar(exemplar);
        }
        self.finish();
        Ok(())
    }

    /// One bucket, with the exemplars whose values lie in it.
    fn bucket(
        &mut self,
        labels: &[(String, String)],
        name: &str,
        le: &str,
        (at, value): (Millis, f64),
        exemplars: &mut Vec<Exemplar>,
        (above, upto): (f64, f64),
    ) {
        self.push_labels(labels, name, Some(("le", le)));
        self.out.batch.push_sample(at, value);
        for exemplar in exemplars.extract_if(.., |e| above < e.value && e.value <= upto) {
            self.out.batch.push_exemplar(exemplar);
        }
        self.finish();
    }

    fn summary(&mut self, family: &str, mut message: Reader<'a>) -> Result<(), WireError> {
        let mut point = Point::default();
        let (mut count, mut sum) = (0.0, 0.0);
        let mut quantiles = Vec::new();
        while let Some(field) = message.field()? {
            match field.number {
                3 => point.at = millis(field)?,
                4 => count = field.fixed64()? as f64,
                5 => sum = field.double()?,
                6 => {
                    let (mut quantile, mut value) = (0.0, 0.0);
                    let mut message = field.message()?;
                    while let Some(field) = message.field()? {
                        match field.number {
                            1 => quantile = field.double()?,
                            2 => value = field.double()?,
                            _ => {}
                        }
                    }
                    quantiles.push((quantile, value));
                }
                7 => self.attribute(&mut point, field)?,
                8 => point.no_value = field.uint()? & NO_RECORDED_VALUE != 0,
                _ => {}
            }
        }
        let labels = self.labels(&mut point);
        self.push(&labels, &format!("{family}_sum"), None, point.at, point.value(sum));
        self.push(&labels, &format!("{family}_count"), None, point.at, point.value(count));
        for (quantile, value) in quantiles {
            let text = values::float_text(quantile);
            self.push(&labels, family, Some(("quantile", &text)), point.at, point.value(value));
        }
        Ok(())
    }

    fn exponential(&mut self, family: &str, mut message: Reader<'a>) -> Result<(), WireError> {
        let mut point = Point::default();
        let mut scale = 0;
        let mut h = FloatHistogram { zero_threshold: DEFAULT_ZERO_THRESHOLD, ..FloatHistogram::default() };
        let (mut positive, mut negative) = (None, None);
        while let Some(field) = message.field()? {
            match field.number {
                1 => self.attribute(&mut point, field)?,
                3 => point.at = millis(field)?,
                4 => h.count = field.fixed64()? as f64,
                5 => h.sum = field.double()?,
                6 => scale = field.sint()?,
                7 => h.zero_count = field.fixed64()? as f64,
                8 => positive = Some(field.message()?),
                9 => negative = Some(field.message()?),
                10 => point.no_value = field.uint()? & NO_RECORDED_VALUE != 0,
                11 => point.exemplars.push(field.message()?),
                14 => {
                    h.zero_threshold = Some(field.double()?).filter(|t| *t > 0.0).unwrap_or(h.zero_threshold)
                }
                _ => {}
            }
        }
        if scale < MIN_SCALE {
            let message = format!(
                "cannot convert exponential to native histogram. Scale must be >= {MIN_SCALE}, was {scale}"
            );
            self.out.skipped.push(Skipped { message, rows: 1 });
            return Ok(());
        }
        let shift = (scale - MAX_SCALE).clamp(0, 31) as u32;
        h.schema = scale.min(MAX_SCALE) as i32;
        (h.positive_spans, h.positive_buckets) = buckets(positive, shift)?;
        (h.negative_spans, h.negative_buckets) = buckets(negative, shift)?;
        if point.no_value {
            h = FloatHistogram { schema: h.schema, sum: stale_marker(), ..FloatHistogram::default() };
        }
        self.native(family, &mut point, h)
    }

    fn exemplar(&mut self, mut message: Reader<'a>) -> Result<Exemplar, WireError> {
        let mut labels: Vec<(String, String)> = Vec::new();
        let mut filtered = Vec::new();
        let (mut at, mut value) = (Millis(0), 0.0);
        while let Some(field) = message.field()? {
            match field.number {
                2 => at = millis(field)?,
                3 => value = field.double()?,
                4 if !field.bytes()?.is_empty() => {
                    labels.push(("span_id".to_owned(), to_hex(field.bytes()?)))
                }
                5 if !field.bytes()?.is_empty() => {
                    labels.push(("trace_id".to_owned(), to_hex(field.bytes()?)))
                }
                6 => value = field.fixed64()?.cast_signed() as f64,
                7 => {
                    let (key, value) = self.texts.key_value(field.message()?, 0)?;
                    filtered.push((label_name(&key, self.options), values::to_text(&value)));
                }
                _ => {}
            }
        }
        let chars = |pairs: &[(String, String)]| -> usize {
            pairs.iter().map(|(n, v)| n.chars().count() + v.chars().count()).sum()
        };
        if chars(&labels) + chars(&filtered) <= MAX_EXEMPLAR_CHARS {
            labels.extend(filtered);
        }
        Ok(Exemplar { labels: Labels::from_pairs(labels), value, at })
    }
}

/// Dense buckets as spans and counts. Index `i` here is index `i + 1` there, since the replaced system counts a bucket by
/// its upper bound; `shift` halves the resolution that many times.
fn buckets(message: Option<Reader<'_>>, shift: u32) -> Result<(Vec<BucketSpan>, Vec<f64>), WireError> {
    let Some(mut message) = message else { return Ok(Default::default()) };
    let mut offset = 0i64;
    let mut counts = Vec::new();
    while let Some(field) = message.field()? {
        match field.number {
            1 => offset = field.sint()?.clamp(i64::from(i32::MIN), i64::from(i32::MAX)),
            2 => field.each_varint(|n| counts.push(n as f64))?,
            _ => {}
        }
    }
    let mut merged: Vec<f64> = Vec::with_capacity(counts.len());
    let first = offset >> shift;
    for (i, count) in (0i64..).zip(counts) {
        let at = (((offset + i) >> shift) - first) as usize;
        match merged.get_mut(at) {
            Some(sum) => *sum += count,
            None => merged.push(count),
        }
    }
    if merged.is_empty() {
        return Ok(Default::default());
    }
    let offset = i32::try_from(first + 1).unwrap_or(i32::MAX);
    let length = u32::try_from(merged.len()).unwrap_or(u32::MAX);
    Ok((vec![BucketSpan { offset, length }], merged))
}
