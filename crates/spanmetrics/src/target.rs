//! Who sends spans: `traces_target_info`, a series for each instance of a service, with what its resource says of it.
//!
//! Invariant: a target is the same for all spans of one resource, and its labels are those of one series.

use crate::options::{OperationOptions, Options};
use crate::series::{Phase, Series};
use crate::span::{OWN_LABELS, label_of};
use model::{Attributes, MetricKind, attr};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Instances of one tenant that are told; those of further ones are passed over and counted.
const MAX_TARGETS: usize = 2_000;
/// Attributes of a resource that become labels, at most: a series has no more.
const MAX_LABELS: usize = 100;

/// Attributes that `job` and `instance` are made of.
const OWN: [&str; 3] = ["service.name", "service.namespace", "service.instance.id"];

/// An instance of a service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    /// Namespace and name of the service.
    pub(crate) job: String,
    pub(crate) instance: String,
    labels: Vec<(String, String)>,
}

#[derive(Debug)]
struct Seen {
    /// When a span came, on the monotonic clock in nanoseconds.
    touched: i64,
    written: bool,
}

/// Targets of one tenant.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    seen: FxHashMap<Arc<Target>, Seen>,
}

impl Target {
    /// What a resource says of its sender; nothing when it does not name it.
    pub(crate) fn of(resource: &Attributes, options: &OperationOptions) -> Option<Arc<Self>> {
        let text = |key: &str| {
            attr::find(resource, key).map(wire::otlp::values::to_text).filter(|text| !text.is_empty())
        };
        let (name, namespace) = (text("service.name"), text("service.namespace"));
        let job = match (namespace, name) {
            (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
            (None, Some(name)) => name,
            (_, None) => String::new(),
        };
        let instance = text("service.instance.id").filter(|_| options.instance).unwrap_or_default();
        if job.is_empty() && instance.is_empty() {
            return None;
        }
        let mut labels: Vec<(String, String)> = Vec::new();
        let told = |key: &str| !OWN.contains(&key) && !options.target_info_excluded.iter().any(|e| e == key);
        for (key, value) in resource.iter().filter(|(key, _)| told(key)).take(MAX_LABELS) {
            let mut name = label_of(key, &OWN_LABELS);
            while labels.iter().any(|(known, _)| *known == name) {
                name.insert(0, '_');
            }
            labels.push((name, wire::otlp::values::to_text(value)));
        }
        labels.sort();
        Some(Arc::new(Target { job, instance, labels }))
    }
}

impl Targets {
    /// Remembers a target; `false` when there is no room.
    pub(crate) fn add(&mut self, target: &Arc<Target>, now: i64) -> bool {
        if self.seen.len() >= MAX_TARGETS && !self.seen.contains_key(target) {
            return false;
        }
        self.seen.entry(target.clone()).or_insert(Seen { touched: now, written: false }).touched = now;
        true
    }

    /// Writes all series; those that have been idle end.
    pub(crate) fn collect(&mut self, out: &mut Series<'_>, options: &Options, now: i64) {
        const NAME: &str = "traces_target_info";
        if self.seen.is_empty() {
            return;
        }
        out.family(NAME, MetricKind::Gauge, "Instances of services that send spans.");
        let idle = i64::try_from(options.idle.as_nanos()).unwrap_or(i64::MAX);
        self.seen.retain(|target, seen| {
            let phase = if now.saturating_sub(seen.touched) > idle { Phase::Last } else { Phase::Going };
            let own = [("job", target.job.as_str()), ("instance", target.instance.as_str())];
            let others = target.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let labels: Vec<(&str, &str)> = own.into_iter().chain(others).collect();
            if phase == Phase::Going || seen.written {
                out.counter(NAME, &labels, 1.0, phase);
            }
            seen.written = true;
            phase != Phase::Last
        });
    }
}
