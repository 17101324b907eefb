//! What is known about each target now: for the targets page and API.

use model::{Labels, Millis};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How the last scrape went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// There was none yet.
    Unknown,
    /// Well.
    Up,
    /// Not.
    Down,
}

/// One target's state.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetState {
    /// Its job's name in the configuration.
    pub job: String,
    /// What is asked.
    pub url: String,
    /// Labels of its series.
    pub labels: Labels,
    /// Labels before relabelling.
    pub discovered: Labels,
    /// How the last scrape went.
    pub health: Health,
    /// Why it failed, or "".
    pub last_error: String,
    /// When it began; `None` before the first.
    pub last_scrape: Option<Millis>,
    /// How long it took.
    pub last_took: Duration,
    /// How often.
    pub interval: Duration,
    /// When it is given up.
    pub timeout: Duration,
}

/// All targets, by labels, and what each job dropped.
#[derive(Debug, Default)]
pub struct Board {
    targets: Mutex<BTreeMap<Labels, TargetState>>,
    dropped: Mutex<BTreeMap<String, Vec<Labels>>>,
}

impl Board {
    /// Every target, by labels.
    pub fn list(&self) -> Vec<TargetState> {
        self.states().values().cloned().collect()
    }

    pub(super) fn put(&self, state: TargetState) {
        self.states().insert(state.labels.clone(), state);
    }

    pub(super) fn remove(&self, labels: &Labels) {
        self.states().remove(labels);
    }

    /// Targets that relabelling dropped: their job and their labels before it.
    pub fn dropped(&self) -> Vec<(String, Labels)> {
        let dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        let all =
            dropped.iter().flat_map(|(job, all)| all.iter().map(|labels| (job.clone(), labels.clone())));
        all.collect()
    }

    /// What a job drops from now on.
    pub(super) fn put_dropped(&self, job: &str, all: Vec<Labels>) {
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        if all.is_empty() {
            dropped.remove(job);
        } else {
            dropped.insert(job.to_owned(), all);
        }
    }

    fn states(&self) -> std::sync::MutexGuard<'_, BTreeMap<Labels, TargetState>> {
        // Each change is one insert or remove: a panic elsewhere leaves the map whole.
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
