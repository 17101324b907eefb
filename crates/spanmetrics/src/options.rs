//! Limits and choices, with their reasons.

use crate::filter::Filter;
use crate::multiplier::Multiplier;
use crate::native::{NativeHistograms, NativeShape};
use std::time::Duration;

/// What is computed, and how much of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// How often samples are written. 15 s: what dashboards assume of a scraped target.
    pub interval: Duration,
    /// Spans that ended longer ago, or later ahead, are passed over: their rate would show at the wrong time. 30 s covers
    /// the batching of senders.
    pub slack: Duration,
    /// Series that saw no span for so long end with a stale marker. 15 min: longer than any sensible rate window.
    pub idle: Duration,
    /// Which histograms are written.
    pub native_histograms: NativeHistograms,
    /// How fine those with exponential buckets are.
    pub native_shape: NativeShape,
    /// The label of exemplars that has the trace's id.
    pub exemplar_label: String,
    /// Values of one label of operations of one tenant; further ones are counted as [`crate::span::OVERFLOW`]. 0: any number.
    pub max_label_values: usize,
    /// Rates, errors and durations of operations.
    pub operations: OperationOptions,
    /// Calls between services.
    pub graph: GraphOptions,
    /// Hosts that send spans.
    pub hosts: HostOptions,
    /// Whether what is counted is written.
    pub write: bool,
}

/// Of operations: what is counted of which spans, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationOptions {
    /// Whether spans are counted.
    pub calls: bool,
    /// Whether their durations are.
    pub latency: bool,
    /// Whether their bytes are.
    pub sizes: bool,
    /// Combinations of service, operation, kind, status and dimensions of one tenant; each has 18 series. Beyond it the
    /// operations are counted together as [`crate::span::OVERFLOW`].
    pub max: usize,
    /// Which properties of a span are labels.
    pub labels: OwnLabels,
    /// Whether its name is told without ids.
    pub names: SpanNameSanitization,
    /// Attributes of resource or span that become labels.
    pub dimensions: Vec<String>,
    /// Labels that are put together from several attributes.
    pub mappings: Vec<Mapping>,
    /// Whether instances of services are told (`traces_target_info`); series of spans then have `job` and `instance` too.
    pub target_info: bool,
    /// Attributes of resources that instances are not told with.
    pub target_info_excluded: Vec<String>,
    /// Whether `instance` is a label where `job` is.
    pub instance: bool,
    /// Upper bounds of the histogram's buckets, in seconds, ascending.
    pub buckets: Vec<f64>,
    /// Which spans.
    pub filter: Filter,
    /// How many each stands for.
    pub multiplier: Multiplier,
}

/// Whether names that differ in ids only are one `span_name`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SpanNameSanitization {
    /// Names are as they came.
    #[default]
    Disabled,
    /// They are too, but those that would be others are counted ([`crate::Losses::renamed`]).
    DryRun,
    /// `GET /users/17` is `GET /users/<_>`, once several users were seen.
    Enabled,
}

impl SpanNameSanitization {
    /// By the name that configurations have for it; "" is the default.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "" | "disabled" => Some(SpanNameSanitization::Disabled),
            "dry_run" => Some(SpanNameSanitization::DryRun),
            "enabled" => Some(SpanNameSanitization::Enabled),
            _ => None,
        }
    }

    /// The name.
    pub fn text(self) -> &'static str {
        match self {
            SpanNameSanitization::Disabled => "disabled",
            SpanNameSanitization::DryRun => "dry_run",
            SpanNameSanitization::Enabled => "enabled",
        }
    }
}

/// Properties of a span that are labels of its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnLabels {
    /// `service`.
    pub service: bool,
    /// `span_name`.
    pub span_name: bool,
    /// `span_kind`.
    pub span_kind: bool,
    /// `status_code`.
    pub status_code: bool,
    /// `status_message`: the reason for failing.
    pub status_message: bool,
}

/// A label that is put together from attributes of resource or span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The label's name, before it is made one that labels may have.
    pub name: String,
    /// Keys; those that a span lacks are passed over.
    pub sources: Vec<String>,
    /// What stands between two of them.
    pub join: String,
}

