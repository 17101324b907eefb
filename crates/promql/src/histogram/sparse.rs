//! One side of a histogram as a sorted list of bucket index and count.
//! ```text
//! spans  [offset 1, length 2] [offset 3, length 1]      buckets  5 7 9
//! list   (1, 5) (2, 7) (6, 9)
//! ```

use model::histogram::BucketSpan;

/// Buckets in ascending order of their index.
pub type Side = Vec<(i32, f64)>;

/// The buckets of spans. Missing counts end the list, so that damaged input cannot panic.
pub fn from_spans(spans: &[BucketSpan], buckets: &[f64]) -> Side {
    let mut out = Vec::with_capacity(buckets.len());
    let mut counts = buckets.iter();
    let mut index: i32 = 0;
    for span in spans {
        index = index.wrapping_add(span.offset);
        for _ in 0..span.length {
            let Some(count) = counts.next() else { return out };
            out.push((index, *count));
            index = index.wrapping_add(1);
        }
    }
    out
}

/// Spans of a list.
pub fn to_spans(side: &[(i32, f64)]) -> (Vec<BucketSpan>, Vec<f64>) {
    let mut spans: Vec<BucketSpan> = Vec::new();
    let mut next: i32 = 0;
    for (index, _) in side {
        match spans.last_mut() {
            Some(span) if *index == next => span.length += 1,
            _ => spans.push(BucketSpan { offset: index.wrapping_sub(next), length: 1 }),
        }
        next = index.wrapping_add(1);
    }
    (spans, side.iter().map(|(_, count)| *count).collect())
}

/// The index at `to` of the bucket that holds bucket `index` of the finer schema `from`.
pub fn coarse_index(index: i32, from: i32, to: i32) -> i32 {
    let shift = u32::try_from(from - to).unwrap_or(0).min(31);
    (index.wrapping_sub(1) >> shift).wrapping_add(1)
}

/// The buckets merged into those of the coarser schema `to`.
pub fn coarsen(side: &[(i32, f64)], from: i32, to: i32) -> Side {
    let mut out: Side = Vec::with_capacity(side.len());
    for (index, count) in side {
        let index = coarse_index(*index, from, to);
        match out.last_mut() {
            Some((last, sum)) if *last == index => *sum += count,
            _ => out.push((index, *count)),
        }
    }
    out
}
