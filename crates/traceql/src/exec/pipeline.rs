//! Pipelines on one trace: span sets in, span sets out.

use super::expr::Expr;
use super::structural::relate;
use super::view::{TraceView, Valued, one_value};
use crate::error::TraceqlError;
use crate::syntax::{Aggregate, AggregateFunction, Name, Op, Pipeline, Spanset, SpansetOp, Stage};
use crate::value::Value;
use contract::Intrinsic;
use rustc_hash::FxHashMap;

/// Spans of one trace that belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct SpanSet {
    /// Indexes of the view, ascending.
    pub(crate) spans: Vec<u32>,
    /// What stages said of the set: `by(x)`, `count()`.
    pub(crate) attributes: Vec<(String, Value)>,
}

/// A compiled pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(super) stages: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Spans(Spans),
    Scalar { function: AggregateFunction, of: Option<Expr>, op: Op, with: Value, label: String },
    By { of: Expr, absent: Value, label: String },
    Coalesce,
    Pass,
}

#[derive(Debug, Clone)]
pub(crate) enum Spans {
    Filter(Expr),
    Binary(Box<Spans>, SpansetOp, Box<Spans>),
    Piped(Program),
}

impl Spans {
    /// Whether it only filters and relates spans.
    pub(crate) fn is_plain(&self) -> bool {
        match self {
            Spans::Filter(_) => true,
            Spans::Binary(left, _, right) => left.is_plain() && right.is_plain(),
            Spans::Piped(_) => false,
        }
    }
}

impl Program {
    /// Compiles a checked pipeline.
    pub(crate) fn compile(pipeline: &Pipeline) -> Self {
        Program { stages: pipeline.stages.iter().map(step).collect() }
    }

    /// The expressions of a program that only filters spans one by one.
    pub(crate) fn filters(&self) -> Option<Vec<&Expr>> {
        let filter = |step| match step {
            &Step::Spans(Spans::Filter(ref expr)) => Some(expr),
            _ => None,
        };
        self.stages.iter().map(filter).collect()
    }

    /// Whether it only filters and relates spans.
    pub(crate) fn is_plain(&self) -> bool {
        self.stages.iter().all(|step| matches!(step, Step::Spans(spans) if spans.is_plain()))
    }

    /// The stages that pick spans, and those that judge what was picked; `None` when a trace may have several sets.
    pub(crate) fn in_two(&self) -> Option<(Program, Vec<Step>)> {
        let picks = |step: &&Step| matches!(step, Step::Spans(Spans::Filter(_) | Spans::Binary(..)));
        let (first, rest) = self.stages.split_at(self.stages.iter().take_while(picks).count());
        let judges = |step: &Step| matches!(step, Step::Scalar { .. } | Step::Coalesce | Step::Pass);
        rest.iter().all(judges).then(|| (Program { stages: first.to_vec() }, rest.to_vec()))
    }

    /// The span sets of a trace that come out, none of them empty.
    pub(crate) fn run(&self, trace: &TraceView<'_>) -> Result<Vec<SpanSet>, TraceqlError> {
        let all = SpanSet { spans: (0..trace.spans.len() as u32).collect(), attributes: Vec::new() };
        self.run_on(trace, vec![all])
    }

    fn run_on(&self, trace: &TraceView<'_>, mut sets: Vec<SpanSet>) -> Result<Vec<SpanSet>, TraceqlError> {
        for step in &self.stages {
            if sets.is_empty() {
                return Ok(sets);
            }
            sets = step.run(trace, sets)?;
        }
        Ok(sets)
    }
}

fn step(stage: &Stage) -> Step {
    match stage {
        Stage::Spanset(spanset) => Step::Spans(compile_spans(spanset)),
        Stage::Scalar { aggregate, op, with } => Step::Scalar {
            function: aggregate.function,
            of: aggregate.of.as_ref().map(Expr::compile),
            op: *op,
            with: with.clone(),
            label: Aggregate::to_string(aggregate),
        },
        Stage::By(field) => Step::By {
            of: Expr::compile(field),
            absent: match field {
                crate::syntax::Field::Name(name) => absent(name),
                _ => Value::Nil,
            },
            label: stage.to_string(),
        },
        Stage::Coalesce => Step::Coalesce,
        Stage::Select(_) => Step::Pass,
    }
}

/// What a group is called whose spans lack the name: a span without events has an event of no name.
pub(crate) fn absent(name: &Name) -> Value {
    match name {
        Name::Intrinsic(Intrinsic::EventName) => Value::text(""),
        Name::Attribute { scope: Some(contract::SpanScope::Resource), key, .. }
            if &**key == "service.name" =>
        {
            Value::text("")
        }
        _ => Value::Nil,
    }
}

fn compile_spans(spanset: &Spanset) -> Spans {
    match spanset {
        Spanset::Filter(field) => Spans::Filter(Expr::compile(field)),
        Spanset::Piped(pipeline) => Spans::Piped(Program::compile(pipeline)),
        Spanset::Binary { left, op, right } => {
            Spans::Binary(Box::new(compile_spans(left)), *op, Box::new(compile_spans(right)))
        }
    }
}

/// What judging stages make of the spans of a trace; `None` when they refuse it.
pub(crate) fn judged(steps: &[Step], trace: &impl Valued, spans: Vec<u32>) -> Option<SpanSet> {
    let mut set = SpanSet { spans, attributes: Vec::new() };
    for step in steps {
        match step {
            Step::Scalar { function, of, op, with, label } => {
                let value = aggregate(trace, &set.spans, *function, of.as_ref());
                if !value.compares(*op, with) {
                    return None;
                }
                set.attributes.push((label.clone(), value));
            }
            Step::Coalesce => set.attributes.clear(),
            Step::Pass | Step::Spans(_) | Step::By { .. } => {}
        }
    }
    Some(set)
}

