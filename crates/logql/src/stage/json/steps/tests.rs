//! What is kept piece by piece reads as the whole line does.

use super::*;
use crate::stage::json::extract_all;
use crate::stage::labels::{Hints, LineLabels};
use proptest::prelude::*;

/// What is kept of a line, piece by piece; `None` when it has to be looked at as a whole.
fn kept(line: &str, names: &[&str]) -> Option<String> {
    let names = Names::of(names);
    let (mut steps, mut number, mut text) = (Steps::new(names), 0, String::new());
    for piece in line.split_inclusive(',') {
        let step = steps.step(number, &LineSample { line: piece, varying: &[] })?;
        number = step.behind;
        let ended = number == ENDED;
        for kept in step.kept {
            match kept {
                Kept::Part(part) => text.push_str(&piece[part]),
                Kept::Text(own) => text.push_str(own),
            }
        }
        if ended {
            return Some(text);
        }
    }
    steps.may_end(number).then_some(text)
}

#[test]
fn members_that_matter_are_kept() {
    let line = r#"{"a":"x, y","in":{"b":[1,{"c":2}],"d":"p\"q","e":{"f":-1.5e3}},"z" : true , "in":{}}"#;
    let check =
        |names: &[&str], wanted: &str| assert_eq!(kept(line, names).as_deref(), Some(wanted), "{names:?}");
    check(&["a"], r#"{"a":"x, y"}"#);
    check(&["in_d", "z"], r#"{"in":{"d":"p\"q"},"z" : true,"in":{}}"#);
    check(&["in_e_f"], r#"{"in":{"e":{"f":-1.5e3}},"in":{}}"#);
    check(&["q"], "{}");
    check(&["a_extracted"], r#"{"a":"x, y"}"#);
}

#[test]
fn what_is_not_written_as_it_should_be_is_no_object_here() {
    for line in [
        "",
        "{",
        r#"{"a":1"#,
        r#"{"a":1}x"#,
        r#"{"a":1,}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":x}"#,
        r#"{"a\n":1}"#,
        r#"{"a":[1}"#,
        r#"{"a":[{]}}"#,
        r#"{"a":"\,"}"#,
        r#"{"a" 1}"#,
        r#"{"a,b":1}"#,
    ] {
        assert_eq!(kept(line, &["a"]), None, "{line}");
    }
    assert_eq!(
        kept(r#" ["a", 1]"#, &["a"]).as_deref(),
        Some("-"),
        "damage that all lines have alike that are no objects"
    );
    let deep = "{\"a\":".repeat(100) + "1" + &"}".repeat(100);
    assert_eq!(kept(&deep, &["a_a"]), None);
}

#[test]
fn digits_that_vary_may_be_anywhere_but_in_keys() {
    let check = |line: &str, place: Range<usize>, hex: bool| {
        let varying = [contract::Varying { place, hex, fixed: false }];
        let mut steps = Steps::new(Names::of(&["a"]));
        steps.step(0, &LineSample { line, varying: &varying }).is_some()
    };
    assert!(check(r#"{"a":10}"#, 5..7, false));
    assert!(check(r#"{"b":"10"}"#, 6..8, true));
    assert!(!check(r#"{"b":10}"#, 5..7, true), "with letters it is no number");
    assert!(!check(r#"{"b1":1}"#, 3..4, false));
}

proptest! {
    #[test]
    fn the_stage_finds_in_what_is_kept_what_it_finds_in_the_line(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\\", " ", "\"a\":", "\"b\":", "\"in\":{", "\"a\":1,", "\"b\":\"x\",", "\"in\":{\"a\":",
            "1", "-2.5", "true", "null", "\"x,y\"", "\"\\\"\"", "é", "[1,2]", "{\"a\":5}", "},", "{\"a\":\"\\u0041\",",
        ]), 0..12),
        whole in any::<bool>(),
        with_errors in any::<bool>(),
    ) {
        let mut line = pieces.concat();
        if whole {
            line = format!("{{\"b\":{line}}}");
        }
        let names: &[&str] = if with_errors { &["__error__", "a", "in_a"] } else { &["a", "in_a"] };
        let Some(kept) = kept(&line, names) else { return Ok(()) };
        let hints = Hints { no_labels: false, required: names.iter().map(|name| name.to_string()).collect() };
        let labels = |line: &str| {
            let mut labels = LineLabels::new(&hints, 0);
            extract_all(line, &mut labels);
            labels.merged().to_string()
        };
        prop_assert_eq!(labels(&kept), labels(&line), "{} of {}", kept, line);
    }
}
