//! `json`, `unpack`: an on-demand walk over a JSON line, and paths into it.
//!
//! The walk is as forgiving as the parser that the replaced system uses: it looks at values only as far as their ends,
//! and its errors (which become `__error_details__`) are that parser's.

mod parts;
mod steps;

use super::labels::{Category, LineLabels, sanitise};
use std::borrow::Cow;

pub(crate) use parts::parts;
pub(crate) use steps::Steps;

pub(crate) const ERROR: &str = "JSONParserErr";

const BAD_OBJECT: &str = "Value looks like object, but can't find closing '}' symbol";
const BAD_ARRAY: &str = "Value is array, but can't find closing ']' symbol";
const BAD_STRING: &str = "Value is string, but can't find closing '\"' symbol";
const BAD_VALUE: &str = "Value looks like Number/Boolean/None, but can't find its end: ',' or '}' symbol";
const BAD_ESCAPE: &str = "Encountered an invalid escape sequence in a string";
const BAD_JSON: &str = "Malformed JSON error";
const UNKNOWN: &str = "Unknown value type";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Number,
    Object,
    Array,
    Boolean,
    Null,
}

/// Why a walk ended early.
enum Stop {
    /// Damage.
    Error(&'static str),
    /// Everything was found.
    Enough,
}

impl From<&'static str> for Stop {
    fn from(error: &'static str) -> Self {
        Stop::Error(error)
    }
}

/// The deepest nesting that is walked into: a line of brackets must not use up the stack.
const MAX_DEPTH: usize = 128;

/// `json`: every scalar becomes a label, names of nested ones joined by `_`.
pub(crate) fn extract_all(line: &str, labels: &mut LineLabels<'_>) {
    if labels.parsing_is_idle() {
        return;
    }
    let mut prefix = String::new();
    if let Err(Stop::Error(error)) = walk(line, labels, &mut prefix, 0) {
        labels.fail_parsing(ERROR, Some(error));
    }
}

/// Appends a part of a name. Empty parts leave no trace: `{"a":{"":1}}` is `a`.
fn join(prefix: &mut String, part: &str) {
    if !prefix.is_empty() && !part.is_empty() {
        prefix.push('_');
    }
    prefix.push_str(part);
}

fn walk(object: &str, labels: &mut LineLabels<'_>, prefix: &mut String, depth: usize) -> Result<(), Stop> {
    each_member(object, &mut |key, value, kind| match kind {
        Type::Text | Type::Number | Type::Boolean => {
            let plain = sanitise(key, prefix.is_empty());
            if plain.is_empty() && prefix.is_empty() {
                return Ok(());
            }
            let before = prefix.len();
            let full = if before == 0 {
                &*plain
            } else {
                join(prefix, &plain);
                prefix.as_str()
            };
            let enough = labels.name_for(full).is_some_and(|name| {
                let text = if kind == Type::Text { readable(value) } else { Cow::Borrowed(value) };
                labels.found(&name, &text)
            });
            prefix.truncate(before);
            if enough { Err(Stop::Enough) } else { Ok(()) }
        }
        Type::Object if depth < MAX_DEPTH => {
            let before = prefix.len();
            join(prefix, &sanitise(key, before == 0));
            let walked =
                if labels.prefix_wanted(prefix) { walk(value, labels, prefix, depth + 1) } else { Ok(()) };
            prefix.truncate(before);
            walked
        }
        _ => Ok(()),
    })
}

/// Visits the label of every scalar with the keys that lead to it, as far as the line can be read.
pub(crate) fn each_path(line: &str, visit: &mut dyn FnMut(&str, &[String])) {
    // Damage ends the walk; what came before it has been visited.
    drop(walk_paths(line, visit, String::new(), &mut Vec::new()));
}

fn walk_paths(
    object: &str,
    visit: &mut dyn FnMut(&str, &[String]),
    prefix: String,
    path: &mut Vec<String>,
) -> Result<(), Stop> {
    each_member(object, &mut |key, value, kind| {
        let plain = sanitise(key, prefix.is_empty());
        let full = if prefix.is_empty() { plain.into_owned() } else { format!("{prefix}_{plain}") };
        path.push(key.to_owned());
        let walked = match kind {
            Type::Text | Type::Number | Type::Boolean => {
                visit(&full, path);
                Ok(())
            }
            Type::Object if path.len() < MAX_DEPTH => walk_paths(value, visit, full, path),
            _ => Ok(()),
        };
        path.pop();
        walked
    })
}

