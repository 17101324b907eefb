//! The read API: services, span names, traces by service, name, annotations and duration, dependencies.

use crate::api::whole::{self, Window};
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::{IntoResponse, Response};
use contract::{Attribute, Condition, ConditionOp, Operand, SpanScope, TraceSpans};
use http::{Request, StatusCode};
use model::{Attributes, Resource, Span, SpanKind, StatusCode as Ended, Tenant, attr};
use query::quote::quote;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use wire::otlp::values::to_text;

type Shared = extract::State<Arc<State>>;

/// Traces of a search that names no limit.
const DEFAULT_TRACES: usize = 10;

/// How far back a question looks that names no lookback, in seconds: a day.
const DEFAULT_LOOKBACK: i64 = 86_400;

/// A failure as this API says it: text.
pub(super) struct Refused(Fault);

impl<E: Into<Fault>> From<E> for Refused {
    fn from(error: E) -> Self {
        Refused(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        respond::text(self.0.status(), format!("{}\n", self.0.message()))
    }
}

type Answered = Result<Response, Refused>;

async fn read(state: &State, request: Request<Body>) -> Result<(Tenant, Params), Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    Ok((state.options.tenancy.of(&parts.headers)?, params))
}

/// `GET /api/v2/services`
pub(super) async fn services(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, _) = read(&state, request).await?;
    Ok(respond::json(json!(whole::services(&state, tenant).await?).to_string()))
}

/// `GET /api/v2/spans?serviceName=`
pub(super) async fn names(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = read(&state, request).await?;
    let service = params.get("serviceName");
    Ok(respond::json(json!(whole::operations(&state, tenant, service, None).await?).to_string()))
}

/// `GET /api/v2/remoteServices?serviceName=`
pub(super) async fn remote_services(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = read(&state, request).await?;
    let service = Condition {
        attribute: Attribute::Key(Some(SpanScope::Resource), "service.name".into()),
        op: ConditionOp::Equal,
        operand: Operand::Value(model::Value::from(params.get("serviceName"))),
    };
    let peer = Attribute::Key(Some(SpanScope::Span), "peer.service".into());
    Ok(respond::json(json!(whole::values(&state, tenant, peer, vec![service]).await?).to_string()))
}

/// `GET /api/v2/autocompleteKeys`, and the values of one: none are configured.
pub(super) async fn no_keys() -> Response {
    respond::json("[]")
}

/// `GET /api/v2/traces`
pub(super) async fn traces(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = read(&state, request).await?;
    let query = asked(&params)?;
    let window = window(&params, state.clock.now_nanos())?;
    let limit = positive(&params, "limit")?.and_then(|n| usize::try_from(n).ok()).unwrap_or(DEFAULT_TRACES);
    let found = whole::find(&state, tenant, query, window, limit).await?;
    Ok(respond::json(found.iter().map(spans).collect::<Value>().to_string()))
}

fn id(text: &str) -> Result<model::TraceId, Fault> {
    crate::api::tempo::parse_id(text).map_err(Fault::invalid)
}

/// `GET /api/v2/trace/{id}`
pub(super) async fn trace(
    extract::State(state): Shared,
    extract::Path(text): extract::Path<String>,
    request: Request<Body>,
) -> Answered {
    let (tenant, _) = read(&state, request).await?;
    match whole::one(&state, tenant, id(&text)?).await? {
        Some(trace) => Ok(respond::json(spans(&trace).to_string())),
        None => Ok(respond::text(StatusCode::NOT_FOUND, format!("{text} not found\n"))),
    }
}

/// `GET /api/v2/traceMany?traceIds=a,b`
pub(super) async fn many(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = read(&state, request).await?;
    let mut found = Vec::new();
    for text in params.get("traceIds").split(',').filter(|text| !text.is_empty()).take(whole::MAX_TRACES) {
        found.extend(whole::one(&state, tenant.clone(), id(text)?).await?);
    }
    Ok(respond::json(found.iter().map(spans).collect::<Value>().to_string()))
}

/// `GET /api/v2/dependencies`
pub(super) async fn dependencies(extract::State(state): Shared, request: Request<Body>) -> Answered {
    let (tenant, params) = read(&state, request).await?;
    let calls = whole::calls(&state, tenant, window(&params, state.clock.now_nanos())?).await?;
    let list = calls.iter().map(|((parent, child), (count, failed))| {
        let mut call = json!({ "parent": parent, "child": child, "callCount": count });
        if *failed > 0 {
            call["errorCount"] = json!(failed);
        }
        call
    });
    Ok(respond::json(list.collect::<Value>().to_string()))
}

fn number(params: &Params, name: &str) -> Result<Option<i64>, Fault> {
    let wrong = |text: &str| Fault::invalid(format!("{name} {text:?} is no number"));
    params.some(name).map(|text| text.parse().map_err(|_| wrong(text))).transpose()
}

fn positive(params: &Params, name: &str) -> Result<Option<i64>, Fault> {
    match number(params, name)? {
        Some(number) if number <= 0 => Err(Fault::invalid(format!("{name} <= 0"))),
        number => Ok(number),
    }
}

/// `endTs` and `lookback` in milliseconds.
fn window(params: &Params, now_nanos: i64) -> Result<Window, Fault> {
    let end = positive(params, "endTs")?.map_or(now_nanos / 1_000_000_000, |millis| millis / 1000);
    let lookback = positive(params, "lookback")?.map_or(DEFAULT_LOOKBACK, |millis| millis / 1000);
    Ok(Window { start: end.saturating_sub(lookback), end })
}

