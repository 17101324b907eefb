//! A tree as text of several lines: what is longer than a line is broken at its parentheses and operators.

use super::ast::Expr;
use super::printer::{aggregate_head, binary_head, sign, subquery_tail};

/// Longer expressions are broken.
const MAX_LINE: usize = 100;

/// The expression, broken into lines of at most 100 characters where its form allows.
pub fn pretty(expr: &Expr) -> String {
    at_level(expr, 0)
}

fn indent(level: usize) -> String {
    "  ".repeat(level)
}

fn at_level(expr: &Expr, level: usize) -> String {
    let line = expr.to_string();
    let (lead, long) = (indent(level), line.len() > MAX_LINE);
    match expr {
        Expr::Aggregate(e) if long => {
            let param =
                e.param.as_ref().map(|p| format!("{},\n", at_level(p, level + 1))).unwrap_or_default();
            format!("{lead}{}(\n{param}{}\n{lead})", aggregate_head(e), at_level(&e.expr, level + 1))
        }
        Expr::Binary(e) if long => {
            format!(
                "{}\n{lead}{}\n{}",
                at_level(&e.lhs, level + 1),
                binary_head(e),
                at_level(&e.rhs, level + 1)
            )
        }
        Expr::Call(e) if long => {
            let args: Vec<String> = e.args.iter().map(|arg| at_level(arg, level + 1)).collect();
            format!("{lead}{}(\n{}\n{lead})", e.function.name, args.join(",\n"))
        }
        Expr::Paren(e) if long => format!("{lead}(\n{}\n{lead})", at_level(&e.inner, level + 1)),
        Expr::Subquery(e) if long => format!("{}{}", at_level(&e.expr, level), subquery_tail(e)),
        // A subquery that fits is written without its indentation, as the replaced system does.
        Expr::Subquery(_) => line,
        Expr::Unary(e) => format!("{lead}{}{}", sign(e.negative), at_level(&e.operand, level).trim()),
        _ => format!("{lead}{line}"),
    }
}
