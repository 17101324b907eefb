//! Who calls whom: `traces_service_graph_*`, from the two spans of a call.
//!
//! ```text
//! client or producer span: key (trace, its id)      server or consumer span: key (trace, its parent's id)
//! both sides -> an edge       only one, after the wait -> an edge to a node that sends no spans, if it is named
//! ```
//! A database sends no spans: its client's span is the whole call. A root server's client is the node `user`.

use crate::histogram::Histogram;
use crate::observe::{Call, Facts, Peer};
use crate::options::{GraphOptions, Options};
use crate::series::{Phase, Series};
use crate::span::labels_of;
use model::{MetricKind, SpanId, SpanKind, StatusCode, TraceId};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;

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

/// Which side sends no spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Virtual {
    None,
    Client,
    Server,
}

impl Virtual {
    fn text(self) -> &'static str {
        match self {
            Virtual::None => "",
            Virtual::Client => "client",
            Virtual::Server => "server",
        }
    }
}

/// One side of a call.
#[derive(Debug, Clone, Default)]
struct Side {
    service: Arc<str>,
    seconds: f64,
    /// In nanoseconds since 1970; 0 of a side that sends no spans.
    start: i64,
    end: i64,
    labels: Box<[Arc<str>]>,
}

/// A call of which one side is known.
#[derive(Debug)]
struct Waiting {
    client: Option<Side>,
    server: Option<Side>,
    connection: Connection,
    failed: bool,
    /// Policies leave out the side that is known, and so the other.
    filtered: bool,
    peer: Option<Arc<str>>,
    times: f64,
    trace_id: TraceId,
    /// When it is given up, on the monotonic clock in nanoseconds.
    until: i64,
}

