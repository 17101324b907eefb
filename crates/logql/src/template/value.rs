//! Values of a template, and how they print (`%v`).

use super::time::Time;
use crate::units::format_float_g;
use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nil,
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    Time(Time),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
    /// The labels of the line: a map of texts.
    Labels,
}

impl Value {
    /// Go's name of the type, for error texts.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Value::Nil => "<nil>",
            Value::Text(_) => "string",
            Value::Int(_) => "int",
            Value::Float(_) => "float64",
            Value::Bool(_) => "bool",
            Value::Time(_) => "time.Time",
            Value::List(_) => "[]interface {}",
            Value::Map(_) => "map[string]interface {}",
            Value::Labels => "map[string]string",
        }
    }

    /// Whether `if` takes it as true.
    pub(super) fn truth(&self, labels_empty: bool) -> bool {
        match self {
            Value::Nil => false,
            Value::Text(text) => !text.is_empty(),
            Value::Int(int) => *int != 0,
            Value::Float(float) => *float != 0.0,
            Value::Bool(flag) => *flag,
            Value::Time(_) => true,
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Labels => !labels_empty,
        }
    }

    /// Appends the value as `%v` prints it.
    pub(super) fn print(&self, out: &mut String, labels: &BTreeMap<String, String>) {
        match self {
            Value::Nil => out.push_str("<no value>"),
            Value::Text(text) => out.push_str(text),
            Value::Int(int) => {
                let _ = write!(out, "{int}");
            }
            Value::Float(float) => out.push_str(&format_float_g(*float, 6)),
            Value::Bool(flag) => {
                let _ = write!(out, "{flag}");
            }
            Value::Time(time) => out.push_str(&time.to_string()),
            Value::List(list) => {
                out.push('[');
                for (i, item) in list.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { " " });
                    item.print_inside(out, labels);
                }
                out.push(']');
            }
            Value::Map(map) => {
                out.push_str("map[");
                for (i, (key, item)) in map.iter().enumerate() {
                    let _ = write!(out, "{}{key}:", if i == 0 { "" } else { " " });
                    item.print_inside(out, labels);
                }
                out.push(']');
            }
            Value::Labels => {
                out.push_str("map[");
                for (i, (name, value)) in labels.iter().enumerate() {
                    let _ = write!(out, "{}{name}:{value}", if i == 0 { "" } else { " " });
                }
                out.push(']');
            }
        }
    }

    fn print_inside(&self, out: &mut String, labels: &BTreeMap<String, String>) {
        if *self == Value::Nil {
            out.push_str("<nil>");
        } else {
            self.print(out, labels);
        }
    }
}

/// JSON as the template function `fromJson` sees it; numbers are floats.
pub(super) fn from_json(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(flag) => Value::Bool(flag),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(0.0)),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(items) => Value::List(items.into_iter().map(from_json).collect()),
        serde_json::Value::Object(members) => {
            Value::Map(members.into_iter().map(|(key, item)| (key, from_json(item))).collect())
        }
    }
}
