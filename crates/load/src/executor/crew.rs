//! The crew: threads that VUs live on, and the VUs that wait for work. VUs are shared by all scenarios.

use crate::js::{self, Failure, Info, Seat, Vu};
use crate::metrics::Inbox;
use crate::options::scenario::Scenario;
use crate::run::shared::Shared;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

/// VUs that may wait for their thread to begin with them.
const SEAT_QUEUE: usize = 1024;
/// A VU is told one thing at a time.
const COMMAND_QUEUE: usize = 2;

/// One thread with a current-thread runtime; VUs given to it stay on it.
struct Worker {
    seats: Option<mpsc::Sender<Seat>>,
    inbox: Inbox,
    thread: Option<JoinHandle<()>>,
}

/// Threads and idle VUs.
pub(crate) struct Crew {
    shared: Arc<Shared>,
    workers: Vec<Worker>,
    turn: AtomicUsize,
    last_id: AtomicU32,
    idle: Mutex<Vec<Vu>>,
    came: Notify,
}

impl Crew {
    /// Starts one thread a core.
    pub(crate) fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = (0..cores).map(Worker::start).collect::<std::io::Result<_>>()?;
        Ok(Crew {
            shared,
            workers,
            turn: AtomicUsize::new(0),
            last_id: AtomicU32::new(0),
            idle: Mutex::default(),
            came: Notify::new(),
        })
    }

    /// Where the VUs leave their samples.
    pub(crate) fn inboxes(&self) -> Vec<Inbox> {
        self.workers.iter().map(|w| w.inbox.clone()).collect()
    }

    /// Makes a VU with the next number and waits until it has loaded the script.
    pub(crate) async fn make(&self) -> Result<Vu, Failure> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (vu, _) = self.make_numbered(id).await?;
        self.shared.counts.initialised.fetch_add(1, Ordering::Relaxed);
        Ok(vu)
    }

    /// Makes a VU with a number of its own: 0 for the hooks.
    pub(crate) async fn make_numbered(&self, id: u32) -> Result<(Vu, Info), Failure> {
        let worker = &self.workers[self.turn.fetch_add(1, Ordering::Relaxed) % self.workers.len()];
        let (commands, receiver) = mpsc::channel(COMMAND_QUEUE);
        let (ready, loaded) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let seat = Seat { shared, id, inbox: worker.inbox.clone(), commands: receiver, ready };
        let gone = || Failure::plain("the thread of the VU is gone");
        let seats = worker.seats.as_ref().ok_or_else(gone)?;
        seats.send(seat).await.map_err(|_| gone())?;
        let loaded = tokio::time::timeout(js::LOAD_TIMEOUT, loaded).await;
        let info = loaded
            .map_err(|_| Failure::plain("loading the script took more than 60s"))?
            .map_err(|_| gone())??;
        Ok((Vu { commands }, info))
    }

    /// Makes `count` VUs ready, side by side on all threads.
    pub(crate) async fn prepare(&self, count: u32) -> Result<(), Failure> {
        let making = futures_util::future::join_all((0..count).map(|_| self.make())).await;
        for vu in making {
            self.put(vu?);
        }
        Ok(())
    }

    /// An idle VU, as soon as there is one; `None` when the run stops.
    pub(crate) async fn take(&self) -> Option<Vu> {
        loop {
            let came = self.came.notified();
            // The oldest first, so that VU numbers of the first scenario begin at 1.
            let found = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                (!idle.is_empty()).then(|| idle.remove(0))
            };
            if found.is_some() {
                return found;
            }
            tokio::select! {
                () = came => {}
                () = self.shared.abort.cancel.canceled() => return None,
            }
        }
    }

    /// Puts a VU back.
    pub(crate) fn put(&self, vu: Vu) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(vu);
        self.came.notify_one();
    }

    /// Ends all VUs and waits for their threads.
    pub(crate) fn end(mut self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        for worker in &mut self.workers {
            worker.seats = None;
        }
        for worker in &mut self.workers {
            if let Some(thread) = worker.thread.take() {
                // A thread that panicked has told so on standard error.
                let _ = thread.join();
            }
        }
    }
}

impl Worker {
    fn start(number: usize) -> std::io::Result<Self> {
        let (seats, mut receiver) = mpsc::channel::<Seat>(SEAT_QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = stdx::task::thread(&format!("load-{number}"), move || {
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async move {
                let mut vus = tokio::task::JoinSet::new();
                loop {
                    tokio::select! {
                        seat = receiver.recv() => match seat {
                            Some(seat) => start_vu(&mut vus, seat),
                            None => break,
                        },
                        Some(_) = vus.join_next() => {}
                    }
                }
                while vus.join_next().await.is_some() {}
            });
        })?;
        Ok(Worker { seats: Some(seats), inbox: Inbox::default(), thread: Some(thread) })
    }
}

fn start_vu(vus: &mut tokio::task::JoinSet<()>, seat: Seat) {
    let shared = Arc::clone(&seat.shared);
    match js::fiber::Fiber::start(move |park| js::run(park, seat)) {
        Ok(fiber) => drop(vus.spawn_local(fiber)),
        Err(e) => shared.logger.error(&format!("no memory for the stack of another VU: {e}")),
    }
}

/// How many VUs the scenarios need at once, at the worst moment, and how many they may use in all.
pub(crate) fn needed(scenarios: &[(String, Scenario)]) -> (u32, u32) {
    let window = |s: &Scenario| {
        let end = s.start_time + s.executor.duration() + s.graceful_stop;
        (s.start_time, end)
    };
    let at_once = |of: fn(&Scenario) -> u32| {
        let at = |moment: Duration| {
            let open = scenarios.iter().filter(|(_, s)| (window(s).0..window(s).1).contains(&moment));
            open.fold(0u32, |sum, (_, s)| sum.saturating_add(of(s)))
        };
        scenarios.iter().map(|(_, s)| at(s.start_time)).max().unwrap_or(0)
    };
    (at_once(|s| s.executor.vus().0), at_once(|s| s.executor.vus().1))
}
