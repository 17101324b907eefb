//! Objects: bytes by path on a directory, S3, GCS or Azure. The last stop of the write walk and of the read walk.
//!
//! Invariants: a put that answered `Ok` is durable; [`Objects::create`] lets exactly one writer win, and a writer always
//! learns whether it was the one, even when the answer of its put was lost.

use crate::error::StoreError;
use bytes::Bytes;
use futures_util::TryStreamExt;
use model::Nanos;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use std::ops::Range;
use std::sync::Arc;

/// Where the put id stands in an object written by [`Objects::create`].
pub const PUT_ID_RANGE: Range<usize> = 16..32;

/// A store of objects. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
}

/// An object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its path.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written, by the store's clock.
    pub modified: Nanos,
}

/// Who created an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// This call did.
    New,
    /// Someone else did, with these bytes.
    Taken(Bytes),
}

impl Objects {
    /// Opens a store by URL.
    pub fn open(url: &str, _options: &[(String, String)]) -> Result<Objects, StoreError> {
        let dir = std::path::Path::new(url.strip_prefix("file://").unwrap_or(url));
        std::fs::create_dir_all(dir).map_err(|error| StoreError::io(dir, error))?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(dir)
            .map_err(|error| StoreError::Invalid(error.to_string()))?
            .with_fsync(true);
        Ok(Objects::from_store(Arc::new(store)))
    }

    /// Wraps an opened store.
    pub fn from_store(store: Arc<dyn ObjectStore>) -> Objects {
        Objects { store }
    }

    /// Writes an object over what was there.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.store.put(&parse(path)?, bytes.into()).await.map(drop).map_err(|e| answer(path, e))
    }

    /// Creates an object unless it exists. `bytes` must hold `put_id` (little-endian) at [`PUT_ID_RANGE`].
    pub async fn create(&self, path: &str, put_id: u128, bytes: Bytes) -> Result<Created, StoreError> {
        debug_assert_eq!(bytes.get(PUT_ID_RANGE), Some(&put_id.to_le_bytes()[..]));
        let options = PutOptions::from(PutMode::Create);
        match self.store.put_opts(&parse(path)?, bytes.into(), options).await {
            Ok(_) => Ok(Created::New),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let there = self.get(path).await?;
                let ours = there.get(PUT_ID_RANGE) == Some(&put_id.to_le_bytes()[..]);
                Ok(if ours { Created::New } else { Created::Taken(there) })
            }
            Err(error) => Err(answer(path, error)),
        }
    }

    /// A whole object.
    pub async fn get(&self, path: &str) -> Result<Bytes, StoreError> {
        let got = self.store.get(&parse(path)?).await.map_err(|e| answer(path, e))?;
        got.bytes().await.map_err(|e| answer(path, e))
    }

    /// A part of an object.
    pub async fn get_range(&self, path: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.store.get_range(&parse(path)?, range).await.map_err(|e| answer(path, e))
    }

    /// The objects under `prefix` (whole path segments), after the path `after`, sorted by path.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<ObjectInfo>, StoreError> {
        let prefix_path = parse(prefix)?;
        let listed = match after {
            Some(after) => self.store.list_with_offset(Some(&prefix_path), &parse(after)?),
            None => self.store.list(Some(&prefix_path)),
        };
        let mut found: Vec<ObjectInfo> = listed
            .map_ok(|meta| ObjectInfo {
                path: meta.location.to_string(),
                size: meta.size,
                modified: Nanos(meta.last_modified.timestamp_nanos_opt().unwrap_or(0)),
            })
            .try_collect()
            .await
            .map_err(|e| answer(prefix, e))?;
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// Deletes an object; an absent one is fine.
    pub async fn delete(&self, path: &str) -> Result<(), StoreError> {
        match self.store.delete(&parse(path)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(answer(path, error)),
        }
    }
}

fn parse(path: &str) -> Result<ObjectPath, StoreError> {
    ObjectPath::parse(path).map_err(|error| StoreError::Invalid(error.to_string()))
}

fn answer(path: &str, error: object_store::Error) -> StoreError {
    match error {
        object_store::Error::NotFound { .. } => StoreError::NotFound { path: path.to_owned() },
        object_store::Error::AlreadyExists { .. } => StoreError::AlreadyExists { path: path.to_owned() },
        other => StoreError::Unavailable(other.to_string()),
    }
}
