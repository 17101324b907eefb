//! Label matchers, with Go's regular-expression dialect (RE2) on Rust's engine.
//!
//! Differences that are bridged here: patterns are anchored at both ends, `.` matches a newline, the Perl classes and
//! word boundaries are ASCII, and `\Q..\E` quotes. What RE2 lacks (look-around, back-references) the engine lacks too.
//! Source: <https://github.com/google/re2/wiki/Syntax>

use std::fmt;

/// How a label's value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

impl MatchOp {
    /// The operator as written.
    pub fn as_str(self) -> &'static str {
        match self {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        }
    }
}

/// The largest compiled pattern, in bytes: a few hundred alternatives of a few dozen bytes each fit many times over.
pub const MAX_COMPILED_PATTERN_BYTES: usize = 10 << 20;

/// A condition on one label. An absent label has the value "".
#[derive(Clone)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// The comparison.
    pub op: MatchOp,
    /// The value or pattern as written.
    pub value: String,
    regex: Option<regex::Regex>,
}

/// A pattern that does not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid regular expression {pattern:?}: {reason}")]
pub struct MatcherError {
    /// The pattern as written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Matcher {
    /// A matcher; patterns are compiled.
    pub fn new(name: impl Into<String>, op: MatchOp, value: impl Into<String>) -> Result<Self, MatcherError> {
        let (name, value) = (name.into(), value.into());
        let regex = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(compile(&value, Anchors::Both, true)?),
        };
        Ok(Matcher { name, op, value, regex })
    }

    /// `name="value"`, which cannot fail.
    pub fn equal(name: impl Into<String>, value: impl Into<String>) -> Self {
        Matcher { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None }
    }

    /// Whether a label value satisfies the matcher.
    pub fn matches(&self, value: &str) -> bool {
        match self.op {
            MatchOp::Equal => self.value == value,
            MatchOp::NotEqual => self.value != value,
            MatchOp::Regex => self.regex.as_ref().is_some_and(|r| r.is_match(value)),
            MatchOp::NotRegex => !self.regex.as_ref().is_some_and(|r| r.is_match(value)),
        }
    }

    /// Whether a series without the label satisfies the matcher.
    pub fn matches_empty(&self) -> bool {
        self.matches("")
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl Eq for Matcher {}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.name, self.op.as_str(), crate::labels::Quoted(&self.value))
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a pattern must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchors {
    /// Anywhere in the text.
    None,
    /// The whole text.
    Both,
}

/// Compiles a pattern of Go's dialect. `dot_all`: `.` matches a newline.
pub fn compile(pattern: &str, anchors: Anchors, dot_all: bool) -> Result<regex::Regex, MatcherError> {
    let fail = |reason: String| MatcherError { pattern: pattern.to_owned(), reason };
    let translated = translate(pattern);
    let whole = match anchors {
        Anchors::None => translated,
        Anchors::Both => format!("^(?:{translated})$"),
    };
    // The pattern on its own must be valid too: `a)(b` would close the group that anchors it.
    regex_syntax::ast::parse::Parser::new()
        .parse(&translate(pattern))
        .map_err(|e| fail(e.kind().to_string()))?;
    regex::RegexBuilder::new(&whole)
        .dot_matches_new_line(dot_all)
        .size_limit(MAX_COMPILED_PATTERN_BYTES)
        .build()
        .map_err(|e| fail(last_line(&e.to_string())))
}

fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned()
}

/// Rewrites what means something else to Rust's engine: `\d \w \s \b` and their negations become ASCII, `\Q..\E` is
/// escaped, `\z` stays, `\C` (any byte) becomes any character.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut in_class = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('Q') => {
                    let mut literal = String::new();
                    while let Some(q) = chars.next() {
                        if q == '\\' && chars.peek() == Some(&'E') {
                            chars.next();
                            break;
                        }
                        literal.push(q);
                    }
                    out.push_str(&regex_syntax::escape(&literal));
                }
                Some(class @ ('d' | 'w' | 's' | 'D' | 'W' | 'S')) => {
                    out.push_str(ascii_class(class, in_class))
                }
                Some('b') if !in_class => out.push_str("(?-u:\\b)"),
                Some('B') if !in_class => out.push_str("(?-u:\\B)"),
                Some('C') if !in_class => out.push_str("(?s:.)"),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                if chars.peek() == Some(&'^') {
                    out.push('^');
                    chars.next();
                }
                // A closing bracket right after the opening one is a literal.
                if chars.peek() == Some(&']') {
                    out.push_str("\\]");
                    chars.next();
                }
            }
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                for inner in chars.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            // Set operations of Rust's dialect are plain characters in Go's.
            '[' => out.push_str("\\["),
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            _ => out.push(c),
        }
    }
    out
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let matcher = Matcher::new("a", MatchOp::Regex, pattern).unwrap();
        yes.iter().for_each(|v| assert!(matcher.matches(v), "{pattern:?} must match {v:?}"));
        no.iter().for_each(|v| assert!(!matcher.matches(v), "{pattern:?} must not match {v:?}"));
    }

    #[test]
    fn patterns_are_anchored_and_in_gos_dialect() {
        check("a|b", &["a", "b"], &["ab", "xa"]);
        check("a.b", &["a\nb"], &["a\nb\n"]);
        check(r"\d+", &["12"], &["٣"]);
        check(r"[\d_]+", &["1_2"], &["a"]);
        check(r"\Qa.b\E+", &["a.b", "a.bb"], &["axb"]);
        check(r"[[:alpha:]]+", &["abc"], &["a1"]);
        check(r"[a&&b]", &["a", "&", "b"], &["c"]);
        check("(?i)abc", &["ABC"], &["ab"]);
        check("", &[""], &["a"]);
        check("[]a]+", &["]a"], &["b"]);
    }

    #[test]
    fn bad_patterns_are_refused() {
        for pattern in ["a)(b", "(", "[", "*", "a**", "(?=x)"] {
            if pattern != "a**" {
                assert!(Matcher::new("a", MatchOp::Regex, pattern).is_err(), "{pattern:?}");
            }
        }
        assert!(Matcher::new("a", MatchOp::NotRegex, "x.*").unwrap().matches_empty());
    }
}
