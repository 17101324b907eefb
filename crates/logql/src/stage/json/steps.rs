//! The members of JSON lines that matter, a piece at a time: pieces end with commas.
//!
//! Beside `parts.rs`, for lines that are alike in their members and not as a whole. Only objects that are written as they
//! should be are gone through; `None` is said of all others, which are then looked at as lines. Invariant: what is kept is
//! an object in which the walk of `json.rs` finds what it finds in the line.

use super::parts::matters;
use super::{Type, join};
use crate::stage::labels::sanitise;
use crate::stage::parts::{Names, touching};
use contract::{ENDED, Kept, LineSample, LineStep, LineSteps};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Objects and arrays that may be inside of each other here.
const MAX_LEVELS: usize = 32;

/// What may be known before a piece, in how many ways: more have lines whose keys are all different.
const MAX_STATES: usize = 4096;

/// What looks at lines.
#[derive(Debug)]
pub(crate) struct Steps {
    names: Names,
    states: Vec<State>,
    places: FxHashMap<State, u32>,
}

/// What is known between two pieces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    at: At,
    /// The objects that members are looked for in.
    levels: Vec<Level>,
    /// What ends the brackets in a value that does not matter.
    closing: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum At {
    Start,
    /// Behind the bracket of an object.
    First,
    Key,
    /// In the text of a member.
    Text {
        kept: bool,
    },
    /// Behind a value.
    Behind,
    /// In brackets that do not matter.
    Inside,
    /// In a text in them.
    InsideText,
    /// Behind the object.
    End,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Level {
    /// The name that leads to it.
    prefix: String,
    /// Whether a member of it was kept.
    kept: bool,
}

impl Steps {
    pub(crate) fn new(names: Names) -> Self {
        let start = State { at: At::Start, levels: Vec::new(), closing: Vec::new() };
        Steps { names, places: FxHashMap::from_iter([(start.clone(), 0)]), states: vec![start] }
    }

    fn number_of(&mut self, state: State) -> Option<u32> {
        if let Some(number) = self.places.get(&state) {
            return Some(*number);
        }
        let number = u32::try_from(self.states.len()).ok().filter(|_| self.states.len() < MAX_STATES)?;
        self.places.insert(state.clone(), number);
        self.states.push(state);
        Some(number)
    }
}

impl LineSteps for Steps {
    fn separator(&self) -> u8 {
        b','
    }

    fn step(&mut self, before: u32, piece: &LineSample<'_>) -> Option<LineStep> {
        let state = self.states.get(before as usize)?.clone();
        // To the walk all lines that begin with no bracket have the same damage.
        let first = piece.line.bytes().find(|byte| !is_space(*byte));
        if state.at == At::Start && first.is_some_and(|byte| byte != b'{') {
            return Some(LineStep { behind: ENDED, kept: vec![Kept::Text("-")] });
        }
        let mut going = Going { names: &self.names, piece, at: 0, state, kept: Vec::new() };
        while going.at < piece.line.len() {
            going.go()?;
        }
        let Going { state, kept, .. } = going;
        Some(LineStep { behind: self.number_of(state)?, kept })
    }

    fn may_end(&self, behind: u32) -> bool {
        self.states.get(behind as usize).is_some_and(|state| state.at == At::End)
    }
}

/// A piece that is gone through.
struct Going<'g> {
    names: &'g Names,
    piece: &'g LineSample<'g>,
    at: usize,
    state: State,
    kept: Vec<Kept>,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

impl Going<'_> {
    /// Goes past at least a byte.
    fn go(&mut self) -> Option<()> {
        let byte = self.piece.line.as_bytes()[self.at];
        match self.state.at {
            At::Text { kept } => return self.text(kept, self.at),
            At::InsideText => {
                let end = self.text_end()?;
                if end.is_some() {
                    self.state.at = At::Inside;
                }
                self.at = end.unwrap_or(self.piece.line.len());
                return Some(());
            }
            At::Inside => return self.inside(byte),
            _ if is_space(byte) => {
                self.at += 1;
                return Some(());
            }
            _ => {}
        }
        match (self.state.at, byte) {
            (At::Start, b'{') => self.open(String::new()),
            (At::First | At::Key, b'"') => return self.member(),
            (At::First | At::Behind, b'}') => {
                self.kept.push(Kept::Text("}"));
                self.state.levels.pop()?;
                self.state.at = if self.state.levels.is_empty() { At::End } else { At::Behind };
                self.at += 1;
            }
            (At::Behind, b',') => {
                self.state.at = At::Key;
                self.at += 1;
            }
            _ => return None,
        }
        Some(())
    }

    fn open(&mut self, prefix: String) {
        self.kept.push(Kept::Text("{"));
        self.state.levels.push(Level { prefix, kept: false });
        self.state.at = At::First;
        self.at += 1;
    }

    /// The place behind the quote that ends the text; inside of `None`: it is in another piece. `None`: that cannot be told.
    fn text_end(&self) -> Option<Option<usize>> {
        let bytes = self.piece.line.as_bytes();
        let mut at = self.at;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => return Some(Some(at + 1)),
                // What is behind it stands in this piece, or nothing is told.
                b'\\' if at + 1 == bytes.len() => return None,
                b'\\' if bytes[at + 1] == b',' => return None,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        Some(None)
    }

    /// Goes on in the text of a member, of which what begins at `from` is kept.
    fn text(&mut self, kept: bool, from: usize) -> Option<()> {
        let end = self.text_end()?;
        self.state.at = if end.is_some() { At::Behind } else { At::Text { kept } };
        self.at = end.unwrap_or(self.piece.line.len());
        if kept {
            self.kept.push(Kept::Part(from..self.at));
        }
        Some(())
    }

    /// In brackets that do not matter.
    fn inside(&mut self, byte: u8) -> Option<()> {
        match byte {
            b'"' => self.state.at = At::InsideText,
            b'{' | b'[' if self.state.closing.len() == MAX_LEVELS => return None,
            b'{' => self.state.closing.push(b'}'),
            b'[' => self.state.closing.push(b']'),
            b'}' | b']' => {
                // What does not fit is damage to some.
                self.state.closing.pop().filter(|closing| *closing == byte)?;
                if self.state.closing.is_empty() {
                    self.state.at = At::Behind;
                }
            }
            _ => {}
        }
        self.at += 1;
        Some(())
    }

    fn skip_space(&mut self) -> Option<u8> {
        let rest = &self.piece.line.as_bytes()[self.at..];
        let byte = rest.iter().position(|byte| !is_space(*byte))?;
        self.at += byte;
        Some(rest[byte])
    }

    /// A key, and its value up to the end of the piece.
    fn member(&mut self) -> Option<()> {
        let line = self.piece.line;
        let start = self.at;
        self.at += 1;
        let key = self.at..self.text_end()?? - 1;
        if line[key.clone()].contains('\\') || touching(self.piece, &key).next().is_some() {
            return None;
        }
        self.at = key.end + 1;
        if self.skip_space()? != b':' {
            return None;
        }
        self.at += 1;
        let first = self.skip_space()?;
        let (kind, value) = match first {
            b'"' => (Type::Text, self.at..self.at),
            b'{' => (Type::Object, self.at..self.at),
            b'[' => (Type::Array, self.at..self.at),
            _ => self.scalar()?,
        };
        let depth = self.state.levels.len().checked_sub(1)?;
        let level = self.state.levels.last_mut()?;
        let key = &line[key];
        let kept = matters(self.names, &level.prefix, key, kind, depth);
        if kept {
            if std::mem::replace(&mut level.kept, true) {
                self.kept.push(Kept::Text(","));
            }
            self.kept.push(Kept::Part(start..value.end));
        }
        match kind {
            Type::Text => {
                self.at += 1;
                return self.text(kept, self.at - 1);
            }
            Type::Object if kept => {
                if depth + 1 == MAX_LEVELS {
                    return None;
                }
                let mut prefix = level.prefix.clone();
                let part = sanitise(key, prefix.is_empty());
                join(&mut prefix, &part);
                self.open(prefix);
            }
            Type::Object | Type::Array => {
                self.state.at = At::Inside;
            }
            Type::Number | Type::Boolean | Type::Null => {
                self.state.at = At::Behind;
                self.at = value.end;
            }
        }
        Some(())
    }

    /// A number or a word, of the same kind in all lines.
    fn scalar(&self) -> Option<(Type, Range<usize>)> {
        let rest = &self.piece.line[self.at..];
        // One that ends with the line has no object around it.
        let length = rest.bytes().position(|byte| is_space(byte) || matches!(byte, b',' | b'}' | b']'))?;
        let (value, text) = (self.at..self.at + length, &rest[..length]);
        let kind = match text {
            "true" | "false" => Type::Boolean,
            "null" => Type::Null,
            _ => {
                let is_plain =
                    |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
                let begins = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
                if !begins || !text.bytes().all(is_plain) || touching(self.piece, &value).any(|v| v.hex) {
                    return None;
                }
                return Some((Type::Number, value));
            }
        };
        Some((kind, value))
    }
}

#[cfg(test)]
mod tests;
