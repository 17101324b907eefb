//! Runs a script: each eval once as written and again in the forms that must give the same: with `@` on every selector,
//! at other times, and as a range query.

use super::compare;
use super::memory::Storage;
use super::notation::Item;
use super::parse::{Command, Eval, Load, When, commands};
use contract::Context;
use model::histogram::{BucketSpan, CUSTOM_BUCKETS_SCHEMA};
use model::{FloatHistogram, Labels, METRIC_NAME, Millis};
use promql::syntax::ast::{At, Expr};
use promql::{Options, ParseOptions, QueryError, QueryResult};
use query::{Grid, Value};
use std::collections::BTreeMap;

/// What became of the evals of a script.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many passed.
    pub(crate) passed: usize,
    /// One line for each that did not.
    pub(crate) failures: Vec<String>,
}

fn options() -> Options {
    Options {
        parse: ParseOptions::all(),
        max_samples: 10_000,
        delayed_name_removal: true,
        start_timestamps: true,
        ..Options::default()
    }
}

/// Runs all commands of a script.
pub(crate) async fn run_file(text: &str, storage: &mut dyn Storage) -> Outcome {
    let mut outcome = Outcome::default();
    let commands = match commands(text) {
        Ok(commands) => commands,
        Err(message) => {
            outcome.failures.push(message);
            return outcome;
        }
    };
    for command in commands {
        match command {
            Command::Clear => storage.clear(),
            Command::Load(load) => add(&load, storage),
            Command::Eval(eval) => match check(&eval, storage).await {
                Ok(()) => outcome.passed += 1,
                Err(message) => outcome.failures.push(format!("{}: {}: {message}", eval.line, eval.text)),
            },
        }
    }
    outcome
}

fn add(load: &Load, storage: &mut dyn Storage) {
    for (labels, items, starts) in &load.series {
        for (i, item) in items.iter().enumerate() {
            let at = i64::try_from(i).expect("a short script") * load.step;
            let start = starts.get(i).copied().flatten().map_or(0, |offset| at + offset);
            match item {
                Item::Blank => {}
                Item::Float(value) => storage.push_float(labels, at, *value, start),
                Item::Histogram(h, _) => storage.push_histogram(labels, at, h.clone(), start),
            }
        }
    }
    if load.with_nhcb {
        classic_to_custom(load, storage);
    }
}

/// A classic histogram at one time.
#[derive(Default)]
struct Classic {
    buckets: Vec<(f64, f64)>,
    sum: f64,
    count: Option<f64>,
}

/// Builds custom-bucket histograms of classic bucket, sum and count series.
fn classic_to_custom(load: &Load, storage: &mut dyn Storage) {
    let mut all: BTreeMap<(Labels, i64), Classic> = BTreeMap::new();
    for (labels, items, _) in &load.series {
        let name = labels.metric_name();
        let part = ["_bucket", "_sum", "_count"].into_iter().find(|suffix| name.ends_with(suffix));
        let Some(part) = part else { continue };
        let base = labels.without(&["le"]).with(METRIC_NAME, &name[..name.len() - part.len()]);
        for (i, item) in items.iter().enumerate() {
            let Item::Float(value) = item else { continue };
            let at = i64::try_from(i).expect("a short script") * load.step;
            let classic = all.entry((base.clone(), at)).or_default();
            match part {
                "_bucket" => {
                    let upper = query::number::parse_float(labels.value("le")).expect("a bound");
                    classic.buckets.push((upper, *value));
                }
                "_sum" => classic.sum = *value,
                _ => classic.count = Some(*value),
            }
        }
    }
    for ((labels, at), mut classic) in all {
        classic.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        classic.buckets.dedup_by(|next, kept| next.0 == kept.0);
        let count = classic.count.or(classic.buckets.last().map(|b| b.1)).unwrap_or(0.0);
        if classic.buckets.last().is_none_or(|b| b.0 != f64::INFINITY) {
            classic.buckets.push((f64::INFINITY, count));
        }
        let mut previous = 0.0;
        let mut positive_buckets = Vec::new();
        for (_, total) in &classic.buckets {
            positive_buckets.push(total - previous);
            previous = *total;
        }
        if positive_buckets.iter().any(|b| *b < 0.0) {
            continue;
        }
        let length = u32::try_from(positive_buckets.len()).expect("a few buckets");
        let h = FloatHistogram {
            schema: CUSTOM_BUCKETS_SCHEMA,
            count,
            sum: classic.sum,
            positive_spans: vec![BucketSpan { offset: 0, length }],
            positive_buckets,
            custom_values: classic.buckets.iter().map(|b| b.0).filter(|b| b.is_finite()).collect(),
            ..FloatHistogram::default()
        };
        storage.push_histogram(&labels, at, h, 0);
    }
}

async fn query_instant(storage: &dyn Storage, text: &str, at: i64) -> Result<QueryResult, QueryError> {
    promql::instant(storage.source(), &Context::for_tests(), text, Millis(at), &options()).await
}

