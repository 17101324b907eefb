//! Attributes: a list of keys with values in a column a type, and columns of single keys beside it.
//!
//! Walk: `spans.rs` -> here. Invariant: a key occurs once, as in every other batch; the list's value stays.

use super::columns::Columns;
use super::layout::AttributeLeaves;
use crate::WireError;
use crate::otlp::value_of_json;
use model::{Attributes, Value};
use parquet::basic::Type;

/// The attributes of the element that is being visited.
pub(super) fn attributes(columns: &mut Columns, leaves: &AttributeLeaves) -> Result<Attributes, WireError> {
    let mut found = Attributes::new();
    columns.each_element(&leaves.list, |columns| {
        let key = columns.text(Some(leaves.key))?;
        let value = value(columns, leaves)?;
        found.push((key, value));
        Ok(())
    })?;
    for (key, leaf, kind) in &leaves.own {
        let mut values = Vec::new();
        if *kind == Type::INT64 {
            columns.ints(Some(*leaf), |int| values.push(Value::Int(int)))?;
        } else {
            columns.texts(Some(*leaf), |text| values.push(Value::Str(text)))?;
        }
        if !values.is_empty() && found.iter().all(|(known, _)| known != key) {
            found
                .push((key.clone(), if values.len() == 1 { values.remove(0) } else { Value::Array(values) }));
        }
    }
    Ok(found)
}

/// The value of one key: those of all types, of which only one has any.
fn value(columns: &mut Columns, leaves: &AttributeLeaves) -> Result<Value, WireError> {
    let (mut values, mut is_array) = (Vec::new(), false);
    columns.bools(leaves.is_array, |flag| is_array = flag)?;
    columns.texts(leaves.text, |text| values.push(Value::Str(text)))?;
    columns.ints(leaves.int, |int| values.push(Value::Int(int)))?;
    columns.doubles(leaves.double, |double| values.push(Value::Double(double)))?;
    columns.bools(leaves.bool, |flag| values.push(Value::Bool(flag)))?;
    let mut other = None;
    columns.texts(leaves.other, |json| other = Some(json))?;
    if let Some(json) = other.filter(|json| !json.is_empty()) {
        return value_of_json(&json).map_err(|error| match leaves.other {
            Some(leaf) => columns.failed(leaf, error),
            None => error,
        });
    }
    Ok(match values.len() {
        _ if is_array => Value::Array(values),
        0 => Value::Empty,
        1 => values.remove(0),
        _ => Value::Array(values),
    })
}
