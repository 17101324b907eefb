//! Queries on columns: whole units of traces at once, no span built.
//!
//! Invariant: what comes out is what [`super::pipeline`] finds span by span. Queries that need more than columns say (nested-set
//! numbers, groups of spans) are refused here and run there.

mod evaluate;
mod shape;

#[cfg(test)]
mod tests;

pub(crate) use evaluate::{Answers, Evaluator};

use super::expr::{Expr, Test};
use super::pipeline::{Program, Spans, Step};
use super::view::{Valued, many};
use crate::error::TraceqlError;
use crate::syntax::{Name, SpansetOp};
use crate::value::Value;
use contract::{Attribute, Dictionary, Intrinsic, SpanColumn, SpanUnit, UnitNeeds};
use model::{SpanKind, StatusCode};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// One name on all rows of a unit.
#[derive(Debug)]
pub(crate) enum Column {
    /// Nanoseconds.
    Durations(Arc<[i64]>),
    /// Integers.
    Ints(Arc<[i64]>),
    /// 0 where there is nothing, `n` for entry `n - 1`.
    Codes(Arc<[u32]>, Dictionary),
}

/// A unit with the columns that were asked for so far.
pub(crate) struct UnitView<'u> {
    pub(crate) unit: &'u dyn SpanUnit,
    columns: RefCell<Vec<(Name, Rc<Column>)>>,
}

impl<'u> UnitView<'u> {
    pub(crate) fn new(unit: &'u dyn SpanUnit) -> Self {
        UnitView { unit, columns: RefCell::default() }
    }

    /// The column of a name.
    pub(crate) fn column(&self, name: &Name) -> Result<Rc<Column>, TraceqlError> {
        if let Some(column) = self.known(name) {
            return Ok(column);
        }
        let rows = self.unit.rows();
        let column = match name {
            Name::Parent | Name::Attribute { of_parent: true, .. } => {
                Column::Codes(vec![0; rows].into(), Dictionary::Texts(Arc::default()))
            }
            Name::Attribute { scope, key, .. } => {
                Column::of(self.unit.column(&Attribute::Key(*scope, key.clone()))?)
            }
            Name::Intrinsic(Intrinsic::ChildCount) => Column::Ints(shape::children(self.unit)?),
            Name::Intrinsic(Intrinsic::NestedSetParent) => Column::Ints(match self.unit.rolled() {
                Some(rolled) => rolled.parents.into(),
                None => shape::kinds_of_parent(self.unit)?,
            }),
            Name::Intrinsic(intrinsic) => Column::of(self.unit.column(&Attribute::Intrinsic(*intrinsic))?),
        };
        let column = Rc::new(column);
        self.columns.borrow_mut().push((name.clone(), column.clone()));
        Ok(column)
    }

    fn known(&self, name: &Name) -> Option<Rc<Column>> {
        let columns = self.columns.borrow();
        columns.iter().find(|(known, _)| known == name).map(|(_, column)| column.clone())
    }

    /// Loads the columns of an expression, so that [`Valued::value`] knows them.
    pub(crate) fn load(&self, expr: &Expr) -> Result<(), TraceqlError> {
        let mut names = Vec::new();
        expr.names(&mut |name, _| names.push(name));
        names.into_iter().try_for_each(|name| self.column(name).map(drop))
    }
}

impl Valued for UnitView<'_> {
    /// The value of a name whose column was loaded; nothing for others.
    fn value(&self, row: usize, name: &Name) -> Value {
        self.known(name).map_or(Value::Nil, |column| column.value(row, name))
    }
}

impl Column {
    fn of(column: SpanColumn) -> Self {
        match column {
            SpanColumn::Numbers(numbers) => Column::Durations(numbers),
            SpanColumn::Codes(codes, dictionary) => Column::Codes(codes, dictionary),
        }
    }

