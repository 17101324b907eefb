//! The journal export format: entries of systemd's journal, as `systemd-journal-upload` sends them and `journalctl -o export`
//! prints them.
//!
//! ```text
//! __REALTIME_TIMESTAMP=1795608000000000\n          NAME=value, when the value is text on one line
//! MESSAGE\n | 5 (u64, little endian) | a\nb\0c | \n    any value else
//! \n                                               the end of an entry
//! ```
//! On the write walk between `server/api/victorialogs/journald.rs` and [`super`], which makes the line.
//! Invariant: whatever a stream holds, at most [`MAX_ENTRY_BYTES`] of it are in memory: the fields of an entry that is too
//! large are passed over, and it is told as an error; the entries behind it are read.
//! Source: <https://systemd.io/JOURNAL_EXPORT_FORMATS/>

use super::{Fields, MAX_FIELDS};
use crate::error::WireError;
use std::borrow::Cow;

/// Bytes of one entry's fields: a thousand lines, or 16 of the longest lines that are stored by default.
pub const MAX_ENTRY_BYTES: usize = 4 << 20;

/// Bytes of a field's name: what the journal allows.
const MAX_NAME: usize = 64;

/// The field of the time at which the journal took an entry, in microseconds.
pub const TIME: &str = "__REALTIME_TIMESTAMP";

/// The field that stands for `PRIORITY` in words.
pub const LEVEL: &str = "level";

/// What priorities are called, from 0.
const LEVELS: [&str; 8] = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];

/// Cuts a stream into entries.
#[derive(Debug, Default)]
pub struct Entries {
    held: Vec<u8>,
    entry: Entry,
    /// Bytes of a value that is too large, still to be passed over.
    skip: u64,
    /// Whether a line that is too long is being passed over.
    skip_line: bool,
}

/// The entry that is being read.
#[derive(Debug, Default)]
struct Entry {
    fields: Vec<(String, String)>,
    bytes: usize,
    wrong: Option<WireError>,
}

/// What stands at the beginning of what is held.
enum Next {
    /// Nothing whole.
    More,
    /// A line, and the bytes it takes with its newline.
    Line(usize),
    /// A name and a value with its length before it: where the value begins, and its length.
    Sized(usize, u64),
}

impl Entries {
    /// Adds what was read from the stream and hands over each entry that is whole, or why it is none. After an error of
    /// this function nothing that follows can be told apart.
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(Result<Fields<'static>, WireError>),
    ) -> Result<(), WireError> {
        self.held.extend_from_slice(bytes);
        let mut from = 0;
        while let Some(taken) = self.step(from, &mut each)? {
            from += taken;
        }
        self.held.drain(..from);
        Ok(())
    }

