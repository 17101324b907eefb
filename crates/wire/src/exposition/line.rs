//! One line of an exposition.

use super::{Format, parse_float};
use crate::names::{is_label_name, is_metric_name};
use model::{Exemplar, Labels, MetricKind, Millis};
use std::borrow::Cow;

/// What a line says.
pub(super) enum Statement<'a> {
    Nothing,
    End,
    Help(String, String),
    Type(String, MetricKind),
    Unit(String, String),
    Sample(Sample<'a>),
}

/// A sample line.
pub(super) struct Sample<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) labels: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub(super) value: f64,
    pub(super) at: Option<Millis>,
    pub(super) exemplar: Option<Exemplar>,
    pub(super) exemplar_at: Option<Millis>,
}

/// A line while it is read.
pub(super) struct Line<'a> {
    rest: &'a str,
    format: Format,
}

type LabelPairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

impl<'a> Line<'a> {
    pub(super) fn new(line: &'a str, format: Format) -> Self {
        Line { rest: line, format }
    }

    pub(super) fn statement(mut self) -> Result<Statement<'a>, String> {
        if self.format == Format::Text {
            self.skip_space();
        }
        if self.rest.is_empty() {
            return Ok(Statement::Nothing);
        }
        if let Some(comment) = self.rest.strip_prefix('#') {
            self.rest = comment;
            return self.comment();
        }
        self.sample().map(Statement::Sample)
    }

    fn comment(mut self) -> Result<Statement<'a>, String> {
        let strict = self.format == Format::OpenMetrics;
        if strict && self.rest == " EOF" {
            return Ok(Statement::End);
        }
        let before = self.rest.len();
        self.skip_space();
        let spaced = self.rest.len() < before;
        let keyword = self.word();
        let known = spaced && (matches!(keyword, "HELP" | "TYPE") || (strict && keyword == "UNIT"));
        if !known {
            return if strict {
                Err(format!("unknown comment {:?}", self.rest))
            } else {
                Ok(Statement::Nothing)
            };
        }
        self.skip_space();
        if self.rest.is_empty() && !strict {
            return Ok(Statement::Nothing);
        }
        let family = self.family()?;
        let text = self.rest.strip_prefix([' ', '\t']).unwrap_or(self.rest);
        Ok(match keyword {
            "HELP" => {
                let text = if strict { text } else { text.trim_start_matches([' ', '\t']) };
                Statement::Help(family, unescape(text, strict))
            }
            "UNIT" => {
                if !text.is_empty() && !family.ends_with(&format!("_{text}")) {
                    return Err(format!("unit {text:?} is not the last word of metric {family:?}"));
                }
                Statement::Unit(family, text.to_owned())
            }
            _ => Statement::Type(family, kind_of(text.trim_matches([' ', '\t']), self.format)?),
        })
    }

    fn family(&mut self) -> Result<String, String> {
        if self.rest.starts_with('"') {
            return self.quoted().map(Cow::into_owned);
        }
        let name = self.word();
        if is_metric_name(name) { Ok(name.to_owned()) } else { Err(format!("invalid metric name {name:?}")) }
    }

    fn sample(&mut self) -> Result<Sample<'a>, String> {
        let end = self.rest.find([' ', '\t', '{', '#']).unwrap_or(self.rest.len());
        let name = &self.rest[..end];
        let mut name = (!name.is_empty()).then_some(Cow::Borrowed(name));
        if let Some(name) = &name
            && !is_metric_name(name)
        {
            return Err(format!("invalid metric name {name:?}"));
        }
        self.rest = &self.rest[end..];
        if self.format == Format::Text {
            self.skip_space();
        }
        let labels = if self.rest.starts_with('{') { self.labels(&mut name)? } else { Vec::new() };
        let name = name.ok_or("metric name not set while parsing")?;
        let value = self.number("value")?;
        let (mut at, mut exemplar, mut exemplar_at) = (None, None, None);
        self.skip_space();
        if !self.rest.is_empty() && !self.rest.starts_with('#') {
            at = Some(self.time()?);
            self.skip_space();
        }
        if self.format == Format::OpenMetrics
            && let Some(rest) = self.rest.strip_prefix("# ")
        {
            self.rest = rest;
            (exemplar, exemplar_at) = self.exemplar()?;
        }
        self.skip_space();
        if !self.rest.is_empty() {
            return Err(format!("expected end of line, got {:?}", self.rest));
        }
        Ok(Sample { name, labels, value, at, exemplar, exemplar_at })
    }

    fn exemplar(&mut self) -> Result<(Option<Exemplar>, Option<Millis>), String> {
        let mut no_name = None;
        let labels = self.labels(&mut no_name)?;
        if no_name.is_some() {
            return Err("an exemplar has no metric name".to_owned());
        }
        let value = self.number("exemplar value")?;
        self.skip_space();
        let at = if self.rest.is_empty() { None } else { Some(self.time()?) };
        Ok((Some(Exemplar { labels: Labels::from_pairs(labels), value, at: Millis(0) }), at))
    }

    /// `{a="b", "c.d"="e"}`; a quoted text without a value is the metric's name.
    fn labels(&mut self, name: &mut Option<Cow<'a, str>>) -> Result<LabelPairs<'a>, String> {
        self.rest = self.rest.strip_prefix('{').ok_or("expected '{'")?;
        let mut labels = Vec::new();
        loop {
            self.skip_space();
            if let Some(rest) = self.rest.strip_prefix('}') {
                self.rest = rest;
                return Ok(labels);
            }
            let quoted = self.rest.starts_with('"');
            let label = if quoted { self.quoted()? } else { Cow::Borrowed(self.word()) };
            self.skip_space();
            if let Some(rest) = self.rest.strip_prefix('=') {
                self.rest = rest;
                self.skip_space();
                if !quoted && !is_label_name(&label) {
                    return Err(format!("invalid label name {label:?}"));
                }
                if label.is_empty() {
                    return Err("a label has no name".to_owned());
                }
                let value = self.quoted()?;
                labels.push((label, value));
            } else if quoted && name.is_none() && !label.is_empty() {
                *name = Some(label);
            } else {
                return Err(format!("expected '=' after label name {label:?}"));
            }
            self.skip_space();
            match self.rest.as_bytes().first() {
                Some(b',') => self.rest = &self.rest[1..],
                Some(b'}') => {}
                _ => return Err(format!("expected ',' or '}}' in labels, got {:?}", self.rest)),
            }
        }
    }

    /// A text in double quotes, with `\\`, `\"` and `\n` undone.
    fn quoted(&mut self) -> Result<Cow<'a, str>, String> {
        let inside =
            self.rest.strip_prefix('"').ok_or_else(|| format!("expected '\"', got {:?}", self.rest))?;
        let mut escaped = false;
        let mut last_was_backslash = false;
        for (i, b) in inside.bytes().enumerate() {
            match b {
                _ if last_was_backslash => last_was_backslash = false,
                b'\\' => (escaped, last_was_backslash) = (true, true),
                b'"' => {
                    self.rest = &inside[i + 1..];
                    let text = &inside[..i];
                    return Ok(if escaped { Cow::Owned(unescape(text, true)) } else { Cow::Borrowed(text) });
                }
                _ => {}
            }
        }
        Err("a quoted text does not end on its line".to_owned())
    }

    fn number(&mut self, what: &str) -> Result<f64, String> {
        if self.format == Format::OpenMetrics && !self.rest.starts_with(' ') {
            return Err(format!("expected {what} after one space, got {:?}", self.rest));
        }
        self.skip_space();
        let word = self.token();
        parse_float(word).ok_or_else(|| format!("invalid {what} {word:?}"))
    }

    fn time(&mut self) -> Result<Millis, String> {
        let word = self.token();
        let bad = || format!("invalid timestamp {word:?}");
        match self.format {
            Format::Text => word.parse().map(Millis).map_err(|_| bad()),
            Format::OpenMetrics => {
                let seconds = parse_float(word).filter(|s| s.is_finite()).ok_or_else(bad)?;
                let millis = (seconds * 1000.0).trunc();
                // Both ends of the range are exact floats, so the cast neither saturates nor wraps.
                if (-9.2e18..9.2e18).contains(&millis) { Ok(Millis(millis as i64)) } else { Err(bad()) }
            }
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    /// Up to the next space.
    fn token(&mut self) -> &'a str {
        let end = self.rest.find([' ', '\t']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    /// Letters, digits, underscores and colons.
    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}

fn kind_of(word: &str, format: Format) -> Result<MetricKind, String> {
    Ok(match word {
        "counter" => MetricKind::Counter,
        "gauge" => MetricKind::Gauge,
        "histogram" => MetricKind::Histogram,
        "summary" => MetricKind::Summary,
        "untyped" if format == Format::Text => MetricKind::Unknown,
        "unknown" => MetricKind::Unknown,
        "gaugehistogram" if format == Format::OpenMetrics => MetricKind::GaugeHistogram,
        "info" if format == Format::OpenMetrics => MetricKind::Info,
        "stateset" if format == Format::OpenMetrics => MetricKind::StateSet,
        _ => return Err(format!("invalid metric type {word:?}")),
    })
}

/// Undoes `\\` and `\n`, and `\"` where quotes are escaped; other backslashes stay.
fn unescape(text: &str, quotes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('\\') => out.push('\\'),
            Some('"') if quotes => out.push('"'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}
