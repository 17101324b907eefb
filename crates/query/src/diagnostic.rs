//! Byte spans in a query's text, and messages about them.

use std::fmt;

/// A half-open range of bytes of the query's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The first byte after.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to but without `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Self {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// `line:column` of a byte position, both from 1, columns in bytes. An empty text has no positions.
pub fn line_column(text: &str, position: usize) -> String {
    if text.is_empty() {
        return "unknown position".to_owned();
    }
    let Some(before) = text.as_bytes().get(..position) else {
        return "invalid position".to_owned();
    };
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let column = position - before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1) + 1;
    format!("{line}:{column}")
}

/// One message about a place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where.
    pub span: Span,
    /// `line:column` of its start.
    pub position: String,
    /// What is wrong.
    pub message: String,
}

impl Diagnostic {
    /// A message about `span` of `text`.
    pub fn new(text: &str, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { span, position: line_column(text, span.start), message: message.into() }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_bytes() {
        assert_eq!(line_column("up{", 3), "1:4");
        assert_eq!(line_column("a\nbc", 3), "2:2");
        assert_eq!(line_column("a\n", 2), "2:1");
        assert_eq!(line_column("", 0), "unknown position");
        assert_eq!(line_column("a", 9), "invalid position");
    }
}
