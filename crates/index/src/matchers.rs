//! From matchers to ids: the cheap ones first, then regular expressions on what is left.
//!
//! On the read walk between the language's plan and the bytes of series. Order of work: exact values and literal sets
//! (a look-up each), labels that must be there, values that must not be, and last the expressions that must run over a
//! label's values; when few candidates are left these run on the candidates' own values instead.
//!
//! Invariant: the answer is exactly the ids whose label sets satisfy every matcher, an absent label having the value
//! "", whatever order was taken (tests compare with the plain definition).

use crate::pattern::{Pattern, analyse};
use crate::{IndexError, LabelIndex};
use model::{MatchOp, Matcher};
use roaring::RoaringBitmap;

/// With at most this many candidates left, an expression runs on their own values: a look-up and a match each, about
/// the cost of walking the dictionary of one label with as many values.
pub const FEW_CANDIDATES: u64 = 4096;

/// How one matcher is carried out. The order of the variants is the order of work.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// Keep the ids of these values.
    AnyOf(Vec<String>),
    /// Keep the ids that have the label.
    Present,
    /// Drop the ids of these values.
    NoneOf(Vec<String>),
    /// Drop the ids that have the label.
    Absent,
    /// Walk the values with this prefix; keep the ids of those that satisfy the matcher.
    KeepMatching(String),
    /// Walk the values with this prefix; drop the ids of those that do not satisfy the matcher.
    DropUnmatched(String),
    /// Everything matches.
    All,
    /// Nothing matches.
    Nothing,
}

fn step(matcher: &Matcher) -> Step {
    let literal = |value: &str, equal: bool| match (value.is_empty(), equal) {
        (false, true) => Step::AnyOf(vec![value.to_owned()]),
        (false, false) => Step::NoneOf(vec![value.to_owned()]),
        (true, true) => Step::Absent,
        (true, false) => Step::Present,
    };
    let positive = match matcher.op {
        MatchOp::Equal => return literal(&matcher.value, true),
        MatchOp::NotEqual => return literal(&matcher.value, false),
        MatchOp::Regex => true,
        MatchOp::NotRegex => false,
    };
    match (analyse(&matcher.value), positive) {
        (Pattern::Anything, true) | (Pattern::NotEmpty, true) if matcher.matches_empty() => Step::All,
        (Pattern::Anything, _) => Step::Nothing,
        (Pattern::NotEmpty, true) => Step::Present,
        (Pattern::NotEmpty, false) => Step::Absent,
        (Pattern::Literals(values), true) if values.iter().all(|v| !v.is_empty()) => Step::AnyOf(values),
        (Pattern::Literals(values), false) if values.iter().all(|v| !v.is_empty()) => Step::NoneOf(values),
        // The matcher holds for the empty value: absent labels stay, and all values must be looked at, because those
        // outside of the prefix do not match a positive expression.
        (Pattern::Prefix(prefix), true) if !matcher.matches_empty() => Step::KeepMatching(prefix),
        (Pattern::Prefix(prefix), false) if matcher.matches_empty() => Step::DropUnmatched(prefix),
        (_, true) if !matcher.matches_empty() => Step::KeepMatching(String::new()),
        (_, false) if !matcher.matches_empty() => Step::KeepMatching(String::new()),
        _ => Step::DropUnmatched(String::new()),
    }
}

/// The ids whose label sets satisfy every matcher. No matcher: every id.
pub fn select(index: &dyn LabelIndex, matchers: &[Matcher]) -> Result<RoaringBitmap, IndexError> {
    Selection::of(matchers).ids(index)
}

/// Matchers that were looked at once, for one index after another.
#[derive(Debug)]
pub struct Selection<'a> {
    steps: Vec<(Step, &'a Matcher)>,
}

impl<'a> Selection<'a> {
    /// How to carry out `matchers`.
    pub fn of(matchers: &'a [Matcher]) -> Self {
        Selection { steps: matchers.iter().map(|matcher| (step(matcher), matcher)).collect() }
    }

    /// The ids of `index` whose label sets satisfy every matcher.
    pub fn ids(&self, index: &dyn LabelIndex) -> Result<RoaringBitmap, IndexError> {
        let mut order: Vec<(u8, u64, &Step, &Matcher)> = Vec::with_capacity(self.steps.len());
        for (step, matcher) in &self.steps {
            let cost = match step {
                Step::Nothing => return Ok(RoaringBitmap::new()),
                Step::AnyOf(values) => {
                    let mut ids = 0;
                    for value in values {
                        ids += index.postings(&matcher.name, value)?.len();
                    }
                    ids
                }
                Step::Present => index.present(&matcher.name)?.len(),
                _ => index.value_count(&matcher.name),
            };
            order.push((rank(step), cost, step, matcher));
        }
        // Positive look-ups by how few ids they leave, then the rest by kind.
        order.sort_by_key(|(rank, cost, ..)| (*rank, *cost));
        let mut left: Option<RoaringBitmap> = None;
        for (_, _, step, matcher) in order {
            if left.as_ref().is_some_and(RoaringBitmap::is_empty) {
                break;
            }
            left = Some(apply(index, step, matcher, left)?);
        }
        match left {
            Some(ids) => Ok(ids),
            None => index.all(),
        }
    }
}

fn rank(step: &Step) -> u8 {
    match step {
        Step::AnyOf(_) | Step::Present => 0,
        Step::NoneOf(_) | Step::Absent => 1,
        Step::KeepMatching(_) | Step::DropUnmatched(_) => 2,
        Step::All | Step::Nothing => 3,
    }
}

/// `left` (every id, when nothing was asked yet) reduced by one step.
fn apply(
    index: &dyn LabelIndex,
    step: &Step,
    matcher: &Matcher,
    left: Option<RoaringBitmap>,
) -> Result<RoaringBitmap, IndexError> {
    let name = matcher.name.as_str();
    let mut found = RoaringBitmap::new();
    let keep = match step {
        Step::All => return left.map_or_else(|| index.all(), Ok),
        Step::Nothing => return Ok(found),
        Step::AnyOf(values) | Step::NoneOf(values) => {
            for value in values {
                index.postings(name, value)?.add_to(&mut found)?;
            }
            matches!(step, Step::AnyOf(_))
        }
        Step::Present | Step::Absent => {
            index.present(name)?.add_to(&mut found)?;
            *step == Step::Present
        }
        Step::KeepMatching(prefix) | Step::DropUnmatched(prefix) => {
            let keep = matches!(step, Step::KeepMatching(_));
            if let Some(few) = &left
                && few.len() <= FEW_CANDIDATES
                && let Some(kept) = one_by_one(index, matcher, few)
            {
                return Ok(kept);
            }
            index.each_value(name, prefix, &mut |value, ids| {
                if matcher.matches(value) == keep { ids.add_to(&mut found) } else { Ok(()) }
            })?;
            keep
        }
    };
    match (left, keep) {
        (None, true) => Ok(found),
        (None, false) => Ok(index.all()? - found),
        (Some(left), true) => Ok(left & found),
        (Some(left), false) => Ok(left - found),
    }
}

fn one_by_one(index: &dyn LabelIndex, matcher: &Matcher, few: &RoaringBitmap) -> Option<RoaringBitmap> {
    let mut kept = RoaringBitmap::new();
    for id in few {
        if index.value_of(id, &matcher.name, &mut |value| matcher.matches(value))? {
            kept.insert(id);
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests;
