//! Sums up what senders say came since their sample before, so that each series becomes one that only grows.
//!
//! ```text
//! +2  +3      +1        samples of a sender of delta temporality
//!  2   5       6        stored, with the time of the first as their start
//! ```
//! Invariant: a sample adds to its series once: one that is not later than the last is refused. After a start, and for a
//! series that said nothing for [`STALE`], sums begin again at zero, which readers see as a reset.
//! Source: <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#sums-delta-to-cumulative>

use model::{FloatHistogram, Labels, Millis, SeriesView, Tenant};
use promql::histogram::Sum;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use wire::Skipped;
use wire::remote_write::Decoded;

/// Series of one tenant that are summed up: with some 500 bytes each they take 50 MB.
const MAX_SERIES: usize = 100_000;
/// A series that says nothing for so long begins again, as in the collector whose processor does the same.
const STALE: Duration = Duration::from_secs(300);

/// The sums of all tenants.
#[derive(Debug, Default)]
pub(crate) struct Sums(Mutex<HashMap<Tenant, HashMap<Labels, Running>>>);

#[derive(Debug)]
struct Running {
    total: Total,
    start: Millis,
    last: Millis,
    heard: Duration,
}

#[derive(Debug)]
enum Total {
    Float(f64),
    Histogram(FloatHistogram),
}

impl Sums {
    /// The same export with its marked series summed up. What cannot be added is skipped.
    pub(crate) fn add(&self, tenant: &Tenant, decoded: Decoded, now: Duration) -> Decoded {
        if decoded.deltas.is_empty() {
            return decoded;
        }
        let Decoded { batch, skipped, deltas } = decoded;
        let mut out = Decoded { skipped, ..Decoded::default() };
        out.batch.metadata.clone_from(&batch.metadata);
        let mut marked = deltas.into_iter().peekable();
        let mut tenants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tenants.entry(tenant.clone()).or_default();
        if known.len() + marked.len() > MAX_SERIES {
            known.retain(|_, running| now.saturating_sub(running.heard) < STALE);
        }
        for (at, series) in batch.series().enumerate() {
            if marked.next_if_eq(&at).is_none() {
                out.batch.copy_series(series, |_| true, |_| true);
                continue;
            }
            sum(known, series, now, &mut out);
            if out.batch.is_unfinished_empty() {
                out.batch.abandon_series();
                continue;
            }
            series.exemplars().iter().for_each(|exemplar| out.batch.push_exemplar(exemplar.clone()));
            series.labels().for_each(|(name, value)| out.batch.push_label(name, value));
            out.batch.finish_series().expect("the series had each label once");
        }
        out
    }
}

/// Adds the samples of a series to its sum, and what the sum then is to the batch.
fn sum(known: &mut HashMap<Labels, Running>, series: SeriesView<'_>, now: Duration, out: &mut Decoded) {
    let labels = series.to_labels();
    let mut skip = |why: &str| {
        out.skipped.push(Skipped { message: format!("delta of {labels}: {why}"), rows: 1 });
    };
    for sample in series.samples() {
        if model::is_stale(sample.value) {
            known.remove(&labels);
            out.batch.push_sample(sample.at, sample.value);
            continue;
        }
        match advance(known, &labels, sample.at, now) {
            Err(why) => skip(why),
            Ok(running) => {
                let total = match running.total {
                    Total::Float(total) => total + sample.value,
                    Total::Histogram(_) => sample.value,
                };
                running.total = Total::Float(total);
                out.batch.push_started_sample(sample.at, total, running.start);
            }
        }
    }
    for sample in series.histograms() {
        if sample.histogram.is_stale() {
            known.remove(&labels);
            out.batch.push_histogram(sample.at, sample.histogram.clone());
            continue;
        }
        match advance(known, &labels, sample.at, now) {
            Err(why) => skip(why),
            Ok(running) => {
                let total = match &running.total {
                    Total::Histogram(total) => plus(total, &sample.histogram),
                    Total::Float(_) => sample.histogram.clone(),
                };
                running.total = Total::Histogram(total.clone());
                out.batch.push_started_histogram(sample.at, total, running.start);
            }
        }
    }
}

