//! Samples cut into windows, one a step: which samples of a series a window holds is found once for all series that share
//! their times.

use super::Series;
use super::instant::{Reference, Walk, cut};
use super::range::stats_only;
use crate::functions::rates::{Edges, Rate};
use crate::functions::window::{HistogramSample, Window};
use crate::plan::Range;
use contract::Series as Stored;
use model::{Labels, Millis, ResetHint, is_stale};
use query::{Grid, Point};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::Arc;

/// The samples of one series that ranges are cut from: no stale markers.
pub(super) struct Samples<'a> {
    pub(super) labels: Labels,
    pub(super) drop_name: bool,
    pub(super) times: Cow<'a, [i64]>,
    pub(super) values: Cow<'a, [f64]>,
    pub(super) starts: Cow<'a, [i64]>,
    pub(super) histograms: Cow<'a, [HistogramSample]>,
    pub(super) histogram_starts: Cow<'a, [i64]>,
    /// The times as shared with other series, when nothing had to be left out.
    shared: Option<Arc<[i64]>>,
}

impl<'a> Samples<'a> {
    pub(super) fn of(stored: &'a Stored, stats: bool, with_starts: bool) -> Self {
        let starts = |s: &'a Option<Arc<[i64]>>| match s {
            Some(s) if with_starts => Cow::Borrowed(&s[..]),
            _ => Cow::Borrowed(&[][..]),
        };
        let mut samples = Samples {
            labels: stored.labels.clone(),
            drop_name: false,
            times: Cow::Borrowed(&stored.timestamps),
            values: Cow::Borrowed(&stored.values),
            starts: starts(&stored.starts),
            histograms: stats_only(&stored.histograms, stats),
            histogram_starts: starts(&stored.histogram_starts),
            shared: Some(stored.timestamps.clone()),
        };
        if has_stale(&samples.values) {
            let keep: Vec<usize> =
                (0..samples.values.len()).filter(|i| !is_stale(samples.values[*i])).collect();
            samples.times = keep.iter().map(|i| samples.times[*i]).collect();
            samples.starts = keep.iter().filter_map(|i| samples.starts.get(*i).copied()).collect();
            samples.values = keep.iter().map(|i| samples.values[*i]).collect();
            samples.shared = None;
        }
        if samples.histograms.iter().any(|(_, h)| h.is_stale()) {
            let keep: Vec<usize> =
                (0..samples.histograms.len()).filter(|i| !samples.histograms[*i].1.is_stale()).collect();
            samples.histogram_starts =
                keep.iter().filter_map(|i| samples.histogram_starts.get(*i).copied()).collect();
            samples.histograms = keep.iter().map(|i| samples.histograms[*i].clone()).collect();
        }
        samples
    }

    /// The result of a subquery. Hints about resets are forgotten: the samples between were not looked at.
    pub(super) fn of_series(series: Series, grid: &Grid) -> Self {
        let (mut times, mut values, mut histograms) = (Vec::new(), Vec::new(), Vec::new());
        for (i, at) in grid.times().enumerate() {
            match series.points.get(i) {
                Some(Point::Float(value)) => {
                    times.push(at);
                    values.push(value);
                }
                Some(Point::Histogram(mut h)) => {
                    if matches!(h.reset_hint, ResetHint::Reset | ResetHint::NotReset) {
                        Arc::make_mut(&mut h).reset_hint = ResetHint::Unknown;
                    }
                    histograms.push((Millis(at), h));
                }
                None => {}
            }
        }
        Samples {
            labels: series.labels,
            drop_name: series.drop_name,
            times: Cow::Owned(times),
            values: Cow::Owned(values),
            starts: Cow::Borrowed(&[]),
            histograms: Cow::Owned(histograms),
            histogram_starts: Cow::Borrowed(&[]),
            shared: None,
        }
    }
}

/// Values between two looks whether one was found: whole blocks are compared without a branch.
const LOOK_EVERY: usize = 64;

/// Whether a stale marker is among the values.
pub(super) fn has_stale(values: &[f64]) -> bool {
    values.chunks(LOOK_EVERY).any(|block| block.iter().fold(false, |found, value| found | is_stale(*value)))
}

/// Numbers in remembered tables, 16 MiB: a thousand targets at two thousand steps. Beyond it they are made again.
const MAX_REMEMBERED: usize = 2 << 20;

/// Where the windows of each step begin and end among the floats, by the address of the times that series share. Those
/// times live as long as the evaluation, so an address stays theirs.
#[derive(Default)]
pub(super) struct Table {
    by_times: FxHashMap<usize, Vec<(u32, u32)>>,
    /// Of times that are not shared.
    own: Vec<(u32, u32)>,
}

