//! Selectors of `response.json(path)`: the part of the GJSON path language that scripts use.
//!
//! `a.b`, `a.0`, `a.#` (length), `a.#.b` (of each), `a.#(b==1)` (first that fits), `a.#(b>1)#` (all that fit), `na*`, `a\.b`.
//! Source: <https://github.com/tidwall/gjson/blob/master/SYNTAX.md>

use serde_json::Value;

/// 128 parts: deeper paths are nobody's.
const MAX_PARTS: usize = 128;

/// What `path` selects. `None` when there is nothing.
pub(crate) fn select(document: &Value, path: &str) -> Option<Value> {
    if path.is_empty() {
        return None;
    }
    walk(document, &split(path))
}

/// Splits at dots outside of escapes and parentheses. Escapes stay, for [`unescaped`].
fn split(path: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quoted, mut escaped) = (Vec::new(), 0, 0u32, false, false);
    for (at, c) in path.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            '.' | '|' if depth == 0 && parts.len() < MAX_PARTS => {
                parts.push(&path[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&path[start..]);
    parts
}

fn walk(value: &Value, parts: &[&str]) -> Option<Value> {
    let Some((part, rest)) = parts.split_first() else { return Some(value.clone()) };
    match value {
        Value::Array(items) => {
            if *part == "#" {
                if rest.is_empty() {
                    return Some(items.len().into());
                }
                return Some(items.iter().filter_map(|item| walk(item, rest)).collect());
            }
            if let Some(query) = part.strip_prefix("#(") {
                if let Some(condition) = query.strip_suffix(")#") {
                    let found: Vec<&Value> = items.iter().filter(|item| fits(item, condition)).collect();
                    // After "all that fit" the path goes on in each of them; a further "#" is that list itself.
                    return match rest.split_first() {
                        Some((&"#", [])) => Some(found.len().into()),
                        _ => Some(found.into_iter().filter_map(|item| walk(item, rest)).collect()),
                    };
                }
                let condition = query.strip_suffix(')')?;
                return walk(items.iter().find(|item| fits(item, condition))?, rest);
            }
            walk(items.get(part.parse::<usize>().ok()?)?, rest)
        }
        Value::Object(members) => {
            if part.contains(['*', '?']) {
                let (_, found) = members.iter().find(|(key, _)| like(key, part))?;
                return walk(found, rest);
            }
            walk(members.get(&unescaped(part))?, rest)
        }
        _ => None,
    }
}

fn unescaped(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    out
}

/// Whether an element fits `path op value`.
fn fits(item: &Value, condition: &str) -> bool {
    const OPS: [&str; 8] = ["==", "!=", "<=", ">=", "!%", "%", "<", ">"];
    let found = condition.char_indices().find_map(|(at, _)| {
        let op = OPS.iter().find(|op| condition[at..].starts_with(**op))?;
        Some((at, *op))
    });
    let Some((at, op)) = found else { return walk(item, &split(condition.trim())).is_some() };
    let (path, wanted) = (condition[..at].trim(), condition[at + op.len()..].trim());
    let left = if path.is_empty() { Some(item.clone()) } else { select(item, path) };
    let Some(left) = left else { return false };
    let right: Value = serde_json::from_str(wanted).unwrap_or_else(|_| Value::from(wanted.trim_matches('"')));
    compare(&left, op, &right)
}

fn compare(left: &Value, op: &str, right: &Value) -> bool {
    if let (Some(text), Some(pattern)) = (left.as_str(), right.as_str()) {
        return match op {
            "==" => text == pattern,
            "!=" => text != pattern,
            "<" => text < pattern,
            "<=" => text <= pattern,
            ">" => text > pattern,
            ">=" => text >= pattern,
            "%" => like(text, pattern),
            _ => !like(text, pattern),
        };
    }
    if let (Some(a), Some(b)) = (left.as_f64(), right.as_f64()) {
        return match op {
            "==" => a == b,
            "!=" => a != b,
            "<" => a < b,
            "<=" => a <= b,
            ">" => a > b,
            ">=" => a >= b,
            _ => false,
        };
    }
    match op {
        "==" => left == right,
        "!=" => left != right,
        _ => false,
    }
}

/// Whether `text` fits a pattern of `*` (any text) and `?` (any character).
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            (t, p) = (t + 1, p + 1);
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            (p, t) = (at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn check(path: &str) -> Option<Value> {
        let document = json!({"name": {"first": "Tom", "a.b": 1}, "age": 37, "friends": [
            {"first": "Dale", "age": 44}, {"first": "Roger", "age": 68}, {"first": "Jane", "age": 47}]});
        select(&document, path)
    }

    #[test]
    fn paths() {
        assert_eq!(check("name.first"), Some(json!("Tom")));
        assert_eq!(check("name.a\\.b"), Some(json!(1)));
        assert_eq!(check("friends.#"), Some(json!(3)));
        assert_eq!(check("friends.#.age"), Some(json!([44, 68, 47])));
        assert_eq!(check("friends.#(age>45).first"), Some(json!("Roger")));
        assert_eq!(check("friends.#(age>45)#.first"), Some(json!(["Roger", "Jane"])));
        assert_eq!(check("friends.#(first%\"D*\").age"), Some(json!(44)));
        assert_eq!(check("a?e"), Some(json!(37)));
        for nothing in ["", "friends.9", "friends.-1", "name.first.x", "nope"] {
            assert_eq!(check(nothing), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "[a-z.#()=<>%*?\"\\\\ü0-9|]{0,24}") {
            let _ = check(&path);
        }
    }
}
