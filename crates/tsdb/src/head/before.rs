//! What heads before the current one hold: a sample that is sent again after a flush meets what was stored before it.
//!
//! On the write walk beside `append.rs`. Sealed heads on their way into blocks are asked for every sample; of heads that
//! are in blocks the last sample of each series stays in memory, which is what a sender that tries again repeats:
//! ```text
//! sealed heads      labels -> series -> any time
//! flushed heads     hash of labels -> (last time, bits)      the head before, and of earlier ones the last three hours
//! ```
//! Invariant: what is older, or was forgotten, is stored once more and joined when it is read or merged: of two samples
//! of one time the later in the log counts.

use super::group::Verdict;
use super::series::Shard;
use super::{Head, SHARDS};
use crate::histogram::encode_histogram;
use model::{FloatHistogram, Tenant};
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Three hours: as long as the replaced system keeps a series in memory that is not written any more.
const KEPT_MILLIS: i64 = 3 * 3_600_000;

/// The last sample of a series: 25 bytes and padding.
#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Hash of the labels.
    series: u64,
    at: i64,
    /// The bits of the float, or a hash of the histogram.
    bits: u64,
    is_histogram: bool,
}

/// The last samples of one tenant's flushed heads.
#[derive(Debug, Default)]
pub(crate) struct Before {
    /// By hash of the labels.
    shards: [Vec<Seen>; SHARDS],
    until: [i64; SHARDS],
}

/// The last samples of all tenants' flushed heads.
pub(crate) type AllBefore = BTreeMap<Tenant, Arc<Before>>;

impl Before {
    /// What stays of `head`, which is in blocks, and of what stayed of the heads before it.
    pub(crate) fn of(head: &Head, earlier: Option<&Before>, now: i64) -> Before {
        let mut before = Before { shards: Default::default(), until: [i64::MIN; SHARDS] };
        for (number, shard) in head.shards.iter().enumerate() {
            let shard = shard.read().expect("a panicking writer ends the process");
            let mut seen: Vec<Seen> =
                (0..shard.slots.len() as u32).filter_map(|id| last(&shard, id)).collect();
            let from_now = now.saturating_sub(KEPT_MILLIS);
            let kept = earlier.into_iter().flat_map(|earlier| &earlier.shards[number]);
            seen.extend(kept.filter(|seen| seen.at >= from_now));
            seen.sort_unstable_by_key(|seen| (seen.series, std::cmp::Reverse(seen.at)));
            seen.dedup_by_key(|seen| seen.series);
            seen.shrink_to_fit();
            before.until[number] = seen.iter().map(|seen| seen.at).max().unwrap_or(i64::MIN);
            before.shards[number] = seen;
        }
        before
    }

    /// Whether nothing in it is young enough to be kept.
    pub(crate) fn is_over(&self, now: i64) -> bool {
        self.until.iter().all(|until| *until < now.saturating_sub(KEPT_MILLIS))
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.shards.iter().map(|seen| seen.capacity() * size_of::<Seen>()).sum()
    }

    fn find(&self, shard: usize, series: u64) -> Option<&Seen> {
        let seen = &self.shards[shard];
        seen.binary_search_by_key(&series, |seen| seen.series).ok().map(|at| &seen[at])
    }
}

fn last(shard: &Shard, id: u32) -> Option<Seen> {
    let series = hash_labels(shard.index.iter(id));
    let histogram = shard.histograms.range((id, i64::MIN)..=(id, i64::MAX)).next_back();
    let float = shard.last_float(id);
    match (float, histogram) {
        (Some((at, bits)), None) => Some(Seen { series, at, bits, is_histogram: false }),
        (Some((at, bits)), Some(((_, other), _))) if at > *other => {
            Some(Seen { series, at, bits, is_histogram: false })
        }
        (_, Some(((_, at), histogram))) => {
            Some(Seen { series, at: *at, bits: hash_histogram(histogram), is_histogram: true })
        }
        (None, None) => None,
    }
}

