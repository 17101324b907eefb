//! `GET /federate`: the newest sample of each selected series, for another server that scrapes it.
//!
//! As text, or in protobuf for who prefers that ([`Format::of`]): only there native histograms have a place. Samples lie within the
//! look-back of now; stale series are left out. Families sort by name and have no type; external labels stand last. Names
//! outside of the classic alphabet are bent with underscores unless the caller asks for them as they are
//! (`escaping=allow-utf-8`).

use super::labels::selector;
use super::plain_error;
use crate::body::header_text;
use crate::error::Fault;
use crate::params::Params;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use contract::{Need, Series, SeriesSelect, SeriesSource};
use http::{HeaderMap, HeaderValue, Request, header};
use model::{Labels, Matcher, Millis, TimeRange, is_stale};
use query::number::format_general;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::exposition::{DelimitedMetric, DelimitedValue, is_delimited, write_delimited, write_sample_name};
use wire::names::{is_metric_name, to_label_name};

/// The newest samples by name and labels, as they are stored, so that families sort.
type Families = BTreeMap<String, BTreeMap<String, DelimitedMetric>>;

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Delimited,
}

impl Format {
    /// What a caller prefers: of the entries of `Accept` that are served the one of the highest `q`, of equal ones the first.
    fn of(headers: &HeaderMap) -> Format {
        let accept = header_text(headers, header::ACCEPT);
        let weight = |entry: &str| {
            let q = entry.split(';').find_map(|part| part.trim().strip_prefix("q="));
            q.and_then(|q| q.trim().parse::<f64>().ok()).unwrap_or(1.0)
        };
        let served = accept.split(',').filter_map(|entry| {
            let text = entry.trim_start().starts_with("text/plain");
            let format =
                if is_delimited(entry) { Some(Format::Delimited) } else { text.then_some(Format::Text) };
            Some((format?, weight(entry)))
        });
        let best = served.reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map_or(Format::Text, |(format, _)| format)
    }
}

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

    fn as_str(self) -> &'static str {
        match self {
            Escaping::AllowUtf8 => "allow-utf-8",
            Escaping::Underscores => "underscores",
            Escaping::Dots => "dots",
            Escaping::Values => "values",
        }
    }

    fn content_type(self, format: Format) -> String {
        let version = if self == Escaping::AllowUtf8 { "1.0.0" } else { "0.0.4" };
        let media = match format {
            Format::Text => format!("text/plain; version={version}; charset=utf-8"),
            Format::Delimited => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
                    .to_owned()
            }
        };
        format!("{media}; escaping={}", self.as_str())
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
    let (format, escaping) = (Format::of(request.headers()), Escaping::of(request.headers()));
    match families(&state, request, format, escaping).await {
        Ok(families) => {
            let body = match format {
                Format::Text => text(&families, escaping).into_bytes(),
                Format::Delimited => delimited(&families, escaping),
            };
            let kind = HeaderValue::try_from(escaping.content_type(format)).expect("known words");
            let mut response = Response::new(Body::from(body));
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Err(fault) => plain_error(fault.status(), fault.message()),
    }
}

fn text(families: &Families, escaping: Escaping) -> String {
    let mut out = String::new();
    for (family, metrics) in families {
        let name = escaping.name(family);
        out.push_str("# TYPE ");
        write_sample_name(&mut out, &name, std::iter::empty());
        out.push_str(" untyped\n");
        for DelimitedMetric { labels, value, at } in metrics.values() {
            let DelimitedValue::Untyped(value) = value else { continue };
            write_sample_name(&mut out, &name, labels.iter().map(|(n, v)| (n.as_str(), v.as_str())));
            out.push_str(&format!(" {} {}\n", format_general(*value), at.0));
        }
    }
    out
}

