//! Field expressions, compiled once a query and evaluated on each span.
//!
//! A name against a literal is a test of its own: an attribute is only compared with values stored in the literal's own
//! type (`span.x = 7` is neither the text "7" nor the float 7.0); a missing attribute fails every test but `= nil`; of
//! many values any may satisfy the test, `!=` and `!~` included: storage of the replaced system tests members one by one.

use super::padded_id;
use super::view::Valued;
use crate::plan::mirrored;
use crate::syntax::{Field, Name, Op};
use crate::value::Value;
use contract::Intrinsic;
use model::regexp::{Anchors, compile};
use regex::Regex;

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) enum Expr {
    Literal(Value),
    Name(Name),
    Test(Test),
    Exists { of: Box<Expr>, wanted: bool },
    Negate(Box<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Match { of: Box<Expr>, pattern: Option<Regex>, wanted: bool },
    Compare(Box<Expr>, Op, Box<Expr>),
    Compute(Box<Expr>, Op, Box<Expr>),
}

/// A name against a literal.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) name: Name,
    pub(super) op: Op,
    pub(super) with: Value,
    pattern: Option<Regex>,
}

impl Expr {
    /// Compiles a checked expression.
    pub(crate) fn compile(field: &Field) -> Expr {
        match field {
            Field::Literal(value) => Expr::Literal(value.clone()),
            Field::Name(name) => Expr::Name(name.clone()),
            Field::Unary(Op::Subtract, inner) => Expr::Negate(Box::new(Expr::compile(inner))),
            Field::Unary(_, inner) => Expr::Not(Box::new(Expr::compile(inner))),
            Field::Binary(left, op, right) => binary(left, *op, right),
        }
    }

    /// The value on one span.
    pub(crate) fn eval(&self, trace: &impl Valued, span: usize) -> Value {
        match self {
            Expr::Literal(value) => value.clone(),
            Expr::Name(name) => trace.value(span, name),
            Expr::Negate(inner) => inner.eval(trace, span).negate(),
            Expr::Compute(left, op, right) => left.eval(trace, span).compute(*op, &right.eval(trace, span)),
            _ => Value::Bool(self.holds(trace, span)),
        }
    }

    /// Whether the expression is true on one span.
    pub(crate) fn holds(&self, trace: &impl Valued, span: usize) -> bool {
        match self {
            Expr::And(left, right) => left.holds(trace, span) && right.holds(trace, span),
            Expr::Or(left, right) => left.holds(trace, span) || right.holds(trace, span),
            Expr::Test(test) => test.holds(&trace.value(span, &test.name)),
            Expr::Exists { of, .. } => self.exists(&of.eval(trace, span)),
            Expr::Not(inner) => match inner.eval(trace, span) {
                Value::Bool(flag) => !flag,
                _ => false,
            },
            Expr::Match { of, pattern, wanted } => match (of.eval(trace, span), pattern) {
                (Value::Text(text), Some(pattern)) => pattern.is_match(&text) == *wanted,
                _ => false,
            },
            Expr::Compare(left, op, right) => compare(&left.eval(trace, span), *op, &right.eval(trace, span)),
            Expr::Literal(_) | Expr::Name(_) | Expr::Negate(_) | Expr::Compute(..) => {
                self.eval(trace, span).is_true()
            }
        }
    }

    /// What a test of existence says of a value; other expressions say no.
    pub(crate) fn exists(&self, value: &Value) -> bool {
        let Expr::Exists { wanted, .. } = self else { return false };
        match value {
            Value::Nil => !wanted,
            // An empty list is neither there nor absent.
            Value::Many(members) => *wanted && !members.is_empty(),
            _ => *wanted,
        }
    }

    /// Visits the names in it, each with the test it stands in, if it stands alone against a literal.
    pub(crate) fn names<'a>(&'a self, visit: &mut dyn FnMut(&'a Name, Option<&'a Test>)) {
        match self {
            Expr::Literal(_) => {}
            Expr::Name(name) => visit(name, None),
            Expr::Test(test) => visit(&test.name, Some(test)),
            Expr::Exists { of, .. } | Expr::Match { of, .. } => of.names(visit),
            Expr::Negate(inner) | Expr::Not(inner) => inner.names(visit),
            Expr::And(left, right)
            | Expr::Or(left, right)
            | Expr::Compare(left, _, right)
            | Expr::Compute(left, _, right) => {
                left.names(visit);
                right.names(visit);
            }
        }
    }

    /// Visits the tests in it.
    pub(crate) fn tests<'a>(&'a self, visit: &mut dyn FnMut(&'a Test)) {
        match self {
            Expr::Test(test) => visit(test),
            Expr::And(left, right) | Expr::Or(left, right) => {
                left.tests(visit);
                right.tests(visit);
            }
            _ => {}
        }
    }
}

