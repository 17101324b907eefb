//! Runs one query: a permit, a deadline, a budget; canceled when the caller leaves; a panic fails this request only.
//!
//! A language computes on the blocking pool, so a heavy query never holds a runtime thread; one whose heavy parts go there
//! by themselves is run in the request's own task, since for a small query a change of threads costs more than its work.
//! Dropping the handler's future (the caller closed the connection) sets the context's cancel flag, which the query polls.

mod running;

pub(crate) use running::{Running, Title};

use crate::error::Fault;
use crate::state::State;
use contract::Context;
use model::Tenant;
use running::Guard;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use stdx::Cancel;
use stdx::future::caught;
use stdx::task::blocking;

/// How long a query may overstay its deadline before its answer is given up: it polls the deadline itself, so this only
/// catches a loop that forgot to.
const GRACE: Duration = Duration::from_secs(5);

/// Sets the flag when the request's future is dropped.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl State {
    /// A context for a query of `tenant`. `timeout` shortens the limit, it does not lengthen it.
    pub(crate) fn query_context(&self, tenant: Tenant, timeout: Option<Duration>) -> Context {
        let limits = self.limits_of(&tenant);
        let limit = Duration::from_secs(limits.query_timeout_seconds);
        let timeout = timeout.map_or(limit, |asked| asked.min(limit));
        let budget = self.budget.child("memory.query", limits.max_query_memory_bytes);
        Context { cancel: Cancel::new(), budget, ..self.write_context(tenant) }.with_timeout(timeout)
    }

    /// Runs `query` under `cx` on the blocking pool and waits for its answer.
    pub(crate) async fn run<T, E, F, Fut>(self: &Arc<Self>, cx: Context, query: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        E: Into<Fault> + Send + 'static,
        F: FnOnce(Context) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>>,
    {
        let runtime = tokio::runtime::Handle::current();
        self.finish(None, cx, |cx| blocking(move || runtime.block_on(query(cx))).join()).await
    }

    /// [`State::run`] for a query that operators can see while it runs, and cancel.
    pub(crate) async fn run_titled<T, E, F, Fut>(
        self: &Arc<Self>,
        title: Title,
        cx: Context,
        query: F,
    ) -> Result<T, Fault>
    where
        T: Send + 'static,
        E: Into<Fault> + Send + 'static,
        F: FnOnce(Context) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>>,
    {
        let runtime = tokio::runtime::Handle::current();
        self.listed(title, cx, |cx| blocking(move || runtime.block_on(query(cx))).join()).await
    }

    /// [`State::run_titled`] for a query that never computes for more than a millisecond or so without leaving the runtime's
    /// threads. It runs where this is awaited: several at once are at once on several cores only as tasks of their own.
    pub(crate) async fn run_here<T, E: Into<Fault>, Fut: Future<Output = Result<T, E>>>(
        self: &Arc<Self>,
        title: Title,
        cx: Context,
        query: impl FnOnce(Context) -> Fut,
    ) -> Result<T, Fault> {
        self.listed(title, cx, |cx| caught(query(cx))).await
    }

    /// [`State::run`] for what never computes for more than a millisecond or so without leaving the runtime's threads; it runs
    /// where this is awaited.
    pub(crate) async fn run_briefly<T, E: Into<Fault>, Fut: Future<Output = Result<T, E>>>(
        self: &Arc<Self>,
        cx: Context,
        query: impl FnOnce(Context) -> Fut,
    ) -> Result<T, Fault> {
        self.finish(None, cx, |cx| caught(query(cx))).await
    }

    /// What `start` makes, listed among the running queries until it ends.
    async fn listed<T, E: Into<Fault>, P: Display, Run: Future<Output = Result<Result<T, E>, P>>>(
        self: &Arc<Self>,
        title: Title,
        cx: Context,
        start: impl FnOnce(Context) -> Run,
    ) -> Result<T, Fault> {
        let mut guard = self.running.begin(title, &cx);
        let answer = self.finish(Some(&guard), cx, start).await;
        guard.ended(&answer);
        answer
    }

    fn no_turn(&self) -> String {
        let most = self.limits().max_concurrent_queries;
        format!(
            "the query timed out while waiting for its turn: limits.max_concurrent_queries lets {most} run at once"
        )
    }

    /// `start` makes what answers, or says how it panicked.
    async fn finish<T, E: Into<Fault>, P: Display, Run: Future<Output = Result<Result<T, E>, P>>>(
        self: &Arc<Self>,
        guard: Option<&Guard<'_>>,
        cx: Context,
        start: impl FnOnce(Context) -> Run,
    ) -> Result<T, Fault> {
        let _cancel = CancelOnDrop(cx.cancel.clone());
        let left = cx.deadline.map_or(Duration::MAX, |at| at.saturating_sub(self.clock.monotonic()));
        let permit = tokio::select! {
            () = cx.cancel.canceled() => return Err(contract::SourceError::Canceled.into()),
            permit = tokio::time::timeout(left, self.queries.acquire()) => permit
                .map_err(|_| Fault::timeout(self.no_turn()))?
                .map_err(|_| Fault::new(stdx::ErrorKind::Unavailable, "the server is stopping"))?,
        };
        if let Some(guard) = guard {
            guard.started();
        }
        let finished = tokio::time::timeout(left.saturating_add(GRACE), start(cx)).await;
        drop(permit);
        match finished {
            Ok(Ok(answer)) => answer.map_err(Into::into),
            Ok(Err(panic)) => {
                tracing::error!(%panic, "a query panicked");
                self.telemetry.counter("oriel_query_panics_total", "Queries that panicked.", &[]).add(1);
                Err(Fault::internal("the query failed inside Oriel; its log says where"))
            }
            Err(_) => Err(Fault::timeout("the query timed out")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes;
    use crate::limits::Limits;
    use crate::state::Options;
    use model::Tenant;

    fn one_at_a_time() -> Arc<State> {
        let limits = Limits { max_concurrent_queries: 1, ..Limits::default() };
        fakes::state(Options { limits: limits.into(), ..Options::default() }).0
    }

    async fn quick(state: &Arc<State>, timeout: Duration) -> Result<u32, Fault> {
        let cx = state.query_context(Tenant::anonymous(), Some(timeout));
        state.run(cx, |_| async { Ok::<_, contract::SourceError>(7) }).await
    }

    #[tokio::test]
    async fn queries_beyond_the_limit_wait_for_their_turn() {
        let state = one_at_a_time();
        let (release, held) = tokio::sync::oneshot::channel::<()>();
        let (began, begun) = tokio::sync::oneshot::channel::<()>();
        let (first, cx) = (state.clone(), state.query_context(Tenant::anonymous(), None));
        let first = stdx::task::spawn(async move {
            let wait = move |_| async move {
                began.send(()).expect("the test waits");
                held.await.expect("the test sends");
                Ok::<_, contract::SourceError>(())
            };
            first.run(cx, wait).await
        });
        begun.await.expect("the first begins");
        let late = quick(&state, Duration::from_millis(5)).await.expect_err("its turn does not come");
        assert_eq!(late, Fault::timeout(state.no_turn()));
        assert!(late.to_string().contains("limits.max_concurrent_queries lets 1 run"), "{late}");
        let (waiting, ()) = tokio::join!(quick(&state, Duration::from_secs(60)), async {
            release.send(()).expect("the first waits");
        });
        assert_eq!(waiting.expect("the first ended"), 7);
        first.join().await.expect("it does not panic").expect("it is good");
    }

    #[tokio::test]
    async fn who_leaves_gives_the_turn_back() {
        let state = one_at_a_time();
        let cx = state.query_context(Tenant::anonymous(), None);
        let endless = state.run(cx, |cx| async move {
            cx.cancel.canceled().await;
            Err::<(), _>(contract::SourceError::Canceled)
        });
        assert!(tokio::time::timeout(Duration::from_millis(20), endless).await.is_err());
        assert_eq!(quick(&state, Duration::from_secs(60)).await.expect("the turn is free"), 7);
    }
}
