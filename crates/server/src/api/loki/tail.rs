//! `/loki/api/v1/tail`: lines as they arrive, over a websocket.
//!
//! First the last lines since `start`, then what the engine acks, whatever its time, passed through the query's line
//! filters and stages. Invariant: what was acked since the beginning is told once, as past or as news. A reader that is
//! too slow loses lines and is told so in `dropped_entries`: one entry a batch that was lost, up to [`MAX_DROPPED`] an
//! answer, with the labels of the query's equality matchers, since those of the lines are lost with them. Tails are few
//! and end after an hour. The tenant may be given as a parameter, for browsers.

use super::{ApiError, encode, params, query};
use crate::body::header_text;
use crate::error::Fault;
use crate::json::{self, push};
use crate::limits::Limits;
use crate::params::Params;
use crate::state::State;
use crate::tenant::TENANT_HEADER;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{self, FromRequestParts};
use axum::response::Response;
use bytes::Bytes;
use contract::{Answer, Context, Direction, LogCursor, LogRow, LogSelect, LogSource};
use http::Request;
use logql::{Expr, LabelSet, LogqlData, ResultStream};
use model::{Labels, MatchOp, Matcher, Nanos, TimeRange};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// How often a silent connection is shown to be alive: proxies close after a minute.
const PING_EVERY: Duration = Duration::from_secs(1);

/// The most lost batches that one answer lists: what the replaced system keeps of them.
const MAX_DROPPED: u64 = 1000;

/// Counts a tail while it lasts.
struct Place(Arc<State>);

