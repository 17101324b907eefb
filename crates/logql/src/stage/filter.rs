//! Line filters and label filters, compiled.

use super::ip::IpRange;
use super::labels::{ERROR, ERROR_DETAILS, EXTRACTED, LineLabels};
use super::pattern::Pattern;
use crate::error::ParseError;
use crate::syntax::ast::*;
use crate::{regexp, units};
use contract::LineCondition;
use model::{MatchOp, Matcher};

const LABEL_ERROR: &str = "LabelFilterErr";

/// A line filter, compiled: `any` of the tests, or none of them when `negated`.
#[derive(Debug, Clone)]
pub(crate) struct LineTest {
    negated: bool,
    any: Vec<LineTerm>,
}

#[derive(Debug, Clone)]
enum LineTerm {
    Text(String),
    Regex(regex::Regex),
    Ip(IpRange),
    Pattern(Pattern),
}

impl LineTest {
    pub(crate) fn compile(filter: &LineFilter) -> Result<Self, ParseError> {
        let stage = |term: &crate::syntax::ast::LineTerm, error: String| {
            let alone = LineFilter { op: filter.op, terms: vec![term.clone()] };
            ParseError::bare(format!("stage '{alone}' : {error}"))
        };
        let mut any = Vec::with_capacity(filter.terms.len());
        for term in &filter.terms {
            any.push(match filter.op {
                LineOp::Contains | LineOp::ContainsNot if term.ip => {
                    let invalid =
                        || stage(term, format!("ip: invalid pattern: {}", units::quote(&term.text)));
                    LineTerm::Ip(IpRange::parse(&term.text).ok_or_else(invalid)?)
                }
                LineOp::Contains | LineOp::ContainsNot => LineTerm::Text(term.text.clone()),
                _ if term.ip => return Err(stage(term, "ip: invalid operation".to_owned())),
                LineOp::Matches | LineOp::MatchesNot => {
                    LineTerm::Regex(regexp::unanchored(&term.text).map_err(|e| stage(term, e))?)
                }
                LineOp::Pattern | LineOp::PatternNot => {
                    LineTerm::Pattern(Pattern::line_filter(&term.text).map_err(|e| stage(term, e))?)
                }
            });
        }
        let negated = matches!(filter.op, LineOp::ContainsNot | LineOp::MatchesNot | LineOp::PatternNot);
        Ok(LineTest { negated, any })
    }

    pub(crate) fn accepts(&self, line: &str) -> bool {
        let found = self.any.iter().any(|term| match term {
            LineTerm::Text(text) => line.contains(text.as_str()),
            LineTerm::Regex(regex) => regex.is_match(line),
            LineTerm::Ip(range) => range.found_in(line),
            LineTerm::Pattern(pattern) => pattern.matches(line),
        });
        found != self.negated
    }

