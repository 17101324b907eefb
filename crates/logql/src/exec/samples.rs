//! The lines of a window as series over the steps.
//!
//! Three ways, the cheapest that answers: a counting function whose stages do not look at lines asks the source for
//! counts (`counted.rs`); functions that need no order get their lines from several threads at once (`collect.rs`), those
//! together that are alike in what the stages look at (`stage/parts.rs`); the others read in order. Counting functions keep
//! one number a step and series (each line adds to the steps whose window holds it); the others keep their samples and look
//! at them a window at a time (`window.rs`). Memory is reserved before it is used. Invariant: the way changes the cost and
//! nothing else.

mod collect;
mod counted;
mod deltas;
mod distinct;

use super::{Column, Steps};
use crate::error::LogqlError;
use crate::stage::Pipeline;
use crate::stage::filter::LabelTest;
use crate::stage::labels::Hints;
use crate::syntax::ast::*;
use collect::{Collector, Sums};
use contract::{Context, Direction, GroupVisitor, LineGrouping, LogSelect, LogSource, SourceError};
use model::{Nanos, TimeRange};
use std::sync::{Arc, Mutex, PoisonError};
use stdx::Reservation;

/// A window of the query, and the grouping that is pushed into it.
pub(super) struct Leaf {
    op: RangeOp,
    parameter: Option<f64>,
    /// The label whose values are counted.
    counted: Option<String>,
    range: LogRange,
    grouping: Option<Grouping>,
}

/// The windows of an expression, left to right. The grouping of a `sum` right outside of an additive window moves
/// inside: the sum is the same, and parsers need to find only those labels.
pub(super) fn leaves(metric: &MetricExpr) -> Vec<Leaf> {
    let mut out = Vec::new();
    collect(metric, None, &mut out);
    out
}

fn collect(metric: &MetricExpr, outer: Option<&Grouping>, out: &mut Vec<Leaf>) {
    match metric {
        MetricExpr::Literal(_) | MetricExpr::Vector(_) => {}
        MetricExpr::Range { op, parameter, counted, range, grouping } => {
            let additive = matches!(
                op,
                RangeOp::Rate
                    | RangeOp::CountOverTime
                    | RangeOp::BytesRate
                    | RangeOp::BytesOverTime
                    | RangeOp::SumOverTime
            );
            let grouping = grouping.clone().or_else(|| outer.filter(|_| additive).cloned());
            let (counted, range) = (counted.clone(), without_idle_formats(*op, range));
            out.push(Leaf { op: *op, parameter: *parameter, counted, range, grouping });
        }
        MetricExpr::Aggregate { op: VectorOp::Sum, grouping, inner, .. } => {
            let none = Grouping::default();
            collect(inner, Some(grouping.as_ref().unwrap_or(&none)), out);
        }
        MetricExpr::Aggregate { inner, .. } | MetricExpr::LabelReplace { inner, .. } => {
            collect(inner, None, out)
        }
        MetricExpr::Binary { left, right, .. } => {
            collect(left, None, out);
            collect(right, None, out);
        }
    }
}

/// The same window without `line_format` stages whose text nothing looks at. What is left out cannot fail, as in the
/// replaced system.
fn without_idle_formats(op: RangeOp, range: &LogRange) -> LogRange {
    let mut range = range.clone();
    if matches!(op, RangeOp::BytesOverTime | RangeOp::BytesRate) {
        return range;
    }
    let reads_line = |stage: &Stage| {
        use Stage::*;
        matches!(stage, Line(_) | Json(_) | Logfmt { .. } | Regexp(_) | Pattern(_) | Unpack)
    };
    let reader = range.log.stages.iter().rposition(reads_line);
    let mut place = 0;
    range.log.stages.retain(|stage| {
        place += 1;
        !matches!(stage, Stage::LineFormat(_)) || reader.is_some_and(|reader| place <= reader)
    });
    range
}

/// A window, compiled: what all who look at its lines share.
struct Work {
    leaf: Leaf,
    pipeline: Pipeline,
    unwrap: Option<CompiledUnwrap>,
    hints: Hints,
    steps: Steps,
    /// Whether one number a step is enough.
    counts: bool,
    /// The time of the query.
    now: i64,
}

/// Series, and the memory that they and what is computed of them may take: as much again, since each step of computing makes no
/// more than it is given.
pub(super) struct Read {
    pub(super) columns: Vec<Column>,
    pub(super) held: Reservation,
}

impl Read {
    /// Makes the series. What was gathered of them stays held until they are made.
    fn finish(cx: &Context, sums: Sums, work: &Work, gathered: Reservation) -> Result<Read, LogqlError> {
        let held = reserve(cx, sums.column_bytes(work.steps).saturating_mul(2))?;
        let columns = sums.finish(work);
        drop(gathered);
        Ok(Read { columns, held })
    }
}

fn reserve(cx: &Context, bytes: u64) -> Result<Reservation, LogqlError> {
    Ok(cx.budget.reserve(bytes).map_err(SourceError::from)?)
}

