//! Parameters of the logs API, with the replaced system's defaults and texts.

use crate::error::Fault;
use crate::limits::Limits;
use crate::params::Params;
use contract::Direction;
use model::{Nanos, TimeRange};
use query::quote::quote;

const SECOND: i64 = 1_000_000_000;
/// How far back queries look that name no start.
const DEFAULT_SINCE_MILLIS: i64 = 3_600_000;
/// Lines of a query that names no limit.
const DEFAULT_LIMIT: i64 = 100;
/// A query that names no step has about so many points.
const DEFAULT_POINTS: i64 = 250;
/// Numbers of up to so many characters are seconds, longer ones nanoseconds.
const SECONDS_DIGITS: usize = 10;

/// A time: seconds (with a fraction, or up to ten digits), nanoseconds, or RFC 3339.
pub(super) fn time(text: &str) -> Result<Nanos, String> {
    let bad = || format!("strconv.ParseInt: parsing {}: invalid syntax", quote(text));
    if text.contains('.')
        && let Ok(seconds) = text.parse::<f64>()
        && seconds.is_finite()
    {
        // Nanoseconds of a float are noise: the fraction is rounded to milliseconds.
        let whole = seconds.trunc();
        let fraction = ((seconds - whole) * 1000.0).round() as i64 * 1_000_000;
        return Ok(Nanos((whole as i64).saturating_mul(SECOND).saturating_add(fraction)));
    }
    match text.parse::<i64>() {
        Ok(number) if text.len() <= SECONDS_DIGITS => Ok(Nanos(number.saturating_mul(SECOND))),
        Ok(number) => Ok(Nanos(number)),
        Err(_) => wire::rfc3339::parse(text).ok_or_else(bad),
    }
}

/// A duration in nanoseconds: seconds with a fraction, or units.
pub(super) fn duration(text: &str) -> Result<i64, Fault> {
    let bad = || Fault::invalid(format!("cannot parse {} to a valid duration", quote(text)));
    if let Ok(seconds) = text.parse::<f64>() {
        let nanos = seconds * SECOND as f64;
        return if nanos.is_finite() && nanos.abs() < i64::MAX as f64 {
            Ok(nanos as i64)
        } else {
            Err(bad())
        };
    }
    query::duration::parse(text).map(|millis| millis.saturating_mul(1_000_000)).map_err(|_| bad())
}

/// `start` up to but without `end`; one hour before now unless they or `since` say otherwise.
pub(super) fn range(params: &Params, now: Nanos) -> Result<TimeRange<Nanos>, Fault> {
    let parse = |name: &str| -> Result<Option<Nanos>, Fault> {
        let fail = |e| Fault::invalid(format!("could not parse '{name}' parameter: {e}"));
        params.some(name).map(time).transpose().map_err(fail)
    };
    let end = parse("end")?.unwrap_or(now);
    let since = match params.some("since") {
        None => DEFAULT_SINCE_MILLIS,
        Some(text) => query::duration::parse(text)
            .map_err(|e| Fault::invalid(format!("could not parse 'since' parameter: {e}")))?,
    };
    let from = end.min(now).0.saturating_sub(since.saturating_mul(1_000_000));
    let start = parse("start")?.unwrap_or(Nanos(from));
    Ok(TimeRange::new(start, end))
}

/// A range whose end is not before its start.
pub(super) fn ordered_range(params: &Params, now: Nanos) -> Result<TimeRange<Nanos>, Fault> {
    let range = range(params, now)?;
    if range.end < range.start {
        return Err(Fault::invalid("end timestamp must not be before or equal to start time"));
    }
    Ok(range)
}

/// The parameter `limit`, above 0.
pub(super) fn limit(params: &Params) -> Result<usize, Fault> {
    positive(params, "limit", DEFAULT_LIMIT)
}

/// A count above 0.
pub(super) fn positive(params: &Params, name: &str, default: i64) -> Result<usize, Fault> {
    let limit = match params.some(name) {
        None => default,
        Some(text) => text
            .parse::<i64>()
            .map_err(|_| Fault::invalid(format!("strconv.Atoi: parsing {}: invalid syntax", quote(text))))?,
    };
    if limit <= 0 {
        return Err(Fault::invalid("limit must be a positive value"));
    }
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// The parameter `direction`.
pub(super) fn direction(params: &Params) -> Result<Direction, Fault> {
    match params.get("direction") {
        "" => Ok(Direction::Backward),
        word if word.eq_ignore_ascii_case("backward") => Ok(Direction::Backward),
        word if word.eq_ignore_ascii_case("forward") => Ok(Direction::Forward),
        word => Err(Fault::invalid(format!("invalid direction '{word}'"))),
    }
}

/// Nanoseconds between points, checked against the most points of a series.
pub(super) fn step(params: &Params, range: TimeRange<Nanos>, limits: &Limits) -> Result<i64, Fault> {
    let length = range.end.0.saturating_sub(range.start.0);
    let step = match params.some("step") {
        None => (length / SECOND / DEFAULT_POINTS).max(1) * SECOND,
        Some(text) => duration(text)?,
    };
    if step <= 0 {
        return Err(Fault::invalid(
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    }
    if (length / step).unsigned_abs() > limits.max_query_points {
        return Err(Fault::invalid(
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
        ));
    }
    Ok(step)
}

/// The parameter `interval`: at most one line in so many nanoseconds; 0 for all.
pub(super) fn interval(params: &Params) -> Result<i64, Fault> {
    let interval = params.some("interval").map(duration).transpose()?.unwrap_or(0);
    if interval < 0 { Err(Fault::invalid("interval must be >= 0")) } else { Ok(interval) }
}

/// Refuses a range that is longer than the limit.
pub(crate) fn check_length(range: TimeRange<Nanos>, limits: &Limits) -> Result<(), Fault> {
    let hours = limits.max_log_query_hours;
    let length = range.end.0.saturating_sub(range.start.0);
    if hours == 0 || i128::from(length) <= i128::from(hours) * 3600 * i128::from(SECOND) {
        return Ok(());
    }
    let seconds = length / SECOND;
    let millis = i64::try_from(hours).unwrap_or(i64::MAX).saturating_mul(3_600_000);
    Err(Fault::invalid(format!(
        "the query time range exceeds the limit (query length: {}h{}m{}s, limit: {})",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        query::duration::format(millis)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_nanoseconds_by_their_length() {
        let at = Nanos(1_795_169_400 * SECOND);
        for text in ["1795169400", "1795169400000000000", "1795169400.0", "2026-11-20T10:10:00Z"] {
            assert_eq!(time(text), Ok(at), "{text}");
        }
        assert_eq!(time("1795169401.6004"), Ok(Nanos(1_795_169_401_600_000_000)));
        assert_eq!(time("1795169400000"), Ok(Nanos(1_795_169_400_000)));
        assert_eq!(time("tomorrow").unwrap_err(), "strconv.ParseInt: parsing \"tomorrow\": invalid syntax");
        assert_eq!(duration("30.5").unwrap(), 30_500_000_000);
        assert_eq!(duration("500ms").unwrap(), 500_000_000);
        assert_eq!(duration("abc").unwrap_err().message(), "cannot parse \"abc\" to a valid duration");
    }

    #[test]
    fn long_ranges_are_refused_in_words() {
        let range = TimeRange::new(Nanos(179_516_940 * SECOND), Nanos(1_795_169_402 * SECOND));
        let text = check_length(range, &Limits::default()).unwrap_err();
        assert_eq!(
            text.message(),
            "the query time range exceeds the limit (query length: 448792h21m2s, limit: 30d1h)"
        );
    }
}
