//! Which streams of a table a query wants.

use crate::error::LogError;
use contract::Stream;
use model::Matcher;
use std::sync::Arc;

/// One flag a stream: whether all matchers hold. No matcher: all.
pub(crate) fn matching(streams: &[Arc<Stream>], matchers: &[Matcher]) -> Vec<bool> {
    streams.iter().map(|stream| accepts(stream, matchers)).collect()
}

/// One flag a stream: whether any of the sets holds. No set: all.
pub(crate) fn matching_any(streams: &[Arc<Stream>], sets: &[Vec<Matcher>]) -> Vec<bool> {
    streams.iter().map(|stream| sets.is_empty() || sets.iter().any(|set| accepts(stream, set))).collect()
}

fn accepts(stream: &Stream, matchers: &[Matcher]) -> bool {
    matchers.iter().all(|matcher| matcher.matches(stream.labels.value(&matcher.name)))
}

/// Like [`matching`], by an index.
pub(crate) fn select(
    index: &dyn index::LabelIndex,
    count: usize,
    matchers: &[Matcher],
) -> Result<Vec<bool>, LogError> {
    let ids = index::select(index, matchers).map_err(|e| LogError::Streams(e.to_string()))?;
    let mut flags = vec![false; count];
    for id in ids {
        if let Some(flag) = flags.get_mut(id as usize) {
            *flag = true;
        }
    }
    Ok(flags)
}
