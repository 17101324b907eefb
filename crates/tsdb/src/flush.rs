//! Sealed heads into blocks.
//!
//! On the write walk after the head: series of all shards in label order, their samples cut into windows of time, one
//! block a window, so that a late sample of last week does not widen today's block. The catalog takes all blocks of all
//! tenants and the log position in one commit; only then the heads are dropped, but for the last sample of each series,
//! and the log is trimmed.
//! Invariant: the same records give the same blocks.

use crate::block::writer::{BlockBuilder, Packing, SeriesInput};
use crate::error::TsdbError;
use crate::head::before::{AllBefore, Before};
use crate::head::read::{Cutter, HeadSeries};
use crate::head::series::Shard;
use crate::head::{Head, Heads};
use crate::options::LOG_NAME;
use crate::parts::{Merged, Parts, SharedTimes};
use crate::tsdb::{Sealed, Tsdb};
use bytes::Bytes;
use contract::Need;
use index::{LiveIndex, PairId};
use model::{Exemplar, Labels, Nanos};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, RwLockReadGuard};
use store::{BlockId, BlockMeta, Delta, Position, Signal};

/// Windows of fresh samples: those of the first level of merges.
const FRESH_WINDOW: i64 = 2 * 3_600_000;
/// Windows of other samples: those of the second level, so that a day's late blocks can be merged with the day.
const WIDE_WINDOW: i64 = 24 * 3_600_000;
/// Heads of so many samples a series are written in an entropy code at once. An hour of a scrape every 15 s: a flush that is due by
/// age comes with half of that and is merged within hours, when its columns are long enough to pay for it; what was sent faster
/// than it was measured (a backfill, a queue that was held up) mostly fills its windows and is merged late or never.
const CODED_SAMPLES: u64 = 240;
/// Wide windows of one flush, at most, three years of days: each is a block of its own. Beyond it they are widened.
const MAX_WIDE_WINDOWS: i128 = 1024;

impl Tsdb {
    /// Writes everything that was acknowledged before this call into blocks.
    pub async fn flush(&self) -> Result<(), TsdbError> {
        let _one_at_a_time = self.maintaining.lock().await;
        let end = self.log.end();
        while self.flush_oldest().await?.is_some_and(|until| until < end) {}
        Ok(())
    }

    /// Flushes the oldest heads, if any hold anything, and answers up to where; `maintaining` is held.
    pub(crate) async fn flush_oldest(&self) -> Result<Option<Position>, TsdbError> {
        let Some(sealed) = self.seal() else { return Ok(None) };
        let from = self.options.catalog.snapshot().flushed(LOG_NAME);
        let (heads, until) = (sealed.heads.clone(), sealed.until);
        let now = self.options.clock.now_millis();
        let earlier = self.gate.read().expect("a panicking writer ends the process").before.clone();
        let (blocks, before) = crate::blocking(move || {
            let blocks = build(&heads, from, until, now)?;
            Ok((blocks, last_samples(&heads, earlier, now)))
        })
        .await?;
        let mut add = Vec::with_capacity(blocks.len());
        for (meta, bytes) in blocks {
            self.options.objects.put(&meta.path(), bytes).await?;
            add.push(meta);
        }
        let flushed = vec![(LOG_NAME.to_owned(), until)];
        self.options.catalog.commit(Delta { add, remove: Vec::new(), flushed }).await?;
        let mut gate = self.gate.write().expect("a panicking writer ends the process");
        gate.sealed.retain(|other| other.until > until);
        gate.before = before;
        drop(gate);
        self.log.trim(until)?;
        self.telemetry.flushed();
        self.account();
        Ok(Some(until))
    }

    /// The oldest sealed heads; seals the current ones when there are none yet and they hold anything.
    pub(crate) fn seal(&self) -> Option<Sealed> {
        let mut gate = self.gate.write().expect("a panicking writer ends the process");
        if gate.sealed.is_empty() && !gate.current.all().is_empty() {
            let next = Arc::new(Heads::numbered(gate.current.number.wrapping_add(1)));
            let heads = std::mem::replace(&mut gate.current, next);
            gate.since = self.options.clock.monotonic();
            gate.sealed.push(Sealed { heads, until: self.log.end() });
        }
        gate.sealed.first().cloned()
    }
}

/// What stays in memory of all tenants' flushed heads.
fn last_samples(heads: &Heads, earlier: AllBefore, now: i64) -> AllBefore {
    let mut before = earlier;
    before.retain(|_, before| !before.is_over(now));
    for head in heads.all() {
        let of = Before::of(&head, before.get(&head.tenant).map(|before| &**before), now);
        before.insert(head.tenant.clone(), Arc::new(of));
    }
    before
}

