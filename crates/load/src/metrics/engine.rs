//! The engine of metrics: drains the inboxes, feeds the sinks, evaluates thresholds, and hands each batch to the outputs.
//!
//! Which submetrics a series belongs to is decided once, when the series first appears, not once a sample.

use super::{Builtin, Inbox, MetricDef, MetricId, Registry, Sample, Sink, TagSet, tree::Tree};
use crate::thresholds::{Threshold, Watched};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// 200 000 series are remembered with their submetrics; beyond that the match is made again for each sample.
const MAX_REMEMBERED: usize = 200_000;

/// Totals of a whole run.
pub(crate) struct Engine {
    registry: Arc<Registry>,
    inboxes: Vec<Inbox>,
    observed: BTreeMap<MetricId, Observed>,
    remembered: HashMap<(MetricId, Arc<TagSet>), Vec<usize>>,
    tree: Tree,
    dropped: u64,
}

/// A metric: what came, and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    /// Its definition.
    pub(crate) def: MetricDef,
    /// All its values.
    pub(crate) sink: Sink,
    /// Thresholds on all its values.
    pub(crate) thresholds: Vec<Threshold>,
    /// Parts of it by tags.
    pub(crate) submetrics: Vec<Submetric>,
}

/// The part of a metric that has certain tags.
#[derive(Debug, Clone)]
pub(crate) struct Submetric {
    /// What is between the braces, as written.
    pub(crate) suffix: String,
    /// The tags.
    pub(crate) tags: Vec<(String, String)>,
    /// Its values.
    pub(crate) sink: Sink,
    /// Thresholds on it.
    pub(crate) thresholds: Vec<Threshold>,
}

/// What an evaluation found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Names of metrics and submetrics with a crossed threshold.
    pub(crate) crossed: Vec<String>,
    /// Whether one of them asks for the run to stop.
    pub(crate) abort: bool,
}

impl Engine {
    /// An engine that watches `watched` and drains `inboxes`.
    pub(crate) fn watching(registry: Arc<Registry>, inboxes: Vec<Inbox>, watched: Vec<Watched>) -> Self {
        let mut engine = Engine {
            registry,
            inboxes,
            observed: BTreeMap::new(),
            remembered: HashMap::new(),
            tree: Tree::default(),
            dropped: 0,
        };
        let tags = vec![("expected_response".to_owned(), "true".to_owned())];
        engine.submetric(Builtin::HttpReqDuration.into(), "expected_response:true", tags, Vec::new());
        for w in watched {
            match w.part {
                None => engine.observed(w.metric).thresholds.extend(w.thresholds),
                Some((suffix, tags)) => engine.submetric(w.metric, &suffix, tags, w.thresholds),
            }
        }
        engine
    }

    fn submetric(
        &mut self,
        metric: MetricId,
        suffix: &str,
        tags: Vec<(String, String)>,
        thresholds: Vec<Threshold>,
    ) {
        let observed = self.observed(metric);
        match observed.submetrics.iter_mut().find(|s| s.suffix == suffix) {
            Some(known) => known.thresholds.extend(thresholds),
            None => {
                let sink = Sink::of(observed.def.kind);
                observed.submetrics.push(Submetric { suffix: suffix.to_owned(), tags, sink, thresholds });
            }
        }
    }

    fn observed(&mut self, metric: MetricId) -> &mut Observed {
        self.observed.entry(metric).or_insert_with(|| {
            let def = self.registry.def(metric);
            let sink = Sink::of(def.kind);
            Observed { def, sink, thresholds: Vec::new(), submetrics: Vec::new() }
        })
    }

    /// Takes all waiting samples in; returns them, by time of arrival, for the outputs.
    pub(crate) fn drain(&mut self) -> Vec<Sample> {
        let mut batch = Vec::new();
        for at in 0..self.inboxes.len() {
            let (mut samples, dropped) = self.inboxes[at].take();
            self.dropped += dropped;
            batch.append(&mut samples);
        }
        batch.iter().for_each(|s| self.add(s));
        batch
    }

