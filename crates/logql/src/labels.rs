//! The labels of a result: like [`model::Labels`], but a label may be there with an empty value (a parser was asked for
//! a field that the line lacks).

use crate::units::quote;
use std::fmt;
use std::sync::Arc;

/// Sorted, each name once. Cloning is a counter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct LabelSet(Arc<[(String, String)]>);

impl LabelSet {
    /// A set of pairs in any order; of a repeated name the last value stays.
    pub fn from_pairs(mut pairs: Vec<(String, String)>) -> Self {
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        let mut kept: Vec<(String, String)> = Vec::with_capacity(pairs.len());
        for pair in pairs {
            match kept.last_mut() {
                Some(last) if last.0 == pair.0 => *last = pair,
                _ => kept.push(pair),
            }
        }
        LabelSet(kept.into())
    }

    /// The same labels.
    pub fn from_labels(labels: &model::Labels) -> Self {
        LabelSet(labels.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
    }

    /// The pairs, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// How many labels.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a label, if it is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.binary_search_by(|(n, _)| n.as_str().cmp(name)).ok().map(|i| self.0[i].1.as_str())
    }

    /// This set with only the labels that `keep` accepts.
    pub(crate) fn filtered(&self, keep: impl Fn(&str, &str) -> bool) -> Self {
        if self.iter().all(|(name, value)| keep(name, value)) {
            return self.clone();
        }
        LabelSet(self.0.iter().filter(|(name, value)| keep(name, value)).cloned().collect())
    }

    /// This set with `name` set to `value`; labels without a value go, this one and others.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut pairs: Vec<(String, String)> =
            self.0.iter().filter(|(n, v)| n != name && !v.is_empty()).cloned().collect();
        if !value.is_empty() {
            pairs.push((name.to_owned(), value.to_owned()));
        }
        Self::from_pairs(pairs)
    }

    /// Bytes that this set holds, for budgets.
    pub(crate) fn bytes(&self) -> u64 {
        let text: usize = self.0.iter().map(|(n, v)| n.len() + v.len() + 48).sum();
        text as u64 + 16
    }
}

impl fmt::Display for LabelSet {
    /// `{a="b", c="d"}`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (name, value)) in self.iter().enumerate() {
            write!(f, "{}{name}={}", if i == 0 { "" } else { ", " }, quote(value))?;
        }
        f.write_str("}")
    }
}
