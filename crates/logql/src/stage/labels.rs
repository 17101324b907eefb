//! The labels of one line while it passes the stages: of its stream, its structured metadata, and what parsers found.
//!
//! For one name the parsed label hides the metadata and the metadata hides the stream's label, but parsers do not take a
//! name that stream or metadata have: they append `_extracted`. What a label filter, a template or the answer sees is
//! always this merged view.

use crate::labels::LabelSet;
use model::Labels;
use rustc_hash::FxHashSet;
use std::borrow::Cow;
use std::sync::Arc;
use xxhash_rust::xxh3::Xxh3;

/// Where a label comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Stream = 0,
    Metadata = 1,
    Parsed = 2,
}

pub(crate) const ERROR: &str = "__error__";
pub(crate) const ERROR_DETAILS: &str = "__error_details__";
pub(crate) const PRESERVE_ERROR: &str = "__preserve_error__";
/// What is appended to a name that is taken.
pub(crate) const EXTRACTED: &str = "_extracted";

/// What a metric query will look at: parsers may skip the rest. This changes which lines get error labels, so it
/// follows the replaced system exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    /// No label matters: parsers do nothing.
    pub(crate) no_labels: bool,
    /// When not empty: only these matter.
    pub(crate) required: Vec<String>,
}

impl Hints {
    fn preserve_error(&self) -> bool {
        self.required.iter().any(|name| name == ERROR || name == ERROR_DETAILS)
    }
}

/// Labels of the current line.
#[derive(Debug)]
pub(crate) struct LineLabels<'a> {
    stream: Labels,
    hints: &'a Hints,
    now: i64,
    deleted: Vec<String>,
    added: [Pairs; 3],
    /// Names that parsers have set.
    extracted: Pairs,
    error: String,
    details: String,
    seen: Seen,
}

/// What `distinct` stages have let pass: the stage, and a hash of its labels' values.
#[derive(Debug, Default)]
pub(crate) struct Seen(FxHashSet<(usize, u128)>);

impl Seen {
    /// Bytes of memory, for budgets.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.capacity() as u64 * 40
    }
}

/// Labels of a line by where they come from, each sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Categorised {
    pub(crate) stream: LabelSet,
    pub(crate) metadata: LabelSet,
    pub(crate) parsed: LabelSet,
}

impl<'a> LineLabels<'a> {
    /// `now` is the time of the query, for templates.
    pub(crate) fn new(hints: &'a Hints, now: i64) -> Self {
        LineLabels {
            stream: Labels::empty(),
            hints,
            now,
            deleted: Vec::new(),
            added: Default::default(),
            extracted: Pairs::default(),
            error: String::new(),
            details: String::new(),
            seen: Seen::default(),
        }
    }

    /// The same, going on with what `distinct` stages saw before.
    pub(crate) fn with_seen(self, seen: Seen) -> Self {
        LineLabels { seen, ..self }
    }

    pub(crate) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// What `distinct` stages saw.
    pub(crate) fn into_seen(self) -> Seen {
        self.seen
    }

    /// Whether no line before had these values of these labels at this stage. A label that is not there counts as empty.
    pub(crate) fn is_first(&mut self, names: &[String], stage: usize) -> bool {
        let mut hash = Xxh3::new();
        for name in names {
            let value = self.text(name);
            hash.update(&(value.len() as u64).to_le_bytes());
            hash.update(value.as_bytes());
        }
        let hash = hash.digest128();
        self.seen.0.insert((stage, hash))
    }

    /// Starts a line.
    pub(crate) fn reset(&mut self, stream: &Labels, metadata: &[(Arc<str>, Arc<str>)]) {
        // Lines of one stream mostly follow each other, and its counter is one that all threads count on.
        if !self.stream.is_same(stream) {
            self.stream = stream.clone();
        }
        self.deleted.clear();
        self.added.iter_mut().for_each(Pairs::clear);
        self.extracted.clear();
        self.error.clear();
        self.details.clear();
        for (name, value) in metadata {
            match &**name {
                ERROR => self.error.push_str(value),
                ERROR_DETAILS => self.details.push_str(value),
                name if value.is_empty() => self.deleted.push(name.to_owned()),
                name if self.stream.get(name).is_some() => {
                    self.set(Category::Metadata, &format!("{name}{EXTRACTED}"), value);
                }
                name => self.set(Category::Metadata, name, value),
            }
        }
    }

