//! What tenants choose for their metrics from spans and as their limits of spans: kept as documents, applied at once, at
//! start, and within [`POLL`] of a change by another process on the same storage.
//!
//! Invariant: what is stored can be applied. A key that means nothing here is refused when it is written, so that no tenant
//! believes in a choice that does not hold.

use crate::error::Fault;
use crate::ingest::{SpanChoice, SpanLimits, SpanRates};
use crate::state::State;
use http::StatusCode;
use model::Tenant;
use serde::{Deserialize, Serialize};
use spanmetrics::{Generator, NativeHistograms, Options, Used};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::{Cancel, ErrorKind};
use store::{DocumentKey, Documents, StoreError};

/// The collection of these documents; the document of a tenant has its name.
const COLLECTION: &str = "trace-overrides";

/// Dimensions of one tenant: each multiplies its series, and series have at most 128 labels.
const MAX_DIMENSIONS: usize = 32;

/// Lost races of a change before it gives up.
const MAX_RACES: usize = 20;

/// How often stored choices are looked at: one listing of a short folder.
pub(crate) const POLL: Duration = Duration::from_secs(10);

/// The choices of all tenants.
#[derive(Debug)]
pub struct Overrides {
    documents: Documents,
    /// None where no metrics are made from spans.
    generator: Option<Arc<Generator>>,
    limits: Arc<SpanLimits>,
    /// Versions that are in force, by the tenant's name.
    applied: Mutex<BTreeMap<String, u64>>,
}

