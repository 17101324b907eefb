//! Reading the catalog from its objects, checkpoints, and the deletion of what they cover.

use super::KEPT_DELTAS;
use super::format::{self, Kind};
use super::snapshot::Snapshot;
use crate::error::StoreError;
use crate::object::Objects;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use model::Nanos;

/// Deltas read at a time: 64 of them from a bucket take 4 round trips.
const PARALLEL_READS: usize = 16;
/// Listings before a missing object counts as lost: others may delete what was listed a moment ago.
const LISTINGS: usize = 8;

pub(super) struct Loaded {
    pub(super) snapshot: Snapshot,
    /// The number of the newest checkpoint; 0 when there is none.
    pub(super) checkpoint: u64,
}

/// Everything, from the newest checkpoint on.
pub(super) async fn load(objects: &Objects) -> Result<Loaded, StoreError> {
    catch_up(objects, &Snapshot::default()).await
}

/// What is newer than `known`.
pub(super) async fn catch_up(objects: &Objects, known: &Snapshot) -> Result<Loaded, StoreError> {
    let mut missing = None;
    for _ in 0..LISTINGS {
        match read_listed(objects, known).await {
            Err(error @ StoreError::NotFound { .. }) => missing = Some(error),
            other => return other,
        }
    }
    let path = missing.map_or_else(|| "catalog".to_owned(), |error| error.to_string());
    Err(StoreError::corrupt(path, 0, "a delta or checkpoint that others build on is missing"))
}

async fn read_listed(objects: &Objects, known: &Snapshot) -> Result<Loaded, StoreError> {
    let after = format::path(known.version, Kind::Delta);
    let listed = objects.list("catalog", (known.version > 0).then_some(&after)).await?;
    let listed: Vec<(u64, Kind)> =
        listed.iter().filter_map(|object| format::parse_path(&object.path)).collect();
    let newest = |kind: Kind| listed.iter().filter(|entry| entry.1 == kind).map(|entry| entry.0).max();
    let checkpoint = newest(Kind::Checkpoint).unwrap_or(0);
    let last = newest(Kind::Delta).unwrap_or(0);
    // What is known already is cheaper to build on, as long as its next delta cannot have been deleted.
    let near = known.version > 0 && last <= known.version.saturating_add(KEPT_DELTAS);
    let mut snapshot = if checkpoint <= known.version || near {
        known.clone()
    } else {
        let path = format::path(checkpoint, Kind::Checkpoint);
        format::decode_checkpoint(&path, checkpoint, &objects.get(&path).await?)?
    };
    let fetch = |number: u64| async move {
        let path = format::path(number, Kind::Delta);
        let bytes = objects.get(&path).await?;
        Ok::<_, StoreError>((number, path, bytes))
    };
    let mut deltas =
        futures_util::stream::iter(snapshot.version + 1..=last).map(fetch).buffered(PARALLEL_READS);
    while let Some((number, path, bytes)) = deltas.try_next().await? {
        snapshot = apply(&snapshot, &path, number, &bytes)?;
    }
    Ok(Loaded { snapshot, checkpoint })
}

/// The version after `base`, by a delta that was read.
fn apply(base: &Snapshot, path: &str, number: u64, bytes: &Bytes) -> Result<Snapshot, StoreError> {
    let (delta, at) = format::decode_delta(path, number, bytes)?;
    base.with(&delta, at).map_err(|error| StoreError::corrupt(path, 0, error))
}

/// Whether a delta that was just created is the first of its number, and not a second one after the first was deleted.
pub(super) async fn counts(objects: &Objects, number: u64) -> Result<bool, StoreError> {
    let later = objects.list("catalog", Some(&format::path(number, Kind::Delta))).await?;
    let last = later.iter().filter_map(|object| format::parse_path(&object.path)).map(|entry| entry.0).max();
    Ok(last.is_none_or(|last| last < number.saturating_add(KEPT_DELTAS)))
}

/// Writes the checkpoint of `snapshot`, then deletes what nobody needs because of it: deltas that are [`KEPT_DELTAS`] below,
/// and all but the two newest checkpoints.
pub(super) async fn checkpoint(objects: &Objects, snapshot: &Snapshot, at: Nanos) -> Result<(), StoreError> {
    let path = format::path(snapshot.version, Kind::Checkpoint);
    objects.put(&path, format::encode_checkpoint(snapshot, at)).await?;
    let listed = objects.list("catalog", None).await?;
    let listed: Vec<(u64, Kind)> =
        listed.iter().filter_map(|object| format::parse_path(&object.path)).collect();
    let mut checkpoints: Vec<u64> =
        listed.iter().filter(|entry| entry.1 == Kind::Checkpoint).map(|entry| entry.0).collect();
    checkpoints.sort_unstable();
    let oldest_kept = checkpoints.iter().rev().nth(1).copied().unwrap_or(0);
    for (number, kind) in listed {
        let superfluous = match kind {
            // Also below the older of the kept checkpoints, so that both can be read on from.
            Kind::Delta => number.saturating_add(KEPT_DELTAS) <= snapshot.version && number <= oldest_kept,
            Kind::Checkpoint => number < oldest_kept,
        };
        if superfluous {
            objects.delete(&format::path(number, kind)).await?;
        }
    }
    Ok(())
}
