//! `/api/mcp`: the traces API for language models, by the Model Context Protocol over HTTP (streamable, without sessions).
//!
//! A request is one JSON-RPC message and its answer another; a notification is 202. A tool is a path of this API with the
//! tool's arguments as its parameters ([`tools`]), so it refuses and limits as that path does.
//! Source: <https://modelcontextprotocol.io/specification/2025-06-18>

mod tools;

use crate::body;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::{Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// 1 MiB: a query is at most 128 KiB.
const MAX_BODY_BYTES: u64 = 1 << 20;

/// Versions of the protocol whose answers are the same here, newest first.
const VERSIONS: [&str; 3] = ["2025-06-18", "2025-03-26", "2024-11-05"];

/// Pages about the language, by name.
const PAGES: [(&str, &str); 4] = [
    ("basic", include_str!("../../../../../docs/traceql/basic.md")),
    ("aggregates", include_str!("../../../../../docs/traceql/aggregates.md")),
    ("structural", include_str!("../../../../../docs/traceql/structural.md")),
    ("metrics", include_str!("../../../../../docs/traceql/metrics.md")),
];

/// What to do when: the page about running the server.
const OVERVIEW: &str = include_str!("../../../../../docs/operate.md");

#[derive(Deserialize)]
struct Message {
    /// Absent: a notification.
    id: Option<Value>,
    method: String,
    #[serde(default)]
    params: Value,
}

/// A refusal: its code and words.
struct Refusal(i32, String);

/// JSON-RPC's codes.
const PARSE: i32 = -32700;
const NO_METHOD: i32 = -32601;
const BAD_PARAMS: i32 = -32602;
/// The protocol's own: there is no such resource.
const NO_RESOURCE: i32 = -32002;

/// `POST`
pub(super) async fn post(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Result<Response, super::ApiError> {
    let (parts, body) = request.into_parts();
    state.options.tenancy.of(&parts.headers)?;
    let body = body::read(body, MAX_BODY_BYTES).await?;
    let message: Message = match serde_json::from_slice(&body) {
        Ok(message) => message,
        Err(error) => {
            let error = json!({ "code": PARSE, "message": format!("no JSON-RPC message: {error}") });
            let answer = json!({ "jsonrpc": "2.0", "id": null, "error": error });
            return Ok(respond::with_type(StatusCode::BAD_REQUEST, respond::JSON, answer.to_string()));
        }
    };
    let Some(id) = message.id else { return Ok(respond::empty(StatusCode::ACCEPTED)) };
    let outcome = match message.method.as_str() {
        "initialize" => Ok(initialize(&message.params)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({ "tools": tools::list() })),
        "tools/call" => tools::call(&state, &parts.headers, &message.params).await,
        "resources/list" => Ok(json!({ "resources": resources() })),
        "resources/read" => read_resource(&state, &message.params),
        "resources/templates/list" => Ok(json!({ "resourceTemplates": [] })),
        other => Err(Refusal(NO_METHOD, format!("the method {other:?} is not known"))),
    };
    let answer = match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(Refusal(code, message)) => {
            json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
        }
    };
    Ok(respond::json(answer.to_string()))
}

fn initialize(params: &Value) -> Value {
    let asked = params["protocolVersion"].as_str().unwrap_or("");
    let version = VERSIONS.iter().find(|known| **known == asked).unwrap_or(&VERSIONS[0]);
    json!({
        "protocolVersion": version,
        "capabilities": { "tools": {}, "resources": {} },
        "serverInfo": { "name": "oriel", "version": env!("CARGO_PKG_VERSION") },
        "instructions": "Traces are asked for in TraceQL; read docs-traceql before the first query, and \
            get-attribute-names for what can be asked about.",
    })
}

fn page(name: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// A page about configuration: `overview` or `reference`.
fn config_page(state: &State, name: &str) -> Option<String> {
    match name {
        "overview" => Some(OVERVIEW.to_owned()),
        "reference" => {
            let keys = state.status.config_reference();
            Some(format!("# Configuration: every key with its default and meaning\n\n```yaml\n{keys}\n```\n"))
        }
        _ => None,
    }
}

fn resources() -> Vec<Value> {
    let one = |(name, text): &(&str, &str)| {
        let title = text.lines().next().unwrap_or(name).trim_start_matches("# ");
        json!({ "uri": format!("docs://traceql/{name}"), "name": format!("traceql-{name}"), "title": title,
            "mimeType": "text/markdown" })
    };
    let config = ["overview", "reference"].map(|name| {
        json!({ "uri": format!("docs://config/{name}"), "name": format!("config-{name}"),
            "title": format!("Configuration: {name}"), "mimeType": "text/markdown" })
    });
    PAGES.iter().map(one).chain(config).collect()
}

fn read_resource(state: &State, params: &Value) -> Result<Value, Refusal> {
    let uri = params["uri"].as_str().unwrap_or("");
    let text = match uri.strip_prefix("docs://config/") {
        Some(name) => config_page(state, name),
        None => uri.strip_prefix("docs://traceql/").and_then(page).map(str::to_owned),
    };
    let text = text.ok_or_else(|| Refusal(NO_RESOURCE, format!("there is no resource {uri:?}")))?;
    Ok(json!({ "contents": [{ "uri": uri, "mimeType": "text/markdown", "text": text }] }))
}

#[cfg(test)]
mod tests;
