//! What became of the deliveries of each signal since the start: for the report that an agent makes of itself.

use crate::Endpoints;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use wire::agent_report::DeliveryReport;

/// Letters of an error that are kept.
const MAX_ERROR_BYTES: usize = 512;

/// One signal.
#[derive(Debug, Default)]
pub(super) struct Lane {
    sent: AtomicU64,
    refused: AtomicU64,
    waiting: AtomicU64,
    last_error: Mutex<String>,
}

/// Rows that wait for their acknowledgement while this lives.
pub(super) struct Waiting<'a>(&'a Lane, u64);

impl Lane {
    pub(super) fn wait(&self, rows: u64) -> Waiting<'_> {
        self.waiting.fetch_add(rows, Ordering::Relaxed);
        Waiting(self, rows)
    }

    pub(super) fn sent(&self, rows: u64) {
        self.sent.fetch_add(rows, Ordering::Relaxed);
        self.error("");
    }

    pub(super) fn refused(&self, rows: u64, why: &str) {
        self.refused.fetch_add(rows, Ordering::Relaxed);
        self.error(why);
    }

    pub(super) fn error(&self, why: &str) {
        let mut error = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        error.clear();
        error.push_str(&why[..why.floor_char_boundary(MAX_ERROR_BYTES)]);
    }

    fn report(&self, signal: &str, url: &str) -> DeliveryReport {
        DeliveryReport {
            signal: signal.to_owned(),
            url: url.to_owned(),
            sent: self.sent.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
            last_error: self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(self.1, Ordering::Relaxed);
    }
}

/// All signals.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) metrics: Lane,
    pub(super) logs: Lane,
    pub(super) traces: Lane,
}

impl Lanes {
    pub(super) fn report(&self, to: &Endpoints) -> Vec<DeliveryReport> {
        vec![
            self.metrics.report("metrics", &to.metrics),
            self.logs.report("logs", &to.logs),
            self.traces.report("traces", &to.traces),
        ]
    }
}
