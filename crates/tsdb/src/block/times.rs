//! The timestamps of a block, decoded as they are asked for and shared by all series that have them, across queries too
//! as far as `decoded.rs` keeps them.

use super::decoded::Decoded;
use super::sections::TimesTable;
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
