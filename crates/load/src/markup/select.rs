//! CSS selectors, matched from right to left. Source: <https://www.w3.org/TR/selectors-4/>, and `:contains()` as jQuery has it.

use super::{Document, NodeId};

/// One or more selectors, any of which may match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Selector(Vec<Complex>);

/// Compounds with what stands between them; the last one is the element itself.
#[derive(Debug, Clone, PartialEq)]
struct Complex {
    last: Vec<Simple>,
    /// Nearest first.
    before: Vec<(Between, Vec<Simple>)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Between {
    Descendant,
    Child,
    Adjacent,
    Sibling,
}

#[derive(Debug, Clone, PartialEq)]
enum Simple {
    Any,
    Name(String),
    Attribute(String, Compare, String),
    /// Position among siblings: `a·n + b`; from the end, and among those of the same name.
    Nth {
        a: i64,
        b: i64,
        from_end: bool,
        same_name: bool,
    },
    Not(Selector),
    Has(Selector),
    Contains(String),
    Empty,
    Checked,
    Disabled,
    OnlyChild,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Compare {
    Present,
    Equal,
    NotEqual,
    Word,
    Dash,
    Prefix,
    Suffix,
    Part,
}

/// 16 levels of `:not(:has(...))`: deeper is nobody's selector.
const MAX_DEPTH: usize = 16;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Selector {
    /// Reads a selector; `Err` says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text.trim(), depth: 0 };
        let selector = parser.list()?;
        if parser.rest.is_empty() {
            Ok(selector)
        } else {
            Err(format!("unexpected '{}' in selector '{text}'", parser.rest))
        }
    }

