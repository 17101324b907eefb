//! DNS discovery: names whose records are targets.
//!
//! ```text
//! resolv.conf -> each name with each search domain -> each server in turn: UDP, over TCP what does not fit -> records
//! ```
//! A name that one server does not know is asked for with the next search domain; a name that no server answers for keeps its
//! last targets.
//! Source: <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#dns_sd_config>

use super::feed::Found;
use super::{ADDRESS, join_host_port};
use crate::options::{DnsTargets, RecordKind};
use model::{Labels, LabelsBuilder};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stdx::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use wire::dns::{self, Answer, NO_SUCH_NAME, Record};

/// Servers that a resolver asks, as in resolv.conf(5).
const MAX_SERVERS: usize = 3;
/// The port of name servers.
const PORT: u16 = 53;

/// The names of one job.
#[derive(Debug)]
pub(super) struct Dns {
    options: DnsTargets,
    known: BTreeMap<String, Vec<Labels>>,
}

/// What resolv.conf says.
#[derive(Debug, PartialEq, Eq)]
struct Resolver {
    servers: Vec<SocketAddr>,
    search: Vec<String>,
    /// Names with so many dots are asked for as they are first.
    dots: usize,
    timeout: Duration,
    attempts: usize,
}

impl Dns {
    pub(super) fn new(options: DnsTargets) -> Self {
        Dns { options, known: BTreeMap::new() }
    }

    /// Asks until dropped.
    pub(super) async fn run(mut self, found: Found) {
        loop {
            self.refresh().await;
            let all: Vec<Labels> = self.known.values().flatten().cloned().collect();
            found.send_replace(Arc::new(all));
            tokio::time::sleep(self.options.interval).await;
        }
    }

    async fn refresh(&mut self) {
        let resolver = match Resolver::read(&self.options.resolv_conf) {
            Ok(resolver) => resolver,
            Err(reason) => {
                tracing::warn!(reason, "no name server can be asked");
                return;
            }
        };
        for name in &self.options.names {
            match resolver.lookup(name, self.options.kind).await {
                Ok(records) => {
                    let targets = records.iter().filter_map(|record| target(name, record, &self.options));
                    self.known.insert(name.clone(), targets.collect());
                }
                Err(reason) => {
                    tracing::warn!(name, reason, "a name cannot be resolved; its last targets stay")
                }
            }
        }
    }
}

/// The target of a record of the kind that was asked for.
fn target(name: &str, record: &Record, options: &DnsTargets) -> Option<Labels> {
    let mut builder = LabelsBuilder::default();
    builder.set("__meta_dns_name", name);
    // The final dot of a rooted name is not usual in addresses.
    let usual = |name: &str| name.trim_end_matches('.').to_owned();
    let address = match (options.kind, record) {
        (RecordKind::A, Record::Address(at @ IpAddr::V4(_)))
        | (RecordKind::Aaaa, Record::Address(at @ IpAddr::V6(_))) => {
            join_host_port(&at.to_string(), options.port)
        }
        (RecordKind::Srv, Record::Service { target, port }) => {
            builder
                .set("__meta_dns_srv_record_target", target)
                .set("__meta_dns_srv_record_port", &port.to_string());
            join_host_port(&usual(target), *port)
        }
        (RecordKind::Mx, Record::Mail(host)) => {
            builder.set("__meta_dns_mx_record_target", host);
            join_host_port(&usual(host), options.port)
        }
        (RecordKind::Ns, Record::Server(host)) => {
            builder.set("__meta_dns_ns_record_target", host);
            join_host_port(&usual(host), options.port)
        }
        // Such as the alias in front of an address.
        _ => return None,
    };
    builder.set(ADDRESS, &address);
    Some(builder.build())
}

