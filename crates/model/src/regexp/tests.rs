//! Patterns of Go's dialect: what matches, what is refused and how, and that nothing panics.

use super::*;
use proptest::prelude::*;

fn check_matches(pattern: &str, yes: &[&str], no: &[&str]) {
    let regex = compile(pattern, Anchors::Both, true).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    yes.iter().for_each(|v| assert!(regex.is_match(v), "{pattern:?} must match {v:?}"));
    no.iter().for_each(|v| assert!(!regex.is_match(v), "{pattern:?} must not match {v:?}"));
}

#[test]
fn patterns_are_anchored_and_in_gos_dialect() {
    check_matches("a|b", &["a", "b"], &["ab", "xa"]);
    check_matches("a.b", &["a\nb"], &["a\nb\n"]);
    check_matches(r"\d+", &["12"], &["٣"]);
    check_matches(r"[\d_]+", &["1_2"], &["a"]);
    check_matches(r"\Qa.b\E+", &["a.b", "a.bb"], &["axb"]);
    check_matches(r"[[:alpha:]]+", &["abc"], &["a1"]);
    check_matches(r"[a&&b]", &["a", "&", "b"], &["c"]);
    check_matches("(?i)abc", &["ABC"], &["ab"]);
    check_matches("", &[""], &["a"]);
    check_matches("[]a]+", &["]a"], &["b"]);
}

#[test]
fn braces_that_count_nothing_are_literal() {
    check_matches("{.*}", &["{}", "{\"a\": 1}"], &["x"]);
    check_matches("{{a}}", &["{{a}}"], &["a"]);
    check_matches("a{,2}", &["a{,2}"], &["aa"]);
    check_matches("a{2}b{1,}c{0,1}", &["aab", "aabbc"], &["ab"]);
    check_matches("}{", &["}{"], &[""]);
}

#[test]
fn escapes_and_classes_mean_what_go_means() {
    check_matches(r"\<a\>", &["<a>"], &["a"]);
    check_matches(r"\101\0", &["A\0"], &["101"]);
    check_matches("[+--]", &["+", ",", "-"], &["."]);
    check_matches("[--/]", &["-", ".", "/"], &[","]);
    check_matches("[a-]", &["a", "-"], &["b"]);
    check_matches(r"[\x41-\x{43}]", &["A", "B", "C"], &["D"]);
    check_matches(r"[^\D5]", &["4"], &["5", "a"]);
    check_matches(r"[a~~b]", &["~"], &["c"]);
    check_matches(r"[\[\]]", &["[", "]"], &["a"]);
    check_matches(r"\p{Greek}[\pL]", &["αb"], &["ab"]);
    check_matches(r"\x{41}\x42", &["AB"], &["x"]);
    check_matches(r"a\b.*", &["a b"], &["ab"]);
}

#[test]
fn go_refuses_these_with_these_words() {
    for (pattern, words) in [
        ("(", "missing closing ): `(`"),
        ("a)", "unexpected ): `a)`"),
        ("a)(b", "unexpected ): `a)(b`"),
        ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("\\", "trailing backslash at end of expression: ``"),
        ("[a-", "missing closing ]: `[a-`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
        (r"[\y]", r"invalid escape sequence: `\y`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("\\8", "invalid escape sequence: `\\8`"),
        (r"\1", r"invalid escape sequence: `\1`"),
        ("(?=x)", "invalid or unsupported Perl syntax: `(?=`"),
        ("*a", "missing argument to repetition operator: `*`"),
    ] {
        let refused = compile(pattern, Anchors::Both, true).map_err(|e| e.to_string());
        assert_eq!(refused.err(), Some(format!("error parsing regexp: {words}")), "{pattern}");
    }
    for pattern in ["(?<n>x)", "(?P<1a>x)", "a{,2}", "[]a]", "a+?", "(?i)x(?s:.)", "x{10}", r"\Q(\E", "{"] {
        assert_eq!(check(pattern), Ok(()), "{pattern}");
    }
    assert_eq!(without_names(r"[(](?P<1a>\()(x)(?<b>y)").1, [(1, "1a".to_owned()), (3, "b".to_owned())]);
}

proptest! {
    #[test]
    fn no_pattern_panics(pattern in r"[\[\](){}?*+|^$.\\0-9a-zé<>:,Q&~-]{0,16}") {
        drop(compile(&pattern, Anchors::Both, true));
        without_names(&pattern);
    }

    #[test]
    fn a_quoted_text_matches_itself(text in "[ -~é]{0,12}") {
        prop_assume!(!text.contains('\\'));
        let regex = compile(&format!("\\Q{text}\\E"), Anchors::Both, true).unwrap();
        prop_assert!(regex.is_match(&text));
    }
}