impl Place {
    fn take(state: &Arc<State>) -> Result<Self, Fault> {
        let place = Place(state.clone());
        let count = state.tails.fetch_add(1, Ordering::SeqCst) + 1;
        let limit = state.limits().max_tails;
        if count > limit {
            return Err(Fault::invalid(format!(
                "max concurrent tail requests limit exceeded, count > limit ({count} > {limit})"
            )));
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.tails.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Upgrades to a websocket and tails.
pub(super) async fn tail(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<axum::body::Body>,
) -> Result<Response, ApiError> {
    let (mut parts, body) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let (parts, params) =
        Params::read(Request::from_parts(parts, body), state.limits().max_form_bytes).await?;
    // A browser cannot set headers of a websocket: a parameter of the same name stands in for a missing one.
    let tenant = match header_text(&parts.headers, TENANT_HEADER) {
        "" => state.options.tenancy.named(params.some("X-Scope-OrgID").unwrap_or(""))?,
        _ => state.options.tenancy.of(&parts.headers)?,
    };
    let query = logql::parse(params.get("query")).map_err(|e| Fault::invalid(e.to_string()))?;
    let Expr::Log(log) = &query else {
        return Err(Fault::invalid("tail is only supported for log queries").into());
    };
    let matchers = log.matchers.clone();
    let now = Nanos(state.clock.now_nanos());
    let start = params::range(&params, now)?.start;
    let limit = params::limit(&params)?;
    if params.some("delay_for").is_some_and(|text| !matches!(text.parse::<u64>(), Ok(0..=5))) {
        return Err(Fault::invalid("delay_for can't be greater than 5").into());
    }
    let place = Place::take(&state)?;
    let categorise = query::flags(&parts.headers).contains(&"categorize-labels");
    let upgrade = upgrade.map_err(|rejection| Fault::invalid(rejection.body_text()))?;
    let equal = matchers.iter().filter(|m| m.op == MatchOp::Equal && !m.value.is_empty());
    let tail = Tail {
        selected: Labels::from_pairs(equal.map(|m| (m.name.as_str(), m.value.as_str()))),
        asked: logql::Params {
            start,
            end: now,
            step: 1,
            interval: 0,
            limit: limit.min(Limits::size(state.limits().max_query_lines)),
            direction: Direction::Backward,
            categorise,
            max_series: usize::MAX,
            partial_series: false,
        },
        cx: state.query_context(tenant, Some(Duration::from_secs(state.limits().max_tail_seconds))),
        query,
        state,
        _place: place,
    };
    Ok(upgrade.on_upgrade(move |socket| tail.run(socket, matchers)))
}

struct Tail {
    /// Labels that every line of the query has.
    selected: Labels,
    state: Arc<State>,
    query: Expr,
    asked: logql::Params,
    cx: Context,
    _place: Place,
}

impl Tail {
    async fn run(self, mut socket: WebSocket, matchers: Vec<Matcher>) {
        let logs = self.state.engines.logs.clone();
        // Subscribed before the past is read, so that nothing falls between; what is in both is told once.
        let mut lines = logs.tail(&self.cx, matchers);
        let limit = Duration::from_secs(self.state.limits().max_tail_seconds);
        let told = tokio::time::timeout(limit, self.follow(&mut socket, logs.as_ref(), &mut lines)).await;
        if let Ok(Err(error)) = told {
            tracing::debug!(%error, "a tail ended");
        }
        // The peer may be gone already.
        let _ = socket.send(Message::Close(None)).await;
    }

    async fn follow(
        &self,
        socket: &mut WebSocket,
        logs: &dyn LogSource,
        lines: &mut broadcast::Receiver<Arc<Vec<LogRow>>>,
    ) -> Result<(), axum::Error> {
        let past = self.past(logs).await;
        let told = told(&past);
        self.send(socket, &past, 0).await?;
        let mut pings = tokio::time::interval(PING_EVERY);
        let mut dropped = 0;
        loop {
            tokio::select! {
                batch = lines.recv() => match batch {
                    Ok(rows) => {
                        if let Some(mut streams) = self.filter(rows.to_vec()).await {
                            for stream in &mut streams {
                                let labels = &stream.labels;
                                stream.entries.retain(|entry| !told.contains(&(labels, entry.at, &entry.line)));
                            }
                            streams.retain(|stream| !stream.entries.is_empty());
                            self.send(socket, &streams, std::mem::take(&mut dropped)).await?;
                        }
                    }
                    Err(RecvError::Lagged(count)) => dropped += count,
                    Err(RecvError::Closed) => return Ok(()),
                },
                message = socket.recv() => match message {
                    None | Some(Ok(Message::Close(_))) => return Ok(()),
                    Some(message) => drop(message?),
                },
                _ = pings.tick() => socket.send(Message::Ping(Bytes::new())).await?,
            }
        }
    }

    /// The last lines since the start, oldest first; none when they cannot be read.
    async fn past(&self, logs: &dyn LogSource) -> Vec<ResultStream> {
        let past = logql::range(logs, &self.cx, &self.query, &self.asked).await;
        let mut streams = past.ok().map_or_else(Vec::new, |result| streams_of(result.data));
        streams.iter_mut().for_each(|stream| stream.entries.reverse());
        streams
    }

    /// Passes rows through the query's stages.
    async fn filter(&self, rows: Vec<LogRow>) -> Option<Vec<ResultStream>> {
        if rows.is_empty() {
            return None;
        }
        let range = TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX));
        let direction = Direction::Forward;
        let (start, end, limit) = (range.start, range.end, usize::MAX);
        let asked = logql::Params { start, end, limit, direction, ..self.asked.clone() };
        logql::range(&Rows(rows), &self.cx, &self.query, &asked)
            .await
            .ok()
            .map(|result| streams_of(result.data))
    }

    async fn send(
        &self,
        socket: &mut WebSocket,
        streams: &[ResultStream],
        dropped: u64,
    ) -> Result<(), axum::Error> {
        if streams.is_empty() && dropped == 0 {
            return Ok(());
        }
        let mut out = String::from(r#"{"streams":"#);
        encode::streams(&mut out, streams, self.asked.categorise);
        if dropped > 0 {
            let now = self.state.clock.now_nanos();
            out.push_str(r#","dropped_entries":"#);
            json::list(&mut out, 0..dropped.min(MAX_DROPPED), |out, _| {
                push(out, format_args!(r#"{{"timestamp":"{now}","labels":"#));
                json::labels(out, &self.selected, true);
                out.push('}');
            });
            tracing::debug!(dropped, "a tail is too slow and lost batches of lines");
        }
        if self.asked.categorise {
            out.push_str(r#","encodingFlags":["categorize-labels"]"#);
        }
        out.push('}');
        socket.send(Message::Text(out.into())).await
    }
}

fn streams_of(data: LogqlData) -> Vec<ResultStream> {
    match data {
        LogqlData::Streams(streams) => streams,
        _ => Vec::new(),
    }
}

/// The lines of streams, each by its labels, time and text. As many as the limit of the tail.
fn told(streams: &[ResultStream]) -> HashSet<(&LabelSet, Nanos, &Bytes)> {
    let mut told = HashSet::new();
    for stream in streams {
        told.extend(stream.entries.iter().map(|entry| (&stream.labels, entry.at, &entry.line)));
    }
    told
}

/// Rows in memory as a source, so that the language's own stages judge them.
struct Rows(Vec<LogRow>);

struct RowsCursor(Vec<LogRow>);

impl LogSource for Rows {
    fn select<'a>(&'a self, _: &'a Context, select: LogSelect) -> Answer<'a, Box<dyn LogCursor + 'a>> {
        let mut rows: Vec<LogRow> = self
            .0
            .iter()
            .filter(|row| select.lines.iter().all(|condition| condition.accepts(row.text())))
            .cloned()
            .collect();
        rows.sort_by_key(|row| row.at);
        Box::pin(async move { Ok(Box::new(RowsCursor(rows)) as Box<dyn LogCursor + 'a>) })
    }

    fn streams<'a>(
        &'a self,
        _: &'a Context,
        _: Vec<Vec<Matcher>>,
        _: TimeRange<Nanos>,
    ) -> Answer<'a, Vec<(Labels, u64, u64)>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn tail(&self, _: &Context, _: Vec<Matcher>) -> broadcast::Receiver<Arc<Vec<LogRow>>> {
        broadcast::channel(1).1
    }
}

impl LogCursor for RowsCursor {
    fn next_batch<'a>(&'a mut self) -> Answer<'a, Vec<LogRow>> {
        let rows = std::mem::take(&mut self.0);
        Box::pin(async move { Ok(rows) })
    }
}
