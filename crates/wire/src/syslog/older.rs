//! RFC 3164, which describes what senders do: each part may be missing, and what is left is text.

use super::Message;
use model::Nanos;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The longest tag that is taken for a program's name; the standard says 32, programs have longer names.
const MAX_TAG: usize = 128;

/// A day in nanoseconds: a message may be so far ahead of a clock that is slow.
const DAY: i64 = 86_400_000_000_000;

/// Reads what follows the priority.
pub(super) fn read(text: &str, now: Nanos) -> Message<'_> {
    let (at, is_local, rest) = match time(text, now) {
        Some((at, is_local, rest)) => (Some(at), is_local, rest),
        None => (None, false, text),
    };
    // Without a time there is no host either: relays add both or neither.
    let (host, rest) = match rest.split_once(' ') {
        Some((host, rest))
            if at.is_some() && !host.is_empty() && !host.ends_with(':') && !host.contains('[') =>
        {
            (host, rest)
        }
        _ => ("", rest),
    };
    let (app, process, text) = tag(rest);
    Message { at, is_local, host, app, process, text, ..Message::default() }
}

/// `app[7]: text` and `app: text`.
fn tag(text: &str) -> (&str, &str, &str) {
    let named = |c: char| !c.is_whitespace() && !matches!(c, ':' | '[' | ']');
    let end = text.find(|c| !named(c)).unwrap_or(text.len());
    let (app, rest) = text.split_at(end);
    if app.is_empty() || app.len() > MAX_TAG {
        return ("", "", text);
    }
    let (process, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((process, rest)) => (process, rest),
        None => ("", rest),
    };
    match rest.strip_prefix(':') {
        Some(rest) => (app, process, rest.strip_prefix(' ').unwrap_or(rest)),
        None => ("", "", text),
    }
}

/// `Nov 25 10:00:00 `, in UTC and the year that makes it nearest to now from before, and whether the zone had to be supposed;
/// or RFC 3339, as many write.
fn time(text: &str, now: Nanos) -> Option<(Nanos, bool, &str)> {
    if let Some((first, rest)) = text.split_once(' ')
        && let Some(at) = crate::rfc3339::parse(first)
    {
        return Some((at, false, rest));
    }
    let (stamp, rest) = text.split_at_checked(15)?;
    let month = MONTHS.iter().position(|month| stamp.starts_with(month))? + 1;
    let day: u8 = stamp.get(4..6)?.trim_start().parse().ok()?;
    let clock = stamp.get(7..)?;
    if stamp.get(3..4)? != " " || stamp.get(6..7)? != " " {
        return None;
    }
    let this_year: i64 = crate::rfc3339::Utc(now).to_string().get(..4)?.parse().ok()?;
    let at = [this_year + 1, this_year, this_year - 1, this_year - 2, this_year - 3]
        .into_iter()
        .filter_map(|year| crate::rfc3339::parse(&format!("{year:04}-{month:02}-{day:02}T{clock}Z")))
        .find(|at| at.0 <= now.0.saturating_add(DAY))?;
    Some((at, true, rest.strip_prefix(' ')?))
}
