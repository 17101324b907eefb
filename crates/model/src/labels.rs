//! A label set: sorted unique names, each with a value that is not empty (an empty value is an absent label).
//!
//! Two shared allocations hold all text and where each piece ends, so cloning is a counter and comparing walks bytes:
//! ```text
//! text  __name__upjobnode      ends  [8, 10, 13, 17]
//! ```

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The label that holds the metric's name.
pub const METRIC_NAME: &str = "__name__";

/// An immutable label set. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Labels {
    text: Option<Arc<Text>>,
}

#[derive(PartialEq, Eq)]
struct Text {
    text: Box<str>,
    ends: Box<[u32]>,
}

impl Labels {
    /// The empty set.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A set of `pairs` in any order. Empty values are left out; of a repeated name the last value stays.
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut builder = LabelsBuilder::default();
        for (name, value) in pairs {
            builder.set(name.as_ref(), value.as_ref());
        }
        builder.build()
    }

    /// A set of pairs that are known to be sorted by name, unique, and without empty values.
    ///
    /// The order is checked: pairs that break it are sorted like [`Labels::from_pairs`] does.
    pub fn from_sorted<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        let mut previous: Option<&str> = None;
        let mut bytes = 0;
        let mut count = 0;
        for (name, value) in pairs.clone() {
            if previous.is_some_and(|before| before >= name) || value.is_empty() {
                return Self::from_pairs(pairs);
            }
            previous = Some(name);
            bytes += name.len() + value.len();
            count += 2;
        }
        if count == 0 {
            return Self::empty();
        }
        let mut text = String::with_capacity(bytes);
        let mut ends = Vec::with_capacity(count);
        for (name, value) in pairs {
            for piece in [name, value] {
                text.push_str(piece);
                ends.push(u32::try_from(text.len()).expect("a label set of 4 GiB is refused at every door"));
            }
        }
        Labels { text: Some(Arc::new(Text { text: text.into_boxed_str(), ends: ends.into_boxed_slice() })) }
    }

    /// How many labels.
    pub fn len(&self) -> usize {
        self.text.as_ref().map_or(0, |t| t.ends.len() / 2)
    }

    /// Whether both are surely equal, without a look at their text: one is a clone of the other.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.text, &other.text) {
            (Some(own), Some(other)) => Arc::ptr_eq(own, other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }

    /// Whether there is no label.
    pub fn is_empty(&self) -> bool {
        self.text.is_none()
    }

    /// The pairs, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        (0..self.len()).map(move |i| self.pair(i))
    }

    fn pair(&self, index: usize) -> (&str, &str) {
        let Some(t) = &self.text else { return ("", "") };
        let start = if index == 0 { 0 } else { t.ends[2 * index - 1] as usize };
        let (middle, end) = (t.ends[2 * index] as usize, t.ends[2 * index + 1] as usize);
        (&t.text[start..middle], &t.text[middle..end])
    }

    /// The value of `name`, if the label is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            let (here, value) = self.pair(middle);
            match here.cmp(name) {
                Ordering::Equal => return Some(value),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The value of `name`, or "" when the label is absent: what matchers see.
    pub fn value(&self, name: &str) -> &str {
        self.get(name).unwrap_or("")
    }

    /// The metric's name, or "".
    pub fn metric_name(&self) -> &str {
        self.value(METRIC_NAME)
    }

    /// This set with only the labels that `keep` accepts.
    pub fn filtered(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        let kept: Vec<(&str, &str)> = self.iter().filter(|(name, _)| keep(name)).collect();
        if kept.len() == self.len() { self.clone() } else { Self::from_sorted(kept.into_iter()) }
    }

    /// This set with only `names`.
    pub fn keep_only(&self, names: &[impl AsRef<str>]) -> Self {
        self.filtered(|name| names.iter().any(|n| n.as_ref() == name))
    }

    /// This set without `names`.
    pub fn without(&self, names: &[impl AsRef<str>]) -> Self {
        self.filtered(|name| names.iter().all(|n| n.as_ref() != name))
    }

    /// This set with `name` set to `value` (removed when `value` is empty).
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut builder = LabelsBuilder::from(self);
        builder.set(name, value);
        builder.build()
    }

    /// xxHash3-64 over the pairs, each piece ended by byte 0xFF (which UTF-8 never holds). Stable across versions.
    pub fn stable_hash(&self) -> u64 {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        for (name, value) in self.iter() {
            for piece in [name, value] {
                hasher.update(piece.as_bytes());
                hasher.update(&[0xff]);
            }
        }
        hasher.digest()
    }

    /// Bytes on the heap, shared by all clones.
    pub fn heap_bytes(&self) -> usize {
        self.text.as_ref().map_or(0, |t| t.text.len() + t.ends.len() * 4 + 48)
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        match (&self.text, &other.text) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (None, None) => true,
            _ => false,
        }
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(t) = &self.text {
            t.text.hash(state);
            t.ends.hash(state);
        }
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    /// By the first differing name, then value; a prefix comes first (the order in which series are returned).
    fn cmp(&self, other: &Self) -> Ordering {
        let (Some(a), Some(b)) = (&self.text, &other.text) else { return self.len().cmp(&other.len()) };
        if Arc::ptr_eq(a, b) {
            return Ordering::Equal;
        }
        // Pieces that end at the same places compare as the bytes they are together.
        let alike = a.ends.iter().zip(&b.ends).take_while(|(a, b)| a == b).count();
        let bytes = alike.checked_sub(1).map_or(0, |last| a.ends[last] as usize);
        // The next piece is longer in one of them, or there is none any more: that one comes first.
        let next = |t: &'_ Text| t.ends.get(alike).map(|end| bytes..*end as usize);
        let (own, others) = (a.text.as_bytes(), b.text.as_bytes());
        own[..bytes]
            .cmp(&others[..bytes])
            .then_with(|| next(a).map(|piece| &own[piece]).cmp(&next(b).map(|piece| &others[piece])))
    }
}

