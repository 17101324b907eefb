//! The bytes of the section ROLLUPS. What was added after its first version follows the stretches: a reader of that version
//! passes it over, and a section without it says nothing of least durations, sums and texts.
//!
//! Invariant: [`super::read`] reads back what is written here. The bytes are drawn in `docs/formats/traces.md`.

use super::{Cell, Rolled, Texts};
use crate::block::ints;
use crate::block::values::squeeze;
use crate::record::{StringsOut, put_str};
use codec::varint::zigzag;
use codec::{put_len_bytes, put_u64};

impl Rolled {
    /// The section.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut raw = self.stretches();
        for (cells, texts) in self.stretches.iter().filter_map(|stretch| stretch.cells.as_ref()) {
            put_more(&mut raw, cells, texts);
        }
        let mut out = Vec::with_capacity(raw.len() + 16);
        squeeze(&mut out, &raw);
        out
    }

    /// What the first version of the section said.
    fn stretches(&self) -> Vec<u8> {
        let (mut raw, mut strings) = (Vec::new(), StringsOut::default());
        for texts in [&self.services, &self.names] {
            put_u64(&mut raw, texts.len() as u64);
            texts.iter().for_each(|text| put_str(&mut raw, &mut strings, text));
        }
        put_u64(&mut raw, self.stretches.len() as u64);
        for stretch in &self.stretches {
            put_u64(&mut raw, stretch.granules as u64);
            match &stretch.cells {
                None => put_u64(&mut raw, 0),
                Some((cells, _)) => put_cells(&mut raw, cells),
            }
        }
        raw
    }
}

fn put_page(out: &mut Vec<u8>, values: impl Iterator<Item = u64>) {
    let mut page = Vec::new();
    ints::encode(&mut page, &values.collect::<Vec<_>>());
    put_len_bytes(out, &page);
}

fn put_cells(out: &mut Vec<u8>, cells: &[Cell]) {
    put_u64(out, cells.len() as u64 + 1);
    let first = cells.iter().map(|cell| cell.minute).min().unwrap_or(0);
    put_u64(out, zigzag(first));
    put_page(out, cells.iter().map(|cell| cell.minute.wrapping_sub(first) as u64));
    put_page(out, cells.iter().map(|cell| u64::from(cell.service)));
    put_page(out, cells.iter().map(|cell| u64::from(cell.name)));
    put_page(out, cells.iter().map(|cell| u64::from(cell.kind_status)));
    put_page(out, cells.iter().map(|cell| u64::from(cell.place)));
    put_page(out, cells.iter().map(|cell| u64::from(cell.count)));
    put_page(out, cells.iter().map(|cell| u64::from(cell.trace)));
    put_page(out, cells.iter().map(|cell| cell.greatest as u64));
}

/// One span is its own least and sum, and the least and the greatest of two are their sum.
fn put_more(out: &mut Vec<u8>, cells: &[Cell], texts: &Texts) {
    let at_least = |count: u32| cells.iter().filter(move |cell| cell.count >= count);
    put_page(out, at_least(2).map(|cell| (cell.greatest - cell.least) as u64));
    put_page(out, at_least(3).map(|cell| cell.sum - cell.greatest as u64 - cell.least as u64));
    put_u64(out, texts.told.len() as u64);
    for (column, codes) in &texts.told {
        put_u64(out, u64::from(*column));
        put_page(out, codes.iter().map(|code| u64::from(*code)));
    }
    put_u64(out, texts.untold.len() as u64);
    texts.untold.iter().for_each(|column| put_u64(out, u64::from(*column)));
}

#[cfg(test)]
mod tests {
    use super::super::{Stretch, read::Rollups};
    use super::*;
    use contract::{Attribute, Intrinsic, SpanScope, UnitNeeds};
    use std::sync::Arc;

    fn cell(count: u32, least: i64, greatest: i64, sum: u64) -> Cell {
        let (minute, service, name, kind_status, place, trace) = (-3, 1, 0, 9, 1, 0);
        Cell { minute, service, name, kind_status, place, count, trace, greatest, least, sum }
    }

    #[test]
    fn sections_of_earlier_builds_are_read() {
        let cells = vec![cell(1, 7, 7, 7), cell(2, 5, 8, 13), cell(3, 5, 8, 20)];
        let texts = Texts { told: vec![(5, vec![1, 0, 2])], untold: vec![6] };
        let stretch = Stretch { granules: 1, cells: Some((cells, texts)) };
        let text = |text: &str| vec![Arc::from(text)];
        let rolled = Rolled { services: text("shop"), names: text("read"), stretches: vec![stretch] };
        let mut earlier = Vec::new();
        squeeze(&mut earlier, &rolled.stretches());
        let earlier = Rollups::decode(&earlier, Some((1, 1))).unwrap();
        let now = Rollups::decode(&rolled.encode(), Some((1, 1))).unwrap();
        let (old, new) = (earlier.cells(0).unwrap(), now.cells(0).unwrap());
        assert_eq!((&old.counts, &old.durations, &old.starts), (&new.counts, &new.durations, &new.starts));
        assert_eq!(old.spread, None);
        assert_eq!(new.spread, Some((vec![7, 5, 5], vec![7, 13, 20])));
        let duration = vec![Attribute::Intrinsic(Intrinsic::Duration)];
        let powers = UnitNeeds { attributes: duration, ..UnitNeeds::default() };
        let sums = UnitNeeds { spread: true, ..powers.clone() };
        let key = vec![Attribute::Key(Some(SpanScope::Span), Arc::from("key"))];
        let texts = UnitNeeds { attributes: key, ..UnitNeeds::default() };
        let says = |of: &Rollups| [&powers, &sums, &texts].map(|needs| of.says(0, &[], needs));
        assert_eq!(says(&earlier), [true, false, false]);
        // No column is known here, so that the one that is not told may be of the key.
        assert_eq!(says(&now), [true, true, false]);
    }
}
