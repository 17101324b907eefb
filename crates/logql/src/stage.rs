//! A pipeline, compiled: what happens to one line between the source and the answer.
//!
//! Stop before: `syntax/parser.rs`; after: `exec.rs`. Line filters are moved ahead of stages that leave the line alone,
//! up to the nearest label filter, `line_format` or `unpack` (what the replaced system does, and visible: a filter after
//! `decolorize` sees the colours). `distinct` holds them back as well. Filters at the very front are not applied here at all: the source applies them.

use crate::error::ParseError;
use crate::regexp;
use crate::syntax::ast::*;
use crate::template::{Template, View};
use contract::{LabelTexts, LineCondition, LogRow};
use std::borrow::Cow;

pub(crate) mod filter;
pub(crate) mod ip;
pub(crate) mod json;
pub(crate) mod labels;
pub(crate) mod logfmt;
pub(crate) mod parts;
pub(crate) mod pattern;
pub(crate) mod quick;

use filter::{LabelTest, LineTest, TextTest};
use labels::{Category, LineLabels};
use pattern::Pattern;

const TEMPLATE_ERROR: &str = "TemplateFormatErr";

#[derive(Debug, Clone)]
enum Step {
    Line(LineTest),
    Json,
    JsonPaths(Vec<(String, Vec<json::Step>)>),
    Logfmt(logfmt::Mode),
    LogfmtKeys(Vec<(String, String)>, logfmt::Mode),
    Regexp(regex::Regex, Vec<(usize, String)>),
    Pattern(Pattern),
    Unpack,
    Label(LabelTest),
    LineFormat(Template),
    LabelFormat(Vec<(String, Format)>),
    Decolorize(regex::Regex),
    Drop(Vec<Pick>),
    Keep(Vec<Pick>),
    /// The labels, and which of the distinct stages of the pipeline it is.
    Distinct(Vec<String>, usize),
}

#[derive(Debug, Clone)]
enum Format {
    Rename(String),
    Template(Template),
}

#[derive(Debug, Clone)]
enum Pick {
    Name(String),
    Matching(TextTest),
}

/// Compiled stages.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    /// What is known of lines that pass, before they are parsed.
    needed: Vec<quick::Needed>,
    steps: Vec<Step>,
}

/// `Err` says why a label filter does not compile.
pub(crate) fn check_label_filter(filter: &LabelFilter) -> Result<(), ParseError> {
    LabelTest::compile(filter).map(|_| ())
}

impl Pipeline {
    pub(crate) fn compile(stages: &[Stage]) -> Result<Self, ParseError> {
        // Compiling in the order written gives the first error of the text.
        let mut compiled = Vec::with_capacity(stages.len());
        for stage in stages {
            compiled.push(compile_stage(stage)?);
        }
        let distinct = compiled.iter_mut().filter_map(|step| match step {
            Step::Distinct(_, place) => Some(place),
            _ => None,
        });
        distinct.enumerate().for_each(|(i, place)| *place = i);
        let steps = reorder(compiled);
        Ok(Pipeline { needed: quick::needed(&steps), steps })
    }

    /// Takes the line filters at the front, for the source to apply.
    pub(crate) fn take_conditions(&mut self) -> Vec<LineCondition> {
        let mut conditions = Vec::new();
        let mut kept = Vec::with_capacity(self.steps.len());
        let mut front = true;
        for step in self.steps.drain(..) {
            front &= matches!(step, Step::Line(_));
            match &step {
                Step::Line(test) if front => match test.condition() {
                    Some(condition) => conditions.push(condition),
                    None => {
                        conditions.extend(test.necessary());
                        kept.push(step);
                    }
                },
                _ => kept.push(step),
            }
        }
        self.steps = kept;
        conditions
    }

    /// Values that the metadata or the stream of every line that passes has: of label filters before any stage that makes
    /// labels.
    pub(crate) fn metadata_conditions(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for step in &self.steps {
            match step {
                Step::Line(_) => {}
                Step::Label(test) => test.equalities(&mut out),
                _ => break,
            }
        }
        out
    }

    /// What every line that passes holds unless it has a label before any parser.
    pub(crate) fn texts(&self) -> Vec<LabelTexts> {
        self.needed.iter().filter_map(quick::Needed::hint).collect()
    }

