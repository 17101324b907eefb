//! Blocks -> one block: the pieces of a trace joined, duplicates removed, deleted traces left out.
//!
//! Walk: `store::compact` decides -> `tracedb/keep.rs` -> here. Invariant: the output answers every query as its inputs did
//! together; memory is the indexes of inputs and output, an open granule of each input, and the spans of a few hundred traces
//! in pieces, or of one of up to [`MAX_JOINED_SPANS`] spans: pages go out as they are made ([`BlockStream`]). A trace that is
//! whole in one input is copied column by column ([`Source`]). Computes for seconds: its caller gives it a thread of its own.

use crate::assemble::{Row, canonical};
use crate::block::sections::{PAGES, VERSION};
use crate::block::writer::copied::Source;
use crate::block::writer::{Sections, Writer};
use crate::block::{Blocks, OpenBlock};
use crate::error::TraceError;
use crate::flush::Identity;
use crate::tracedb::deleted::Deleted;
use model::TraceId;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{BlockId, BlockMeta, BlockStream, MergeJob, Objects, Position};

/// Traces, and spans, of which those in pieces are decoded at once: about 16 MiB.
const CHUNK_TRACES: usize = 512;
const CHUNK_SPANS: usize = 16_384;

/// Spans of a trace whose pieces are joined, at most: beyond it (100 MiB as rows) they stay where they are.
pub(crate) const MAX_JOINED_SPANS: usize = if cfg!(test) { 64 } else { 1 << 17 };

/// A trace of the output: its start, its id, and its pieces as (input, ordinal).
struct Joined {
    start: i64,
    id: TraceId,
    spans: usize,
    pieces: Vec<(usize, usize)>,
}

/// What a merge comes to.
pub(crate) struct Merged {
    /// The output's id, also when there is none.
    pub(crate) output: BlockId,
    /// The output, which is uploaded; `None` when the inputs hold nothing.
    pub(crate) add: Option<BlockMeta>,
    /// The inputs that it replaces.
    pub(crate) remove: Vec<BlockId>,
}

/// Merges blocks without what is deleted, but not those that share a trace too large to be joined. `None` when no two are
/// left.
pub(crate) async fn merge(
    blocks: &Blocks,
    job: &MergeJob,
    deleted: &Deleted,
) -> Result<Option<Merged>, TraceError> {
    let mut inputs = Vec::with_capacity(job.inputs.len());
    for meta in &job.inputs {
        inputs.push(blocks.open_past_cache(meta).await?);
    }
    let apart = sharing_giants(&plan(&inputs, deleted));
    let whole = job.inputs.iter().all(|meta| deleted.of(&meta.id).is_empty());
    let output = match apart.is_empty() && whole {
        true => job.output,
        false => {
            let mut place = 0..;
            inputs.retain(|_| place.next().is_some_and(|input| !apart.contains(&input)));
            output_id(&inputs, job.level, deleted)
        }
    };
    let metas: Vec<Arc<BlockMeta>> = inputs.iter().map(|input| input.reader.meta().clone()).collect();
    let Some(first) = metas.first().filter(|_| metas.len() > 1) else { return Ok(None) };
    let identity =
        Identity { id: output, tenant: first.tenant.clone(), level: job.level, covered: covered(&metas) };
    merged(blocks, &inputs, identity, deleted).await.map(Some)
}

/// A block without what is deleted of it.
pub(crate) async fn rewrite(
    blocks: &Blocks,
    meta: &Arc<BlockMeta>,
    deleted: &Deleted,
) -> Result<Merged, TraceError> {
    let inputs = [blocks.open_past_cache(meta).await?];
    let id = output_id(&inputs, meta.level, deleted);
    let identity = Identity { id, tenant: meta.tenant.clone(), level: meta.level, covered: meta.covered };
    merged(blocks, &inputs, identity, deleted).await
}

async fn merged(
    blocks: &Blocks,
    inputs: &[Arc<OpenBlock>],
    identity: Identity,
    deleted: &Deleted,
) -> Result<Merged, TraceError> {
    let output = identity.id;
    let add = write(blocks.objects(), identity, inputs, deleted).await?;
    Ok(Merged { output, add, remove: inputs.iter().map(|input| input.reader.meta().id).collect() })
}

/// The id of what some blocks become without what is deleted of them: another one for every other content.
fn output_id(inputs: &[Arc<OpenBlock>], level: u8, deleted: &Deleted) -> BlockId {
    let ids = inputs.iter().map(|input| input.reader.meta().id);
    let parts: Vec<Vec<u8>> = ids
        .map(|id| {
            let deleted = deleted.of(&id).iter().flat_map(|trace| trace.0);
            id.0.to_be_bytes().into_iter().chain(deleted).collect()
        })
        .collect();
    let name = [&b"traces/merge"[..], std::slice::from_ref(&level)].into_iter();
    BlockId::derive(&name.chain(parts.iter().map(|part| &part[..])).collect::<Vec<_>>())
}

/// The inputs that share a trace of more than [`MAX_JOINED_SPANS`].
fn sharing_giants(traces: &[Joined]) -> BTreeSet<usize> {
    let giants = traces.iter().filter(|joined| joined.is_giant());
    giants.flat_map(|joined| joined.pieces.iter().map(|(input, _)| *input)).collect()
}

/// Whether blocks share a trace that is too large to be joined.
pub(crate) fn share_giants(inputs: &[Arc<OpenBlock>]) -> bool {
    plan(inputs, &Deleted::default()).iter().any(Joined::is_giant)
}

