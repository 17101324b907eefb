//! Small documents with versions and history: dashboards, rules, silences, tokens. Each write creates the next number, so that
//! two writers of the same version cannot both win, on any store.
//!
//! ```text
//! documents/<tenant>/<collection>/<name>/00000000000000000001.doc   the first version
//! documents/<tenant>/<collection>/<name>/00000000000000000002.doc   the second; without payload: deleted
//! ```
//! Invariant: a document's numbers only grow, also over a deletion; a number is never used twice (see [`KEPT_VERSIONS`]).

use crate::envelope::{self, HEADER_BYTES, Head};
use crate::error::StoreError;
use crate::object::{Created, ObjectInfo, Objects};
use bytes::Bytes;
use model::{Nanos, Tenant};
use std::fmt::Write;
use stdx::Clock;

/// Versions that are kept of a document. One is deleted only when a version this much higher exists; a writer that was asleep
/// meanwhile sees that version and knows that its own write does not count.
pub const KEPT_VERSIONS: u64 = 64;
/// The largest document: a dashboard of hundreds of panels has one.
pub const MAX_DOCUMENT_BYTES: usize = 16 << 20;
/// The longest name in a path, escapes included: file systems end at 255.
const MAX_NAME_BYTES: usize = 240;
/// Lost races in a row before an unconditional write gives up.
const MAX_RACES: usize = 100;

pub(crate) const MAGIC: &[u8; 8] = b"ORIELDOC";

/// Which document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentKey {
    /// Whose.
    pub tenant: Tenant,
    /// What sort: `dashboards`, `rules` ... (lower-case letters, digits and `-`).
    pub collection: String,
    /// Any text of reasonable length.
    pub name: String,
}

/// One version of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its number, from 1.
    pub version: u64,
    /// When it was written, by the writer's clock.
    pub at: Nanos,
    /// Its content; never empty.
    pub bytes: Bytes,
}

/// One entry of a document's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentVersion {
    /// Its number.
    pub version: u64,
    /// When it was written, by the store's clock.
    pub modified: Nanos,
    /// Bytes of content; 0 for a deletion.
    pub bytes: u64,
}

/// The documents of one store. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Documents {
    objects: Objects,
    clock: Clock,
}

impl DocumentKey {
    fn prefix(&self) -> Result<String, StoreError> {
        if self.name.is_empty() {
            return Err(StoreError::Invalid("a document needs a name".to_owned()));
        }
        let name = escape(&self.name);
        if name.len() > MAX_NAME_BYTES {
            return Err(StoreError::Invalid(format!("the document name {:.40}... is too long", self.name)));
        }
        Ok(format!("{}/{name}", collection_path(&self.tenant, &self.collection)?))
    }
}

impl Documents {
    /// The documents in `objects`.
    pub fn new(objects: Objects, clock: Clock) -> Self {
        Documents { objects, clock }
    }

    /// The newest version; `None` when there is none or it is a deletion.
    pub async fn read(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        match self.history(key).await?.pop() {
            Some(last) if last.bytes > 0 => self.read_version(key, last.version).await,
            _ => Ok(None),
        }
    }

    /// One version; `None` when it is a deletion, is no longer kept, or never was.
    pub async fn read_version(
        &self,
        key: &DocumentKey,
        version: u64,
    ) -> Result<Option<Document>, StoreError> {
        let path = version_path(&key.prefix()?, version);
        let object = match self.objects.get(&path).await {
            Ok(object) => object,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let (head, payload) = envelope::open(&path, MAGIC, &object)?;
        if head.number != version {
            return Err(StoreError::corrupt(path, 32, format!("version {} in its place", head.number)));
        }
        let bytes = object.slice_ref(payload);
        Ok((!bytes.is_empty()).then_some(Document { version, at: head.at, bytes }))
    }

    /// The kept versions, oldest first.
    pub async fn history(&self, key: &DocumentKey) -> Result<Vec<DocumentVersion>, StoreError> {
        let prefix = key.prefix()?;
        let listed = self.objects.list(&prefix, None).await?;
        Ok(listed.iter().filter_map(|object| parse_version(&prefix, object)).collect())
    }

    /// Names and newest versions of the documents of a collection, by name; deleted ones are left out.
    pub async fn list(&self, tenant: &Tenant, collection: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.newest(tenant, collection, |newest| newest.bytes > 0).await
    }

    /// Names and deletions (as versions) of the documents of a collection that were deleted, by name.
    pub async fn deleted(&self, tenant: &Tenant, collection: &str) -> Result<Vec<(String, u64)>, StoreError> {
        self.newest(tenant, collection, |newest| newest.bytes == 0).await
    }

    /// Names and newest versions of those documents whose newest version is of a sort.
    async fn newest(
        &self,
        tenant: &Tenant,
        collection: &str,
        is_wanted: impl Fn(&DocumentVersion) -> bool,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let prefix = collection_path(tenant, collection)?;
        let mut found: Vec<(String, DocumentVersion)> = Vec::new();
        for object in self.objects.list(&prefix, None).await? {
            let Some((dir, _)) = object.path.rsplit_once('/') else { continue };
            let Some(name) = dir.strip_prefix(&prefix).and_then(|rest| rest.strip_prefix('/')) else {
                continue;
            };
            let (Some(name), Some(version)) = (unescape(name), parse_version(dir, &object)) else { continue };
            match found.last_mut() {
                // Sorted by path: the versions of a document follow each other.
                Some((last, newest)) if *last == name => *newest = version,
                _ => found.push((name, version)),
            }
        }
        found.retain(|(_, newest)| is_wanted(newest));
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found.into_iter().map(|(name, newest)| (name, newest.version)).collect())
    }