impl Resolver {
    fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path);
        text.map(|text| Self::parse(&text)).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn parse(text: &str) -> Self {
        let mut resolver = Resolver {
            servers: Vec::new(),
            search: Vec::new(),
            dots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
        };
        for line in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => {
                    let at = words.next().and_then(server);
                    resolver.servers.extend(at.filter(|_| resolver.servers.len() < MAX_SERVERS));
                }
                Some("search" | "domain") => resolver.search = words.map(str::to_owned).collect(),
                Some("options") => words.for_each(|word| resolver.option(word)),
                _ => {}
            }
        }
        if resolver.servers.is_empty() {
            resolver.servers = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))];
        }
        resolver
    }

    /// The bounds are those of resolv.conf(5).
    fn option(&mut self, word: &str) {
        let Some((name, Ok(value))) = word.split_once(':').map(|(name, value)| (name, value.parse::<u8>()))
        else {
            return;
        };
        match name {
            "ndots" => self.dots = usize::from(value.min(15)),
            "timeout" => self.timeout = Duration::from_secs(value.clamp(1, 30).into()),
            "attempts" => self.attempts = usize::from(value.clamp(1, 5)),
            _ => {}
        }
    }

    /// The names to ask for, in turn.
    fn candidates(&self, name: &str) -> Vec<String> {
        if name.ends_with('.') {
            return vec![name.to_owned()];
        }
        let searched = self.search.iter().map(|domain| format!("{name}.{}.", domain.trim_end_matches('.')));
        let as_it_is = std::iter::once(format!("{name}."));
        match name.matches('.').count() >= self.dots {
            true => as_it_is.chain(searched).collect(),
            false => searched.chain(as_it_is).collect(),
        }
    }

    /// Records of the first candidate that has some; none when all are known not to be there.
    async fn lookup(&self, name: &str, kind: RecordKind) -> Result<Vec<Record>, String> {
        let mut failure = None;
        for candidate in self.candidates(name) {
            match self.ask_all(&candidate, kind).await {
                Ok(records) if !records.is_empty() => return Ok(records),
                Ok(_) => {}
                Err(reason) => failure = Some(reason),
            }
        }
        failure.map_or(Ok(Vec::new()), Err)
    }

    /// The answer of the first server that has one.
    async fn ask_all(&self, name: &str, kind: RecordKind) -> Result<Vec<Record>, String> {
        let mut failure = String::new();
        for at in std::iter::repeat_n(&self.servers, self.attempts).flatten() {
            match self.ask(*at, name, kind).await {
                Ok(Answer { code: 0, records, .. }) => return Ok(records),
                Ok(Answer { code: NO_SUCH_NAME, .. }) => return Ok(Vec::new()),
                Ok(Answer { code, .. }) => failure = format!("{at}: the answer is failure {code}"),
                Err(reason) => failure = format!("{at}: {reason}"),
            }
        }
        Err(failure)
    }

    async fn ask(&self, at: SocketAddr, name: &str, kind: RecordKind) -> Result<Answer, String> {
        let id = (Rng::from_entropy().next_u64() & 0xffff) as u16;
        let question = dns::question(id, name, kind).map_err(|error| error.to_string())?;
        let asked = async {
            let answer = over_udp(at, id, &question).await?;
            if answer.truncated { over_tcp(at, id, &question).await } else { Ok(answer) }
        };
        let answered = tokio::time::timeout(self.timeout, asked).await;
        let answered = answered.map_err(|_| "no answer in time".to_owned())?;
        answered.map_err(|error| error.to_string())
    }
}

/// An address, with a port for servers elsewhere than on 53 (`[::1]:5353`).
fn server(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.parse().ok().map(|ip: IpAddr| SocketAddr::new(ip, PORT)))
}

async fn over_udp(at: SocketAddr, id: u16, question: &[u8]) -> std::io::Result<Answer> {
    let any: IpAddr = if at.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    // Connected: packets of others are not heard.
    socket.connect(at).await?;
    socket.send(question).await?;
    let mut packet = vec![0; usize::from(dns::MAX_PACKET_BYTES)];
    loop {
        let length = socket.recv(&mut packet).await?;
        // Anything but the answer to this question is not meant for it.
        if let Ok(answer) = dns::answer(&packet[..length])
            && answer.id == id
        {
            return Ok(answer);
        }
    }
}

async fn over_tcp(at: SocketAddr, id: u16, question: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(at).await?;
    let length = u16::try_from(question.len()).map_err(std::io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat()).await?;
    let length = stream.read_u16().await?;
    let mut packet = vec![0; usize::from(length)];
    stream.read_exact(&mut packet).await?;
    let answer = dns::answer(&packet).map_err(std::io::Error::other)?;
    match answer.id == id {
        true => Ok(answer),
        false => Err(std::io::Error::other("the answer is to another question")),
    }
}

#[cfg(test)]
mod tests;
