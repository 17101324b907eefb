//! What one scrape stores: the target's labels on every series, stale markers for what vanished, and the report series
//! `up`, `scrape_duration_seconds`, `scrape_samples_scraped`, `scrape_samples_post_metric_relabeling`,
//! `scrape_series_added`.

use crate::options::ScrapeJob;
use crate::relabel::relabel;
use model::histogram::SCHEMAS;
use model::{
    FloatHistogram, Labels, LabelsBuilder, METRIC_NAME, Metadata, MetricBatch, Millis, Sample, SeriesView,
    stale_marker,
};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use wire::exposition::Exposition;

/// When a scrape began, how long it took, and how many bytes came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Took {
    pub at: Millis,
    pub time: Duration,
    pub bytes: usize,
}

#[cfg(test)]
impl Took {
    /// No time at all.
    pub(super) fn at(at: i64) -> Self {
        Took { at: Millis(at), time: Duration::ZERO, bytes: 0 }
    }
}

/// Samples and histograms with the times and starts that they keep. A histogram of too many buckets fails the scrape.
fn push_values(
    batch: &mut MetricBatch,
    series: SeriesView<'_>,
    timed: bool,
    at: Millis,
    job: &ScrapeJob,
) -> Result<(), String> {
    let start = |starts: &[i64], i: usize| Millis(starts.get(i).copied().unwrap_or(0));
    for (i, sample) in series.samples().iter().enumerate() {
        let when = if timed { sample.at } else { at };
        batch.push_started_sample(when, sample.value, start(series.starts(), i));
    }
    for (i, sample) in series.histograms().iter().enumerate() {
        let when = if timed { sample.at } else { at };
        let histogram = bounded(&sample.histogram, job)?;
        batch.push_started_histogram(when, histogram, start(series.histogram_starts(), i));
    }
    Ok(())
}

/// A histogram as fine as the job takes it.
fn bounded(histogram: &FloatHistogram, job: &ScrapeJob) -> Result<FloatHistogram, String> {
    let mut h = histogram.clone();
    if let Some(finest) = job.finest_schema {
        h.coarsen(finest);
    }
    let limit = job.limits.histogram_buckets;
    while limit > 0 && h.positive_buckets.len() + h.negative_buckets.len() > limit {
        if h.schema <= *SCHEMAS.start() {
            return Err("histogram bucket limit exceeded".to_owned());
        }
        h.coarsen(h.schema - 1);
    }
    Ok(h)
}

/// The memory between scrapes of one target.
pub(super) struct Round {
    target: Labels,
    /// Series of the last good scrape that end when they are not shown again.
    shown: HashSet<Labels>,
    /// What the last good scrape said of metrics.
    pub metadata: Arc<[Metadata]>,
}

impl Round {
    /// A target that was never scraped.
    pub(super) fn new(target: Labels) -> Self {
        Round { target, shown: HashSet::new(), metadata: Arc::default() }
    }

    /// A scrape that was answered. A limit that it breaks makes it a bad one, with the reason.
    pub(super) fn good(
        &mut self,
        exposition: &Exposition,
        job: &ScrapeJob,
        took: Took,
    ) -> (MetricBatch, Option<String>) {
        let at = took.at;
        let mut batch = MetricBatch::default();
        batch.metadata.clone_from(&exposition.batch.metadata);
        let mut shown = HashSet::with_capacity(self.shown.len());
        let (mut kept, mut added) = (0, 0);
        for (series, timed) in exposition.batch.series().zip(&exposition.timed) {
            let labels = self.labels(&series.to_labels(), job.honor_labels);
            let Some(labels) = relabel(&labels, &job.metric_relabel).filter(|l| !l.metric_name().is_empty())
            else {
                continue;
            };
            kept += 1;
            if job.limits.samples > 0 && kept > job.limits.samples {
                return (self.bad(job, took), Some("sample limit exceeded".to_owned()));
            }
            if let Err(reason) = check_labels(&labels, job) {
                return (self.bad(job, took), Some(reason));
            }
            let timed = *timed && job.honor_timestamps;
            labels.iter().for_each(|(name, value)| batch.push_label(name, value));
            if let Err(reason) = push_values(&mut batch, series, timed, at, job) {
                return (self.bad(job, took), Some(reason));
            }
            series.exemplars().iter().for_each(|e| batch.push_exemplar(e.clone()));
            if batch.finish_series().is_err() {
                continue;
            }
            added += usize::from(!self.shown.contains(&labels));
            if !timed || job.stale_timed {
                shown.insert(labels);
            }
        }
        self.end_series(&mut batch, at, &shown);
        self.shown = shown;
        self.report(&mut batch, job, at, |name| {
            Some(match name {
                "up" => 1.0,
                "scrape_duration_seconds" => took.time.as_secs_f64(),
                "scrape_samples_scraped" => exposition.batch.len() as f64,
                "scrape_samples_post_metric_relabeling" => kept as f64,
                "scrape_series_added" => added as f64,
                "scrape_body_size_bytes" => took.bytes as f64,
                _ => return None,
            })
        });
        (batch, None)
    }

