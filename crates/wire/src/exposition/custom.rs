//! Classic histograms as native ones with custom buckets: `_bucket`, `_count` and `_sum` of the same labels become one
//! histogram under the name of their family.
//!
//! A histogram whose parts do not fit together (a bound twice, counts that fall, no bucket at all) stays as it is, and so does
//! one that has native buckets already.
//! Source: <https://prometheus.io/docs/specs/native_histograms/#native-histograms-with-custom-bucket-boundaries>

use super::{Exposition, parse_float};
use model::histogram::{BucketSpan, CUSTOM_BUCKETS_SCHEMA};
use model::{Exemplar, FloatHistogram, Labels, METRIC_NAME, MetricKind, Millis, SeriesView};
use std::collections::{HashMap, HashSet};

/// The parts of one histogram.
#[derive(Debug, Default)]
struct Parts {
    /// Bound and cumulative count, as shown.
    buckets: Vec<(f64, f64)>,
    sum: Option<f64>,
    count: Option<f64>,
    exemplars: Vec<Exemplar>,
    at: Millis,
    start: i64,
    timed: bool,
}

/// Which part of a histogram a series is.
enum Part {
    Bucket(f64),
    Sum,
    Count,
}

/// The exposition with its classic histograms converted; `keep`: they stay beside what they become.
pub fn convert_classic(exposition: &Exposition, keep: bool) -> Exposition {
    let metadata = &exposition.batch.metadata;
    let families: HashMap<&str, MetricKind> = metadata.iter().map(|m| (m.family.as_str(), m.kind)).collect();
    let native: HashSet<Labels> = exposition
        .batch
        .series()
        .filter(|series| !series.histograms().is_empty())
        .map(SeriesView::to_labels)
        .collect();
    let mut order: Vec<Labels> = Vec::new();
    let mut all: HashMap<Labels, Parts> = HashMap::new();
    for (series, timed) in exposition.batch.series().zip(&exposition.timed) {
        let Some((part, labels)) = part_of(series, &families).filter(|(_, labels)| !native.contains(labels))
        else {
            continue;
        };
        let parts = all.entry(labels).or_insert_with_key(|labels| {
            order.push(labels.clone());
            Parts::default()
        });
        parts.add(part, series, *timed);
    }
    let converted: HashMap<&Labels, FloatHistogram> =
        all.iter().filter_map(|(labels, parts)| Some((labels, parts.histogram()?))).collect();
    let mut out = Exposition::default();
    out.batch.metadata.clone_from(metadata);
    for (series, timed) in exposition.batch.series().zip(&exposition.timed) {
        let gone =
            !keep && part_of(series, &families).is_some_and(|(_, labels)| converted.contains_key(&labels));
        if !gone {
            copy(&mut out, series, *timed);
        }
    }
    for labels in &order {
        let (Some(histogram), Some(parts)) = (converted.get(labels), all.get(labels)) else { continue };
        labels.iter().for_each(|(name, value)| out.batch.push_label(name, value));
        out.batch.push_started_histogram(parts.at, histogram.clone(), Millis(parts.start));
        parts.exemplars.iter().for_each(|exemplar| out.batch.push_exemplar(exemplar.clone()));
        // The labels are those of a series that was finished.
        if out.batch.finish_series().is_ok() {
            out.timed.push(parts.timed);
        }
    }
    out
}

/// What part of which histogram a series is; the labels are those of the histogram.
fn part_of(series: SeriesView<'_>, families: &HashMap<&str, MetricKind>) -> Option<(Part, Labels)> {
    let name = series.value(METRIC_NAME);
    let (family, suffix) = name.rsplit_once('_')?;
    if !matches!(families.get(family), Some(MetricKind::Histogram | MetricKind::GaugeHistogram)) {
        return None;
    }
    let part = match suffix {
        "bucket" => Part::Bucket(parse_float(series.value("le"))?),
        "sum" | "gsum" => Part::Sum,
        "count" | "gcount" => Part::Count,
        _ => return None,
    };
    let pairs = series.labels().filter(|(name, _)| *name != METRIC_NAME && *name != "le");
    Some((part, Labels::from_pairs(pairs.chain([(METRIC_NAME, family)]))))
}

