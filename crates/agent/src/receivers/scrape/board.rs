//! What is known about each target now: for the targets page and API.

use super::target::Target;
use model::{Labels, Metadata, Millis};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError, Weak};
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
    /// What its last good scrape said of its metrics.
    pub metadata: Arc<[Metadata]>,
}

/// The targets of a job that relabelling dropped.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dropped {
    /// How many there are.
    pub count: usize,
    /// Labels before relabelling, of as many as the job keeps.
    pub kept: Vec<Labels>,
}

impl Dropped {
    /// One more; its labels are kept while there are fewer than `limit`. A limit of 0 is none.
    pub(super) fn add(&mut self, labels: Labels, limit: usize) {
        self.count += 1;
        if limit == 0 || self.kept.len() < limit {
            self.kept.push(labels);
        }
    }
}

/// What tells targets apart: the labels of its series first, then its job, then what it was found with.
type Key = (Labels, String, Labels);

/// All targets, by labels, and what each job dropped.
#[derive(Debug, Default)]
pub struct Board {
    targets: Mutex<BTreeMap<Key, TargetState>>,
    dropped: Mutex<BTreeMap<String, Dropped>>,
    /// What targets said of their metrics, by its hash: targets of one program say the same.
    said: Mutex<HashMap<u64, Weak<[Metadata]>>>,
}

impl Board {
    /// Every target, by labels.
    pub fn list(&self) -> Vec<TargetState> {
        self.states().values().cloned().collect()
    }

    pub(super) fn put(&self, state: TargetState) {
        let key = (state.labels.clone(), state.job.clone(), state.discovered.clone());
        self.states().insert(key, state);
    }

    pub(super) fn remove(&self, target: &Target, job: &str) {
        self.states().remove(&(target.labels.clone(), job.to_owned(), target.discovered.clone()));
    }

    /// Targets that relabelling dropped, by job; a job that drops none is left out.
    pub fn dropped(&self) -> BTreeMap<String, Dropped> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a job drops from now on.
    pub(super) fn put_dropped(&self, job: &str, all: Dropped) {
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        if all.count == 0 {
            dropped.remove(job);
        } else {
            dropped.insert(job.to_owned(), all);
        }
    }

    /// `all`, shared with every target that said the same.
    pub(super) fn share(&self, all: &[Metadata]) -> Arc<[Metadata]> {
        let mut hasher = DefaultHasher::new();
        all.iter().for_each(|m| (&m.family, &m.help, &m.unit).hash(&mut hasher));
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let key = hasher.finish();
        if let Some(known) = said.get(&key).and_then(Weak::upgrade).filter(|known| **known == *all) {
            return known;
        }
        said.retain(|_, said| said.strong_count() > 0);
        let shared: Arc<[Metadata]> = all.into();
        said.insert(key, Arc::downgrade(&shared));
        shared
    }

    fn states(&self) -> std::sync::MutexGuard<'_, BTreeMap<Key, TargetState>> {
        // Each change is one insert or remove: a panic elsewhere leaves the map whole.
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
