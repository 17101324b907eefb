//! Policies: which spans are counted at all.
//!
//! A span is counted when no `exclude` fits it and, where there are any, one `include_any` does or every `include` does. A
//! match fits when all of its attributes do. Invariant: a filter that was made can be asked; what cannot be is refused.

use model::regexp::{Anchors, compile};
use model::{Attributes, Span, Value, attr};
use regex::Regex;
use serde::{Deserialize, Serialize};

/// Policies, and tests of attributes in all of them, at most: each costs every span a comparison.
const MAX_TESTS: usize = 200;

/// A policy as it is written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Spans must fit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include: Option<Match>,
    /// Spans may fit it instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_any: Option<Match>,
    /// Spans must not fit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Match>,
}

/// What a span must be like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// `strict` or `regex`.
    pub match_type: String,
    /// All of these.
    pub attributes: Vec<Wanted>,
}

/// One property of a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// `name`, `kind`, `status`, `span.KEY` or `resource.KEY`.
    pub key: String,
    /// Its value; a pattern is found anywhere in it.
    pub value: WantedValue,
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WantedValue {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text.
    Text(String),
}

/// Policies that can be asked.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    written: Vec<Policy>,
    include: Vec<Vec<Test>>,
    include_any: Vec<Vec<Test>>,
    exclude: Vec<Vec<Test>>,
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

#[derive(Debug, Clone)]
enum Of {
    Name,
    Kind,
    Status,
    Span(String),
    Resource(String),
}

#[derive(Debug, Clone)]
enum With {
    Equal(WantedValue),
    Pattern(Regex),
}

#[derive(Debug, Clone)]
struct Test {
    of: Of,
    with: With,
}

impl Filter {
    /// Reads policies; says which cannot be asked.
    pub fn of(policies: &[Policy]) -> Result<Self, String> {
        let mut filter = Filter { written: policies.to_vec(), ..Filter::default() };
        for policy in policies {
            let parts = [
                (&policy.include, &mut filter.include, "include"),
                (&policy.include_any, &mut filter.include_any, "include_any"),
                (&policy.exclude, &mut filter.exclude, "exclude"),
            ];
            let mut any = false;
            for (written, into, name) in parts {
                if let Some(written) = written {
                    any = true;
                    into.push(tests(written).map_err(|reason| format!("filter_policies: {name}: {reason}"))?);
                }
            }
            if !any {
                return Err(
                    "filter_policies: a policy has none of include, include_any and exclude".to_owned()
                );
            }
        }
        let all = filter.include.iter().chain(&filter.include_any).chain(&filter.exclude);
        match all.map(Vec::len).sum::<usize>() + policies.len() > MAX_TESTS {
            true => Err(format!("filter_policies: more than {MAX_TESTS} policies and attributes")),
            false => Ok(filter),
        }
    }

    /// The policies, as they were written.
    pub fn written(&self) -> &[Policy] {
        &self.written
    }

    /// Whether a span is counted.
    pub(crate) fn takes(&self, span: &Span, resource: &Attributes) -> bool {
        let fits = |tests: &Vec<Test>| tests.iter().all(|test| test.fits(span, resource));
        if self.exclude.iter().any(fits) {
            return false;
        }
        if self.include_any.iter().any(fits) {
            return true;
        }
        match self.include.is_empty() {
            true => self.include_any.is_empty(),
            false => self.include.iter().all(fits),
        }
    }
}

fn tests(written: &Match) -> Result<Vec<Test>, String> {
    let pattern = match written.match_type.as_str() {
        "strict" => false,
        "regex" => true,
        other => return Err(format!("match_type {other:?} is neither strict nor regex")),
    };
    written.attributes.iter().map(|wanted| test(wanted, pattern)).collect()
}