/// The query that the parameters stand for. `annotationQuery` is `key=value and key`: a tag with its value, or a tag or an
/// annotation of that name.
fn asked(params: &Params) -> Result<String, Fault> {
    let mut tests = Vec::new();
    let named = |name: &str| params.some(name).filter(|text| *text != "all");
    tests.extend(named("serviceName").map(|name| format!("resource.service.name = {}", quote(name))));
    tests.extend(named("remoteServiceName").map(|name| format!("span.peer.service = {}", quote(name))));
    tests.extend(named("spanName").map(|name| format!("name = {}", quote(name))));
    let (least, most) = (positive(params, "minDuration")?, number(params, "maxDuration")?);
    match (least, most) {
        (None, Some(_)) => return Err(Fault::invalid("maxDuration is only valid with minDuration")),
        (Some(least), Some(most)) if most < least => {
            return Err(Fault::invalid("maxDuration < minDuration"));
        }
        _ => {}
    }
    for (op, micros) in [(">=", least), ("<=", most)] {
        tests.extend(micros.map(|micros| format!("duration {op} {}ns", micros.saturating_mul(1000))));
    }
    for part in params.get("annotationQuery").split(" and ").map(str::trim).filter(|part| !part.is_empty()) {
        tests.push(match part.split_once('=') {
            Some((key, value)) => whole::test_of(key, value),
            None if part == "error" => "status = error".to_owned(),
            None => {
                let key = part.replace('\\', "\\\\").replace('"', "\\\"");
                format!("(.\"{key}\" != nil || event:name = {})", quote(part))
            }
        });
    }
    Ok(format!("{{ {} }}", tests.join(" && ")))
}

/// The spans of a trace.
fn spans(trace: &TraceSpans) -> Value {
    let groups = trace.spans.resources.iter();
    let all = groups.flat_map(|group| group.scopes.iter().map(move |scope| (group, scope)));
    all.flat_map(|(group, scope)| scope.spans.iter().map(|one| span(one, &group.resource))).collect()
}

fn span(span: &Span, resource: &Resource) -> Value {
    let mut out = Map::new();
    let trace_id = span.trace_id.to_string();
    // Ids of 64 bits are written as such.
    let short = trace_id.strip_prefix("0000000000000000").unwrap_or(&trace_id);
    out.insert("traceId".to_owned(), short.into());
    if !span.parent_span_id.is_zero() {
        out.insert("parentId".to_owned(), span.parent_span_id.to_string().into());
    }
    out.insert("id".to_owned(), span.span_id.to_string().into());
    let kind = match span.kind {
        SpanKind::Client => "CLIENT",
        SpanKind::Server => "SERVER",
        SpanKind::Producer => "PRODUCER",
        SpanKind::Consumer => "CONSUMER",
        SpanKind::Unspecified | SpanKind::Internal => "",
    };
    if !kind.is_empty() {
        out.insert("kind".to_owned(), kind.into());
    }
    out.insert("name".to_owned(), (*span.name).into());
    out.insert("timestamp".to_owned(), (span.start.0 / 1000).into());
    // Durations below a microsecond are one: zero means unknown here.
    out.insert("duration".to_owned(), (span.duration_nanos() / 1000).max(1).into());
    out.insert("localEndpoint".to_owned(), end(resource.service_name(), &span.attributes, "net.host"));
    let peer = attr::find(&span.attributes, "peer.service").map(to_text).unwrap_or_default();
    let remote = end(&peer, &span.attributes, "net.peer");
    if remote.as_object().is_some_and(|fields| !fields.is_empty()) {
        out.insert("remoteEndpoint".to_owned(), remote);
    }
    let annotations: Vec<Value> = span
        .events
        .iter()
        .map(|event| json!({ "timestamp": event.at.0 / 1000, "value": &*event.name }))
        .collect();
    if !annotations.is_empty() {
        out.insert("annotations".to_owned(), annotations.into());
    }
    let mut tags: Map<String, Value> =
        span.attributes.iter().map(|(key, value)| (key.to_string(), to_text(value).into())).collect();
    if span.status == Ended::Error {
        let reason = if span.status_message.is_empty() { "true" } else { &span.status_message };
        tags.insert("error".to_owned(), reason.into());
    }
    if !tags.is_empty() {
        out.insert("tags".to_owned(), tags.into());
    }
    Value::Object(out)
}

/// An endpoint from a service's name and the attributes `<prefix>.ip` and `<prefix>.port`.
fn end(service: &str, attributes: &Attributes, prefix: &str) -> Value {
    let mut out = Map::new();
    if !service.is_empty() {
        out.insert("serviceName".to_owned(), service.into());
    }
    if let Some(address) = attr::find(attributes, &format!("{prefix}.ip")).map(to_text) {
        let name = if address.contains(':') { "ipv6" } else { "ipv4" };
        out.insert(name.to_owned(), address.into());
    }
    if let Some(model::Value::Int(port)) = attr::find(attributes, &format!("{prefix}.port")) {
        out.insert("port".to_owned(), (*port).into());
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_a_query() {
        let query = |text: &str| asked(&Params::of_pairs(text)).unwrap();
        assert_eq!(query("serviceName=all"), "{  }");
        let all = query("serviceName=shop&spanName=get /&minDuration=5&annotationQuery=a=b and error and c");
        assert_eq!(
            all,
            r#"{ resource.service.name = "shop" && name = "get /" && duration >= 5000ns && (."a" = "b") && status = error && (."c" != nil || event:name = "c") }"#
        );
        traceql::parse(&all).unwrap();
        for bad in ["minDuration=x", "minDuration=0", "maxDuration=5", "minDuration=6&maxDuration=5"] {
            asked(&Params::of_pairs(bad)).unwrap_err();
        }
        for bad in ["endTs=x", "endTs=0", "lookback=-1"] {
            assert!(window(&Params::of_pairs(bad), 0).is_err(), "{bad}");
        }
    }
}
