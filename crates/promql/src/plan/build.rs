//! Builds a plan, node by node from the root down; the grid on which a node is evaluated is known on the way.

use super::{
    Aggregation, Info, Instant, Kind, Node, Operation, Part, Plan, Range, RangeCall, RangeSource, Select,
};
use crate::error::QueryError;
use crate::exec::scalar_op;
use crate::functions::TIME_DEPENDENT;
use crate::options::Options;
use crate::syntax::ast::{
    Aggregate, At, Binary, BinaryOp, Call, Duration, DurationExpr, DurationKind, Expr, MatrixSelector,
    Subquery, ValueType, VectorSelector,
};
use model::{METRIC_NAME, MatchOp, Matcher};
use query::Grid;

/// The metric whose labels `info` adds when none is named.
const TARGET_INFO: &str = "target_info";

/// Plans `expr` on `grid`; an instant query has no step.
pub fn build(expr: &Expr, grid: Grid, instant: bool, options: &Options) -> Result<Plan, QueryError> {
    let mut builder = Builder { options, outer: grid, instant, grid, selects: Vec::new(), stats: Stats::No };
    let built = builder.expr(expr)?;
    let root = built.once();
    Ok(Plan { root, value_type: expr.value_type(), grid, selects: builder.selects })
}

/// Whether histograms are only asked for their count and sum here.
#[derive(Clone, Copy, PartialEq)]
enum Stats {
    No,
    Yes,
    /// Something further out needs the buckets.
    Never,
}

struct Builder<'a> {
    options: &'a Options,
    /// The grid of the whole query.
    outer: Grid,
    instant: bool,
    /// The grid of the node being built.
    grid: Grid,
    selects: Vec<Select>,
    stats: Stats,
}

struct Built {
    node: Node,
    /// The value is the same at every step.
    invariant: bool,
}

impl Built {
    /// The node, marked to be computed once if that saves anything.
    fn once(self) -> Node {
        let cheap = matches!(self.node.kind, Kind::Number(_) | Kind::Text(_) | Kind::Range(_));
        if !self.invariant || cheap {
            return self.node;
        }
        let span = self.node.span;
        Node { kind: Kind::Invariant(Box::new(self.node)), span }
    }
}

type Step = Result<Built, QueryError>;

