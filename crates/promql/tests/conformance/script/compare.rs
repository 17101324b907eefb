//! Comparing results with what a script expects, within its tolerance.

use super::notation::Item;
use super::parse::{Eval, Notes};
use model::{FloatHistogram, Labels, Millis, is_stale};
use promql::QueryResult;
use promql::histogram::compact;
use query::{InstantSample, MatrixSeries, Point, Value};
use std::collections::BTreeMap;

/// Relative difference of floats that count as equal.
const TOLERANCE: f64 = 1e-6;

fn equal(a: f64, b: f64) -> bool {
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    if a == b || (a.is_nan() && b.is_nan()) {
        return true;
    }
    let (sum, difference) = (a.abs() + b.abs(), (a - b).abs());
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}

fn equal_histograms(wanted: &FloatHistogram, hinted: bool, found: &FloatHistogram) -> bool {
    let (mut a, mut b) = (wanted.clone(), found.clone());
    compact(&mut a);
    compact(&mut b);
    let all = |x: &[f64], y: &[f64]| x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal(*x, *y));
    a.schema == b.schema
        && equal(a.count, b.count)
        && equal(a.sum, b.sum)
        && a.zero_threshold == b.zero_threshold
        && equal(a.zero_count, b.zero_count)
        && a.custom_values == b.custom_values
        && a.positive_spans == b.positive_spans
        && a.negative_spans == b.negative_spans
        && all(&a.positive_buckets, &b.positive_buckets)
        && all(&a.negative_buckets, &b.negative_buckets)
        && (!hinted || a.reset_hint == b.reset_hint)
}

fn fits(wanted: &Item, found: Option<&Point>) -> bool {
    match (wanted, found) {
        (Item::Blank, None) => true,
        (Item::Float(a), Some(Point::Float(b))) => equal(*a, *b),
        (Item::Histogram(a, hinted), Some(Point::Histogram(b))) => equal_histograms(a, *hinted, b),
        _ => false,
    }
}

fn shown(point: Option<&Point>) -> String {
    match point {
        None => "nothing".to_owned(),
        Some(Point::Float(value)) => value.to_string(),
        Some(Point::Histogram(h)) => {
            format!(
                "{} schema {} hint {:?} {:?}",
                promql::histogram::text::describe(h),
                h.schema,
                h.reset_hint,
                h.custom_values
            )
        }
    }
}

/// Warnings or infos.
pub(crate) fn notes(wanted: &Notes, found: &[String], what: &str) -> Result<(), String> {
    if wanted.none && !found.is_empty() {
        return Err(format!("expected no {what}, found {found:?}"));
    }
    if wanted.some && found.is_empty() {
        return Err(format!("expected {what}, found none"));
    }
    if wanted.patterns.is_empty() {
        return Ok(());
    }
    let missing = wanted.patterns.iter().find(|p| !found.iter().any(|f| p.fits(f)));
    let extra = found.iter().find(|f| !wanted.patterns.iter().any(|p| p.fits(f)));
    if missing.is_some() || extra.is_some() {
        return Err(format!("expected {what} {:?}, found {found:?}", wanted.patterns));
    }
    Ok(())
}

/// Both kinds of annotations.
pub(crate) fn annotations(eval: &Eval, result: &QueryResult) -> Result<(), String> {
    notes(&eval.warnings, &result.warnings, "warnings")?;
    notes(&eval.infos, &result.infos, "infos")
}

/// The result of an instant query.
pub(crate) fn instant(eval: &Eval, value: &Value) -> Result<(), String> {
    if let Some(wanted) = &eval.string {
        return match value {
            Value::Text { value, .. } if value == wanted => Ok(()),
            other => Err(format!("expected string {wanted:?}, found {other:?}")),
        };
    }
    if let Some(wanted) = eval.scalar {
        return match value {
            Value::Scalar { value, .. } if equal(wanted, *value) => Ok(()),
            other => Err(format!("expected scalar {wanted}, found {other:?}")),
        };
    }
    if let Some((from, to, step)) = eval.range_vector {
        let Value::Matrix(found) = value else {
            return Err(format!("expected a range vector, found {value:?}"));
        };
        return on_grid(&eval.series, found, from, to, step);
    }
    match value {
        Value::Vector(found) => vector(eval, found),
        Value::Scalar { .. } if eval.series.is_empty() => Err("expected nothing, found a scalar".to_owned()),
        other => Err(format!("expected a vector, found {other:?}")),
    }
}

