//! A histogram as text: `{count:20, sum:10, [-2,-1):2, [-0.001,0.001]:2, (0.5,1]:1}`.

use super::bounds::{Bucket, negative_buckets, positive_buckets, zero_bucket};
use model::FloatHistogram;
use query::number::format_general;

/// The text that `count_values` makes labels of.
pub fn describe(h: &FloatHistogram) -> String {
    let mut parts =
        vec![format!("count:{}", format_general(h.count)), format!("sum:{}", format_general(h.sum))];
    let mut push = |open: char, close: char, bucket: &Bucket| {
        if bucket.count != 0.0 {
            let (lower, upper) = (format_general(bucket.lower), format_general(bucket.upper));
            parts.push(format!("{open}{lower},{upper}{close}:{}", format_general(bucket.count)));
        }
    };
    negative_buckets(h).iter().rev().for_each(|b| push('[', ')', b));
    push('[', ']', &zero_bucket(h));
    // The first custom bucket has no end.
    let open = |b: &Bucket| if b.lower == f64::NEG_INFINITY { '[' } else { '(' };
    positive_buckets(h).iter().for_each(|b| push(open(b), ']', b));
    format!("{{{}}}", parts.join(", "))
}
