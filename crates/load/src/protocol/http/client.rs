//! The client of one VU: a request becomes exchanges until no redirect or challenge is left.
//!
//! Before it: `js/http.rs` read the script's arguments. After it: `js/http.rs` makes samples of the hops and an object of
//! the response. Invariant: every exchange that was begun ends as exactly one [`Hop`], also when the timeout cuts it.

use super::auth::{self, Challenge};
use super::coding;
use super::cookies::SetCookie;
use super::dial::Dialer;
use super::error::Failure;
use super::meter::{Bytes as ByteMeter, Stamps};
use super::pool::Pool;
use super::url::Url;
use super::{Auth, Hop, Keep, Request, Response, Timings, canonical_name};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use stdx::Rng;

/// 256 MiB: the largest body that is read.
const MAX_BODY: usize = 256 << 20;
/// Headers that describe a body, dropped when a redirect drops the body.
const BODY_HEADERS: [&str; 6] = [
    "content-type",
    "content-length",
    "content-encoding",
    "content-language",
    "content-location",
    "transfer-encoding",
];

/// One VU's HTTP client.
pub(crate) struct Client {
    dialer: Arc<Dialer>,
    pool: Pool,
    /// Bytes on the wire.
    pub(crate) bytes: Rc<ByteMeter>,
    rng: RefCell<Rng>,
}

/// The exchange that is under way, so that a timeout can still say how far it came.
#[derive(Default)]
struct Progress {
    hops: Vec<Hop>,
    current: Option<Current>,
    transcript: Vec<String>,
    sent_headers: Vec<(String, String)>,
    remote: Option<SocketAddr>,
}

struct Current {
    method: String,
    url: Url,
    started: Duration,
    /// When a connection was there, and what it took; with the stamps of its meter.
    connected: Option<(Duration, Duration, Duration, Rc<Stamps>)>,
}

/// An answer whose body has been read.
struct Answer {
    status: u16,
    status_text: String,
    headers: HeaderMap,
    body: Bytes,
    tls_version: &'static str,
    tls_cipher: String,
}

impl Client {
    /// A client that dials with `dialer`.
    pub(crate) fn with(dialer: Arc<Dialer>, rng: Rng) -> Self {
        Client { dialer, pool: Pool::default(), bytes: Rc::default(), rng: RefCell::new(rng) }
    }

    /// Closes all idle connections.
    pub(crate) fn close_idle(&self) {
        self.pool.clear();
    }

