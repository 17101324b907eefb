//! Queries of `testdata/` are printed and refused as recorded; any tree survives being printed; no text panics.

use super::*;
use crate::check::check;
use crate::value::Value;
use contract::{Intrinsic, SpanScope};
use model::{SpanKind, StatusCode};
use proptest::prelude::*;
use std::sync::Arc;

fn cases(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(" => ").unwrap())
}

#[test]
fn queries_are_printed() {
    for (query, printed) in cases(include_str!("../../testdata/printed.txt")) {
        let tree = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(tree.to_string(), printed, "{query}");
        assert_eq!(parse(printed).unwrap(), tree, "{query}");
    }
}

#[test]
fn queries_are_refused() {
    for (query, expected) in cases(include_str!("../../testdata/refused.txt")) {
        let error = parse(query).and_then(|tree| check(&tree)).expect_err(query);
        assert_eq!(error.to_string(), expected, "{query}");
    }
}

#[test]
fn deep_queries_are_refused_without_overflowing() {
    for (open, close) in [("(", ")"), ("!", ""), ("-", "")] {
        let query = format!("{{ {}.a{} }}", open.repeat(50_000), close.repeat(50_000));
        assert!(parse(&query).unwrap_err().to_string().contains("nested deeper"));
    }
    assert!(parse(&"(".repeat(50_000)).is_err());
    for chain in ["{ .a", "{ .a } && { .a }", "({} | rate()) + ({} | rate())", "{} | rate()"] {
        let (start, link, end) = match chain {
            "{ .a" => (chain, " && .a", " }"),
            "{} | rate()" => (chain, " > 1", ""),
            _ => (chain, &chain[chain.find(['&', '+']).unwrap()..], ""),
        };
        let query = format!("{start}{}{end}", link.repeat(5_000));
        let error = parse(&query).unwrap_err().to_string();
        assert!(error.contains("more than"), "{error}");
    }
    let longest = format!("{{ .a{} }}", " || .a".repeat(MAX_OPERATORS));
    assert!(check(&parse(&longest).unwrap()).is_ok());
    assert!(parse(&" ".repeat(MAX_QUERY_BYTES + 1)).is_err());
}

fn name() -> impl Strategy<Value = Name> {
    let scope = prop::sample::select(vec![
        None,
        Some(SpanScope::Span),
        Some(SpanScope::Resource),
        Some(SpanScope::Event),
        Some(SpanScope::Link),
        Some(SpanScope::Instrumentation),
    ]);
    let intrinsic = prop::sample::select(vec![
        Intrinsic::Duration,
        Intrinsic::Name,
        Intrinsic::TraceId,
        Intrinsic::EventTimeSinceStart,
        Intrinsic::LinkSpanId,
        Intrinsic::NestedSetLeft,
        Intrinsic::ChildCount,
    ]);
    prop_oneof![
        intrinsic.prop_map(Name::Intrinsic),
        (scope, any::<bool>(), prop_oneof!["[a-z][a-z.+-]{0,6}", "\\PC{1,6}"]).prop_map(
            |(scope, parent, key)| {
                // Only span and resource have parents' attributes.
                let of_parent = parent && matches!(scope, None | Some(SpanScope::Span | SpanScope::Resource));
                let key = if of_parent { "k".to_owned() } else { key };
                Name::Attribute { of_parent, scope, key: Arc::from(key) }
            }
        ),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Nil),
        any::<i64>().prop_map(Value::Int),
        (-1e9f64..1e9).prop_map(Value::Float),
        "\\PC{0,6}".prop_map(Value::text),
        any::<bool>().prop_map(Value::Bool),
        (-4_000_000_000_000i64..4_000_000_000_000).prop_map(Value::Duration),
        prop::sample::select(vec![StatusCode::Ok, StatusCode::Error, StatusCode::Unset])
            .prop_map(Value::Status),
        prop::sample::select(vec![SpanKind::Server, SpanKind::Unspecified]).prop_map(Value::Kind),
    ]
}

fn field() -> impl Strategy<Value = Field> {
    let leaf = prop_oneof![value().prop_map(Field::Literal), name().prop_map(Field::Name)];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let sign = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "^", "=", "!=", "<", "<=", ">", ">=", "=~", "!~", "&&", "||",
        ]);
        prop_oneof![
            3 => (inner.clone(), sign, inner.clone()).prop_map(|(left, sign, right)| {
                Field::Binary(Box::new(left), Op::binary(sign).unwrap(), Box::new(right))
            }),
            1 => (any::<bool>(), inner).prop_map(|(not, inner)| {
                Field::Unary(if not { Op::Not } else { Op::Subtract }, Box::new(inner))
            }),
        ]
    })
}