/// The choices of one tenant; what is not there is as configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Choices {
    #[serde(skip_serializing_if = "Option::is_none")]
    ingestion: Option<OfIngestion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    global: Option<OfTraces>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_generator: Option<OfGenerator>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfIngestion {
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    burst_size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attribute_bytes: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfTraces {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_bytes_per_trace: Option<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfGenerator {
    #[serde(skip_serializing_if = "Option::is_none")]
    processors: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_collection: Option<bool>,
    /// `classic`, `native` or `both`.
    #[serde(skip_serializing_if = "Option::is_none")]
    generate_native_histograms: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processor: Option<Processor>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Processor {
    #[serde(skip_serializing_if = "Option::is_none")]
    span_metrics: Option<SpanMetrics>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SpanMetrics {
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_target_info: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intrinsic_dimensions: Option<BTreeMap<String, bool>>,
}

const GRAPH: &str = "service-graphs";
const OPERATIONS: &str = "span-metrics";
const STATUS_MESSAGE: &str = "status_message";

impl Choices {
    /// Reads and checks what a tenant sends.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Fault> {
        let read: Choices = serde_json::from_slice(text).map_err(|e| Fault::invalid(e.to_string()))?;
        read.check().map_err(Fault::invalid)?;
        Ok(read)
    }

    fn check(&self) -> Result<(), String> {
        let Some(generator) = &self.metrics_generator else { return Ok(()) };
        let mut processors = generator.processors.iter().flatten();
        if let Some(name) = processors.find(|name| ![GRAPH, OPERATIONS].contains(&name.as_str())) {
            return Err(format!(
                "metrics_generator.processors: {name:?} is not known here; there are {GRAPH} and {OPERATIONS}"
            ));
        }
        let form = generator.generate_native_histograms.as_deref();
        if let Some(form) = form.filter(|form| NativeHistograms::parse(form).is_none()) {
            return Err(format!("generate_native_histograms: {form:?} is none of classic, native and both"));
        }
        let Some(metrics) = generator.processor.as_ref().and_then(|p| p.span_metrics.as_ref()) else {
            return Ok(());
        };
        let dimensions = metrics.dimensions.as_deref().unwrap_or_default();
        let distinct: BTreeSet<&String> = dimensions.iter().collect();
        if distinct.len() != dimensions.len() || distinct.iter().any(|name| name.is_empty()) {
            return Err("span_metrics.dimensions: each must be there once and have a name".to_owned());
        }
        if dimensions.len() > MAX_DIMENSIONS {
            return Err(format!(
                "span_metrics.dimensions: {} are more than the limit of {MAX_DIMENSIONS}",
                dimensions.len()
            ));
        }
        let mut intrinsic = metrics.intrinsic_dimensions.iter().flatten();
        match intrinsic.find(|(name, _)| *name != STATUS_MESSAGE) {
            Some((name, _)) => Err(format!(
                "span_metrics.intrinsic_dimensions: {name:?} cannot be chosen here; there is {STATUS_MESSAGE}"
            )),
            None => Ok(()),
        }
    }

    /// What the generator is to do.
    fn options(&self, defaults: &Options) -> Options {
        let mut options = defaults.clone();
        let Some(generator) = &self.metrics_generator else { return options };
        if let Some(processors) = &generator.processors {
            options.graph = processors.contains(GRAPH);
            options.operations = processors.contains(OPERATIONS);
        }
        if let Some(form) = generator.generate_native_histograms.as_deref().and_then(NativeHistograms::parse)
        {
            options.native_histograms = form;
        }
        options.write = !generator.disable_collection.unwrap_or(!options.write);
        let Some(metrics) = generator.processor.as_ref().and_then(|p| p.span_metrics.as_ref()) else {
            return options;
        };
        options.target_info = metrics.enable_target_info.unwrap_or(options.target_info);
        if let Some(dimensions) = &metrics.dimensions {
            options.dimensions.clone_from(dimensions);
        }
        if let Some(wanted) = metrics.intrinsic_dimensions.as_ref().and_then(|all| all.get(STATUS_MESSAGE)) {
            options.status_message = *wanted;
        }
        options
    }

    /// What spans are held to.
    fn limits(&self) -> SpanChoice {
        let ingestion = self.ingestion.as_ref();
        SpanChoice {
            rate_bytes: ingestion.and_then(|of| of.rate_limit_bytes),
            burst_bytes: ingestion.and_then(|of| of.burst_size_bytes),
            max_trace_bytes: self.global.as_ref().and_then(|of| of.max_bytes_per_trace),
            max_attribute_bytes: ingestion.and_then(|of| of.max_attribute_bytes),
        }
    }

    /// All that holds, as if it had been chosen.
    fn of(options: Option<&Options>, rates: SpanRates) -> Self {
        Choices {
            ingestion: Some(OfIngestion {
                rate_limit_bytes: Some(rates.rate_bytes),
                burst_size_bytes: Some(rates.burst_bytes),
                max_attribute_bytes: Some(rates.max_attribute_bytes),
            }),
            global: Some(OfTraces { max_bytes_per_trace: Some(rates.max_trace_bytes) }),
            metrics_generator: options.map(OfGenerator::of),
        }
    }

    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("choices are texts, flags and lists")
    }
}

impl OfGenerator {
    fn of(options: &Options) -> Self {
        let named = [(options.graph, GRAPH), (options.operations, OPERATIONS)];
        let metrics = SpanMetrics {
            dimensions: Some(options.dimensions.clone()),
            enable_target_info: Some(options.target_info),
            intrinsic_dimensions: Some([(STATUS_MESSAGE.to_owned(), options.status_message)].into()),
        };
        OfGenerator {
            processors: Some(
                named.iter().filter(|(on, _)| *on).map(|(_, name)| (*name).to_owned()).collect(),
            ),
            disable_collection: Some(!options.write),
            generate_native_histograms: Some(options.native_histograms.text().to_owned()),
            processor: Some(Processor { span_metrics: Some(metrics) }),
        }
    }
}

fn key(tenant: &Tenant) -> DocumentKey {
    // All in one collection, so that they are found before their tenants are heard of.
    DocumentKey {
        tenant: Tenant::anonymous(),
        collection: COLLECTION.to_owned(),
        name: tenant.as_str().to_owned(),
    }
}

/// A failure of the store in the words of this API.
fn told(error: StoreError) -> Fault {
    match error {
        StoreError::Conflict(_) => {
            Fault::invalid("version does not match").with_status(StatusCode::PRECONDITION_FAILED)
        }
        other => Fault::new(other.kind(), other.to_string()),
    }
}

/// What is said of a tenant that chose nothing.
pub(crate) fn missing() -> Fault {
    Fault::new(ErrorKind::NotFound, "does not exist").with_status(StatusCode::NOT_FOUND)
}

impl Overrides {
    /// The choices in `documents`, for this generator and these limits.
    pub fn over(documents: Documents, generator: Option<Arc<Generator>>, limits: Arc<SpanLimits>) -> Self {
        Overrides { documents, generator, limits, applied: Mutex::default() }
    }

    /// Applies what is stored and not yet in force: at start, and when another process changed it.
    pub async fn load(&self) -> Result<(), StoreError> {
        let listed: BTreeMap<String, u64> =
            self.documents.list(&Tenant::anonymous(), COLLECTION).await?.into_iter().collect();
        let known = self.applied.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let gone = known.keys().filter(|name| !listed.contains_key(*name));
        for tenant in gone.filter_map(|name| Tenant::parse(name).ok()) {
            self.apply(&tenant, None);
        }
        for (name, _) in listed.iter().filter(|(name, version)| known.get(*name) != Some(*version)) {
            let Ok(tenant) = Tenant::parse(name) else { continue };
            match self.stored(&tenant).await? {
                Some((choices, version)) => self.apply(&tenant, Some((&choices, version))),
                None => tracing::warn!(tenant = %name, "its stored choices for spans are not known"),
            }
        }
        Ok(())
    }

    /// Looks every [`POLL`] for what other processes changed, until canceled.
    pub async fn watch(state: Arc<State>, cancel: Cancel) {
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = cancel.canceled() => return,
                _ = ticks.tick() => {}
            }
            let Some(overrides) = state.overrides.get() else { return };
            if let Err(error) = overrides.load().await {
                tracing::warn!(%error, "what tenants chose for spans cannot be read; what was read before holds");
            }
        }
    }

    fn apply(&self, tenant: &Tenant, choices: Option<(&Choices, u64)>) {
        let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        match choices {
            Some((_, version)) => drop(applied.insert(tenant.as_str().to_owned(), version)),
            None => drop(applied.remove(tenant.as_str())),
        }
        if let Some(generator) = &self.generator {
            generator.choose(tenant, choices.map(|(choices, _)| choices.options(generator.defaults())));
        }
        self.limits.choose(tenant, choices.map(|(choices, _)| choices.limits()));
    }

    /// Bytes of spans that came since start, by tenant and service.
    pub(crate) fn usage(&self) -> Vec<Used> {
        self.generator.as_ref().map(|generator| generator.usage()).unwrap_or_default()
    }

    async fn stored(&self, tenant: &Tenant) -> Result<Option<(Choices, u64)>, StoreError> {
        let document = self.documents.read(&key(tenant)).await?;
        Ok(document.and_then(|document| Some((Choices::parse(&document.bytes).ok()?, document.version))))
    }

    /// A tenant's choices and their version.
    pub(crate) async fn get(&self, tenant: &Tenant) -> Result<Option<(Choices, u64)>, Fault> {
        self.stored(tenant).await.map_err(told)
    }

    /// All that holds for a tenant, chosen or not.
    pub(crate) fn merged(&self, tenant: &Tenant) -> Choices {
        let options = self.generator.as_ref().map(|generator| generator.options_of(tenant));
        Choices::of(options.as_deref(), self.limits.of(tenant))
    }

    /// Tenants that chose something.
    pub(crate) async fn tenants(&self) -> Result<Vec<String>, Fault> {
        let listed = self.documents.list(&Tenant::anonymous(), COLLECTION).await.map_err(told)?;
        Ok(listed.into_iter().map(|(name, _)| name).collect())
    }

    /// Stores choices in place of version `expected` (0: there are none) and applies them; answers the new version.
    pub(crate) async fn put(&self, tenant: &Tenant, expected: u64, choices: &Choices) -> Result<u64, Fault> {
        if self.generator.is_none() && choices.metrics_generator.is_some() {
            return Err(Fault::invalid("metrics from spans are not made here; set span_metrics.enabled"));
        }
        let text = choices.text();
        let version =
            self.documents.write(&key(tenant), Some(expected), text.as_bytes()).await.map_err(told)?;
        self.apply(tenant, Some((choices, version)));
        Ok(version)
    }

    /// Merges a patch into the choices (RFC 7396), stores and applies the outcome.
    pub(crate) async fn patch(&self, tenant: &Tenant, patch: &[u8]) -> Result<(Choices, u64), Fault> {
        let patch = serde_json::from_slice(patch).map_err(|e| Fault::invalid(e.to_string()))?;
        for _ in 0..MAX_RACES {
            let (before, version) = self.get(tenant).await?.unwrap_or_default();
            let mut merged = serde_json::to_value(&before).expect("choices are texts, flags and lists");
            merge(&mut merged, &patch);
            let choices = Choices::parse(merged.to_string().as_bytes())?;
            match self.put(tenant, version, &choices).await {
                Err(fault) if fault.status() == StatusCode::PRECONDITION_FAILED => {}
                outcome => return Ok((choices, outcome?)),
            }
        }
        Err(Fault::new(ErrorKind::Unavailable, "other changes came first; try again"))
    }

    /// Forgets a tenant's choices of version `expected`.
    pub(crate) async fn delete(&self, tenant: &Tenant, expected: u64) -> Result<(), Fault> {
        if !self.documents.delete(&key(tenant), Some(expected)).await.map_err(told)? {
            return Err(missing());
        }
        self.apply(tenant, None);
        Ok(())
    }
}

