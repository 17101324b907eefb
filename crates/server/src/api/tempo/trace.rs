//! `GET /api/traces/{id}` and `GET /api/v2/traces/{id}`: one whole trace, in JSON or protobuf.
//!
//! An unknown id is 404 without a body at the first path, and 200 with an empty trace at the second. `start` and `end` are
//! checked and otherwise no condition: a trace that is there is found.

mod shared;

use super::{ApiError, encode, times};
use crate::body::header_text;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::TraceSpans;
use http::{HeaderMap, Request, StatusCode, header};
use model::TraceId;
use std::sync::Arc;
use wire::otlp::traces::write_batch;
use wire::proto::Writer;

type Shared = extract::State<Arc<State>>;

/// `application/protobuf`, as this API spells it.
const PROTOBUF: &str = "application/protobuf";

/// The first path.
pub(super) async fn first(
    state: Shared,
    extract::Path(id): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (trace, headers) = find(&state, &id, request).await?;
    let Some(trace) = trace else { return Ok(respond::empty(StatusCode::NOT_FOUND)) };
    if wants_protobuf(&headers) {
        let mut w = Writer::new();
        write_batch(&mut w, &trace.spans);
        return Ok(respond::with_type(StatusCode::OK, PROTOBUF, w.finish()));
    }
    let mut out = String::from(r#"{"batches":"#);
    encode::resource_spans(&mut out, &trace.spans);
    out.push('}');
    Ok(respond::json(out))
}

/// The second path.
pub(super) async fn second(
    state: Shared,
    extract::Path(id): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (trace, headers) = find(&state, &id, request).await?;
    if wants_protobuf(&headers) {
        let mut w = Writer::new();
        w.message(1, |w| {
            if let Some(trace) = &trace {
                write_batch(w, &trace.spans);
            }
        });
        w.message(2, |_| ());
        return Ok(respond::with_type(StatusCode::OK, PROTOBUF, w.finish()));
    }
    let mut out = String::from(r#"{"trace":{"#);
    if let Some(trace) = &trace {
        out.push_str(r#""resourceSpans":"#);
        encode::resource_spans(&mut out, &trace.spans);
    }
    out.push_str(r#"},"metrics":{}}"#);
    Ok(respond::json(out))
}

fn wants_protobuf(headers: &HeaderMap) -> bool {
    header_text(headers, header::ACCEPT).contains(PROTOBUF)
}

async fn find(
    state: &Arc<State>,
    id: &str,
    request: Request<Body>,
) -> Result<(Option<TraceSpans>, HeaderMap), Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let id = parse_id(id).map_err(Fault::invalid)?;
    times::optional_range(&params)?;
    let cx = state.query_context(tenant, None);
    let source = state.engines.spans.clone();
    let mut trace = state.run(cx, move |cx| async move { source.trace(&cx, id, None).await }).await?;
    if let Some(trace) = &mut trace {
        shared::tell_apart(&mut trace.spans);
    }
    Ok((trace, parts.headers))
}

/// 1 to 32 hexadecimal digits, padded with zeros on the left.
pub(crate) fn parse_id(text: &str) -> Result<TraceId, String> {
    if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_hexdigit()) {
        return Err(format!(
            "trace IDs can only contain hex characters: invalid character '{c}' at position {}",
            at + 1
        ));
    }
    if text.len() > 32 {
        return Err("trace IDs can't be larger than 128 bits".to_owned());
    }
    let number = u128::from_str_radix(text, 16).map_err(|_| "please provide a traceID".to_owned())?;
    Ok(TraceId(number.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hexadecimal_of_any_length_up_to_32() {
        assert_eq!(parse_id("aB").unwrap().to_string(), format!("{}ab", "0".repeat(30)));
        assert!(parse_id("xyz").unwrap_err().ends_with("invalid character 'x' at position 1"));
        assert!(parse_id("12-34").unwrap_err().ends_with("'-' at position 3"));
        assert!(parse_id(&"1".repeat(33)).unwrap_err().contains("128 bits"));
        assert!(parse_id("").is_err());
    }
}
