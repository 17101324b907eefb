//! Lines by the insert API of VictoriaLogs: `/insert/jsonline`, `/insert/journald/upload`, and the parameters by which its users say which field is
//! what, which the other doors for records take too.
//!
//! Source: <https://docs.victoriametrics.com/victorialogs/data-ingestion/>

mod journald;
mod jsonline;
mod mapping;

pub(super) use mapping::{Defaults, MESSAGES, STREAMS, mapping};

use crate::body;
use crate::error::Fault;
use crate::limits::Limits;
use crate::state::State;
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use model::Tenant;
use std::sync::Arc;

/// The routes, which the logs door serves.
pub(super) fn routes() -> Router<Arc<State>> {
    Router::new()
        .route("/insert/jsonline", post(jsonline::push))
        .route("/insert/journald/upload", post(journald::upload))
        .route("/insert/ready", get(|| async { "OK" }))
}

/// Whose a request is, and its body unpacked, as text.
pub(super) async fn read(state: &State, parts: &Parts, body: Body) -> Result<(Tenant, Bytes), Fault> {
    let (tenant, body) = read_bytes(state, parts, body).await?;
    let body = match std::str::from_utf8(&body) {
        Ok(_) => body,
        Err(_) => Bytes::from(String::from_utf8_lossy(&body).into_owned()),
    };
    Ok((tenant, body))
}

/// Whose a request is, and its body unpacked.
async fn read_bytes(state: &State, parts: &Parts, body: Body) -> Result<(Tenant, Bytes), Fault> {
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let body = body::read(body, state.limits().max_body_bytes).await?;
    let cap = state.limits().max_unpacked_bytes;
    let body = match body::content_encoding(&parts.headers).as_str() {
        "snappy" => Bytes::from(wire::compress::snappy(&body, Limits::size(cap))?),
        encoding => body::unpack(encoding, body, cap).unwrap_or_else(|| {
            Err(Fault::invalid(format!("unsupported compression: {encoding}"))
                .with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
        })?,
    };
    Ok((tenant, body))
}
