//! Instant selectors: at each step the latest sample within the look-back, unless it is a stale marker.
//!
//! Series of one target share their timestamps, so the table "step to sample" is made once for all of them.

use super::range::stats_only;
use super::series::histogram_size;
use super::{Done, Exec, Points, Series, Sink};
use crate::functions::extended::{interpolate, interpolate_histograms};
use crate::functions::window::{HistogramSample, Remarks};
use crate::histogram::is_custom;
use crate::plan::{Instant, Part};
use contract::{Need, Series as Stored};
use model::{Millis, ResetHint, is_stale};
use query::{Grid, Span};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// No sample.
const NONE: u32 = u32::MAX;

/// Numbers in remembered tables, 8 MiB: a thousand targets at two thousand steps. Beyond it they are made again.
const MAX_REMEMBERED: usize = 2 << 20;

/// For each step the number of the sample to use, by the address of the times that series share. The times live as long
/// as the evaluation, so an address stays theirs.
#[derive(Default)]
struct Table {
    by_times: FxHashMap<usize, Arc<[u32]>>,
}

/// Points of one round, 5 MiB: what is computed ahead of the sink.
const ROUND_POINTS: usize = 512 << 10;
/// Series of one round: enough for every thread.
const ROUND_SERIES: std::ops::RangeInclusive<usize> = 16..=4096;
/// Points that are worth a thread of their own: about a quarter of a millisecond.
const THREAD_POINTS: usize = 64 << 10;
/// Threads of one query.
const MAX_THREADS: usize = 4;

/// What selectors look at, step by step.
pub(super) struct Reference {
    offset: i64,
    at: Option<i64>,
}

impl Reference {
    pub(super) fn new(offset: i64, at: Option<i64>) -> Self {
        Reference { offset, at }
    }

    /// The time looked at when evaluating at `time`.
    pub(super) fn of(&self, time: i64) -> i64 {
        self.at.unwrap_or(time).saturating_sub(self.offset)
    }
}

/// Fills `samples` with the latest sample in `(reference - lookback, reference]` of each step.
fn index(times: &[i64], grid: &Grid, reference: &Reference, lookback: i64, samples: &mut Vec<u32>) {
    samples.clear();
    let mut walk = Walk::default();
    for time in grid.times() {
        let at = reference.of(time);
        let after = walk.to(times, at);
        let found = after.checked_sub(1).filter(|i| times[*i] > at.saturating_sub(lookback));
        samples.push(found.and_then(|i| u32::try_from(i).ok()).unwrap_or(NONE));
    }
}

/// How many of `times` are not after `at`: looks near the front first, where the answer mostly is.
pub(super) fn ahead(times: &[i64], at: i64) -> usize {
    let mut width = 1;
    while times.get(width - 1).is_some_and(|t| *t <= at) {
        width *= 2;
    }
    let (from, to) = (width / 2, width.min(times.len()));
    from + times[from..to].partition_point(|t| *t <= at)
}

/// Goes over times in order, to one bound after another. Samples come as regularly as steps: as many as lay before the last bound mostly
/// lie before the next, and so two looks suffice.
#[derive(Default)]
pub(super) struct Walk {
    /// How many times lie behind.
    after: usize,
    /// How many the last bound brought.
    stride: usize,
}

impl Walk {
    /// How many of `times` are not after `at`, which is not before the bound before.
    pub(super) fn to(&mut self, times: &[i64], at: i64) -> usize {
        let guess = self.after + self.stride;
        let behind = guess == self.after || times.get(guess - 1).is_some_and(|t| *t <= at);
        if behind && times.get(guess).is_none_or(|t| *t > at) {
            self.after = guess;
        } else {
            self.stride = ahead(&times[self.after..], at);
            self.after += self.stride;
        }
        self.after
    }
}

impl Table {
    fn of(&mut self, stored: &Stored, grid: &Grid, reference: &Reference, lookback: i64) -> Arc<[u32]> {
        if self.by_times.len().saturating_mul(grid.len()) > MAX_REMEMBERED {
            self.by_times.clear();
        }
        let made = self.by_times.entry(stored.timestamps.as_ptr() as usize).or_insert_with(|| {
            let mut samples = Vec::with_capacity(grid.len());
            index(&stored.timestamps, grid, reference, lookback, &mut samples);
            samples.into()
        });
        made.clone()
    }
}

