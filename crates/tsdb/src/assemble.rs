//! The pieces of all places put together to series, in label order, by several threads when there is much.
//!
//! On the read walk after `read.rs`, which took the cut and fetched all bytes: one cursor a block and one list a head are
//! walked side by side, and the pieces of each series are decoded into one buffer. Threads share the work by ranges of
//! label sets. Invariant: the answer does not depend on how many threads there are.

use crate::block::cursor::Cursor;
use crate::block::reader::{BlockCut, CutPage, PageSource};
use crate::error::TsdbError;
use crate::head::Head;
use crate::head::read::{self, HeadSeries, Span};
use crate::parts::{Parts, SharedTimes};
use contract::{Context, Need, Series, SourceError};
use model::{Labels, Matcher, Millis};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::sync::Arc;

/// Series between two looks at the deadline: about a millisecond of decoding.
const CHECK_EVERY: usize = 256;
/// Bytes of a decoded sample: time and value, and once more while parts are joined.
const SAMPLE_BYTES: u64 = 32;
/// What a series costs beside labels and samples.
const SERIES_BYTES: u64 = 256;
/// Bytes of pages to unpack and decode, and columns of heads, that are worth a thread of their own: about a millisecond.
const WORKER_BYTES: usize = 192 << 10;
const WORKER_HEAD_COLUMNS: usize = 2000;
/// Up to here a query stays on its thread: a few hundred microseconds.
const INLINE_BYTES: usize = 160 << 10;
const INLINE_HEAD_SERIES: u64 = 20_000;
/// Threads of one query.
const MAX_WORKERS: usize = 4;

/// Everything a query decodes.
#[derive(Debug)]
struct Work {
    cx: Context,
    blocks: Vec<BlockCut>,
    /// Of each head the matching series by labels.
    heads: Vec<Vec<HeadSeries>>,
    span: Span,
    /// Samples of heads each count as one.
    counts: bool,
    need: Need,
}

/// Label sets from the first (inclusive) to the second.
type Between = (Option<Labels>, Option<Labels>);

/// What of the samples is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Only {
    /// That they are there: samples of heads, and of blocks that say so, each count as one.
    pub(crate) counts: bool,
    pub(crate) need: Need,
}

/// The series of all places, put together.
pub(crate) async fn assemble(
    cx: &Context,
    heads: Vec<Arc<Head>>,
    blocks: Vec<BlockCut>,
    matchers: Vec<Matcher>,
    span: Span,
    Only { counts, need }: Only,
) -> Result<Vec<Series>, SourceError> {
    let inline = work_bytes(&blocks) <= INLINE_BYTES
        && heads.iter().map(|head| head.series()).sum::<u64>() <= INLINE_HEAD_SERIES;
    let cx = cx.clone();
    let begin =
        move || Work::begin(Work { cx, blocks, heads: Vec::new(), span, counts, need }, heads, &matchers);
    // Most panels read little: a change of threads costs as much as their work.
    let begun = if inline { begin() } else { on_thread(begin).await };
    let (work, ranges) = match begun? {
        Begun::Done(all) => return Ok(all),
        Begun::Parts(work, ranges) => (work, ranges),
    };
    let work = Arc::new(work);
    let workers: Vec<_> = ranges
        .into_iter()
        .map(|range| {
            let work = work.clone();
            stdx::task::blocking(move || work.run(&range))
        })
        .collect();
    let mut out = Vec::new();
    for worker in workers {
        out.append(&mut worker.join().await.map_err(|e| TsdbError::Stopped(e.to_string()))??);
    }
    Ok(out)
}

async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    match stdx::task::blocking(work).join().await {
        Ok(answer) => answer,
        Err(stopped) => Err(TsdbError::Stopped(stopped.to_string()).into()),
    }
}

/// Bytes of wanted columns, and of pages that have to be unpacked for them.
fn work_bytes(blocks: &[BlockCut]) -> usize {
    let of = |cut: &BlockCut| {
        let bytes = |page: &CutPage| {
            let (first, stored) = (page.entry.first, page.entry.page.stored as u64);
            let wanted = cut.ordinals.range_cardinality(first..first + page.entry.count);
            let columns = stored * wanted / u64::from(page.entry.count.max(1));
            columns + if matches!(page.page, PageSource::Stored(_)) { stored } else { 0 }
        };
        cut.pages.iter().map(bytes).sum::<u64>()
    };
    usize::try_from(blocks.iter().map(of).sum::<u64>()).unwrap_or(usize::MAX)
}

/// What came of a first look.
enum Begun {
    Done(Vec<Series>),
    Parts(Work, Vec<Between>),
}

impl Work {
    /// Takes the look at the heads, and does all of it when it is little.
    fn begin(work: Work, from: Vec<Arc<Head>>, matchers: &[Matcher]) -> Result<Begun, SourceError> {
        let heads = from.iter().map(|head| {
            let mut series = read::select(head, matchers, &work.span, work.need)?;
            series.sort_unstable_by(|a, b| a.labels.cmp(&b.labels));
            Ok(series)
        });
        let heads = heads.collect::<Result<Vec<_>, TsdbError>>()?;
        let work = Work { heads, ..work };
        let ranges = work.split()?;
        if let [all] = ranges.as_slice() {
            return Ok(Begun::Done(work.run(all)?));
        }
        Ok(Begun::Parts(work, ranges))
    }

