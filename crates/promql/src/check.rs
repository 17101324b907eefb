//! Types: what each operator, function and aggregation may be given. All errors of a tree are found.
//!
//! The first error is the one that users see first, so the order in which a tree is walked is part of the behaviour.

use crate::syntax::ast::{Aggregate, AggregateOp, Binary, Call, Expr, ValueType, VectorSelector};
use model::METRIC_NAME;
use query::quote::quote;
use query::{Cardinality, Diagnostic, Span, VectorMatching};

/// The errors of a tree, in the order found.
pub fn check(text: &str, expr: &Expr) -> Vec<Diagnostic> {
    let mut checker = Checker { text, errors: Vec::new() };
    checker.expr(expr);
    checker.errors
}

/// The tree as later stages want it: matching only where both sides are vectors, set operations many-to-many.
pub(crate) fn finish(mut expr: Expr) -> Expr {
    finish_in_place(&mut expr);
    expr
}

fn finish_in_place(expr: &mut Expr) {
    if let Expr::Binary(binary) = expr {
        let vectors = [&binary.lhs, &binary.rhs].iter().all(|side| side.value_type() == ValueType::Vector);
        if !vectors {
            binary.matching = None;
        } else if binary.op.is_set() {
            let matching = binary.matching.get_or_insert_with(VectorMatching::default);
            matching.cardinality = Cardinality::ManyToMany;
        }
    }
    expr.children_mut().into_iter().for_each(finish_in_place);
}

