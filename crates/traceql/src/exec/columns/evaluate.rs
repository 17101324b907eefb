//! A program on the columns of a unit: which rows come out.
//!
//! Each entry of a dictionary is asked once, whatever number of rows has it; dictionaries that many units share keep their
//! answers from unit to unit.

use super::shape::relate;
use super::{Column, UnitView, entry};
use crate::error::TraceqlError;
use crate::exec::expr::{Expr, Test};
use crate::exec::pipeline::{Program, Spans, Step, aggregate};
use crate::syntax::{AggregateFunction, Form, Name, Op, SpansetOp};
use crate::value::Value;
use contract::Dictionary;
use rustc_hash::FxHashMap;

/// What is known of an entry.
const UNKNOWN: u8 = 0;
const NO: u8 = 1;
const YES: u8 = 2;

/// Runs one program on unit after unit.
pub(crate) struct Evaluator<'p> {
    program: &'p Program,
    /// Whether every stage counts; else a stage that columns cannot take ends the program, and what is left may be too much.
    exact: bool,
    answers: Answers,
}

/// What was found out of dictionaries that many units share, by test and dictionary. Those are held, so that their addresses
/// stay their own.
#[derive(Default)]
pub(crate) struct Answers(FxHashMap<(usize, usize), (Dictionary, Vec<u8>)>);

/// What a stage does to the program.
enum Next {
    Go,
    Stop,
}

impl<'p> Evaluator<'p> {
    /// `answers` are those of an evaluator of the same program, or none.
    pub(crate) fn new(program: &'p Program, exact: bool, answers: Answers) -> Self {
        Evaluator { program, exact, answers }
    }

    /// For the next evaluator of the program.
    pub(crate) fn into_answers(self) -> Answers {
        self.answers
    }

    /// Whether each row belongs to a span set that comes out.
    pub(crate) fn run(&mut self, view: &UnitView<'_>) -> Result<Vec<bool>, TraceqlError> {
        let mut mask = vec![false; view.unit.rows()];
        view.unit.traces().iter().for_each(|trace| mask[trace.rows.clone()].fill(true));
        self.stages(self.program, view, &mut mask)?;
        Ok(mask)
    }

