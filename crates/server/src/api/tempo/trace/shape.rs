//! What of a trace is answered at the second path: the spans that a filter keeps (`q`), and many alike as one
//! (`span_pruning`).
//!
//! Walk: `../trace.rs` has the whole trace -> here -> `spelling.rs` or `llm.rs`. Invariant: what is left out is said.

use super::prune::Pruning;
use crate::error::Fault;
use crate::params::Params;
use contract::TraceSpans;
use http::StatusCode;
use model::{SpanBatch, SpanId, TraceId};
use std::collections::HashMap;
use traceql::OneFilter;

const FILTERED: &str = "Trace filtered, only a subset of spans matching the filter is returned";
const PRUNED: &str = "Trace was pruned while serving this request; the original spans remain in storage and can be \
    retrieved by querying again with span pruning disabled";

/// What was asked for.
#[derive(Debug, Default)]
pub(super) struct Shape {
    filter: Option<Filter>,
    pruning: Option<Pruning>,
}

#[derive(Debug)]
struct Filter {
    keeps: OneFilter,
    /// Whether the spans above those that match are kept, and how many levels of them.
    hierarchy: bool,
    above: usize,
    /// Levels below a span that matches which are kept with it.
    below: usize,
}

/// A span's place in the order of the trace, and its neighbours.
pub(super) struct Family {
    pub(super) parents: Vec<Option<usize>>,
    pub(super) children: Vec<Vec<usize>>,
}

impl Shape {
    /// Reads the parameters.
    pub(super) fn read(params: &Params) -> Result<Self, Fault> {
        let filter = match params.some("q") {
            None => None,
            Some(query) => Some(Filter {
                keeps: OneFilter::parse(query).map_err(told)?,
                hierarchy: match params.some("keep_hierarchy").map(flag) {
                    None => false,
                    Some(Some(flag)) => flag,
                    Some(None) => {
                        let text = params.get("keep_hierarchy");
                        let why = format!("strconv.ParseBool: parsing {text:?}: invalid syntax");
                        return Err(Fault::invalid(format!("invalid value for keep_hierarchy: {why}")));
                    }
                },
                above: levels(params, "ancestor_depth")?.filter(|n| *n > 0).unwrap_or(usize::MAX),
                below: levels(params, "match_depth")?.unwrap_or(0),
            }),
        };
        Ok(Shape { filter, pruning: Pruning::read(params)? })
    }

    /// Whether the trace is answered as it is.
    pub(super) fn is_whole(&self) -> bool {
        self.filter.is_none() && self.pruning.is_none()
    }

    /// The spans to answer, and what is to be said of those that are not among them.
    pub(super) fn apply(&self, trace_id: TraceId, spans: SpanBatch) -> Result<(SpanBatch, String), Fault> {
        let (mut trace, mut said) = (TraceSpans { trace_id, spans }, Vec::new());
        if let Some(filter) = &self.filter {
            let keep = filter.kept(&trace)?;
            if keep.contains(&false) {
                retain(&mut trace.spans, &keep);
                said.push(FILTERED);
            }
        }
        if let Some(pruning) = &self.pruning
            && pruning.apply(&mut trace.spans)
        {
            said.push(PRUNED);
        }
        Ok((trace.spans, said.join("; ")))
    }
}

/// A query that cannot be a filter.
fn told(error: traceql::TraceqlError) -> Fault {
    let why = match error {
        traceql::TraceqlError::Parse { .. } => format!("failed to parse TraceQL spanset filter: {error}"),
        other => other.to_string(),
    };
    Fault::invalid(format!("invalid TraceQL filter: {why}")).with_status(StatusCode::BAD_REQUEST)
}

/// A flag as Go reads it.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A number of levels; one below zero stands for all.
pub(super) fn levels(params: &Params, name: &str) -> Result<Option<usize>, Fault> {
    let Some(text) = params.some(name) else { return Ok(None) };
    match text.parse::<i64>() {
        Ok(levels) => Ok(Some(usize::try_from(levels).unwrap_or(usize::MAX))),
        Err(_) => {
            let why = format!("strconv.Atoi: parsing {text:?}: invalid syntax");
            Err(Fault::invalid(format!("invalid value for {name}: {why}")))
        }
    }
}

impl Filter {
    /// Whether each span stays, in the order of the trace.
    fn kept(&self, trace: &TraceSpans) -> Result<Vec<bool>, Fault> {
        let matched = self.keeps.matches(trace).map_err(told)?;
        let mut keep = matched.clone();
        if !self.hierarchy && self.below == 0 {
            return Ok(keep);
        }
        let family = Family::of(&trace.spans);
        for at in (0..matched.len()).filter(|at| matched[*at]) {
            if self.hierarchy {
                self.keep_above(&family, at, &mut keep);
            }
        }
        let mut front: Vec<usize> = (0..matched.len()).filter(|at| matched[*at]).collect();
        let mut reached = matched;
        // Level by level, so that each span is reached by its shortest way, once.
        for _ in 0..self.below {
            let mut next = Vec::new();
            for child in front.iter().flat_map(|at| &family.children[*at]) {
                if !std::mem::replace(&mut reached[*child], true) {
                    keep[*child] = true;
                    next.push(*child);
                }
            }
            if next.is_empty() {
                break;
            }
            front = next;
        }
        Ok(keep)
    }

