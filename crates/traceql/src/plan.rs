//! What storage is told about a query: conditions that every answered trace must satisfy on one span.
//!
//! Invariant: conditions are necessary. Where an expression says nothing that storage can use, nothing is said.

use crate::syntax::{Field, Form, Name, Op, Pipeline, Spanset, SpansetOp, Stage};
use crate::value::Value;
use contract::{Attribute, Condition, ConditionOp, Intrinsic, Operand, SpanScope};

/// Alternatives of one hint: beyond it asking storage costs more than reading.
const MAX_ALTERNATIVES: usize = 100;

/// Conditions for [`contract::SpanSelect`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hints {
    /// Whether all or any of them must hold.
    pub all: bool,
    /// The conditions; none: every trace may match.
    pub conditions: Vec<Condition>,
}

/// Conditions on one span: all of these, or any of these.
#[derive(Debug, Clone)]
enum Need {
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// What the first stage needs; later stages only narrow.
pub fn hints(pipeline: &Pipeline) -> Hints {
    let need = match pipeline.stages.first() {
        Some(Stage::Spanset(spanset)) => need_of_spanset(spanset),
        _ => None,
    };
    match need {
        None => Hints { all: true, conditions: Vec::new() },
        Some(Need::All(conditions)) => Hints { all: true, conditions },
        Some(Need::Any(conditions)) => Hints { all: false, conditions },
    }
}

/// The conditions that an expression over one span needs.
pub fn hints_of_field(field: &Field) -> Hints {
    hints(&Pipeline { stages: vec![Stage::Spanset(Spanset::Filter(field.clone()))] })
}

fn need_of_spanset(spanset: &Spanset) -> Option<Need> {
    match spanset {
        Spanset::Filter(field) => need_of_field(field),
        Spanset::Piped(pipeline) => match pipeline.stages.first() {
            Some(Stage::Spanset(spanset)) => need_of_spanset(spanset),
            _ => None,
        },
        Spanset::Binary { left, op, right } => match op {
            SpansetOp::Or => either(need_of_spanset(left)?, need_of_spanset(right)?),
            SpansetOp::Structural(_, Form::Negated) => need_of_spanset(right),
            SpansetOp::And | SpansetOp::Structural(..) => {
                need_of_spanset(right).or_else(|| need_of_spanset(left))
            }
        },
    }
}

fn either(left: Need, right: Need) -> Option<Need> {
    let mut any = Vec::new();
    for need in [left, right] {
        match need {
            // Each of them is needed, so the first will do.
            Need::All(all) => any.push(all.into_iter().next()?),
            Need::Any(more) => any.extend(more),
        }
    }
    (any.len() <= MAX_ALTERNATIVES).then_some(Need::Any(any))
}

fn both(left: Option<Need>, right: Option<Need>) -> Option<Need> {
    match (left, right) {
        (None, need) | (need, None) => need,
        (Some(Need::All(mut left)), Some(Need::All(right))) => {
            left.extend(right);
            Some(Need::All(left))
        }
        (Some(all @ Need::All(_)), _) | (_, Some(all @ Need::All(_))) => Some(all),
        (any, _) => any,
    }
}

fn need_of_field(field: &Field) -> Option<Need> {
    match field {
        Field::Binary(left, Op::And, right) => both(need_of_field(left), need_of_field(right)),
        Field::Binary(left, Op::Or, right) => either(need_of_field(left)?, need_of_field(right)?),
        Field::Binary(left, op, right) => {
            let condition = match (&**left, &**right) {
                (Field::Name(name), Field::Literal(value)) => condition(name, *op, value),
                (Field::Literal(value), Field::Name(name)) => condition(name, mirrored(*op)?, value),
                _ => None,
            };
            condition.map(|condition| Need::All(vec![condition]))
        }
        Field::Name(Name::Attribute { of_parent: false, .. }) => {
            let Field::Name(name) = field else { return None };
            condition(name, Op::Equal, &Value::Bool(true)).map(|condition| Need::All(vec![condition]))
        }
        _ => None,
    }
}

/// The operator with its sides exchanged.
pub(crate) fn mirrored(op: Op) -> Option<Op> {
    match op {
        Op::Equal | Op::NotEqual => Some(op),
        Op::Less => Some(Op::Greater),
        Op::LessEqual => Some(Op::GreaterEqual),
        Op::Greater => Some(Op::Less),
        Op::GreaterEqual => Some(Op::LessEqual),
        _ => None,
    }
}

fn condition(name: &Name, op: Op, value: &Value) -> Option<Condition> {
    let attribute = match name {
        Name::Intrinsic(intrinsic) => Attribute::Intrinsic(*intrinsic),
        Name::Attribute { of_parent: false, scope, key } => Attribute::Key(*scope, key.clone()),
        _ => return None,
    };
    if *value == Value::Nil {
        // Everything has its intrinsics; only a key can be required to be there.
        let exists = op == Op::NotEqual && matches!(attribute, Attribute::Key(..));
        return exists.then_some(Condition { attribute, op: ConditionOp::Exists, operand: Operand::None });
    }
    let op = match op {
        Op::Equal => ConditionOp::Equal,
        Op::NotEqual => ConditionOp::NotEqual,
        Op::Less => ConditionOp::Less,
        Op::LessEqual => ConditionOp::LessEqual,
        Op::Greater => ConditionOp::Greater,
        Op::GreaterEqual => ConditionOp::GreaterEqual,
        Op::Regex => ConditionOp::Regex,
        Op::NotRegex => ConditionOp::NotRegex,
        _ => return None,
    };
    let operand = match (value, &attribute) {
        (Value::Text(text), Attribute::Intrinsic(Intrinsic::TraceId)) => {
            if op != ConditionOp::Equal {
                return None;
            }
            model::Value::from(crate::exec::padded_id(text, 32).as_str())
        }
        (Value::Text(_), Attribute::Intrinsic(Intrinsic::SpanId | Intrinsic::ParentId)) => return None,
        (Value::Text(_), Attribute::Intrinsic(Intrinsic::LinkSpanId | Intrinsic::LinkTraceId)) => {
            return None;
        }
        (Value::Text(text), _) => model::Value::Str(text.clone()),
        (Value::Int(int), _) => model::Value::Int(*int),
        (Value::Float(float), Attribute::Key(..)) => model::Value::Double(*float),
        (Value::Bool(flag), _) => model::Value::Bool(*flag),
        (Value::Duration(nanos), Attribute::Intrinsic(_)) => model::Value::Int(*nanos),
        (Value::Status(status), Attribute::Intrinsic(_)) => model::Value::Int(*status as i64),
        (Value::Kind(kind), Attribute::Intrinsic(_)) => model::Value::Int(*kind as i64),
        // A float against nanoseconds, a duration against an attribute of any numeric type.
        _ => return None,
    };
    // An attribute without scope is looked for on the span and its resource; storage may look further.
    let attribute = match attribute {
        Attribute::Key(Some(SpanScope::Event | SpanScope::Link), _) if op == ConditionOp::NotEqual => {
            return Some(Condition { attribute, op: ConditionOp::Exists, operand: Operand::None });
        }
        other => other,
    };
    Some(Condition { attribute, op, operand: Operand::Value(operand) })
}

#[cfg(test)]
mod tests;