struct Checker<'a> {
    text: &'a str,
    errors: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(Diagnostic::new(self.text, span, message));
    }

    fn expr(&mut self, expr: &Expr) -> ValueType {
        match expr {
            Expr::Aggregate(e) => self.aggregate(e),
            Expr::Binary(e) => self.binary(e, expr.span()),
            Expr::Call(e) => self.call(e),
            Expr::Matrix(e) => self.selector(&e.selector, false),
            Expr::Paren(e) => {
                self.expr(&e.inner);
            }
            Expr::Subquery(e) => {
                let found = self.expr(&e.expr);
                if found != ValueType::Vector {
                    let message =
                        format!("subquery is only allowed on instant vector, got {} instead", found.as_str());
                    self.error(e.span, message);
                }
            }
            Expr::Unary(e) => {
                let found = self.expr(&e.operand);
                if !matches!(found, ValueType::Scalar | ValueType::Vector) {
                    let shown = quote(found.documented());
                    let message =
                        "unary expression only allowed on expressions of type scalar or instant vector";
                    self.error(e.span, format!("{message}, got {shown}"));
                }
            }
            Expr::Vector(e) => self.selector(e, false),
            Expr::Number(_) | Expr::Text(_) => {}
        }
        expr.value_type()
    }

    fn expect(&mut self, expr: &Expr, wanted: ValueType, context: &str) {
        let found = self.expr(expr);
        if found != wanted {
            let (wanted, found) = (wanted.documented(), found.documented());
            self.error(expr.span(), format!("expected type {wanted} in {context}, got {found}"));
        }
    }

    fn aggregate(&mut self, e: &Aggregate) {
        self.expect(&e.expr, ValueType::Vector, "aggregation expression");
        if let Some(param) = &e.param {
            let wanted = if e.op == AggregateOp::CountValues { ValueType::Text } else { ValueType::Scalar };
            self.expect(param, wanted, "aggregation parameter");
        }
    }

    fn binary(&mut self, e: &Binary, span: Span) {
        let (left, right) = (self.expr(&e.lhs), self.expr(&e.rhs));
        let op = e.op;
        let operator = self.operator_span(e);
        if e.return_bool && !op.is_comparison() {
            self.error(operator, "bool modifier can only be used on comparison operators");
        }
        if op.is_comparison() && !e.return_bool && left == ValueType::Scalar && right == ValueType::Scalar {
            self.error(operator, "comparisons between scalars must use BOOL modifier");
        }
        let matching = e.matching.clone().unwrap_or_default();
        for label in &matching.labels {
            if matching.on && matching.include.contains(label) {
                let message = format!("label {} must not occur in ON and GROUP clause at once", quote(label));
                self.error(operator, message);
            }
        }
        for (side, found) in [(&e.lhs, left), (&e.rhs, right)] {
            if !matches!(found, ValueType::Scalar | ValueType::Vector) {
                self.error(
                    side.span(),
                    "binary expression must contain only scalar and instant vector types",
                );
            }
        }
        let vectors = left == ValueType::Vector && right == ValueType::Vector;
        if !vectors {
            if !matching.labels.is_empty() {
                self.error(span, "vector matching only allowed between instant vectors");
            }
            if matching.fills() {
                self.error(span, "filling in missing series only allowed between instant vectors");
            }
        } else if op.is_set() {
            if matches!(matching.cardinality, Cardinality::OneToMany | Cardinality::ManyToOne) {
                self.error(span, format!("no grouping allowed for {} operation", quote(op.as_str())));
                self.error(span, "set operations must always be many-to-many");
            }
            if matching.fills() {
                self.error(span, "filling in missing series not allowed for set operators");
            }
        }
        if op.is_set() && (left == ValueType::Scalar || right == ValueType::Scalar) {
            let message =
                format!("set operator {} not allowed in binary scalar expression", quote(op.as_str()));
            self.error(span, message);
        }
    }

    /// The bytes between both sides, without the spaces around them.
    fn operator_span(&self, e: &Binary) -> Span {
        let (start, end) = (e.lhs.span().end, e.rhs.span().start);
        let between = self.text.get(start..end).unwrap_or("");
        let lead = between.len() - between.trim_start().len();
        Span::new(start + lead, start + between.trim_end().len().max(lead))
    }

    fn call(&mut self, e: &Call) {
        let (function, given) = (e.function, e.args.len());
        let wanted = function.args.len();
        let name = quote(function.name);
        if function.variadic == 0 {
            if wanted != given {
                self.error(e.span, format!("expected {wanted} argument(s) in call to {name}, got {given}"));
            }
        } else {
            let least = wanted.saturating_sub(1);
            let most = usize::try_from(function.variadic).map(|more| least + more);
            if given < least {
                self.error(
                    e.span,
                    format!("expected at least {least} argument(s) in call to {name}, got {given}"),
                );
            } else if let Ok(most) = most
                && most < given
            {
                self.error(
                    e.span,
                    format!("expected at most {most} argument(s) in call to {name}, got {given}"),
                );
            }
        }
        if function.name == "info" && given > 1 {
            self.info_selector(e);
        }
        for (i, arg) in e.args.iter().enumerate() {
            if i >= function.args.len() && function.variadic == 0 {
                break;
            }
            let Some(wanted) = function.args.get(i).or(function.args.last()) else { break };
            let found = match arg {
                // The label selector of `info` selects nothing by itself, so it may be empty.
                Expr::Vector(selector) if function.name == "info" && i == 1 => {
                    self.selector(selector, true);
                    ValueType::Vector
                }
                _ => self.expr(arg),
            };
            if found != *wanted {
                let (wanted, found) = (wanted.documented(), found.documented());
                self.error(
                    arg.span(),
                    format!("expected type {wanted} in call to function {name}, got {found}"),
                );
            }
        }
    }

    fn info_selector(&mut self, e: &Call) {
        let arg = &e.args[1];
        let found = arg.value_type();
        if found != ValueType::Vector {
            let (wanted, found) = (ValueType::Vector.documented(), found.documented());
            self.error(e.span, format!("expected type {wanted} in call to function \"info\", got {found}"));
        }
        match arg {
            Expr::Vector(selector) if selector.name.is_empty() => {}
            Expr::Vector(_) => {
                self.error(arg.span(), "expected label selectors only, got vector selector instead")
            }
            _ => self.error(arg.span(), "expected label selectors only"),
        }
    }

    fn selector(&mut self, e: &VectorSelector, may_be_empty: bool) {
        if !e.name.is_empty() {
            // The last matcher is the name outside of the braces.
            let inside = &e.matchers[..e.matchers.len().saturating_sub(1)];
            for matcher in inside.iter().filter(|m| m.name == METRIC_NAME) {
                let (name, value) = (quote(&e.name), quote(&matcher.value));
                self.error(e.span, format!("metric name must not be set twice: {name} or {value}"));
            }
        } else if !may_be_empty && e.matchers.iter().all(model::Matcher::matches_empty) {
            self.error(e.span, "vector selector must contain at least one non-empty matcher");
        }
    }
}
