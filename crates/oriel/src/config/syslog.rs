//! Where syslog is listened for: `syslog`, a list of listeners.

use super::{ByteSize, Span};
use agent::compat::prometheus::RelabelConfig;
use agent::options::{Certificates, Credential, SyslogListener, SyslogTransport};
use agent::relabel::{RelabelAction, RelabelRule};
use anyhow::{Context, Result, bail};
use model::Tenant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::ToSocketAddrs;
use std::path::PathBuf;

/// A listener for syslog of RFC 5424 and RFC 3164.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Syslog {
    /// Where it listens, `host:port`; usually port 514, encrypted 6514.
    pub address: String,
    /// `tcp` or `udp`.
    #[serde(default)]
    pub protocol: Protocol,
    /// Certificates of an encrypted listener.
    #[serde(default)]
    pub tls: Option<TlsFiles>,
    /// Whose lines its messages become; empty: the default tenant.
    #[serde(default)]
    pub tenant: String,
    /// Labels of every line.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Rules that make labels from what a message says (`__syslog_message_hostname` and others); by default `host`, `app` and
    /// `job="syslog"`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<BTreeMap<String, serde_json::Value>>>")]
    pub relabel_configs: Option<Vec<RelabelConfig>>,
    /// Whether what a message says becomes structured metadata.
    #[serde(default = "super::yes")]
    pub metadata: bool,
    /// Whether parameters of structured data are labels for the rules, as `__syslog_message_sd_ID_NAME`.
    #[serde(default)]
    pub label_structured_data: bool,
    /// Whether a line has the time of its message, else that of its arrival.
    #[serde(default)]
    pub use_incoming_timestamp: bool,
    /// The zone of times that name none, such as Europe/Berlin.
    #[serde(default = "utc")]
    pub timezone: String,
    /// Whether the whole message is the line, else its text alone.
    #[serde(default)]
    pub whole_message: bool,
    /// `auto` reads either RFC; `raw` takes messages as they are.
    #[serde(default)]
    pub format: Format,
    /// A longer message ends its connection.
    #[serde(default = "eight_kib")]
    pub max_message_length: ByteSize,
    /// A connection that says nothing for so long is closed.
    #[serde(default = "two_minutes")]
    pub idle_timeout: Span,
}

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    /// A stream, whose messages begin with their length or end with a newline.
    #[default]
    Tcp,
    /// A packet a message.
    Udp,
}

/// What is read from a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// RFC 5424 or RFC 3164, whichever it is.
    #[default]
    Auto,
    /// Nothing.
    Raw,
}

/// Certificates of a listener, as PEM files.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsFiles {
    /// The listener's certificate and those that lead to one that senders trust.
    pub cert_file: PathBuf,
    /// Its key.
    pub key_file: PathBuf,
    /// Who has to have signed the certificates of senders.
    #[serde(default)]
    pub client_ca_file: Option<PathBuf>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn eight_kib() -> ByteSize {
    ByteSize(8 << 10)
}

fn two_minutes() -> Span {
    Span::seconds(120)
}

/// The listeners as the agent takes them. `must_name`: every sender has a tenant.
pub(super) fn listeners(all: &[Syslog], must_name: bool) -> Result<Vec<SyslogListener>> {
    let one = |one: &Syslog| one.listener(must_name).with_context(|| format!("syslog: {}", one.address));
    all.iter().map(one).collect()
}

