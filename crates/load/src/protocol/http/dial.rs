//! Dialling: name to address (with the `hosts` option in between), what may not be reached, TCP, TLS; each phase timed.

use super::error::Failure;
use super::limit::RateLimit;
use super::meter::{Bytes, Metered, Stamps};
use super::tls;
use super::url::Url;
use crate::options::settings::HttpSettings;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use stdx::Clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// What all VUs of a run dial with.
pub(crate) struct Dialer {
    /// What requests are told.
    pub(crate) settings: HttpSettings,
    /// Time.
    pub(crate) clock: Clock,
    /// Requests a second.
    pub(crate) rate: Option<RateLimit>,
    tls: OnceLock<Arc<ClientConfig>>,
}

/// A stream of either sort.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// A connection that was just made.
pub(crate) struct Dialled {
    /// Bytes both ways.
    pub(crate) stream: Box<dyn Stream + Send>,
    /// The other side.
    pub(crate) remote: SocketAddr,
    /// How long TCP took.
    pub(crate) connecting: Duration,
    /// How long TLS took.
    pub(crate) handshaking: Duration,
    /// `tls1.3`, or empty.
    pub(crate) tls_version: &'static str,
    /// The suite, or empty.
    pub(crate) tls_cipher: String,
}

/// Dials take at most 30 s, as in the replaced runner.
const DIAL_TIMEOUT: Duration = Duration::from_secs(30);

impl Dialer {
    /// A dialer for a run.
    pub(crate) fn with(settings: HttpSettings, clock: Clock) -> Self {
        let rate = RateLimit::per_second(settings.rps, clock.clone());
        Dialer { settings, clock, rate, tls: OnceLock::new() }
    }

    /// Connects to where `url` points.
    pub(crate) async fn dial(&self, url: &Url) -> Result<Dialled, Failure> {
        let addresses = self.resolve(&url.host, url.effective_port()).await?;
        let started = self.clock.monotonic();
        let (tcp, remote) = connect(&addresses).await?;
        let connecting = self.clock.monotonic() - started;
        let _ = tcp.set_nodelay(true);
        if !matches!(url.scheme.as_str(), "https" | "wss") {
            let stream = Box::new(tcp);
            let none = Duration::ZERO;
            return Ok(Dialled {
                stream,
                remote,
                connecting,
                handshaking: none,
                tls_version: "",
                tls_cipher: String::new(),
            });
        }
        let started = self.clock.monotonic();
        let config = self.tls.get_or_init(|| tls::config(self.settings.insecure));
        let name = ServerName::try_from(url.host.clone())
            .map_err(|_| Failure::of(1300, format!("tls: '{}' is no server name", url.host)))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(config));
        let stream = connector.connect(name, tcp).await.map_err(|e| Failure::handshaking(&e))?;
        let handshaking = self.clock.monotonic() - started;
        let session = stream.get_ref().1;
        let tls_version = match session.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "tls1.3",
            Some(rustls::ProtocolVersion::TLSv1_2) => "tls1.2",
            _ => "",
        };
        let suite = session.negotiated_cipher_suite().map(|s| format!("{:?}", s.suite()));
        // rustls spells TLS 1.3 suites TLS13_AES...; everyone else TLS_AES...
        let tls_cipher = suite.unwrap_or_default().replacen("TLS13_", "TLS_", 1);
        Ok(Dialled { stream: Box::new(stream), remote, connecting, handshaking, tls_version, tls_cipher })
    }

    /// Puts a meter on what was dialled.
    pub(crate) fn metered(
        &self,
        stream: Box<dyn Stream + Send>,
        bytes: Rc<Bytes>,
        stamps: Rc<Stamps>,
    ) -> Metered<TokioIo<Box<dyn Stream + Send>>> {
        Metered::on(TokioIo::new(stream), self.clock.clone(), bytes, stamps)
    }

    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
        let (host, port) = self.substituted(host, port);
        let literal: Option<IpAddr> = host.parse().ok();
        if literal.is_none() && self.settings.blocked.iter().any(|p| matches(p, &host)) {
            return Err(Failure::of(1111, format!("hostname ({host}) is in a blocked pattern")));
        }
        let addresses: Vec<SocketAddr> = match literal {
            Some(address) => vec![SocketAddr::new(address, port)],
            None => match tokio::net::lookup_host((host.as_str(), port)).await {
                Ok(found) => found.collect(),
                Err(e) => return Err(Failure::of(1101, format!("lookup {host}: {e}"))),
            },
        };
        if addresses.is_empty() {
            return Err(Failure::of(1101, format!("lookup {host}: no such host")));
        }
        let forbidden =
            |a: &SocketAddr| self.settings.blacklist.iter().any(|(net, bits)| within(a.ip(), *net, *bits));
        if addresses.iter().any(forbidden) {
            return Err(Failure::of(1110, "ip is blacklisted"));
        }
        Ok(addresses)
    }

    /// What the `hosts` option puts in the place of a name: exact names first, then patterns.
    fn substituted(&self, host: &str, port: u16) -> (String, u16) {
        let blocked = self.settings.blocked.iter().any(|p| matches(p, host));
        let with_port = format!("{host}:{port}");
        let exact = |(name, _): &&(String, String)| *name == with_port || name == host;
        let pattern = |(name, _): &&(String, String)| {
            name.contains('*') && (matches(name, host) || matches(name, &with_port))
        };
        let hosts = &self.settings.hosts;
        match hosts.iter().find(exact).or_else(|| hosts.iter().find(pattern)) {
            Some((_, address)) if !blocked => match address.parse::<SocketAddr>() {
                Ok(both) => (both.ip().to_string(), both.port()),
                Err(_) => (address.clone(), port),
            },
            _ => (host.to_owned(), port),
        }
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), Failure> {
    let mut last = Failure::of(1210, "dial: no address");
    for address in addresses {
        match tokio::time::timeout(DIAL_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, *address)),
            Ok(Err(e)) => last = Failure::connecting(&e, &address.to_string()),
            Err(_) => last = Failure::of(1211, format!("dial: i/o timeout ({address})")),
        }
    }
    Err(last)
}

/// Whether a name fits a pattern whose `*` stands for any text; letters of either case.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    match pattern.split_once('*') {
        Some((before, after)) => {
            name.len() > before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        }
        None => pattern == name,
    }
}

fn within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address.to_canonical(), network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            bits == 0 || (u32::from(a) ^ u32::from(n)) >> (32 - bits.min(32)) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            bits == 0 || (u128::from(a) ^ u128::from(n)) >> (128 - bits.min(128)) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_networks() {
        assert!(matches("*.test", "a.test") && !matches("*.test", ".test") && matches("A.test", "a.TEST"));
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(
            within(ip("127.9.0.1"), ip("127.9.0.0"), 16) && !within(ip("127.8.0.1"), ip("127.9.0.0"), 16)
        );
        assert!(within(ip("::1"), ip("::"), 0) && !within(ip("::1"), ip("0.0.0.0"), 0));
        assert!(within(ip("::ffff:10.0.0.1"), ip("10.0.0.0"), 8));
    }
}
