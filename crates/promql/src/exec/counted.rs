//! How many samples an evaluation touched, for the statistics of a query.
//!
//! A sample is "queryable" at every step whose result it enters, and "read" once. A histogram counts as as many samples
//! as fit into its memory.

use super::Points;
use super::series::histogram_size;
use crate::functions::window::Window;
use query::Grid;

/// Samples by step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleCounts {
    /// Samples that entered each step.
    pub queryable: Vec<u64>,
    /// Samples that were looked at for the first time at each step.
    pub read: Vec<u64>,
    /// The most samples held at once.
    pub peak: u64,
}

impl SampleCounts {
    pub(super) fn new(steps: usize) -> Self {
        SampleCounts { queryable: vec![0; steps], read: vec![0; steps], peak: 0 }
    }

    /// All that entered a step.
    pub fn total_queryable(&self) -> u64 {
        self.queryable.iter().sum()
    }

    /// All that were looked at.
    pub fn total_read(&self) -> u64 {
        self.read.iter().sum()
    }

    /// The points of an instant selector.
    pub(super) fn add_points(&mut self, points: &Points) {
        for step in 0..points.len().min(self.read.len()) {
            let count = match points.histogram(step) {
                Some(h) => histogram_size(h) as u64,
                None => u64::from(points.is_present(step)),
            };
            self.queryable[step] += count;
            self.read[step] += count;
        }
    }

    /// The window of a range at one step; windows of one step to the next overlap.
    pub(super) fn add_window(&mut self, window: &Window<'_>, step: usize, grid: &Grid, inner: bool) {
        let weight = |after: i64| {
            let floats = window.times.len() - window.times.partition_point(|t| *t <= after);
            let skipped = window.histograms.partition_point(|(t, _)| t.0 <= after);
            super::instant::weight(floats, &window.histograms[skipped..])
        };
        let Some(queryable) = self.queryable.get_mut(step) else { return };
        *queryable += weight(i64::MIN);
        if !inner {
            let seen = if step == 0 { i64::MIN } else { window.to.saturating_sub(grid.step) };
            self.read[step] += weight(seen);
        }
    }

    /// Like [`SampleCounts::add_window`] for windows of so many floats in all, `fresh` of which are in no window before.
    pub(super) fn add_floats(&mut self, floats: u64, fresh: u64, step: usize, inner: bool) {
        let Some(queryable) = self.queryable.get_mut(step) else { return };
        *queryable += floats;
        if !inner {
            self.read[step] += fresh;
        }
    }

    /// Adds what was counted apart, over the same steps.
    pub(super) fn add(&mut self, other: &SampleCounts) {
        self.queryable.iter_mut().zip(&other.queryable).for_each(|(a, b)| *a += b);
        self.read.iter_mut().zip(&other.read).for_each(|(a, b)| *a += b);
        self.peak = self.peak.max(other.peak);
    }

    /// Adds what was computed once and holds for all steps.
    pub(super) fn add_repeated(&mut self, once: &SampleCounts) {
        let total = once.total_queryable();
        self.queryable.iter_mut().for_each(|q| *q += total);
        if let Some(first) = self.read.first_mut() {
            *first += once.total_read();
        }
        self.peak = self.peak.max(once.peak);
    }

    /// Adds what a subquery read: at the first step that sees its time. What it yields is counted as windows.
    pub(super) fn add_subquery(&mut self, inner: &SampleCounts, times: &Grid, offset: i64, grid: &Grid) {
        self.peak = self.peak.max(inner.peak);
        let Some(last) = self.read.len().checked_sub(1) else { return };
        for (time, read) in times.times().zip(&inner.read) {
            let late = time.saturating_add(offset).saturating_sub(grid.start).max(0);
            let step = usize::try_from(late.div_euclid(grid.step.max(1))).unwrap_or(last);
            let step = if late % grid.step.max(1) > 0 { step + 1 } else { step };
            self.read[step.min(last)] += read;
        }
    }
}
