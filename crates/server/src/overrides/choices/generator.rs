//! The section `metrics_generator`: which metrics are made of a tenant's spans, and how.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spanmetrics::{
    Filter, GraphOptions, HostOptions, Mapping, Multiplier, NativeHistograms, OperationOptions, Options,
    OwnLabels, Policy, SpanNameSanitization,
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Dimensions of one tenant: each multiplies its series, and series have at most 128 labels.
pub(super) const MAX_DIMENSIONS: usize = 32;
/// Buckets of a histogram: each is a series.
const MAX_BUCKETS: usize = 100;
/// Samples more often than once a second, or more seldom than once an hour, make no chart.
const INTERVALS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3600)];
/// Series of an operation beside those of its buckets: calls, bytes, sum, count and what lies above all bounds.
const SERIES_OF_OPERATION: usize = 5;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::overrides) struct OfGenerator {
    #[serde(skip_serializing_if = "Option::is_none")]
    processors: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_collection: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_interval: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ingestion_time_range_slack: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id_label_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_active_series: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_active_entities: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_cardinality_per_label: Option<u32>,
    /// `classic`, `native` or `both`.
    #[serde(skip_serializing_if = "Option::is_none")]
    generate_native_histograms: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    native_histogram_bucket_factor: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    native_histogram_max_bucket_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    native_histogram_min_reset_duration: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_name_sanitization: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ring_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_write_headers: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarder: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processor: Option<Processor>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Processor {
    #[serde(skip_serializing_if = "Option::is_none")]
    service_graphs: Option<ServiceGraphs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_metrics: Option<SpanMetrics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_info: Option<HostInfo>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ServiceGraphs {
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram_buckets: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_attributes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_policies: Option<Vec<Policy>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_client_server_prefix: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_messaging_system_latency_histogram: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_virtual_node_label: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_multiplier_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_tracestate_span_multiplier: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SpanMetrics {
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram_buckets: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intrinsic_dimensions: Option<BTreeMap<String, bool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_policies: Option<Vec<Policy>>,
    // Older versions of the replaced system misspell it in JSON.
    #[serde(skip_serializing_if = "Option::is_none", alias = "dimension_mapings")]
    dimension_mappings: Option<Vec<DimensionMapping>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_target_info: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_info_excluded_dimensions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_instance_label: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_multiplier_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_tracestate_span_multiplier: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DimensionMapping {
    name: String,
    source_labels: Vec<String>,
    join: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HostInfo {
    #[serde(skip_serializing_if = "Option::is_none", alias = "host_identifies")]
    host_identifiers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric_name: Option<String>,
}

/// `15s`, or nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(pub(super) Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Nanos(u64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Nanos(nanos) => Ok(Span(Duration::from_nanos(nanos))),
            Written::Text(text) => {
                let nanos = traceql::parse_duration(&text).and_then(|nanos| u64::try_from(nanos).ok());
                let nanos =
                    nanos.ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no duration")))?;
                Ok(Span(Duration::from_nanos(nanos)))
            }
        }
    }
}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nanos = i64::try_from(self.0.as_nanos()).unwrap_or(i64::MAX);
        serializer.serialize_str(&traceql::format_duration(nanos))
    }
}

const GRAPH: &str = "service-graphs";
const GRAPH_REQUEST: &str = "service-graphs-request";
const GRAPH_LATENCY: &str = "service-graphs-latency";
const GRAPH_INFO: &str = "service-graphs-connection-info";
const OPERATIONS: &str = "span-metrics";
const CALLS: &str = "span-metrics-count";
const LATENCY: &str = "span-metrics-latency";
const SIZES: &str = "span-metrics-size";
const HOSTS: &str = "host-info";
const PROCESSORS: [&str; 9] =
    [GRAPH, GRAPH_REQUEST, GRAPH_LATENCY, GRAPH_INFO, OPERATIONS, CALLS, LATENCY, SIZES, HOSTS];

