//! Conditions on lines, prepared for many lines at once. What they decide is what [`LineCondition::accepts`] decides.
//!
//! For skipping, each condition tells texts of which one must occur in every accepted line: those of `|=` are given, those
//! of a pattern are read out of it (`literals_of`). Invariant: texts only ever skip what no line could satisfy.

mod reach;
mod sift;

use crate::block::filter::Probe;
use crate::block::lifted::{Stay, Unpacked};
use crate::record::Metadata;
use contract::{LineCondition, LineSample, LogSelect, Stream};
use memchr::memmem::Finder;
use reach::occurs;
use regex_syntax::hir::{Hir, HirKind};
pub(crate) use sift::Sifted;

/// More texts than this skip little and cost a look each.
const MAX_LITERALS: usize = 16;
/// Shorter texts are in every page.
const MIN_LITERAL_BYTES: usize = 2;

/// All conditions of a query.
#[derive(Debug)]
pub(crate) struct Predicate {
    tests: Vec<Test>,
    /// Name and value of which each must be in a line's metadata or among its stream's labels.
    metadata: Vec<(String, String)>,
    /// Labels, and the conditions of lines that have none of them.
    bare: Option<(Vec<String>, Box<Predicate>)>,
    /// Whether it is the conditions of such lines.
    is_bare: bool,
    /// Parts of texts of which one must be in lifted text, for each condition that says so.
    stays: Vec<Vec<Stay>>,
    /// What the filters are asked of those texts.
    probes: Vec<Vec<Probe>>,
}

