//! Answers to range queries that are kept for the next refresh of the same panel.
//!
//! On the read walk around [`crate::eval`]: what a query gave at times whose samples are settled is kept; the next query
//! with the same text, step and phase computes only the steps that are not there.
//! ```text
//! kept       |=========|                    first time: all steps are computed, those before `until` are kept
//! asked         |=========|++|              next time: the steps behind what is kept are computed
//! ```
//! Invariants: an answer is the one that would be computed anew. So kept is only what depends on nothing but each step's
//! time (no `start()`, `end()`, `range()`), what was remarked on by nothing (remarks are about whole queries), and what no
//! late sample and no delete has touched since ([`contract::SeriesSource::settled`]). Memory is bounded.

use crate::eval::QueryResult;
use crate::exec::SampleCounts;
use crate::options::Options;
use crate::plan;
use crate::syntax::ast::Expr;
use contract::{Context, Settled};
use model::Labels;
use query::{Grid, MatrixSeries, Value};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};

/// 64 MiB: a thousand panels of ten series at four hundred steps.
const DEFAULT_RESULT_BYTES: usize = 64 << 20;
/// One answer takes no more than this part of the room, so that one query does not drive out all others.
const MAX_SHARE: usize = 8;
/// Answers that are kept at once; the one used longest ago is looked for among them.
const MAX_RESULTS: usize = 4096;
/// What a series costs beside its points and labels.
const SERIES_BYTES: usize = 128;
/// What an answer costs beside its series.
const ENTRY_BYTES: usize = 256;

/// What all range queries of a server share.
#[derive(Debug)]
pub struct ResultCache {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    results: FxHashMap<String, Entry>,
    bytes: usize,
    /// Grows with every use.
    now: u64,
}

#[derive(Debug)]
struct Entry {
    mark: u64,
    /// The steps that are kept, both inside.
    first: i64,
    last: i64,
    series: Arc<Vec<MatrixSeries>>,
    bytes: usize,
    used: u64,
}

/// What of a query may be kept.
#[derive(Debug)]
pub(crate) struct Closed {
    key: String,
    mark: u64,
    /// The last step that may be kept.
    last: i64,
}

/// What was kept of a query.
#[derive(Debug)]
pub(crate) struct Found {
    /// The last step.
    pub(crate) last: i64,
    series: Arc<Vec<MatrixSeries>>,
}

impl Default for ResultCache {
    fn default() -> Self {
        ResultCache::holding(DEFAULT_RESULT_BYTES)
    }
}

/// What of `query` may be kept, when `settled` is what the source said before it was asked.
pub(crate) fn closed(
    cx: &Context,
    query: &str,
    expr: &Expr,
    grid: &Grid,
    options: &Options,
    settled: Settled,
) -> Option<Closed> {
    let printed = expr.to_string();
    if grid.len() < 2 || ["start()", "end()", "range()"].iter().any(|moment| printed.contains(moment)) {
        return None;
    }
    // How far behind a step the query looks ahead.
    let last_read = |grid: Grid| -> Option<i64> {
        let plan = plan::build(expr, grid, false, options).ok()?;
        Some(plan.selects.iter().map(|select| select.end).max().unwrap_or(i64::MIN))
    };
    let ahead = last_read(*grid)?.saturating_sub(grid.last()).max(0);
    let latest = settled.until.0.saturating_sub(ahead).min(grid.last());
    if latest < grid.start {
        return None;
    }
    let last = grid.start + (latest - grid.start) / grid.step * grid.step;
    // A time that `@` fixes may not be settled, whatever the steps are.
    if last_read(Grid { end: last, ..*grid })? > settled.until.0 {
        return None;
    }
    let (step, phase) = (grid.step, grid.start.rem_euclid(grid.step));
    let key = format!("{}\n{step} {phase}\n{options:?}\n{query}", cx.tenant);
    Some(Closed { key, mark: settled.mark, last })
}

impl ResultCache {
    /// Of at most so many bytes; 0 keeps nothing.
    pub fn holding(most: usize) -> Self {
        ResultCache { most, kept: Mutex::default() }
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.kept.lock().expect("no panic while it is held").bytes
    }

    /// What is kept of the query from the first step of `grid` on.
    pub(crate) fn find(&self, closed: &Closed, grid: &Grid) -> Option<Found> {
        let mut kept = self.kept.lock().expect("no panic while it is held");
        kept.now += 1;
        let now = kept.now;
        let entry = kept.results.get_mut(&closed.key)?;
        if entry.mark != closed.mark {
            let gone = kept.results.remove(&closed.key)?;
            kept.bytes -= gone.bytes;
            return None;
        }
        if grid.start < entry.first || grid.start > entry.last {
            return None;
        }
        entry.used = now;
        Some(Found { last: entry.last.min(grid.last()), series: entry.series.clone() })
    }

