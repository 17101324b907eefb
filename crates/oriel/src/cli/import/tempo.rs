//! `oriel import tempo FROM`: blocks of a Tempo, from its bucket or folder, into the storage of this one. Each source block
//! becomes visible whole or not at all; what was imported is written down as a document, and skipped the next time. A block
//! that cannot be read holds up no other: it is told of, and the command fails in the end.

use super::Storage;
use anyhow::{Context, Result, bail};
use model::Tenant;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use stdx::Clock;
use store::{DocumentKey, Documents, Objects};
use tracedb::{Imported, TraceImport};
use wire::tempo_block::{self, BlockInfo, BlockReader, DATA, MAX_META_BYTES, META, SINGLE_TENANT};

/// Bytes of a block in a bucket that are asked for at once.
const DOWNLOAD_BYTES: u64 = 16 << 20;
/// The documents that say which blocks were imported.
const COLLECTION: &str = "imported-blocks";

/// Where blocks are read from.
pub(super) struct Source {
    objects: Objects,
    /// The folder, when it is one.
    folder: Option<PathBuf>,
    name: String,
}

/// A block that is there: its path, and the size of its columns.
struct Found {
    dir: String,
    bytes: u64,
}

impl Source {
    /// Opens a folder or bucket.
    pub(super) fn open(from: &str, options: &BTreeMap<String, String>) -> Result<Self> {
        let folder = match from.split_once("://") {
            None => Some(PathBuf::from(from)),
            Some(("file", path)) => Some(PathBuf::from(path)),
            Some(_) => None,
        };
        if let Some(folder) = folder.as_deref().filter(|folder| !folder.is_dir()) {
            bail!("{} is no folder; expected one, or s3://, gs:// or az:// with a bucket", folder.display());
        }
        // A folder takes no options.
        let none = BTreeMap::new();
        let objects = crate::run::open_url(from, if folder.is_some() { &none } else { options })?;
        Ok(Source { objects, folder, name: from.to_owned() })
    }

    /// The blocks, by path. Those that other blocks took over, and those of a log, have no `meta.json` beside columns.
    async fn blocks(&self) -> Result<Vec<Found>> {
        let objects =
            self.objects.list("", None).await.with_context(|| format!("cannot list {}", self.name))?;
        let within = |path: &str, file: &str| match path.strip_suffix(file) {
            Some("") => Some(String::new()),
            dir => dir.and_then(|dir| dir.strip_suffix('/')).map(str::to_owned),
        };
        let described: BTreeSet<String> = objects.iter().filter_map(|o| within(&o.path, META)).collect();
        let columns =
            objects.iter().filter_map(|o| Some(Found { dir: within(&o.path, DATA)?, bytes: o.size }));
        Ok(columns.filter(|found| described.contains(&found.dir)).collect())
    }

    async fn info(&self, found: &Found) -> Result<BlockInfo> {
        let path = found.path(META);
        let name = format!("{}/{path}", self.name);
        let meta = self.objects.get_range(&path, 0..MAX_META_BYTES).await?;
        Ok(tempo_block::info(&name, &meta)?)
    }

    /// The columns of a block as a file: its own in a folder, a copy of one in a bucket.
    async fn columns(&self, found: &Found, scratch: &Path) -> Result<(PathBuf, Option<Copy>)> {
        let path = found.path(DATA);
        if let Some(folder) = &self.folder {
            return Ok((folder.join(path), None));
        }
        let local = scratch.join(format!("import-{}.parquet", std::process::id()));
        let mut file = std::fs::File::create(&local).with_context(|| local.display().to_string())?;
        let copy = Copy(local.clone());
        let mut at = 0;
        while at < found.bytes {
            let bytes = self.objects.get_range(&path, at..found.bytes.min(at + DOWNLOAD_BYTES)).await?;
            if bytes.is_empty() {
                bail!("{}/{path} ends after {at} of {} bytes", self.name, found.bytes);
            }
            std::io::Write::write_all(&mut file, &bytes).with_context(|| local.display().to_string())?;
            at += bytes.len() as u64;
        }
        Ok((local, Some(copy)))
    }
}

impl Found {
    fn path(&self, file: &str) -> String {
        if self.dir.is_empty() { file.to_owned() } else { format!("{}/{file}", self.dir) }
    }
}

/// A file that is removed when it is no longer read.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            eprintln!("{} stays behind: {error}", self.0.display());
        }
    }
}

/// Imports the blocks of a source, for `tenant` or else for that of each.
pub(super) async fn run(source: &Source, storage: Storage, tenant: Option<Tenant>) -> Result<()> {
    std::fs::create_dir_all(&storage.scratch)?;
    let target =
        Target { documents: Documents::new(storage.objects.clone(), Clock::system()), storage, tenant };
    let imported = target.import(source, &mut |line| println!("{line}")).await?;
    println!("imported {} spans in {} blocks, {} bytes", imported.spans, imported.blocks, imported.bytes);
    Ok(())
}

struct Target {
    storage: Storage,
    documents: Documents,
    tenant: Option<Tenant>,
}

impl Target {
    async fn import(&self, source: &Source, say: &mut dyn FnMut(String)) -> Result<Imported> {
        let blocks = source.blocks().await?;
        if blocks.is_empty() {
            bail!("{} holds no block: no folder in it has a {META} and a {DATA}", source.name);
        }
        let (mut all, mut failed) = (Imported::default(), 0);
        for found in &blocks {
            match self.block(source, found).await {
                Ok((said, imported)) => {
                    say(format!("{}: {said}", found.dir));
                    all.blocks += imported.blocks;
                    all.spans += imported.spans;
                    all.bytes += imported.bytes;
                }
                Err(error) => {
                    failed += 1;
                    say(format!("{}: NOT IMPORTED: {error:#}", found.dir));
                }
            }
        }
        if failed > 0 {
            bail!(
                "{failed} of {} blocks were not imported; {} spans of the others were",
                blocks.len(),
                all.spans
            );
        }
        Ok(all)
    }

    /// Imports one block: what to say of it, and what became of it.
    async fn block(&self, source: &Source, found: &Found) -> Result<(String, Imported)> {
        let info = source.info(found).await?;
        let tenant = match &self.tenant {
            Some(tenant) => tenant.clone(),
            None if info.tenant == SINGLE_TENANT => Tenant::anonymous(),
            None => Tenant::parse(&info.tenant).with_context(|| format!("tenant {:?}", info.tenant))?,
        };
        let key = DocumentKey { tenant, collection: COLLECTION.to_owned(), name: info.id.clone() };
        if self.documents.read(&key).await?.is_some() {
            return Ok(("was imported before".to_owned(), Imported::default()));
        }
        let (path, _copy) = source.columns(found, &self.storage.scratch).await?;
        let mut reader = tokio::task::block_in_place(|| BlockReader::open(&path, &info))?;
        let mut import = TraceImport::new(&self.storage.objects, &key.tenant, &info.id)?;
        let mut traces = 0;
        while let Some(batch) = tokio::task::block_in_place(|| reader.next_trace())? {
            traces += 1;
            import.push(batch).await?;
        }
        if traces != info.traces {
            bail!("{traces} traces are in it; {META} says {}", info.traces);
        }
        let imported = import.finish(&self.storage.catalog).await?;
        let said =
            format!("{traces} traces of {}, {} spans, {} bytes", key.tenant, imported.spans, imported.bytes);
        self.documents.write(&key, None, said.as_bytes()).await?;
        Ok((said, imported))
    }
}

#[cfg(test)]
mod tests;
