//! Whether a native histogram is one, and whether it is too fine to be stored as it is.
//! Source: <https://prometheus.io/docs/specs/native_histograms/>

use model::FloatHistogram;
use model::histogram::{BucketSpan, CUSTOM_BUCKETS_SCHEMA, SCHEMAS};

/// The finest schema that is taken and made coarser; beyond it bucket bounds are closer than floats.
const FINEST_TAKEN: i32 = 52;

/// `Err` says why the histogram cannot be stored.
pub(super) fn check(h: &FloatHistogram, max_buckets: usize) -> Result<(), String> {
    if h.is_stale() {
        return Ok(());
    }
    let custom = h.schema == CUSTOM_BUCKETS_SCHEMA;
    if !custom && !(*SCHEMAS.start()..=FINEST_TAKEN).contains(&h.schema) {
        return Err(format!(
            "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, or -53 for custom \
             buckets, got schema {}",
            h.schema
        ));
    }
    let buckets = h.positive_buckets.len() + h.negative_buckets.len();
    if buckets > max_buckets {
        return Err(format!("histogram has {buckets} buckets, max_histogram_buckets is {max_buckets}"));
    }
    if custom {
        check_custom(h)?;
    } else if !h.custom_values.is_empty() {
        return Err("histogram with exponential schema must not have custom bounds".to_owned());
    }
    check_spans("positive", &h.positive_spans, &h.positive_buckets)?;
    check_spans("negative", &h.negative_spans, &h.negative_buckets)?;
    check_buckets("negative", &h.negative_buckets)?;
    if h.zero_count < 0.0 {
        return Err(format!(
            "zero bucket has observation count of {}: histogram has a bucket whose observation count is negative",
            h.zero_count
        ));
    }
    if h.count < 0.0 {
        return Err(format!("observation count is  {}: histogram's observation count is negative", h.count));
    }
    check_buckets("positive", &h.positive_buckets)?;
    check_total(h)
}

fn check_custom(h: &FloatHistogram) -> Result<(), String> {
    for pair in h.custom_values.windows(2) {
        if pair[1].partial_cmp(&pair[0]) != Some(std::cmp::Ordering::Greater) {
            return Err(format!(
                "custom buckets: previous bound is {:.6} and current is {:.6}: histogram custom bounds must be in \
                 strictly increasing order",
                pair[0], pair[1]
            ));
        }
    }
    if let Some(bound) = h.custom_values.iter().find(|bound| !bound.is_finite()) {
        let what = if bound.is_nan() { "not be NaN" } else { "be finite" };
        return Err(format!("custom buckets: histogram custom bounds must {what}"));
    }
    let mut end = 0i64;
    for span in &h.positive_spans {
        end += i64::from(span.offset) + i64::from(span.length);
    }
    if end > h.custom_values.len() as i64 + 1 {
        return Err(format!(
            "custom buckets: only {} custom bounds defined which is insufficient to cover total span length of {end}: \
             histogram custom bounds are too few",
            h.custom_values.len()
        ));
    }
    for (wrong, what) in [
        (h.zero_count != 0.0, "have zero count of 0"),
        (h.zero_threshold != 0.0, "have zero threshold of 0"),
        (!h.negative_spans.is_empty(), "not have negative spans"),
        (!h.negative_buckets.is_empty(), "not have negative buckets"),
    ] {
        if wrong {
            return Err(format!("custom buckets: must {what}"));
        }
    }
    Ok(())
}

fn check_spans(side: &str, spans: &[BucketSpan], buckets: &[f64]) -> Result<(), String> {
    for (i, span) in spans.iter().enumerate().skip(1) {
        if span.offset < 0 {
            return Err(format!(
                "{side} side: span number {} with offset {}: histogram has a span whose offset is negative",
                i + 1,
                span.offset
            ));
        }
    }
    let needed: u64 = spans.iter().map(|span| u64::from(span.length)).sum();
    if needed != buckets.len() as u64 {
        return Err(format!(
            "{side} side: spans need {needed} buckets, have {} buckets: histogram spans specify different number of \
             buckets than provided",
            buckets.len()
        ));
    }
    Ok(())
}

fn check_buckets(side: &str, buckets: &[f64]) -> Result<(), String> {
    if let Some((i, count)) = buckets.iter().enumerate().find(|(_, count)| **count < 0.0) {
        return Err(format!(
            "{side} side: bucket number {} has observation count of {count}: histogram has a bucket whose observation \
             count is negative",
            i + 1
        ));
    }
    Ok(())
}

