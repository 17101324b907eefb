//! Which parts of a line a query looks at: what a source need not put together whole lines for.
//!
//! Used by `exec/samples.rs`, which knows the labels that matter, and asked by sources with samples of their lines. A parser splits lines at bytes that
//! are no digits, so lines that differ in their digits only are split alike: pairs, members and captures that matter are kept, with what stands
//! between them. Invariant: the stages find in the parts, one after the other, the labels and errors that they find in the line.

use super::labels::{EXTRACTED, Hints};
use super::logfmt::Mode;
use super::pattern::Pattern;
use super::{Format, Pipeline, Step, json, logfmt};
use contract::{LineParts, LineSample, LineSteps};
use std::ops::Range;

/// What the stages look at.
#[derive(Debug, Clone)]
pub(crate) enum Parts {
    /// Nothing of the text.
    Nothing,
    Json(Names),
    Logfmt(Mode, Names),
    Pattern(Pattern, Names),
}

/// Labels that matter.
#[derive(Debug, Clone)]
pub(crate) struct Names(Vec<String>);

impl Pipeline {
    /// `None` when the stages may look at all of a line: more than one parser, templates, or every label matters.
    pub(crate) fn parts(&self, hints: &Hints) -> Option<Parts> {
        let names = || Names(hints.required.clone());
        let mut parser = None;
        for step in &self.steps {
            let found = match step {
                Step::Label(_) | Step::Drop(_) | Step::Keep(_) | Step::Distinct(..) => continue,
                Step::LabelFormat(rules) if rules.iter().all(|(_, f)| matches!(f, Format::Rename(_))) => {
                    continue;
                }
                Step::Json => Parts::Json(names()),
                // What is damaged has its place in the error.
                Step::Logfmt(mode) if !mode.strict => Parts::Logfmt(*mode, names()),
                Step::Pattern(pattern) => Parts::Pattern(pattern.clone(), names()),
                _ => return None,
            };
            if parser.replace(found).is_some() {
                return None;
            }
        }
        match parser {
            Some(_) if hints.no_labels => Some(Parts::Nothing),
            Some(_) if hints.required.is_empty() => None,
            Some(parser) => Some(parser),
            None => Some(Parts::Nothing),
        }
    }
}

impl LineParts for Parts {
    fn of(&self, sample: &LineSample<'_>) -> Option<Vec<Range<usize>>> {
        match self {
            Parts::Nothing => Some(Vec::new()),
            Parts::Json(names) => json::parts(sample, names),
            Parts::Logfmt(mode, names) => logfmt::parts(sample, *mode, names),
            Parts::Pattern(pattern, names) => pattern.parts(sample, names),
        }
    }

    fn are_none(&self) -> bool {
        matches!(self, Parts::Nothing)
    }

    fn steps(&self) -> Option<Box<dyn LineSteps>> {
        match self {
            Parts::Json(names) => Some(Box::new(json::Steps::new(names.clone()))),
            _ => None,
        }
    }
}

impl Names {
    #[cfg(test)]
    pub(crate) fn of(names: &[&str]) -> Self {
        Names(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// Whether a label of this name matters, or the one that it becomes when the name is taken.
    pub(crate) fn matter(&self, name: &str) -> bool {
        let is = |wanted: &String| {
            wanted.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest == EXTRACTED)
        };
        self.0.iter().any(is)
    }

    /// Whether some label that matters begins so.
    pub(crate) fn prefix_matters(&self, prefix: &str) -> bool {
        self.0.iter().any(|name| name.starts_with(prefix))
    }

    /// Whether a key matters in all lines of a shape, or in none; `None`: that depends on its digits.
    pub(crate) fn key_matters(
        &self,
        sample: &LineSample<'_>,
        key: &Range<usize>,
        matters: impl FnOnce(&str) -> bool,
    ) -> Option<bool> {
        let mut touched = touching(sample, key).peekable();
        if touched.peek().is_none() {
            return Some(matters(&sample.line[key.clone()]));
        }
        // Digits of the key are digits of the name.
        let named = self.0.iter().any(|name| name.bytes().any(|byte| byte.is_ascii_digit()));
        (!named && touched.any(|varying| !varying.hex)).then_some(false)
    }
}

/// What varies inside of a part.
pub(crate) fn touching<'s>(
    sample: &LineSample<'s>,
    part: &Range<usize>,
) -> impl Iterator<Item = &'s contract::Varying> {
    let first = sample.varying.partition_point(|varying| varying.place.end <= part.start);
    let end = part.end;
    sample.varying[first..].iter().take_while(move |varying| varying.place.start < end)
}

/// Where a part of a text is in it; `None` when it is a copy.
pub(crate) fn place_of(text: &str, part: &str) -> Option<Range<usize>> {
    let start = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let end = start.checked_add(part.len())?;
    (end <= text.len()).then_some(start..end)
}
