//! What travels with one request through every layer.

use crate::error::SourceError;
use model::Tenant;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stdx::{Budget, Cancel, Clock};

/// Tenant, time, limits and statistics of one request. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Context {
    /// Whose data.
    pub tenant: Tenant,
    /// What time it is.
    pub clock: Clock,
    /// When to give up, on the clock's monotonic scale.
    pub deadline: Option<Duration>,
    /// Set when the caller goes away.
    pub cancel: Cancel,
    /// Memory this request may hold, in bytes.
    pub budget: Budget,
    /// What the request cost so far.
    pub stats: Arc<Stats>,
    /// Series that the tenant may have in memory before a write may add none; 0: any number.
    pub max_series: u64,
    /// Whether a write can wait some tenths of a second for its answer, so that many share one sync of the disk.
    pub patient: bool,
}

/// Counters of what a request read.
#[derive(Debug, Default)]
pub struct Stats {
    /// Samples, lines or spans looked at.
    pub rows_read: AtomicU64,
    /// Uncompressed bytes looked at.
    pub bytes_read: AtomicU64,
    /// Blocks opened.
    pub blocks_read: AtomicU64,
    /// Rows that survived all filters.
    pub rows_matched: AtomicU64,
}

impl Stats {
    /// Adds to the rows and bytes looked at.
    pub fn add_read(&self, rows: u64, bytes: u64) {
        self.rows_read.fetch_add(rows, Ordering::Relaxed);
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Context {
    /// A context for `tenant` with no deadline, for the process's own work.
    pub fn internal(tenant: Tenant, clock: Clock, budget: Budget) -> Self {
        let (cancel, stats) = (Cancel::new(), Arc::default());
        Context { tenant, clock, deadline: None, cancel, budget, stats, max_series: 0, patient: false }
    }

    /// A context for tests: anonymous tenant, 1 GiB, the system's clock.
    pub fn for_tests() -> Self {
        Self::internal(Tenant::anonymous(), Clock::system(), Budget::new("test", 1 << 30))
    }

    /// Writes can wait for others.
    pub fn patient(self) -> Self {
        Context { patient: true, ..self }
    }

    /// Gives up after `timeout` from now.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.deadline = Some(self.clock.monotonic() + timeout);
        self
    }

    /// `Err` once the caller went away or the deadline passed: loops ask this every few thousand rows.
    pub fn check(&self) -> Result<(), SourceError> {
        if self.cancel.is_canceled() {
            return Err(SourceError::Canceled);
        }
        match self.deadline {
            Some(deadline) if self.clock.monotonic() > deadline => Err(SourceError::Timeout),
            _ => Ok(()),
        }
    }
}
