//! Time ranges as parameters of the traces API: whole seconds.

use crate::error::Fault;
use crate::params::Params;
use model::{Nanos, TimeRange};

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
