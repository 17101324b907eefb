//! What is where in the JSON of a dashboard, of the first sort (`{title, panels}`) and of the second
//! (`{apiVersion, kind, metadata, spec: {title, elements}}`).
//!
//! Invariant: every question has an answer for any JSON; what is missing is empty.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The group of dashboards in versions such as `dashboard.grafana.app/v1`.
pub(in crate::api::grafana) const GROUP: &str = "dashboard.grafana.app";
/// The version of the resource that holds a dashboard of the first sort.
pub(in crate::api::grafana) const FIRST_VERSION: &str = "v1";

/// The part that holds title, tags and panels.
pub(in crate::api::grafana) fn spec(dashboard: &Value) -> &Value {
    if is_resource(dashboard) { &dashboard["spec"] } else { dashboard }
}

/// Whether the JSON is a whole resource, with its metadata around the dashboard.
pub(in crate::api::grafana) fn is_resource(dashboard: &Value) -> bool {
    dashboard["spec"].is_object() && dashboard["apiVersion"].is_string()
}

/// `v2`, `v1beta1` ...: the version that a dashboard is stored in.
pub(in crate::api::grafana) fn version(dashboard: &Value) -> &str {
    let named = dashboard["apiVersion"].as_str().and_then(|text| text.rsplit_once('/'));
    match named {
        Some((_, version)) if is_resource(dashboard) => version,
        _ if spec(dashboard)["elements"].is_object() => "v2",
        _ => FIRST_VERSION,
    }
}

/// Its title without space around it.
pub(in crate::api::grafana) fn title(dashboard: &Value) -> &str {
    spec(dashboard)["title"].as_str().unwrap_or("").trim()
}

/// Its description.
pub(in crate::api::grafana) fn description(dashboard: &Value) -> &str {
    spec(dashboard)["description"].as_str().unwrap_or("")
}

/// Its tags.
pub(in crate::api::grafana) fn tags(dashboard: &Value) -> Vec<String> {
    let tags = spec(dashboard)["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    tags.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The uid it names for itself, "" if none.
pub(in crate::api::grafana) fn uid(dashboard: &Value) -> &str {
    let named = if is_resource(dashboard) { &dashboard["metadata"]["name"] } else { &dashboard["uid"] };
    named.as_str().unwrap_or("")
}

/// The uids of the library panels it shows, sorted.
pub(in crate::api::grafana) fn libraries(dashboard: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    collect(dashboard, &mut found);
    found.into_iter().collect()
}

/// As deep as the reader of JSON goes, which is 128 levels.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| collect(one, found)),
        Value::Object(members) => {
            found.extend(library_of(members));
            members.values().for_each(|one| collect(one, found));
        }
        _ => {}
    }
}

fn library_of(members: &Map<String, Value>) -> Option<String> {
    members.get("libraryPanel")?.get("uid")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_sorts_answer_the_same_questions() {
        let first = json!({ "title": " A ", "uid": "u", "tags": ["x", 1], "panels": [{ "libraryPanel": { "uid": "l" } }] });
        let second = json!({
            "apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "metadata": { "name": "u" },
            "spec": { "title": "A", "tags": ["x"], "elements": { "p": { "spec": { "libraryPanel": { "uid": "l" } } } } },
        });
        for (one, stored) in [(&first, "v1"), (&second, "v2beta1")] {
            assert_eq!((title(one), uid(one), version(one)), ("A", "u", stored));
            assert_eq!((tags(one), libraries(one)), (vec!["x".to_owned()], vec!["l".to_owned()]));
        }
        assert_eq!(version(&json!({ "title": "bare", "elements": {} })), "v2");
        assert_eq!((title(&json!([1])), uid(&Value::Null), tags(&json!("x"))), ("", "", vec![]));
    }
}
