//! Go's verdict on a regular expression: the same patterns are refused, with the same words.
//!
//! The engine underneath accepts some patterns that Go refuses (`a**`, `\8`) and words its errors otherwise; this walk
//! over the pattern comes first. Source: <https://pkg.go.dev/regexp/syntax>

use model::matcher::{Anchors, compile};

/// The largest repeat count Go takes.
const MAX_REPEAT: u32 = 1000;

/// Compiles a pattern that must match somewhere in the text; `.` leaves out newlines.
pub(crate) fn unanchored(pattern: &str) -> Result<regex::Regex, String> {
    check(pattern)?;
    compile(pattern, Anchors::None, false).map_err(|e| failure(&e.reason, pattern))
}

/// Compiles a pattern that must match the whole text; `.` leaves out newlines.
pub(crate) fn anchored(pattern: &str) -> Result<regex::Regex, String> {
    check(pattern)?;
    compile(pattern, Anchors::Both, false).map_err(|e| failure(&e.reason, pattern))
}

fn failure(reason: &str, part: &str) -> String {
    format!("error parsing regexp: {reason}: `{part}`")
}

/// `Err` says what Go says about a pattern it does not compile.
pub(crate) fn check(pattern: &str) -> Result<(), String> {
    Walk { pattern, rest: pattern, open: 0, operand: false, repeated: None }.run()
}

struct Walk<'a> {
    pattern: &'a str,
    rest: &'a str,
    open: usize,
    /// Whether something stands before that can be repeated.
    operand: bool,
    /// The repetition operator that was just read.
    repeated: Option<&'a str>,
}

impl<'a> Walk<'a> {
    fn run(mut self) -> Result<(), String> {
        while let Some(c) = self.rest.chars().next() {
            let repeated = self.repeated.take();
            match c {
                '(' => self.group()?,
                ')' => {
                    if self.open == 0 {
                        return Err(failure("unexpected )", self.pattern));
                    }
                    self.open -= 1;
                    self.advance(1);
                    self.operand = true;
                }
                '|' => {
                    self.advance(1);
                    self.operand = false;
                }
                '[' => self.class()?,
                '\\' => self.escape()?,
                '*' | '+' | '?' => self.repetition(1, repeated)?,
                '{' => match self.counted()? {
                    Some(length) => self.repetition(length, repeated)?,
                    None => {
                        self.advance(1);
                        self.operand = true;
                    }
                },
                _ => {
                    self.advance(c.len_utf8());
                    self.operand = true;
                }
            }
        }
        if self.open > 0 { Err(failure("missing closing )", self.pattern)) } else { Ok(()) }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn group(&mut self) -> Result<(), String> {
        self.operand = false;
        let Some(perl) = self.rest.strip_prefix("(?") else {
            self.open += 1;
            self.advance(1);
            return Ok(());
        };
        let named = perl.strip_prefix("P<").or_else(|| perl.strip_prefix('<'));
        if let Some(name) = named.filter(|n| !n.starts_with(['=', '!']) || perl.starts_with('P')) {
            let Some(end) = name.find('>') else {
                return Err(failure("invalid named capture", self.rest));
            };
            let valid = end > 0 && name[..end].chars().all(|c| c == '_' || c.is_alphanumeric());
            let length = self.rest.len() - name.len() + end + 1;
            if !valid {
                return Err(failure("invalid named capture", &self.rest[..length]));
            }
            self.open += 1;
            self.advance(length);
            return Ok(());
        }
        for (at, c) in perl.char_indices() {
            match c {
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' => {
                    self.open += 1;
                    self.advance(2 + at + 1);
                    return Ok(());
                }
                ')' if at > 0 => {
                    self.advance(2 + at + 1);
                    return Ok(());
                }
                _ => {
                    let length = 2 + at + c.len_utf8();
                    return Err(failure("invalid or unsupported Perl syntax", &self.rest[..length]));
                }
            }
        }
        Err(failure("missing argument to repetition operator", "?"))
    }

