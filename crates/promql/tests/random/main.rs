//! Random queries: no text breaks the parser; what the printers write parses to the same tree; a range query gives at each
//! step what an instant query gives.

mod fake;
#[path = "../fakes/source.rs"]
mod source;

use contract::Context;
use fake::AllKinds;
use model::Millis;
use promql::{Options, ParseOptions, parse, parse_selector, pretty};
use proptest::prelude::*;
use query::{Grid, MatrixSeries, Value};
use source::Fake;

fn duration() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("5m".to_owned()),
        Just("1h30m".to_owned()),
        Just("90".to_owned()),
        Just("step()".to_owned()),
        Just("range()".to_owned()),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), "[-+*/^%]", inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("-({a})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("max_of({a}, {b})")),
        ]
    })
    .boxed()
}

fn selector() -> BoxedStrategy<String> {
    let name = prop_oneof![Just("up"), Just("a:b"), Just("sum"), Just("offset"), Just("NaN_total")];
    let label = prop_oneof![Just("job"), Just("by"), Just("\"a.b\""), Just("__name__")];
    let value = prop_oneof![
        3 => Just(".*".to_owned()),
        3 => Just("a|v0".to_owned()),
        1 => Just("b".to_owned()),
        1 => "[a-z\u{e9}.|]{1,4}",
    ];
    let operator = prop_oneof![1 => Just("="), 1 => Just("!="), 4 => Just("=~"), 1 => Just("!~")];
    let matcher = (label, operator, value).prop_map(|(label, op, value)| format!("{label}{op}\"{value}\""));
    let matchers = prop::collection::vec(matcher, 0..2).prop_map(|m| format!("{{{}}}", m.join(",")));
    let at = prop_oneof![
        4 => Just(""),
        1 => Just(" @ start()"),
        1 => Just(" @ -1.5"),
        1 => Just(" @ 1609746000"),
    ];
    let offset =
        prop_oneof![3 => Just(String::new()), 1 => duration().prop_map(|d| format!(" offset ({d})"))];
    (name, matchers, at, offset)
        .prop_map(|(name, matchers, at, offset)| format!("{name}{matchers}{at}{offset}"))
        .boxed()
}

fn number() -> BoxedStrategy<String> {
    prop_oneof![
        any::<f64>().prop_filter("a literal", |f| f.is_finite()).prop_map(|f| format!("{f:e}")),
        "[0-9]{1,3}",
        Just("Inf".to_owned()),
        Just("NaN".to_owned()),
        Just("0x1F".to_owned()),
        Just("1_000".to_owned()),
        Just("5m30s".to_owned()),
    ]
    .boxed()
}

