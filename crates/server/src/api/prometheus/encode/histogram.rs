//! A native histogram as JSON: `[seconds,{"count":"..","sum":"..","buckets":[[rule,"low","high","count"],..]}]`, buckets
//! from low to high without the empty ones. Rule 0: open low end, 1: open high end, 2: both open, 3: both closed.

use crate::json::{self, push};
use model::{FloatHistogram, Millis};
use promql::histogram::bounds::{Bucket, negative_buckets, positive_buckets, zero_bucket};
use query::number::format_sample;

const OPEN_LOW: u8 = 0;
const OPEN_HIGH: u8 = 1;
const CLOSED: u8 = 3;

pub(crate) fn pair(out: &mut String, at: Millis, h: &FloatHistogram) {
    out.push('[');
    json::seconds(out, at);
    push(out, format_args!(r#",{{"count":"{}","sum":"{}""#, format_sample(h.count), format_sample(h.sum)));
    let buckets = buckets(h);
    if !buckets.is_empty() {
        out.push_str(r#","buckets":"#);
        json::list(out, buckets, |out, (rule, bucket)| {
            let [low, high, count] = [bucket.lower, bucket.upper, bucket.count].map(format_sample);
            push(out, format_args!(r#"[{rule},"{low}","{high}","{count}"]"#));
        });
    }
    out.push_str("}]");
}

/// Buckets that are not empty, with their rules, from low to high.
fn buckets(h: &FloatHistogram) -> Vec<(u8, Bucket)> {
    let mut negative = negative_buckets(h);
    negative.sort_by(|a, b| a.lower.total_cmp(&b.lower));
    let mut out: Vec<(u8, Bucket)> = negative.into_iter().map(|bucket| (OPEN_HIGH, bucket)).collect();
    // Below zero it is left out, as the replaced system does; other buckets are not.
    if h.zero_count > 0.0 {
        out.push((CLOSED, zero_bucket(h)));
    }
    out.extend(positive_buckets(h).into_iter().map(|bucket| {
        // Nothing lies below the first of the buckets with explicit bounds.
        let rule = if bucket.lower == f64::NEG_INFINITY { CLOSED } else { OPEN_LOW };
        (rule, bucket)
    }));
    out.retain(|(_, bucket)| bucket.count != 0.0);
    out
}
