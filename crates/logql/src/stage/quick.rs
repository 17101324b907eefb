//! A first look at a line: most lines that label filters drop are known without parsing all of them.
//!
//! Used by `stage.rs` and `exec/streams.rs`. Two looks, each cheaper than the stages: a text that a line must hold when the
//! value of a label filter can come from nowhere else; and the stages up to the last label filter at the front, with parsers
//! that look for the labels of those filters only. Invariant: what is dropped here the stages would drop.

use super::filter::LabelTest;
use super::labels::{Hints, LineLabels};
use super::{Pipeline, Step};
use contract::{LabelTexts, LineJudge, LineParts, LineSieve, LogRow, Stream};
use memchr::memmem::Finder;
use std::sync::Arc;

/// Texts of which one is in every line that passes and whose stream and metadata have no such label.
#[derive(Debug, Clone)]
pub(super) struct Needed {
    label: String,
    texts: Vec<Finder<'static>>,
}

/// What equalities of labels that parsers find say about lines.
pub(super) fn needed(steps: &[Step]) -> Vec<Needed> {
    let (mut parsed, mut escapes, mut out) = (false, Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Line(_) | Step::Drop(_) | Step::Keep(_) => {}
            // Letters and digits can be written as escapes.
            Step::Json => {
                parsed = true;
                escapes.push("\\u");
            }
            Step::Logfmt(_) => {
                parsed = true;
                escapes.push("\\");
            }
            Step::Pattern(_) | Step::Regexp(..) => parsed = true,
            Step::Label(test) if parsed => {
                let mut pairs = Vec::new();
                test.equalities(&mut pairs);
                pairs.retain(|(_, value)| value.bytes().all(is_written_plainly));
                let texts = |value: &str| {
                    let all = std::iter::once(value).chain(escapes.iter().copied());
                    all.map(|text| Finder::new(text).into_owned()).collect()
                };
                let needed = pairs.into_iter().map(|(label, value)| Needed { label, texts: texts(&value) });
                out.extend(needed);
            }
            Step::Label(_) => {}
            _ => break,
        }
    }
    out
}

/// Whether a byte of a value stands in every line as it is, but for escapes by number.
fn is_written_plainly(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b' ')
}

impl Needed {
    /// The same for a source.
    pub(super) fn hint(&self) -> Option<LabelTexts> {
        let text = |finder: &Finder<'_>| String::from_utf8(finder.needle().to_vec()).ok();
        let texts = self.texts.iter().map(text).collect::<Option<Vec<String>>>()?;
        Some(LabelTexts { label: self.label.clone(), texts })
    }

    pub(super) fn is_met(&self, line: &str, labels: &LineLabels<'_>) -> bool {
        let found = self.texts.iter().any(|text| text.find(line.as_bytes()).is_some());
        found || labels.get(&self.label).is_some()
    }
}

/// The stages up to the last label filter at the front.
#[derive(Debug)]
pub(crate) struct Quick {
    front: Pipeline,
    hints: Hints,
    /// What of a line they look at.
    parts: Option<Arc<dyn LineParts>>,
}

impl LineSieve for Quick {
    fn parts(&self) -> Option<Arc<dyn LineParts>> {
        self.parts.clone()
    }

    fn judge(&self) -> Box<dyn LineJudge + '_> {
        // No stage at the front asks for the time of the query.
        Box::new(Judging { front: &self.front, labels: self.labels(0) })
    }
}

struct Judging<'q> {
    front: &'q Pipeline,
    labels: LineLabels<'q>,
}

impl LineJudge for Judging<'_> {
    fn lets(&mut self, stream: &Stream, metadata: &[(Arc<str>, Arc<str>)], text: &str) -> bool {
        self.labels.reset(&stream.labels, metadata);
        self.front.run_text(text, 0, &mut self.labels).is_some()
    }
}

impl Quick {
    /// `None` when no label filter behind a parser is at the front.
    pub(crate) fn of(pipeline: &Pipeline) -> Option<Quick> {
        let (mut parsed, mut length) = (false, 0);
        for (place, step) in pipeline.steps.iter().enumerate() {
            match step {
                Step::Line(_) => {}
                Step::Json | Step::Pattern(_) | Step::Regexp(..) => parsed = true,
                Step::Logfmt(mode) if !mode.strict => parsed = true,
                // A parser that stops early may miss the damage behind.
                Step::Label(test) if !looks_at_errors(test) => {
                    if parsed {
                        length = place + 1;
                    }
                }
                _ => break,
            }
        }
        if length == 0 {
            return None;
        }
        let steps = pipeline.steps[..length].to_vec();
        // A source may show no more of a line than these stages look at: what later ones need is not in it.
        let front = Pipeline { needed: needed(&steps), steps };
        let mut required = front.names();
        required.sort();
        required.dedup();
        let hints = Hints { no_labels: false, required };
        let parts = front.parts(&hints).map(|parts| Arc::new(parts) as Arc<dyn LineParts>);
        Some(Quick { front, hints, parts })
    }

