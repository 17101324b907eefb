//! A message becomes a line: what it says stands in labels `__syslog_*` for relabelling, and in structured metadata.
//!
//! ```text
//! <34>1 2026-11-25T10:00:00Z host app 7 ID47 [ex@1 a="b"] text
//!   __syslog_message_severity="critical"  __syslog_message_facility="auth"      __syslog_message_hostname="host"
//!   __syslog_message_app_name="app"       __syslog_message_proc_id="7"          __syslog_message_msg_id="ID47"
//!   __syslog_message_sd_ex_1_a="b"        __syslog_connection_ip_address="..."  __syslog_connection_hostname="..."
//! ```
//! Invariant: a line has no label that begins with two underscores.

use crate::options::SyslogListener;
use crate::relabel::relabel;
use bytes::Bytes;
use jiff::Timestamp;
use model::{LabelsBuilder, LogEntry, Nanos};
use std::net::IpAddr;
use std::sync::Arc;
use wire::names::to_label_name;
use wire::syslog::{FACILITIES, Message, SEVERITIES, parse};
use wire::{WireError, record::Record};

/// The line of a message from `peer` that arrived at `now`; `None` when relabelling drops it.
pub(super) fn record(
    options: &SyslogListener,
    message: &[u8],
    peer: IpAddr,
    now: Nanos,
) -> Result<Option<Record>, WireError> {
    let text = String::from_utf8_lossy(message);
    let whole = text.trim_end_matches(['\n', '\r', '\0']);
    let read = match options.raw {
        true => Message { text: whole, ..Message::default() },
        false => parse(whole, now)?,
    };
    let said = if options.raw { Vec::new() } else { said(&read) };
    let mut labels = LabelsBuilder::default();
    labels.set_all(options.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let peer = peer.to_string();
    labels.set("__syslog_connection_ip_address", &peer).set("__syslog_connection_hostname", &peer);
    labels
        .set_all(said.iter().map(|(name, value)| (format!("__syslog_message_{name}"), (*value).to_owned())));
    if options.structured_data {
        let pairs = read.parameters.iter().filter(|(_, _, value)| !value.is_empty());
        labels.set_all(pairs.map(|(element, name, value)| {
            (to_label_name(&format!("__syslog_message_sd_{element}_{name}")), value.clone())
        }));
    }
    let Some(labels) = relabel(&labels.build(), &options.relabel) else { return Ok(None) };
    let mut labels = LabelsBuilder::from(&labels);
    labels.retain(|name| !name.starts_with("__"));
    let at = read.at.filter(|_| options.incoming_time).map(|at| in_zone(options, at, read.is_local));
    let metadata = if options.metadata { metadata(&said, &read) } else { Arc::from([]) };
    let line = if options.whole_message { whole } else { read.text };
    let line = Bytes::copy_from_slice(line.as_bytes());
    let entry = LogEntry { at: at.unwrap_or(now), line, metadata };
    Ok(Some(Record { labels: labels.build(), entry }))
}

/// What a message says of itself, without what is empty.
fn said<'a>(read: &Message<'a>) -> Vec<(&'static str, &'a str)> {
    let all = [
        ("severity", SEVERITIES[usize::from(read.severity)]),
        ("facility", FACILITIES[usize::from(read.facility)]),
        ("hostname", read.host),
        ("app_name", read.app),
        ("proc_id", read.process),
        ("msg_id", read.sort),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The same under shorter names, and the parameters of structured data.
fn metadata(said: &[(&str, &str)], read: &Message<'_>) -> Arc<[(Arc<str>, Arc<str>)]> {
    let own = said.iter().map(|(name, value)| (Arc::from(*name), Arc::from(*value)));
    let pairs = read.parameters.iter().filter(|(_, _, value)| !value.is_empty());
    let pairs = pairs.map(|(element, name, value)| {
        (Arc::from(to_label_name(&format!("{element}_{name}"))), Arc::from(value.as_str()))
    });
    own.chain(pairs).collect()
}

/// A time that was read from a clock on a wall, as that of the listener's zone.
fn in_zone(options: &SyslogListener, at: Nanos, is_local: bool) -> Nanos {
    let moved = || {
        let wall = jiff::tz::TimeZone::UTC.to_datetime(Timestamp::from_nanosecond(i128::from(at.0)).ok()?);
        let there = options.zone.to_timestamp(wall).ok()?;
        i64::try_from(there.as_nanosecond()).ok().map(Nanos)
    };
    if is_local { moved().unwrap_or(at) } else { at }
}