impl Exec<'_> {
    /// What a selector sees at each step. Times of samples lose the name, and may be alike without it.
    pub(super) fn instant(&self, instant: &Instant, span: Span, grid: &Grid, sink: Sink<'_>) -> Done {
        let unique = instant.part == Part::Value || self.select_has_one_name(instant.select);
        self.unique(unique, sink, &mut |sink| self.selected(instant, span, grid, sink))
    }

    fn selected(&self, instant: &Instant, span: Span, grid: &Grid, sink: Sink<'_>) -> Done {
        let series = self.data[instant.select].clone();
        let reference = Reference::new(instant.offset, instant.at);
        let mut table = Table::default();
        let mut produced = 0;
        let round = (ROUND_POINTS / grid.len().max(1)).clamp(*ROUND_SERIES.start(), *ROUND_SERIES.end());
        for round in series.chunks(round) {
            self.cx.check()?;
            let made = if instant.smoothed && instant.part == Part::Value {
                round.iter().map(|stored| self.smoothed(stored, span, grid, &reference)).collect()
            } else {
                self.latest_of(round, instant, grid, &reference, &mut table)
            };
            for (stored, points) in round.iter().zip(made) {
                if points.is_empty() {
                    continue;
                }
                produced += points.count();
                self.allow(produced)?;
                self.counted.borrow_mut().add_points(&points);
                let mut one = Series { labels: stored.labels.clone(), drop_name: false, points };
                if instant.part != Part::Value {
                    self.drop_name(&mut one);
                }
                sink(one)?;
            }
        }
        Ok(())
    }

    /// The points of a round, made by several threads when there are many.
    fn latest_of(
        &self,
        round: &[Stored],
        instant: &Instant,
        grid: &Grid,
        reference: &Reference,
        table: &mut Table,
    ) -> Vec<Points> {
        let (lookback, with_starts) = (self.options.lookback, self.options.start_timestamps);
        let items: Vec<(&Stored, Arc<[u32]>)> =
            round.iter().map(|stored| (stored, table.of(stored, grid, reference, lookback))).collect();
        let threads = (round.len().saturating_mul(grid.len()) / THREAD_POINTS).clamp(1, MAX_THREADS);
        // Of whose values nobody asks, what is seen depends on the times alone.
        let only_times = self.plan.selects[instant.select].need == Need::Times;
        let all = |items: &[(&Stored, Arc<[u32]>)]| {
            let mut all: Vec<Points> = Vec::with_capacity(items.len());
            let mut known: FxHashMap<(usize, usize), usize> = FxHashMap::default();
            for (stored, floats) in items {
                let same = identity(stored).filter(|_| only_times);
                let seen = same.and_then(|same| known.get(&same)).map(|at| all[*at].clone());
                all.push(seen.unwrap_or_else(|| {
                    known.extend(same.map(|same| (same, all.len())));
                    latest(stored, instant, grid, (floats, reference, lookback), with_starts)
                }));
            }
            all
        };
        stdx::task::share(&items, threads, all).into_iter().flatten().collect()
    }

    /// The labels of each series and the times of its samples in use, in seconds.
    pub(super) fn info_times(
        &self,
        instant: &Instant,
        grid: &Grid,
        take: &mut dyn FnMut(&model::Labels, Points),
    ) {
        let reference = Reference::new(instant.offset, instant.at);
        let mut table = Table::default();
        for stored in self.data[instant.select].iter() {
            let points =
                self.latest_of(std::slice::from_ref(stored), instant, grid, &reference, &mut table).remove(0);
            if !points.is_empty() {
                take(&stored.labels, points);
            }
        }
    }

    /// At each step the value on the line between the samples around it, or the last one when none follows.
    fn smoothed(&self, stored: &Stored, span: Span, grid: &Grid, reference: &Reference) -> Points {
        let mut points = Points::absent(grid.len());
        let lookback = self.options.lookback;
        let floats: Vec<(i64, f64)> = {
            let pairs = stored.timestamps.iter().copied().zip(stored.values.iter().copied());
            pairs.filter(|(_, v)| !is_stale(*v)).collect()
        };
        let histograms: Vec<HistogramSample> =
            stored.histograms.iter().filter(|(_, h)| !h.is_stale()).cloned().collect();
        let mut notes = self.notes.borrow_mut();
        let metric = stored.labels.metric_name();
        let mut remarks = Remarks { annotations: &mut notes, span, first: span, metric };
        for (step, time) in grid.times().enumerate() {
            let at = reference.of(time);
            let (from, to) = (at.saturating_sub(lookback), at.saturating_add(lookback));
            let f = cut(&floats, from, to, |s| s.0);
            let h = cut(&histograms, from, to, |s| s.0.0);
            if !f.is_empty() && !h.is_empty() {
                remarks.mixed();
                continue;
            }
            if !f.is_empty() {
                let i = f.partition_point(|s| s.0 < at);
                match (i.checked_sub(1).map(|p| f[p]), f.get(i)) {
                    (_, Some(exact)) if exact.0 == at => points.set_float(step, exact.1),
                    (Some(before), Some(after)) => {
                        points.set_float(step, interpolate(before, *after, at, false))
                    }
                    (Some(before), None) => points.set_float(step, before.1),
                    (None, _) => {}
                }
            } else if let Some(histogram) = smoothed_histogram(h, at, &mut remarks) {
                points.set_histogram(step, histogram);
            }
        }
        points
    }
}

