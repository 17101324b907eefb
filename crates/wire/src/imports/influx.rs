//! The line protocol: `measurement,tag=value field=1.5,other=2i 1700000000000000000`.
//!
//! Each numeric field is a series `<measurement>_<field>` with the tags as labels; booleans are 1 and 0, texts are left
//! out. A line that is wrong is left out and listed, the others are kept.
//! Source: <https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/>

use crate::error::Skipped;
use crate::remote_write::Decoded;
use model::{METRIC_NAME, MetricBatch, Millis};
use std::borrow::Cow;

/// Fields of one line, at most: as many as a wide table has columns.
const MAX_FIELDS: usize = 4096;

/// What a number at the end of a line counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// The default.
    #[default]
    Nanos,
    /// `u`, `us`
    Micros,
    /// `ms`
    Millis,
    /// `s`
    Seconds,
    /// `m`
    Minutes,
    /// `h`
    Hours,
}

impl Precision {
    /// Reads `ns`, `n`, `us`, `u`, `ms`, `s`, `m`, `h` or nothing.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "" | "ns" | "n" => Precision::Nanos,
            "us" | "u" | "µ" => Precision::Micros,
            "ms" => Precision::Millis,
            "s" => Precision::Seconds,
            "m" => Precision::Minutes,
            "h" => Precision::Hours,
            _ => return None,
        })
    }

    fn millis(self, count: i64) -> Option<Millis> {
        let millis = match self {
            Precision::Nanos => Some(count.div_euclid(1_000_000)),
            Precision::Micros => Some(count.div_euclid(1000)),
            Precision::Millis => Some(count),
            Precision::Seconds => count.checked_mul(1000),
            Precision::Minutes => count.checked_mul(60_000),
            Precision::Hours => count.checked_mul(3_600_000),
        };
        millis.map(Millis)
    }
}

/// Reads lines; those without a time get `now`. `extra` are labels of every series, which tags of the same name override.
pub fn decode(text: &str, precision: Precision, now: Millis, extra: &[(String, String)]) -> Decoded {
    let mut out = Decoded::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Err(reason) = push_line(&mut out.batch, line, precision, now, extra) {
            let shown: String = line.chars().take(100).collect();
            let message = format!("line {}: {reason}: {shown:?}", at + 1);
            out.skipped.push(Skipped { message, rows: 1 });
        }
    }
    out
}

fn push_line(
    batch: &mut MetricBatch,
    line: &str,
    precision: Precision,
    now: Millis,
    extra: &[(String, String)],
) -> Result<(), &'static str> {
    let (head, rest) = cut(line, ' ').ok_or("no fields")?;
    let (fields, time) = cut(rest.trim_start(), ' ').unwrap_or((rest.trim_start(), ""));
    let at = match time.trim() {
        "" => now,
        text => {
            text.parse().ok().and_then(|n| precision.millis(n)).ok_or("the time is no number in range")?
        }
    };
    let (measurement, tags) = cut(head, ',').unwrap_or((head, ""));
    let measurement = plain(measurement);
    if measurement.is_empty() {
        return Err("no measurement");
    }
    let mut labels: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    for tag in parts(tags) {
        let (name, value) = cut(tag, '=').ok_or("a tag without a value")?;
        if name.is_empty() || value.is_empty() {
            return Err("a tag without a name or value");
        }
        labels.push((plain(name), plain(value)));
    }
    for (name, value) in extra {
        if !labels.iter().any(|(known, _)| known == name) {
            labels.push((name.as_str().into(), value.as_str().into()));
        }
    }
    let mut found = Vec::new();
    for field in parts(fields) {
        let (name, value) = cut(field, '=').ok_or("a field without a value")?;
        if name.is_empty() || found.len() == MAX_FIELDS {
            return Err("a field without a name, or too many of them");
        }
        if let Some(value) = number(value)? {
            found.push((plain(name), value));
        }
    }
    for (name, value) in found {
        for (label, value) in &labels {
            batch.push_label(label, value);
        }
        batch.push_label(METRIC_NAME, &format!("{measurement}_{name}"));
        batch.push_sample(at, value);
        batch.finish_series().map_err(|_| "a tag that is given twice")?;
    }
    Ok(())
}

