//! `GET /federate`: the newest sample of each selected series, as a text that another server scrapes.
//!
//! Only floats within the look-back of now; stale series are left out. Families sort by name and have no type; external
//! labels stand last in the braces. Names outside of the classic alphabet are bent with underscores unless the caller
//! asks for them as they are (`escaping=allow-utf-8`).

use super::labels::selector;
use super::plain_error;
use crate::body::header_text;
use crate::error::Fault;
use crate::params::Params;
use crate::respond;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{SeriesSelect, SeriesSource};
use http::{HeaderMap, Request, StatusCode, header};
use model::{Matcher, Millis, TimeRange, is_stale};
use query::number::format_general;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::exposition::write_sample_name;
use wire::names::{is_metric_name, to_label_name};

/// The text of one sample line by name and labels, as they are stored, so that families sort.
type Lines = BTreeMap<String, BTreeMap<String, String>>;

/// What becomes of names outside of the classic alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escaping {
    /// They stay.
    AllowUtf8,
    /// `_` for what does not fit.
    Underscores,
    /// `_dot_` for a dot, and `__` for `_` and all else.
    Dots,
    /// `U__` before, `__` for `_`, and `_2e_` for what does not fit.
    Values,
}

impl Escaping {
    /// The one that a caller asks for.
    fn of(headers: &HeaderMap) -> Escaping {
        let accept = header_text(headers, header::ACCEPT);
        let asked = |name: &str| accept.contains(&format!("escaping={name}"));
        match () {
            () if asked("allow-utf-8") => Escaping::AllowUtf8,
            () if asked("dots") => Escaping::Dots,
            () if asked("values") => Escaping::Values,
            () => Escaping::Underscores,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Escaping::AllowUtf8 => "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            Escaping::Underscores => "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
            Escaping::Dots => "text/plain; version=0.0.4; charset=utf-8; escaping=dots",
            Escaping::Values => "text/plain; version=0.0.4; charset=utf-8; escaping=values",
        }
    }

    fn name(self, name: &str) -> String {
        let fits = |at: usize, c: char| c.is_ascii_alphabetic() || c == ':' || (at > 0 && c.is_ascii_digit());
        let letters = || name.char_indices();
        match self {
            Escaping::AllowUtf8 => name.to_owned(),
            Escaping::Underscores | Escaping::Values if is_metric_name(name) => name.to_owned(),
            Escaping::Underscores => to_label_name(name),
            Escaping::Dots => letters()
                .map(|(at, c)| match c {
                    '.' => "_dot_".to_owned(),
                    c if fits(at, c) => c.to_string(),
                    _ => "__".to_owned(),
                })
                .collect(),
            Escaping::Values => letters().fold("U__".to_owned(), |out, (at, c)| match c {
                '_' => out + "__",
                c if fits(at, c) => format!("{out}{c}"),
                c => format!("{out}_{:x}_", u32::from(c)),
            }),
        }
    }
}

/// Answers a scrape.
pub(super) async fn federate(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Response {
    match text(&state, request).await {
        Ok((body, escaping)) => respond::with_type(StatusCode::OK, escaping.content_type(), body),
        Err(fault) => plain_error(fault.status(), fault.message()),
    }
}

async fn text(state: &Arc<State>, request: Request<Body>) -> Result<(String, Escaping), Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let escaping = Escaping::of(&parts.headers);
    let mut lines = Lines::new();
    for text in params.all("match[]") {
        let matchers = match selector(text) {
            Ok(matchers) => matchers,
            // A selector of everything selects nothing here.
            Err(reason) if reason.starts_with("match[] must") => continue,
            Err(reason) => return Err(Fault::invalid(reason)),
        };
        collect(state, (tenant.clone(), source.clone()), matchers, escaping, &mut lines).await?;
    }
    let mut out = String::new();
    for (family, samples) in lines {
        out.push_str("# TYPE ");
        write_sample_name(&mut out, &escaping.name(&family), std::iter::empty());
        out.push_str(" untyped\n");
        samples.into_values().for_each(|line| out.push_str(&line));
    }
    Ok((out, escaping))
}

async fn collect(
    state: &Arc<State>,
    (tenant, source): (model::Tenant, Arc<dyn SeriesSource>),
    matchers: Vec<Matcher>,
    escaping: Escaping,
    lines: &mut Lines,
) -> Result<(), Fault> {
    let now = state.clock.now_millis();
    let lookback = state.options.lookback_millis.unwrap_or(promql::options::DEFAULT_LOOKBACK_MILLIS);
    let range = TimeRange::new(Millis(now.saturating_sub(lookback).saturating_add(1)), Millis(now + 1));
    let select = SeriesSelect { matchers, range, needed_labels: None };
    let cx = state.query_context(tenant, None);
    let all = state.run(cx, move |cx| async move { source.select(&cx, select).await }).await?;
    for series in &all {
        let (Some(at), Some(value)) = (series.timestamps.last(), series.values.last()) else { continue };
        if is_stale(*value) {
            continue;
        }
        let family = series.labels.metric_name();
        let own: Vec<(String, &str)> = series
            .labels
            .iter()
            .filter(|(n, _)| *n != model::METRIC_NAME)
            .map(|(n, v)| (escaping.name(n), v))
            .collect();
        let external =
            state.options.external_labels.iter().filter(|(n, _)| own.iter().all(|(name, _)| name != n));
        let pairs =
            own.iter().map(|(n, v)| (n.as_str(), *v)).chain(external.map(|(n, v)| (n.as_str(), v.as_str())));
        let mut line = String::new();
        write_sample_name(&mut line, &escaping.name(family), pairs);
        line.push_str(&format!(" {} {at}\n", format_general(*value)));
        lines.entry(family.to_owned()).or_default().insert(series.labels.to_string(), line);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_as_asked() {
        for (accept, name, want) in [
            ("", "a.b_c", "a_b_c"),
            ("", "a:b_c", "a:b_c"),
            ("text/plain;escaping=allow-utf-8", "a.b", "a.b"),
            ("text/plain;escaping=dots", "a.b_c1", "a_dot_b__c1"),
            ("text/plain;escaping=values", "1a.b_ü", "U___31_a_2e_b___fc_"),
            ("text/plain;escaping=values", "a_b", "a_b"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(Escaping::of(&headers).name(name), want, "{accept} {name}");
        }
    }
}