    fn add(&mut self, sample: &Sample) {
        let matching = self.matching(sample);
        let observed = self.observed(sample.metric);
        observed.sink.add(sample.value);
        for at in matching {
            observed.submetrics[at].sink.add(sample.value);
        }
        if sample.metric == Builtin::Checks.into() {
            let group = sample.tags.get("group").unwrap_or("");
            if let Some(name) = sample.tags.get("check") {
                self.tree.check(group, name, sample.value != 0.0);
            }
        } else if sample.metric == Builtin::GroupDuration.into() {
            self.tree.group(sample.tags.get("group").unwrap_or(""));
        }
    }

    /// Positions of the submetrics that take this sample.
    fn matching(&mut self, sample: &Sample) -> Vec<usize> {
        let observed = self.observed(sample.metric);
        if observed.submetrics.is_empty() {
            return Vec::new();
        }
        let key = (sample.metric, Arc::clone(&sample.tags));
        if let Some(known) = self.remembered.get(&key) {
            return known.clone();
        }
        let observed = self.observed(sample.metric);
        let fits = |(at, s): (usize, &Submetric)| sample.tags.contains_all(&s.tags).then_some(at);
        let found: Vec<usize> = observed.submetrics.iter().enumerate().filter_map(fits).collect();
        if self.remembered.len() < MAX_REMEMBERED {
            self.remembered.insert(key, found.clone());
        }
        found
    }

    /// Evaluates the thresholds. While the run goes on (`last` is false) sinks without values are skipped.
    pub(crate) fn evaluate(&mut self, elapsed: Duration, last: bool) -> Verdict {
        let mut verdict = Verdict::default();
        for observed in self.observed.values_mut() {
            let name = &observed.def.name;
            evaluate(&mut observed.thresholds, &mut observed.sink, name, elapsed, last, &mut verdict);
            for s in &mut observed.submetrics {
                let name = format!("{name}{{{}}}", s.suffix);
                evaluate(&mut s.thresholds, &mut s.sink, &name, elapsed, last, &mut verdict);
            }
        }
        verdict
    }

    /// Every threshold with the name of its metric or submetric, as the last evaluation left it.
    pub(crate) fn judged(&self) -> impl Iterator<Item = (String, &Threshold)> {
        self.observed.values().flat_map(|observed| {
            let name = &observed.def.name;
            let whole = observed.thresholds.iter().map(|one| (name.clone(), one));
            let parts = observed.submetrics.iter().flat_map(move |part| {
                part.thresholds.iter().map(move |one| (format!("{name}{{{}}}", part.suffix), one))
            });
            whole.chain(parts)
        })
    }

    /// The metrics that a summary shows: those with values, and those that a threshold names.
    pub(crate) fn shown(&self) -> Vec<Observed> {
        let named =
            |o: &Observed| !o.thresholds.is_empty() || o.submetrics.iter().any(|s| !s.thresholds.is_empty());
        let mut shown: Vec<Observed> =
            self.observed.values().filter(|o| !o.sink.is_empty() || named(o)).cloned().collect();
        for observed in &mut shown {
            observed.submetrics.retain(|s| !s.sink.is_empty() || !s.thresholds.is_empty());
        }
        shown.sort_by(|a, b| a.def.name.cmp(&b.def.name));
        shown
    }

    /// What is known of one metric, for outputs that declare it.
    pub(crate) fn declared(&self, metric: MetricId) -> Option<&Observed> {
        self.observed.get(&metric)
    }

    /// Groups and checks.
    pub(crate) fn tree(&self) -> &super::Group {
        self.tree.root()
    }

    /// Samples that found an inbox full.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }
}

fn evaluate(
    thresholds: &mut [Threshold],
    sink: &mut Sink,
    name: &str,
    elapsed: Duration,
    last: bool,
    verdict: &mut Verdict,
) {
    if !last && sink.is_empty() {
        return;
    }
    let mut crossed = false;
    for threshold in thresholds {
        if threshold.evaluate(sink, elapsed) {
            crossed = true;
            verdict.abort |= threshold.written.abort_on_fail && elapsed >= threshold.written.delay_abort;
        }
    }
    if crossed {
        verdict.crossed.push(name.to_owned());
    }
}