/// A hash of a label set that is the same in all heads and blocks.
pub(crate) fn hash_labels<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> u64 {
    labels.fold(0, |hash, (name, value)| {
        xxh3_64_with_seed(value.as_bytes(), xxh3_64_with_seed(name.as_bytes(), hash))
    })
}

fn hash_histogram(histogram: &FloatHistogram) -> u64 {
    let mut bytes = Vec::new();
    encode_histogram(&mut bytes, histogram);
    xxh3_64(&bytes)
}

/// What one shard's earlier heads hold, as an append sees it.
#[derive(Debug)]
pub(crate) struct Earlier {
    shard: usize,
    /// Newest first.
    sealed: Vec<Arc<Head>>,
    flushed: Option<Arc<Before>>,
    /// No earlier head has a sample after this.
    until: i64,
}

impl Earlier {
    /// Of sealed heads, newest first, and of what stayed of flushed ones.
    pub(crate) fn new(shard: usize, sealed: Vec<Arc<Head>>, flushed: Option<Arc<Before>>) -> Self {
        let latest =
            |head: &Arc<Head>| head.shards[shard].read().expect("a panicking writer ends the process").latest;
        let in_sealed = sealed.iter().map(latest).max().unwrap_or(i64::MIN);
        let in_flushed = flushed.as_ref().map_or(i64::MIN, |before| before.until[shard]);
        Earlier { shard, sealed, flushed, until: in_sealed.max(in_flushed) }
    }

    /// Whether an earlier head may have a sample at `at`: mostly not, as samples come in order.
    pub(crate) fn may_have(&self, at: i64) -> bool {
        at <= self.until
    }

    /// What a float would meet.
    pub(crate) fn float<'a>(
        &self,
        labels: impl Iterator<Item = (&'a str, &'a str)> + Clone,
        at: i64,
        bits: u64,
    ) -> Verdict {
        let met = self.in_sealed(labels.clone(), |shard, id| shard.own_float_verdict(id, at, bits));
        met.unwrap_or_else(|| match self.seen(labels, at) {
            None => Verdict::Fresh,
            Some(seen) if seen.is_histogram => Verdict::Duplicate { there: None },
            Some(seen) if seen.bits == bits => Verdict::Same,
            Some(seen) => Verdict::Duplicate { there: Some(seen.bits) },
        })
    }

    /// What a histogram would meet.
    pub(crate) fn histogram<'a>(
        &self,
        labels: impl Iterator<Item = (&'a str, &'a str)> + Clone,
        at: i64,
        histogram: &FloatHistogram,
    ) -> Verdict {
        let met = self.in_sealed(labels.clone(), |shard, id| shard.own_histogram_verdict(id, at, histogram));
        met.unwrap_or_else(|| match self.seen(labels, at) {
            None => Verdict::Fresh,
            Some(seen) if seen.is_histogram && seen.bits == hash_histogram(histogram) => Verdict::Same,
            Some(seen) => Verdict::Duplicate { there: (!seen.is_histogram).then_some(seen.bits) },
        })
    }

    /// The first answer of the sealed heads that is not "fresh".
    fn in_sealed<'a>(
        &self,
        labels: impl Iterator<Item = (&'a str, &'a str)> + Clone,
        verdict: impl Fn(&Shard, u32) -> Verdict,
    ) -> Option<Verdict> {
        self.sealed.iter().find_map(|head| {
            let shard = head.shards[self.shard].read().expect("a panicking writer ends the process");
            let id = shard.index.find(labels.clone())?;
            Some(verdict(&shard, id)).filter(|verdict| *verdict != Verdict::Fresh)
        })
    }

    fn seen<'a>(&self, labels: impl Iterator<Item = (&'a str, &'a str)>, at: i64) -> Option<&Seen> {
        let seen = self.flushed.as_ref()?.find(self.shard, hash_labels(labels))?;
        (seen.at == at).then_some(seen)
    }
}
