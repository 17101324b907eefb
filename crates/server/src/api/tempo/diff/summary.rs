//! The difference of two traces in a few numbers: slower or faster, more or fewer errors, and in which services.

use super::patch::{Changes, count};
use super::{Matching, Tree};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    version: &'static str,
    base: Side,
    compare: Side,
    signals: Signals,
    trust: Trust,
    stats: Stats,
    changed_services: Vec<String>,
    services: Vec<OfService>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Side {
    trace_id: String,
    root_service: String,
    root_name: String,
    span_count: usize,
    error_span_count: usize,
    duration_ms: i64,
    sum_span_duration_ms: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Signals {
    trace_latency: &'static str,
    sum_span_duration: &'static str,
    errors: &'static str,
    span_count: &'static str,
    structure: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Trust {
    matched_span_ratio: f64,
    structure_overlap: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    trace_latency_delta_ms: i64,
    sum_span_duration_delta_ms: i64,
    span_count_delta: i64,
    error_span_delta: i64,
    matched_spans: usize,
    modified_spans: usize,
    added_spans: usize,
    removed_spans: usize,
    field_changes: usize,
    attribute_changes: usize,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct OfService {
    name: String,
    sum_span_duration_delta_ms: i64,
    modified: usize,
    added: usize,
    removed: usize,
    new_errors: usize,
    resolved_errors: usize,
}

/// A millisecond in nanoseconds.
const MILLI: i64 = 1_000_000;

impl Summary {
    pub(super) fn of(base: &Tree<'_>, compare: &Tree<'_>, matching: &Matching) -> Self {
        let (before, after) = (side(base), side(compare));
        let (services, modified, all) = services(base, compare, matching);
        let (a, b) = (base.nodes.len(), compare.nodes.len());
        let share = |of: usize| if of == 0 { 1.0 } else { matching.pairs.len() as f64 / of as f64 };
        let structural = matching.added.len() + matching.removed.len();
        let stats = Stats {
            trace_latency_delta_ms: after.duration_ms - before.duration_ms,
            sum_span_duration_delta_ms: after.sum_span_duration_ms - before.sum_span_duration_ms,
            span_count_delta: b as i64 - a as i64,
            error_span_delta: after.error_span_count as i64 - before.error_span_count as i64,
            matched_spans: matching.pairs.len(),
            modified_spans: modified,
            added_spans: matching.added.len(),
            removed_spans: matching.removed.len(),
            field_changes: all.fields,
            attribute_changes: all.attributes,
        };
        Summary {
            version: super::NATIVE,
            signals: Signals {
                trace_latency: direction(stats.trace_latency_delta_ms),
                sum_span_duration: direction(stats.sum_span_duration_delta_ms),
                errors: direction(stats.error_span_delta),
                span_count: direction(stats.span_count_delta),
                structure: if structural > 0 { "changed" } else { "unchanged" },
            },
            trust: Trust { matched_span_ratio: share(a.max(b)), structure_overlap: share(a.min(b)) },
            stats,
            changed_services: services.iter().map(|service| service.name.clone()).collect(),
            services,
            base: before,
            compare: after,
        }
    }
}

fn direction(delta: i64) -> &'static str {
    match delta {
        0 => "unchanged",
        1.. => "increased",
        _ => "decreased",
    }
}

fn side(tree: &Tree<'_>) -> Side {
    let spans = || tree.nodes.iter().map(|node| node.span);
    let start = spans().map(|span| span.start.0).min().unwrap_or(0);
    let end = spans().map(|span| span.end.0).max().unwrap_or(0);
    let sum = spans().fold(0_i64, |sum, span| sum.saturating_add(span.duration_nanos()));
    let root = tree.root();
    Side {
        trace_id: tree.id.to_string(),
        root_service: root.map(|root| root.service.to_owned()).unwrap_or_default(),
        root_name: root.map(|root| root.span.name.to_string()).unwrap_or_default(),
        span_count: tree.nodes.len(),
        error_span_count: (0..tree.nodes.len()).filter(|at| tree.failed(*at)).count(),
        duration_ms: end.saturating_sub(start).max(0) / MILLI,
        sum_span_duration_ms: sum / MILLI,
    }
}

/// Services in which something changed, by name; how many spans changed, and how much of them.
fn services(base: &Tree<'_>, compare: &Tree<'_>, matching: &Matching) -> (Vec<OfService>, usize, Changes) {
    let mut services: BTreeMap<&str, OfService> = BTreeMap::new();
    let mut nanos: BTreeMap<&str, i64> = BTreeMap::new();
    let (mut modified, mut all) = (0, Changes::default());
    for (a, b) in &matching.pairs {
        let (before, after) = (&base.nodes[*a], &compare.nodes[*b]);
        let service = services.entry(before.service).or_default();
        let changes = count(before, after);
        if changes.fields + changes.attributes > 0 {
            modified += 1;
            service.modified += 1;
            all.fields += changes.fields;
            all.attributes += changes.attributes;
        }
        service.new_errors += usize::from(!base.failed(*a) && compare.failed(*b));
        service.resolved_errors += usize::from(base.failed(*a) && !compare.failed(*b));
    }
    for b in &matching.added {
        let service = services.entry(compare.nodes[*b].service).or_default();
        service.added += 1;
        service.new_errors += usize::from(compare.failed(*b));
    }
    for a in &matching.removed {
        let service = services.entry(base.nodes[*a].service).or_default();
        service.removed += 1;
        service.resolved_errors += usize::from(base.failed(*a));
    }
    for (tree, sign) in [(base, -1), (compare, 1)] {
        for node in &tree.nodes {
            let sum = nanos.entry(node.service).or_default();
            *sum = sum.saturating_add(sign * node.span.duration_nanos());
        }
    }
    let changed = services.into_iter().filter(|(_, of)| of.modified + of.added + of.removed > 0);
    let named = changed.map(|(name, of)| OfService {
        name: name.to_owned(),
        sum_span_duration_delta_ms: nanos.get(name).copied().unwrap_or(0) / MILLI,
        ..of
    });
    (named.collect(), modified, all)
}
