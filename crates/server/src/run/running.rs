//! Which queries run now, and which were slow: what an operator looks at when the server is busy.
//!
//! ```text
//! State::run_titled --> Running::begin --> [guard] --> guard dropped: no longer running; kept as slow if it took long
//! DELETE /api/oriel/v1/queries/{id} --> Running::cancel --> the context's cancel flag, which the query polls
//! ```
//! Invariant: a query is in the list exactly as long as its guard lives, so a panic or a caller who left takes it out.

use crate::error::Fault;
use contract::{Context, Stats};
use model::Tenant;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::{Cancel, Clock};

/// A query of at least so long is worth showing: people notice a second.
const SLOW: Duration = Duration::from_secs(1);
/// Slow queries that are remembered, the newest: some pages.
const MAX_SLOW: usize = 200;
/// Of a query's text at most so many bytes are kept.
const MAX_TEXT_BYTES: usize = 8 << 10;

/// What is said about a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Title {
    /// `metrics`, `logs` or `traces`.
    pub(crate) signal: &'static str,
    /// `instant`, `range` or `search`.
    pub(crate) kind: &'static str,
    /// As it was written.
    pub(crate) query: String,
    /// Milliseconds since 1970, both ends inside.
    pub(crate) range: (i64, i64),
}

/// Queries that run, and those that were slow.
#[derive(Debug, Default)]
pub(crate) struct Running {
    next: AtomicU64,
    now: Mutex<BTreeMap<u64, Arc<Entry>>>,
    slow: Mutex<VecDeque<Slow>>,
}

#[derive(Debug)]
struct Entry {
    title: Title,
    tenant: Tenant,
    /// Milliseconds since 1970.
    began: i64,
    from: Duration,
    waiting: AtomicBool,
    stats: Arc<Stats>,
    cancel: Cancel,
}

#[derive(Debug)]
struct Slow {
    id: u64,
    entry: Arc<Entry>,
    took: Duration,
    outcome: String,
}

/// Takes a query out of the list when dropped.
pub(crate) struct Guard<'a> {
    running: &'a Running,
    clock: Clock,
    id: u64,
    entry: Arc<Entry>,
    outcome: String,
}

impl Running {
    /// Puts a query into the list; it waits for its turn until [`Guard::started`].
    pub(crate) fn begin(&self, mut title: Title, cx: &Context) -> Guard<'_> {
        if title.query.len() > MAX_TEXT_BYTES {
            title.query.truncate(title.query.floor_char_boundary(MAX_TEXT_BYTES));
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let entry = Arc::new(Entry {
            title,
            tenant: cx.tenant.clone(),
            began: cx.clock.now_millis(),
            from: cx.clock.monotonic(),
            waiting: AtomicBool::new(true),
            stats: cx.stats.clone(),
            cancel: cx.cancel.clone(),
        });
        self.now.lock().unwrap_or_else(PoisonError::into_inner).insert(id, entry.clone());
        let outcome = "the caller left".to_owned();
        Guard { running: self, clock: cx.clock.clone(), id, entry, outcome }
    }

    /// Cancels a running query of a tenant; `false` when it does not run.
    pub(crate) fn cancel(&self, tenant: &Tenant, id: u64) -> bool {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let found = now.get(&id).filter(|entry| entry.tenant == *tenant);
        found.map(|entry| entry.cancel.cancel()).is_some()
    }

    /// `{running, slow}` of a tenant: the longest first, the newest first.
    pub(crate) fn shown(&self, tenant: &Tenant, clock: &Clock) -> Value {
        let at = clock.monotonic();
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let own = now.iter().filter(|(_, entry)| entry.tenant == *tenant);
        let running: Vec<Value> =
            own.map(|(id, entry)| entry.shown(*id, at.saturating_sub(entry.from), None)).collect();
        drop(now);
        let slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        let own = slow.iter().rev().filter(|one| one.entry.tenant == *tenant);
        let slow: Vec<Value> = own.map(|one| one.entry.shown(one.id, one.took, Some(&one.outcome))).collect();
        json!({ "running": running, "slow": slow })
    }
}

