//! A few series with all that series may have: resets, gaps, stale markers, infinities, histograms, both kinds in one.

use crate::source::Selects;
use contract::{Series, SeriesSelect};
use model::histogram::BucketSpan;
use model::{FloatHistogram, Labels, Millis, stale_marker};
use std::sync::Arc;

/// The ten series.
pub(crate) struct AllKinds;

fn float(number: i64, i: i64) -> f64 {
    match (number, i % 11) {
        (1, 4) => stale_marker(),
        (2, 7) => f64::INFINITY,
        (3, 2) => f64::NAN,
        (_, k) => (k * (number + 1)) as f64 - 3.5,
    }
}

fn histogram(i: i64) -> FloatHistogram {
    let count = (i % 9) as f64;
    FloatHistogram {
        count: count * 3.0,
        sum: count * 10.0,
        schema: i32::from(i % 13 < 6),
        positive_spans: vec![BucketSpan { offset: 0, length: 2 }],
        positive_buckets: vec![count, count * 2.0],
        ..FloatHistogram::default()
    }
}

fn one(number: i64) -> Series {
    let name = ["up", "a:b", "sum", "offset", "NaN_total"][usize::try_from(number % 5).expect("small")];
    let labels = Labels::from_pairs([
        ("__name__", name.to_owned()),
        ("job", ["a", "b"][usize::try_from(number % 2).expect("small")].to_owned()),
        ("a.b", format!("v{}", number / 5)),
    ]);
    let step = 20_000 + number * 1_000;
    let all = (0..60).filter(|i| number != 4 || !(20..35).contains(i));
    let with_histograms = number % 4 == 3;
    let (histograms, floats): (Vec<i64>, Vec<i64>) = all.partition(|i| with_histograms && *i > number * 5);
    let timestamps: Vec<i64> = floats.iter().map(|i| i * step).collect();
    Series {
        labels,
        timestamps: timestamps.into(),
        values: floats.iter().map(|i| float(number, *i)).collect(),
        histograms: histograms.iter().map(|i| (Millis(i * step), Arc::new(histogram(*i)))).collect(),
        starts: None,
        histogram_starts: None,
    }
}

/// The samples in the range asked for.
fn cut(mut series: Series, from: i64, to: i64) -> Series {
    let keep: Vec<usize> =
        (0..series.timestamps.len()).filter(|i| (from..to).contains(&series.timestamps[*i])).collect();
    series.values = keep.iter().map(|i| series.values[*i]).collect();
    series.timestamps = keep.iter().map(|i| series.timestamps[*i]).collect();
    series.histograms.retain(|(t, _)| (from..to).contains(&t.0));
    series
}

impl Selects for AllKinds {
    fn answer(&self, select: &SeriesSelect) -> Vec<Series> {
        let matches = |s: &Series| select.matchers.iter().all(|m| m.matches(s.labels.value(&m.name)));
        let (from, to) = (select.range.start.0, select.range.end.0);
        let found = (0..10).map(one).filter(matches).map(|s| cut(s, from, to));
        found.filter(|s| !s.timestamps.is_empty() || !s.histograms.is_empty()).collect()
    }
}
