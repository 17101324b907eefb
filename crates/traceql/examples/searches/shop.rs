//! The spans of a shop: services that call each other, databases, a queue, and now and then a failure.
//!
//! Ids are random; routes, users, statements and failures are spread as in a real shop.

use model::{
    Attributes, Event, Nanos, Resource, ResourceSpans, Scope, ScopeSpans, Span, SpanBatch, SpanId, SpanKind,
    StatusCode, TraceId, Value,
};
use std::sync::Arc;
use stdx::Rng;

const SERVICES: [&str; 12] = [
    "frontend",
    "cart",
    "checkout",
    "catalog",
    "payment",
    "shipping",
    "email",
    "currency",
    "recommendation",
    "ads",
    "inventory",
    "auth",
];
const CALLS: [&[usize]; 12] =
    [&[1, 2, 3, 8, 9], &[11], &[1, 3, 4, 5, 6, 7, 10], &[10], &[11, 7], &[10], &[], &[], &[3], &[], &[], &[]];
const ROUTES: [&str; 6] = ["/", "/product/{id}", "/cart", "/checkout", "/search", "/account"];

/// Makes traces.
pub(crate) struct Shop {
    rng: Rng,
    resources: Vec<Arc<Resource>>,
    scopes: Vec<Arc<Scope>>,
    spans: Vec<(usize, Span)>,
    limit: usize,
    failing: Option<usize>,
}

