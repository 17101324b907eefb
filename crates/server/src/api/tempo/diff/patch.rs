//! The difference of two traces span by span: what changed, what came, what went.

use super::super::trace::plain_value;
use super::{Matching, Node, Tree};
use model::{SpanKind, StatusCode, Value, attr};
use serde::Serialize;
use serde_json::Value as Json;

/// Spans in each list of a patch: 64 KiB are some hundred, and no one reads ten thousand.
const MAX_LISTED: usize = 10_000;
/// Durations that differ by less, in nanoseconds, differ by chance.
const LEAST_NANOS: i64 = 1_500_000;
/// So do those of which the longer is at most this many times the shorter.
const LEAST_RATIO: f64 = 1.25;

#[derive(Serialize)]
pub(super) struct Patch {
    version: &'static str,
    base: Side,
    compare: Side,
    pub(super) stats: Stats,
    modified: Vec<Modified>,
    added: Vec<Came>,
    removed: Vec<Went>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Side {
    trace_id: String,
    span_count: usize,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stats {
    span_count_a: usize,
    span_count_b: usize,
    matched_spans: usize,
    modified_spans: usize,
    added_spans: usize,
    removed_spans: usize,
    field_changes: usize,
    attribute_changes: usize,
    event_changes: usize,
    truncated: bool,
}

#[derive(Serialize)]
struct Modified {
    span: Named,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Named {
    path: Vec<usize>,
    service: String,
    name: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Change {
    op: &'static str,
    target: Target,
    before: Json,
    after: Json,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Target {
    Field { name: &'static str },
    Attribute { scope: &'static str, key: String },
}

#[derive(Serialize)]
struct Came {
    target: Place,
    span: Shown,
}

#[derive(Serialize)]
struct Went {
    target: At,
    span: Shown,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    r#type: &'static str,
    parent_path: Vec<usize>,
    index: usize,
}

#[derive(Serialize)]
struct At {
    r#type: &'static str,
    path: Vec<usize>,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    named: Named,
    duration_nanos: i64,
    status: &'static str,
}

/// How many fields and attributes of a pair changed.
#[derive(Default, Clone, Copy)]
pub(super) struct Changes {
    pub(super) fields: usize,
    pub(super) attributes: usize,
}

impl Patch {
    pub(super) fn of(base: &Tree<'_>, compare: &Tree<'_>, matching: &Matching) -> Self {
        let (mut modified, mut stats) = (Vec::new(), Stats::default());
        for (a, b) in &matching.pairs {
            let (before, after) = (&base.nodes[*a], &compare.nodes[*b]);
            let changes = changes(before, after);
            if changes.is_empty() {
                continue;
            }
            let count = counted(&changes);
            stats.modified_spans += 1;
            stats.field_changes += count.fields;
            stats.attribute_changes += count.attributes;
            if modified.len() < MAX_LISTED {
                modified.push(Modified { span: named(before), changes });
            }
        }
        let came = |b: &usize| {
            let node = &compare.nodes[*b];
            let (index, parent) = node.path.split_last().map_or((0, &[][..]), |(index, path)| (*index, path));
            let target = Place { r#type: "span", parent_path: parent.to_vec(), index };
            Came { target, span: shown(node) }
        };
        let went = |a: &usize| {
            let node = &base.nodes[*a];
            Went { target: At { r#type: "span", path: node.path.clone() }, span: shown(node) }
        };
        stats.span_count_a = base.nodes.len();
        stats.span_count_b = compare.nodes.len();
        stats.matched_spans = matching.pairs.len();
        stats.added_spans = matching.added.len();
        stats.removed_spans = matching.removed.len();
        let most = stats.modified_spans.max(stats.added_spans).max(stats.removed_spans);
        stats.truncated = most > MAX_LISTED;
        let warning = format!("{most} spans of one kind of change; the first {MAX_LISTED} are listed");
        let side = |tree: &Tree<'_>| Side { trace_id: tree.id.to_string(), span_count: tree.nodes.len() };
        Patch {
            version: super::PATCH,
            base: side(base),
            compare: side(compare),
            warnings: Some(warning).filter(|_| stats.truncated).into_iter().collect(),
            stats,
            modified,
            added: matching.added.iter().take(MAX_LISTED).map(came).collect(),
            removed: matching.removed.iter().take(MAX_LISTED).map(went).collect(),
        }
    }
}

/// How much of a pair changed.
pub(super) fn count(before: &Node<'_>, after: &Node<'_>) -> Changes {
    counted(&changes(before, after))
}

fn counted(changes: &[Change]) -> Changes {
    let fields = changes.iter().filter(|change| matches!(change.target, Target::Field { .. })).count();
    Changes { fields, attributes: changes.len() - fields }
}

fn changes(before: &Node<'_>, after: &Node<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut field = |name: &'static str, before: Json, after: Json| {
        changes.push(Change { op: "modify", target: Target::Field { name }, before, after });
    };
    let [a, b] = [before, after].map(|node| node.span.duration_nanos());
    if differ(a, b) {
        field("duration_nanos", a.into(), b.into());
    }
    if before.span.status != after.span.status {
        let [a, b] = [before, after].map(|node| status(node.span.status));
        field("status", a.into(), b.into());
    }
    let (old, new) = (&before.span.attributes, &after.span.attributes);
    let mut keys: Vec<&str> = old.iter().chain(new).map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let (a, b) = (attr::find(old, key), attr::find(new, key));
        if a == b {
            continue;
        }
        let op = match (a, b) {
            (None, _) => "add",
            (_, None) => "remove",
            _ => "modify",
        };
        let json = |value: Option<&Value>| value.map_or(Json::Null, plain_value);
        let target = Target::Attribute { scope: "span", key: key.to_owned() };
        changes.push(Change { op, target, before: json(a), after: json(b) });
    }
    changes
}

/// Whether durations differ by more than chance.
fn differ(a: i64, b: i64) -> bool {
    let (shorter, longer) = (a.min(b), a.max(b));
    longer - shorter > LEAST_NANOS && longer as f64 > shorter as f64 * LEAST_RATIO
}

fn named(node: &Node<'_>) -> Named {
    Named {
        path: node.path.clone(),
        service: node.service.to_owned(),
        name: node.span.name.to_string(),
        kind: match node.span.kind {
            SpanKind::Unspecified => "unspecified",
            SpanKind::Internal => "internal",
            SpanKind::Server => "server",
            SpanKind::Client => "client",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
        },
    }
}

fn shown(node: &Node<'_>) -> Shown {
    let duration_nanos = node.span.duration_nanos();
    Shown { named: named(node), duration_nanos, status: status(node.span.status) }
}

fn status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::Unset => "unset",
        StatusCode::Ok => "ok",
        StatusCode::Error => "error",
    }
}
