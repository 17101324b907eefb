//! What one scrape stores: the target's labels on every series, stale markers for what vanished, and the report series
//! `up`, `scrape_duration_seconds`, `scrape_samples_scraped`, `scrape_samples_post_metric_relabeling`,
//! `scrape_series_added`.

use crate::options::ScrapeJob;
use crate::relabel::relabel;
use model::{Labels, LabelsBuilder, METRIC_NAME, MetricBatch, Millis, Sample, stale_marker};
use std::collections::HashSet;
use std::time::Duration;
use wire::exposition::Exposition;

/// The memory between scrapes of one target.
pub(super) struct Round {
    target: Labels,
    /// Series of the last good scrape whose lines named no time.
    shown: HashSet<Labels>,
}

impl Round {
    /// A target that was never scraped.
    pub(super) fn new(target: Labels) -> Self {
        Round { target, shown: HashSet::new() }
    }

    /// A scrape that was answered. A limit that it breaks makes it a bad one, with the reason.
    pub(super) fn good(
        &mut self,
        exposition: &Exposition,
        job: &ScrapeJob,
        at: Millis,
        took: Duration,
    ) -> (MetricBatch, Option<String>) {
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
            if job.sample_limit > 0 && kept > job.sample_limit {
                return (self.bad(at, took), Some("sample limit exceeded".to_owned()));
            }
            let timed = *timed && job.honor_timestamps;
            labels.iter().for_each(|(name, value)| batch.push_label(name, value));
            series.samples().iter().for_each(|s| batch.push_sample(if timed { s.at } else { at }, s.value));
            series.exemplars().iter().for_each(|e| batch.push_exemplar(e.clone()));
            if batch.finish_series().is_err() {
                continue;
            }
            added += usize::from(!self.shown.contains(&labels));
            if !timed {
                shown.insert(labels);
            }
        }
        for gone in self.shown.difference(&shown) {
            batch.push_series(gone, &[Sample { at, value: stale_marker() }]);
        }
        self.shown = shown;
        self.report(
            &mut batch,
            at,
            [1.0, took.as_secs_f64(), exposition.batch.len() as f64, kept as f64, added as f64],
        );
        (batch, None)
    }

    /// A scrape that was not answered.
    pub(super) fn bad(&mut self, at: Millis, took: Duration) -> MetricBatch {
        let mut batch = MetricBatch::default();
        for gone in self.shown.drain() {
            batch.push_series(&gone, &[Sample { at, value: stale_marker() }]);
        }
        self.report(&mut batch, at, [0.0, took.as_secs_f64(), 0.0, 0.0, 0.0]);
        batch
    }

    /// The target is gone: all its series end, the report series too.
    pub(super) fn ended(&mut self, at: Millis) -> MetricBatch {
        let mut batch = MetricBatch::default();
        for gone in self.shown.drain() {
            batch.push_series(&gone, &[Sample { at, value: stale_marker() }]);
        }
        self.report(&mut batch, at, [stale_marker(); 5]);
        batch
    }

    fn report(&self, batch: &mut MetricBatch, at: Millis, values: [f64; 5]) {
        const NAMES: [&str; 5] = [
            "up",
            "scrape_duration_seconds",
            "scrape_samples_scraped",
            "scrape_samples_post_metric_relabeling",
            "scrape_series_added",
        ];
        for (name, value) in NAMES.iter().zip(values) {
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
