//! What is known about each target now: for the targets page and API.

use model::{Labels, Millis};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How the last scrape went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
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
    /// When it began.
    pub last_scrape: Millis,
    /// How long it took.
    pub last_took: Duration,
    /// How often.
    pub interval: Duration,
    /// When it is given up.
    pub timeout: Duration,
}

/// All targets, by labels.
#[derive(Debug, Default)]
pub struct Board(Mutex<BTreeMap<Labels, TargetState>>);

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

    fn states(&self) -> std::sync::MutexGuard<'_, BTreeMap<Labels, TargetState>> {
        // Each change is one insert or remove: a panic elsewhere leaves the map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
