//! Opens the listeners, one a door, and closes them gracefully.
//!
//! Some speak no HTTP: [`graphite`], [`jaeger_udp`]. All addresses are bound before the first request is taken, so a taken
//! port fails the start, not a request. HTTP/1.1 and HTTP/2 without TLS are told apart by the connection's first bytes.

mod graphite;
mod jaeger_udp;
mod lenient;

use crate::access;
use crate::api::{
    admin, agents, batch, elasticsearch, grafana, jaeger, loki, otlp, prometheus, tempo, zipkin,
};
use crate::respond;
use crate::state::State;
use crate::telemetry::{Counter, Histogram};
use crate::ui::{self, Assets};
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;
use stdx::future::caught;
use stdx::task::Task;
use stdx::{Cancel, task};
use tokio::net::{TcpListener, UdpSocket};
use tracing::{Instrument, Span};

/// Where each door listens; `None` is a closed door, port 0 any free port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Web UI and its data sources.
    pub ui: Option<SocketAddr>,
    /// Metrics API.
    pub prometheus: Option<SocketAddr>,
    /// Logs API.
    pub loki: Option<SocketAddr>,
    /// Traces API.
    pub tempo: Option<SocketAddr>,
    /// Traces API over gRPC (HTTP/2 without TLS, which the traces door speaks too).
    pub tempo_grpc: Option<SocketAddr>,
    /// OTLP over gRPC.
    pub otlp_grpc: Option<SocketAddr>,
    /// OTLP over HTTP.
    pub otlp_http: Option<SocketAddr>,
    /// Jaeger's collector, Thrift over HTTP.
    pub jaeger_http: Option<SocketAddr>,
    /// Jaeger's collector over gRPC.
    pub jaeger_grpc: Option<SocketAddr>,
    /// Jaeger's agent, compact Thrift over UDP.
    pub jaeger_compact: Option<SocketAddr>,
    /// Jaeger's agent, binary Thrift over UDP.
    pub jaeger_binary: Option<SocketAddr>,
    /// Jaeger's query API.
    pub jaeger_query: Option<SocketAddr>,
    /// Zipkin, in and out.
    pub zipkin: Option<SocketAddr>,
    /// Graphite's plain text, over TCP and UDP.
    pub graphite: Option<SocketAddr>,
    /// Elasticsearch's bulk protocol.
    pub elasticsearch: Option<SocketAddr>,
}

impl Addresses {
    /// The default ports on one address.
    pub fn on(ip: std::net::IpAddr) -> Self {
        let at = |port| Some(SocketAddr::new(ip, port));
        Addresses {
            ui: at(3000),
            prometheus: at(9090),
            loki: at(3100),
            tempo: at(3200),
            tempo_grpc: at(9095),
            otlp_grpc: at(4317),
            otlp_http: at(4318),
            jaeger_http: at(14_268),
            jaeger_grpc: at(14_250),
            jaeger_compact: at(6831),
            jaeger_binary: at(6832),
            jaeger_query: at(16_686),
            zipkin: at(9411),
            graphite: at(2003),
            elasticsearch: at(9200),
        }
    }

    /// Any free port for every door: for tests.
    pub fn any_port() -> Self {
        let any = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        Addresses {
            ui: any,
            prometheus: any,
            loki: any,
            tempo: any,
            tempo_grpc: any,
            otlp_grpc: any,
            otlp_http: any,
            jaeger_http: any,
            jaeger_grpc: any,
            jaeger_compact: any,
            jaeger_binary: any,
            jaeger_query: any,
            zipkin: any,
            graphite: any,
            elasticsearch: any,
        }
    }

