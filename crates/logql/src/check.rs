//! What the grammar cannot say: which functions take which parameters, that selectors select, that texts compile.
//!
//! [`check`] runs right after parsing and finds what formatting a query must find too; [`check_stages`] finds the rest,
//! before a query runs.

use crate::error::ParseError;
use crate::stage::Pipeline;
use crate::syntax::ast::*;

type Checked = Result<(), ParseError>;

/// Checks a whole query.
pub(crate) fn check(expr: &Expr) -> Checked {
    match expr {
        Expr::Log(log) => check_log(log),
        Expr::Metric(metric) => check_metric(metric),
    }
}

fn check_log(log: &LogExpr) -> Checked {
    if log.matchers.iter().all(model::Matcher::matches_empty) {
        return Err(ParseError::bare(
            "queries require at least one regexp or equality matcher that does not have an empty-compatible value. For \
             instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will",
        ));
    }
    // These two are read while parsing; other stages are compiled when a query runs.
    log.stages
        .iter()
        .filter(|stage| matches!(stage, Stage::Regexp(_) | Stage::Pattern(_)))
        .try_for_each(|stage| Pipeline::compile(std::slice::from_ref(stage)).map(|_| ()))
}

/// Whether all stages compile: what running the query would find out first.
pub(crate) fn check_stages(expr: &Expr) -> Checked {
    let check = |log: &LogExpr| Pipeline::compile(&log.stages).map(|_| ());
    match expr {
        Expr::Log(log) => check(log),
        Expr::Metric(metric) => check_ranges(metric, &check),
    }
}

fn check_ranges(metric: &MetricExpr, check: &dyn Fn(&LogExpr) -> Checked) -> Checked {
    match metric {
        MetricExpr::Literal(_) | MetricExpr::Vector(_) => Ok(()),
        MetricExpr::Range { range, .. } => {
            check(&range.log)?;
            range
                .unwrap
                .iter()
                .flat_map(|unwrap| &unwrap.filters)
                .try_for_each(crate::stage::check_label_filter)
        }
        MetricExpr::Aggregate { inner, .. } | MetricExpr::LabelReplace { inner, .. } => {
            check_ranges(inner, check)
        }
        MetricExpr::Binary { left, right, .. } => {
            check_ranges(left, check)?;
            check_ranges(right, check)
        }
    }
}

fn check_metric(metric: &MetricExpr) -> Checked {
    match metric {
        MetricExpr::Literal(_) | MetricExpr::Vector(_) => Ok(()),
        MetricExpr::Range { op, parameter, counted, range, grouping } => {
            check_range(*op, *parameter, range, grouping.is_some())?;
            check_counted(*op, counted.as_deref(), grouping.as_ref())?;
            check_log(&range.log)
        }
        MetricExpr::Aggregate { op, parameter, grouping, inner } => {
            check_aggregation(*op, parameter.as_deref(), grouping.as_ref())?;
            check_metric(inner)
        }
        MetricExpr::Binary { left, right, .. } => {
            check_metric(left)?;
            check_metric(right)
        }
        MetricExpr::LabelReplace { inner, target, pattern, .. } => {
            crate::regexp::check(&format!("^(?:{pattern})$"))
                .map_err(|e| ParseError::bare(format!("invalid regex in label_replace: {e}")))?;
            if !is_label_name(target) {
                return Err(ParseError::bare(format!("invalid label name in label_replace: {target}")));
            }
            check_metric(inner)
        }
    }
}

/// Whether a name may be a label's: letters, digits and `_`, no digit first.
pub(crate) fn is_label_name(name: &str) -> bool {
    name.bytes().enumerate().all(|(i, b)| b == b'_' || b.is_ascii_alphabetic() || i > 0 && b.is_ascii_digit())
        && !name.is_empty()
}

fn check_range(op: RangeOp, parameter: Option<f64>, range: &LogRange, grouped: bool) -> Checked {
    use RangeOp::*;
    let name = op.as_str();
    match (op, parameter) {
        (QuantileOverTime, None) => {
            return Err(ParseError::bare(format!("parameter required for operation {name}")));
        }
        (QuantileOverTime, Some(_)) | (_, None) => {}
        (_, Some(_)) => {
            return Err(ParseError::bare(format!("parameter not supported for operation {name}")));
        }
    }
    let takes_grouping = matches!(
        op,
        AvgOverTime
            | MaxOverTime
            | MinOverTime
            | StddevOverTime
            | StdvarOverTime
            | QuantileOverTime
            | FirstOverTime
            | LastOverTime
            | ApproxCountDistinct
    );
    if grouped && !takes_grouping {
        return Err(ParseError::bare(format!("grouping not allowed for {name} aggregation")));
    }
    let wrong = |how: &str| Err(ParseError::bare(format!("invalid aggregation {name} {how} unwrap")));
    match (op, range.unwrap.is_some()) {
        (CountOverTime | BytesRate | BytesOverTime | ApproxCountDistinct, true) => wrong("with"),
        (Rate | CountOverTime | BytesRate | BytesOverTime | AbsentOverTime | ApproxCountDistinct, _)
        | (_, true) => Ok(()),
        (_, false) => wrong("without"),
    }
}

/// The label that is counted tells no series apart.
fn check_counted(op: RangeOp, counted: Option<&str>, grouping: Option<&Grouping>) -> Checked {
    let Some(label) = counted else { return Ok(()) };
    if grouping.is_some_and(|g| !g.without && g.labels.iter().any(|name| name == label)) {
        let name = op.as_str();
        return Err(ParseError::bare(format!("{name}() counts values of {label}: it cannot group by it")));
    }
    Ok(())
}

fn check_aggregation(op: VectorOp, parameter: Option<&str>, grouping: Option<&Grouping>) -> Checked {
    let name = op.as_str();
    let fail = |text: String| Err(ParseError::bare(text));
    match parameter {
        None if op.takes_count() => return fail(format!("parameter required for operation {name}")),
        Some(text) if !op.takes_count() => {
            return fail(format!("unsupported parameter for operation {name}({text},"));
        }
        Some(text) => match text.parse::<i64>() {
            Err(_) => return fail(format!("invalid parameter {name}({text},")),
            Ok(count) if count <= 0 => {
                return fail(format!("invalid parameter (must be greater than 0) {name}({text}"));
            }
            Ok(_) => {}
        },
        None => {}
    }
    match op {
        VectorOp::Sort | VectorOp::SortDesc if grouping.is_some() => {
            fail("sort and sort_desc doesn't allow grouping by ".to_owned())
        }
        VectorOp::ApproxTopk if grouping.is_some() => {
            fail(format!("grouping not allowed for {name} aggregation"))
        }
        _ => Ok(()),
    }
}
