//! Data points as series, with the names that Prometheus gives them.
//!
//! [`Options`] say how names are translated and what of a resource goes on each series; `job` and `instance` come from the
//! service's attributes; the other resource attributes are kept on `target_info`. Metrics that cannot become series (delta
//! temporality unless [`Delta`] says otherwise, no data, no name, a scale below -4) are left out and listed, the rest of the request is kept.
//! Source: <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>

mod names;
mod points;
mod target;

use super::attributes::{Interner, head};
use super::{Encoding, schema};
use crate::error::{Skipped, WireError};
use crate::proto::Reader;
use crate::remote_write::Decoded;
use model::{Metadata, MetricKind, ResetHint, Resource};
use points::Series;

/// How names are translated, and resources and scopes become labels. The defaults are those of the replaced system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether names are bent to letters, digits and `_`; else they stay as they are.
    pub escape: bool,
    /// Whether names end in their unit and `total` or `ratio`.
    pub suffixes: bool,
    /// Whether an escaped label that begins with one `_` gets `key` before it.
    pub key_before_underscore: bool,
    /// Whether several `_` in a row stay in an escaped label.
    pub keep_underscores: bool,
    /// Resource attributes that every series of the resource carries, such as `k8s.namespace.name`.
    pub promote_resource_attributes: Vec<String>,
    /// Whether all of them do, but for [`Options::ignore_resource_attributes`].
    pub promote_all: bool,
    /// Left out of [`Options::promote_all`].
    pub ignore_resource_attributes: Vec<String>,
    /// Whether `target_info` carries also what became `job` and `instance`.
    pub keep_identifying: bool,
    /// Whether series carry `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url` and the scope's attributes.
    pub promote_scope: bool,
    /// Whether histograms with explicit bounds become native ones with custom buckets.
    pub custom_buckets: bool,
    /// What becomes of points that say what came since the point before.
    pub delta: Delta,
}

/// What becomes of sums and histograms of delta temporality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delta {
    /// They are left out and listed.
    #[default]
    Refused,
    /// They are stored as they are, of unknown kind; native histograms as gauges.
    Kept,
    /// They are let through, marked as [`Decoded::deltas`].
    Marked,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            escape: true,
            suffixes: true,
            key_before_underscore: true,
            keep_underscores: true,
            promote_resource_attributes: Vec::new(),
            promote_all: false,
            ignore_resource_attributes: Vec::new(),
            keep_identifying: false,
            promote_scope: false,
            custom_buckets: false,
            delta: Delta::Refused,
        }
    }
}

/// Reads an `ExportMetricsServiceRequest`.
pub fn decode(body: &[u8], encoding: Encoding, options: &Options) -> Result<Decoded, WireError> {
    let bytes = encoding.to_protobuf(body, &schema::METRICS)?;
    let mut texts = Interner::default();
    let mut out = Decoded::default();
    let mut request = Reader::new(&bytes);
    while let Some(field) = request.field()? {
        if field.number == 1 {
            resource_metrics(&mut texts, &mut out, field.message()?, options)?;
        }
    }
    Ok(out)
}

fn resource_metrics<'a>(
    texts: &mut Interner<'a>,
    out: &mut Decoded,
    mut message: Reader<'a>,
    options: &Options,
) -> Result<(), WireError> {
    let resource = match head(&message, 1)? {
        Some(resource) => texts.resource(resource)?,
        None => Resource::default(),
    };
    let shared = target::shared_labels(&resource, options);
    let mut series = Series::new(texts, out, options, shared.clone());
    while let Some(field) = message.field()? {
        if field.number == 2 {
            let mut scope = field.message()?;
            if options.promote_scope {
                series.shared.truncate(shared.len());
                target::scope_labels(&mut series, &scope)?;
            }
            while let Some(field) = scope.field()? {
                if field.number == 2 {
                    metric(&mut series, field.message()?)?;
                }
            }
        }
    }
    let times = series.times;
    target::push_target_info(out, &resource, times, options);
    Ok(())
}

/// What holds a metric's data points.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Gauge,
    Sum,
    Histogram,
    Exponential,
    Summary,
}

/// `AGGREGATION_TEMPORALITY_DELTA`.
const DELTA: u64 = 1;
/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: u64 = 2;

fn metric<'a>(series: &mut Series<'_, 'a>, mut message: Reader<'a>) -> Result<(), WireError> {
    let (mut name, mut help, mut unit) = ("", "", "");
    let mut body = None;
    while let Some(field) = message.field()? {
        match field.number {
            1 => name = field.text()?,
            2 => help = field.text()?,
            3 => unit = field.text()?,
            5 => body = Some((Shape::Gauge, field.message()?)),
            7 => body = Some((Shape::Sum, field.message()?)),
            9 => body = Some((Shape::Histogram, field.message()?)),
            10 => body = Some((Shape::Exponential, field.message()?)),
            11 => body = Some((Shape::Summary, field.message()?)),
            _ => {}
        }
    }
    let Some((shape, body)) = body else {
        let message = format!(
            "could not get aggregation temporality for {name} as it has unsupported metric type Empty"
        );
        series.out.skipped.push(Skipped { message, rows: 0 });
        return Ok(());
    };
    let (mut temporality, mut monotonic, mut points) = (0, false, 0);
    let mut fields = body.clone();
    while let Some(field) = fields.field()? {
        match field.number {
            1 => points += 1,
            2 => temporality = field.uint()?,
            3 => monotonic = field.uint()? != 0,
            _ => {}
        }
    }
    if points == 0 {
        return Ok(());
    }
    let of_now = matches!(shape, Shape::Gauge | Shape::Summary);
    let is_delta = !of_now && temporality == DELTA;
    let taken = of_now || temporality == CUMULATIVE || is_delta && series.options.delta != Delta::Refused;
    let mut kind = kind_of(shape, monotonic);
    let family = names::metric_name(name, unit, kind, series.options);
    let refusal = if !taken {
        Some(format!("invalid temporality and type combination for metric {name:?}"))
    } else if family.is_empty() {
        Some(format!("normalization for metric {name:?} resulted in empty name"))
    } else {
        None
    };
    if let Some(message) = refusal {
        series.out.skipped.push(Skipped { message, rows: points });
        return Ok(());
    }
    let kept = is_delta && series.options.delta == Delta::Kept;
    if kept {
        kind = MetricKind::Unknown;
    }
    series.hint = if kept { ResetHint::Gauge } else { ResetHint::Unknown };
    let before = series.out.batch.len();
    series.push_points(&family, shape, body)?;
    if is_delta && !kept {
        series.out.deltas.extend(before..series.out.batch.len());
    }
    let metadata = Metadata { family, kind, help: help.to_owned(), unit: unit.to_owned() };
    series.out.batch.metadata.push(metadata);
    Ok(())
}

fn kind_of(shape: Shape, monotonic: bool) -> MetricKind {
    match shape {
        Shape::Sum if monotonic => MetricKind::Counter,
        Shape::Gauge | Shape::Sum => MetricKind::Gauge,
        Shape::Histogram | Shape::Exponential => MetricKind::Histogram,
        Shape::Summary => MetricKind::Summary,
    }
}
