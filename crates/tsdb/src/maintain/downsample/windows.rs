//! Samples of one series to what stands for them, window by window.
//!
//! Windows are left-open and stand on multiples of the resolution, as those of range selectors do whose edges are such
//! multiples: then what a function makes of the stand-ins is what it makes of the samples.
//! ```text
//! samples   ....|.x.x.x|x.x...|      sum   one value a window, at the time of its last sample
//! counter   first and last of a window; between them, when it was reset inside, two that tell by how much it rose
//! ```

use contract::Digest;
use model::is_stale;

/// Samples of a window with a reset that can be told by first, last and two between: they need a time each.
const TOLD_BY: usize = 4;

/// Replaces `out` by what stands for the samples; `resolution` in milliseconds.
pub(super) fn digest(
    digest: Digest,
    resolution: i64,
    times: &[i64],
    values: &[f64],
    out: &mut (Vec<i64>, Vec<f64>),
) {
    out.0.clear();
    out.1.clear();
    let window = |at: i64| (i128::from(at) + i128::from(resolution) - 1).div_euclid(i128::from(resolution));
    let mut from = 0;
    while from < times.len() {
        let number = window(times[from]);
        let to = from + times[from..].partition_point(|at| window(*at) == number);
        one(digest, &times[from..to], &values[from..to], out);
        from = to;
    }
}

fn one(digest: Digest, times: &[i64], values: &[f64], out: &mut (Vec<i64>, Vec<f64>)) {
    let mut put = |at: i64, value: f64| {
        out.0.push(at);
        out.1.push(value);
    };
    let last = times.len() - 1;
    let value = match digest {
        Digest::Last => return put(times[last], values[last]),
        Digest::Counter => return counter(times, values, &mut put),
        Digest::Sum => sum(values),
        Digest::Count => values.iter().filter(|value| !is_stale(**value)).count() as f64,
        Digest::Least => extreme(values, |value, least| value < least),
        Digest::Greatest => extreme(values, |value, greatest| value > greatest),
    };
    // A window of stale markers alone has no samples.
    if let Some(at) = times.iter().zip(values).rev().find(|(_, value)| !is_stale(**value)).map(|(at, _)| *at)
    {
        put(at, value);
    }
}

/// Neumaier's sum, as `sum_over_time` has it.
fn sum(values: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0f64);
    for value in values.iter().filter(|value| !is_stale(**value)) {
        let next = sum + value;
        if next.is_infinite() {
            lost = 0.0;
        } else if sum.abs() >= value.abs() {
            lost += (sum - next) + value;
        } else {
            lost += (value - next) + sum;
        }
        sum = next;
    }
    sum + lost
}

/// The first value that no other goes beyond; NaN only when there is nothing else.
fn extreme(values: &[f64], beyond: impl Fn(f64, f64) -> bool) -> f64 {
    let known = values.iter().copied().filter(|value| !is_stale(*value));
    known.fold(f64::NAN, |best, value| if best.is_nan() || beyond(value, best) { value } else { best })
}

/// `increase` of first, `risen`, 0 and last is that of all samples: each fall counts with the value before it.
fn counter(times: &[i64], values: &[f64], put: &mut impl FnMut(i64, f64)) {
    let last = times.len() - 1;
    let risen: f64 = values.windows(2).filter(|pair| pair[1] < pair[0]).map(|pair| pair[0]).sum();
    let odd = values.iter().any(|value| !(*value >= 0.0 && value.is_finite()));
    let room = times[last].saturating_sub(times[0]) >= TOLD_BY as i64;
    if times.len() <= 2 || odd || (risen > 0.0 && (times.len() <= TOLD_BY || !room)) {
        return times.iter().zip(values).for_each(|(at, value)| put(*at, *value));
    }
    put(times[0], values[0]);
    if risen > 0.0 {
        put(times[0] + 1, risen);
        put(times[0] + 2, 0.0);
    }
    put(times[last], values[last]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `increase` adds up, extrapolation left out.
    fn rise(values: &[f64]) -> f64 {
        let falls: f64 = values.windows(2).filter(|pair| pair[1] < pair[0]).map(|pair| pair[0]).sum();
        values.last().zip(values.first()).map_or(0.0, |(last, first)| last - first) + falls
    }

    fn of(what: Digest, times: &[i64], values: &[f64]) -> (Vec<i64>, Vec<f64>) {
        let mut out = (vec![7], vec![7.0]);
        digest(what, 60_000, times, values, &mut out);
        assert!(out.0.is_sorted_by(|a, b| a < b) && out.0.len() == out.1.len());
        out
    }

    proptest! {
        #[test]
        fn functions_of_stand_ins_are_those_of_samples(steps in proptest::collection::vec((1i64..40_000, 0u32..9, any::<u8>()), 1..80)) {
            let (mut at, mut count) = (-100_000i64, 0.0);
            let (mut times, mut values) = (Vec::new(), Vec::new());
            for (gap, up, reset) in steps {
                at += gap;
                count = if reset < 20 { f64::from(up) } else { count + f64::from(up) };
                times.push(at);
                values.push(count);
            }
            prop_assert_eq!(rise(&of(Digest::Counter, &times, &values).1), rise(&values));
            prop_assert_eq!(of(Digest::Sum, &times, &values).1.iter().sum::<f64>(), values.iter().sum::<f64>());
            prop_assert_eq!(of(Digest::Count, &times, &values).1.iter().sum::<f64>(), values.len() as f64);
            let most = |values: &[f64]| values.iter().copied().fold(f64::MIN, f64::max);
            let least = |values: &[f64]| values.iter().copied().fold(f64::MAX, f64::min);
            prop_assert_eq!(most(&of(Digest::Greatest, &times, &values).1), most(&values));
            prop_assert_eq!(least(&of(Digest::Least, &times, &values).1), least(&values));
            prop_assert_eq!(of(Digest::Last, &times, &values).1.last().copied(), values.last().copied());
        }
    }

    #[test]
    fn odd_values_stay_what_they_are() {
        let stale = f64::from_bits(0x7ff0_0000_0000_0002);
        let (times, values) = ([1, 2, 3, 4, 5], [1.0, f64::NAN, 3.0, 2.0, stale]);
        assert_eq!(of(Digest::Counter, &times, &values).0, times);
        assert_eq!(of(Digest::Greatest, &times, &values).1, [3.0]);
        assert_eq!(of(Digest::Least, &times, &values), (vec![4], vec![1.0]));
        assert_eq!(of(Digest::Count, &times, &values).1, [4.0]);
        assert!(of(Digest::Sum, &times, &values).1[0].is_nan());
        assert!(is_stale(of(Digest::Last, &times, &values).1[0]));
        assert!(of(Digest::Sum, &[1], &[stale]).0.is_empty());
        // A window ends with its multiple of the resolution.
        assert_eq!(of(Digest::Last, &[60_000, 60_001, 120_000], &[1.0, 2.0, 3.0]).0, [60_000, 120_000]);
    }
}