/// `json a="b.c"`: one label a path. Every label is set; what is not found is empty.
pub(crate) fn extract_paths(line: &str, paths: &[(String, Vec<Step>)], labels: &mut LineLabels<'_>) {
    if line.is_empty() || labels.parsing_is_idle() {
        return;
    }
    if !line.starts_with(['{', '[', '"']) {
        labels.fail_parsing(ERROR, None);
        return;
    }
    for (label, path) in paths {
        let found = descend(line, path).unwrap_or_else(|error| {
            labels.fail_parsing(ERROR, Some(error));
            None
        });
        if let Some((value, kind)) = found {
            let text = match kind {
                Type::Null => Cow::Borrowed(""),
                Type::Text | Type::Array => readable(value),
                _ => Cow::Borrowed(value),
            };
            labels.set(Category::Parsed, &labels.name_for_forced(label), &text);
        }
    }
    for (label, _) in paths {
        if labels.get(label).is_none() {
            labels.set(Category::Parsed, label, "");
        }
    }
}

/// `unpack`: the members of a packed line become labels, `_entry` becomes the line.
pub(crate) fn unpack<'l>(line: Cow<'l, str>, labels: &mut LineLabels<'_>) -> Cow<'l, str> {
    if line.is_empty() || labels.parsing_is_idle() && !line.starts_with('{') {
        return line;
    }
    if !line.starts_with('{') {
        labels.fail_parsing(ERROR, Some("expecting json object(6), but it is not"));
        return line;
    }
    let mut entry = None;
    let mut found = Vec::new();
    let walked = each_member(&line, &mut |key, value, kind| {
        if kind != Type::Text {
            return Ok(());
        }
        if key == "_entry" {
            entry = Some(unescape(value).ok_or(BAD_ESCAPE)?.into_owned());
        } else if let Some(name) = labels.name_for(key) {
            found.push((sanitise(&name, true).into_owned(), readable(value).into_owned()));
        }
        Ok(())
    });
    if let Err(Stop::Error(error)) = walked {
        if !labels.parsing_is_idle() {
            labels.fail_parsing(ERROR, Some(error));
        }
        return line;
    }
    let Some(entry) = entry else { return line };
    for (name, value) in found {
        labels.found(&name, &value);
    }
    Cow::Owned(entry)
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// Reads `a.b[0]["c d"]`. `Err` is what the replaced system says.
pub(crate) fn parse_path(text: &str) -> Result<Vec<Step>, String> {
    let fail = |what: &str| Err(format!("cannot parse expression [{text}]: syntax error: {what}"));
    let (mut steps, mut rest) = (Vec::new(), text);
    if rest.is_empty() {
        return fail("unexpected $end, expecting FIELD or LSB");
    }
    let mut wants_field = true;
    while let Some(c) = rest.chars().next() {
        match c {
            '[' => {
                rest = &rest[1..];
                if let Some(quoted) = rest.strip_prefix('"') {
                    let Some(end) = quoted.find('"') else {
                        return fail("unexpected $end, expecting STRING or INDEX");
                    };
                    steps.push(Step::Key(quoted[..end].to_owned()));
                    rest = &quoted[end + 1..];
                } else {
                    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                    match rest[..digits].parse() {
                        Ok(index) => steps.push(Step::Index(index)),
                        Err(_) if rest.is_empty() => {
                            return fail("unexpected $end, expecting STRING or INDEX");
                        }
                        Err(_) => return fail("unexpected FIELD, expecting STRING or INDEX"),
                    }
                    rest = &rest[digits..];
                }
                let Some(after) = rest.strip_prefix(']') else {
                    return fail(if rest.is_empty() {
                        "unexpected $end, expecting RSB"
                    } else {
                        "unexpected FIELD, expecting RSB"
                    });
                };
                rest = after;
                wants_field = false;
            }
            '.' if wants_field => {
                return fail(if steps.is_empty() {
                    "unexpected DOT, expecting FIELD or LSB"
                } else {
                    "unexpected DOT, expecting FIELD"
                });
            }
            '.' => {
                rest = &rest[1..];
                if rest.is_empty() {
                    return fail("unexpected $end, expecting FIELD");
                }
                wants_field = true;
            }
            _ if !wants_field => return fail("unexpected FIELD"),
            _ => {
                let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
                if end == 0 {
                    return fail("unexpected RSB, expecting FIELD or LSB");
                }
                steps.push(Step::Key(rest[..end].to_owned()));
                rest = &rest[end..];
                wants_field = false;
            }
        }
    }
    Ok(steps)
}

fn descend<'l>(value: &'l str, path: &[Step]) -> Result<Option<(&'l str, Type)>, &'static str> {
    let Some(start) = token(value, 0).filter(|start| value.as_bytes()[*start] != b'"') else {
        return Ok(None);
    };
    // The outermost value may be cut off: what is before the cut can be found.
    let mut current = &value[start..];
    let mut kind = if current.starts_with('{') { Type::Object } else { Type::Array };
    for (depth, step) in path.iter().enumerate() {
        let (mut found, mut damage) = (None, None);
        match (step, kind) {
            (Step::Key(wanted), Type::Object) => {
                let visit = &mut |key: &str, value, kind| {
                    if key == wanted {
                        found = Some((value, kind));
                        return Err(Stop::Enough);
                    }
                    Ok(())
                };
                let _ = each_member_or(current, visit, &mut |key, error| {
                    damage = (key == wanted && depth + 1 == path.len()).then_some(error);
                });
            }
            (Step::Index(wanted), Type::Array) => found = element(current, *wanted),
            _ => {}
        }
        match (found, damage) {
            (Some(found), _) => (current, kind) = found,
            (None, Some(error)) => return Err(error),
            (None, None) => return Ok(None),
        }
    }
    Ok(Some((current, kind)))
}

/// One of the values of an array.
fn element(array: &str, wanted: usize) -> Option<(&str, Type)> {
    let mut at = token(array, 1)?;
    for _ in 0..wanted {
        let comma = token(array, value_at(array, at).ok()?.2)?;
        if array.as_bytes()[comma] != b',' {
            return None;
        }
        at = token(array, comma + 1)?;
    }
    let (value, kind, _) = value_at(array, at).ok()?;
    Some((value, kind))
}

/// Calls `visit` with key, value (texts without quotes) and type of each member.
fn each_member<'l>(
    text: &'l str,
    visit: &mut dyn FnMut(&str, &'l str, Type) -> Result<(), Stop>,
) -> Result<(), Stop> {
    each_member_or(text, visit, &mut |_, _| ())
}

/// The same; `damaged` hears of the member whose value cannot be read, which is the last one.
fn each_member_or<'l>(
    text: &'l str,
    visit: &mut dyn FnMut(&str, &'l str, Type) -> Result<(), Stop>,
    damaged: &mut dyn FnMut(&str, &'static str),
) -> Result<(), Stop> {
    let bytes = text.as_bytes();
    let mut at = token(text, 0).filter(|at| bytes[*at] == b'{').ok_or(BAD_OBJECT)? + 1;
    at = token(text, at).ok_or(BAD_JSON)?;
    if bytes[at] == b'}' {
        return Ok(());
    }
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += 1,
            b'}' => return Ok(()),
            _ => return Err(BAD_OBJECT.into()),
        }
        let end = string_end(bytes, at).ok_or(BAD_JSON)?;
        let key = unescape(&text[at..end]).ok_or(BAD_ESCAPE)?;
        at = token(text, end + 1).ok_or(BAD_JSON)?;
        if bytes[at] != b':' {
            return Err(BAD_JSON.into());
        }
        at = token(text, at + 1).ok_or(BAD_JSON)?;
        let (value, kind, end) = value_at(text, at).inspect_err(|error| damaged(&key, error))?;
        visit(&key, value, kind)?;
        at = token(text, end).ok_or(BAD_ARRAY)?;
        match bytes[at] {
            b'}' => return Ok(()),
            b',' => at += 1,
            _ => return Err(BAD_OBJECT.into()),
        }
        at = token(text, at).ok_or(BAD_ARRAY)?;
    }
    Err(BAD_OBJECT.into())
}

