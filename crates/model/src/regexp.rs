//! Regular expressions as Go writes them (RE2's dialect), on Rust's engine: every pattern of a query or a configuration.
//!
//! [`check`] walks over a pattern first and refuses what Go refuses, in Go's words; the engine underneath accepts some of it
//! (`a**`, `[z-a]` it words otherwise). [`translate`] then rewrites what the engine would read differently: Perl classes
//! and word boundaries are ASCII, `\Q..\E` quotes, a brace that counts nothing is a literal (`^{` begins a JSON line),
//! `\<` is a literal, `\123` is octal, and classes know no set operations. What RE2 lacks (look-around, back-references)
//! the engine lacks too. Source: <https://github.com/google/re2/wiki/Syntax>, <https://pkg.go.dev/regexp/syntax>

mod check;
mod scan;
#[cfg(test)]
mod tests;

pub use check::check;
use scan::{Item, class_items, counted, octal};

/// The largest compiled pattern, in bytes: a few hundred alternatives of a few dozen bytes each fit many times over.
pub const MAX_COMPILED_PATTERN_BYTES: usize = 10 << 20;

/// A pattern that does not compile, said as Go says it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {reason}: `{part}`")]
pub struct RegexpError {
    /// What is wrong.
    pub reason: String,
    /// The part of the pattern that is wrong, as written.
    pub part: String,
}

fn failure(reason: &str, part: &str) -> RegexpError {
    RegexpError { reason: reason.to_owned(), part: part.to_owned() }
}

/// Where a pattern must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchors {
    /// Anywhere in the text.
    None,
    /// The whole text.
    Both,
}

/// Compiles a pattern. `dot_all`: `.` matches a newline.
pub fn compile(pattern: &str, anchors: Anchors, dot_all: bool) -> Result<regex::Regex, RegexpError> {
    check(pattern)?;
    let translated = translate(pattern);
    let whole = match anchors {
        Anchors::None => translated,
        Anchors::Both => format!("^(?:{translated})$"),
    };
    regex::RegexBuilder::new(&whole)
        .dot_matches_new_line(dot_all)
        .size_limit(MAX_COMPILED_PATTERN_BYTES)
        .build()
        .map_err(|e| failure(last_line(&e.to_string()), pattern))
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or("").trim_start_matches("error: ")
}

/// The pattern in the words of Rust's engine. Patterns that [`check`] refuses come out as they are read, which may be anything.
pub fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\\' => translate_escape(rest, &mut out),
            '[' => match class_items(rest) {
                Some((items, length)) => {
                    translate_class(rest, &items, &mut out);
                    length
                }
                None => literal(rest, 1, &mut out),
            },
            '{' => match counted(rest) {
                Some((_, _, length)) => {
                    out.push_str(&rest[..length]);
                    length
                }
                None => literal(rest, 1, &mut out),
            },
            '}' => literal(rest, 1, &mut out),
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out
}

/// Writes the first `length` bytes so that they mean themselves.
fn literal(rest: &str, length: usize, out: &mut String) -> usize {
    out.push_str(&regex_syntax::escape(&rest[..length]));
    length
}

/// Translates the escape that `rest` begins with; answers its length.
fn translate_escape(rest: &str, out: &mut String) -> usize {
    let Some(c) = rest[1..].chars().next() else {
        out.push('\\');
        return 1;
    };
    if c == 'Q' {
        let inside = &rest[2..];
        let end = inside.find("\\E");
        out.push_str(&regex_syntax::escape(&inside[..end.unwrap_or(inside.len())]));
        return end.map_or(rest.len(), |end| 2 + end + 2);
    }
    if let Some((character, length)) = octal(rest) {
        out.push_str(&regex_syntax::escape(character.encode_utf8(&mut [0; 4])));
        return length;
    }
    match c {
        'd' | 'w' | 's' | 'D' | 'W' | 'S' => out.push_str(ascii_class(c, false)),
        'b' => out.push_str("(?-u:\\b)"),
        'B' => out.push_str("(?-u:\\B)"),
        'C' => out.push_str("(?s:.)"),
        '<' | '>' => out.push(c),
        'p' | 'P' | 'x' if rest[2..].starts_with('{') => {
            let length = rest.find('}').map_or(rest.len(), |end| end + 1);
            out.push_str(&rest[..length]);
            return length;
        }
        _ => {
            out.push('\\');
            out.push(c);
        }
    }
    1 + c.len_utf8()
}

fn translate_class(rest: &str, items: &[Item<'_>], out: &mut String) {
    out.push_str(if rest.starts_with("[^") { "[^" } else { "[" });
    let character =
        |c: char, out: &mut String| out.push_str(&regex_syntax::escape(c.encode_utf8(&mut [0; 4])));
    for item in items {
        match item {
            Item::One(c) => character(*c, out),
            Item::Range(low, high, _) => {
                character(*low, out);
                out.push('-');
                character(*high, out);
            }
            Item::Named(text) => out.push_str(text),
            Item::Escape(text) => match text.chars().nth(1) {
                Some(class @ ('d' | 'w' | 's' | 'D' | 'W' | 'S')) => out.push_str(ascii_class(class, true)),
                _ => out.push_str(text),
            },
        }
    }
    out.push(']');
}

fn ascii_class(class: char, in_class: bool) -> &'static str {
    match (class, in_class) {
        ('d', false) => "[0-9]",
        ('d', true) => "0-9",
        ('w', false) => "[0-9A-Za-z_]",
        ('w', true) => "0-9A-Za-z_",
        ('s', false) => "[\\t\\n\\f\\r ]",
        ('s', true) => "\\t\\n\\f\\r ",
        ('D', _) => "[^0-9]",
        ('W', _) => "[^0-9A-Za-z_]",
        _ => "[^\\t\\n\\f\\r ]",
    }
}

/// A pattern with its group names taken out, and the name of each group by its number (from 1). The engine underneath
/// takes fewer names than Go does.
pub fn without_names(pattern: &str) -> (String, Vec<(usize, String)>) {
    let mut out = String::with_capacity(pattern.len());
    let (mut names, mut groups, mut in_class) = (Vec::new(), 0, false);
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match c {
            '\\' => taken += rest[1..].chars().next().map_or(0, char::len_utf8),
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => {
                let named = rest.strip_prefix("(?P<").or_else(|| rest.strip_prefix("(?<"));
                if let Some(name) = named
                    && let Some(end) = name.find('>')
                {
                    groups += 1;
                    names.push((groups, name[..end].to_owned()));
                    out.push('(');
                    rest = &name[end + 1..];
                    continue;
                }
                groups += usize::from(!rest.starts_with("(?"));
            }
            _ => {}
        }
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    (out, names)
}
