//! Variables in provisioning files: `$NAME`, `${NAME}`, `$__env{NAME}`, `$__file{path}`; `$$` is a dollar sign.
//!
//! Invariant: text without a dollar sign is itself. A variable that is not set is empty, as in the files' own system.

use serde_norway::Value;

/// The largest file that a variable may stand for: a password or a token.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// Every text in a value, with its variables filled in.
pub(super) fn expand_all(value: &mut Value, variables: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) if text.contains('$') => *text = expand(text, variables),
        Value::Sequence(items) => items.iter_mut().for_each(|item| expand_all(item, variables)),
        Value::Mapping(members) => members.values_mut().for_each(|member| expand_all(member, variables)),
        _ => {}
    }
}

fn expand(text: &str, variables: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let braced = [("__env{", true), ("__file{", false), ("{", true)].into_iter().find_map(
            |(start, is_variable)| {
                let (name, after) = rest.strip_prefix(start)?.split_once('}')?;
                Some((name, after, is_variable))
            },
        );
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (name, after, is_variable) = match braced {
            Some(found) => found,
            None if length > 0 => (&rest[..length], &rest[length..], true),
            None => {
                out.push('$');
                continue;
            }
        };
        rest = after;
        let value = if is_variable { variables(name) } else { file(name) };
        out.push_str(&value.unwrap_or_default());
    }
    out.push_str(rest);
    out
}

/// A file's text without space around it; `None` when it cannot be read or is no small text.
fn file(path: &str) -> Option<String> {
    if std::fs::metadata(path).ok()?.len() > MAX_FILE_BYTES {
        return None;
    }
    Some(std::fs::read_to_string(path).ok()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        let variables = |name: &str| (name == "HOST").then(|| "prom".to_owned());
        for (text, expected) in [
            ("plain", "plain"),
            ("http://$HOST:9090", "http://prom:9090"),
            ("${HOST}x$__env{HOST}", "promxprom"),
            ("$$1 $GONE.", "$1 ."),
            ("a$", "a$"),
            ("$-${", "$-${"),
            (&format!("$__file{{{}}}", path.display()), "s3cret"),
            ("$__file{/gone}", ""),
        ] {
            assert_eq!(expand(text, &variables), expected, "{text}");
        }
        let mut value: Value = serde_norway::from_str("a: [$HOST, {b: '${HOST}'}, 3]").unwrap();
        expand_all(&mut value, &variables);
        assert_eq!(value, serde_norway::from_str::<Value>("a: [prom, {b: prom}, 3]").unwrap());
    }
}
