//! Attribute names and values, for autocomplete: `/api/search/tags`, `/api/search/tag/{name}/values` and their second
//! versions, which tell scopes and types.

use super::trace::{LLM, LLM_CONTENT_TYPE};
use super::{ApiError, times};
use crate::body::header_text;
use crate::error::Fault;
use crate::json::{self, push};
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{Attribute, Condition, Intrinsic, SpanScope, TagSelect};
use http::{Request, StatusCode, header};
use model::{Tenant, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use traceql::Name;

type Shared = extract::State<Arc<State>>;

/// Names that every span has, as the listing shows them.
const INTRINSICS: [&str; 25] = [
    "duration",
    "event:name",
    "event:timeSinceStart",
    "instrumentation:name",
    "instrumentation:version",
    "kind",
    "link:spanID",
    "link:traceID",
    "name",
    "rootName",
    "rootServiceName",
    "span:duration",
    "span:id",
    "span:kind",
    "span:name",
    "span:parentID",
    "span:status",
    "span:statusMessage",
    "status",
    "statusMessage",
    "trace:duration",
    "trace:id",
    "trace:rootName",
    "trace:rootService",
    "traceDuration",
];

const SCOPES: [(&str, SpanScope); 5] = [
    ("event", SpanScope::Event),
    ("instrumentation", SpanScope::Instrumentation),
    ("link", SpanScope::Link),
    ("resource", SpanScope::Resource),
    ("span", SpanScope::Span),
];

/// Which names are asked for.
enum Scope {
    All,
    Intrinsics,
    One(SpanScope),
}

fn scope(params: &Params) -> Result<Scope, Fault> {
    match params.get("scope") {
        "" | "none" => Ok(Scope::All),
        "intrinsic" => Ok(Scope::Intrinsics),
        word => match SCOPES.iter().find(|(name, _)| *name == word) {
            Some((_, scope)) => Ok(Scope::One(*scope)),
            None => Err(Fault::invalid(format!("invalid scope: {word}"))),
        },
    }
}

/// A limit that is no number is taken as none here.
fn lenient_limit(params: &Params) -> usize {
    params.get("limit").parse().unwrap_or(0)
}

pub(super) struct Names {
    by_scope: BTreeMap<&'static str, BTreeSet<String>>,
    /// Whether names that every span has belong to the answer.
    intrinsics: bool,
    /// Whether they were asked for by their scope: the first version lists them only then.
    asked_for_intrinsics: bool,
}

async fn asked_names(state: &Arc<State>, request: Request<Body>) -> Result<Names, Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    names(state, tenant, &params).await
}

/// Names that the parameters ask for.
pub(super) async fn names(state: &Arc<State>, tenant: Tenant, params: &Params) -> Result<Names, Fault> {
    let range = times::listed_range(params, times::reading(state, &tenant))?;
    let scope = scope(params)?;
    let mut found = Names {
        by_scope: BTreeMap::new(),
        intrinsics: matches!(scope, Scope::All | Scope::Intrinsics),
        asked_for_intrinsics: matches!(scope, Scope::Intrinsics),
    };
    let only = match scope {
        Scope::Intrinsics => return Ok(found),
        Scope::All => None,
        Scope::One(scope) => Some(scope),
    };
    let conditions = params.some("q").map(traceql::lenient::conditions).unwrap_or_default();
    let select = TagSelect { range, scope: only, conditions, limit: lenient_limit(params) };
    let source = state.engines.spans.clone();
    let cx = state.query_context(tenant, None);
    let tags = state.run(cx, move |cx| async move { source.tags(&cx, select).await }).await?;
    for (scope, name) in tags {
        if let Some((word, _)) = SCOPES.iter().find(|(_, s)| *s == scope) {
            found.by_scope.entry(word).or_default().insert(name.to_string());
        }
    }
    Ok(found)
}

impl Names {
    /// Names without their scopes.
    pub(super) fn flat(&self) -> BTreeSet<&str> {
        let mut all: BTreeSet<&str> = self.by_scope.values().flatten().map(String::as_str).collect();
        if self.asked_for_intrinsics {
            all.extend(INTRINSICS.iter().copied());
        }
        all
    }

