//! Where syslog is listened for, and what becomes of its messages.

use crate::relabel::RelabelRule;
use model::Tenant;
use ship::http::Credential;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// One address at which syslog arrives.
#[derive(Debug, Clone)]
pub struct SyslogListener {
    /// Where; port 0 is any free port.
    pub address: SocketAddr,
    /// How messages travel.
    pub transport: SyslogTransport,
    /// Whose lines they become; `None`: the agent's own tenant.
    pub tenant: Option<Tenant>,
    /// Labels of every line.
    pub labels: BTreeMap<String, String>,
    /// Rewrites of a line's labels, which hold what the message says as `__syslog_*`; what begins with two underscores
    /// after it is left out.
    pub relabel: Vec<RelabelRule>,
    /// Whether what the message says becomes structured metadata.
    pub metadata: bool,
    /// Whether parameters of structured data are labels while relabelling.
    pub structured_data: bool,
    /// Whether a line's time is that of its message, else that of its arrival.
    pub incoming_time: bool,
    /// The zone of times that name none, by its name in the database of zones.
    pub zone: jiff::tz::TimeZone,
    /// Whether the whole message becomes the line, else its text alone.
    pub whole_message: bool,
    /// Whether messages are lines as they are, with nothing read from them.
    pub raw: bool,
    /// Bytes of one message, without its framing; a longer one ends its connection.
    pub max_message_bytes: usize,
    /// A connection without a byte for so long is closed.
    pub idle: Duration,
}

/// How messages travel.
#[derive(Debug, Clone)]
pub enum SyslogTransport {
    /// A packet a message.
    Udp,
    /// Messages one after the other, each with its length before it or a newline behind it.
    Tcp,
    /// The same, encrypted.
    Tls(Certificates),
}

/// What a server shows of itself, and whom it lets in, as PEM.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The server's certificate, and those that lead to one that clients trust.
    pub certificate: Credential,
    /// Its key.
    pub key: Credential,
    /// Who has to have signed a client's certificate; `None`: clients need none.
    pub clients: Option<Credential>,
}

impl SyslogListener {
    /// A listener whose lines have the time of their arrival, with what their messages say as structured metadata.
    pub fn new(address: SocketAddr, transport: SyslogTransport) -> Self {
        SyslogListener {
            address,
            transport,
            tenant: None,
            labels: BTreeMap::new(),
            relabel: Vec::new(),
            metadata: true,
            structured_data: false,
            incoming_time: false,
            zone: jiff::tz::TimeZone::UTC,
            whole_message: false,
            raw: false,
            // What RFC 5425 asks receivers to take.
            max_message_bytes: 8192,
            idle: Duration::from_secs(120),
        }
    }
}
