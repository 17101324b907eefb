//! Label matchers: equal or not, or by a pattern that must match the whole value (`.` matches a newline too).

use crate::regexp::{Anchors, RegexpError, compile};
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

/// A condition on one label. An absent label has the value "".
#[derive(Clone)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// The comparison.
    pub op: MatchOp,
    /// The value or pattern as written.
    pub value: String,
    pattern: Option<Pattern>,
}

/// A pattern that must match a whole value. The plain ones, which most are, need no expression: compiling one costs more than
/// a small query.
#[derive(Clone)]
enum Pattern {
    /// One of these.
    Plain(Vec<Plain>),
    Regex(regex::Regex),
}

/// Text with or without `.*` or `.+` on its sides.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Plain {
    before: Any,
    text: String,
    after: Any,
}

/// What may stand beside the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Any {
    Nothing,
    /// `.*`
    Something,
    /// `.+`
    NotNothing,
}

impl Any {
    fn fits(self, text: &str) -> bool {
        match self {
            Any::Nothing => text.is_empty(),
            Any::Something => true,
            Any::NotNothing => !text.is_empty(),
        }
    }
}

/// Characters that mean something else than themselves.
const META: &[char] = &['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];

impl Plain {
    /// One alternative of a pattern, if it is plain.
    fn of(pattern: &str) -> Option<Plain> {
        let any = |dots: &str| if dots == ".*" { Any::Something } else { Any::NotNothing };
        let (mut text, mut before, mut after) = (pattern, Any::Nothing, Any::Nothing);
        if let Some(dots) = [".*", ".+"].into_iter().find(|dots| text.starts_with(dots)) {
            (before, text) = (any(dots), &text[dots.len()..]);
        }
        if let Some(dots) = [".*", ".+"].into_iter().find(|dots| text.ends_with(dots)) {
            (after, text) = (any(dots), &text[..text.len() - dots.len()]);
        }
        (!text.contains(META)).then(|| Plain { before, text: text.to_owned(), after })
    }

    fn matches(&self, value: &str) -> bool {
        let text = self.text.as_str();
        match (self.before, self.after) {
            (Any::Nothing, after) => value.strip_prefix(text).is_some_and(|rest| after.fits(rest)),
            (before, Any::Nothing) => value.strip_suffix(text).is_some_and(|rest| before.fits(rest)),
            (before, after) => {
                let mut inside = value.chars();
                let first = before == Any::Something || inside.next().is_some();
                let last = after == Any::Something || inside.next_back().is_some();
                first && last && inside.as_str().contains(text)
            }
        }
    }
}

impl Pattern {
    fn new(pattern: &str) -> Result<Self, RegexpError> {
        let plain: Option<Vec<Plain>> = pattern.split('|').map(Plain::of).collect();
        Ok(match plain {
            Some(plain) => Pattern::Plain(plain),
            None => Pattern::Regex(compile(pattern, Anchors::Both, true)?),
        })
    }

    fn matches(&self, value: &str) -> bool {
        match self {
            Pattern::Plain(plain) => plain.iter().any(|plain| plain.matches(value)),
            Pattern::Regex(regex) => regex.is_match(value),
        }
    }
}

impl Matcher {
    /// A matcher; patterns are compiled.
    pub fn new(name: impl Into<String>, op: MatchOp, value: impl Into<String>) -> Result<Self, RegexpError> {
        let (name, value) = (name.into(), value.into());
        let pattern = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(Pattern::new(&value)?),
        };
        Ok(Matcher { name, op, value, pattern })
    }

    /// `name="value"`, which cannot fail.
    pub fn equal(name: impl Into<String>, value: impl Into<String>) -> Self {
        Matcher { name: name.into(), op: MatchOp::Equal, value: value.into(), pattern: None }
    }

    /// Whether a label value satisfies the matcher.
    pub fn matches(&self, value: &str) -> bool {
        match self.op {
            MatchOp::Equal => self.value == value,
            MatchOp::NotEqual => self.value != value,
            MatchOp::Regex => self.pattern.as_ref().is_some_and(|p| p.matches(value)),
            MatchOp::NotRegex => !self.pattern.as_ref().is_some_and(|p| p.matches(value)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_whole_values() {
        let matcher = |op, pattern| Matcher::new("a", op, pattern).unwrap();
        assert!(matcher(MatchOp::Regex, "a|b").matches("a"));
        assert!(!matcher(MatchOp::Regex, "a|b").matches("ab"));
        assert!(matcher(MatchOp::Regex, "a.b").matches("a\nb"));
        assert!(matcher(MatchOp::NotRegex, "x.*").matches_empty());
        assert!(Matcher::new("a", MatchOp::Regex, "(").is_err());
    }

    #[test]
    fn plain_patterns_are_told() {
        for pattern in ["", "a", "node_.*", ".+", ".*", ".*b.+", "a|b.*|.+c", "a|", "\n", "ä.*"] {
            assert!(matches!(Pattern::new(pattern), Ok(Pattern::Plain(_))), "{pattern}");
        }
        for pattern in ["a.b", "5..", "(a|b)", "a*", ".*.*.*", "a\\.b", "[ab]", "^a", "a$", ".*?", "a{2}"] {
            assert!(matches!(Pattern::new(pattern), Ok(Pattern::Regex(_))), "{pattern}");
        }
        assert!(Pattern::new("a|(").is_err());
    }

    proptest! {
        #[test]
        fn plain_patterns_match_as_expressions_do(
            pattern in "(a|b|aa|ä|\\n|\\.\\*|\\.\\+|\\|){0,6}", value in "(a|b|ä|\n|\\.){0,5}",
        ) {
            if let Ok(Pattern::Plain(plain)) = Pattern::new(&pattern) {
                let wanted = compile(&pattern, Anchors::Both, true).unwrap().is_match(&value);
                prop_assert_eq!(Pattern::Plain(plain).matches(&value), wanted, "{} {}", pattern, value);
            }
        }
    }
}
