//! Who calls whom: `traces_service_graph_*`, from the two spans of a call.
//!
//! ```text
//! client or producer span: key (trace, its id)      server or consumer span: key (trace, its parent's id)
//! both sides -> an edge       only one, after the wait -> an edge to a node that sends no spans, if it is named
//! ```
//! A database sends no spans: its client's span is the whole call. A root server's client is the node `user`.

use crate::histogram::Histogram;
use crate::observe::{Facts, Peer};
use crate::options::Options;
use crate::series::{Phase, Series};
use model::{MetricKind, SpanId, SpanKind, StatusCode, TraceId};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;

/// 100 ms, doubled up to 12.8 s.
const FIRST_BOUND: f64 = 0.1;
const BUCKETS: usize = 8;

/// Who calls a root server.
const USER: &str = "user";

type CallId = (TraceId, SpanId);

/// What lies between the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Connection {
    Request,
    Messaging,
    Database,
    Virtual,
}

impl Connection {
    fn text(self) -> &'static str {
        match self {
            Connection::Request => "",
            Connection::Messaging => "messaging_system",
            Connection::Database => "database",
            Connection::Virtual => "virtual_node",
        }
    }
}

/// One side of a call.
#[derive(Debug, Clone)]
struct Side {
    service: Arc<str>,
    seconds: f64,
}

/// A call of which one side is known.
#[derive(Debug)]
struct Waiting {
    client: Option<Side>,
    server: Option<Side>,
    connection: Connection,
    failed: bool,
    peer: Option<Arc<str>>,
    /// When it is given up, on the monotonic clock in nanoseconds.
    until: i64,
}

#[derive(Debug)]
struct Edge {
    requests: u64,
    failed: u64,
    client: Histogram<BUCKETS>,
    server: Histogram<BUCKETS>,
    touched: i64,
    written: bool,
    failures_written: bool,
}

type EdgeKey = (Arc<str>, Arc<str>, Connection);

/// Calls and edges of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    waiting: FxHashMap<CallId, Waiting>,
    /// Calls in the order in which they are given up.
    queue: VecDeque<(i64, CallId)>,
    edges: FxHashMap<EdgeKey, Edge>,
    /// Calls that found no room.
    pub(crate) dropped: u64,
    /// Calls whose other side never came and is not named.
    pub(crate) unpaired: u64,
}

impl Graph {
    /// Counts a span.
    pub(crate) fn add(&mut self, facts: &Facts, options: &Options, now: i64) {
        let (is_client, connection) = match facts.kind {
            SpanKind::Client => (true, Connection::Request),
            SpanKind::Producer => (true, Connection::Messaging),
            SpanKind::Server => (false, Connection::Request),
            SpanKind::Consumer => (false, Connection::Messaging),
            SpanKind::Unspecified | SpanKind::Internal => return,
        };
        let side = Side { service: facts.service.clone(), seconds: facts.seconds };
        let failed = facts.status == StatusCode::Error;
        let peer = match &facts.peer {
            Peer::Database(name) => {
                let server = Side { service: name.clone(), seconds: facts.seconds };
                let sides = (Some(side), Some(server));
                return self.complete(sides, Connection::Database, failed, facts.trace_id, options, now);
            }
            Peer::Service(name) => Some(name.clone()),
            Peer::Unknown => None,
        };
        if !is_client && facts.parent.is_zero() {
            let user = Side { service: Arc::from(USER), seconds: 0.0 };
            let sides = (Some(user), Some(side));
            return self.complete(sides, Connection::Virtual, failed, facts.trace_id, options, now);
        }
        let id = (facts.trace_id, if is_client { facts.span_id } else { facts.parent });
        let Some(call) = self.waiting.get_mut(&id) else {
            if self.waiting.len() >= options.max_waiting {
                self.dropped += 1;
                return;
            }
            let until = now.saturating_add(i64::try_from(options.wait.as_nanos()).unwrap_or(i64::MAX));
            let (client, server) = if is_client { (Some(side), None) } else { (None, Some(side)) };
            self.waiting.insert(id, Waiting { client, server, connection, failed, peer, until });
            self.queue.push_back((until, id));
            return;
        };
        *(if is_client { &mut call.client } else { &mut call.server }) = Some(side);
        call.failed |= failed;
        call.peer = call.peer.take().or(peer);
        if call.client.is_some()
            && call.server.is_some()
            && let Some(call) = self.waiting.remove(&id)
        {
            let sides = (call.client, call.server);
            self.complete(sides, call.connection, call.failed, facts.trace_id, options, now);
        }
    }