/// The sum of a series that a sample of this time may be added to.
fn advance<'k>(
    known: &'k mut HashMap<Labels, Running>,
    labels: &Labels,
    at: Millis,
    now: Duration,
) -> Result<&'k mut Running, &'static str> {
    let fresh = || Running { total: Total::Float(0.0), start: at, last: at, heard: now };
    if !known.contains_key(labels) {
        if known.len() >= MAX_SERIES {
            return Err("more series are summed up than can be");
        }
        return Ok(known.entry(labels.clone()).or_insert_with(fresh));
    }
    let running = known.get_mut(labels).ok_or("it went away")?;
    if at <= running.last {
        return Err("it is not later than the sample before");
    }
    if now.saturating_sub(running.heard) >= STALE {
        *running = fresh();
    }
    (running.last, running.heard) = (at, now);
    Ok(running)
}

/// Histograms of another layout begin the sum again.
fn plus(total: &FloatHistogram, more: &FloatHistogram) -> FloatHistogram {
    let mut sum = Sum::new(total, false);
    match sum.add(more, 1.0) {
        Ok(added) if !added.reconciled => sum.finish(),
        _ => more.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{MetricBatch, Sample};

    fn batch(series: &[(&str, i64, f64)], deltas: &[usize]) -> Decoded {
        let mut batch = MetricBatch::default();
        for (name, at, value) in series {
            let labels = Labels::from_pairs([("__name__", *name)]);
            batch.push_series(&labels, &[Sample { at: Millis(*at), value: *value }]);
        }
        Decoded { batch, skipped: Vec::new(), deltas: deltas.to_vec() }
    }

    fn shown(decoded: &Decoded) -> Vec<(String, f64, i64)> {
        let of = |s: SeriesView<'_>| {
            let start = s.starts().first().copied().unwrap_or(0);
            (s.value("__name__").to_owned(), s.samples()[0].value, start)
        };
        decoded.batch.series().map(of).collect()
    }

    #[test]
    fn increments_become_a_sum_that_starts_with_the_first() {
        let (sums, tenant) = (Sums::default(), Tenant::anonymous());
        let add = |series: &[(&str, i64, f64)], deltas: &[usize], seconds| {
            sums.add(&tenant, batch(series, deltas), Duration::from_secs(seconds))
        };
        let first = add(&[("gauge", 10, 7.0), ("a", 10, 2.0), ("b", 10, 1.0)], &[1, 2], 0);
        assert_eq!(shown(&first), [("gauge".into(), 7.0, 0), ("a".into(), 2.0, 10), ("b".into(), 1.0, 10)]);
        let second = add(&[("a", 20, 3.0), ("b", 10, 1.0)], &[0, 1], 1);
        assert_eq!(shown(&second), [("a".into(), 5.0, 10)]);
        assert_eq!(
            second.skipped[0].message,
            "delta of {__name__=\"b\"}: it is not later than the sample before"
        );
        assert_eq!(shown(&add(&[("a", 30, 1.0)], &[0], 2)), [("a".into(), 6.0, 10)]);
        // After a long silence it begins again; so does a series that said it ended.
        assert_eq!(shown(&add(&[("a", 40, 1.0)], &[0], 400)), [("a".into(), 1.0, 40)]);
        let end = add(&[("a", 50, model::stale_marker())], &[0], 401);
        assert!(model::is_stale(shown(&end)[0].1));
        assert_eq!(shown(&add(&[("a", 60, 4.0)], &[0], 402)), [("a".into(), 4.0, 60)]);
        let other = sums.add(&Tenant::parse("o").unwrap(), batch(&[("a", 70, 1.0)], &[0]), Duration::ZERO);
        assert_eq!(shown(&other), [("a".into(), 1.0, 70)]);
    }

    #[test]
    fn histograms_are_added_bucket_by_bucket() {
        let (sums, tenant) = (Sums::default(), Tenant::anonymous());
        let add = |at: i64, schema: i32, count: f64| {
            let mut batch = MetricBatch::default();
            batch.push_label("__name__", "h");
            let histogram = FloatHistogram {
                schema,
                count,
                sum: count,
                positive_spans: vec![model::histogram::BucketSpan { offset: 1, length: 1 }],
                positive_buckets: vec![count],
                ..FloatHistogram::default()
            };
            batch.push_histogram(Millis(at), histogram);
            batch.finish_series().unwrap();
            let added = Decoded { batch, skipped: Vec::new(), deltas: vec![0] };
            let out = sums.add(&tenant, added, Duration::ZERO);
            let series = out.batch.series().next().unwrap();
            let h = &series.histograms()[0].histogram;
            (h.schema, h.count, h.positive_buckets.clone())
        };
        assert_eq!(add(1, 3, 2.0), (3, 2.0, vec![2.0]));
        assert_eq!(add(2, 3, 3.0), (3, 5.0, vec![5.0]));
        assert_eq!(add(3, 2, 1.0), (2, 6.0, vec![6.0]));
    }
}
