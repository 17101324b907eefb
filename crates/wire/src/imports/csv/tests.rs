//! Lines by format, both ways.

use super::*;
use proptest::prelude::*;

fn shown(text: &str, format: &str) -> (Vec<String>, Vec<String>) {
    let decoded = decode(text, &Format::parse(format).unwrap(), Millis(7));
    let row = |s: model::SeriesView<'_>| {
        format!("{} {} @{}", s.to_labels(), s.samples()[0].value, s.samples()[0].at.0)
    };
    let skipped = decoded.skipped.into_iter().map(|skipped| skipped.message).collect();
    (decoded.batch.series().map(row).collect(), skipped)
}

#[test]
fn columns_become_samples() {
    let (rows, skipped) = shown(
        "ticker,ask,bid,at\nGOOG,1.5,,1700000000\n\n\"A,\"\"B\",1,2,3\nx,y,2,3\nx,1\nx,1,2,soon\n\"x,1,2,3\n'x'y,1,2,3\n",
        "2:metric:ask,3:metric:bid,1:label:ticker,4:time:unix_s",
    );
    assert_eq!(
        rows,
        [
            r#"{__name__="ask", ticker="GOOG"} 1.5 @1700000000000"#,
            r#"{__name__="ask", ticker="A,\"B"} 1 @3000"#,
            r#"{__name__="bid", ticker="A,\"B"} 2 @3000"#,
        ]
    );
    assert_eq!(
        skipped,
        [
            r#"line 5: "y", column "ask", is no number"#,
            "line 6: 2 columns, and the format speaks of column 3",
            r#"line 7: "soon" is no time of the format"#,
            "line 8: a quote that does not end",
            "line 9: something follows a closing quote",
        ]
    );
}

#[test]
fn times_are_read_in_each_way() {
    for (format, field, millis) in [
        ("unix_s", "1", 1000),
        ("unix_ms", "1", 1),
        ("unix_ns", "1999999", 1),
        ("rfc3339", "1970-01-01T00:00:01.5Z", 1500),
        ("custom:2006-01-02 15:04:05", "1970-01-01 00:00:02", 2000),
    ] {
        let (rows, _) = shown(&format!("{field},3"), &format!("1:time:{format},2:metric:a"));
        assert_eq!(rows, [format!(r#"{{__name__="a"}} 3 @{millis}"#)], "{format}");
    }
    assert_eq!(shown("3", "1:metric:a").0, [r#"{__name__="a"} 3 @7"#]);
}

#[test]
fn wrong_formats_are_named() {
    for (format, says) in [
        ("", "is not written as"),
        ("1:metric", "is not written as"),
        ("0:metric:a", "1 to 4096"),
        ("1:metric:a,1:label:b", "was named before"),
        ("1:kind:a", "neither metric, label nor time"),
        ("1:label:a", "no column is a metric"),
        ("1:metric:a,2:time:soon", "has none of"),
        ("1:metric:a,2:time:unix_s,3:time:unix_s", "more than one column"),
    ] {
        let error = Format::parse(format).unwrap_err().to_string();
        assert!(error.contains(says), "{format}: {error}");
    }
    for format in ["", "__timestamp__:soon", "a,,b"] {
        assert!(ExportFormat::parse(format).is_err(), "{format}");
    }
}

#[test]
fn samples_are_written_by_format() {
    let labels = model::Labels::from_pairs([("__name__", "m"), ("site", "a,\"b")]);
    let format = "__name__,site,none,__value__,__timestamp__,__timestamp__:unix_s,__timestamp__:rfc3339";
    let mut out = String::new();
    ExportFormat::parse(format).unwrap().encode(&mut out, &labels, &[1500, -1], &[0.5, f64::NAN]);
    assert_eq!(
        out,
        "m,\"a,\"\"b\",,0.5,1500,1,1970-01-01T00:00:01.5Z\nm,\"a,\"\"b\",,NaN,-1,-1,1969-12-31T23:59:59.999Z\n"
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        name in "[a-z]{1,5}", label in "[ -~]{1,8}",
        samples in proptest::collection::vec((any::<i64>(), any::<f64>().prop_filter("a number", |v| !v.is_nan())), 1..5),
    ) {
        let labels = model::Labels::from_pairs([("__name__", name.as_str()), ("l", label.as_str())]);
        let (times, values): (Vec<i64>, Vec<f64>) = samples.iter().copied().unzip();
        let mut text = String::new();
        ExportFormat::parse("l,__value__,__timestamp__").unwrap().encode(&mut text, &labels, &times, &values);
        let format = Format::parse(&format!("1:label:l,2:metric:{name},3:time:unix_ms")).unwrap();
        let decoded = decode(&text, &format, Millis(0));
        prop_assert_eq!(&decoded.skipped, &[]);
        let read: Vec<_> = decoded.batch.series().map(|s| (s.samples()[0].at.0, s.samples()[0].value)).collect();
        prop_assert_eq!(read, samples);
        for series in decoded.batch.series() {
            prop_assert_eq!(series.to_labels(), labels.clone());
        }
    }

    #[test]
    fn no_text_panics(text in "([a-z0-9,\"'\n]|ü)*") {
        decode(&text, &Format::parse("1:metric:a,2:label:b").unwrap(), Millis(0));
    }
}
