//! `oriel import prometheus DIR`: blocks of a Prometheus server, or of one that writes the same, into the storage of this
//! one. Time is cut into windows, one block each: all source blocks of a window are walked side by side in label order, so
//! that memory is bounded by one window's output. What was imported before is skipped.

use super::Storage;
use anyhow::{Context, Result, bail};
use model::{Millis, Tenant};
use std::path::Path;
use store::{BlockId, Catalog, Objects};
use tsdb::import::{ImportBlock, ImportPiece, publish};
use wire::prometheus_block::{BlockInfo, BlockReader, Samples, list};
use wire::rfc3339::Utc;

/// Widths of windows, widest first: those of the engine's merges, and two between, so that blocks nest.
const WINDOWS: [i64; 4] = [24 * HOUR, 12 * HOUR, 6 * HOUR, 2 * HOUR];
const HOUR: i64 = 3_600_000;
/// Samples of one window, by what the source says of itself: at half a byte each, 100 MB of output in memory.
const MAX_WINDOW_SAMPLES: u64 = 200_000_000;
/// Windows of one import: a thousand years of days. More means that the source's times are wrong.
const MAX_WINDOWS: i64 = 366_000;

/// Imports the blocks in `dir`.
pub(super) async fn run(dir: &Path, storage: Storage, tenant: Tenant) -> Result<()> {
    let target = Target { objects: storage.objects, catalog: storage.catalog, tenant };
    let imported = target.import(dir, &mut |line| println!("{line}")).await?;
    println!("imported {} samples in {} blocks", imported.samples, imported.blocks);
    Ok(())
}

/// Where imported samples go.
struct Target {
    objects: Objects,
    catalog: Catalog,
    tenant: Tenant,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Imported {
    blocks: u64,
    samples: u64,
}

impl Target {
    async fn import(&self, dir: &Path, say: &mut dyn FnMut(String)) -> Result<Imported> {
        let sources = list(dir)?;
        if sources.is_empty() {
            bail!(
                "{} holds no block: none of its folders is named by 26 digits and capitals and has a meta.json",
                dir.display()
            );
        }
        let mut imported = Imported::default();
        for window in windows(&sources)? {
            let sources: Vec<&BlockInfo> = sources.iter().filter(|block| window.meets(block)).collect();
            if sources.is_empty() {
                continue;
            }
            let day = Utc(Millis(window.start).to_nanos());
            let id = window.id(&self.tenant, &sources);
            if self.catalog.snapshot().all_blocks().any(|meta| meta.id == id) {
                say(format!("{day}: was imported before"));
                continue;
            }
            let block = tokio::task::block_in_place(|| merge(&sources, &window))?;
            let (series, samples) = (block.series, block.samples);
            if block.is_empty() {
                continue;
            }
            let block = tokio::task::block_in_place(|| block.finish(id, &self.tenant, window.level()));
            let bytes = block.0.bytes;
            publish(&self.objects, &self.catalog, block).await?;
            say(format!(
                "{day}: {} blocks, {series} series, {samples} samples, {bytes} bytes",
                sources.len()
            ));
            imported = Imported { blocks: imported.blocks + 1, samples: imported.samples + samples };
        }
        Ok(imported)
    }
}

/// A stretch of time that becomes one block.
#[derive(Debug, Clone, Copy)]
struct Window {
    start: i64,
    width: i64,
}

impl Window {
    fn last(&self) -> i64 {
        self.start.saturating_add(self.width - 1)
    }

    /// Whether the block may have samples in it.
    fn meets(&self, block: &BlockInfo) -> bool {
        block.first <= self.last() && block.end >= self.start
    }

    /// The level of the engine's merges that such a block is at.
    fn level(&self) -> u8 {
        if self.width == WINDOWS[0] { 2 } else { 1 }
    }

    fn id(&self, tenant: &Tenant, sources: &[&BlockInfo]) -> BlockId {
        let (start, width) = (self.start.to_le_bytes(), self.width.to_le_bytes());
        let mut parts: Vec<&[u8]> = vec![b"import", tenant.as_str().as_bytes(), &start, &width];
        parts.extend(sources.iter().map(|block| block.ulid.as_bytes()));
        BlockId::derive(&parts)
    }
}

/// The windows of all sources, each of the greatest width that holds no more samples than memory takes.
fn windows(sources: &[BlockInfo]) -> Result<Vec<Window>> {
    let first = sources.iter().map(|block| block.first).min().unwrap_or(0);
    let last = sources.iter().map(|block| block.end).max().unwrap_or(0);
    let days = (first.div_euclid(WINDOWS[0]), last.div_euclid(WINDOWS[0]));
    if days.1 - days.0 > MAX_WINDOWS {
        bail!("the blocks say that their samples are of {} days; that cannot be", days.1 - days.0);
    }
    let mut windows = Vec::new();
    for day in days.0..=days.1 {
        let samples = |window: &Window| -> u64 { sources.iter().map(|block| share(block, window)).sum() };
        let cut = |width: i64| {
            (0..WINDOWS[0] / width).map(move |n| Window { start: day * WINDOWS[0] + n * width, width })
        };
        let fits = |width: &&i64| cut(**width).all(|window| samples(&window) <= MAX_WINDOW_SAMPLES);
        windows.extend(cut(*WINDOWS.iter().find(fits).unwrap_or(&WINDOWS[3])));
    }
    Ok(windows)
}

/// About how many samples of a block are in a window.
fn share(block: &BlockInfo, window: &Window) -> u64 {
    let inside = block.end.min(window.last()).saturating_sub(block.first.max(window.start)).max(0);
    let whole = block.end.saturating_sub(block.first).max(1);
    (u128::from(block.samples) * inside as u128 / whole as u128) as u64
}

/// Walks all sources of a window side by side.
fn merge(sources: &[&BlockInfo], window: &Window) -> Result<ImportBlock> {
    let mut readers = sources.iter().map(|block| BlockReader::open(block)).collect::<Result<Vec<_>, _>>()?;
    let span = window.start..=window.last();
    let mut block = ImportBlock::default();
    while let Some(labels) =
        readers.iter().filter_map(|r| r.peek()).map(|series| &series.labels).min().cloned()
    {
        let mut pieces = Vec::new();
        for reader in readers.iter_mut().filter(|r| r.peek().is_some_and(|series| series.labels == labels)) {
            let mut samples = Samples::default();
            reader.samples(&span, &mut samples)?;
            reader.advance()?;
            pieces.push(piece(samples));
        }
        block.push(&labels, pieces).with_context(|| format!("the import of {labels}"))?;
    }
    Ok(block)
}

fn piece(samples: Samples) -> ImportPiece {
    let Samples { times, values, starts, histograms } = samples;
    ImportPiece { times, values, starts, histograms }
}

#[cfg(test)]
mod tests;
