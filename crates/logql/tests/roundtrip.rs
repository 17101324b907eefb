//! `parse(print(query)) == query`, for queries made at random; and no text makes the parser panic.

use logql::syntax::ast::*;
use logql::{Expr, parse, pretty};
use model::{MatchOp, Matcher};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    "[a-z_]{1,3}[0-9]?".prop_filter("a keyword", |name| {
        !matches!(name.as_str(), "by" | "on" | "or" | "ip" | "and" | "sum" | "max" | "min" | "avg" | "_")
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z\"\\\\\n\t é🎉{}.`]{0,6}", "\\PC{0,3}"]
}

fn matcher() -> impl Strategy<Value = Matcher> {
    (name(), 0..4, text(), "[a-z.*|]{0,4}[a-z]").prop_filter_map(
        "a pattern that does not compile",
        |(name, op, text, pattern)| match op {
            0 => Matcher::new(name, MatchOp::Equal, text).ok(),
            1 => Matcher::new(name, MatchOp::NotEqual, text).ok(),
            2 if !pattern.contains("**") && !pattern.starts_with('*') && !pattern.contains("|*") => {
                Matcher::new(name, MatchOp::Regex, pattern).ok()
            }
            3 if !pattern.contains("**") && !pattern.starts_with('*') && !pattern.contains("|*") => {
                Matcher::new(name, MatchOp::NotRegex, pattern).ok()
            }
            _ => None,
        },
    )
}

fn compare() -> impl Strategy<Value = CompareOp> {
    use CompareOp::*;
    prop::sample::select(vec![Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual])
}

fn label_filter() -> impl Strategy<Value = LabelFilter> {
    let leaf = prop_oneof![
        matcher().prop_map(LabelFilter::Text),
        (name(), compare(), prop_oneof![Just(0.0), Just(-1.5), 0.0f64..1e9])
            .prop_map(|(n, op, v)| LabelFilter::Number(n, op, v)),
        (name(), compare(), 1i64..1 << 50).prop_map(|(n, op, v)| LabelFilter::Duration(n, op, v)),
        (name(), compare(), 1u64..1 << 50).prop_map(|(n, op, v)| LabelFilter::Bytes(n, op, v)),
        (name(), any::<bool>(), text()).prop_map(|(label, negated, range)| LabelFilter::Ip {
            label,
            negated,
            range
        }),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        (inner.clone(), inner, any::<bool>()).prop_map(|(a, b, and)| {
            let (a, b) = (Box::new(a), Box::new(b));
            if and { LabelFilter::And(a, b) } else { LabelFilter::Or(a, b) }
        })
    })
}

fn extractions() -> impl Strategy<Value = Vec<Extraction>> {
    prop::collection::vec((name(), text()).prop_map(|(label, path)| Extraction { label, path }), 0..3)
}

fn pick() -> impl Strategy<Value = LabelPick> {
    prop_oneof![name().prop_map(LabelPick::Name), matcher().prop_map(LabelPick::Matching)]
}

fn stage() -> impl Strategy<Value = Stage> {
    use LineOp::*;
    let line_op = prop::sample::select(vec![Contains, ContainsNot, Matches, MatchesNot, Pattern, PatternNot]);
    let term = (text(), any::<bool>()).prop_map(|(text, ip)| LineTerm { text, ip });
    let rule =
        (name(), prop_oneof![name().prop_map(FormatValue::Rename), text().prop_map(FormatValue::Template)])
            .prop_map(|(label, value)| FormatRule { label, value });
    prop_oneof![
        (line_op, prop::collection::vec(term, 1..3))
            .prop_map(|(op, terms)| Stage::Line(LineFilter { op, terms })),
        extractions().prop_map(Stage::Json),
        (any::<bool>(), any::<bool>(), extractions())
            .prop_map(|(strict, keep_empty, fields)| Stage::Logfmt { strict, keep_empty, fields }),
        name().prop_map(|name| Stage::Regexp(format!("(?P<{name}>x)"))),
        name().prop_map(|name| Stage::Pattern(format!("<{name}> x"))),
        Just(Stage::Unpack),
        Just(Stage::Decolorize),
        label_filter().prop_map(Stage::Label),
        text().prop_map(Stage::LineFormat),
        prop::collection::vec(rule, 1..3).prop_map(Stage::LabelFormat),
        prop::collection::vec(pick(), 1..3).prop_map(Stage::Drop),
        prop::collection::vec(pick(), 1..3).prop_map(Stage::Keep),
    ]
}

/// `drop a != "x"` is one stage: a `drop` that ends in a name and a negative line filter after it cannot be written.
fn writable(stages: &[Stage]) -> bool {
    stages.windows(2).all(|pair| {
        let open = matches!(&pair[0], Stage::Drop(picks) | Stage::Keep(picks) if matches!(picks.last(), Some(LabelPick::Name(_))));
        let negative = matches!(&pair[1], Stage::Line(LineFilter { op: LineOp::ContainsNot | LineOp::MatchesNot, .. }));
        !(open && negative)
    })
}

fn log() -> impl Strategy<Value = LogExpr> {
    let stages = prop::collection::vec(stage(), 0..4).prop_filter("ambiguous", |stages| writable(stages));
    (prop::collection::vec(matcher(), 0..3), stages).prop_map(|(mut matchers, stages)| {
        matchers.push(Matcher::equal("must", "select"));
        LogExpr { matchers, stages }
    })
}

