//! Downsampling: blocks of a certain age get a companion that answers functions over long windows from few values, and may
//! then lose their samples.
//!
//! On the keeping walk after merges. A companion is a block of the usual format, in which each series occurs once for each
//! [`Digest`], told by a label of its own; its level says that it is one, so merges leave it alone. Its id follows from the block
//! that it stands beside: what is merged, deleted from or rewritten has another id, so its companion is made anew.
//! Invariants: a query that was not asked to use companions sees the samples as long as there are any; a companion is
//! committed with the removal of the block whose place it takes.

mod windows;

use crate::block::scan::BlockScan;
use crate::block::sections::HISTOGRAMS;
use crate::block::writer::SeriesInput;
use crate::error::TsdbError;
use crate::merge::Output;
use crate::parts::{Parts, SharedTimes};
use crate::tsdb::Tsdb;
use contract::Digest;
use model::{Labels, Matcher, Nanos, Tenant};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use store::{BlockId, BlockMeta, Delta, Signal, Snapshot, StoreError};

/// Rules of one engine: each is asked of every block.
pub const MAX_DOWNSAMPLING_RULES: usize = 16;
/// A minute: what is finer saves little.
const LEAST_RESOLUTION: Duration = Duration::from_secs(60);
/// A day: a block holds no more.
const MOST_RESOLUTION: Duration = Duration::from_secs(86_400);

/// The level of a companion whose block is there.
pub(crate) const BESIDE: u8 = 64;
/// The level of a companion whose block is gone.
pub(crate) const ALONE: u8 = 65;
/// The label that tells a companion's series apart: before every other in order.
const DIGEST: &str = "\u{1}";
/// In order of their names.
const DIGESTS: [Digest; 6] =
    [Digest::Count, Digest::Counter, Digest::Greatest, Digest::Last, Digest::Least, Digest::Sum];

/// Which blocks get a companion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownsamplingRule {
    /// Whose; `None`: everyone's.
    pub tenant: Option<Tenant>,
    /// At what age.
    pub after: Duration,
    /// The length of its windows.
    pub resolution: Duration,
    /// Whether the block keeps its samples.
    pub keep_raw: bool,
}

/// The rules of an engine.
#[derive(Debug, Clone, Default)]
pub struct DownsamplingRules(Vec<DownsamplingRule>);

/// Rules that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDownsampling {
    /// More than an engine takes.
    #[error("{0} rules of downsampling; at most {MAX_DOWNSAMPLING_RULES}")]
    TooMany(usize),
    /// A resolution that is too fine, too coarse, or no whole number of milliseconds.
    #[error("a resolution of {0:?}; it is from a minute to a day, in whole milliseconds")]
    Resolution(Duration),
    /// A rule after one that drops samples has nothing to work on.
    #[error(
        "samples are dropped after {0:?}, but a later rule needs them: only a tenant's last may drop them"
    )]
    Dropped(Duration),
}

impl DownsamplingRules {
    /// Checks the rules.
    pub fn of(rules: Vec<DownsamplingRule>) -> Result<Self, BadDownsampling> {
        if rules.len() > MAX_DOWNSAMPLING_RULES {
            return Err(BadDownsampling::TooMany(rules.len()));
        }
        for rule in &rules {
            let whole = rule.resolution.subsec_nanos() % 1_000_000 == 0;
            if !whole || !(LEAST_RESOLUTION..=MOST_RESOLUTION).contains(&rule.resolution) {
                return Err(BadDownsampling::Resolution(rule.resolution));
            }
            let same = |other: &&DownsamplingRule| {
                other.tenant.is_none() || rule.tenant.is_none() || other.tenant == rule.tenant
            };
            if !rule.keep_raw && rules.iter().filter(same).any(|other| other.after > rule.after) {
                return Err(BadDownsampling::Dropped(rule.after));
            }
        }
        Ok(DownsamplingRules(rules))
    }

    /// The rules of a tenant, the coarsest first.
    fn of_tenant<'a>(&'a self, tenant: &'a Tenant) -> Vec<&'a DownsamplingRule> {
        let own = |rule: &&DownsamplingRule| rule.tenant.as_ref().is_none_or(|own| own == tenant);
        let mut rules: Vec<_> = self.0.iter().filter(own).collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.resolution));
        rules
    }
}

impl DownsamplingRule {
    fn millis(&self) -> i64 {
        i64::try_from(self.resolution.as_millis()).unwrap_or(i64::MAX)
    }

    fn is_due(&self, block: &BlockMeta, now: Nanos) -> bool {
        let after = i64::try_from(self.after.as_nanos()).unwrap_or(i64::MAX);
        block.end.0 <= now.0.saturating_sub(after)
    }

    /// The companion of a block by this rule.
    fn companion(&self, of: BlockId) -> BlockId {
        BlockId::derive(&[b"digest", &of.0.to_be_bytes(), &self.millis().to_be_bytes()])
    }
}

fn name(digest: Digest) -> &'static str {
    match digest {
        Digest::Count => "count",
        Digest::Counter => "counter",
        Digest::Greatest => "greatest",
        Digest::Last => "last",
        Digest::Least => "least",
        Digest::Sum => "sum",
    }
}

/// What a companion's series of `digest` match beside what is asked for.
pub(crate) fn matcher(digest: Digest) -> Matcher {
    Matcher::equal(DIGEST, name(digest))
}

