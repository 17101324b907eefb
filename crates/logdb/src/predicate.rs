//! Conditions on lines, prepared for many lines at once. What they decide is what [`LineCondition::accepts`] decides.

use contract::LineCondition;
use memchr::memmem::Finder;

/// All conditions of a query.
#[derive(Debug)]
pub(crate) struct Predicate {
    tests: Vec<Test>,
}

#[derive(Debug)]
enum Test {
    Any(Vec<Finder<'static>>),
    None(Vec<Finder<'static>>),
    Regex { regex: regex::Regex, wanted: bool },
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
                LineCondition::Matches(regex) => Test::Regex { regex: regex.clone(), wanted: true },
                LineCondition::MatchesNot(regex) => Test::Regex { regex: regex.clone(), wanted: false },
            })
            .collect();
        Predicate { tests }
    }

    /// `false` when no line of a whole text can be accepted: a wanted text does not even occur across lines.
    pub(crate) fn may_accept_in(&self, text: &[u8]) -> bool {
        self.tests.iter().all(|test| match test {
            Test::Any(finders) => finders.iter().any(|finder| finder.find(text).is_some()),
            _ => true,
        })
    }

    pub(crate) fn accepts(&self, line: &[u8]) -> bool {
        self.tests.iter().all(|test| match test {
            Test::Any(finders) => finders.iter().any(|finder| finder.find(line).is_some()),
            Test::None(finders) => !finders.iter().any(|finder| finder.find(line).is_some()),
            // Lines are UTF-8: the head takes only text, and pages are checked when they are decoded.
            Test::Regex { regex, wanted } => {
                std::str::from_utf8(line).is_ok_and(|line| regex.is_match(line)) == *wanted
            }
        })
    }

    /// Texts of which one must occur in every accepted line, for each condition that says so.
    pub(crate) fn needles(&self) -> impl Iterator<Item = Vec<&[u8]>> {
        self.tests.iter().filter_map(|test| match test {
            Test::Any(finders) => Some(finders.iter().map(|finder| finder.needle()).collect()),
            _ => None,
        })
    }
}