    /// Whether it depends on the lines before whether one passes: then lines go through one after the other.
    pub(crate) fn remembers(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Distinct(..)))
    }

    /// Whether nothing is left to pass through.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether the stages look at nothing but labels that a line has before any parser, and leave the line alone.
    pub(crate) fn looks_at_labels_only(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Label(_) | Step::Drop(_) | Step::Keep(_) => true,
            Step::LabelFormat(rules) => rules.iter().all(|(_, format)| matches!(format, Format::Rename(_))),
            _ => false,
        })
    }

    /// Whether a stage can mark a line with an error, which then keeps all of its labels.
    pub(crate) fn can_fail(&self) -> bool {
        self.steps.iter().any(|step| {
            !matches!(step, Step::Drop(_) | Step::Keep(_) | Step::Distinct(..))
                && !matches!(step, Step::Label(test) if !test.can_fail())
        })
    }

    /// Labels that stages look at: with the grouping of a query they tell parsers what matters.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut out = Vec::new();
        for step in &self.steps {
            match step {
                Step::Label(test) => test.names(&mut out),
                Step::LineFormat(template) => template.fields(&mut out),
                Step::Distinct(names, _) => out.extend(names.iter().cloned()),
                Step::LabelFormat(rules) => {
                    for (_, format) in rules {
                        match format {
                            Format::Rename(from) => out.push(from.clone()),
                            Format::Template(template) => template.fields(&mut out),
                        }
                    }
                }
                _ => {}
            }
        }
        out
    }

    /// Passes one line through the stages. `None`: it is filtered out.
    pub(crate) fn run<'l>(&self, row: &'l LogRow, labels: &mut LineLabels<'_>) -> Option<Cow<'l, str>> {
        labels.reset(&row.stream.labels, &row.metadata);
        self.run_text(row.text(), row.at.0, labels)
    }

    /// The same for the text of a line whose labels are set.
    fn run_text<'l>(&self, text: &'l str, at: i64, labels: &mut LineLabels<'_>) -> Option<Cow<'l, str>> {
        let mut line = Cow::Borrowed(text);
        if !self.needed.iter().all(|needed| needed.is_met(&line, labels)) {
            return None;
        }
        for step in &self.steps {
            match step {
                Step::Line(test) if !test.accepts(&line) => return None,
                Step::Label(test) if !test.accepts(labels) => return None,
                Step::Line(_) | Step::Label(_) => {}
                Step::Json => json::extract_all(&line, labels),
                Step::JsonPaths(paths) => json::extract_paths(&line, paths, labels),
                Step::Logfmt(mode) => logfmt::extract_all(&line, *mode, labels),
                Step::LogfmtKeys(keys, mode) => logfmt::extract_keys(&line, keys, *mode, labels),
                Step::Regexp(regex, names) => extract_groups(regex, names, &line, labels),
                Step::Pattern(pattern) => pattern.extract(&line, labels),
                Step::Unpack => line = json::unpack(line, labels),
                Step::LineFormat(template) => line = line_format(template, line, at, labels),
                Step::LabelFormat(rules) => label_format(rules, &line, at, labels),
                Step::Decolorize(codes) => {
                    if let Cow::Owned(plain) = codes.replace_all(&line, "") {
                        line = Cow::Owned(plain);
                    }
                }
                Step::Drop(picks) => drop_labels(picks, labels),
                Step::Keep(picks) => keep_labels(picks, labels),
                Step::Distinct(names, place) if !labels.is_first(names, *place) => return None,
                Step::Distinct(..) => {}
            }
        }
        Some(line)
    }
}

fn reorder(steps: Vec<Step>) -> Vec<Step> {
    let (mut ordered, mut filters, mut rest) = (Vec::with_capacity(steps.len()), Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Line(_) => filters.push(step),
            Step::LineFormat(_) | Step::Unpack | Step::Label(_) | Step::Distinct(..) => {
                ordered.append(&mut filters);
                ordered.append(&mut rest);
                ordered.push(step);
            }
            _ => rest.push(step),
        }
    }
    ordered.append(&mut filters);
    ordered.append(&mut rest);
    // Of neighbouring label filters, those on the error see the errors of all of them.
    let is_label = |step: &Step| matches!(step, Step::Label(_));
    for run in ordered.chunk_by_mut(|a, b| is_label(a) && is_label(b)) {
        run.sort_by_key(|step| matches!(step, Step::Label(test) if test.is_about_errors()));
    }
    ordered
}

