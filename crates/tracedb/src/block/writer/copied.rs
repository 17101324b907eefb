//! Traces of other blocks, copied column by column: a span that only moves is never put together.
//!
//! Walk: `merge.rs` opens granules of its inputs as [`Source`]s -> here. What can be copied is a trace whose depths tell its
//! tree; others are pushed as rows. Invariant: the block is the same, byte for byte, as if all rows had been pushed.

use super::{UNKNOWN, Writer, page};
use crate::assemble::canonical;
use crate::block::granule::Decoder;
use crate::block::rollup::Counted;
use crate::block::sections::{self, Column};
use crate::block::{Index, Pages};
use crate::error::DecodeError;
use codec::put_u64;
use codec::varint::unzigzag;
use model::Value;
use std::ops::Range;

/// An input of a merge, read trace by trace.
pub(crate) struct Source<'a> {
    index: &'a Index,
    granule: Option<(usize, Decoder<'a>)>,
    /// What numbers of the input are in the output, or [`UNKNOWN`].
    origins: Vec<u64>,
    shapes: Vec<u64>,
    /// The same of columns.
    columns: Vec<u32>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(index: &'a Index) -> Self {
        Source {
            index,
            granule: None,
            origins: vec![UNKNOWN; index.origins.len()],
            shapes: vec![UNKNOWN; index.shapes.len()],
            // Own columns have the same numbers everywhere; the others are found with their shape.
            columns: (0..index.columns.len() as u32).collect(),
        }
    }

    /// Whether this granule is open, and was not read beyond this trace.
    pub(crate) fn is_before(&self, granule: usize, ordinal: usize) -> bool {
        self.granule.as_ref().is_some_and(|(open, decoder)| *open == granule && decoder.is_before(ordinal))
    }

    /// Opens a granule, with all its pages, in place of another.
    pub(crate) fn open(&mut self, granule: usize, pages: &Pages) -> Result<(), DecodeError> {
        self.granule = None;
        let decoder = Decoder::new(self.index, &self.index.shapes, &self.index.granules[granule], pages)?;
        self.granule = Some((granule, decoder));
        Ok(())
    }
}

impl Writer {
    /// Adds a trace of the open granule, which was not read beyond it, after those that start before it.
    pub(crate) fn take(&mut self, from: &mut Source<'_>, ordinal: usize) -> Result<(), DecodeError> {
        let missing = DecodeError::Invalid("trace");
        let Some((granule, mut decoder)) = from.granule.take() else { return Err(missing) };
        let rows = decoder.seek(ordinal).ok_or(missing)?;
        if decoder.is_nested(ordinal) {
            self.copy(from, &mut decoder, ordinal, rows)?;
            self.end_trace();
        } else {
            let mut rows = decoder.trace(ordinal, rows)?;
            canonical(&mut rows);
            self.push(from.index.traces.ids[ordinal], &rows);
        }
        // What is read to its end is let go of.
        from.granule = (!decoder.is_read()).then_some((granule, decoder));
        Ok(())
    }