    /// The value of a row; `name` is the column's.
    pub(crate) fn value(&self, row: usize, name: &Name) -> Value {
        match self {
            Column::Durations(numbers) => Value::Duration(numbers[row]),
            Column::Ints(numbers) => Value::Int(numbers[row]),
            Column::Codes(codes, dictionary) => entry(dictionary, codes[row], name),
        }
    }
}

/// What a code of a dictionary stands for.
pub(crate) fn entry(dictionary: &Dictionary, code: u32, name: &Name) -> Value {
    let Some(at) = code.checked_sub(1).map(|at| at as usize) else { return Value::Nil };
    let number = |value: &model::Value| match value {
        model::Value::Int(number) => *number,
        _ => 0,
    };
    match dictionary {
        Dictionary::Texts(texts) => Value::Text(texts[at].clone()),
        Dictionary::Values(values) => match name {
            Name::Intrinsic(Intrinsic::Status) => {
                Value::Status(StatusCode::from_number(number(&values[at]) as u64))
            }
            Name::Intrinsic(Intrinsic::Kind) => {
                Value::Kind(SpanKind::from_number(number(&values[at]) as u64))
            }
            _ => Value::from_model(&values[at]),
        },
        Dictionary::Lists(lists) => match name {
            Name::Intrinsic(Intrinsic::EventTimeSinceStart) => {
                many(lists[at].iter().map(|value| Value::Duration(number(value))))
            }
            _ => many(lists[at].iter().map(Value::from_model)),
        },
    }
}

/// What a program asks of units beside an expression and `more` names; `None` when columns do not say enough. An exact answer needs every
/// stage; a test of which traces may match can end before one that columns cannot take.
pub(crate) fn needs_of<'n>(
    program: &'n Program,
    also: Option<&'n Expr>,
    more: impl Iterator<Item = &'n Name>,
    exact: bool,
) -> Option<UnitNeeds> {
    let mut collected = Collected { needs: UnitNeeds::default(), possible: true };
    collected.program(program, exact);
    also.into_iter().for_each(|expr| collected.expr(expr));
    more.for_each(|name| collected.name(name, None));
    collected.possible.then_some(collected.needs)
}

struct Collected {
    needs: UnitNeeds,
    possible: bool,
}

impl Collected {
    fn program(&mut self, program: &Program, exact: bool) {
        for step in &program.stages {
            match step {
                Step::Spans(spans) => self.spans(spans),
                Step::Scalar { of, .. } => {
                    if let Some(of) = of {
                        self.expr(of);
                    }
                }
                Step::By { .. } if exact => self.possible = false,
                Step::By { .. } => return,
                Step::Coalesce | Step::Pass => {}
            }
        }
    }

    fn spans(&mut self, spans: &Spans) {
        match spans {
            Spans::Filter(expr) => self.expr(expr),
            // Within a relation a stage that is passed over would say too much on either side.
            Spans::Piped(program) => self.program(program, true),
            Spans::Binary(left, op, right) => {
                self.needs.nesting |= matches!(op, SpansetOp::Structural(..));
                self.spans(left);
                self.spans(right);
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        expr.names(&mut |name, test| self.name(name, test));
    }

    fn name(&mut self, name: &Name, test: Option<&Test>) {
        let attribute = match name {
            Name::Parent | Name::Attribute { of_parent: true, .. } => return,
            Name::Attribute { scope, key, .. } => Attribute::Key(*scope, key.clone()),
            Name::Intrinsic(intrinsic) => Attribute::Intrinsic(*intrinsic),
        };
        match attribute {
            Attribute::Intrinsic(Intrinsic::ChildCount) => self.needs.nesting = true,
            Attribute::Intrinsic(Intrinsic::NestedSetParent) => {
                self.needs.nesting = true;
                self.possible &= test.is_some_and(Test::tells_only_roots);
            }
            Attribute::Intrinsic(Intrinsic::NestedSetLeft | Intrinsic::NestedSetRight) => {
                self.possible = false
            }
            other if self.needs.attributes.contains(&other) => {}
            other => self.needs.attributes.push(other),
        }
    }
}
