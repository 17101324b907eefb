//! Many spans alike as one: what a loop of calls left behind is shown by a summary of it.
//!
//! Spans are alike that have one parent, resource, scope, name, kind and status, equal attributes that were named, and below
//! them only what is alike too, up to a number of levels. Invariant: a summary has the id of a span that it stands for, the
//! slowest, and says how many there were, so that nothing but detail is lost.

use super::shape::{Family, flag, levels, retain};
use crate::error::Fault;
use crate::params::Params;
use model::{Attributes, Nanos, Span, SpanBatch, SpanId, Value, attr};
use std::collections::HashMap;

/// Spans from which on a summary takes their place.
const MIN_SPANS: usize = 5;
/// Levels above the leaves that may be summarized too.
const MAX_PARENT_DEPTH: usize = 1;
/// Bounds of the durations' histogram, in seconds.
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What was asked for.
#[derive(Debug)]
pub(super) struct Pruning {
    min_spans: usize,
    max_height: usize,
    group_by: Vec<String>,
}

/// What spans have in common that are alike.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Likeness {
    place: (usize, usize),
    name: String,
    kind: u8,
    status: u8,
    values: Vec<String>,
    below: Vec<u32>,
}

/// The place of a span in a batch.
#[derive(Clone, Copy)]
struct Place {
    resource: usize,
    scope: usize,
    span: usize,
}

impl Pruning {
    /// Reads the parameters; `None` when it is not asked for.
    pub(super) fn read(params: &Params) -> Result<Option<Self>, Fault> {
        match params.some("span_pruning").map(|text| (text, flag(text))) {
            None | Some((_, Some(false))) => Ok(None),
            Some((text, None)) => {
                Err(Fault::invalid(format!("invalid span_pruning value {text:?}: must be a boolean")))
            }
            Some((_, Some(true))) => Ok(Some(Pruning {
                min_spans: levels(params, "span_pruning_min_spans")?.unwrap_or(MIN_SPANS).max(2),
                max_height: levels(params, "span_pruning_max_parent_depth")?.unwrap_or(MAX_PARENT_DEPTH),
                group_by: params
                    .all("span_pruning_group_by")
                    .flat_map(|keys| keys.split(','))
                    .map(|key| key.trim().to_owned())
                    .filter(|key| !key.is_empty())
                    .collect(),
            })),
        }
    }

    /// Summarizes in place: whether there was something to.
    pub(super) fn apply(&self, batch: &mut SpanBatch) -> bool {
        let places = places(batch);
        let family = Family::of(batch);
        let alike = self.alike(batch, &places, &family);
        let mut keep = vec![true; places.len()];
        let mut summaries: Vec<(usize, Span)> = Vec::new();
        // From the roots down: children of what is summarized come with it.
        for parent in std::iter::once(None).chain(from_the_leaves(&family).into_iter().rev().map(Some)) {
            if parent.is_some_and(|parent| !keep[parent]) {
                continue;
            }
            let children: Vec<usize> = match parent {
                Some(parent) => family.children[parent].clone(),
                None => (0..places.len()).filter(|at| family.parents[*at].is_none()).collect(),
            };
            for group in groups(&children, &alike).into_iter().filter(|group| group.len() >= self.min_spans) {
                summarize(batch, &places, &family, &alike, group, &mut keep, &mut summaries);
            }
        }
        let pruned = !summaries.is_empty();
        for (at, span) in summaries {
            let Place { resource, scope, span: place } = places[at];
            batch.resources[resource].scopes[scope].spans[place] = span;
            keep[at] = true;
        }
        retain(batch, &keep);
        pruned
    }

    /// The number of each span's likeness; `None` where more stands below it than may be summarized.
    fn alike(&self, batch: &SpanBatch, places: &[Place], family: &Family) -> Vec<Option<u32>> {
        let mut numbers: HashMap<Likeness, u32> = HashMap::new();
        let mut alike: Vec<Option<(u32, usize)>> = vec![None; places.len()];
        for at in from_the_leaves(family) {
            let below: Option<Vec<(u32, usize)>> =
                family.children[at].iter().map(|child| alike[*child]).collect();
            let Some(below) = below else { continue };
            let height = below.iter().map(|(_, height)| height + 1).max().unwrap_or(0);
            if height > self.max_height {
                continue;
            }
            let mut kinds: Vec<u32> = below.into_iter().map(|(number, _)| number).collect();
            kinds.sort_unstable();
            kinds.dedup();
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(self.likeness(batch, places[at], kinds)).or_insert(next);
            alike[at] = Some((number, height));
        }
        alike.into_iter().map(|found| found.map(|(number, _)| number)).collect()
    }