#[derive(Debug)]
struct Edge {
    requests: f64,
    failed: f64,
    client: Histogram,
    server: Histogram,
    /// From the end of a producer to the start of its consumer.
    between: Option<Histogram>,
    touched: i64,
    written: bool,
    failures_written: bool,
    between_written: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct EdgeKey {
    client: Arc<str>,
    server: Arc<str>,
    connection: Connection,
    of: Virtual,
    labels: Vec<Arc<str>>,
}

/// A call both of whose sides are known.
struct Completed {
    client: Side,
    server: Side,
    connection: Connection,
    of: Virtual,
    failed: bool,
    times: f64,
    trace_id: TraceId,
}

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
        let is_root = !is_client && facts.parent.is_zero();
        let id = (facts.trace_id, if is_client { facts.span_id } else { facts.parent });
        let (labels, times, peer) = match &facts.call {
            Call::None => return,
            Call::Filtered if is_root => return,
            Call::Filtered => (Box::default(), 1.0, &Peer::Unknown),
            Call::Side(labels, times, peer) => (labels.clone(), *times, peer),
        };
        let (start, end) = (facts.start, facts.end);
        let side = Side { service: facts.service.clone(), seconds: facts.seconds, start, end, labels };
        let failed = facts.status == StatusCode::Error;
        let whole = |client: Side, server: Side, connection: Connection, of: Virtual| Completed {
            client,
            server,
            connection,
            of,
            failed,
            times,
            trace_id: facts.trace_id,
        };
        let peer = match peer {
            Peer::Database(name) => {
                let server = Side { service: name.clone(), seconds: facts.seconds, ..Side::default() };
                let call = whole(side, server, Connection::Database, Virtual::None);
                return self.complete(call, options, now);
            }
            Peer::Service(name) => Some(name.clone()),
            Peer::Unknown => None,
        };
        if is_root {
            let service = peer.unwrap_or_else(|| Arc::from(USER));
            let client = Side { service, ..Side::default() };
            let call = whole(client, side, Connection::Virtual, Virtual::Client);
            return self.complete(call, options, now);
        }
        let filtered = matches!(facts.call, Call::Filtered);
        let (client, server) = if is_client { (Some(side), None) } else { (None, Some(side)) };
        let trace_id = facts.trace_id;
        let half = Waiting { client, server, connection, failed, filtered, peer, times, trace_id, until: 0 };
        self.meet(id, half, options, now);
    }

    /// Takes one side: to the other, or to wait for it.
    fn meet(&mut self, id: CallId, half: Waiting, options: &Options, now: i64) {
        let Some(call) = self.waiting.get_mut(&id) else {
            let GraphOptions { max_waiting, wait, .. } = &options.graph;
            if self.waiting.len() >= *max_waiting {
                self.dropped += 1;
                return;
            }
            let until = now.saturating_add(i64::try_from(wait.as_nanos()).unwrap_or(i64::MAX));
            self.waiting.insert(id, Waiting { until, ..half });
            self.queue.push_back((until, id));
            return;
        };
        call.client = half.client.or(call.client.take());
        call.server = half.server.or(call.server.take());
        call.failed |= half.failed;
        call.filtered |= half.filtered;
        call.times = half.times;
        call.peer = call.peer.take().or(half.peer);
        if call.client.is_none() || call.server.is_none() {
            return;
        }
        let Some(call) = self.waiting.remove(&id) else { return };
        if let (Some(client), Some(server), false) = (call.client, call.server, call.filtered) {
            let Waiting { connection, failed, times, trace_id, .. } = call;
            let of = Virtual::None;
            self.complete(
                Completed { client, server, connection, of, failed, times, trace_id },
                options,
                now,
            );
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
            let Waiting { failed, times, trace_id, .. } = call;
            match (call.client, call.peer) {
                _ if call.filtered => {}
                (Some(client), Some(peer)) => {
                    let server = Side { service: peer, seconds: client.seconds, ..Side::default() };
                    let (connection, of) = (Connection::Virtual, Virtual::Server);
                    let call = Completed { client, server, connection, of, failed, times, trace_id };
                    self.complete(call, options, now);
                }
                _ => self.unpaired += 1,
            }
        }
    }

    fn complete(&mut self, call: Completed, options: &Options, now: i64) {
        let Completed { client, server, connection, of, failed, times, trace_id } = call;
        let GraphOptions { max_edges, buckets, client_and_server, virtual_node, .. } = &options.graph;
        let key = EdgeKey {
            client: client.service,
            server: server.service,
            connection,
            of: if *virtual_node { of } else { Virtual::None },
            labels: labels_between(
                &client.labels,
                &server.labels,
                options.graph.dimensions.len(),
                *client_and_server,
            ),
        };
        if self.edges.len() >= *max_edges && !self.edges.contains_key(&key) {
            self.dropped += 1;
            return;
        }
        let edge = self.edges.entry(key).or_insert_with(|| Edge {
            requests: 0.0,
            failed: 0.0,
            client: Histogram::new(buckets, options),
            server: Histogram::new(buckets, options),
            between: None,
            touched: now,
            written: false,
            failures_written: false,
            between_written: false,
        });
        edge.requests += times;
        edge.failed += if failed { times } else { 0.0 };
        edge.client.observe(buckets, client.seconds, times, trace_id);
        edge.server.observe(buckets, server.seconds, times, trace_id);
        // Clocks that differ can make it seem that what was not sent yet was received.
        let between = server.start.saturating_sub(client.end);
        if options.graph.messaging_latency && connection == Connection::Messaging && between > 0 {
            let histogram = edge.between.get_or_insert_with(|| Histogram::new(buckets, options));
            histogram.observe(buckets, between as f64 / 1e9, times, trace_id);
        }
        edge.touched = now;
    }

    /// Writes all series; those that have been idle end.
    pub(crate) fn collect(&mut self, out: &mut Series<'_>, options: &Options, now: i64) {
        const REQUESTS: &str = "traces_service_graph_request_total";
        const FAILED: &str = "traces_service_graph_request_failed_total";
        const SERVER: &str = "traces_service_graph_request_server_seconds";
        const CLIENT: &str = "traces_service_graph_request_client_seconds";
        const BETWEEN: &str = "traces_service_graph_request_messaging_system_seconds";
        const INFO: &str = "traces_service_graph_connection_info";
        if self.edges.is_empty() {
            return;
        }
        let GraphOptions { requests, latency, messaging_latency, connection_info, buckets, .. } =
            &options.graph;
        let (counter, histogram) = (MetricKind::Counter, MetricKind::Histogram);
        for (is_written, name, kind, help) in [
            (*requests, REQUESTS, counter, "Calls between two services."),
            (*requests, FAILED, counter, "Failed calls between two services."),
            (*latency, SERVER, histogram, "Durations of calls as their server sees them, in seconds."),
            (*latency, CLIENT, histogram, "Durations of calls as their client sees them, in seconds."),
            (*latency && *messaging_latency, BETWEEN, histogram, "Seconds between sending and receiving."),
            (*connection_info, INFO, MetricKind::Gauge, "Services between which there are calls."),
        ] {
            if is_written {
                out.family(name, kind, help);
            }
        }
        let names = names_of(&options.graph);
        let idle = i64::try_from(options.idle.as_nanos()).unwrap_or(i64::MAX);
        self.edges.retain(|key, edge| {
            let ended = now.saturating_sub(edge.touched) > idle;
            let phase = |written: bool| match written {
                _ if ended => Phase::Last,
                true => Phase::Going,
                false => Phase::First,
            };
            let labels = key.labels(&names);
            let now = phase(edge.written);
            if *requests {
                out.counter(REQUESTS, &labels, edge.requests, now);
                if edge.failed > 0.0 {
                    out.counter(FAILED, &labels, edge.failed, phase(edge.failures_written));
                    edge.failures_written = true;
                }
            }
            if *latency {
                out.histogram(SERVER, &labels, (buckets, &mut edge.server), now);
                out.histogram(CLIENT, &labels, (buckets, &mut edge.client), now);
                if let Some(between) = &mut edge.between {
                    out.histogram(BETWEEN, &labels, (buckets, between), phase(edge.between_written));
                    edge.between_written = true;
                }
            }
            if *connection_info && (edge.written || !ended) {
                // A gauge, which needs no zero before it.
                out.counter(INFO, &labels, 1.0, if ended { Phase::Last } else { Phase::Going });
            }
            edge.written = true;
            !ended
        });
    }
}