/// The series of all windows of a leaf.
pub(super) async fn read(
    source: &dyn LogSource,
    cx: &Context,
    leaf: Leaf,
    steps: Steps,
) -> Result<Read, LogqlError> {
    let mut pipeline = Pipeline::compile(&leaf.range.log.stages)?;
    let unwrap = leaf.range.unwrap.as_ref().map(compile_unwrap).transpose()?;
    let hints = hints(&leaf, &pipeline, unwrap.as_ref());
    let lines = pipeline.take_conditions();
    if steps.count == 0 || leaf.range.interval <= 0 {
        return Ok(Read { columns: Vec::new(), held: reserve(cx, 0)? });
    }
    let counts = unwrap.is_none()
        && matches!(
            leaf.op,
            RangeOp::Rate | RangeOp::CountOverTime | RangeOp::BytesRate | RangeOp::BytesOverTime
        )
        || leaf.op == RangeOp::AbsentOverTime;
    // Windows are open at their start and closed at their end.
    let first = steps.start.saturating_sub(leaf.range.interval).saturating_sub(leaf.range.offset);
    let last = steps.last().saturating_sub(leaf.range.offset);
    let range = TimeRange::new(Nanos(first.saturating_add(1)), Nanos(last.saturating_add(1)));
    let matchers = leaf.range.log.matchers.clone();
    let work = Work { leaf, pipeline, unwrap, hints, steps, counts, now: cx.clock.now_nanos() };
    if lines.is_empty()
        && let Some(read) = counted::read(source, cx, &work, range).await?
    {
        return Ok(read);
    }
    let (metadata, texts) = (work.pipeline.metadata_conditions(), work.pipeline.texts());
    let direction = Direction::Forward;
    let wanted = LogSelect { matchers, range, direction, lines, metadata, texts, sieve: None };
    let in_order =
        matches!(work.leaf.op, RangeOp::FirstOverTime | RangeOp::LastOverTime | RangeOp::RateCounter)
            || work.pipeline.remembers();
    if in_order {
        return ordered(source, cx, &work, wanted).await;
    }
    let grouping = counted::grouping(&work, range);
    scanned(source, cx, work, wanted, grouping).await
}

/// Lines in the order of time.
async fn ordered(
    source: &dyn LogSource,
    cx: &Context,
    work: &Work,
    wanted: LogSelect,
) -> Result<Read, LogqlError> {
    let mut collector = Collector::new(work, Sums::default());
    let mut cursor = source.select(cx, wanted).await?;
    let mut held = reserve(cx, 0)?;
    loop {
        cx.check()?;
        let rows = cursor.next_batch().await?;
        if rows.is_empty() {
            break;
        }
        let bytes = collector.take(&rows)?;
        held.grow(bytes).map_err(SourceError::from)?;
    }
    Read::finish(cx, collector.into_sums(), work, held)
}

/// What the takers of unordered lines leave behind.
struct Gathered {
    /// Sums that no taker works on now.
    idle: Vec<Sums>,
    held: Reservation,
    /// The first failure of a stage.
    failed: Option<LogqlError>,
}

/// Lines in any order, from several threads: alone, or in groups.
async fn scanned(
    source: &dyn LogSource,
    cx: &Context,
    work: Work,
    wanted: LogSelect,
    grouping: Option<LineGrouping>,
) -> Result<Read, LogqlError> {
    let held = reserve(cx, 0)?;
    let gathered = Arc::new(Mutex::new(Gathered { idle: Vec::new(), held, failed: None }));
    let work = Arc::new(work);
    let scanned = {
        let (gathered, work) = (gathered.clone(), work.clone());
        let gather = move |take: &dyn Fn(&mut Collector<'_>) -> Result<u64, LogqlError>| {
            let idle = gathered.lock().unwrap_or_else(PoisonError::into_inner).idle.pop();
            let mut collector = Collector::new(&work, idle.unwrap_or_default());
            let taken = take(&mut collector);
            let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.idle.push(collector.into_sums());
            match taken {
                Ok(bytes) => Ok(gathered.held.grow(bytes)?),
                Err(error) => {
                    gathered.failed.get_or_insert(error);
                    // Ends the scan; what is told is the failure.
                    Err(SourceError::Canceled)
                }
            }
        };
        match grouping {
            None => source.scan(cx, wanted, Arc::new(move |rows| gather(&|c| c.take(rows)))).await,
            Some(grouping) => {
                let visit: GroupVisitor = Arc::new(move |groups| gather(&|c| c.take_groups(groups)));
                source.groups(cx, wanted, grouping, visit).await
            }
        }
    };
    let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = gathered.failed.take() {
        return Err(error);
    }
    scanned?;
    let all = std::mem::take(&mut gathered.idle);
    let mut sums = all.into_iter().reduce(|all, more| all.join(more, work.steps)).unwrap_or_default();
    sums.sort();
    let held = std::mem::replace(&mut gathered.held, reserve(cx, 0)?);
    Read::finish(cx, sums, &work, held)
}

struct CompiledUnwrap {
    label: String,
    conversion: Conversion,
    filters: Vec<LabelTest>,
}

fn compile_unwrap(unwrap: &Unwrap) -> Result<CompiledUnwrap, LogqlError> {
    let filters = unwrap.filters.iter().map(LabelTest::compile).collect::<Result<_, _>>()?;
    Ok(CompiledUnwrap { label: unwrap.label.clone(), conversion: unwrap.conversion, filters })
}

/// Which labels matter: those that stages and unwrap look at, and those of the grouping.
fn hints(leaf: &Leaf, pipeline: &Pipeline, unwrap: Option<&CompiledUnwrap>) -> Hints {
    let mut required = pipeline.names();
    required.extend(leaf.counted.clone());
    if let Some(unwrap) = unwrap {
        required.push(unwrap.label.clone());
        unwrap.filters.iter().for_each(|filter| filter.names(&mut required));
    }
    // `by ()` leaves no label, `without ()` all of them.
    let no_labels = leaf.op == RangeOp::AbsentOverTime
        || leaf.grouping.as_ref().is_some_and(|g| !g.without && g.labels.is_empty());
    let grouping = leaf.grouping.as_ref().filter(|g| !g.without && !g.labels.is_empty());
    if !no_labels && grouping.is_none() {
        return Hints::default();
    }
    required.extend(grouping.iter().flat_map(|g| g.labels.iter().cloned()));
    required.sort();
    required.dedup();
    Hints { no_labels: no_labels && required.is_empty(), required }
}