/// A property of spans that can be a label: its name, and where it is chosen.
type OwnLabel = (&'static str, fn(&mut OwnLabels) -> &mut bool);
const OWN_LABELS: [OwnLabel; 5] = [
    ("service", |labels| &mut labels.service),
    ("span_name", |labels| &mut labels.span_name),
    ("span_kind", |labels| &mut labels.span_kind),
    ("status_code", |labels| &mut labels.status_code),
    ("status_message", |labels| &mut labels.status_message),
];

type Checked = Result<(), String>;

impl OfGenerator {
    pub(super) fn check(&self) -> Checked {
        let mut processors = self.processors.iter().flatten();
        if let Some(name) = processors.find(|name| !PROCESSORS.contains(&name.as_str())) {
            let known = PROCESSORS.join(", ");
            return Err(format!(
                "metrics_generator.processors: {name:?} is not known here; there are {known}"
            ));
        }
        let form = self.generate_native_histograms.as_deref();
        if let Some(form) = form.filter(|form| NativeHistograms::parse(form).is_none()) {
            return Err(format!("generate_native_histograms: {form:?} is none of classic, native and both"));
        }
        if self.native_histogram_bucket_factor.is_some_and(|factor| !(factor > 1.0 && factor.is_finite())) {
            return Err("native_histogram_bucket_factor: must be above 1".to_owned());
        }
        if self.native_histogram_max_bucket_number.is_some_and(|most| !(1..=1000).contains(&most)) {
            return Err("native_histogram_max_bucket_number: must be 1 to 1000".to_owned());
        }
        let names = self.span_name_sanitization.as_deref().unwrap_or_default();
        if SpanNameSanitization::parse(names).is_none() {
            return Err(format!(
                "span_name_sanitization: {names:?} is none of disabled, dry_run and enabled"
            ));
        }
        let [shortest, longest] = INTERVALS;
        if self.collection_interval.is_some_and(|interval| !(shortest..=longest).contains(&interval.0)) {
            return Err("collection_interval: must be 1s to 1h".to_owned());
        }
        let label = self.trace_id_label_name.as_deref().unwrap_or("traceID");
        if !is_name(label) {
            return Err(format!("trace_id_label_name: {label:?} is no name of a label"));
        }
        let Some(processor) = &self.processor else { return Ok(()) };
        processor.span_metrics.as_ref().map_or(Ok(()), SpanMetrics::check)?;
        processor.service_graphs.as_ref().map_or(Ok(()), ServiceGraphs::check)?;
        match processor.host_info.as_ref().and_then(|hosts| hosts.metric_name.as_deref()) {
            Some(name) if !is_name(name) => {
                Err(format!("host_info.metric_name: {name:?} is no name of a metric"))
            }
            _ => Ok(()),
        }
    }

    /// Puts what is chosen in place.
    pub(super) fn apply(&self, options: &mut Options) {
        if let Some(processors) = &self.processors {
            let is_on = |name: &str| processors.contains(name);
            let (graph, operations) = (is_on(GRAPH), is_on(OPERATIONS));
            options.graph.requests = graph || is_on(GRAPH_REQUEST);
            options.graph.latency = graph || is_on(GRAPH_LATENCY);
            options.graph.connection_info = is_on(GRAPH_INFO);
            options.operations.calls = operations || is_on(CALLS);
            options.operations.latency = operations || is_on(LATENCY);
            options.operations.sizes = operations || is_on(SIZES);
            options.hosts.told = is_on(HOSTS);
        }
        options.write = !self.disable_collection.unwrap_or(!options.write);
        options.interval = self.collection_interval.map_or(options.interval, |interval| interval.0);
        options.slack = self.ingestion_time_range_slack.map_or(options.slack, |slack| slack.0);
        if let Some(label) = &self.trace_id_label_name {
            options.exemplar_label.clone_from(label);
        }
        if let Some(form) = self.generate_native_histograms.as_deref().and_then(NativeHistograms::parse) {
            options.native_histograms = form;
        }
        let shape = &mut options.native_shape;
        shape.factor = self.native_histogram_bucket_factor.unwrap_or(shape.factor);
        let most = self.native_histogram_max_bucket_number;
        shape.max_buckets = most.map_or(shape.max_buckets, |most| most as usize);
        if let Some(names) = self.span_name_sanitization.as_deref().and_then(SpanNameSanitization::parse) {
            options.operations.names = names;
        }
        let values = self.max_cardinality_per_label;
        options.max_label_values = values.map_or(options.max_label_values, |most| most as usize);
        if let Some(Processor { service_graphs, span_metrics, host_info }) = &self.processor {
            span_metrics.iter().for_each(|chosen| chosen.apply(&mut options.operations));
            service_graphs.iter().for_each(|chosen| chosen.apply(&mut options.graph));
            host_info.iter().for_each(|chosen| chosen.apply(&mut options.hosts));
        }
        if let Some(series) = self.max_active_series.filter(|series| *series > 0) {
            let each = options.operations.buckets.len() + SERIES_OF_OPERATION;
            options.operations.max = (series as usize / each).max(1);
            let each = 2 * (options.graph.buckets.len() + 4);
            options.graph.max_edges = (series as usize / each).max(1);
        }
    }

    /// All that holds, as if it had been chosen.
    pub(super) fn of(options: &Options) -> Self {
        let Options { operations, graph, hosts, .. } = options;
        let named = [
            (graph.requests && graph.latency, GRAPH),
            (graph.requests && !graph.latency, GRAPH_REQUEST),
            (graph.latency && !graph.requests, GRAPH_LATENCY),
            (graph.connection_info, GRAPH_INFO),
            (operations.calls && operations.latency && operations.sizes, OPERATIONS),
            (operations.calls && !(operations.latency && operations.sizes), CALLS),
            (operations.latency && !(operations.calls && operations.sizes), LATENCY),
            (operations.sizes && !(operations.calls && operations.latency), SIZES),
            (hosts.told, HOSTS),
        ];
        OfGenerator {
            processors: Some(
                named.iter().filter(|(on, _)| *on).map(|(_, name)| (*name).to_owned()).collect(),
            ),
            disable_collection: Some(!options.write),
            collection_interval: Some(Span(options.interval)),
            ingestion_time_range_slack: Some(Span(options.slack)),
            trace_id_label_name: Some(options.exemplar_label.clone()),
            generate_native_histograms: Some(options.native_histograms.text().to_owned()),
            native_histogram_bucket_factor: Some(options.native_shape.factor),
            native_histogram_max_bucket_number: u32::try_from(options.native_shape.max_buckets).ok(),
            max_cardinality_per_label: u32::try_from(options.max_label_values).ok(),
            span_name_sanitization: Some(operations.names.text().to_owned()),
            processor: Some(Processor {
                service_graphs: Some(ServiceGraphs::of(graph)),
                span_metrics: Some(SpanMetrics::of(operations)),
                host_info: Some(HostInfo {
                    host_identifiers: Some(hosts.identifiers.clone()),
                    metric_name: Some(hosts.metric.clone()),
                }),
            }),
            ..OfGenerator::default()
        }
    }

    /// Keys without effect here, with whether they are there.
    pub(super) fn idle(&self) -> [(bool, &'static str); 5] {
        [
            (self.ring_size.is_some(), "metrics_generator.ring_size"),
            (self.forwarder.is_some(), "metrics_generator.forwarder"),
            (self.remote_write_headers.is_some(), "metrics_generator.remote_write_headers"),
            (self.max_active_entities.is_some(), "metrics_generator.max_active_entities"),
            (
                self.native_histogram_min_reset_duration.is_some(),
                "metrics_generator.native_histogram_min_reset_duration",
            ),
        ]
    }
}

impl SpanMetrics {
    fn check(&self) -> Checked {
        let dimensions = self.dimensions.as_deref().unwrap_or_default();
        let mappings = self.dimension_mappings.as_deref().unwrap_or_default();
        let names = dimensions.iter().chain(mappings.iter().map(|mapping| &mapping.name));
        check_names("span_metrics.dimensions", names)?;
        if mappings.iter().any(|mapping| mapping.source_labels.is_empty()) {
            return Err("span_metrics.dimension_mappings: source_labels is empty".to_owned());
        }
        check_buckets("span_metrics.histogram_buckets", self.histogram_buckets.as_deref())?;
        Filter::of(self.filter_policies.as_deref().unwrap_or_default())
            .map_err(|reason| format!("span_metrics.{reason}"))?;
        let mut own = self.intrinsic_dimensions.iter().flatten();
        match own.find(|(name, _)| OWN_LABELS.iter().all(|(known, _)| known != name)) {
            Some((name, _)) => {
                let known = OWN_LABELS.map(|(known, _)| known).join(", ");
                Err(format!(
                    "span_metrics.intrinsic_dimensions: {name:?} cannot be chosen; there are {known}"
                ))
            }
            None => Ok(()),
        }
    }

    fn apply(&self, options: &mut OperationOptions) {
        chosen(&self.histogram_buckets, &mut options.buckets);
        chosen(&self.dimensions, &mut options.dimensions);
        if let Some(mappings) = &self.dimension_mappings {
            let mapping = |mapping: &DimensionMapping| Mapping {
                name: mapping.name.clone(),
                sources: mapping.source_labels.clone(),
                join: mapping.join.clone(),
            };
            options.mappings = mappings.iter().map(mapping).collect();
        }
        for (name, wanted) in self.intrinsic_dimensions.iter().flatten() {
            if let Some((_, place)) = OWN_LABELS.iter().find(|(known, _)| known == name) {
                *place(&mut options.labels) = *wanted;
            }
        }
        filtered(self.filter_policies.as_deref(), &mut options.filter);
        chosen(&self.enable_target_info, &mut options.target_info);
        chosen(&self.target_info_excluded_dimensions, &mut options.target_info_excluded);
        chosen(&self.enable_instance_label, &mut options.instance);
        let key = self.span_multiplier_key.as_deref();
        multiplied(key, self.enable_tracestate_span_multiplier, &mut options.multiplier);
    }

    fn of(options: &OperationOptions) -> Self {
        let mut labels = options.labels;
        let own = OWN_LABELS.map(|(name, place)| (name.to_owned(), *place(&mut labels)));
        let mapping = |mapping: &Mapping| DimensionMapping {
            name: mapping.name.clone(),
            source_labels: mapping.sources.clone(),
            join: mapping.join.clone(),
        };
        SpanMetrics {
            histogram_buckets: Some(options.buckets.clone()),
            dimensions: Some(options.dimensions.clone()),
            intrinsic_dimensions: Some(own.into()),
            filter_policies: Some(options.filter.written().to_vec()),
            dimension_mappings: Some(options.mappings.iter().map(mapping).collect()),
            enable_target_info: Some(options.target_info),
            target_info_excluded_dimensions: Some(options.target_info_excluded.clone()),
            enable_instance_label: Some(options.instance),
            span_multiplier_key: options.multiplier.key.clone(),
            enable_tracestate_span_multiplier: Some(options.multiplier.trace_state),
        }
    }
}

impl ServiceGraphs {
    fn check(&self) -> Checked {
        check_names("service_graphs.dimensions", self.dimensions.iter().flatten())?;
        check_names("service_graphs.peer_attributes", self.peer_attributes.iter().flatten())?;
        check_buckets("service_graphs.histogram_buckets", self.histogram_buckets.as_deref())?;
        let policies = self.filter_policies.as_deref().unwrap_or_default();
        Filter::of(policies).map(drop).map_err(|reason| format!("service_graphs.{reason}"))
    }

    fn apply(&self, options: &mut GraphOptions) {
        chosen(&self.histogram_buckets, &mut options.buckets);
        chosen(&self.dimensions, &mut options.dimensions);
        chosen(&self.peer_attributes, &mut options.peer_attributes);
        filtered(self.filter_policies.as_deref(), &mut options.filter);
        chosen(&self.enable_client_server_prefix, &mut options.client_and_server);
        chosen(&self.enable_messaging_system_latency_histogram, &mut options.messaging_latency);
        chosen(&self.enable_virtual_node_label, &mut options.virtual_node);
        let key = self.span_multiplier_key.as_deref();
        multiplied(key, self.enable_tracestate_span_multiplier, &mut options.multiplier);
    }

    fn of(options: &GraphOptions) -> Self {
        ServiceGraphs {
            histogram_buckets: Some(options.buckets.clone()),
            dimensions: Some(options.dimensions.clone()),
            peer_attributes: Some(options.peer_attributes.clone()),
            filter_policies: Some(options.filter.written().to_vec()),
            enable_client_server_prefix: Some(options.client_and_server),
            enable_messaging_system_latency_histogram: Some(options.messaging_latency),
            enable_virtual_node_label: Some(options.virtual_node),
            span_multiplier_key: options.multiplier.key.clone(),
            enable_tracestate_span_multiplier: Some(options.multiplier.trace_state),
        }
    }
}

impl HostInfo {
    fn apply(&self, options: &mut HostOptions) {
        chosen(&self.host_identifiers, &mut options.identifiers);
        chosen(&self.metric_name, &mut options.metric);
    }
}

fn chosen<T: Clone>(chosen: &Option<T>, into: &mut T) {
    if let Some(chosen) = chosen {
        into.clone_from(chosen);
    }
}

fn filtered(policies: Option<&[Policy]>, into: &mut Filter) {
    // What cannot be asked was refused when it was checked.
    if let Some(Ok(filter)) = policies.map(Filter::of) {
        *into = filter;
    }
}

fn multiplied(key: Option<&str>, trace_state: Option<bool>, into: &mut Multiplier) {
    if let Some(key) = key {
        into.key = Some(key.to_owned()).filter(|key| !key.is_empty());
    }
    into.trace_state = trace_state.unwrap_or(into.trace_state);
}

fn check_names<'n>(place: &str, names: impl Iterator<Item = &'n String>) -> Checked {
    let names: Vec<&String> = names.collect();
    let distinct: BTreeSet<&String> = names.iter().copied().collect();
    if distinct.len() != names.len() || distinct.iter().any(|name| name.is_empty()) {
        return Err(format!("{place}: each must be there once and have a name"));
    }
    match names.len() > MAX_DIMENSIONS {
        true => Err(format!("{place}: {} are more than the limit of {MAX_DIMENSIONS}", names.len())),
        false => Ok(()),
    }
}

fn check_buckets(place: &str, bounds: Option<&[f64]>) -> Checked {
    let Some(bounds) = bounds else { return Ok(()) };
    let ascending = bounds.windows(2).all(|pair| pair[0] < pair[1]);
    match !bounds.is_empty()
        && bounds.len() <= MAX_BUCKETS
        && ascending
        && bounds.iter().all(|b| b.is_finite())
    {
        true => Ok(()),
        false => Err(format!("{place}: must be 1 to {MAX_BUCKETS} bounds, ascending")),
    }
}

/// Whether a text names a label or a metric.
fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
