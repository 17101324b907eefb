//! Objects: bytes by path on a directory, S3, GCS or Azure. The last stop of the write walk and of the read walk.
//!
//! Invariants: a put that answered `Ok` is durable; [`Objects::create`] lets exactly one writer win, and a writer always
//! learns whether it was the one, even when the answer of its put was lost; what can safely be tried again is.

mod open;
mod probe;
mod resident;
mod upload;

pub use upload::Upload;

use crate::disk::{Disk, OsDisk};
use crate::error::StoreError;
use bytes::Bytes;
use futures_util::TryStreamExt;
use model::Nanos;
use object_store::path::Path as ObjectPath;
use object_store::{Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use stdx::Rng;

/// Where the put id stands (little-endian) in an object written by [`Objects::create`].
pub const PUT_ID_RANGE: Range<usize> = 16..32;

/// A store of objects. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Objects(Arc<Opened>);

#[derive(Debug)]
struct Opened {
    store: Arc<dyn ObjectStore>,
    /// What distinguishes this store from others, for the probe's result.
    identity: String,
    /// The directory, when it is a local one.
    dir: Option<PathBuf>,
    retry: Retry,
    rng: Mutex<Rng>,
}

/// How often an operation is tried, and how long to wait in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all, at least 1.
    pub attempts: u32,
    /// The wait before the second try; each further one is twice as long, and each is shortened at random by up to half.
    pub first_wait: Duration,
}

impl Retry {
    /// For stores behind a network, on top of the three quick tries of the client itself: 5 tries wait 3 seconds in all,
    /// which outlasts a throttled prefix or a restarted gateway.
    pub const NETWORK: Retry = Retry { attempts: 5, first_wait: Duration::from_millis(200) };
    /// For a local disk: what it refuses it refuses again, and a failed sync must not be asked twice.
    pub const NEVER: Retry = Retry { attempts: 1, first_wait: Duration::ZERO };
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

/// One try of an operation.
type Try<'a, T> = stdx::BoxFuture<'a, object_store::Result<T>>;

impl Objects {
    /// Opens a store by URL: a path or `file://` path of a directory, `s3://bucket/prefix`, `gs://bucket/prefix`,
    /// `az://container/prefix`. Options are those of the `object_store` crate for the scheme: `endpoint`, `region`,
    /// `access_key_id`, `secret_access_key`, `allow_http` and so on; an unknown one is an error. Of two for one option the
    /// later stays.
    pub fn open(url: &str, options: &[(String, String)]) -> Result<Objects, StoreError> {
        open::open(url, options)
    }

    /// Whether a store of this URL takes an option of this name.
    pub fn takes_option(url: &str, key: &str) -> bool {
        open::takes(url, key)
    }

    /// Wraps an opened store, trying as for a network.
    pub fn from_store(store: Arc<dyn ObjectStore>) -> Objects {
        let identity = store.to_string();
        Objects::opened(store, identity, None, Retry::NETWORK)
    }

    fn opened(store: Arc<dyn ObjectStore>, identity: String, dir: Option<PathBuf>, retry: Retry) -> Objects {
        Objects(Arc::new(Opened { store, identity, dir, retry, rng: Mutex::new(Rng::from_entropy()) }))
    }

    /// The same store with other tries.
    pub fn with_retry(&self, retry: Retry) -> Objects {
        let Opened { store, identity, dir, .. } = &*self.0;
        Objects::opened(store.clone(), identity.clone(), dir.clone(), retry)
    }

    /// The part of the store under a path, as a store of its own: for copies that a server can be started on.
    pub fn under(&self, path: &str) -> Result<Objects, StoreError> {
        let Opened { store, identity, dir, retry, .. } = &*self.0;
        let part = object_store::prefix::PrefixStore::new(store.clone(), parse(path)?);
        let dir = dir.as_ref().map(|dir| dir.join(path));
        Ok(Objects::opened(Arc::new(part), format!("{identity}/{path}"), dir, *retry))
    }

    /// Whether the store keeps the one promise that everything rests on: of many writers that create the same object, exactly
    /// one wins. The result is remembered in the store. `Err(Invalid)` when it does not.
    pub async fn probe(&self) -> Result<(), StoreError> {
        probe::probe(self).await
    }

    /// Whether this is a directory of one machine, of which one process at a time is the owner.
    pub fn is_local(&self) -> bool {
        self.0.dir.is_some()
    }

    /// Writes an object over what was there: for keys whose content is determined by the key.
    pub async fn put(&self, path: &str, bytes: Bytes) -> Result<(), StoreError> {
        let at = &parse(path)?;
        let put =
            || Box::pin(async { self.0.store.put(at, bytes.clone().into()).await.map(drop) }) as Try<'_, ()>;
        self.retrying(path, put).await
    }

