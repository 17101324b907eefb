//! Tag sets: small sorted lists with a hash computed once, shared by all samples of a request.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Tags by name. Invariant: sorted by name, each name once, `hash` is the hash of `pairs`.
#[derive(Debug, Default)]
pub(crate) struct TagSet {
    pairs: Vec<(Arc<str>, Arc<str>)>,
    /// Never a label of a series: the VU and iteration numbers, and what the script set as metadata.
    metadata: Vec<(Arc<str>, Arc<str>)>,
    hash: u64,
}

impl TagSet {
    /// Builds a set; a later pair wins over an earlier one of the same name.
    pub(crate) fn from_pairs<N: Into<Arc<str>>, V: Into<Arc<str>>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut set = TagSet::default();
        for (name, value) in pairs {
            set.insert(name.into(), value.into());
        }
        set.sealed()
    }

    /// A copy with more tags.
    pub(crate) fn with<N: Into<Arc<str>>, V: Into<Arc<str>>>(
        &self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut set = TagSet { pairs: self.pairs.clone(), metadata: self.metadata.clone(), hash: 0 };
        for (name, value) in pairs {
            set.insert(name.into(), value.into());
        }
        set.sealed()
    }

    /// A copy without one tag.
    pub(crate) fn without(&self, name: &str) -> Self {
        let pairs = self.pairs.iter().filter(|(n, _)| &**n != name).cloned().collect();
        TagSet { pairs, metadata: self.metadata.clone(), hash: 0 }.sealed()
    }

    /// A copy with this metadata instead.
    pub(crate) fn with_metadata(&self, metadata: Vec<(Arc<str>, Arc<str>)>) -> Self {
        TagSet { pairs: self.pairs.clone(), metadata, hash: self.hash }
    }

    /// The value of a tag.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let at = self.pairs.binary_search_by(|(n, _)| (**n).cmp(name)).ok()?;
        Some(&self.pairs[at].1)
    }

    /// All tags, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(n, v)| (&**n, &**v))
    }

    /// What is not a tag, in the order it was set.
    pub(crate) fn metadata(&self) -> impl Iterator<Item = (&str, &str)> {
        self.metadata.iter().map(|(n, v)| (&**n, &**v))
    }

    /// Whether every tag of `wanted` is here with that value.
    pub(crate) fn contains_all(&self, wanted: &[(String, String)]) -> bool {
        wanted.iter().all(|(name, value)| self.get(name) == Some(value))
    }

    fn insert(&mut self, name: Arc<str>, value: Arc<str>) {
        match self.pairs.binary_search_by(|(n, _)| n.cmp(&name)) {
            Ok(at) => self.pairs[at].1 = value,
            Err(at) => self.pairs.insert(at, (name, value)),
        }
    }

    fn sealed(mut self) -> Self {
        let mut hasher = std::hash::DefaultHasher::new();
        self.pairs.hash(&mut hasher);
        self.hash = hasher.finish();
        self
    }
}

/// Equal tags make the same series, whatever the metadata.
impl PartialEq for TagSet {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.pairs == other.pairs
    }
}

impl Eq for TagSet {}

impl Hash for TagSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// The tags the runner sets by itself, as a set of switches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SystemTags(Vec<&'static str>);

/// Every system tag.
const KNOWN: [&str; 18] = [
    "proto",
    "subproto",
    "status",
    "method",
    "url",
    "name",
    "group",
    "check",
    "error",
    "error_code",
    "tls_version",
    "scenario",
    "service",
    "expected_response",
    "iter",
    "vu",
    "ip",
    "ocsp_status",
];
/// How many of [`KNOWN`] are on without being asked for; the rest would make a series a request.
const ON_BY_DEFAULT: usize = 14;

impl Default for SystemTags {
    fn default() -> Self {
        SystemTags(KNOWN[..ON_BY_DEFAULT].to_vec())
    }
}

impl SystemTags {
    /// The switches for a list of names; unknown names are the error.
    pub(crate) fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let find = |name: &'a str| KNOWN.iter().find(|k| **k == name).copied().ok_or_else(|| name.to_owned());
        names
            .into_iter()
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .map(find)
            .collect::<Result<_, _>>()
            .map(SystemTags)
    }

    /// Whether this one is on.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// Their names, in a fixed order.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        KNOWN.iter().filter(|k| self.0.contains(k)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_wins_and_order_does_not_matter() {
        let a = TagSet::from_pairs([("b", "1"), ("a", "2"), ("b", "3")]);
        let b = TagSet::from_pairs([("a", "2")]).with([("b", "3")]);
        assert_eq!(a, b);
        assert_eq!(a.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        assert_eq!(a.without("b"), TagSet::from_pairs([("a", "2")]));
        assert!(
            a.contains_all(&[("a".into(), "2".into())]) && !a.contains_all(&[("c".into(), String::new())])
        );
    }

    #[test]
    fn unknown_system_tags_are_named() {
        assert_eq!(SystemTags::from_names(["status", "nope"]), Err("nope".to_owned()));
        assert!(SystemTags::default().has("url") && !SystemTags::default().has("vu"));
    }
}
