//! How fast tenants send samples, for those who ask: told, never enforced (that is [`super::rates`]).
//!
//! A tenant's pace is a decaying sum: what came [`SPAN`] ago counts a third of what comes now.

use model::Tenant;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Two scrapes at the usual interval.
const SPAN: Duration = Duration::from_secs(30);
/// Tenants that are remembered; then those that send less than a sample a minute are forgotten.
const MAX_TENANTS: usize = 10_000;
/// A sample a minute.
const SLOWEST: f64 = 1.0 / 60.0;

/// Samples a second, by tenant.
#[derive(Debug, Default)]
pub struct Paces(Mutex<HashMap<Tenant, Pace>>);

#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    rate: f64,
    at: Duration,
}

impl Pace {
    fn at(self, now: Duration) -> f64 {
        self.rate * (-now.saturating_sub(self.at).div_duration_f64(SPAN)).exp()
    }
}

impl Paces {
    /// Notes that `samples` came at `now`, on a clock that only goes on.
    pub(super) fn note(&self, tenant: &Tenant, samples: u64, now: Duration) {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if paces.len() >= MAX_TENANTS && !paces.contains_key(tenant) {
            paces.retain(|_, pace| pace.at(now) > SLOWEST);
        }
        let pace = paces.entry(tenant.clone()).or_default();
        *pace = Pace { rate: pace.at(now) + samples as f64 / SPAN.as_secs_f64(), at: now };
    }

    /// Samples a second that a tenant sends at `now`.
    pub fn of(&self, tenant: &Tenant, now: Duration) -> f64 {
        let paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        paces.get(tenant).map_or(0.0, |pace| pace.at(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_sender_is_told_at_its_rate() {
        let (paces, tenant) = (Paces::default(), Tenant::anonymous());
        (0..40).for_each(|n| paces.note(&tenant, 1500, Duration::from_secs(15 * n)));
        let seen = paces.of(&tenant, Duration::from_secs(15 * 39 + 7));
        assert!((seen - 100.0).abs() < 10.0, "{seen}");
        assert!(paces.of(&tenant, Duration::from_secs(15 * 39 + 600)) < 0.01);
        assert_eq!(paces.of(&Tenant::parse("other").unwrap(), Duration::ZERO), 0.0);
    }
}