    /// Names by scope.
    pub(super) fn scopes(&self) -> Vec<(&'static str, Vec<&str>)> {
        let mut scopes: Vec<(&'static str, Vec<&str>)> = self
            .by_scope
            .iter()
            .map(|(scope, tags)| (*scope, tags.iter().map(String::as_str).collect()))
            .collect();
        if self.intrinsics {
            scopes.push(("intrinsic", INTRINSICS.to_vec()));
        }
        scopes
    }
}

/// Names without their scopes.
pub(super) async fn first_names(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let names = asked_names(&state, request).await?;
    let mut out = String::from(r#"{"tagNames":"#);
    json::list(&mut out, names.flat(), |out, name| json::string(out, name, false));
    out.push_str(r#","metrics":{}}"#);
    Ok(respond::json(out))
}

/// Names by scope.
pub(super) async fn second_names(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let names = asked_names(&state, request).await?;
    let mut out = String::from(r#"{"scopes":"#);
    json::list(&mut out, names.scopes(), |out, (scope, tags)| {
        push(out, format_args!(r#"{{"name":"{scope}","tags":"#));
        json::strings(out, &tags);
        out.push('}');
    });
    out.push_str(r#","metrics":{}}"#);
    Ok(respond::json(out))
}

async fn values(
    state: &Arc<State>,
    tenant: Tenant,
    params: &Params,
    attribute: Attribute,
    limit: usize,
) -> Result<Vec<Value>, Fault> {
    let range = times::listed_range(params, times::reading(state, &tenant))?;
    let conditions: Vec<Condition> = params.some("q").map(traceql::lenient::conditions).unwrap_or_default();
    let select = TagSelect { range, scope: None, conditions, limit };
    let source = state.engines.spans.clone();
    let cx = state.query_context(tenant, None);
    state.run(cx, move |cx| async move { source.tag_values(&cx, attribute, select).await }).await
}

/// Values as text; the name has no scope.
pub(super) async fn texts(
    state: &Arc<State>,
    tenant: Tenant,
    params: &Params,
    name: &str,
) -> Result<BTreeSet<String>, Fault> {
    let attribute = match name {
        "name" => Attribute::Intrinsic(Intrinsic::Name),
        "root.name" => Attribute::Intrinsic(Intrinsic::RootName),
        "root.service.name" => Attribute::Intrinsic(Intrinsic::RootServiceName),
        name => Attribute::Key(None, name.into()),
    };
    let values = values(state, tenant, params, attribute, 0).await?;
    Ok(values.iter().map(wire::otlp::values::to_text).collect())
}

/// Values as text, for the path that names them without a scope.
pub(super) async fn first_values(
    state: Shared,
    extract::Path(name): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let texts = texts(&state, tenant, &params, &name).await?;
    let mut out = String::from(r#"{"tagValues":"#);
    json::list(&mut out, texts, |out, text| json::string(out, &text, false));
    out.push_str(r#","metrics":{}}"#);
    Ok(respond::json(out))
}

/// Values with their types (`int`, `string`, `keyword` ...); the name is written as in a query.
pub(super) async fn typed_values(
    state: &Arc<State>,
    tenant: Tenant,
    params: &Params,
    text: &str,
) -> Result<Vec<(&'static str, String)>, Fault> {
    let attribute = match traceql::name_of_text(text) {
        Some(Name::Intrinsic(intrinsic)) => Attribute::Intrinsic(intrinsic),
        Some(Name::Attribute { of_parent: false, scope, key }) => Attribute::Key(scope, key),
        _ => return Err(Fault::invalid(format!("please provide a valid tagName: {}", no_name(text)))),
    };
    let keywords: &[&str] = match attribute {
        Attribute::Intrinsic(Intrinsic::Status) => &["error", "ok", "unset"],
        Attribute::Intrinsic(Intrinsic::Kind) => {
            &["unspecified", "internal", "server", "client", "producer", "consumer"]
        }
        _ => &[],
    };
    if !keywords.is_empty() {
        return Ok(keywords.iter().map(|word| ("keyword", (*word).to_owned())).collect());
    }
    let limit = match params.some("limit").map(|text| (text, text.parse::<usize>())) {
        None => 0,
        Some((_, Ok(limit))) => limit,
        Some((text, Err(_))) => {
            return Err(Fault::invalid(format!("invalid limit: {}", times::parse_uint(text))));
        }
    };
    let durations = matches!(
        attribute,
        Attribute::Intrinsic(Intrinsic::Duration | Intrinsic::TraceDuration | Intrinsic::EventTimeSinceStart)
    );
    let values = values(state, tenant, params, attribute, limit).await?;
    Ok(values.iter().map(|value| typed(value, durations)).collect())
}

/// Values with their types, for the path that names them as a query does.
pub(super) async fn second_values(
    state: Shared,
    extract::Path(text): extract::Path<String>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let tenant = state.options.tenancy.of(&parts.headers)?;
    let values = typed_values(&state, tenant, &params, &text).await?;
    if header_text(&parts.headers, header::ACCEPT).contains(LLM) {
        return Ok(respond::with_type(StatusCode::OK, LLM_CONTENT_TYPE, for_models(values)));
    }
    let mut out = String::from(r#"{"tagValues":"#);
    json::list(&mut out, values, |out, (kind, text)| {
        push(out, format_args!(r#"{{"type":"{kind}""#));
        if !text.is_empty() {
            out.push_str(r#","value":"#);
            json::string(out, &text, false);
        }
        out.push('}');
    });
    out.push_str(r#","metrics":{}}"#);
    Ok(respond::json(out))
}

/// Values by their type, as language models get them.
fn for_models(values: Vec<(&'static str, String)>) -> String {
    let mut by_type: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (kind, text) in values {
        by_type.entry(kind).or_default().push(text);
    }
    serde_json::json!({ "tagValues": by_type, "metrics": {} }).to_string()
}

/// Why a text is no name, in the words of the language's own parser.
fn no_name(text: &str) -> String {
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let reason = match traceql::parse(&format!("{{{text}}}")) {
        Err(_) if is_word => format!("parse error at line 1, col 2: unknown identifier: {text}"),
        Err(error) => error.to_string(),
        Ok(_) => "not an attribute".to_owned(),
    };
    format!("failed to parse identifier {text}: {reason}")
}

/// A float that is seen to be one: whole numbers keep a decimal.
fn float_text(float: f64) -> String {
    let text = wire::otlp::values::float_text(float);
    if float.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}

/// The type and the text of a value.
fn typed(value: &Value, durations: bool) -> (&'static str, String) {
    match value {
        Value::Int(nanos) if durations => ("duration", traceql::format_duration(*nanos)),
        Value::Int(int) => ("int", int.to_string()),
        Value::Double(float) => ("float", float_text(*float)),
        Value::Bool(flag) => ("bool", flag.to_string()),
        _ => ("string", wire::otlp::values::to_text(value)),
    }
}
