//! Tree -> text, as error messages, labels and keys of answers spell it. What is printed parses to the same tree.

use super::ast::{
    Aggregate, Body, Field, Metrics, MetricsFunction, MetricsQuery, Name, Op, Pipeline, Query, SecondStage,
    Spanset, Stage,
};
use super::lexer::is_attribute_char;
use super::names::{SCOPES, intrinsic_name};
use crate::value::Value;
use model::{SpanKind, StatusCode};
use std::fmt::{Display, Formatter, Result, Write};

/// Nanoseconds as Go prints a duration: `1h0m0s`, `1.5s`, `20ms`.
pub fn format_duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let total = nanos.unsigned_abs();
    let decimal = |unit: u64| {
        let (whole, rest) = (total / unit, total % unit);
        let fraction = format!("{rest:0width$}", width = unit.ilog10() as usize);
        let fraction = fraction.trim_end_matches('0');
        if rest == 0 { whole.to_string() } else { format!("{whole}.{fraction}") }
    };
    match total {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{total}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", decimal(1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", decimal(1_000_000)),
        _ => {
            let seconds = total / 1_000_000_000;
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let rest = total - (hours * 3600 + minutes * 60) * 1_000_000_000;
            let whole = rest / 1_000_000_000;
            let fraction = format!("{:09}", rest % 1_000_000_000);
            let fraction = fraction.trim_end_matches('0');
            let dot = if fraction.is_empty() { "" } else { "." };
            match (hours, minutes) {
                (0, 0) => format!("{sign}{whole}{dot}{fraction}s"),
                (0, _) => format!("{sign}{minutes}m{whole}{dot}{fraction}s"),
                _ => format!("{sign}{hours}h{minutes}m{whole}{dot}{fraction}s"),
            }
        }
    }
}

/// A float that reads back as a float.
fn float(value: f64) -> String {
    let text = query::number::format_general(value);
    if text.contains(['.', 'e', 'I', 'N']) { text } else { format!("{text}.0") }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Value::Nil => f.write_str("nil"),
            Value::Int(i64::MIN) => f.write_str("minInt"),
            Value::Int(int) => write!(f, "{int}"),
            Value::Float(value) => f.write_str(&float(*value)),
            Value::Text(text) if text.contains('`') || text.contains('\r') => {
                f.write_str(&query::quote::quote(text))
            }
            Value::Text(text) => write!(f, "`{text}`"),
            Value::Bool(flag) => write!(f, "{flag}"),
            Value::Duration(nanos) => f.write_str(&format_duration(*nanos)),
            Value::Status(status) => f.write_str(match status {
                StatusCode::Error => "error",
                StatusCode::Ok => "ok",
                StatusCode::Unset => "unset",
            }),
            Value::Kind(kind) => f.write_str(match kind {
                SpanKind::Unspecified => "unspecified",
                SpanKind::Internal => "internal",
                SpanKind::Server => "server",
                SpanKind::Client => "client",
                SpanKind::Producer => "producer",
                SpanKind::Consumer => "consumer",
            }),
            Value::Many(members) => {
                f.write_char('[')?;
                for (i, member) in members.iter().enumerate() {
                    write!(f, "{}{member}", if i == 0 { "" } else { ", " })?;
                }
                f.write_char(']')
            }
        }
    }
}

impl Display for Name {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Name::Intrinsic(intrinsic) => f.write_str(intrinsic_name(*intrinsic)),
            Name::Parent => f.write_str("parent"),
            Name::Attribute { of_parent, scope, key } => {
                if *of_parent {
                    f.write_str("parent.")?;
                }
                match scope.and_then(|s| SCOPES.iter().find(|(_, scope)| *scope == s)) {
                    Some((prefix, _)) => f.write_str(prefix)?,
                    None if *of_parent => {}
                    None => f.write_char('.')?,
                }
                // `.5` reads as a number, `parent.span.x` as an attribute of the parent's span.
                let ambiguous = scope.is_none()
                    && (key.starts_with(|c: char| c.is_ascii_digit())
                        || (*of_parent && ["span.", "resource."].iter().any(|scope| key.starts_with(scope))));
                let plain = key.chars().all(|c| is_attribute_char(c) && c != '"') && !key.is_empty();
                match plain && !ambiguous {
                    true => f.write_str(key),
                    false => write!(f, "\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\"")),
                }
            }
        }
    }
}

/// A side of an operator: plain when it is one word, in parentheses otherwise.
struct Side<'a>(&'a Field);

