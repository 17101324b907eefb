//! Expressions over the answers of other queries of a batch: what alert rules of tools compute after they have asked.
//!
//! ```text
//! A  sum by (host) (rate(errors_total[5m]))     a query: frames
//! B  reduce A, last                             a number a series
//! C  threshold B > 0.1                          0 or 1 a number
//! ```
//! Answers are [`Item`]s: a number or a series with labels. What is missing is `None`, and stays so through every operation.
//! An expression is computed after what it names ([`order`]); what names itself is refused.

mod conditions;
mod math;
mod reduce;

use super::super::ApiError;
use super::frames::{self, list};
use super::text;
use query::duration;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};

/// Longer texts nobody writes by hand.
const MAX_EXPRESSION_BYTES: usize = 10_000;
/// Numbers and series of one answer: more than a rule or a panel can show.
const MAX_ITEMS: usize = 20_000;
/// Points that an answer may have, unless what it is made of has more: 50 MB, and some times that as frames.
const MAX_POINTS: usize = if cfg!(test) { 10_000 } else { 2_000_000 };
/// Points that a resampled series may have: what a range query may have.
const MAX_RESAMPLED: i64 = 11_000;

type Labels = BTreeMap<String, String>;

/// The frames of the queries of a batch that were asked, or why there are none, by reference.
pub(super) type Answers = HashMap<String, Result<Vec<Value>, String>>;

/// One number or one series of an answer.
#[derive(Clone, Debug, PartialEq)]
struct Item {
    labels: Labels,
    held: Held,
}

#[derive(Clone, Debug, PartialEq)]
enum Held {
    Number(Option<f64>),
    /// Milliseconds since 1970 and value, oldest first.
    Series(Vec<(i64, Option<f64>)>),
}

impl Item {
    fn number(labels: Labels, value: Option<f64>) -> Self {
        Item { labels, held: Held::Number(value) }
    }

    /// The values, oldest first.
    fn values(&self) -> Vec<Option<f64>> {
        match &self.held {
            Held::Number(value) => vec![*value],
            Held::Series(points) => points.iter().map(|(_, value)| *value).collect(),
        }
    }

    fn points(&self) -> usize {
        match &self.held {
            Held::Number(_) => 1,
            Held::Series(points) => points.len(),
        }
    }

    /// The same with each value made another.
    fn map(&self, change: impl Fn(Option<f64>) -> Option<f64>) -> Self {
        let held = match &self.held {
            Held::Number(value) => Held::Number(change(*value)),
            Held::Series(points) => {
                Held::Series(points.iter().map(|(at, value)| (*at, change(*value))).collect())
            }
        };
        Item { labels: self.labels.clone(), held }
    }
}

/// Whether a query of a batch is an expression over others.
pub(super) fn is_expression(query: &Value) -> bool {
    let named = &query["datasource"];
    [named.as_str().unwrap_or(""), text(named, "uid"), text(named, "type")].contains(&"__expr__")
        || query["datasourceId"] == -100
}

/// The name by which others of the batch know a query.
pub(super) fn reference(query: &Value) -> &str {
    Some(text(query, "refId")).filter(|one| !one.is_empty()).unwrap_or("A")
}

/// The names that an expression reads.
fn reads(query: &Value) -> Vec<String> {
    match text(query, "type") {
        "math" => math::names(text(query, "expression")),
        "classic_conditions" => list(&query["conditions"])
            .iter()
            .filter_map(|one| one["query"]["params"][0].as_str().map(str::to_owned))
            .collect(),
        _ => vec![bare(text(query, "expression")).to_owned()],
    }
}

/// `$A` and `${A}` say `A`.
fn bare(name: &str) -> &str {
    let name = name.trim();
    let name = name.strip_prefix('$').unwrap_or(name);
    name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name)
}

/// Which queries of a batch are asked, each after those that it reads: what is shown, and what an expression needs of the rest.
///
/// # Errors
/// With the name of a query that reads itself, be it through others.
pub(super) fn order(queries: &[Value]) -> Result<Vec<usize>, ApiError> {
    let places: HashMap<&str, usize> =
        queries.iter().enumerate().map(|(at, query)| (reference(query), at)).collect();
    let (mut order, mut entered, mut left) =
        (Vec::new(), vec![false; queries.len()], vec![false; queries.len()]);
    for first in (0..queries.len()).filter(|at| queries[*at]["hide"] != true) {
        let mut stack = vec![(first, false)];
        while let Some((at, is_over)) = stack.pop() {
            if is_over {
                left[at] = true;
                order.push(at);
                continue;
            }
            if left[at] {
                continue;
            }
            if entered[at] {
                let name = reference(&queries[at]);
                return Err(ApiError::bad(format!("expression {name} reads itself, be it through others")));
            }
            entered[at] = true;
            stack.push((at, true));
            if is_expression(&queries[at]) {
                let reads = reads(&queries[at]);
                let places = reads.iter().filter_map(|name| places.get(name.as_str()));
                stack.extend(places.filter(|at| !left[**at]).map(|at| (*at, false)));
            }
        }
    }
    Ok(order)
}

