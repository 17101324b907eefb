//! Checks of samples.
//!
//! A batch in which all is well (nearly every one) passes as it is; else its good parts are copied.

use super::histogram;
use crate::limits::Limits;
use contract::{IngestError, Outcome, RefusalReason};
use model::{Exemplar, MetricBatch, Millis, SeriesView};

/// Characters that the labels of an exemplar may have in all, by the OpenMetrics standard.
const MAX_EXEMPLAR_CHARS: usize = 128;

/// What is good of `batch`, and what was refused. Labels of series that were told by number were found good before; when
/// a sample of theirs is refused, the refusal has to name them.
pub(super) fn check(
    batch: MetricBatch,
    limits: &Limits,
    now_millis: i64,
) -> Result<(MetricBatch, Outcome), IngestError> {
    let ahead = i64::try_from(limits.max_ahead_seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    let age = i64::try_from(limits.max_sample_age_seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    let oldest = if age == 0 { i64::MIN } else { now_millis.saturating_sub(age) };
    let latest = Millis(now_millis.saturating_add(ahead));
    let check = Check { limits, latest, oldest: Millis(oldest) };
    let mut outcome = Outcome::default();
    if batch.known.samples.iter().any(|sample| !check.is_timely(sample.at)) {
        return Err(IngestError::Forgotten);
    }
    if batch.series().all(|series| check.is_good(series)) {
        return Ok((batch, outcome));
    }
    let mut good = MetricBatch::default();
    good.metadata.clone_from(&batch.metadata);
    good.known.clone_from(&batch.known);
    for series in batch.series() {
        check.copy(series, &mut good, &mut outcome);
    }
    Ok((good, outcome))
}

struct Check<'a> {
    limits: &'a Limits,
    latest: Millis,
    oldest: Millis,
}

fn fits(exemplar: &Exemplar) -> bool {
    exemplar.labels.iter().map(|(n, v)| n.chars().count() + v.chars().count()).sum::<usize>()
        <= MAX_EXEMPLAR_CHARS
}

impl Check<'_> {
    fn is_good(&self, series: SeriesView<'_>) -> bool {
        self.labels(series).is_ok()
            && series.samples().iter().all(|s| self.is_timely(s.at))
            && series.histograms().iter().all(|s| {
                self.is_timely(s.at)
                    && !histogram::is_too_fine(&s.histogram)
                    && self.histogram(&s.histogram).is_ok()
            })
            && series.exemplars().iter().all(fits)
    }

    fn is_timely(&self, at: Millis) -> bool {
        self.oldest <= at && at <= self.latest
    }

    /// Whether a sample of this time is taken; if not it is counted.
    fn timely(&self, at: Millis, series: SeriesView<'_>, outcome: &mut Outcome) -> bool {
        if at > self.latest {
            let text = || {
                format!("out of bounds: timestamp is too far in the future for series {}", series.to_labels())
            };
            outcome.refuse(RefusalReason::TooNew, 1, text);
        } else if at < self.oldest {
            let limit = self.limits.max_sample_age_seconds;
            let text = || {
                format!(
                    "out of bounds: a sample of {} is older than {limit} seconds (max_sample_age_seconds)",
                    series.to_labels()
                )
            };
            outcome.refuse(RefusalReason::TooOld, 1, text);
        }
        self.is_timely(at)
    }

    fn histogram(&self, h: &model::FloatHistogram) -> Result<(), String> {
        histogram::check(h, Limits::size(self.limits.max_histogram_buckets))
    }

    fn labels(&self, series: SeriesView<'_>) -> Result<(), (RefusalReason, String)> {
        if series.value(model::METRIC_NAME).is_empty() {
            return Err((
                RefusalReason::Invalid,
                format!("series {} has no metric name", series.to_labels()),
            ));
        }
        let count = series.labels().len() as u64;
        if count > self.limits.max_labels_per_series {
            let limit = self.limits.max_labels_per_series;
            let name = series.value(model::METRIC_NAME);
            let text = format!("a series of {name} has {count} labels, max_labels_per_series is {limit}");
            return Err((RefusalReason::TooLarge, text));
        }
        for (name, value) in series.labels() {
            if name.is_empty() {
                return Err((
                    RefusalReason::Invalid,
                    format!("series {} has a label without a name", series.to_labels()),
                ));
            }
            for (what, text, limit_name, limit) in [
                ("name", name, "max_label_name_bytes", self.limits.max_label_name_bytes),
                ("value", value, "max_label_value_bytes", self.limits.max_label_value_bytes),
            ] {
                if text.len() as u64 > limit {
                    let start: String = name.chars().take(100).collect();
                    let text = format!(
                        "label {start}: its {what} has {} bytes, {limit_name} is {limit}",
                        text.len()
                    );
                    return Err((RefusalReason::TooLarge, text));
                }
            }
        }
        Ok(())
    }

    fn copy(&self, series: SeriesView<'_>, into: &mut MetricBatch, outcome: &mut Outcome) {
        let rows = (series.samples().len() + series.histograms().len()) as u64;
        if let Err((reason, text)) = self.labels(series) {
            outcome.refuse(reason, rows, || text);
            return;
        }
        let mut kept = 0u64;
        for (at, sample) in series.samples().iter().enumerate() {
            if self.timely(sample.at, series, outcome) {
                let start = series.starts().get(at).copied().unwrap_or(0);
                into.push_started_sample(sample.at, sample.value, Millis(start));
                kept += 1;
            }
        }
        for (at, sample) in series.histograms().iter().enumerate() {
            if !self.timely(sample.at, series, outcome) {
                continue;
            }
            if let Err(reason) = self.histogram(&sample.histogram) {
                let text = || format!("{reason} for series {}", series.to_labels());
                outcome.refuse(RefusalReason::Invalid, 1, text);
                continue;
            }
            let mut histogram = sample.histogram.clone();
            if histogram::is_too_fine(&histogram) {
                histogram.coarsen(*model::histogram::SCHEMAS.end());
            }
            let start = series.histogram_starts().get(at).copied().unwrap_or(0);
            into.push_started_histogram(sample.at, histogram, Millis(start));
            kept += 1;
        }
        for exemplar in series.exemplars().iter().filter(|e| fits(e)) {
            into.push_exemplar(exemplar.clone());
        }
        if kept == 0 && rows > 0 {
            into.abandon_series();
            return;
        }
        for (name, value) in series.labels() {
            into.push_label(name, value);
        }
        into.finish_series().expect("the series had each label once");
        series.key().into_iter().for_each(|key| into.key_series(key));
    }
}