impl Display for Side<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Field::Literal(_) | Field::Name(_) => write!(f, "{}", self.0),
            _ => write!(f, "({})", self.0),
        }
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Field::Literal(value) => write!(f, "{value}"),
            Field::Name(name) => write!(f, "{name}"),
            Field::Unary(op, inner) => {
                // `- 1` is a literal when joined: keep the operator apart from a number.
                let literal =
                    matches!(&**inner, Field::Literal(v) if v.number().is_some()) && *op == Op::Subtract;
                if literal { write!(f, "-({inner})") } else { write!(f, "{}{}", op.as_str(), Side(inner)) }
            }
            Field::Binary(left, op, right) => write!(f, "{} {} {}", Side(left), op.as_str(), Side(right)),
        }
    }
}

impl Display for Spanset {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Spanset::Filter(field) => write!(f, "{{ {field} }}"),
            Spanset::Piped(pipeline) => write!(f, "({pipeline})"),
            Spanset::Binary { left, op, right } => {
                for (side, sign) in [(left, Some(op)), (right, None)] {
                    match &**side {
                        Spanset::Binary { .. } => write!(f, "({side})")?,
                        _ => write!(f, "{side}")?,
                    }
                    if let Some(op) = sign {
                        write!(f, " {} ", op.as_str())?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.of {
            None => write!(f, "{}()", self.function.as_str()),
            Some(field) => write!(f, "{}({field})", self.function.as_str()),
        }
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Stage::Spanset(spanset) => write!(f, "{spanset}"),
            Stage::Scalar { aggregate, op, with } => write!(f, "{aggregate} {} {with}", op.as_str()),
            Stage::By(field) => write!(f, "by({field})"),
            Stage::Coalesce => f.write_str("coalesce()"),
            Stage::Select(names) => write!(f, "select({})", list(names)),
        }
    }
}

fn list(items: &[impl Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Display for Pipeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (i, stage) in self.stages.iter().enumerate() {
            write!(f, "{}{stage}", if i == 0 { "" } else { " | " })?;
        }
        Ok(())
    }
}

impl Display for MetricsQuery {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} | ", self.spans)?;
        match &self.function {
            MetricsFunction::Rate => f.write_str("rate()"),
            MetricsFunction::CountOverTime => f.write_str("count_over_time()"),
            MetricsFunction::MinOverTime(name) => write!(f, "min_over_time({name})"),
            MetricsFunction::MaxOverTime(name) => write!(f, "max_over_time({name})"),
            MetricsFunction::SumOverTime(name) => write!(f, "sum_over_time({name})"),
            MetricsFunction::AvgOverTime(name) => write!(f, "avg_over_time({name})"),
            MetricsFunction::HistogramOverTime(name) => write!(f, "histogram_over_time({name})"),
            MetricsFunction::QuantileOverTime(name, quantiles) => {
                let quantiles: Vec<String> = quantiles.iter().map(|q| float(*q)).collect();
                write!(f, "quantile_over_time({name}, {})", list(&quantiles))
            }
            MetricsFunction::Compare { selection, top, window } => {
                write!(f, "compare({{ {selection} }}, {top}")?;
                if let Some((start, end)) = window {
                    write!(f, ", {start}, {end}")?;
                }
                f.write_char(')')
            }
        }?;
        if self.by.is_empty() { Ok(()) } else { write!(f, " by({})", list(&self.by)) }
    }
}

impl Display for Metrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Metrics::Query(query) => write!(f, "{query}"),
            Metrics::Number(value) => f.write_str(&float(*value)),
            Metrics::Binary { left, op, right } => {
                write!(f, "{} {} {}", Operand(left), op.as_str(), Operand(right))
            }
            Metrics::Second(inner, stage) => match stage {
                SecondStage::TopK(n) => write!(f, "{inner} | topk({n})"),
                SecondStage::BottomK(n) => write!(f, "{inner} | bottomk({n})"),
                SecondStage::Filter(op, value) => write!(f, "{inner} {} {}", op.as_str(), float(*value)),
            },
        }
    }
}

struct Operand<'a>(&'a Metrics);

impl Display for Operand<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Metrics::Number(_) => write!(f, "{}", self.0),
            other => write!(f, "({other})"),
        }
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.body {
            Body::Spans(pipeline) => write!(f, "{pipeline}")?,
            Body::Metrics(metrics) => write!(f, "{metrics}")?,
        }
        if self.hints.is_empty() {
            return Ok(());
        }
        let hints: Vec<String> = self.hints.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, " with ({})", list(&hints))
    }
}
