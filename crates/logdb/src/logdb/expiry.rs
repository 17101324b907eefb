//! Streams whose lines live shorter than the blocks they are in.
//!
//! Merges leave out what is past its life; a block that no merge is due for is rewritten here, once for each life that some of
//! its streams have: when the last line of all of them is past it. Stop of the keeping walk beside `store::expired`, which
//! removes whole blocks. Invariant: after a rewrite no stream with that life is left in the block, so the same block is not
//! due again.

use super::LogDb;
use crate::block::OpenBlock;
use crate::error::LogError;
use crate::merge::{Room, longest_life};
use model::{Nanos, Tenant};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use store::{BlockId, BlockMeta, CompactionPolicy, MergeJob, RetentionPolicy, Signal};

/// When each block is due next, as far as it was looked at; `i64::MAX` for never.
#[derive(Default)]
pub(super) struct Expiries(Mutex<HashMap<BlockId, i64>>);

/// Of a bound on bytes: a block that is merged takes at most one in so many, since blocks are deleted whole.
const BLOCKS_OF_BOUND: u64 = 10;

impl LogDb {
    /// How long and how much is kept of a tenant.
    pub(super) fn retention_of(&self, tenant: &Tenant) -> RetentionPolicy {
        let options = &self.options;
        let max_bytes = options.tenant_max_bytes.get(tenant).copied().or(options.retention.max_bytes);
        RetentionPolicy { max_bytes, ..options.retention }
    }

    /// When blocks of a tenant are merged.
    pub(super) fn compaction_of(&self, tenant: &Tenant) -> CompactionPolicy {
        let bound = self.retention_of(tenant).max_bytes.unwrap_or(u64::MAX) / BLOCKS_OF_BOUND;
        let policy = &self.options.compaction;
        CompactionPolicy { max_bytes: policy.max_bytes.min(bound), ..policy.clone() }
    }

    /// Rewrites the blocks of a tenant that hold lines past the life of their streams.
    pub(super) async fn expire_streams(&self, tenant: &Tenant, now: Nanos) -> Result<(), LogError> {
        if self.options.stream_retention.is_empty() {
            return Ok(());
        }
        let snapshot = self.state.read().unwrap_or_else(PoisonError::into_inner).snapshot.clone();
        {
            let ids: HashSet<BlockId> = snapshot.all_blocks().map(|meta| meta.id).collect();
            let mut known = self.expiries.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|id, _| ids.contains(id));
        }
        for meta in snapshot.blocks(tenant, Signal::Logs) {
            let due = self.next_expiry(meta).await?;
            if due > now.0 {
                continue;
            }
            let id = [meta.id.to_string().into_bytes(), due.to_be_bytes().to_vec()].concat();
            let output = BlockId::derive(&[b"logs/expire", &id]);
            let range = (meta.start, meta.end);
            let job = MergeJob { level: meta.level, range, inputs: vec![meta.clone()], output };
            self.merge(&job, &[], Room::default()).await?;
            tracing::info!(%tenant, block = %meta.id, "lines past the life of their streams removed");
        }
        Ok(())
    }

    async fn next_expiry(&self, meta: &Arc<BlockMeta>) -> Result<i64, LogError> {
        let known = self.expiries.0.lock().unwrap_or_else(PoisonError::into_inner).get(&meta.id).copied();
        if let Some(due) = known {
            return Ok(due);
        }
        let open = self.blocks.open(meta).await?;
        let due = self.expiry_of(&open, &meta.tenant);
        self.expiries.0.lock().unwrap_or_else(PoisonError::into_inner).insert(meta.id, due);
        Ok(due)
    }

    /// The first time at which all lines of some life are past it.
    fn expiry_of(&self, open: &OpenBlock, tenant: &Tenant) -> i64 {
        let mut last: BTreeMap<i64, i64> = BTreeMap::new();
        for (stream, span) in open.streams.iter().zip(&open.spans) {
            // A stream without lines has a last time before its first.
            let there = span.0 <= span.1;
            let life = longest_life(&self.options.stream_retention, tenant, &stream.labels);
            if let Some(life) = life.filter(|_| there) {
                let end = last.entry(life).or_insert(i64::MIN);
                *end = (*end).max(span.1);
            }
        }
        // Kept are lines of `now - life` and later.
        let due = last.into_iter().map(|(life, last)| last.saturating_add(life).saturating_add(1));
        due.min().unwrap_or(i64::MAX)
    }
}
