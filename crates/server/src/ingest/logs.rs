//! Checks of lines, and the labels that every stored line has.

use super::{level, service};
use crate::limits::Limits;
use contract::{Outcome, RefusalReason};
use model::{Labels, LogBatch, LogEntry, StreamEntries};
use std::sync::Arc;

/// What is good of `batch`, and what was refused.
pub(super) fn check(batch: LogBatch, limits: &Limits, now_nanos: i64) -> (LogBatch, Outcome) {
    let check = Check::new(limits, now_nanos);
    let mut outcome = Outcome::default();
    let streams = batch.streams.into_iter().filter_map(|stream| check.stream(stream, &mut outcome)).collect();
    (LogBatch { streams, body: batch.body }, outcome)
}

/// What every line has to pass. A door that answers for each line by itself asks it before it hands the lines over.
pub(crate) struct Check<'a> {
    limits: &'a Limits,
    latest: i64,
    oldest: i64,
    /// The metadata of lines that have nothing but a level: most lines share one of these.
    level_sets: [(&'static str, Metadata); level::KNOWN_LEVELS.len()],
}

/// Structured metadata of a line.
type Metadata = Arc<[(Arc<str>, Arc<str>)]>;

impl<'a> Check<'a> {
    /// The checks at this moment.
    pub(crate) fn new(limits: &'a Limits, now_nanos: i64) -> Self {
        let seconds = |n: u64| i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(1_000_000_000);
        Check {
            limits,
            latest: now_nanos.saturating_add(seconds(limits.max_ahead_seconds)),
            oldest: match limits.max_line_age_seconds {
                0 => i64::MIN,
                age => now_nanos.saturating_sub(seconds(age)),
            },
            // Of each request its own: threads that count references to the same ones hold each other up.
            level_sets: level::KNOWN_LEVELS.map(|level| (level, Arc::from([level_pair(level)]))),
        }
    }

    /// Why one line of a stream is refused, if it is.
    pub(crate) fn line(&self, labels: &Labels, entry: &LogEntry) -> Result<(), (RefusalReason, String)> {
        let full = service::with_service_name(labels);
        self.labels(labels, &full)?;
        self.entry(&full, entry)
    }

    fn stream(&self, stream: StreamEntries, outcome: &mut Outcome) -> Option<StreamEntries> {
        if stream.entries.is_empty() {
            return None;
        }
        let labels = service::with_service_name(&stream.labels);
        if let Err((reason, text)) = self.labels(&stream.labels, &labels) {
            outcome.refuse(reason, stream.entries.len() as u64, || text);
            return None;
        }
        let from_labels = level::of_labels(&labels);
        let mut entries = stream.entries;
        entries.retain_mut(|entry| match self.entry(&labels, entry) {
            Ok(()) => {
                self.add_level(entry, from_labels);
                true
            }
            Err((reason, text)) => {
                outcome.refuse(reason, 1, || text);
                false
            }
        });
        (!entries.is_empty()).then_some(StreamEntries { labels, entries })
    }

    /// `sent` are counted, `labels` are named in the text.
    fn labels(&self, sent: &Labels, labels: &Labels) -> Result<(), (RefusalReason, String)> {
        let limit = self.limits.max_labels_per_stream;
        if sent.len() as u64 > limit {
            let text = format!("entry for stream '{labels}' has {} label names; limit {limit}", sent.len());
            return Err((RefusalReason::TooLarge, text));
        }
        for (name, value) in labels.iter() {
            if name.len() as u64 > self.limits.max_stream_label_name_bytes {
                let text = format!("stream '{labels}' has label name too long: '{name}'");
                return Err((RefusalReason::TooLarge, text));
            }
            if value.len() as u64 > self.limits.max_stream_label_value_bytes {
                let text = format!("stream '{labels}' has label value too long: '{value}'");
                return Err((RefusalReason::TooLarge, text));
            }
        }
        Ok(())
    }

    fn entry(&self, labels: &Labels, entry: &LogEntry) -> Result<(), (RefusalReason, String)> {
        let time = |nanos| wire::rfc3339::Utc(model::Nanos(nanos)).to_string();
        if entry.at.0 < self.oldest {
            let text = format!(
                "entry for stream '{labels}' has timestamp too old: {}, oldest acceptable timestamp is: {}",
                time(entry.at.0),
                time(self.oldest)
            );
            return Err((RefusalReason::TooOld, text));
        }
        if entry.at.0 > self.latest {
            let text = format!("entry for stream '{labels}' has timestamp too new: {}", time(entry.at.0));
            return Err((RefusalReason::TooNew, text));
        }
        let (length, limit) = (entry.line.len(), self.limits.max_line_bytes);
        if length as u64 > limit {
            let text = format!(
                "max entry size '{limit}' bytes exceeded for stream '{labels}' while adding an entry with length '{length}' \
                 bytes"
            );
            return Err((RefusalReason::TooLarge, text));
        }
        let bytes: usize = entry.metadata.iter().map(|(n, v)| n.len() + v.len()).sum();
        let limit = self.limits.max_structured_metadata_bytes;
        if bytes as u64 > limit {
            let text = format!(
                "stream '{labels}' has structured metadata too large: '{bytes}' bytes, limit: '{limit}' bytes. Please see \
                 `limits_config.max_structured_metadata_size` or contact your Loki administrator to increase it"
            );
            return Err((RefusalReason::TooLarge, text));
        }
        let (count, limit) = (entry.metadata.len(), self.limits.max_structured_metadata_entries);
        if count as u64 > limit {
            let text = format!(
                "stream '{labels}' has too many structured metadata labels: '{count}', limit: '{limit}'. Please see \
                 `limits_config.max_structured_metadata_entries_count` or contact your Loki administrator to increase it"
            );
            return Err((RefusalReason::TooLarge, text));
        }
        Ok(())
    }

    fn add_level(&self, entry: &mut LogEntry, from_labels: Option<&str>) {
        let Some(level) = level::detect(from_labels, &entry.metadata, &entry.line) else { return };
        let shared = self.level_sets.iter().find(|(known, _)| **known == *level);
        entry.metadata = match shared {
            Some((_, set)) if entry.metadata.is_empty() => set.clone(),
            _ => entry.metadata.iter().cloned().chain([level_pair(&level)]).collect(),
        };
    }
}

fn level_pair(level: &str) -> (Arc<str>, Arc<str>) {
    (Arc::from(level::DETECTED_LEVEL), Arc::from(level))
}