    /// The same test for a source to apply; `None` when sources have no word for it.
    pub(crate) fn condition(&self) -> Option<LineCondition> {
        let texts: Option<Vec<String>> = self
            .any
            .iter()
            .map(|term| match term {
                LineTerm::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        if let Some(texts) = texts {
            return Some(if self.negated {
                LineCondition::ContainsNone(texts)
            } else {
                LineCondition::ContainsAny(texts)
            });
        }
        match self.any.as_slice() {
            [LineTerm::Regex(regex)] if self.negated => Some(LineCondition::MatchesNot(regex.clone())),
            [LineTerm::Regex(regex)] => Some(LineCondition::Matches(regex.clone())),
            _ => None,
        }
    }

    /// Conditions that lines must satisfy to be accepted, for a test that is applied as well.
    pub(crate) fn necessary(&self) -> Vec<LineCondition> {
        match self.any.as_slice() {
            [LineTerm::Pattern(pattern)] if !self.negated => {
                pattern.literals().map(|text| LineCondition::ContainsAny(vec![text.to_owned()])).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A condition on one label's text.
#[derive(Debug, Clone)]
pub(crate) struct TextTest {
    pub(crate) name: String,
    op: MatchOp,
    value: String,
    regex: Option<regex::Regex>,
}

impl TextTest {
    pub(crate) fn compile(matcher: &model::Matcher) -> Result<Self, ParseError> {
        let regex = match matcher.op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => {
                Some(regexp::anchored(&matcher.value).map_err(ParseError::bare)?)
            }
        };
        Ok(TextTest { name: matcher.name.clone(), op: matcher.op, value: matcher.value.clone(), regex })
    }

    pub(crate) fn accepts(&self, value: &str) -> bool {
        match (self.op, &self.regex) {
            (MatchOp::Equal, _) => self.value == value,
            (MatchOp::NotEqual, _) => self.value != value,
            (MatchOp::Regex, regex) => regex.as_ref().is_some_and(|r| r.is_match(value)),
            (MatchOp::NotRegex, regex) => !regex.as_ref().is_some_and(|r| r.is_match(value)),
        }
    }
}

/// A label filter, compiled.
#[derive(Debug, Clone)]
pub(crate) enum LabelTest {
    Text(TextTest),
    /// `x=~""` or, negated, `x!~""`: an empty pattern is in every text, as the replaced system sees it. Dashboards whose variable is
    /// empty ask so.
    EmptyPattern {
        label: String,
        negated: bool,
    },
    Number(String, CompareOp, f64),
    Duration(String, CompareOp, i64),
    Bytes(String, CompareOp, u64),
    Ip {
        label: String,
        negated: bool,
        range: IpRange,
    },
    And(Box<LabelTest>, Box<LabelTest>),
    Or(Box<LabelTest>, Box<LabelTest>),
}

impl LabelTest {
    pub(crate) fn compile(filter: &LabelFilter) -> Result<Self, ParseError> {
        let both = |left: &LabelFilter, right: &LabelFilter| -> Result<_, ParseError> {
            Ok((Box::new(Self::compile(left)?), Box::new(Self::compile(right)?)))
        };
        Ok(match filter {
            LabelFilter::Text(Matcher { name, op: MatchOp::Regex | MatchOp::NotRegex, value, .. })
                if value.is_empty() =>
            {
                let negated = matches!(filter, LabelFilter::Text(m) if m.op == MatchOp::NotRegex);
                LabelTest::EmptyPattern { label: name.clone(), negated }
            }
            LabelFilter::Text(matcher) => LabelTest::Text(TextTest::compile(matcher)?),
            LabelFilter::Number(label, op, value) => LabelTest::Number(label.clone(), *op, *value),
            LabelFilter::Duration(label, op, nanos) => LabelTest::Duration(label.clone(), *op, *nanos),
            LabelFilter::Bytes(label, op, bytes) => LabelTest::Bytes(label.clone(), *op, *bytes),
            LabelFilter::Ip { label, negated, range } => LabelTest::Ip {
                label: label.clone(),
                negated: *negated,
                range: IpRange::parse(range).ok_or_else(|| {
                    let range = units::quote(range);
                    ParseError::bare(format!("stage '| {filter}' : ip: invalid pattern: {range}"))
                })?,
            },
            LabelFilter::And(left, right) => both(left, right).map(|(l, r)| LabelTest::And(l, r))?,
            LabelFilter::Or(left, right) => both(left, right).map(|(l, r)| LabelTest::Or(l, r))?,
        })
    }

    /// Whether a line stays. A value that cannot be read marks the line and keeps it; a missing label drops it.
    pub(crate) fn accepts(&self, labels: &mut LineLabels<'_>) -> bool {
        match self {
            LabelTest::Text(test) => test.accepts(labels.text(&test.name)),
            LabelTest::EmptyPattern { negated, .. } => !negated,
            LabelTest::Number(label, op, wanted) => compare(labels, label, |text| {
                units::parse_go_float(text).map(|value| op.holds(value, *wanted))
            }),
            LabelTest::Duration(label, op, wanted) => compare(labels, label, |text| {
                units::parse_go_duration(text).map(|value| op.holds(value, *wanted))
            }),
            LabelTest::Bytes(label, op, wanted) => {
                compare(labels, label, |text| units::parse_bytes(text).map(|value| op.holds(value, *wanted)))
            }
            // A line in error is not judged by its addresses.
            LabelTest::Ip { label, negated, range } => {
                labels.has_error()
                    || labels.get(label).is_some_and(|text| range.is_or_is_in(text) != *negated)
            }
            LabelTest::And(left, right) => left.accepts(labels) & right.accepts(labels),
            LabelTest::Or(left, right) => left.accepts(labels) || right.accepts(labels),
        }
    }

    /// Whether it looks at nothing but the error of the line.
    pub(crate) fn is_about_errors(&self) -> bool {
        matches!(self, LabelTest::Text(test) if matches!(test.name.as_str(), ERROR | ERROR_DETAILS))
    }

    /// Whether a line can fail it without being dropped: a value that cannot be read.
    pub(crate) fn can_fail(&self) -> bool {
        match self {
            LabelTest::Text(_) | LabelTest::EmptyPattern { .. } => false,
            LabelTest::And(left, right) | LabelTest::Or(left, right) => left.can_fail() || right.can_fail(),
            _ => true,
        }
    }

    /// Names and values that every line has which satisfies the filter, but for names that stages make.
    pub(crate) fn equalities(&self, out: &mut Vec<(String, String)>) {
        match self {
            LabelTest::Text(TextTest { name, op: MatchOp::Equal, value, .. })
                if !value.is_empty() && !name.starts_with("__") && !name.ends_with(EXTRACTED) =>
            {
                out.push((name.clone(), value.clone()));
            }
            LabelTest::And(left, right) => {
                left.equalities(out);
                right.equalities(out);
            }
            _ => {}
        }
    }

    /// Names that the filter looks at.
    pub(crate) fn names(&self, out: &mut Vec<String>) {
        match self {
            LabelTest::Text(test) => out.push(test.name.clone()),
            // What is always so looks at nothing.
            LabelTest::EmptyPattern { negated: false, .. } => {}
            LabelTest::EmptyPattern { label, .. }
            | LabelTest::Number(label, ..)
            | LabelTest::Duration(label, ..)
            | LabelTest::Bytes(label, ..)
            | LabelTest::Ip { label, .. } => out.push(label.clone()),
            LabelTest::And(left, right) | LabelTest::Or(left, right) => {
                left.names(out);
                right.names(out);
            }
        }
    }
}

fn compare(labels: &mut LineLabels<'_>, label: &str, test: impl Fn(&str) -> Result<bool, String>) -> bool {
    let Some(text) = labels.get(label) else { return false };
    match test(text) {
        Ok(holds) => holds,
        Err(details) => {
            // The first error of a line stays.
            if !labels.has_error() {
                labels.fail(LABEL_ERROR, &details);
            }
            true
        }
    }
}
