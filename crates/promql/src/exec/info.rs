//! `info`: adds the labels of info metrics (`target_info`) that describe the same instance and job.
//!
//! Which info series a series gets its labels from may change from step to step, so one series may become several.

use super::instant::Reference;
use super::{Done, Exec, Points, Series, Sink, merge_same};
use crate::error::QueryError;
use crate::plan::{Info, Instant, Part};
use model::{Labels, METRIC_NAME, Matcher};
use query::Grid;
use rustc_hash::{FxHashMap, FxHashSet};

/// The labels by which an info series belongs to a series.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// An info series, and the time of the sample in use at each step, in seconds.
struct InfoSeries {
    labels: Labels,
    times: Points,
}

impl Exec<'_> {
    pub(super) fn info(&self, info: &Info, grid: &Grid, sink: Sink<'_>) -> Done {
        let (base, _held) = self.collect(&info.base, grid)?;
        // Info series themselves are left as they are.
        let is_info = |s: &Series| info.names.iter().all(|m| m.matches(s.labels.metric_name()));
        let series = self.info_series(info, &base, &is_info, grid)?;
        let mut by_identity: FxHashMap<Labels, Vec<usize>> = FxHashMap::default();
        for (number, one) in series.iter().enumerate() {
            by_identity.entry(one.labels.keep_only(&IDENTIFYING)).or_default().push(number);
        }
        let selected: Vec<&Matcher> = info.matchers.iter().filter(|m| m.name != METRIC_NAME).collect();
        let mut out = Vec::new();
        for one in base {
            if is_info(&one) {
                out.push(one);
                continue;
            }
            let candidates = by_identity.get(&one.labels.keep_only(&IDENTIFYING));
            let candidates: Vec<&InfoSeries> =
                candidates.into_iter().flatten().map(|n| &series[*n]).collect();
            self.enrich(&one, &candidates, &selected, &mut out)?;
        }
        merge_same(out)?.into_iter().try_for_each(sink)
    }

    /// The info series of the instances and jobs that occur in `base`.
    fn info_series(
        &self,
        info: &Info,
        base: &[Series],
        is_info: &dyn Fn(&Series) -> bool,
        grid: &Grid,
    ) -> Result<Vec<InfoSeries>, QueryError> {
        let mut wanted: [FxHashSet<&str>; 2] = Default::default();
        for one in base.iter().filter(|s| !is_info(s)) {
            for (values, label) in wanted.iter_mut().zip(IDENTIFYING) {
                values.extend(one.labels.get(label));
            }
        }
        if wanted.iter().all(FxHashSet::is_empty) {
            return Ok(Vec::new());
        }
        let belongs = |labels: &Labels| {
            IDENTIFYING
                .iter()
                .zip(&wanted)
                .all(|(label, values)| values.is_empty() || values.contains(labels.value(label)))
        };
        // Histograms cannot carry information; where one would be used, the query is wrong.
        let reference = Reference::new(info.series.offset, info.series.at);
        for stored in self.data[info.series.select].iter().filter(|s| belongs(&s.labels)) {
            for time in grid.times() {
                let at = reference.of(time);
                let in_use = |t: i64| t <= at && t > at - self.options.lookback;
                let histogram = stored
                    .histograms
                    .iter()
                    .rev()
                    .find(|(t, _)| t.0 <= at)
                    .filter(|(t, h)| in_use(t.0) && !h.is_stale());
                let float = stored.timestamps.iter().rev().find(|t| **t <= at);
                if histogram.is_some_and(|(t, _)| float.is_none_or(|f| *f < t.0)) {
                    let message =
                        format!("this should be an info metric, with float samples: {}", stored.labels);
                    return Err(QueryError::Execution(message));
                }
            }
        }
        let times = Instant { part: Part::Time, ..info.series.clone() };
        let mut out = Vec::new();
        self.info_times(&times, grid, &mut |labels, times| {
            if belongs(labels) {
                out.push(InfoSeries { labels: labels.clone(), times });
            }
        });
        Ok(out)
    }

    /// Pushes the labels `one` gains from the info series in use, step by step.
    fn enrich(
        &self,
        one: &Series,
        candidates: &[&InfoSeries],
        selected: &[&Matcher],
        out: &mut Vec<Series>,
    ) -> Done {
        let mut made: FxHashMap<Labels, usize> = FxHashMap::default();
        for step in 0..one.points.len() {
            let Some(point) = one.points.get(step) else { continue };
            let used = latest(candidates, step)?;
            if used.is_empty() && selected.iter().any(|m| !m.matches_empty()) {
                continue;
            }
            let labels = joined(&one.labels, &used, selected)?;
            let at = *made.entry(labels).or_insert_with_key(|labels| {
                let points = Points::absent(one.points.len());
                out.push(Series { labels: labels.clone(), drop_name: one.drop_name, points });
                out.len() - 1
            });
            out[at].points.set(step, point);
        }
        Ok(())
    }
}

/// Of each info metric the series whose sample is the latest.
fn latest<'s>(candidates: &[&'s InfoSeries], step: usize) -> Result<Vec<&'s InfoSeries>, QueryError> {
    let mut used: Vec<(&InfoSeries, f64)> = Vec::new();
    for candidate in candidates {
        let Some(at) = candidate.times.float(step) else { continue };
        let same_metric = |(known, _): &&mut (&InfoSeries, f64)| {
            known.labels.metric_name() == candidate.labels.metric_name()
        };
        match used.iter_mut().find(same_metric) {
            None => used.push((candidate, at)),
            Some((known, time)) if *time == at => {
                let (old, new, millis) = (&known.labels, &candidate.labels, (at * 1000.0).round());
                let message = format!(
                    "found duplicate series for info metric: existing {old} @ {millis}, new {new} @ {millis}"
                );
                return Err(QueryError::Execution(message));
            }
            Some(entry) if entry.1 < at => *entry = (candidate, at),
            Some(_) => {}
        }
    }
    Ok(used.into_iter().map(|(series, _)| series).collect())
}

/// The labels of a series with those of the info series that it does not have yet.
fn joined(base: &Labels, used: &[&InfoSeries], selected: &[&Matcher]) -> Result<Labels, QueryError> {
    let mut added: Vec<(&str, &str)> = Vec::new();
    for info in used {
        for (name, value) in info.labels.iter().filter(|(name, _)| *name != METRIC_NAME) {
            if !selected.is_empty() && !selected.iter().any(|m| m.name == name) {
                continue;
            }
            if added.iter().any(|(n, v)| *n == name && *v != value) {
                return Err(QueryError::Execution(format!("conflicting label: {name}")));
            }
            if base.get(name).is_none() {
                added.push((name, value));
            }
        }
    }
    if added.is_empty() {
        return Ok(base.clone());
    }
    Ok(Labels::from_pairs(base.iter().chain(added)))
}