    /// Runs a request to its end.
    pub(crate) async fn run(&self, request: Request) -> Response {
        let progress = RefCell::new(Progress::default());
        let outcome = match tokio::time::timeout(request.timeout, self.follow(&request, &progress)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::timeout()),
        };
        let mut progress = progress.into_inner();
        let mut response = Response {
            hops: Vec::new(),
            status_text: String::new(),
            headers: Vec::new(),
            cookies: Vec::new(),
            body: None,
            remote: progress.remote,
            tls_cipher: String::new(),
            sent_headers: progress.sent_headers,
            sent_cookies: request.cookies.clone(),
            transcript: progress.transcript,
        };
        match outcome {
            Err(failure) => {
                if let Some(current) = progress.current.take() {
                    progress.hops.push(self.hop(current, 0, "", None, Some(failure)));
                }
            }
            Ok(answer) => match finish_body(&answer, request.keep) {
                Ok(body) => {
                    response.cookies = set_cookies(&answer.headers);
                    response.headers = joined(&answer.headers);
                    response.status_text = answer.status_text;
                    response.tls_cipher = answer.tls_cipher;
                    response.body = body;
                }
                Err(failure) => {
                    if let Some(last) = progress.hops.last_mut() {
                        (last.status, last.proto, last.failure) = (0, "", Some(failure));
                    }
                }
            },
        }
        response.hops = progress.hops;
        response
    }

    /// Exchanges until there is an answer that asks for nothing more.
    async fn follow(&self, request: &Request, progress: &RefCell<Progress>) -> Result<Answer, Failure> {
        let (mut url, mut method) = (request.url.clone(), request.method.clone());
        let (mut headers, mut body) = (request.headers.clone(), request.body.clone());
        let mut redirects = request.redirects;
        let mut authorization = match (request.auth, url.credentials()) {
            (Auth::Basic, Some((user, password))) => Some(auth::basic(&user, &password)),
            _ => None,
        };
        let mut challenged = false;
        loop {
            if let Some(rate) = &self.dialer.rate {
                rate.turn().await;
            }
            let map = self.headers(request, &url, &headers, authorization.as_deref())?;
            let answer = self.exchange(&method, &url, map, body.clone(), progress).await?;
            {
                let mut jar = request.jar.borrow_mut();
                for cookie in set_cookies(&answer.headers) {
                    jar.store(&url, cookie, &self.dialer.clock);
                }
            }
            if answer.status == 401
                && request.auth == Auth::Digest
                && !challenged
                && let Some((user, password)) = url.credentials()
                && let Some(challenge) =
                    answer.headers.get("www-authenticate").and_then(|h| Challenge::parse(h.to_str().ok()?))
            {
                challenged = true;
                if let Some(last) = progress.borrow_mut().hops.last_mut() {
                    last.challenge = true;
                }
                let cnonce = format!("{:016x}", self.rng.borrow_mut().next_u64());
                authorization = Some(challenge.answer(&user, &password, &method, &url.target(), &cnonce));
                continue;
            }
            let location = answer.headers.get("location").and_then(|l| l.to_str().ok());
            let (true, Some(location)) =
                (matches!(answer.status, 301 | 302 | 303 | 307 | 308) && redirects > 0, location)
            else {
                return Ok(answer);
            };
            redirects -= 1;
            let next = url.join(location).map_err(Failure::bad_url)?;
            if !matches!(answer.status, 307 | 308) && !matches!(method.as_str(), "GET" | "HEAD") {
                "GET".clone_into(&mut method);
                body = None;
                headers.retain(|(n, _)| !BODY_HEADERS.contains(&n.to_ascii_lowercase().as_str()));
            }
            if next.host != url.host {
                authorization = None;
                headers.retain(|(n, _)| {
                    !matches!(n.to_ascii_lowercase().as_str(), "authorization" | "www-authenticate")
                });
            }
            headers.retain(|(n, _)| !n.eq_ignore_ascii_case("referer") && !n.eq_ignore_ascii_case("host"));
            headers.push(("Referer".to_owned(), url.plain()));
            url = next;
        }
    }

    fn headers(
        &self,
        request: &Request,
        url: &Url,
        written: &[(String, String)],
        authorization: Option<&str>,
    ) -> Result<HeaderMap, Failure> {
        let mut map = HeaderMap::new();
        let mut add = |name: &str, value: &str| {
            let invalid = || Failure::of(1000, format!("net/http: invalid header field {name:?}: {value:?}"));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?;
            map.append(name, value);
            Ok::<_, Failure>(())
        };
        let has = |name: &str| written.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        if !has("host") {
            add("host", &url.authority())?;
        }
        if !has("user-agent") && !self.dialer.settings.user_agent.is_empty() {
            add("user-agent", &self.dialer.settings.user_agent)?;
        }
        let mut cookies: Vec<String> = Vec::new();
        for (name, value) in written {
            if name.eq_ignore_ascii_case("cookie") {
                cookies.push(value.clone());
            } else if !name.eq_ignore_ascii_case("content-length") {
                add(name, value)?;
            }
        }
        if let Some(value) = authorization.filter(|_| !has("authorization")) {
            add("authorization", value)?;
        }
        cookies.extend(request.cookies.iter().map(|(n, v, _)| format!("{n}={v}")));
        let replaced = |name: &str| request.cookies.iter().any(|(n, _, replace)| *replace && n == name);
        let stored = request.jar.borrow().cookies_for(url, &self.dialer.clock);
        cookies.extend(stored.iter().filter(|(n, _)| !replaced(n)).map(|(n, v)| format!("{n}={v}")));
        if !cookies.is_empty() {
            add("cookie", &cookies.join("; "))?;
        }
        if self.dialer.settings.no_connection_reuse {
            add("connection", "close")?;
        }
        Ok(map)
    }

    async fn exchange(
        &self,
        method: &str,
        url: &Url,
        headers: HeaderMap,
        body: Option<Bytes>,
        progress: &RefCell<Progress>,
    ) -> Result<Answer, Failure> {
        let clock = &self.dialer.clock;
        self.note_request(method, url, &headers, body.as_ref(), progress);
        progress.borrow_mut().current = Some(Current {
            method: method.to_owned(),
            url: url.clone(),
            started: clock.monotonic(),
            connected: None,
        });
        let request = outgoing(method, url, headers, body.as_ref())?;
        let may_retry = body.is_none() || matches!(method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS");
        loop {
            let mut connection = self.pool.take(url, &self.dialer, &self.bytes).await?;
            connection.stamps.restart();
            {
                let mut progress = progress.borrow_mut();
                progress.remote = Some(connection.remote);
                if let Some(current) = &mut progress.current {
                    let took = (connection.connecting, connection.handshaking);
                    current.connected =
                        Some((clock.monotonic(), took.0, took.1, Rc::clone(&connection.stamps)));
                }
            }
            let answer = match connection.sender.send_request(request.clone()).await {
                Ok(answer) => answer,
                // An idle connection that the server closed just now: the request never reached it.
                Err(_) if connection.reused && may_retry && connection.stamps.first_byte.get().is_none() => {
                    continue;
                }
                Err(e) => return Err(Failure::talking(&e)),
            };
            let (parts, incoming) = answer.into_parts();
            let read = Limited::new(incoming, MAX_BODY).collect().await;
            let body = read.map_err(|e| Failure::talking(e.as_ref()))?.to_bytes();
            let status = parts.status.as_u16();
            let answer = Answer {
                status,
                status_text: status_text(status, &parts.extensions),
                headers: parts.headers,
                body,
                tls_version: connection.tls_version,
                tls_cipher: connection.tls_cipher.clone(),
            };
            let mut progress = progress.borrow_mut();
            if let Some(current) = progress.current.take() {
                progress.hops.push(self.hop(
                    current,
                    status,
                    answer.tls_version,
                    Some(clock.monotonic()),
                    None,
                ));
            }
            self.note_answer(&answer, &mut progress);
            let closing =
                answer.headers.get("connection").is_some_and(|c| c.as_bytes().eq_ignore_ascii_case(b"close"));
            if !closing && !self.dialer.settings.no_connection_reuse {
                self.pool.put(url, connection);
            }
            return Ok(answer);
        }
    }

    /// Makes a hop of an exchange that ended now.
    fn hop(
        &self,
        current: Current,
        status: u16,
        tls_version: &'static str,
        ended: Option<Duration>,
        failure: Option<Failure>,
    ) -> Hop {
        let clock = &self.dialer.clock;
        let now = ended.unwrap_or_else(|| clock.monotonic());
        let mut timings = Timings::default();
        match &current.connected {
            None => timings.blocked = now.saturating_sub(current.started),
            Some((connected, connecting, handshaking, stamps)) => {
                timings.blocked = connected.saturating_sub(current.started);
                timings.connecting = *connecting;
                timings.tls = *handshaking;
                let wrote = stamps.wrote.get().unwrap_or(*connected).clamp(*connected, now.max(*connected));
                let first = stamps.first_byte.get().unwrap_or(now).max(wrote);
                timings.sending = wrote.saturating_sub(*connected);
                timings.waiting = first.saturating_sub(wrote);
                timings.receiving = now.saturating_sub(first);
            }
        }
        let proto = if status == 0 { "" } else { "HTTP/1.1" };
        let Current { method, url, .. } = current;
        Hop {
            method,
            url,
            status,
            proto,
            tls_version,
            at_nanos: clock.now_nanos(),
            timings,
            failure,
            challenge: false,
        }
    }

    fn note_request(
        &self,
        method: &str,
        url: &Url,
        headers: &HeaderMap,
        body: Option<&Bytes>,
        progress: &RefCell<Progress>,
    ) {
        let mut progress = progress.borrow_mut();
        if progress.hops.is_empty() && progress.sent_headers.is_empty() {
            progress.sent_headers = headers
                .iter()
                .filter(|(n, _)| *n != "host")
                .map(|(n, v)| {
                    (canonical_name(n.as_str()), String::from_utf8_lossy(v.as_bytes()).into_owned())
                })
                .collect();
        }
        if let Some(with_bodies) = self.dialer.settings.debug {
            let first = format!("Request:\n{method} {} HTTP/1.1\r\n", url.target());
            progress.transcript.push(transcript(first, headers, body.filter(|_| with_bodies)));
        }
    }

    fn note_answer(&self, answer: &Answer, progress: &mut Progress) {
        if let Some(with_bodies) = self.dialer.settings.debug {
            let first = format!("Response:\nHTTP/1.1 {}\r\n", answer.status_text);
            progress.transcript.push(transcript(
                first,
                &answer.headers,
                Some(&answer.body).filter(|_| with_bodies),
            ));
        }
    }
}

