//! How long samples are kept: a tenant's blocks go when all of their series are too old; series that rules give less time
//! go before, by rewriting the blocks that hold them.
//!
//! On the keeping walk after merges. Time is that of whole blocks: a series goes with a block's latest sample, so that a
//! block is rewritten at most once a rule. Invariant: what a rule keeps longer than the tenant's other series stays.

use crate::block::reader::{Block, all};
use crate::delete::printed;
use crate::error::TsdbError;
use crate::tsdb::{Tsdb, by_position};
use index::RoaringBitmap;
use model::{Matcher, Nanos, Tenant};
use std::time::Duration;
use store::{BlockId, BlockMeta, Delta, RetentionPolicy, Signal, StoreError, expired};

/// Rules of one engine: each asks the index of every block that it applies to, and has a bit of a word.
pub const MAX_RETENTION_RULES: usize = 63;

/// How long some series are kept.
#[derive(Debug, Clone)]
pub struct RetentionRule {
    /// Whose series; `None`: everyone's.
    pub tenant: Option<Tenant>,
    /// Which series, all must match; none: every one.
    pub matchers: Vec<Matcher>,
    /// How long; `None`: for ever.
    pub keep: Option<Duration>,
}

/// Rules in order: the first that fits a series counts.
#[derive(Debug, Clone, Default)]
pub struct RetentionRules(Vec<RetentionRule>);

/// More rules than an engine takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} rules of retention; at most {MAX_RETENTION_RULES}")]
pub struct TooManyRules(usize);

impl RetentionRules {
    /// Up to [`MAX_RETENTION_RULES`].
    pub fn of(rules: Vec<RetentionRule>) -> Result<Self, TooManyRules> {
        if rules.len() > MAX_RETENTION_RULES {
            Err(TooManyRules(rules.len()))
        } else {
            Ok(RetentionRules(rules))
        }
    }
}

/// What one tenant keeps how long.
#[derive(Debug)]
struct Ages<'a> {
    /// Matchers and age; the first that matches counts.
    some: Vec<(&'a [Matcher], Option<Duration>)>,
    /// The age of all other series.
    rest: Option<Duration>,
}

impl<'a> Ages<'a> {
    fn of(tenant: &Tenant, rules: &'a RetentionRules, policy: &RetentionPolicy) -> Self {
        let mut ages = Ages { some: Vec::new(), rest: policy.max_age };
        for rule in rules.0.iter().filter(|rule| rule.tenant.as_ref().is_none_or(|t| t == tenant)) {
            if rule.matchers.is_empty() {
                // Nothing is left for later rules, nor for the policy.
                ages.rest = rule.keep;
                break;
            }
            ages.some.push((&rule.matchers, rule.keep));
        }
        ages
    }

    /// The longest age; `None` when something is kept for ever.
    fn longest(&self) -> Option<Duration> {
        self.some
            .iter()
            .map(|(_, age)| *age)
            .chain([self.rest])
            .reduce(|a, b| a.zip(b).map(|(a, b)| a.max(b)))?
    }

    /// Which of the ages, the rest last, a block has passed: one bit each.
    fn passed(&self, block: &BlockMeta, now: Nanos) -> u64 {
        let passed = |age: Option<Duration>| {
            let age = age.map(|age| i64::try_from(age.as_nanos()).unwrap_or(i64::MAX));
            age.is_some_and(|age| block.end.0 <= now.0.saturating_sub(age))
        };
        let all = self.some.iter().map(|(_, age)| *age).chain([self.rest]);
        all.enumerate().fold(0, |bits, (n, age)| bits | u64::from(passed(age)) << n)
    }

    /// The series of a block that have passed their age.
    async fn series(&self, block: &Block, passed: u64) -> Result<RoaringBitmap, TsdbError> {
        let (mut gone, mut left) = (RoaringBitmap::new(), all(&block.header));
        for (n, (matchers, _)) in self.some.iter().enumerate() {
            let ids = block.matching(&[matchers.to_vec()]).await? & &left;
            left -= &ids;
            if passed >> n & 1 == 1 {
                gone |= ids;
            }
        }
        if passed >> self.some.len() & 1 == 1 {
            gone |= left;
        }
        Ok(gone)
    }

    fn id(&self, block: &BlockMeta, passed: u64) -> BlockId {
        let (before, bits) = (block.id.0.to_le_bytes(), passed.to_le_bytes());
        let rules: Vec<String> = self.some.iter().map(|(matchers, _)| printed(matchers)).collect();
        let mut parts: Vec<&[u8]> = vec![b"retain", &before, &bits];
        parts.extend(rules.iter().map(String::as_bytes));
        BlockId::derive(&parts)
    }
}

impl Tsdb {
    /// Drops what a tenant no longer keeps; `maintaining` is held.
    pub(crate) async fn expire(&self, tenant: &Tenant) -> Result<(), TsdbError> {
        let policy = self.options.tenant_retention.get(tenant).unwrap_or(&self.options.retention);
        let ages = Ages::of(tenant, &self.options.retention_rules, policy);
        let now = Nanos(self.options.clock.now_nanos());
        let whole = RetentionPolicy { max_age: ages.longest(), ..*policy };
        let remove = expired(&self.options.catalog.snapshot(), tenant, Signal::Metrics, &whole, now);
        if !remove.is_empty() {
            self.swap(tenant, Delta { remove, ..Delta::default() }).await?;
        }
        if ages.some.is_empty() {
            return Ok(());
        }
        for block in by_position(&self.options.catalog.snapshot(), tenant) {
            let passed = ages.passed(&block, now);
            let known = self.expiry.lock().expect("no panic while it is held").get(&block.id).copied();
            if passed == 0 || known == Some(passed) {
                continue;
            }
            let now_called = self.expire_series(&ages, &block, passed).await?;
            let mut expiry = self.expiry.lock().expect("no panic while it is held");
            expiry.extend(now_called.map(|id| (id, passed)));
        }
        Ok(())
    }

    /// Rewrites a block without the series that have passed their age; answers what it is called then, if it is there.
    async fn expire_series(
        &self,
        ages: &Ages<'_>,
        meta: &BlockMeta,
        passed: u64,
    ) -> Result<Option<BlockId>, TsdbError> {
        let block = self.block(&meta.clone().into()).await?;
        let gone = ages.series(&block, passed).await?;
        let rewritten = self.rewrite(block, &gone, &(i64::MIN..=i64::MAX), ages.id(meta, passed)).await?;
        if rewritten.samples == 0 {
            return Ok(Some(meta.id));
        }
        let mut delta = Delta { remove: vec![meta.id], ..Delta::default() };
        let mut id = None;
        if let Some(meta) = rewritten.block {
            id = Some(meta.id);
            delta.add.push(meta);
        }
        self.swap(&meta.tenant, delta).await?;
        Ok(id)
    }

    /// Commits; when another process changed the same blocks first, its result stands and the next round looks again.
    async fn swap(&self, tenant: &Tenant, delta: Delta) -> Result<(), TsdbError> {
        let done = self.options.catalog.commit(delta).await;
        self.changes.count(tenant);
        match done {
            Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
