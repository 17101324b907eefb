//! What the parser says of wrong queries, and how right ones are written out: one case a line, query and text.

use promql::{ParseOptions, parse, pretty};

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => out.push(match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                other => other.unwrap_or('\\'),
            }),
            _ => out.push(c),
        }
    }
    out
}

fn cases(file: &str) -> Vec<(String, String)> {
    file.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(query, text)| (unescape(query), unescape(text)))
        .collect()
}

fn compare(file: &str, say: impl Fn(&str) -> String) {
    let cases = cases(file);
    assert!(!cases.is_empty(), "the file has cases");
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(query, wanted)| {
            let said = say(query);
            (said != *wanted).then(|| format!("{query:?}\n  wanted {wanted:?}\n  said   {said:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_have_the_known_texts_and_places() {
    compare(include_str!("errors.txt"), |query| match parse(query, &ParseOptions::default()) {
        Ok(expr) => format!("parsed as {expr}"),
        Err(errors) => errors.to_string(),
    });
}

#[test]
fn queries_are_written_out_in_the_known_form() {
    compare(include_str!("pretty.txt"), |query| match parse(query, &ParseOptions::all()) {
        Ok(expr) => pretty(&expr),
        Err(errors) => errors.to_string(),
    });
}
