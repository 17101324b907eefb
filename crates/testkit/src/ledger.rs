//! The promise of an ack, as a check: everything acknowledged is there exactly once, and nothing is there that was never sent.

use std::collections::BTreeMap;
use std::fmt::Debug;

/// What was sent, and whether it was acknowledged.
#[derive(Debug, Clone)]
pub struct Ledger<K>(BTreeMap<K, bool>);

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Ledger(BTreeMap::new())
    }
}

impl<K: Ord + Clone + Debug> Ledger<K> {
    /// `key` is on its way: it may be seen from now on.
    pub fn sent(&mut self, key: K) {
        self.0.entry(key).or_insert(false);
    }

    /// `key` was acknowledged: it must be seen from now on.
    pub fn acked(&mut self, key: K) {
        self.0.insert(key, true);
    }

    /// How many keys must be seen.
    pub fn promised(&self) -> usize {
        self.0.values().filter(|acked| **acked).count()
    }

    /// Forgets the keys that `keep` refuses: they were deleted, or are checked elsewhere.
    pub fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.0.retain(|key, _| keep(key));
    }

    /// Compares with what is seen now. What was seen must stay: it counts as acknowledged afterwards.
    pub fn check(&mut self, seen: impl IntoIterator<Item = K>) -> Result<(), String> {
        let mut counts: BTreeMap<K, usize> = BTreeMap::new();
        for key in seen {
            *counts.entry(key).or_default() += 1;
        }
        let missing: Vec<&K> = self
            .0
            .iter()
            .filter(|(key, acked)| **acked && !counts.contains_key(key))
            .map(|(key, _)| key)
            .collect();
        let doubled: Vec<&K> = counts.iter().filter(|(_, count)| **count > 1).map(|(key, _)| key).collect();
        let unknown: Vec<&K> = counts.keys().filter(|key| !self.0.contains_key(key)).collect();
        if !(missing.is_empty() && doubled.is_empty() && unknown.is_empty()) {
            return Err(format!("missing {missing:?}, doubled {doubled:?}, never sent {unknown:?}"));
        }
        counts.into_keys().for_each(|key| self.acked(key));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_is_missing_doubled_or_made_up() {
        let mut ledger = Ledger::default();
        ledger.sent(1);
        ledger.sent(2);
        ledger.acked(2);
        assert_eq!(ledger.promised(), 1);
        assert!(ledger.check([2]).is_ok());
        assert!(ledger.check([]).unwrap_err().starts_with("missing [2]"));
        assert!(ledger.check([2, 2]).unwrap_err().contains("doubled [2]"));
        assert!(ledger.check([2, 3]).unwrap_err().contains("never sent [3]"));
        assert!(ledger.check([1, 2]).is_ok());
        assert!(ledger.check([2]).is_err(), "what was seen once must stay");
    }
}
