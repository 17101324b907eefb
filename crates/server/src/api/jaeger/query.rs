//! The query API: services, operations, traces, dependencies. Every answer is `{data, total, limit, offset, errors}`.

use super::{asked, encode};
use crate::api::whole;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use model::Nanos;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::jaeger::query::TraceQuery;

type Shared = extract::State<Arc<State>>;

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

/// `GET /api/services`
pub(super) async fn services(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, _) = asked::read(&state, request).await?;
    let names = whole::services(&state, tenant).await?;
    Ok(answer(&json!(names), names.len()))
}

/// `GET /api/services/{service}/operations`
pub(super) async fn operations_of(
    extract::State(state): Shared,
    extract::Path(service): extract::Path<String>,
    request: Request<Body>,
) -> Answered {
    let (tenant, _) = asked::read(&state, request).await?;
    let names = whole::operations(&state, tenant, &service, None).await?;
    Ok(answer(&json!(names), names.len()))
}

/// `GET /api/operations`
pub(super) async fn operations(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = asked::read(&state, request).await?;
    let service = params.some("service").ok_or_else(|| Fault::invalid("parameter 'service' is required"))?;
    let found = asked::operations(&state, &tenant, service, params.get("spanKind")).await?;
    let list = asked::as_json(&found);
    Ok(answer(&json!(list), list.len()))
}

/// `GET /api/traces`: by service, operation, tags and duration; or those whose ids are named.
pub(super) async fn traces(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = asked::read(&state, request).await?;
    let ids = params.all("traceID").map(|id| crate::api::tempo::parse_id(id).map_err(Fault::invalid));
    let ids = ids.collect::<Result<Vec<_>, Fault>>()?;
    let found = if ids.is_empty() {
        asked::find(&state, tenant, &search(&params)?).await?
    } else {
        asked::by_ids(&state, &tenant, ids).await?
    };
    let data: Vec<Value> = found.iter().map(encode::trace).collect();
    Ok(answer(&Value::Array(data), 0))
}

/// `GET /api/traces/{id}`
pub(super) async fn trace(
    extract::State(state): Shared,
    extract::Path(id): extract::Path<String>,
    request: Request<Body>,
) -> Answered {
    let (tenant, _) = asked::read(&state, request).await?;
    let id = crate::api::tempo::parse_id(&id).map_err(Fault::invalid)?;
    match whole::one(&state, tenant, id).await? {
        Some(trace) => Ok(answer(&json!([encode::trace(&trace)]), 0)),
        None => Err(missing().into()),
    }
}

/// What is said of an id that is not there.
pub(super) fn missing() -> Fault {
    Fault::new(stdx::ErrorKind::NotFound, "trace not found").with_status(StatusCode::NOT_FOUND)
}

/// `GET /api/dependencies`
pub(super) async fn dependencies(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = asked::read(&state, request).await?;
    let millis = |name: &str| Ok::<_, Fault>(number(&params, name)?.map(|n| n.saturating_mul(1_000_000)));
    let end = millis("endTs")?.unwrap_or(state.clock.now_nanos());
    let start = millis("lookback")?.map(|back| Nanos(end.saturating_sub(back)));
    let calls = asked::calls(&state, tenant, start, Some(Nanos(end))).await?;
    let list = calls
        .iter()
        .map(|((parent, child), (count, _))| json!({ "parent": parent, "child": child, "callCount": count }));
    Ok(answer(&list.collect(), 0))
}

fn number(params: &Params, name: &str) -> Result<Option<i64>, Fault> {
    let wrong = |text: &str| Fault::invalid(format!("unable to parse param '{name}': {text:?} is no number"));
    params.some(name).map(|text| text.parse().map_err(|_| wrong(text))).transpose()
}

/// The search that the parameters ask for.
fn search(params: &Params) -> Result<TraceQuery, Fault> {
    let service = params.some("service").ok_or_else(|| Fault::invalid("parameter 'service' is required"))?;
    let duration = |name: &str| match params.some(name) {
        None => Ok(0),
        Some(text) => crate::api::tempo::go_duration(text)
            .map_err(|e| Fault::invalid(format!("cannot not parse {name}: time: {e}"))),
    };
    let micros = |name: &str| Ok::<_, Fault>(number(params, name)?.map(|n| Nanos(n.saturating_mul(1000))));
    let (min, max) = (duration("minDuration")?, duration("maxDuration")?);
    if max != 0 && max < min {
        return Err(Fault::invalid("'maxDuration' should be greater than 'minDuration'"));
    }
    Ok(TraceQuery {
        service: service.to_owned(),
        operation: params.get("operation").to_owned(),
        tags: tags(params)?.into_iter().collect(),
        start: micros("start")?,
        end: micros("end")?,
        min,
        max,
        limit: number(params, "limit")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_a_query() {
        let read = |text: &str| search(&Params::of_pairs(text));
        let asked = read(
            r#"service=shop&operation=GET&tags={"error":"true","n":"7"}&tag=a:b&minDuration=1.5s&start=5000000&end=7000000"#,
        )
        .unwrap();
        let query = asked::query_of(&asked);
        assert_eq!(
            query,
            r#"{ resource.service.name = "shop" && name = "GET" && (."a" = "b") && status = error && (."n" = "7" || ."n" = 7) && duration >= 1500000000ns }"#
        );
        assert_eq!((asked.start, asked.end), (Some(Nanos(5_000_000_000)), Some(Nanos(7_000_000_000))));
        traceql::parse(&query).unwrap();
        for bad in [
            "operation=x",
            "service=a&tags={",
            "service=a&tag=b",
            "service=a&minDuration=x",
            "service=a&end=x",
            "service=a&minDuration=2s&maxDuration=1s",
        ] {
            read(bad).unwrap_err();
        }
    }
}
