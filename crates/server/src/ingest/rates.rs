//! How fast tenants may send: a bucket of tokens each, which fills at the rate up to the burst and is emptied by what is
//! taken. A batch for which there are not enough is not taken at all, and costs none.

use crate::limits::Limits;
use model::Tenant;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tenants whose buckets are remembered; then full buckets, which say nothing, are forgotten.
const MAX_BUCKETS: usize = 10_000;

/// Buckets of one sort of thing.
#[derive(Debug, Default)]
pub(super) struct Rate(Mutex<HashMap<Tenant, Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Rate {
    /// Takes `amount` at `now`, on a clock that only goes on. `Err` holds the burst that is too small, or empty. A rate of 0
    /// is no limit.
    pub(super) fn take(
        &self,
        tenant: &Tenant,
        amount: u64,
        (rate, burst): (u64, u64),
        now: Duration,
    ) -> Result<(), u64> {
        if rate == 0 {
            return Ok(());
        }
        let burst = Limits::burst(rate, burst);
        let filled = |bucket: &Bucket| {
            let since = now.saturating_sub(bucket.at).as_secs_f64();
            (bucket.tokens + since * rate as f64).min(burst as f64)
        };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_BUCKETS && !buckets.contains_key(tenant) {
            buckets.retain(|_, bucket| filled(bucket) < burst as f64);
        }
        let bucket = buckets.entry(tenant.clone()).or_insert(Bucket { tokens: burst as f64, at: now });
        *bucket = Bucket { tokens: filled(bucket), at: now };
        if bucket.tokens < amount as f64 {
            return Err(burst);
        }
        bucket.tokens -= amount as f64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_fills_at_the_rate_up_to_the_burst() {
        let (rate, one, other) = (Rate::default(), Tenant::anonymous(), Tenant::parse("b").unwrap());
        let take = |tenant: &Tenant, amount, millis| {
            rate.take(tenant, amount, (10, 20), Duration::from_millis(millis))
        };
        assert_eq!((take(&one, 20, 0), take(&one, 1, 0), take(&other, 20, 0)), (Ok(()), Err(20), Ok(())));
        assert_eq!(
            (take(&one, 10, 900), take(&one, 10, 1000), take(&one, 1, 1000)),
            (Err(20), Ok(()), Err(20))
        );
        assert_eq!((take(&one, 21, 60_000), take(&one, 20, 60_000)), (Err(20), Ok(())));
        // A clock that seems to go back gives nothing.
        assert_eq!(take(&one, 1, 0), Err(20));
        let unset = |amount, rates| rate.take(&Tenant::parse("c").unwrap(), amount, rates, Duration::ZERO);
        assert_eq!(
            (unset(u64::MAX, (0, 5)), unset(100, (10, 0)), unset(1, (10, 0))),
            (Ok(()), Ok(()), Err(100))
        );
    }
}