    fn named(&self) -> [(&'static str, Option<SocketAddr>); 15] {
        [
            ("ui", self.ui),
            ("prometheus", self.prometheus),
            ("loki", self.loki),
            ("tempo", self.tempo),
            ("tempo_grpc", self.tempo_grpc),
            ("otlp_grpc", self.otlp_grpc),
            ("otlp_http", self.otlp_http),
            ("jaeger_http", self.jaeger_http),
            ("jaeger_grpc", self.jaeger_grpc),
            ("jaeger_compact", self.jaeger_compact),
            ("jaeger_binary", self.jaeger_binary),
            ("jaeger_query", self.jaeger_query),
            ("zipkin", self.zipkin),
            ("graphite", self.graphite),
            ("elasticsearch", self.elasticsearch),
        ]
    }
}

/// Doors that take packets alone.
const PACKETS: [&str; 2] = ["jaeger_compact", "jaeger_binary"];

/// A door that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} for the {door} door: {reason}")]
pub struct OpenError {
    /// Its name.
    pub door: &'static str,
    /// Where it should have listened.
    pub address: SocketAddr,
    /// What the system says.
    pub reason: io::Error,
}

/// Open doors. Dropping them closes them at once.
pub struct Doors {
    opened: Vec<(&'static str, SocketAddr)>,
    tasks: Vec<Task<()>>,
    stop: Cancel,
    state: Arc<State>,
}

impl Doors {
    /// Binds every address, then takes requests on all of them.
    pub async fn open(
        state: Arc<State>,
        addresses: &Addresses,
        assets: Arc<dyn Assets>,
    ) -> Result<Self, OpenError> {
        let (mut bound, mut sockets) = (Vec::new(), Vec::new());
        for (door, address) in addresses.named() {
            let Some(address) = address else { continue };
            let fail = |reason| OpenError { door, address, reason };
            if PACKETS.contains(&door) {
                let socket = UdpSocket::bind(address).await.map_err(fail)?;
                let address = socket.local_addr().map_err(fail)?;
                sockets.push((door, address, socket));
                continue;
            }
            let listener = TcpListener::bind(address).await.map_err(fail)?;
            let address = listener.local_addr().map_err(fail)?;
            bound.push((door, address, listener));
        }
        let stop = Cancel::new();
        let mut doors =
            Doors { opened: Vec::new(), tasks: Vec::new(), stop: stop.clone(), state: state.clone() };
        for (door, address, socket) in sockets {
            doors.opened.push((door, address));
            let fail = |reason| OpenError { door, address, reason };
            let packets = jaeger_udp::Packets::of(state.clone(), stop.clone()).map_err(fail)?;
            doors.tasks.push(task::spawn(packets.take(socket)));
        }
        for (door, address, listener) in bound {
            doors.opened.push((door, address));
            if door == "graphite" {
                let fail = |reason| OpenError { door, address, reason };
                let lines = graphite::Lines::of(state.clone(), stop.clone()).map_err(fail)?;
                let packets = UdpSocket::bind(address).await.map_err(fail)?;
                doors.tasks.push(task::spawn(graphite::datagrams(lines.clone(), packets)));
                doors.tasks.push(task::spawn(graphite::connections(lines, listener)));
                continue;
            }
            let router = router(door, state.clone(), assets.clone());
            doors.tasks.push(task::spawn(serve(door, listener, router, stop.clone())));
        }
        state.doors.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&doors.opened);
        Ok(doors)
    }

    /// Names and addresses of the open doors.
    pub fn opened(&self) -> &[(&'static str, SocketAddr)] {
        &self.opened
    }

    /// The address of one door.
    pub fn address(&self, door: &str) -> Option<SocketAddr> {
        self.opened.iter().find(|(name, _)| *name == door).map(|(_, address)| *address)
    }

    /// Takes no more connections, waits up to `patience` for running requests, then drops what is left.
    pub async fn close(self, patience: Duration) {
        self.state.set_ready(false);
        self.stop.cancel();
        let all = async {
            for task in self.tasks {
                // A door that failed has said so in the log.
                let _ = task.join().await;
            }
        };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("requests were still running when the doors closed");
        }
    }
}

async fn serve(door: &'static str, listener: TcpListener, router: Router, stop: Cancel) {
    let stopped = async move { stop.canceled().await };
    if let Err(error) = axum::serve(lenient::Lenient(listener), router).with_graceful_shutdown(stopped).await
    {
        tracing::error!(door, %error, "a door failed");
    }
}

/// The whole of what answers on a door.
pub fn router(door: &'static str, state: Arc<State>, assets: Arc<dyn Assets>) -> Router {
    let router = match door {
        "prometheus" => {
            let routes = prometheus::routes(state.clone()).merge(agents::report_routes(state.clone()));
            routes.clone().nest("/prometheus", routes)
        }
        "loki" => loki::routes(state.clone()).merge(agents::report_routes(state.clone())),
        "tempo" | "tempo_grpc" => tempo::routes(state.clone()),
        "otlp_grpc" => otlp::grpc_routes(state.clone()),
        "otlp_http" => otlp::http_routes(state.clone()).merge(agents::report_routes(state.clone())),
        "jaeger_http" => jaeger::http_routes(state.clone()),
        "jaeger_grpc" => jaeger::grpc_routes(state.clone()),
        "jaeger_query" => jaeger::query_routes(state.clone()),
        "zipkin" => zipkin::routes(state.clone()),
        "elasticsearch" => elasticsearch::routes(state.clone()),
        _ => ui_router(state.clone(), assets),
    };
    let router = match door {
        "ui" | "otlp_grpc" | "jaeger_grpc" => router,
        "tempo" | "tempo_grpc" => router.fallback(tempo::unknown),
        _ => router.fallback(respond::not_found),
    };
    let requests = Arc::new(Requests { door, state, answered: Default::default(), seconds: OnceLock::new() });
    let router = match door {
        "ui" => router.method_not_allowed_fallback(respond::method_not_allowed_on_ui),
        _ => router.method_not_allowed_fallback(respond::method_not_allowed),
    };
    router
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(move |request, next| observe(requests.clone(), request, next)))
}

