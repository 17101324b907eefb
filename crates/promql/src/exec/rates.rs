//! `rate`, `increase` and `delta` of stored floats, by several threads when there is much.
//!
//! What a step needs of the times (which samples, how far they are from the edges) is computed once for all series of a
//! target; a series then costs two values a step, plus the resets that lie in between. The same numbers come out, bit by
//! bit, as from windows one by one (`functions/rates.rs`), which is what series with histograms, stale markers or start
//! timestamps go through.

use super::range::Job;
use super::windows::{RateStep, Samples, has_stale};
use super::{Done, Exec, Points, Series, Sink};
use crate::functions::rates::Rate;
use contract::Series as Stored;
use query::Grid;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Points of one round, and steps, when no two series share their times: 29 MiB in all. Rounds bound what is computed
/// ahead of the sink.
const ROUND_POINTS: usize = 512 << 10;
/// Series of one round: enough for every thread.
const ROUND_SERIES: std::ops::RangeInclusive<usize> = 16..=1024;
/// Values that are worth a thread of their own: about a quarter of a millisecond.
const THREAD_VALUES: usize = 128 << 10;
/// Threads of one query.
const MAX_THREADS: usize = 4;
/// Steps that are remembered from round to round, 24 MiB: a thousand targets at five hundred steps. Beyond it they are
/// made again.
const MAX_REMEMBERED: usize = 512 << 10;

/// Which of the three a function is.
pub(super) fn of_name(name: &str) -> Option<Rate> {
    match name {
        "rate" => Some(Rate { counter: true, per_second: true }),
        "increase" => Some(Rate { counter: true, per_second: false }),
        "delta" => Some(Rate { counter: false, per_second: false }),
        _ => None,
    }
}

/// The steps of series that share their times, and how many series used them.
struct Steps {
    steps: Arc<[RateStep]>,
    /// The most samples of a window.
    longest: u64,
    used: u64,
}

/// One series of a round.
struct Item<'a> {
    stored: &'a Stored,
    /// `None` when it has to go the long way.
    steps: Option<(Arc<[RateStep]>, u64)>,
}

impl Exec<'_> {
    pub(super) fn rates(
        &self,
        job: &mut Job<'_>,
        rate: Rate,
        stored: &[Stored],
        with_starts: bool,
        sink: Sink<'_>,
    ) -> Done {
        let mut known: FxHashMap<usize, Steps> = FxHashMap::default();
        let series = (ROUND_POINTS / job.grid.len().max(1)).clamp(*ROUND_SERIES.start(), *ROUND_SERIES.end());
        for round in stored.chunks(series) {
            self.cx.check()?;
            if known.len().saturating_mul(job.grid.len()) > MAX_REMEMBERED {
                known.drain().for_each(|(_, steps)| self.count(&steps));
            }
            let items: Vec<Item<'_>> = round
                .iter()
                .map(|stored| {
                    let plain = stored.histograms.is_empty() && !(with_starts && stored.starts.is_some());
                    Item { stored, steps: plain.then(|| self.rate_steps(job, rate, stored, &mut known)) }
                })
                .collect();
            let range_seconds = job.frame.range_seconds();
            let points = compute(&items, rate, range_seconds);
            for (item, points) in items.iter().zip(points) {
                match (points, &item.steps) {
                    (Some(points), Some((_, longest))) => {
                        self.allow(job.produced + longest)?;
                        if let Some(steps) = known.get_mut(&address(item.stored)) {
                            steps.used += 1;
                        }
                        let labels = item.stored.labels.clone();
                        self.range_done(job, Series { labels, drop_name: false, points }, sink)?;
                    }
                    _ => {
                        let samples = Samples::of(item.stored, job.call.range.stats_only, with_starts);
                        self.range_one(job, samples, sink)?;
                    }
                }
            }
        }
        known.into_values().for_each(|steps| self.count(&steps));
        Ok(())
    }

    fn rate_steps(
        &self,
        job: &Job<'_>,
        rate: Rate,
        stored: &Stored,
        known: &mut FxHashMap<usize, Steps>,
    ) -> (Arc<[RateStep]>, u64) {
        let grid: &Grid = job.grid;
        let steps = known.entry(address(stored)).or_insert_with(|| {
            let steps: Arc<[RateStep]> = job.frame.rate_steps(&stored.timestamps, grid, rate).into();
            let length = |step: &RateStep| u64::from(step.window.1 - step.window.0);
            Steps { longest: steps.iter().map(length).max().unwrap_or(0), steps, used: 0 }
        });
        (steps.steps.clone(), steps.longest)
    }

    /// Counts the samples of all series that used these steps.
    fn count(&self, Steps { steps, used, .. }: &Steps) {
        self.count_windows(steps.iter().map(|step| step.window), *used, false);
    }
}

/// Series with the same times have the same address of them, as long as the evaluation lives.
pub(super) fn address(stored: &Stored) -> usize {
    stored.timestamps.as_ptr() as usize
}

