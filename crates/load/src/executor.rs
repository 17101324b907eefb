//! Executors: when iterations start, on which VU, and when they are cut off.
//!
//! An executor is an async function on the main runtime; iterations run on the VUs' own threads. For closed loops a VU is
//! handed a [`Lane`](crate::js::Lane) once and asks the lane's feed itself before each iteration, so no message crosses
//! threads an iteration. Two ends: the regular one (no new iteration) and, `gracefulStop` later, the hard one (cut off).

mod arrival;
mod crew;
mod looping;
mod ramping;
mod schedule;

pub(crate) use crew::{Crew, needed};

use crate::js::{Command, Feed, Lane, Vu};
use crate::metrics::{Builtin, Inbox, Sample};
use crate::options::scenario::Executor;
use crate::run::shared::{ScenarioRun, Shared};
use std::sync::Arc;
use std::time::Duration;
use stdx::Cancel;
use tokio::sync::mpsc;

/// What an executor works with.
pub(crate) struct Work {
    pub(crate) shared: Arc<Shared>,
    pub(crate) crew: Arc<Crew>,
    pub(crate) scenario: Arc<ScenarioRun>,
    /// Where dropped iterations are recorded.
    pub(crate) inbox: Inbox,
}

/// VUs that are busy with lanes of one scenario; each reports its slot when its lane ends.
pub(crate) struct Busy {
    vus: Vec<Option<Vu>>,
    reports: mpsc::Receiver<u32>,
    report: mpsc::Sender<u32>,
    running: usize,
}

impl Busy {
    /// Room for `slots` VUs.
    fn with_slots(slots: usize) -> Self {
        // Each slot reports once a lane, and its next lane begins only after that: the channel never fills.
        let (report, reports) = mpsc::channel(slots.max(1));
        Busy { vus: (0..slots).map(|_| None).collect(), reports, report, running: 0 }
    }

    /// Seats a VU.
    fn seat(&mut self, slot: usize, vu: Vu) {
        self.vus[slot] = Some(vu);
    }

    /// Whether a VU sits there.
    fn is_seated(&self, slot: usize) -> bool {
        self.vus.get(slot).is_some_and(Option::is_some)
    }

    /// Starts a lane on a slot's VU.
    fn start(&mut self, work: &Work, slot: usize, feed: Arc<dyn Feed>, stop: Cancel) {
        let Some(vu) = &self.vus[slot] else { return };
        let done = Done { slot: u32::try_from(slot).unwrap_or(u32::MAX), report: self.report.clone() };
        let lane = Lane { scenario: Arc::clone(&work.scenario), feed, stop, done };
        // An idle VU has an empty queue; one that died reports through the lane that is dropped here.
        drop(vu.commands.try_send(Command::Loop(lane)));
        self.running += 1;
    }

    /// The next slot whose lane ended.
    async fn ended(&mut self) -> usize {
        let slot = self.reports.recv().await.unwrap_or_default();
        self.running = self.running.saturating_sub(1);
        slot as usize
    }

    /// Waits until all lanes have ended; cuts them off at `hard_end` and when the run stops.
    async fn finish(&mut self, work: &Work, hard_end: Duration, stop: &Cancel) {
        while self.running > 0 {
            tokio::select! {
                _ = self.ended() => {}
                () = work.until(hard_end), if !stop.is_canceled() => stop.cancel(),
            }
        }
    }

    /// Gives the VUs back.
    fn dismiss(self, crew: &Crew) {
        self.vus.into_iter().flatten().for_each(|vu| crew.put(vu));
    }
}

/// Reports the end of a lane when dropped, however it ended.
pub(crate) struct Done {
    slot: u32,
    report: mpsc::Sender<u32>,
}

impl Drop for Done {
    fn drop(&mut self) {
        let _ = self.report.try_send(self.slot);
    }
}

impl Work {
    /// Waits until a time of the run, or until the run stops.
    async fn until(&self, at: Duration) {
        let wait = at.saturating_sub(self.shared.elapsed());
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.shared.abort.cancel.canceled() => {}
        }
    }

    fn is_stopped(&self) -> bool {
        self.shared.abort.cancel.is_canceled()
    }

    /// Records iterations that never began.
    fn drop_iterations(&self, count: u64) {
        if count > 0 {
            let (metric, at_nanos) = (Builtin::DroppedIterations.into(), self.shared.clock.now_nanos());
            let tags = Arc::clone(&self.scenario.tags);
            self.inbox.put(&mut vec![Sample { metric, tags, at_nanos, value: count as f64 }]);
        }
    }

    /// The scenario's number of VUs, taken from the crew.
    async fn take(&self, count: u32) -> Vec<Vu> {
        let mut vus = Vec::with_capacity(count as usize);
        for _ in 0..count {
            match self.crew.take().await {
                Some(vu) => vus.push(vu),
                None => break,
            }
        }
        vus
    }
}

/// Runs a scenario from its start time to its end.
pub(crate) async fn run(work: Work) {
    work.until(work.scenario.scenario.start_time).await;
    if work.is_stopped() {
        return;
    }
    let clock = &work.shared.clock;
    let _ = work.scenario.started.set((clock.monotonic(), clock.now_millis()));
    match &work.scenario.scenario.executor {
        Executor::SharedIterations { .. }
        | Executor::PerVuIterations { .. }
        | Executor::ConstantVus { .. } => {
            looping::run(&work).await;
        }
        Executor::RampingVus { .. } => ramping::run(&work).await,
        Executor::ConstantArrival { .. } | Executor::RampingArrival { .. } => arrival::run(&work).await,
    }
}