/// The app, Oriel's own API, and the same APIs that the other doors have.
fn ui_router(state: Arc<State>, assets: Arc<dyn Assets>) -> Router {
    let files = move |method: Method, uri: Uri, headers: HeaderMap| async move {
        match method {
            Method::GET | Method::HEAD => ui::serve(assets.as_ref(), uri.path(), &headers),
            _ if respond::is_of_dashboards(uri.path()) => ui::unknown_path(),
            _ => respond::method_not_allowed().await,
        }
    };
    let guarded = state.clone();
    admin::routes(state.clone())
        .merge(agents::routes(state.clone()))
        .merge(batch::routes(state.clone()))
        .merge(grafana::routes(state.clone()))
        .merge(prometheus::api_routes(state.clone()))
        .merge(loki::api_routes(state.clone()))
        .merge(access::login::routes(state.clone(), files.clone()))
        .nest("/tempo", tempo::api_routes(state))
        .fallback(files)
        .layer(middleware::from_fn(move |request, next| access::guard(guarded.clone(), request, next)))
}

/// The span of one request: Oriel's own trace of it.
fn request_span(door: &'static str, request: &Request) -> Span {
    let (method, path) = (request.method().as_str(), request.uri().path());
    // The pattern of the path, so that requests for different things are one operation.
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}").trim_end(),
        otel.kind = "server",
        http.request.method = method,
        url.path = path,
        http.route = route,
        oriel.door = door,
        http.response.status_code = tracing::field::Empty,
        otel.status_code = tracing::field::Empty,
    )
}

/// Says in its span how a request ended.
fn record_status(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
}

/// What is counted of a door's requests. Each number is looked up once, at the first request that counts in it.
struct Requests {
    door: &'static str,
    state: Arc<State>,
    /// By the class of the status.
    answered: [OnceLock<Counter>; 4],
    seconds: OnceLock<Histogram>,
}

impl Requests {
    fn count(&self, status: StatusCode, took: Duration) {
        let (at, class) = match status.as_u16() {
            200..=299 => (0, "2xx"),
            300..=399 => (1, "3xx"),
            400..=499 => (2, "4xx"),
            _ => (3, "5xx"),
        };
        let telemetry = &self.state.telemetry;
        let labels = [("door", self.door), ("status", class)];
        let answered = || telemetry.counter("oriel_http_requests_total", "Requests answered.", &labels);
        self.answered[at].get_or_init(answered).add(1);
        let seconds = || telemetry.histogram("oriel_http_request_seconds", "Time to answer.", &labels[..1]);
        self.seconds.get_or_init(seconds).observe(took);
    }
}

/// Counts and times every request; answers CORS questions; turns a panic of a handler into a 500 of that request.
async fn observe(requests: Arc<Requests>, request: Request, next: Next) -> Response {
    let (door, state) = (requests.door, &requests.state);
    let started = state.clock.monotonic();
    let mut response = if request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        || request.method() == Method::OPTIONS && door == "prometheus"
    {
        respond::empty(StatusCode::NO_CONTENT)
    } else {
        // In the connection's own task: a task for each request costs more than most requests.
        let span = request_span(door, &request);
        match caught(next.run(request)).instrument(span.clone()).await {
            Ok(response) => {
                record_status(&span, response.status());
                response
            }
            Err(error) => {
                tracing::error!(%error, door, "a request handler panicked");
                respond::text(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal error; the server's log says more\n",
                )
            }
        }
    };
    if matches!(door, "prometheus" | "loki" | "tempo") {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("Accept, Authorization, Content-Type, Origin, X-Scope-OrgID"),
        );
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Date"));
    }
    requests.count(response.status(), state.clock.monotonic().saturating_sub(started));
    response
}

#[cfg(test)]
mod tests;
