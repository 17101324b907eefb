//! Compaction planning: which blocks to merge into which. Decides only; the engine merges and commits.
//!
//! ```text
//! level 0  flushes        |--||--||--||--||--|
//! level 1  2 h windows    |------------||------------|
//! level 2  24 h windows   |------------------ ... ----------------|
//! ```
//! A block belongs to the window of its start. Stop of the keeping walk before the engine's `merge.rs`.
//! Invariant: no block is in two jobs; a job's output id depends only on its inputs.

use crate::catalog::Snapshot;
use crate::meta::{BlockId, BlockMeta, Signal};
use model::{Nanos, Tenant};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// When and how much to merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactionPolicy {
    /// The window of each level from 1 up.
    pub windows: Vec<Duration>,
    /// How long after its end a window is still open: late data is merged once, not twice.
    pub delay: Duration,
    /// So many blocks of a lower level are merged although their window is open: bounds the blocks a query opens.
    pub eager: usize,
    /// The most blocks of one job: bounds open readers.
    pub max_inputs: usize,
    /// The most bytes of one job's inputs: bounds its memory and time.
    pub max_bytes: u64,
}

impl Default for CompactionPolicy {
    fn default() -> Self {
        CompactionPolicy {
            windows: vec![Duration::from_secs(2 * 3600), Duration::from_secs(24 * 3600)],
            // Flushes come every five minutes at the least; ten catch the last one.
            delay: Duration::from_secs(600),
            eager: 8,
            max_inputs: 64,
            // 2 GiB: about a day of 25 kB/s of compressed data, ten minutes of merging.
            max_bytes: 2 << 30,
        }
    }
}

/// Blocks to merge into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeJob {
    /// What to merge, by start.
    pub inputs: Vec<Arc<BlockMeta>>,
    /// The level of the output.
    pub level: u8,
    /// The id of the output.
    pub output: BlockId,
    /// The earliest start and the latest end of the inputs.
    pub range: (Nanos, Nanos),
}

/// The merges that are due. Jobs are disjoint: they may run at the same time and commit in any order.
pub fn plan(
    snapshot: &Snapshot,
    tenant: &Tenant,
    signal: Signal,
    policy: &CompactionPolicy,
    now: Nanos,
) -> Vec<MergeJob> {
    let blocks: Vec<Arc<BlockMeta>> = snapshot.blocks(tenant, signal).cloned().collect();
    let mut jobs = Vec::new();
    let mut taken = std::collections::HashSet::new();
    // The largest window first: what a day takes, no two hours of it need.
    for (index, window) in policy.windows.iter().enumerate().rev() {
        let level = u8::try_from(index + 1).unwrap_or(u8::MAX);
        let free: Vec<Arc<BlockMeta>> =
            blocks.iter().filter(|block| !taken.contains(&block.id)).cloned().collect();
        for job in level_jobs(&free, level, *window, policy, now) {
            taken.extend(job.inputs.iter().map(|block| block.id));
            jobs.push(job);
        }
    }
    jobs.sort_by_key(|job| (job.level, job.range, job.output));
    jobs
}

fn level_jobs(
    blocks: &[Arc<BlockMeta>],
    level: u8,
    window: Duration,
    policy: &CompactionPolicy,
    now: Nanos,
) -> Vec<MergeJob> {
    let nanos = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX).max(1);
    let mut windows: BTreeMap<i64, Vec<Arc<BlockMeta>>> = BTreeMap::new();
    for block in blocks.iter().filter(|block| block.level <= level) {
        windows.entry(block.start.0.div_euclid(nanos(window))).or_default().push(block.clone());
    }
    let mut jobs = Vec::new();
    for (number, members) in windows {
        let end = number.saturating_add(1).saturating_mul(nanos(window));
        let closed = now.0.saturating_sub(nanos(policy.delay)) >= end;
        let due = if closed {
            is_worth(&members, level, policy)
        } else {
            level == 1 && lower(&members, level) >= policy.eager
        };
        if due {
            jobs.extend(split(members, level, closed, policy));
        }
    }
    jobs
}

fn lower(members: &[Arc<BlockMeta>], level: u8) -> usize {
    members.iter().filter(|block| block.level < level).count()
}

/// In a closed window: everything is merged once, and again when what came late is many blocks or a quarter of the bytes.
fn is_worth(members: &[Arc<BlockMeta>], level: u8, policy: &CompactionPolicy) -> bool {
    let bytes = |merged: bool| {
        let chosen = members.iter().filter(|block| (block.level == level) == merged);
        chosen.fold(0u64, |sum, block| sum.saturating_add(block.bytes))
    };
    let late = lower(members, level);
    late > 0 && (late >= policy.eager || bytes(false) >= bytes(true) / 4)
}

/// Cuts the blocks of a window into jobs that the policy's bounds allow, in order of time.
fn split(members: Vec<Arc<BlockMeta>>, level: u8, closed: bool, policy: &CompactionPolicy) -> Vec<MergeJob> {
    let mut jobs = Vec::new();
    let mut inputs: Vec<Arc<BlockMeta>> = Vec::new();
    let mut bytes = 0u64;
    // In an open window, what is merged already stays: it is merged once more when the window closes.
    for block in members.into_iter().filter(|block| closed || block.level < level) {
        let full = inputs.len() >= policy.max_inputs.max(2);
        if full || bytes.saturating_add(block.bytes) > policy.max_bytes {
            jobs.extend(job(std::mem::take(&mut inputs), level));
            bytes = 0;
        }
        bytes = bytes.saturating_add(block.bytes);
        inputs.push(block);
    }
    jobs.extend(job(inputs, level));
    jobs
}

fn job(inputs: Vec<Arc<BlockMeta>>, level: u8) -> Option<MergeJob> {
    let worth = inputs.len() >= 2 && inputs.iter().any(|block| block.level < level);
    let (first, last) = (inputs.iter().map(|b| b.start).min()?, inputs.iter().map(|b| b.end).max()?);
    let ids: Vec<[u8; 16]> = inputs.iter().map(|block| block.id.0.to_be_bytes()).collect();
    let mut parts: Vec<&[u8]> = vec![b"merge", std::slice::from_ref(&level)];
    parts.extend(ids.iter().map(|id| &id[..]));
    let output = BlockId::derive(&parts);
    worth.then_some(MergeJob { inputs, level, output, range: (first, last) })
}

#[cfg(test)]
mod tests;
