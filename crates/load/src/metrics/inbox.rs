//! Where the VUs of one thread leave their samples and the engine picks them up.

use super::Sample;
use std::sync::{Arc, Mutex, PoisonError};

/// 1 M samples (some 40 MB) a thread: twenty times what a core produces between two drains. Beyond it samples are
/// dropped and counted, as a load generator must not run out of memory because its output is slow.
const MAX_WAITING: usize = 1 << 20;

/// A bounded mailbox. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inbox(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    samples: Vec<Sample>,
    dropped: u64,
}

impl Inbox {
    /// Moves all of `samples` in, leaving it empty with its capacity.
    pub(crate) fn put(&self, samples: &mut Vec<Sample>) {
        if samples.is_empty() {
            return;
        }
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.samples.len() + samples.len() > MAX_WAITING {
            waiting.dropped += samples.len() as u64;
            samples.clear();
        } else {
            waiting.samples.append(samples);
        }
    }

    /// Takes everything, and how many were dropped since the last time.
    pub(crate) fn take(&self) -> (Vec<Sample>, u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut waiting.samples), std::mem::take(&mut waiting.dropped))
    }
}