/// Addresses of times and values: two series of floats have the very same ones only if their samples are. `None` when there is more to
/// a series.
fn identity(stored: &Stored) -> Option<(usize, usize)> {
    let plain = stored.histograms.is_empty() && stored.starts.is_none();
    plain.then(|| (stored.timestamps.as_ptr() as usize, stored.values.as_ptr() as usize))
}

/// At each step the latest sample; `floats` says which of the floats that is.
fn latest(
    stored: &Stored,
    instant: &Instant,
    grid: &Grid,
    (floats, reference, lookback): (&[u32], &Reference, i64),
    with_starts: bool,
) -> Points {
    if stored.histograms.is_empty() && instant.part == Part::Value {
        let value = |at: &u32| stored.values.get(*at as usize).copied().filter(|value| !is_stale(*value));
        return Points::of_floats(floats.iter().map(value));
    }
    let mut points = Points::absent(grid.len());
    let seconds = |millis: i64| millis as f64 / 1000.0;
    let histograms: Cow<'_, [HistogramSample]> = stats_only(&stored.histograms, instant.stats_only);
    let mut histogram_samples = Vec::new();
    if !histograms.is_empty() {
        let times: Vec<i64> = histograms.iter().map(|(t, _)| t.0).collect();
        index(&times, grid, reference, lookback, &mut histogram_samples);
    }
    for (step, float) in floats.iter().enumerate() {
        let float = Some(*float).filter(|i| *i != NONE).map(|i| i as usize);
        let histogram = histogram_samples.get(step).copied().filter(|i| *i != NONE).map(|i| i as usize);
        let float_is_newer = match (float, histogram) {
            (Some(f), Some(h)) => stored.timestamps[f] >= histograms[h].0.0,
            (f, _) => f.is_some(),
        };
        let (time, start) = if float_is_newer {
            let Some(i) = float.filter(|i| !is_stale(stored.values[*i])) else { continue };
            if instant.part == Part::Value {
                points.set_float(step, stored.values[i]);
                continue;
            }
            (stored.timestamps[i], stored.starts.as_ref().and_then(|s| s.get(i)))
        } else {
            let Some(i) = histogram.filter(|i| !histograms[*i].1.is_stale()) else { continue };
            if instant.part == Part::Value {
                points.set_histogram(step, histograms[i].1.clone());
                continue;
            }
            (histograms[i].0.0, stored.histogram_starts.as_ref().and_then(|s| s.get(i)))
        };
        match instant.part {
            Part::Start if with_starts => {
                points.set_float(step, seconds(start.copied().unwrap_or(0)));
            }
            Part::Start => {}
            _ => points.set_float(step, seconds(time)),
        }
    }
    points
}

/// The samples in `(from, to]`.
pub(super) fn cut<T>(samples: &[T], from: i64, to: i64, time: impl Fn(&T) -> i64) -> &[T] {
    let start = samples.partition_point(|s| time(s) <= from);
    let end = samples.partition_point(|s| time(s) <= to);
    &samples[start..end.max(start)]
}

fn smoothed_histogram(
    h: &[HistogramSample],
    at: i64,
    remarks: &mut Remarks<'_>,
) -> Option<Arc<model::FloatHistogram>> {
    let i = h.partition_point(|(t, _)| t.0 < at);
    match (i.checked_sub(1).map(|p| &h[p]), h.get(i)) {
        (_, Some((Millis(time), exact))) if *time == at => Some(exact.clone()),
        (Some(before), Some(after)) => {
            if is_custom(&before.1) != is_custom(&after.1) {
                remarks.mixed_schemas();
                return None;
            }
            let gauge = [before, after].iter().all(|(_, h)| h.reset_hint == ResetHint::Gauge);
            interpolate_histograms(before, after, at, !gauge, remarks).map(Arc::new)
        }
        (Some((_, before)), None) => {
            let mut carried = (**before).clone();
            // The hint is about neighbours, and this is no longer one.
            carried.reset_hint = ResetHint::Unknown;
            Some(Arc::new(carried))
        }
        (None, _) => None,
    }
}

/// How many samples a window counts as.
pub(super) fn weight(floats: usize, histograms: &[HistogramSample]) -> u64 {
    (floats + histograms.iter().map(|(_, h)| histogram_size(h)).sum::<usize>()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_walk_finds_what_a_search_finds(
            gaps in proptest::collection::vec(0i64..4, 0..60),
            strides in proptest::collection::vec(prop_oneof![Just(3i64), 0i64..12], 0..60),
        ) {
            let mut at = 0;
            let times: Vec<i64> = gaps.iter().map(|gap| { at += 1 + gap; at }).collect();
            let (mut walk, mut bound) = (Walk::default(), -5);
            for stride in strides {
                bound += stride;
                prop_assert_eq!(walk.to(&times, bound), times.partition_point(|t| *t <= bound));
            }
        }
    }
}
