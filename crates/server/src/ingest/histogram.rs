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
    check_side("positive", &h.positive_spans, &h.positive_buckets)?;
    check_side("negative", &h.negative_spans, &h.negative_buckets)?;
    for (what, count) in [("observation count", h.count), ("zero bucket count", h.zero_count)] {
        if count < 0.0 {
            return Err(format!("{what} is {count}: histogram's observation count is negative"));
        }
    }
    check_total(h)
}

fn check_custom(h: &FloatHistogram) -> Result<(), String> {
    if !h.negative_spans.is_empty() || !h.negative_buckets.is_empty() || h.zero_count != 0.0 {
        return Err("custom buckets: must not have negative buckets or a zero bucket".to_owned());
    }
    for pair in h.custom_values.windows(2) {
        if pair[1].partial_cmp(&pair[0]) != Some(std::cmp::Ordering::Greater) {
            return Err(format!(
                "custom buckets: previous bound is {:.6} and current is {:.6}: histogram custom bounds must be in \
                 strictly increasing order",
                pair[0], pair[1]
            ));
        }
    }
    let mut end = 0i64;
    for span in &h.positive_spans {
        end += i64::from(span.offset) + i64::from(span.length);
    }
    if end > h.custom_values.len() as i64 + 1 {
        return Err(format!(
            "custom buckets: only {} custom bounds defined which is insufficient to cover total span length of {end}",
            h.custom_values.len()
        ));
    }
    Ok(())
}

fn check_side(side: &str, spans: &[BucketSpan], buckets: &[f64]) -> Result<(), String> {
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
    if let Some((i, count)) = buckets.iter().enumerate().find(|(_, count)| **count < 0.0) {
        return Err(format!(
            "{side} side: bucket number {} has observation count of {count}: histogram has a bucket whose observation \
             count is negative",
            i + 1
        ));
    }
    Ok(())
}

/// A histogram without NaN observations counts what its buckets count; with them it counts more.
fn check_total(h: &FloatHistogram) -> Result<(), String> {
    let found =
        h.positive_buckets.iter().sum::<f64>() + h.negative_buckets.iter().sum::<f64>() + h.zero_count;
    // Float counts were summed in another order by the sender.
    let slack = found.abs() * 1e-9;
    if found > h.count + slack {
        return Err(format!(
            "{found} observations found in buckets, but the Count field is {}: histogram's observation count should be \
             at least the number of observations found in the buckets",
            h.count
        ));
    }
    if !h.sum.is_nan() && found + slack < h.count {
        return Err(format!(
            "{found} observations found in buckets, but the Count field is {}: histogram's observation count should \
             equal the number of observations found in the buckets (in absence of NaN)",
            h.count
        ));
    }
    Ok(())
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
            (FloatHistogram { count: -1.0, ..of(&[], &[], 0.0) }, "negative"),
        ] {
            let reason = check(&h, 10).unwrap_err();
            assert!(reason.contains(words), "{reason}");
        }
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
