//! Tests of both text formats: what is read, which line is wrong, and hostile text.

use super::*;
use proptest::prelude::*;
use std::fmt::Write;

fn shown(exposition: &Exposition) -> Vec<String> {
    exposition
        .batch
        .series()
        .zip(&exposition.timed)
        .map(|(s, timed)| {
            let mut out = format!("{} {}@{}", s.to_labels(), s.samples()[0].value, s.samples()[0].at.0);
            out.push_str(if *timed { " timed" } else { "" });
            for e in s.exemplars() {
                write!(out, " # {} {}@{}", e.labels, e.value, e.at.0).unwrap();
            }
            out
        })
        .collect()
}

#[test]
fn text_is_read() {
    let text = "# HELP a_total Counts \\\\ things\\n.\n# TYPE a_total counter\n#TYPE x counter\n# a comment\n\n\
        a_total{x=\"1\",y=\"q\\\"\\\\\\n\",} 1.5e3 1395066363000\n\
        \ta_total  {  x = \"2\" }\tNaN\r\n\
        up 1\n{\"dotted.name\", \"label.dot\"=\"v\"} -Inf\n\
        # TYPE h histogram\nh_bucket{le=\"1\"} 3\nh_bucket{le=\"+Inf\"} 4\nother_bucket{le=\"1\"} 3\n\
        # TYPE s summary\ns{quantile=\"0.50\"} 3\n# TYPE\n# HELP";
    let read = parse(text, Format::Text, Millis(7)).unwrap();
    assert_eq!(
        shown(&read),
        [
            r#"{__name__="a_total", x="1", y="q\"\\\n"} 1500@1395066363000 timed"#,
            r#"{__name__="a_total", x="2"} NaN@7"#,
            r#"{__name__="up"} 1@7"#,
            r#"{__name__="dotted.name", label.dot="v"} -inf@7"#,
            r#"{__name__="h", le="1.0"} 3@7"#.replace("\"h\"", "\"h_bucket\"").as_str(),
            r#"{__name__="h_bucket", le="+Inf"} 4@7"#,
            r#"{__name__="other_bucket", le="1"} 3@7"#,
            r#"{__name__="s", quantile="0.5"} 3@7"#,
        ]
    );
    let metadata = &read.batch.metadata;
    assert_eq!((metadata[0].help.as_str(), metadata[0].kind), ("Counts \\ things\n.", MetricKind::Counter));
    assert_eq!(metadata.len(), 3);
}

#[test]
fn open_metrics_is_read() {
    let text = "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds \"Quoted\\\" \\n\n\
        a_seconds_total{x=\"1\"} 2 1520879607.789 # {trace_id=\"ab\"} 0.5 1.25\n\
        a_seconds_total{x=\"2\"} 2 # {} 0.5\n# TYPE i info\ni_info{v=\"1\"} 1\n# EOF\n";
    let read = parse(text, Format::OpenMetrics, Millis(7)).unwrap();
    assert_eq!(
        shown(&read),
        [
            r#"{__name__="a_seconds_total", x="1"} 2@1520879607789 timed # {trace_id="ab"} 0.5@1250"#,
            r#"{__name__="a_seconds_total", x="2"} 2@7 # {} 0.5@7"#,
            r#"{__name__="i_info", v="1"} 1@7"#,
        ]
    );
    let metadata = &read.batch.metadata[0];
    assert_eq!((metadata.unit.as_str(), metadata.help.as_str()), ("seconds", "\"Quoted\" \n"));
}

#[test]
fn the_wrong_line_is_named() {
    for (format, text, line, words) in [
        (Format::Text, "ok 1\nbad", 2, "invalid value"),
        (Format::Text, "a 1 x", 1, "timestamp"),
        (Format::Text, "a 1 2 3", 1, "end of line"),
        (Format::Text, "a-b 1", 1, "metric name"),
        (Format::Text, "a{b=\"c} 1", 1, "does not end"),
        (Format::Text, "a{b=c} 1", 1, "expected '\"'"),
        (Format::Text, "a{1b=\"c\"} 1", 1, "label name"),
        (Format::Text, "a{b=\"c\"d=\"e\"} 1", 1, "expected ','"),
        (Format::Text, "a{b=\"c\",b=\"d\"} 1", 1, "occurs twice"),
        (Format::Text, "{b=\"c\"} 1", 1, "name not set"),
        (Format::Text, "# TYPE a what", 1, "metric type"),
        (Format::Text, "a 1 # {} 1", 1, "end of line"),
        (Format::OpenMetrics, "a 1\n", 1, "# EOF"),
        (Format::OpenMetrics, "", 1, "# EOF"),
        (Format::OpenMetrics, "# EOF\na 1", 2, "after # EOF"),
        (Format::OpenMetrics, "a  1 1e300\n# EOF", 1, "timestamp"),
        (Format::OpenMetrics, "# hello\n# EOF", 1, "comment"),
        (Format::OpenMetrics, "# UNIT a seconds\n# EOF", 1, "unit"),
        (Format::OpenMetrics, "a 1 # {\"x\"} 1\n# EOF", 1, "exemplar"),
    ] {
        match parse(text, format, Millis(0)) {
            Err(WireError::Text { line: at, reason }) => {
                assert_eq!(at, line, "{text}");
                assert!(reason.contains(words), "{text}: {reason}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn formats_are_known_by_their_content_type() {
    assert_eq!(Format::of_content_type(TEXT_CONTENT_TYPE), Some(Format::Text));
    assert_eq!(
        Format::of_content_type("application/openmetrics-text; version=1.0.0"),
        Some(Format::OpenMetrics)
    );
    assert_eq!(Format::of_content_type("text/html"), None);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "([a{}=\",# \t\n\\\\0-9.x_]|TYPE|HELP|EOF|ü){0,40}") {
        for format in [Format::Text, Format::OpenMetrics] {
            let _ = parse(&text, format, Millis(0));
        }
    }

    #[test]
    fn what_is_written_is_read(name in "[a-z.ü]{1,6}", labels in proptest::collection::btree_map("[a-z.]{1,5}", "\\PC{1,6}|\"|\\\\|\n", 0..4)) {
        let mut text = String::new();
        write_sample_name(&mut text, &name, labels.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        text.push_str(" 1\n");
        let read = parse(&text, Format::Text, Millis(0)).unwrap();
        let back = read.batch.series().next().unwrap().to_labels();
        prop_assert_eq!(back.metric_name(), name);
        prop_assert_eq!(back.without(&["__name__"]), model::Labels::from_pairs(labels));
    }
}
