//! `GET /api/v1/notifications` and `/api/v1/notifications/live`: what an operator should know of this process now, as a list
//! and as a stream of events that goes on as things change.
//!
//! A notification is `{"text","date","active"}`; one that holds no more is sent once again with `active` false.
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/api/#notifications>

use super::super::success;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use futures_util::stream;
use http::StatusCode;
use model::Nanos;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use wire::rfc3339::Utc;

type Shared = extract::State<Arc<State>>;

/// How often a stream looks for changes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Streams at once: browser tabs of a few operators.
pub(crate) const MAX_STREAMS: usize = 16;

/// What there is to know: its text and since when, in milliseconds.
type Notice = (&'static str, i64);

fn notices(state: &State) -> Vec<Notice> {
    let mut all = Vec::new();
    if let Some(collector) = state.collector.get()
        && let (at, false) = collector.last_reload()
    {
        all.push(("Configuration reload has failed.", at.0));
    }
    if !state.is_ready() {
        let text = "Prometheus is shutting down and gracefully stopping all operations.";
        all.push((text, state.clock.now_millis()));
    }
    all
}

fn shown((text, at): Notice, active: bool) -> Value {
    let date = Utc(Nanos(at.saturating_mul(1_000_000))).to_string();
    json!({ "text": text, "date": date, "active": active })
}

/// All of them.
pub(in crate::api::prometheus) async fn list(extract::State(state): Shared) -> Response {
    success(&notices(&state).into_iter().map(|notice| shown(notice, true)).collect())
}

/// All of them, and each change.
pub(in crate::api::prometheus) async fn live(extract::State(state): Shared) -> Response {
    let Ok(permit) = state.notified.clone().try_acquire_owned() else {
        return respond::empty(StatusCode::NO_CONTENT);
    };
    let watching =
        Watching { state, known: Vec::new(), unsent: VecDeque::new(), begun: false, _permit: permit };
    let body = Body::from_stream(stream::unfold(watching, Watching::next));
    let mut response = respond::with_type(StatusCode::OK, "text/event-stream", body);
    response.headers_mut().insert(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-cache"));
    response
}

struct Watching {
    state: Arc<State>,
    known: Vec<Notice>,
    unsent: VecDeque<Value>,
    begun: bool,
    _permit: OwnedSemaphorePermit,
}

impl Watching {
    /// The next event; `None` once the server stops and has said so.
    async fn next(mut self) -> Option<(Result<String, Infallible>, Self)> {
        if !self.begun {
            self.begun = true;
            // Something has to be sent, or the client does not see that it is heard.
            return Some((Ok(":\n\n".to_owned()), self));
        }
        loop {
            if let Some(event) = self.unsent.pop_front() {
                return Some((Ok(format!("data: {event}\n\n")), self));
            }
            let stopping = self.known.iter().any(|(text, _)| text.contains("shutting down"));
            if stopping {
                return None;
            }
            self.look();
            if self.unsent.is_empty() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }

    /// Finds what changed.
    fn look(&mut self) {
        let now = notices(&self.state);
        let has = |all: &[Notice], text: &str| all.iter().any(|(known, _)| *known == text);
        let gone = self.known.iter().filter(|(text, _)| !has(&now, text));
        self.unsent.extend(gone.map(|notice| shown(*notice, false)));
        let new = now.iter().filter(|(text, _)| !has(&self.known, text));
        self.unsent.extend(new.map(|notice| shown(*notice, true)));
        self.known = now;
    }
}
