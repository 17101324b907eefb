//! Windows that overlap, without looking at each sample once a window: sums of whole numbers from running totals, extremes
//! from a queue of candidates.
//!
//! Invariant: the same bits as window by window (`functions/over_time.rs`); where that cannot be promised there is no
//! answer, and windows go one by one.

use super::Points;
use std::collections::VecDeque;

/// Windows that hold every sample so often, on average, are worth it.
const WORTH: usize = 3;
/// All whole numbers up to this are exact, and so are sums whose terms together stay below it.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The points of a function over windows that move forward, if it is one of those that can be had so.
pub(super) fn points(name: &str, values: &[f64], windows: &[(u32, u32)]) -> Option<Points> {
    let held: usize = windows.iter().map(|(start, end)| (end - start) as usize).sum();
    if held < values.len().saturating_mul(WORTH) {
        return None;
    }
    match name {
        "sum_over_time" => totals(values, windows, |total, _| total),
        "avg_over_time" => totals(values, windows, |total, count| total / count),
        "min_over_time" => extremes(values, windows, |a, b| a < b),
        "max_over_time" => extremes(values, windows, |a, b| a > b),
        _ => None,
    }
}

/// Of whole numbers only: their sums are exact in any order, so nothing is there to be compensated.
fn totals(values: &[f64], windows: &[(u32, u32)], finish: impl Fn(f64, f64) -> f64) -> Option<Points> {
    let mut size = 0.0;
    let whole = values.iter().fold(true, |whole, value| {
        size += value.abs();
        // A zero with a sign keeps it only while nothing is added.
        whole & (value.trunc() == *value) & (value.to_bits() != (-0.0f64).to_bits())
    });
    if !whole || size.is_nan() || size >= EXACT {
        return None;
    }
    let mut total = 0.0;
    let mut totals = Vec::with_capacity(values.len() + 1);
    totals.push(0.0);
    totals.extend(values.iter().map(|value| {
        total += value;
        total
    }));
    let mut points = Points::absent(windows.len());
    for (step, (start, end)) in windows.iter().enumerate().filter(|(_, (start, end))| start < end) {
        let total = totals[*end as usize] - totals[*start as usize];
        points.set_float(step, finish(total, f64::from(end - start)));
    }
    Some(points)
}

/// Not of NaN, which only wins when there is nothing else. Of equal ones the first stays.
fn extremes(values: &[f64], windows: &[(u32, u32)], better: impl Fn(f64, f64) -> bool) -> Option<Points> {
    if values.iter().fold(false, |found, value| found | value.is_nan()) {
        return None;
    }
    let mut points = Points::absent(windows.len());
    // Ascending places; each value is no better than the one before.
    let mut queue: VecDeque<u32> = VecDeque::new();
    let mut next = 0;
    for (step, (start, end)) in windows.iter().enumerate().filter(|(_, (start, end))| start < end) {
        for at in next.max(*start)..*end {
            while queue.back().is_some_and(|last| better(values[at as usize], values[*last as usize])) {
                queue.pop_back();
            }
            queue.push_back(at);
        }
        next = *end;
        while queue.front().is_some_and(|first| first < start) {
            queue.pop_front();
        }
        if let Some(best) = queue.front() {
            points.set_float(step, values[*best as usize]);
        }
    }
    Some(points)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annotations::Annotations;
    use crate::functions::over_time;
    use crate::functions::window::{Remarks, Window};
    use proptest::prelude::*;
    use query::{Point, Span};

    /// What windows one by one give.
    fn slowly(name: &str, values: &[f64], (start, end): (u32, u32)) -> Option<u64> {
        if start >= end {
            return None;
        }
        let (start, end) = (start as usize, end as usize);
        let times: Vec<i64> = (start as i64..end as i64).collect();
        let window = Window {
            times: &times,
            values: &values[start..end],
            starts: &[],
            histograms: &[],
            histogram_starts: &[],
            from: 0,
            to: 0,
            range_seconds: 1.0,
            at: 0,
            rises: false,
            anchored: false,
            smoothed: false,
        };
        let mut annotations = Annotations::default();
        let span = Span { start: 0, end: 0 };
        let mut remarks = Remarks { annotations: &mut annotations, span, first: span, metric: "m" };
        let float = |point: Option<Point>| match point {
            Some(Point::Float(value)) => Some(value.to_bits()),
            _ => None,
        };
        match name {
            "sum_over_time" => float(over_time::sum(&window, &mut remarks)),
            "avg_over_time" => float(over_time::avg(&window, &mut remarks)),
            "min_over_time" => {
                over_time::extreme(&window, |a, b| a < b, &mut remarks).map(|(v, _)| v.to_bits())
            }
            _ => over_time::extreme(&window, |a, b| a > b, &mut remarks).map(|(v, _)| v.to_bits()),
        }
    }

    proptest! {
        #[test]
        fn it_gives_what_windows_one_by_one_give(
            picks in proptest::collection::vec((0u8..40, -6i32..6), 1..60),
            edges in proptest::collection::vec((0u32..4, 0u32..12), 40),
            odd in any::<bool>(),
        ) {
            let values: Vec<f64> = picks.iter().map(|(pick, small)| match pick {
                0 if odd => f64::NAN,
                1 if odd => -0.0,
                2 if odd => f64::INFINITY,
                3 if odd => 0.1,
                4 => 4e15,
                _ => f64::from(*small),
            }).collect();
            let last = values.len() as u32;
            let (mut start, mut end) = (0, 0);
            let windows: Vec<(u32, u32)> = edges.iter().map(|(step, length)| {
                start = (start + step).min(last);
                end = end.max((start + length).min(last));
                (start, end)
            }).collect();
            for name in ["sum_over_time", "avg_over_time", "min_over_time", "max_over_time"] {
                let Some(fast) = points(name, &values, &windows) else { continue };
                for (step, window) in windows.iter().enumerate() {
                    let slow = slowly(name, &values, *window);
                    prop_assert_eq!(fast.float(step).map(f64::to_bits), slow, "{} at {}", name, step);
                }
            }
        }
    }

    #[test]
    fn whole_numbers_and_long_windows_are_taken() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let windows: Vec<(u32, u32)> = (0..80).map(|at| (at, at + 20)).collect();
        for name in ["sum_over_time", "avg_over_time", "min_over_time", "max_over_time"] {
            assert!(points(name, &values, &windows).is_some());
        }
        assert!(points("quantile_over_time", &values, &windows).is_none());
        assert!(points("sum_over_time", &values, &windows[..10]).is_none());
    }
}
