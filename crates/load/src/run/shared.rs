//! What all virtual users of a run share: names, files, settled options, counters, and the reason to stop.

use crate::log::Logger;
use crate::metrics::{Registry, TagSet};
use crate::options::Settings;
use crate::options::scenario::Scenario;
use crate::protocol::http::dial::Dialer;
use crate::run::files::Files;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use stdx::{Cancel, Clock};

/// One a run.
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) logger: Logger,
    pub(crate) registry: Arc<Registry>,
    /// What `__ENV` holds.
    pub(crate) env: Vec<(String, String)>,
    /// The script and what it opens.
    pub(crate) files: Files,
    /// `SharedArray`s by name: each element as JSON.
    pub(crate) arrays: Mutex<HashMap<String, Arc<Vec<String>>>>,
    /// Known once VU 0 has read the script.
    pub(crate) settled: OnceLock<Settled>,
    /// What `setup()` returned, as JSON.
    pub(crate) setup_data: OnceLock<Option<String>>,
    pub(crate) counts: Counts,
    pub(crate) abort: Abort,
    /// When the scenarios started, on the clock's monotonic scale.
    pub(crate) started: OnceLock<Duration>,
}

/// The options and what is made of them once.
pub(crate) struct Settled {
    pub(crate) settings: Settings,
    /// Tags of every sample.
    pub(crate) run_tags: Arc<TagSet>,
    pub(crate) dialer: Arc<Dialer>,
}

/// Counters of a run.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// VUs that run an iteration, or wait between two of them.
    pub(crate) active: AtomicU32,
    /// VUs that exist.
    pub(crate) initialised: AtomicU32,
    /// Iterations that ended.
    pub(crate) completed: AtomicU64,
    /// Iterations that were cut off.
    pub(crate) interrupted: AtomicU64,
}

impl Counts {
    /// Reads a counter.
    pub(crate) fn of(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}

/// Why a run stops before its scenarios end. The first reason wins.
#[derive(Debug, Default)]
pub(crate) struct Abort {
    reason: Mutex<Option<(AbortReason, String)>>,
    /// Set with the reason: everything that waits stops waiting.
    pub(crate) cancel: Cancel,
    /// Set by `exec.test.fail()`, which does not stop anything.
    pub(crate) marked_failed: AtomicBool,
}

/// Sorts of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AbortReason {
    /// `exec.test.abort()`.
    Script,
    /// A threshold with `abortOnFail`.
    Threshold,
    /// A signal.
    Signal,
}

impl Abort {
    /// Stops the run.
    pub(crate) fn raise(&self, reason: AbortReason, message: impl Into<String>) {
        let mut slot = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some((reason, message.into()));
        }
        drop(slot);
        self.cancel.cancel();
    }

    /// The reason, if there is one.
    pub(crate) fn reason(&self) -> Option<(AbortReason, String)> {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A scenario while it runs.
pub(crate) struct ScenarioRun {
    pub(crate) name: String,
    pub(crate) scenario: Scenario,
    /// Tags of all its samples.
    pub(crate) tags: Arc<TagSet>,
    /// When it started: monotonic, and milliseconds since 1970.
    pub(crate) started: OnceLock<(Duration, i64)>,
    /// Number of the next iteration over all its VUs.
    pub(crate) iterations: AtomicU64,
}

impl Shared {
    /// The settled options. Only for code that runs after VU 0 was initialised.
    pub(crate) fn settled(&self) -> Option<&Settled> {
        self.settled.get()
    }

    /// Time since the scenarios started.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.get().map_or(Duration::ZERO, |started| self.clock.monotonic().saturating_sub(*started))
    }
}
