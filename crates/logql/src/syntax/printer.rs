//! Expression -> text on one line, in the notation that the replaced system prints. Reading it gives the expression back.

use super::ast::*;
use crate::units::{format_bytes, format_float, format_go_duration, format_range, parse_bytes, quote};
use model::Matcher;
use std::fmt::{self, Display, Formatter};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Log(log) => log.fmt(f),
            Expr::Metric(metric) => metric.fmt(f),
        }
    }
}

/// `{a="b", c=~"d"}`
pub(super) struct Selector<'a>(pub(super) &'a [Matcher]);

impl Display for Selector<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (i, matcher) in self.0.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, Condition(matcher))?;
        }
        f.write_str("}")
    }
}

/// `a="b"`
struct Condition<'a>(&'a Matcher);

impl Display for Condition<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.0.name, self.0.op.as_str(), quote(&self.0.value))
    }
}

impl Display for LogExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Selector(&self.matchers).fmt(f)?;
        self.stages.iter().try_for_each(|stage| write!(f, " {stage}"))
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Stage::Line(filter) => filter.fmt(f),
            Stage::Json(fields) => {
                f.write_str("| json")?;
                extractions(f, fields)
            }
            Stage::Logfmt { strict, keep_empty, fields } => {
                f.write_str("| logfmt")?;
                f.write_str(if *strict { " --strict" } else { "" })?;
                f.write_str(if *keep_empty { " --keep-empty" } else { "" })?;
                extractions(f, fields)
            }
            Stage::Regexp(text) => write!(f, "| regexp {}", quote(text)),
            Stage::Pattern(text) => write!(f, "| pattern {}", quote(text)),
            Stage::Unpack => f.write_str("| unpack"),
            Stage::Label(filter) => write!(f, "| {filter}"),
            Stage::LineFormat(text) => write!(f, "| line_format {}", quote(text)),
            Stage::LabelFormat(rules) => {
                f.write_str("| label_format ")?;
                comma_separated(f, rules, |f, rule| match &rule.value {
                    FormatValue::Rename(from) => write!(f, "{}={from}", rule.label),
                    FormatValue::Template(text) => write!(f, "{}={}", rule.label, quote(text)),
                })
            }
            Stage::Decolorize => f.write_str("| decolorize"),
            Stage::Drop(picks) => {
                f.write_str("| drop ")?;
                comma_separated(f, picks, pick)
            }
            Stage::Keep(picks) => {
                f.write_str("| keep ")?;
                comma_separated(f, picks, pick)
            }
            Stage::Distinct(names) => write!(f, "| distinct {}", names.join(",")),
        }
    }
}

fn comma_separated<T>(
    f: &mut Formatter<'_>,
    items: &[T],
    print: impl Fn(&mut Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        f.write_str(if i == 0 { "" } else { "," })?;
        print(f, item)?;
    }
    Ok(())
}

fn extractions(f: &mut Formatter<'_>, fields: &[Extraction]) -> fmt::Result {
    f.write_str(if fields.is_empty() { "" } else { " " })?;
    comma_separated(f, fields, |f, field| write!(f, "{}={}", field.label, quote(&field.path)))
}

fn pick(f: &mut Formatter<'_>, pick: &LabelPick) -> fmt::Result {
    match pick {
        LabelPick::Name(name) => f.write_str(name),
        LabelPick::Matching(matcher) => Condition(matcher).fmt(f),
    }
}

impl Display for LineFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.op.as_str())?;
        for (i, term) in self.terms.iter().enumerate() {
            f.write_str(if i == 0 { " " } else { " or " })?;
            let text = quote(&term.text);
            if term.ip { write!(f, "ip({text})")? } else { f.write_str(&text)? }
        }
        Ok(())
    }
}

