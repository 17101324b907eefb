//! Query texts. What parses must print, and what was printed must parse and print the same.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[
    Target { name: "promql", seeds: promql_seeds, run: promql_text },
    Target { name: "logql", seeds: logql_seeds, run: logql_text },
    Target { name: "traceql", seeds: traceql_seeds, run: traceql_text },
    Target { name: "traceql_lenient", seeds: traceql_seeds, run: traceql_half_typed },
];

fn texts(all: &[&str]) -> Vec<Vec<u8>> {
    all.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn promql_seeds() -> Vec<Vec<u8>> {
    texts(&[
        r#"sum by (job, le) (rate(http_requests_total{job=~"a.*",code!="500"}[5m] offset 1h)) > bool 2"#,
        "histogram_quantile(0.9, sum without (pod) (rate(x_bucket[1m:10s] @ end()))) or vector(-1e3)",
        r#"label_replace(up, "a", "$1", "b", "(.*)") * on (x) group_left (y) {"utf.8", "a b"="c\n"}"#,
        "topk(3, -foo ^ 2 % 3) unless (bar and ignoring (z) baz) == +Inf",
        "count_values(\"v\", {{schema:0 sum:5 count:4 buckets:[1 2 1]}} + 0x1F)",
        "quantile_over_time(scalar(x), y[step()+5m:]) atan2 sort_desc(absent(q))",
    ])
}

fn promql_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let options = promql::ParseOptions::all();
    if let Ok(expr) = promql::parse(text, &options) {
        let printed = expr.to_string();
        let again = promql::parse(&printed, &options);
        let again = again.unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
        // A sign before infinity is printed twice, as the reference prints it.
        assert!(
            again.to_string() == printed || printed.contains("Inf"),
            "{text:?}: {printed:?}, then {again}"
        );
        let pretty = promql::pretty(&expr);
        assert!(promql::parse(&pretty, &options).is_ok(), "{text:?} is {pretty:?} over lines");
    }
    // Its errors matter, not its answer.
    drop(promql::parse_selector(text));
}

fn logql_seeds() -> Vec<Vec<u8>> {
    texts(&[
        r#"{app="web", env=~"p.*"} |= "x" or "y" != `z` | json a="b.c[0]" | status >= 500 and d < 3ms"#,
        r#"sum by (level) (rate({a="b"} | logfmt --strict | unwrap duration(x) | __error__="" [5m] offset 1m))"#,
        r#"topk(5, count_over_time({app="web"} |~ "(?i)err" | pattern "<ip> - <_>" [90m])) / ignoring (a) 2"#,
        r#"{a="b"} | line_format "{{.x | ToUpper}}" | label_format c=d | drop e, f="g" | x = ip("10.0.0.0/8")"#,
        r#"quantile_over_time(0.9, {a="b"} | regexp "(?P<n>\\d+)" | unwrap n [1m]) by (z) > bool 1"#,
        r#"label_replace(bytes_rate({a="b"}[1h]), "x", "$1", "y", "(.*)") or vector(2)"#,
    ])
}

fn logql_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(expr) = logql::parse(text) {
        let printed = expr.to_string();
        let again = logql::parse(&printed);
        let again = again.unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
        assert_eq!(again.to_string(), printed, "printed from {text:?}");
        assert!(!logql::pretty(&expr).is_empty());
    }
    drop(logql::parse_and_compile(text));
    drop(logql::parse_matchers(text));
}

fn traceql_seeds() -> Vec<Vec<u8>> {
    texts(&[
        r#"{ span.http.status_code >= 500 && resource.service.name =~ "a.*" } >> { duration > 1h30m && .x != nil }"#,
        r#"{ (span."a b" + 2) * 3 ^ 2 = 27 || !.z } | by(name) | avg(duration) > 1.5ms | select(.a, status)"#,
        "{ kind = server } &>> ({ trace:rootService = `b` } ~ { event:name = \"e\" }) | count() > 2",
        "{ status = error } | rate() by (resource.service.name) with (exemplars=true)",
        "{} | quantile_over_time(duration, .5, .99) | topk(10)",
        "{ parent.a = maxInt } | compare({ status = error }, 10)",
    ])
}

fn traceql_text(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(query) = traceql::parse(text) else { return };
    let printed = query.to_string();
    let again = traceql::parse(&printed);
    let again = again.unwrap_or_else(|error| panic!("{text:?} prints as {printed:?}: {error}"));
    assert_eq!(again.to_string(), printed, "printed from {text:?}");
    drop(traceql::check(&query));
}

fn traceql_half_typed(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(traceql::lenient::condition_groups(text));
        drop(traceql::lenient::field(text));
    }
}
