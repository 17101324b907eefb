//! `/loki/api/v1/detected_fields` and `/detected_field/{name}/values`: what can be asked of lines, found by looking at the
//! last ones of a query.

use super::{ApiError, encode, params, query};
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::Direction;
use http::{Request, StatusCode};
use logql::{DetectedField, LogqlData, ResultStream};
use model::Nanos;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// Lines that are looked at when the request does not say.
const DEFAULT_LINES: i64 = 100;
/// Fields or values when the request does not say.
const DEFAULT_FIELDS: i64 = 1000;

/// The last lines of the query, and how many fields or values are wanted.
async fn lines(state: &Arc<State>, request: Request<Body>) -> Result<(Vec<ResultStream>, usize), Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let range = params::ordered_range(&params, Nanos(state.clock.now_nanos()))?;
    let count = params::positive(&params, "line_limit", DEFAULT_LINES)?;
    let name = if params.some("limit").is_some() { "limit" } else { "field_limit" };
    let limit = params::positive(&params, name, DEFAULT_FIELDS)?;
    let expression = logql::parse(params.get("query")).map_err(|e| Fault::invalid(e.to_string()))?;
    if matches!(expression, logql::Expr::Metric(_)) {
        return Err(Fault::invalid("only log selectors are supported"));
    }
    query::check_lines(&expression, count, &state.limits_for(&parts.headers))?;
    params::check_length(range, &state.limits_for(&parts.headers))?;
    let asked = logql::Params {
        start: range.start,
        end: range.end,
        limit: count,
        direction: Direction::Backward,
        categorise: true,
        ..query::shared_params(state, &parts.headers)
    };
    let cx = state.query_context(state.options.tenancy.of(&parts.headers)?, None);
    let source = state.engines.logs.clone();
    let result = state
        .run(cx, move |cx| async move { logql::range(source.as_ref(), &cx, &expression, &asked).await })
        .await?;
    match result.data {
        LogqlData::Streams(streams) => Ok((streams, limit)),
        _ => Err(Fault::internal("a query of lines answered with numbers")),
    }
}

/// The fields of lines.
pub(super) async fn fields(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (streams, limit) = lines(&state, request).await?;
    let fields = logql::detect_fields(&streams, limit);
    let mut out = String::from("{");
    if !fields.is_empty() {
        out.push_str(r#""fields":"#);
        json::list(&mut out, &fields, field);
        push(&mut out, format_args!(r#","limit":{limit}"#));
    }
    out.push('}');
    Ok(respond::with_type(StatusCode::OK, encode::JSON, out))
}

fn field(out: &mut String, field: &DetectedField) {
    out.push_str(r#"{"label":"#);
    json::string(out, &field.label, true);
    push(out, format_args!(r#","type":"{}","cardinality":{},"parsers":"#, field.kind, field.cardinality));
    if field.parsers.is_empty() {
        out.push_str("null");
    } else {
        json::strings(out, &field.parsers);
    }
    if !field.json_path.is_empty() {
        out.push_str(r#","jsonPath":"#);
        json::strings(out, &field.json_path);
    }
    out.push('}');
}

/// The values of one field.
pub(super) async fn values(
    state: Shared,
    extract::Path(name): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (streams, limit) = lines(&state, request).await?;
    let values = logql::detect_values(&streams, &name, limit);
    let mut out = String::from("{");
    if !values.is_empty() {
        out.push_str(r#""values":"#);
        json::list(&mut out, &values, |out, value| json::string(out, value, true));
        push(&mut out, format_args!(r#","limit":{limit}"#));
    }
    out.push('}');
    Ok(respond::with_type(StatusCode::OK, encode::JSON, out))
}
