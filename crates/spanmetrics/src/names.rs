//! Names of spans that differ in ids only become one name: `GET /users/17` and `GET /users/18` are `GET /users/<_>`.
//!
//! Each service has a tree of the words of its names. Where many words were seen in one place after the same words, the place
//! becomes [`ANY`]: after a few when they look like ids, after a hundred when they do not and something else of the
//! name stays. Walk: `generator.rs` asks for each span before it is counted. Invariant: the memory is bounded; a name that
//! finds no room passes as it is, and places that became one stay one.

use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Stands for words that differ.
const ANY: &str = "<_>";

/// Words in one place beyond which they are alike: those that look like ids (a version or two, a status, are none), and
/// others (no service has so many methods after the same words).
const MAX_WORDS: [u32; 2] = [100, 4];

/// Words of one tenant's trees: some 4 MiB.
const MAX_NODES: usize = 20_000;

/// Names of one tenant whose answer is remembered: most spans have one of few names.
const MAX_KNOWN: usize = 10_000;

/// Words of a name; the rest of it passes as it is.
const MAX_DEPTH: usize = 32;

/// What the names of one tenant's spans become.
#[derive(Debug)]
pub(crate) struct Names {
    services: FxHashMap<Arc<str>, Node>,
    /// Words that may still be remembered.
    room: usize,
    /// What names became, by service; forgotten when a place becomes [`ANY`].
    known: FxHashMap<Arc<str>, FxHashMap<Arc<str>, Arc<str>>>,
    remembered: usize,
}

/// What was seen after the same words.
#[derive(Debug, Default)]
struct Node {
    /// By the word with what stands before it.
    next: FxHashMap<Box<str>, Node>,
    /// Words, and ids, that were seen.
    seen: [u32; 2],
    /// What follows them where they are alike.
    any: [Option<Box<Node>>; 2],
}

/// A word of a name with what stands before it, which is of no word.
#[derive(Debug, Clone, Copy)]
struct Word<'n> {
    before: &'n str,
    word: &'n str,
    both: &'n str,
}

