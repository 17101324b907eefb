//! Interned label pairs: every `(name, value)` has one [`PairId`], every name one [`NameId`].
//!
//! A series is then a short list of numbers instead of strings, and comparing two label sets compares numbers. Text
//! lives in one arena; ids are given in order of arrival and are dense, so replaying the same pairs in the same order
//! gives the same ids (the log relies on it).
//! ```text
//! arena  "jobapijobdbinstance..."      names [0..3 | ...]      pairs [(name 0, 3..6) | (name 0, 9..11) | ...]
//! ```

use crate::IndexError;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher, Hasher};

/// A `(name, value)` of one [`PairTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairId(pub u32);

/// A label name of one [`PairTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

/// 2 GiB of label text in one table: half of what a `u32` can address, so that a check before each insertion suffices.
/// At 100 bytes of own text a series this is 20 million series between two flushes.
pub const MAX_TEXT_BYTES: u64 = 2 << 30;

#[derive(Debug, Clone, Copy)]
struct Text {
    start: u32,
    length: u32,
}

#[derive(Debug)]
struct Name {
    text: Text,
    pairs: Vec<PairId>,
}

#[derive(Debug, Clone, Copy)]
struct Pair {
    name: NameId,
    value: Text,
}

/// All pairs that were seen.
#[derive(Debug, Default)]
pub struct PairTable {
    arena: String,
    names: Vec<Name>,
    pairs: Vec<Pair>,
    name_table: HashTable<NameId>,
    pair_table: HashTable<PairId>,
    hasher: DefaultHashBuilder,
}

impl PairTable {
    fn text(&self, text: Text) -> &str {
        &self.arena[text.start as usize..(text.start + text.length) as usize]
    }

    fn push_text(&mut self, piece: &str) -> Text {
        let start = self.arena.len() as u32;
        self.arena.push_str(piece);
        Text { start, length: piece.len() as u32 }
    }

    fn pair_hash(&self, name: NameId, value: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u32(name.0);
        hasher.write(value.as_bytes());
        hasher.finish()
    }

    fn name_hash(&self, name: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(name.as_bytes());
        hasher.finish()
    }

    /// The id of `name`, if any pair has it.
    pub fn find_name(&self, name: &str) -> Option<NameId> {
        let found = self.name_table.find(self.name_hash(name), |id| self.name(*id) == name);
        found.copied()
    }

    /// The id of a pair, if it was seen.
    pub fn find(&self, name: &str, value: &str) -> Option<PairId> {
        let name = self.find_name(name)?;
        self.find_value(name, value)
    }

    fn find_value(&self, name: NameId, value: &str) -> Option<PairId> {
        let hash = self.pair_hash(name, value);
        let same = |id: &PairId| {
            let pair = self.pairs[id.0 as usize];
            pair.name == name && self.text(pair.value) == value
        };
        self.pair_table.find(hash, same).copied()
    }

    /// The id of a pair, given now if it is new.
    pub fn intern(&mut self, name: &str, value: &str) -> Result<PairId, IndexError> {
        // Checked for both at once, so that no name is added whose pair then does not fit.
        if (self.arena.len() + name.len() + value.len()) as u64 > MAX_TEXT_BYTES
            && self.find(name, value).is_none()
        {
            return Err(IndexError::Full { what: "bytes of label text", limit: MAX_TEXT_BYTES });
        }
        let name = match self.find_name(name) {
            Some(id) => id,
            None => self.add_name(name),
        };
        if let Some(id) = self.find_value(name, value) {
            return Ok(id);
        }
        let id = PairId(self.pairs.len() as u32);
        let text = self.push_text(value);
        self.pairs.push(Pair { name, value: text });
        self.names[name.0 as usize].pairs.push(id);
        let hash = self.pair_hash(name, value);
        let (pairs, arena, hasher) = (&self.pairs, &self.arena, &self.hasher);
        self.pair_table.insert_unique(hash, id, |id| {
            let pair = pairs[id.0 as usize];
            let mut state = hasher.build_hasher();
            state.write_u32(pair.name.0);
            let start = pair.value.start as usize;
            state.write(&arena.as_bytes()[start..start + pair.value.length as usize]);
            state.finish()
        });
        Ok(id)
    }

    fn add_name(&mut self, name: &str) -> NameId {
        let id = NameId(self.names.len() as u32);
        let text = self.push_text(name);
        self.names.push(Name { text, pairs: Vec::new() });
        let hash = self.name_hash(name);
        let (names, arena, hasher) = (&self.names, &self.arena, &self.hasher);
        self.name_table.insert_unique(hash, id, |id| {
            let text = names[id.0 as usize].text;
            let mut state = hasher.build_hasher();
            state.write(&arena.as_bytes()[text.start as usize..(text.start + text.length) as usize]);
            state.finish()
        });
        id
    }

    /// How many pairs; ids are `0..len`.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether no pair was seen.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// How many names; ids are `0..name_count`.
    pub fn name_count(&self) -> usize {
        self.names.len()
    }

    /// A name's text. Panics on an id of another table.
    pub fn name(&self, id: NameId) -> &str {
        self.text(self.names[id.0 as usize].text)
    }

    /// The pairs of a name, in order of arrival.
    pub fn pairs_of(&self, id: NameId) -> &[PairId] {
        &self.names[id.0 as usize].pairs
    }

    /// The name of a pair. Panics on an id of another table.
    pub fn name_of(&self, id: PairId) -> NameId {
        self.pairs[id.0 as usize].name
    }

    /// The text of a pair. Panics on an id of another table.
    pub fn pair(&self, id: PairId) -> (&str, &str) {
        let pair = self.pairs[id.0 as usize];
        (self.name(pair.name), self.text(pair.value))
    }

    /// A pair's value. Panics on an id of another table.
    pub fn value(&self, id: PairId) -> &str {
        self.text(self.pairs[id.0 as usize].value)
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        let name_lists: usize = self.names.iter().map(|n| n.pairs.capacity() * 4).sum();
        self.arena.capacity()
            + self.names.capacity() * size_of::<Name>()
            + name_lists
            + self.pairs.capacity() * size_of::<Pair>()
            + (self.name_table.capacity() + self.pair_table.capacity()) * 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_interned_once_and_ids_are_dense() {
        let mut table = PairTable::default();
        let a = table.intern("job", "api").unwrap();
        let b = table.intern("job", "db").unwrap();
        let c = table.intern("joba", "pi").unwrap();
        assert_eq!((a, b, c), (PairId(0), PairId(1), PairId(2)));
        assert_eq!(table.intern("job", "api").unwrap(), a);
        assert_eq!(table.find("job", "db"), Some(b));
        assert_eq!((table.find("job", "x"), table.find("x", "db")), (None, None));
        assert_eq!(table.pair(c), ("joba", "pi"));
        assert_eq!(table.pairs_of(table.find_name("job").unwrap()), [a, b]);
        assert_eq!((table.len(), table.name_count()), (3, 2));
    }
}