    fn copy(
        &mut self,
        from: &mut Source<'_>,
        decoder: &mut Decoder<'_>,
        ordinal: usize,
        rows: Range<usize>,
    ) -> Result<(), DecodeError> {
        let index = from.index;
        let traces = &index.traces;
        self.traces.ids.push(traces.ids[ordinal]);
        self.traces.starts.push(traces.starts[ordinal]);
        self.traces.ends.push(traces.ends[ordinal]);
        self.traces.spans.push(traces.spans[ordinal]);
        for (page, numbers) in [
            (page::DEPTH, &decoder.depth),
            (page::START, &decoder.start),
            (page::DURATION, &decoder.duration),
            (page::KIND_STATUS, &decoder.kind_status),
            (page::FLAGS, &decoder.flags),
            (page::EVENTS, &decoder.events),
            (page::LINKS, &decoder.links),
        ] {
            self.open.numbers[page as usize].extend_from_slice(&numbers[rows.clone()]);
        }
        self.open.numbers[page::DROPPED as usize]
            .extend_from_slice(&decoder.dropped[3 * rows.start..3 * rows.end]);
        self.open.span_ids.extend_from_slice(&decoder.span_ids[8 * rows.start..8 * rows.end]);
        self.open.put(page::NESTED, 1);
        let mut counted = Vec::with_capacity(rows.len());
        let mut start = traces.starts[ordinal];
        for row in rows {
            let origin = self.copied_origin(from, decoder.origin[row] as usize);
            let shape = self.copied_attributes(from, decoder, decoder.shape[row])?;
            let lost_parent = decoder.lost_parent(row);
            let is_lost = decoder.depth[row] == 0 && !lost_parent.is_zero();
            if is_lost {
                put_u64(&mut self.open.lost_parents, self.open.rows as u64);
                self.open.lost_parents.extend_from_slice(&lost_parent.0);
            }
            self.open.rows += 1;
            self.open.put(page::ORIGIN, origin);
            self.open.put(page::SHAPE, shape);
            start = i64::wrapping_add(start, unzigzag(decoder.start[row]));
            let end = start.wrapping_add(unzigzag(decoder.duration[row]));
            let name = decoder.own_text(sections::NAME)?;
            for column in [sections::STATUS_MESSAGE, sections::TRACE_STATE] {
                let text = decoder.own_text(column)?;
                self.columns[column as usize].texts.push(text);
            }
            self.columns[sections::NAME as usize].texts.push(name.clone());
            counted.push(Counted {
                origin,
                of: &index.origins[decoder.origin[row] as usize],
                name,
                start,
                duration: end.saturating_sub(start).max(0),
                kind_status: decoder.kind_status[row] as u8,
                depth: decoder.depth[row] as u32,
                is_lost,
            });
            self.copy_events_and_links(from, decoder, row)?;
        }
        self.roller.push(self.traces.ids.len() as u32 - 1, &counted, true);
        Ok(())
    }

    fn copy_events_and_links(
        &mut self,
        from: &mut Source<'_>,
        decoder: &mut Decoder<'_>,
        row: usize,
    ) -> Result<(), DecodeError> {
        for _ in 0..decoder.events[row] {
            let at = decoder.next_event;
            decoder.next_event += 1;
            let shape = self.copied_attributes(from, decoder, decoder.event_shape[at])?;
            self.open.put(page::EVENT_TIME, decoder.event_time[at]);
            self.open.put(page::EVENT_SHAPE, shape);
            self.open.put(page::EVENT_DROPPED, decoder.event_dropped[at]);
            let name = decoder.own_text(sections::EVENT_NAME)?;
            self.columns[sections::EVENT_NAME as usize].texts.push(name);
        }
        for _ in 0..decoder.links[row] {
            let at = decoder.next_link;
            decoder.next_link += 1;
            let shape = self.copied_attributes(from, decoder, decoder.link_shape[at])?;
            self.open.link_ids.extend_from_slice(&decoder.link_ids[24 * at..24 * (at + 1)]);
            self.open.put(page::LINK_SHAPE, shape);
            self.open.put(page::LINK_FLAGS, decoder.link_flags[at]);
            self.open.put(page::LINK_DROPPED, decoder.link_dropped[at]);
            let state = decoder.own_text(sections::LINK_TRACE_STATE)?;
            self.columns[sections::LINK_TRACE_STATE as usize].texts.push(state);
        }
        Ok(())
    }

    fn copied_origin(&mut self, from: &mut Source<'_>, origin: usize) -> u64 {
        if from.origins[origin] == UNKNOWN {
            from.origins[origin] = self.origin(&from.index.origins[origin]);
        }
        from.origins[origin]
    }

    /// Files the next values of a shape's columns; the shape's number here.
    fn copied_attributes(
        &mut self,
        from: &mut Source<'_>,
        decoder: &mut Decoder<'_>,
        shape: u64,
    ) -> Result<u64, DecodeError> {
        let index = from.index;
        let columns = index.shapes.get(shape as usize).ok_or(DecodeError::Invalid("shape"))?;
        let number = &mut from.shapes[shape as usize];
        if *number == UNKNOWN {
            for column in columns {
                let Column { place, key, kind, .. } = &index.columns[*column as usize];
                from.columns[*column as usize] = self.column(*place, key, *kind);
            }
            let renumbered: Vec<u32> = columns.iter().map(|column| from.columns[*column as usize]).collect();
            *number = self.shape_number(&renumbered);
        }
        for column in columns {
            let value = decoder.next_value(*column)?;
            let to = &mut self.columns[from.columns[*column as usize] as usize];
            match value {
                Value::Str(text) => to.texts.push(text),
                other => to.values.push(other),
            }
        }
        Ok(*number)
    }
}