/// Values of the dimensions of a call, in the order of [`names_of`]. A side that sends no spans has none.
fn labels_between(client: &[Arc<str>], server: &[Arc<str>], count: usize, both: bool) -> Vec<Arc<str>> {
    let of = |side: &[Arc<str>], at: usize| side.get(at).cloned().unwrap_or_default();
    let mut labels = Vec::with_capacity(count * 2);
    for at in 0..count {
        let (client, server) = (of(client, at), of(server, at));
        match both {
            true => labels.extend([client, server]),
            false => labels.push(if server.is_empty() { client } else { server }),
        }
    }
    labels
}

/// The labels of the dimensions.
fn names_of(options: &GraphOptions) -> Vec<String> {
    const OWN: [&str; 5] = ["client", "server", "connection_type", "virtual_node", "le"];
    let sided = |key: &String| match options.client_and_server {
        true => vec![format!("client_{key}"), format!("server_{key}")],
        false => vec![key.clone()],
    };
    let keys: Vec<String> = options.dimensions.iter().flat_map(sided).collect();
    labels_of(keys.iter(), &OWN)
}

impl EdgeKey {
    /// Its labels; empty ones are none.
    fn labels<'k>(&'k self, names: &'k [String]) -> Vec<(&'k str, &'k str)> {
        let mut labels = vec![
            ("client", &*self.client),
            ("server", &*self.server),
            ("connection_type", self.connection.text()),
            ("virtual_node", self.of.text()),
        ];
        labels.extend(names.iter().map(String::as_str).zip(self.labels.iter().map(|label| &**label)));
        labels
    }
}