    /// Ranges of labels of about the same work.
    fn split(&self) -> Result<Vec<Between>, TsdbError> {
        let bytes = work_bytes(&self.blocks);
        let head_columns: usize = self.heads.iter().flatten().map(HeadSeries::columns).sum();
        let cores = stdx::task::cores();
        let workers =
            (bytes / WORKER_BYTES + head_columns / WORKER_HEAD_COLUMNS).clamp(1, MAX_WORKERS.min(cores));
        let mut bounds: Vec<Labels> = Vec::new();
        for at in 1..workers {
            bounds.extend(self.bound(at, workers)?);
        }
        bounds.sort_unstable();
        bounds.dedup();
        let starts = std::iter::once(None).chain(bounds.iter().cloned().map(Some));
        let ends = bounds.iter().cloned().map(Some).chain(std::iter::once(None));
        Ok(starts.zip(ends).collect())
    }

    /// A label set before which about `at` of `of` parts of the work lie: by the block with the most pages, or else by
    /// the head with the most series.
    fn bound(&self, at: usize, of: usize) -> Result<Option<Labels>, TsdbError> {
        let widest = self.blocks.iter().max_by_key(|cut| cut.pages.len()).filter(|cut| cut.pages.len() >= of);
        if let Some(cut) = widest {
            let page = &cut.pages[cut.pages.len() * at / of];
            return Ok(page.labels(&cut.kept)?.first().cloned());
        }
        let most = self.heads.iter().max_by_key(|head| head.len()).filter(|head| head.len() >= of);
        Ok(most.map(|head| head[head.len() * at / of].labels.clone()))
    }

    /// Whether the samples of a place each count as one: blocks come first.
    fn counts(&self, place: usize) -> bool {
        self.blocks.get(place).map_or(self.counts, |cut| cut.counts)
    }

    /// The series of one range.
    fn run(&self, (begin, end): &Between) -> Result<Vec<Series>, SourceError> {
        let mut reservation = self.cx.budget.reserve(0)?;
        let mut places: Vec<Place<'_>> = Vec::with_capacity(self.blocks.len() + self.heads.len());
        for cut in &self.blocks {
            places.push(Place::Block(Box::new(Cursor::new(cut, &self.span, begin.as_ref())?)));
        }
        for head in &self.heads {
            let from =
                begin.as_ref().map_or(0, |begin| head.partition_point(|series| series.labels < *begin));
            places.push(Place::Head(head[from..].iter()));
        }
        let (mut shared, mut parts) = (SharedTimes::default(), Parts::default());
        let (mut out, mut same) = (Vec::new(), Vec::new());
        // Values that are all the same, by their number.
        let mut alike: FxHashMap<usize, Arc<[f64]>> = FxHashMap::default();
        while let Some(labels) = next(&places, &mut same) {
            if end.as_ref().is_some_and(|end| labels >= *end) {
                break;
            }
            if out.len().is_multiple_of(CHECK_EVERY) {
                self.cx.check()?;
            }
            parts.clear();
            // In the order of the log: of equal times the later stays.
            for place in &same {
                let (before, counts) = (parts.floats(), self.counts(*place));
                places[*place].take(&self.span, self.need, &mut parts)?;
                if counts {
                    parts.count_from(before);
                }
            }
            let floats = parts.floats() as u64;
            reservation.grow(SERIES_BYTES + labels.heap_bytes() as u64 + floats * SAMPLE_BYTES)?;
            let merged = parts.merge(&mut shared);
            let samples = floats + merged.histograms.len() as u64;
            self.cx.stats.add_read(samples, samples * 16);
            if merged.is_empty() {
                continue;
            }
            let values = match merged.alike {
                true => alike.entry(merged.values.len()).or_insert_with(|| merged.values.into()).clone(),
                false => merged.values.into(),
            };
            out.push(Series {
                labels,
                timestamps: merged.times,
                values,
                histograms: merged.histograms.into_iter().map(|(at, h)| (Millis(at), h)).collect(),
                starts: (!merged.starts.is_empty()).then(|| merged.starts.into()),
                histogram_starts: (!merged.histogram_starts.is_empty())
                    .then(|| merged.histogram_starts.into()),
            });
        }
        Ok(out)
    }
}

/// One source of series in label order.
enum Place<'a> {
    Block(Box<Cursor<'a>>),
    Head(std::slice::Iter<'a, HeadSeries>),
}

impl Place<'_> {
    fn peek(&self) -> Option<&Labels> {
        match self {
            Place::Block(cursor) => cursor.peek(),
            Place::Head(series) => series.as_slice().first().map(|series| &series.labels),
        }
    }

    fn take(&mut self, span: &Span, need: Need, parts: &mut Parts) -> Result<(), TsdbError> {
        match self {
            Place::Block(cursor) => cursor.take(need, parts),
            Place::Head(series) => series.next().map_or(Ok(()), |series| series.add_to(span, need, parts)),
        }
    }
}

/// The first label set of all places, and which places have it.
fn next(places: &[Place<'_>], same: &mut Vec<usize>) -> Option<Labels> {
    same.clear();
    let mut first: Option<&Labels> = None;
    for (at, place) in places.iter().enumerate() {
        let Some(labels) = place.peek() else { continue };
        match first.map_or(Ordering::Less, |first| labels.cmp(first)) {
            Ordering::Less => {
                first = Some(labels);
                same.clear();
                same.push(at);
            }
            Ordering::Equal => same.push(at),
            Ordering::Greater => {}
        }
    }
    first.cloned()
}
