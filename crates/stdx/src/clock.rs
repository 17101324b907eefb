//! Clocks. Production reads the system; tests hold a manual clock and move it.
//!
//! Invariant: this is the only file of the house that reads the operating system's time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of wall-clock and monotonic time. Cloning shares the source.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { started: Instant },
    Manual { nanos: Arc<AtomicI64> },
}

impl Clock {
    /// The operating system's clock.
    #[expect(clippy::disallowed_methods, reason = "this is the replacement that the ban names")]
    pub fn system() -> Self {
        Clock(Source::System { started: Instant::now() })
    }

    /// A clock that stands at `unix_nanos` until [`Clock::advance`] moves it.
    pub fn manual(unix_nanos: i64) -> Self {
        Clock(Source::Manual { nanos: Arc::new(AtomicI64::new(unix_nanos)) })
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    #[expect(clippy::disallowed_methods, reason = "this is the replacement that the ban names")]
    pub fn now_nanos(&self) -> i64 {
        match &self.0 {
            Source::System { .. } => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
                Err(before) => -i64::try_from(before.duration().as_nanos()).unwrap_or(i64::MAX),
            },
            Source::Manual { nanos } => nanos.load(Ordering::SeqCst),
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn now_millis(&self) -> i64 {
        self.now_nanos().div_euclid(1_000_000)
    }

    /// Time since some fixed point in the past; never goes back.
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System { started } => started.elapsed(),
            Source::Manual { nanos } => Duration::from_nanos(nanos.load(Ordering::SeqCst).unsigned_abs()),
        }
    }

    /// Moves a manual clock forward. Panics on a system clock: only tests move time.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::System { .. } => panic!("the system clock cannot be moved"),
            Source::Manual { nanos } => {
                nanos.fetch_add(i64::try_from(by.as_nanos()).unwrap_or(i64::MAX), Ordering::SeqCst);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(1_500_000_000);
        assert_eq!((clock.now_nanos(), clock.now_millis()), (1_500_000_000, 1_500));
        clock.advance(Duration::from_millis(2));
        assert_eq!(clock.now_millis(), 1_502);
        assert!(Clock::system().now_millis() > 1_700_000_000_000);
    }
}