impl fmt::Display for Labels {
    /// `{a="b", c="d"}` with `\`, `"` and newlines escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, (name, value)) in self.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{name}={}", Quoted(value))?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Labels {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// A string in double quotes with `\`, `"`, newline, carriage return and tab escaped.
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        let mut rest = self.0;
        while let Some(at) = rest.find(['\\', '"', '\n', '\r', '\t']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'\\' => "\\\\",
                b'"' => "\\\"",
                b'\n' => "\\n",
                b'\r' => "\\r",
                _ => "\\t",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)?;
        f.write_str("\"")
    }
}

/// Collects labels in any order.
#[derive(Debug, Default, Clone)]
pub struct LabelsBuilder {
    pairs: Vec<(String, String)>,
}

impl From<&Labels> for LabelsBuilder {
    fn from(labels: &Labels) -> Self {
        LabelsBuilder { pairs: labels.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect() }
    }
}

impl LabelsBuilder {
    /// Sets `name` to `value`; an empty value removes the label.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        match self.pairs.iter_mut().find(|(n, _)| n == name) {
            Some(pair) => pair.1 = value.to_owned(),
            None => self.pairs.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Sets each of `pairs`.
    pub fn set_all<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> &mut Self {
        for (name, value) in pairs {
            self.set(name.as_ref(), value.as_ref());
        }
        self
    }

    /// Removes `name`.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.pairs.retain(|(n, _)| n != name);
        self
    }

    /// The value of `name`, or "".
    pub fn value(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// The pairs as they stand, in the order in which they were first set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Removes the labels whose names `keep` refuses.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.pairs.retain(|(n, _)| keep(n));
    }

    /// The finished set.
    pub fn build(mut self) -> Labels {
        self.pairs.retain(|(_, value)| !value.is_empty());
        self.pairs.sort();
        Labels::from_sorted(self.pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_unique_and_without_empty_values() {
        let labels = Labels::from_pairs([("job", "a"), ("__name__", "up"), ("empty", ""), ("job", "b")]);
        assert_eq!(labels.to_string(), r#"{__name__="up", job="b"}"#);
        assert_eq!((labels.get("job"), labels.get("empty"), labels.value("x")), (Some("b"), None, ""));
        assert_eq!(labels.with("job", "").len(), 1);
        assert_eq!(labels.without(&["__name__"]), Labels::from_pairs([("job", "b")]));
        assert_eq!(labels.without(&["job", "__name__"]), Labels::empty());
    }

    #[test]
    fn the_boundary_between_name_and_value_counts() {
        let a = Labels::from_pairs([("ab", "c")]);
        let b = Labels::from_pairs([("a", "bc")]);
        assert_ne!(a, b);
        assert_ne!(a.stable_hash(), b.stable_hash());
        assert!(b < a && Labels::empty() < b);
        assert_eq!(Labels::from_pairs([("a", "x\"y\\\n")]).to_string(), r#"{a="x\"y\\\n"}"#);
    }

    proptest::proptest! {
        #[test]
        fn sets_are_in_the_order_of_their_pairs(
            a in proptest::collection::btree_map("[ab]{1,2}", "[abé]{1,3}", 0..4),
            b in proptest::collection::btree_map("[ab]{1,2}", "[abé]{1,3}", 0..4),
        ) {
            let (a, b) = (Labels::from_pairs(a), Labels::from_pairs(b));
            proptest::prop_assert_eq!(a.cmp(&b), a.iter().cmp(b.iter()));
            proptest::prop_assert_eq!(a.cmp(&a.with("zz", "")), Ordering::Equal);
        }
    }
}
