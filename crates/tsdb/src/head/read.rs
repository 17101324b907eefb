//! A look at a head: under the shard's lock only shared segments are cloned and open cells copied; decoding comes later.
//!
//! On the read walk beside `block/reader.rs`. What was cut stays as it was, whatever writers and flushes do meanwhile.

use super::Head;
use super::series::Shard;
use crate::chunk::Segment;
use crate::error::TsdbError;
use crate::parts::{ANY_VALUE, Parts, within};
use crate::starts::Run;
use contract::Need;
use index::{IdsRef, IndexError, RoaringBitmap, Selection};
use model::{Exemplar, FloatHistogram, Labels, Matcher, is_stale};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Times from the first to the last, both inside.
pub(crate) type Span = std::ops::RangeInclusive<i64>;

/// What the series of one group share in a cut.
#[derive(Debug)]
struct GroupCut {
    segments: Vec<Arc<Segment>>,
}

/// One series of a head as it was when the cut was taken.
#[derive(Debug)]
pub(crate) struct HeadSeries {
    pub(crate) labels: Labels,
    group: Arc<GroupCut>,
    slot: u32,
    open_times: Arc<[i64]>,
    open_values: Vec<f64>,
    histograms: Vec<(i64, Arc<FloatHistogram>)>,
    starts: Vec<Run>,
}

impl HeadSeries {
    /// Columns that are read for this series, one at least.
    pub(crate) fn columns(&self) -> usize {
        self.group.segments.len() + 1
    }

    /// Adds the pieces of this series in `span`.
    pub(crate) fn add_to(&self, span: &Span, need: Need, parts: &mut Parts) -> Result<(), TsdbError> {
        parts.place(&self.starts);
        let only_times = need == Need::Times;
        for segment in &self.group.segments {
            let Some(times) = segment.times(self.slot) else { continue };
            let range = within(times, *span.start(), *span.end());
            if only_times && segment.is_number(self.slot) {
                parts.push_constant(times, range, ANY_VALUE);
                continue;
            }
            let wanted = range.clone();
            parts.push(times, range, |integers, values| {
                segment.values(self.slot, wanted, integers, values);
                Ok(())
            })?;
        }
        if only_times && !self.open_values.iter().any(|value| is_stale(*value)) {
            parts.push_constant(&self.open_times, 0..self.open_times.len(), ANY_VALUE);
            parts.push_histograms(self.histograms.clone());
            return Ok(());
        }
        parts.push(&self.open_times, 0..self.open_times.len(), |_, values| {
            values.extend_from_slice(&self.open_values);
            Ok(())
        })?;
        parts.push_histograms(self.histograms.clone());
        Ok(())
    }
}

/// The matching series of a head with their samples in `span`, in no order; each with what is needed of them.
pub(crate) fn select(
    head: &Head,
    matchers: &[Matcher],
    span: &Span,
    need: Need,
) -> Result<Vec<HeadSeries>, TsdbError> {
    let (mut out, selection) = (Vec::new(), Selection::of(matchers));
    for shard in &head.shards {
        let shard = shard.read().expect("a panicking writer ends the process");
        let ids = selection.ids(&shard.index)?;
        if ids.is_empty() {
            continue;
        }
        let mut cutter =
            Cutter { latest: need == Need::Last, query: true, ..Cutter::new(&shard, span.clone()) };
        out.extend(ids.iter().filter_map(|id| cutter.series(id)));
    }
    Ok(out)
}

/// Cuts series out of one shard.
#[derive(Debug)]
pub(crate) struct Cutter<'a> {
    shard: &'a Shard,
    span: Span,
    /// Of most series only the last sample is cut.
    latest: bool,
    /// Label sets are kept for the next query.
    query: bool,
    groups: FxHashMap<u32, Arc<GroupCut>>,
    /// By group: most series of a group were open at the same times as the one before.
    open_times: FxHashMap<u32, Arc<[i64]>>,
    without_segments: Option<Arc<GroupCut>>,
    times: Vec<i64>,
    values: Vec<f64>,
}

impl<'a> Cutter<'a> {
    pub(crate) fn new(shard: &'a Shard, span: Span) -> Self {
        let (groups, open_times) = Default::default();
        let (times, values) = (Vec::new(), Vec::new());
        Cutter {
            shard,
            span,
            latest: false,
            query: false,
            groups,
            open_times,
            without_segments: None,
            times,
            values,
        }
    }

