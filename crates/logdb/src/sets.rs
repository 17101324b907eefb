//! Numbers of sets of metadata, in the order in which they first come.
//!
//! Used by `record.rs`, `head.rs` and `block/writer.rs` for each line. Most lines share their set with lines before: those
//! are known by where they are in memory, without looking into them. Invariant: equal sets have one number; the empty one
//! has 0.

use crate::record::Metadata;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Sets that are known by their place: twice as many as there are levels of lines.
const LATELY: usize = 16;

/// The numbers.
#[derive(Debug, Default)]
pub(crate) struct SetIds {
    ids: FxHashMap<Metadata, u32>,
    /// Held, so that nothing else comes to stand where they are.
    lately: [Option<(Metadata, u32)>; LATELY],
}

impl SetIds {
    /// The number of a set; `added` is called when it is a further one.
    pub(crate) fn id(&mut self, set: &Metadata, added: impl FnOnce()) -> u32 {
        if set.is_empty() {
            return 0;
        }
        // Multiplied by a number whose high bits depend on all of the others.
        let place = (Arc::as_ptr(set).cast::<()>().addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60;
        let lately = &mut self.lately[place as usize % LATELY];
        if let Some((known, id)) = lately
            && Arc::ptr_eq(known, set)
        {
            return *id;
        }
        let next = self.ids.len() as u32 + 1;
        let id = match self.ids.get(set) {
            Some(id) => *id,
            None => {
                self.ids.insert(set.clone(), next);
                added();
                next
            }
        };
        *lately = Some((set.clone(), id));
        id
    }

    pub(crate) fn clear(&mut self) {
        *self = SetIds::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_have_one_number() {
        let set = |value: usize| -> Metadata { Arc::from([(Arc::from("k"), Arc::from(value.to_string()))]) };
        let (mut ids, mut added) = (SetIds::default(), 0);
        assert_eq!(ids.id(&Arc::from([]), || added += 1), 0);
        let kept: Vec<Metadata> = (0..40).map(set).collect();
        for round in 0..3 {
            for (value, kept) in kept.iter().enumerate() {
                assert_eq!(ids.id(kept, || added += 1), value as u32 + 1, "round {round}");
                // Comes to stand where another was, and goes again.
                assert_eq!(ids.id(&set(value), || added += 1), value as u32 + 1, "round {round}");
            }
        }
        assert_eq!(added, 40);
        ids.clear();
        assert_eq!(ids.id(&kept[7], || added += 1), 1);
    }
}
