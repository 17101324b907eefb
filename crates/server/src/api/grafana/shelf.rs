//! Dashboards and folders on the store's versioned documents, with what a list shows of each kept in memory.
//!
//! Invariant: a summary belongs to one version of one document; versions never change, so a summary is never stale.

mod records;
pub(crate) mod sessions;

pub(super) use records::Record;

use super::input::ADMIN;
use super::ready;
use super::shape;
use super::slice;
use bytes::Bytes;
use model::Tenant;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Document, DocumentKey, DocumentVersion, Documents, StoreError};

/// Collection of dashboards.
const DASHBOARDS: &str = "dashboards";
/// Collection of folders.
const FOLDERS: &str = "folders";
/// Summaries in memory: about 200 bytes each, so at most 4 MB.
const MAX_SUMMARIES: usize = 20_000;

/// Where dashboards and folders stand.
#[derive(Debug)]
pub struct Shelf {
    documents: Documents,
    summaries: Mutex<HashMap<(DocumentKey, u64), Arc<Summary>>>,
    records: Mutex<HashMap<(DocumentKey, u64), Arc<Value>>>,
}

/// What a list shows of a dashboard or folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) title: String,
    pub(super) tags: Vec<String>,
    /// Empty: no folder.
    pub(super) folder: String,
    pub(super) description: String,
    /// Uids of the library panels on it.
    pub(super) libraries: Vec<String>,
    /// `v1`, `v2` ...: the sort of its JSON.
    pub(super) stored: String,
}

/// One stored dashboard: the request that saved it.
pub(super) struct Stored {
    /// 0: it comes with Oriel.
    pub(super) version: u64,
    /// Nanoseconds since 1970.
    pub(super) at: i64,
    body: Bytes,
}

/// What the saving request said around the dashboard.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Envelope {
    pub(super) dashboard: Value,
    pub(super) folder_uid: Option<String>,
    /// The folder by number, as older clients name it.
    pub(super) folder_id: Option<i64>,
    pub(super) message: Option<String>,
    /// Of what is stored; in a request these say nothing.
    pub(super) saved_by: Option<String>,
    pub(super) author: Option<String>,
    pub(super) labels: Value,
    pub(super) annotations: Value,
    pub(super) overwrite: bool,
    /// What fills the holes of a dashboard that is imported: `{name, value}`.
    pub(super) inputs: Vec<Value>,
    /// The version that was changed, for a dashboard whose own JSON does not say it.
    pub(super) version: Option<u64>,
}

/// What is kept beside the text of a dashboard.
#[derive(Debug, Clone)]
pub(super) struct Around<'a> {
    pub(super) folder: &'a str,
    pub(super) message: &'a str,
    /// The login of who saved it.
    pub(super) by: &'a str,
    /// The login of who saved the first version.
    pub(super) author: &'a str,
    /// Labels and annotations of the resource, those that say where it is and why it was saved excepted.
    pub(super) labels: Value,
    pub(super) annotations: Value,
}

impl<'a> Around<'a> {
    /// Of a new version that leaves everything as it was, if there was one.
    pub(super) fn over(before: Option<&'a Envelope>, by: &'a str) -> Self {
        Around {
            folder: before.and_then(|one| one.folder_uid.as_deref()).unwrap_or(""),
            message: "",
            by,
            author: before.map_or(by, Envelope::author),
            labels: before.map(|one| one.labels.clone()).unwrap_or_default(),
            annotations: before.map(|one| one.annotations.clone()).unwrap_or_default(),
        }
    }
}

impl Envelope {
    /// The login of who saved it; of what was stored before that was kept, the one there was.
    pub(super) fn by(&self) -> &str {
        self.saved_by.as_deref().filter(|name| !name.is_empty()).unwrap_or(ADMIN)
    }

    /// The login of who saved its first version.
    pub(super) fn author(&self) -> &str {
        self.author.as_deref().filter(|name| !name.is_empty()).unwrap_or_else(|| self.by())
    }
}

impl Stored {
    /// The dashboard's JSON as it was sent.
    pub(super) fn text(&self) -> &str {
        let body = std::str::from_utf8(&self.body).unwrap_or("");
        slice::member(body, "dashboard").unwrap_or("{}")
    }

    /// The request that saves a dashboard's text as it is.
    pub(super) fn body(text: &str, around: &Around<'_>) -> String {
        let rest = serde_json::json!({
            "folderUid": around.folder, "message": around.message, "savedBy": around.by, "author": around.author, "labels": around.labels,
            "annotations": around.annotations,
        });
        format!("{{\"dashboard\":{text},{}", &rest.to_string()[1..])
    }

    pub(super) fn envelope(&self) -> Result<Envelope, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

impl From<Document> for Stored {
    fn from(document: Document) -> Self {
        Stored { version: document.version, at: document.at.0, body: document.bytes }
    }
}

impl Shelf {
    /// The shelf over the documents of a store.
    pub fn over(documents: Documents) -> Self {
        Shelf { documents, summaries: Mutex::default(), records: Mutex::default() }
    }

    fn key(tenant: &Tenant, collection: &str, name: &str) -> DocumentKey {
        DocumentKey { tenant: tenant.clone(), collection: collection.to_owned(), name: name.to_owned() }
    }

    /// The newest version of a dashboard; one that comes with Oriel if nothing was ever stored under its uid.
    pub(super) async fn dashboard(&self, tenant: &Tenant, uid: &str) -> Result<Option<Stored>, StoreError> {
        let key = Self::key(tenant, DASHBOARDS, uid);
        if let Some(document) = self.documents.read(&key).await? {
            return Ok(Some(document.into()));
        }
        let Some(text) = ready::text(uid) else { return Ok(None) };
        let is_free = self.documents.history(&key).await?.is_empty();
        let body = || Bytes::from(format!("{{\"dashboard\":{text}}}"));
        Ok(is_free.then(|| Stored { version: 0, at: 0, body: body() }))
    }