/// The request as it goes out. `Err` when it cannot.
fn outgoing(
    method: &str,
    url: &Url,
    headers: HeaderMap,
    body: Option<&Bytes>,
) -> Result<hyper::Request<Full<Bytes>>, Failure> {
    if !matches!(url.scheme.as_str(), "http" | "https") {
        return Err(Failure::of(1000, format!("unsupported protocol scheme \"{}\"", url.scheme)));
    }
    if url.host.is_empty() {
        return Err(Failure::of(1000, "no Host in request URL"));
    }
    let mut request = hyper::Request::new(Full::new(body.cloned().unwrap_or_default()));
    *request.method_mut() = hyper::Method::from_bytes(method.as_bytes())
        .map_err(|_| Failure::of(1000, format!("net/http: invalid method \"{method}\"")))?;
    *request.uri_mut() = url.target().parse().map_err(|e| Failure::bad_url(format!("invalid URL: {e}")))?;
    *request.headers_mut() = headers;
    Ok(request)
}

fn transcript(mut text: String, headers: &HeaderMap, body: Option<&Bytes>) -> String {
    for (name, value) in headers {
        let _ = write!(
            text,
            "{}: {}\r\n",
            canonical_name(name.as_str()),
            String::from_utf8_lossy(value.as_bytes())
        );
    }
    text.push_str("\r\n");
    if let Some(body) = body {
        text.push_str(&String::from_utf8_lossy(body));
    }
    text
}

