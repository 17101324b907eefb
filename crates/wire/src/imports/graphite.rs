//! Graphite's plain text: `path[;tag=value]* value [seconds]`, one sample a line.
//!
//! The path is the metric's name as it stands (`servers.a.load`); tags become labels. A wrong line is left out and said
//! so; the others are read. A time that is missing, 0 or -1 is now.
//! Source: <https://graphite.readthedocs.io/en/latest/feeding-carbon.html>

use crate::error::Skipped;
use crate::remote_write::Decoded;
use model::{METRIC_NAME, MetricBatch, Millis};

/// Seconds beyond this are no time: the year 9999, as in RFC 3339.
const MAX_SECONDS: f64 = 253_402_300_799.0;

/// Reads whole lines.
pub fn decode(text: &str, now: Millis) -> Decoded {
    let mut out = Decoded::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Err(reason) = push_line(&mut out.batch, line, now) {
            out.batch.abandon_series();
            let shown: String = line.chars().take(100).collect();
            out.skipped.push(Skipped { message: format!("{reason}: {shown:?}"), rows: 1 });
        }
    }
    out
}

fn push_line(batch: &mut MetricBatch, line: &str, now: Millis) -> Result<(), &'static str> {
    // Tags may hold spaces, so the numbers are taken from the end.
    let (rest, last) = line.rsplit_once([' ', '\t']).ok_or("no value")?;
    let rest = rest.trim_end();
    let (path, value, time) = match rest.rsplit_once([' ', '\t']) {
        Some((path, value)) if value.parse::<f64>().is_ok() => (path.trim_end(), value, last),
        _ => (rest, last, "-1"),
    };
    let value: f64 = value.parse().map_err(|_| "the value is no number")?;
    let at = match time.parse::<f64>() {
        Ok(-1.0 | 0.0) => now,
        Ok(seconds) if seconds.abs() <= MAX_SECONDS => Millis((seconds * 1000.0).round() as i64),
        _ => return Err("the time is no number of seconds in range"),
    };
    let mut parts = path.split(';');
    let name = parts.next().filter(|name| !name.is_empty()).ok_or("no path")?;
    batch.push_label(METRIC_NAME, name);
    for tag in parts {
        let (name, value) = tag.split_once('=').ok_or("a tag without a value")?;
        if name.is_empty() || value.is_empty() {
            return Err("a tag without a name or value");
        }
        batch.push_label(name, value);
    }
    batch.push_sample(at, value);
    batch.finish_series().map_err(|_| "a tag that is given twice")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_become_samples() {
        let read = decode(
            "a.b.c 1.5 1556813561\nx;host=a b;dc=y 2 -1\n\nbare -3\nbad\n;t=1 2 3\nx;t 1 2\ny z 1\nq;a=1;a=2 1 2\n\
             late 1 1e300\r\nx;t= 1 2\ntabs\t4\t1.5\r\n",
            Millis(9),
        );
        let row = |s: model::SeriesView<'_>| {
            format!("{} {} @{}", s.to_labels(), s.samples()[0].value, s.samples()[0].at.0)
        };
        assert_eq!(
            read.batch.series().map(row).collect::<Vec<_>>(),
            [
                r#"{__name__="a.b.c"} 1.5 @1556813561000"#,
                r#"{__name__="x", dc="y", host="a b"} 2 @9"#,
                r#"{__name__="bare"} -3 @9"#,
                r#"{__name__="y z"} 1 @9"#,
                r#"{__name__="tabs"} 4 @1500"#,
            ]
        );
        let said: Vec<_> = read.skipped.iter().map(|skipped| skipped.message.as_str()).collect();
        assert_eq!(
            said,
            [
                r#"no value: "bad""#,
                r#"no path: ";t=1 2 3""#,
                r#"a tag without a value: "x;t 1 2""#,
                r#"a tag that is given twice: "q;a=1;a=2 1 2""#,
                r#"the time is no number of seconds in range: "late 1 1e300""#,
                r#"a tag without a name or value: "x;t= 1 2""#,
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_ends(text in "[a-c;= .0-9\n-]{0,80}") {
            let read = decode(&text, Millis(0));
            let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
            prop_assert_eq!(read.batch.len() + read.skipped.len(), lines);
        }
    }
}
