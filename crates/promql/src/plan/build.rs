//! Builds a plan, node by node from the root down; the grid on which a node is evaluated is known on the way.

use super::{
    Aggregation, Info, Instant, Kind, Node, Operation, Part, Plan, Range, RangeCall, RangeSource, Select,
};
use crate::error::QueryError;
use crate::exec::scalar_op;
use crate::functions::TIME_DEPENDENT;
use crate::options::Options;
use crate::syntax::ast::{
    Aggregate, AggregateOp, At, Binary, BinaryOp, Call, Duration, DurationExpr, DurationKind, Expr,
    MatrixSelector, Subquery, Unary, ValueType, VectorSelector,
};
use contract::Need;
use model::{METRIC_NAME, MatchOp, Matcher};
use query::{Grid, Span};
use rustc_hash::{FxHashMap, FxHashSet};

/// The metric whose labels `info` adds when none is named.
const TARGET_INFO: &str = "target_info";

/// Plans `expr` on `grid`; an instant query has no step.
pub fn build(expr: &Expr, grid: Grid, instant: bool, options: &Options) -> Result<Plan, QueryError> {
    let mut builder = Builder {
        options,
        outer: grid,
        instant,
        grid,
        selects: Vec::new(),
        stats: Stats::No,
        need: Need::Samples,
        repeats: repeats(expr),
        shared: FxHashMap::default(),
    };
    let built = builder.expr(expr)?;
    let root = built.once();
    Ok(Plan { root, value_type: expr.value_type(), grid, selects: builder.selects })
}

/// Whether histograms are only asked for their count and sum here.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
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
    /// What the selector asks for that is built next.
    need: Need,
    /// What occurs more than once, as it prints.
    repeats: FxHashSet<String>,
    /// Its numbers, by where it is evaluated and what is asked of histograms.
    shared: FxHashMap<(String, Grid, Stats), usize>,
}

/// Vectors worth to be computed once that occur more than once.
fn repeats(expr: &Expr) -> FxHashSet<String> {
    // Nearly always: nothing can.
    if expr.selectors().len() < 2 {
        return FxHashSet::default();
    }
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    let mut left = vec![expr];
    while let Some(expr) = left.pop() {
        if is_worth(expr) {
            let count = seen.entry(expr.to_string()).or_default();
            *count += 1;
            if *count > 1 {
                // What is inside is not computed again.
                continue;
            }
        }
        left.extend(expr.children());
    }
    seen.into_iter().filter(|(_, count)| *count > 1).map(|(text, _)| text).collect()
}