    /// The last sample of a series where it is at hand: an open float in the span. A series is spread over the rows of its
    /// group, so reading all of it is a walk through memory.
    fn newest(&mut self, id: u32) -> Option<HeadSeries> {
        let shard = self.shard;
        if !self.latest || !shard.histograms.is_empty() || shard.has_starts() {
            return None;
        }
        let slot = shard.slots[id as usize];
        let (at, bits) = shard.groups[slot.group as usize].newest(slot.slot)?;
        if !self.span.contains(&at) {
            return None;
        }
        let none = || Arc::new(GroupCut { segments: Vec::new() });
        let group = self.without_segments.get_or_insert_with(none).clone();
        let known = self.open_times.entry(slot.group).or_insert_with(|| Arc::from([at]));
        if known.as_ref() != [at] {
            *known = Arc::from([at]);
        }
        Some(HeadSeries {
            labels: if self.query { shard.labels(id) } else { shard.index.labels(id) },
            group,
            slot: slot.slot,
            open_times: known.clone(),
            open_values: vec![f64::from_bits(bits)],
            histograms: Vec::new(),
            starts: Vec::new(),
        })
    }

    /// One series, unless it has no sample in the span.
    pub(crate) fn series(&mut self, id: u32) -> Option<HeadSeries> {
        if let Some(newest) = self.newest(id) {
            return Some(newest);
        }
        let (shard, start, end) = (self.shard, *self.span.start(), *self.span.end());
        let slot = shard.slots[id as usize];
        let group = &shard.groups[slot.group as usize];
        let cut = self.groups.entry(slot.group).or_insert_with(|| {
            let inside = |s: &&Arc<Segment>| s.first <= end && s.last >= start;
            Arc::new(GroupCut { segments: group.sealed().iter().filter(inside).cloned().collect() })
        });
        self.times.clear();
        self.values.clear();
        group.open(slot.slot, start..=end, &mut self.times, &mut self.values);
        let histograms: Vec<_> = match shard.histograms.is_empty() {
            true => Vec::new(),
            false => {
                shard.histograms.range((id, start)..=(id, end)).map(|((_, at), h)| (*at, h.clone())).collect()
            }
        };
        let sealed = || {
            let times = cut.segments.iter().filter_map(|segment| segment.times(slot.slot));
            times.into_iter().any(|times| !within(times, start, end).is_empty())
        };
        if self.values.is_empty() && histograms.is_empty() && !sealed() {
            return None;
        }
        let known = self.open_times.entry(slot.group).or_insert_with(|| self.times.as_slice().into());
        if known.as_ref() != self.times.as_slice() {
            *known = self.times.as_slice().into();
        }
        Some(HeadSeries {
            labels: if self.query { shard.labels(id) } else { shard.index.labels(id) },
            group: cut.clone(),
            slot: slot.slot,
            open_times: known.clone(),
            open_values: self.values.clone(),
            histograms,
            starts: shard.starts(id).to_vec(),
        })
    }
}

/// Whether a series has a sample in `span`.
fn has_samples(shard: &Shard, id: u32, span: &Span) -> bool {
    let slot = shard.slots[id as usize];
    let group = &shard.groups[slot.group as usize];
    let sealed = group.sealed().iter().any(|segment| {
        segment.first <= *span.end()
            && segment.last >= *span.start()
            && segment.times(slot.slot).is_some_and(|t| !within(t, *span.start(), *span.end()).is_empty())
    });
    if sealed || shard.histograms.range((id, *span.start())..=(id, *span.end())).next().is_some() {
        return true;
    }
    let (mut times, mut values) = (Vec::new(), Vec::new());
    group.open(slot.slot, span.clone(), &mut times, &mut values);
    !times.is_empty()
}

/// How sets of matchers are carried out, shard after shard.
pub(crate) fn selections(sets: &[Vec<Matcher>]) -> Vec<Selection<'_>> {
    sets.iter().map(|set| Selection::of(set)).collect()
}