    /// Whether it matches an element.
    pub(crate) fn matches(&self, document: &Document, id: NodeId) -> bool {
        document.is_element(id) && self.0.iter().any(|c| c.matches(document, id))
    }
}

impl<'a> Parser<'a> {
    fn list(&mut self) -> Result<Selector, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("a selector is nested too deeply".to_owned());
        }
        let mut all = vec![self.complex()?];
        while let Some(rest) = self.rest.trim_start().strip_prefix(',') {
            self.rest = rest;
            all.push(self.complex()?);
        }
        self.depth -= 1;
        Ok(Selector(all))
    }

    fn complex(&mut self) -> Result<Complex, String> {
        let mut compounds = vec![self.compound()?];
        let mut between = Vec::new();
        loop {
            let trimmed = self.rest.trim_start();
            let spaced = trimmed.len() < self.rest.len();
            let next = trimmed.chars().next();
            match next {
                None | Some(',' | ')') => break,
                Some(c @ ('>' | '+' | '~')) => {
                    self.rest = &trimmed[1..];
                    between.push(match c {
                        '>' => Between::Child,
                        '+' => Between::Adjacent,
                        _ => Between::Sibling,
                    });
                }
                Some(_) if spaced => between.push(Between::Descendant),
                Some(c) => return Err(format!("unexpected '{c}' in a selector")),
            }
            compounds.push(self.compound()?);
        }
        self.rest = self.rest.trim_start();
        let last = compounds.pop().unwrap_or_default();
        Ok(Complex { last, before: between.into_iter().rev().zip(compounds.into_iter().rev()).collect() })
    }

    fn compound(&mut self) -> Result<Vec<Simple>, String> {
        self.rest = self.rest.trim_start();
        let mut parts = Vec::new();
        while let Some(c) = self.rest.chars().next() {
            match c {
                '*' => {
                    self.rest = &self.rest[1..];
                    parts.push(Simple::Any);
                }
                '#' | '.' => {
                    self.rest = &self.rest[1..];
                    let (key, compare) =
                        if c == '#' { ("id", Compare::Equal) } else { ("class", Compare::Word) };
                    parts.push(Simple::Attribute(key.to_owned(), compare, self.word()?));
                }
                '[' => parts.push(self.attribute()?),
                ':' => parts.push(self.pseudo()?),
                c if is_word(c) && parts.is_empty() => {
                    parts.push(Simple::Name(self.word()?.to_ascii_lowercase()))
                }
                _ => break,
            }
        }
        if parts.is_empty() { Err("a selector has an empty part".to_owned()) } else { Ok(parts) }
    }

    fn word(&mut self) -> Result<String, String> {
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        if end == 0 {
            return Err("a selector lacks a name".to_owned());
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(word.to_owned())
    }

    fn attribute(&mut self) -> Result<Simple, String> {
        let end = self.rest.find(']').ok_or("a selector lacks its ']'")?;
        let inner = self.rest[1..end].trim();
        self.rest = &self.rest[end + 1..];
        let Some(at) = inner.find('=') else {
            let name = inner.to_ascii_lowercase();
            return if name.is_empty() {
                Err("a selector lacks an attribute".to_owned())
            } else {
                Ok(Simple::Attribute(name, Compare::Present, String::new()))
            };
        };
        let (before, value) = (&inner[..at], inner[at + 1..].trim());
        let (name, compare) = match before.chars().last() {
            Some('~') => (&before[..at - 1], Compare::Word),
            Some('|') => (&before[..at - 1], Compare::Dash),
            Some('^') => (&before[..at - 1], Compare::Prefix),
            Some('$') => (&before[..at - 1], Compare::Suffix),
            Some('*') => (&before[..at - 1], Compare::Part),
            Some('!') => (&before[..at - 1], Compare::NotEqual),
            _ => (before, Compare::Equal),
        };
        let value = value.trim_matches(['"', '\'']).to_owned();
        Ok(Simple::Attribute(name.trim().to_ascii_lowercase(), compare, value))
    }

    fn pseudo(&mut self) -> Result<Simple, String> {
        self.rest = &self.rest[1..];
        let name = self.word()?.to_ascii_lowercase();
        let nth = |a, b, from_end, same_name| Simple::Nth { a, b, from_end, same_name };
        Ok(match name.as_str() {
            "first-child" => nth(0, 1, false, false),
            "last-child" => nth(0, 1, true, false),
            "first-of-type" => nth(0, 1, false, true),
            "last-of-type" => nth(0, 1, true, true),
            "only-child" => Simple::OnlyChild,
            "empty" => Simple::Empty,
            "checked" | "selected" => Simple::Checked,
            "disabled" => Simple::Disabled,
            "input" => Simple::Name("input".to_owned()),
            "nth-child" | "nth-last-child" | "nth-of-type" | "nth-last-of-type" => {
                let (a, b) = formula(self.argument()?.trim())?;
                nth(a, b, name.contains("last"), name.ends_with("type"))
            }
            "contains" => Simple::Contains(self.argument()?.trim().trim_matches(['"', '\'']).to_owned()),
            "not" | "has" => {
                self.rest = self.rest.strip_prefix('(').ok_or("a selector lacks its '('")?;
                let inner = self.list()?;
                self.rest = self.rest.strip_prefix(')').ok_or("a selector lacks its ')'")?;
                if name == "not" { Simple::Not(inner) } else { Simple::Has(inner) }
            }
            other => return Err(format!("unknown pseudo class :{other}")),
        })
    }

    fn argument(&mut self) -> Result<&'a str, String> {
        let inner = self.rest.strip_prefix('(').ok_or("a selector lacks its '('")?;
        let end = inner.find(')').ok_or("a selector lacks its ')'")?;
        self.rest = &inner[end + 1..];
        Ok(&inner[..end])
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '-' || c == '_'
}

/// Reads `odd`, `even`, `3`, `2n+1`, `-n+3`.
fn formula(text: &str) -> Result<(i64, i64), String> {
    let wrong = || format!("'{text}' is no position formula");
    let number = |text: &str| text.trim().trim_start_matches('+').parse::<i64>();
    Ok(match text {
        "odd" => (2, 1),
        "even" => (2, 0),
        _ => match text.split_once('n') {
            None => (0, number(text).map_err(|_| wrong())?),
            Some((a, b)) => {
                let a = match a.trim() {
                    "" | "+" => 1,
                    "-" => -1,
                    other => number(other).map_err(|_| wrong())?,
                };
                let b: String = b.chars().filter(|c| !c.is_whitespace()).collect();
                (a, if b.is_empty() { 0 } else { number(&b).map_err(|_| wrong())? })
            }
        },
    })
}

