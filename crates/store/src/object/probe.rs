//! The startup probe: a race of creates, because stores and proxies exist that accept the condition and ignore it.

use super::{Created, ObjectInfo, Objects, PUT_ID_RANGE};
use crate::error::StoreError;
use bytes::Bytes;
use futures_util::future::join_all;

/// Racing writers a round. A store that checks and then writes lets several of 16 win nearly always.
const RACERS: usize = 16;
/// A race may be won by luck; four in a row are not.
const ROUNDS: usize = 4;
/// A local file system links a name or does not: one race tells, and the first start is to be ready in a second.
const LOCAL_ROUNDS: usize = 1;

pub(super) async fn probe(objects: &Objects) -> Result<(), StoreError> {
    // The result names its store: a copied directory must be probed where it is now.
    let identity = xxhash_rust::xxh3::xxh3_128(objects.0.identity.as_bytes());
    let known = format!("probe/{identity:032x}.ok");
    match objects.get(&known).await {
        Ok(_) => return Ok(()),
        Err(StoreError::NotFound { .. }) => {}
        Err(error) => return Err(error),
    }
    let rounds = if objects.0.dir.is_some() { LOCAL_ROUNDS } else { ROUNDS };
    for _ in 0..rounds {
        race(objects).await?;
    }
    // Rounds of probes that were interrupted leave their object.
    for ObjectInfo { path, .. } in objects.list("probe", None).await? {
        if path.ends_with(".race") {
            objects.delete(&path).await?;
        }
    }
    let text = format!("create-if-absent is honoured by {}\n", objects.0.identity);
    objects.put(&known, text.into()).await
}

async fn race(objects: &Objects) -> Result<(), StoreError> {
    let path = format!("probe/{:032x}.race", objects.put_id());
    let racers: Vec<(u128, Bytes)> = (0..RACERS)
        .map(|_| {
            let id = objects.put_id();
            let mut bytes = vec![0; PUT_ID_RANGE.end];
            bytes[PUT_ID_RANGE].copy_from_slice(&id.to_le_bytes());
            (id, bytes.into())
        })
        .collect();
    let races = racers.iter().map(|(id, bytes)| objects.create(&path, *id, bytes.clone()));
    let mut winners = Vec::new();
    for ((id, _), outcome) in racers.iter().zip(join_all(races).await) {
        if outcome? == Created::New {
            winners.push(*id);
        }
    }
    // Once more without a race: a store that ignores the condition is slow enough to have let one win above.
    let id = objects.put_id();
    let mut bytes = vec![0; PUT_ID_RANGE.end];
    bytes[PUT_ID_RANGE].copy_from_slice(&id.to_le_bytes());
    let late = objects.create(&path, id, bytes.into()).await? == Created::New;
    let there = objects.get(&path).await?;
    let [winner] = winners[..] else { return Err(refuse(objects, winners.len())) };
    if late || there.get(PUT_ID_RANGE) != Some(&winner.to_le_bytes()[..]) {
        return Err(refuse(objects, winners.len() + 1));
    }
    objects.delete(&path).await
}

fn refuse(objects: &Objects, winners: usize) -> StoreError {
    StoreError::Invalid(format!(
        "{} cannot hold the catalog: {winners} of {RACERS} writers that created the same object were told that they had, \
         where exactly one must be; use a store that honours If-None-Match on writes",
        objects.0.identity
    ))
}