    /// Creates an object unless it exists. `bytes` must hold `put_id` (little-endian, not 0) at [`PUT_ID_RANGE`]: by it the
    /// outcome is known even when an answer was lost. An error leaves the outcome unknown.
    pub async fn create(&self, path: &str, put_id: u128, bytes: Bytes) -> Result<Created, StoreError> {
        let id = Some(&put_id.to_le_bytes()[..]);
        if put_id == 0 || bytes.get(PUT_ID_RANGE) != id {
            return Err(StoreError::Invalid(format!(
                "{path} does not hold its put id at bytes {PUT_ID_RANGE:?}"
            )));
        }
        let at = &parse(path)?;
        let mut attempt = 0;
        loop {
            let put =
                self.0.store.put_opts(at, bytes.clone().into(), PutOptions::from(PutMode::Create)).await;
            let error = match put {
                Ok(_) => return Ok(Created::New),
                Err(error @ Error::AlreadyExists { .. }) => match self.get(path).await {
                    Ok(there) if there.get(PUT_ID_RANGE) == id => return Ok(Created::New),
                    Ok(there) => return Ok(Created::Taken(there)),
                    // Nothing is there: S3 says "exists" when two creates collided and neither was done.
                    Err(StoreError::NotFound { .. }) => error,
                    Err(error) => return Err(error),
                },
                Err(error) if !may_pass(&error) => return Err(answer(path, error)),
                Err(error) => error,
            };
            attempt += 1;
            if attempt >= self.0.retry.attempts {
                let what = format!("creating {path} has an unknown outcome: {error}");
                return Err(full(path, &error).unwrap_or(StoreError::Unavailable(what)));
            }
            self.wait(attempt).await;
        }
    }

    /// A whole object.
    pub async fn get(&self, path: &str) -> Result<Bytes, StoreError> {
        self.read(path, None).await
    }

    /// A part of an object; shorter only when the object ends.
    pub async fn get_range(&self, path: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        if let Some(bytes) =
            self.resident(path, std::slice::from_ref(&range)).and_then(|mut parts| parts.pop())
        {
            return Ok(bytes);
        }
        self.read(path, Some(GetRange::Bounded(range))).await
    }

    /// Parts of an object, each whole and in the order asked; what lies near each other comes by one request, and several
    /// requests run at once.
    pub async fn get_ranges(&self, path: &str, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, StoreError> {
        if let Some(parts) = self.resident(path, ranges) {
            return Ok(parts);
        }
        let at = &parse(path)?;
        let read = || {
            Box::pin(async {
                let parts = self.0.store.get_ranges(at, ranges).await?;
                let whole =
                    |(part, range): (&Bytes, &Range<u64>)| part.len() as u64 == range.end - range.start;
                match parts.len() == ranges.len() && parts.iter().zip(ranges).all(whole) {
                    true => Ok(parts),
                    false => {
                        Err(Error::Generic { store: "object", source: "parts of it did not come".into() })
                    }
                }
            }) as Try<'_, Vec<Bytes>>
        };
        self.retrying(path, read).await
    }

    /// Parts of an object that need no waiting.
    fn resident(&self, path: &str, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
        let dir = self.0.dir.as_ref()?;
        parse(path).ok()?;
        resident::read(&dir.join(path), ranges)
    }

    async fn read(&self, path: &str, range: Option<GetRange>) -> Result<Bytes, StoreError> {
        let at = &parse(path)?;
        let options = GetOptions { range, ..GetOptions::default() };
        let read = || {
            Box::pin(async {
                let got = self.0.store.get_opts(at, options.clone()).await?;
                let wanted = got.range.end - got.range.start;
                let bytes = got.bytes().await?;
                if bytes.len() as u64 == wanted {
                    return Ok(bytes);
                }
                let what = format!("{} of {wanted} bytes came", bytes.len());
                Err(Error::Generic { store: "object", source: what.into() })
            }) as Try<'_, Bytes>
        };
        self.retrying(path, read).await
    }

    /// The objects under `prefix` (whole path segments; "": all), after the path `after`, sorted by path.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<ObjectInfo>, StoreError> {
        let under = &Some(prefix).filter(|prefix| !prefix.is_empty()).map(parse).transpose()?;
        let after = &after.map(parse).transpose()?;
        let info = |meta: object_store::ObjectMeta| ObjectInfo {
            path: meta.location.to_string(),
            size: meta.size,
            modified: Nanos(meta.last_modified.timestamp_nanos_opt().unwrap_or(i64::MAX)),
        };
        let list = || {
            let listed = match after {
                Some(after) => self.0.store.list_with_offset(under.as_ref(), after),
                None => self.0.store.list(under.as_ref()),
            };
            Box::pin(listed.map_ok(info).try_collect()) as Try<'_, Vec<ObjectInfo>>
        };
        let mut found = self.retrying(prefix, list).await?;
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// Deletes an object; an absent one is fine.
    pub async fn delete(&self, path: &str) -> Result<(), StoreError> {
        let at = &parse(path)?;
        let delete = || {
            Box::pin(async {
                match self.0.store.delete(at).await {
                    Err(Error::NotFound { .. }) => Ok(()),
                    other => other,
                }
            }) as Try<'_, ()>
        };
        self.retrying(path, delete).await
    }

    /// Makes the names under `prefix` durable: on a local disk a killed process may leave objects that are seen and not synced.
    pub(crate) async fn settle(&self, prefix: &str) -> Result<(), StoreError> {
        let Some(dir) = self.0.dir.as_ref().map(|dir| dir.join(prefix)) else { return Ok(()) };
        let sync = move || match OsDisk.sync_dir(&dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io(&dir, error)),
            _ => Ok(()),
        };
        let synced = stdx::task::blocking(sync).join().await;
        synced.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    /// A fresh put id.
    pub(crate) fn put_id(&self) -> u128 {
        let mut rng = self.0.rng.lock().unwrap_or_else(PoisonError::into_inner);
        (u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())).max(1)
    }

