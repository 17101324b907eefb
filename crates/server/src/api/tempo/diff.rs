//! `POST /api/v2/traces/diff`: what became of one trace in another, span by span or as a summary.
//!
//! Spans are matched from the roots down: children of matched parents of equal service, name and kind, in the order of
//! their start; what is left is matched wherever it stands. Invariant: every span is matched once, added or removed.

mod patch;
mod summary;

use super::ApiError;
use super::trace::{Whole, parse_id, whole};
use crate::body;
use crate::error::Fault;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, StatusCode};
use model::{Resource, Span, SpanBatch, SpanId, SpanKind, StatusCode as SpanStatus, TraceId};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use stdx::ErrorKind;

/// 64 KiB: a request is two ids.
const MAX_BODY_BYTES: u64 = 64 << 10;
/// 64 KiB: the largest patch that is attached to a summary.
const MAX_ATTACHED_BYTES: usize = 64 << 10;

const PATCH: &str = "trace-patch-v0";
const NATIVE: &str = "trace-summary-v0-native";
const COMPOSED: &str = "trace-summary-v0-composed";

#[derive(Deserialize)]
struct Asked {
    base: Option<Side>,
    compare: Option<Side>,
    #[serde(default)]
    format: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Side {
    #[serde(default)]
    trace_id: String,
}

/// A summary with its patch, when that is small.
#[derive(Serialize)]
struct Composed<'a> {
    version: &'static str,
    summary: &'a summary::Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<&'a patch::Patch>,
}

/// The handler.
pub(super) async fn post(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let params = crate::params::Params::of_url(&parts.uri)?;
    let body = body::read(body, MAX_BODY_BYTES).await?;
    let mut asked: Asked = serde_json::from_slice(&body)
        .map_err(|error| Fault::invalid(format!("invalid trace diff request body: {error}")))?;
    if asked.format.is_empty() {
        params.get("format").clone_into(&mut asked.format);
    }
    let ids = [id("base", asked.base)?, id("compare", asked.compare)?];
    if !matches!(asked.format.as_str(), "" | PATCH | NATIVE | COMPOSED) {
        let known = format!("must be one of {COMPOSED:?}, {PATCH:?}, {NATIVE:?}");
        return Err(Fault::invalid(format!("invalid format {:?}: {known}", asked.format)).into());
    }
    let mut traces = Vec::with_capacity(2);
    for id in ids {
        match whole(&state, tenant.clone(), id).await? {
            Whole::Trace(spans) => traces.push(spans),
            Whole::Missing => {
                let fault = Fault::new(ErrorKind::NotFound, "Not Found");
                return Err(fault.with_status(StatusCode::NOT_FOUND).into());
            }
        }
    }
    let [base, compare] = [0, 1].map(|side| Tree::of(ids[side], &traces[side]));
    let matching = Matching::of(&base, &compare);
    Ok(respond::json(answer(&asked.format, &base, &compare, &matching)))
}

fn id(name: &str, side: Option<Side>) -> Result<TraceId, Fault> {
    let text = side.map(|side| side.trace_id).unwrap_or_default();
    if text.is_empty() {
        return Err(Fault::invalid(format!("{name}.traceId is required")));
    }
    parse_id(&text).map_err(|why| Fault::invalid(format!("invalid {name}.traceId: {why}")))
}

fn answer(format: &str, base: &Tree<'_>, compare: &Tree<'_>, matching: &Matching) -> String {
    let patch = patch::Patch::of(base, compare, matching);
    let summary = || summary::Summary::of(base, compare, matching);
    let text = match format {
        NATIVE => serde_json::to_string(&summary()),
        COMPOSED => {
            let small = serde_json::to_string(&patch).is_ok_and(|text| text.len() <= MAX_ATTACHED_BYTES);
            let patch = small.then_some(&patch);
            serde_json::to_string(&Composed { version: COMPOSED, summary: &summary(), patch })
        }
        _ => serde_json::to_string(&patch),
    };
    text.expect("texts, numbers and lists of them are JSON")
}

/// A span with its resource, its place in the tree and its children.
struct Node<'a> {
    span: &'a Span,
    service: &'a str,
    /// Indexes of the children on the way from the root.
    path: Vec<usize>,
    children: Vec<usize>,
}

/// A trace as a tree: nodes in the order of a walk from the roots, level by level.
struct Tree<'a> {
    id: TraceId,
    nodes: Vec<Node<'a>>,
    roots: Vec<usize>,
}

/// What spans have in common that may be one another.
type Key<'a> = (&'a str, &'a str, SpanKind);

