//! `pattern "<a> <_>"` and the line filters `|>` and `!>`: literals and captures between them.

use super::labels::LineLabels;
use super::parts::Names;
use crate::check::is_label_name;
use contract::LineSample;
use std::ops::Range;

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// `None` for `<_>`.
    Capture(Option<String>),
}

/// A pattern that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

impl Pattern {
    /// For the `pattern` stage. `Err` is what the replaced system says.
    pub(crate) fn parser(text: &str) -> Result<Self, String> {
        let pattern = Self::read(text);
        if text.is_empty() {
            return Err("parse error at line 1, col 1: syntax error: unexpected $end, expecting IDENTIFIER or LITERAL".into());
        }
        if !pattern.0.iter().any(|piece| matches!(piece, Piece::Capture(_))) {
            return Err("at least one capture is required".into());
        }
        if let Some(pair) = pattern.consecutive() {
            return Err(format!("found consecutive capture '{pair}': invalid expression"));
        }
        let mut names: Vec<&String> = Vec::new();
        for piece in &pattern.0 {
            if let Piece::Capture(Some(name)) = piece {
                if names.contains(&name) {
                    return Err(format!("duplicate capture name ({name}): invalid expression"));
                }
                names.push(name);
            }
        }
        if names.is_empty() { Err("at least one capture is required".into()) } else { Ok(pattern) }
    }

    /// For line filters. `Err` is what the replaced system says.
    pub(crate) fn line_filter(text: &str) -> Result<Self, String> {
        let pattern = Self::read(text);
        if let Some(pair) = pattern.consecutive() {
            return Err(format!("found consecutive capture '{pair}': invalid expression"));
        }
        let named = pattern.0.iter().find_map(|piece| match piece {
            Piece::Capture(Some(name)) => Some(name),
            _ => None,
        });
        match named {
            Some(name) => Err(format!("named captures are not allowed: found '<{name}>'")),
            None => Ok(pattern),
        }
    }

    fn consecutive(&self) -> Option<String> {
        let name = |piece: &Piece| match piece {
            Piece::Capture(name) => Some(format!("<{}>", name.as_deref().unwrap_or("_"))),
            Piece::Literal(_) => None,
        };
        self.0.windows(2).find_map(|pair| Some(name(&pair[0])? + &name(&pair[1])?))
    }

    /// What is no capture is literal.
    fn read(text: &str) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(inside) = rest.strip_prefix('<')
                && let Some(end) = inside.find('>')
                && is_label_name(&inside[..end])
            {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                let name = &inside[..end];
                pieces.push(Piece::Capture((name != "_").then(|| name.to_owned())));
                rest = &inside[end + 1..];
                continue;
            }
            literal.push(c);
            rest = &rest[c.len_utf8()..];
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Pattern(pieces)
    }

    /// Sets what the captures hold. A literal that is missing ends the line: its capture takes the rest.
    pub(crate) fn extract(&self, line: &str, labels: &mut LineLabels<'_>) {
        if labels.parsing_is_idle() || line.is_empty() {
            return;
        }
        let mut rest = line;
        let mut pieces = self.0.as_slice();
        if let Some(Piece::Literal(first)) = pieces.first() {
            let Some(after) = rest.strip_prefix(first.as_str()) else { return };
            rest = after;
            pieces = &pieces[1..];
        }
        for pair in pieces.chunks(2) {
            let Piece::Capture(name) = &pair[0] else { return };
            let split = match pair.get(1) {
                Some(Piece::Literal(literal)) => {
                    rest.find(literal.as_str()).map(|at| (at, at + literal.len()))
                }
                _ => None,
            };
            let (value, after) = split.map_or((rest, None), |(at, end)| (&rest[..at], Some(&rest[end..])));
            if let Some(name) = name.as_ref().and_then(|name| labels.name_for(name))
                && labels.found(&name, value)
            {
                return;
            }
            match after {
                Some(after) => rest = after,
                None => return,
            }
        }
    }

    /// The literals of lines of a shape, and the captures that matter to [`Pattern::extract`]. `None` when digits of the lines
    /// can be part of a literal.
    pub(crate) fn parts(&self, sample: &LineSample<'_>, names: &Names) -> Option<Vec<Range<usize>>> {
        let hex = sample.varying.iter().any(|varying| varying.hex);
        let is_digit = |byte: u8| byte.is_ascii_digit() || hex && matches!(byte, b'a'..=b'f');
        if self.literals().any(|literal| literal.bytes().any(is_digit)) {
            return None;
        }
        let (mut parts, mut at) = (Vec::new(), 0);
        let mut pieces = self.0.as_slice();
        if let Some(Piece::Literal(first)) = pieces.first() {
            if !sample.line.starts_with(first.as_str()) {
                return Some(parts);
            }
            parts.push(0..first.len());
            (at, pieces) = (first.len(), &pieces[1..]);
        }
        for pair in pieces.chunks(2) {
            let Piece::Capture(name) = &pair[0] else { break };
            let found = match pair.get(1) {
                Some(Piece::Literal(literal)) => {
                    sample.line[at..].find(literal.as_str()).map(|n| at + n..at + n + literal.len())
                }
                _ => None,
            };
            let end = found.as_ref().map_or(sample.line.len(), |literal| literal.start);
            if name.as_ref().is_some_and(|name| names.matter(name)) {
                parts.push(at..end);
            }
            let Some(literal) = found else { break };
            at = literal.end;
            parts.push(literal);
        }
        Some(parts)
    }

    /// Texts that stand in every line that fits.
    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::Capture(_) => None,
        })
    }

    /// Whether a whole line fits. The first literal may stand anywhere; captures hold at least one byte.
    pub(crate) fn matches(&self, line: &str) -> bool {
        if line.is_empty() || self.0.is_empty() {
            return line.is_empty() && self.0.is_empty();
        }
        let mut offset = 0;
        for (i, piece) in self.0.iter().enumerate() {
            let Piece::Literal(literal) = piece else { continue };
            match line[offset..].find(literal.as_str()) {
                None => return false,
                Some(0) if i != 0 => return false,
                Some(at) => offset += at + literal.len(),
            }
        }
        let wants_rest = matches!(self.0.last(), Some(Piece::Capture(_)));
        wants_rest == (offset != line.len())
    }
}