/// Source: <https://www.rfc-editor.org/rfc/rfc7396>. The nesting is that of two parsed texts: at most 128 levels.
fn merge(into: &mut serde_json::Value, patch: &serde_json::Value) {
    let Some(fields) = patch.as_object() else {
        into.clone_from(patch);
        return;
    };
    if !into.is_object() {
        *into = serde_json::Value::Object(serde_json::Map::new());
    }
    let Some(object) = into.as_object_mut() else { return };
    for (name, value) in fields {
        match value.is_null() {
            true => drop(object.remove(name)),
            false => merge(object.entry(name).or_insert(serde_json::Value::Null), value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_applied_is_refused() {
        for (text, reason) in [
            (json!({"forwarders": []}), "unknown field `forwarders`"),
            (json!({"metrics_generator": {"processors": ["host-info"]}}), "\"host-info\" is not known here"),
            (
                json!({"metrics_generator": {"processor": {"span_metrics": {"dimensions": ["a", "a"]}}}}),
                "each must be there once",
            ),
            (
                json!({"metrics_generator": {"processor": {"span_metrics": {"intrinsic_dimensions": {"span_name": false}}}}}),
                "cannot be chosen",
            ),
        ] {
            let error = Choices::parse(text.to_string().as_bytes()).unwrap_err();
            assert!(error.message().contains(reason), "{}", error.message());
        }
        let many: Vec<String> = (0..=MAX_DIMENSIONS).map(|n| n.to_string()).collect();
        let text = json!({"metrics_generator": {"processor": {"span_metrics": {"dimensions": many}}}});
        assert!(Choices::parse(text.to_string().as_bytes()).unwrap_err().message().contains("limit of 32"));
    }

    #[test]
    fn patches_merge_as_the_standard_says() {
        for (before, patch, after) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [1]}), json!({"a": {"b": null}}), json!({"a": {}})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        ] {
            let mut merged = before.clone();
            merge(&mut merged, &patch);
            assert_eq!(merged, after);
        }
    }
}