/// Whether a label is told to nobody.
pub(crate) fn is_hidden(label: &str) -> bool {
    label == DIGEST
}

/// The labels that a companion's series has outside.
pub(crate) fn shown(labels: Labels) -> Labels {
    if labels.get(DIGEST).is_some() { labels.without(&[DIGEST]) } else { labels }
}

/// What to do with a tenant's companions.
#[derive(Debug, Default)]
struct Due {
    /// A block that is to get a companion, by a rule.
    make: Option<(Arc<BlockMeta>, DownsamplingRule)>,
    /// Companions whose blocks are no more.
    stale: Vec<BlockId>,
}

impl Tsdb {
    /// Makes one companion if one is due, and drops those that stand beside nothing; `maintaining` is held.
    pub(crate) async fn downsample(&self, tenant: &Tenant) -> Result<(), TsdbError> {
        let due = self.due(tenant, &self.options.catalog.snapshot());
        let mut delta = Delta { remove: due.stale, ..Delta::default() };
        if let Some((block, rule)) = due.make {
            match self.companion(&block, &rule).await? {
                Some(companion) => {
                    if companion.level == ALONE {
                        delta.remove.push(block.id);
                    }
                    delta.add.push(companion);
                }
                None => drop(self.spared.lock().expect("no panic while it is held").insert(block.id)),
            }
        }
        if delta == Delta::default() {
            return Ok(());
        }
        match self.options.catalog.commit(delta).await {
            Ok(_) => self.changes.count(tenant),
            // Another process changed the same blocks first; the next round looks again.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn due(&self, tenant: &Tenant, snapshot: &Snapshot) -> Due {
        let rules = self.options.downsampling.of_tenant(tenant);
        let now = Nanos(self.options.clock.now_nanos());
        let all: Vec<&Arc<BlockMeta>> = snapshot.blocks(tenant, Signal::Metrics).collect();
        let mut beside: HashSet<BlockId> =
            all.iter().filter(|block| block.level == BESIDE).map(|block| block.id).collect();
        let spared = self.spared.lock().expect("no panic while it is held");
        let mut make = None;
        for block in all.iter().filter(|block| block.level < BESIDE) {
            for rule in rules.iter().filter(|rule| rule.is_due(block, now)) {
                let there = beside.remove(&rule.companion(block.id));
                if (!there || !rule.keep_raw) && make.is_none() && !spared.contains(&block.id) {
                    make = Some(((*block).clone(), (*rule).clone()));
                }
            }
        }
        Due { make, stale: beside.into_iter().collect() }
    }

    /// Stores the companion of a block; `None` when it has native histograms, which stay as they are.
    async fn companion(
        &self,
        of: &Arc<BlockMeta>,
        rule: &DownsamplingRule,
    ) -> Result<Option<BlockMeta>, TsdbError> {
        let block = self.block(of).await?;
        if block.has(HISTOGRAMS) {
            return Ok(None);
        }
        let level = if rule.keep_raw { BESIDE } else { ALONE };
        let id = rule.companion(of.id);
        // One that took the place of its block is another one than that beside it, so that both may be in one commit.
        let id = if rule.keep_raw { id } else { BlockId::derive(&[b"alone", &id.0.to_be_bytes()]) };
        let meta = BlockMeta { id, level, rows: 0, bytes: 0, ..BlockMeta::clone(of) };
        let mut output = Output::begin(&self.options.objects, &self.options.spool_dir(), &meta).await?;
        output.builder.touch(block.header.first);
        output.builder.touch(block.header.last);
        let mut written = (Vec::new(), Vec::new());
        for digest in DIGESTS {
            output.builder.break_page();
            let (mut shared, mut parts) = (SharedTimes::default(), Parts::default());
            let mut scan = BlockScan::new(block.clone(), 1).await?;
            while let Some(labels) = scan.peek().cloned() {
                parts.clear();
                scan.next(&mut parts).await?;
                let merged = parts.merge(&mut shared);
                windows::digest(digest, rule.millis(), &merged.times, merged.values, &mut written);
                if written.0.is_empty() {
                    continue;
                }
                output.builder.push(SeriesInput {
                    labels: &labels.with(DIGEST, name(digest)),
                    times: &written.0,
                    values: &written.1,
                    histograms: &[],
                    exemplars: &[],
                    starts: &[],
                    histogram_starts: &[],
                });
                output.drain().await?;
            }
        }
        Ok(Some(output.finish(meta).await?.meta))
    }

    /// The companions of a tenant that stand beside their blocks.
    pub(crate) fn companions(&self, tenant: &Tenant) -> HashMap<BlockId, Arc<BlockMeta>> {
        let snapshot = self.options.catalog.snapshot();
        let all = snapshot.blocks(tenant, Signal::Metrics).filter(|block| block.level == BESIDE);
        all.map(|block| (block.id, block.clone())).collect()
    }

    /// The companion of a block whose windows fit windows of a query that begin and end at multiples of `edges`
    /// milliseconds: the coarsest there is.
    pub(crate) fn companion_of<'a>(
        &self,
        block: &BlockMeta,
        edges: i64,
        companions: &'a HashMap<BlockId, Arc<BlockMeta>>,
    ) -> Option<&'a Arc<BlockMeta>> {
        let rules = self.options.downsampling.of_tenant(&block.tenant);
        let mut fitting = rules.iter().filter(|rule| edges % rule.millis() == 0);
        fitting.find_map(|rule| companions.get(&rule.companion(block.id)))
    }
}