fn test(Wanted { key, value }: &Wanted, pattern: bool) -> Result<Test, String> {
    let of = match key.as_str() {
        "name" | "span:name" => Of::Name,
        "kind" | "span:kind" => Of::Kind,
        "status" | "span:status" => Of::Status,
        key => match key.split_once('.') {
            Some(("span", key)) if !key.is_empty() => Of::Span(key.to_owned()),
            Some(("resource", key)) if !key.is_empty() => Of::Resource(key.to_owned()),
            _ => {
                return Err(format!("{key:?} is none of name, kind, status, span.KEY and resource.KEY"));
            }
        },
    };
    let text = match value {
        WantedValue::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let known = |of: &Of, text: &str| match of {
        Of::Kind => crate::span::KINDS.iter().any(|(_, name)| *name == text),
        Of::Status => crate::span::STATUSES.iter().any(|(_, name)| *name == text),
        _ => true,
    };
    let with = match (pattern, text) {
        (true, None) => return Err(format!("the pattern of {key} is no text")),
        (true, Some(text)) => {
            let compiled = compile(text, Anchors::None, false);
            With::Pattern(compiled.map_err(|error| format!("the pattern of {key}: {error}"))?)
        }
        (false, None) if matches!(of, Of::Name | Of::Kind | Of::Status) => {
            return Err(format!("the value of {key} is no text"));
        }
        (false, Some(text)) if !known(&of, text) => return Err(format!("{key} is never {text:?}")),
        (false, _) => With::Equal(value.clone()),
    };
    Ok(Test { of, with })
}

impl Test {
    fn fits(&self, span: &Span, resource: &Attributes) -> bool {
        match &self.of {
            Of::Name => self.fits_text(&span.name),
            Of::Kind => self.fits_text(crate::span::kind_text(span.kind)),
            Of::Status => self.fits_text(crate::span::status_text(span.status)),
            Of::Span(key) => attr::find(&span.attributes, key).is_some_and(|value| self.fits_value(value)),
            Of::Resource(key) => attr::find(resource, key).is_some_and(|value| self.fits_value(value)),
        }
    }

    fn fits_text(&self, text: &str) -> bool {
        match &self.with {
            With::Pattern(pattern) => pattern.is_match(text),
            With::Equal(WantedValue::Text(wanted)) => wanted == text,
            With::Equal(_) => false,
        }
    }

    fn fits_value(&self, value: &Value) -> bool {
        match (&self.with, value) {
            (_, Value::Str(text)) => self.fits_text(text),
            (With::Equal(WantedValue::Flag(wanted)), Value::Bool(flag)) => wanted == flag,
            (With::Equal(WantedValue::Int(wanted)), Value::Int(number)) => wanted == number,
            (With::Equal(WantedValue::Int(wanted)), Value::Double(number)) => *wanted as f64 == *number,
            (With::Equal(WantedValue::Float(wanted)), Value::Double(number)) => wanted == number,
            (With::Equal(WantedValue::Float(wanted)), Value::Int(number)) => *wanted == *number as f64,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{SpanKind, StatusCode};
    use proptest::prelude::*;

    fn filter(policies: &str) -> Result<Filter, String> {
        let policies: Vec<Policy> = serde_json::from_str(policies).map_err(|error| error.to_string())?;
        Filter::of(&policies)
    }

    fn takes(policies: &str) -> bool {
        let span = Span {
            name: "GET /cart".into(),
            kind: SpanKind::Server,
            status: StatusCode::Error,
            attributes: vec![
                ("http.route".into(), Value::from("/cart")),
                ("http.status".into(), Value::Int(500)),
                ("cached".into(), Value::Bool(false)),
                ("share".into(), Value::Double(2.0)),
            ],
            ..Span::default()
        };
        filter(policies).unwrap().takes(&span, &vec![("env".into(), Value::from("prod"))])
    }

    fn one(part: &str, match_type: &str, tests: &[(&str, &str)]) -> String {
        let tests: Vec<String> =
            tests.iter().map(|(key, value)| format!(r#"{{"key":"{key}","value":{value}}}"#)).collect();
        let tests = tests.join(",");
        format!(r#"{{"{part}":{{"match_type":"{match_type}","attributes":[{tests}]}}}}"#)
    }

    #[test]
    fn a_match_asks_properties_and_attributes() {
        for (match_type, key, value, fits) in [
            ("strict", "kind", r#""SPAN_KIND_SERVER""#, true),
            ("strict", "status", r#""STATUS_CODE_OK""#, false),
            ("strict", "name", r#""GET /cart""#, true),
            ("strict", "span.http.status", "500", true),
            ("strict", "span.http.status", r#""500""#, false),
            ("strict", "span.share", "2", true),
            ("strict", "span.cached", "false", true),
            ("strict", "resource.env", r#""prod""#, true),
            ("strict", "span.env", r#""prod""#, false),
            ("regex", "kind", r#""SPAN_KIND_(CLIENT|SERVER)""#, true),
            ("regex", "name", r#""^GET""#, true),
            ("regex", "name", r#""^cart""#, false),
            ("regex", "resource.env", r#""ro""#, true),
        ] {
            let policy = format!("[{}]", one("include", match_type, &[(key, value)]));
            assert_eq!(takes(&policy), fits, "{policy}");
        }
    }

    #[test]
    fn exclusion_goes_before_any_and_any_before_all() {
        let prod = ("resource.env", r#""prod""#);
        let dev = ("resource.env", r#""dev""#);
        for (policies, fits) in [
            (vec![], true),
            (vec![one("include", "strict", &[prod, dev])], false),
            (vec![one("include", "strict", &[prod]), one("include", "strict", &[dev])], false),
            (vec![one("include_any", "strict", &[prod]), one("include", "strict", &[dev])], true),
            (vec![one("include_any", "strict", &[dev])], false),
            (vec![one("include", "strict", &[prod]), one("exclude", "strict", &[prod])], false),
            (vec![one("exclude", "strict", &[dev])], true),
        ] {
            assert_eq!(takes(&format!("[{}]", policies.join(","))), fits, "{policies:?}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for (policies, reason) in [
            ("[{}]".to_owned(), "none of include"),
            (format!("[{}]", one("include", "glob", &[])), "neither strict nor regex"),
            (format!("[{}]", one("include", "strict", &[(".x", "1")])), "none of name"),
            (format!("[{}]", one("include", "strict", &[("duration", "1")])), "none of name"),
            (format!("[{}]", one("include", "strict", &[("kind", r#""server""#)])), "never"),
            (format!("[{}]", one("include", "regex", &[("name", "1")])), "no text"),
            (format!("[{}]", one("exclude", "regex", &[("name", r#""(""#)])), "the pattern of name"),
        ] {
            let refused = filter(&policies).unwrap_err();
            assert!(refused.contains(reason), "{policies}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn any_policy_is_made_or_refused(key in "[a-z.:]{0,9}", value in ".{0,9}", regex: bool) {
            let match_type = if regex { "regex" } else { "strict" }.to_owned();
            let wanted = Wanted { key, value: WantedValue::Text(value) };
            let include = Some(Match { match_type, attributes: vec![wanted] });
            if let Ok(filter) = Filter::of(&[Policy { include, ..Policy::default() }]) {
                filter.takes(&Span::default(), &Vec::new());
            }
        }
    }
}
