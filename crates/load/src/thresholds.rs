//! Thresholds: `p(95)<500` on a metric or on one of its submetrics, and whether it holds.
//!
//! Parsed once, before anything runs: a malformed expression, an unknown metric or an aggregation that the metric's kind
//! lacks stops the run with exit code 104. Evaluated every two seconds (empty sinks are skipped then) and at the end.

use crate::metrics::{Kind, MetricId, Registry, Sink, TrendStat};
use std::time::Duration;

/// One threshold as written, with its options.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    /// `count > 10`, exactly as the script has it.
    pub(crate) source: String,
    /// Stop the run when it is crossed.
    pub(crate) abort_on_fail: bool,
    /// Not before this long after the start.
    pub(crate) delay_abort: Duration,
}

/// A threshold ready to be evaluated.
#[derive(Debug, Clone)]
pub(crate) struct Threshold {
    /// As written.
    pub(crate) written: Written,
    expression: Expression,
    /// The result of the last evaluation: true means crossed.
    pub(crate) crossed: bool,
    /// The number the last evaluation compared.
    pub(crate) measured: f64,
}

/// A metric or submetric with its thresholds.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    /// The metric.
    pub(crate) metric: MetricId,
    /// What is between the braces, as written and as tags; `None` for the whole metric.
    pub(crate) part: Option<(String, Vec<(String, String)>)>,
    /// Its thresholds, in order.
    pub(crate) thresholds: Vec<Threshold>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Expression {
    what: Aggregation,
    op: Op,
    limit: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Aggregation {
    Count,
    Rate,
    Value,
    Trend(TrendStat),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Op {
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Equal,
    NotEqual,
}

/// Longest first, so that `>=` is not read as `>`.
const OPS: [(&str, Op); 7] = [
    ("===", Op::Equal),
    (">=", Op::GreaterEqual),
    ("<=", Op::LessEqual),
    ("==", Op::Equal),
    ("!=", Op::NotEqual),
    (">", Op::Greater),
    ("<", Op::Less),
];

impl Expression {
    fn parse(source: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("threshold expression '{source}' {why}");
        let at = source.find(['<', '>', '=', '!']).ok_or_else(|| wrong("has no comparison"))?;
        let (left, rest) = source.split_at(at);
        let (text, op) = OPS
            .iter()
            .find(|(t, _)| rest.starts_with(t))
            .ok_or_else(|| wrong("has an unknown comparison"))?;
        let number = rest[text.len()..].trim();
        let plain =
            number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
        let limit = number.parse().ok().filter(|n: &f64| plain && n.is_finite());
        let what = match left.trim() {
            "count" => Aggregation::Count,
            "rate" => Aggregation::Rate,
            "value" => Aggregation::Value,
            name => TrendStat::parse(name)
                .filter(|s| *s != TrendStat::Sum)
                .map(Aggregation::Trend)
                .ok_or_else(|| wrong("names an unknown aggregation"))?,
        };
        Ok(Expression {
            what,
            op: *op,
            limit: limit.ok_or_else(|| wrong("compares with something that is no number"))?,
        })
    }

    fn fits(&self, kind: Kind) -> bool {
        match self.what {
            Aggregation::Count => kind == Kind::Counter,
            Aggregation::Rate => matches!(kind, Kind::Counter | Kind::Rate),
            Aggregation::Value => kind == Kind::Gauge,
            Aggregation::Trend(_) => kind == Kind::Trend,
        }
    }

    /// The number to compare; `None` stands for a rate that has no values, of which every threshold holds.
    fn measure(&self, sink: &mut Sink, elapsed: Duration) -> Option<f64> {
        match (sink, self.what) {
            (Sink::Counter { sum, .. }, Aggregation::Rate) => {
                let seconds = elapsed.as_secs_f64();
                Some(if seconds > 0.0 { *sum / seconds } else { 0.0 })
            }
            (Sink::Counter { sum, .. }, _) => Some(*sum),
            (Sink::Gauge { value, .. }, _) => Some(*value),
            (Sink::Rate { total: 0, .. }, _) => None,
            (Sink::Rate { trues, total }, _) => Some(Sink::rate(*trues, *total)),
            (Sink::Trend(trend), Aggregation::Trend(stat)) => Some(trend.stat(stat)),
            (Sink::Trend(_), _) => None,
        }
    }
}

impl Threshold {
    fn parse(written: Written, kind: Kind) -> Result<Self, String> {
        let expression = Expression::parse(&written.source)?;
        if !expression.fits(kind) {
            return Err(format!(
                "threshold expression '{}' uses an aggregation that a {} does not have",
                written.source,
                kind.as_str()
            ));
        }
        Ok(Threshold { written, expression, crossed: false, measured: 0.0 })
    }

    /// The aggregation as written, for the summary: `p(95)` of `p(95)<500`.
    pub(crate) fn aggregation(&self) -> &str {
        let source = &self.written.source;
        source[..source.find(['<', '>', '=', '!']).unwrap_or(source.len())].trim()
    }

    /// Evaluates it on a sink; returns whether it is crossed.
    pub(crate) fn evaluate(&mut self, sink: &mut Sink, elapsed: Duration) -> bool {
        let Expression { op, limit, .. } = self.expression;
        let measured = self.expression.measure(sink, elapsed);
        self.measured = measured.unwrap_or(0.0);
        let holds = measured.is_none_or(|x| match op {
            Op::Greater => x > limit,
            Op::GreaterEqual => x >= limit,
            Op::Less => x < limit,
            Op::LessEqual => x <= limit,
            Op::Equal => x == limit,
            Op::NotEqual => x != limit,
        });
        self.crossed = !holds;
        self.crossed
    }
}

/// Resolves the thresholds of the options against the metrics that exist. `Err` is the message for exit code 104.
pub(crate) fn resolve(
    written: &[(String, Vec<Written>)],
    registry: &Registry,
) -> Result<Vec<Watched>, String> {
    written
        .iter()
        .map(|(key, list)| {
            let (name, part) = split_key(key)?;
            let metric = registry.find(name).ok_or_else(|| {
                format!("invalid threshold defined on {key}; reason: no metric name \"{name}\" found")
            })?;
            let kind = registry.def(metric).kind;
            let thresholds = list
                .iter()
                .map(|w| Threshold::parse(w.clone(), kind))
                .collect::<Result<_, _>>()
                .map_err(|e| format!("invalid threshold defined on {key}; reason: {e}"))?;
            Ok(Watched { metric, part, thresholds })
        })
        .collect()
}

/// What is between the braces of a submetric's key: as written, and as tags.
type Part = (String, Vec<(String, String)>);

/// Splits `name{tag:value,tag2:value2}`.
fn split_key(key: &str) -> Result<(&str, Option<Part>), String> {
    let Some((name, rest)) = key.split_once('{') else { return Ok((key, None)) };
    let wrong = |why: &str| format!("invalid threshold defined on {key}; reason: {why}");
    let inner = rest.strip_suffix('}').ok_or_else(|| wrong("missing the closing brace"))?;
    if inner.trim().is_empty() {
        return Err(wrong("submetric criteria for metric is empty"));
    }
    let clean = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let mut tags = Vec::new();
    for pair in inner.split(',') {
        let (tag, value) = pair.split_once(':').unwrap_or((pair, ""));
        let (tag, value) = (clean(tag), clean(value));
        if tag.is_empty() || value.is_empty() {
            return Err(wrong("a tag or its value is empty"));
        }
        tags.push((tag, value));
    }
    Ok((name.trim(), Some((inner.to_owned(), tags))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(source: &str) -> Written {
        Written { source: source.to_owned(), abort_on_fail: false, delay_abort: Duration::ZERO }
    }

    fn check(kind: Kind, values: &[f64], source: &str) -> Option<bool> {
        let mut sink = Sink::of(kind);
        values.iter().for_each(|v| sink.add(*v));
        let mut threshold = Threshold::parse(written(source), kind).ok()?;
        Some(!threshold.evaluate(&mut sink, Duration::from_secs(2)))
    }

    #[test]
    fn each_kind_has_its_aggregations() {
        assert_eq!(check(Kind::Counter, &[1.0, 3.0], "count==4"), Some(true));
        assert_eq!(check(Kind::Counter, &[1.0, 3.0], "rate >= 2"), Some(true));
        assert_eq!(check(Kind::Counter, &[1.0], "p(95)<1"), None);
        assert_eq!(check(Kind::Gauge, &[5.0, 3.0], "value===3"), Some(true));
        assert_eq!(check(Kind::Rate, &[1.0, 0.0], "rate != 0.5"), Some(false));
        assert_eq!(check(Kind::Trend, &[10.0, 20.0], "p(50) < 15.1"), Some(true));
        assert_eq!(check(Kind::Trend, &[10.0], "p(101)<1"), None);
    }

    #[test]
    fn empty_sinks_at_the_end() {
        assert_eq!(check(Kind::Rate, &[], "rate>0.9"), Some(true));
        assert_eq!(check(Kind::Counter, &[], "count>0"), Some(false));
        assert_eq!(check(Kind::Trend, &[], "avg==0"), Some(true));
    }

    #[test]
    fn malformed_expressions_and_keys_are_refused() {
        for bad in [
            "count>>1",
            "count",
            "count>",
            "count>x",
            ">1",
            "count=1",
            "count>1 2",
            "count > 0x1",
            "count>inf",
        ] {
            assert!(Expression::parse(bad).is_err(), "{bad}");
        }
        for bad in ["m{", "m{}", "m{group:}", "m{:x}", "m{a}"] {
            assert!(split_key(bad).is_err(), "{bad}");
        }
        let (name, part) = split_key("m{ group : ::G , \"url\":'http://h/x?y=1'}").unwrap();
        assert_eq!(name, "m");
        let wanted = [("group".into(), "::G".into()), ("url".into(), "http://h/x?y=1".into())];
        assert_eq!(part.unwrap().1, wanted);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,30}") {
            let _ = Expression::parse(&text);
            let _ = split_key(&text);
        }
    }
}
