//! The query API: services, operations, traces, dependencies. Every answer is `{data, total, limit, offset, errors}`.

use super::encode;
use crate::api::whole::{self, Window};
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use model::{SpanKind, Tenant};
use query::quote::quote;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// Traces of a search that names no limit.
const DEFAULT_TRACES: usize = 100;

/// How far back a search looks that names no start, in seconds.
const DEFAULT_LOOKBACK: i64 = 3_600;

/// How far back dependencies look that name no lookback, in seconds: a day.
const DEFAULT_GRAPH_LOOKBACK: i64 = 86_400;

const KINDS: [(&str, SpanKind); 5] = [
    ("internal", SpanKind::Internal),
    ("server", SpanKind::Server),
    ("client", SpanKind::Client),
    ("producer", SpanKind::Producer),
    ("consumer", SpanKind::Consumer),
];

/// A failure as this API says it.
pub(super) struct Refused(Fault);

impl<E: Into<Fault>> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let code = self.0.status();
        let errors = json!([{ "code": code.as_u16(), "msg": self.0.message() }]);
        let body = json!({ "data": null, "total": 0, "limit": 0, "offset": 0, "errors": errors });
        respond::with_type(code, respond::JSON, body.to_string())
    }
}

type Answered = Result<Response, Refused>;

fn answer(data: &Value, total: usize) -> Response {
    let body = json!({ "data": data, "total": total, "limit": 0, "offset": 0, "errors": null });
    respond::json(body.to_string())
}

async fn read(state: &State, request: Request<Body>) -> Result<(Tenant, Params), Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    Ok((state.options.tenancy.of(&parts.headers)?, params))
}

/// `GET /api/services`
pub(super) async fn services(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, _) = read(&state, request).await?;
    let names = whole::services(&state, tenant).await?;
    Ok(answer(&json!(names), names.len()))
}

/// `GET /api/services/{service}/operations`
pub(super) async fn operations_of(
    extract::State(state): Shared,
    extract::Path(service): extract::Path<String>,
    request: Request<Body>,
) -> Answered {
    let (tenant, _) = read(&state, request).await?;
    let names = whole::operations(&state, tenant, &service, None).await?;
    Ok(answer(&json!(names), names.len()))
}

/// `GET /api/operations`
pub(super) async fn operations(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = read(&state, request).await?;
    let service = params.some("service").ok_or_else(|| Fault::invalid("parameter 'service' is required"))?;
    let asked = params.get("spanKind");
    let mut found = Vec::new();
    for (word, kind) in KINDS.iter().filter(|(word, _)| asked.is_empty() || *word == asked) {
        let names = whole::operations(&state, tenant.clone(), service, Some(*kind)).await?;
        found.extend(names.into_iter().map(|name| json!({ "name": name, "spanKind": word })));
    }
    let total = found.len();
    Ok(answer(&Value::Array(found), total))
}

/// `GET /api/traces`: by service, operation, tags and duration; or those whose ids are named.
pub(super) async fn traces(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = read(&state, request).await?;
    let mut found = Vec::new();
    let ids: Vec<&str> = params.all("traceID").collect();
    if ids.is_empty() {
        let (query, window) = asked(&params, state.clock.now_nanos())?;
        let limit = number(&params, "limit")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(DEFAULT_TRACES);
        found = whole::find(&state, tenant, query, window, limit).await?;
    } else {
        for id in ids.into_iter().take(whole::MAX_TRACES) {
            let id = crate::api::tempo::parse_id(id).map_err(Fault::invalid)?;
            found.extend(whole::one(&state, tenant.clone(), id).await?);
        }
    }
    let data: Vec<Value> = found.iter().map(encode::trace).collect();
    Ok(answer(&Value::Array(data), 0))
}

/// `GET /api/traces/{id}`
pub(super) async fn trace(
    extract::State(state): Shared,
    extract::Path(id): extract::Path<String>,
    request: Request<Body>,
) -> Answered {
    let (tenant, _) = read(&state, request).await?;
    let id = crate::api::tempo::parse_id(&id).map_err(Fault::invalid)?;
    match whole::one(&state, tenant, id).await? {
        Some(trace) => Ok(answer(&json!([encode::trace(&trace)]), 0)),
        None => {
            let missing = Fault::new(stdx::ErrorKind::NotFound, "trace not found");
            Err(missing.with_status(StatusCode::NOT_FOUND).into())
        }
    }
}

