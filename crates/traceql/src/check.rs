//! Whether a query that parses makes sense: types, references, regular expressions, limits.

use crate::error::TraceqlError;
use crate::syntax::{
    Aggregate, AggregateFunction, Body, Field, Metrics, MetricsFunction, Name, Op, Pipeline, Query,
    SecondStage, Spanset, Stage,
};
use crate::value::{Type, Value};
use contract::{Intrinsic, SpanScope};
use model::regexp::{Anchors, compile};

/// Labels that metrics may be grouped by; histograms and quantiles add one of their own.
pub const MAX_METRICS_GROUPS: usize = 5;

/// Values that `compare()` shows of an attribute, at most: what the replaced system allows.
const MAX_COMPARED: usize = 1000;

type Checked = Result<(), TraceqlError>;

/// Checks a whole query.
pub fn check(query: &Query) -> Checked {
    match &query.body {
        Body::Spans(pipeline) => check_pipeline(pipeline),
        Body::Metrics(metrics) => check_metrics(metrics),
    }
}

fn check_pipeline(pipeline: &Pipeline) -> Checked {
    pipeline.stages.iter().try_for_each(|stage| match stage {
        Stage::Spanset(spanset) => check_spanset(spanset),
        Stage::Scalar { aggregate, op, with } => check_scalar(aggregate, *op, with),
        Stage::By(field) => {
            check_field(field)?;
            match field.references_span() {
                true => Ok(()),
                false => fail(format!("grouping field expressions must reference the span: {stage}")),
            }
        }
        Stage::Coalesce => Ok(()),
        Stage::Select(names) => names.iter().try_for_each(check_name),
    })
}

fn fail(message: impl Into<String>) -> Checked {
    Err(TraceqlError::check(message))
}

fn check_spanset(spanset: &Spanset) -> Checked {
    match spanset {
        Spanset::Piped(pipeline) => check_pipeline(pipeline),
        Spanset::Binary { left, right, .. } => {
            check_spanset(left)?;
            check_spanset(right)
        }
        Spanset::Filter(field) => {
            check_field(field)?;
            match type_of(field) {
                Type::Attribute | Type::Bool => Ok(()),
                _ => fail(format!("span filter field expressions must resolve to a boolean: {spanset}")),
            }
        }
    }
}

fn check_scalar(aggregate: &Aggregate, op: Op, with: &Value) -> Checked {
    if let Some(field) = &aggregate.of {
        check_field(field)?;
        let of = type_of(field);
        if of != Type::Attribute && !of.is_number() {
            return fail(format!("aggregate field expressions must resolve to a number type: {aggregate}"));
        }
        if !field.references_span() {
            return fail(format!("aggregate field expressions must reference the span: {aggregate}"));
        }
    }
    let of = match (&aggregate.of, aggregate.function) {
        (None, _) | (_, AggregateFunction::Count) => Type::Int,
        (Some(field), _) => type_of(field),
    };
    let text = format!("{aggregate} {} {with}", op.as_str());
    if !of.fits(with.type_of()) {
        return fail(format!("binary operations must operate on the same type: {text}"));
    }
    match of.has(op) && with.type_of().is_number() {
        true => Ok(()),
        false => fail(format!("illegal operation for the given types: {text}")),
    }
}

fn check_name(name: &Name) -> Checked {
    match name {
        Name::Parent => Err(TraceqlError::Unsupported("intrinsic (parent) not yet supported".to_owned())),
        Name::Attribute { of_parent: true, .. } => {
            Err(TraceqlError::Unsupported("parent scope not yet supported".to_owned()))
        }
        _ => Ok(()),
    }
}

fn check_field(field: &Field) -> Checked {
    match field {
        Field::Literal(_) => Ok(()),
        Field::Name(name) => check_name(name),
        Field::Unary(op, inner) => {
            check_field(inner)?;
            match type_of(inner) {
                Type::Attribute => Ok(()),
                of if of.has(*op) && of != Type::Nil => Ok(()),
                _ => fail(format!("illegal operation for the given type: {field}")),
            }
        }
        Field::Binary(left, op, right) => {
            check_field(left)?;
            check_field(right)?;
            check_nil(left, *op, right)?;
            let (a, b) = (type_of(left), type_of(right));
            if !a.fits(b) {
                return fail(format!("binary operations must operate on the same type: {field}"));
            }
            if matches!(op, Op::Regex | Op::NotRegex) {
                return check_regex(field, left, right);
            }
            match a.has(*op) && b.has(*op) {
                true => Ok(()),
                false => fail(format!("illegal operation for the given types: {field}")),
            }
        }
    }
}