    fn likeness(&self, batch: &SpanBatch, place: Place, below: Vec<u32>) -> Likeness {
        let resource = &batch.resources[place.resource];
        let span = &resource.scopes[place.scope].spans[place.span];
        let value = |key: &String| {
            let found = attr::find(&span.attributes, key);
            let found = found.or_else(|| attr::find(&resource.resource.attributes, key));
            found.map(wire::otlp::values::to_text).unwrap_or_default()
        };
        Likeness {
            place: (place.resource, place.scope),
            name: span.name.to_string(),
            kind: span.kind as u8,
            status: span.status as u8,
            values: self.group_by.iter().map(value).collect(),
            below,
        }
    }
}

fn places(batch: &SpanBatch) -> Vec<Place> {
    let mut places = Vec::with_capacity(batch.len());
    for (resource, group) in batch.resources.iter().enumerate() {
        for (scope, spans) in group.scopes.iter().enumerate() {
            places.extend((0..spans.spans.len()).map(|span| Place { resource, scope, span }));
        }
    }
    places
}

/// All spans below a root, each after its children. Those in a circle of parents are in none.
fn from_the_leaves(family: &Family) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..family.parents.len()).filter(|at| family.parents[*at].is_none()).collect();
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        order.extend(&family.children[at]);
        next += 1;
    }
    order.reverse();
    order
}

/// Spans that are alike, in the order of their first.
fn groups(spans: &[usize], alike: &[Option<u32>]) -> Vec<Vec<usize>> {
    let (mut groups, mut at_number): (Vec<Vec<usize>>, HashMap<u32, usize>) = (Vec::new(), HashMap::new());
    for at in spans {
        let Some(number) = alike[*at] else { continue };
        let group = *at_number.entry(number).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(*at);
    }
    groups
}

/// Puts summaries in the place of a group and of all that is below it.
fn summarize(
    batch: &SpanBatch,
    places: &[Place],
    family: &Family,
    alike: &[Option<u32>],
    group: Vec<usize>,
    keep: &mut [bool],
    summaries: &mut Vec<(usize, Span)>,
) {
    let span = |at: usize| {
        let Place { resource, scope, span } = places[at];
        &batch.resources[resource].scopes[scope].spans[span]
    };
    let mut left: Vec<(Vec<usize>, Option<SpanId>)> = vec![(group, None)];
    while let Some((group, parent)) = left.pop() {
        group.iter().for_each(|at| keep[*at] = false);
        let slowest = |at: &&usize| (span(**at).duration_nanos(), std::cmp::Reverse(**at));
        let Some(chosen) = group.iter().max_by_key(slowest) else { continue };
        let summary = summary(span(*chosen), group.iter().map(|at| span(*at)), parent);
        let below: Vec<usize> = group.iter().flat_map(|at| family.children[*at].iter().copied()).collect();
        left.extend(groups(&below, alike).into_iter().map(|group| (group, Some(summary.span_id))));
        summaries.push((*chosen, summary));
    }
}

fn summary<'s>(template: &Span, spans: impl Iterator<Item = &'s Span>, parent: Option<SpanId>) -> Span {
    let mut summary = template.clone();
    let (mut start, mut end) = (template.start.0, template.end.0);
    let mut durations = Vec::new();
    for span in spans {
        (start, end) = (start.min(span.start.0), end.max(span.end.0));
        durations.push(span.duration_nanos());
    }
    (summary.start, summary.end) = (Nanos(start), Nanos(end));
    if let Some(parent) = parent {
        summary.parent_span_id = parent;
    }
    summary.attributes.extend(facts(&durations));
    summary
}

