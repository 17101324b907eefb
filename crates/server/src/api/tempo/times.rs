//! Time ranges as parameters of the traces API: whole seconds.

use crate::error::Fault;
use crate::overrides::Reading;
use crate::params::Params;
use crate::state::State;
use model::{Nanos, Tenant, TimeRange};
use std::time::Duration;

const SECOND: i64 = 1_000_000_000;

fn seconds(params: &Params, name: &str) -> Result<Option<i64>, Fault> {
    let Some(text) = params.some(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        Fault::invalid(format!(
            "error parsing date range: could not parse '{name}' parameter: strconv.ParseInt: parsing {}: invalid syntax",
            query::quote::quote(text)
        ))
    })
}

/// What a tenant's queries are held to.
pub(super) fn reading(state: &State, tenant: &Tenant) -> Reading {
    let hours = |hours: u64| Some(Duration::from_secs(hours.saturating_mul(3600)));
    let chosen = state.overrides.get().map(|overrides| overrides.reading(tenant)).unwrap_or_default();
    Reading {
        longest_search: chosen.longest_search.or(hours(state.limits().max_trace_search_hours)),
        longest_metrics: chosen.longest_metrics.or(hours(state.limits().max_trace_metrics_hours)),
        ..chosen
    }
}

/// Refuses a range of a search, in seconds, that is longer than a tenant may ask for.
fn check_length(start: i64, end: i64, reading: Reading) -> Result<(), Fault> {
    let longest = reading.longest_search.filter(|longest| !longest.is_zero());
    let seconds = longest.map_or(i64::MAX, |longest| i64::try_from(longest.as_secs()).unwrap_or(i64::MAX));
    if end.saturating_sub(start) <= seconds {
        return Ok(());
    }
    let longest = traceql::format_duration(seconds.saturating_mul(SECOND));
    Err(Fault::invalid(format!(
        "range specified by start and end exceeds {longest}. received start={start} end={end}"
    )))
}

/// The range of a listing: `start` and `end`, or everything.
pub(super) fn listed_range(params: &Params, reading: Reading) -> Result<TimeRange<Nanos>, Fault> {
    let everything = TimeRange::new(Nanos(i64::MIN), Nanos(i64::MAX));
    let Some(range) = optional_range(params)? else { return Ok(everything) };
    // The end was made one second later to be inside.
    check_length(range.start.0 / SECOND, range.end.0 / SECOND - 1, reading)?;
    Ok(range)
}

/// `start` and `end` in seconds, the latter inside; `None` when neither is given.
pub(super) fn optional_range(params: &Params) -> Result<Option<TimeRange<Nanos>>, Fault> {
    let (start, end) = (seconds(params, "start")?.unwrap_or(0), seconds(params, "end")?.unwrap_or(0));
    if start == 0 && end == 0 {
        return Ok(None);
    }
    if end <= start {
        return Err(Fault::invalid(format!(
            "http parameter start must be before end. received start={start} end={end}"
        )));
    }
    let nanos = |seconds: i64| Nanos(seconds.saturating_mul(SECOND));
    Ok(Some(TimeRange::new(nanos(start), nanos(end.saturating_add(1)))))
}

/// How far back a search looks that names no range, in seconds.
const RECENT_SECONDS: i64 = 3600;

/// What Go's parser of unsigned 32-bit numbers says about a text that is none.
pub(super) fn parse_uint(text: &str) -> String {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let reason = if digits { "value out of range" } else { "invalid syntax" };
    format!("strconv.ParseUint: parsing {}: {reason}", query::quote::quote(text))
}

/// The range of a search in whole seconds, both ends inside; the last hour when it is not given.
pub(super) fn search_range(params: &Params, now_nanos: i64, reading: Reading) -> Result<(i64, i64), Fault> {
    let read = |name: &str| -> Result<i64, Fault> {
        match params.some(name) {
            None => Ok(0),
            Some(text) => match text.parse::<u32>() {
                Ok(seconds) => Ok(i64::from(seconds)),
                Err(_) => Err(Fault::invalid(format!("invalid {name}: {}", parse_uint(text)))),
            },
        }
    };
    let (start, end) = (read("start")?, read("end")?);
    if start == 0 && end == 0 {
        let now = now_nanos.div_euclid(SECOND);
        return Ok((now - RECENT_SECONDS, now));
    }
    if end <= start {
        return Err(Fault::invalid(format!(
            "http parameter start must be before end. received start={start} end={end}"
        )));
    }
    check_length(start, end, reading)?;
    Ok((start, end))
}

/// A refusal in the words of an internal call, which this endpoint passes on.
fn rpc(text: String) -> Fault {
    Fault::invalid(format!("rpc error: code = Code(400) desc = {text}"))
}

/// The window of a metrics query in nanoseconds: seconds, nanoseconds, a float or RFC 3339; the last hour (or `since`)
/// when it is not given.
pub(super) fn metrics_range(params: &Params, now_nanos: i64) -> Result<(i64, i64), Fault> {
    let read = |name: &str| -> Result<Option<i64>, Fault> {
        let fail = |text: &str| {
            let text = query::quote::quote(text);
            rpc(format!(
                "could not parse '{name}' parameter: strconv.ParseInt: parsing {text}: invalid syntax"
            ))
        };
        params.some(name).map(|text| instant(text).ok_or_else(|| fail(text))).transpose()
    };
    let end = read("end")?.unwrap_or(now_nanos);
    let since = match params.some("since") {
        None => RECENT_SECONDS * SECOND,
        Some(text) => query::duration::parse(text)
            .map(|millis| millis.saturating_mul(1_000_000))
            .map_err(|e| rpc(format!("could not parse 'since' parameter: {e}")))?,
    };
    Ok((read("start")?.unwrap_or(end.saturating_sub(since)), end))
}

fn instant(text: &str) -> Option<i64> {
    if text.contains('.')
        && let Ok(seconds) = text.parse::<f64>()
        && seconds.is_finite()
    {
        return Some((seconds * 1000.0).round() as i64 * 1_000_000);
    }
    match text.parse::<i64>() {
        // Up to ten digits are seconds.
        Ok(number) if text.len() <= 10 => Some(number.saturating_mul(SECOND)),
        Ok(number) => Some(number),
        Err(_) => wire::rfc3339::parse(text).map(|nanos| nanos.0),
    }
}

/// The step of a metrics query in nanoseconds: seconds or units.
pub(super) fn step(text: &str) -> Result<i64, Fault> {
    let nanos = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() => Some((seconds * SECOND as f64) as i64),
        _ => query::duration::parse(text).ok().map(|millis| millis.saturating_mul(1_000_000)),
    };
    nanos
        .filter(|nanos| *nanos > 0)
        .ok_or_else(|| rpc(format!("cannot parse {} to a valid duration", query::quote::quote(text))))
}