    pub(super) async fn dashboard_version(
        &self,
        tenant: &Tenant,
        uid: &str,
        version: u64,
    ) -> Result<Option<Stored>, StoreError> {
        let found = self.documents.read_version(&Self::key(tenant, DASHBOARDS, uid), version).await?;
        Ok(found.map(Stored::from))
    }

    pub(super) async fn history(
        &self,
        tenant: &Tenant,
        uid: &str,
    ) -> Result<Vec<DocumentVersion>, StoreError> {
        self.documents.history(&Self::key(tenant, DASHBOARDS, uid)).await
    }

    /// Stores a saving request; with `expected` only over that version (0: over none).
    pub(super) async fn save(
        &self,
        tenant: &Tenant,
        uid: &str,
        expected: Option<u64>,
        body: &[u8],
    ) -> Result<u64, StoreError> {
        self.documents.write(&Self::key(tenant, DASHBOARDS, uid), expected, body).await
    }

    /// Deletes a dashboard; one that comes with Oriel is stored first, so that its absence has a history.
    pub(super) async fn delete(&self, tenant: &Tenant, uid: &str) -> Result<bool, StoreError> {
        let Some(stored) = self.dashboard(tenant, uid).await? else { return Ok(false) };
        let key = Self::key(tenant, DASHBOARDS, uid);
        if stored.version == 0 {
            self.documents.write(&key, Some(0), &stored.body).await?;
        }
        self.documents.delete(&key, None).await
    }

    /// Uid and summary of every dashboard, those that come with Oriel included.
    pub(super) async fn dashboards(
        &self,
        tenant: &Tenant,
    ) -> Result<Vec<(String, Arc<Summary>)>, StoreError> {
        let mut found = self.list(tenant, DASHBOARDS).await?;
        for uid in ready::uids() {
            if found.iter().any(|(known, _)| known == uid) {
                continue;
            }
            if let Some(stored) = self.dashboard(tenant, uid).await? {
                found.push((uid.to_owned(), Arc::new(summary(&stored))));
            }
        }
        Ok(found)
    }

    /// Uid and summary of the dashboards that were deleted, as they were before.
    pub(super) async fn deleted(&self, tenant: &Tenant) -> Result<Vec<(String, Arc<Summary>)>, StoreError> {
        let mut found = Vec::new();
        for (uid, _) in self.documents.deleted(tenant, DASHBOARDS).await? {
            let last = self.before_deletion(tenant, &uid).await?;
            found.extend(last.map(|last| (uid, Arc::new(summary(&last)))));
        }
        Ok(found)
    }

    /// A deleted dashboard as it was before.
    pub(super) async fn before_deletion(
        &self,
        tenant: &Tenant,
        uid: &str,
    ) -> Result<Option<Stored>, StoreError> {
        match self.history(tenant, uid).await?.last() {
            Some(last) if last.bytes == 0 => {
                self.dashboard_version(tenant, uid, last.version.saturating_sub(1)).await
            }
            _ => Ok(None),
        }
    }

    pub(super) async fn folders(&self, tenant: &Tenant) -> Result<Vec<(String, Arc<Summary>)>, StoreError> {
        self.list(tenant, FOLDERS).await
    }

    /// A folder: its version and its JSON.
    pub(super) async fn folder(
        &self,
        tenant: &Tenant,
        uid: &str,
    ) -> Result<Option<(u64, Value)>, StoreError> {
        self.record(tenant, FOLDERS, uid).await
    }

    pub(super) async fn save_folder(
        &self,
        tenant: &Tenant,
        uid: &str,
        expected: Option<u64>,
        folder: &Value,
    ) -> Result<u64, StoreError> {
        self.put_record(tenant, FOLDERS, uid, expected, folder).await
    }

    pub(super) async fn delete_folder(&self, tenant: &Tenant, uid: &str) -> Result<bool, StoreError> {
        self.drop_record(tenant, FOLDERS, uid).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        collection: &str,
    ) -> Result<Vec<(String, Arc<Summary>)>, StoreError> {
        let mut result = Vec::new();
        for (name, version) in self.documents.list(tenant, collection).await? {
            let key = (Self::key(tenant, collection, &name), version);
            let known = self.summaries.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
            let made = match known {
                Some(known) => known,
                None => match self.documents.read_version(&key.0, version).await? {
                    Some(document) => self.keep(key, summary(&document.into())),
                    // Deleted between the two questions.
                    None => continue,
                },
            };
            result.push((name, made));
        }
        Ok(result)
    }

    fn keep(&self, key: (DocumentKey, u64), summary: Summary) -> Arc<Summary> {
        let summary = Arc::new(summary);
        let mut summaries = self.summaries.lock().unwrap_or_else(PoisonError::into_inner);
        if summaries.len() >= MAX_SUMMARIES {
            summaries.clear();
        }
        summaries.insert(key, summary.clone());
        summary
    }
}

/// A dashboard's from its envelope, a folder's from its own members.
fn summary(stored: &Stored) -> Summary {
    let Ok(json) = serde_json::from_slice::<Value>(&stored.body) else { return Summary::default() };
    let inner = json.get("dashboard").unwrap_or(&json);
    let folder = if json.get("dashboard").is_some() { &json["folderUid"] } else { &json["parentUid"] };
    Summary {
        title: shape::title(inner).to_owned(),
        tags: shape::tags(inner),
        folder: folder.as_str().unwrap_or("").to_owned(),
        description: shape::description(inner).to_owned(),
        libraries: shape::libraries(inner),
        stored: shape::version(inner).to_owned(),
    }
}
