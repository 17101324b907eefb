//! Counter resets: whether a histogram can have grown out of the one before it.

use super::bounds::exponential;
use super::sum::reduced_index;
use super::{is_custom, sparse};
use model::{FloatHistogram, ResetHint};

/// The zero count of `h` if its zero bucket reached to `threshold` (not below its own), and the threshold that results:
/// a populated bucket is not cut but counted whole.
pub(super) fn zero_count_at(h: &FloatHistogram, threshold: f64) -> (f64, f64) {
    let mut threshold = threshold;
    if threshold <= h.zero_threshold {
        return (h.zero_count, h.zero_threshold);
    }
    let sides = [
        sparse::from_spans(&h.positive_spans, &h.positive_buckets),
        sparse::from_spans(&h.negative_spans, &h.negative_buckets),
    ];
    let bounds = |index: i32| (exponential(index.wrapping_sub(1), h.schema), exponential(index, h.schema));
    loop {
        let mut count = h.zero_count;
        let mut cut = None;
        for (index, amount) in sides.iter().flatten() {
            let (lower, upper) = bounds(*index);
            if lower < threshold {
                count += amount;
                if upper > threshold && *amount != 0.0 {
                    cut = Some(upper);
                }
            }
        }
        match cut {
            Some(wider) => threshold = wider,
            None => return (count, threshold),
        }
    }
}

/// Whether there was a counter reset between `previous` and `current`: some count fell, or the layout became finer. The
/// hint of `current` decides when it says so.
pub fn detect_reset(current: &FloatHistogram, previous: &FloatHistogram) -> bool {
    match current.reset_hint {
        ResetHint::Reset => return true,
        ResetHint::NotReset => return false,
        ResetHint::Unknown | ResetHint::Gauge => {}
    }
    if current.count < previous.count {
        return true;
    }
    match (is_custom(current), is_custom(previous)) {
        (true, false) => return true,
        // Whatever follows custom buckets has a higher schema number.
        (false, true) => return true,
        (true, true) if current.custom_values != previous.custom_values => {
            return fell_in_shared_buckets(current, previous);
        }
        _ => {}
    }
    if current.schema > previous.schema || current.zero_threshold < previous.zero_threshold {
        return true;
    }
    if !is_custom(current) {
        let (zero, threshold) = zero_count_at(previous, current.zero_threshold);
        if threshold != current.zero_threshold || current.zero_count < zero {
            return true;
        }
    }
    side_fell(current, previous, |h| (&h.positive_spans, &h.positive_buckets))
        || side_fell(current, previous, |h| (&h.negative_spans, &h.negative_buckets))
}

type SideOf = fn(&FloatHistogram) -> (&Vec<model::histogram::BucketSpan>, &Vec<f64>);

/// Whether a populated bucket of the previous histogram, outside of the current zero bucket, is missing or smaller now.
fn side_fell(current: &FloatHistogram, previous: &FloatHistogram, side: SideOf) -> bool {
    let now = {
        let (spans, buckets) = side(current);
        sparse::from_spans(spans, buckets)
    };
    let before = {
        let (spans, buckets) = side(previous);
        let list = sparse::from_spans(spans, buckets);
        if is_custom(current) { list } else { sparse::coarsen(&list, previous.schema, current.schema) }
    };
    let mut at = 0;
    for (index, count) in before {
        if !is_custom(current) && exponential(index, current.schema) <= current.zero_threshold {
            continue;
        }
        while now.get(at).is_some_and(|(i, _)| *i < index) {
            at += 1;
        }
        match now.get(at) {
            Some((i, amount)) if *i == index && *amount >= count => {}
            Some((i, _)) if *i == index => return true,
            _ if count != 0.0 => return true,
            _ => {}
        }
    }
    false
}

/// Compares custom buckets with differing bounds after reducing both to the bounds they have in common.
fn fell_in_shared_buckets(current: &FloatHistogram, previous: &FloatHistogram) -> bool {
    let bounds: Vec<f64> =
        current.custom_values.iter().copied().filter(|b| previous.custom_values.contains(b)).collect();
    let reduced = |h: &FloatHistogram| {
        let mut out = vec![0.0; bounds.len() + 1];
        for (index, count) in sparse::from_spans(&h.positive_spans, &h.positive_buckets) {
            let at = usize::try_from(reduced_index(index, &h.custom_values, &bounds)).unwrap_or(bounds.len());
            out[at.min(bounds.len())] += count;
        }
        out
    };
    reduced(current).iter().zip(reduced(previous)).any(|(now, before)| *now < before)
}
