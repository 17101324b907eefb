//! `/api/v1/parse_query`: a query's tree as JSON, for editors that show or build queries.
//!
//! Every node is an object with its `type`; times and durations are milliseconds; what is not given is `null`, and a list that
//! is empty is `[]`. A duration that is computed stands in a field of its own beside a 0 (`"range":0,"rangeExpr":{..}`).
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/api/#parsing-a-promql-expressions-into-a-abstract-syntax-tree-ast>

use super::query::parse_options;
use super::{ApiError, success};
use crate::params::Params;
use crate::state::State;
use axum::body::Body;
use axum::extract;
use axum::response::Response;
use http::Request;
use model::Matcher;
use promql::syntax::ast::{
    Aggregate, At, Binary, Call, Duration, DurationExpr, DurationKind, Expr, MatrixSelector, NumberLiteral,
    Subquery, VectorSelector,
};
use promql::{QueryError, ValueType};
use query::VectorMatching;
use query::number::format_plain;
use serde_json::{Value, json};
use std::sync::Arc;

/// Answers with the tree.
pub(super) async fn parse(
    extract::State(state): extract::State<Arc<State>>,
    request: Request<Body>,
) -> Result<Response, ApiError> {
    let (_, params) = Params::read(request, state.limits().max_form_bytes).await?;
    let expr = promql::parse(params.get("query"), &parse_options()).map_err(QueryError::from)?;
    Ok(success(&tree(&expr)))
}

/// The tree of `expr`; as deep as the parser lets one be.
fn tree(expr: &Expr) -> Value {
    match expr {
        Expr::Aggregate(e) => aggregation(e),
        Expr::Binary(e) => binary(e),
        Expr::Call(e) => call(e),
        Expr::Matrix(e) => matrix(e),
        Expr::Number(e) => json!({ "type": "numberLiteral", "val": format_plain(e.value) }),
        Expr::Paren(e) => json!({ "type": "parenExpr", "expr": tree(&e.inner) }),
        Expr::Subquery(e) => subquery(e),
        Expr::Text(e) => json!({ "type": "stringLiteral", "val": e.value }),
        Expr::Unary(e) => {
            let op = if e.negative { "-" } else { "+" };
            json!({ "type": "unaryExpr", "op": op, "expr": tree(&e.operand) })
        }
        Expr::Vector(e) => vector(e),
    }
}

fn aggregation(e: &Aggregate) -> Value {
    json!({
        "type": "aggregation",
        "op": e.op.as_str(),
        "expr": tree(&e.expr),
        "param": e.param.as_ref().map(tree),
        "grouping": e.grouping.labels,
        "without": e.grouping.without,
    })
}

fn binary(e: &Binary) -> Value {
    json!({
        "type": "binaryExpr",
        "op": e.op.as_str(),
        "lhs": tree(&e.lhs),
        "rhs": tree(&e.rhs),
        "matching": e.matching.as_ref().map(matching),
        "bool": e.return_bool,
    })
}

fn matching(m: &VectorMatching) -> Value {
    json!({
        "card": m.cardinality.as_str(),
        "labels": m.labels,
        "on": m.on,
        "include": m.include,
        "fillValues": { "lhs": m.fill_left.map(fill), "rhs": m.fill_right.map(fill) },
    })
}

/// A whole number is written without a fraction.
fn fill(value: f64) -> Value {
    let whole = value as i64;
    if whole as f64 == value { json!(whole) } else { json!(value) }
}

fn call(e: &Call) -> Value {
    let types: Vec<&str> = e.function.args.iter().map(|t| t.as_str()).collect();
    json!({
        "type": "call",
        "func": {
            "name": e.function.name,
            "argTypes": types,
            "variadic": e.function.variadic,
            "returnType": ValueType::as_str(e.function.returns),
        },
        "args": e.args.iter().map(tree).collect::<Vec<_>>(),
    })
}

fn vector(e: &VectorSelector) -> Value {
    let mut node = place(&e.offset, e.at);
    node["type"] = json!("vectorSelector");
    node["name"] = json!(e.name);
    node["matchers"] = e.matchers.iter().map(matcher).collect();
    node["anchored"] = json!(e.anchored);
    node["smoothed"] = json!(e.smoothed);
    node
}

fn matrix(e: &MatrixSelector) -> Value {
    let mut node = vector(&e.selector);
    node["type"] = json!("matrixSelector");
    (node["range"], node["rangeExpr"]) = duration(&e.range);
    node
}

