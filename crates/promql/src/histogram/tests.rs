//! Sums, resets and layouts of small histograms.

use super::bounds::{all_buckets, exponential};
use super::sum::combine;
use super::*;
use model::histogram::BucketSpan;
use proptest::prelude::*;

fn exponential_histogram(schema: i32, offset: i32, buckets: &[f64]) -> FloatHistogram {
    FloatHistogram {
        schema,
        count: buckets.iter().sum(),
        sum: 1.0,
        positive_spans: vec![BucketSpan { offset, length: u32::try_from(buckets.len()).unwrap() }],
        positive_buckets: buckets.to_vec(),
        ..FloatHistogram::default()
    }
}

#[test]
fn bounds_are_powers_of_two() {
    assert_eq!((exponential(0, 0), exponential(1, 0), exponential(-1, 0)), (1.0, 2.0, 0.5));
    assert_eq!((exponential(1, -1), exponential(2, 1)), (4.0, 2.0));
    // As Prometheus prints them: not always the nearest double.
    let quarters = [-2, 1, 2, 3].map(|index| exponential(index, 2).to_string());
    assert_eq!(
        quarters,
        ["0.7071067811865475", "1.189207115002721", "1.414213562373095", "1.6817928305074288"]
    );
    assert_eq!(exponential(-2, 3), 0.8408964152537144);
    assert_eq!(exponential(255, 8), 2.0 * 0.9972960560854698);
    assert_eq!((exponential(1024, 0), exponential(1025, 0)), (f64::MAX, f64::INFINITY));
}

#[test]
fn sums_take_the_coarser_schema() {
    let (sum, _) =
        combine(&exponential_histogram(-1, 1, &[1.0]), &exponential_histogram(0, 1, &[2.0, 2.0]), 1.0)
            .unwrap();
    assert_eq!((sum.schema, sum.positive_buckets.as_slice()), (-1, &[5.0][..]));
    assert_eq!(all_buckets(&sum).len(), 1);
}

#[test]
fn a_populated_bucket_that_shrinks_is_a_reset() {
    let (a, b) =
        (exponential_histogram(0, 0, &[1.0, 2.0, 1.0]), exponential_histogram(0, 0, &[1.0, 1.0, 3.0]));
    assert!(detect_reset(&b, &a));
    assert!(!detect_reset(&exponential_histogram(0, 0, &[1.0, 2.0, 3.0]), &a));
    assert!(
        detect_reset(&exponential_histogram(1, 0, &[1.0, 2.0, 3.0]), &a),
        "a finer schema means a restart"
    );
}

proptest! {
    #[test]
    fn spans_and_lists_are_the_same(mut side in prop::collection::vec((-40i32..40, 0.5f64..9.0), 0..12)) {
        side.sort_by_key(|(index, _)| *index);
        side.dedup_by_key(|(index, _)| *index);
        let (spans, buckets) = sparse::to_spans(&side);
        prop_assert_eq!(sparse::from_spans(&spans, &buckets), side);
    }

    #[test]
    fn adding_and_taking_away_leaves_nothing(offset in -9i32..9, buckets in prop::collection::vec(0f64..9.0, 1..9)) {
        let h = exponential_histogram(2, offset, &buckets);
        let (mut difference, _) = combine(&h, &h, -1.0).unwrap();
        compact(&mut difference);
        prop_assert!(difference.positive_buckets.is_empty() && difference.count == 0.0);
    }
}
