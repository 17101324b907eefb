//! The third version of the query API over HTTP: OTLP's JSON in `{"result": ..}`, failures in `{"error": ..}`.
//!
//! Source: <https://github.com/jaegertracing/jaeger-idl/blob/main/proto/api_v3/query_service.proto>

use super::asked;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use contract::TraceSpans;
use http::{Request, StatusCode};
use model::Nanos;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::jaeger::query::TraceQuery;
use wire::otlp::schema::{TRACES, to_json};
use wire::otlp::traces::encode;

type Shared = extract::State<Arc<State>>;

/// The routes under `/api/v3`.
pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/api/v3/services", get(services))
        .route("/api/v3/operations", get(operations))
        .route("/api/v3/traces", get(traces))
        .route("/api/v3/traces/{id}", get(trace))
        .route("/api/v3/dependencies", get(dependencies))
}

/// A failure as this version says it.
struct Refused(Fault);

impl<E: Into<Fault>> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let code = self.0.status();
        let error = json!({ "httpCode": code.as_u16(), "message": self.0.message() });
        respond::with_type(code, respond::JSON, json!({ "error": error }).to_string())
    }
}

type Answered = Result<Response, Refused>;

fn answer(body: &Value) -> Response {
    respond::json(body.to_string())
}

async fn services(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, _) = asked::read(&state, request).await?;
    let names = crate::api::whole::services(&state, tenant).await?;
    Ok(answer(&json!({ "services": names })))
}

async fn operations(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = asked::read(&state, request).await?;
    let found = asked::operations(&state, &tenant, params.get("service"), params.get("span_kind")).await?;
    let list = asked::as_json(&found);
    Ok(answer(&json!({ "operations": list })))
}

async fn dependencies(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = asked::read(&state, request).await?;
    let (start, end) = (time(&params, "start_time")?, time(&params, "end_time")?);
    let calls = asked::calls(&state, tenant, start, end).await?;
    let list: Vec<Value> = calls
        .iter()
        .map(|((parent, child), (count, _))| {
            json!({ "parent": parent, "child": child, "callCount": count.to_string() })
        })
        .collect();
    Ok(answer(&json!({ "dependencies": list })))
}

async fn trace(
    extract::State(state): Shared,
    extract::Path(id): extract::Path<String>,
    request: Request<Body>,
) -> Answered {
    let (tenant, params) = asked::read(&state, request).await?;
    time(&params, "start_time")?;
    time(&params, "end_time")?;
    let id = crate::api::tempo::parse_id(&id)
        .map_err(|reason| Fault::invalid(format!("malformed parameter trace_id: {reason}")))?;
    whole(&asked::by_ids(&state, &tenant, vec![id]).await?)
}

async fn traces(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = asked::read(&state, request).await?;
    whole(&asked::find(&state, tenant, &search(&params)?).await?)
}

/// All traces in one result, as this version answers.
fn whole(found: &[TraceSpans]) -> Answered {
    if found.is_empty() {
        let none = Fault::new(stdx::ErrorKind::NotFound, "No traces found");
        return Err(none.with_status(StatusCode::NOT_FOUND).into());
    }
    // Messages that follow each other are one message with all their fields.
    let bytes: Vec<u8> = found.iter().flat_map(|trace| encode(&trace.spans)).collect();
    let result = to_json(&bytes, &TRACES)?;
    Ok(answer(&json!({ "result": result })))
}

fn malformed(name: &str, reason: &str) -> Fault {
    Fault::invalid(format!("malformed parameter {name}: {reason}"))
}

fn time(params: &Params, name: &str) -> Result<Option<Nanos>, Fault> {
    let read = |text: &str| {
        wire::rfc3339::parse(text).ok_or_else(|| malformed(name, &format!("{text:?} is no RFC 3339 time")))
    };
    params.some(name).map(read).transpose()
}

/// The search that `query.*` parameters ask for.
fn search(params: &Params) -> Result<TraceQuery, Fault> {
    let (start, end) = (time(params, "query.start_time_min")?, time(params, "query.start_time_max")?);
    if start.is_none() || end.is_none() {
        return Err(Fault::invalid("query.start_time_min and query.start_time_max are required"));
    }
    if params.some("query.filter").is_some() {
        return Err(malformed("query.filter", "structured filters are not supported"));
    }
    let duration = |name: &str| match params.some(name) {
        None => Ok(0),
        Some(text) => crate::api::tempo::go_duration(text).map_err(|reason| malformed(name, &reason)),
    };
    let tags: BTreeMap<String, String> = match params.some("query.attributes") {
        None => BTreeMap::new(),
        Some(text) => {
            serde_json::from_str(text).map_err(|e| malformed("query.attributes", &e.to_string()))?
        }
    };
    // The older name of the same.
    let depth = params.some("query.search_depth").or_else(|| params.some("query.num_traces"));
    let limit = depth.map(|text| {
        text.parse().map_err(|_| malformed("query.search_depth", &format!("{text:?} is no count")))
    });
    Ok(TraceQuery {
        service: params.get("query.service_name").to_owned(),
        operation: params.get("query.operation_name").to_owned(),
        tags: tags.into_iter().collect(),
        start,
        end,
        min: duration("query.duration_min")?,
        max: duration("query.duration_max")?,
        limit: limit.transpose()?.unwrap_or(0),
    })
}
