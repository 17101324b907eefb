//! Expressions over answers made by hand: what each kind gives, and what is refused.

use super::*;

const RANGE: (i64, i64) = (0, 60_000);

fn answers(all: Vec<(&'static str, Vec<Item>)>) -> Answers {
    all.into_iter()
        .map(|(name, items)| (name.to_owned(), Ok(items.iter().map(|item| shown(name, item)).collect())))
        .collect()
}

fn labels(all: &[(&str, &str)]) -> Labels {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn series(named: &[(&str, &str)], values: &[Option<f64>]) -> Item {
    let points = (0_i64..).map(|step| step * 10_000).zip(values.iter().copied()).collect();
    Item { labels: labels(named), held: Held::Series(points) }
}

fn number(named: &[(&str, &str)], value: f64) -> Item {
    Item::number(labels(named), Some(value))
}

/// Two hosts with numbers, a number of all, a series of each host.
fn usual() -> Answers {
    answers(vec![
        ("A", vec![number(&[("host", "x")], 4.0), number(&[("host", "y")], -2.0)]),
        ("ALL", vec![number(&[], 10.0)]),
        ("OTHER", vec![number(&[("job", "z")], 3.0)]),
        (
            "S",
            vec![
                series(&[("host", "x")], &[Some(1.0), None, Some(3.0)]),
                series(&[("host", "y")], &[Some(2.0), Some(f64::NAN), Some(f64::INFINITY)]),
            ],
        ),
        ("NONE", vec![]),
    ])
}

fn run(mut query: Value) -> Result<Vec<Item>, String> {
    query["refId"] = json!("Z");
    let frames = compute(&query, RANGE, &usual()).map_err(|error| error.message)?;
    items(&frames)
}

/// The values of each item, as text: NaN is not equal to itself.
fn told(query: Value) -> String {
    match run(query) {
        Ok(items) => {
            let all: Vec<String> = items
                .iter()
                .map(|item| {
                    let names: Vec<String> =
                        item.labels.iter().map(|(name, value)| format!("{name}={value} ")).collect();
                    let values: Vec<String> = item
                        .values()
                        .iter()
                        .map(|value| value.map_or("-".to_owned(), |value| value.to_string()))
                        .collect();
                    format!("{}{}", names.concat(), values.join(","))
                })
                .collect();
            all.join("; ")
        }
        Err(message) => message,
    }
}

fn math(expression: &str) -> String {
    told(json!({ "type": "math", "expression": expression }))
}

#[test]
fn arithmetic_binds_as_written_on_paper_and_joins_by_labels() {
    for (expression, expected) in [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3 - -1", "10"),
        ("2 ** 3 % 5", "3"),
        ("1.5e1 / .5", "30"),
        ("1 < 2 && 2 != 2 || !0", "1"),
        ("0 && nan()", "0"),
        ("1 || nan()", "1"),
        ("nan() > 1", "NaN"),
        ("null() + 1", "-"),
        ("is_null(null()) + is_nan(nan()) + is_inf(infn()) + is_number(2)", "4"),
        ("abs(floor(-1.5)) + ceil(1.2) + round(2.4)", "6"),
        ("$A * 2", "host=x 8; host=y -4"),
        ("$A > 0", "host=x 1; host=y 0"),
        ("${A} / $ALL", "host=x 0.4; host=y -0.2"),
        ("$A + $A", "host=x 8; host=y -4"),
        ("$ALL - $OTHER", "job=z 7"),
        ("$A + $OTHER", ""),
        ("$S + $A", "host=x 5,-,7; host=y 0,NaN,inf"),
        ("$S - $S", "host=x 0,-,0; host=y 0,NaN,NaN"),
        ("is_nan($S)", "host=x 0,0,0; host=y 0,1,0"),
        ("$NONE + 1", ""),
    ] {
        assert_eq!(math(expression), expected, "{expression}");
    }
}

#[test]
fn what_is_written_wrong_is_refused_with_words() {
    for (expression, words) in [
        ("", "missing at the end"),
        ("1 +", "missing at the end"),
        ("(1", "expected \")\""),
        ("1 2", "nothing more was expected"),
        ("$", "name is missing"),
        ("${A", "does not end"),
        ("1 # 2", "means nothing"),
        ("1.2.3", "is no number"),
        ("sin(1)", "no function"),
        ("$MISSING", "no query is called so"),
        (&"(".repeat(5_000), "nested deeper"),
        (&"-".repeat(5_000), "nested deeper"),
        (&"1+".repeat(6_000), "longer than"),
    ] {
        let said = math(expression);
        assert!(said.contains(words), "{expression:.20}: {said}");
    }
    for (query, words) in [
        (json!({ "type": "sql", "expression": "A" }), "of type \"sql\""),
        (json!({ "type": "reduce", "expression": "A" }), ""),
        (json!({ "type": "reduce", "expression": "S", "reducer": "p95" }), "reducer is"),
        (
            json!({ "type": "reduce", "expression": "S", "reducer": "last", "settings": { "mode": "x" } }),
            "mode of reduce",
        ),
        (
            json!({ "type": "reduce", "expression": "S", "reducer": "last", "settings": { "mode": "replaceNN" } }),
            "replaceWithValue",
        ),
        (json!({ "type": "resample", "expression": "S", "window": "x" }), "duration"),
        (
            json!({ "type": "resample", "expression": "S", "window": "1ms", "downsampler": "sum", "upsampler": "pad" }),
            "too short",
        ),
        (
            json!({ "type": "resample", "expression": "S", "window": "10s", "downsampler": "sum", "upsampler": "x" }),
            "upsampler",
        ),
        (
            json!({ "type": "resample", "expression": "A", "window": "10s", "downsampler": "sum", "upsampler": "pad" }),
            "only series",
        ),
        (json!({ "type": "threshold", "expression": "A" }), "has one"),
        (
            json!({ "type": "threshold", "expression": "A", "conditions": [{ "evaluator": { "type": "gt", "params": [] } }] }),
            "0 of 1",
        ),
        (json!({ "type": "classic_conditions", "conditions": [] }), "at least one"),
    ] {
        let said = told(query.clone());
        assert!(said.contains(words), "{query}: {said}");
    }
}

#[test]
fn series_are_reduced_as_their_mode_says() {
    for (reducer, settings, expected) in [
        ("last", json!({}), "host=x 3; host=y inf"),
        ("sum", json!({}), "host=x NaN; host=y NaN"),
        ("count", json!({}), "host=x 3; host=y 3"),
        ("sum", json!({ "mode": "dropNN" }), "host=x 4; host=y 2"),
        ("mean", json!({ "mode": "dropNN" }), "host=x 2; host=y 2"),
        ("median", json!({ "mode": "dropNN" }), "host=x 2; host=y 2"),
        ("min", json!({ "mode": "replaceNN", "replaceWithValue": -1 }), "host=x -1; host=y -1"),
        ("max", json!({ "mode": "replaceNN", "replaceWithValue": 9 }), "host=x 9; host=y 9"),
    ] {
        let query = json!({ "type": "reduce", "expression": "$S", "reducer": reducer, "settings": settings });
        assert_eq!(told(query), expected, "{reducer} {settings}");
    }
    let number = json!({ "type": "reduce", "expression": "A", "reducer": "sum" });
    assert_eq!(told(number), "host=x 4; host=y -2", "a number is one already");
}

#[test]
fn series_are_resampled_over_the_range() {
    for (window, down, up, expected) in [
        ("20s", "sum", "fillna", "host=x 1,3,-,-"),
        ("20s", "sum", "pad", "host=x 1,3,3,3"),
        ("5s", "last", "backfilling", "host=x 1,-,3,3,3,-,-,-,-,-,-,-,-"),
    ] {
        let query = json!({ "type": "resample", "expression": "S", "window": window, "downsampler": down, "upsampler": up });
        let said = told(query);
        assert_eq!(said.split("; ").next(), Some(expected), "{window} {down} {up}");
    }
}

#[test]
fn thresholds_judge_each_value() {
    for (kind, params, expected) in [
        ("gt", json!([0]), "host=x 1; host=y 0"),
        ("lt", json!([0]), "host=x 0; host=y 1"),
        ("gte", json!([4]), "host=x 1; host=y 0"),
        ("lte", json!([-2]), "host=x 0; host=y 1"),
        ("eq", json!([4]), "host=x 1; host=y 0"),
        ("ne", json!([4]), "host=x 0; host=y 1"),
        ("within_range", json!([4, 0]), "host=x 0; host=y 0"),
        ("within_range_included", json!([0, 4]), "host=x 1; host=y 0"),
        ("outside_range", json!([-1, 9]), "host=x 0; host=y 1"),
        ("outside_range_included", json!([-3, 4]), "host=x 1; host=y 0"),
    ] {
        let query = json!({ "type": "threshold", "expression": "A", "conditions": [{ "evaluator": { "type": kind, "params": params } }] });
        assert_eq!(told(query), expected, "{kind} {params}");
    }
    let over = json!({ "type": "threshold", "expression": "S", "conditions": [{ "evaluator": { "type": "gt", "params": [1] } }] });
    assert_eq!(told(over), "host=x 0,-,1; host=y 1,0,1");
}

#[test]
fn classic_conditions_are_one_answer() {
    let condition = |name: &str, reducer: &str, kind: &str, bound: f64, operator: &str| {
        json!({ "query": { "params": [name] }, "reducer": { "type": reducer }, "operator": { "type": operator },
            "evaluator": { "type": kind, "params": [bound] } })
    };
    for (conditions, expected) in [
        (vec![condition("A", "last", "gt", 3.0, "and")], "1"),
        (vec![condition("A", "last", "gt", 4.0, "and")], "0"),
        (vec![condition("A", "last", "gt", 3.0, "and"), condition("ALL", "last", "gt", 10.0, "and")], "0"),
        (vec![condition("A", "last", "gt", 9.0, "and"), condition("ALL", "last", "gt", 9.0, "or")], "1"),
        (vec![condition("NONE", "avg", "gt", 0.0, "and")], "-"),
        (vec![condition("NONE", "avg", "no_value", 0.0, "and")], "1"),
        (vec![condition("S", "diff", "gt", 1.5, "and")], "1"),
        (vec![condition("S", "percent_diff", "gt", 1e9, "and")], "1"),
        (vec![condition("S", "count_non_null", "lt", 2.0, "and")], "0"),
        (vec![condition("S", "median", "lt", 2.0, "and")], "0"),
    ] {
        let query = json!({ "type": "classic_conditions", "conditions": conditions });
        assert_eq!(told(query.clone()), expected, "{query}");
    }
    let query = json!({ "refId": "Z", "type": "classic_conditions", "conditions": [condition("A", "last", "gt", 3.0, "and")] });
    let frames = compute(&query, RANGE, &usual()).unwrap_or_default();
    assert_eq!(
        frames[0]["schema"]["meta"]["custom"],
        json!([{ "metric": "A", "labels": { "host": "x" }, "value": 4.0 }])
    );
}

#[test]
fn batches_are_asked_in_an_order_that_has_what_is_read() {
    let expression = |name: &str, text: &str| json!({ "refId": name, "datasource": { "uid": "__expr__" }, "type": "math", "expression": text });
    let plain = |name: &str, hide: bool| json!({ "refId": name, "hide": hide });
    let names = |queries: &[Value]| {
        order(queries)
            .map(|order| {
                order.iter().map(|at| reference(&queries[*at]).to_owned()).collect::<Vec<_>>().concat()
            })
            .map_err(|error| error.message)
    };
    let diamond = [
        expression("D", "$B + $C"),
        expression("B", "$A"),
        expression("C", "$A"),
        plain("A", true),
        plain("E", true),
    ];
    let asked = names(&diamond).unwrap_or_default();
    assert!(asked.len() == 4 && asked.starts_with('A') && asked.ends_with('D'), "{asked}");
    let ring = [expression("B", "$C"), expression("C", "$B")];
    assert!(names(&ring).is_err_and(|said| said.contains("reads itself")));
    assert!(names(&[expression("B", "$B")]).is_err_and(|said| said.contains("reads itself")));
    // A thousand expressions in a row, the last one first.
    let mut chain: Vec<Value> =
        (1..1_000).rev().map(|at| expression(&format!("q{at}"), &format!("$q{}", at - 1))).collect();
    chain.push(plain("q0", false));
    assert_eq!(order(&chain).map(|order| order.len()).unwrap_or_default(), 1_000);
}

/// Random texts of the grammar's pieces: each is computed or refused, none panics; and what is computed of a number and of a series
/// with that number at each time is the same.
#[test]
fn numbers_and_series_of_them_give_the_same() {
    let pieces = [
        "$N", "1", "2.5", "+", "-", "*", "/", "%", "**", "<", ">=", "==", "&&", "||", "!", "(", ")", "abs(",
        "is_nan(", "nan()", "0",
    ];
    let mut state = 7_u64;
    let mut pick = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % most
    };
    let as_number = |_: &str| Ok(vec![number(&[], -3.5)]);
    let as_series = |_: &str| Ok(vec![series(&[], &[Some(-3.5), Some(-3.5)])]);
    let mut computed = 0;
    for _ in 0..20_000 {
        let text: Vec<&str> = (0..=pick(7)).map(|_| pieces[pick(pieces.len())]).collect();
        let text = text.join(" ");
        let (one, many) = (math::compute(&text, &as_number), math::compute(&text, &as_series));
        assert_eq!(one.is_ok(), many.is_ok(), "{text}");
        let (Ok(one), Ok(many)) = (one, many) else { continue };
        computed += 1;
        let expected = format!("{:?}", one[0].values()[0]);
        for value in many[0].values() {
            assert_eq!(format!("{value:?}"), expected, "{text}");
        }
    }
    assert!(computed > 500, "{computed}");
}

#[test]
fn what_takes_too_much_is_refused() {
    let refused = |text: &str, read: &dyn Fn(&str) -> Result<Vec<Item>, ApiError>| {
        math::compute(text, read).err().map(|error| error.message).unwrap_or_default()
    };
    let long = series(&[], &[Some(1.0); 1_000]);
    let hosts = |count: usize| -> Vec<Item> {
        (0..count).map(|host| number(&[("host", host.to_string().as_str())], 1.0)).collect()
    };
    // A series for each number of the other side.
    let read = |name: &str| Ok(if name == "S" { vec![long.clone()] } else { hosts(20) });
    assert!(refused("$S * $N", &read).contains("10000 points"));
    assert_eq!(refused("$S * 2 + $S", &read), "");
    // Often, where once is allowed.
    let often = ["$S"; 60].join(" + ");
    assert!(refused(&often, &read).contains("looks at more than 100000"));
    let often = ["$N"; 300].join(" + ");
    assert!(refused(&often, &read).contains("looks at more than 100000"));
    let query = json!({ "window": "5ms", "downsampler": "last", "upsampler": "pad" });
    let both = [long.clone(), long.clone()];
    let said = |range| reduce::resample(&query, range, &both).err().map(|error| error.message);
    assert!(said((0, 40_000)).is_some_and(|said| said.contains("10000 points in all")));
    // At the ends of time nothing overflows.
    assert_eq!(said((i64::MAX - 7, i64::MAX)), None);
    assert!(said((i64::MIN, i64::MAX)).is_some_and(|said| said.contains("too short")));
}