impl Table {
    pub(super) fn of(&mut self, samples: &Samples<'_>, frame: &Frame<'_>, grid: &Grid) -> &[(u32, u32)] {
        let Some(shared) = &samples.shared else {
            frame.fill(&samples.times, grid, &mut self.own);
            return &self.own;
        };
        if self.by_times.len().saturating_mul(grid.len()) > MAX_REMEMBERED {
            self.by_times.clear();
        }
        self.by_times.entry(shared.as_ptr() as usize).or_insert_with(|| {
            let mut windows = Vec::with_capacity(grid.len());
            frame.fill(&samples.times, grid, &mut windows);
            windows
        })
    }
}

/// How many floats of a step's window are in no window before, when windows move with the steps.
pub(super) fn fresh(windows: &[(u32, u32)], step: usize) -> u64 {
    let seen = step.checked_sub(1).map_or(0, |before| windows[before].1);
    let (start, end) = windows[step];
    u64::from(end - start.max(seen))
}

/// The bounds of windows.
pub(super) struct Frame<'a> {
    range: &'a Range,
    reference: Reference,
    before: i64,
    after: i64,
}

impl<'a> Frame<'a> {
    pub(super) fn new(range: &'a Range, lookback: i64) -> Self {
        Frame {
            range,
            reference: Reference::new(range.offset, range.at),
            before: if range.anchored || range.smoothed { lookback } else { 0 },
            after: if range.smoothed { lookback } else { 0 },
        }
    }

    /// Whether windows hold nothing but their range.
    pub(super) fn is_plain(&self) -> bool {
        self.before == 0 && self.after == 0
    }

    /// The range itself: from (exclusive) and to.
    pub(super) fn bounds(&self, time: i64) -> (i64, i64) {
        let to = self.reference.of(time);
        (to.saturating_sub(self.range.range), to)
    }

    pub(super) fn fill(&self, times: &[i64], grid: &Grid, windows: &mut Vec<(u32, u32)>) {
        windows.clear();
        let (mut starts, mut ends) = (Walk::default(), Walk::default());
        for time in grid.times() {
            let (from, to) = self.bounds(time);
            let (from, to) = (from.saturating_sub(self.before), to.saturating_add(self.after));
            let (start, end) = (starts.to(times, from), ends.to(times, to));
            windows.push((u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX)));
        }
    }

    pub(super) fn window<'s>(&self, samples: &'s Samples<'_>, floats: (u32, u32), time: i64) -> Window<'s> {
        let (from, to) = self.bounds(time);
        let (start, end) = (floats.0 as usize, floats.1 as usize);
        let part = |s: &'s [i64]| s.get(start..end).unwrap_or(&[]);
        let (first, last) = (from.saturating_sub(self.before), to.saturating_add(self.after));
        let histograms = cut(&samples.histograms, first, last, |s| s.0.0);
        let skipped = samples.histograms.partition_point(|(t, _)| t.0 <= first);
        Window {
            times: part(&samples.times),
            values: &samples.values[start..end],
            starts: part(&samples.starts),
            histograms,
            histogram_starts: samples
                .histogram_starts
                .get(skipped..skipped + histograms.len())
                .unwrap_or(&[]),
            from,
            to,
            range_seconds: self.range.range as f64 / 1000.0,
            at: time,
            rises: false,
            anchored: self.range.anchored,
            smoothed: self.range.smoothed,
        }
    }
}

/// A step of a rate over series that share their times: which samples count, and how far they reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateStep {
    /// The first sample of the window, and the one behind its last.
    pub(super) window: (u32, u32),
    /// `None` with less than two samples: then there is no rate.
    pub(super) edges: Option<Edges>,
    /// What changes are multiplied with that do not reach below zero; 0 without edges.
    pub(super) usual: f64,
}

impl RateStep {
    /// The step whose window, the samples at `times`, is of the range `(from, to]`.
    pub(super) fn of(window: (u32, u32), (from, to): (i64, i64), times: &[i64], rate: Rate) -> Self {
        let inside = &times[window.0 as usize..window.1 as usize];
        let edges = (inside.len() > 1).then(|| Edges::of(from, to, inside));
        let seconds = to.saturating_sub(from) as f64 / 1000.0;
        let usual = edges.map_or(0.0, |edges| edges.usual_factor(rate, seconds));
        RateStep { window, edges, usual }
    }
}

impl Frame<'_> {
    /// The steps of a rate.
    pub(super) fn rate_steps(&self, times: &[i64], grid: &Grid, rate: Rate) -> Vec<RateStep> {
        let mut windows = Vec::with_capacity(grid.len());
        self.fill(times, grid, &mut windows);
        let step = |(window, time): ((u32, u32), i64)| RateStep::of(window, self.bounds(time), times, rate);
        windows.into_iter().zip(grid.times()).map(step).collect()
    }

    /// The length of the range in seconds.
    pub(super) fn range_seconds(&self) -> f64 {
        self.range.range as f64 / 1000.0
    }
}
