//! What one scrape stores: the target's labels on every series, stale markers for what vanished, and the report series
//! `up`, `scrape_duration_seconds`, `scrape_samples_scraped`, `scrape_samples_post_metric_relabeling`,
//! `scrape_series_added`. A line that means what it meant the last time (`lines.rs`) is neither read nor relabelled again.

use super::lines::{DROPPED, Lines, Reading};
use super::told::{Numbers, Told, Value};
use crate::options::ScrapeJob;
use crate::relabel::relabel;
use model::histogram::SCHEMAS;
use model::{
    FloatHistogram, LabelKey, Labels, LabelsBuilder, METRIC_NAME, Metadata, MetricBatch, Millis, Sample,
    SeriesView, stale_marker,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

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

/// A series of the last good scrape that ends when it is not shown again.
pub(super) struct Shown {
    pub labels: Labels,
    /// What engines know it by.
    pub key: LabelKey,
    /// The scrape that showed it last; [`REPORTED`] when it is about the scrapes themselves.
    last: u64,
}

/// Later than any scrape.
const REPORTED: u64 = u64::MAX;

/// The memory between scrapes of one target.
pub(super) struct Round {
    target: Labels,
    /// Series by place; `None` where one ended.
    pub(super) series: Vec<Option<Shown>>,
    /// Places of the series that were scraped.
    places: HashMap<Labels, u32>,
    free: Vec<u32>,
    /// Places of the report series, in their order.
    reports: Vec<u32>,
    /// What engines call the series.
    pub(super) numbers: Numbers,
    /// What its lines meant.
    pub lines: Lines,
    /// Counts good scrapes.
    scrapes: u64,
    /// What the last good scrape said of metrics.
    pub metadata: Arc<[Metadata]>,
}

impl Round {
    /// A target that was never scraped.
    pub(super) fn new(target: Labels) -> Self {
        Round {
            target,
            series: Vec::new(),
            places: HashMap::new(),
            free: Vec::new(),
            reports: Vec::new(),
            numbers: Numbers::default(),
            lines: Lines::default(),
            scrapes: 0,
            metadata: Arc::default(),
        }
    }

    /// A scrape that was answered. A limit that it breaks makes it a bad one, with the reason.
    pub(super) fn good(&mut self, reading: Reading, job: &ScrapeJob, took: Took) -> (Told, Option<String>) {
        let at = took.at;
        let exposition = &reading.exposition;
        let mut batch = MetricBatch::default();
        batch.metadata.clone_from(&exposition.batch.metadata);
        let mut kept = reading.known.iter().filter(|line| line.series != DROPPED).count();
        let over = |kept: usize| job.limits.samples > 0 && kept > job.limits.samples;
        if over(kept) {
            return (self.bad(job, took), Some("sample limit exceeded".to_owned()));
        }
        let mut added = 0;
        let mut fresh = Vec::with_capacity(exposition.batch.len());
        for (i, (series, timed)) in exposition.batch.series().zip(&exposition.timed).enumerate() {
            let labels = self.labels(&series.to_labels(), job.honor_labels);
            let Some(labels) = relabel(&labels, &job.metric_relabel).filter(|l| !l.metric_name().is_empty())
            else {
                fresh.push(Fresh::Dropped);
                continue;
            };
            kept += 1;
            if over(kept) {
                return (self.bad(job, took), Some("sample limit exceeded".to_owned()));
            }
            if let Err(reason) = check_labels(&labels, job) {
                return (self.bad(job, took), Some(reason));
            }
            let named = *timed;
            let timed = named && job.honor_timestamps;
            labels.iter().for_each(|(name, value)| batch.push_label(name, value));
            if let Err(reason) = push_values(&mut batch, series, timed, at, job) {
                return (self.bad(job, took), Some(reason));
            }
            series.exemplars().iter().for_each(|e| batch.push_exemplar(e.clone()));
            if batch.finish_series().is_err() {
                fresh.push(Fresh::Passing);
                continue;
            }
            if reading.learns(i) {
                batch.key_series(key_of(&labels));
            }
            added += usize::from(!self.places.contains_key(&labels));
            fresh.push(match !timed || job.stale_timed {
                true => Fresh::Shown(labels, !named && series.exemplars().is_empty()),
                false => Fresh::Passing,
            });
        }
        if !self.lines.are_all_of(&reading) {
            self.note(&reading, fresh);
            self.end_series(&mut batch, at, self.scrapes);
        }
        let samples = reading.len();
        let values = reading.known.into_iter().filter(|line| line.series != DROPPED);
        let values = values.map(|line| Value { series: line.series, value: line.value }).collect();
        let mut told = Told { at, batch, values };
        self.report(&mut told, job, |name| {
            Some(match name {
                "up" => 1.0,
                "scrape_duration_seconds" => took.time.as_secs_f64(),
                "scrape_samples_scraped" => samples as f64,
                "scrape_samples_post_metric_relabeling" => kept as f64,
                "scrape_series_added" => added as f64,
                "scrape_body_size_bytes" => took.bytes as f64,
                _ => return None,
            })
        });
        (told, None)
    }

    /// Notes what a good scrape showed: its known lines, and what became of the others.
    fn note(&mut self, reading: &Reading, fresh: Vec<Fresh>) {
        self.scrapes += 1;
        for line in reading.known.iter().filter(|line| line.series != DROPPED) {
            if let Some(Some(shown)) = self.series.get_mut(line.series as usize) {
                shown.last = self.scrapes;
            }
        }
        let places: Vec<Option<u32>> = fresh.into_iter().map(|fresh| self.place(fresh)).collect();
        self.lines.learn(reading, &places);
    }

    /// Notes a line that was read. Answers the place of its series when the line means the same the next time.
    fn place(&mut self, fresh: Fresh) -> Option<u32> {
        let (labels, plain) = match fresh {
            Fresh::Dropped => return Some(DROPPED),
            Fresh::Passing => return None,
            Fresh::Shown(labels, plain) => (labels, plain),
        };
        let place = match self.places.get(&labels) {
            Some(place) => *place,
            None => {
                let place = self.free_place();
                self.places.insert(labels.clone(), place);
                place
            }
        };
        self.show(place, labels, self.scrapes);
        plain.then_some(place)
    }

    /// A scrape that was not answered.
    pub(super) fn bad(&mut self, job: &ScrapeJob, took: Took) -> Told {
        let mut told = self.end_all(took.at);
        self.report(&mut told, job, |name| match name {
            "scrape_duration_seconds" => Some(took.time.as_secs_f64()),
            "scrape_timeout_seconds" | "scrape_sample_limit" => None,
            _ => Some(0.0),
        });
        told
    }

    /// The target is gone: all its series end, the report series too.
    pub(super) fn ended(&mut self, job: &ScrapeJob, at: Millis) -> Told {
        let mut told = self.end_all(at);
        self.report(&mut told, job, |_| Some(stale_marker()));
        told
    }

    fn end_all(&mut self, at: Millis) -> Told {
        let mut told = Told { at, batch: MetricBatch::default(), values: Vec::new() };
        self.end_series(&mut told.batch, at, REPORTED);
        self.lines.clear();
        told
    }

    /// Ends the series that a later scrape than `scrape` did not show.
    fn end_series(&mut self, batch: &mut MetricBatch, at: Millis, scrape: u64) {
        for (place, slot) in self.series.iter_mut().enumerate() {
            if let Some(gone) = slot.take_if(|shown| shown.last < scrape) {
                batch.push_series(&gone.labels, &[Sample { at, value: stale_marker() }]);
                self.places.remove(&gone.labels);
                self.free.push(place as u32);
            }
        }
    }

    /// The report series with `value` of their name; `None`: as the job says.
    fn report(&mut self, told: &mut Told, job: &ScrapeJob, value: impl Fn(&str) -> Option<f64>) {
        const ALWAYS: [&str; 5] = [
            "up",
            "scrape_duration_seconds",
            "scrape_samples_scraped",
            "scrape_samples_post_metric_relabeling",
            "scrape_series_added",
        ];
        const EXTRA: [&str; 3] = ["scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"];
        let extra = if job.extra_series { &EXTRA[..] } else { &[] };
        for (i, name) in ALWAYS.iter().chain(extra).enumerate() {
            let value = value(name).unwrap_or(match *name {
                "scrape_timeout_seconds" => job.timeout.as_secs_f64(),
                _ => job.limits.samples as f64,
            });
            if i == self.reports.len() {
                let labels = self.target.with(METRIC_NAME, name);
                let place = self.free_place();
                self.show(place, labels, REPORTED);
                self.reports.push(place);
            }
            told.values.push(Value { series: self.reports[i], value });
        }
    }

    /// A place that no series has.
    fn free_place(&mut self) -> u32 {
        let Some(place) = self.free.pop() else {
            self.series.push(None);
            return self.series.len() as u32 - 1;
        };
        self.numbers.forget_one(place);
        place
    }

    /// Puts a series in its place.
    fn show(&mut self, place: u32, labels: Labels, last: u64) {
        let key = key_of(&labels);
        self.series[place as usize] = Some(Shown { labels, key, last });
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

/// What became of a line that was read.
enum Fresh {
    /// Relabelling dropped it.
    Dropped,
    /// It leaves no trace: its time is its own, or it was no series.
    Passing,
    /// Its series ends when it is not shown again; whether it had neither a time nor an exemplar.
    Shown(Labels, bool),
}

/// What engines know a series by.
fn key_of(labels: &Labels) -> LabelKey {
    LabelKey::of(labels.to_string().as_bytes())
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