/// The place of the next byte that is no white space.
fn token(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes().get(from..)?;
    bytes.iter().position(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t')).map(|n| from + n)
}

/// The place of the quote that ends a string which begins at `from`.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let next = at + memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[next] == b'"' {
            return Some(next);
        }
        at = next + 2;
    }
}

/// Value, type and the place after it.
fn value_at(text: &str, at: usize) -> Result<(&str, Type, usize), &'static str> {
    let bytes = text.as_bytes();
    match bytes.get(at) {
        None => Err(BAD_JSON),
        Some(b'"') => {
            let end = string_end(bytes, at + 1).ok_or(BAD_STRING)?;
            Ok((&text[at + 1..end], Type::Text, end + 1))
        }
        Some(b'[') => {
            let end = block_end(bytes, at, b'[', b']').ok_or(BAD_ARRAY)?;
            Ok((&text[at..end], Type::Array, end))
        }
        Some(b'{') => {
            let end = block_end(bytes, at, b'{', b'}').ok_or(BAD_OBJECT)?;
            Ok((&text[at..end], Type::Object, end))
        }
        Some(first) => {
            let length = bytes[at..]
                .iter()
                .position(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'}' | b']'))
                .unwrap_or(bytes.len() - at);
            if length == 0 {
                return Err(BAD_VALUE);
            }
            let value = &text[at..at + length];
            let kind = match (first, value) {
                (_, "true" | "false") => Type::Boolean,
                (_, "null") => Type::Null,
                (b'0'..=b'9' | b'-', _) => Type::Number,
                _ => return Err(UNKNOWN),
            };
            Ok((value, kind, at + length))
        }
    }
}