/// `GET /api/dependencies`
pub(super) async fn dependencies(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = read(&state, request).await?;
    let end =
        number(&params, "endTs")?.map_or(state.clock.now_nanos() / 1_000_000_000, |millis| millis / 1000);
    let lookback = number(&params, "lookback")?.map_or(DEFAULT_GRAPH_LOOKBACK, |millis| millis / 1000);
    let window = Window { start: end.saturating_sub(lookback), end };
    let calls = whole::calls(&state, tenant, window).await?;
    let list = calls
        .iter()
        .map(|((parent, child), (count, _))| json!({ "parent": parent, "child": child, "callCount": count }));
    Ok(answer(&list.collect(), 0))
}

fn number(params: &Params, name: &str) -> Result<Option<i64>, Fault> {
    let wrong = |text: &str| Fault::invalid(format!("unable to parse param '{name}': {text:?} is no number"));
    params.some(name).map(|text| text.parse().map_err(|_| wrong(text))).transpose()
}

/// The query and the window that the parameters of a search stand for.
fn asked(params: &Params, now_nanos: i64) -> Result<(String, Window), Fault> {
    let mut tests = Vec::new();
    let service = params.some("service").ok_or_else(|| Fault::invalid("parameter 'service' is required"))?;
    tests.push(format!("resource.service.name = {}", quote(service)));
    tests.extend(params.some("operation").map(|name| format!("name = {}", quote(name))));
    for (key, value) in tags(params)? {
        tests.push(test(&key, &value));
    }
    for (name, op) in [("minDuration", ">="), ("maxDuration", "<=")] {
        if let Some(text) = params.some(name) {
            let nanos = crate::api::tempo::go_duration(text)
                .map_err(|e| Fault::invalid(format!("cannot not parse {name}: time: {e}")))?;
            tests.push(format!("duration {op} {nanos}ns"));
        }
    }
    let end = number(params, "end")?.map_or(now_nanos / 1_000_000_000, |micros| micros / 1_000_000);
    let start = number(params, "start")?.map_or(end - DEFAULT_LOOKBACK, |micros| micros / 1_000_000);
    Ok((format!("{{ {} }}", tests.join(" && ")), Window { start, end }))
}

/// `tags={"a":"b"}` and any number of `tag=a:b`.
fn tags(params: &Params) -> Result<BTreeMap<String, String>, Fault> {
    let mut all = BTreeMap::new();
    for text in params.all("tags").filter(|text| !text.is_empty()) {
        let read: BTreeMap<String, String> = serde_json::from_str(text)
            .map_err(|e| Fault::invalid(format!("malformed 'tags' parameter, cannot unmarshal JSON: {e}")))?;
        all.extend(read);
    }
    for text in params.all("tag") {
        let (key, value) = text.split_once(':').ok_or_else(|| {
            Fault::invalid(format!("malformed 'tag' parameter, expecting key:value, received: {text}"))
        })?;
        all.insert(key.to_owned(), value.to_owned());
    }
    Ok(all)
}

/// A tag's test: some tags are properties of the span here.
fn test(key: &str, value: &str) -> String {
    match (key, value) {
        ("error", "true") => "status = error".to_owned(),
        ("error", "false") => "status != error".to_owned(),
        ("span.kind", word) if KINDS.iter().any(|(known, _)| *known == word) => format!("kind = {word}"),
        ("otel.status_code", "OK") => "status = ok".to_owned(),
        ("otel.status_code", "ERROR") => "status = error".to_owned(),
        ("otel.scope.name" | "otel.library.name", name) => format!("instrumentation:name = {}", quote(name)),
        _ => whole::test_of(key, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_a_query() {
        let read = |text: &str| asked(&Params::of_pairs(text), 10_000 * 1_000_000_000);
        let (query, window) = read(
            r#"service=shop&operation=GET&tags={"error":"true","n":"7"}&tag=a:b&minDuration=1.5s&start=5000000&end=7000000"#,
        )
        .unwrap();
        assert_eq!(
            query,
            r#"{ resource.service.name = "shop" && name = "GET" && (."a" = "b") && status = error && (."n" = "7" || ."n" = 7) && duration >= 1500000000ns }"#
        );
        assert_eq!(window, Window { start: 5, end: 7 });
        traceql::parse(&query).unwrap();
        assert_eq!(read("service=shop").unwrap().1, Window { start: 6_400, end: 10_000 });
        for bad in [
            "operation=x",
            "service=a&tags={",
            "service=a&tag=b",
            "service=a&minDuration=x",
            "service=a&end=x",
        ] {
            read(bad).unwrap_err();
        }
    }
}