#[derive(Debug)]
enum Test {
    Any(Vec<Finder<'static>>),
    None(Vec<Finder<'static>>),
    /// With texts of which one occurs in each match; none when there are no such.
    Matches(regex::Regex, Vec<Finder<'static>>),
    MatchesNot(regex::Regex, Vec<Finder<'static>>),
}

/// Whether all lines of a shape satisfy conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    No,
    /// Some may and some may not.
    Depends,
}

impl Verdict {
    fn not(self) -> Self {
        match self {
            Verdict::Yes => Verdict::No,
            Verdict::No => Verdict::Yes,
            Verdict::Depends => Verdict::Depends,
        }
    }

    fn any(all: impl Iterator<Item = Verdict>) -> Self {
        all.fold(Verdict::No, |so_far, one| match (so_far, one) {
            (Verdict::Yes, _) | (_, Verdict::Yes) => Verdict::Yes,
            (Verdict::No, Verdict::No) => Verdict::No,
            _ => Verdict::Depends,
        })
    }
}

impl Predicate {
    pub(crate) fn new(conditions: &[LineCondition]) -> Self {
        let finders =
            |texts: &[String]| texts.iter().map(|t| Finder::new(t.as_bytes()).into_owned()).collect();
        let tests = conditions
            .iter()
            .map(|condition| match condition {
                LineCondition::ContainsAny(texts) => Test::Any(finders(texts)),
                LineCondition::ContainsNone(texts) => Test::None(finders(texts)),
                LineCondition::Matches(regex) => match texts_only(regex.as_str()) {
                    Some(texts) => Test::Any(owned(&texts)),
                    None => Test::Matches(regex.clone(), owned(&literals(regex.as_str()))),
                },
                LineCondition::MatchesNot(regex) => match texts_only(regex.as_str()) {
                    Some(texts) => Test::None(owned(&texts)),
                    None => Test::MatchesNot(regex.clone(), owned(&literals(regex.as_str()))),
                },
            })
            .collect();
        let (metadata, stays, probes) = Default::default();
        let mut predicate = Predicate { tests, metadata, bare: None, is_bare: false, stays, probes };
        let stays = |any: Vec<&[u8]>| -> Option<Vec<Stay>> { any.into_iter().map(Stay::of).collect() };
        predicate.stays = predicate.needles().filter_map(stays).collect();
        let probes = |any: Vec<&[u8]>| any.into_iter().map(Probe::of_needle).collect();
        predicate.probes = predicate.needles().map(probes).collect();
        predicate
    }

    /// All that a query says of lines.
    pub(crate) fn of(select: &LogSelect) -> Self {
        let mut predicate = Predicate::new(&select.lines);
        predicate.metadata = select.metadata.clone();
        if !select.texts.is_empty() {
            let labels = select.texts.iter().map(|hint| hint.label.clone()).collect();
            let texts = select.texts.iter().map(|hint| LineCondition::ContainsAny(hint.texts.clone()));
            let lines: Vec<LineCondition> = select.lines.iter().cloned().chain(texts).collect();
            let bare = Predicate { is_bare: true, ..Predicate::new(&lines) };
            predicate.bare = Some((labels, Box::new(bare)));
        }
        predicate
    }

    /// The conditions on lines where labels of some names are there, in streams or metadata.
    pub(crate) fn among(&self, is_there: impl Fn(&str) -> bool) -> &Predicate {
        match &self.bare {
            Some((labels, bare)) if !labels.iter().any(|label| is_there(label)) => bare,
            _ => self,
        }
    }

    /// Whether it is what [`Predicate::among`] gives where none of the labels is there.
    pub(crate) fn is_bare(&self) -> bool {
        self.is_bare
    }

    /// `false` when no line of a whole text can be accepted: a wanted text does not even occur across lines.
    pub(crate) fn may_accept_in(&self, text: &[u8]) -> bool {
        self.tests.iter().all(|test| match test {
            Test::Any(finders) => finders.iter().any(|finder| finder.find(text).is_some()),
            Test::Matches(_, finders) => {
                finders.is_empty() || finders.iter().any(|finder| finder.find(text).is_some())
            }
            _ => true,
        })
    }

    /// `false` when no line of a page can be accepted, as its lifted text shows.
    pub(crate) fn may_accept_lifted(&self, lifted: &Unpacked) -> bool {
        self.stays.iter().all(|any| any.iter().any(|stay| stay.may_be_in(lifted)))
    }

    /// Whether digits of a page that stand apart may tell that none of its lines can be accepted.
    pub(crate) fn asks_digits(&self) -> bool {
        self.stays.iter().any(|any| any.iter().all(Stay::is_of_digits))
    }

    /// `false` when no line of a page can be accepted, as its digits show that stand apart.
    pub(crate) fn may_accept_digits(&self, apart: &[u8]) -> bool {
        !self.stays.iter().any(|any| any.iter().all(|stay| stay.is_not_in(apart)))
    }

    /// Whether every line satisfies the conditions on lines: there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// What the conditions say of all lines of a shape.
    pub(crate) fn verdict(&self, sample: &LineSample<'_>) -> Verdict {
        let any = |finders: &[Finder<'static>]| Verdict::any(finders.iter().map(|f| occurs(f, sample)));
        let never = |finders: &[Finder<'static>]| !finders.is_empty() && any(finders) == Verdict::No;
        let failed = self.tests.iter().map(|test| {
            let holds = match test {
                Test::Any(finders) => any(finders),
                Test::None(finders) => any(finders).not(),
                Test::Matches(_, finders) if never(finders) => Verdict::No,
                Test::MatchesNot(_, finders) if never(finders) => Verdict::Yes,
                Test::Matches(..) | Test::MatchesNot(..) => Verdict::Depends,
            };
            holds.not()
        });
        Verdict::any(failed).not()
    }

    pub(crate) fn accepts(&self, line: &[u8]) -> bool {
        self.tests.iter().all(|test| match test {
            Test::Any(finders) => finders.iter().any(|finder| finder.find(line).is_some()),
            Test::None(finders) => !finders.iter().any(|finder| finder.find(line).is_some()),
            // Lines are UTF-8: the head takes only text, and pages are checked when they are decoded.
            Test::Matches(regex, finders) => {
                (finders.is_empty() || finders.iter().any(|finder| finder.find(line).is_some()))
                    && std::str::from_utf8(line).is_ok_and(|line| regex.is_match(line))
            }
            Test::MatchesNot(regex, _) => !std::str::from_utf8(line).is_ok_and(|line| regex.is_match(line)),
        })
    }

    /// Texts of which one must occur in every accepted line, for each condition that says so.
    fn needles(&self) -> impl Iterator<Item = Vec<&[u8]>> {
        self.tests.iter().filter_map(|test| match test {
            Test::Any(finders) => Some(finders.iter().map(|finder| finder.needle()).collect()),
            Test::Matches(_, finders) if !finders.is_empty() => {
                Some(finders.iter().map(|finder| finder.needle()).collect())
            }
            _ => None,
        })
    }

    /// What filters are asked: of each condition one must pass.
    pub(crate) fn probes(&self) -> &[Vec<Probe>] {
        &self.probes
    }

    /// Whether lines must have metadata or labels.
    pub(crate) fn wants_metadata(&self) -> bool {
        !self.metadata.is_empty()
    }

    /// Names and values that the metadata of lines must have, but for those that the labels of a stream have.
    pub(crate) fn metadata_wanted_of<'p>(
        &'p self,
        stream: &'p Stream,
    ) -> impl Iterator<Item = &'p (String, String)> {
        self.metadata.iter().filter(|(name, value)| stream.labels.value(name) != value)
    }

    /// Whether a set of metadata, or else the labels of the stream, has what is wanted.
    pub(crate) fn accepts_metadata(&self, stream: &Stream, set: &Metadata) -> bool {
        self.metadata_wanted_of(stream)
            .all(|(name, value)| set.iter().any(|(n, v)| **n == **name && **v == **value))
    }
}

fn owned(texts: &[Vec<u8>]) -> Vec<Finder<'static>> {
    texts.iter().map(|text| Finder::new(text).into_owned()).collect()
}

/// The texts of a pattern that is nothing but a choice of them.
fn texts_only(pattern: &str) -> Option<Vec<Vec<u8>>> {
    let hir = regex_syntax::Parser::new().parse(pattern).ok()?;
    let text = |hir: &Hir| match hir.kind() {
        HirKind::Literal(literal) => Some(literal.0.to_vec()),
        _ => None,
    };
    match hir.kind() {
        HirKind::Alternation(parts) if parts.len() <= MAX_LITERALS => parts.iter().map(text).collect(),
        _ => text(&hir).map(|text| vec![text]),
    }
}

/// Texts of which one occurs in every match of a pattern; none when there are no such texts, or too many.
fn literals(pattern: &str) -> Vec<Vec<u8>> {
    let Ok(hir) = regex_syntax::Parser::new().parse(pattern) else { return Vec::new() };
    literals_of(&hir).unwrap_or_default()
}

fn literals_of(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let found = match hir.kind() {
        HirKind::Literal(literal) => vec![literal.0.to_vec()],
        HirKind::Capture(capture) => return literals_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => return literals_of(&repetition.sub),
        HirKind::Concat(parts) => {
            // The part whose shortest text is longest skips most.
            let shortest = |texts: &Vec<Vec<u8>>| texts.iter().map(Vec::len).min().unwrap_or(0);
            return parts.iter().filter_map(literals_of).max_by_key(shortest);
        }
        HirKind::Alternation(parts) => {
            let all: Option<Vec<Vec<Vec<u8>>>> = parts.iter().map(literals_of).collect();
            all?.concat()
        }
        _ => return None,
    };
    let useful = found.len() <= MAX_LITERALS && found.iter().all(|text| text.len() >= MIN_LITERAL_BYTES);
    useful.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_tell_what_their_matches_hold() {
        for (pattern, wanted) in [
            ("upstream=payment:808[0-3]", vec!["upstream=payment:808"]),
            ("(?:error|warning): .*", vec!["error", "warning"]),
            ("a+bcd?", vec!["bc"]),
            ("(x|yz)", vec![]),
            (".*", vec![]),
            ("(?i)error", vec![]),
            ("(ab)+", vec!["ab"]),
        ] {
            let found: Vec<String> =
                literals(pattern).into_iter().map(|text| String::from_utf8(text).unwrap()).collect();
            assert_eq!(found, wanted, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn literals_change_nothing(
            pattern in "(ab|ba|a|b|\\(ab\\|c\\)|\\(a\\|b\\)|\\.){1,4}[+*?]?",
            line in "[abc]{0,8}",
        ) {
            let pattern = pattern.replace('\\', "");
            let Ok(regex) = regex::Regex::new(&pattern) else { return Ok(()) };
            let condition = LineCondition::Matches(regex);
            let predicate = Predicate::new(std::slice::from_ref(&condition));
            prop_assert_eq!(predicate.accepts(line.as_bytes()), condition.accepts(&line));
            prop_assert!(predicate.may_accept_in(line.as_bytes()) || !condition.accepts(&line));
        }
    }
}
