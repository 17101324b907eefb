//! `shared-iterations`, `per-vu-iterations` and `constant-vus`: VUs that loop until a count or a time is reached.

use super::{Busy, Work};
use crate::js::Feed;
use crate::options::scenario::Executor;
use crate::run::shared::Shared;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use stdx::Cancel;

/// Lets iterations begin until `end`, so many in all and so many a VU.
struct Budget {
    shared: Arc<Shared>,
    end: Duration,
    each: u64,
    all: u64,
    begun: AtomicU64,
}

impl Feed for Budget {
    fn next(&self, done: u64) -> bool {
        if done >= self.each || self.shared.elapsed() >= self.end || self.shared.abort.cancel.is_canceled() {
            return false;
        }
        let take = |n: u64| (n < self.all).then_some(n + 1);
        self.begun.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

pub(super) async fn run(work: &Work) {
    let scenario = &work.scenario.scenario;
    let (each, all) = match scenario.executor {
        Executor::SharedIterations { iterations, .. } => (u64::MAX, iterations),
        Executor::PerVuIterations { vus, iterations, .. } => {
            (iterations, iterations.saturating_mul(vus.into()))
        }
        _ => (u64::MAX, u64::MAX),
    };
    let end = work.shared.elapsed() + scenario.executor.duration();
    let feed =
        Arc::new(Budget { shared: Arc::clone(&work.shared), end, each, all, begun: AtomicU64::new(0) });
    let vus = work.take(scenario.executor.vus().0).await;
    let mut busy = Busy::with_slots(vus.len());
    let stop = Cancel::new();
    for (slot, vu) in vus.into_iter().enumerate() {
        busy.seat(slot, vu);
        busy.start(work, slot, Arc::clone(&feed) as Arc<dyn Feed>, stop.clone());
    }
    busy.finish(work, end + scenario.graceful_stop, &stop).await;
    busy.dismiss(&work.crew);
    if all != u64::MAX && !work.is_stopped() {
        work.drop_iterations(all - feed.begun.load(Ordering::Relaxed));
    }
}