impl Syslog {
    fn listener(&self, must_name: bool) -> Result<SyslogListener> {
        let resolved = self.address.to_socket_addrs().ok().and_then(|mut all| all.next());
        let address = resolved.context("this is no address; write host:port")?;
        let transport = match (&self.tls, self.protocol) {
            (Some(_), Protocol::Udp) => bail!("tls goes with protocol: tcp"),
            (None, Protocol::Udp) => SyslogTransport::Udp,
            (None, Protocol::Tcp) => SyslogTransport::Tcp,
            (Some(files), Protocol::Tcp) => SyslogTransport::Tls(Certificates {
                certificate: Credential::File(files.cert_file.clone()),
                key: Credential::File(files.key_file.clone()),
                clients: files.client_ca_file.clone().map(Credential::File),
            }),
        };
        let tenant = match self.tenant.as_str() {
            "" if must_name => bail!("with auth.enabled its lines need a tenant; name it by the key tenant"),
            "" => None,
            name => Some(Tenant::parse(name).with_context(|| format!("tenant {name:?}"))?),
        };
        if self.max_message_length.0 == 0 || self.idle_timeout.nonzero().is_none() {
            bail!("max_message_length and idle_timeout must be more than 0");
        }
        let mut labels = self.labels.clone();
        let relabel = match &self.relabel_configs {
            Some(configs) => configs.iter().map(|config| config.rule.clone()).collect(),
            None => {
                labels.entry("job".to_owned()).or_insert_with(|| "syslog".to_owned());
                by_default()?
            }
        };
        let zone = jiff::tz::TimeZone::get(&self.timezone);
        Ok(SyslogListener {
            tenant,
            labels,
            relabel,
            metadata: self.metadata,
            structured_data: self.label_structured_data,
            incoming_time: self.use_incoming_timestamp,
            zone: zone.with_context(|| format!("timezone {:?}", self.timezone))?,
            whole_message: self.whole_message,
            raw: self.format == Format::Raw,
            max_message_bytes: usize::try_from(self.max_message_length.0).unwrap_or(usize::MAX),
            idle: self.idle_timeout.duration(),
            ..SyslogListener::new(address, transport)
        })
    }
}

/// What messages come from becomes labels: few values each, and what people ask by.
fn by_default() -> Result<Vec<RelabelRule>> {
    let copy = |from: &str, to: &str| -> Result<RelabelRule> {
        let mut rule = RelabelRule::new(RelabelAction::Replace, Some("(.+)"))?;
        rule.source_labels = vec![from.to_owned()];
        rule.target_label = to.to_owned();
        Ok(rule)
    };
    Ok(vec![copy("__syslog_message_hostname", "host")?, copy("__syslog_message_app_name", "app")?])
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn read(text: &str) -> Result<Vec<SyslogListener>> {
        let config: Config = serde_norway::from_str(text)?;
        listeners(&config.syslog, config.auth.enabled)
    }

    #[test]
    fn listeners_are_read_or_refused_by_address() {
        let text = "syslog:\n- {address: '127.0.0.1:514', protocol: udp, tenant: a, timezone: Europe/Berlin, max_message_length: 64KiB}\n\
            - {address: '127.0.0.1:6514', tls: {cert_file: c, key_file: k}, relabel_configs: [{action: labeldrop, regex: x}], idle_timeout: 5m}\n";
        let read_ones = read(text).unwrap();
        assert!(matches!(read_ones[0].transport, SyslogTransport::Udp));
        assert_eq!((read_ones[0].relabel.len(), read_ones[0].labels["job"].as_str()), (2, "syslog"));
        assert_eq!(read_ones[0].max_message_bytes, 64 << 10);
        assert!(matches!(read_ones[1].transport, SyslogTransport::Tls(_)));
        assert_eq!((read_ones[1].relabel.len(), read_ones[1].labels.len()), (1, 0));
        assert_eq!(read_ones[1].idle.as_secs(), 300);
        for (text, reason) in [
            ("syslog: [{address: here}]", "syslog: here: this is no address"),
            (
                "syslog: [{address: '127.0.0.1:1', protocol: udp, tls: {cert_file: c, key_file: k}}]",
                "tls goes",
            ),
            ("{auth: {enabled: true}, syslog: [{address: '127.0.0.1:1'}]}", "need a tenant"),
            ("syslog: [{address: '127.0.0.1:1', timezone: Mars}]", "timezone \"Mars\""),
            (
                "syslog: [{address: '127.0.0.1:1', relabel_configs: [{action: bend}]}]",
                "unknown relabel action",
            ),
            ("syslog: [{address: '127.0.0.1:1', protocol: sctp}]", "unknown variant `sctp`"),
        ] {
            let error = format!("{:#}", read(text).unwrap_err());
            assert!(error.contains(reason), "{error}");
        }
    }
}
