//! Conditions of a query, compiled once and asked of each span: exactly for tag listings, loosely as hints.
//!
//! Loose means: `true` whenever the span might satisfy the condition in the language's own reading (arrays, properties of
//! the whole trace), so that a hint never drops a matching trace.

use crate::assemble::Row;
use contract::{Attribute, Condition, ConditionOp, Intrinsic, Operand, SpanScope};
use model::regexp::{Anchors, compile};
use model::{Attributes, Span, Value, attr};
use regex::Regex;

/// What of the whole trace a condition may look at.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceFacts {
    pub(crate) root_name: String,
    pub(crate) root_service: String,
    pub(crate) duration: i64,
}

/// One compiled condition.
#[derive(Debug, Clone)]
pub(crate) struct Predicate {
    pub(crate) attribute: Attribute,
    pub(crate) op: ConditionOp,
    pub(crate) operand: Option<Value>,
    regex: Option<Regex>,
    /// A pattern that does not compile: the language reports it, a hint lets everything through.
    open: bool,
}

/// Conditions that one span must satisfy all of, or any of.
#[derive(Debug, Clone)]
pub(crate) struct Predicates {
    pub(crate) all: bool,
    pub(crate) list: Vec<Predicate>,
}

impl Predicates {
    pub(crate) fn compile(conditions: &[Condition], all: bool) -> Self {
        Predicates { all, list: conditions.iter().map(Predicate::compile).collect() }
    }

    /// Whether the span might satisfy the conditions.
    pub(crate) fn might(&self, row: &Row) -> bool {
        self.combine(|predicate| predicate.might(row))
    }

    /// Whether the span satisfies the conditions.
    pub(crate) fn holds(&self, row: &Row, facts: &TraceFacts) -> bool {
        self.combine(|predicate| predicate.holds(row, facts))
    }

    fn combine(&self, mut ask: impl FnMut(&Predicate) -> bool) -> bool {
        match self.list.is_empty() {
            true => true,
            false if self.all => self.list.iter().all(ask),
            false => self.list.iter().any(&mut ask),
        }
    }
}

impl Predicate {
    fn compile(condition: &Condition) -> Self {
        let operand = match &condition.operand {
            Operand::None => None,
            Operand::Value(value) => Some(value.clone()),
        };
        let is_regex = matches!(condition.op, ConditionOp::Regex | ConditionOp::NotRegex);
        let regex = match &operand {
            Some(Value::Str(pattern)) if is_regex => compile(pattern, Anchors::Both, true).ok(),
            _ => None,
        };
        let open = is_regex && regex.is_none();
        Predicate { attribute: condition.attribute.clone(), op: condition.op, operand, regex, open }
    }

    /// Whether a span might satisfy it.
    pub(crate) fn might(&self, row: &Row) -> bool {
        if self.undecided() {
            return true;
        }
        self.any_value(row, None, |value| matches!(value, Value::Array(_)) || self.accepts(value))
    }

    /// Whether a span satisfies it. Nested-set numbers and child counts are not known here: true.
    pub(crate) fn holds(&self, row: &Row, facts: &TraceFacts) -> bool {
        self.any_value(row, Some(facts), |value| self.accepts(value))
    }

    /// Whether one span alone cannot tell: properties of the whole trace, and patterns that do not compile.
    pub(crate) fn undecided(&self) -> bool {
        self.open || self.looks_at_trace()
    }

    fn looks_at_trace(&self) -> bool {
        matches!(
            self.attribute,
            Attribute::Intrinsic(
                Intrinsic::RootName
                    | Intrinsic::RootServiceName
                    | Intrinsic::TraceDuration
                    | Intrinsic::ChildCount
                    | Intrinsic::NestedSetLeft
                    | Intrinsic::NestedSetRight
                    | Intrinsic::NestedSetParent
            )
        )
    }

    fn any_value(
        &self,
        row: &Row,
        facts: Option<&TraceFacts>,
        mut accepts: impl FnMut(&Value) -> bool,
    ) -> bool {
        match &self.attribute {
            Attribute::Intrinsic(intrinsic) => match intrinsic_values(*intrinsic, row, facts) {
                Some(values) => values.iter().any(accepts),
                None => true,
            },
            Attribute::Key(scope, key) => values_of(row, *scope, key).into_iter().any(&mut accepts),
        }
    }