fn copy(out: &mut Exposition, series: SeriesView<'_>, timed: bool) {
    let start = |starts: &[i64], at: usize| Millis(starts.get(at).copied().unwrap_or(0));
    for (at, sample) in series.samples().iter().enumerate() {
        out.batch.push_started_sample(sample.at, sample.value, start(series.starts(), at));
    }
    for (at, sample) in series.histograms().iter().enumerate() {
        let start = start(series.histogram_starts(), at);
        out.batch.push_started_histogram(sample.at, sample.histogram.clone(), start);
    }
    series.exemplars().iter().for_each(|exemplar| out.batch.push_exemplar(exemplar.clone()));
    series.labels().for_each(|(name, value)| out.batch.push_label(name, value));
    if out.batch.finish_series().is_ok() {
        out.timed.push(timed);
    }
}

impl Parts {
    fn add(&mut self, part: Part, series: SeriesView<'_>, timed: bool) {
        let Some(sample) = series.samples().first() else { return };
        match part {
            Part::Bucket(bound) => self.buckets.push((bound, sample.value)),
            Part::Sum => self.sum = Some(sample.value),
            Part::Count => self.count = Some(sample.value),
        }
        self.exemplars.extend_from_slice(series.exemplars());
        (self.at, self.timed) = (sample.at, timed);
        self.start = series.starts().first().copied().unwrap_or(self.start);
    }

    /// `None` when the parts do not fit together.
    fn histogram(&self) -> Option<FloatHistogram> {
        let mut buckets = self.buckets.clone();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let fits = buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        let sound = |(bound, count): &(f64, f64)| !bound.is_nan() && count.is_finite() && *count >= 0.0;
        let (last, highest) = *buckets.last()?;
        if !fits || !buckets.iter().all(sound) {
            return None;
        }
        // The bucket up to infinity may be missing; then the count stands for it.
        let count = if last == f64::INFINITY { highest } else { self.count? };
        if count < highest || self.count.is_some_and(|told| told != count) {
            return None;
        }
        let custom_values: Vec<f64> =
            buckets.iter().map(|(bound, _)| *bound).filter(|bound| bound.is_finite()).collect();
        let mut below = 0.0;
        let finite = buckets.iter().filter(|(bound, _)| bound.is_finite()).map(|(_, count)| *count);
        let positive_buckets: Vec<f64> =
            finite.chain([count]).map(|upto| upto - std::mem::replace(&mut below, upto)).collect();
        Some(FloatHistogram {
            schema: CUSTOM_BUCKETS_SCHEMA,
            count,
            sum: self.sum.unwrap_or(0.0),
            positive_spans: vec![BucketSpan {
                offset: 0,
                length: u32::try_from(positive_buckets.len()).ok()?,
            }],
            positive_buckets,
            custom_values,
            ..FloatHistogram::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, parse};
    use super::*;

    const TEXT: &str = "# TYPE a histogram\na_bucket{x=\"1\",le=\"0.5\"} 2\na_bucket{x=\"1\",le=\"1\"} 2\na_bucket{x=\"1\",le=\"+Inf\"} 5\n\
        a_sum{x=\"1\"} 7.5\na_count{x=\"1\"} 5\n\
        a_bucket{x=\"2\",le=\"1\"} 3\na_bucket{x=\"2\",le=\"+Inf\"} 2\na_count{x=\"2\"} 2\n\
        # TYPE b counter\nb_count 4\n";

    fn shown(exposition: &Exposition) -> Vec<String> {
        let row = |s: SeriesView<'_>| match s.histograms().first() {
            Some(h) => {
                let h = &h.histogram;
                format!(
                    "{} {:?} {:?} {} {}",
                    s.to_labels(),
                    h.custom_values,
                    h.positive_buckets,
                    h.count,
                    h.sum
                )
            }
            None => format!("{} {}", s.to_labels(), s.samples()[0].value),
        };
        exposition.batch.series().map(row).collect()
    }

    #[test]
    fn parts_that_fit_together_become_one_histogram() {
        let read = parse(TEXT, Format::Text, Millis(9)).unwrap();
        let rest = [
            // Its counts fall.
            r#"{__name__="a_bucket", le="1.0", x="2"} 3"#,
            r#"{__name__="a_bucket", le="+Inf", x="2"} 2"#,
            r#"{__name__="a_count", x="2"} 2"#,
            r#"{__name__="b_count"} 4"#,
        ];
        let histogram = r#"{__name__="a", x="1"} [0.5, 1.0] [2.0, 0.0, 3.0] 5 7.5"#;
        let converted = convert_classic(&read, false);
        assert_eq!(shown(&converted), [&rest[..], &[histogram]].concat());
        assert_eq!(converted.timed, [false; 5]);
        assert_eq!(converted.batch.series().last().unwrap().histograms()[0].at, Millis(9));
        let both = shown(&convert_classic(&read, true));
        assert_eq!((both.len(), both.last().map(String::as_str)), (read.batch.len() + 1, Some(histogram)));
    }
}
