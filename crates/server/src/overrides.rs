//! What tenants choose for their metrics from spans and as their limits of spans: kept as documents, applied at once, at
//! start, and within [`POLL`] of a change by another process on the same storage.
//!
//! Invariant: what is stored can be applied. A key that is not known is refused when it is written; those that are known and
//! have no effect here are told in the log.

mod choices;

pub(crate) use choices::{Choices, Reading};

use crate::error::Fault;
use crate::ingest::{SpanChoice, SpanLimits};
use crate::state::State;
use http::StatusCode;
use model::Tenant;
use spanmetrics::{Generator, Used};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use stdx::{Cancel, ErrorKind};
use store::{DocumentKey, Documents, StoreError};

/// The collection of these documents; the document of a tenant has its name.
const COLLECTION: &str = "trace-overrides";

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
    /// What queries are held to, by the name of tenants of whom something is chosen.
    reading: RwLock<BTreeMap<String, Reading>>,
    /// The operator's file.
    file: Option<PathBuf>,
    operator: Mutex<OfOperator>,
}

/// What the operator's file says; what tenants choose themselves goes before it.
#[derive(Debug, Default)]
struct OfOperator {
    /// The file, as it was read last.
    text: String,
    by_tenant: BTreeMap<String, Choices>,
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
        let (applied, operator, reading) = (Mutex::default(), Mutex::default(), RwLock::default());
        Overrides { documents, generator, limits, applied, reading, file: None, operator }
    }

    /// With what an operator chooses for tenants, in the form of the replaced system's file (`overrides: {tenant: ...}`).
    pub fn with_file(self, file: Option<PathBuf>) -> Self {
        Overrides { file, ..self }
    }

    /// Applies the operator's file if it says something else than before.
    pub async fn load_file(&self) -> Result<(), String> {
        let Some(path) = self.file.clone() else { return Ok(()) };
        let said = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let read = {
            let path = path.clone();
            move || std::fs::read_to_string(path)
        };
        let text = stdx::task::blocking(read).join().await.map_err(|error| said(&error))?;
        self.take_file(&text.map_err(|error| said(&error))?).await.map_err(|error| said(&error))
    }

    async fn take_file(&self, text: &str) -> Result<(), String> {
        let mut changed: BTreeSet<String> = {
            let operator = self.operator.lock().unwrap_or_else(PoisonError::into_inner);
            if operator.text == text {
                return Ok(());
            }
            operator.by_tenant.keys().cloned().collect()
        };
        let by_tenant = Choices::of_file(text)?;
        if self.generator.is_none() && by_tenant.values().any(|choices| choices.metrics_generator.is_some()) {
            return Err("metrics from spans are not made here; set span_metrics.enabled".to_owned());
        }
        changed.extend(by_tenant.keys().cloned());
        for (tenant, choices) in &by_tenant {
            choices.tell_idle(tenant);
        }
        *self.operator.lock().unwrap_or_else(PoisonError::into_inner) =
            OfOperator { text: text.to_owned(), by_tenant };
        for tenant in changed.iter().filter_map(|name| Tenant::parse(name).ok()) {
            let stored = self.stored(&tenant).await.map_err(|error| error.to_string())?;
            self.apply(&tenant, stored.as_ref().map(|(choices, version)| (choices, *version)));
        }
        Ok(())
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
            if let Err(error) = overrides.load_file().await {
                tracing::warn!(%error, "the operator's choices for spans cannot be taken; what was read before holds");
            }
            if let Err(error) = overrides.load().await {
                tracing::warn!(%error, "what tenants chose for spans cannot be read; what was read before holds");
            }
        }
    }

    fn apply(&self, tenant: &Tenant, choices: Option<(&Choices, u64)>) {
        let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        match choices {
            Some((choices, version)) => {
                choices.tell_idle(tenant.as_str());
                applied.insert(tenant.as_str().to_owned(), version);
            }
            None => drop(applied.remove(tenant.as_str())),
        }
        let operator = self.operator.lock().unwrap_or_else(PoisonError::into_inner);
        let layers: Vec<&Choices> = operator
            .by_tenant
            .get(tenant.as_str())
            .into_iter()
            .chain(choices.map(|(choices, _)| choices))
            .collect();
        if let Some(generator) = &self.generator {
            let options =
                layers.iter().fold(generator.defaults().clone(), |below, choices| choices.options(&below));
            generator.choose(tenant, (!layers.is_empty()).then_some(options));
        }
        let limits = layers.iter().fold(SpanChoice::default(), |below, choices| choices.limits(below));
        self.limits.choose(tenant, (!layers.is_empty()).then_some(limits));
        let reading = layers.iter().fold(Reading::default(), |below, choices| choices.reading(below));
        let mut all = self.reading.write().unwrap_or_else(PoisonError::into_inner);
        match reading == Reading::default() {
            true => drop(all.remove(tenant.as_str())),
            false => drop(all.insert(tenant.as_str().to_owned(), reading)),
        }
    }

    /// What a tenant's queries of traces are held to.
    pub(crate) fn reading(&self, tenant: &Tenant) -> Reading {
        let all = self.reading.read().unwrap_or_else(PoisonError::into_inner);
        all.get(tenant.as_str()).copied().unwrap_or_default()
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
        Choices::of(options.as_deref(), self.limits.of(tenant), self.reading(tenant))
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
