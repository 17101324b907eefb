//! Watching a run: every 50 ms samples go from the inboxes to the engine and the outputs; every second the number of VUs is
//! sampled; every two seconds thresholds are evaluated.

use super::locked;
use super::shared::{AbortReason, Shared};
use crate::metrics::{Builtin, Engine, Inbox, Sample};
use crate::output::Outputs;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stdx::{Cancel, task};

/// How often samples move on.
const DRAIN: Duration = Duration::from_millis(50);
/// Drains between two samples of the number of VUs: one second.
const VUS_EVERY: u64 = 20;
/// Drains between two evaluations of thresholds: two seconds.
const EVALUATE_EVERY: u64 = 40;

/// A run being watched.
pub(super) struct Watch {
    shared: Arc<Shared>,
    state: Arc<Mutex<Option<(Engine, Outputs)>>>,
    stop: Cancel,
    task: task::Task<()>,
}

/// What is left when all samples have arrived and all outputs are closed.
pub(super) struct Finished {
    pub(super) engine: Engine,
}

impl Watch {
    /// Begins to watch.
    pub(super) fn start(shared: Arc<Shared>, engine: Engine, outputs: Outputs, own: Inbox) -> Self {
        let state = Arc::new(Mutex::new(Some((engine, outputs))));
        let stop = Cancel::new();
        let task = task::spawn(watch(Arc::clone(&shared), Arc::clone(&state), own, stop.clone()));
        Watch { shared, state, stop, task }
    }

    /// Takes the last samples in and closes the outputs.
    pub(super) async fn finish(self) -> Finished {
        self.stop.cancel();
        // A watcher that panicked has told so; the samples it did not move are moved here.
        let _ = self.task.join().await;
        let taken = locked(&self.state).take();
        let (mut engine, mut outputs) = taken.expect("only finish takes the state, and it takes self");
        let batch = engine.drain();
        outputs.add(&batch, &engine);
        // What outputs are told last is what the run came to.
        engine.evaluate(self.shared.elapsed(), true);
        outputs.judge(&engine);
        outputs.close().await;
        Finished { engine }
    }
}

async fn watch(shared: Arc<Shared>, state: Arc<Mutex<Option<(Engine, Outputs)>>>, own: Inbox, stop: Cancel) {
    let mut timer = tokio::time::interval(DRAIN);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    timer.tick().await;
    let mut since_start = 0u64;
    loop {
        tokio::select! {
            _ = timer.tick() => {}
            () = stop.canceled() => return,
        }
        if shared.started.get().is_some() {
            since_start += 1;
            if since_start.is_multiple_of(VUS_EVERY) {
                sample_vus(&shared, &own);
            }
        }
        if let Some((engine, outputs)) = &mut *locked(&state) {
            let batch = engine.drain();
            outputs.add(&batch, engine);
            if since_start > 0 && since_start.is_multiple_of(EVALUATE_EVERY) {
                evaluate(&shared, engine);
                outputs.judge(engine);
            }
        }
    }
}

fn sample_vus(shared: &Shared, own: &Inbox) {
    let Some(settled) = shared.settled() else { return };
    let at_nanos = shared.clock.now_nanos();
    let sample = |metric: Builtin, value: u32| Sample {
        metric: metric.into(),
        tags: Arc::clone(&settled.run_tags),
        at_nanos,
        value: f64::from(value),
    };
    own.put(&mut vec![
        sample(Builtin::Vus, shared.counts.active.load(Ordering::Relaxed)),
        sample(Builtin::VusMax, shared.counts.initialised.load(Ordering::Relaxed)),
    ]);
}

fn evaluate(shared: &Shared, engine: &mut Engine) {
    let verdict = engine.evaluate(shared.elapsed(), false);
    if verdict.abort && shared.abort.reason().is_none() {
        let names: Vec<String> = verdict.crossed.iter().map(|n| format!("'{n}'")).collect();
        let message = format!(
            "thresholds on metrics {} were crossed; at least one has abortOnFail enabled, stopping test prematurely",
            names.join(", ")
        );
        shared.logger.error(&message);
        shared.abort.raise(AbortReason::Threshold, message);
    }
}
