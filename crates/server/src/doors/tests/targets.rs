//! Targets as a collector tells them to the door.

use super::*;
use crate::collector::{Collector, DroppedTargets, RelabelStep, TargetStatus};
use model::{Labels, Millis};
use serde_json::json;
use std::collections::BTreeMap;
use stdx::BoxFuture;

/// Two jobs without a target; the first dropped three and keeps the labels of one.
struct Dropping;

impl Collector for Dropping {
    fn targets(&self) -> Vec<TargetStatus> {
        Vec::new()
    }

    fn dropped_targets(&self) -> BTreeMap<String, DroppedTargets> {
        let kept = vec![Labels::from_pairs([("__address__", "a:1")])];
        BTreeMap::from([("web".to_owned(), DroppedTargets { count: 3, kept })])
    }

    fn jobs(&self) -> Vec<(String, String)> {
        ["idle", "web"].map(|job| (job.to_owned(), String::new())).to_vec()
    }

    fn relabel_steps(&self, _: &str, _: &Labels) -> Option<Vec<RelabelStep>> {
        None
    }

    fn reload(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn last_reload(&self) -> (Millis, bool) {
        (Millis(0), true)
    }
}

#[tokio::test]
async fn dropped_targets_are_listed_as_kept_and_all_counted() {
    let door = Door::new(Options::default());
    assert!(door.state.collector.set(Arc::new(Dropping)).is_ok());
    let one = json!([{ "discoveredLabels": { "__address__": "a:1" }, "scrapePool": "web" }]);
    let counts = json!({ "idle": 0, "web": 3 });
    for (parameters, listed, counted) in [
        ("", &one, &counts),
        ("?state=dropped", &one, &counts),
        ("?scrapePool=web", &one, &counts),
        ("?scrapePool=idle", &json!([]), &counts),
        ("?state=active", &json!([]), &json!(null)),
    ] {
        let answer = door.get("prometheus", &format!("/api/v1/targets{parameters}")).await;
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let data = &answer["data"];
        assert_eq!(
            (&data["droppedTargets"], &data["droppedTargetCounts"]),
            (listed, counted),
            "{parameters}"
        );
    }
}