    /// Gives up calls that waited long enough: a named peer is taken for a node that sends no spans.
    pub(crate) fn expire(&mut self, options: &Options, now: i64) {
        while let Some((until, id)) = self.queue.front().copied().filter(|(until, _)| *until <= now) {
            self.queue.pop_front();
            // Completed since, and perhaps begun again: only the call that this entry was made for.
            if self.waiting.get(&id).is_none_or(|call| call.until != until) {
                continue;
            }
            let Some(call) = self.waiting.remove(&id) else { continue };
            match (call.client, call.peer) {
                (Some(client), Some(peer)) => {
                    let server = Side { service: peer, seconds: client.seconds };
                    let sides = (Some(client), Some(server));
                    self.complete(sides, Connection::Virtual, call.failed, id.0, options, now);
                }
                _ => self.unpaired += 1,
            }
        }
    }

    fn complete(
        &mut self,
        (client, server): (Option<Side>, Option<Side>),
        connection: Connection,
        failed: bool,
        trace_id: TraceId,
        options: &Options,
        now: i64,
    ) {
        let (Some(client), Some(server)) = (client, server) else { return };
        let key = (client.service, server.service, connection);
        if self.edges.len() >= options.max_edges && !self.edges.contains_key(&key) {
            self.dropped += 1;
            return;
        }
        let edge = self.edges.entry(key).or_insert_with(|| Edge {
            requests: 0,
            failed: 0,
            client: Histogram::new(FIRST_BOUND, options.native_histograms),
            server: Histogram::new(FIRST_BOUND, options.native_histograms),
            touched: now,
            written: false,
            failures_written: false,
        });
        edge.requests += 1;
        edge.failed += u64::from(failed);
        edge.client.observe(client.seconds, trace_id);
        edge.server.observe(server.seconds, trace_id);
        edge.touched = now;
    }

    /// Writes all series; those that have been idle end.
    pub(crate) fn collect(&mut self, out: &mut Series<'_>, options: &Options, now: i64) {
        if self.edges.is_empty() {
            return;
        }
        const REQUESTS: &str = "traces_service_graph_request_total";
        const FAILED: &str = "traces_service_graph_request_failed_total";
        const SERVER: &str = "traces_service_graph_request_server_seconds";
        const CLIENT: &str = "traces_service_graph_request_client_seconds";
        out.family(REQUESTS, MetricKind::Counter, "Calls between two services.");
        out.family(FAILED, MetricKind::Counter, "Failed calls between two services.");
        out.family(
            SERVER,
            MetricKind::Histogram,
            "Durations of calls as their server sees them, in seconds.",
        );
        out.family(
            CLIENT,
            MetricKind::Histogram,
            "Durations of calls as their client sees them, in seconds.",
        );
        let idle = i64::try_from(options.idle.as_nanos()).unwrap_or(i64::MAX);
        self.edges.retain(|(client, server, connection), edge| {
            let ended = now.saturating_sub(edge.touched) > idle;
            let phase = |written: bool| match written {
                _ if ended => Phase::Last,
                true => Phase::Going,
                false => Phase::First,
            };
            let labels =
                [("client", &**client), ("server", &**server), ("connection_type", connection.text())];
            let now = phase(edge.written);
            out.counter(REQUESTS, &labels, edge.requests as f64, now);
            if edge.failed > 0 {
                out.counter(FAILED, &labels, edge.failed as f64, phase(edge.failures_written));
                edge.failures_written = true;
            }
            out.histogram(SERVER, &labels, &mut edge.server, now);
            out.histogram(CLIENT, &labels, &mut edge.client, now);
            edge.written = true;
            !ended
        });
    }
}