/// What every span has cannot be absent.
fn check_nil(left: &Field, op: Op, right: &Field) -> Checked {
    let nil = Field::Literal(Value::Nil);
    let name = match (left, right) {
        (Field::Name(name), other) | (other, Field::Name(name)) if *other == nil => name,
        _ => return Ok(()),
    };
    match name {
        _ if op != Op::Equal => Ok(()),
        Name::Intrinsic(_) => fail(format!("{name}=nil is not valid because intrinsics cannot be nil")),
        Name::Attribute { scope: Some(SpanScope::Resource), key, .. } if &**key == "service.name" => {
            fail(format!("{name}=nil is not valid because {name} cannot be nil"))
        }
        _ => Ok(()),
    }
}

fn check_regex(field: &Field, left: &Field, right: &Field) -> Checked {
    let Field::Literal(pattern) = right else {
        return fail(format!("invalid type for =~ or !~: {right}"));
    };
    if !type_of(left).has(Op::Regex) || !pattern.type_of().has(Op::Regex) {
        return fail(format!("illegal operation for the given types: {field}"));
    }
    match pattern {
        Value::Text(text) if compile(text, Anchors::Both, true).is_ok() => Ok(()),
        _ => fail(format!("invalid regex: {pattern}")),
    }
}

/// The type that an expression has before any span is seen.
pub(crate) fn type_of(field: &Field) -> Type {
    match field {
        Field::Literal(value) => value.type_of(),
        Field::Name(name) => type_of_name(name),
        Field::Unary(_, inner) => type_of(inner),
        Field::Binary(_, op, _) if op.is_boolean() => Type::Bool,
        Field::Binary(left, _, right) => match type_of(left) {
            Type::Attribute => type_of(right),
            of => of,
        },
    }
}

fn type_of_name(name: &Name) -> Type {
    let Name::Intrinsic(intrinsic) = name else { return Type::Attribute };
    match intrinsic {
        Intrinsic::Duration | Intrinsic::TraceDuration | Intrinsic::EventTimeSinceStart => Type::Duration,
        Intrinsic::Status => Type::Status,
        Intrinsic::Kind => Type::Kind,
        Intrinsic::ChildCount
        | Intrinsic::NestedSetLeft
        | Intrinsic::NestedSetRight
        | Intrinsic::NestedSetParent => Type::Int,
        _ => Type::Text,
    }
}

fn check_metrics(metrics: &Metrics) -> Checked {
    match metrics {
        Metrics::Number(_) => Ok(()),
        Metrics::Binary { left, right, .. } => {
            check_metrics(left)?;
            check_metrics(right)?;
            not_compared(left)?;
            not_compared(right)
        }
        Metrics::Second(inner, stage) => {
            check_metrics(inner)?;
            match stage {
                SecondStage::TopK(0) | SecondStage::BottomK(0) => fail("limit must be greater than 0"),
                _ => not_compared(inner),
            }
        }
        Metrics::Query(query) => {
            check_pipeline(&query.spans)?;
            query.by.iter().try_for_each(check_name)?;
            let own = matches!(
                query.function,
                MetricsFunction::QuantileOverTime(..) | MetricsFunction::HistogramOverTime(_)
            );
            let limit = MAX_METRICS_GROUPS - usize::from(own);
            if query.by.len() > limit {
                return fail(format!(
                    "metrics can be grouped by at most {limit} attributes, got {}",
                    query.by.len()
                ));
            }
            check_function(&query.function)
        }
    }
}

/// What `compare()` answers is a table of its own: neither ranked nor reckoned with.
fn not_compared(metrics: &Metrics) -> Checked {
    match metrics {
        Metrics::Query(query) if matches!(query.function, MetricsFunction::Compare { .. }) => {
            fail("`compare()` cannot be used with second stage functions")
        }
        _ => Ok(()),
    }
}

fn check_function(function: &MetricsFunction) -> Checked {
    match function {
        MetricsFunction::Rate | MetricsFunction::CountOverTime => Ok(()),
        MetricsFunction::QuantileOverTime(name, quantiles) => {
            check_name(name)?;
            match quantiles.iter().find(|q| !(0.0..=1.0).contains(*q)) {
                Some(q) => fail(format!("quantile must be between 0 and 1: {q}")),
                None => Ok(()),
            }
        }
        MetricsFunction::MinOverTime(name)
        | MetricsFunction::MaxOverTime(name)
        | MetricsFunction::SumOverTime(name)
        | MetricsFunction::AvgOverTime(name)
        | MetricsFunction::HistogramOverTime(name) => check_name(name),
        MetricsFunction::Compare { selection, top, window } => {
            check_spanset(&Spanset::Filter((**selection).clone()))?;
            if *top == 0 || *top > MAX_COMPARED {
                return fail(format!(
                    "compare() top number of values must be an integer between 1 and {MAX_COMPARED}"
                ));
            }
            match window {
                Some((start, end)) if *start <= 0 || *end <= 0 => {
                    fail("compare() timestamps must be positive integer unix nanoseconds")
                }
                Some((start, end)) if end <= start => {
                    fail("compare() end timestamp must be greater than start timestamp")
                }
                _ => Ok(()),
            }
        }
    }
}
