//! One request to a target: bounded in time and bytes, and its text read.

use super::target::Target;
use crate::options::ScrapeJob;
use model::Millis;
use reqwest::Client;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use wire::exposition::{Exposition, Format, parse};

/// OpenMetrics is preferred because it carries exemplars.
const ACCEPTED: &str = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

/// Asks `target`; the error says what went wrong in words for the targets page.
pub(super) async fn fetch(
    client: &Client,
    target: &Target,
    job: &ScrapeJob,
    at: Millis,
) -> Result<Exposition, String> {
    let mut request = client
        .get(target.url.clone())
        .timeout(job.timeout)
        .header(ACCEPT, ACCEPTED)
        .header(ACCEPT_ENCODING, "gzip")
        .header("X-Prometheus-Scrape-Timeout-Seconds", job.timeout.as_secs_f64().to_string());
    if let Some((name, password)) = &job.basic_auth {
        request = request.basic_auth(name, Some(password));
    } else if let Some(token) = &job.bearer_token {
        let mut value = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| "the bearer token is no header value")?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let mut response = request.send().await.map_err(|e| words(&e))?;
    if !response.status().is_success() {
        return Err(format!("server returned HTTP status {}", response.status()));
    }
    let header = |name| {
        response.headers().get(name).and_then(|v: &HeaderValue| v.to_str().ok()).unwrap_or("").to_owned()
    };
    let content_type = header(CONTENT_TYPE);
    let packed = header(CONTENT_ENCODING) == "gzip";
    let format = Format::of_content_type(&content_type).ok_or_else(|| {
        format!("received unsupported Content-Type {content_type:?} and no fallback_scrape_protocol specified for target")
    })?;
    let limit = job.body_size_limit;
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|e| words(&e))? {
        if body.len() + part.len() > limit {
            return Err(format!("the body is larger than body_size_limit ({limit} bytes)"));
        }
        body.extend_from_slice(&part);
    }
    if packed {
        body = wire::compress::gzip(&body, limit).map_err(|e| e.to_string())?;
    }
    let text = String::from_utf8(body).map_err(|_| "the body is no UTF-8".to_owned())?;
    parse(&text, format, at).map_err(|e| e.to_string())
}

/// The innermost cause: "connection refused" rather than "error sending request".
fn words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "context deadline exceeded".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
