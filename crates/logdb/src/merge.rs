//! Blocks -> one block: duplicates and lines past their retention left out.
//!
//! Walk: `store::compact` decides -> `logdb.rs` -> here. Invariant: the output answers every query as its inputs did
//! together, less what has expired; memory is the output and one page an input.

use crate::block::page::Columns;
use crate::block::writer::{Sections, Writer};
use crate::block::{Blocks, OpenBlock};
use crate::error::LogError;
use crate::flush::{Identity, pack};
use crate::options::StreamRetention;
use bytes::Bytes;
use contract::Stream;
use model::{Labels, Nanos};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;
use store::{BlockMeta, MergeJob, Position};

/// The output of a merge. `None` when nothing is left.
pub(crate) async fn merge(
    blocks: &Blocks,
    job: &MergeJob,
    retention: &[StreamRetention],
    now: Nanos,
) -> Result<Option<(BlockMeta, Bytes)>, LogError> {
    let Some(first) = job.inputs.first() else { return Ok(None) };
    // In the order in which their lines arrived: equal times keep it.
    let mut metas = job.inputs.clone();
    metas.sort_by_key(|meta| (meta.covered.map(|covered| covered.0), meta.start, meta.id));
    let mut inputs = Vec::with_capacity(metas.len());
    for meta in &metas {
        inputs.push(blocks.open(meta).await?);
    }
    let sections = join(&inputs, retention, now).await?;
    let identity = Identity {
        id: job.output,
        tenant: first.tenant.clone(),
        level: job.level,
        covered: covered(&job.inputs),
    };
    Ok(Some(pack(identity, sections)).filter(|(meta, _)| meta.rows > 0))
}

/// One input: its place, and its streams as ids of the output.
struct Input {
    block: Arc<OpenBlock>,
    ids: Vec<u32>,
    page: usize,
    columns: Columns,
    text: Bytes,
    row: usize,
    at_text: usize,
    /// Rows left of the run that `row` is in, and the run's place.
    run: usize,
    left: u32,
}

impl Input {
    /// Stream and time of the current row; `None` at the end.
    fn key(&self) -> Option<(u32, i64)> {
        let (stream, _) = self.columns.runs.get(self.run)?;
        Some((self.ids[*stream as usize], self.columns.times[self.row]))
    }

    async fn load(&mut self) -> Result<(), LogError> {
        (self.row, self.at_text, self.run, self.left) = (0, 0, 0, 0);
        self.columns = Columns::default();
        self.text = Bytes::new();
        if self.page < self.block.pages.len() {
            self.columns = self.block.columns(self.page).await?;
            let packed = self.block.packed_text(self.page).await?;
            self.text = self.block.unpack_text(self.page, &packed, &self.columns)?;
            let known = self.columns.runs.iter().all(|(stream, _)| (*stream as usize) < self.ids.len());
            if !known {
                return Err(LogError::Internal("a page names a stream that its block lacks".to_owned()));
            }
            self.page += 1;
            self.left = self.columns.runs.first().map_or(0, |run| run.1);
        }
        Ok(())
    }

    /// Moves to the next row; `true` when the page is used up.
    fn step(&mut self) -> bool {
        self.at_text += self.columns.lengths[self.row] as usize;
        self.row += 1;
        self.left -= 1;
        while self.left == 0 {
            self.run += 1;
            match self.columns.runs.get(self.run) {
                Some((_, rows)) => self.left = *rows,
                None => return true,
            }
        }
        false
    }
}

async fn join(
    inputs: &[Arc<OpenBlock>],
    retention: &[StreamRetention],
    now: Nanos,
) -> Result<Sections, LogError> {
    let (streams, ids) = table(inputs);
    let oldest: Vec<i64> = streams.iter().map(|stream| oldest_kept(&stream.labels, retention, now)).collect();
    let mut open = Vec::with_capacity(inputs.len());
    let mut heap = BinaryHeap::new();
    for (place, (block, ids)) in inputs.iter().zip(ids).enumerate() {
        let columns = Columns::default();
        let mut input = Input {
            block: block.clone(),
            ids,
            page: 0,
            columns,
            text: Bytes::new(),
            row: 0,
            at_text: 0,
            run: 0,
            left: 0,
        };
        input.load().await?;
        heap.extend(input.key().map(|key| Reverse((key, place))));
        open.push(input);
    }
    let mut writer = Writer::new();
    while let Some(Reverse(((stream, at), place))) = heap.pop() {
        let input = &mut open[place];
        if at >= oldest[stream as usize] {
            let end = input.at_text + input.columns.lengths[input.row] as usize;
            let set = input.columns.set_of[input.row] as usize;
            writer.push(stream, at, &input.text[input.at_text..end], &input.columns.sets[set]);
        }
        if input.step() {
            input.load().await?;
        }
        heap.extend(input.key().map(|key| Reverse((key, place))));
    }
    Ok(writer.finish(&streams))
}

/// The streams of all inputs by labels, and for each input the place of its streams among them.
fn table(inputs: &[Arc<OpenBlock>]) -> (Vec<Arc<Stream>>, Vec<Vec<u32>>) {
    let mut all: BTreeMap<&Labels, &Arc<Stream>> = BTreeMap::new();
    for stream in inputs.iter().flat_map(|input| &input.streams) {
        all.entry(&stream.labels).or_insert(stream);
    }
    let places: BTreeMap<&Labels, u32> = all.keys().copied().zip(0..).collect();
    let ids = inputs.iter().map(|input| input.streams.iter().map(|s| places[&s.labels]).collect()).collect();
    (all.into_values().cloned().collect(), ids)
}

/// The oldest time that a stream's rules keep.
fn oldest_kept(labels: &Labels, rules: &[StreamRetention], now: Nanos) -> i64 {
    let rule = rules
        .iter()
        .filter(|rule| rule.matchers.iter().all(|m| m.matches(labels.value(&m.name))))
        .min_by_key(|rule| (Reverse(rule.priority), rule.max_age));
    rule.map_or(i64::MIN, |rule| {
        now.0.saturating_sub(i64::try_from(rule.max_age.as_nanos()).unwrap_or(i64::MAX))
    })
}

fn covered(inputs: &[Arc<BlockMeta>]) -> Option<(Position, Position)> {
    let all: Option<Vec<(Position, Position)>> = inputs.iter().map(|meta| meta.covered).collect();
    all?.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}
