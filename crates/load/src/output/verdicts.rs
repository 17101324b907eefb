//! What the thresholds of a run come to, as series beside those of its samples, so that whoever looks at the run sees whether
//! it held what it promised.
//!
//! `oriel_load_threshold_ok{metric, threshold}` is 1 while it holds, else 0; `oriel_load_threshold_measured` is the number
//! that was compared, in the unit of the metric (milliseconds of times). Both carry the tags of the run.

use crate::metrics::{Engine, TagSet};
use model::{METRIC_NAME, MetricBatch, Millis, stale_marker};

const OK: &str = "oriel_load_threshold_ok";
const MEASURED: &str = "oriel_load_threshold_measured";

/// The thresholds as they were judged last.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    judged: Vec<Judged>,
    is_fresh: bool,
}

#[derive(Debug)]
struct Judged {
    metric: String,
    threshold: String,
    held: bool,
    measured: f64,
}

impl Verdicts {
    /// Takes over what an evaluation found.
    pub(super) fn judge(&mut self, engine: &Engine) {
        self.judged = engine
            .judged()
            .map(|(metric, one)| Judged {
                metric,
                threshold: one.written.source.clone(),
                held: !one.crossed,
                measured: one.measured,
            })
            .collect();
        self.is_fresh = !self.judged.is_empty();
    }

    /// Adds what was judged since the last time.
    pub(super) fn write(&mut self, batch: &mut MetricBatch, tags: &TagSet, at: Millis) {
        if !std::mem::take(&mut self.is_fresh) {
            return;
        }
        for one in &self.judged {
            one.push(batch, OK, tags, at, f64::from(u8::from(one.held)));
            if one.measured.is_finite() {
                one.push(batch, MEASURED, tags, at, one.measured);
            }
        }
    }

    /// Ends every series.
    pub(super) fn end(&self, batch: &mut MetricBatch, tags: &TagSet, at: Millis) {
        for one in &self.judged {
            one.push(batch, OK, tags, at, stale_marker());
            one.push(batch, MEASURED, tags, at, stale_marker());
        }
    }
}

impl Judged {
    fn push(&self, batch: &mut MetricBatch, name: &str, tags: &TagSet, at: Millis, value: f64) {
        batch.push_label(METRIC_NAME, name);
        batch.push_label("metric", &self.metric);
        batch.push_label("threshold", &self.threshold);
        let is_own = |name: &str| [METRIC_NAME, "metric", "threshold"].contains(&name);
        tags.iter().filter(|(name, _)| !is_own(name)).for_each(|(name, value)| batch.push_label(name, value));
        batch.push_sample(at, value);
        batch
            .finish_series()
            .expect("a tag set holds each name once, and the names added here are left out of it");
    }
}
