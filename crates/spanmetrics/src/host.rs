//! Hosts that send spans: a series for each, with the attribute that names it.

use crate::options::{HostOptions, Options};
use crate::series::{Phase, Series};
use model::{Attributes, MetricKind, Value, attr};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Hosts of one tenant that are told; further ones are passed over and counted.
const MAX_HOSTS: usize = 10_000;

/// A host's name and the attribute that has it.
pub(crate) type Host = (Arc<str>, Arc<str>);

#[derive(Debug)]
struct Seen {
    /// When a span came, on the monotonic clock in nanoseconds.
    touched: i64,
    written: bool,
}

/// Hosts of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    seen: FxHashMap<Host, Seen>,
}

/// The host that a resource names.
pub(crate) fn host_of(resource: &Attributes, options: &HostOptions) -> Option<Host> {
    options.identifiers.iter().find_map(|key| match attr::find(resource, key) {
        Some(Value::Str(name)) if !name.is_empty() => Some((name.clone(), Arc::from(key.as_str()))),
        _ => None,
    })
}

impl Hosts {
    /// Remembers a host; `false` when there is no room.
    pub(crate) fn add(&mut self, host: &Host, now: i64) -> bool {
        if self.seen.len() >= MAX_HOSTS && !self.seen.contains_key(host) {
            return false;
        }
        self.seen.entry(host.clone()).or_insert(Seen { touched: now, written: false }).touched = now;
        true
    }

    /// Writes all series; those that have been idle end.
    pub(crate) fn collect(&mut self, out: &mut Series<'_>, options: &Options, now: i64) {
        if self.seen.is_empty() {
            return;
        }
        let metric = options.hosts.metric.as_str();
        out.family(metric, MetricKind::Gauge, "Hosts that send spans.");
        let idle = i64::try_from(options.idle.as_nanos()).unwrap_or(i64::MAX);
        self.seen.retain(|(name, source), seen| {
            let phase = if now.saturating_sub(seen.touched) > idle { Phase::Last } else { Phase::Going };
            if phase == Phase::Going || seen.written {
                out.counter(metric, &[("grafana_host_id", name), ("host_source", source)], 1.0, phase);
            }
            seen.written = true;
            phase != Phase::Last
        });
    }
}