impl Shop {
    pub(crate) fn new() -> Self {
        let resource = |number: usize| {
            let service = SERVICES[number % 12];
            let mut attributes: Attributes = vec![
                ("service.name".into(), service.into()),
                ("service.instance.id".into(), format!("{service}-{}", number / 12).as_str().into()),
            ];
            for key in
                ["service.namespace", "k8s.cluster.name", "cloud.region", "telemetry.sdk.name", "host.name"]
            {
                attributes.push((key.into(), format!("{key}-{}", number % 7).as_str().into()));
            }
            Arc::new(Resource { attributes, dropped_attributes: 0 })
        };
        let scope = |number: usize| {
            Arc::new(Scope {
                name: format!("lib-{number}").as_str().into(),
                version: "1.2.3".into(),
                ..Scope::default()
            })
        };
        Shop {
            rng: Rng::seeded(1),
            resources: (0..36).map(resource).collect(),
            scopes: (0..12).map(scope).collect(),
            spans: Vec::new(),
            limit: 0,
            failing: None,
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    /// Nanoseconds around a median.
    fn time(&mut self, median_micros: f64) -> i64 {
        let spread = self.rng.unit() + self.rng.unit() + self.rng.unit() - 1.5;
        (median_micros * 1e3 * (2.5 * spread).exp()) as i64
    }

    #[expect(clippy::too_many_arguments, reason = "a span has that many sides, and this is an example")]
    fn span(
        &mut self,
        service: usize,
        parent: SpanId,
        name: String,
        kind: SpanKind,
        start: i64,
        end: i64,
        attributes: Attributes,
    ) -> usize {
        let id = SpanId(self.rng.next_u64().max(1).to_be_bytes());
        self.spans.push((
            service,
            Span {
                span_id: id,
                parent_span_id: parent,
                name: name.as_str().into(),
                kind,
                start: Nanos(start),
                end: Nanos(end),
                attributes,
                ..Span::default()
            },
        ));
        self.spans.len() - 1
    }

    fn serve(&mut self, service: usize, parent: SpanId, start: i64, depth: usize) -> i64 {
        let name = SERVICES[service];
        let port = 30_000 + self.below(9_000) as i64;
        let attributes = vec![
            ("rpc.system".into(), "grpc".into()),
            ("rpc.service".into(), format!("shop.{name}Service").as_str().into()),
            ("rpc.method".into(), name.into()),
            ("net.peer.port".into(), Value::Int(port)),
        ];
        let at = self.span(
            service,
            parent,
            format!("shop.{name}Service/Call"),
            SpanKind::Server,
            start,
            start,
            attributes,
        );
        let id = self.spans[at].1.span_id;
        let mut now = start + self.time(300.0);
        now = self.store(service, id, now);
        if depth < 4 {
            for callee in CALLS[service] {
                if self.spans.len() + 2 > self.limit || self.below(4) == 0 {
                    continue;
                }
                now = self.call(service, *callee, id, now, depth + 1);
            }
        }
        if service == 2 && self.spans.len() + 2 <= self.limit {
            let sent = now + self.time(1_000.0);
            let queue = |operation: &str| -> Attributes {
                vec![
                    ("messaging.system".into(), "kafka".into()),
                    ("messaging.operation".into(), operation.into()),
                ]
            };
            let at =
                self.span(2, id, "orders publish".into(), SpanKind::Producer, now, sent, queue("publish"));
            let producer = self.spans[at].1.span_id;
            let end = sent + self.time(6_000.0);
            self.span(10, producer, "orders process".into(), SpanKind::Consumer, sent, end, queue("process"));
        }
        now += self.time(400.0);
        self.close(service, at, now);
        now
    }

    /// A few calls of databases.
    fn store(&mut self, service: usize, id: SpanId, mut now: i64) -> i64 {
        let name = SERVICES[service];
        for _ in 0..self.below(3) {
            if self.spans.len() >= self.limit {
                break;
            }
            let end = now + self.time(2_000.0);
            let redis = self.below(3) == 0;
            let key = self.below(4_000);
            let limit = [1, 10, 100][self.below(3) as usize];
            let (system, query, statement) = match redis {
                true => ("redis", "HGET".to_owned(), format!("HGET {name}:{key} fields")),
                false => (
                    "postgresql",
                    format!("SELECT shop.{name}"),
                    format!("SELECT id FROM {name} WHERE id = $1 LIMIT {limit}"),
                ),
            };
            let rows = self.below(100) as i64;
            let attributes = vec![
                ("db.system".into(), system.into()),
                ("db.operation".into(), "SELECT".into()),
                ("db.statement".into(), statement.as_str().into()),
                ("db.rows".into(), Value::Int(rows)),
            ];
            self.span(service, id, query, SpanKind::Client, now, end, attributes);
            now = end;
        }
        now
    }

    /// Ends a server's span, with an error where the trace fails.
    fn close(&mut self, service: usize, at: usize, end: i64) {
        let failed = self.failing == Some(service);
        let span = &mut self.spans[at].1;
        span.end = Nanos(end);
        if failed {
            span.status = StatusCode::Error;
            span.status_message = "deadline exceeded".into();
            span.events.push(Event {
                at: Nanos(end),
                name: "exception".into(),
                attributes: vec![
                    ("exception.type".into(), "TimeoutError".into()),
                    ("exception.message".into(), "deadline exceeded while calling upstream".into()),
                ],
                ..Event::default()
            });
        }
    }

    fn call(&mut self, from: usize, to: usize, parent: SpanId, start: i64, depth: usize) -> i64 {
        let attributes = vec![
            ("rpc.system".into(), "grpc".into()),
            ("rpc.method".into(), SERVICES[to].into()),
            ("server.address".into(), SERVICES[to].into()),
            ("server.port".into(), Value::Int(8080)),
        ];
        let name = format!("shop.{}Service/Call", SERVICES[to]);
        let at = self.span(from, parent, name, SpanKind::Client, start, start, attributes);
        let id = self.spans[at].1.span_id;
        let sent = start + self.time(200.0);
        let end = self.serve(to, id, sent, depth) + self.time(200.0);
        self.spans[at].1.end = Nanos(end);
        end
    }

    /// Adds one trace to a batch.
    pub(crate) fn trace(&mut self, start: i64, into: &mut [Vec<Span>]) -> usize {
        let mut id = [0; 16];
        self.rng.fill(&mut id);
        self.spans.clear();
        self.limit = 5 + self.below(45) as usize;
        self.failing = (self.below(33) == 0).then(|| self.below(12) as usize);
        let route = ROUTES[self.below(6) as usize];
        let user = self.below(5_000);
        let method = if route == "/checkout" { "POST" } else { "GET" };
        let status = if self.failing.is_some() { 503 } else { 200 };
        let attributes = vec![
            ("http.request.method".into(), method.into()),
            ("http.route".into(), route.into()),
            ("url.path".into(), route.replace("{id}", &(user % 900).to_string()).as_str().into()),
            ("enduser.id".into(), format!("user-{user}").as_str().into()),
            ("http.response.status_code".into(), Value::Int(status)),
        ];
        let root = self.span(
            0,
            SpanId::default(),
            format!("{method} {route}"),
            SpanKind::Server,
            start,
            start,
            attributes,
        );
        let parent = self.spans[root].1.span_id;
        let (mut now, mut next) = (start + self.time(500.0), user as usize);
        while self.spans.len() < 5 || self.spans.len() + 2 <= self.limit {
            now = self.call(0, CALLS[0][next % 5], parent, now, 1);
            next += 1;
        }
        self.spans[root].1.end = Nanos(now + self.time(1_000.0));
        let instance = self.below(3) as usize;
        let count = self.spans.len();
        for (service, mut span) in self.spans.drain(..) {
            span.trace_id = TraceId(id);
            into[service + 12 * instance].push(span);
        }
        count
    }

    pub(crate) fn batch(&self, spans: Vec<Vec<Span>>) -> SpanBatch {
        let of = |(number, spans): (usize, Vec<Span>)| ResourceSpans {
            resource: self.resources[number].clone(),
            schema_url: "https://opentelemetry.io/schemas/1.27.0".into(),
            scopes: vec![ScopeSpans {
                scope: self.scopes[number % 12].clone(),
                spans,
                ..ScopeSpans::default()
            }],
        };
        let resources = spans.into_iter().enumerate().filter(|(_, spans)| !spans.is_empty()).map(of);
        SpanBatch { resources: resources.collect() }
    }
}
