//! One request to a target, bounded in time and bytes; and how its answer is read.

use super::target::{Target, Wanted};
use crate::options::{BodyFormat, ScrapeJob};
use model::Millis;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use ship::http::{HttpClient, words};
use wire::exposition::{Exposition, Format, convert_classic, is_delimited, parse, parse_delimited};

/// A target that tells a longer body than this has to send it before there is room for it.
const MAX_TOLD_BYTES: usize = 4 << 20;

/// What was fetched.
pub(super) struct Fetched {
    /// Unpacked.
    pub body: Vec<u8>,
    pub format: BodyFormat,
}

/// Asks `target`; the error says what went wrong in words for the targets page.
pub(super) async fn fetch(client: &HttpClient, target: &Target, job: &ScrapeJob) -> Result<Fetched, String> {
    let request = client
        .get(target.url.clone())
        .await?
        .timeout(target.timeout)
        .header(ACCEPT, &job.accept)
        .header(ACCEPT_ENCODING, if job.compression { "gzip" } else { "identity" })
        .header("X-Prometheus-Scrape-Timeout-Seconds", target.timeout.as_secs_f64().to_string());
    let mut response = request.send().await.map_err(|error| match &target.socket {
        Some(path) if error.is_connect() => format!("the socket {}: {}", path.display(), words(&error)),
        _ => words(&error),
    })?;
    if !response.status().is_success() {
        return Err(format!("server returned HTTP status {}", response.status()));
    }
    let header = |name| {
        response.headers().get(name).and_then(|v: &HeaderValue| v.to_str().ok()).unwrap_or("").to_owned()
    };
    let content_type = header(CONTENT_TYPE);
    let packed = header(CONTENT_ENCODING) == "gzip";
    let named = match Format::of_content_type(&content_type) {
        _ if is_delimited(&content_type) => Some(BodyFormat::Protobuf),
        Some(Format::Text) => Some(BodyFormat::Text),
        Some(Format::OpenMetrics) => Some(BodyFormat::OpenMetrics),
        None => None,
    };
    let format = named.or(job.fallback_format).ok_or_else(|| {
        format!("received unsupported Content-Type {content_type:?} and no fallback_scrape_protocol specified for target")
    })?;
    let limit = job.limits.body_bytes;
    let told = response.content_length().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(told.min(limit).min(MAX_TOLD_BYTES));
    while let Some(part) = response.chunk().await.map_err(|error| words(&error))? {
        if body.len() + part.len() > limit {
            return Err(format!("the body is larger than body_size_limit ({limit} bytes)"));
        }
        body.extend_from_slice(&part);
    }
    if packed {
        body = wire::compress::gzip(&body, limit).map_err(|e| e.to_string())?;
    }
    Ok(Fetched { body, format })
}

/// The body's samples; the error says what is wrong with it.
pub(super) fn read(body: &[u8], format: BodyFormat, wants: Wanted, at: Millis) -> Result<Exposition, String> {
    let text = |format| {
        let text = std::str::from_utf8(body).map_err(|_| "the body is no UTF-8".to_owned())?;
        parse(text, format, at).map_err(|e| e.to_string())
    };
    let read = match format {
        BodyFormat::Text => text(Format::Text),
        BodyFormat::OpenMetrics => text(Format::OpenMetrics),
        BodyFormat::Protobuf => parse_delimited(body, wants.histograms, at).map_err(|e| e.to_string()),
    }?;
    Ok(if wants.custom_buckets { convert_classic(&read, wants.keep_classic) } else { read })
}
