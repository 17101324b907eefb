//! The timestamps of a block, decoded as they are asked for and shared by all series that have them, across queries too
//! as far as `decoded.rs` keeps them.

use super::decoded::Decoded;
use super::reader::Block;
use super::sections::{TIMES, TimesTable};
use crate::error::TsdbError;
use crate::parts::MAX_SHARED_TIMES;
use bytes::Bytes;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The columns that one query or merge uses.
#[derive(Debug)]
pub(crate) struct DecodedTimes {
    table: Arc<TimesTable>,
    bytes: Bytes,
    kept: Option<Arc<Decoded>>,
    columns: FxHashMap<usize, Arc<[i64]>>,
    /// The last one asked for: neighbours often share.
    last: Option<(usize, Arc<[i64]>)>,
    /// Timestamps in `columns`.
    held: usize,
}

impl DecodedTimes {
    pub(crate) fn new((bytes, table): (Bytes, Arc<TimesTable>), kept: Option<Arc<Decoded>>) -> Self {
        DecodedTimes { table, bytes, kept, columns: FxHashMap::default(), last: None, held: 0 }
    }

    /// A column, shared with whoever else asked for it.
    pub(crate) fn column(&mut self, column: usize) -> Result<&Arc<[i64]>, TsdbError> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != column) {
            let times = self.find(column)?;
            self.last = Some((column, times));
        }
        Ok(&self.last.as_ref().expect("it was just set").1)
    }

    fn find(&mut self, column: usize) -> Result<Arc<[i64]>, TsdbError> {
        if let Some(times) = self.columns.get(&column) {
            return Ok(times.clone());
        }
        let times: Arc<[i64]> = match self.kept.as_ref().and_then(|kept| kept.column(column)) {
            Some(times) => times,
            None => {
                let times: Arc<[i64]> = self.table.column(&self.bytes, column)?.into();
                self.kept.iter().for_each(|kept| kept.keep_column(column, &times));
                times
            }
        };
        if self.held + times.len() > MAX_SHARED_TIMES {
            self.columns.clear();
            self.held = 0;
        }
        self.held += times.len();
        self.columns.insert(column, times.clone());
        Ok(times)
    }
}

/// Bytes of the table that are fetched at first: that of twenty thousand columns.
const TABLE_BYTES: u64 = 64 << 10;

/// The columns of a block that is walked from its start to its end: fetched one by one, and forgotten when they are many.
#[derive(Debug)]
pub(crate) struct ScanTimes {
    table: TimesTable,
    columns: FxHashMap<usize, Arc<[i64]>>,
    held: usize,
    /// Timestamps that are held.
    room: usize,
}

impl ScanTimes {
    pub(crate) async fn open(block: &Block, room: usize) -> Result<Self, TsdbError> {
        let length = block.checked_length(TIMES).await?;
        let mut fetch = TABLE_BYTES.min(length);
        let table = loop {
            match TimesTable::parse_start(&block.piece(TIMES, 0..fetch).await?, length as usize) {
                Ok(table) => break table,
                Err(error) if fetch == length => return Err(error.into()),
                Err(_) => fetch = (fetch * 2).min(length),
            }
        };
        Ok(ScanTimes { table, columns: FxHashMap::default(), held: 0, room })
    }

    /// A column, shared with the series before that had it.
    pub(crate) async fn column(&mut self, block: &Block, column: usize) -> Result<Arc<[i64]>, TsdbError> {
        if let Some(times) = self.columns.get(&column) {
            return Ok(times.clone());
        }
        let range = self.table.range(column)?;
        let body = block.piece(TIMES, range.start as u64..range.end as u64).await?;
        let times: Arc<[i64]> = self.table.decode(&body, column)?.into();
        if self.held + times.len() > self.room {
            self.columns.clear();
            self.held = 0;
        }
        self.held += times.len();
        self.columns.insert(column, times.clone());
        Ok(times)
    }
}
