//! Expression -> text on as many lines as it needs, for people.

use super::ast::*;
use super::printer::{Maybe, Offset, Operator, Selector};
use crate::units::{format_float, format_range, quote};

/// Longer expressions are split: what the replaced system takes as a line.
const LINE: usize = 100;

/// The expression with two spaces of indentation a level.
pub fn pretty(expr: &Expr) -> String {
    match expr {
        Expr::Log(log) => pretty_log(log, 0),
        Expr::Metric(metric) => pretty_metric(metric, 0),
    }
}

fn indent(level: usize) -> String {
    "  ".repeat(level)
}

fn pretty_log(log: &LogExpr, level: usize) -> String {
    let line = log.to_string();
    if line.chars().count() <= LINE || log.stages.is_empty() {
        return indent(level) + &line;
    }
    let mut out = format!("{}{}", indent(level), Selector(&log.matchers));
    for stage in &log.stages {
        out += &format!("\n{}{stage}", indent(level + 1));
    }
    out
}

fn pretty_range(range: &LogRange, level: usize) -> String {
    let mut out = pretty_log(&range.log, level);
    if let Some(unwrap) = &range.unwrap {
        out += &format!("\n{}{unwrap}", indent(level + 1));
    }
    out + &format!(" [{}]{}", format_range(range.interval), Offset(range.offset))
}

/// One side of an operator, in parentheses when it would bind otherwise; `tight`: also when it binds as tightly.
fn pretty_side(side: &MetricExpr, outer: BinaryOp, tight: bool, level: usize) -> String {
    let loose =
        |op: BinaryOp| op.precedence() < outer.precedence() || tight && op.precedence() == outer.precedence();
    match side {
        MetricExpr::Binary { op, .. } if loose(*op) && side.to_string().chars().count() > LINE => {
            let here = indent(level);
            format!("{here}(\n{}\n{here})", pretty_metric(side, level + 1))
        }
        _ => pretty_metric(side, level),
    }
}

fn pretty_metric(metric: &MetricExpr, level: usize) -> String {
    let line = metric.to_string();
    let here = indent(level);
    if line.chars().count() <= LINE {
        return here + &line;
    }
    let parameter =
        |text: Option<String>| text.map_or(String::new(), |t| format!("{}{t},\n", indent(level + 1)));
    match metric {
        MetricExpr::Literal(_) | MetricExpr::Vector(_) => here + &line,
        MetricExpr::Range { op, parameter: value, counted, range, grouping } => format!(
            "{here}{}(\n{}{}\n{here}){}",
            op.as_str(),
            parameter(value.map(format_float).or_else(|| counted.clone())),
            pretty_range(range, level + 1),
            Maybe(grouping)
        ),
        MetricExpr::Aggregate { op, parameter: count, grouping, inner } => format!(
            "{here}{}{}(\n{}{}\n{here})",
            op.as_str(),
            Maybe(grouping),
            parameter(count.clone()),
            pretty_metric(inner, level + 1)
        ),
        MetricExpr::Binary { op, matching, left, right } => format!(
            "{}\n{here}{}\n{}",
            pretty_side(left, *op, *op == BinaryOp::Pow, level + 1),
            Operator(*op, matching),
            pretty_side(right, *op, *op != BinaryOp::Pow, level + 1)
        ),
        MetricExpr::LabelReplace { inner, target, replacement, source, pattern } => {
            let mut out = format!("{here}label_replace(\n{}", pretty_metric(inner, level + 1));
            for text in [target, replacement, source, pattern] {
                out += &format!(",\n{}{}", indent(level + 1), quote(text));
            }
            out + &format!("\n{here})")
        }
    }
}