    /// A scrape that was not answered.
    pub(super) fn bad(&mut self, job: &ScrapeJob, took: Took) -> MetricBatch {
        let mut batch = MetricBatch::default();
        self.end_series(&mut batch, took.at, &HashSet::new());
        self.shown.clear();
        self.report(&mut batch, job, took.at, |name| match name {
            "scrape_duration_seconds" => Some(took.time.as_secs_f64()),
            "scrape_timeout_seconds" | "scrape_sample_limit" => None,
            _ => Some(0.0),
        });
        batch
    }

    /// The target is gone: all its series end, the report series too.
    pub(super) fn ended(&mut self, job: &ScrapeJob, at: Millis) -> MetricBatch {
        let mut batch = MetricBatch::default();
        self.end_series(&mut batch, at, &HashSet::new());
        self.shown.clear();
        self.report(&mut batch, job, at, |_| Some(stale_marker()));
        batch
    }

    fn end_series(&self, batch: &mut MetricBatch, at: Millis, shown: &HashSet<Labels>) {
        for gone in self.shown.difference(shown) {
            batch.push_series(gone, &[Sample { at, value: stale_marker() }]);
        }
    }

    /// The report series with `value` of their name; `None`: as the job says.
    fn report(
        &self,
        batch: &mut MetricBatch,
        job: &ScrapeJob,
        at: Millis,
        value: impl Fn(&str) -> Option<f64>,
    ) {
        const ALWAYS: [&str; 5] = [
            "up",
            "scrape_duration_seconds",
            "scrape_samples_scraped",
            "scrape_samples_post_metric_relabeling",
            "scrape_series_added",
        ];
        const EXTRA: [&str; 3] = ["scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"];
        let extra = if job.extra_series { &EXTRA[..] } else { &[] };
        for name in ALWAYS.iter().chain(extra) {
            let value = value(name).unwrap_or(match *name {
                "scrape_timeout_seconds" => job.timeout.as_secs_f64(),
                _ => job.limits.samples as f64,
            });
            batch.push_series(&self.target.with(METRIC_NAME, name), &[Sample { at, value }]);
        }
    }

    /// The series' labels with the target's. Where both have a name, `honor_labels` lets the series keep its own;
    /// otherwise the target wins and the series' value moves to `exported_<name>`.
    fn labels(&self, series: &Labels, honor_labels: bool) -> Labels {
        let mut builder = LabelsBuilder::from(series);
        for (name, value) in self.target.iter() {
            let own = builder.value(name).to_owned();
            match (own.is_empty(), honor_labels) {
                (false, true) => {}
                (true, _) => {
                    builder.set(name, value);
                }
                (false, false) => {
                    let mut moved = format!("exported_{name}");
                    while !builder.value(&moved).is_empty() {
                        moved.insert_str(0, "exported_");
                    }
                    builder.set(&moved, &own).set(name, value);
                }
            }
        }
        builder.build()
    }
}

/// The limits on labels, and the alphabet of names.
fn check_labels(labels: &Labels, job: &ScrapeJob) -> Result<(), String> {
    let limits = &job.limits;
    let broken = |limit: usize, size: usize| limit > 0 && size > limit;
    if broken(limits.labels, labels.len()) {
        return Err(format!(
            "label_limit exceeded (metric: {:.50}, number of labels: {}, limit: {})",
            labels.metric_name(),
            labels.len(),
            limits.labels
        ));
    }
    for (name, value) in labels.iter() {
        if broken(limits.label_name_bytes, name.len()) {
            return Err(format!(
                "label_name_length_limit exceeded (metric: {:.50}, label name: {name:.50}, length: {}, limit: {})",
                labels.metric_name(),
                name.len(),
                limits.label_name_bytes
            ));
        }
        if broken(limits.label_value_bytes, value.len()) {
            return Err(format!(
                "label_value_length_limit exceeded (metric: {:.50}, label name: {name:.50}, value: {value:.50}, length: {}, limit: {})",
                labels.metric_name(),
                value.len(),
                limits.label_value_bytes
            ));
        }
        if job.legacy_names
            && !(wire::names::is_label_name(name)
                && (name != METRIC_NAME || wire::names::is_metric_name(value)))
        {
            return Err(format!("invalid metric name or label names: {labels}"));
        }
    }
    Ok(())
}