fn spanset() -> impl Strategy<Value = Spanset> {
    let signs = [
        "&&", "||", ">", "<", ">>", "<<", "~", "!>", "!<", "!>>", "!<<", "!~", "&>", "&<", "&>>", "&<<", "&~",
    ];
    let leaf = field().prop_map(Spanset::Filter);
    leaf.prop_recursive(3, 6, 2, move |inner| {
        (inner.clone(), prop::sample::select(signs.to_vec()), inner).prop_map(|(left, sign, right)| {
            Spanset::Binary { left: Box::new(left), op: SpansetOp::of(sign).unwrap(), right: Box::new(right) }
        })
    })
}

fn pipeline() -> impl Strategy<Value = Pipeline> {
    let number = prop_oneof![any::<i64>().prop_map(Value::Int), (0.0f64..9.0).prop_map(Value::Float)];
    let op = prop::sample::select(vec![Op::Equal, Op::NotEqual, Op::Less, Op::GreaterEqual]);
    let scalar = (op, number, proptest::option::of(field())).prop_map(|(op, with, of)| {
        let function = if of.is_some() { AggregateFunction::Max } else { AggregateFunction::Count };
        Stage::Scalar { aggregate: Aggregate { function, of }, op, with }
    });
    let stage = prop_oneof![
        2 => spanset().prop_map(Stage::Spanset),
        1 => scalar,
        1 => field().prop_map(Stage::By),
        1 => Just(Stage::Coalesce),
        1 => prop::collection::vec(name(), 1..3).prop_map(Stage::Select),
    ];
    (spanset(), prop::collection::vec(stage, 0..3)).prop_map(|(first, rest)| Pipeline {
        stages: std::iter::once(Stage::Spanset(first)).chain(rest).collect(),
    })
}

fn metrics() -> impl Strategy<Value = Metrics> {
    let function = prop_oneof![
        Just(MetricsFunction::Rate),
        name().prop_map(MetricsFunction::AvgOverTime),
        (name(), prop::collection::vec(0.0f64..1.0, 1..3))
            .prop_map(|(n, q)| MetricsFunction::QuantileOverTime(n, q)),
    ];
    let query = (pipeline(), function, prop::collection::vec(name(), 0..2))
        .prop_map(|(spans, function, by)| Metrics::Query(Box::new(MetricsQuery { spans, function, by })));
    query.prop_recursive(2, 4, 2, |inner| {
        let op = prop::sample::select(vec![Op::Add, Op::Subtract, Op::Multiply, Op::Divide]);
        prop_oneof![
            (
                inner.clone(),
                op,
                prop_oneof![2 => inner.clone(), 1 => (0.0f64..9.0).prop_map(Metrics::Number)]
            )
                .prop_map(|(left, op, right)| Metrics::Binary {
                    left: Box::new(left),
                    op,
                    right: Box::new(right)
                }),
            (inner, 1usize..9).prop_map(|(inner, n)| Metrics::Second(Box::new(inner), SecondStage::TopK(n))),
        ]
    })
}

proptest! {
    #[test]
    fn span_queries_survive_printing(spans in pipeline()) {
        let query = Query { body: Body::Spans(spans), hints: Vec::new() };
        let printed = query.to_string();
        let again = parse(&printed).map_err(|e| TestCaseError::fail(format!("{printed}: {e}")))?;
        prop_assert_eq!(again, query, "{}", printed);
    }

    #[test]
    fn metrics_queries_survive_printing(metrics in metrics()) {
        let query = Query { body: Body::Metrics(metrics), hints: vec![("sample".to_owned(), Value::Bool(true))] };
        let printed = query.to_string();
        let again = parse(&printed).map_err(|e| TestCaseError::fail(format!("{printed}: {e}")))?;
        prop_assert_eq!(again, query, "{}", printed);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", words in prop::collection::vec(
        prop::sample::select(vec!["{", "}", "(", ")", "span.", ".a", "=", "\"", "1s", "|", "by", "count", "&&", ">>", "!", "-", "rate", "with", "5"]),
        0..14,
    )) {
        let _ = parse(&text).map(|query| check(&query));
        let _ = parse(&words.join(" ")).map(|query| check(&query));
        let _ = crate::lenient::conditions(&words.concat());
    }
}