fn compile_stage(stage: &Stage) -> Result<Step, ParseError> {
    let bare = ParseError::bare;
    Ok(match stage {
        Stage::Line(filter) => Step::Line(LineTest::compile(filter)?),
        Stage::Json(fields) if fields.is_empty() => Step::Json,
        Stage::Json(fields) => {
            let mut paths = Vec::with_capacity(fields.len());
            for field in fields {
                let path = json::parse_path(&field.path).map_err(|e| named(stage, &e))?;
                paths.push((field.label.clone(), path));
            }
            Step::JsonPaths(last_of_each(paths))
        }
        Stage::Logfmt { strict, keep_empty, fields } => {
            let mode = logfmt::Mode { strict: *strict, keep_empty: *keep_empty };
            if fields.is_empty() {
                Step::Logfmt(mode)
            } else {
                let mut keys = Vec::with_capacity(fields.len());
                for field in fields {
                    check_logfmt_key(&field.path).map_err(|e| named(stage, &e))?;
                    keys.push((field.label.clone(), labels::sanitise(&field.path, true).into_owned()));
                }
                Step::LogfmtKeys(last_of_each(keys), mode)
            }
        }
        Stage::Regexp(text) => {
            compile_regexp(text).map_err(|e| bare(format!("invalid regexp parser: {e}")))?
        }
        Stage::Pattern(text) => {
            Step::Pattern(Pattern::parser(text).map_err(|e| bare(format!("invalid pattern parser: {e}")))?)
        }
        Stage::Unpack => Step::Unpack,
        Stage::Label(filter) => Step::Label(LabelTest::compile(filter)?),
        Stage::LineFormat(text) => Step::LineFormat(
            Template::compile("line", text)
                .map_err(|e| named(stage, &format!("invalid line template: {e}")))?,
        ),
        Stage::LabelFormat(rules) => Step::LabelFormat(compile_rules(rules).map_err(|e| named(stage, &e))?),
        Stage::Decolorize => Step::Decolorize(regex::Regex::new(COLOURS).expect("the pattern is a constant")),
        Stage::Drop(picks) => Step::Drop(compile_picks(picks)?),
        Stage::Keep(picks) => Step::Keep(compile_picks(picks)?),
        Stage::Distinct(names) => Step::Distinct(names.clone(), 0),
    })
}

/// An error of one stage.
fn named(stage: &Stage, error: &str) -> ParseError {
    ParseError::bare(format!("stage '{stage}' : {error}"))
}

/// Of a label that is wanted twice, the last path counts.
fn last_of_each<T>(all: Vec<(String, T)>) -> Vec<(String, T)> {
    let mut kept: Vec<(String, T)> = Vec::with_capacity(all.len());
    for (label, path) in all {
        match kept.iter_mut().find(|(name, _)| *name == label) {
            Some(pair) => pair.1 = path,
            None => kept.push((label, path)),
        }
    }
    kept
}

fn check_logfmt_key(key: &str) -> Result<(), String> {
    let fail = |what: &str| Err(format!("cannot parse expression [{key}]: syntax error: {what}"));
    match key.split_whitespace().count() {
        0 => fail("unexpected $end, expecting STRING or KEY"),
        1 => Ok(()),
        _ => fail("unexpected KEY"),
    }
}

/// ANSI escape sequences: colours, cursor movements, titles.
const COLOURS: &str = "[\\x1b\\x{9b}][\\[\\]()#;?]*(?:(?:(?:[a-zA-Z0-9]*(?:;[a-zA-Z0-9]*)*)?\\x07)|\
                       (?:(?:[0-9]{1,4}(?:;[0-9]{0,4})*)?[0-9A-PRZcf-ntqry=><~]))";

fn compile_regexp(text: &str) -> Result<Step, String> {
    regexp::check(text)?;
    let (plain, names) = regexp::without_names(text);
    let regex = regexp::unanchored(&plain)?;
    if names.is_empty() {
        return Err("at least one named capture must be supplied".to_owned());
    }
    for (i, (_, name)) in names.iter().enumerate() {
        if names[..i].iter().any(|(_, before)| before == name) {
            return Err(format!("duplicate extracted label name '{name}'"));
        }
    }
    Ok(Step::Regexp(regex, names))
}