impl Display for LabelFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            LabelFilter::Text(matcher) => Condition(matcher).fmt(f),
            LabelFilter::Number(label, op, value) => {
                write!(f, "{label}{}{}", op.as_str(), format_float(*value))
            }
            LabelFilter::Duration(label, op, nanos) => {
                write!(f, "{label}{}{}", op.as_str(), format_go_duration(*nanos))
            }
            LabelFilter::Bytes(label, op, bytes) => {
                // The humanised form when it says the same, else every byte.
                let short = format_bytes(*bytes);
                let exact = parse_bytes(&short) == Ok(*bytes);
                let text = if exact { short } else { format!("{bytes}B") };
                write!(f, "{label}{}{text}", op.as_str())
            }
            LabelFilter::Ip { label, negated, range } => {
                write!(f, "{label}{}ip({})", if *negated { "!=" } else { "=" }, quote(range))
            }
            LabelFilter::And(left, right) => write!(f, "( {left} , {right} )"),
            LabelFilter::Or(left, right) => write!(f, "( {left} or {right} )"),
        }
    }
}

impl Display for Unwrap {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let label = &self.label;
        match self.conversion {
            Conversion::None => write!(f, "| unwrap {label}")?,
            Conversion::Bytes => write!(f, "| unwrap bytes({label})")?,
            Conversion::Duration => write!(f, "| unwrap duration({label})")?,
            Conversion::DurationSeconds => write!(f, "| unwrap duration_seconds({label})")?,
        }
        self.filters.iter().try_for_each(|filter| write!(f, " | {filter}"))
    }
}

impl Display for LogRange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.log)?;
        if let Some(unwrap) = &self.unwrap {
            write!(f, " {unwrap}")?;
        }
        write!(f, "[{}]{}", format_range(self.interval), Offset(self.offset))
    }
}

/// ` offset 5m0s`, or nothing.
pub(super) struct Offset(pub(super) i64);

impl Display for Offset {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { Ok(()) } else { write!(f, " offset {}", format_go_duration(self.0)) }
    }
}

impl Display for Grouping {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, " {} ({})", if self.without { "without" } else { "by" }, self.labels.join(","))
    }
}

/// ` by (a)`, or nothing.
pub(super) struct Maybe<'a>(pub(super) &'a Option<Grouping>);

impl Display for Maybe<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |grouping| grouping.fmt(f))
    }
}

/// `> bool on (a) group_left (b)`
pub(super) struct Operator<'a>(pub(super) BinaryOp, pub(super) &'a Matching);

impl Display for Operator<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Operator(op, matching) = self;
        f.write_str(op.as_str())?;
        f.write_str(if matching.return_bool { " bool" } else { "" })?;
        let Some((on, labels)) = &matching.labels else { return Ok(()) };
        write!(f, " {} ({})", if *on { "on" } else { "ignoring" }, labels.join(","))?;
        match matching.cardinality {
            Cardinality::OneToOne => return Ok(()),
            Cardinality::ManyToOne => f.write_str(" group_left")?,
            Cardinality::OneToMany => f.write_str(" group_right")?,
        }
        if matching.include.is_empty() { Ok(()) } else { write!(f, " ({})", matching.include.join(",")) }
    }
}

impl Display for MetricExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            MetricExpr::Literal(value) => f.write_str(&format_float(*value)),
            MetricExpr::Vector(value) => {
                let short = format!("{value:.6}");
                let exact = short.parse() == Ok(*value);
                write!(f, "vector({})", if exact { short } else { format_float(*value) })
            }
            MetricExpr::Range { op, parameter, counted, range, grouping } => {
                write!(f, "{}(", op.as_str())?;
                if let Some(label) = counted {
                    write!(f, "{label},")?;
                }
                if let Some(value) = parameter {
                    write!(f, "{},", format_float(*value))?;
                }
                write!(f, "{range}){}", Maybe(grouping))
            }
            MetricExpr::Aggregate { op, parameter, grouping, inner } => {
                write!(f, "{}{}(", op.as_str(), Maybe(grouping))?;
                if let Some(count) = parameter {
                    write!(f, "{count},")?;
                }
                write!(f, "{inner})")
            }
            MetricExpr::Binary { op, matching, left, right } => {
                write!(f, "({left} {} {right})", Operator(*op, matching))
            }
            MetricExpr::LabelReplace { inner, target, replacement, source, pattern } => {
                write!(f, "label_replace({inner}")?;
                for text in [target, replacement, source, pattern] {
                    write!(f, ",{}", quote(text))?;
                }
                f.write_str(")")
            }
        }
    }
}