    /// The time of the query, in nanoseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    /// Whether nothing but the stream's own labels is there.
    pub(crate) fn is_stream_only(&self) -> bool {
        self.deleted.is_empty() && self.error.is_empty() && self.added.iter().all(Pairs::is_empty)
    }

    pub(crate) fn find(&self, name: &str) -> Option<(&str, Category)> {
        for category in [Category::Stream, Category::Metadata, Category::Parsed] {
            if let Some(value) = self.added[category as usize].get(name) {
                return Some((value, category));
            }
        }
        if self.deleted.iter().any(|n| n == name) {
            return None;
        }
        self.stream.get(name).map(|value| (value, Category::Stream))
    }

    /// The value of a label, also of the error labels; `None` when it is absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|(value, _)| value)
    }

    /// What a text condition compares: absent is "", and the error labels are there.
    pub(crate) fn text(&self, name: &str) -> &str {
        match name {
            ERROR => &self.error,
            ERROR_DETAILS => &self.details,
            _ => self.get(name).unwrap_or(""),
        }
    }

    pub(crate) fn set(&mut self, category: Category, name: &str, value: &str) {
        for lower in [Category::Metadata, Category::Stream] {
            if (lower as usize) < category as usize {
                self.added[lower as usize].remove(name);
            }
        }
        self.added[category as usize].set(name, value);
    }

    pub(crate) fn delete(&mut self, name: &str) {
        self.added.iter_mut().for_each(|list| list.remove(name));
        if self.stream.get(name).is_some() && !self.deleted.iter().any(|n| n == name) {
            self.deleted.push(name.to_owned());
        }
    }

    pub(crate) fn has_error(&self) -> bool {
        !self.error.is_empty()
    }

    pub(crate) fn clear_error(&mut self) {
        self.error.clear();
    }

    pub(crate) fn clear_details(&mut self) {
        self.details.clear();
    }

    /// Marks the line: later parsers overwrite, later conditions see it.
    pub(crate) fn fail(&mut self, error: &str, details: &str) {
        self.error.clear();
        self.error.push_str(error);
        self.details.clear();
        self.details.push_str(details);
    }

    /// Like [`LineLabels::fail`] for parsers, which keep the details of before when they have none, and whose error
    /// survives when the query asks for it.
    pub(crate) fn fail_parsing(&mut self, error: &str, details: Option<&str>) {
        self.error.clear();
        self.error.push_str(error);
        if let Some(details) = details {
            self.details.clear();
            self.details.push_str(details);
        }
        if self.hints.preserve_error() {
            self.set(Category::Parsed, PRESERVE_ERROR, "true");
        }
    }

    /// Whether parsers have nothing to do: no label matters, or those that do were found by a parser before.
    pub(crate) fn parsing_is_idle(&self) -> bool {
        self.hints.no_labels || self.all_found()
    }

    /// Whether every label that matters was found: parsers stop.
    pub(crate) fn all_found(&self) -> bool {
        !self.hints.required.is_empty() && self.extracted.used == self.hints.required.len()
    }

    /// The name under which a parser may set `name`; `None` when nobody will look at it.
    pub(crate) fn name_for<'n>(&self, name: &'n str) -> Option<Cow<'n, str>> {
        let matters = |wanted: &String| {
            wanted.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest == EXTRACTED)
        };
        if !self.hints.required.is_empty() && !self.hints.required.iter().any(matters) {
            return None;
        }
        let name = self.name_for_forced(name);
        self.wanted(&name).then_some(name)
    }

    /// The name under which an explicitly wanted `name` is set.
    pub(crate) fn name_for_forced<'n>(&self, name: &'n str) -> Cow<'n, str> {
        if self.is_taken(name) { Cow::Owned(format!("{name}{EXTRACTED}")) } else { Cow::Borrowed(name) }
    }

    /// Whether the stream or the metadata has a name.
    pub(crate) fn is_taken(&self, name: &str) -> bool {
        self.stream.get(name).is_some() || self.added[Category::Metadata as usize].get(name).is_some()
    }

    fn wanted(&self, name: &str) -> bool {
        // What was found or made first stays, also when another parser follows.
        self.extracted.get(name).is_none()
            && self.added[Category::Parsed as usize].get(name).is_none()
            && (self.hints.required.is_empty() || self.hints.required.iter().any(|n| n == name))
    }

    /// Whether some label that matters begins with `prefix`.
    pub(crate) fn prefix_wanted(&self, prefix: &str) -> bool {
        self.hints.required.is_empty() || self.hints.required.iter().any(|n| n.starts_with(prefix))
    }

    /// Sets what a parser found. `true` when it need not look further.
    pub(crate) fn found(&mut self, name: &str, value: &str) -> bool {
        self.set(Category::Parsed, name, value);
        let required = self.hints.required.is_empty() || self.hints.required.iter().any(|n| n == name);
        if required {
            self.extracted.set(name, "");
        }
        self.all_found()
    }

    /// All labels with their values, in no order, each once; error labels when set.
    pub(crate) fn each(&self, mut visit: impl FnMut(&str, &str)) {
        for (name, value) in self.stream.iter() {
            let hidden = self.deleted.iter().any(|n| n == name)
                || self.added.iter().any(|list| list.get(name).is_some());
            if !hidden {
                visit(name, value);
            }
        }
        for (name, value) in self.added.iter().flat_map(Pairs::iter) {
            visit(name, value);
        }
        if !self.error.is_empty() && self.added.iter().all(|list| list.get(ERROR).is_none()) {
            visit(ERROR, &self.error);
        }
        if !self.details.is_empty() && self.added.iter().all(|list| list.get(ERROR_DETAILS).is_none()) {
            visit(ERROR_DETAILS, &self.details);
        }
    }

    /// All labels, merged.
    pub(crate) fn merged(&self) -> LabelSet {
        let mut pairs = Vec::new();
        self.each(|name, value| pairs.push((name.to_owned(), value.to_owned())));
        LabelSet::from_pairs(pairs)
    }

    /// All labels by where they come from; the error labels count as parsed.
    pub(crate) fn categorised(&self) -> Categorised {
        let mut stream: Vec<(String, String)> = self.added[Category::Stream as usize].owned();
        for (name, value) in self.stream.iter() {
            let hidden = self.deleted.iter().any(|n| n == name)
                || self.added.iter().any(|list| list.get(name).is_some());
            if !hidden {
                stream.push((name.to_owned(), value.to_owned()));
            }
        }
        let mut parsed = self.added[Category::Parsed as usize].owned();
        for (name, value) in [(ERROR, &self.error), (ERROR_DETAILS, &self.details)] {
            if !value.is_empty() && !parsed.iter().any(|(n, _)| n == name) {
                parsed.push((name.to_owned(), value.clone()));
            }
        }
        Categorised {
            stream: LabelSet::from_pairs(stream),
            metadata: LabelSet::from_pairs(self.added[Category::Metadata as usize].owned()),
            parsed: LabelSet::from_pairs(parsed),
        }
    }
}