/// The frames of an expression, out of the frames of what it reads.
///
/// # Errors
/// When it is written wrong, when it reads what is not there or has failed, or when its answer would be too large.
pub(super) fn compute(
    query: &Value,
    (from, to): (i64, i64),
    answers: &Answers,
) -> Result<Vec<Value>, ApiError> {
    let name = reference(query);
    let expression = text(query, "expression");
    if expression.len() > MAX_EXPRESSION_BYTES {
        return Err(ApiError::bad(format!("expression {name} is longer than {MAX_EXPRESSION_BYTES} bytes")));
    }
    let read = |wanted: &str| match answers.get(wanted) {
        Some(Ok(frames)) => items(frames)
            .map_err(|message| ApiError::bad(format!("expression {name} cannot read {wanted}: {message}"))),
        Some(Err(_)) => {
            Err(ApiError::bad(format!("expression {name} was not computed: query {wanted} failed")))
        }
        None => Err(ApiError::bad(format!("expression {name} reads {wanted:?}, and no query is called so"))),
    };
    let items = match text(query, "type") {
        "math" => math::compute(expression, &read)?,
        "reduce" => reduce::reduce(query, &read(bare(expression))?)?,
        "resample" => reduce::resample(query, (from, to), &read(bare(expression))?)?,
        "threshold" => conditions::threshold(query, &read(bare(expression))?)?,
        "classic_conditions" => return conditions::classic(query, &read).map(|frame| vec![frame]),
        kind => {
            let known = "math, reduce, resample, threshold or classic_conditions";
            return Err(ApiError::bad(format!("expression {name} is of type {kind:?}, expected {known}")));
        }
    };
    if items.len() > MAX_ITEMS {
        return Err(ApiError::bad(format!("expression {name} has more than {MAX_ITEMS} results")));
    }
    Ok(items.iter().map(|item| shown(name, item)).collect())
}

/// Numbers and series of frames: a column of numbers beside one of time is a series, but where the frame says that it is of one moment.
fn items(answered: &[Value]) -> Result<Vec<Item>, String> {
    let mut found = Vec::new();
    for frame in answered {
        let fields = list(&frame["schema"]["fields"]);
        let columns = list(&frame["data"]["values"]);
        let time = fields.iter().position(|field| field["type"] == "time");
        let is_numeric = text(&frame["schema"]["meta"], "type").starts_with("numeric");
        if let Some(other) = fields.iter().find(|field| field["type"] != "time" && field["type"] != "number")
        {
            return Err(format!(
                "it has a column {:?} of {}, expected numbers over time",
                text(other, "name"),
                text(other, "type")
            ));
        }
        for (at, field) in fields.iter().enumerate().filter(|(_, field)| field["type"] == "number") {
            let values = column(columns.get(at).unwrap_or(&Value::Null), &frame["data"]["entities"][at]);
            let labels = field["labels"].as_object().map(|labels| {
                labels
                    .iter()
                    .map(|(name, value)| (name.clone(), value.as_str().unwrap_or("").to_owned()))
                    .collect()
            });
            let labels: Labels = labels.unwrap_or_default();
            match time.filter(|_| !is_numeric) {
                Some(time) => {
                    let times = list(columns.get(time).unwrap_or(&Value::Null));
                    let points = times.iter().map(|at| at.as_i64().unwrap_or(0)).zip(values).collect();
                    found.push(Item { labels, held: Held::Series(points) });
                }
                None => found.extend(values.into_iter().map(|value| Item::number(labels.clone(), value))),
            }
        }
    }
    Ok(found)
}

/// A column of numbers; what JSON cannot say stands beside it, by row.
fn column(values: &Value, entities: &Value) -> Vec<Option<f64>> {
    let mut found: Vec<Option<f64>> = list(values).iter().map(Value::as_f64).collect();
    for (name, value) in [("NaN", f64::NAN), ("Inf", f64::INFINITY), ("NegInf", f64::NEG_INFINITY)] {
        for row in list(&entities[name]).iter().filter_map(Value::as_u64) {
            if let Some(place) = usize::try_from(row).ok().and_then(|row| found.get_mut(row)) {
                *place = Some(value);
            }
        }
    }
    found
}

/// An item as a frame, its column called as the expression.
fn shown(reference: &str, item: &Item) -> Value {
    let values = item.values();
    let labels: Map<String, Value> =
        item.labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut number =
        json!({ "name": reference, "type": "number", "typeInfo": { "frame": "float64", "nullable": true } });
    if !labels.is_empty() {
        number["labels"] = Value::Object(labels);
    }
    let entities = frames::entities(values.iter().copied());
    let column: Vec<Value> = values.iter().map(|value| value.map_or(Value::Null, Value::from)).collect();
    let meta = |kind: &str| json!({ "type": kind, "typeVersion": [0, 1] });
    let (mut frame, place) = match &item.held {
        Held::Number(_) => {
            (frames::frame(reference, meta("numeric-multi"), json!([number]), vec![column]), 0)
        }
        Held::Series(points) => {
            let time = json!({ "name": "Time", "type": "time", "typeInfo": { "frame": "time.Time" } });
            let times = points.iter().map(|(at, _)| json!(at)).collect();
            let meta = meta("timeseries-multi");
            (frames::frame(reference, meta, json!([time, number]), vec![times, column]), 1)
        }
    };
    if let Some(entities) = entities {
        let mut all = vec![Value::Null; place];
        all.push(entities);
        frame["data"]["entities"] = Value::Array(all);
    }
    frame
}

/// A duration of an expression in milliseconds.
fn millis(name: &str, written: &str) -> Result<i64, ApiError> {
    match duration::parse(written) {
        Ok(millis) if millis > 0 => Ok(millis),
        _ => Err(ApiError::bad(format!("{name} is {written:?}, expected a duration such as 30s"))),
    }
}

#[cfg(test)]
mod tests;
