//! Whether numbers are beyond bounds: thresholds, a 0 or 1 for each; classic conditions, one for all.

use super::super::super::ApiError;
use super::super::frames::{self, list};
use super::reduce::median;
use super::{Item, reference, text};
use serde_json::{Value, json};

/// More than anybody writes; each reads an answer.
const MAX_CONDITIONS: usize = 100;

/// How a value is judged, with its bounds.
struct Evaluator {
    kind: String,
    bounds: [f64; 2],
}

impl Evaluator {
    fn new(written: &Value) -> Result<Self, ApiError> {
        let kind = text(written, "type").to_owned();
        let needed = match kind.as_str() {
            "no_value" => 0,
            "gt" | "lt" | "gte" | "lte" | "eq" | "ne" => 1,
            "within_range" | "outside_range" | "within_range_included" | "outside_range_included" => 2,
            other => {
                let known = "gt, lt, gte, lte, eq, ne, within_range, outside_range or no_value";
                return Err(ApiError::bad(format!("the evaluator is {other:?}, expected {known}")));
            }
        };
        let given: Vec<f64> = list(&written["params"]).iter().filter_map(Value::as_f64).collect();
        if given.len() < needed {
            return Err(ApiError::bad(format!("evaluator {kind} has {} of {needed} numbers", given.len())));
        }
        let bound = |at: usize| given.get(at).copied().unwrap_or(0.0);
        Ok(Evaluator { kind, bounds: [bound(0), bound(1)] })
    }

    /// `None` where there is nothing to judge.
    fn judge(&self, value: Option<f64>) -> Option<bool> {
        if self.kind == "no_value" {
            return Some(value.is_none());
        }
        let value = value?;
        let [first, second] = self.bounds;
        let (low, high) = (first.min(second), first.max(second));
        Some(match self.kind.as_str() {
            "gt" => value > first,
            "lt" => value < first,
            "gte" => value >= first,
            "lte" => value <= first,
            "eq" => value == first,
            "ne" => value != first,
            "within_range" => low < value && value < high,
            "within_range_included" => low <= value && value <= high,
            "outside_range_included" => value <= low || value >= high,
            _ => value < low || value > high,
        })
    }
}

/// One for each value beyond the threshold, 0 for the others.
pub(super) fn threshold(query: &Value, items: &[Item]) -> Result<Vec<Item>, ApiError> {
    let [condition] = list(&query["conditions"]) else {
        return Err(ApiError::bad("a threshold has one of `conditions`"));
    };
    let evaluator = Evaluator::new(&condition["evaluator"])?;
    let judged = |value| evaluator.judge(value).map(|is_beyond| f64::from(u8::from(is_beyond)));
    Ok(items.iter().map(|item| item.map(judged)).collect())
}

/// One number for all conditions, and in the frame's meta what matched.
pub(super) fn classic(
    query: &Value,
    read: &dyn Fn(&str) -> Result<Vec<Item>, ApiError>,
) -> Result<Value, ApiError> {
    let conditions = list(&query["conditions"]);
    if conditions.is_empty() {
        return Err(ApiError::bad("classic conditions have at least one of `conditions`"));
    }
    if conditions.len() > MAX_CONDITIONS {
        return Err(ApiError::bad(format!(
            "classic conditions have at most {MAX_CONDITIONS} of `conditions`"
        )));
    }
    let (mut is_firing, mut is_empty, mut matches) = (false, false, Vec::new());
    for (at, condition) in conditions.iter().enumerate() {
        let name = condition["query"]["params"][0].as_str().unwrap_or("");
        let evaluator = Evaluator::new(&condition["evaluator"])?;
        let items = read(name)?;
        let (mut any, mut missing) = (false, 0);
        for item in &items {
            let value = figure(text(&condition["reducer"], "type"), &item.values())?;
            missing += usize::from(value.is_none());
            if evaluator.judge(value) == Some(true) {
                any = true;
                matches.push(json!({ "metric": name, "labels": item.labels, "value": value }));
            }
        }
        if items.is_empty() && evaluator.judge(None) == Some(true) {
            any = true;
            matches.push(json!({ "metric": "NoData", "labels": null, "value": null }));
        }
        let has_nothing = missing == items.len();
        let is_or = matches!(text(&condition["operator"], "type"), "or" | "logic-or");
        (is_firing, is_empty) = match (at, is_or) {
            (0, _) => (any, has_nothing),
            (_, true) => (is_firing || any, is_empty || has_nothing),
            (_, false) => (is_firing && any, is_empty && has_nothing),
        };
    }
    // Nothing to judge is neither yes nor no.
    let value = if is_firing {
        json!(1.0)
    } else if is_empty {
        Value::Null
    } else {
        json!(0.0)
    };
    let shown = if is_firing { matches } else { Vec::new() };
    let meta = json!({ "type": "numeric-multi", "typeVersion": [0, 1], "custom": shown });
    let name = reference(query);
    let field =
        json!({ "name": name, "type": "number", "typeInfo": { "frame": "float64", "nullable": true } });
    Ok(frames::frame(name, meta, json!([field]), vec![vec![value]]))
}

/// What a condition looks at: a figure of all values that are numbers.
fn figure(reducer: &str, values: &[Option<f64>]) -> Result<Option<f64>, ApiError> {
    let some: Vec<f64> = values.iter().flatten().copied().filter(|value| !value.is_nan()).collect();
    let ends = some.first().zip(some.last());
    let change = ends.map(|(first, last)| last - first);
    let part =
        ends.filter(|(first, _)| **first != 0.0).map(|(first, last)| (last - first) / first.abs() * 100.0);
    Ok(match reducer {
        "avg" | "mean" => (!some.is_empty()).then(|| some.iter().sum::<f64>() / some.len() as f64),
        "sum" => (!some.is_empty()).then(|| some.iter().sum()),
        "min" => some.iter().copied().reduce(f64::min),
        "max" => some.iter().copied().reduce(f64::max),
        "count" => Some(values.len() as f64),
        "count_non_null" => (!some.is_empty()).then_some(some.len() as f64),
        "last" => some.last().copied(),
        "median" => median(&some),
        "diff" => change,
        "diff_abs" => change.map(f64::abs),
        "percent_diff" => part,
        "percent_diff_abs" => part.map(f64::abs),
        other => {
            return Err(ApiError::bad(format!(
                "the reducer of a condition is {other:?}, which none is called"
            )));
        }
    })
}
