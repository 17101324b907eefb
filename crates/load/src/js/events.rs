//! The event loop's outside: timers and things that complete later. JavaScript keeps the callbacks by number
//! (`lib/prelude.js`); here are only the numbers and when or with what they fire.

use crate::protocol::http::Response;
use crate::protocol::http::error::Failure;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::time::Duration;
use stdx::Clock;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// What a completion carries to its callback.
pub(crate) enum Payload {
    /// A timer that fired.
    Timer,
    /// Something from a WebSocket.
    Socket(super::ws::Event),
    /// A response to `asyncRequest`.
    Response(Box<Result<Response, Failure>>, Box<super::http::Asked>),
}

/// Timers and completions of one VU.
#[derive(Default)]
pub(crate) struct Events {
    next: Cell<u32>,
    timers: RefCell<BTreeMap<(Duration, u32), ()>>,
    done: RefCell<VecDeque<(u32, Payload)>>,
    /// How many things are under way that will complete.
    pending: Cell<u32>,
    wake: Notify,
    /// What runs for the script in the background.
    tasks: RefCell<Vec<AbortHandle>>,
}

impl Events {
    /// A number for a callback.
    pub(crate) fn number(&self) -> u32 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    /// A timer that fires after `delay`.
    pub(crate) fn timer(&self, clock: &Clock, delay: Duration) -> u32 {
        let id = self.number();
        self.timers.borrow_mut().insert((clock.monotonic() + delay, id), ());
        id
    }

    /// Forgets a timer.
    pub(crate) fn clear(&self, id: u32) {
        self.timers.borrow_mut().retain(|(_, timer), ()| *timer != id);
    }

    /// Runs something that completes later; it calls [`Events::end`] when it is done for good.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.pending.set(self.pending.get() + 1);
        let mut tasks = self.tasks.borrow_mut();
        tasks.retain(|task| !task.is_finished());
        tasks.push(tokio::task::spawn_local(work).abort_handle());
    }

    /// Something completed for good.
    pub(crate) fn end(&self) {
        self.pending.set(self.pending.get().saturating_sub(1));
        self.wake.notify_one();
    }

    /// Hands a payload to callback `id`.
    pub(crate) fn post(&self, id: u32, payload: Payload) {
        self.done.borrow_mut().push_back((id, payload));
        self.wake.notify_one();
    }

    /// Whether nothing will happen any more.
    pub(crate) fn is_idle(&self) -> bool {
        self.pending.get() == 0 && self.timers.borrow().is_empty() && self.done.borrow().is_empty()
    }

    /// Forgets everything that waits and ends what runs in the background.
    pub(crate) fn reset(&self) {
        self.tasks.borrow_mut().drain(..).for_each(|task| task.abort());
        self.timers.borrow_mut().clear();
        self.done.borrow_mut().clear();
        self.pending.set(0);
    }

    /// The next thing to happen; `None` when nothing will.
    pub(crate) async fn next(&self, clock: &Clock) -> Option<(u32, Payload)> {
        loop {
            if let Some(done) = self.done.borrow_mut().pop_front() {
                return Some(done);
            }
            let first = self.timers.borrow().keys().next().copied();
            match first {
                None if self.pending.get() == 0 => return None,
                None => self.wake.notified().await,
                Some((at, id)) => {
                    let now = clock.monotonic();
                    if at <= now {
                        self.timers.borrow_mut().remove(&(at, id));
                        return Some((id, Payload::Timer));
                    }
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep(at - now) => {}
                    }
                }
            }
        }
    }
}
