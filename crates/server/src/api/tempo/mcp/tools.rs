//! The tools: what each is for, which arguments it takes, and which path of the API answers it.

use super::{BAD_PARAMS, PAGES, Refusal, config_page, page};
use crate::api::tempo::trace::LLM;
use crate::state::State;
use crate::tenant::TENANT_HEADER;
use axum::body::Body;
use http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tower::ServiceExt;

/// An argument: its name, the parameter it becomes, whether it must be there, and what it is.
type Argument = (&'static str, &'static str, bool, &'static str);

struct Tool {
    name: &'static str,
    description: &'static str,
    /// The path; `{}` stands for the first argument.
    path: &'static str,
    arguments: &'static [Argument],
}

const QUERY: Argument = ("query", "q", true, "TraceQL");
const START: Argument = ("start", "start", false, "RFC 3339; an hour ago when it is not given");
const END: Argument = ("end", "end", false, "RFC 3339; now when it is not given");

const DOCS: &str = "docs-traceql";
const CONFIG: &str = "docs-config";
const DIFF: &str = "trace-diff";

const TOOLS: &[Tool] = &[
    Tool {
        name: "traceql-search",
        description: "Finds traces by a TraceQL selection of spans, newest first.",
        path: "/api/search",
        arguments: &[
            QUERY,
            START,
            END,
            ("limit", "limit", false, "how many traces; 20 when it is not given"),
        ],
    },
    Tool {
        name: "traceql-metrics-instant",
        description: "Computes one value a series by a TraceQL metrics query over the whole range.",
        path: "/api/metrics/query",
        arguments: &[QUERY, START, END],
    },
    Tool {
        name: "traceql-metrics-range",
        description: "Computes series over time by a TraceQL metrics query.",
        path: "/api/metrics/query_range",
        arguments: &[QUERY, START, END, ("step", "step", false, "distance of the samples, such as 60s")],
    },
    Tool {
        name: "get-trace",
        description: "Fetches one whole trace.",
        path: "/api/v2/traces/{}",
        arguments: &[("trace_id", "", true, "hexadecimal")],
    },
    Tool {
        name: "get-attribute-names",
        description: "Lists the attributes that spans have, by scope.",
        path: "/api/v2/search/tags",
        arguments: &[("scope", "scope", false, "span, resource, event, link, instrumentation or intrinsic")],
    },
    Tool {
        name: "get-attribute-values",
        description: "Lists the values of an attribute.",
        path: "/api/v2/search/tag/{}/values",
        arguments: &[
            ("name", "", true, "with its scope, such as resource.service.name"),
            ("filter-query", "q", false, "a TraceQL selection that the spans match"),
        ],
    },
    Tool {
        name: DIFF,
        description: "Compares two whole traces: a summary, and what changed span by span when that is at most 64 KiB.",
        path: "/api/v2/traces/diff",
        arguments: &[
            ("base_trace_id", "base", true, "hexadecimal"),
            ("compare_trace_id", "compare", true, "hexadecimal"),
            (
                "format",
                "format",
                false,
                "trace-summary-v0-composed when it is not given, trace-summary-v0-native, or trace-patch-v0 of any size",
            ),
        ],
    },
    Tool {
        name: DOCS,
        description: "A page about TraceQL.",
        path: "",
        arguments: &[("name", "", true, "basic, aggregates, structural or metrics")],
    },
    Tool {
        name: CONFIG,
        description: "A page about running and configuring the server: what to do when, or every key with its default.",
        path: "",
        arguments: &[("name", "", true, "config-overview or config-reference")],
    },
];

/// All tools as the protocol lists them.
pub(super) fn list() -> Vec<Value> {
    TOOLS.iter().map(listed).collect()
}

fn listed(tool: &Tool) -> Value {
    let properties: Map<String, Value> = tool
        .arguments
        .iter()
        .map(|(name, _, _, meaning)| {
            ((*name).to_owned(), json!({ "type": "string", "description": meaning }))
        })
        .collect();
    let required: Vec<&str> =
        tool.arguments.iter().filter(|(_, _, must, _)| *must).map(|(name, ..)| *name).collect();
    json!({
        "name": tool.name,
        "description": tool.description,
        "inputSchema": { "type": "object", "properties": properties, "required": required },
        "annotations": { "readOnlyHint": true },
    })
}

/// Answers a call. What the API refuses is an outcome that the model reads, not a failure of the protocol.
pub(super) async fn call(state: &Arc<State>, headers: &HeaderMap, params: &Value) -> Result<Value, Refusal> {
    let name = params["name"].as_str().unwrap_or("");
    let tool = TOOLS.iter().find(|tool| tool.name == name);
    let tool = tool.ok_or_else(|| Refusal(BAD_PARAMS, format!("there is no tool {name:?}")))?;
    let arguments = read(tool, &params["arguments"])?;
    let (text, failed) = match tool.name {
        DOCS => {
            let names = || PAGES.map(|(name, _)| name).join(", ");
            told(page(&arguments[0].1).map(str::to_owned), &arguments[0].1, &names())
        }
        CONFIG => {
            let known = arguments[0].1.strip_prefix("config-").and_then(|name| config_page(state, name));
            told(known, &arguments[0].1, "config-overview, config-reference")
        }
        DIFF => ask(state, headers, Request::post(tool.path), diff(&arguments)).await,
        _ => ask(state, headers, Request::get(uri(tool, &arguments)), String::new()).await,
    };
    Ok(json!({ "content": [{ "type": "text", "text": text }], "isError": failed }))
}

/// A page, or why there is none.
fn told(page: Option<String>, name: &str, names: &str) -> (String, bool) {
    match page {
        Some(text) => (text, false),
        None => (format!("there is no page {name:?}; there are {names}"), true),
    }
}

/// The body of a comparison.
fn diff(arguments: &[(&'static str, String)]) -> String {
    let of = |name: &str| arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    let format = of("format").unwrap_or("trace-summary-v0-composed");
    let side = |name: &str| json!({ "traceId": of(name) });
    json!({ "base": side("base"), "compare": side("compare"), "format": format }).to_string()
}

/// The arguments that are there, as parameters; the one that stands in the path, or names a page, is first.
fn read(tool: &Tool, given: &Value) -> Result<Vec<(&'static str, String)>, Refusal> {
    let refuse = |text: String| Refusal(BAD_PARAMS, format!("{}: {text}", tool.name));
    let mut out = Vec::new();
    for (name, parameter, must, meaning) in tool.arguments {
        let text = match &given[*name] {
            Value::Null if *must => {
                return Err(refuse(format!("the argument {name:?} is missing ({meaning})")));
            }
            Value::Null => continue,
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return Err(refuse(format!("the argument {name:?} is no text ({meaning})"))),
        };
        let text = match *name {
            "start" | "end" => match wire::rfc3339::parse(&text) {
                Some(at) => at.0.div_euclid(1_000_000_000).to_string(),
                None => return Err(refuse(format!("{name} is no RFC 3339 time: {text:?}"))),
            },
            _ => text,
        };
        out.push((*parameter, text));
    }
    Ok(out)
}

fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn uri(tool: &Tool, arguments: &[(&str, String)]) -> String {
    let (in_path, parameters): (Vec<_>, Vec<_>) = arguments.iter().partition(|(name, _)| name.is_empty());
    let path = match in_path.first() {
        Some((_, value)) => tool.path.replace("{}", &escaped(value)),
        None => tool.path.to_owned(),
    };
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Asks the API, as the same tenant, in the form for language models where there is one; the text, and whether it is a refusal.
async fn ask(
    state: &Arc<State>,
    headers: &HeaderMap,
    mut request: http::request::Builder,
    body: String,
) -> (String, bool) {
    request = request.header(header::ACCEPT, LLM);
    if let Some(tenant) = headers.get(TENANT_HEADER) {
        request = request.header(TENANT_HEADER, tenant);
    }
    let request = match request.body(Body::from(body)) {
        Ok(request) => request,
        Err(error) => return (error.to_string(), true),
    };
    let response = match super::super::api_routes(state.clone()).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let failed = !response.status().is_success();
    match response.into_body().collect().await {
        Ok(body) => (String::from_utf8_lossy(&body.to_bytes()).into_owned(), failed),
        Err(error) => (error.to_string(), true),
    }
}