fn query() -> BoxedStrategy<String> {
    let operator = prop_oneof![
        "[-+*/%^]",
        Just("atan2".to_owned()),
        Just("> bool".to_owned()),
        Just("== on (job)".to_owned()),
        Just("/ ignoring (\"a.b\") group_left (x, by)".to_owned()),
        Just("* on () group_right fill_right(-1) fill_left(0)".to_owned()),
        Just("+ fill(NaN)".to_owned()),
    ];
    let set = prop_oneof![Just("and on (job)"), Just("or"), Just("unless ignoring (x)")];
    let head = prop_oneof![
        Just("sum by (job, \"a.b\") ("),
        Just("avg without () ("),
        Just("topk by () (3, "),
        Just("count_values(\"x\\n\", "),
        Just("abs("),
        Just("histogram_quantile(0.9, "),
        Just("("),
        Just("clamp_min(-("),
    ];
    prop_oneof![3 => selector(), 1 => number().prop_map(|n| format!("vector({n})"))]
        .prop_recursive(5, 24, 3, move |inner| {
            prop_oneof![
                (inner.clone(), operator.clone(), inner.clone())
                    .prop_map(|(a, op, b)| format!("({a}) {op} {b}")),
                (inner.clone(), operator.clone(), number()).prop_map(|(a, _, n)| format!("{a} * {n}")),
                (inner.clone(), set.clone(), inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
                (head.clone(), inner.clone()).prop_map(|(head, a)| {
                    let tail = if head.ends_with("-(") { "), 1)" } else { ")" };
                    format!("{head}{a}{tail}")
                }),
                inner.clone().prop_map(|a| format!("-{a}")),
                (inner, duration()).prop_map(|(a, d)| format!("rate(({a})[{d}:1m])")),
            ]
        })
        .boxed()
}

fn shown_at(matrix: &[MatrixSeries], at: i64) -> Vec<String> {
    let mut out = Vec::new();
    for series in matrix {
        let floats = series.floats.iter().filter(|(t, _)| t.0 == at);
        out.extend(floats.map(|(_, v)| format!("{} {:?}", series.labels, query::Point::Float(*v))));
        let histograms = series.histograms.iter().filter(|(t, _)| t.0 == at);
        out.extend(
            histograms.map(|(_, h)| format!("{} {:?}", series.labels, query::Point::Histogram(h.clone()))),
        );
    }
    out.sort();
    out
}

fn shown(value: &Value) -> Vec<String> {
    let mut out: Vec<String> = match value {
        Value::Vector(samples) => samples.iter().map(|s| format!("{} {:?}", s.labels, s.point)).collect(),
        Value::Scalar { value, .. } => vec![format!("{{}} {:?}", query::Point::Float(*value))],
        other => panic!("{other:?} is no vector"),
    };
    out.sort();
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_global_rejects: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_parses_to_the_same_tree(text in query()) {
        let options = ParseOptions::all();
        let parsed = parse(&text, &options);
        prop_assume!(parsed.is_ok());
        let Ok(expr) = parsed else { return Ok(()) };
        let printed = expr.to_string();
        for written in [printed.clone(), pretty(&expr)] {
            let again = parse(&written, &options)
                .map_err(|e| TestCaseError::fail(format!("{text} is written as {written}: {e}")))?;
            prop_assert_eq!(again.to_string(), printed.clone(), "{}", text);
        }
    }

    #[test]
    fn ranges_are_made_of_instants(text in query(), delayed in any::<bool>()) {
        let depends = ["start()", "step()", "range()"].iter().any(|moment| text.contains(moment));
        prop_assume!(!depends && parse(&text, &ParseOptions::all()).is_ok());
        let options =
            Options { parse: ParseOptions::all(), delayed_name_removal: delayed, ..Options::default() };
        let grid = Grid::new(600_000, 900_000, 60_000);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let cx = Context::for_tests();
        let whole = runtime.block_on(promql::range(&Fake(AllKinds), &cx, &text, grid, &options));
        let mut parts = Vec::new();
        for at in grid.times() {
            parts.push(runtime.block_on(promql::instant(&Fake(AllKinds), &cx, &text, Millis(at), &options)));
        }
        match whole {
            Err(error) => prop_assert!(parts.iter().any(Result::is_err), "{} alone fails: {}", text, error),
            Ok(whole) => {
                let Value::Matrix(matrix) = whole.value else { panic!("{text}: no matrix") };
                for (at, part) in grid.times().zip(parts) {
                    let part = part.map_err(|e| TestCaseError::fail(format!("{text} fails at {at}: {e}")))?;
                    prop_assert_eq!(shown_at(&matrix, at), shown(&part.value), "{} at {}", &text, at);
                }
            }
        }
        prop_assert_eq!(cx.budget.used(), 0);
    }

    #[test]
    fn what_is_said_twice_is_what_is_said_once(text in query(), instant in any::<bool>()) {
        let options = Options { parse: ParseOptions::all(), ..Options::default() };
        let (same, other) = (format!("count({text}) + count({text})"), format!("2 * count({text})"));
        prop_assume!(parse(&same, &options.parse).is_ok() && parse(&other, &options.parse).is_ok());
        let grid = Grid::new(600_000, 900_000, 60_000);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let cx = Context::for_tests();
        let ask = |text: &str| match instant {
            true => runtime.block_on(promql::instant(&Fake(AllKinds), &cx, text, Millis(600_000), &options)),
            false => runtime.block_on(promql::range(&Fake(AllKinds), &cx, text, grid, &options)),
        };
        match (ask(&same), ask(&other)) {
            (Ok(same), Ok(other)) => {
                prop_assert_eq!(format!("{:?}", same.value), format!("{:?}", other.value), "{}", text);
                let twice = |counts: &[u64]| counts.iter().map(|count| count * 2).collect::<Vec<u64>>();
                prop_assert_eq!(same.samples.queryable, twice(&other.samples.queryable), "{}", text);
                prop_assert_eq!(same.samples.read, twice(&other.samples.read), "{}", text);
                prop_assert_eq!((same.warnings.len(), same.infos.len()), (other.warnings.len(), other.infos.len()));
            }
            (same, other) => prop_assert!(same.is_err() && other.is_err(), "{}", text),
        }
        prop_assert_eq!(cx.budget.used(), 0);
    }

    #[test]
    fn no_text_breaks_the_parser(text in "\\PC{0,40}", pieces in prop::collection::vec(
        prop_oneof![
            Just("("), Just(")"), Just("["), Just("]"), Just("{"), Just("}"), Just(":"), Just(","), Just("@"),
            Just("-"), Just("5m"), Just("a"), Just("sum"), Just("by"), Just("on"), Just("offset"), Just("\""),
            Just("'\\x"), Just("=~"), Just("="), Just("rate"), Just("bool"), Just("group_left"), Just("#"), Just("\n"),
            Just("step"), Just("^"), Just("1e"), Just("0x"), Just("\u{e9}"), Just("fill"), Just("anchored"),
        ], 0..24,
    )) {
        for text in [text, pieces.concat(), pieces.join(" ")] {
            let _ = parse(&text, &ParseOptions::all());
            let _ = parse_selector(&text);
        }
    }
}

#[test]
fn heights_are_limited() {
    for (head, body, tail) in [
        ("(", "a", ")"),
        ("-", "a", ""),
        ("a + ", "a", ""),
        ("a ^ ", "a", ""),
        ("abs(", "a", ")"),
        ("sum(", "a", ")"),
        ("", "a", "[5m:]"),
        ("", "a[", "("),
        ("", "a[", "5m + "),
        ("", "a offset ", "("),
    ] {
        let text = format!("{}{body}{}", head.repeat(5000), tail.repeat(5000));
        let message = parse(&text, &ParseOptions::all()).expect_err("too high").to_string();
        assert!(message.ends_with("nested more than 200 deep"), "{message}");
    }
}
