//! A sealed head -> one block a tenant.
//!
//! Walk: `logdb.rs` seals the head at a log position -> here -> `store::block`, `store::object`, `store::catalog`.
//! Invariant: the block's id derives from tenant and log positions, so a flush repeated after a crash overwrites its own
//! object and adds nothing twice.

use crate::block::sections;
use crate::block::writer::{Sections, Writer};
use crate::error::LogError;
use crate::head::{Head, HeadCut, Row};
use bytes::Bytes;
use contract::Stream;
use model::{Nanos, Tenant};
use std::sync::Arc;
use store::{BlockId, BlockMeta, BlockWriter, Position, Signal};

/// What identifies a block and where it stands in the order of arrival.
struct Identity {
    id: BlockId,
    tenant: Tenant,
    level: u8,
    covered: Option<(Position, Position)>,
}

/// The blocks of a sealed head that covers the log from `from` up to `upto`. Computes; does not read or write.
pub(crate) fn blocks_of(head: &Head, from: Position, upto: Position) -> Vec<(BlockMeta, Bytes)> {
    let mut blocks = Vec::new();
    for tenant in head.tenants() {
        let Some(cut) = head.cut(&tenant) else { continue };
        let sections = sections_of(&cut);
        if sections.rows > 0 {
            let positions =
                [from.segment, from.offset, upto.segment, upto.offset].map(u64::to_be_bytes).concat();
            let id = BlockId::derive(&[b"logs/flush", tenant.as_str().as_bytes(), &positions]);
            blocks.push(pack(Identity { id, tenant, level: 0, covered: Some((from, upto)) }, sections));
        }
    }
    blocks
}

/// 128 Ki rows or 16 MiB of text make a group: eight pages, so that the newest hundred lines of many streams are found in
/// a few pages, and still enough lines of a stream beside each other to pack well.
pub(crate) const GROUP_ROWS: usize = 128 << 10;
/// See [`GROUP_ROWS`].
const GROUP_BYTES: usize = 16 << 20;

fn sections_of(cut: &HeadCut) -> Sections {
    let (streams, rank) = table(&cut.streams);
    // Segment and place keep the order of arrival among equal times.
    let mut rows: Vec<(i64, u32, u32)> = Vec::new();
    for (segment, place) in cut.segments.iter().zip(0u32..) {
        rows.extend(segment.rows.iter().zip(0u32..).map(|(row, i)| (row.at, place, i)));
    }
    rows.sort_unstable();
    let row_of = |(_, place, i): &(i64, u32, u32)| cut.segments[*place as usize].rows[*i as usize];
    let mut writer = Writer::new();
    let mut rest = rows.as_slice();
    while !rest.is_empty() {
        let (group, after) = rest.split_at(group_end(rest, |row| row_of(row).length as usize));
        rest = after;
        let stream_of = |row: &(i64, u32, u32)| rank[row_of(row).stream as usize];
        for row in by_stream(group, streams.len(), stream_of) {
            let segment = &cut.segments[row.1 as usize];
            let (stream, Row { at, start, length, set, .. }) = (stream_of(row), row_of(row));
            let line = &segment.text[start as usize..(start + length) as usize];
            writer.push(stream, at, line, &segment.sets[set as usize]);
        }
        writer.end_group();
    }
    writer.finish(&streams)
}

/// Rows by the streams that they are of, as many as there are, and otherwise in the order in which they came.
fn by_stream<R>(rows: &[R], streams: usize, stream_of: impl Fn(&R) -> u32) -> Vec<&R> {
    let mut ends = vec![0usize; streams];
    rows.iter().for_each(|row| ends[stream_of(row) as usize] += 1);
    let mut end = 0;
    for count in &mut ends {
        end += *count;
        *count = end;
    }
    let Some(any) = rows.first() else { return Vec::new() };
    let mut out = vec![any; rows.len()];
    for row in rows.iter().rev() {
        let place = &mut ends[stream_of(row) as usize];
        *place -= 1;
        out[*place] = row;
    }
    out
}

/// How many rows make the next group. Rows of one time stay together, so that equal ones meet.
fn group_end(rows: &[(i64, u32, u32)], length: impl Fn(&(i64, u32, u32)) -> usize) -> usize {
    let (mut end, mut bytes) = (0, 0);
    while end < rows.len() {
        let full = end >= GROUP_ROWS || bytes >= GROUP_BYTES;
        if full && rows[end].0 != rows[end - 1].0 {
            break;
        }
        bytes += length(&rows[end]);
        end += 1;
    }
    end
}

/// Streams sorted by labels, and the place of each in that order.
fn table(streams: &[Arc<Stream>]) -> (Vec<Arc<Stream>>, Vec<u32>) {
    let mut order: Vec<usize> = (0..streams.len()).collect();
    order.sort_by(|a, b| streams[*a].labels.cmp(&streams[*b].labels));
    let mut rank = vec![0; streams.len()];
    for (place, id) in order.iter().enumerate() {
        rank[*id] = place as u32;
    }
    (order.into_iter().map(|id| streams[id].clone()).collect(), rank)
}

/// What a footer of six sections takes at most.
const FOOTER_BYTES: usize = 1024;

/// Puts sections into the container.
fn pack(identity: Identity, parts: Sections) -> (BlockMeta, Bytes) {
    let mut writer = BlockWriter::new(BlockMeta {
        id: identity.id,
        tenant: identity.tenant,
        signal: Signal::Logs,
        level: identity.level,
        start: Nanos(parts.first),
        end: Nanos(parts.last.saturating_add(1)),
        rows: parts.rows,
        bytes: 0,
        covered: identity.covered,
    });
    writer.reserve(parts.parts.iter().map(|(_, bytes)| bytes.len() + 8).sum::<usize>() + FOOTER_BYTES);
    for (kind, bytes) in &parts.parts {
        writer.section(*kind, sections::version(*kind), bytes);
    }
    writer.finish()
}

/// Uploads blocks; all of them are there before any is published.
pub(crate) async fn upload(
    objects: &store::Objects,
    blocks: Vec<(BlockMeta, Bytes)>,
) -> Result<Vec<BlockMeta>, LogError> {
    let mut metas = Vec::with_capacity(blocks.len());
    for (meta, bytes) in blocks {
        objects.put(&meta.path(), bytes).await?;
        metas.push(meta);
    }
    Ok(metas)
}