fn grouping() -> impl Strategy<Value = Grouping> {
    (any::<bool>(), prop::collection::vec(name(), 0..3))
        .prop_map(|(without, labels)| Grouping { without, labels })
}

fn window() -> impl Strategy<Value = MetricExpr> {
    let unwrap = (name(), 0usize..4, prop::collection::vec(label_filter(), 0..2)).prop_map(
        |(label, conversion, filters)| {
            use Conversion::*;
            Unwrap { label, conversion: [None, Bytes, Duration, DurationSeconds][conversion], filters }
        },
    );
    let times = (1i64..1_000_000, -1000i64..1000);
    (log(), unwrap, times, 0..4, prop::option::of(grouping())).prop_map(
        |(log, unwrap, (interval, offset), kind, grouping)| {
            let (interval, offset) = (interval * 1_000_000, offset * 1_000_000);
            let (op, unwrap, parameter, grouping) = match kind {
                0 => (RangeOp::Rate, None, None, None),
                3 => (RangeOp::ApproxCountDistinct, None, None, grouping),
                1 => (RangeOp::AvgOverTime, Some(unwrap), None, grouping),
                _ => (RangeOp::QuantileOverTime, Some(unwrap), Some(0.25), grouping),
            };
            let counted = (op == RangeOp::ApproxCountDistinct).then(|| "counted".to_owned());
            let range = LogRange { log, unwrap, interval, offset };
            MetricExpr::Range { op, parameter, counted, range, grouping }
        },
    )
}

fn metric() -> impl Strategy<Value = MetricExpr> {
    let leaf = prop_oneof![3 => window(), 1 => (0.0f64..1e6).prop_map(MetricExpr::Vector)];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let aggregate =
            (inner.clone(), 0..4, prop::option::of(grouping())).prop_map(|(inner, op, grouping)| {
                let (op, parameter, grouping) = match op {
                    0 => (VectorOp::Sum, None, grouping),
                    1 => (VectorOp::Topk, Some("3".to_owned()), grouping),
                    2 => (VectorOp::SortDesc, None, None),
                    _ => (VectorOp::Stddev, None, grouping),
                };
                MetricExpr::Aggregate { op, parameter, grouping, inner: Box::new(inner) }
            });
        let matching = (
            any::<bool>(),
            prop::option::of((any::<bool>(), prop::collection::vec(name(), 0..2))),
            0usize..3,
        )
            .prop_map(|(return_bool, labels, side)| {
                use Cardinality::*;
                let cardinality =
                    if labels.is_some() { [OneToOne, ManyToOne, OneToMany][side] } else { OneToOne };
                let include = if cardinality == OneToOne { Vec::new() } else { vec!["inc".to_owned()] };
                Matching { return_bool, labels, cardinality, include }
            });
        use BinaryOp::*;
        let op = prop::sample::select(vec![
            Or,
            And,
            Unless,
            Compare(CompareOp::Less),
            Add,
            Sub,
            Mul,
            Div,
            Mod,
            Pow,
        ]);
        let binary = (op, matching, inner.clone(), inner.clone()).prop_map(|(op, matching, left, right)| {
            MetricExpr::Binary { op, matching, left: Box::new(left), right: Box::new(right) }
        });
        let replace = (inner, name(), text(), name()).prop_map(|(inner, target, replacement, source)| {
            MetricExpr::LabelReplace {
                inner: Box::new(inner),
                target,
                replacement,
                source,
                pattern: "(.*)".to_owned(),
            }
        });
        prop_oneof![aggregate, binary, replace]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn what_is_printed_is_read_back(query in prop_oneof![log().prop_map(Expr::Log), metric().prop_map(Expr::Metric)]) {
        let printed = query.to_string();
        prop_assert_eq!(parse(&printed), Ok(query.clone()), "{}", printed);
        prop_assert_eq!(parse(&pretty(&query)), Ok(query), "prettily");
    }

    #[test]
    fn no_text_panics(query in "[{}()\\[\\]|=!~<>\"`a-c0-9 .,+*/^#-]{0,40}|\\PC{0,20}|[0xb.]{1,3}\\PC{0,3}") {
        let _ = parse(&query);
        let _ = logql::parse_and_compile(&format!("{{a=\"b\"}} {query}"));
    }
}

#[test]
fn hostile_depth_is_refused_before_the_stack_ends() {
    let selector = "{a=\"b\"}";
    for query in [
        "(".repeat(100_000),
        format!("{selector} | {}", "x=1 and ".repeat(100_000)),
        format!("{selector} | {}", "(".repeat(100_000)),
        format!("vector(1){}", "+vector(1)".repeat(100_000)),
        format!("vector(1){}", "^vector(1)".repeat(100_000)),
        format!("{}vector(1)", "sum(".repeat(100_000)),
        format!("rate({}", "(".repeat(100_000)),
    ] {
        let error = parse(&query).expect_err("far too deep").to_string();
        assert!(error.contains("nested deeper") || error.contains("joins more"), "{error}");
    }
    let deep = format!(
        "{selector} | line_format `{}`",
        "{{if .a}}x{{else ".repeat(10_000).replace("{{else ", "{{else if .b}}")
    );
    assert!(logql::parse_and_compile(&deep).is_err());
    let deep = format!("{selector} | line_format `{{{{{}}}}}`", "(".repeat(10_000));
    assert!(logql::parse_and_compile(&deep).is_err());
    // What people write fits.
    let long = format!("{selector} | {}", vec!["x=1"; 200].join(" or "));
    assert_eq!(parse(&parse(&long).expect("200 conditions").to_string()), parse(&long));
}
