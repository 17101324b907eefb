//! Answers about labels that blocks and heads gave: names, values of a label, label sets.
//!
//! Beside the read walk. Blocks never change, so what some of them answered is true as long as a query asks the same ones: the
//! key of a list is what was asked and the ids of the blocks that were. A flush, a merge or a delete makes other blocks and so other
//! keys. A head only gets more series, so where the question is for all of its time its number is part of the key, and a list is true
//! as long as the head has as many series; when it has more, the next list takes its place. Else what heads hold is added by who asks.
//! Invariant: what is kept never exceeds [`MAX_BYTES`] for texts and the same for label sets.

use model::{Labels, Matcher, Tenant};
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};
use store::BlockId;
use xxhash_rust::xxh3::xxh3_128;

/// 4 MiB: a hundred lists of a thousand names of 40 bytes.
const MAX_BYTES: usize = 4 << 20;
/// 1 MiB: longer lists take milliseconds to write out, beside which reading them again weighs little.
const MAX_LIST_BYTES: usize = 1 << 20;
/// What a list and its key cost beside what is in it.
const LIST_BYTES: usize = 64;

/// What is asked of blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked<'a> {
    Names,
    Values(&'a str),
    Sets,
}

/// A head whose answers are those of all of its series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadState {
    /// Which of the tenant's heads.
    pub(crate) number: u64,
    /// How many series it has.
    pub(crate) series: u64,
}

/// A question to some blocks and heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ListKey {
    /// A hash of all of it: two questions are taken for one with a chance of one in 10^38.
    question: u128,
    /// How many series the heads have.
    series: u64,
}

impl ListKey {
    pub(crate) fn of(
        tenant: &Tenant,
        asked: Asked<'_>,
        sets: &[Vec<Matcher>],
        blocks: impl Iterator<Item = BlockId>,
        heads: &[HeadState],
    ) -> Self {
        let mut bytes = Vec::new();
        let mut text = |text: &str| codec::put_str(&mut bytes, text);
        text(tenant.as_str());
        match asked {
            Asked::Names => text("names"),
            Asked::Sets => text("sets"),
            Asked::Values(name) => {
                text("values");
                text(name);
            }
        }
        for set in sets {
            text("set");
            for matcher in set {
                text(matcher.op.as_str());
                text(&matcher.name);
                text(&matcher.value);
            }
        }
        text("blocks");
        blocks.for_each(|id| bytes.extend_from_slice(&id.0.to_le_bytes()));
        if !heads.is_empty() {
            codec::put_str(&mut bytes, "heads");
        }
        heads.iter().for_each(|head| bytes.extend_from_slice(&head.number.to_le_bytes()));
        ListKey { question: xxh3_128(&bytes), series: heads.iter().map(|head| head.series).sum() }
    }
}

/// The lists that are kept.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    pub(crate) texts: Kept<String>,
    pub(crate) sets: Kept<Labels>,
}

/// Lists of one kind of thing.
#[derive(Debug)]
pub(crate) struct Kept<T>(Mutex<Held<T>>);

#[derive(Debug)]
struct Held<T> {
    /// By question.
    lists: FxHashMap<u128, Entry<T>>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<T> {
    /// How many series the heads had.
    series: u64,
    list: Arc<[T]>,
    bytes: usize,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept(Mutex::new(Held { lists: FxHashMap::default(), bytes: 0 }))
    }
}

impl<T> Kept<T> {
    pub(crate) fn find(&self, key: ListKey) -> Option<Arc<[T]>> {
        let held = self.0.lock().expect("no panic while it is held");
        let entry = held.lists.get(&key.question).filter(|entry| entry.series == key.series)?;
        Some(entry.list.clone())
    }

    /// Keeps a list whose things take `bytes`, in place of one for another number of series; when it does not fit beside the others,
    /// they go: what is asked now matters more.
    pub(crate) fn keep(&self, key: ListKey, list: &Arc<[T]>, bytes: usize) {
        let bytes = bytes + LIST_BYTES;
        if bytes > MAX_LIST_BYTES {
            return;
        }
        let mut held = self.0.lock().expect("no panic while it is held");
        if let Some(before) = held.lists.remove(&key.question) {
            held.bytes -= before.bytes;
        }
        if held.bytes + bytes > MAX_BYTES {
            held.lists.clear();
            held.bytes = 0;
        }
        held.bytes += bytes;
        held.lists.insert(key.question, Entry { series: key.series, list: list.clone(), bytes });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_a_key_of_its_own() {
        let (here, there) = (Tenant::anonymous(), Tenant::parse("other").unwrap());
        let one = vec![vec![Matcher::equal("a", "bc")]];
        let other = vec![vec![Matcher::equal("ab", "c")]];
        let two = vec![vec![Matcher::equal("a", "bc"), Matcher::equal("d", "e")]];
        let apart = vec![vec![Matcher::equal("a", "bc")], vec![Matcher::equal("d", "e")]];
        let key = |tenant: &Tenant, asked, sets: &[Vec<Matcher>], blocks: &[u128]| {
            ListKey::of(tenant, asked, sets, blocks.iter().map(|id| BlockId(*id)), &[])
        };
        let mut keys: Vec<ListKey> = [one, other, two, apart, Vec::new(), vec![Vec::new()]]
            .iter()
            .map(|sets| key(&here, Asked::Names, sets, &[1, 2]))
            .collect();
        keys.push(key(&there, Asked::Names, &[], &[1, 2]));
        keys.push(key(&here, Asked::Values("names"), &[], &[1, 2]));
        keys.push(key(&here, Asked::Sets, &[], &[1, 2]));
        keys.push(key(&here, Asked::Sets, &[], &[1]));
        for (number, series) in [(1, 2), (2, 1), (1, 3)] {
            let heads = [HeadState { number, series }];
            keys.push(ListKey::of(&here, Asked::Sets, &[], [BlockId(1)].into_iter(), &heads));
        }
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let kept: Kept<String> = Kept::default();
        let list: Arc<[String]> = Arc::from(["x".to_owned()]);
        let key = |question: u128| ListKey { question, series: 0 };
        kept.keep(key(0), &list, MAX_LIST_BYTES + 1);
        assert!(kept.find(key(0)).is_none(), "too long");
        for at in 0..100 {
            kept.keep(key(at), &list, MAX_LIST_BYTES / 2);
            assert!(kept.find(key(at)).is_some());
            assert!(kept.0.lock().unwrap().bytes <= MAX_BYTES);
        }
        assert!(kept.find(key(0)).is_none(), "it made room");
    }

    #[test]
    fn a_head_that_grows_does_not_push_out_other_lists() {
        let kept: Kept<String> = Kept::default();
        let list: Arc<[String]> = Arc::from(["x".to_owned()]);
        let other = ListKey { question: 1, series: 0 };
        kept.keep(other, &list, MAX_LIST_BYTES / 2);
        for series in 0..100 {
            let key = ListKey { question: 2, series };
            assert!(kept.find(key).is_none(), "of fewer series");
            kept.keep(key, &list, MAX_LIST_BYTES / 2);
            assert!(kept.find(key).is_some() && kept.find(other).is_some(), "{series}");
        }
        assert!(kept.0.lock().unwrap().bytes <= MAX_LIST_BYTES + 2 * LIST_BYTES);
    }
}
