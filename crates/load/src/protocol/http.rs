//! HTTP as a virtual user speaks it: its own connections, its own cookie jar, every phase stamped.
//!
//! One request of the script may be several exchanges (redirects, digest authentication); each is a [`Hop`] with its own
//! timings and becomes its own samples. A failed exchange is a hop with an error code, never an exception.

pub(crate) mod auth;
pub(crate) mod client;
pub(crate) mod coding;
pub(crate) mod cookies;
pub(crate) mod dial;
pub(crate) mod error;
pub(crate) mod limit;
pub(crate) mod meter;
pub(crate) mod pool;
pub(crate) mod tls;
pub(crate) mod url;

use bytes::Bytes;
use cookies::Jar;
use error::Failure;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use url::Url;

/// One request as the script asked for it.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// As written; sent as it is.
    pub(crate) method: String,
    /// Where to.
    pub(crate) url: Url,
    /// In the order the script gave them; names as written.
    pub(crate) headers: Vec<(String, String)>,
    /// `None` when there is no body at all.
    pub(crate) body: Option<Bytes>,
    /// How to answer a 401.
    pub(crate) auth: Auth,
    /// For the whole of it, redirects included.
    pub(crate) timeout: Duration,
    /// How many redirects are followed.
    pub(crate) redirects: u32,
    /// Cookies of this request alone: name, value, and whether they replace those of the jar.
    pub(crate) cookies: Vec<(String, String, bool)>,
    /// The jar to use.
    pub(crate) jar: Rc<RefCell<Jar>>,
    /// What to keep of the body.
    pub(crate) keep: Keep,
}

/// How to prove who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Auth {
    /// Credentials of the URL are sent at once.
    #[default]
    Basic,
    /// They answer the server's challenge.
    Digest,
}

/// What to keep of a response's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Keep {
    /// As text.
    #[default]
    Text,
    /// As bytes.
    Binary,
    /// Nothing.
    Nothing,
}

/// How long each phase took. `duration` is sending + waiting + receiving.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Timings {
    pub(crate) blocked: Duration,
    pub(crate) connecting: Duration,
    pub(crate) tls: Duration,
    pub(crate) sending: Duration,
    pub(crate) waiting: Duration,
    pub(crate) receiving: Duration,
}

impl Timings {
    /// What the server and the network took, without connecting.
    pub(crate) fn duration(&self) -> Duration {
        self.sending + self.waiting + self.receiving
    }
}

/// One exchange.
#[derive(Debug, Clone)]
pub(crate) struct Hop {
    /// The method that was sent.
    pub(crate) method: String,
    /// The address it went to.
    pub(crate) url: Url,
    /// 0 when there was no answer.
    pub(crate) status: u16,
    /// `HTTP/1.1`, or empty.
    pub(crate) proto: &'static str,
    /// `tls1.3`, or empty.
    pub(crate) tls_version: &'static str,
    /// When it ended, in nanoseconds since 1970.
    pub(crate) at_nanos: i64,
    /// Its phases.
    pub(crate) timings: Timings,
    /// Why there was no answer.
    pub(crate) failure: Option<Failure>,
    /// The server's challenge that the next hop answers: it counts as expected.
    pub(crate) challenge: bool,
}

/// What came back in the end.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// Every exchange; the last one is this response's own.
    pub(crate) hops: Vec<Hop>,
    /// `200 OK`.
    pub(crate) status_text: String,
    /// Canonical names; values of the same name joined by `, `.
    pub(crate) headers: Vec<(String, String)>,
    /// What `Set-Cookie` said.
    pub(crate) cookies: Vec<cookies::SetCookie>,
    /// `None` when there is none or it is not kept.
    pub(crate) body: Option<Bytes>,
    /// Who answered.
    pub(crate) remote: Option<SocketAddr>,
    /// The cipher suite; empty without TLS.
    pub(crate) tls_cipher: String,
    /// The headers of the first exchange, canonical names.
    pub(crate) sent_headers: Vec<(String, String)>,
    /// The cookies of the first exchange.
    pub(crate) sent_cookies: Vec<(String, String, bool)>,
    /// What to log when debugging.
    pub(crate) transcript: Vec<String>,
}

impl Response {
    /// The last exchange.
    pub(crate) fn last(&self) -> Option<&Hop> {
        self.hops.last()
    }
}

/// `content-type` as Go writes it: `Content-Type`.
pub(crate) fn canonical_name(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|c| {
            let c = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            upper = c == '-';
            c
        })
        .collect()
}