/// Names and values, few, in the order in which they were set. Texts of lines before are written over, not freed: a query
/// looks at millions of lines.
#[derive(Debug, Default)]
struct Pairs {
    /// Those behind `used` are left from lines before.
    texts: Vec<(String, String)>,
    used: usize,
}

impl Pairs {
    fn clear(&mut self) {
        self.used = 0;
    }

    fn is_empty(&self) -> bool {
        self.used == 0
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts[..self.used].iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    fn set(&mut self, name: &str, value: &str) {
        let place = self.iter().position(|(n, _)| n == name);
        let place = place.unwrap_or_else(|| {
            if self.used == self.texts.len() {
                self.texts.push(Default::default());
            }
            let (text, _) = &mut self.texts[self.used];
            text.clear();
            text.push_str(name);
            self.used += 1;
            self.used - 1
        });
        let (_, text) = &mut self.texts[place];
        text.clear();
        text.push_str(value);
    }

    fn remove(&mut self, name: &str) {
        let place = self.iter().position(|(n, _)| n == name);
        if let Some(place) = place {
            self.texts[place..self.used].rotate_left(1);
            self.used -= 1;
        }
    }

    fn owned(&self) -> Vec<(String, String)> {
        self.texts[..self.used].to_vec()
    }
}

/// A key as a label's name: other characters than letters, digits and `_` become `_`, a digit in front gets one.
pub(crate) fn sanitise(key: &str, first: bool) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    // Most keys are names already.
    if key.bytes().all(is_plain) && !key.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return Cow::Borrowed(key);
    }
    let key = key.trim();
    if key.bytes().all(is_plain) && !(first && key.starts_with(|c: char| c.is_ascii_digit())) {
        return Cow::Borrowed(key);
    }
    let mut name = String::with_capacity(key.len() + 1);
    if first && key.starts_with(|c: char| c.is_ascii_digit()) {
        name.push('_');
    }
    name.extend(key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }));
    Cow::Owned(name)
}