/// A field's value as a number; `None` for texts.
fn number(value: &str) -> Result<Option<f64>, &'static str> {
    if value.starts_with('"') {
        return if value.len() > 1 && value.ends_with('"') {
            Ok(None)
        } else {
            Err("a text that does not end")
        };
    }
    match value {
        "t" | "T" | "true" | "True" | "TRUE" => return Ok(Some(1.0)),
        "f" | "F" | "false" | "False" | "FALSE" => return Ok(Some(0.0)),
        _ => {}
    }
    let digits = value.strip_suffix(['i', 'u']).unwrap_or(value);
    let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    digits.parse().ok().filter(|_| is_number).map(Some).ok_or("a field that is no number, boolean or text")
}

/// Splits at the first `at` that is neither escaped nor in quotes.
fn cut(text: &str, at: char) -> Option<(&str, &str)> {
    let (mut escaped, mut quoted) = (false, false);
    for (offset, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if offset > 0 && (quoted || text[..offset].ends_with('=')) => quoted = !quoted,
            c if c == at && !quoted => return Some((&text[..offset], &text[offset + c.len_utf8()..])),
            _ => {}
        }
    }
    None
}

/// The parts between commas.
fn parts(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let (part, rest) = cut(text, ',').unwrap_or((text, ""));
        text = rest;
        Some(part)
    })
}

/// A text without its escapes.
fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && ",= \"\\".contains(*next) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str, precision: Precision) -> (Vec<String>, Vec<String>) {
        let extra = [("db".to_owned(), "mine".to_owned())];
        let decoded = decode(text, precision, Millis(7), &extra);
        let series = decoded.batch.series().map(|series| {
            let sample = series.samples()[0];
            format!("{} {}@{}", series.to_labels(), sample.value, sample.at.0)
        });
        (series.collect(), decoded.skipped.into_iter().map(|skipped| skipped.message).collect())
    }

    #[test]
    fn lines_become_series() {
        let text = "cpu,host=a\\ b,region=eu usage=0.5,idle=99i,name=\"x, y=z\",up=t 1700000000000000000\n\n# no\nplain v=1\n";
        assert_eq!(
            shown(text, Precision::Nanos).0,
            [
                r#"{__name__="cpu_usage", db="mine", host="a b", region="eu"} 0.5@1700000000000"#,
                r#"{__name__="cpu_idle", db="mine", host="a b", region="eu"} 99@1700000000000"#,
                r#"{__name__="cpu_up", db="mine", host="a b", region="eu"} 1@1700000000000"#,
                r#"{__name__="plain_v", db="mine"} 1@7"#,
            ]
        );
        assert_eq!(shown("m,db=own v=2u 3", Precision::Seconds).0, [r#"{__name__="m_v", db="own"} 2@3000"#]);
    }

    #[test]
    fn wrong_lines_are_named_and_the_others_kept() {
        let (kept, named) =
            shown("a v=1\nb\nc v=x\nd,t v=1\ne v=1 soon\nf,t=1,t=2 v=1\ng v=2\n", Precision::Nanos);
        assert_eq!(kept.len(), 2);
        let wanted = [
            "line 2: no fields",
            "line 3: a field that is no number",
            "line 4: a tag without",
            "line 5: the time",
            "line 6: a tag that is given twice",
        ];
        assert_eq!(named.len(), wanted.len(), "{named:?}");
        for (named, wanted) in named.iter().zip(wanted) {
            assert!(named.starts_with(wanted), "{named}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-z,=\\\\ \"0-9\\n.]{0,80}", other in any::<String>()) {
            decode(&text, Precision::Millis, Millis(1), &[]);
            decode(&other, Precision::Hours, Millis(1), &[]);
        }
    }
}