/// The blocks of all tenants.
fn build(
    heads: &Heads,
    from: Position,
    until: Position,
    now: i64,
) -> Result<Vec<(BlockMeta, Bytes)>, TsdbError> {
    let mut blocks = Vec::new();
    for head in heads.all() {
        for (window, builder) in build_head(&head, now)? {
            let id = BlockId::derive(&[
                b"flush",
                head.tenant.as_str().as_bytes(),
                &position_bytes(from),
                &position_bytes(until),
                &[window.0],
                &window.1.to_le_bytes(),
            ]);
            blocks.push(builder.finish(BlockMeta {
                id,
                tenant: head.tenant.clone(),
                signal: Signal::Metrics,
                level: 0,
                start: Nanos(0),
                end: Nanos(0),
                rows: 0,
                bytes: 0,
                covered: Some((from, until)),
            }));
        }
    }
    Ok(blocks)
}

fn position_bytes(position: Position) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&position.segment.to_le_bytes());
    bytes[8..].copy_from_slice(&position.offset.to_le_bytes());
    bytes
}

/// How time is cut: narrow windows around now, wide ones before and after. Both stand on a fixed grid, so blocks of
/// different flushes nest.
#[derive(Debug, Clone)]
struct Windows {
    fresh: Range<i64>,
    wide: i64,
}

/// A window: before (0), around (1) or after (2) now, and its start. Ascends with time.
type Window = (u8, i64);

impl Windows {
    fn new(first: i64, last: i64, now: i64) -> Windows {
        let day = now.div_euclid(WIDE_WINDOW).saturating_mul(WIDE_WINDOW);
        let fresh = day.saturating_sub(WIDE_WINDOW)..day.saturating_add(2 * WIDE_WINDOW);
        let mut wide = WIDE_WINDOW;
        while (i128::from(last) - i128::from(first)) / i128::from(wide) > MAX_WIDE_WINDOWS {
            wide = wide.saturating_mul(2);
        }
        Windows { fresh, wide }
    }

    fn of(&self, at: i64) -> Window {
        let start = |width: i64| at.div_euclid(width).saturating_mul(width);
        match at {
            _ if at < self.fresh.start => (0, start(self.wide)),
            _ if at < self.fresh.end => (1, start(FRESH_WINDOW)),
            _ => (2, start(self.wide)),
        }
    }
}

