//! Functions over ranges of stored floats, by several threads when there is much.
//!
//! Series are taken in rounds: the threads of a round make points, which then go on one after the other, in order, as if
//! they had been made there. What a window holds is found once for all series that share their times. Where windows
//! overlap, some functions need not look at each sample again (`sliding.rs`). Series with histograms or start timestamps
//! go the long way (`range.rs`), one by one. Invariant: the same numbers, remarks, counts and errors, bit by bit.

use super::range::{Job, Kernel};
use super::rates::address;
use super::windows::{Frame, Samples};
use super::{Done, Exec, Points, Series, Sink, sliding};
use crate::annotations::Annotations;
use crate::error::QueryError;
use crate::functions::window::Remarks;
use crate::plan::RangeCall;
use contract::{Context, Series as Stored};
use query::Grid;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Points of one round, 5 MiB. Rounds bound what is computed ahead of the sink.
const ROUND_POINTS: usize = 512 << 10;
/// Series of one round: enough for every thread.
const ROUND_SERIES: std::ops::RangeInclusive<usize> = 16..=1024;
/// Samples in all windows together that are worth a thread of their own: about a quarter of a millisecond.
const THREAD_SAMPLES: usize = 64 << 10;
/// Threads of one query.
const MAX_THREADS: usize = 4;
/// Windows that are remembered from round to round, 16 MiB: a thousand targets at two thousand steps. Beyond it they are
/// made again.
const MAX_REMEMBERED: usize = 2 << 20;

/// Samples of windows between two looks at the deadline: a millisecond of the slowest kernel.
const CHECK_SAMPLES: u32 = 32 << 10;

/// Where the windows of each step begin and end.
type Windows = Arc<[(u32, u32)]>;

/// The windows of series that share their times, and how many series used them.
struct Known {
    windows: Windows,
    /// The samples of all of them.
    samples: usize,
    used: u64,
}

/// One series of a round; without windows it has to go the long way.
struct Item<'a> {
    stored: &'a Stored,
    windows: Option<Windows>,
}

/// What threads need of a job.
struct Work<'j> {
    cx: &'j Context,
    call: &'j RangeCall,
    kernel: Kernel,
    grid: &'j Grid,
    frame: &'j Frame<'j>,
    args: &'j [Vec<f64>],
}

/// What a thread made of a series.
struct Made {
    points: Points,
    notes: Annotations,
    /// The most samples of a window.
    longest: u64,
    /// Its windows, when stale markers had to be left out and they are its own.
    own: Option<Vec<(u32, u32)>>,
}

impl Exec<'_> {
    pub(super) fn kernels(
        &self,
        job: &mut Job<'_>,
        stored: &[Stored],
        with_starts: bool,
        sink: Sink<'_>,
    ) -> Done {
        let mut known: FxHashMap<usize, Known> = FxHashMap::default();
        let series = (ROUND_POINTS / job.grid.len().max(1)).clamp(*ROUND_SERIES.start(), *ROUND_SERIES.end());
        for round in stored.chunks(series) {
            self.cx.check()?;
            if known.len().saturating_mul(job.grid.len()) > MAX_REMEMBERED {
                known.drain().for_each(|(_, known)| {
                    self.count_windows(known.windows.iter().copied(), known.used, false)
                });
            }
            let mut samples = 0;
            let items: Vec<Item<'_>> = round
                .iter()
                .map(|stored| {
                    let plain = stored.histograms.is_empty() && !(with_starts && stored.starts.is_some());
                    let windows = plain.then(|| windows_of(job, stored, &mut known, &mut samples));
                    Item { stored, windows }
                })
                .collect();
            let work = Work {
                cx: self.cx,
                call: job.call,
                kernel: job.kernel,
                grid: job.grid,
                frame: &job.frame,
                args: &job.args,
            };
            let threads = (samples / THREAD_SAMPLES).clamp(1, MAX_THREADS);
            let made = stdx::task::share(&items, threads, |items| {
                items.iter().map(|item| work.one(item)).collect::<Vec<_>>()
            });
            for (item, made) in items.iter().zip(made.into_iter().flatten()) {
                let Some(made) = made else {
                    let samples = Samples::of(item.stored, job.call.range.stats_only, with_starts);
                    self.range_one(job, samples, sink)?;
                    continue;
                };
                self.made(job, item.stored, made?, &mut known, sink)?;
            }
        }
        known
            .into_values()
            .for_each(|known| self.count_windows(known.windows.iter().copied(), known.used, false));
        Ok(())
    }

    /// Passes on what a thread made.
    fn made(
        &self,
        job: &mut Job<'_>,
        stored: &Stored,
        made: Made,
        known: &mut FxHashMap<usize, Known>,
        sink: Sink<'_>,
    ) -> Done {
        self.allow(job.produced + made.longest)?;
        match (&made.own, known.get_mut(&address(stored))) {
            (None, Some(known)) => known.used += 1,
            (Some(own), _) => self.count_windows(own.iter().copied(), 1, false),
            (None, None) => {}
        }
        self.notes.borrow_mut().append(made.notes);
        let series = Series { labels: stored.labels.clone(), drop_name: false, points: made.points };
        self.range_done(job, series, sink)
    }

    /// Counts the samples of so many series in windows that move with the steps; those of a subquery were read by it.
    pub(super) fn count_windows(&self, windows: impl Iterator<Item = (u32, u32)>, series: u64, inner: bool) {
        let mut counted = self.counted.borrow_mut();
        let mut seen = 0;
        for (step, (start, end)) in windows.enumerate() {
            let fresh = u64::from(end - start.max(seen));
            seen = end;
            counted.add_floats(u64::from(end - start) * series, fresh * series, step, inner);
        }
    }
}