impl Builder<'_> {
    fn expr(&mut self, expr: &Expr) -> Step {
        let span = expr.span();
        let built = |kind: Kind, invariant: bool| Ok(Built { node: Node { kind, span }, invariant });
        match expr {
            Expr::Number(e) => built(Kind::Number(e.value), true),
            Expr::Text(e) => built(Kind::Text(e.clone()), true),
            Expr::Paren(e) => self.expr(&e.inner),
            Expr::Unary(e) => {
                let operand = self.expr(&e.operand)?;
                match (&operand.node.kind, e.negative) {
                    (_, false) => Ok(operand),
                    (Kind::Number(value), true) => built(Kind::Number(-value), true),
                    (_, true) => built(Kind::Negate(Box::new(operand.node)), operand.invariant),
                }
            }
            Expr::Vector(e) => {
                let instant = self.instant_selector(e, Part::Value)?;
                let invariant = instant.at.is_some();
                built(Kind::Instant(instant), invariant)
            }
            Expr::Matrix(e) => {
                let range = self.matrix(e)?;
                let invariant = range.at.is_some();
                built(Kind::Range(range), invariant)
            }
            Expr::Subquery(e) => {
                let range = self.subquery(e)?;
                let invariant = range.at.is_some();
                built(Kind::Range(range), invariant)
            }
            Expr::Binary(e) => self.binary(e, span),
            Expr::Aggregate(e) => self.aggregate(e, span),
            Expr::Call(e) => self.call(e),
        }
    }

    /// Runs `inner` under another state of histogram statistics.
    fn with_stats<T>(&mut self, stats: Stats, inner: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.stats;
        if before != Stats::Never {
            self.stats = stats;
        }
        let result = inner(self);
        self.stats = before;
        result
    }

    fn binary(&mut self, e: &Binary, span: query::Span) -> Step {
        let stats = match e.op {
            BinaryOp::TrimLower | BinaryOp::TrimUpper => Stats::Never,
            _ => self.stats,
        };
        let (lhs, rhs) =
            self.with_stats(stats, |b| Ok::<_, QueryError>((b.expr(&e.lhs)?, b.expr(&e.rhs)?)))?;
        if let (Kind::Number(a), Kind::Number(b)) = (&lhs.node.kind, &rhs.node.kind)
            && let Some(value) = scalar_op(e.op, *a, *b)
        {
            return Ok(Built { node: Node { kind: Kind::Number(value), span }, invariant: true });
        }
        let invariant = lhs.invariant && rhs.invariant;
        let part = |side: Built| if invariant { side.node } else { side.once() };
        let operation = Operation {
            op: e.op,
            lhs_scalar: e.lhs.value_type() == ValueType::Scalar,
            rhs_scalar: e.rhs.value_type() == ValueType::Scalar,
            lhs: part(lhs),
            rhs: part(rhs),
            return_bool: e.return_bool,
            matching: e.matching.clone().unwrap_or_default(),
        };
        Ok(Built { node: Node { kind: Kind::Binary(Box::new(operation)), span }, invariant })
    }

    fn aggregate(&mut self, e: &Aggregate, span: query::Span) -> Step {
        let param = e.param.as_ref().map(|p| self.expr(p)).transpose()?;
        let input = self.expr(&e.expr)?;
        let invariant = input.invariant && param.as_ref().is_none_or(|p| p.invariant);
        let part = |side: Built| if invariant { side.node } else { side.once() };
        let aggregation = Aggregation {
            op: e.op,
            input: part(input),
            param: param.map(part),
            grouping: e.grouping.clone(),
        };
        Ok(Built { node: Node { kind: Kind::Aggregate(Box::new(aggregation)), span }, invariant })
    }

    fn call(&mut self, e: &Call) -> Step {
        let name = e.function.name;
        let built = |kind: Kind, invariant: bool| Ok(Built { node: Node { kind, span: e.span }, invariant });
        let seconds = |millis: i64| millis as f64 / 1000.0;
        let outer = self.outer;
        match name {
            "start" => return built(Kind::Number(seconds(outer.start)), true),
            "end" => return built(Kind::Number(seconds(outer.end)), true),
            "range" => return built(Kind::Number(seconds(outer.end - outer.start)), true),
            "step" => {
                let step = if outer.is_instant() { 0 } else { outer.step };
                return built(Kind::Number(seconds(step)), true);
            }
            "timestamp" | "start_timestamp" => {
                if let Expr::Vector(selector) = e.args[0].unwrapped() {
                    let part = if name == "timestamp" { Part::Time } else { Part::Start };
                    let instant = self.instant_selector(selector, part)?;
                    let invariant = instant.at.is_some();
                    return built(Kind::Instant(instant), invariant);
                }
            }
            _ => {}
        }
        let stats = match name {
            "histogram_count" | "histogram_sum" | "histogram_avg" => Stats::Yes,
            "histogram_quantile" | "histogram_quantiles" | "histogram_fraction" => Stats::Never,
            _ => self.stats,
        };
        self.with_stats(stats, |b| b.plain_call(e))
    }

    fn plain_call(&mut self, e: &Call) -> Step {
        let mut invariant = !TIME_DEPENDENT.contains(&e.function.name);
        let mut args = Vec::with_capacity(e.args.len());
        for (i, arg) in e.args.iter().enumerate() {
            if e.function.name == "info" && i == 1 {
                continue;
            }
            let built = self.expr(arg.unwrapped())?;
            invariant &= built.invariant;
            args.push(built);
        }
        let first = args.first().map_or(e.span, |a| a.node.span);
        let mut range = None;
        let mut rest = Vec::with_capacity(args.len());
        for arg in args {
            match arg.node.kind {
                Kind::Range(r) => range = Some(r),
                _ if invariant => rest.push(arg.node),
                _ => rest.push(arg.once()),
            }
        }
        let kind = match range {
            Some(range) => Kind::RangeCall(RangeCall { function: e.function, range, args: rest, first }),
            None if e.function.name == "info" => self.info(e, rest)?,
            None => Kind::Call(e.function, rest),
        };
        Ok(Built { node: Node { kind, span: e.span }, invariant })
    }

    fn info(&mut self, e: &Call, mut rest: Vec<Node>) -> Result<Kind, QueryError> {
        let Some(base) = rest.pop() else {
            return Err(QueryError::Invalid("info needs a vector".to_owned()));
        };
        let matchers = match e.args.get(1).map(Expr::unwrapped) {
            Some(Expr::Vector(selector)) => selector.matchers.clone(),
            _ => Vec::new(),
        };
        let mut names: Vec<Matcher> = matchers.iter().filter(|m| m.name == METRIC_NAME).cloned().collect();
        if names.is_empty() {
            names.push(Matcher::equal(METRIC_NAME, TARGET_INFO));
        } else if !names.iter().any(|m| matches!(m.op, MatchOp::Equal | MatchOp::Regex)) {
            // What is only excluded is excluded from all info metrics.
            let all = Matcher::new(METRIC_NAME, MatchOp::Regex, ".+_info").expect("a fixed pattern compiles");
            names.insert(0, all);
        }
        let (offset, at) = self.reference_time(e.args[0].unwrapped())?.unwrap_or((0, None));
        let mut wanted = names.clone();
        wanted.extend(matchers.iter().filter(|m| m.name != METRIC_NAME).cloned());
        let (from, to) = self.reference(offset, at);
        let select = self.select(wanted, from - self.options.lookback + 1, to + 1);
        let series = Instant { select, offset, at, smoothed: false, stats_only: false, part: Part::Value };
        Ok(Kind::Info(Box::new(Info { base, matchers, names, series })))
    }

    /// Offset and `@` of the first selector, subqueries around it included: the time as of which `info` looks.
    fn reference_time(&self, expr: &Expr) -> Result<Option<(i64, Option<i64>)>, QueryError> {
        match expr {
            Expr::Vector(e) => Ok(Some((self.offset(&e.offset)?, self.at(e.at)))),
            Expr::Matrix(e) => Ok(Some((self.offset(&e.selector.offset)?, self.at(e.selector.at)))),
            Expr::Subquery(e) => {
                let Some((offset, at)) = self.reference_time(&e.expr)? else { return Ok(None) };
                if at.is_some() {
                    return Ok(Some((offset, at)));
                }
                Ok(Some((offset + self.offset(&e.offset)?, self.at(e.at))))
            }
            other => {
                for child in other.children() {
                    if let Some(found) = self.reference_time(child)? {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
        }
    }

    /// First and last time that is looked at.
    fn reference(&self, offset: i64, at: Option<i64>) -> (i64, i64) {
        match at {
            Some(at) => (at.saturating_sub(offset), at.saturating_sub(offset)),
            None => (self.grid.start.saturating_sub(offset), self.grid.last().saturating_sub(offset)),
        }
    }

    fn select(&mut self, matchers: Vec<Matcher>, start: i64, end: i64) -> usize {
        let wanted = Select { matchers, start, end: if self.grid.is_empty() { start } else { end } };
        self.selects.iter().position(|s| *s == wanted).unwrap_or_else(|| {
            self.selects.push(wanted);
            self.selects.len() - 1
        })
    }

    fn instant_selector(&mut self, e: &VectorSelector, part: Part) -> Result<Instant, QueryError> {
        let (offset, at) = (self.offset(&e.offset)?, self.at(e.at));
        let (from, to) = self.reference(offset, at);
        let after = if e.smoothed { self.options.lookback } else { 0 };
        let start = from.saturating_sub(self.options.lookback) + 1;
        let select = self.select(e.matchers.clone(), start, to.saturating_add(after + 1));
        Ok(Instant { select, offset, at, smoothed: e.smoothed, stats_only: self.stats == Stats::Yes, part })
    }

    fn matrix(&mut self, e: &MatrixSelector) -> Result<Range, QueryError> {
        let selector = &e.selector;
        let (offset, at) = (self.offset(&selector.offset)?, self.at(selector.at));
        let range = self.duration(&e.range, false)?;
        let (from, to) = self.reference(offset, at);
        let lookback = self.options.lookback;
        let before = if selector.anchored || selector.smoothed { lookback } else { 0 };
        let after = if selector.smoothed { lookback } else { 0 };
        let start = from.saturating_sub(range).saturating_sub(before).saturating_add(1);
        let select = self.select(selector.matchers.clone(), start, to.saturating_add(after + 1));
        Ok(Range {
            source: RangeSource::Select(select),
            range,
            offset,
            at,
            anchored: selector.anchored,
            smoothed: selector.smoothed,
            stats_only: self.stats == Stats::Yes,
            span: e.span,
        })
    }

    fn subquery(&mut self, e: &Subquery) -> Result<Range, QueryError> {
        let (offset, at) = (self.offset(&e.offset)?, self.at(e.at));
        let range = self.duration(&e.range, false)?;
        let step = match &e.step {
            Duration::Millis(0) => self.options.subquery_step,
            step => self.duration(step, false)?,
        }
        .max(1);
        let (from, to) = self.reference(offset, at);
        let earliest = from.saturating_sub(range);
        // The first multiple of the step after the range begins; division cuts towards zero.
        let mut start = step.saturating_mul(earliest / step);
        if start <= earliest {
            start = start.saturating_add(step);
        }
        let end = if self.grid.is_empty() { start - 1 } else { to };
        let grid = Grid { start, end, step };
        if grid.len() as u64 > self.options.max_samples {
            return Err(QueryError::TooManySamples);
        }
        let outside = std::mem::replace(&mut self.grid, grid);
        let inner = self.with_stats(Stats::Never, |b| b.expr(e.expr.unwrapped()));
        self.grid = outside;
        Ok(Range {
            source: RangeSource::Subquery(Box::new(inner?.once()), grid),
            range,
            offset,
            at,
            anchored: false,
            smoothed: false,
            stats_only: false,
            span: e.span,
        })
    }

    fn at(&self, at: Option<At>) -> Option<i64> {
        at.map(|at| match at {
            At::Time(millis) => millis,
            At::Start => self.outer.start,
            At::End => self.outer.end,
        })
    }

    fn offset(&self, offset: &Duration) -> Result<i64, QueryError> {
        self.duration(offset, true)
    }

    fn duration(&self, duration: &Duration, may_be_negative: bool) -> Result<i64, QueryError> {
        let expr = match duration {
            Duration::Millis(millis) => return Ok(*millis),
            Duration::Expr(expr) => expr,
        };
        let fail =
            |message: &str| QueryError::Invalid(format!("{}:{}: {message}", expr.span.start, expr.span.end));
        let seconds = self.seconds(expr)?;
        if !seconds.is_finite() {
            return Err(fail("duration is NaN or infinite"));
        }
        if seconds <= 0.0 && !may_be_negative {
            return Err(fail("duration must be greater than 0"));
        }
        if seconds.abs() > i64::MAX as f64 / 1e9 {
            return Err(fail("duration is out of range"));
        }
        Ok((seconds * 1000.0) as i64)
    }

    fn seconds(&self, expr: &DurationExpr) -> Result<f64, QueryError> {
        let fail =
            |message: &str| QueryError::Invalid(format!("{}:{}: {message}", expr.span.start, expr.span.end));
        Ok(match &expr.kind {
            DurationKind::Number(number) => number.value,
            DurationKind::Step if self.instant => 0.0,
            DurationKind::Step => self.outer.step as f64 / 1000.0,
            DurationKind::Range => (self.outer.end - self.outer.start) as f64 / 1000.0,
            DurationKind::MinOf(a, b) => crate::functions::math::min(self.seconds(a)?, self.seconds(b)?),
            DurationKind::MaxOf(a, b) => crate::functions::math::max(self.seconds(a)?, self.seconds(b)?),
            DurationKind::Plus(a) => self.seconds(a)?,
            DurationKind::Minus(a) => -self.seconds(a)?,
            DurationKind::Binary(op, a, b) => match (op, self.seconds(b)?) {
                (BinaryOp::Div, 0.0) => return Err(fail("division by zero")),
                (BinaryOp::Mod, 0.0) => return Err(fail("modulo by zero")),
                (op, b) => scalar_op(*op, self.seconds(a)?, b).unwrap_or(f64::NAN),
            },
        })
    }
}