/// A histogram without NaN observations counts what its buckets count; with them it counts more. Counts that are no whole
/// numbers were computed, and need not add up to the last digit.
fn check_total(h: &FloatHistogram) -> Result<(), String> {
    let buckets = || h.positive_buckets.iter().chain(&h.negative_buckets).chain([&h.zero_count]);
    if buckets().chain([&h.count]).any(|count| count.fract() != 0.0) {
        return Ok(());
    }
    let found: f64 = buckets().sum();
    let expected = match h.sum.is_nan() {
        true if found > h.count => "be at least the number of observations found in the buckets",
        false if found != h.count => {
            "equal the number of observations found in the buckets (in absence of NaN)"
        }
        _ => return Ok(()),
    };
    Err(format!(
        "{found} observations found in buckets, but the Count field is {}: histogram's observation count should {expected}",
        h.count
    ))
}

/// Whether the schema must be reduced before it is stored.
pub(super) fn is_too_fine(h: &FloatHistogram) -> bool {
    h.schema > *SCHEMAS.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spans: &[(i32, u32)], buckets: &[f64], count: f64) -> FloatHistogram {
        FloatHistogram {
            count,
            sum: 1.0,
            positive_spans: spans
                .iter()
                .map(|(offset, length)| BucketSpan { offset: *offset, length: *length })
                .collect(),
            positive_buckets: buckets.to_vec(),
            ..FloatHistogram::default()
        }
    }

    #[test]
    fn what_is_no_histogram_is_refused() {
        assert_eq!(check(&of(&[(0, 2)], &[1.0, 2.0], 3.0), 10), Ok(()));
        for (h, words) in [
            (of(&[(0, 2)], &[1.0, 9.0], 3.0), "10 observations found in buckets, but the Count field is 3"),
            (of(&[(0, 2)], &[1.0, 1.0], 3.0), "in absence of NaN"),
            (of(&[(0, 3)], &[1.0, 2.0], 3.0), "positive side: spans need 3 buckets, have 2 buckets"),
            (of(&[(0, 1), (-2, 1)], &[1.0, 2.0], 3.0), "span number 2 with offset -2"),
            (of(&[(0, 2)], &[-1.0, 4.0], 3.0), "negative"),
            (FloatHistogram { schema: -9, ..of(&[], &[], 0.0) }, "got schema -9"),
            (
                FloatHistogram { schema: -53, custom_values: vec![1.0, 0.5], ..of(&[], &[], 0.0) },
                "previous bound is 1.000000 and current is 0.500000",
            ),
            (of(&[(0, 11)], &[1.0; 11], 11.0), "max_histogram_buckets is 10"),
            (FloatHistogram { count: -1.0, ..of(&[], &[], 0.0) }, "observation count is  -1: "),
            (
                FloatHistogram { zero_count: -1.0, ..of(&[], &[], 0.0) },
                "zero bucket has observation count of -1",
            ),
            (FloatHistogram { sum: f64::NAN, ..of(&[(0, 1)], &[9.0], 3.0) }, "should be at least"),
            (
                FloatHistogram { schema: -53, custom_values: vec![f64::INFINITY], ..of(&[], &[], 0.0) },
                "must be finite",
            ),
            (
                FloatHistogram { schema: -53, custom_values: vec![1.0], ..of(&[(0, 3)], &[1.0; 3], 3.0) },
                "only 1 custom bounds defined which is insufficient to cover total span length of 3",
            ),
            (
                FloatHistogram { schema: -53, zero_threshold: 0.5, ..of(&[], &[], 0.0) },
                "custom buckets: must have zero threshold of 0",
            ),
        ] {
            let reason = check(&h, 10).unwrap_err();
            assert!(reason.contains(words), "{reason}");
        }
    }

    #[test]
    fn computed_counts_need_not_add_up() {
        assert_eq!(check(&of(&[(0, 2)], &[0.1, 0.2], 0.4), 10), Ok(()));
        let more = FloatHistogram { sum: f64::NAN, ..of(&[(0, 2)], &[1.0, 1.0], 3.0) };
        assert_eq!(check(&more, 10), Ok(()));
    }

    #[test]
    fn fine_schemas_become_coarser() {
        let mut h = of(&[(0, 4)], &[1.0, 2.0, 3.0, 4.0], 10.0);
        h.schema = 12;
        assert!(is_too_fine(&h) && check(&h, 10).is_ok());
        h.coarsen(*SCHEMAS.end());
        assert_eq!((h.schema, h.positive_buckets.clone()), (8, vec![1.0, 9.0]));
        assert_eq!(h.positive_spans, [BucketSpan { offset: 0, length: 2 }]);
        assert_eq!(check(&h, 10), Ok(()));
    }
}
