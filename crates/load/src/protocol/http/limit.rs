//! Limits that requests share: so many a second over all VUs, so many at once in a batch.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use stdx::Clock;

/// Lets through so many a second, evenly spaced, over all VUs.
#[derive(Debug)]
pub(crate) struct RateLimit {
    clock: Clock,
    every: Duration,
    next: Mutex<Duration>,
}

impl RateLimit {
    /// `None` when there is no limit.
    pub(crate) fn per_second(rps: u32, clock: Clock) -> Option<Self> {
        let every = Duration::from_secs(1).checked_div(rps)?;
        Some(RateLimit { clock, every, next: Mutex::new(Duration::ZERO) })
    }

    /// Waits for its turn.
    pub(crate) async fn turn(&self) {
        let wait = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.monotonic();
            let at = (*next).max(now);
            *next = at + self.every;
            at - now
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }
}