    /// Keeps what a query gave, as far as it may be.
    pub(crate) fn keep(&self, closed: Closed, grid: &Grid, result: &QueryResult) {
        let Value::Matrix(matrix) = &result.value else { return };
        if !result.warnings.is_empty() || !result.infos.is_empty() {
            return;
        }
        let series: Vec<MatrixSeries> =
            matrix.iter().filter_map(|series| cut(series, grid.start, closed.last)).collect();
        let bytes = ENTRY_BYTES + closed.key.len() + series.iter().map(heap_bytes).sum::<usize>();
        let mut kept = self.kept.lock().expect("no panic while it is held");
        if let Some(before) = kept.results.get(&closed.key)
            && before.mark == closed.mark
            && before.first <= grid.start
            && before.last >= closed.last
        {
            return;
        }
        if bytes > self.most / MAX_SHARE {
            return;
        }
        let used = kept.now;
        let (mark, first, last) = (closed.mark, grid.start, closed.last);
        let entry = Entry { mark, first, last, series: Arc::new(series), bytes, used };
        kept.bytes += bytes;
        if let Some(before) = kept.results.insert(closed.key, entry) {
            kept.bytes -= before.bytes;
        }
        while kept.bytes > self.most || kept.results.len() > MAX_RESULTS {
            let oldest = kept.results.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| kept.results.remove(&key)) else { return };
            kept.bytes -= gone.bytes;
        }
    }
}

/// The points of a series from `first` to `last`, if there are any.
fn cut(series: &MatrixSeries, first: i64, last: i64) -> Option<MatrixSeries> {
    fn part<T: Clone>(all: &[T], at: impl Fn(&T) -> i64, first: i64, last: i64) -> Vec<T> {
        let from = all.partition_point(|point| at(point) < first);
        let to = all.partition_point(|point| at(point) <= last);
        all[from..to.max(from)].to_vec()
    }
    let floats = part(&series.floats, |point| point.0.0, first, last);
    let histograms = part(&series.histograms, |point| point.0.0, first, last);
    let labels = series.labels.clone();
    (!floats.is_empty() || !histograms.is_empty()).then_some(MatrixSeries { labels, floats, histograms })
}

fn heap_bytes(series: &MatrixSeries) -> usize {
    let buckets = |h: &model::FloatHistogram| {
        200 + 8 * (h.positive_buckets.len() + h.negative_buckets.len() + h.custom_values.len())
    };
    let histograms: usize = series.histograms.iter().map(|(_, h)| 16 + buckets(h)).sum();
    SERIES_BYTES + series.labels.heap_bytes() + series.floats.len() * 16 + histograms
}

/// What was kept, and what was computed behind it, as one.
pub(crate) fn joined(found: Found, grid: &Grid, fresh: Option<QueryResult>) -> QueryResult {
    let kept = found.series.iter().filter_map(|series| cut(series, grid.start, found.last));
    let steps = usize::try_from((found.last - grid.start) / grid.step + 1).unwrap_or(0);
    // Of steps that were kept no sample was looked at.
    let mut samples = SampleCounts { queryable: vec![0; steps], read: vec![0; steps], peak: 0 };
    let Some(fresh) = fresh else {
        let value = Value::Matrix(kept.collect());
        return QueryResult { value, warnings: Vec::new(), infos: Vec::new(), samples };
    };
    samples.queryable.extend(&fresh.samples.queryable);
    samples.read.extend(&fresh.samples.read);
    samples.peak = fresh.samples.peak;
    let later = match fresh.value {
        Value::Matrix(matrix) => matrix,
        _ => Vec::new(),
    };
    let value = Value::Matrix(side_by_side(kept, later.into_iter()));
    QueryResult { value, samples, ..fresh }
}

/// Two lists in label order as one; the points of the second come after those of the first.
fn side_by_side(
    kept: impl Iterator<Item = MatrixSeries>,
    later: impl Iterator<Item = MatrixSeries>,
) -> Vec<MatrixSeries> {
    let (mut kept, mut later) = (kept.peekable(), later.peekable());
    let mut out = Vec::new();
    let labels = |series: &MatrixSeries| -> Labels { series.labels.clone() };
    loop {
        let (a, b) = (kept.peek().map(labels), later.peek().map(labels));
        let (first, second) = match (a, b) {
            (None, None) => return out,
            (Some(a), Some(b)) => (a <= b, b <= a),
            (a, b) => (a.is_some(), b.is_some()),
        };
        let mut series = MatrixSeries::default();
        let pieces = [kept.next_if(|_| first), later.next_if(|_| second)];
        for mut piece in pieces.into_iter().flatten() {
            series.labels = piece.labels;
            series.floats.append(&mut piece.floats);
            series.histograms.append(&mut piece.histograms);
        }
        out.push(series);
    }
}