impl Entry {
    fn shown(&self, id: u64, took: Duration, outcome: Option<&str>) -> Value {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut shown = json!({
            "id": id, "signal": self.title.signal, "kind": self.title.kind, "query": self.title.query,
            "start": self.title.range.0, "end": self.title.range.1, "began": self.began,
            "seconds": took.as_secs_f64(), "rowsRead": count(&self.stats.rows_read),
            "bytesRead": count(&self.stats.bytes_read), "blocksRead": count(&self.stats.blocks_read),
        });
        match outcome {
            Some(outcome) => shown["outcome"] = outcome.into(),
            None => shown["waiting"] = self.waiting.load(Ordering::Relaxed).into(),
        }
        shown
    }
}

impl Guard<'_> {
    /// The query's turn has come.
    pub(crate) fn started(&self) {
        self.entry.waiting.store(false, Ordering::Relaxed);
    }

    /// How it ended: `ok`, or the words of its failure.
    pub(crate) fn ended<T>(&mut self, answer: &Result<T, Fault>) {
        self.outcome = answer.as_ref().map_or_else(Fault::to_string, |_| "ok".to_owned());
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.running.now.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        let took = self.clock.monotonic().saturating_sub(self.entry.from);
        if took < SLOW {
            return;
        }
        let mut slow = self.running.slow.lock().unwrap_or_else(PoisonError::into_inner);
        if slow.len() == MAX_SLOW {
            slow.pop_front();
        }
        let outcome = std::mem::take(&mut self.outcome);
        slow.push_back(Slow { id: self.id, entry: self.entry.clone(), took, outcome });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stdx::Budget;

    fn title(query: &str) -> Title {
        Title { signal: "metrics", kind: "range", query: query.to_owned(), range: (1, 2) }
    }

    #[test]
    fn a_query_is_listed_while_it_runs_and_kept_when_it_was_slow() {
        let clock = Clock::manual(1_000_000_000);
        let cx = Context::internal(Tenant::anonymous(), clock.clone(), Budget::new("test", 1));
        let running = Running::default();
        let mut guard = running.begin(title("up"), &cx);
        let shown = running.shown(&cx.tenant, &clock);
        assert_eq!(
            (&shown["running"][0]["query"], &shown["running"][0]["waiting"]),
            (&"up".into(), &true.into())
        );
        guard.started();
        assert_eq!(running.shown(&cx.tenant, &clock)["running"][0]["waiting"], false);
        let other = Tenant::parse("other").unwrap();
        assert_eq!(running.shown(&other, &clock)["running"].as_array().unwrap().len(), 0);
        assert!(!running.cancel(&other, 1) && !running.cancel(&cx.tenant, 2));
        assert!(running.cancel(&cx.tenant, 1) && cx.cancel.is_canceled());
        clock.advance(Duration::from_millis(1500));
        guard.ended(&Err::<(), _>(Fault::invalid("canceled")));
        drop(guard);
        let shown = running.shown(&cx.tenant, &clock);
        assert_eq!(shown["running"].as_array().unwrap().len(), 0);
        assert_eq!(
            (&shown["slow"][0]["outcome"], &shown["slow"][0]["seconds"]),
            (&"canceled".into(), &1.5.into())
        );
        for at in 0..MAX_SLOW + 3 {
            let guard = running.begin(title(&"ä".repeat(MAX_TEXT_BYTES)), &cx);
            clock.advance(SLOW);
            drop(guard);
            assert!(running.slow.lock().unwrap().len() <= MAX_SLOW, "{at}");
        }
        let shown = running.shown(&cx.tenant, &clock);
        assert_eq!(
            (&shown["slow"][0]["outcome"], shown["slow"][0]["query"].as_str().unwrap().len()),
            (&"the caller left".into(), MAX_TEXT_BYTES)
        );
        drop(running.begin(title("quick"), &cx));
        assert!(running.slow.lock().unwrap().iter().all(|one| one.entry.title.query != "quick"));
    }
}