fn vector(eval: &Eval, found: &[InstantSample]) -> Result<(), String> {
    let mut by_labels: BTreeMap<&Labels, (usize, &Point)> = BTreeMap::new();
    for (place, sample) in found.iter().enumerate() {
        if by_labels.insert(&sample.labels, (place, &sample.point)).is_some() {
            return Err(format!("{} occurs twice", sample.labels));
        }
    }
    for (place, (labels, items)) in eval.series.iter().enumerate() {
        let Some((found_at, point)) = by_labels.remove(labels) else {
            return Err(format!(
                "{labels} is missing among {:?}",
                found.iter().map(|s| s.labels.to_string()).collect::<Vec<_>>()
            ));
        };
        if eval.ordered && found_at != place {
            return Err(format!("{labels} is at place {found_at}, not {place}"));
        }
        let wanted = items.first().ok_or("a series without a point")?;
        if !fits(wanted, Some(point)) {
            return Err(format!("{labels}: expected {wanted:?}, found {}", shown(Some(point))));
        }
    }
    match by_labels.into_iter().next() {
        Some((labels, (_, point))) => Err(format!("unexpected {labels} {}", shown(Some(point)))),
        None => Ok(()),
    }
}

/// The point of a series at a time.
pub(crate) fn point_at(series: &MatrixSeries, at: i64) -> Option<Point> {
    let float = series.floats.iter().find(|(t, _)| *t == Millis(at)).map(|(_, v)| Point::Float(*v));
    float.or_else(|| {
        series.histograms.iter().find(|(t, _)| *t == Millis(at)).map(|(_, h)| Point::Histogram(h.clone()))
    })
}

/// Whether a matrix is sorted by labels.
pub(crate) fn sorted(found: &[MatrixSeries]) -> Result<(), String> {
    let sorted = found.is_sorted_by(|a, b| a.labels < b.labels);
    if sorted { Ok(()) } else { Err("the matrix is not sorted by labels".to_owned()) }
}

/// A matrix against one point a step.
pub(crate) fn on_grid(
    wanted: &[(Labels, Vec<Item>)],
    found: &[MatrixSeries],
    from: i64,
    to: i64,
    step: i64,
) -> Result<(), String> {
    sorted(found)?;
    let mut left: BTreeMap<&Labels, &MatrixSeries> = found.iter().map(|s| (&s.labels, s)).collect();
    for (labels, items) in wanted {
        let Some(series) = left.remove(labels) else {
            return Err(format!(
                "{labels} is missing among {:?}",
                found.iter().map(|s| s.labels.to_string()).collect::<Vec<_>>()
            ));
        };
        let mut points = 0;
        for (i, at) in (from..=to).step_by(usize::try_from(step).expect("a step is positive")).enumerate() {
            let point = point_at(series, at);
            points += usize::from(point.is_some());
            let item = items.get(i).unwrap_or(&Item::Blank);
            if !fits(item, point.as_ref()) {
                return Err(format!("{labels} at {at}: expected {item:?}, found {}", shown(point.as_ref())));
            }
        }
        if points != series.floats.len() + series.histograms.len() {
            return Err(format!("{labels} has points beside the grid"));
        }
    }
    match left.into_keys().next() {
        Some(labels) => Err(format!("unexpected {labels}")),
        None => Ok(()),
    }
}

/// The middle step of a range query against the result of an instant one.
pub(crate) fn middle(eval: &Eval, found: &[MatrixSeries], at: i64) -> Result<(), String> {
    let of = |series: &MatrixSeries| {
        point_at(series, at).map(|point| InstantSample {
            labels: series.labels.clone(),
            at: Millis(at),
            point,
        })
    };
    let samples: Vec<InstantSample> = found.iter().filter_map(of).collect();
    if let Some(wanted) = eval.scalar {
        return match samples.as_slice() {
            [InstantSample { point: Point::Float(value), .. }] if equal(wanted, *value) => Ok(()),
            other => Err(format!("expected scalar {wanted}, found {other:?}")),
        };
    }
    vector(eval, &samples)
}
