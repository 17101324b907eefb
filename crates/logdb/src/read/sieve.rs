//! Lines that a query's sieve lets through: what stages would drop is not put together.
//!
//! Used by `lines.rs` in each page. Where the sieve looks at the same parts in all lines of a shape, it is asked once for each
//! stream and set of metadata. Invariant: lines that are left out are not wanted.

use crate::block::page::NOT_UTF8;
use crate::record::Metadata;
use codec::CodecError;
use contract::{LineJudge, LineSieve, Stream};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A sieve while a page is read.
pub(super) struct Sieving<'a> {
    judge: Box<dyn LineJudge + 'a>,
    streams: &'a [Arc<Stream>],
    sets: &'a [Metadata],
    /// What it said of shapes: by shape, stream and set.
    said: FxHashMap<(usize, u32, u32), bool>,
    /// What it said of parts of lines, behind stream and set.
    told: FxHashMap<Box<[u8]>, bool>,
    key: Vec<u8>,
    /// How often it was asked of parts, and how often it had said it before.
    asked: usize,
    known: usize,
}

/// 4096: parts of which it is kept what was said. Where they all differ it is not looked up for long.
const MAX_TOLD: usize = 4096;
const LOOKED_UP: usize = 512;

impl<'a> Sieving<'a> {
    pub(super) fn new(sieve: &'a dyn LineSieve, streams: &'a [Arc<Stream>], sets: &'a [Metadata]) -> Self {
        let (said, told, key) = Default::default();
        Sieving { judge: sieve.judge(), streams, sets, said, told, key, asked: 0, known: 0 }
    }

    /// Whether a line is let through; `text` is the line, or the parts that matter.
    pub(super) fn lets(&mut self, (stream, set): (u32, u32), text: &[u8]) -> Result<bool, CodecError> {
        let text = std::str::from_utf8(text).map_err(|_| NOT_UTF8)?;
        Ok(self.judge.lets(&self.streams[stream as usize], &self.sets[set as usize], text))
    }

    /// The same for parts that are few, and come again.
    pub(super) fn lets_parts(&mut self, of: (u32, u32), parts: &[u8]) -> Result<bool, CodecError> {
        if self.asked >= LOOKED_UP && self.known < self.asked / 2 {
            return self.lets(of, parts);
        }
        self.key.clear();
        self.key.extend_from_slice(&of.0.to_le_bytes());
        self.key.extend_from_slice(&of.1.to_le_bytes());
        self.key.extend_from_slice(parts);
        self.asked += 1;
        if let Some(lets) = self.told.get(self.key.as_slice()) {
            self.known += 1;
            return Ok(*lets);
        }
        let lets = self.lets(of, parts)?;
        if self.told.len() < MAX_TOLD {
            self.told.insert(self.key.as_slice().into(), lets);
        }
        Ok(lets)
    }

    /// What was said of lines of a shape before.
    pub(super) fn said(&self, shape: usize, (stream, set): (u32, u32)) -> Option<bool> {
        self.said.get(&(shape, stream, set)).copied()
    }

    /// The same for lines of which the parts that matter are the same in all of a shape.
    pub(super) fn lets_shape(
        &mut self,
        shape: usize,
        of: (u32, u32),
        parts: &[u8],
    ) -> Result<bool, CodecError> {
        let lets = self.lets(of, parts)?;
        self.said.insert((shape, of.0, of.1), lets);
        Ok(lets)
    }
}
