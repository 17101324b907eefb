//! `/api/v1/labels`, `/label/{name}/values`, `/series`: what series there are.

use super::encode::{self, Notes};
use super::{ApiError, times};
use crate::error::Fault;
use crate::json;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::LabelSelect;
use http::Request;
use http::request::Parts;
use model::Matcher;
use query::quote::quote_bytes;
use std::sync::Arc;

type Shared = extract::State<Arc<State>>;

/// The text of the language's own check that a selector selects something, and how this API says it.
const EMPTY_SELECTOR: &str = "vector selector must contain at least one non-empty matcher";
const EMPTY_MATCH: &str = "match[] must contain at least one non-empty matcher";

/// One `match[]`.
pub(super) fn selector(text: &str) -> Result<Vec<Matcher>, String> {
    promql::parse_selector(text).map_err(|error| {
        let text = error.to_string();
        if text.ends_with(EMPTY_SELECTOR) { EMPTY_MATCH.to_owned() } else { text }
    })
}

/// All `match[]` of a request; `Err` carries the bare text.
fn selectors(params: &Params) -> Result<Vec<Vec<Matcher>>, String> {
    params.all("match[]").map(selector).collect()
}

fn named(text: String) -> Fault {
    Fault::invalid(format!("invalid parameter \"match[]\": {text}"))
}

/// What the three endpoints ask; `limit` counts one more than wanted, to tell whether there is more.
fn select(params: &Params, matchers: Vec<Vec<Matcher>>) -> Result<(LabelSelect, usize), Fault> {
    let limit = times::limit(params)?;
    let select = LabelSelect {
        matchers,
        range: times::range(params)?,
        limit: if limit == 0 { 0 } else { limit.saturating_add(1) },
    };
    Ok((select, limit))
}

fn cut<T>(all: &mut Vec<T>, limit: usize) -> Notes {
    if limit == 0 || all.len() <= limit {
        return Notes::default();
    }
    all.truncate(limit);
    Notes { warnings: vec!["results truncated due to limit".to_owned()], infos: Vec::new() }
}

fn strings(mut all: Vec<String>, limit: usize) -> Response {
    let notes = cut(&mut all, limit);
    respond::json(encode::envelope(|out| json::strings(out, &all), &notes))
}

/// Label names.
pub(super) async fn names(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let (select, limit) = select(&params, selectors(&params).map_err(named)?)?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let cx = state.query_context(tenant, None);
    let all = state.run_briefly(cx, move |cx| async move { source.label_names(&cx, select).await }).await?;
    Ok(strings(all, limit))
}

/// Values of one label.
pub(super) async fn values(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let name = name_in(&parts)?;
    if name.is_empty() {
        return Ok(respond::not_found().await);
    }
    let (select, limit) = select(&params, selectors(&params).map_err(Fault::invalid)?)?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let cx = state.query_context(tenant, None);
    let all =
        state.run_briefly(cx, move |cx| async move { source.label_values(&cx, &name, select).await }).await?;
    Ok(strings(all, limit))
}

/// The label's name between `/label/` and `/values` of the path.
fn name_in(parts: &Parts) -> Result<String, Fault> {
    let path = parts.uri.path();
    let name = path.rsplit_once("/label/").and_then(|(_, rest)| rest.strip_suffix("/values")).unwrap_or("");
    let bytes = percent_decode(name);
    match String::from_utf8(bytes) {
        Ok(name) => Ok(unescape(&name).unwrap_or(name)),
        Err(error) => Err(Fault::invalid(format!("invalid label name: {}", quote_bytes(error.as_bytes())))),
    }
}

fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |i: usize| bytes.get(at + i).and_then(|b| char::from(*b).to_digit(16));
        match (bytes[at], digit(1), digit(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 3;
            }
            (byte, _, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Undoes the escaping `U__a_2e_b` of `a.b`; `None` when it is not one.
fn unescape(name: &str) -> Option<String> {
    let mut rest = name.strip_prefix("U__")?;
    let mut out = String::new();
    while let Some(at) = rest.find('_') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('_') {
            out.push('_');
            rest = after;
            continue;
        }
        let (code, after) = rest.split_once('_')?;
        out.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Label sets.
pub(super) async fn series(state: Shared, request: Request<Body>) -> Result<Response, ApiError> {
    let extract::State(state) = state;
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    if params.all("match[]").next().is_none() {
        return Err(Fault::invalid("no match[] parameter provided").into());
    }
    let (select, limit) = select(&params, selectors(&params).map_err(named)?)?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let cx = state.query_context(tenant, None);
    let mut all = if select.range.is_empty() {
        Vec::new()
    } else {
        state.run_briefly(cx, move |cx| async move { source.series(&cx, select).await }).await?
    };
    let notes = cut(&mut all, limit);
    Ok(respond::json(encode::envelope(
        |out| json::list(out, &all, |out, labels| json::labels(out, labels, false)),
        &notes,
    )))
}

/// A limit that is no number, told by its name.
pub(super) fn plain_limit(params: &Params, name: &str) -> Result<Option<i64>, Fault> {
    params
        .some(name)
        .map(|text| text.parse::<i64>().map_err(|_| Fault::invalid(format!("{name} must be a number"))))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_names_are_undone() {
        for (name, want) in [
            ("U__http_2e_route", Some("http.route")),
            ("U___1f4e6_", Some("📦")),
            ("U__a__b", Some("a_b")),
            ("U__bad_zz_", None),
            ("job", None),
        ] {
            assert_eq!(unescape(name).as_deref(), want, "{name}");
        }
        assert_eq!(percent_decode("label%20x%FF%z"), b"label x\xff%z");
    }
}
