//! Log files and container logs, followed through rotation, truncation and kill -9.
//!
//! ```text
//! glob -> tail.rs (one file: identity, offset, whole lines) -> format.rs (a line -> time, text, labels)
//!      -> one batch of all files -> positions.rs (intent, fsynced) -> Ingest (durable) -> positions.rs (acked)
//! ```
//! Invariant: an offset counts as read only after the ack of the lines before it. A batch's extent and its times are
//! written down before it is sent; after a crash the same bytes are sent again with the same times, and the store drops
//! what it has already. So a line is neither lost nor doubled.

mod format;
mod positions;
mod tail;

use super::lines;
use crate::options::FileJob;
use contract::{Context, Ingest};
use model::{Labels, LogBatch, LogEntry, Nanos, StreamEntries};
use positions::{Intent, Positions};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use stdx::Cancel;
use tail::Tail;

/// How often idle files are looked at: a line is on its way within this time.
const POLL: Duration = Duration::from_millis(250);
/// How often globs are expanded again: a new file is found within this time.
const RESCAN: Duration = Duration::from_secs(2);
/// Bytes taken from one file for one batch, so that a large file does not starve the others.
const FILE_BATCH_BYTES: usize = 256 << 10;
/// Bytes of one batch over all files: a push of this size takes some ten milliseconds.
const BATCH_BYTES: usize = 2 << 20;
/// Files followed at once.
const MAX_FILES: usize = 10_000;

/// Follows the files of all jobs until canceled.
pub(crate) struct Follower {
    jobs: Vec<FileJob>,
    tails: BTreeMap<PathBuf, Tail>,
    positions: Positions,
    first_scan: bool,
}

/// What a batch holds of one file.
struct Part {
    path: PathBuf,
    intent: Intent,
}

impl Follower {
    /// Reads the positions of an earlier run.
    pub(crate) fn open(jobs: Vec<FileJob>, state_dir: &std::path::Path) -> std::io::Result<Self> {
        let positions = Positions::open(state_dir)?;
        Ok(Follower { jobs, tails: BTreeMap::new(), positions, first_scan: true })
    }

    /// The loop: look for files, read what is there, hand it over, wait.
    pub(crate) async fn run(mut self, ingest: Arc<dyn Ingest>, cx: Context, cancel: Cancel) {
        let mut scanned: Option<Duration> = None;
        while !cancel.is_canceled() {
            let now = cx.clock.monotonic();
            if scanned.is_none_or(|at| now.saturating_sub(at) >= RESCAN) {
                self.scan();
                scanned = Some(now);
            }
            let (batch, parts) = self.collect(Nanos(cx.clock.now_nanos()));
            if parts.is_empty() {
                tokio::select! {
                    () = cancel.canceled() => break,
                    () = tokio::time::sleep(POLL) => {}
                }
            } else if !self.deliver(batch, parts, &*ingest, &cx, &cancel).await {
                break;
            }
        }
    }

    /// Opens files that the globs match and forgets those that are gone and read to their end.
    fn scan(&mut self) {
        for (number, job) in self.jobs.iter().enumerate() {
            let excluded: Vec<glob::Pattern> =
                job.exclude.iter().filter_map(|p| glob::Pattern::new(p).ok()).collect();
            for path in job.paths.iter().filter_map(|p| glob::glob(p).ok()).flatten().filter_map(Result::ok) {
                if self.tails.len() >= MAX_FILES
                    || self.tails.contains_key(&path)
                    || excluded.iter().any(|e| e.matches_path(&path))
                {
                    continue;
                }
                let from_start = job.from_beginning || !self.first_scan;
                match Tail::open(&path, number, &self.positions, from_start) {
                    Ok(Some(tail)) => drop(self.tails.insert(path, tail)),
                    Ok(None) => {}
                    Err(error) => {
                        tracing::warn!(file = %path.display(), %error, "the log file cannot be opened")
                    }
                }
            }
        }
        self.first_scan = false;
        self.tails.retain(|_, tail| !tail.is_over());
        self.positions.forget_missing();
    }

    /// Reads what is there, up to [`BATCH_BYTES`], into one batch.
    fn collect(&mut self, now: Nanos) -> (LogBatch, Vec<Part>) {
        let mut streams: BTreeMap<Labels, Vec<LogEntry>> = BTreeMap::new();
        let mut parts = Vec::new();
        let mut bytes = 0;
        for (path, tail) in &mut self.tails {
            if bytes >= BATCH_BYTES {
                break;
            }
            let chunk = match tail.read(FILE_BATCH_BYTES, now) {
                Ok(Some(chunk)) => chunk,
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(file = %path.display(), %error, "the log file cannot be read");
                    continue;
                }
            };
            bytes += chunk.bytes.len();
            let job = &self.jobs[tail.job];
            let labels = tail.labels(job);
            format::entries(job.format, &chunk, &mut tail.fragments, |extra, at, line| {
                let labels = if extra.is_empty() { labels.clone() } else { with_labels(&labels, extra) };
                streams.entry(labels).or_default().push(LogEntry { at, line, metadata: Arc::from([]) });
            });
            parts.push(Part { path: path.clone(), intent: chunk.intent });
        }
        let streams =
            streams.into_iter().map(|(labels, entries)| StreamEntries { labels, entries }).collect();
        (LogBatch { streams, body: None }, parts)
    }

    /// Hands the batch over until it is taken; `false` when canceled meanwhile.
    async fn deliver(
        &mut self,
        batch: LogBatch,
        parts: Vec<Part>,
        ingest: &dyn Ingest,
        cx: &Context,
        cancel: &Cancel,
    ) -> bool {
        let intents = parts.iter().map(|part| (part.path.clone(), part.intent.clone()));
        if let Err(error) = self.positions.intend(intents) {
            tracing::warn!(%error, "positions cannot be written; lines may repeat after a crash");
        }
        if lines::deliver(&batch, ingest, cx, cancel).await.is_none() {
            return false;
        }
        self.positions.acked(parts.iter().map(|part| part.path.as_path()));
        true
    }
}

fn with_labels(labels: &Labels, extra: &[(&str, &str)]) -> Labels {
    let mut builder = model::LabelsBuilder::from(labels);
    builder.set_all(extra.iter().copied());
    builder.build()
}

#[cfg(test)]
mod tests;