/// The ids of a shard that match any of the sets and have a sample in `span`.
pub(crate) fn matching(
    shard: &Shard,
    sets: &[Selection<'_>],
    span: &Span,
) -> Result<RoaringBitmap, TsdbError> {
    let mut ids = RoaringBitmap::new();
    for set in sets {
        ids |= set.ids(&shard.index)?;
    }
    // Tools mostly ask about hours, of which the head is the last part.
    let whole = is_inside(shard, span);
    if whole && shard.all_have_samples() {
        return Ok(ids);
    }
    let has = |id: &u32| if whole { shard.has_samples(*id) } else { has_samples(shard, *id, span) };
    let with = RoaringBitmap::from_sorted_iter(ids.iter().filter(has));
    Ok(with.expect("a bitmap gives its ids in order"))
}

/// Whether all samples of a shard are in `span`.
fn is_inside(shard: &Shard, span: &Span) -> bool {
    *span.start() <= shard.earliest && shard.latest <= *span.end()
}

/// The number of series of a head when `span` is no question: each of them has a sample in it. As long as a head has this
/// many it answers the same.
pub(crate) fn steady(head: &Head, span: &Span) -> Option<u64> {
    head.shards.iter().try_fold(0, |series, shard| {
        let shard = shard.read().expect("a panicking writer ends the process");
        let steady = shard.slots.is_empty() || is_inside(&shard, span) && shard.all_have_samples();
        steady.then(|| series + shard.slots.len() as u64)
    })
}

/// Adds the label sets of matching series.
pub(crate) fn series(
    head: &Head,
    sets: &[Vec<Matcher>],
    span: &Span,
    out: &mut FxHashSet<Labels>,
) -> Result<(), TsdbError> {
    let sets = selections(sets);
    for shard in &head.shards {
        let shard = shard.read().expect("a panicking writer ends the process");
        out.extend(matching(&shard, &sets, span)?.iter().map(|id| shard.labels(id)));
    }
    Ok(())
}

/// Whether any series of a name or value is among `ids`, which are `all` series of the shard.
fn touches(with: IdsRef<'_>, all: bool, ids: &RoaringBitmap) -> Result<bool, IndexError> {
    Ok(if all { !with.is_empty() } else { !with.to_bitmap()?.is_disjoint(ids) })
}

/// Adds the label names of matching series.
pub(crate) fn label_names(
    head: &Head,
    sets: &[Vec<Matcher>],
    span: &Span,
    out: &mut FxHashSet<String>,
) -> Result<(), TsdbError> {
    let sets = selections(sets);
    for shard in &head.shards {
        let shard = shard.read().expect("a panicking writer ends the process");
        let ids = matching(&shard, &sets, span)?;
        let all = ids.len() == shard.slots.len() as u64;
        for (name, with) in shard.index.names() {
            if !out.contains(name) && touches(with, all, &ids)? {
                out.insert(name.to_owned());
            }
        }
    }
    Ok(())
}

/// Adds the values of one label among matching series.
pub(crate) fn label_values(
    head: &Head,
    name: &str,
    sets: &[Vec<Matcher>],
    span: &Span,
    out: &mut FxHashSet<String>,
) -> Result<(), TsdbError> {
    let sets = selections(sets);
    for shard in &head.shards {
        let shard = shard.read().expect("a panicking writer ends the process");
        let ids = matching(&shard, &sets, span)?;
        let all = ids.len() == shard.slots.len() as u64;
        index::LabelIndex::each_value(&shard.index, name, "", &mut |value, with| {
            if !out.contains(value) && touches(with, all, &ids)? {
                out.insert(value.to_owned());
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The exemplars of matching series in `span`.
pub(crate) fn exemplars(
    head: &Head,
    sets: &[Vec<Matcher>],
    span: &Span,
    out: &mut Vec<(Labels, Vec<Exemplar>)>,
) -> Result<(), TsdbError> {
    let sets = selections(sets);
    for shard in &head.shards {
        let shard = shard.read().expect("a panicking writer ends the process");
        let mut ids = RoaringBitmap::new();
        for set in &sets {
            ids |= set.ids(&shard.index)?;
        }
        for (id, exemplars) in shard.exemplars.iter().filter(|(id, _)| ids.contains(**id)) {
            let inside: Vec<Exemplar> =
                exemplars.iter().filter(|e| span.contains(&e.at.0)).cloned().collect();
            if !inside.is_empty() {
                out.push((shard.index.labels(*id), inside));
            }
        }
    }
    Ok(())
}