/// The words of a name; the last may be empty.
fn words(name: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = name;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let begin = rest.find(char::is_alphanumeric).unwrap_or(rest.len());
        let from = &rest[begin..];
        let length = match from.get(..36) {
            Some(uuid) if is_uuid(uuid) => 36,
            _ => from.find(|c: char| !c.is_alphanumeric()).unwrap_or(from.len()),
        };
        let (both, after) = rest.split_at(begin + length);
        rest = after;
        Some(Word { before: &both[..begin], word: &both[begin..], both })
    })
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut parts = text.split('-');
    let fits = |length: usize| {
        parts.next().is_some_and(|p| p.len() == length && p.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    lengths.into_iter().all(fits) && parts.next().is_none()
}

/// Whether a word looks like one that was given out: digits alone, four and more hexadecimal ones with a digit among them,
/// a UUID.
fn looks_like_an_id(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let hexadecimal = word.len() >= 4 && word.bytes().all(|b| b.is_ascii_hexdigit());
    digits > 0 && (digits == word.len() || hexadecimal) || is_uuid(word)
}

/// The place of a word in the pairs of [`Node`].
fn class_of(word: &str) -> usize {
    usize::from(looks_like_an_id(word))
}

/// Where a word leads.
enum Step<'t> {
    /// The word stays.
    Kept(&'t mut Node),
    /// It is one of many, which were found to be alike just now or before.
    Any { node: &'t mut Node, now: bool },
    /// There is no room for it.
    Full,
}

impl Node {
    /// Follows a word. `kept`: a word before it stays, which is the same for all that come here.
    fn enter(&mut self, word: &Word<'_>, kept: bool, room: &mut usize) -> Step<'_> {
        let class = class_of(word.word);
        // Of a name whose plain words are all replaced nothing would be told.
        let may_be_any = !word.word.is_empty() && (kept || class == 1);
        let Node { next, seen, any } = self;
        let are_alike = may_be_any && any[class].is_some();
        if !are_alike && !next.contains_key(word.both) {
            if *room == 0 {
                return Step::Full;
            }
            *room -= 1;
            seen[class] += 1;
            if may_be_any && seen[class] > MAX_WORDS[class] {
                next.retain(|known, node| {
                    let is_other =
                        class_of(known.trim_start_matches(|c: char| !c.is_alphanumeric())) != class;
                    *room += if is_other { 0 } else { 1 + node.size() };
                    is_other
                });
                return Step::Any { node: any[class].insert(Box::default()), now: true };
            }
            return Step::Kept(next.entry(Box::from(word.both)).or_default());
        }
        match &mut any[class] {
            Some(node) if are_alike => Step::Any { node, now: false },
            _ => next.get_mut(word.both).map_or(Step::Full, Step::Kept),
        }
    }

    /// Nodes below.
    fn size(&self) -> usize {
        let alike = self.any.iter().flatten().map(|node| 1 + node.size());
        alike.chain(self.next.values().map(|node| 1 + node.size())).sum()
    }
}

impl Default for Names {
    fn default() -> Self {
        Names { services: FxHashMap::default(), room: MAX_NODES, known: FxHashMap::default(), remembered: 0 }
    }
}

impl Names {
    /// What a span of a service is called.
    pub(crate) fn of(&mut self, service: &Arc<str>, name: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.known.get(service).and_then(|names| names.get(name)) {
            return known.clone();
        }
        let (became, now) = self.learn(service, name);
        if now || self.remembered >= MAX_KNOWN {
            self.known.clear();
            self.remembered = 0;
        }
        self.known.entry(service.clone()).or_default().insert(name.clone(), became.clone());
        self.remembered += 1;
        became
    }

    /// The name, and whether a place became [`ANY`] just now.
    fn learn(&mut self, service: &Arc<str>, name: &Arc<str>) -> (Arc<str>, bool) {
        if !self.services.contains_key(service) {
            if self.room == 0 {
                return (name.clone(), false);
            }
            self.room -= 1;
        }
        let mut node = self.services.entry(service.clone()).or_default();
        let (mut became, mut read, mut kept, mut changed) =
            (String::with_capacity(name.len()), 0, false, false);
        for word in words(name).take(MAX_DEPTH) {
            node = match node.enter(&word, kept, &mut self.room) {
                Step::Kept(next) => {
                    became.push_str(word.both);
                    kept |= !word.word.is_empty();
                    next
                }
                Step::Any { node, now } => {
                    became.push_str(word.before);
                    became.push_str(ANY);
                    changed |= now;
                    node
                }
                Step::Full => break,
            };
            read += word.both.len();
        }
        became.push_str(&name[read..]);
        (if *became == **name { name.clone() } else { Arc::from(became) }, changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn all<'n>(names: &mut Names, of: impl IntoIterator<Item = &'n str>) -> Vec<String> {
        let service: Arc<str> = Arc::from("shop");
        of.into_iter().map(|name| names.of(&service, &Arc::from(name)).to_string()).collect()
    }

    #[test]
    fn ids_become_one_word_and_versions_stay() {
        let mut names = Names::default();
        let users: Vec<String> = (0..9).map(|id| format!("GET /v2/users/{id}/cart")).collect();
        let became = all(&mut names, users.iter().map(String::as_str));
        assert_eq!(became[..4], users[..4]);
        assert!(became[4..].iter().all(|name| name == "GET /v2/users/<_>/cart"), "{became:?}");
        let again =
            ["GET /v2/users/0/cart", "GET /v2/users/me/cart", "GET /v2/users/7", "POST /v2/users/7/cart"];
        assert_eq!(
            all(&mut names, again),
            ["GET /v2/users/<_>/cart", "GET /v2/users/me/cart", "GET /v2/users/<_>", "POST /v2/users/7/cart"]
        );
        let uuid = |n: u32| format!("load 550e8400-e29b-abcd-a716-44665544{n:04x}.json");
        let uuids: Vec<String> = (0..6).map(uuid).collect();
        assert_eq!(all(&mut names, uuids.iter().map(String::as_str))[5], "load <_>.json");
    }

    #[test]
    fn methods_stay_and_many_words_become_one_where_something_else_stays() {
        let mut names = Names::default();
        let methods: Vec<String> = (0..300).map(|n| format!("do{}x", "y".repeat(n))).collect();
        let became = all(&mut names, methods.iter().map(String::as_str));
        assert_eq!(became, methods);
        let cities: Vec<String> = (0..300).map(|n| format!("weather of {}x now", "y".repeat(n))).collect();
        let became = all(&mut names, cities.iter().map(String::as_str));
        assert_eq!(became[99], cities[99]);
        assert!(became[100..].iter().all(|name| name == "weather of <_> now"));
    }

    #[test]
    fn what_finds_no_room_passes_and_memory_is_bounded() {
        let mut names = Names::default();
        let of = |n: usize| format!("a{}z{n} b{}z c", "q".repeat(n % 7), "q".repeat(n % 90));
        let many: Vec<String> = (0..60_000).map(of).collect();
        let became = all(&mut names, many.iter().map(String::as_str));
        assert_eq!(became.last(), many.last());
        let nodes: usize = names.services.values().map(|node| 1 + node.size()).sum();
        assert!(nodes <= MAX_NODES && names.remembered <= MAX_KNOWN);
        assert_eq!(nodes + names.room, MAX_NODES);
    }

    proptest! {
        #[test]
        fn names_are_few_whatever_ids_they_have(
            ids in prop::collection::vec((0u64..1 << 40, "[a-z]{1,9}", 0usize..3), 0..400),
            odd in prop::collection::vec("\\PC{0,20}", 0..20),
        ) {
            let mut names = Names::default();
            let forms = |(id, word, form): &(u64, String, usize)| match form {
                0 => format!("GET /orders/{id}/items/{word}"),
                1 => format!("cart-{id:012x}0 cleared"),
                _ => format!("{id}"),
            };
            let spelled: Vec<String> = ids.iter().map(forms).collect();
            let distinct: BTreeSet<String> = all(&mut names, spelled.iter().map(String::as_str)).into_iter().collect();
            // Five of each form before they are alike, with up to a hundred words after the first.
            prop_assert!(distinct.len() <= 5 * 101 + 101 + 5 + 5);
            for name in &odd {
                let became = all(&mut names, [name.as_str()]);
                let back = all(&mut names, [name.as_str()]);
                prop_assert_eq!(became, back, "a name stays what it became");
            }
            let nodes: usize = names.services.values().map(|node| 1 + node.size()).sum();
            prop_assert_eq!(nodes + names.room, MAX_NODES);
        }
    }
}