/// The windows of a series' times; `samples` grows by what they hold.
fn windows_of(
    job: &Job<'_>,
    stored: &Stored,
    known: &mut FxHashMap<usize, Known>,
    samples: &mut usize,
) -> Windows {
    let known = known.entry(address(stored)).or_insert_with(|| {
        let mut windows = Vec::with_capacity(job.grid.len());
        job.frame.fill(&stored.timestamps, job.grid, &mut windows);
        let samples = windows.iter().map(|(start, end)| (end - start) as usize).sum();
        Known { windows: windows.into(), samples, used: 0 }
    });
    *samples += known.samples.max(stored.values.len());
    known.windows.clone()
}

impl Work<'_> {
    fn one(&self, item: &Item<'_>) -> Option<Result<Made, QueryError>> {
        let windows = item.windows.as_ref()?;
        if let Err(error) = self.cx.check() {
            return Some(Err(error.into()));
        }
        let samples = Samples::of(item.stored, false, false);
        let own = (samples.times.len() != item.stored.timestamps.len()).then(|| {
            let mut windows = Vec::with_capacity(self.grid.len());
            self.frame.fill(&samples.times, self.grid, &mut windows);
            windows
        });
        let windows = own.as_deref().unwrap_or(windows);
        let longest = windows.iter().map(|(start, end)| u64::from(end - start)).max().unwrap_or(0);
        let name = self.call.function.name;
        let (points, notes) = match sliding::points(name, &samples.values, windows) {
            Some(points) => (points, Annotations::default()),
            None => match self.windows(&samples, windows) {
                Ok(made) => made,
                Err(error) => return Some(Err(error)),
            },
        };
        Some(Ok(Made { points, notes, longest, own }))
    }

    /// Each window by itself.
    fn windows(
        &self,
        samples: &Samples<'_>,
        windows: &[(u32, u32)],
    ) -> Result<(Points, Annotations), QueryError> {
        let (mut points, mut notes) = (Points::absent(self.grid.len()), Annotations::default());
        let mut at_step = vec![0.0; self.args.len()];
        let mut remarks = Remarks {
            annotations: &mut notes,
            span: self.call.range.span,
            first: self.call.first,
            metric: samples.labels.metric_name(),
        };
        let mut since_check = 0;
        for (step, time) in self.grid.times().enumerate() {
            let (start, end) = windows[step];
            since_check += end - start;
            if since_check >= CHECK_SAMPLES {
                self.cx.check()?;
                since_check = 0;
            }
            let window = self.frame.window(samples, (start, end), time);
            if window.is_empty() {
                continue;
            }
            for (value, arg) in at_step.iter_mut().zip(self.args) {
                *value = arg[step];
            }
            if let Some(point) = (self.kernel)(&window, &at_step, &mut remarks)? {
                points.set(step, point);
            }
        }
        Ok((points, notes))
    }
}