/// Of calls between services: what is counted of which spans, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphOptions {
    /// Whether calls are counted.
    pub requests: bool,
    /// Whether their durations are.
    pub latency: bool,
    /// Whether `traces_service_graph_connection_info` tells that there are calls.
    pub connection_info: bool,
    /// Pairs of services of one tenant, beyond which calls of further pairs are passed over.
    pub max_edges: usize,
    /// Calls of one tenant that wait for their other side.
    pub max_waiting: usize,
    /// How long a call waits for its other side. 10 s: spans of one call come from different senders' batches.
    pub wait: Duration,
    /// Attributes of resource or span that become labels.
    pub dimensions: Vec<String>,
    /// Whether there are two labels a dimension: `client_` and `server_`. Else the server's value goes before the client's.
    pub client_and_server: bool,
    /// Whether the time between what a producer ends and its consumer begins is counted.
    pub messaging_latency: bool,
    /// Whether the label `virtual_node` says which side sends no spans.
    pub virtual_node: bool,
    /// Attributes of spans that name the other side; the first that is there does.
    pub peer_attributes: Vec<String>,
    /// Upper bounds of the histograms' buckets, in seconds, ascending.
    pub buckets: Vec<f64>,
    /// Which spans.
    pub filter: Filter,
    /// How many each stands for.
    pub multiplier: Multiplier,
}

/// Of hosts that send spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostOptions {
    /// Whether they are told.
    pub told: bool,
    /// Attributes of resources that name a host; the first that is there does.
    pub identifiers: Vec<String>,
    /// The metric.
    pub metric: String,
}

/// The bounds of `count` buckets, each twice the one before.
fn doubled(first: f64, count: i32) -> Vec<f64> {
    (0..count).map(|power| first * f64::from(power).exp2()).collect()
}

impl Options {
    /// Whether anything is counted of operations.
    pub fn has_operations(&self) -> bool {
        let OperationOptions { calls, latency, sizes, .. } = self.operations;
        calls || latency || sizes
    }

    /// Whether anything is counted of calls between services.
    pub fn has_graph(&self) -> bool {
        let GraphOptions { requests, latency, connection_info, .. } = self.graph;
        requests || latency || connection_info
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            interval: Duration::from_secs(15),
            slack: Duration::from_secs(30),
            idle: Duration::from_secs(900),
            native_histograms: NativeHistograms::Classic,
            native_shape: NativeShape::default(),
            exemplar_label: "traceID".to_owned(),
            max_label_values: 0,
            operations: OperationOptions::default(),
            graph: GraphOptions::default(),
            hosts: HostOptions::default(),
            write: true,
        }
    }
}

impl Default for OperationOptions {
    fn default() -> Self {
        OperationOptions {
            calls: true,
            latency: true,
            sizes: true,
            max: 5_000,
            labels: OwnLabels {
                service: true,
                span_name: true,
                span_kind: true,
                status_code: true,
                status_message: false,
            },
            names: SpanNameSanitization::default(),
            dimensions: Vec::new(),
            mappings: Vec::new(),
            target_info: false,
            target_info_excluded: Vec::new(),
            instance: true,
            // 2 ms to 16.384 s.
            buckets: doubled(0.002, 14),
            filter: Filter::default(),
            multiplier: Multiplier::default(),
        }
    }
}

impl Default for GraphOptions {
    fn default() -> Self {
        let peers = ["peer.service", "db.name", "db.system", "db.system.name"];
        GraphOptions {
            requests: true,
            latency: true,
            connection_info: false,
            max_edges: 2_000,
            max_waiting: 10_000,
            wait: Duration::from_secs(10),
            dimensions: Vec::new(),
            client_and_server: false,
            messaging_latency: false,
            virtual_node: false,
            peer_attributes: peers.map(str::to_owned).to_vec(),
            // 100 ms to 12.8 s.
            buckets: doubled(0.1, 8),
            filter: Filter::default(),
            multiplier: Multiplier::default(),
        }
    }
}

impl Default for HostOptions {
    fn default() -> Self {
        HostOptions {
            told: false,
            identifiers: ["k8s.node.name", "host.id"].map(str::to_owned).to_vec(),
            metric: "traces_host_info".to_owned(),
        }
    }
}