    /// The stream ended: an entry may end with it.
    pub fn finish(
        mut self,
        mut each: impl FnMut(Result<Fields<'static>, WireError>),
    ) -> Result<(), WireError> {
        if self.skip > 0 || self.held.contains(&b'\n') {
            return Err(broken("ends within a value"));
        }
        if !self.held.is_empty() {
            let line = std::mem::take(&mut self.held);
            self.entry.line(&line);
        }
        self.entry.end().into_iter().for_each(&mut each);
        Ok(())
    }

    /// Reads one thing at `from` and says how many bytes it took; `None` when more are needed.
    fn step(
        &mut self,
        from: usize,
        each: &mut impl FnMut(Result<Fields<'static>, WireError>),
    ) -> Result<Option<usize>, WireError> {
        let held = &self.held[from..];
        if self.skip > 0 {
            let passed = held.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= passed as u64;
            return Ok((passed > 0).then_some(passed));
        }
        if self.skip_line {
            let end = held.iter().position(|byte| *byte == b'\n');
            self.skip_line = end.is_none();
            return Ok(end.map(|at| at + 1).or((!held.is_empty()).then_some(held.len())));
        }
        match next(held) {
            Next::More if held.len() > MAX_ENTRY_BYTES && !held.contains(&b'\n') => {
                self.entry.too_large();
                self.skip_line = true;
                Ok(Some(held.len()))
            }
            Next::More => Ok(None),
            Next::Line(taken) => {
                match taken {
                    1 => self.entry.end().into_iter().for_each(each),
                    taken => self.entry.line(&held[..taken - 1]),
                }
                Ok(Some(taken))
            }
            Next::Sized(start, length) => self.sized(from, start, length),
        }
    }

    /// A value with its length before it, once it is there with the newline behind it.
    fn sized(&mut self, from: usize, start: usize, length: u64) -> Result<Option<usize>, WireError> {
        let held = &self.held[from..];
        let length = match usize::try_from(length) {
            Ok(length) if length <= MAX_ENTRY_BYTES => length,
            _ => {
                self.entry.too_large();
                // With its newline.
                self.skip = length.saturating_add(1);
                return Ok(Some(start));
            }
        };
        match held.get(start + length) {
            None => Ok(None),
            Some(b'\n') => {
                let name = &held[..start - 9];
                self.entry.field(name, &held[start..start + length]);
                Ok(Some(start + length + 1))
            }
            Some(_) => Err(broken("has a value that does not end where it should")),
        }
    }
}

fn broken(what: &str) -> WireError {
    WireError::Value(format!("journal: the stream {what}"))
}

fn next(held: &[u8]) -> Next {
    let Some(end) = held.iter().position(|byte| *byte == b'\n') else { return Next::More };
    let start = end + 1 + 8;
    match held[..end].contains(&b'=') || end == 0 {
        true => Next::Line(end + 1),
        false => match held.get(end + 1..start).map(<[u8; 8]>::try_from) {
            Some(Ok(length)) => Next::Sized(start, u64::from_le_bytes(length)),
            _ => Next::More,
        },
    }
}

impl Entry {
    /// `NAME=value`
    fn line(&mut self, line: &[u8]) {
        match line.iter().position(|byte| *byte == b'=') {
            Some(at) => self.field(&line[..at], &line[at + 1..]),
            None => self.wrong(|| WireError::Value("journal: a field has no value".to_owned())),
        }
    }

    fn field(&mut self, name: &[u8], value: &[u8]) {
        self.bytes = self.bytes.saturating_add(name.len() + value.len());
        if self.bytes > MAX_ENTRY_BYTES {
            return self.too_large();
        }
        if name.is_empty() || name.len() > MAX_NAME {
            return self.wrong(|| WireError::Value("journal: a field has no proper name".to_owned()));
        }
        // Fields of two underscores are addresses within a journal.
        if name.starts_with(b"__") && name != TIME.as_bytes() {
            return;
        }
        let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        if name == "PRIORITY"
            && let Some(level) = value.parse().ok().and_then(|at: usize| LEVELS.get(at))
        {
            self.fields.push((LEVEL.to_owned(), (*level).to_owned()));
        }
        // The journal allows a name several times; a line's metadata has it once.
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => {
                known.push('\n');
                known.push_str(&value);
            }
            None => self.fields.push((name.into_owned(), value.into_owned())),
        }
        if self.fields.len() > MAX_FIELDS {
            self.fields.clear();
            self.wrong(|| WireError::Value(format!("a record has more than {MAX_FIELDS} fields")));
        }
    }

    fn too_large(&mut self) {
        self.fields.clear();
        self.wrong(|| WireError::TooLarge { what: "an entry of the journal", limit: MAX_ENTRY_BYTES });
    }

    fn wrong(&mut self, reason: impl FnOnce() -> WireError) {
        self.wrong.get_or_insert_with(reason);
    }

    /// The entry, if there is one; the next one begins.
    fn end(&mut self) -> Option<Result<Fields<'static>, WireError>> {
        let Entry { fields, wrong, .. } = std::mem::take(self);
        if let Some(wrong) = wrong {
            return Some(Err(wrong));
        }
        let mut out = Fields::default();
        for (name, value) in fields {
            if let Err(error) = out.push(Cow::<'static, str>::Owned(name), value) {
                return Some(Err(error));
            }
        }
        (!out.is_empty()).then_some(Ok(out))
    }
}

#[cfg(test)]
mod tests;
