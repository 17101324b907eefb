//! What happens to series after they are collected: top and bottom, comparisons, arithmetic between queries.

use super::Buckets;
use super::collect::collect;
use super::groups::Line;
use crate::error::TraceqlError;
use crate::syntax::{Metrics, Op, SecondStage};
use crate::value::Value;
use contract::{Context, SpanSource};
use rustc_hash::FxHashMap;
use std::future::Future;
use std::pin::Pin;

/// The label of a series that is not grouped.
const NAME: &str = "__name__";

/// Evaluates a metrics expression.
pub(crate) fn evaluate<'a>(
    source: &'a dyn SpanSource,
    cx: &'a Context,
    metrics: &'a Metrics,
    buckets: Buckets,
    exemplars: usize,
    inspected: &'a mut u64,
) -> Pin<Box<dyn Future<Output = Result<Vec<Line>, TraceqlError>> + Send + 'a>> {
    Box::pin(async move {
        match metrics {
            Metrics::Query(query) => collect(source, cx, query, buckets, exemplars, inspected).await,
            Metrics::Number(_) => Ok(Vec::new()),
            Metrics::Second(inner, stage) => {
                let lines = evaluate(source, cx, inner, buckets, exemplars, inspected).await?;
                Ok(second(lines, *stage))
            }
            Metrics::Binary { left, op, right } => match (&**left, &**right) {
                (Metrics::Number(a), Metrics::Number(b)) => {
                    Err(TraceqlError::check(format!("no spans in {a} {} {b}", op.as_str())))
                }
                (Metrics::Number(number), series) => {
                    let lines = evaluate(source, cx, series, buckets, exemplars, inspected).await?;
                    Ok(map(lines, |value| arithmetic(*op, *number, value)))
                }
                (series, Metrics::Number(number)) => {
                    let lines = evaluate(source, cx, series, buckets, exemplars, inspected).await?;
                    Ok(map(lines, |value| arithmetic(*op, value, *number)))
                }
                (left, right) => {
                    let left = evaluate(source, cx, left, buckets, exemplars, inspected).await?;
                    let right = evaluate(source, cx, right, buckets, exemplars, inspected).await?;
                    Ok(pairs(left, *op, right))
                }
            },
        }
    })
}

fn arithmetic(op: Op, a: f64, b: f64) -> f64 {
    match op {
        Op::Add => a + b,
        Op::Subtract => a - b,
        Op::Multiply => a * b,
        Op::Divide if b == 0.0 => f64::NAN,
        Op::Divide => a / b,
        _ => f64::NAN,
    }
}

fn map(mut lines: Vec<Line>, of: impl Fn(f64) -> f64) -> Vec<Line> {
    for line in &mut lines {
        line.values.iter_mut().for_each(|value| *value = of(*value));
    }
    lines
}

/// Labels without the name of a series that is not grouped.
fn groups(line: &Line) -> Vec<&(String, Value)> {
    line.labels.iter().filter(|(name, _)| name != NAME).collect()
}

fn name(line: &Line) -> String {
    match line.labels.iter().find(|(name, _)| name == NAME) {
        Some((_, Value::Text(name))) => name.to_string(),
        _ => String::new(),
    }
}

/// Joins series of equal labels; a series without labels joins every one of the other side.
fn pairs(left: Vec<Line>, op: Op, right: Vec<Line>) -> Vec<Line> {
    let join = |a: &Line, b: &Line| {
        let grouped = if groups(a).is_empty() { b } else { a };
        let labels = match groups(grouped).is_empty() {
            true => {
                vec![(NAME.to_owned(), Value::text(format!("({} {} {})", name(a), op.as_str(), name(b))))]
            }
            false => grouped.labels.clone(),
        };
        let values = a.values.iter().zip(&b.values).map(|(a, b)| arithmetic(op, *a, *b)).collect();
        Line { labels, values, exemplars: a.exemplars.iter().chain(&b.exemplars).cloned().collect() }
    };
    let single = |lines: &[Line]| lines.len() == 1 && groups(&lines[0]).is_empty();
    if single(&right) {
        return left.iter().map(|a| join(a, &right[0])).collect();
    }
    if single(&left) {
        return right.iter().map(|b| join(&left[0], b)).collect();
    }
    let key = |line: &Line| {
        let mut labels: Vec<String> =
            groups(line).iter().map(|(name, value)| format!("{name}={value}")).collect();
        labels.sort();
        labels.join(",")
    };
    let by_key: FxHashMap<String, &Line> = right.iter().map(|line| (key(line), line)).collect();
    left.iter().filter_map(|a| by_key.get(&key(a)).map(|b| join(a, b))).collect()
}

fn second(lines: Vec<Line>, stage: SecondStage) -> Vec<Line> {
    match stage {
        SecondStage::TopK(count) => extremes(lines, count, true),
        SecondStage::BottomK(count) => extremes(lines, count, false),
        SecondStage::Filter(op, with) => {
            let with = Value::Float(with);
            map(lines, |value| match !value.is_nan() && Value::Float(value).compares(op, &with) {
                true => value,
                false => f64::NAN,
            })
        }
    }
}

/// Keeps the `count` greatest or least samples at each time; equal ones by the order of their labels.
fn extremes(mut lines: Vec<Line>, count: usize, greatest: bool) -> Vec<Line> {
    lines.sort_by_cached_key(Line::key);
    let buckets = lines.first().map_or(0, |line| line.values.len());
    for bucket in 0..buckets {
        let mut order: Vec<usize> = (0..lines.len()).filter(|l| !lines[*l].values[bucket].is_nan()).collect();
        order.sort_by(|a, b| {
            let by_value = lines[*a].values[bucket].total_cmp(&lines[*b].values[bucket]);
            let by_value = if greatest { by_value.reverse() } else { by_value };
            by_value.then(if greatest { a.cmp(b) } else { b.cmp(a) })
        });
        for dropped in order.into_iter().skip(count) {
            lines[dropped].values[bucket] = f64::NAN;
        }
    }
    lines.retain(|line| line.values.iter().any(|value| !value.is_nan()));
    lines
}
