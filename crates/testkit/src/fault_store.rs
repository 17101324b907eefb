//! An object store over another one that errs from a seed: before it did the work, after it did the work, by a conflict that
//! is none, by an answer that ends early, and for good once its power is cut.

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use stdx::Rng;

/// How often each fault happens, as probabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Faults {
    /// An error before anything was done.
    pub before: f64,
    /// An error although it was done: a lost answer, a timeout.
    pub after: f64,
    /// A create answers "exists" although nothing is there: what S3 means by 409.
    pub conflict: f64,
    /// A read answers fewer bytes than there are.
    pub truncated: f64,
    /// A create that lies: it overwrites what is there and answers success, as stores without conditional puts do.
    pub lies: f64,
}

impl Faults {
    /// Enough of everything that stores which keep their promises do.
    pub const SOME: Faults = Faults { before: 0.08, after: 0.08, conflict: 0.08, truncated: 0.08, lies: 0.0 };
}

/// The store. Cloning shares it.
#[derive(Debug, Clone)]
pub struct FaultStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    inner: Arc<dyn ObjectStore>,
    faults: Mutex<Faults>,
    rng: Mutex<Rng>,
    /// Operations until the power goes; `u64::MAX` while it stays.
    power: AtomicU64,
    operations: AtomicU64,
}

impl FaultStore {
    /// A store in memory.
    pub fn new(rng: Rng, faults: Faults) -> Self {
        Self::over(Arc::new(InMemory::new()), rng, faults)
    }

    /// Faults over any store.
    pub fn over(inner: Arc<dyn ObjectStore>, rng: Rng, faults: Faults) -> Self {
        FaultStore(Arc::new(Shared {
            inner,
            faults: Mutex::new(faults),
            rng: Mutex::new(rng),
            power: AtomicU64::new(u64::MAX),
            operations: AtomicU64::new(0),
        }))
    }

    /// The same objects with other faults, powered: what a restarted process sees.
    pub fn restarted(&self, faults: Faults) -> Self {
        let seed = self.0.rng.lock().unwrap_or_else(PoisonError::into_inner).next_u64();
        Self::over(self.0.inner.clone(), Rng::seeded(seed), faults)
    }

    /// Changes the faults.
    pub fn set_faults(&self, faults: Faults) {
        *self.0.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// Every operation after so many more fails; the last one may be done all the same.
    pub fn cut_power_after(&self, operations: u64) {
        self.0.power.store(operations, Ordering::SeqCst);
    }

    /// Operations so far.
    pub fn operations(&self) -> u64 {
        self.0.operations.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn chance(&self, probability: f64) -> bool {
        probability > 0.0 && self.rng.lock().unwrap_or_else(PoisonError::into_inner).unit() < probability
    }

    /// `Err` when nothing is to be done, `Ok(false)` when the answer is to be lost.
    fn step(&self) -> Result<bool> {
        self.operations.fetch_add(1, Ordering::SeqCst);
        let left = self.power.load(Ordering::SeqCst);
        if left != u64::MAX {
            self.power.store(left.saturating_sub(1), Ordering::SeqCst);
            if left == 0 {
                return Err(error("the power is off"));
            }
            if left == 1 {
                return if self.chance(0.5) { Ok(false) } else { Err(error("the power went")) };
            }
        }
        if self.chance(self.faults().before) {
            return Err(error("refused before it was done"));
        }
        Ok(!self.chance(self.faults().after))
    }
}

fn error(what: &'static str) -> Error {
    Error::Generic { store: "FaultStore", source: what.into() }
}

impl fmt::Display for FaultStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultStore({})", self.0.inner)
    }
}

#[async_trait::async_trait]
impl ObjectStore for FaultStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut opts: PutOptions,
    ) -> Result<PutResult> {
        let answered = self.0.step()?;
        let faults = self.0.faults();
        if matches!(opts.mode, PutMode::Create) {
            if self.0.chance(faults.conflict) {
                return Err(Error::AlreadyExists { path: location.to_string(), source: "409".into() });
            }
            if self.0.chance(faults.lies) {
                opts.mode = PutMode::Overwrite;
            }
        }
        let put = self.0.inner.put_opts(location, payload, opts).await;
        if answered { put } else { Err(error("the answer was lost")) }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.step()?;
        self.0.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if !self.0.step()? {
            return Err(error("the answer was lost"));
        }
        let mut got = self.0.inner.get_opts(location, options).await?;
        if self.0.chance(self.0.faults().truncated)
            && let GetResultPayload::Stream(stream) = got.payload
        {
            let whole: Vec<Bytes> = stream.try_collect().await?;
            let whole = Bytes::from(whole.concat());
            let half = whole.slice(..whole.len() / 2);
            got.payload = GetResultPayload::Stream(futures_util::stream::iter([Ok(half)]).boxed());
        }
        Ok(got)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let shared = self.0.clone();
        let one = move |location: Result<Path>| {
            let shared = shared.clone();
            async move {
                let location = location?;
                let answered = shared.step()?;
                let only = futures_util::stream::iter([Ok(location.clone())]).boxed();
                let deleted: Result<Vec<Path>> = shared.inner.delete_stream(only).try_collect().await;
                deleted?;
                if answered { Ok(location) } else { Err(error("the answer was lost")) }
            }
        };
        locations.then(one).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let answer = match self.0.step() {
            Ok(true) => return self.0.inner.list(prefix),
            Ok(false) => error("the answer was lost"),
            Err(error) => error,
        };
        futures_util::stream::iter([Err(answer)]).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.step()?;
        self.0.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.step()?;
        self.0.inner.copy_opts(from, to, options).await
    }
}