impl Joined {
    fn is_giant(&self) -> bool {
        self.pieces.len() > 1 && self.spans > MAX_JOINED_SPANS
    }
}

/// Writes the spans of several blocks, without what is deleted, as one; `None` when there are none.
pub(crate) async fn write(
    objects: &Objects,
    identity: Identity,
    inputs: &[Arc<OpenBlock>],
    deleted: &Deleted,
) -> Result<Option<BlockMeta>, TraceError> {
    let blank = Sections { parts: Vec::new(), rows: 0, start: 0, end: 0 };
    let mut stream = BlockStream::begin(objects, &identity.clone().meta(&blank)).await?;
    let sections = match join(inputs, deleted, &mut stream).await {
        Ok(sections) if sections.rows > 0 => sections,
        ended => {
            stream.abort().await;
            return ended.map(|_| None);
        }
    };
    Ok(Some(stream.finish(identity.meta(&sections)).await?))
}

/// Writes the sections of several blocks' spans, without what is deleted.
async fn join(
    inputs: &[Arc<OpenBlock>],
    deleted: &Deleted,
    stream: &mut BlockStream,
) -> Result<Sections, TraceError> {
    let mut writer = Writer::new();
    let mut sources: Vec<Source<'_>> = inputs.iter().map(|input| Source::new(&input.index)).collect();
    stream.section(PAGES, VERSION).await?;
    let traces = plan(inputs, deleted);
    let mut rest = &traces[..];
    while !rest.is_empty() {
        let mut spans = 0;
        let fits = |joined: &&Joined| {
            spans += joined.spans;
            spans <= CHUNK_SPANS
        };
        let count = rest.iter().take(CHUNK_TRACES).take_while(fits).count().max(1);
        let (chunk, after) = rest.split_at(count);
        let mut in_pieces = fetch(inputs, chunk).await?;
        for (place, joined) in chunk.iter().enumerate() {
            if let [(input, ordinal)] = joined.pieces[..] {
                take(&mut writer, &inputs[input], &mut sources[input], ordinal).await?;
                continue;
            }
            let mut rows = std::mem::take(&mut in_pieces[place]);
            canonical(&mut rows);
            writer.push(joined.id, &rows);
        }
        rest = after;
        stream.write(&writer.take_pages()).await?;
    }
    writer.close();
    stream.write(&writer.take_pages()).await?;
    let sections = writer.finish();
    for (kind, bytes) in sections.parts.iter().filter(|(kind, _)| *kind != PAGES) {
        stream.section(*kind, VERSION).await?;
        stream.write(bytes).await?;
    }
    Ok(sections)
}

/// Adds a trace that is whole in one input.
async fn take(
    writer: &mut Writer,
    input: &OpenBlock,
    source: &mut Source<'_>,
    ordinal: usize,
) -> Result<(), TraceError> {
    let granule = input.index.granule_of(ordinal);
    let damaged = || TraceError::decode(input.reader.meta().path());
    if !source.is_before(granule, ordinal) {
        let pages = input.pages(&input.index.granules[granule], None).await?;
        source.open(granule, &pages).map_err(damaged())?;
    }
    writer.take(source, ordinal).map_err(damaged())
}

/// The traces of all inputs by start and id, with where their pieces are.
fn plan(inputs: &[Arc<OpenBlock>], deleted: &Deleted) -> Vec<Joined> {
    let mut by_id: FxHashMap<TraceId, Joined> = FxHashMap::default();
    for (input, block) in inputs.iter().enumerate() {
        let (traces, block) = (&block.index.traces, block.reader.meta().id);
        for (ordinal, id) in traces.ids.iter().enumerate().filter(|(_, id)| !deleted.has(&block, id)) {
            let start = traces.starts[ordinal];
            let joined =
                by_id.entry(*id).or_insert_with(|| Joined { start, id: *id, spans: 0, pieces: Vec::new() });
            joined.start = joined.start.min(start);
            joined.spans += traces.spans[ordinal] as usize;
            joined.pieces.push((input, ordinal));
        }
    }
    let mut traces: Vec<Joined> = by_id.into_values().collect();
    traces.sort_unstable_by_key(|joined| (joined.start, joined.id));
    traces
}

/// The rows of those traces of a chunk that are in pieces.
async fn fetch(inputs: &[Arc<OpenBlock>], chunk: &[Joined]) -> Result<Vec<Vec<Row>>, TraceError> {
    let mut wanted: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
    for (place, joined) in chunk.iter().enumerate().filter(|(_, joined)| joined.pieces.len() > 1) {
        for (input, ordinal) in &joined.pieces {
            let granule = inputs[*input].index.granule_of(*ordinal);
            wanted.entry((*input, granule)).or_default().push((*ordinal, place));
        }
    }
    let mut out = vec![Vec::new(); chunk.len()];
    for ((input, granule), mut places) in wanted {
        places.sort_unstable();
        let ordinals: Vec<usize> = places.iter().map(|(ordinal, _)| *ordinal).collect();
        for ((_, place), rows) in places.iter().zip(inputs[input].rows(granule, &ordinals, None).await?) {
            out[*place].extend(rows);
        }
    }
    Ok(out)
}

fn covered(inputs: &[Arc<BlockMeta>]) -> Option<(Position, Position)> {
    let all: Option<Vec<(Position, Position)>> = inputs.iter().map(|meta| meta.covered).collect();
    all?.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}