impl<'a> Tree<'a> {
    fn of(id: TraceId, batch: &'a SpanBatch) -> Self {
        let mut nodes = Vec::with_capacity(batch.len());
        for group in &batch.resources {
            let resource: &'a Resource = &group.resource;
            for span in group.scopes.iter().flat_map(|scope| &scope.spans) {
                let service = resource.service_name();
                nodes.push(Node { span, service, path: Vec::new(), children: Vec::new() });
            }
        }
        nodes.sort_by_key(|node| (node.span.start, node.span.span_id, node.span.kind as u8));
        let mut places: HashMap<SpanId, usize> = HashMap::with_capacity(nodes.len());
        for (at, node) in nodes.iter().enumerate() {
            places.entry(node.span.span_id).or_insert(at);
        }
        let parents: Vec<Option<usize>> = nodes
            .iter()
            .enumerate()
            .map(|(at, node)| places.get(&node.span.parent_span_id).copied().filter(|parent| *parent != at))
            .collect();
        let mut tree = Tree { id, nodes, roots: Vec::new() };
        for (at, parent) in parents.iter().enumerate() {
            match parent {
                Some(parent) => tree.nodes[*parent].children.push(at),
                None => tree.roots.push(at),
            }
        }
        tree.number();
        tree
    }

    /// Gives every node its path. Nodes in a circle of parents become roots.
    fn number(&mut self) {
        let mut seen = vec![false; self.nodes.len()];
        let mut queue: VecDeque<usize> = self.roots.iter().copied().collect();
        let mut next = 0;
        loop {
            while let Some(at) = queue.pop_front() {
                seen[at] = true;
                self.nodes[at].children.retain(|child| !seen[*child]);
                if self.nodes[at].path.is_empty() {
                    let place = self.roots.iter().position(|root| *root == at).unwrap_or(0);
                    self.nodes[at].path = vec![place];
                }
                for (place, child) in self.nodes[at].children.clone().into_iter().enumerate() {
                    let mut path = self.nodes[at].path.clone();
                    path.truncate(MAX_PATH);
                    path.push(place);
                    self.nodes[child].path = path;
                    queue.push_back(child);
                }
            }
            while next < seen.len() && seen[next] {
                next += 1;
            }
            if next == seen.len() {
                return;
            }
            self.roots.push(next);
            queue.push_back(next);
        }
    }

    fn key(&self, at: usize) -> Key<'a> {
        let node = &self.nodes[at];
        (node.service, &node.span.name, node.span.kind)
    }

    fn failed(&self, at: usize) -> bool {
        self.nodes[at].span.status == SpanStatus::Error
    }

    /// The root that began first.
    fn root(&self) -> Option<&Node<'a>> {
        let real = self.roots.iter().find(|root| self.nodes[**root].span.parent_span_id.is_zero());
        real.or(self.roots.first()).map(|root| &self.nodes[*root])
    }
}

/// Levels of a path that are told: deeper trees are chains that no one reads.
const MAX_PATH: usize = 64;

/// Which span of the base is which of the other.
struct Matching {
    /// In the order of the base's paths.
    pairs: Vec<(usize, usize)>,
    added: Vec<usize>,
    removed: Vec<usize>,
}

impl Matching {
    fn of(base: &Tree<'_>, compare: &Tree<'_>) -> Self {
        let mut other: Vec<Option<usize>> = vec![None; base.nodes.len()];
        let mut taken = vec![false; compare.nodes.len()];
        let mut queue = VecDeque::from([(base.roots.clone(), compare.roots.clone())]);
        while let Some((left, right)) = queue.pop_front() {
            for (a, b) in pair(base, compare, &left, &right) {
                other[a] = Some(b);
                taken[b] = true;
                queue.push_back((base.nodes[a].children.clone(), compare.nodes[b].children.clone()));
            }
        }
        let left: Vec<usize> = (0..other.len()).filter(|a| other[*a].is_none()).collect();
        let right: Vec<usize> = (0..taken.len()).filter(|b| !taken[*b]).collect();
        for (a, b) in pair(base, compare, &left, &right) {
            other[a] = Some(b);
            taken[b] = true;
        }
        let mut pairs: Vec<(usize, usize)> =
            other.iter().enumerate().filter_map(|(a, b)| Some((a, (*b)?))).collect();
        pairs.sort_by(|a, b| base.nodes[a.0].path.cmp(&base.nodes[b.0].path));
        let by_path = |tree: &Tree<'_>, mut nodes: Vec<usize>| {
            nodes.sort_by(|a, b| tree.nodes[*a].path.cmp(&tree.nodes[*b].path));
            nodes
        };
        Matching {
            pairs,
            added: by_path(compare, (0..taken.len()).filter(|b| !taken[*b]).collect()),
            removed: by_path(base, (0..other.len()).filter(|a| other[*a].is_none()).collect()),
        }
    }
}

/// Pairs of equal keys, each in order.
fn pair(base: &Tree<'_>, compare: &Tree<'_>, left: &[usize], right: &[usize]) -> Vec<(usize, usize)> {
    let mut waiting: HashMap<Key<'_>, VecDeque<usize>> = HashMap::new();
    right.iter().for_each(|b| waiting.entry(compare.key(*b)).or_default().push_back(*b));
    let partner = |a: &usize| Some((*a, waiting.get_mut(&base.key(*a))?.pop_front()?));
    left.iter().filter_map(partner).collect()
}

#[cfg(test)]
mod tests;
