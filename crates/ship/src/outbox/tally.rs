//! What an outlet did, counted.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Float samples.
    Samples,
    /// Native histograms.
    Histograms,
    /// Exemplars.
    Exemplars,
    /// Families described.
    Metadata,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Taken by the receiver.
    Sent,
    /// Refused by the receiver for good.
    Failed,
    /// Sent again.
    Retried,
    /// Dropped by the rules of the outlet.
    Relabelled,
    /// Older than the outlet's limit when its turn came.
    TooOld,
    /// What the message has no room for, or what is not to be sent.
    Unsendable,
    /// Gone unsent because the queue was full, or damaged on disk. Counted as samples, whatever it was.
    Lost,
}

/// Upper bounds of requests' durations, in seconds.
pub const DURATION_BOUNDS: [f64; 15] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0, 120.0, 300.0];

const PARTS: usize = 4;
const FATES: usize = 7;

/// How much of each part something has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Parts(pub(super) [u64; PARTS]);

impl Parts {
    pub(super) fn add(&mut self, part: Part, many: u64) {
        self.0[part as usize] += many;
    }

    pub(super) fn get(self, part: Part) -> u64 {
        self.0[part as usize]
    }
}

/// The counts of one outlet.
#[derive(Debug, Default)]
pub struct Tally {
    counts: [[AtomicU64; FATES]; PARTS],
    bytes: AtomicU64,
    durations: [AtomicU64; DURATION_BOUNDS.len() + 1],
    duration_nanos: AtomicU64,
    latest: AtomicI64,
    seen: AtomicI64,
    pending: AtomicU64,
    lanes: AtomicU64,
}

impl Tally {
    pub(super) fn add(&self, part: Part, fate: Fate, many: u64) {
        self.counts[part as usize][fate as usize].fetch_add(many, Ordering::Relaxed);
    }

    pub(super) fn add_all(&self, parts: Parts, fate: Fate) {
        for (counts, many) in self.counts.iter().zip(parts.0) {
            counts[fate as usize].fetch_add(many, Ordering::Relaxed);
        }
    }

    /// A request of so many bytes was answered, or failed, after this time.
    pub(super) fn request(&self, bytes: u64, took: Duration) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let seconds = took.as_secs_f64();
        let bucket = DURATION_BOUNDS.iter().position(|bound| seconds <= *bound);
        self.durations[bucket.unwrap_or(DURATION_BOUNDS.len())].fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.duration_nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// A sample of this time, in milliseconds, was taken.
    pub(super) fn reached(&self, at: i64) {
        self.latest.fetch_max(at, Ordering::Relaxed);
    }

    /// A sample of this time, in milliseconds, came out of the queue.
    pub(super) fn saw(&self, at: i64) {
        self.seen.fetch_max(at, Ordering::Relaxed);
    }

    pub(super) fn set_pending(&self, rows: u64) {
        self.pending.store(rows, Ordering::Relaxed);
    }

    pub(super) fn set_lanes(&self, lanes: usize) {
        self.lanes.store(lanes as u64, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn count(&self, part: Part, fate: Fate) -> u64 {
        self.counts[part as usize][fate as usize].load(Ordering::Relaxed)
    }

    /// Bytes sent, packed.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Requests by duration, one count more than [`DURATION_BOUNDS`], and the seconds of all together.
    pub fn durations(&self) -> (Vec<u64>, f64) {
        let counts = self.durations.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        (counts, self.duration_nanos.load(Ordering::Relaxed) as f64 / 1e9)
    }

    /// The latest time of a sample that was taken, in milliseconds since 1970.
    pub fn latest_millis(&self) -> i64 {
        self.latest.load(Ordering::Relaxed)
    }

    /// The latest time of a sample that came out of the queue, in milliseconds since 1970.
    pub fn seen_millis(&self) -> i64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// Samples put since the start of the process that wait.
    pub fn pending(&self) -> u64 {
        self.pending.load(Ordering::Relaxed)
    }

    /// Requests that were under way at once when the outlet sent last.
    pub fn lanes(&self) -> u64 {
        self.lanes.load(Ordering::Relaxed)
    }
}