fn delimited(families: &Families, escaping: Escaping) -> Vec<u8> {
    let mut out = Vec::new();
    for (family, metrics) in families {
        let metrics: Vec<DelimitedMetric> = metrics.values().cloned().collect();
        write_delimited(&mut out, &escaping.name(family), &metrics);
    }
    out
}

async fn families(
    state: &Arc<State>,
    request: Request<Body>,
    format: Format,
    escaping: Escaping,
) -> Result<Families, Fault> {
    let (parts, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let (tenant, source) = state.reader(&parts.headers)?;
    let mut families = Families::new();
    for text in params.all("match[]") {
        let matchers = match selector(text) {
            Ok(matchers) => matchers,
            // A selector of everything selects nothing here.
            Err(reason) if reason.starts_with("match[] must") => continue,
            Err(reason) => return Err(Fault::invalid(reason)),
        };
        for series in &select(state, (tenant.clone(), source.clone()), matchers).await? {
            let Some((at, value)) = newest(series).filter(|(_, value)| {
                format == Format::Delimited || matches!(value, DelimitedValue::Untyped(_))
            }) else {
                continue;
            };
            let labels = labels(state, &series.labels, escaping);
            let family = families.entry(series.labels.metric_name().to_owned()).or_default();
            family.insert(series.labels.to_string(), DelimitedMetric { labels, value, at });
        }
    }
    Ok(families)
}

/// The series with samples within the look-back of now.
async fn select(
    state: &Arc<State>,
    (tenant, source): (model::Tenant, Arc<dyn SeriesSource>),
    matchers: Vec<Matcher>,
) -> Result<Vec<Series>, Fault> {
    let now = state.clock.now_millis();
    let lookback = state.options.lookback_millis.unwrap_or(promql::options::DEFAULT_LOOKBACK_MILLIS);
    let range = TimeRange::new(Millis(now.saturating_sub(lookback).saturating_add(1)), Millis(now + 1));
    let select = SeriesSelect { matchers, range, need: Need::Last };
    let cx = state.query_context(tenant, None);
    state.run(cx, move |cx| async move { source.select(&cx, select).await }).await
}

/// The newest sample, float or histogram, unless it says that the series ended.
fn newest(series: &Series) -> Option<(Millis, DelimitedValue)> {
    let float = series.timestamps.last().map(|at| Millis(*at)).zip(series.values.last().copied());
    match (float, series.histograms.last()) {
        (float, Some((at, histogram))) if float.is_none_or(|(float, _)| float < *at) => {
            (!histogram.is_stale()).then(|| (*at, DelimitedValue::Histogram(histogram.clone())))
        }
        (float, _) => float
            .filter(|(_, value)| !is_stale(*value))
            .map(|(at, value)| (at, DelimitedValue::Untyped(value))),
    }
}

/// The labels beside the name as they go out, external ones last.
fn labels(state: &State, labels: &Labels, escaping: Escaping) -> Vec<(String, String)> {
    let named = labels.iter().filter(|(name, _)| *name != model::METRIC_NAME);
    let mut own: Vec<(String, String)> =
        named.map(|(name, value)| (escaping.name(name), value.to_owned())).collect();
    let external = state.options.external_labels.iter();
    let missing: Vec<_> =
        external.filter(|(name, _)| own.iter().all(|(own, _)| own != name)).cloned().collect();
    own.extend(missing);
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_format_is_served() {
        let proto =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        for (accept, want) in [
            (String::new(), Format::Text),
            ("*/*".into(), Format::Text),
            (proto.into(), Format::Delimited),
            (
                format!("application/openmetrics-text;version=1.0.0;q=0.8,{proto};q=0.7,text/plain;q=0.3"),
                Format::Delimited,
            ),
            (format!("{proto};q=0.2, text/plain;version=0.0.4;q=0.3"), Format::Text),
            (format!("text/plain,{proto}"), Format::Text),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text"
                    .into(),
                Format::Text,
            ),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(Format::of(&headers), want, "{accept}");
        }
    }

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
