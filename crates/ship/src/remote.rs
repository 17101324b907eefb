//! [`contract::Ingest`] over the network: encode, send, try again while trying again can help.
//!
//! 429 and 5xx and broken connections are tried again (a 429's `Retry-After` is honoured) until the deadline of the
//! request or for ever; any other 4xx is final: the receiver kept what it could and says what was wrong.

mod lanes;

use crate::Backoff;
use contract::{Context, Ingest, IngestError, Outcome, RefusalReason};
use lanes::{Lane, Lanes};
use model::{LogBatch, MetricBatch, SpanBatch, Tenant};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, StatusCode};
use std::time::Duration;
use stdx::{BoxFuture, Rng};
use wire::agent_report::{AgentReport, DeliveryReport};

/// The first pause between tries.
const LEAST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause between tries.
const MOST_PAUSE: Duration = Duration::from_secs(30);
/// One try may take this long: a push of a few megabytes over a slow line.
const TRY_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes of a refusal's text that are kept.
const MAX_TEXT_BYTES: usize = 1024;

/// Where each signal goes; full URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Remote write, such as `http://127.0.0.1:9090/api/v1/write`.
    pub metrics: String,
    /// Push, such as `http://127.0.0.1:3100/loki/api/v1/push`.
    pub logs: String,
    /// OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`.
    pub traces: String,
    /// Headers of every request, such as `Authorization`.
    pub headers: Vec<(String, String)>,
}

/// A receiver behind a network.
pub struct Remote {
    client: Client,
    endpoints: Endpoints,
    headers: HeaderMap,
    lanes: Lanes,
}

/// Why a report was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportError {
    /// The receiver's status.
    Refused(u16),
    /// In words.
    Unreachable(String),
}

/// What one request carries.
struct Delivery<'a> {
    lane: &'a Lane,
    url: &'a str,
    body: Vec<u8>,
    encoding: Option<&'static str>,
    rows: u64,
}

impl Remote {
    /// A receiver at `endpoints`; `Err` names a header that cannot be sent.
    pub fn new(endpoints: Endpoints) -> Result<Self, IngestError> {
        let wrong = |what: &str| IngestError::Invalid(format!("{what:?} cannot be sent as a header"));
        let mut headers = HeaderMap::new();
        for (name, value) in &endpoints.headers {
            let key = HeaderName::try_from(name.as_str()).map_err(|_| wrong(name))?;
            let mut value = HeaderValue::try_from(value.as_str()).map_err(|_| wrong(name))?;
            value.set_sensitive(true);
            headers.insert(key, value);
        }
        let client = Client::builder()
            .timeout(TRY_TIMEOUT)
            .build()
            .map_err(|e| IngestError::Unavailable(format!("no HTTP client: {e}")))?;
        Ok(Remote { client, endpoints, headers, lanes: Lanes::default() })
    }

    /// What became of the deliveries of each signal.
    pub fn deliveries(&self) -> Vec<DeliveryReport> {
        self.lanes.report(&self.endpoints)
    }

    /// Sends an agent's report of itself to `url`. One try: the next report says more. The error is the answer's status, or why
    /// there was no answer.
    pub async fn report(&self, url: &str, tenant: &Tenant, report: &AgentReport) -> Result<(), ReportError> {
        let request = self.client.post(url).headers(self.headers.clone());
        let request = request.header("X-Scope-OrgID", tenant.as_str());
        let body = serde_json::to_vec(report).map_err(|error| ReportError::Unreachable(error.to_string()))?;
        let response = request.header(CONTENT_TYPE, "application/json").body(body).send().await;
        match response.map_err(|error| ReportError::Unreachable(crate::http::words(&error)))?.status() {
            status if status.is_success() => Ok(()),
            status => Err(ReportError::Refused(status.as_u16())),
        }
    }

    async fn deliver(&self, cx: &Context, delivery: Delivery<'_>) -> Result<Outcome, IngestError> {
        let _waiting = delivery.lane.wait(delivery.rows);
        let mut backoff = Backoff::new(LEAST_PAUSE, MOST_PAUSE, Rng::from_entropy());
        loop {
            let (reason, wait) = match self.attempt(cx, &delivery).await {
                Ok(response) if response.status().is_success() => {
                    delivery.lane.sent(delivery.rows);
                    return Ok(Outcome { accepted: delivery.rows, ..Outcome::default() });
                }
                Ok(response) => {
                    let status = response.status();
                    let wait = retry_after(&response);
                    let text = text_of(response).await;
                    if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
                        delivery.lane.refused(delivery.rows, &format!("{status}: {text}"));
                        let mut outcome = Outcome::default();
                        outcome.refuse(RefusalReason::Invalid, delivery.rows, || {
                            format!("{}: {status}: {text}", delivery.url)
                        });
                        return Ok(outcome);
                    }
                    (format!("{status}: {text}"), wait)
                }
                Err(error) => (crate::http::words(&error), None),
            };
            let pause = wait.unwrap_or_else(|| backoff.pause());
            delivery.lane.error(&reason);
            tracing::warn!(url = delivery.url, reason, ?pause, "a delivery failed; trying again");
            tokio::select! {
                () = cx.cancel.canceled() => {}
                () = tokio::time::sleep(pause) => {}
            }
            if cx.check().is_err() {
                return Err(IngestError::Unavailable(format!("{}: {reason}", delivery.url)));
            }
        }
    }

    async fn attempt(
        &self,
        cx: &Context,
        delivery: &Delivery<'_>,
    ) -> Result<reqwest::Response, reqwest::Error> {
        let mut request = self
            .client
            .post(delivery.url)
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, "application/x-protobuf")
            .header("X-Scope-OrgID", cx.tenant.as_str())
            .body(delivery.body.clone());
        if let Some(encoding) = delivery.encoding {
            request = request
                .header(CONTENT_ENCODING, encoding)
                .header("X-Prometheus-Remote-Write-Version", "0.1.0");
        }
        request.send().await
    }
}

fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds: u64 = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(MOST_PAUSE))
}

async fn text_of(response: reqwest::Response) -> String {
    let text = response.text().await.unwrap_or_default();
    text[..text.floor_char_boundary(MAX_TEXT_BYTES)].trim().to_owned()
}

fn unencodable(error: wire::WireError) -> IngestError {
    IngestError::Invalid(error.to_string())
}

impl Ingest for Remote {
    fn metrics<'a>(
        &'a self,
        cx: &'a Context,
        batch: MetricBatch,
    ) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let body = wire::remote_write::encode_body(&batch).map_err(unencodable)?;
            let rows = batch.sample_count() as u64;
            let lane = &self.lanes.metrics;
            let delivery =
                Delivery { lane, url: &self.endpoints.metrics, body, encoding: Some("snappy"), rows };
            self.deliver(cx, delivery).await
        })
    }

    fn logs<'a>(&'a self, cx: &'a Context, batch: LogBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let body = wire::loki_push::encode_body(&batch).map_err(unencodable)?;
            let rows = batch.len() as u64;
            let lane = &self.lanes.logs;
            self.deliver(cx, Delivery { lane, url: &self.endpoints.logs, body, encoding: None, rows }).await
        })
    }

    fn spans<'a>(&'a self, cx: &'a Context, batch: SpanBatch) -> BoxFuture<'a, Result<Outcome, IngestError>> {
        Box::pin(async move {
            let body = wire::otlp::traces::encode(&batch);
            let rows = batch.len() as u64;
            let lane = &self.lanes.traces;
            self.deliver(cx, Delivery { lane, url: &self.endpoints.traces, body, encoding: None, rows }).await
        })
    }
}

#[cfg(test)]
mod tests;