/// The blocks of one tenant, by window.
fn build_head(head: &Head, now: i64) -> Result<BTreeMap<Window, BlockBuilder>, TsdbError> {
    let shards: Vec<RwLockReadGuard<'_, Shard>> =
        head.shards.iter().map(|shard| shard.read().expect("a panicking writer ends the process")).collect();
    let bounds = shards.iter().filter_map(|shard| bounds(shard)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let windows = bounds.map(|(first, last)| Windows::new(first, last, now));
    let packing = packing(&shards);
    let mut builders: BTreeMap<Window, BlockBuilder> = BTreeMap::new();
    let mut cursors: Vec<Cursor<'_>> = shards.iter().map(|shard| Cursor::new(shard)).collect();
    let mut shared = SharedTimes::default();
    let mut parts = Parts::default();
    loop {
        let next =
            cursors.iter_mut().filter(|c| c.ready.is_some()).min_by(|a, b| a.labels().cmp(&b.labels()));
        let Some(cursor) = next else { break };
        let Some(ready) = cursor.take() else { break };
        parts.clear();
        if let Some(series) = &ready.series {
            series.add_to(&(i64::MIN..=i64::MAX), Need::Samples, &mut parts)?;
        }
        let merged = parts.merge(&mut shared);
        if let Some(windows) = &windows {
            push_by_window(&ready.labels, &merged, ready.exemplars, windows, packing, &mut builders);
        }
    }
    let metadata = head.metadata();
    if !metadata.is_empty() {
        if builders.is_empty() {
            let mut builder = BlockBuilder::new(Packing::Plain);
            builder.touch(now);
            builders.insert((1, now), builder);
        }
        if let Some(mut last) = builders.last_entry() {
            metadata.values().for_each(|m| last.get_mut().push_metadata(m));
        }
    }
    Ok(builders)
}

/// How the columns of a head are written.
fn packing(shards: &[RwLockReadGuard<'_, Shard>]) -> Packing {
    let series = shards.iter().map(|shard| shard.slots.len() as u64).sum::<u64>();
    let samples = shards.iter().map(|shard| shard.samples).sum::<u64>();
    if samples >= series * CODED_SAMPLES { Packing::Coded } else { Packing::Plain }
}

pub(crate) fn bounds(shard: &Shard) -> Option<(i64, i64)> {
    let groups = shard.groups.iter().filter_map(|group| group.bounds());
    let histograms = shard.histograms.keys().map(|(_, at)| (*at, *at));
    let exemplars = shard.exemplars.values().flatten().map(|e| (e.at.0, e.at.0));
    groups.chain(histograms).chain(exemplars).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Cuts a series at the windows and hands each piece to the builder of its window.
fn push_by_window(
    labels: &Labels,
    merged: &Merged<'_>,
    exemplars: &[Exemplar],
    windows: &Windows,
    packing: Packing,
    builders: &mut BTreeMap<Window, BlockBuilder>,
) {
    let (mut float, mut histogram, mut exemplar) = (0, 0, 0);
    loop {
        let heads = [
            merged.times.get(float).copied(),
            merged.histograms.get(histogram).map(|h| h.0),
            exemplars.get(exemplar).map(|e| e.at.0),
        ];
        let Some(first) = heads.into_iter().flatten().min() else { return };
        let window = windows.of(first);
        let inside = |at: i64| windows.of(at) == window;
        let float_end = float + merged.times[float..].partition_point(|at| inside(*at));
        let histogram_end = histogram + merged.histograms[histogram..].partition_point(|h| inside(h.0));
        let exemplar_end = exemplar + exemplars[exemplar..].partition_point(|e| inside(e.at.0));
        builders.entry(window).or_insert_with(|| BlockBuilder::new(packing)).push(SeriesInput {
            labels,
            times: &merged.times[float..float_end],
            values: &merged.values[float..float_end],
            histograms: &merged.histograms[histogram..histogram_end],
            exemplars: &exemplars[exemplar..exemplar_end],
            starts: merged.starts.get(float..float_end).unwrap_or(&[]),
            histogram_starts: merged.histogram_starts.get(histogram..histogram_end).unwrap_or(&[]),
        });
        (float, histogram, exemplar) = (float_end, histogram_end, exemplar_end);
    }
}

/// Walks a shard in label order.
struct Cursor<'a> {
    shard: &'a Shard,
    cutter: Cutter<'a>,
    order: std::vec::IntoIter<u32>,
    ready: Option<Ready<'a>>,
}

struct Ready<'a> {
    labels: Labels,
    series: Option<HeadSeries>,
    exemplars: &'a [Exemplar],
}

impl<'a> Cursor<'a> {
    fn new(shard: &'a Shard) -> Self {
        let order = label_order(&shard.index).into_iter();
        let cutter = Cutter::new(shard, i64::MIN..=i64::MAX);
        let mut cursor = Cursor { shard, cutter, order, ready: None };
        cursor.advance();
        cursor
    }

    fn labels(&self) -> Option<&Labels> {
        self.ready.as_ref().map(|ready| &ready.labels)
    }

    fn take(&mut self) -> Option<Ready<'a>> {
        let ready = self.ready.take();
        self.advance();
        ready
    }

    /// To the next series that has anything.
    fn advance(&mut self) {
        for id in self.order.by_ref() {
            let series = self.cutter.series(id);
            let exemplars = self.shard.exemplars.get(&id).map_or(&[][..], Vec::as_slice);
            if series.is_none() && exemplars.is_empty() {
                continue;
            }
            let labels = series.as_ref().map_or_else(|| self.shard.index.labels(id), |s| s.labels.clone());
            self.ready = Some(Ready { labels, series, exemplars });
            return;
        }
    }
}

/// The ids of an index in label order: pairs are ranked once, then series compare as lists of ranks.
fn label_order(index: &LiveIndex) -> Vec<u32> {
    let pairs = index.pairs();
    let mut by_text: Vec<u32> = (0..pairs.len() as u32).collect();
    by_text.sort_unstable_by(|a, b| pairs.pair(PairId(*a)).cmp(&pairs.pair(PairId(*b))));
    let mut ranks = vec![0u32; pairs.len()];
    for (rank, pair) in by_text.iter().enumerate() {
        ranks[*pair as usize] = rank as u32;
    }
    let key = |id: u32| index.pair_ids(id).iter().map(|pair| ranks[pair.0 as usize]);
    let mut order: Vec<u32> = (0..index.len() as u32).collect();
    order.sort_unstable_by(|a, b| key(*a).cmp(key(*b)));
    order
}
