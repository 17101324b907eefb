//! A series to a number, and a series to another step.

use super::super::super::ApiError;
use super::{Held, Item, MAX_POINTS, MAX_RESAMPLED, millis, text};
use serde_json::Value;

/// What becomes of values that are missing or no number.
enum Mode {
    /// They make the result no number.
    Strict,
    Drop,
    Replace(f64),
}

pub(super) fn reduce(query: &Value, items: &[Item]) -> Result<Vec<Item>, ApiError> {
    let reducer = text(query, "reducer");
    let settings = &query["settings"];
    let mode = match text(settings, "mode") {
        "" | "strict" => Mode::Strict,
        "dropNN" => Mode::Drop,
        "replaceNN" => match settings["replaceWithValue"].as_f64() {
            Some(value) => Mode::Replace(value),
            None => return Err(ApiError::bad("expected a number `settings.replaceWithValue`")),
        },
        other => {
            return Err(ApiError::bad(format!(
                "mode of reduce is {other:?}, expected dropNN, replaceNN or none"
            )));
        }
    };
    items
        .iter()
        .map(|item| {
            // A number is one already.
            let Held::Series(_) = item.held else { return Ok(item.clone()) };
            let all = item.values();
            let values: Vec<f64> = match mode {
                Mode::Strict => all.iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
                Mode::Drop => all.iter().flatten().copied().filter(|value| value.is_finite()).collect(),
                Mode::Replace(with) => {
                    all.iter().map(|value| value.filter(|value| value.is_finite()).unwrap_or(with)).collect()
                }
            };
            let reduced = reduced(reducer, &values)?;
            // Without anything left there is no number, where those that are none were to be dropped.
            let kept = if matches!(mode, Mode::Drop) && reduced.is_nan() { None } else { Some(reduced) };
            Ok(Item::number(item.labels.clone(), kept))
        })
        .collect()
}

/// One figure of all values.
fn reduced(reducer: &str, values: &[f64]) -> Result<f64, ApiError> {
    let has_nan = values.iter().any(|value| value.is_nan());
    let of = |figure: fn(f64, f64) -> f64| {
        if has_nan { f64::NAN } else { values.iter().copied().reduce(figure).unwrap_or(f64::NAN) }
    };
    Ok(match reducer {
        "sum" => values.iter().sum(),
        "mean" | "avg" => values.iter().sum::<f64>() / values.len() as f64,
        "min" => of(f64::min),
        "max" => of(f64::max),
        "count" => values.len() as f64,
        "last" => values.last().copied().unwrap_or(f64::NAN),
        "median" if has_nan => f64::NAN,
        "median" => median(values).unwrap_or(f64::NAN),
        other => {
            let known = "sum, mean, min, max, count, last or median";
            return Err(ApiError::bad(format!("the reducer is {other:?}, expected {known}")));
        }
    })
}

/// The middle of the values, between the two middle ones of an even number.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        size if size % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}

/// Series at each multiple of the window after `from`: what fell into a window is reduced, a window without anything is filled.
pub(super) fn resample(query: &Value, (from, to): (i64, i64), items: &[Item]) -> Result<Vec<Item>, ApiError> {
    let window = millis("window", text(query, "window"))?;
    let last = to.saturating_sub(from) / window;
    if last >= MAX_RESAMPLED {
        return Err(ApiError::bad(format!("the window is too short: more than {MAX_RESAMPLED} points")));
    }
    let each = usize::try_from(last + 1).unwrap_or(usize::MAX);
    if items.len().saturating_mul(each) > MAX_POINTS {
        return Err(ApiError::bad(format!("the window is too short: more than {MAX_POINTS} points in all")));
    }
    let (down, up) = (text(query, "downsampler"), text(query, "upsampler"));
    if !matches!(up, "pad" | "backfilling" | "fillna") {
        return Err(ApiError::bad(format!("the upsampler is {up:?}, expected pad, backfilling or fillna")));
    }
    items
        .iter()
        .map(|item| {
            let Held::Series(points) = &item.held else {
                return Err(ApiError::bad("only series are resampled, and this is a number"));
            };
            let mut rest = points.as_slice();
            let mut before = None;
            let mut made = Vec::new();
            for at in (0..=last).map(|step| from + step * window) {
                let inside = rest.iter().take_while(|(time, _)| *time <= at).count();
                let (now, after) = rest.split_at(inside);
                let values: Vec<f64> = now.iter().filter_map(|(_, value)| *value).collect();
                let value = match (values.is_empty(), up) {
                    (false, _) => Some(reduced(down, &values)?),
                    (true, "pad") => before,
                    (true, "backfilling") => after.first().and_then(|(_, value)| *value),
                    (true, _) => None,
                };
                before = now.last().map_or(before, |(_, value)| *value);
                made.push((at, value));
                rest = after;
            }
            Ok(Item { labels: item.labels.clone(), held: Held::Series(made) })
        })
        .collect()
}
