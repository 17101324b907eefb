//! Small JSON records beside the dashboards: annotations, stars, library panels, data sources, permissions.
//!
//! Invariant: a value in memory belongs to one version of one document; versions never change, so it is never stale.

use super::{MAX_SUMMARIES, Shelf};
use model::Tenant;
use serde_json::Value;
use std::sync::{Arc, PoisonError};
use store::StoreError;

/// Others may write the same record in between; this often a change is made anew.
const MAX_RACES: usize = 20;

/// One record of a list.
pub(in crate::api::grafana) struct Record {
    pub(in crate::api::grafana) name: String,
    pub(in crate::api::grafana) version: u64,
    pub(in crate::api::grafana) value: Arc<Value>,
}

impl Shelf {
    /// The newest version of a record and its value.
    pub(in crate::api::grafana) async fn record(
        &self,
        tenant: &Tenant,
        collection: &str,
        name: &str,
    ) -> Result<Option<(u64, Value)>, StoreError> {
        let found = self.documents.read(&Self::key(tenant, collection, name)).await?;
        Ok(found.map(|one| (one.version, serde_json::from_slice(&one.bytes).unwrap_or(Value::Null))))
    }

    /// Stores a record; with `expected` only over that version (0: over none).
    pub(in crate::api::grafana) async fn put_record(
        &self,
        tenant: &Tenant,
        collection: &str,
        name: &str,
        expected: Option<u64>,
        value: &Value,
    ) -> Result<u64, StoreError> {
        let key = Self::key(tenant, collection, name);
        self.documents.write(&key, expected, value.to_string().as_bytes()).await
    }

    /// A text that is kept as it is, and not in memory.
    pub(in crate::api::grafana) async fn text(
        &self,
        tenant: &Tenant,
        collection: &str,
        name: &str,
    ) -> Result<Option<String>, StoreError> {
        let found = self.documents.read(&Self::key(tenant, collection, name)).await?;
        Ok(found.map(|one| String::from_utf8_lossy(&one.bytes).into_owned()))
    }

    /// Stores such a text.
    pub(in crate::api::grafana) async fn put_text(
        &self,
        tenant: &Tenant,
        collection: &str,
        name: &str,
        text: &str,
    ) -> Result<u64, StoreError> {
        self.documents.write(&Self::key(tenant, collection, name), None, text.as_bytes()).await
    }

    /// Deletes a record or text; `false` when there is none.
    pub(in crate::api::grafana) async fn drop_record(
        &self,
        tenant: &Tenant,
        collection: &str,
        name: &str,
    ) -> Result<bool, StoreError> {
        self.documents.delete(&Self::key(tenant, collection, name), None).await
    }

    /// Changes a record as one step, also when others change it at the same time. `Null`: there was none.
    pub(in crate::api::grafana) async fn change_record(
        &self,
        tenant: &Tenant,
        collection: &str,
        name: &str,
        change: impl Fn(Value) -> Value,
    ) -> Result<Value, StoreError> {
        for _ in 0..MAX_RACES {
            let (version, value) = self.record(tenant, collection, name).await?.unwrap_or((0, Value::Null));
            let next = change(value);
            match self.put_record(tenant, collection, name, Some(version), &next).await {
                Ok(_) => return Ok(next),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Unavailable(format!("{MAX_RACES} other changes of {name} came first")))
    }

    /// All records of a collection, by name.
    pub(in crate::api::grafana) async fn records(
        &self,
        tenant: &Tenant,
        collection: &str,
    ) -> Result<Vec<Record>, StoreError> {
        let mut result = Vec::new();
        for (name, version) in self.documents.list(tenant, collection).await? {
            let key = (Self::key(tenant, collection, &name), version);
            let known = self.records.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
            let value = match known {
                Some(known) => known,
                None => {
                    // Deleted between the two questions, or not there any more.
                    let Some(found) = self.documents.read_version(&key.0, version).await? else { continue };
                    let value = Arc::new(serde_json::from_slice(&found.bytes).unwrap_or(Value::Null));
                    let mut kept = self.records.lock().unwrap_or_else(PoisonError::into_inner);
                    if kept.len() >= MAX_SUMMARIES {
                        kept.clear();
                    }
                    kept.insert(key, Arc::clone(&value));
                    value
                }
            };
            result.push(Record { name, version, value });
        }
        Ok(result)
    }
}