/// The place after the bracket that closes the one at `from`.
fn block_end(bytes: &[u8], from: usize, open: u8, close: u8) -> Option<usize> {
    let (mut level, mut at) = (0usize, from);
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' {
            at = string_end(bytes, at + 1)?;
        } else if byte == open {
            level += 1;
        } else if byte == close {
            level -= 1;
            if level == 0 {
                return Some(at + 1);
            }
        }
        at += 1;
    }
    None
}

/// A string's text; what cannot be read or holds a replacement character is empty.
fn readable(raw: &str) -> Cow<'_, str> {
    match unescape(raw) {
        Some(text) if !text.contains('\u{fffd}') => text,
        _ => Cow::Borrowed(""),
    }
}

/// A JSON string without its escapes; `None` for a bad one.
fn unescape(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('\\') {
        return Some(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        match escape {
            b'"' | b'\\' | b'/' | b'\'' => out.push(char::from(escape)),
            b'b' => out.push('\x08'),
            b'f' => out.push('\x0c'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let unit = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
                rest = &rest[4..];
                if (0xd800..0xdc00).contains(&unit) {
                    let low = u32::from_str_radix(rest.strip_prefix("\\u")?.get(..4)?, 16).ok()?;
                    let code = 0x10000 + ((unit - 0xd800) << 10) + low.checked_sub(0xdc00)?;
                    out.push(char::from_u32(code)?);
                    rest = &rest[6..];
                } else {
                    out.push(char::from_u32(unit).unwrap_or('\u{fffd}'));
                }
            }
            _ => return None,
        }
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::labels::Hints;

    fn paths(line: &str, path: &str) -> String {
        let hints = Hints::default();
        let mut labels = LineLabels::new(&hints, 0);
        extract_paths(line, &[("x".to_owned(), parse_path(path).unwrap())], &mut labels);
        labels.merged().to_string()
    }

    #[test]
    fn paths_reach_into_objects_and_arrays() {
        let line = r#"{"level": "Warning", "msg": "say \"hi\" & <bye>", "order": {"id": 1, "items": [{"sku": "a"}, {"sku": "b"}], "c": "Łódź"}, "tags": []}"#;
        for (path, wanted) in [
            ("order.c", r#"{x="Łódź"}"#),
            ("order.items[1].sku", r#"{x="b"}"#),
            (r#"order["id"]"#, r#"{x="1"}"#),
            ("tags", r#"{x="[]"}"#),
            ("order.nope", r#"{x=""}"#),
        ] {
            assert_eq!(paths(line, path), wanted, "{path}");
        }
        assert_eq!(paths(r#"{"a": {"b": 5}, "c": "cu"#, "a.b"), r#"{x="5"}"#, "a cut line");
    }
}
