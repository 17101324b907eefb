//! What Mimir's users and Prometheus's links ask beside the query API.

use super::*;
use crate::ingest::ReplicaOptions;
use model::{Labels, Millis, Sample, Tenant};

async fn yaml_of(door: &Door, path: &str) -> String {
    let answer = door.get("prometheus", path).await;
    assert_eq!(answer.status, 200, "{path}");
    answer.text().to_owned()
}

#[tokio::test]
async fn limits_of_tenants_are_told_as_yaml() {
    let door = Door::new(Options::default());
    assert_eq!(yaml_of(&door, "/runtime_config").await, "overrides: {}\n");
    let own = Limits { max_series: 7, ..Limits::default() };
    door.state.options.limits.replace(Limits::default(), [(Tenant::parse("team").unwrap(), own)].into());
    let differing = yaml_of(&door, "/prometheus/runtime_config?mode=diff").await;
    assert_eq!(differing, "overrides:\n  team:\n    max_series: 7\n");
    let all = yaml_of(&door, "/runtime_config").await;
    assert!(all.contains("    max_series: 7\n") && all.contains("    max_body_bytes: 104857600\n"), "{all}");
    assert_eq!(door.get("prometheus", "/config?mode=x").await.status, 400);
}

#[tokio::test]
async fn elected_replicas_are_listed() {
    let door = Door::new(Options { replicas: Some(ReplicaOptions::default()), ..Options::default() });
    let mut batch = MetricBatch::default();
    let labels = Labels::from_pairs([("__name__", "up"), ("cluster", "c"), ("__replica__", "r1")]);
    batch.push_series(&labels, &[Sample { at: Millis(1), value: 1.0 }]);
    door.state.admit(&Tenant::anonymous(), batch);
    let listed = json_of(&door, "prometheus", "/distributor/ha_tracker").await;
    let expected = serde_json::json!([{
        "userID": "anonymous", "cluster": "c", "replica": "r1", "electedAt": "2026-11-25T12:00:00Z",
        "failoverDuration": 30_000_000_000_u64,
    }]);
    assert_eq!(listed["elected"], expected);
}

#[tokio::test]
async fn a_tenant_is_deleted_where_administration_is_allowed() {
    let post = || Request::post("/compactor/delete_tenant");
    let door = Door::new(Options::default());
    assert_eq!(door.send("prometheus", post(), Body::empty()).await.status, 500);
    assert_eq!(door.get("prometheus", "/ingester/flush").await.status, 204);
    let door = Door::new(Options { admin_api: true, ..Options::default() });
    assert_eq!(door.send("prometheus", post(), Body::empty()).await.status, 200);
    let asked = door.store.series_deletes.lock().unwrap().remove(0);
    assert!(asked.matchers[0].iter().all(|matcher| matcher.matches("anything") && matcher.matches("")));
    let status = json_of(&door, "prometheus", "/compactor/delete_tenant_status").await;
    assert_eq!(status["blocks_deleted"], false);
}

#[tokio::test]
async fn the_network_stops_the_server_only_where_it_may() {
    let post = || Request::post("/-/quit");
    let door = Door::new(Options::default());
    assert_eq!(door.send("prometheus", post(), Body::empty()).await.status, 403);
    let door = Door::new(Options { quit_api: true, ..Options::default() });
    assert_eq!(door.get("prometheus", "/-/quit").await.status, 405);
    assert!(!door.state.quit.is_canceled());
    assert_eq!(door.send("prometheus", post(), Body::empty()).await.status, 200);
    assert!(door.state.quit.is_canceled());
    door.state.set_ready(false);
    assert_eq!(door.get("prometheus", "/-/ready").await.headers["x-prometheus-stopping"], "true");
}

#[tokio::test]
async fn links_to_pages_lead_to_the_ui() {
    let door = Door::new(Options::default());
    let ask = |path: &'static str| Request::get(path).header("host", "oriel.example:9090");
    assert_eq!(door.send("prometheus", ask("/graph"), Body::empty()).await.status, 404);
    door.state.doors.lock().unwrap().push(("ui", SocketAddr::from(([0, 0, 0, 0], 3000))));
    for (path, location) in [
        ("/", "http://oriel.example:3000/"),
        ("/graph?g0.expr=up&g0.tab=1", "http://oriel.example:3000/graph?g0.expr=up&g0.tab=1"),
        ("/query?g0.expr=up", "http://oriel.example:3000/query?g0.expr=up"),
        ("/prometheus/targets", "http://oriel.example:3000/targets"),
    ] {
        let answer = door.send("prometheus", ask(path), Body::empty()).await;
        assert_eq!((answer.status, answer.headers["location"].to_str().unwrap()), (302, location));
    }
    assert_eq!(door.send("prometheus", ask("/query?q=SHOW"), Body::empty()).await.status, 200);
}
