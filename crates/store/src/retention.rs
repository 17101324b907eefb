//! Retention: which blocks of a tenant are too old or too much. Decides only; the engine commits the removal.
//!
//! Stop of the keeping walk between `compact.rs` and `catalog.rs`; `sweep.rs` deletes the objects later.

use crate::catalog::Snapshot;
use crate::meta::{BlockId, BlockMeta, Signal};
use model::{Nanos, Tenant};
use std::sync::Arc;
use std::time::Duration;

/// How long and how much to keep of one tenant's signal. `None` keeps everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Blocks whose latest time is older than this go.
    pub max_age: Option<Duration>,
    /// While the blocks together hold more bytes than this, the oldest goes.
    pub max_bytes: Option<u64>,
}

/// The blocks that `policy` does not keep, oldest first.
pub fn expired(
    snapshot: &Snapshot,
    tenant: &Tenant,
    signal: Signal,
    policy: &RetentionPolicy,
    now: Nanos,
) -> Vec<BlockId> {
    let mut blocks: Vec<&Arc<BlockMeta>> = snapshot.blocks(tenant, signal).collect();
    blocks.sort_by_key(|block| (block.end, block.id));
    let horizon = policy.max_age.map(|age| {
        let age = i64::try_from(age.as_nanos()).unwrap_or(i64::MAX);
        Nanos(now.0.saturating_sub(age))
    });
    let mut left: u64 = blocks.iter().fold(0, |sum, block| sum.saturating_add(block.bytes));
    let goes = |block: &BlockMeta| {
        let too_old = horizon.is_some_and(|horizon| block.end <= horizon);
        let too_much = policy.max_bytes.is_some_and(|max| left > max);
        if too_old || too_much {
            left = left.saturating_sub(block.bytes);
        }
        too_old || too_much
    };
    let mut goes = goes;
    blocks.into_iter().take_while(|block| goes(block)).map(|block| block.id).collect()
}
