//! Typed attribute values of resources, scopes, spans, events and links (OpenTelemetry's `AnyValue`).

use std::sync::Arc;

/// Attributes in the order in which they were sent; a repeated key keeps its first place and last value.
pub type Attributes = Vec<(Arc<str>, Value)>;

/// An attribute's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Str(Arc<str>),
    /// true or false.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A 64-bit float.
    Double(f64),
    /// Several values, possibly of several types.
    Array(Vec<Value>),
    /// Named values.
    Map(Vec<(Arc<str>, Value)>),
    /// Raw bytes.
    Bytes(Arc<[u8]>),
    /// A key without a value.
    Empty,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Str(Arc::from(text))
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Value::Int(int)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<f64> for Value {
    fn from(float: f64) -> Self {
        Value::Double(float)
    }
}

/// The value of `key`, if it is there.
pub fn find<'a>(attributes: &'a [(Arc<str>, Value)], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|(k, _)| &**k == key).map(|(_, v)| v)
}