impl Step {
    /// The expressions that a judging stage evaluates.
    pub(crate) fn expr(&self) -> Option<&Expr> {
        match self {
            Step::Scalar { of, .. } => of.as_ref(),
            _ => None,
        }
    }

    fn run(&self, trace: &TraceView<'_>, sets: Vec<SpanSet>) -> Result<Vec<SpanSet>, TraceqlError> {
        match self {
            Step::Pass => Ok(sets),
            Step::Coalesce => {
                let mut spans: Vec<u32> = sets.into_iter().flat_map(|set| set.spans).collect();
                spans.sort_unstable();
                spans.dedup();
                Ok(vec![SpanSet { spans, attributes: Vec::new() }])
            }
            Step::Spans(spans) => {
                let mut out = Vec::new();
                for set in sets {
                    out.extend(spans.run(trace, set)?);
                }
                Ok(out)
            }
            Step::By { of, absent, label } => {
                Ok(sets.into_iter().flat_map(|set| group(trace, set, of, absent, label)).collect())
            }
            Step::Scalar { function, of, op, with, label } => Ok(sets
                .into_iter()
                .filter_map(|mut set| {
                    let value = aggregate(trace, &set.spans, *function, of.as_ref());
                    let kept = value.compares(*op, with);
                    set.attributes.push((label.clone(), value));
                    kept.then_some(set)
                })
                .collect()),
        }
    }
}

impl Spans {
    fn run(&self, trace: &TraceView<'_>, set: SpanSet) -> Result<Vec<SpanSet>, TraceqlError> {
        match self {
            Spans::Filter(expr) => {
                let SpanSet { mut spans, attributes } = set;
                spans.retain(|span| expr.holds(trace, *span as usize));
                Ok(if spans.is_empty() { Vec::new() } else { vec![SpanSet { spans, attributes }] })
            }
            Spans::Piped(program) => program.run_on(trace, vec![set]),
            Spans::Binary(left, op, right) => {
                let attributes = set.attributes.clone();
                let left = only(left.run(trace, set.clone())?)?;
                let right = only(right.run(trace, set)?)?;
                let spans = match op {
                    SpansetOp::And if left.is_empty() || right.is_empty() => Vec::new(),
                    SpansetOp::And | SpansetOp::Or => {
                        let mut spans = [left, right].concat();
                        spans.sort_unstable();
                        spans.dedup();
                        spans
                    }
                    SpansetOp::Structural(relation, form) => {
                        relate(trace.tree(), *relation, *form, &left, &right)
                    }
                };
                Ok(if spans.is_empty() { Vec::new() } else { vec![SpanSet { spans, attributes }] })
            }
        }
    }
}

fn only(mut sets: Vec<SpanSet>) -> Result<Vec<u32>, TraceqlError> {
    match sets.len() {
        0 => Ok(Vec::new()),
        1 => Ok(sets.remove(0).spans),
        _ => Err(TraceqlError::Execution(
            "spanset operators are not supported for multiple spansets per trace. consider using coalesce()"
                .to_owned(),
        )),
    }
}

fn group(trace: &TraceView<'_>, set: SpanSet, of: &Expr, absent: &Value, label: &str) -> Vec<SpanSet> {
    let mut groups: Vec<SpanSet> = Vec::new();
    let mut by_key: FxHashMap<Vec<u8>, usize> = FxHashMap::default();
    let mut key = Vec::new();
    for span in &set.spans {
        let name = if let Expr::Name(name) = of { Some(name) } else { None };
        let value = match one_value(name, of.eval(trace, *span as usize)) {
            Value::Nil => absent.clone(),
            value => value,
        };
        key.clear();
        value.key(&mut key);
        let place = match by_key.get(&key) {
            Some(place) => *place,
            None => {
                let mut attributes = set.attributes.clone();
                attributes.push((label.to_owned(), value));
                groups.push(SpanSet { spans: Vec::new(), attributes });
                by_key.insert(key.clone(), groups.len() - 1);
                groups.len() - 1
            }
        };
        groups[place].spans.push(*span);
    }
    groups
}

/// The aggregate of a set over the spans that have a number, of whatever type; nothing when none has.
pub(super) fn aggregate(
    trace: &impl Valued,
    spans: &[u32],
    function: AggregateFunction,
    of: Option<&Expr>,
) -> Value {
    let Some(of) = of else { return Value::Int(spans.len() as i64) };
    let mut total: Option<Value> = None;
    let mut count = 0i64;
    for span in spans {
        let value = of.eval(trace, *span as usize);
        if value.number().is_none() {
            continue;
        }
        count += 1;
        total = Some(match total {
            None => value,
            Some(total) => match function {
                AggregateFunction::Max if value.compares(Op::Greater, &total) => value,
                AggregateFunction::Min if value.compares(Op::Less, &total) => value,
                AggregateFunction::Max | AggregateFunction::Min => total,
                _ => total.compute(Op::Add, &value),
            },
        });
    }
    match (total, function) {
        (None, _) => Value::Nil,
        (Some(Value::Duration(nanos)), AggregateFunction::Avg) => Value::Duration(nanos / count.max(1)),
        (Some(total), AggregateFunction::Avg) => Value::Float(total.number().unwrap_or(0.0) / count as f64),
        (Some(total), _) => total,
    }
}
