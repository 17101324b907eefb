//! A tree as one line of text that parses to the same tree.

use super::ast::{
    Aggregate, At, Binary, Duration, DurationExpr, DurationKind, Expr, MatrixSelector, NumberLiteral,
    Subquery, VectorSelector,
};
use model::{METRIC_NAME, MatchOp};
use query::quote::{quote, quote_bytes};
use query::{Cardinality, VectorMatching, duration, number};
use std::fmt;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Aggregate(e) => {
                write!(f, "{}(", aggregate_head(e))?;
                if let Some(param) = &e.param {
                    write!(f, "{param}, ")?;
                }
                write!(f, "{})", e.expr)
            }
            Expr::Binary(e) => write!(f, "{} {} {}", e.lhs, binary_head(e), e.rhs),
            Expr::Call(e) => {
                let args: Vec<String> = e.args.iter().map(Expr::to_string).collect();
                write!(f, "{}({})", e.function.name, args.join(", "))
            }
            Expr::Matrix(e) => f.write_str(&matrix(e)),
            Expr::Number(e) => f.write_str(&number_literal(e)),
            Expr::Paren(e) => write!(f, "({})", e.inner),
            Expr::Subquery(e) => write!(f, "{}{}", e.expr, subquery_tail(e)),
            Expr::Text(e) => f.write_str(&quote_bytes(e.bytes())),
            Expr::Unary(e) => write!(f, "{}{}", sign(e.negative), e.operand),
            Expr::Vector(e) => f.write_str(&vector(e, true)),
        }
    }
}

pub(super) fn sign(negative: bool) -> &'static str {
    if negative { "-" } else { "+" }
}

/// `sum by (a, b) `, up to the parenthesis.
pub(super) fn aggregate_head(e: &Aggregate) -> String {
    let name = e.op.as_str();
    match (e.grouping.without, e.grouping.labels.is_empty()) {
        (true, _) => format!("{name} without ({}) ", labels(&e.grouping.labels)),
        (false, false) => format!("{name} by ({}) ", labels(&e.grouping.labels)),
        (false, true) => name.to_owned(),
    }
}

/// The operator of a binary expression with its modifiers.
pub(super) fn binary_head(e: &Binary) -> String {
    let bool_modifier = if e.return_bool { " bool" } else { "" };
    let matching = e.matching.as_ref().map(matching).unwrap_or_default();
    format!("{}{bool_modifier}{matching}", e.op.as_str())
}

/// How an operator matches its sides; nothing for one-to-one matching on all labels.
pub(crate) fn matching(m: &VectorMatching) -> String {
    let mut out = String::new();
    let grouped = match m.cardinality {
        Cardinality::ManyToOne => Some("left"),
        Cardinality::OneToMany => Some("right"),
        _ => None,
    };
    if !m.labels.is_empty() || m.on || grouped.is_some() {
        let word = if m.on { "on" } else { "ignoring" };
        out.push_str(&format!(" {word} ({})", labels(&m.labels)));
    }
    if let Some(side) = grouped {
        out.push_str(&format!(" group_{side} ({})", labels(&m.include)));
    }
    match (m.fill_left, m.fill_right) {
        (Some(left), Some(right)) if left == right => {
            out.push_str(&format!(" fill ({})", number::format_general(left)))
        }
        (left, right) => {
            for (word, value) in [("fill_left", left), ("fill_right", right)] {
                if let Some(value) = value {
                    out.push_str(&format!(" {word} ({})", number::format_general(value)));
                }
            }
        }
    }
    out
}

fn labels(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().map(|name| label(name)).collect();
    shown.join(", ")
}

/// A label's name, in quotes unless it is a plain word.
fn label(name: &str) -> String {
    let plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    if plain { name.to_owned() } else { quote(name) }
}

fn number_literal(e: &NumberLiteral) -> String {
    if e.duration {
        duration::format((e.value * 1000.0).round() as i64)
    } else {
        number::format_plain(e.value)
    }
}

fn at_text(at: Option<At>) -> String {
    match at {
        Some(At::Time(millis)) => format!(" @ {}", number::format_fixed(millis as f64 / 1000.0, 3)),
        Some(At::Start) => " @ start()".to_owned(),
        Some(At::End) => " @ end()".to_owned(),
        None => String::new(),
    }
}

fn offset_text(offset: &Duration) -> String {
    match offset {
        Duration::Millis(0) => String::new(),
        Duration::Millis(millis) => format!(" offset {}", duration::format(*millis)),
        Duration::Expr(expr) => format!(" offset {expr}"),
    }
}

fn duration_text(value: &Duration) -> String {
    match value {
        Duration::Millis(millis) => duration::format(*millis),
        Duration::Expr(expr) => expr.to_string(),
    }
}

/// `[5m:1m] @ 1.000 offset 2m`
pub(super) fn subquery_tail(e: &Subquery) -> String {
    let step = if e.step.is_zero() { String::new() } else { duration_text(&e.step) };
    format!("[{}:{step}]{}{}", duration_text(&e.range), at_text(e.at), offset_text(&e.offset))
}

fn extended_text(selector: &VectorSelector) -> &'static str {
    match (selector.anchored, selector.smoothed) {
        (true, _) => " anchored",
        (_, true) => " smoothed",
        _ => "",
    }
}

fn matrix(e: &MatrixSelector) -> String {
    let selector = &e.selector;
    let (range, extended) = (duration_text(&e.range), extended_text(selector));
    let (at, offset) = (at_text(selector.at), offset_text(&selector.offset));
    format!("{}[{range}]{extended}{at}{offset}", vector(selector, false))
}

fn vector(e: &VectorSelector, with_modifiers: bool) -> String {
    let mut matchers: Vec<String> = e
        .matchers
        .iter()
        .filter(|m| {
            !(m.name == METRIC_NAME && m.op == MatchOp::Equal && m.value == e.name && !m.value.is_empty())
        })
        .map(|m| format!("{}{}{}", label(&m.name), m.op.as_str(), quote(&m.value)))
        .collect();
    matchers.sort();
    let mut out = e.name.clone();
    if !matchers.is_empty() {
        out.push_str(&format!("{{{}}}", matchers.join(",")));
    } else if e.name.is_empty() {
        out.push_str("{}");
    }
    if with_modifiers {
        out.push_str(&at_text(e.at));
        out.push_str(extended_text(e));
        out.push_str(&offset_text(&e.offset));
    }
    out
}

impl fmt::Display for DurationExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = match &self.kind {
            DurationKind::Number(number) => number_literal(number),
            DurationKind::Step => "step()".to_owned(),
            DurationKind::Range => "range()".to_owned(),
            DurationKind::MinOf(a, b) => format!("min_of({a}, {b})"),
            DurationKind::MaxOf(a, b) => format!("max_of({a}, {b})"),
            DurationKind::Plus(operand) => operand.to_string(),
            DurationKind::Minus(operand) => format!("-{operand}"),
            DurationKind::Binary(op, a, b) => format!("{a} {} {b}", op.as_str()),
        };
        if self.wrapped { write!(f, "({inner})") } else { f.write_str(&inner) }
    }
}