    /// Tries an operation that may be done twice.
    async fn retrying<'a, T>(&self, path: &str, operation: impl Fn() -> Try<'a, T>) -> Result<T, StoreError> {
        let mut attempt = 0;
        loop {
            let error = match operation().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            attempt += 1;
            if attempt >= self.0.retry.attempts || !may_pass(&error) {
                return Err(answer(path, error));
            }
            tracing::debug!(path, attempt, %error, "trying again");
            self.wait(attempt).await;
        }
    }

    async fn wait(&self, attempt: u32) {
        let longest = self.0.retry.first_wait.saturating_mul(1 << (attempt - 1).min(16));
        if longest.is_zero() {
            return;
        }
        let part = 0.5 + self.0.rng.lock().unwrap_or_else(PoisonError::into_inner).unit() / 2.0;
        tokio::time::sleep(longest.mul_f64(part)).await;
    }
}

fn parse(path: &str) -> Result<ObjectPath, StoreError> {
    if path.is_empty() || path.starts_with('/') || path.ends_with('/') {
        return Err(StoreError::Invalid(format!("{path:?} is no path of an object")));
    }
    ObjectPath::parse(path).map_err(|error| StoreError::Invalid(error.to_string()))
}

/// Whether the same request may succeed a moment later.
fn may_pass(error: &Error) -> bool {
    matches!(error, Error::Generic { .. } | Error::JoinError { .. })
}

fn answer(path: &str, error: Error) -> StoreError {
    match error {
        Error::NotFound { .. } => StoreError::NotFound { path: path.to_owned() },
        Error::AlreadyExists { .. } => StoreError::AlreadyExists { path: path.to_owned() },
        Error::InvalidPath { .. } | Error::NotSupported { .. } | Error::NotImplemented { .. } => {
            StoreError::Invalid(error.to_string())
        }
        other => full(path, &other).unwrap_or_else(|| StoreError::Unavailable(other.to_string())),
    }
}

/// The disk is full: said by an error of the operating system somewhere below.
fn full(path: &str, error: &Error) -> Option<StoreError> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if matches!(kind, Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)) {
            return Some(StoreError::Full { path: path.to_owned() });
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind::{ConnectionReset, StorageFull};

    #[test]
    fn a_full_disk_is_told_from_a_lost_connection() {
        for (kind, is_full) in [(StorageFull, true), (ConnectionReset, false)] {
            let inner = Error::Generic { store: "below", source: Box::new(std::io::Error::from(kind)) };
            let error = Error::Generic { store: "above", source: Box::new(inner) };
            assert_eq!(matches!(answer("a/b", error), StoreError::Full { path } if path == "a/b"), is_full);
        }
    }

    #[test]
    fn a_directory_keeps_odd_but_legal_names_and_misses_nothing() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let objects =
            Objects::open(&format!("file://{}/deep/er", dir.path().display()), &[]).expect("it opens");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            assert_eq!(objects.list("blocks", None).await.unwrap(), []);
            let paths = ["blocks/a!b-_.*'()/logs/1.block", "blocks/a~2f%20/logs/2.block"];
            for path in paths {
                objects.put(path, Bytes::from_static(b"abc")).await.unwrap();
                assert_eq!(objects.get_range(path, 1..9).await.unwrap(), "bc");
            }
            let listed = objects.list("blocks", None).await.unwrap();
            assert_eq!(listed.iter().map(|object| &object.path[..]).collect::<Vec<_>>(), paths);
            assert!(
                listed.iter().all(|object| object.size == 3 && object.modified.0 > 1_700_000_000_000_000_000)
            );
            objects.delete(paths[0]).await.unwrap();
            objects.delete(paths[0]).await.unwrap();
            assert!(matches!(objects.get(paths[0]).await, Err(StoreError::NotFound { .. })));
            for bad in ["", "../x", "a//b", "/a"] {
                assert!(
                    matches!(objects.put(bad, Bytes::new()).await, Err(StoreError::Invalid(_))),
                    "{bad:?}"
                );
            }
        });
    }
}
