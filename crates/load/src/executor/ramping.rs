//! `ramping-vus`: a number of looping VUs that follows stages. A VU that is ramped down finishes its iteration within
//! `gracefulRampDown`; ramped up again meanwhile, it simply goes on.

use super::{Busy, Work, schedule};
use crate::js::Feed;
use crate::options::scenario::Executor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stdx::Cancel;

/// Lets a VU loop while it is wanted.
#[derive(Default)]
struct Wanted(AtomicBool);

impl Feed for Wanted {
    fn next(&self, _done: u64) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

struct Slot {
    wanted: Arc<Wanted>,
    running: bool,
    stop: Cancel,
    /// When its iteration is cut off.
    cut_at: Option<Duration>,
}

pub(super) async fn run(work: &Work) {
    let scenario = &work.scenario.scenario;
    let Executor::RampingVus { start, stages, graceful_ramp_down } = &scenario.executor else { return };
    let began = work.shared.elapsed();
    let end = began + scenario.executor.duration();
    let hard_end = end + scenario.graceful_stop;
    let vus = work.take(scenario.executor.vus().0).await;
    let mut busy = Busy::with_slots(vus.len());
    let free = |_| Slot { wanted: Arc::default(), running: false, stop: Cancel::new(), cut_at: None };
    let mut slots: Vec<Slot> = (0..vus.len()).map(free).collect();
    vus.into_iter().enumerate().for_each(|(slot, vu)| busy.seat(slot, vu));
    let mut steps = schedule::steps(*start, stages).into_iter().map(|(at, vus)| (began + at, vus)).peekable();
    loop {
        let now = work.shared.elapsed();
        if work.is_stopped() || now >= end {
            break;
        }
        while let Some((_, wanted)) = steps.next_if(|(at, _)| *at <= now) {
            set_wanted(work, &mut busy, &mut slots, wanted as usize, now + *graceful_ramp_down);
        }
        for slot in slots.iter_mut().filter(|s| s.cut_at.is_some_and(|at| at <= now)) {
            slot.cut_at = None;
            slot.stop.cancel();
        }
        let next_cut = slots.iter().filter_map(|s| s.cut_at).min();
        let next_step = steps.peek().map(|(at, _)| *at);
        let wake = [next_cut, next_step, Some(end)].into_iter().flatten().min().unwrap_or(end);
        tokio::select! {
            slot = busy.ended(), if busy.running > 0 => lane_ended(work, &mut busy, &mut slots, slot),
            () = work.until(wake) => {}
        }
    }
    // What ramped down in the last stage keeps its own deadline; the rest has until the hard end.
    for slot in &slots {
        slot.wanted.0.store(false, Ordering::Relaxed);
    }
    while busy.running > 0 {
        let cut = slots.iter().filter_map(|s| s.cut_at).min().unwrap_or(hard_end).min(hard_end);
        tokio::select! {
            slot = busy.ended() => {
                slots[slot].running = false;
                slots[slot].cut_at = None;
            }
            () = work.until(cut), if slots.iter().any(|s| s.running && !s.stop.is_canceled()) => {
                let (now, all) = (work.shared.elapsed(), work.is_stopped());
                for slot in &mut slots {
                    if all || now >= hard_end || slot.cut_at.is_some_and(|at| at <= now) {
                        slot.cut_at = None;
                        slot.stop.cancel();
                    }
                }
            }
        }
    }
    busy.dismiss(&work.crew);
}

fn set_wanted(work: &Work, busy: &mut Busy, slots: &mut [Slot], wanted: usize, cut_at: Duration) {
    for (at, slot) in slots.iter_mut().enumerate() {
        let was = slot.wanted.0.swap(at < wanted, Ordering::Relaxed);
        if at < wanted {
            slot.cut_at = None;
            if !slot.running && busy.is_seated(at) {
                begin(work, busy, slot, at);
            }
        } else if was && slot.running {
            slot.cut_at = Some(cut_at);
        }
    }
}

fn begin(work: &Work, busy: &mut Busy, slot: &mut Slot, at: usize) {
    slot.stop = Cancel::new();
    slot.running = true;
    busy.start(work, at, Arc::clone(&slot.wanted) as Arc<dyn Feed>, slot.stop.clone());
}

/// A lane ended; if the VU was wanted again before it noticed, it begins anew.
fn lane_ended(work: &Work, busy: &mut Busy, slots: &mut [Slot], at: usize) {
    let slot = &mut slots[at];
    slot.running = false;
    slot.cut_at = None;
    if slot.wanted.0.load(Ordering::Relaxed) && !work.is_stopped() {
        begin(work, busy, slot, at);
    }
}
