//! Schedules computed ahead: when a ramping number of VUs changes, and when iterations of an arrival rate start.
//! All times are exact in closed form from the start of the scenario, so that nothing drifts.

use crate::options::scenario::Stage;
use std::time::Duration;

/// Every change of the number of VUs: after how long, to how many.
pub(super) fn steps(start: u32, stages: &[Stage]) -> Vec<(Duration, u32)> {
    let mut steps = vec![(Duration::ZERO, start)];
    let (mut began, mut from) = (Duration::ZERO, start);
    for stage in stages {
        let changes = from.abs_diff(stage.target);
        for n in 1..=changes {
            let at = began + stage.duration.mul_f64(f64::from(n) / f64::from(changes));
            let vus = if stage.target > from { from + n } else { from - n };
            match steps.last_mut() {
                Some(last) if last.0 == at => last.1 = vus,
                _ => steps.push((at, vus)),
            }
        }
        began += stage.duration;
        from = stage.target;
    }
    steps
}

/// Start times of a constant rate: iteration k at k·unit/rate, from 0.
pub(super) fn constant(rate: u32, unit: Duration, total: Duration) -> impl Iterator<Item = Duration> {
    let gap = unit.as_secs_f64() / f64::from(rate);
    (0u64..).map(move |k| Duration::from_secs_f64(k as f64 * gap)).take_while(move |at| *at < total)
}

/// Start times of a rate that changes linearly within each stage: the i-th iteration, from 1, starts when the area under
/// the rate reaches i.
pub(super) fn ramping(start: u32, unit: Duration, stages: &[Stage]) -> impl Iterator<Item = Duration> {
    let per_second = |rate: u32| f64::from(rate) / unit.as_secs_f64().max(1e-9);
    let (mut began, mut from, mut area) = (0.0, per_second(start), 0.0);
    let mut pieces = Vec::with_capacity(stages.len());
    for stage in stages {
        let (to, time) = (per_second(stage.target), stage.duration.as_secs_f64());
        pieces.push(Piece { began, time, from, to, before: area });
        area += (from + to) / 2.0 * time;
        began += time;
        from = to;
    }
    let total = area;
    let mut at = 0;
    // The areas of whole numbers carry rounding errors of the last digit; an iteration must not be lost to one.
    (1u64..).map(|i| i as f64).take_while(move |i| *i <= total + 1e-9).filter_map(move |i| {
        while at + 1 < pieces.len() && pieces[at].after() + 1e-9 < i {
            at += 1;
        }
        pieces.get(at).map(|piece| Duration::from_secs_f64(piece.time_of(i)))
    })
}

/// A stage of a rate: `from` to `to` a second over `time` seconds, `before` iterations started before it.
struct Piece {
    began: f64,
    time: f64,
    from: f64,
    to: f64,
    before: f64,
}

impl Piece {
    fn after(&self) -> f64 {
        self.before + (self.from + self.to) / 2.0 * self.time
    }

    /// When the area reaches `i`: the root of from·x + slope/2·x² = i − before, in the form that does not cancel.
    fn time_of(&self, i: f64) -> f64 {
        let wanted = (i - self.before).max(0.0);
        let slope = if self.time > 0.0 { (self.to - self.from) / self.time } else { 0.0 };
        let root = (self.from * self.from + 2.0 * slope * wanted).max(0.0).sqrt();
        let x = if self.from + root > 0.0 { 2.0 * wanted / (self.from + root) } else { 0.0 };
        self.began + x.clamp(0.0, self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stage(seconds: u64, target: u32) -> Stage {
        Stage { duration: Duration::from_secs(seconds), target }
    }

    fn millis(times: impl IntoIterator<Item = Duration>) -> Vec<u128> {
        times.into_iter().map(|t| (t + Duration::from_micros(1)).as_millis()).collect()
    }

    #[test]
    fn vus_change_at_interpolated_instants() {
        let steps = steps(0, &[stage(1, 4), stage(1, 4), stage(1, 2)]);
        let wanted = [(0, 0), (250, 1), (500, 2), (750, 3), (1000, 4), (2500, 3), (3000, 2)];
        assert_eq!(steps.iter().map(|(t, n)| (t.as_millis(), *n)).collect::<Vec<_>>(), wanted);
        assert_eq!(super::steps(1, &[stage(0, 5)]), [(Duration::ZERO, 5)]);
    }

    #[test]
    fn constant_rates_are_even() {
        let second = Duration::from_secs(1);
        assert_eq!(millis(constant(4, second, second)), [0, 250, 500, 750]);
        assert_eq!(constant(10, second, 2 * second).count(), 20);
    }

    #[test]
    fn ramping_rates_follow_the_area() {
        let times: Vec<_> = ramping(0, Duration::from_secs(1), &[stage(2, 20), stage(1, 20)]).collect();
        assert_eq!(times.len(), 40);
        assert_eq!(millis(times.iter().copied())[..2], [447, 632]);
        assert_eq!(millis(times[19..21].iter().copied()), [2000, 2050]);
    }

    proptest! {
        #[test]
        fn ramping_times_never_go_back(start in 0u32..50, stages in prop::collection::vec((0u64..4, 0u32..50), 1..5)) {
            let stages: Vec<Stage> = stages.into_iter().map(|(d, t)| stage(d, t)).collect();
            let times: Vec<_> = ramping(start, Duration::from_secs(1), &stages).collect();
            let total: Duration = stages.iter().map(|s| s.duration).sum();
            prop_assert!(times.windows(2).all(|w| w[0] <= w[1]));
            prop_assert!(times.iter().all(|t| *t <= total + Duration::from_micros(1)));
        }
    }
}