    fn class(&mut self) -> Result<(), String> {
        let whole = self.rest;
        let mut at = 1;
        if whole[at..].starts_with('^') {
            at += 1;
        }
        let first = at;
        loop {
            let Some(c) = whole[at..].chars().next() else {
                return Err(failure("missing closing ]", whole));
            };
            match c {
                ']' if at > first => break,
                '[' if whole[at..].starts_with("[:") => {
                    match whole[at..].find(":]") {
                        Some(end) => at += end + 2,
                        None => at += 1,
                    };
                }
                '\\' => at += 1 + whole[at + 1..].chars().next().map_or(0, char::len_utf8),
                _ => at += c.len_utf8(),
            }
        }
        self.advance(at + 1);
        self.operand = true;
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.rest[1..].chars().next() else {
            return Err(failure("trailing backslash at end of expression", ""));
        };
        let length = 1 + c.len_utf8();
        match c {
            'Q' => {
                let quoted = self.rest.find("\\E").map_or(self.rest.len(), |end| end + 2);
                self.advance(quoted);
                self.operand = true;
                return Ok(());
            }
            'a'
            | 'f'
            | 'n'
            | 'r'
            | 't'
            | 'v'
            | 'd'
            | 'D'
            | 's'
            | 'S'
            | 'w'
            | 'W'
            | 'b'
            | 'B'
            | 'A'
            | 'z'
            | 'x'
            | 'p'
            | 'P'
            | 'C'
            | '0'..='7' => {
                let octal = matches!(c, '1'..='7') && !self.rest[2..].starts_with(|d: char| d.is_digit(8));
                if octal {
                    return Err(failure("invalid escape sequence", &self.rest[..length]));
                }
            }
            c if c.is_ascii_alphanumeric() || !c.is_ascii() && c.is_alphanumeric() => {
                return Err(failure("invalid escape sequence", &self.rest[..length]));
            }
            _ => {}
        }
        self.advance(length);
        self.operand = true;
        Ok(())
    }

    /// The length of `{n}`, `{n,}` or `{n,m}` here; other braces are literal.
    fn counted(&self) -> Result<Option<usize>, String> {
        let Some(end) = self.rest.find('}') else { return Ok(None) };
        let inside = &self.rest[1..end];
        let (low, high) = inside.split_once(',').unwrap_or((inside, inside));
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !number(low) || !(high.is_empty() && inside.contains(',') || number(high)) {
            return Ok(None);
        }
        let value = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        let bad = value(low) > MAX_REPEAT
            || !high.is_empty() && (value(high) > MAX_REPEAT || value(high) < value(low));
        if bad {
            return Err(failure("invalid repeat count", &self.rest[..=end]));
        }
        Ok(Some(end + 1))
    }

    fn repetition(&mut self, length: usize, before: Option<&'a str>) -> Result<(), String> {
        let lazy = usize::from(self.rest[length..].starts_with('?'));
        if let Some(before) = before {
            let both = before.len() - self.rest.len() + length + lazy;
            return Err(failure("invalid nested repetition operator", &before[..both]));
        }
        if !self.operand {
            return Err(failure("missing argument to repetition operator", &self.rest[..length + lazy]));
        }
        self.repeated = Some(self.rest);
        self.advance(length + lazy);
        Ok(())
    }
}

/// A pattern with its group names taken out, and the name of each group by its number (from 1). The engine underneath
/// takes fewer names than Go does.
pub(crate) fn without_names(pattern: &str) -> (String, Vec<(usize, String)>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_refuses_these_with_these_words() {
        for (pattern, words) in [
            ("(", "missing closing ): `(`"),
            ("a)", "unexpected ): `a)`"),
            ("a{2,1}", "invalid repeat count: `{2,1}`"),
            ("\\", "trailing backslash at end of expression: ``"),
            ("[a-", "missing closing ]: `[a-`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("\\8", "invalid escape sequence: `\\8`"),
            ("(?=x)", "invalid or unsupported Perl syntax: `(?=`"),
            ("*a", "missing argument to repetition operator: `*`"),
        ] {
            assert_eq!(check(pattern), Err(format!("error parsing regexp: {words}")), "{pattern}");
        }
        for pattern in ["(?<n>x)", "(?P<1a>x)", "a{,2}", "[]a]", "a+?", "(?i)x(?s:.)", "x{10}", r"\Q(\E", "{"]
        {
            assert_eq!(check(pattern), Ok(()), "{pattern}");
        }
        assert_eq!(without_names(r"[(](?P<1a>\()(x)(?<b>y)").1, [(1, "1a".to_owned()), (3, "b".to_owned())]);
    }
}