/// The points of each item, in order.
fn compute(items: &[Item<'_>], rate: Rate, range_seconds: f64) -> Vec<Option<Points>> {
    let values: usize = items.iter().map(|item| item.stored.values.len()).sum();
    let points = items.iter().filter_map(|i| i.steps.as_ref()).map(|(steps, _)| steps.len()).sum::<usize>();
    let threads = ((values + points) / THREAD_VALUES).clamp(1, MAX_THREADS);
    let shares = stdx::task::share(items, threads, |items| {
        items.iter().map(|item| one(item, rate, range_seconds)).collect::<Vec<_>>()
    });
    shares.into_iter().flatten().collect()
}

fn one(item: &Item<'_>, rate: Rate, range_seconds: f64) -> Option<Points> {
    let (steps, _) = item.steps.as_ref()?;
    let values = &item.stored.values[..];
    if has_stale(values) {
        return None;
    }
    // Where a counter fell, ascending.
    let falls: Vec<u32> = match rate.counter && falls(values) {
        true => (1..values.len()).filter(|i| values[*i] < values[i - 1]).map(|i| i as u32).collect(),
        false => Vec::new(),
    };
    let mut from = 0;
    let point = |step: &RateStep| {
        let (edges, (start, end)) = (step.edges.as_ref()?, step.window);
        let (first, last) = (values[start as usize], values[end as usize - 1]);
        let mut change = last - first;
        if !falls.is_empty() {
            from += falls[from..].iter().take_while(|fall| **fall <= start).count();
            for fall in falls[from..].iter().take_while(|fall| **fall < end) {
                change += values[*fall as usize - 1];
            }
        }
        let usual = edges.is_usual(rate, first, change);
        Some(change * if usual { step.usual } else { edges.factor(rate, range_seconds, first, change) })
    };
    Some(Points::of_floats(steps.iter().map(point)))
}

/// Whether some value is below the one before it. Blocks are compared without a branch.
fn falls(values: &[f64]) -> bool {
    let (before, after) = (values, values.get(1..).unwrap_or(&[]));
    let mut pairs = before.chunks(64).zip(after.chunks(64));
    pairs.any(|(before, after)| after.iter().zip(before).fold(false, |found, (b, a)| found | (b < a)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotations::Annotations;
    use crate::functions::rates;
    use crate::functions::window::{Remarks, Window};
    use model::Labels;
    use proptest::prelude::*;
    use query::{Point, Span};

    /// What windows one by one give.
    fn slowly(
        times: &[i64],
        values: &[f64],
        windows: &[(u32, u32)],
        ends: &[i64],
        rate: Rate,
    ) -> Vec<Option<u64>> {
        let mut annotations = Annotations::default();
        let span = Span { start: 0, end: 0 };
        let mut remarks = Remarks { annotations: &mut annotations, span, first: span, metric: "m" };
        let window = |(at, (start, end)): (usize, &(u32, u32))| Window {
            times: &times[*start as usize..*end as usize],
            values: &values[*start as usize..*end as usize],
            starts: &[],
            histograms: &[],
            histogram_starts: &[],
            from: ends[at] - RANGE,
            to: ends[at],
            range_seconds: RANGE as f64 / 1000.0,
            at: ends[at],
            rises: false,
            anchored: false,
            smoothed: false,
        };
        let point = |window: Window<'_>| match rates::rate(&window, rate, &mut remarks) {
            Some(Point::Float(value)) => Some(value.to_bits()),
            _ => None,
        };
        windows.iter().enumerate().map(window).map(point).collect()
    }

    const RANGE: i64 = 60_000;

    proptest! {
        #[test]
        fn it_gives_what_windows_one_by_one_give(
            gaps in proptest::collection::vec(1i64..40_000, 0..60),
            picks in proptest::collection::vec((0u8..20, -50.0f64..900.0), 60),
            step in 1i64..50_000,
        ) {
            let (mut at, mut sum) = (1_000_000, 0.0);
            let times: Vec<i64> = gaps.iter().map(|gap| { at += gap; at }).collect();
            let values: Vec<f64> = picks.iter().take(times.len()).map(|(pick, grow)| {
                sum = match pick { 0 => 0.0, 1 => f64::NAN, 2 => -1.5, 3 => f64::INFINITY, _ if f64::is_finite(sum) => sum + grow.max(0.0), _ => 1.0 };
                sum
            }).collect();
            let ends: Vec<i64> = (0..80).map(|i| 990_000 + i * step).collect();
            let windows: Vec<(u32, u32)> = ends.iter().map(|to| {
                let until = |t: i64| times.partition_point(|at| *at <= t) as u32;
                (until(to - RANGE), until(*to))
            }).collect();
            let stored = Stored {
                labels: Labels::empty(), timestamps: times.clone().into(), values: values.clone().into(),
                histograms: Vec::new(), starts: None, histogram_starts: None,
            };
            for name in ["rate", "increase", "delta"] {
                let rate = of_name(name).unwrap();
                let step = |(window, to): (&(u32, u32), &i64)| RateStep::of(*window, (to - RANGE, *to), &times, rate);
                let steps: Arc<[RateStep]> = windows.iter().zip(&ends).map(step).collect();
                let item = Item { stored: &stored, steps: Some((steps, 0)) };
                let points = one(&item, rate, RANGE as f64 / 1000.0).unwrap();
                let fast: Vec<Option<u64>> = (0..80).map(|step| points.float(step).map(f64::to_bits)).collect();
                prop_assert_eq!(fast, slowly(&times, &values, &windows, &ends, rate));
            }
        }
    }
}
