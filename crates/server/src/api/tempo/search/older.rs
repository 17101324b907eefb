//! The search parameters of older clients, rewritten as a query: tags are text attributes of one span, durations are those
//! of the trace. Names of spans, roots and services are found by any part of them, other tags by their whole value.

use crate::error::Fault;
use crate::params::Params;
use query::quote::quote;

/// The query that `tags`, `minDuration` and `maxDuration` stand for; `None` when none of them is given.
pub(super) fn older_query(params: &Params) -> Result<Option<String>, Fault> {
    let mut conditions = Vec::new();
    for (key, value) in tags(params.get("tags")).map_err(|e| Fault::invalid(format!("invalid tags: {e}")))? {
        let part =
            |name: &str| format!("{name} =~ {}", quote(&format!(".*{}.*", traceql::escape_pattern(&value))));
        conditions.push(match key.as_str() {
            "name" => part("name"),
            "root.name" => part("rootName"),
            "root.service.name" => part("rootServiceName"),
            "service.name" => part("resource.service.name"),
            key => {
                let key = key.replace('\\', "\\\\").replace('"', "\\\"");
                format!(".\"{key}\" = {}", quote(&value))
            }
        });
    }
    let duration = |name: &str| -> Result<Option<i64>, Fault> {
        params
            .some(name)
            .map(|text| go_duration(text).map_err(|e| Fault::invalid(format!("invalid {name}: time: {e}"))))
            .transpose()
    };
    let (min, max) = (duration("minDuration")?, duration("maxDuration")?);
    if let (Some(min), Some(max)) = (min, max)
        && max <= min
    {
        return Err(Fault::invalid("invalid maxDuration: must be greater than minDuration"));
    }
    conditions.extend(min.map(|nanos| format!("traceDuration >= {nanos}ns")));
    conditions.extend(max.map(|nanos| format!("traceDuration <= {nanos}ns")));
    Ok((!conditions.is_empty()).then(|| format!("{{ {} }}", conditions.join(" && "))))
}

/// `key=value key="value"`, positions in errors from 1.
fn tags(text: &str) -> Result<Vec<(String, String)>, String> {
    let bytes = text.as_bytes();
    let mut out: Vec<(String, String)> = Vec::new();
    let mut at = 0;
    let unexpected = |at: usize| format!("unexpected {:?} at pos {}", char::from(bytes[at]), at + 1);
    loop {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        if at == bytes.len() {
            return Ok(out);
        }
        let start = at;
        while bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace() && *b != b'=' && *b != b'"') {
            at += 1;
        }
        if start == at || bytes.get(at) == Some(&b'"') {
            return Err(unexpected(at));
        }
        let key = text[start..at].to_owned();
        let mut value = String::new();
        if bytes.get(at) == Some(&b'=') {
            at += 1;
            if bytes.get(at) == Some(&b'"') {
                let rest = &text[at..];
                let end =
                    (1..rest.len()).find(|i| rest.as_bytes()[*i] == b'"' && rest.as_bytes()[i - 1] != b'\\');
                let end = end.ok_or("unterminated quoted value")?;
                let bytes = query::quote::unquote(&rest[..=end]).ok_or("invalid quoted value")?;
                value = String::from_utf8_lossy(&bytes).into_owned();
                at += end + 1;
            } else {
                let start = at;
                while bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace()) {
                    if matches!(bytes[at], b'=' | b'"') {
                        return Err(unexpected(at));
                    }
                    at += 1;
                }
                value = text[start..at].to_owned();
            }
        }
        if out.iter().any(|(known, _)| *known == key) {
            return Err(format!("tag {key} has been set twice"));
        }
        out.push((key, value));
    }
}

/// A duration as Go reads it (`1.5s`, `1h30m`), in nanoseconds.
pub(crate) fn go_duration(text: &str) -> Result<i64, String> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1.0),
        ("us", 1e3),
        ("µs", 1e3),
        ("μs", 1e3),
        ("ms", 1e6),
        ("s", 1e9),
        ("m", 60e9),
        ("h", 3600e9),
    ];
    let invalid = || format!("invalid duration {}", quote(text));
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanos = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let unit = &rest[..rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len())];
        if unit.is_empty() {
            return Err(format!("missing unit in duration {}", quote(text)));
        }
        let (_, size) = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| format!("unknown unit {} in duration {}", quote(unit), quote(text)))?;
        nanos += number * size;
        rest = &rest[unit.len()..];
    }
    if nanos < i64::MAX as f64 { Ok((sign * nanos) as i64) } else { Err(invalid()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_parameters_become_a_query() {
        let query =
            |text: &str| older_query(&Params::of_pairs(text)).map_err(|fault| fault.message().to_owned());
        assert_eq!(query("q={}").unwrap(), None);
        assert_eq!(
            query(r#"tags=service.name=a name="b c" x&minDuration=900ms&maxDuration=1m30s"#)
                .unwrap()
                .unwrap(),
            r#"{ resource.service.name =~ ".*a.*" && name =~ ".*b c.*" && ."x" = "" && traceDuration >= 900000000ns && traceDuration <= 90000000000ns }"#
        );
        for (text, want) in [
            ("tags=a==b", "invalid tags: unexpected '=' at pos 3"),
            ("tags=\"odd\"=x", "invalid tags: unexpected '\"' at pos 1"),
            ("tags=a=b a=b", "invalid tags: tag a has been set twice"),
            ("minDuration=x", "invalid minDuration: time: invalid duration \"x\""),
            ("maxDuration=5", "invalid maxDuration: time: missing unit in duration \"5\""),
            ("minDuration=5s&maxDuration=1s", "invalid maxDuration: must be greater than minDuration"),
        ] {
            assert_eq!(query(text).unwrap_err(), want);
        }
    }
}