fn binary(left: &Field, op: Op, right: &Field) -> Expr {
    let boxed = |field: &Field| Box::new(Expr::compile(field));
    let nil = |field: &Field| *field == Field::Literal(Value::Nil);
    match op {
        Op::And => return Expr::And(boxed(left), boxed(right)),
        Op::Or => return Expr::Or(boxed(left), boxed(right)),
        Op::Equal | Op::NotEqual if nil(left) || nil(right) => {
            let of = if nil(right) { boxed(left) } else { boxed(right) };
            return Expr::Exists { of, wanted: op == Op::NotEqual };
        }
        _ => {}
    }
    if !op.is_boolean() {
        return Expr::Compute(boxed(left), op, boxed(right));
    }
    match (left, right) {
        (Field::Name(name), Field::Literal(value)) => Expr::Test(Test::new(name, op, value)),
        (Field::Literal(value), Field::Name(name)) if mirrored(op).is_some() => {
            Expr::Test(Test::new(name, mirrored(op).unwrap_or(op), value))
        }
        (_, Field::Literal(Value::Text(pattern))) if matches!(op, Op::Regex | Op::NotRegex) => Expr::Match {
            of: boxed(left),
            pattern: compile(pattern, Anchors::Both, true).ok(),
            wanted: op == Op::Regex,
        },
        _ => Expr::Compare(boxed(left), op, boxed(right)),
    }
}

/// Two values, each possibly many.
fn compare(left: &Value, op: Op, right: &Value) -> bool {
    match (left, right) {
        (Value::Many(members), other) if !matches!(other, Value::Many(_)) => {
            members.iter().any(|member| member.compares(op, other))
        }
        (other, Value::Many(members)) if !matches!(other, Value::Many(_)) => {
            members.iter().any(|member| other.compares(op, member))
        }
        _ => left.compares(op, right),
    }
}

impl Test {
    fn new(name: &Name, op: Op, with: &Value) -> Self {
        let pattern = match with {
            Value::Text(text) if matches!(op, Op::Regex | Op::NotRegex) => {
                compile(text, Anchors::Both, true).ok()
            }
            _ => None,
        };
        let with = match (name, with) {
            (Name::Intrinsic(Intrinsic::TraceId | Intrinsic::LinkTraceId), Value::Text(id))
                if !id.is_empty() =>
            {
                Value::text(padded_id(id, 32))
            }
            (
                Name::Intrinsic(Intrinsic::SpanId | Intrinsic::ParentId | Intrinsic::LinkSpanId),
                Value::Text(id),
            ) if !id.is_empty() => Value::text(padded_id(id, 16)),
            _ => with.clone(),
        };
        Test { name: name.clone(), op, with, pattern }
    }

    /// Whether it answers all numbers above zero alike: then it only tells roots (-1), spans without numbers (0) and the rest.
    pub(crate) fn tells_only_roots(&self) -> bool {
        matches!(self.with, Value::Int(with) if with <= 0) && self.op != Op::Regex && self.op != Op::NotRegex
    }

    /// Whether a value satisfies the test.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Many(members) => members.iter().any(|member| self.accepts(member)),
            one => self.accepts(one),
        }
    }

    /// Whether one scalar satisfies the test.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        match (value, self.op) {
            (Value::Text(text), Op::Regex) => self.pattern.as_ref().is_some_and(|p| p.is_match(text)),
            (Value::Text(text), Op::NotRegex) => self.pattern.as_ref().is_some_and(|p| !p.is_match(text)),
            (Value::Int(_), _) | (Value::Float(_), _) if matches!(self.name, Name::Attribute { .. }) => {
                let own_type = value.type_of() == self.with.type_of();
                (own_type || matches!(self.with, Value::Duration(_))) && value.compares(self.op, &self.with)
            }
            _ => value.compares(self.op, &self.with),
        }
    }
}
