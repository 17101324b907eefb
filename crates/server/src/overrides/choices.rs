//! What a tenant may choose: the document, what of it can be applied, and what the generator and limits make of it.
//!
//! Invariant: whatever was checked has options. Keys of the replaced system's own machinery (rings, forwarders, columns of its
//! blocks) are known, kept and have no effect: [`Choices::idle`] names them.

mod generator;
mod reading;

pub(crate) use reading::Reading;

use crate::error::Fault;
use crate::ingest::{SpanChoice, SpanRates};
use generator::OfGenerator;
use model::Tenant;
use reading::OfReading;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spanmetrics::Options;
use std::collections::BTreeMap;

/// The choices of one tenant; what is not there is as configured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Choices {
    #[serde(skip_serializing_if = "Option::is_none")]
    ingestion: Option<OfIngestion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    global: Option<OfTraces>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metrics_generator: Option<OfGenerator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<OfReading>,
    /// Sections without effect here.
    #[serde(skip_serializing_if = "Option::is_none")]
    compaction: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarders: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_attribution: Option<Value>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfIngestion {
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_limit_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    burst_size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attribute_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_strategy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_traces_per_user: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_global_traces_per_user: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_shard_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artificial_delay: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_info_enabled: Option<bool>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfTraces {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_bytes_per_trace: Option<u64>,
}

impl Choices {
    /// Reads and checks what a tenant sends.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, Fault> {
        let read: Choices = serde_json::from_slice(text).map_err(|e| Fault::invalid(e.to_string()))?;
        read.check().map_err(Fault::invalid)?;
        Ok(read)
    }

    /// The choices of the tenants that an operator's file names, as the replaced system has it (`overrides: {tenant: ...}`).
    pub(super) fn of_file(text: &str) -> Result<BTreeMap<String, Choices>, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            overrides: BTreeMap<String, Choices>,
        }
        let File { overrides } = serde_norway::from_str(text).map_err(|error| error.to_string())?;
        let mut by_tenant = BTreeMap::new();
        for (tenant, choices) in overrides {
            choices.check().map_err(|reason| format!("{tenant}: {reason}"))?;
            let name = match tenant.as_str() {
                // What the replaced system calls the tenant of those that name none.
                "single-tenant" => Tenant::anonymous().as_str().to_owned(),
                "*" => {
                    return Err("*: what holds for all tenants belongs to span_metrics and limits".to_owned());
                }
                name => {
                    Tenant::parse(name).map_err(|error| format!("{tenant}: {error}"))?.as_str().to_owned()
                }
            };
            by_tenant.insert(name, choices);
        }
        Ok(by_tenant)
    }

    /// Tells the log of keys that have no effect here.
    pub(super) fn tell_idle(&self, tenant: &str) {
        let idle = self.idle();
        if !idle.is_empty() {
            tracing::info!(tenant, keys = ?idle, "choices for spans without effect");
        }
    }

    fn check(&self) -> Result<(), String> {
        self.metrics_generator.as_ref().map_or(Ok(()), OfGenerator::check)
    }

    /// What the generator is to do.
    pub(super) fn options(&self, defaults: &Options) -> Options {
        let mut options = defaults.clone();
        if let Some(generator) = &self.metrics_generator {
            generator.apply(&mut options);
        }
        options
    }

    /// What spans are held to, over what was chosen below.
    pub(super) fn limits(&self, below: SpanChoice) -> SpanChoice {
        let ingestion = self.ingestion.as_ref();
        let of_trace = self.global.as_ref().and_then(|of| of.max_bytes_per_trace);
        SpanChoice {
            rate_bytes: ingestion.and_then(|of| of.rate_limit_bytes).or(below.rate_bytes),
            burst_bytes: ingestion.and_then(|of| of.burst_size_bytes).or(below.burst_bytes),
            max_trace_bytes: of_trace.or(below.max_trace_bytes),
            max_attribute_bytes: ingestion
                .and_then(|of| of.max_attribute_bytes)
                .or(below.max_attribute_bytes),
        }
    }

    /// What queries are held to, over what was chosen below.
    pub(super) fn reading(&self, below: Reading) -> Reading {
        self.read.as_ref().map_or(below, |read| read.over(below))
    }

    /// All that holds, as if it had been chosen.
    pub(super) fn of(options: Option<&Options>, rates: SpanRates, reading: Reading) -> Self {
        Choices {
            ingestion: Some(OfIngestion {
                rate_limit_bytes: Some(rates.rate_bytes),
                burst_size_bytes: Some(rates.burst_bytes),
                max_attribute_bytes: Some(rates.max_attribute_bytes),
                ..OfIngestion::default()
            }),
            global: Some(OfTraces { max_bytes_per_trace: Some(rates.max_trace_bytes) }),
            metrics_generator: options.map(OfGenerator::of),
            read: Some(OfReading::of(reading)),
            ..Choices::default()
        }
    }

    /// The keys that have no effect here.
    pub(super) fn idle(&self) -> Vec<&'static str> {
        let ingestion = self.ingestion.as_ref();
        let of_ingestion = |is_there: fn(&OfIngestion) -> bool| ingestion.is_some_and(is_there);
        let mut idle = vec![
            (self.read.as_ref().is_some_and(OfReading::is_partly_idle), "read"),
            (self.compaction.is_some(), "compaction"),
            (self.forwarders.is_some(), "forwarders"),
            (self.storage.is_some(), "storage"),
            (self.cost_attribution.is_some(), "cost_attribution"),
            (of_ingestion(|of| of.rate_strategy.is_some()), "ingestion.rate_strategy"),
            (of_ingestion(|of| of.max_traces_per_user.is_some()), "ingestion.max_traces_per_user"),
            (
                of_ingestion(|of| of.max_global_traces_per_user.is_some()),
                "ingestion.max_global_traces_per_user",
            ),
            (of_ingestion(|of| of.tenant_shard_size.is_some()), "ingestion.tenant_shard_size"),
            (of_ingestion(|of| of.artificial_delay.is_some()), "ingestion.artificial_delay"),
            (of_ingestion(|of| of.retry_info_enabled.is_some()), "ingestion.retry_info_enabled"),
        ];
        idle.extend(self.metrics_generator.iter().flat_map(OfGenerator::idle));
        idle.into_iter().filter(|(is_there, _)| *is_there).map(|(_, key)| key).collect()
    }

    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("choices are texts, numbers, flags and lists")
    }
}

#[cfg(test)]
mod tests;