impl Complex {
    fn matches(&self, document: &Document, id: NodeId) -> bool {
        all(&self.last, document, id) && self.before_matches(document, id, 0)
    }

    fn before_matches(&self, document: &Document, id: NodeId, at: usize) -> bool {
        let Some((between, compound)) = self.before.get(at) else { return true };
        let fits =
            |other: NodeId| all(compound, document, other) && self.before_matches(document, other, at + 1);
        match between {
            Between::Child => parent(document, id).is_some_and(fits),
            Between::Descendant => {
                let mut up = parent(document, id);
                while let Some(other) = up {
                    if fits(other) {
                        return true;
                    }
                    up = parent(document, other);
                }
                false
            }
            Between::Adjacent => elder(document, id).last().copied().is_some_and(fits),
            Between::Sibling => elder(document, id).into_iter().any(fits),
        }
    }
}

fn parent(document: &Document, id: NodeId) -> Option<NodeId> {
    document.node(id).map(|n| n.parent).filter(|p| document.is_element(*p))
}

/// The elements before an element under the same parent.
fn elder(document: &Document, id: NodeId) -> Vec<NodeId> {
    siblings(document, id).into_iter().take_while(|s| *s != id).collect()
}

fn siblings(document: &Document, id: NodeId) -> Vec<NodeId> {
    let parent = document.node(id).and_then(|n| document.node(n.parent));
    parent
        .map(|p| p.children.iter().copied().filter(|c| document.is_element(*c)).collect())
        .unwrap_or_default()
}

fn all(compound: &[Simple], document: &Document, id: NodeId) -> bool {
    document.is_element(id) && compound.iter().all(|simple| simple.matches(document, id))
}

impl Simple {
    fn matches(&self, document: &Document, id: NodeId) -> bool {
        match self {
            Simple::Any => true,
            Simple::Name(name) => document.name(id) == Some(name),
            Simple::Attribute(name, compare, wanted) => {
                let found = document.attribute(id, name);
                match (compare, found) {
                    (Compare::NotEqual, found) => found != Some(wanted),
                    (_, None) => false,
                    (Compare::Present, Some(_)) => true,
                    (Compare::Equal, Some(found)) => found == wanted,
                    (Compare::Word, Some(found)) => found.split_whitespace().any(|w| w == wanted),
                    (Compare::Dash, Some(found)) => found
                        .strip_prefix(wanted.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
                    (Compare::Prefix, Some(found)) => !wanted.is_empty() && found.starts_with(wanted),
                    (Compare::Suffix, Some(found)) => !wanted.is_empty() && found.ends_with(wanted),
                    (Compare::Part, Some(found)) => !wanted.is_empty() && found.contains(wanted),
                }
            }
            Simple::Nth { a, b, from_end, same_name } => {
                let mut row = siblings(document, id);
                if *same_name {
                    row.retain(|s| document.name(*s) == document.name(id));
                }
                if *from_end {
                    row.reverse();
                }
                let at = row.iter().position(|s| *s == id).map_or(0, |p| p as i64 + 1);
                let ahead = at.saturating_sub(*b);
                if *a == 0 {
                    ahead == 0
                } else {
                    ahead.checked_rem(*a) == Some(0) && ahead.signum() * a.signum() >= 0
                }
            }
            Simple::Not(inner) => !inner.matches(document, id),
            Simple::Has(inner) => document.below(id).into_iter().any(|n| inner.matches(document, n)),
            Simple::Contains(text) => document.text(id).contains(text.as_str()),
            Simple::Empty => document.node(id).is_none_or(|n| n.children.is_empty()),
            Simple::Checked => ["checked", "selected"].iter().any(|a| document.attribute(id, a).is_some()),
            Simple::Disabled => document.attribute(id, "disabled").is_some(),
            Simple::OnlyChild => siblings(document, id).len() == 1,
        }
    }
}