    /// Writes the next version and answers its number. With `expected` only if the newest version is that one (0: there is
    /// no document, or it is deleted); `Err(Conflict)` otherwise.
    pub async fn write(
        &self,
        key: &DocumentKey,
        expected: Option<u64>,
        bytes: &[u8],
    ) -> Result<u64, StoreError> {
        if bytes.is_empty() || bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(StoreError::Invalid(format!(
                "a document of {} bytes: expected 1 to {MAX_DOCUMENT_BYTES}",
                bytes.len()
            )));
        }
        self.append(key, expected, bytes).await
    }

    /// Deletes a document, as a new version; its history stays. `Ok(false)` when there is none. `expected` as in
    /// [`Documents::write`].
    pub async fn delete(&self, key: &DocumentKey, expected: Option<u64>) -> Result<bool, StoreError> {
        if self.history(key).await?.last().is_none_or(|last| last.bytes == 0) {
            return Ok(false);
        }
        self.append(key, expected, &[]).await.map(|_| true)
    }

    async fn append(
        &self,
        key: &DocumentKey,
        expected: Option<u64>,
        bytes: &[u8],
    ) -> Result<u64, StoreError> {
        let prefix = key.prefix()?;
        for _ in 0..MAX_RACES {
            let history = self.history(key).await?;
            let last = history.last().map_or(0, |last| last.version);
            let live = history.last().map_or(0, |last| if last.bytes > 0 { last.version } else { 0 });
            if let Some(expected) = expected
                && expected != live
            {
                return Err(conflict(key, expected, live));
            }
            let number = last + 1;
            let (put_id, at) = (self.objects.put_id(), Nanos(self.clock.now_nanos()));
            let object =
                envelope::seal(MAGIC, Head { kind: u8::from(bytes.is_empty()), put_id, number, at }, bytes);
            let path = version_path(&prefix, number);
            let created = self.objects.create(&path, put_id, object).await?;
            let newest = self.history(key).await?.last().map_or(number, |last| last.version);
            match created {
                Created::New if newest < number + KEPT_VERSIONS => {
                    self.forget_old(&prefix, number, &history).await;
                    return Ok(number);
                }
                // The number had been used and deleted while this call slept.
                Created::New => self.objects.delete(&path).await?,
                Created::Taken(_) => {}
            }
            if let Some(expected) = expected {
                return Err(conflict(key, expected, newest));
            }
        }
        Err(StoreError::Unavailable(format!("{MAX_RACES} other writes of {} came first", key.name)))
    }

    /// Deletes versions that are no longer kept. An error is only noted: the next write tries again.
    async fn forget_old(&self, prefix: &str, newest: u64, history: &[DocumentVersion]) {
        for old in history.iter().filter(|old| old.version + KEPT_VERSIONS <= newest) {
            if let Err(error) = self.objects.delete(&version_path(prefix, old.version)).await {
                tracing::warn!(%error, "an old version of a document stays");
                return;
            }
        }
    }
}

fn conflict(key: &DocumentKey, expected: u64, found: u64) -> StoreError {
    let DocumentKey { collection, name, .. } = key;
    StoreError::Conflict(format!("{name} in {collection} is at version {found}, not at {expected}"))
}

fn collection_path(tenant: &Tenant, collection: &str) -> Result<String, StoreError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if collection.is_empty() || collection.len() > MAX_NAME_BYTES || !collection.bytes().all(plain) {
        return Err(StoreError::Invalid(format!("{collection:?} is no name of a collection of documents")));
    }
    Ok(format!("documents/{tenant}/{collection}"))
}

fn version_path(prefix: &str, version: u64) -> String {
    format!("{prefix}/{version:020}.doc")
}

fn parse_version(prefix: &str, object: &ObjectInfo) -> Option<DocumentVersion> {
    let digits = object.path.strip_prefix(prefix)?.strip_prefix('/')?.strip_suffix(".doc")?;
    let plain = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let version = plain.then(|| digits.parse().ok()).flatten()?;
    let bytes = object.size.saturating_sub(HEADER_BYTES as u64);
    Some(DocumentVersion { version, modified: object.modified, bytes })
}

/// Letters, digits, `-` and `_` as they are; other bytes as `~` and two hexadecimal digits.
fn escape(name: &str) -> String {
    name.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => out.push(char::from(byte)),
            _ => drop(write!(out, "~{byte:02x}")),
        }
        out
    })
}

fn unescape(escaped: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = escaped.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let byte = if *first == b'~' {
            let (digits, tail) = rest.split_at_checked(2)?;
            rest = tail;
            u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
        } else {
            *first
        };
        bytes.push(byte);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_name_is_one_path_segment(name in ".{1,40}", garbage in "[~a-f0-9]{0,20}") {
            let escaped = escape(&name);
            prop_assert!(!escaped.contains(['/', '.', '%']));
            prop_assert_eq!(unescape(&escaped), Some(name));
            let _ = unescape(&garbage);
        }
    }
}
