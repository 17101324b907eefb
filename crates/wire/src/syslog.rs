//! Syslog as senders write it: RFC 5424 and the older RFC 3164, and how messages stand in a stream of bytes.
//!
//! ```text
//! <34>1 2026-11-25T10:00:00.5Z host app 7 ID47 [id a="b"][x] text    RFC 5424
//! <34>Nov 25 10:00:00 host app[7]: text                              RFC 3164, without year and zone
//! ```
//! Invariant: any text is a message: what does not fit its form is text, as relays treat it; only a line without a priority
//! is refused when it is asked for.
//! Source: <https://www.rfc-editor.org/rfc/rfc5424>, <https://www.rfc-editor.org/rfc/rfc3164>, <https://www.rfc-editor.org/rfc/rfc6587>

mod frames;
mod older;

pub use frames::Frames;

use crate::error::WireError;
use model::Nanos;

/// Elements and parameters of structured data together: senders write a handful, and each becomes structured metadata.
pub const MAX_PARAMETERS: usize = 128;

/// What severities are called, from 0.
pub const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];

/// What facilities are called, from 0.
pub const FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];

/// One message. What a sender does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message<'a> {
    /// A place in [`FACILITIES`].
    pub facility: u8,
    /// A place in [`SEVERITIES`].
    pub severity: u8,
    /// When it happened.
    pub at: Option<Nanos>,
    /// Whether that was read from a clock on a wall, without a zone, and taken for UTC.
    pub is_local: bool,
    /// The machine.
    pub host: &'a str,
    /// The program.
    pub app: &'a str,
    /// Its number, or what stands for it.
    pub process: &'a str,
    /// The sort of message.
    pub sort: &'a str,
    /// Structured data: element, parameter, value.
    pub parameters: Vec<(&'a str, &'a str, String)>,
    /// The text.
    pub text: &'a str,
}

/// Reads a message without its framing. `now` gives older messages their year.
pub fn parse(line: &str, now: Nanos) -> Result<Message<'_>, WireError> {
    let line = line.trim_end_matches(['\n', '\r', '\0']);
    let (priority, rest) = priority(line).ok_or_else(|| {
        WireError::Value("syslog: expected a priority such as <34> at the beginning".to_owned())
    })?;
    let (facility, severity) = (priority >> 3, priority & 7);
    let read = match rest.strip_prefix("1 ") {
        Some(rest) => newer(rest)?,
        None => older::read(rest, now),
    };
    Ok(Message { facility, severity, ..read })
}

/// `<0>` to `<191>`.
fn priority(line: &str) -> Option<(u8, &str)> {
    let (digits, rest) = line.strip_prefix('<')?.split_once('>')?;
    let whole = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u8 = digits.parse().ok().filter(|number| whole && *number < 192)?;
    Some((number, rest))
}

/// A field up to the next blank; `-` says nothing.
fn field<'a>(rest: &mut &'a str) -> &'a str {
    let (field, after) = rest.split_once(' ').unwrap_or((rest, ""));
    *rest = after;
    if field == "-" { "" } else { field }
}

/// RFC 5424 after the version.
fn newer(mut rest: &str) -> Result<Message<'_>, WireError> {
    let time = field(&mut rest);
    let at = match time {
        "" => None,
        text => Some(
            crate::rfc3339::parse(text)
                .ok_or_else(|| WireError::Value(format!("syslog: {text:?} is no RFC 3339 time")))?,
        ),
    };
    let (host, app) = (field(&mut rest), field(&mut rest));
    let (process, sort) = (field(&mut rest), field(&mut rest));
    let (parameters, rest) = structured(rest)?;
    let text = rest.strip_prefix(' ').unwrap_or(rest);
    // Senders mark UTF-8 by the byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(Message { at, host, app, process, sort, parameters, text, ..Message::default() })
}

type Parameters<'a> = Vec<(&'a str, &'a str, String)>;

fn broken(what: &str) -> WireError {
    WireError::Value(format!("syslog: structured data {what}"))
}

/// `-`, or `[id name="value" ...]` any number of times; what follows it.
fn structured(text: &str) -> Result<(Parameters<'_>, &str), WireError> {
    if let Some(rest) = text.strip_prefix('-') {
        return Ok((Vec::new(), rest));
    }
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(inside) = rest.strip_prefix('[') {
        let end = inside.find([' ', ']']).ok_or_else(|| broken("does not end"))?;
        let (element, mut left) = inside.split_at(end);
        while let Some(pair) = left.strip_prefix(' ') {
            if pair.starts_with(']') {
                left = pair;
                break;
            }
            let (name, quoted) =
                pair.split_once("=\"").ok_or_else(|| broken("has a name without a value"))?;
            if name.contains([' ', ']', '"']) {
                return Err(broken("has a name without a value"));
            }
            let (value, after) = value(quoted)?;
            if out.len() >= MAX_PARAMETERS {
                return Err(WireError::Value(format!("syslog: more than {MAX_PARAMETERS} parameters")));
            }
            out.push((element, name, value));
            left = after;
        }
        rest = left.strip_prefix(']').ok_or_else(|| broken("does not end"))?;
    }
    Ok((out, rest))
}

/// A value up to its closing quote, and what follows it. `\"`, `\\` and `\]` stand for themselves without the backslash.
fn value(text: &str) -> Result<(String, &str), WireError> {
    let (mut out, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, &text[at + 1..])),
            '\\' => match chars.clone().next() {
                Some((_, escaped @ ('"' | '\\' | ']'))) => {
                    chars.next();
                    out.push(escaped);
                }
                _ => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    Err(broken("has a value without an end"))
}

#[cfg(test)]
mod tests;