async fn query_range(storage: &dyn Storage, text: &str, grid: Grid) -> Result<QueryResult, QueryError> {
    promql::range(storage.source(), &Context::for_tests(), text, grid, &options()).await
}

/// Compares what failed, or was expected to.
fn check_failure(eval: &Eval, result: &Result<QueryResult, QueryError>) -> Result<bool, String> {
    match (eval.fail, result) {
        (false, Ok(_)) => Ok(false),
        (false, Err(error)) => Err(format!("failed: {error}")),
        (true, Ok(_)) => Err("expected to fail".to_owned()),
        (true, Err(error)) => {
            let message = error.to_string();
            let fits = eval.fail_patterns.is_empty() || eval.fail_patterns.iter().any(|p| p.fits(&message));
            if fits {
                Ok(true)
            } else {
                Err(format!("failed with {message:?}, expected {:?}", eval.fail_patterns))
            }
        }
    }
}

async fn check(eval: &Eval, storage: &dyn Storage) -> Result<(), String> {
    match eval.when {
        When::Range(from, to, step) => {
            let result = query_range(storage, &eval.text, Grid::new(from, to, step)).await;
            if check_failure(eval, &result)? {
                return Ok(());
            }
            let result = result.map_err(|e| e.to_string())?;
            compare::annotations(eval, &result)?;
            match &result.value {
                Value::Matrix(found) => compare::on_grid(&eval.series, found, from, to, step),
                other => Err(format!("expected a matrix, found {other:?}")),
            }
        }
        When::Instant(at) => {
            check_instant(eval, storage, &eval.text, at).await?;
            let Some(fixed) = with_at(&eval.text, at)? else { return Ok(()) };
            let times = if at == 0 { vec![-1000, 0, 1000] } else { vec![-10 * at, 0, at / 5, at, 10 * at] };
            for time in times {
                check_instant(eval, storage, &fixed, time)
                    .await
                    .map_err(|e| format!("as {fixed} at {time}: {e}"))?;
            }
            Ok(())
        }
    }
}

async fn check_instant(eval: &Eval, storage: &dyn Storage, text: &str, at: i64) -> Result<(), String> {
    let result = query_instant(storage, text, at).await;
    if check_failure(eval, &result)? {
        return Ok(());
    }
    let result = result.map_err(|e| e.to_string())?;
    compare::annotations(eval, &result)?;
    compare::instant(eval, &result.value)?;
    let moments = ["start()", "end()", "range()", "step()"];
    if eval.string.is_some() || eval.range_vector.is_some() || moments.iter().any(|m| text.contains(m)) {
        return Ok(());
    }
    let grid = Grid::new(at - 60_000, at + 60_000, 60_000);
    let result = query_range(storage, text, grid).await.map_err(|e| format!("as a range: {e}"))?;
    let Value::Matrix(found) = &result.value else { return Err("as a range: no matrix".to_owned()) };
    if eval.ordered {
        return Ok(());
    }
    compare::sorted(found)?;
    compare::middle(eval, found, at).map_err(|e| format!("as a range: {e}"))
}

/// Functions whose value follows the time of evaluation.
const TIME_DEPENDENT: [&str; 15] = [
    "time",
    "timestamp",
    "predict_linear",
    "start",
    "end",
    "step",
    "range",
    "minute",
    "hour",
    "day_of_week",
    "day_of_month",
    "day_of_year",
    "days_in_month",
    "month",
    "year",
];

/// The query with `@` on every selector and subquery that has none, unless its value follows the time of evaluation.
fn with_at(text: &str, at: i64) -> Result<Option<String>, String> {
    let Ok(mut expr) = promql::parse(text, &ParseOptions::all()) else { return Ok(None) };
    let mut depends = false;
    fix(&mut expr, at, &mut depends);
    let printed = expr.to_string();
    let again = promql::parse(&printed, &ParseOptions::all())
        .map_err(|e| format!("{printed} does not parse: {e}"))?;
    if again.to_string() != printed {
        return Err(format!("{printed} prints as {again}"));
    }
    Ok((!depends).then_some(printed))
}

fn fix(expr: &mut Expr, at: i64, depends: &mut bool) {
    match expr {
        Expr::Vector(selector) => {
            selector.at.get_or_insert(At::Time(at));
        }
        Expr::Matrix(matrix) => {
            matrix.selector.at.get_or_insert(At::Time(at));
        }
        Expr::Subquery(subquery) => {
            subquery.at.get_or_insert(At::Time(at));
        }
        Expr::Call(call) => {
            *depends |= TIME_DEPENDENT.contains(&call.function.name);
            call.args.iter_mut().for_each(|arg| fix(arg, at, depends));
        }
        other => other.children_mut().into_iter().for_each(|child| fix(child, at, depends)),
    }
}