    fn keep_above(&self, family: &Family, from: usize, keep: &mut [bool]) {
        let mut at = from;
        // No way up is longer than the trace, also where spans are each other's parents.
        for _ in 0..self.above.min(keep.len()) {
            let Some(parent) = family.parents[at] else { return };
            // All above a kept ancestor are kept already, but for a bounded depth.
            if std::mem::replace(&mut keep[parent], true) && self.above == usize::MAX && at != from {
                return;
            }
            at = parent;
        }
    }
}

impl Family {
    /// Who is whose parent, by place in the order of the trace.
    pub(super) fn of(batch: &SpanBatch) -> Self {
        let spans = batch.resources.iter().flat_map(|r| &r.scopes).flat_map(|s| &s.spans);
        let ids: Vec<(SpanId, SpanId)> = spans.map(|span| (span.span_id, span.parent_span_id)).collect();
        let mut places: HashMap<SpanId, usize> = HashMap::with_capacity(ids.len());
        for (at, (id, _)) in ids.iter().enumerate() {
            places.entry(*id).or_insert(at);
        }
        let parent = |at: usize, parent: &SpanId| match parent.is_zero() {
            true => None,
            false => places.get(parent).copied().filter(|parent| *parent != at),
        };
        let parents: Vec<Option<usize>> =
            ids.iter().enumerate().map(|(at, (_, id))| parent(at, id)).collect();
        let mut children = vec![Vec::new(); ids.len()];
        for (at, parent) in parents.iter().enumerate() {
            if let Some(parent) = parent {
                children[*parent].push(at);
            }
        }
        Family { parents, children }
    }
}

/// Leaves out spans, and scopes and resources that have none left.
pub(super) fn retain(batch: &mut SpanBatch, keep: &[bool]) {
    let mut keep = keep.iter();
    for resource in &mut batch.resources {
        for scope in &mut resource.scopes {
            scope.spans.retain(|_| keep.next().copied().unwrap_or(true));
        }
        resource.scopes.retain(|scope| !scope.spans.is_empty());
    }
    batch.resources.retain(|resource| !resource.scopes.is_empty());
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use model::{Nanos, ResourceSpans, ScopeSpans, Span};

    /// Spans in one scope: id, parent, name, duration in ms.
    pub(in super::super) fn batch(spans: &[(u8, u8, &str, i64)]) -> SpanBatch {
        let id = |n: u8| SpanId(u64::from(n).to_be_bytes());
        let spans = spans.iter().enumerate().map(|(at, (own, parent, name, ms))| Span {
            span_id: id(*own),
            parent_span_id: id(*parent),
            name: (*name).into(),
            start: Nanos(at as i64),
            end: Nanos(at as i64 + ms * 1_000_000),
            ..Span::default()
        });
        let scopes = vec![ScopeSpans { spans: spans.collect(), ..ScopeSpans::default() }];
        SpanBatch { resources: vec![ResourceSpans { scopes, ..ResourceSpans::default() }] }
    }

    fn names(batch: &SpanBatch) -> String {
        let spans = batch.resources.iter().flat_map(|r| &r.scopes).flat_map(|s| &s.spans);
        spans.map(|span| span.name.to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_filter_keeps_what_matches_and_what_is_asked_for_around_it() {
        let trace =
            batch(&[(1, 0, "root", 9), (2, 1, "a", 5), (3, 2, "b", 3), (4, 3, "c", 1), (5, 1, "d", 1)]);
        let asked = |params: &str| {
            let shape = Shape::read(&Params::of_pairs(params)).unwrap();
            let (kept, said) = shape.apply(TraceId([1; 16]), trace.clone()).unwrap();
            assert_eq!(said.is_empty(), kept == trace);
            names(&kept)
        };
        for (params, kept) in [
            ("", "root a b c d"),
            ("q={}", "root a b c d"),
            ("q={ name = \"b\" }", "b"),
            ("q={ name = \"b\" }&keep_hierarchy=true", "root a b"),
            ("q={ name = \"b\" }&keep_hierarchy=true&ancestor_depth=1", "a b"),
            ("q={ name = \"a\" }&match_depth=1", "a b"),
            ("q={ name = \"a\" }&match_depth=-1", "a b c"),
            ("q={ duration > 1h }", ""),
        ] {
            assert_eq!(asked(params), kept, "{params}");
        }
    }

    #[test]
    fn parents_in_a_circle_end() {
        let trace = batch(&[(1, 2, "a", 1), (2, 1, "b", 2), (3, 3, "c", 3)]);
        let shape = Shape::read(&Params::of_pairs("q={}&keep_hierarchy=1&match_depth=-1")).unwrap();
        assert_eq!(shape.apply(TraceId([1; 16]), trace.clone()).unwrap().0, trace);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for (params, reason) in [
            (
                "q={} | rate()",
                "invalid TraceQL filter: only a single TraceQL filter is supported: got a metrics query",
            ),
            (
                "q={ name",
                "invalid TraceQL filter: failed to parse TraceQL spanset filter: parse error at line 1",
            ),
            (
                "q={}&keep_hierarchy=x",
                "invalid value for keep_hierarchy: strconv.ParseBool: parsing \"x\": invalid syntax",
            ),
            (
                "q={}&match_depth=x",
                "invalid value for match_depth: strconv.Atoi: parsing \"x\": invalid syntax",
            ),
            ("span_pruning=x", "invalid span_pruning value \"x\": must be a boolean"),
        ] {
            let fault = Shape::read(&Params::of_pairs(params)).unwrap_err();
            assert!(fault.message().starts_with(reason), "{}", fault.message());
        }
    }
}
