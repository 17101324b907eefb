//! Commands of a script. Comments and blank lines end a command; indentation is free.

use super::notation::{Item, items, labels, millis, split_series, start_offsets};
use model::Labels;
use query::number;
use query::quote::unquote;
use regex::Regex;
use std::sync::LazyLock;

/// A command.
#[derive(Debug)]
pub(crate) enum Command {
    /// Throw the storage away.
    Clear,
    /// Add series.
    Load(Load),
    /// Evaluate and compare.
    Eval(Box<Eval>),
}

/// Series to add.
#[derive(Debug)]
pub(crate) struct Load {
    /// Milliseconds between points.
    pub(crate) step: i64,
    /// Build custom-bucket histograms of classic ones as well.
    pub(crate) with_nhcb: bool,
    /// Labels, points, offsets of start timestamps.
    pub(crate) series: Vec<(Labels, Vec<Item>, Vec<Option<i64>>)>,
}

/// When to evaluate.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    /// Once.
    Instant(i64),
    /// From, to, step.
    Range(i64, i64, i64),
}

/// A text to be compared with annotations or errors.
#[derive(Debug)]
pub(crate) enum Pattern {
    /// Exactly this.
    Text(String),
    /// What matches this.
    Regex(Regex),
}

impl Pattern {
    /// Whether `text` fits.
    pub(crate) fn fits(&self, text: &str) -> bool {
        match self {
            Pattern::Text(wanted) => wanted == text,
            Pattern::Regex(regex) => regex.is_match(text),
        }
    }
}

/// What is expected of annotations of one kind.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// There must be some.
    pub(crate) some: bool,
    /// There must be none.
    pub(crate) none: bool,
    /// Each must be there, and nothing else.
    pub(crate) patterns: Vec<Pattern>,
}

/// An evaluation and what is expected of it.
#[derive(Debug)]
pub(crate) struct Eval {
    /// Line in the file.
    pub(crate) line: usize,
    /// When.
    pub(crate) when: When,
    /// The query.
    pub(crate) text: String,
    /// It must fail.
    pub(crate) fail: bool,
    /// With one of these messages.
    pub(crate) fail_patterns: Vec<Pattern>,
    /// Warnings.
    pub(crate) warnings: Notes,
    /// Infos.
    pub(crate) infos: Notes,
    /// The order counts.
    pub(crate) ordered: bool,
    /// The result is this string.
    pub(crate) string: Option<String>,
    /// The result is a range vector on this grid.
    pub(crate) range_vector: Option<(i64, i64, i64)>,
    /// The result is this scalar.
    pub(crate) scalar: Option<f64>,
    /// The result is these series.
    pub(crate) series: Vec<(Labels, Vec<Item>)>,
}

static INSTANT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^eval(?:_(fail|warn|ordered|info))?\s+instant\s+at\s+(\S+)\s+(.+)$").expect("a pattern")
});

static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^eval(?:_(fail|warn|ordered|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$",
    )
    .expect("a pattern")
});

static GRID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^range vector from (\S+) to (\S+) step (\S+)$").expect("a pattern"));

/// All commands of a script.
pub(crate) fn commands(text: &str) -> Result<Vec<Command>, String> {
    let clean = |line: &'_ str| -> String {
        let line = line.trim();
        if line.starts_with('#') { String::new() } else { line.to_owned() }
    };
    let lines: Vec<String> = text.lines().map(clean).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let (first, number) = (lines[at].as_str(), at + 1);
        at += 1;
        if first.is_empty() {
            continue;
        }
        if first == "clear" {
            out.push(Command::Clear);
            continue;
        }
        let start = at;
        while at < lines.len() && !lines[at].is_empty() {
            at += 1;
        }
        let body = &lines[start..at];
        let command = match first.split_whitespace().next() {
            Some("load" | "load_with_nhcb") => load(first, body).map(Command::Load),
            _ => eval(first, body, number).map(|e| Command::Eval(Box::new(e))),
        };
        out.push(command.map_err(|e| format!("line {number}: {e}"))?);
    }
    Ok(out)
}

