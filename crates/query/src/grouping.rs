//! `by (...)` and `without (...)`: which labels of a series name its group.

use model::{Labels, METRIC_NAME};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};

/// How an aggregation groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grouping {
    /// The labels named, as written.
    pub labels: Vec<String>,
    /// Whether they are the ones to leave out.
    pub without: bool,
}

impl Grouping {
    /// The labels of the group that a series belongs to. `without` leaves out the metric's name as well.
    pub fn group_of(&self, labels: &Labels) -> Labels {
        if self.without {
            labels.filtered(|name| name != METRIC_NAME && !self.labels.iter().any(|l| l == name))
        } else {
            labels.keep_only(&self.labels)
        }
    }

    /// The pairs of [`Grouping::group_of`], without making a set of them.
    fn pairs<'a>(&'a self, labels: &'a Labels) -> impl Iterator<Item = (&'a str, &'a str)> {
        labels.iter().filter(|(name, _)| {
            let named = self.labels.iter().any(|l| l == name);
            if self.without { !named && *name != METRIC_NAME } else { named }
        })
    }

    /// A hash of the group, equal for equal groups.
    pub fn hash_of(&self, labels: &Labels) -> u64 {
        let mut hasher = FxHasher::default();
        for (name, value) in self.pairs(labels) {
            name.hash(&mut hasher);
            value.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Whether `group` is the group of a series.
    pub fn is_group_of(&self, group: &Labels, labels: &Labels) -> bool {
        self.pairs(labels).eq(group.iter())
    }
}

/// The groups that came so far, by the order in which they came.
#[derive(Debug, Default)]
pub struct Groups {
    /// By hash the first group with it; nearly always the only one.
    places: FxHashMap<u64, usize>,
    labels: Vec<Labels>,
    /// Of each group the next one with the same hash.
    next: Vec<Option<usize>>,
}

impl Groups {
    /// The number of the group that a series belongs to, and its labels when it is the first of it.
    pub fn place(&mut self, grouping: &Grouping, labels: &Labels) -> (usize, Option<Labels>) {
        let hash = grouping.hash_of(labels);
        let first = self.places.get(&hash).copied();
        let mut at = first;
        while let Some(place) = at {
            if grouping.is_group_of(&self.labels[place], labels) {
                return (place, None);
            }
            at = self.next[place];
        }
        let place = self.labels.len();
        let group = grouping.group_of(labels);
        self.labels.push(group.clone());
        self.next.push(first);
        self.places.insert(hash, place);
        (place, Some(group))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_keeps_and_without_drops() {
        let labels = Labels::from_pairs([("__name__", "up"), ("a", "1"), ("b", "2")]);
        let by = Grouping { labels: vec!["a".into(), "x".into()], without: false };
        assert_eq!(by.group_of(&labels).to_string(), r#"{a="1"}"#);
        let without = Grouping { labels: vec!["a".into()], without: true };
        assert_eq!(without.group_of(&labels).to_string(), r#"{b="2"}"#);
        for grouping in [by, without, Grouping::default()] {
            let mut groups = Groups::default();
            assert_eq!(groups.place(&grouping, &labels), (0, Some(grouping.group_of(&labels))));
            let same = labels.with("__name__", "down");
            assert_eq!(groups.place(&grouping, &same), (0, None));
            let other = Labels::from_pairs([("a", "2"), ("b", "3")]);
            let apart = grouping.group_of(&other) != grouping.group_of(&labels);
            assert_eq!(groups.place(&grouping, &other).0, usize::from(apart));
        }
    }
}
