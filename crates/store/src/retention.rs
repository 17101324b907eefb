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
    let mut goes = |block: &BlockMeta| {
        let too_old = horizon.is_some_and(|horizon| block.end <= horizon);
        let too_much = policy.max_bytes.is_some_and(|max| left > max);
        if too_old || too_much {
            left = left.saturating_sub(block.bytes);
        }
        too_old || too_much
    };
    blocks.into_iter().take_while(|block| goes(block)).map(|block| block.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Delta;
    use proptest::prelude::*;

    fn snapshot(ends_and_bytes: &[(i64, u64)]) -> Snapshot {
        let add = ends_and_bytes.iter().enumerate().map(|(n, &(end, bytes))| BlockMeta {
            id: BlockId(n as u128),
            tenant: Tenant::anonymous(),
            signal: Signal::Logs,
            level: 0,
            start: Nanos(end - 10),
            end: Nanos(end),
            rows: 1,
            bytes,
            covered: None,
        });
        let delta = Delta { add: add.collect(), ..Delta::default() };
        Snapshot::default().with(&delta, Nanos(0)).unwrap()
    }

    #[track_caller]
    fn check(blocks: &[(i64, u64)], max_age: Option<u64>, max_bytes: Option<u64>, gone: &[u128]) {
        let policy = RetentionPolicy { max_age: max_age.map(Duration::from_nanos), max_bytes };
        let ids = expired(&snapshot(blocks), &Tenant::anonymous(), Signal::Logs, &policy, Nanos(1000));
        assert_eq!(ids, gone.iter().map(|id| BlockId(*id)).collect::<Vec<_>>());
    }

    #[test]
    fn age_and_size_take_the_oldest() {
        let blocks = [(900, 5), (100, 7), (500, 6)];
        check(&blocks, None, None, &[]);
        check(&blocks, Some(600), None, &[1]);
        check(&blocks, Some(500), None, &[1, 2]);
        check(&blocks, None, Some(18), &[]);
        check(&blocks, None, Some(17), &[1]);
        check(&blocks, None, Some(10), &[1, 2]);
        check(&blocks, None, Some(0), &[1, 2, 0]);
        check(&blocks, Some(950), Some(11), &[1]);
        let other = expired(
            &snapshot(&blocks),
            &Tenant::anonymous(),
            Signal::Metrics,
            &RetentionPolicy { max_age: None, max_bytes: Some(0) },
            Nanos(0),
        );
        assert!(other.is_empty());
    }

    proptest! {
        #[test]
        fn what_stays_fits_and_nothing_young_goes_needlessly(
            blocks in proptest::collection::vec((0i64..1000, 1u64..100), 0..30), age in 0u64..1200, max in 0u64..2000,
        ) {
            let policy = RetentionPolicy { max_age: Some(Duration::from_nanos(age)), max_bytes: Some(max) };
            let gone = expired(&snapshot(&blocks), &Tenant::anonymous(), Signal::Logs, &policy, Nanos(1000));
            let (out, stay): (Vec<_>, Vec<_>) = (0..blocks.len()).partition(|n| gone.contains(&BlockId(*n as u128)));
            let bytes: u64 = stay.iter().map(|n| blocks[*n].1).sum();
            prop_assert!(bytes <= max && stay.iter().all(|n| blocks[*n].0 > 1000 - age as i64));
            if let Some(last) = out.iter().max_by_key(|n| (blocks[**n].0, **n)) {
                prop_assert!(blocks[*last].0 <= 1000 - age as i64 || bytes + blocks[*last].1 > max);
            }
        }
    }
}