/// `404 Not Found`: the reason as the server wrote it.
fn status_text(status: u16, extensions: &http::Extensions) -> String {
    let written = extensions
        .get::<hyper::ext::ReasonPhrase>()
        .map(|r| String::from_utf8_lossy(r.as_bytes()).into_owned());
    let known = || {
        http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("").to_owned()
    };
    format!("{status} {}", written.unwrap_or_else(known))
}

fn finish_body(answer: &Answer, keep: Keep) -> Result<Option<Bytes>, Failure> {
    let encoding = answer.headers.get("content-encoding").and_then(|e| e.to_str().ok()).unwrap_or("");
    if keep == Keep::Nothing || matches!(answer.status, 100..=199 | 204 | 304) {
        return Ok(None);
    }
    coding::decode(answer.body.clone(), encoding).map(Some)
}

fn set_cookies(headers: &HeaderMap) -> Vec<SetCookie> {
    let values = headers.get_all("set-cookie").iter();
    values.filter_map(|v| SetCookie::parse(&String::from_utf8_lossy(v.as_bytes()))).collect()
}

/// Headers by canonical name, values of the same name joined.
fn joined(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .keys()
        // How the body travelled is no news to the script.
        .filter(|name| *name != "transfer-encoding")
        .map(|name| {
            let values: Vec<_> =
                headers.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
            (canonical_name(name.as_str()), values.join(", "))
        })
        .collect()
}