/// Whether a node is a vector that takes computing.
fn is_worth(expr: &Expr) -> bool {
    let computes = matches!(expr, Expr::Aggregate(_) | Expr::Binary(_) | Expr::Call(_));
    computes && expr.value_type() == ValueType::Vector && !expr.selectors().is_empty()
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

fn constant(kind: Kind, span: Span) -> Built {
    Built { node: Node { kind, span }, invariant: true }
}

fn ranged(range: Range) -> Built {
    let (span, invariant) = (range.span, range.at.is_some());
    Built { node: Node { kind: Kind::Range(Box::new(range)), span }, invariant }
}

fn unary(e: &Unary, operand: Built) -> Built {
    let kind = match (operand.node.kind, e.negative) {
        (kind, false) => return Built { node: Node { kind, span: operand.node.span }, ..operand },
        (Kind::Number(value), true) => Kind::Number(-value),
        (kind, true) => Kind::Negate(Box::new(Node { kind, span: operand.node.span })),
    };
    Built { node: Node { kind, span: e.span }, invariant: operand.invariant }
}

fn operation(e: &Binary, span: Span, lhs: Built, rhs: Built) -> Built {
    if let (Kind::Number(a), Kind::Number(b)) = (&lhs.node.kind, &rhs.node.kind)
        && let Some(value) = scalar_op(e.op, *a, *b)
    {
        return Built { node: Node { kind: Kind::Number(value), span }, invariant: true };
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
    Built { node: Node { kind: Kind::Binary(Box::new(operation)), span }, invariant }
}

fn aggregation(e: &Aggregate, param: Option<Built>, input: Built) -> Built {
    let invariant = input.invariant && param.as_ref().is_none_or(|p| p.invariant);
    let part = |side: Built| if invariant { side.node } else { side.once() };
    let (input, param) = (part(input), param.map(part));
    let aggregation = Aggregation { op: e.op, input, param, grouping: e.grouping.clone() };
    Built { node: Node { kind: Kind::Aggregate(Box::new(aggregation)), span: e.span }, invariant }
}

type Step = Result<Built, QueryError>;

impl Builder<'_> {
    /// Recurses, so what is not an operand's business is in other functions: frames stay small.
    fn expr(&mut self, expr: &Expr) -> Step {
        let built = self.plain(expr)?;
        Ok(if self.repeats.is_empty() { built } else { self.numbered(expr, built) })
    }

    /// Gives what occurs more than once its number.
    fn numbered(&mut self, expr: &Expr, built: Built) -> Built {
        if !is_worth(expr) || matches!(built.node.kind, Kind::Number(_)) {
            return built;
        }
        let text = expr.to_string();
        if !self.repeats.contains(&text) {
            return built;
        }
        let next = self.shared.len();
        let number = *self.shared.entry((text, self.grid, self.stats)).or_insert(next);
        let span = built.node.span;
        Built { node: Node { kind: Kind::Shared(number, Box::new(built.node)), span }, ..built }
    }

    fn plain(&mut self, expr: &Expr) -> Step {
        match expr {
            Expr::Paren(e) => self.expr(&e.inner),
            Expr::Unary(e) => Ok(unary(e, self.expr(&e.operand)?)),
            Expr::Binary(e) => {
                let (lhs, rhs) = self.sides(e)?;
                Ok(operation(e, expr.span(), lhs, rhs))
            }
            Expr::Aggregate(e) => {
                let param = e.param.as_ref().map(|p| self.expr(p)).transpose()?;
                let counts = matches!(e.op, AggregateOp::Count | AggregateOp::Group);
                Ok(aggregation(e, param, self.operand(&e.expr, counts)?))
            }
            Expr::Call(e) => match self.special_call(e)? {
                Some(built) => Ok(built),
                None => self.call(e),
            },
            Expr::Number(e) => Ok(constant(Kind::Number(e.value), e.span)),
            Expr::Text(e) => Ok(constant(Kind::Text(Box::new(e.clone())), e.span)),
            Expr::Vector(e) => self.instant(e, Part::Value, e.span),
            Expr::Matrix(e) => Ok(ranged(self.matrix(e)?)),
            Expr::Subquery(e) => Ok(ranged(self.subquery(e)?)),
        }
    }

    /// An operand of which only the times matter, or all. Of what is no selector all does.
    fn operand(&mut self, expr: &Expr, only_times: bool) -> Step {
        let leaf = matches!(expr.unwrapped(), Expr::Vector(_) | Expr::Matrix(_));
        let need = if only_times && leaf { Need::Times } else { Need::Samples };
        let before = std::mem::replace(&mut self.need, need);
        let built = self.expr(expr);
        self.need = before;
        built
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

    fn sides(&mut self, e: &Binary) -> Result<(Built, Built), QueryError> {
        let stats = match e.op {
            BinaryOp::TrimLower | BinaryOp::TrimUpper => Stats::Never,
            _ => self.stats,
        };
        self.with_stats(stats, |b| Ok((b.expr(&e.lhs)?, b.expr(&e.rhs)?)))
    }

    /// Functions whose value the plan knows, and those that read more of a sample than its value.
    fn special_call(&mut self, e: &Call) -> Result<Option<Built>, QueryError> {
        let number = |millis: i64| Ok(Some(constant(Kind::Number(millis as f64 / 1000.0), e.span)));
        let outer = self.outer;
        let part = match e.function.name {
            "start" => return number(outer.start),
            "end" => return number(outer.end),
            "range" => return number(outer.end - outer.start),
            "step" => return number(if outer.is_instant() { 0 } else { outer.step }),
            "timestamp" => Part::Time,
            "start_timestamp" => Part::Start,
            _ => return Ok(None),
        };
        let Some(Expr::Vector(selector)) = e.args.first().map(Expr::unwrapped) else { return Ok(None) };
        self.instant(selector, part, e.span).map(Some)
    }

    fn instant(&mut self, e: &VectorSelector, part: Part, span: Span) -> Step {
        let instant = self.instant_selector(e, part)?;
        let invariant = instant.at.is_some();
        Ok(Built { node: Node { kind: Kind::Instant(instant), span }, invariant })
    }

    fn call(&mut self, e: &Call) -> Step {
        let stats = match e.function.name {
            "histogram_count" | "histogram_sum" | "histogram_avg" => Stats::Yes,
            "histogram_quantile" | "histogram_quantiles" | "histogram_fraction" => Stats::Never,
            _ => self.stats,
        };
        let args = self.with_stats(stats, |b| b.arguments(e))?;
        self.assembled(e, args)
    }

    fn arguments(&mut self, e: &Call) -> Result<Vec<Built>, QueryError> {
        // The second argument of `info` is no vector but a list of matchers.
        let count = if e.function.name == "info" { 1 } else { e.args.len() };
        let only_times = matches!(
            e.function.name,
            "absent" | "absent_over_time" | "count_over_time" | "present_over_time"
        );
        e.args.iter().take(count).map(|arg| self.operand(arg.unwrapped(), only_times)).collect()
    }

    fn assembled(&mut self, e: &Call, args: Vec<Built>) -> Step {
        let invariant = !TIME_DEPENDENT.contains(&e.function.name) && args.iter().all(|arg| arg.invariant);
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
            Some(range) => {
                let call = RangeCall { function: e.function, range: *range, args: rest, first };
                Kind::RangeCall(Box::new(call))
            }
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
        self.request(Select { matchers, start, end, need: Need::Samples, digest: None })
    }

    fn request(&mut self, wanted: Select) -> usize {
        let end = if self.grid.is_empty() { wanted.start } else { wanted.end };
        let wanted = Select { end, ..wanted };
        let same = |s: &Select| {
            let range = (s.start, s.end) == (wanted.start, wanted.end);
            range && s.matchers == wanted.matchers && s.digest == wanted.digest
        };
        // Samples have times, so who needs the one and who needs the other ask once.
        let fits = |s: &Select| s.need == wanted.need || ![s.need, wanted.need].contains(&Need::Last);
        let known = self.selects.iter_mut().enumerate().find(|(_, s)| fits(s) && same(s));
        if let Some((at, known)) = known {
            if wanted.need == Need::Samples {
                known.need = Need::Samples;
            }
            return at;
        }
        self.selects.push(wanted);
        self.selects.len() - 1
    }

    fn instant_selector(&mut self, e: &VectorSelector, part: Part) -> Result<Instant, QueryError> {
        let (offset, at) = (self.offset(&e.offset)?, self.at(e.at));
        let (from, to) = self.reference(offset, at);
        let after = if e.smoothed { self.options.lookback } else { 0 };
        let start = from.saturating_sub(self.options.lookback) + 1;
        let end = to.saturating_add(after + 1);
        let need = match (e.smoothed, part) {
            (true, _) => Need::Samples,
            // Evaluated at one time, it sees one sample.
            _ if from == to => Need::Last,
            (_, Part::Value) => self.need,
            _ => Need::Times,
        };
        let select = Select { matchers: e.matchers.clone(), start, end, need, digest: None };
        let select = self.request(select);
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
        let end = to.saturating_add(after + 1);
        let need = if before == 0 && after == 0 { self.need } else { Need::Samples };
        let select =
            self.request(Select { matchers: selector.matchers.clone(), start, end, need, digest: None });
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
