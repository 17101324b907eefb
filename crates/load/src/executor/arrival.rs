//! `constant-arrival-rate` and `ramping-arrival-rate`: iterations start by the clock, whatever the running ones do. Without
//! a free VU an iteration is dropped and never made up; then one further VU at a time is made ready in the background.

use super::{Busy, Work, schedule};
use crate::js::{Feed, Vu};
use crate::options::scenario::Executor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stdx::{Cancel, task};
use tokio::sync::mpsc;

/// Lets one iteration begin.
#[derive(Default)]
struct Once(AtomicBool);

impl Feed for Once {
    fn next(&self, _done: u64) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

/// VUs of the scenario: free slots, and the one that is being made.
struct Seats {
    busy: Busy,
    free: Vec<usize>,
    seated: usize,
    most: usize,
    making: Option<task::Task<()>>,
    made: mpsc::Receiver<Option<Vu>>,
    deliver: mpsc::Sender<Option<Vu>>,
    warned: bool,
}

pub(super) async fn run(work: &Work) {
    let scenario = &work.scenario.scenario;
    let began = work.shared.elapsed();
    let end = began + scenario.executor.duration();
    let times: Box<dyn Iterator<Item = Duration> + Send> = match &scenario.executor {
        Executor::ConstantArrival { rate, unit, duration, .. } => {
            Box::new(schedule::constant(*rate, *unit, *duration))
        }
        Executor::RampingArrival { start, unit, stages, .. } => {
            Box::new(schedule::ramping(*start, *unit, stages))
        }
        _ => return,
    };
    let (least, most) = scenario.executor.vus();
    let (deliver, made) = mpsc::channel(1);
    let busy = Busy::with_slots(most as usize);
    let most = most as usize;
    let mut seats =
        Seats { busy, free: Vec::new(), seated: 0, most, making: None, made, deliver, warned: false };
    for vu in work.take(least).await {
        seats.seat(vu);
    }
    let stop = Cancel::new();
    for at in times {
        seats.wait_until(work, began + at).await;
        if work.is_stopped() {
            break;
        }
        match seats.free.pop() {
            Some(slot) => seats.busy.start(work, slot, Arc::new(Once::default()), stop.clone()),
            None => {
                work.drop_iterations(1);
                seats.make_another(work);
            }
        }
    }
    seats.wait_until(work, end).await;
    seats.busy.finish(work, end + scenario.graceful_stop, &stop).await;
    seats.leave(work).await;
}

impl Seats {
    fn seat(&mut self, vu: Vu) {
        if self.seated < self.most {
            self.busy.seat(self.seated, vu);
            self.free.push(self.seated);
            self.seated += 1;
        }
    }

    /// Waits for a time of the run, taking back VUs that became free and seating new ones.
    async fn wait_until(&mut self, work: &Work, at: Duration) {
        loop {
            tokio::select! {
                biased;
                slot = self.busy.ended(), if self.busy.running > 0 => self.free.push(slot),
                Some(made) = self.made.recv() => {
                    self.making = None;
                    if let Some(vu) = made {
                        self.seat(vu);
                    }
                }
                () = work.until(at) => return,
            }
        }
    }

    fn make_another(&mut self, work: &Work) {
        if self.making.is_some() {
            return;
        }
        if self.seated >= self.most {
            if !self.warned {
                self.warned = true;
                let message = format!(
                    "Insufficient VUs, reached {} active VUs and cannot initialize more",
                    self.seated
                );
                let fields = [
                    ("executor", work.scenario.scenario.executor.name()),
                    ("scenario", work.scenario.name.as_str()),
                ];
                work.shared.logger.log(crate::log::Level::Warning, &message, &fields);
            }
            return;
        }
        let (crew, deliver) = (Arc::clone(&work.crew), self.deliver.clone());
        self.making = Some(task::spawn(async move {
            let vu = crew.make().await;
            let _ = deliver.send(vu.ok()).await;
        }));
    }

    async fn leave(mut self, work: &Work) {
        if let Some(making) = self.making.take() {
            let _ = making.join().await;
            if let Ok(Some(vu)) = self.made.try_recv() {
                work.crew.put(vu);
            }
        }
        self.busy.dismiss(&work.crew);
    }
}