    /// For [`Quick::passes`], which uses it again and again.
    pub(crate) fn labels(&self, now: i64) -> LineLabels<'_> {
        LineLabels::new(&self.hints, now)
    }

    /// `false` when the stages would drop the line.
    pub(crate) fn passes(&self, row: &LogRow, labels: &mut LineLabels<'_>) -> bool {
        self.front.run(row, labels).is_some()
    }
}

fn looks_at_errors(test: &LabelTest) -> bool {
    let mut names = Vec::new();
    test.names(&mut names);
    names.iter().any(|name| name.starts_with("__"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::ast::Expr;
    use bytes::Bytes;
    use model::{Labels, Nanos};

    fn pipeline(stages: &str) -> Pipeline {
        let Ok(Expr::Log(log)) = crate::syntax::parse(&format!("{{app=\"x\"}} {stages}")) else {
            panic!("{stages} is a query of lines")
        };
        Pipeline::compile(&log.stages).unwrap()
    }

    /// What the stages say of a line with every label looked for, with nothing left out.
    fn plainly(pipeline: &Pipeline, row: &LogRow) -> bool {
        let slow = Pipeline { needed: Vec::new(), steps: pipeline.steps.clone() };
        slow.run(row, &mut LineLabels::new(&Hints::default(), 0)).is_some()
    }

    #[test]
    fn nothing_is_dropped_that_would_pass() {
        let lines = [
            r#"{"level":"error","status":500,"nested":{"a":"x"}}"#,
            r#"{"level":"\u0065rror","status":200}"#,
            r#"{"level":"info","level":"error","status":404,"#,
            r#"{"status":"n/a","level":"err\/or"}"#,
            "level=error status=500 took=7ms",
            r#"level="\x65rror" status=x level=error"#,
            "level=info level=error status=1 \"",
            "GET /error 500",
            "",
        ];
        let streams = [vec![("app", "x")], vec![("app", "x"), ("level", "error")], vec![("status", "500")]];
        let metadata = [vec![], vec![("level", "error")], vec![("level", "")]];
        let stages = [
            r#"| json | level="error""#,
            r#"| logfmt | level="error""#,
            r#"| json | logfmt | level="error" and status>=500"#,
            r#"| logfmt | status > 100 or level="error" | line_format "{{.level}}""#,
            r#"| logfmt | level="error" | json | nested_a="x""#,
            r#"| pattern "<level> /<x> <status>" | x="error" | status=~"5..""#,
            r#"| regexp "(?P<word>err\\w+)" | word="error""#,
            r#"| json | drop level | level="error""#,
            r#"| json | level_extracted="error""#,
            r#"| json | level="error" | __error__="""#,
            r#"| json | __error__="" | level="error""#,
            r#"| label_format level="error" | json | level="error""#,
            r#"| json level="nested.a" | level="x""#,
        ];
        let mut passed = 0;
        for stages in stages {
            let pipeline = pipeline(stages);
            let quick = Quick::of(&pipeline);
            for (labels, metadata) in streams.iter().flat_map(|s| metadata.iter().map(move |m| (s, m))) {
                let labels = Labels::from_pairs(labels.iter().copied());
                let stream = Arc::new(Stream { hash: labels.stable_hash(), labels });
                let pairs = metadata.iter().map(|(n, v)| (Arc::from(*n), Arc::from(*v)));
                let metadata: Arc<[(Arc<str>, Arc<str>)]> = pairs.collect();
                for line in lines {
                    let line = Bytes::from_static(line.as_bytes());
                    let row =
                        LogRow { stream: stream.clone(), at: Nanos(0), line, metadata: metadata.clone() };
                    let wanted = plainly(&pipeline, &row);
                    let fast = pipeline.run(&row, &mut LineLabels::new(&Hints::default(), 0)).is_some();
                    assert_eq!(fast, wanted, "{stages} {row:?}");
                    let passes = quick.as_ref().is_none_or(|quick| quick.passes(&row, &mut quick.labels(0)));
                    assert!(passes || !wanted, "{stages} {row:?}");
                    passed += usize::from(wanted);
                }
            }
        }
        assert!(passed > 50, "the lines are of use: {passed}");
    }

    #[test]
    fn what_later_stages_look_at_is_not_asked_of_the_parts_of_a_line() {
        let pipeline = pipeline(r#"| json | level="error" | drop id | user="bob""#);
        let quick = Quick::of(&pipeline).unwrap();
        let stream = Stream { labels: Labels::empty(), hash: 0 };
        let mut judge = quick.judge();
        // What is kept of a line is the level, and not the user.
        for (parts, lets) in [(r#"{"level":"error"}"#, true), (r#"{"level":"info"}"#, false)] {
            assert_eq!(judge.lets(&stream, &[], parts), lets, "{parts}");
        }
    }

    #[test]
    fn a_look_is_taken_where_it_may_help() {
        for (stages, there) in [
            ("| json", false),
            (r#"| level="x""#, false),
            (r#"| json | level="x""#, true),
            (r#"| json | __error__="""#, false),
            (r#"| logfmt --strict | level="x""#, false),
            (r#"| unpack | level="x""#, false),
        ] {
            assert_eq!(Quick::of(&pipeline(stages)).is_some(), there, "{stages}");
        }
    }
}