/// What a summary says of the durations, in nanoseconds, of the spans that it stands for.
fn facts(durations: &[i64]) -> Attributes {
    let int = |n: usize| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let total = durations.iter().fold(0_i64, |total, nanos| total.saturating_add(*nanos));
    let average = total / i64::try_from(durations.len().max(1)).unwrap_or(i64::MAX);
    let up_to = |bound: f64| int(durations.iter().filter(|nanos| **nanos as f64 / 1e9 <= bound).count());
    let counts = BOUNDS.iter().map(|bound| up_to(*bound)).chain([int(durations.len())]);
    let facts = [
        ("is_summary", Value::Bool(true)),
        ("span_count", int(durations.len())),
        ("duration_min_ns", Value::Int(durations.iter().copied().min().unwrap_or(0))),
        ("duration_max_ns", Value::Int(durations.iter().copied().max().unwrap_or(0))),
        ("duration_total_ns", Value::Int(total)),
        ("duration_avg_ns", Value::Int(average)),
        (
            "histogram_bucket_bounds_s",
            Value::Array(BOUNDS.iter().map(|bound| Value::Double(*bound)).collect()),
        ),
        ("histogram_bucket_counts", Value::Array(counts.collect())),
    ];
    facts.into_iter().map(|(key, value)| (format!("aggregation.{key}").into(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::shape::tests::batch;
    use super::*;

    /// Names with the number of spans that they stand for.
    fn pruned(batch: &SpanBatch, params: &str) -> Vec<String> {
        let mut batch = batch.clone();
        let pruning =
            Pruning::read(&Params::of_pairs(&format!("span_pruning=true&{params}"))).unwrap().unwrap();
        let did = pruning.apply(&mut batch);
        let spans = batch.resources.iter().flat_map(|r| &r.scopes).flat_map(|s| &s.spans);
        let count = |span: &Span| attr::find(&span.attributes, "aggregation.span_count").cloned();
        let told: Vec<String> = spans
            .map(|span| match count(span) {
                Some(Value::Int(count)) => format!("{}x{count}", span.name),
                _ => span.name.to_string(),
            })
            .collect();
        assert_eq!(did, told.iter().any(|name| name.contains('x')));
        told
    }

    #[test]
    fn leaves_that_are_alike_become_one() {
        let mut spans = vec![(1, 0, "root", 100), (2, 1, "load", 90), (3, 1, "cache", 1), (4, 1, "cache", 1)];
        spans.extend((10..17).map(|id| (id, 2, "select", i64::from(id))));
        let trace = batch(&spans);
        assert_eq!(pruned(&trace, ""), ["root", "load", "cache", "cache", "selectx7"]);
        assert_eq!(pruned(&trace, "span_pruning_min_spans=2"), ["root", "load", "cachex2", "selectx7"]);
        assert_eq!(pruned(&trace, "span_pruning_min_spans=8").len(), 11);
        let mut told = trace.clone();
        Pruning { min_spans: 5, max_height: 0, group_by: Vec::new() }.apply(&mut told);
        let summary = told.resources[0].scopes[0].spans.last().unwrap();
        assert_eq!((summary.span_id, summary.start), (SpanId(16_u64.to_be_bytes()), Nanos(4)));
        assert_eq!(summary.end, Nanos(16_000_010));
        let fact =
            |key: &str| attr::find(&summary.attributes, &format!("aggregation.{key}")).unwrap().clone();
        assert_eq!(fact("duration_avg_ns"), Value::Int(13_000_000));
        assert_eq!(
            (fact("duration_min_ns"), fact("duration_max_ns")),
            (10_000_000.into(), 16_000_000.into())
        );
        let Value::Array(counts) = fact("histogram_bucket_counts") else { panic!() };
        assert_eq!(counts[..3], [Value::Int(0), Value::Int(1), Value::Int(7)]);
    }

    #[test]
    fn parents_of_what_is_alike_are_summarized_up_to_a_height() {
        let mut spans = vec![(1, 0, "root", 100)];
        for n in 0..6 {
            spans.push((10 + n, 1, "request", 10));
            spans.push((20 + n, 10 + n, "query", 1));
        }
        let trace = batch(&spans);
        assert_eq!(pruned(&trace, ""), ["root", "requestx6", "queryx6"]);
        let mut children_first = trace.clone();
        children_first.resources[0].scopes[0].spans.reverse();
        assert_eq!(pruned(&children_first, ""), ["queryx6", "requestx6", "root"]);
        assert_eq!(pruned(&trace, "span_pruning_max_parent_depth=0").len(), 13);
        let mut told = trace.clone();
        Pruning { min_spans: 5, max_height: 1, group_by: Vec::new() }.apply(&mut told);
        let spans = &told.resources[0].scopes[0].spans;
        assert_eq!(spans[2].parent_span_id, spans[1].span_id);
    }

    #[test]
    fn attributes_that_are_named_tell_apart_and_circles_stay() {
        let mut spans = vec![(1, 0, "root", 100)];
        spans.extend((10..16).map(|id| (id, 1, "select", 1)));
        let mut trace = batch(&spans);
        for (n, span) in trace.resources[0].scopes[0].spans.iter_mut().enumerate() {
            span.attributes.push(("row".into(), Value::Int(n as i64)));
        }
        assert_eq!(pruned(&trace, "span_pruning_group_by=other,row").len(), 7);
        assert_eq!(pruned(&trace, "span_pruning_group_by=other"), ["root", "selectx6"]);
        let circle = batch(&[(1, 2, "a", 1), (2, 1, "a", 1)]);
        assert_eq!(pruned(&circle, "span_pruning_min_spans=2"), ["a", "a"]);
    }
}
