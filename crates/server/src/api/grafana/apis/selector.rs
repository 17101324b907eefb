//! Which resources a list holds: the selectors of its request, and the page of it.
//!
//! ```text
//! labelSelector  team=a, tier!=b, canary, !old, zone in (x, y), zone notin (z)
//! fieldSelector  metadata.name=NAME
//! ```
//! Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api>

use super::Failure;
use crate::params::Params;
use http::StatusCode;
use serde_json::Value;

/// Asks for what was deleted, as it was before.
const TRASH: &str = "grafana.app/get-trash";
/// Resources of one page when none are asked for, and the most that may be.
const PAGE: usize = 500;
const MAX_PAGE: usize = 1_000;

/// What a label must be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    Any,
    Missing,
}

/// What a request for a list asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    labels: Vec<(String, Wish)>,
    /// The only name that is wanted.
    name: Option<String>,
    /// Whether deleted ones are asked for.
    pub(super) is_trash: bool,
    after: String,
    limit: usize,
}

impl Selector {
    /// `kinds` is the plural that paths have.
    pub(super) fn of(params: &Params, kinds: &str) -> Result<Self, Failure> {
        if matches!(params.get("watch"), "true" | "1") {
            let message = format!("watching {kinds} is not supported: list them again");
            return Err(Failure::of(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message));
        }
        let mut labels = wishes(params.get("labelSelector"))?;
        let is_trash =
            labels.iter().any(|(name, wish)| name == TRASH && *wish == Wish::OneOf(vec!["true".to_owned()]));
        labels.retain(|(name, _)| name != TRASH);
        let name = match params.some("fieldSelector") {
            None => None,
            Some(text) => Some(field(text)?),
        };
        let limit = params.get("limit").parse().ok().filter(|limit| *limit > 0).unwrap_or(PAGE).min(MAX_PAGE);
        Ok(Selector { labels, name, is_trash, after: params.get("continue").to_owned(), limit })
    }

    /// Whether it asks about labels: then each resource must be read before it is known whether it counts.
    pub(super) fn asks_labels(&self) -> bool {
        !self.labels.is_empty()
    }

    pub(super) fn is_match(&self, metadata: &Value) -> bool {
        self.labels.iter().all(|(name, wish)| {
            let own = metadata["labels"][name].as_str();
            match wish {
                Wish::Any => own.is_some(),
                Wish::Missing => own.is_none(),
                Wish::OneOf(all) => own.is_some_and(|own| all.iter().any(|one| one == own)),
                Wish::NoneOf(all) => own.is_none_or(|own| all.iter().all(|one| one != own)),
            }
        })
    }

    /// The names of one page in their order, and the word that asks for the next, "" when there is none.
    pub(super) fn page(&self, mut names: Vec<String>) -> (Vec<String>, String) {
        names.retain(|name| {
            name.as_str() > self.after.as_str() && self.name.as_ref().is_none_or(|wanted| wanted == name)
        });
        names.sort();
        let is_last = names.len() <= self.limit;
        names.truncate(self.limit);
        let token = if is_last { String::new() } else { names.last().cloned().unwrap_or_default() };
        (names, token)
    }
}

fn bad(part: &str) -> Failure {
    Failure::invalid(format!("unable to parse the selector {part:?}"))
}

/// The name that `metadata.name=NAME` asks for.
fn field(text: &str) -> Result<String, Failure> {
    match text.split_once('=') {
        Some(("metadata.name", name)) => Ok(name.trim_start_matches('=').trim().to_owned()),
        _ => Err(Failure::invalid(format!("field selector {text:?}: expected metadata.name=NAME"))),
    }
}

/// The parts of a selector; commas within brackets do not part them.
fn wishes(text: &str) -> Result<Vec<(String, Wish)>, Failure> {
    let mut depth = 0_i32;
    let parts = text.split(|char| {
        depth += i32::from(char == '(') - i32::from(char == ')');
        char == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).map(wish).collect()
}

fn wish(part: &str) -> Result<(String, Wish), Failure> {
    let named = |name: &str, wish: Wish| Ok((name.trim().to_owned(), wish));
    for (word, is_in) in [(" notin ", false), (" in ", true)] {
        if let Some((name, list)) = part.split_once(word) {
            let list = list.trim().strip_prefix('(').and_then(|list| list.strip_suffix(')'));
            let list = list.ok_or_else(|| bad(part))?;
            let values = list.split(',').map(|one| one.trim().to_owned()).collect();
            return named(name, if is_in { Wish::OneOf(values) } else { Wish::NoneOf(values) });
        }
    }
    if let Some((name, value)) = part.split_once("!=") {
        return named(name, Wish::NoneOf(vec![value.trim().to_owned()]));
    }
    if let Some((name, value)) = part.split_once('=') {
        return named(name, Wish::OneOf(vec![value.trim_start_matches('=').trim().to_owned()]));
    }
    match part.strip_prefix('!') {
        Some(name) => named(name, Wish::Missing),
        None if part.contains(char::is_whitespace) => Err(bad(part)),
        None => named(part, Wish::Any),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selector(pairs: &[(&str, &str)]) -> Result<Selector, Failure> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Selector::of(&Params::of(pairs.collect()), "dashboards")
    }

    #[test]
    fn labels_are_matched_as_they_are_asked() {
        let own = json!({ "labels": { "team": "a", "tier": "web" } });
        for (asked, is_match) in [
            ("", true),
            ("team=a", true),
            ("team==a,tier!=db", true),
            ("team=b", false),
            ("team", true),
            ("!team", false),
            ("!old , tier in (web, db)", true),
            ("tier notin (web)", false),
            ("old!=x", true),
        ] {
            let found = selector(&[("labelSelector", asked)]).map(|one| one.is_match(&own));
            assert_eq!(found.ok(), Some(is_match), "{asked}");
        }
        assert!(selector(&[("labelSelector", "a b")]).is_err());
        assert!(selector(&[("labelSelector", "a in b")]).is_err());
        assert!(selector(&[("fieldSelector", "spec.title=x")]).is_err());
        assert!(selector(&[("watch", "1")]).is_err_and(|refused| refused.code == 405));
    }

    #[test]
    fn names_come_in_pages() {
        let names = || ["c", "a", "b"].map(str::to_owned).to_vec();
        let first = selector(&[("limit", "2")]).ok().unwrap();
        assert_eq!(first.page(names()), (vec!["a".to_owned(), "b".to_owned()], "b".to_owned()));
        let next = selector(&[("limit", "2"), ("continue", "b")]).ok().unwrap();
        assert_eq!(next.page(names()), (vec!["c".to_owned()], String::new()));
        let one = selector(&[("fieldSelector", "metadata.name=b")]).ok().unwrap();
        assert_eq!(one.page(names()).0, ["b"]);
        assert!(selector(&[("labelSelector", "grafana.app/get-trash=true")]).ok().unwrap().is_trash);
    }
}
