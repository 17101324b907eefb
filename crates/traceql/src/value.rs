//! Values of expressions, their types, and how they compare and compute.

use crate::syntax::Op;
use model::{SpanKind, StatusCode};
use std::cmp::Ordering;
use std::sync::Arc;

/// A value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing: an attribute that is not there.
    Nil,
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// true or false.
    Bool(bool),
    /// Nanoseconds.
    Duration(i64),
    /// How a span ended.
    Status(StatusCode),
    /// The role of a span.
    Kind(SpanKind),
    /// Several values of one type: an array, or what several events or links say.
    Many(Vec<Value>),
}

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Known only when a span is seen.
    Attribute,
    /// Nothing.
    Nil,
    /// Integer.
    Int,
    /// Float.
    Float,
    /// Text.
    Text,
    /// true or false.
    Bool,
    /// Duration.
    Duration,
    /// Status.
    Status,
    /// Kind.
    Kind,
}

impl Type {
    /// Whether values of this type are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Float | Type::Duration)
    }

    /// Whether an operator may stand between this and the other type.
    pub fn fits(self, other: Type) -> bool {
        let open = |t: Type| matches!(t, Type::Attribute | Type::Nil);
        self == other || open(self) || open(other) || (self.is_number() && other.is_number())
    }

    /// Whether the operator works on this type.
    pub fn has(self, op: Op) -> bool {
        use Op::*;
        match self {
            Type::Attribute => true,
            Type::Nil => matches!(op, Equal | NotEqual),
            Type::Bool => matches!(op, And | Or | Equal | NotEqual | Not),
            Type::Int | Type::Float | Type::Duration => !matches!(op, And | Or | Not | Regex | NotRegex),
            Type::Text => {
                matches!(op, Equal | NotEqual | Regex | NotRegex | Greater | GreaterEqual | Less | LessEqual)
            }
            Type::Status | Type::Kind => matches!(op, Equal | NotEqual),
        }
    }
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Value::Text(text.into())
    }

    /// Its type; that of its members for [`Value::Many`].
    pub fn type_of(&self) -> Type {
        match self {
            Value::Nil => Type::Nil,
            Value::Int(_) => Type::Int,
            Value::Float(_) => Type::Float,
            Value::Text(_) => Type::Text,
            Value::Bool(_) => Type::Bool,
            Value::Duration(_) => Type::Duration,
            Value::Status(_) => Type::Status,
            Value::Kind(_) => Type::Kind,
            Value::Many(members) => members.first().map_or(Type::Attribute, Value::type_of),
        }
    }

    /// A stored attribute's value. What TraceQL has no type for (maps, bytes, mixed arrays) is nothing.
    pub fn from_model(value: &model::Value) -> Self {
        match value {
            model::Value::Str(text) => Value::Text(text.clone()),
            model::Value::Bool(flag) => Value::Bool(*flag),
            model::Value::Int(int) => Value::Int(*int),
            model::Value::Double(double) => Value::Float(*double),
            model::Value::Array(items) => {
                let members: Vec<Value> = items.iter().map(Value::from_model).collect();
                let of_one_type = members.windows(2).all(|pair| pair[0].type_of() == pair[1].type_of());
                let scalar = members.iter().all(|m| !matches!(m, Value::Nil | Value::Many(_)));
                if of_one_type && scalar { Value::Many(members) } else { Value::Nil }
            }
            model::Value::Map(_) | model::Value::Bytes(_) | model::Value::Empty => Value::Nil,
        }
    }

    /// As a number; durations in nanoseconds.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Int(int) | Value::Duration(int) => Some(*int as f64),
            Value::Float(float) => Some(*float),
            _ => None,
        }
    }

    /// Whether it is `true`.
    pub fn is_true(&self) -> bool {
        *self == Value::Bool(true)
    }

    fn integer(&self) -> Option<i64> {
        match self {
            Value::Int(int) | Value::Duration(int) => Some(*int),
            _ => None,
        }
    }

    /// The order of two scalar values of comparable types.
    pub fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Status(a), Value::Status(b)) => Some((*a as u8).cmp(&(*b as u8))),
            (Value::Kind(a), Value::Kind(b)) => Some((*a as u8).cmp(&(*b as u8))),
            (a, b) => match (a.integer(), b.integer()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => a.number()?.partial_cmp(&b.number()?),
            },
        }
    }

    /// Whether two scalar values compare so. Different types never do, not even as unequal.
    pub fn compares(&self, op: Op, other: &Value) -> bool {
        let Some(order) = self.order(other) else { return false };
        match op {
            Op::Equal => order.is_eq(),
            Op::NotEqual => order.is_ne(),
            Op::Less => order.is_lt(),
            Op::LessEqual => order.is_le(),
            Op::Greater => order.is_gt(),
            Op::GreaterEqual => order.is_ge(),
            _ => false,
        }
    }

    /// Arithmetic on two numbers; nothing for other types and for integer division by zero.
    pub fn compute(&self, op: Op, other: &Value) -> Value {
        if let (Some(a), Some(b)) = (self.integer(), other.integer()) {
            let result = match op {
                Op::Add => a.checked_add(b),
                Op::Subtract => a.checked_sub(b),
                Op::Multiply => a.checked_mul(b),
                Op::Divide => a.checked_div(b),
                Op::Modulo => a.checked_rem(b),
                Op::Power => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
                _ => None,
            };
            let duration = matches!(self, Value::Duration(_)) || matches!(other, Value::Duration(_));
            return match result {
                Some(nanos) if duration => Value::Duration(nanos),
                Some(int) => Value::Int(int),
                None if b == 0 => Value::Nil,
                None => Value::float(op, a as f64, b as f64),
            };
        }
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => Value::float(op, a, b),
            _ => Value::Nil,
        }
    }

    fn float(op: Op, a: f64, b: f64) -> Value {
        match op {
            Op::Add => Value::Float(a + b),
            Op::Subtract => Value::Float(a - b),
            Op::Multiply => Value::Float(a * b),
            Op::Divide => Value::Float(a / b),
            Op::Modulo => Value::Float(a % b),
            Op::Power => Value::Float(a.powf(b)),
            _ => Value::Nil,
        }
    }

    /// `-x`; nothing for what is no number.
    pub fn negate(&self) -> Value {
        match self {
            Value::Int(int) => Value::Int(int.wrapping_neg()),
            Value::Float(float) => Value::Float(-float),
            Value::Duration(nanos) => Value::Duration(nanos.wrapping_neg()),
            _ => Value::Nil,
        }
    }

    /// Bytes that are equal exactly for equal values: what groups are keyed by.
    pub fn key(&self, out: &mut Vec<u8>) {
        let mut put = |tag: u8, bytes: &[u8]| {
            out.push(tag);
            out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            out.extend_from_slice(bytes);
        };
        match self {
            Value::Nil => put(0, &[]),
            Value::Int(int) => put(1, &int.to_le_bytes()),
            Value::Float(float) => put(2, &float.to_bits().to_le_bytes()),
            Value::Text(text) => put(3, text.as_bytes()),
            Value::Bool(flag) => put(4, &[u8::from(*flag)]),
            Value::Duration(nanos) => put(5, &nanos.to_le_bytes()),
            Value::Status(status) => put(6, &[*status as u8]),
            Value::Kind(kind) => put(7, &[*kind as u8]),
            Value::Many(members) => {
                put(8, &(members.len() as u32).to_le_bytes());
                members.iter().for_each(|member| member.key(out));
            }
        }
    }
}
