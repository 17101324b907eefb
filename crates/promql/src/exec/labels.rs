//! `label_replace` and `label_join`.

use super::{Done, Exec, Sink, merge_same};
use crate::error::QueryError;
use crate::plan::{Kind, Node};
use crate::syntax::ast::TextLiteral;
use model::METRIC_NAME;
use model::regexp::{Anchors, compile};
use query::Grid;

/// The string arguments from number `from` on.
fn texts(args: &[Node], from: usize) -> Vec<&TextLiteral> {
    args[from..]
        .iter()
        .filter_map(|node| match &node.kind {
            Kind::Text(text) => Some(&**text),
            _ => None,
        })
        .collect()
}

/// A label's name as an error shows it, when it cannot be one.
fn bad_name(text: &TextLiteral) -> Option<String> {
    let bad = text.invalid.is_some() || text.value.is_empty();
    bad.then(|| String::from_utf8_lossy(text.bytes()).into_owned())
}

impl Exec<'_> {
    pub(super) fn label_replace(&self, args: &[Node], grid: &Grid, sink: Sink<'_>) -> Done {
        let given = texts(args, 1);
        let [target, replacement, source, pattern] = given.as_slice() else {
            return Err(QueryError::Execution("label_replace needs four strings".to_owned()));
        };
        let regex = compile(&pattern.value, Anchors::Both, true).map_err(|_| {
            QueryError::Execution(format!("invalid regular expression in label_replace(): {}", pattern.value))
        })?;
        if let Some(shown) = bad_name(target) {
            let message = format!("invalid destination label name in label_replace(): {shown}");
            return Err(QueryError::Execution(message));
        }
        let (mut series, _held) = self.collect(&args[0], grid)?;
        for one in &mut series {
            let Some(captures) = regex.captures(one.labels.value(&source.value)) else { continue };
            let value = expand(&replacement.value, &captures);
            one.labels = one.labels.with(&target.value, &value);
            if target.value == METRIC_NAME {
                one.drop_name = false;
            }
        }
        merge_same(series)?.into_iter().try_for_each(sink)
    }

    pub(super) fn label_join(&self, args: &[Node], grid: &Grid, sink: Sink<'_>) -> Done {
        let given = texts(args, 1);
        let [target, separator, sources @ ..] = given.as_slice() else {
            return Err(QueryError::Execution("label_join needs two strings".to_owned()));
        };
        if let Some(shown) = sources.iter().find_map(|s| bad_name(s)) {
            return Err(QueryError::Execution(format!("invalid source label name in label_join(): {shown}")));
        }
        if let Some(shown) = bad_name(target) {
            return Err(QueryError::Execution(format!(
                "invalid destination label name in label_join(): {shown}"
            )));
        }
        let (mut series, _held) = self.collect(&args[0], grid)?;
        for one in &mut series {
            let values: Vec<&str> = sources.iter().map(|s| one.labels.value(&s.value)).collect();
            let value = values.join(&separator.value);
            one.labels = one.labels.with(&target.value, &value);
            if target.value == METRIC_NAME {
                one.drop_name = false;
            }
        }
        merge_same(series)?.into_iter().try_for_each(sink)
    }
}

/// Go's expansion of `$1`, `$name`, `${1}` and `$$`. What names no group becomes nothing.
pub(super) fn expand(template: &str, captures: &regex::Captures<'_>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            out.push('$');
            rest = tail;
            continue;
        }
        let word = |text: &str| text.find(|c: char| !(c == '_' || c.is_alphanumeric())).unwrap_or(text.len());
        let name = match rest.strip_prefix('{') {
            Some(inner) => match inner.split_once('}') {
                Some((name, tail)) if !name.is_empty() && word(name) == name.len() => {
                    rest = tail;
                    name
                }
                _ => {
                    out.push('$');
                    continue;
                }
            },
            None => {
                let (name, tail) = rest.split_at(word(rest));
                if name.is_empty() {
                    out.push('$');
                    continue;
                }
                rest = tail;
                name
            }
        };
        let group = match name.parse::<usize>() {
            Ok(number) => captures.get(number),
            Err(_) => captures.name(name),
        };
        out.push_str(group.map_or("", |g| g.as_str()));
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_expand_as_in_go() {
        let regex = regex::Regex::new("(?P<first>a+)(b+)").unwrap();
        let captures = regex.captures("aabb").unwrap();
        for (template, value) in [
            ("$1-$2", "aa-bb"),
            ("${1}x", "aax"),
            ("$1x", ""),
            ("$first", "aa"),
            ("$$1", "$1"),
            ("$9", ""),
            ("a$", "a$"),
            ("${", "${"),
        ] {
            assert_eq!(expand(template, &captures), value, "{template}");
        }
    }
}