fn compile_rules(rules: &[FormatRule]) -> Result<Vec<(String, Format)>, String> {
    let mut compiled: Vec<(String, Format)> = Vec::with_capacity(rules.len());
    for rule in rules {
        if rule.label == labels::ERROR {
            return Err(format!("{} cannot be formatted", rule.label));
        }
        if compiled.iter().any(|(label, _)| *label == rule.label) {
            return Err(format!(
                "multiple label name '{}' not allowed in a single format operation",
                rule.label
            ));
        }
        let format = match &rule.value {
            FormatValue::Rename(from) => Format::Rename(from.clone()),
            FormatValue::Template(text) => Format::Template(
                Template::compile("label", text)
                    .map_err(|e| format!("invalid template for label '{}': {e}", rule.label))?,
            ),
        };
        compiled.push((rule.label.clone(), format));
    }
    Ok(compiled)
}

fn compile_picks(picks: &[LabelPick]) -> Result<Vec<Pick>, ParseError> {
    picks
        .iter()
        .map(|pick| match pick {
            LabelPick::Name(name) => Ok(Pick::Name(name.clone())),
            LabelPick::Matching(matcher) => TextTest::compile(matcher).map(Pick::Matching),
        })
        .collect()
}

fn extract_groups(regex: &regex::Regex, names: &[(usize, String)], line: &str, labels: &mut LineLabels<'_>) {
    if labels.parsing_is_idle() {
        return;
    }
    let Some(captures) = regex.captures(line) else { return };
    for (group, name) in names {
        let plain = labels::sanitise(name, true);
        let Some(name) = labels.name_for(&plain) else { continue };
        let value = captures.get(*group).map_or("", |m| m.as_str());
        if labels.found(&name, value) {
            return;
        }
    }
}

fn line_format<'l>(
    template: &Template,
    line: Cow<'l, str>,
    at: i64,
    labels: &mut LineLabels<'_>,
) -> Cow<'l, str> {
    let view = View { labels: &*labels, line: &line, at };
    match template.run(&view) {
        Ok(text) => Cow::Owned(text),
        Err(details) => {
            labels.fail(TEMPLATE_ERROR, &details);
            line
        }
    }
}

fn label_format(rules: &[(String, Format)], line: &str, at: i64, labels: &mut LineLabels<'_>) {
    for (label, format) in rules {
        match format {
            Format::Rename(from) => {
                let found = labels.find(from).map(|(value, category)| (value.to_owned(), category));
                if let Some((value, category)) = found {
                    labels.set(category, label, &value);
                    labels.delete(from);
                }
            }
            Format::Template(template) => {
                let view = View { labels: &*labels, line, at };
                match template.run(&view) {
                    Ok(text) => labels.set(Category::Parsed, label, &text),
                    Err(details) => labels.fail(TEMPLATE_ERROR, &details),
                }
            }
        }
    }
}

fn drop_labels(picks: &[Pick], labels: &mut LineLabels<'_>) {
    for pick in picks {
        let (name, wanted) = match pick {
            Pick::Name(name) => (name.as_str(), true),
            Pick::Matching(test) => (test.name.as_str(), test.accepts(labels.text(&test.name))),
        };
        if !wanted {
            continue;
        }
        match name {
            labels::ERROR => labels.clear_error(),
            labels::ERROR_DETAILS => labels.clear_details(),
            _ => labels.delete(name),
        }
    }
}

fn keep_labels(picks: &[Pick], labels: &mut LineLabels<'_>) {
    let mut gone = Vec::new();
    labels.each(|name, value| {
        let special = matches!(name, labels::ERROR | labels::ERROR_DETAILS | labels::PRESERVE_ERROR);
        let kept = picks.iter().any(|pick| match pick {
            Pick::Name(wanted) => wanted == name,
            Pick::Matching(test) => test.name == name && test.accepts(value),
        });
        if !special && !kept {
            gone.push(name.to_owned());
        }
    });
    gone.iter().for_each(|name| labels.delete(name));
}