    /// Whether a value satisfies the comparison.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        if self.op == ConditionOp::Exists {
            return true;
        }
        let Some(operand) = &self.operand else { return false };
        match (value, self.op) {
            (Value::Array(items), _) => items.iter().any(|item| self.accepts(item)),
            (Value::Str(text), ConditionOp::Regex) => self.regex.as_ref().is_some_and(|r| r.is_match(text)),
            (Value::Str(text), ConditionOp::NotRegex) => {
                self.regex.as_ref().is_some_and(|r| !r.is_match(text))
            }
            _ => self.ordered(value, operand),
        }
    }

    /// Whether a number from the least to the greatest may satisfy the comparison.
    pub(crate) fn accepts_some_of(&self, (least, greatest): (i64, i64)) -> bool {
        match self.op {
            ConditionOp::Less | ConditionOp::LessEqual => self.accepts(&Value::Int(least)),
            ConditionOp::Greater | ConditionOp::GreaterEqual => self.accepts(&Value::Int(greatest)),
            _ => true,
        }
    }

    fn ordered(&self, value: &Value, operand: &Value) -> bool {
        let order = match (value, operand) {
            (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        };
        let Some(order) = order else { return false };
        match self.op {
            ConditionOp::Equal => order.is_eq(),
            ConditionOp::NotEqual => order.is_ne(),
            ConditionOp::Less => order.is_lt(),
            ConditionOp::LessEqual => order.is_le(),
            ConditionOp::Greater => order.is_gt(),
            ConditionOp::GreaterEqual => order.is_ge(),
            ConditionOp::Regex | ConditionOp::NotRegex | ConditionOp::Exists => false,
        }
    }
}

/// The values of a key: of one scope, or of the first scope that has it.
pub(crate) fn values_of<'a>(row: &'a Row, scope: Option<SpanScope>, key: &str) -> Vec<&'a Value> {
    const ORDER: [SpanScope; 5] =
        [SpanScope::Span, SpanScope::Resource, SpanScope::Event, SpanScope::Link, SpanScope::Instrumentation];
    match scope {
        Some(scope) => {
            attributes_of(row, scope).filter_map(|attributes| attr::find(attributes, key)).collect()
        }
        None => ORDER
            .iter()
            .map(|scope| values_of(row, Some(*scope), key))
            .find(|values| !values.is_empty())
            .unwrap_or_default(),
    }
}

/// All attribute sets of one scope of a span.
pub(crate) fn attributes_of(row: &Row, scope: SpanScope) -> Box<dyn Iterator<Item = &Attributes> + '_> {
    match scope {
        SpanScope::Span => Box::new(std::iter::once(&row.span.attributes)),
        SpanScope::Resource => Box::new(std::iter::once(&row.origin.resource.attributes)),
        SpanScope::Instrumentation => Box::new(std::iter::once(&row.origin.scope.attributes)),
        SpanScope::Event => Box::new(row.span.events.iter().map(|e| &e.attributes)),
        SpanScope::Link => Box::new(row.span.links.iter().map(|l| &l.attributes)),
    }
}

/// The values of an intrinsic; `None` when they are not known here.
pub(crate) fn intrinsic_values(
    intrinsic: Intrinsic,
    row: &Row,
    facts: Option<&TraceFacts>,
) -> Option<Vec<Value>> {
    let span: &Span = &row.span;
    let text = |text: &str| Value::from(text);
    let one = match intrinsic {
        Intrinsic::Duration => Value::Int(span.duration_nanos()),
        Intrinsic::Name => Value::Str(span.name.clone()),
        Intrinsic::Status => Value::Int(span.status as i64),
        Intrinsic::StatusMessage => Value::Str(span.status_message.clone()),
        Intrinsic::Kind => Value::Int(span.kind as i64),
        Intrinsic::RootName => text(&facts?.root_name),
        Intrinsic::RootServiceName => text(&facts?.root_service),
        Intrinsic::TraceDuration => Value::Int(facts?.duration),
        Intrinsic::TraceId => text(&span.trace_id.to_string()),
        Intrinsic::SpanId => text(&span.span_id.to_string()),
        Intrinsic::ParentId if span.parent_span_id.is_zero() => text(""),
        Intrinsic::ParentId => text(&span.parent_span_id.to_string()),
        Intrinsic::InstrumentationName => Value::Str(row.origin.scope.name.clone()),
        Intrinsic::InstrumentationVersion => Value::Str(row.origin.scope.version.clone()),
        Intrinsic::EventName => {
            return Some(span.events.iter().map(|e| Value::Str(e.name.clone())).collect());
        }
        Intrinsic::EventTimeSinceStart => {
            let since = |e: &model::Event| Value::Int(e.at.0.saturating_sub(span.start.0));
            return Some(span.events.iter().map(since).collect());
        }
        Intrinsic::LinkTraceId => {
            return Some(span.links.iter().map(|l| text(&l.trace_id.to_string())).collect());
        }
        Intrinsic::LinkSpanId => {
            return Some(span.links.iter().map(|l| text(&l.span_id.to_string())).collect());
        }
        Intrinsic::ChildCount
        | Intrinsic::NestedSetLeft
        | Intrinsic::NestedSetRight
        | Intrinsic::NestedSetParent => return None,
    };
    Some(vec![one])
}
