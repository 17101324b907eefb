//! Times, durations and counts as parameters of the metrics API.

use crate::error::Fault;
use crate::params::Params;
use model::{Millis, TimeRange};

/// Go's smallest and largest times, which clients send for "everything".
const MIN_TIME: &str = "-292273086-05-16T16:47:06Z";
const MAX_TIME: &str = "292277025-08-18T07:12:54.999999999Z";

/// Times beyond these are taken for them: 2^53 milliseconds are exact as floats and far beyond any calendar.
const FAR_MILLIS: i64 = 1 << 53;

/// A time: seconds with a fraction, or RFC 3339.
pub(super) fn time(text: &str) -> Result<Millis, String> {
    match text {
        MIN_TIME => return Ok(Millis(-FAR_MILLIS)),
        MAX_TIME => return Ok(Millis(FAR_MILLIS)),
        _ => {}
    }
    if let Some(seconds) = float(text).filter(|seconds| seconds.is_finite()) {
        // Whole seconds and a fraction rounded to milliseconds, as the replaced system reads them.
        let whole = seconds.trunc();
        let millis = ((seconds - whole) * 1000.0).round();
        return Ok(Millis(((whole * 1000.0) + millis).clamp(-(FAR_MILLIS as f64), FAR_MILLIS as f64) as i64));
    }
    wire::rfc3339::parse(text)
        .map(|nanos| Millis(nanos.0.div_euclid(1_000_000)))
        .ok_or_else(|| format!("cannot parse {} to a valid timestamp", query::quote::quote(text)))
}

/// A decimal float; not hexadecimal, which Go refuses here without an exponent.
fn float(text: &str) -> Option<f64> {
    text.parse().ok().filter(|_| !text.is_empty())
}

/// The optional time `name`; `Err` names it the way most endpoints do.
pub(super) fn optional(params: &Params, name: &str) -> Result<Option<Millis>, Fault> {
    let Some(text) = params.some(name) else { return Ok(None) };
    time(text).map(Some).map_err(|e| {
        Fault::invalid(format!("invalid parameter \"{name}\": invalid time value for '{name}': {e}"))
    })
}

/// The needed time `name` of a range query.
pub(super) fn needed(params: &Params, name: &str) -> Result<Millis, Fault> {
    time(params.get(name)).map_err(|e| Fault::invalid(format!("invalid parameter \"{name}\": {e}")))
}

/// The range of a label or series query; all time when it is not given. Both ends are inside.
pub(super) fn range(params: &Params) -> Result<TimeRange<Millis>, Fault> {
    let start = optional(params, "start")?.unwrap_or(Millis(-FAR_MILLIS));
    let end = optional(params, "end")?.unwrap_or(Millis(FAR_MILLIS));
    Ok(TimeRange::new(start, Millis(end.0.saturating_add(1))))
}

/// A duration in milliseconds: seconds with a fraction, or units such as `1h30m`.
pub(super) fn duration(text: &str) -> Result<f64, String> {
    let bad = || format!("cannot parse {} to a valid duration", query::quote::quote(text));
    if let Some(seconds) = float(text) {
        let millis = seconds * 1000.0;
        if millis.abs() > i64::MAX as f64 / 1e6 {
            return Err(format!("{}. It overflows int64", bad()));
        }
        return Ok(millis);
    }
    query::duration::parse(text).map(|millis| millis as f64).map_err(|_| bad())
}

/// The parameter `limit`: 0 for none.
pub(super) fn limit(params: &Params) -> Result<usize, Fault> {
    let Some(text) = params.some("limit") else { return Ok(0) };
    let fail = |reason: String| Fault::invalid(format!("invalid parameter \"limit\": {reason}"));
    match text.parse::<i64>() {
        Ok(limit) if limit < 0 => Err(fail("limit must be non-negative".to_owned())),
        Ok(limit) => Ok(usize::try_from(limit).unwrap_or(usize::MAX)),
        Err(_) => Err(fail(format!("strconv.Atoi: parsing {}: invalid syntax", query::quote::quote(text)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, millis) in [
            ("1795172400.0506", 1_795_172_400_051),
            ("-1.5", -1500),
            ("1e3", 1_000_000),
            ("2026-11-20T10:00:00.5Z", 1_795_168_800_500),
            (MIN_TIME, -FAR_MILLIS),
        ] {
            assert_eq!(time(text), Ok(Millis(millis)), "{text}");
        }
        for text in ["", "abc", "2026-11-20", "2026-11-20 11:00:00", "now", "NaN", "0x3C"] {
            assert_eq!(time(text), Err(format!("cannot parse \"{text}\" to a valid timestamp")));
        }
        assert_eq!(
            (duration("15"), duration("1h30m"), duration("6e1"), duration("0.5")),
            (Ok(15e3), Ok(5400e3), Ok(6e4), Ok(500.0))
        );
        for text in ["", "abc", "1x", "0x3C"] {
            assert_eq!(duration(text), Err(format!("cannot parse \"{text}\" to a valid duration")));
        }
    }
}