fn subquery(e: &Subquery) -> Value {
    let mut node = place(&e.offset, e.at);
    node["type"] = json!("subquery");
    node["expr"] = tree(&e.expr);
    (node["range"], node["rangeExpr"]) = duration(&e.range);
    (node["step"], node["stepExpr"]) = duration(&e.step);
    node
}

/// `offset` and `@`.
fn place(offset: &Duration, at: Option<At>) -> Value {
    let (offset, offset_expr) = duration(offset);
    let (timestamp, start_or_end) = match at {
        None => (None, None),
        Some(At::Time(millis)) => (Some(millis), None),
        Some(At::Start) => (None, Some("start")),
        Some(At::End) => (None, Some("end")),
    };
    json!({ "offset": offset, "offsetExpr": offset_expr, "timestamp": timestamp, "startOrEnd": start_or_end })
}

fn matcher(m: &Matcher) -> Value {
    json!({ "name": m.name, "type": m.op.as_str(), "value": m.value })
}

/// Milliseconds, and the expression when it is one.
fn duration(d: &Duration) -> (Value, Value) {
    match d {
        Duration::Millis(millis) => (json!(millis), Value::Null),
        Duration::Expr(expr) => (json!(0), arithmetic(expr)),
    }
}

fn arithmetic(e: &DurationExpr) -> Value {
    let (op, lhs, rhs) = match &e.kind {
        DurationKind::Number(number) => return literal(number),
        DurationKind::Step => ("step", Value::Null, Value::Null),
        DurationKind::Range => ("range", Value::Null, Value::Null),
        DurationKind::MinOf(a, b) => ("min_of", arithmetic(a), arithmetic(b)),
        DurationKind::MaxOf(a, b) => ("max_of", arithmetic(a), arithmetic(b)),
        DurationKind::Plus(operand) => ("+", Value::Null, arithmetic(operand)),
        DurationKind::Minus(operand) => ("-", Value::Null, arithmetic(operand)),
        DurationKind::Binary(op, a, b) => (op.as_str(), arithmetic(a), arithmetic(b)),
    };
    json!({ "type": "durationExpr", "op": op, "lhs": lhs, "rhs": rhs, "wrapped": e.wrapped })
}

fn literal(number: &NumberLiteral) -> Value {
    json!({
        "type": "numberLiteral",
        "val": format_plain(number.value),
        "duration": number.duration,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, want: Value) {
        let expr = promql::parse(query, &parse_options()).unwrap();
        assert_eq!(tree(&expr), want, "{query}");
    }

    #[test]
    fn trees_say_what_was_not_given() {
        let up = json!({
            "type": "vectorSelector", "name": "up", "offset": 0, "offsetExpr": null, "timestamp": null,
            "startOrEnd": null, "anchored": false, "smoothed": false,
            "matchers": [{ "name": "__name__", "type": "=", "value": "up" }],
        });
        check("up", up.clone());
        check(
            "topk(1e3, up)",
            json!({
                "type": "aggregation", "op": "topk", "expr": up, "grouping": [], "without": false,
                "param": { "type": "numberLiteral", "val": "1000" },
            }),
        );
        check(
            "up + fill_right(0.5) up",
            json!({
                "type": "binaryExpr", "op": "+", "lhs": up, "rhs": up, "bool": false,
                "matching": {
                    "card": "one-to-one", "labels": [], "on": false, "include": [],
                    "fillValues": { "lhs": null, "rhs": 0.5 },
                },
            }),
        );
    }

    #[test]
    fn durations_are_numbers_or_trees() {
        let expr =
            promql::parse("up[5m:(step() * 2)] @ end() offset -min_of(1m, 90)", &parse_options()).unwrap();
        let node = tree(&expr);
        assert_eq!((&node["range"], &node["rangeExpr"]), (&json!(300_000), &Value::Null));
        assert_eq!((&node["step"], &node["startOrEnd"]), (&json!(0), &json!("end")));
        assert_eq!(node["stepExpr"]["lhs"]["op"], "step");
        assert_eq!(
            node["stepExpr"]["rhs"],
            json!({ "type": "numberLiteral", "val": "2", "duration": false })
        );
        assert_eq!(node["stepExpr"]["wrapped"], json!(true));
        assert_eq!((&node["offset"], &node["offsetExpr"]["op"]), (&json!(0), &json!("-")));
        assert_eq!(node["offsetExpr"]["rhs"]["op"], "min_of");
    }
}
