//! Choices over HTTP: guarded by versions, kept, applied, and over those of an operator's file.

use super::*;
use crate::fakes;
use crate::ingest::{SpanLimits, SpanRates};
use crate::limits::{Limits, TenantLimits};
use crate::state::Options;
use http_body_util::BodyExt;
use model::Tenant;
use serde_json::{Value, json};
use spanmetrics::Generator;
use stdx::Clock;
use store::{Documents, Objects};
use tower::ServiceExt;

fn over(objects: &Objects) -> (Overrides, Arc<Generator>) {
    let clock = Clock::manual(fakes::NOW_NANOS);
    let generator = Arc::new(Generator::new(spanmetrics::Options::default(), clock.clone()));
    let documents = Documents::new(objects.clone(), clock);
    let limits = SpanLimits::new(TenantLimits::default());
    (Overrides::over(documents, Some(generator.clone()), limits), generator)
}

/// Status, version and body.
async fn send(state: &Arc<State>, method: &str, version: &str, body: &str) -> (u16, String, String) {
    let (path, method) = method.split_once(' ').map_or(("", method), |(method, path)| (path, method));
    let mut request = Request::builder().method(method).uri(format!("/api/overrides{path}"));
    if !version.is_empty() {
        request = request.header("if-match", version);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = crate::api::tempo::routes(state.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let tag = header_text(response.headers(), "etag").to_owned();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, tag, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn choices_are_guarded_by_versions_kept_and_applied() {
    let (state, _) = fakes::state(Options::default());
    assert_eq!(send(&state, "GET", "", "").await.0, 404, "no metrics are made from spans");
    let directory = tempfile::tempdir().unwrap();
    let objects = Objects::open(directory.path().to_str().unwrap(), &[]).unwrap();
    let (overrides, generator) = over(&objects);
    assert!(state.overrides.set(overrides).is_ok());
    let tenant = Tenant::anonymous();
    assert_eq!(send(&state, "GET", "", "").await, (404, String::new(), "does not exist".into()));
    let first = json!({"metrics_generator": {"processors": ["span-metrics"]}}).to_string();
    assert_eq!(
        send(&state, "POST", "", &first).await,
        (428, String::new(), "must specify If-Match header".into())
    );
    let mismatch = (412, String::new(), "version does not match".to_owned());
    assert_eq!(send(&state, "POST", "4", &first).await, mismatch);
    assert_eq!(send(&state, "POST", "0", "{\"a\":1}").await.0, 400);
    assert_eq!(send(&state, "POST", "0", &first).await, (200, "1".into(), String::new()));
    assert!(!generator.options_of(&tenant).has_graph() && generator.options_of(&tenant).has_operations());
    assert_eq!(send(&state, "GET", "", "").await, (200, "1".into(), first.clone()));
    let patch = json!({"metrics_generator": {"processor": {"span_metrics": {"dimensions": ["region"]}}}});
    let (status, version, body) = send(&state, "PATCH", "", &patch.to_string()).await;
    let patched: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, version.as_str()), (200, "2"));
    assert_eq!(patched["metrics_generator"]["processors"], json!(["span-metrics"]));
    assert_eq!(generator.options_of(&tenant).operations.dimensions, ["region"]);
    let merged: Value = serde_json::from_str(&send(&state, "GET ?scope=merged", "", "").await.2).unwrap();
    assert_eq!(merged["metrics_generator"]["disable_collection"], false);
    assert_eq!(send(&state, "GET ?scope=x", "", "").await.0, 400);
    // Another process that runs sees it when it looks, and what is then deleted.
    let (other, generator_there) = over(&objects);
    other.load().await.unwrap();
    assert_eq!(generator_there.options_of(&tenant).operations.dimensions, ["region"]);
    // A new start finds them.
    let (again, generator_again) = over(&objects);
    again.load().await.unwrap();
    assert_eq!(generator_again.options_of(&tenant), generator.options_of(&tenant));
    assert_eq!(send(&state, "DELETE", "1", "").await, mismatch);
    assert_eq!(send(&state, "DELETE", "\"2\"", "").await, (200, String::new(), String::new()));
    assert_eq!(*generator.options_of(&tenant), spanmetrics::Options::default());
    other.load().await.unwrap();
    assert_eq!(*generator_there.options_of(&tenant), spanmetrics::Options::default());
    assert_eq!(send(&state, "DELETE", "2", "").await.0, 404);
    assert_eq!(send(&state, "GET", "", "").await.0, 404);
}

#[tokio::test]
async fn a_file_of_the_operator_holds_below_what_tenants_choose() {
    let (state, _) = fakes::state(Options::default());
    let directory = tempfile::tempdir().unwrap();
    let objects = Objects::open(directory.path().to_str().unwrap(), &[]).unwrap();
    let file = directory.path().join("overrides.yaml");
    let write = |dimension: &str| {
        let processor = format!("{{span_metrics: {{dimensions: [{dimension}], enable_target_info: true}}}}");
        let text = format!("overrides: {{single-tenant: {{metrics_generator: {{processor: {processor}}}}}}}");
        std::fs::write(&file, text).unwrap();
    };
    write("zone");
    let (overrides, generator) = over(&objects);
    let overrides = overrides.with_file(Some(file.clone()));
    overrides.load_file().await.unwrap();
    assert!(state.overrides.set(overrides).is_ok());
    let of = || generator.options_of(&Tenant::anonymous()).operations.clone();
    assert_eq!((of().dimensions, of().target_info), (vec!["zone".to_owned()], true));
    let own = json!({"metrics_generator": {"processor": {"span_metrics": {"dimensions": ["own"]}}}});
    assert_eq!(send(&state, "POST", "0", &own.to_string()).await.0, 200);
    assert_eq!((of().dimensions, of().target_info), (vec!["own".to_owned()], true));
    let overrides = state.overrides.get().unwrap();
    std::fs::write(&file, "overrides: [").unwrap();
    assert!(overrides.load_file().await.unwrap_err().contains("overrides.yaml"));
    assert!(of().target_info, "what was read before holds");
    assert_eq!(send(&state, "DELETE", "1", "").await.0, 200);
    assert_eq!(of().dimensions, ["zone"]);
    write("region");
    overrides.load_file().await.unwrap();
    assert_eq!(of().dimensions, ["region"]);
    std::fs::write(&file, "overrides: {}").unwrap();
    overrides.load_file().await.unwrap();
    assert_eq!(*generator.options_of(&Tenant::anonymous()), spanmetrics::Options::default());
}

#[tokio::test]
async fn limits_of_a_tenant_are_in_force_at_once_and_elsewhere_when_looked_at() {
    let (state, _) = fakes::state(Options::default());
    let directory = tempfile::tempdir().unwrap();
    let objects = Objects::open(directory.path().to_str().unwrap(), &[]).unwrap();
    let clock = Clock::manual(1);
    let with = |limits: &Arc<SpanLimits>| {
        Overrides::over(Documents::new(objects.clone(), clock.clone()), None, limits.clone())
    };
    let configured = TenantLimits::from(Limits { max_span_byte_rate: 7, ..Limits::default() });
    let (here, there) = (SpanLimits::new(configured.clone()), SpanLimits::new(configured));
    let defaults = SpanRates { rate_bytes: 7, max_attribute_bytes: 2048, ..SpanRates::default() };
    assert!(state.overrides.set(with(&here)).is_ok());
    let other = with(&there);
    let chosen = json!({
        "ingestion": {"rate_limit_bytes": 1000, "burst_size_bytes": 2000, "max_attribute_bytes": 10},
        "global": {"max_bytes_per_trace": 500},
    });
    assert_eq!(send(&state, "POST", "0", &chosen.to_string()).await.0, 200);
    let rates =
        SpanRates { rate_bytes: 1000, burst_bytes: 2000, max_trace_bytes: 500, max_attribute_bytes: 10 };
    let tenant = Tenant::anonymous();
    assert_eq!((here.of(&tenant), there.of(&tenant)), (rates, defaults));
    other.load().await.unwrap();
    assert_eq!(there.of(&tenant), rates);
    let merged: Value = serde_json::from_str(&send(&state, "GET ?scope=merged", "", "").await.2).unwrap();
    assert_eq!((&merged["ingestion"], &merged["global"]), (&chosen["ingestion"], &chosen["global"]));
    let generator = json!({"metrics_generator": {"disable_collection": true}}).to_string();
    let refused = send(&state, "POST", "1", &generator).await;
    assert_eq!((refused.0, refused.2.contains("span_metrics.enabled")), (400, true));
    assert_eq!(send(&state, "DELETE", "1", "").await.0, 200);
    other.load().await.unwrap();
    assert_eq!((here.of(&tenant), there.of(&tenant)), (defaults, defaults));
}

#[tokio::test]
async fn what_is_chosen_of_reading_holds() {
    let (state, store) = fakes::state(Options::default());
    let directory = tempfile::tempdir().unwrap();
    let objects = Objects::open(directory.path().to_str().unwrap(), &[]).unwrap();
    assert!(state.overrides.set(over(&objects).0).is_ok());
    let span = model::Span {
        trace_id: model::TraceId([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa, 0xbc]),
        span_id: model::SpanId([1; 8]),
        start: model::Nanos(100_000_000_000),
        end: model::Nanos(101_000_000_000),
        ..model::Span::default()
    };
    let scopes = vec![model::ScopeSpans { spans: vec![span], ..Default::default() }];
    let resources = vec![model::ResourceSpans { scopes, ..Default::default() }];
    store.spans.lock().unwrap().push(model::SpanBatch { resources });
    let get = async |path: &str| {
        let request = Request::get(format!("/api{path}")).body(Body::empty()).unwrap();
        let response = crate::api::tempo::routes(state.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    let id = async || {
        let answer: Value = serde_json::from_str(&get("/search?start=90&end=3690").await.1).unwrap();
        answer["traces"][0]["traceID"].clone()
    };
    let day_of_metrics = "/metrics/query_range?q=%7B%7D%7Crate()&start=90&end=86490";
    assert_eq!(id().await, "abc");
    assert_eq!(get("/search?start=90&end=9000090").await.0, 200, "any length unless it is limited");
    assert_eq!(get(day_of_metrics).await.0, 200);
    let chosen = json!({"read": {
        "left_pad_trace_ids": true, "max_search_duration": "1h", "max_metrics_duration": "2h", "unsafe_query_hints": true,
    }});
    assert_eq!(send(&state, "POST", "0", &chosen.to_string()).await.0, 200);
    assert_eq!(id().await, "00000000000000000000000000000abc");
    let refused = "range specified by start and end exceeds 1h0m0s. received start=90 end=3691";
    for path in ["/search", "/search/tags", "/v2/search/tags", "/v2/search/tag/name/values"] {
        assert_eq!(get(&format!("{path}?start=90&end=3691")).await, (400, refused.to_owned()), "{path}");
        assert_eq!(get(&format!("{path}?start=90&end=3690")).await.0, 200, "{path}");
        assert_eq!(get(path).await.0, 200, "{path}: no range");
    }
    let refused = "metrics query time range exceeds the maximum allowed duration of 2h0m0s";
    assert_eq!(get(day_of_metrics).await, (400, refused.to_owned()));
    let kept: Value = serde_json::from_str(&send(&state, "GET", "", "").await.2).unwrap();
    assert_eq!(kept["read"]["unsafe_query_hints"], true, "what has no effect is kept");
    let merged: Value = serde_json::from_str(&send(&state, "GET ?scope=merged", "", "").await.2).unwrap();
    assert_eq!(
        merged["read"],
        json!({"max_search_duration": "1h0m0s", "max_metrics_duration": "2h0m0s", "left_pad_trace_ids": true})
    );
}
