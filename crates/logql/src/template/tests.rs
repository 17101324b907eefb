//! Templates against the values that Go yields.

use super::*;
use crate::stage::labels::{Category, Hints};

fn run(template: &str) -> Result<String, String> {
    let hints = Hints::default();
    let mut labels = LineLabels::new(&hints, 0);
    for (name, value) in [("level", "error"), ("status", "504"), ("msg", "request done"), ("size", "8.6MB")] {
        labels.set(Category::Parsed, name, value);
    }
    let view = View { labels: &labels, line: "the line", at: 1_795_168_800_123_000_000 };
    Template::compile("line", template)?.run(&view)
}

#[test]
fn templates_yield_what_go_yields() {
    for (template, wanted) in [
        ("{{.level}} {{.nope}}|", "error |"),
        ("{{- .level -}}   tail", "errortail"),
        ("{{.level | ToUpper | ToLower}}", "error"),
        ("{{if and (eq .level \"error\") (ge (int .status) 500)}}bad{{else}}fine{{end}}", "bad"),
        ("{{if .nope}}a{{else if .level}}b{{else}}c{{end}}", "b"),
        ("{{with .msg}}<{{.}}>{{end}}{{with .nope}}x{{else}}none{{end}}", "<request done>none"),
        ("{{define \"T\"}}<{{.}}>{{end}}{{template \"T\" .level}}", "<error>"),
        ("{{range $i, $e := fromJson \"[1,2]\"}}{{$i}}={{$e}},{{end}}", "0=1,1=2,"),
        ("{{(fromJson \"{\\\"a\\\":{\\\"b\\\":5.5}}\").a.b}}", "5.5"),
        ("{{$x := .status}}{{$x}}{{$x = \"y\"}}{{$x}}", "504y"),
        ("{{printf \"%-6s|%5.1f|%03d|%q|%x\" .level 3.14159 7 .level 255}}", "error |  3.1|007|\"error\"|ff"),
        ("{{printf \"%d %s\" \"x\" 3}}", "%!d(string=x) %!s(int=3)"),
        (
            "{{add 1 2 3}} {{sub 5 .status}} {{div 7 2}} {{mulf 1.1 1.1}} {{float64 \"abc\"}}",
            "6 -499 3 1.21 0",
        ),
        (
            "{{divf 1 3}} {{divf 2 3}} {{divf 1 8 0.5}} {{divf -1 3}}",
            "0.3333333333333333 0.6666666666666667 0.25 -0.3333333333333333",
        ),
        ("{{(fromJson \"no JSON\").a.b}}", "<no value>"),
        (
            "{{int \"12.7\"}} {{max 1 \"-2.5\" \"3.9\"}} {{int \"1.2.3\"}} {{int \".5\"}} {{add \"5.\" 1}}",
            "12 3 0 0 6",
        ),
        ("{{.size | bytes}} {{int \"0x1f\"}} {{int \"007\"}}", "8.6e+06 31 7"),
        ("{{trunc 3 .msg}} {{trunc -3 .msg}} {{substr 0 2 .level}}", "req one er"),
        ("[{{alignLeft 7 .level}}][{{alignRight 2 .level}}]", "[error  ][or]"),
        ("{{__timestamp__ | date \"2006-01-02T15:04:05.000Z07:00\"}}", "2026-11-20T10:00:00.123Z"),
        ("{{date \"Mon Jan _2 3:04PM 2006 MST\" __timestamp__}}", "Fri Nov 20 10:00AM 2026 UTC"),
        ("{{toDate \"2006\" \"x\"}}", "0001-01-01 00:00:00 +0000 UTC"),
        (
            "{{(toDateInZone \"2006-01-02 15:04\" \"Europe/Stockholm\" \"2026-07-01 12:00\") | unixEpoch}}",
            "1782900000",
        ),
        (
            "{{regexReplaceAll \"e(r+)\" .level \"$1-${1}\"}} {{regexReplaceAllLiteral \"r+\" .level \"$1\"}}",
            "rr-rror e$1o$1",
        ),
        ("{{html \"<a>&'\"}} {{js \"it's\"}} {{urlquery \"a b&c\"}}", "&lt;a&gt;&amp;&#39; it\\'s a+b%26c"),
        (
            "{{b64enc \"hi\"}} {{b64dec \"aGk=\"}} {{b64dec \"%%%\"}}",
            "aGk= hi illegal base64 data at input byte 0",
        ),
        (
            "{{title .msg}} {{default \"none\" .nope}} {{len .level}} {{print .level 1 2}}",
            "Request Done none 5 error1 2",
        ),
        ("{{.}}", "map[level:error msg:request done size:8.6MB status:504]"),
        ("{{/* note */}}{{.level | }}{{index . \"level\"}}", "errorerror"),
    ] {
        assert_eq!(run(template).as_deref(), Ok(wanted), "{template}");
    }
}

#[test]
fn errors_have_gos_words() {
    for (template, words) in [
        ("{{", "template: line:1: unclosed action"),
        ("{{nosuch .level}}", "template: line:1: function \"nosuch\" not defined"),
        ("{{if .level}}", "template: line:1: unexpected EOF"),
        ("{{end}}", "template: line:1: unexpected {{end}}"),
        ("{{ .a-b }}", "template: line:1: bad character U+002D '-'"),
        (
            "{{ index .level 99 }}",
            "template: line:1:3: executing \"line\" at <index .level 99>: error calling index: index out of range: 99",
        ),
        (
            "{{ repeat -1 \"x\" }}",
            "template: line:1:3: executing \"line\" at <repeat -1 \"x\">: error calling repeat: strings: negative Repeat count",
        ),
        (
            "{{ template \"missing\" . }}",
            "template: line:1:12: executing \"line\" at <{{template \"missing\" .}}>: template \"missing\" not defined",
        ),
        (
            "{{ .level.b }}",
            "template: line:1:9: executing \"line\" at <.level.b>: can't evaluate field b in type string",
        ),
        ("{{ true }}{{ nil }}", "template: line:1:13: executing \"line\" at <nil>: nil is not a command"),
        (
            "{{ upper 1 2 }}",
            "template: line:1:3: executing \"line\" at <upper>: wrong number of args for upper: want 1 got 2",
        ),
        (
            "{{ eq 1 .level }}",
            "template: line:1:3: executing \"line\" at <eq 1 .level>: error calling eq: incompatible types for comparison: int and string",
        ),
        (
            "{{ div 1 0 }}",
            "template: line:1:3: executing \"line\" at <div 1 0>: error calling div: runtime error: integer divide by zero",
        ),
    ] {
        assert_eq!(run(template), Err(words.to_owned()), "{template}");
    }
}

#[test]
fn what_is_cut_off_is_a_text() {
    for call in ["Trim \"x\" 0", "TrimLeft \"x\" 0", "TrimRight \"x\" 0", "trimAll 0 \"x\""] {
        let error = run(&format!("{{{{ {call} }}}}")).expect_err(call);
        assert!(error.ends_with("wrong type for value; expected string; got int"), "{error}");
    }
    assert_eq!(run("{{ TrimRight \"a--\" \"-\" }}").as_deref(), Ok("a"));
}

proptest::proptest! {
    #[test]
    fn no_template_panics(template in "[{}.$|()a-z0-9 \"`:=<>/*-]{0,60}") {
        let _ = run(&template);
        let _ = run(&format!("{{{{{template}}}}}"));
    }
}
