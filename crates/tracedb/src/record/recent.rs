//! What was looked up of a text lately, found by where the text stands in memory.
//!
//! Walk: doors and blocks hand over each text as one allocation that many spans share, so that `../record.rs`, `../head.rs` and
//! `../block/writer.rs` ask for the same few addresses thousands of times: an address is compared in place of a hash over
//! the text. Invariant: a slot keeps its text alive (or borrows it), so an address that is found is that of the same text.

use std::ops::Deref;

/// 512 slots of 24 bytes or so: the keys and usual values of a batch, in the first-level cache.
const SLOTS: usize = 512;

/// The answers of a table of texts that were asked for lately.
#[derive(Debug)]
pub(crate) struct Recent<K, T> {
    /// Empty until the first answer is kept.
    slots: Vec<Option<(K, T)>>,
}

impl<K, T> Default for Recent<K, T> {
    fn default() -> Self {
        Recent { slots: Vec::new() }
    }
}

impl<K: Deref<Target = str> + Clone, T: Clone> Recent<K, T> {
    /// Allocations are sixteen bytes apart at least; the multiplier is 2^64 over the golden ratio.
    fn slot(text: &str) -> usize {
        let spread = (text.as_ptr().addr() as u64 >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (spread >> 32) as usize % SLOTS
    }

    /// The answer that was kept for this very text; `None` says nothing.
    pub(crate) fn get(&self, text: &str) -> Option<&T> {
        let (known, answer) = self.slots.get(Self::slot(text))?.as_ref()?;
        std::ptr::eq::<str>(&**known, text).then_some(answer)
    }

    /// Keeps the answer in place of another.
    pub(crate) fn keep(&mut self, text: &K, answer: T) {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        self.slots[Self::slot(text)] = Some((text.clone(), answer));
    }

    /// Forgets all answers.
    pub(crate) fn clear(&mut self) {
        self.slots.iter_mut().for_each(|slot| *slot = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn an_answer_is_that_of_the_same_text() {
        let mut recent: Recent<Arc<str>, usize> = Recent::default();
        let texts: Vec<Arc<str>> = (0..2000).map(|n| Arc::from(format!("{}", n % 100))).collect();
        for _ in 0..2 {
            for (number, text) in texts.iter().enumerate() {
                match recent.get(text) {
                    Some(known) => assert_eq!(*known, number),
                    None => recent.keep(text, number),
                }
            }
        }
        texts.iter().take(3).enumerate().for_each(|(number, text)| recent.keep(text, number));
        assert_eq!(recent.get(&texts[2]), Some(&2));
        let elsewhere = texts[2].repeat(1);
        assert_eq!(recent.get(&elsewhere), None, "an equal text elsewhere");
        recent.clear();
        assert_eq!(recent.get(&texts[2]), None);
    }
}
