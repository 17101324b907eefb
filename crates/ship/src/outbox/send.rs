//! Brings requests to a receiver, and tries again while that can help.
//!
//! | answer | what it means |
//! |---|---|
//! | 2xx | taken; of version 2 as many as the headers say |
//! | 5xx, none, 429 unless it is final | tried again, after `Retry-After` or a growing pause |
//! | 415 to version 2 | the receiver does not speak it: version 1 from now on |
//! | 400 to version 1 | the request is cut in halves, so that what the receiver refuses costs only itself |
//! | other 4xx | refused for good: counted, logged, left out |

use super::outlet::{Message, OutletOptions};
use super::tally::{Fate, Part, Parts, Tally};
use super::window::Parcel;
use crate::Backoff;
use crate::http::{self, Client, Credential, HttpClient, Method, Url};
use model::Tenant;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stdx::{Cancel, Clock, Rng};
use wire::remote_write;

/// A receiver may ask for a longer pause; it is tried again after this all the same.
const MAX_WAIT: Duration = Duration::from_secs(10 * 60);
/// Requests that one refused request may be cut into: enough to find two bad series among two thousand.
const MAX_CUTS: usize = 24;
/// Bytes of a refusal's text that are kept.
const MAX_TEXT_BYTES: usize = 1024;
/// The header that names the tenant.
const TENANT: &str = "X-Scope-OrgID";
/// The header that names the version.
const VERSION: &str = "X-Prometheus-Remote-Write-Version";

/// A receiver that can be asked.
pub(super) struct Receiver {
    client: HttpClient,
    url: Url,
    options: OutletOptions,
    clock: Clock,
    /// Whether the configuration names the tenant.
    names_tenant: bool,
    /// Whether it turned out not to speak version 2.
    only_plain: AtomicBool,
}

/// What became of a request.
enum Answer {
    Taken,
    /// Status and text.
    Refused(StatusCode, String),
    Canceled,
}

/// What one try came to.
enum Try {
    Taken(Option<Parts>),
    Refused(StatusCode, String, Option<Parts>),
    Again(String, Option<Duration>),
}

impl Receiver {
    /// The error says what of the options cannot be used.
    pub(super) fn new(options: &OutletOptions, clock: Clock) -> Result<Self, String> {
        let url =
            Url::parse(&options.url).map_err(|error| format!("{:?} is no URL: {error}", options.url))?;
        let names = |(name, _): &(String, Credential)| name.eq_ignore_ascii_case(TENANT);
        let client: &Client = &options.client;
        Ok(Receiver {
            client: HttpClient::new(client)?,
            url,
            names_tenant: client.headers.iter().any(names),
            options: options.clone(),
            clock,
            only_plain: AtomicBool::new(false),
        })
    }

    /// Brings requests one after the other; `false` when canceled before all were answered.
    pub(super) async fn deliver_in_turn(&self, parcels: &[Parcel], tally: &Tally, cancel: &Cancel) -> bool {
        for parcel in parcels {
            if !self.deliver(parcel, tally, cancel).await {
                return false;
            }
        }
        true
    }

    /// Brings one request, in halves if the receiver refuses it; `false` when canceled.
    async fn deliver(&self, parcel: &Parcel, tally: &Tally, cancel: &Cancel) -> bool {
        let mut waiting = vec![parcel.clone()];
        let mut cuts = MAX_CUTS;
        while let Some(parcel) = waiting.pop() {
            match self.bring(&parcel, tally, cancel).await {
                Answer::Canceled => return false,
                Answer::Taken => tally.reached(parcel.latest()),
                Answer::Refused(status, text) => {
                    let may_cut = status == StatusCode::BAD_REQUEST && self.message() == Message::Plain;
                    match parcel.halves().filter(|_| may_cut && cuts > 0) {
                        Some(halves) => {
                            cuts -= 1;
                            // The first half goes first: the last one in comes out.
                            waiting.extend(halves.into_iter().rev());
                        }
                        None => self.refused(&parcel, tally, status, &text),
                    }
                }
            }
        }
        true
    }

    fn refused(&self, parcel: &Parcel, tally: &Tally, status: StatusCode, text: &str) {
        let parts = parcel.parts();
        // Version 2 counted what was taken and what not when the answer came.
        if self.message() == Message::Plain {
            tally.add_all(parts, Fate::Failed);
        }
        let (outlet, samples) = (&self.options.name, parts.get(Part::Samples) + parts.get(Part::Histograms));
        tracing::warn!(outlet, %status, text, samples, "the receiver refused what was sent on");
    }

    fn message(&self) -> Message {
        match self.only_plain.load(Ordering::Relaxed) {
            true => Message::Plain,
            false => self.options.message,
        }
    }