fn load(first: &str, body: &[String]) -> Result<Load, String> {
    let (word, step) = first.split_once(char::is_whitespace).ok_or("load needs a step")?;
    let mut series = Vec::new();
    let mut starts = Vec::new();
    for line in body {
        let (name, points) = split_series(line)?;
        if let Some(name) = name.strip_suffix("@st") {
            labels(name)?;
            starts = start_offsets(points)?;
            continue;
        }
        series.push((labels(name)?, items(points)?, std::mem::take(&mut starts)));
    }
    Ok(Load { step: millis(step.trim())?, with_nhcb: word == "load_with_nhcb", series })
}

fn eval(first: &str, body: &[String], line: usize) -> Result<Eval, String> {
    let (mode, when, text) = if let Some(found) = INSTANT.captures(first) {
        let mode = found.get(1).map(|m| m.as_str().to_owned());
        (mode, When::Instant(millis(&found[2])?), found[3].to_owned())
    } else if let Some(found) = RANGE.captures(first) {
        let mode = found.get(1).map(|m| m.as_str().to_owned());
        (mode, When::Range(millis(&found[2])?, millis(&found[3])?, millis(&found[4])?), found[5].to_owned())
    } else {
        return Err(format!("unknown command {first:?}"));
    };
    let mut eval = Eval {
        line,
        when,
        text,
        fail: mode.as_deref() == Some("fail"),
        fail_patterns: Vec::new(),
        warnings: Notes { some: mode.as_deref() == Some("warn"), ..Notes::default() },
        infos: Notes { some: mode.as_deref() == Some("info"), ..Notes::default() },
        ordered: mode.as_deref() == Some("ordered"),
        string: None,
        range_vector: None,
        scalar: None,
        series: Vec::new(),
    };
    for line in body {
        if let Some(rest) = line.strip_prefix("expect ") {
            expectation(rest.trim(), &mut eval)?;
        } else if let Some(rest) = line.strip_prefix("expected_fail_message ") {
            eval.fail_patterns.push(Pattern::Text(rest.trim().to_owned()));
        } else if let Some(rest) = line.strip_prefix("expected_fail_regexp ") {
            eval.fail_patterns.push(Pattern::Regex(Regex::new(rest.trim()).map_err(|e| e.to_string())?));
        } else if let Some(value) = number::parse_float(line) {
            eval.scalar = Some(value);
        } else {
            let (name, points) = split_series(line)?;
            eval.series.push((labels(name)?, items(points)?));
        }
    }
    Ok(eval)
}

fn pattern(text: &str) -> Result<Option<Pattern>, String> {
    if let Some(text) = text.strip_prefix("msg:") {
        return Ok(Some(Pattern::Text(text.trim().to_owned())));
    }
    if let Some(text) = text.strip_prefix("regex:") {
        return Ok(Some(Pattern::Regex(Regex::new(text.trim()).map_err(|e| e.to_string())?)));
    }
    if text.is_empty() { Ok(None) } else { Err(format!("unknown pattern {text:?}")) }
}

fn expectation(text: &str, eval: &mut Eval) -> Result<(), String> {
    if let Some(found) = GRID.captures(text) {
        eval.range_vector = Some((millis(&found[1])?, millis(&found[2])?, millis(&found[3])?));
        return Ok(());
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    match word {
        "fail" => {
            eval.fail = true;
            eval.fail_patterns.extend(pattern(rest)?);
        }
        "warn" => {
            eval.warnings.some = true;
            eval.warnings.patterns.extend(pattern(rest)?);
        }
        "info" => {
            eval.infos.some = true;
            eval.infos.patterns.extend(pattern(rest)?);
        }
        "no_warn" => eval.warnings.none = true,
        "no_info" => eval.infos.none = true,
        "ordered" => eval.ordered = true,
        "string" => {
            let bytes = unquote(rest).ok_or_else(|| format!("bad string {rest}"))?;
            eval.string = Some(String::from_utf8(bytes).map_err(|e| e.to_string())?);
        }
        other => return Err(format!("unknown expectation {other:?}")),
    }
    Ok(())
}
