//! One question to the API of a signal: its form, and the answer as JSON or as an error with that API's words.

use super::super::ApiError;
use super::super::sources::{self, Signal};
use super::text;
use crate::api::loki;
use crate::body::header_text;
use crate::state::State;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use query::duration;
use serde_json::Value;
use std::sync::Arc;

/// Points of a range when nobody says how many.
const USUAL_POINTS: i64 = 500;
/// What the metrics API answers at most.
const MAX_POINTS: i64 = 11_000;
/// How often targets are scraped when nobody says.
const SCRAPE_MILLIS: i64 = 15_000;

/// One query with everything filled in.
pub(super) struct Asked<'a> {
    pub(super) query: &'a Value,
    pub(super) signal: Signal,
    pub(super) from: i64,
    pub(super) to: i64,
    /// Milliseconds between points.
    pub(super) step: i64,
}

impl<'a> Asked<'a> {
    pub(super) fn new(query: &'a Value, signal: Signal, from: i64, to: i64) -> Self {
        let points = query["maxDataPoints"].as_i64().unwrap_or(USUAL_POINTS).clamp(1, MAX_POINTS);
        let least = query["intervalMs"].as_i64().unwrap_or(1_000);
        let named = ["interval", "step"].map(|name| duration::parse(text(query, name)).unwrap_or(0));
        let step = least.max(named[0]).max(named[1]).max((to - from) / points).max((to - from) / MAX_POINTS);
        Asked { query, signal, from, to, step: step.max(1) }
    }

    /// The query's text with macros filled in.
    pub(super) fn expr(&self) -> String {
        let range = (self.to - self.from).max(1);
        let rate = (self.step + SCRAPE_MILLIS).max(4 * SCRAPE_MILLIS);
        // Long names first: one is the start of another.
        let macros = [
            ("__rate_interval_ms", rate.to_string()),
            ("__rate_interval", format!("{rate}ms")),
            ("__interval_ms", self.step.to_string()),
            ("__interval", format!("{}ms", self.step)),
            ("__range_ms", range.to_string()),
            ("__range_s", (range / 1_000).max(1).to_string()),
            ("__range", format!("{range}ms")),
            ("__auto", format!("{}ms", self.step)),
        ];
        let written =
            if self.signal == Signal::Traces { text(self.query, "query") } else { text(self.query, "expr") };
        macros.iter().fold(written.to_owned(), |expr, (name, value)| {
            expr.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
        })
    }

    /// The parameters of a question at one time, or over the range.
    pub(super) fn form(&self, instant: bool) -> Vec<(&'static str, String)> {
        let at = |millis: i64| match self.signal {
            Signal::Logs => format!("{millis}000000"),
            _ => format!("{}.{:03}", millis.div_euclid(1_000), millis.rem_euclid(1_000)),
        };
        let mut form = vec![("query", self.expr())];
        let lines = self.query["maxLines"].as_u64().filter(|_| self.signal == Signal::Logs);
        form.extend(lines.map(|lines| ("limit", lines.to_string())));
        let direction =
            Some(text(self.query, "direction")).filter(|word| matches!(*word, "forward" | "backward"));
        form.extend(direction.map(|word| ("direction", word.to_owned())));
        if instant {
            form.push(("time", at(self.to)));
            return form;
        }
        let (from, to) = match self.signal {
            Signal::Metrics => {
                (self.from.div_euclid(self.step) * self.step, self.to.div_euclid(self.step) * self.step)
            }
            _ => (self.from, self.to),
        };
        form.extend([
            ("start", at(from)),
            ("end", at(to)),
            ("step", format!("{}", self.step as f64 / 1_000.0)),
        ]);
        form
    }
}

/// Asks with a form; traces with parameters of the path.
pub(super) async fn ask(
    state: &Arc<State>,
    headers: &HeaderMap,
    signal: Signal,
    path: &str,
    form: &[(&str, String)],
) -> Result<Value, ApiError> {
    Ok(serde_json::from_slice(&ask_bytes(state, headers, signal, path, form).await?)?)
}

/// [`ask`] for the body as it is.
pub(in crate::api::grafana) async fn ask_bytes(
    state: &Arc<State>,
    headers: &HeaderMap,
    signal: Signal,
    path: &str,
    form: &[(&str, String)],
) -> Result<Bytes, ApiError> {
    let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(header::ACCEPT, http::HeaderValue::from_static(crate::respond::JSON));
    if signal == Signal::Traces {
        let uri = format!("/?{}", body.join("&"));
        *request.uri_mut() = uri.parse().map_err(|_| ApiError::bad("the query is too long"))?;
    } else {
        *request.method_mut() = Method::POST;
        let kind = http::HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
        *request.body_mut() = Body::from(body.join("&"));
    }
    for name in [crate::tenant::TENANT_HEADER, loki::FLAGS_HEADER] {
        if let Some(value) = headers.get(name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    let response = sources::forward(state, signal, path, request).await;
    let status = response.status();
    let is_json = header_text(response.headers(), header::CONTENT_TYPE).contains("json");
    let bytes = response.into_body().collect().await;
    let bytes =
        bytes.map_err(|error| ApiError::of(http::StatusCode::BAD_GATEWAY, error.to_string()))?.to_bytes();
    if status.is_success() {
        return if is_json {
            Ok(bytes)
        } else {
            Err(ApiError::of(http::StatusCode::BAD_GATEWAY, "the answer is no JSON"))
        };
    }
    let answered: Value = if is_json { serde_json::from_slice(&bytes)? } else { Value::Null };
    let plain = String::from_utf8_lossy(&bytes);
    let message = Some(text(&answered, "error")).filter(|message| !message.is_empty());
    Err(ApiError::of(status, message.unwrap_or(plain.trim())))
}

fn escaped(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            crate::json::push(&mut out, format_args!("%{byte:02X}"));
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn macros_and_steps_are_filled_in() {
        let query =
            json!({ "expr": "rate(x[$__rate_interval]) + $__range_s - ${__interval}", "maxDataPoints": 60 });
        let asked = Asked::new(&query, Signal::Metrics, 0, 3_600_000);
        assert_eq!((asked.step, asked.expr().as_str()), (60_000, "rate(x[75000ms]) + 3600 - 60000ms"));
        let form = asked.form(false);
        assert_eq!(
            form[1..],
            [("start", "0.000".to_owned()), ("end", "3600.000".to_owned()), ("step", "60".to_owned())]
        );
        let lines = json!({ "expr": "{a=\"b\"}", "maxLines": 5, "direction": "forward" });
        let form = Asked::new(&lines, Signal::Logs, 0, 1).form(true);
        assert_eq!(
            form[1..],
            [("limit", "5".to_owned()), ("direction", "forward".to_owned()), ("time", "1000000".to_owned())]
        );
    }
}
