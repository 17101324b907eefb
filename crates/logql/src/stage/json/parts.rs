//! The members of lines of a shape that matter to `json`.
//!
//! Beside `json.rs`, whose walk it uses: kept are the brackets, members that matter, and a comma between two of them. Invariant: what is kept is
//! an object in which the walk finds what it finds in the line; lines with damage are kept whole.

use super::{MAX_DEPTH, Stop, Type, each_member, join, token};
use crate::stage::labels::sanitise;
use crate::stage::parts::{Names, place_of, touching};
use contract::LineSample;
use std::borrow::Cow;
use std::ops::Range;

/// The parts; `None` when the line is damaged, or what a member is depends on digits.
pub(crate) fn parts(sample: &LineSample<'_>, names: &Names) -> Option<Vec<Range<usize>>> {
    let line = sample.line;
    let first = token(line, 0)?;
    if line.as_bytes()[first] != b'{' {
        return not_an_object(sample);
    }
    let mut members = Members { sample, names, parts: Vec::new() };
    members.object(line, &mut String::new(), 0)?;
    Some(members.parts)
}

/// A byte that is no bracket stands for a line that begins with none: both are the same damage.
fn not_an_object(sample: &LineSample<'_>) -> Option<Vec<Range<usize>>> {
    let is_shared = |at: usize| touching(sample, &(at..at + 1)).next().is_none();
    let other =
        |(_, byte): &(usize, u8)| byte.is_ascii() && !matches!(byte, b'{' | b' ' | b'\n' | b'\r' | b'\t');
    let mut bytes = sample.line.bytes().enumerate().filter(other);
    bytes.find(|(at, _)| is_shared(*at)).map(|(at, _)| std::iter::once(at..at + 1).collect())
}

/// Whether a member of an object of this depth matters; `prefix` is the name that leads to the object.
pub(super) fn matters(names: &Names, prefix: &str, key: &str, kind: Type, depth: usize) -> bool {
    let plain = sanitise(key, prefix.is_empty());
    let nameless = plain.is_empty() && prefix.is_empty();
    let full = match (prefix.is_empty(), plain.is_empty()) {
        (true, _) => plain,
        (_, true) => Cow::Borrowed(prefix),
        _ => Cow::Owned(format!("{prefix}_{plain}")),
    };
    match kind {
        Type::Object => depth < MAX_DEPTH && names.prefix_matters(&full),
        Type::Text | Type::Number | Type::Boolean => !nameless && names.matter(&full),
        Type::Array | Type::Null => false,
    }
}

struct Members<'s> {
    sample: &'s LineSample<'s>,
    names: &'s Names,
    parts: Vec<Range<usize>>,
}

/// What is not told by the shape.
const UNSURE: Stop = Stop::Enough;

impl Members<'_> {
    /// Keeps an object with the members that matter.
    fn object(&mut self, object: &str, prefix: &mut String, depth: usize) -> Option<()> {
        let line = self.sample.line;
        let start = place_of(line, object)?.start;
        let open = start + token(object, 0)?;
        self.parts.push(open..open + 1);
        // Where the member before ends, when it was kept.
        let mut kept: Option<usize> = None;
        // Where the last member ends.
        let mut end = open + 1;
        let walked = each_member(object, &mut |key, value, kind| {
            let (Some(key_place), Some(value_place)) = (place_of(line, key), place_of(line, value)) else {
                return Err(UNSURE);
            };
            let quotes = usize::from(kind == Type::Text);
            end = value_place.end + quotes;
            self.is_sure(&value_place, kind).ok_or(UNSURE)?;
            let matters = |key: &str| matters(self.names, prefix, key, kind, depth);
            if !self.names.key_matters(self.sample, &key_place, matters).ok_or(UNSURE)? {
                return Ok(());
            }
            if let Some(before) = kept {
                let comma = token(line, before).ok_or(UNSURE)?;
                self.parts.push(comma..comma + 1);
            }
            kept = Some(end);
            let member = key_place.start - 1..end;
            if kind != Type::Object {
                self.parts.push(member);
                return Ok(());
            }
            self.parts.push(member.start..value_place.start);
            let before = prefix.len();
            join(prefix, &sanitise(key, before == 0));
            let walked = self.object(value, prefix, depth + 1).ok_or(UNSURE);
            prefix.truncate(before);
            walked
        });
        walked.ok()?;
        let close = token(line, end)?;
        self.parts.push(close..close + 1);
        Some(())
    }

    /// Whether the kind of a value is the same in all lines of the shape.
    fn is_sure(&self, value: &Range<usize>, kind: Type) -> Option<()> {
        let mut touched = touching(self.sample, value);
        let sure = match kind {
            Type::Text | Type::Object | Type::Array => true,
            Type::Number => {
                touched.next().is_none_or(|varying| !varying.hex || varying.place.start > value.start)
            }
            Type::Boolean | Type::Null => touched.next().is_none(),
        };
        sure.then_some(())
    }
}
