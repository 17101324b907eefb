//! What events and links say, as columns of lists.

use super::Columns;
use super::keys::Walk;
use crate::block::granule::total;
use crate::block::sections::{self, Place};
use crate::block::values;
use crate::block::writer::page::{self, FIRST_COLUMN_PAGE};
use crate::error::DecodeError;
use codec::varint::unzigzag;
use contract::{Dictionary, SpanColumn};
use model::Value;
use std::sync::Arc;

impl Columns<'_> {
    /// A list a row: what `of` says of each of its children, in order.
    fn lists(
        &self,
        counts: &[u64],
        mut of: impl FnMut(usize) -> Result<Option<Value>, DecodeError>,
    ) -> Result<SpanColumn, DecodeError> {
        let (mut lists, mut codes, mut next) = (Vec::new(), Vec::with_capacity(counts.len()), 0);
        for count in counts {
            let mut list = Vec::new();
            for _ in 0..*count {
                list.extend(of(next)?);
                next += 1;
            }
            codes.push(if list.is_empty() { 0 } else { lists.len() as u32 + 1 });
            if !list.is_empty() {
                lists.push(list);
            }
        }
        Ok(SpanColumn::Codes(codes.into(), Dictionary::Lists(Arc::new(lists))))
    }

    fn keys_of_children(
        &self,
        place: Place,
        key: &str,
        counts: u32,
        shapes: u32,
    ) -> Result<SpanColumn, DecodeError> {
        let counts = self.numbers(counts)?;
        let shapes = self.pages.numbers(shapes, total(&counts)?)?;
        match Walk::new(self, place, key, &shapes)? {
            None => Ok(self.absent()),
            Some(mut walk) => self.lists(&counts, |child| Ok(walk.value(shapes[child]))),
        }
    }

    pub(super) fn event_keys(&self, key: &str) -> Result<SpanColumn, DecodeError> {
        self.keys_of_children(Place::Event, key, page::EVENTS, page::EVENT_SHAPE)
    }

    pub(super) fn link_keys(&self, key: &str) -> Result<SpanColumn, DecodeError> {
        self.keys_of_children(Place::Link, key, page::LINKS, page::LINK_SHAPE)
    }

    pub(super) fn event_names(&self) -> Result<SpanColumn, DecodeError> {
        let counts = self.numbers(page::EVENTS)?;
        let total = total(&counts)?;
        let stored = &self.index.columns[sections::EVENT_NAME as usize];
        let names = match self.pages.get(FIRST_COLUMN_PAGE + sections::EVENT_NAME) {
            Some(page) => Some(values::decode(page, stored.kind, total, stored.dictionary.len())?),
            None => None,
        };
        self.lists(&counts, |event| match &names {
            None => Ok(Some(Value::from(""))),
            Some(names) => {
                names.get(event, &stored.dictionary).map(Some).ok_or(DecodeError::Invalid("event name"))
            }
        })
    }

    pub(super) fn event_times(&self) -> Result<SpanColumn, DecodeError> {
        let counts = self.numbers(page::EVENTS)?;
        let times = self.pages.numbers(page::EVENT_TIME, total(&counts)?)?;
        self.lists(&counts, |event| Ok(Some(Value::Int(unzigzag(times[event])))))
    }

    /// Of each link's 24 bytes of ids, what `of` says.
    pub(super) fn link_ids(&self, of: impl Fn(&[u8]) -> Value) -> Result<SpanColumn, DecodeError> {
        let counts = self.numbers(page::LINKS)?;
        let ids = self.pages.get(page::LINK_IDS).unwrap_or(&[]);
        if ids.len() != 24 * total(&counts)? {
            return Err(DecodeError::Invalid("page length"));
        }
        self.lists(&counts, |link| Ok(Some(of(&ids[24 * link..][..24]))))
    }
}