    fn stages(
        &mut self,
        program: &Program,
        view: &UnitView<'_>,
        mask: &mut Vec<bool>,
    ) -> Result<(), TraceqlError> {
        for step in &program.stages {
            if !mask.contains(&true) {
                return Ok(());
            }
            if let Next::Stop = self.step(step, view, mask)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, view: &UnitView<'_>, mask: &mut Vec<bool>) -> Result<Next, TraceqlError> {
        match step {
            Step::Spans(spans) => self.spans(spans, view, mask)?,
            Step::Scalar { function, of, op, with, .. } => {
                self.scalar((*function, of.as_ref()), (*op, with), view, mask)?;
            }
            Step::By { .. } => return Ok(Next::Stop),
            Step::Coalesce | Step::Pass => {}
        }
        Ok(Next::Go)
    }

    fn spans(
        &mut self,
        spans: &Spans,
        view: &UnitView<'_>,
        mask: &mut Vec<bool>,
    ) -> Result<(), TraceqlError> {
        match spans {
            Spans::Filter(expr) => self.narrow(expr, view, mask),
            Spans::Piped(program) => self.stages(program, view, mask),
            Spans::Binary(left, SpansetOp::Or, right) => {
                let mut of_left = mask.clone();
                self.spans(left, view, &mut of_left)?;
                self.spans(right, view, mask)?;
                mask.iter_mut().zip(of_left).for_each(|(right, left)| *right |= left);
                Ok(())
            }
            Spans::Binary(left, op, right) => self.both(left, *op, right, view, mask),
        }
    }

    /// Operators that answer nothing of a trace in which a side is empty (the right one, where a relation is negated): one
    /// side is found first, and the other only in the traces that are left.
    fn both(
        &mut self,
        left: &Spans,
        op: SpansetOp,
        right: &Spans,
        view: &UnitView<'_>,
        mask: &mut Vec<bool>,
    ) -> Result<(), TraceqlError> {
        let negated = matches!(op, SpansetOp::Structural(_, Form::Negated));
        if negated && !self.exact && !left.is_plain() {
            // What is unsure on the left would drop what is sure on the right.
            return self.spans(right, view, mask);
        }
        let mut of_left = mask.clone();
        if !negated && pickiness(left) > pickiness(right) {
            self.spans(left, view, &mut of_left)?;
            clear_without(view, &of_left, mask);
            self.spans(right, view, mask)?;
        } else {
            self.spans(right, view, mask)?;
            clear_without(view, mask, &mut of_left);
            if of_left.contains(&true) {
                self.spans(left, view, &mut of_left)?;
            }
        }
        if !negated && !of_left.contains(&true) {
            mask.fill(false);
        }
        if !mask.contains(&true) {
            return Ok(());
        }
        if let SpansetOp::Structural(relation, form) = op {
            return Ok(relate(view.unit, (relation, form), &of_left, mask)?);
        }
        clear_without(view, &of_left, mask);
        clear_without(view, mask, &mut of_left);
        mask.iter_mut().zip(of_left).for_each(|(right, left)| *right |= left);
        Ok(())
    }

    /// Clears traces whose aggregate does not compare so.
    fn scalar(
        &mut self,
        (function, of): (AggregateFunction, Option<&Expr>),
        (op, with): (Op, &Value),
        view: &UnitView<'_>,
        mask: &mut [bool],
    ) -> Result<(), TraceqlError> {
        if let Some(of) = of {
            view.load(of)?;
        }
        let mut spans = Vec::new();
        for trace in view.unit.traces() {
            spans.clear();
            spans.extend(trace.rows.clone().filter(|row| mask[*row]).map(|row| row as u32));
            if spans.is_empty() {
                continue;
            }
            let value = aggregate(view, &spans, function, of);
            // Floats add up to something else in another order: let the exact stage decide.
            let unsure = !self.exact && matches!(value, Value::Float(_));
            if !unsure && !value.compares(op, with) {
                mask[trace.rows.clone()].fill(false);
            }
        }
        Ok(())
    }

    /// Clears the rows on which an expression does not hold.
    pub(crate) fn narrow(
        &mut self,
        expr: &Expr,
        view: &UnitView<'_>,
        mask: &mut [bool],
    ) -> Result<(), TraceqlError> {
        match expr {
            Expr::And(left, right) => {
                self.narrow(left, view, mask)?;
                if mask.contains(&true) {
                    self.narrow(right, view, mask)?;
                }
            }
            Expr::Or(left, right) => {
                let mut of_left = mask.to_vec();
                self.narrow(left, view, &mut of_left)?;
                self.narrow(right, view, mask)?;
                mask.iter_mut().zip(of_left).for_each(|(right, left)| *right |= left);
            }
            Expr::Test(test) => self.test(test, view, mask)?,
            Expr::Literal(value) => {
                if !value.is_true() {
                    mask.fill(false);
                }
            }
            Expr::Exists { of, .. } if matches!(**of, Expr::Name(_)) => {
                let Expr::Name(name) = &**of else { return Ok(()) };
                match &*view.column(name)? {
                    Column::Codes(codes, dictionary) => {
                        let holds = |value: &Value| Expr::exists(expr, value);
                        self.ask(std::ptr::from_ref(expr).addr(), codes, dictionary, name, holds, mask);
                    }
                    // Numbers are always there.
                    _ if Expr::exists(expr, &Value::Int(0)) => {}
                    _ => mask.fill(false),
                }
            }
            _ => {
                view.load(expr)?;
                for (row, kept) in mask.iter_mut().enumerate().filter(|(_, kept)| **kept) {
                    *kept = expr.holds(view, row);
                }
            }
        }
        Ok(())
    }

    fn test(&mut self, test: &Test, view: &UnitView<'_>, mask: &mut [bool]) -> Result<(), TraceqlError> {
        let column = view.column(&test.name)?;
        match &*column {
            Column::Codes(codes, dictionary) => {
                let holds = |value: &Value| test.holds(value);
                self.ask(std::ptr::from_ref(test).addr(), codes, dictionary, &test.name, holds, mask);
            }
            Column::Durations(numbers) => match test.with {
                Value::Int(with) | Value::Duration(with) => compare(numbers, test.op, with, mask),
                _ => each(numbers, mask, |number| test.holds(&Value::Duration(number))),
            },
            Column::Ints(numbers) => each(numbers, mask, |number| test.holds(&Value::Int(number))),
        }
        Ok(())
    }

    /// Clears the rows whose entry does not hold.
    fn ask(
        &mut self,
        test: usize,
        codes: &[u32],
        dictionary: &Dictionary,
        name: &Name,
        holds: impl Fn(&Value) -> bool,
        mask: &mut [bool],
    ) {
        let fresh = || (dictionary.clone(), vec![UNKNOWN; dictionary.len() + 1]);
        // Only dictionaries of texts are shared between units.
        let shared = matches!(dictionary, Dictionary::Texts(_));
        let mut own;
        let answers = match shared {
            true => &mut self.answers.0.entry((test, dictionary.address())).or_insert_with(fresh).1,
            false => {
                own = fresh().1;
                &mut own
            }
        };
        for (kept, code) in mask.iter_mut().zip(codes).filter(|(kept, _)| **kept) {
            let answer = &mut answers[*code as usize];
            if *answer == UNKNOWN {
                *answer = if holds(&entry(dictionary, *code, name)) { YES } else { NO };
            }
            *kept = *answer == YES;
        }
    }
}

/// Clears the traces of which `other` has no row.
fn clear_without(view: &UnitView<'_>, other: &[bool], mask: &mut [bool]) {
    for trace in view.unit.traces().iter().filter(|trace| !other[trace.rows.clone()].contains(&true)) {
        mask[trace.rows.clone()].fill(false);
    }
}

/// How few spans a side is likely to keep: the tests that have to hold together, bounds of numbers counted twice. What is not
/// a single filter comes last.
fn pickiness(spans: &Spans) -> usize {
    fn of(expr: &Expr) -> usize {
        match expr {
            Expr::And(left, right) => of(left) + of(right),
            Expr::Or(left, right) => of(left).min(of(right)),
            Expr::Test(test) => match test.op {
                Op::Less | Op::LessEqual | Op::Greater | Op::GreaterEqual => 2,
                Op::NotEqual | Op::NotRegex => 0,
                _ => 1,
            },
            _ => 0,
        }
    }
    match spans {
        Spans::Filter(expr) => of(expr),
        Spans::Binary(..) | Spans::Piped(_) => 0,
    }
}

fn each(numbers: &[i64], mask: &mut [bool], holds: impl Fn(i64) -> bool) {
    mask.iter_mut().zip(numbers).for_each(|(kept, number)| *kept = *kept && holds(*number));
}

fn compare(numbers: &[i64], op: Op, with: i64, mask: &mut [bool]) {
    match op {
        Op::Equal => each(numbers, mask, |number| number == with),
        Op::NotEqual => each(numbers, mask, |number| number != with),
        Op::Less => each(numbers, mask, |number| number < with),
        Op::LessEqual => each(numbers, mask, |number| number <= with),
        Op::Greater => each(numbers, mask, |number| number > with),
        Op::GreaterEqual => each(numbers, mask, |number| number >= with),
        _ => mask.fill(false),
    }
}
