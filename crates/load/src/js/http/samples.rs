//! Samples of a request: eight metrics for each hop, with k6's system tags.

use super::Asked;
use crate::js::host::Host;
use crate::metrics::{Builtin, TagSet};
use crate::protocol::http::{Hop, Response};
use std::sync::Arc;
use std::time::Duration;

/// Records every hop of a response.
pub(crate) fn record(host: &Host, response: &Response, asked: &Asked) {
    for hop in &response.hops {
        let expected =
            if hop.challenge && hop.status == 401 { Some(true) } else { asked.expected.holds(hop.status) };
        let tags = Arc::new(tags(host, hop, asked, expected, response));
        let add =
            |metric: Builtin, value: f64| host.record_with(metric, value, Arc::clone(&tags), hop.at_nanos);
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let t = &hop.timings;
        add(Builtin::HttpReqs, 1.0);
        add(Builtin::HttpReqDuration, millis(t.duration()));
        add(Builtin::HttpReqBlocked, millis(t.blocked));
        add(Builtin::HttpReqConnecting, millis(t.connecting));
        add(Builtin::HttpReqTls, millis(t.tls));
        add(Builtin::HttpReqSending, millis(t.sending));
        add(Builtin::HttpReqWaiting, millis(t.waiting));
        add(Builtin::HttpReqReceiving, millis(t.receiving));
        if let Some(expected) = expected {
            add(Builtin::HttpReqFailed, f64::from(u8::from(!expected)));
        }
    }
}

fn tags(host: &Host, hop: &Hop, asked: &Asked, expected: Option<bool>, response: &Response) -> TagSet {
    let url = hop.url.masked();
    let named = asked.name.as_deref();
    let mut pairs: Vec<(&'static str, String)> = Vec::with_capacity(10);
    let mut add = |name: &'static str, value: String| {
        if host.has_tag(name) {
            pairs.push((name, value));
        }
    };
    add("method", hop.method.clone());
    add("status", hop.status.to_string());
    add("url", named.map_or_else(|| url.clone(), str::to_owned));
    add("name", named.map_or_else(|| url.clone(), str::to_owned));
    if !hop.proto.is_empty() {
        add("proto", hop.proto.to_owned());
    }
    if !hop.tls_version.is_empty() {
        add("tls_version", hop.tls_version.to_owned());
    }
    if let Some(expected) = expected {
        add("expected_response", expected.to_string());
    }
    match &hop.failure {
        Some(failure) => {
            add("error", failure.message.clone());
            add("error_code", failure.code.to_string());
        }
        None if hop.status >= 400 => add("error_code", (1000 + u32::from(hop.status)).to_string()),
        None => {}
    }
    if let Some(remote) = response.remote {
        add("ip", remote.ip().to_string());
    }
    asked.tags.with(pairs)
}