    /// Tries until there is an answer.
    async fn bring(&self, parcel: &Parcel, tally: &Tally, cancel: &Cancel) -> Answer {
        let options = &self.options;
        let mut backoff = Backoff::new(options.min_backoff, options.max_backoff, Rng::from_entropy());
        let parts = parcel.parts();
        let mut attempt = 0;
        loop {
            let tried = tokio::select! {
                () = cancel.canceled() => return Answer::Canceled,
                tried = self.attempt(parcel, attempt, tally) => tried,
            };
            let (reason, wait) = match tried {
                Try::Taken(written) => {
                    self.count(parts, written, tally);
                    return Answer::Taken;
                }
                Try::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, text, _)
                    if self.message() == Message::Interned =>
                {
                    self.only_plain.store(true, Ordering::Relaxed);
                    tracing::warn!(
                        outlet = options.name,
                        text,
                        "the receiver does not take version 2: version 1 from now on"
                    );
                    continue;
                }
                Try::Refused(status, text, written) => {
                    if self.message() == Message::Interned {
                        self.count(parts, Some(written.unwrap_or_default()), tally);
                    }
                    return Answer::Refused(status, text);
                }
                Try::Again(reason, wait) => (reason, wait),
            };
            attempt += 1;
            tally.add_all(parts, Fate::Retried);
            let pause = wait.unwrap_or_else(|| backoff.pause());
            if attempt == 1 {
                tracing::warn!(
                    outlet = options.name,
                    reason,
                    "sending samples on failed; trying again until it works"
                );
            }
            tokio::select! {
                () = cancel.canceled() => return Answer::Canceled,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Counts what was taken; `written`: what the receiver said it wrote of it.
    fn count(&self, parts: Parts, written: Option<Parts>, tally: &Tally) {
        for part in [Part::Samples, Part::Histograms, Part::Exemplars, Part::Metadata] {
            let all = parts.get(part);
            let taken =
                written.filter(|_| part != Part::Metadata).map_or(all, |written| written.get(part).min(all));
            tally.add(part, Fate::Sent, taken);
            tally.add(part, Fate::Failed, all - taken);
        }
    }

    async fn attempt(&self, parcel: &Parcel, attempt: u32, tally: &Tally) -> Try {
        let message = self.message();
        let body = match message {
            Message::Plain => remote_write::encode_body(&parcel.batch),
            Message::Interned => remote_write::encode_interned_body(&parcel.batch),
        };
        // What cannot be packed now cannot be packed later.
        let body = match body {
            Ok(body) => body,
            Err(error) => return Try::Refused(StatusCode::PAYLOAD_TOO_LARGE, error.to_string(), None),
        };
        let (began, bytes) = (self.clock.monotonic(), body.len() as u64);
        let answer = self.ask(message, &parcel.tenant, body, attempt).await;
        tally.request(bytes, self.clock.monotonic().saturating_sub(began));
        let response = match answer {
            Ok(response) => response,
            Err(reason) => return Try::Again(reason, None),
        };
        let (status, wait) = (response.status(), retry_after(response.headers(), self.clock.now_millis()));
        let written = written(response.headers());
        if status.is_success() {
            return match (message, written) {
                // It took the bytes and did not know them for what they are.
                (Message::Interned, None) if parcel.parts() != Parts::default() => {
                    let text =
                        "the answer does not say how much was written: no receiver of version 2".to_owned();
                    Try::Refused(status, text, None)
                }
                (Message::Interned, written) => Try::Taken(written),
                (Message::Plain, _) => Try::Taken(None),
            };
        }
        let text = response.text().await.unwrap_or_default();
        let text = text[..text.floor_char_boundary(MAX_TEXT_BYTES)].trim().to_owned();
        let limited = status == StatusCode::TOO_MANY_REQUESTS && self.options.retry_when_limited;
        match limited || status.is_server_error() {
            true => Try::Again(format!("{status}: {text}"), wait),
            false => Try::Refused(status, text, written),
        }
    }

    async fn ask(
        &self,
        message: Message,
        tenant: &Tenant,
        body: Vec<u8>,
        attempt: u32,
    ) -> Result<reqwest::Response, String> {
        let (content_type, version) = match message {
            Message::Plain => (remote_write::CONTENT_TYPE, "0.1.0"),
            Message::Interned => (remote_write::CONTENT_TYPE_INTERNED, "2.0.0"),
        };
        let mut request = self.client.request(Method::POST, self.url.clone()).await?;
        request = request
            .timeout(self.options.timeout)
            .header(CONTENT_TYPE, content_type)
            .header(CONTENT_ENCODING, "snappy")
            .header(VERSION, version)
            .body(body);
        // The one that all share while nobody names one needs no name elsewhere either.
        if !self.names_tenant && *tenant != Tenant::anonymous() {
            request = request.header(TENANT, tenant.as_str());
        }
        if attempt > 0 {
            request = request.header("Retry-Attempt", attempt);
        }
        request.send().await.map_err(|error| http::words(&error))
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now_millis: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = wire::go_layout::parse("Mon, 02 Jan 2006 15:04:05 MST", text)?;
            let millis = (at.0 / 1_000_000).saturating_sub(now_millis);
            Duration::from_millis(u64::try_from(millis).unwrap_or(0))
        }
    };
    Some(wait.min(MAX_WAIT))
}

/// What a receiver of version 2 says it wrote.
fn written(headers: &HeaderMap) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut said = false;
    for (part, name) in [
        (Part::Samples, "X-Prometheus-Remote-Write-Samples-Written"),
        (Part::Histograms, "X-Prometheus-Remote-Write-Histograms-Written"),
        (Part::Exemplars, "X-Prometheus-Remote-Write-Exemplars-Written"),
    ] {
        let count = headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
        said |= count.is_some();
        parts.add(part, count.unwrap_or(0));
    }
    said.then_some(parts)
}
