//! Texts, characters and numbers of a template, as Go writes them.

use super::{Arg, Parsed, Parser};

impl Parser<'_> {
    pub(super) fn quoted(&mut self) -> Parsed<String> {
        let rest = self.rest();
        if let Some(raw) = rest.strip_prefix('`') {
            let Some(end) = raw.find('`') else { return Err(self.error("unterminated raw quoted string")) };
            self.at += end + 2;
            return Ok(raw[..end].to_owned());
        }
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    let text = crate::syntax::lexer::unquote(&rest[1..at]);
                    self.at += at + 1;
                    return text.ok_or_else(|| self.error("invalid syntax"));
                }
                '\n' => break,
                _ => {}
            }
        }
        Err(self.error("unterminated quoted string"))
    }

    pub(super) fn character(&mut self) -> Parsed<Arg> {
        let rest = self.rest();
        let mut chars = rest.char_indices().skip(1);
        let end = chars.find(|(at, c)| *c == '\'' && !rest[..*at].ends_with('\\')).map(|(at, _)| at);
        let text = end.and_then(|end| crate::syntax::lexer::unquote(&rest[1..end]));
        match (end, text.as_deref().map(|t| (t.chars().next(), t.chars().count()))) {
            (Some(end), Some((Some(c), 1))) => {
                self.at += end + 1;
                Ok(Arg::Int(i64::from(c as u32)))
            }
            _ => Err(self.error("malformed character constant")),
        }
    }

    pub(super) fn number(&mut self) -> Parsed<Arg> {
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|(at, c)| {
                let sign = matches!(c, '+' | '-') && (*at == 0 || rest[..*at].ends_with(['e', 'E']));
                !(sign || c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
            })
            .map_or(rest.len(), |(at, _)| at);
        let text = &rest[..end];
        self.at += end;
        let digits = text.trim_start_matches(['+', '-']).replace('_', "");
        let sign = if text.starts_with('-') { -1 } else { 1 };
        let radix = |prefix: [&str; 2], radix| {
            prefix
                .iter()
                .find_map(|p| digits.strip_prefix(p))
                .and_then(|d| i64::from_str_radix(d, radix).ok())
        };
        let whole = radix(["0x", "0X"], 16)
            .or_else(|| radix(["0o", "0O"], 8))
            .or_else(|| radix(["0b", "0B"], 2))
            .or_else(|| digits.parse().ok());
        match (whole, digits.parse::<f64>()) {
            (Some(whole), _) => Ok(Arg::Int(sign * whole)),
            // A float without a fraction serves as an integer too.
            (None, Ok(value)) if value.fract() == 0.0 && value.abs() < 9e15 && !digits.contains('.') => {
                Ok(Arg::Float(value * sign as f64))
            }
            (None, Ok(value)) => Ok(Arg::Float(value * sign as f64)),
            _ => Err(self.error(&format!("bad number syntax: {}", crate::units::quote(text)))),
        }
    }
}
