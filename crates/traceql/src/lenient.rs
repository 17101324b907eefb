//! Reading half-typed queries: what of the text is a complete condition already.
//!
//! Autocomplete sends what stands in the editor (`{ resource.service.name = "a" && span.x =  }`). Whatever does not parse
//! is dropped, so that the listing is wider rather than an error. Invariant: never fails, never narrows by what is not
//! complete.

use crate::plan::hints_of_field;
use crate::syntax::{Body, Field, Op, Spanset, Stage, Token, lex, parse};
use contract::Condition;

/// Groups of conditions of one query: what the replaced system allows.
const MAX_GROUPS: usize = 100;

/// The conditions of a query as it stands, as alternatives: a span is meant when all conditions of one group hold. Never
/// empty; an empty group means every span.
pub fn condition_groups(text: &str) -> Vec<Vec<Condition>> {
    let everything = vec![Vec::new()];
    let Some(field) = field(text) else { return everything };
    let groups = groups(&field);
    if groups.len() > MAX_GROUPS || groups.iter().any(Vec::is_empty) { everything } else { groups }
}

/// The conditions of a query as it stands: all must hold on one span. Empty: everything, also where there are
/// alternatives.
pub fn conditions(text: &str) -> Vec<Condition> {
    let mut groups = condition_groups(text);
    if groups.len() == 1 { groups.remove(0) } else { Vec::new() }
}

fn groups(field: &Field) -> Vec<Vec<Condition>> {
    match field {
        Field::Binary(left, Op::Or, right) => {
            let mut all = groups(left);
            all.extend(groups(right));
            all
        }
        Field::Binary(left, Op::And, right) => {
            let (left, right) = (groups(left), groups(right));
            if left.len().saturating_mul(right.len()) > MAX_GROUPS {
                return vec![Vec::new()];
            }
            let join =
                |a: &Vec<Condition>| right.iter().map(|b| [a.as_slice(), b].concat()).collect::<Vec<_>>();
            left.iter().flat_map(join).collect()
        }
        leaf => vec![hints_of_field(leaf).conditions],
    }
}

/// The filter of a query as it stands: of a query that parses its first filter, else the complete `&&` parts of the text
/// between the first braces.
pub fn field(text: &str) -> Option<Field> {
    if let Ok(query) = parse(text) {
        let Body::Spans(pipeline) = query.body else { return None };
        return match pipeline.stages.into_iter().next() {
            Some(Stage::Spanset(Spanset::Filter(field))) => Some(field),
            _ => None,
        };
    }
    let inside = text.split_once('{')?.1;
    let mut whole: Option<Field> = None;
    for part in split(inside) {
        let Ok(query) = parse(&format!("{{ {part} }}")) else { continue };
        let Body::Spans(pipeline) = query.body else { continue };
        let Some(Stage::Spanset(Spanset::Filter(field))) = pipeline.stages.into_iter().next() else {
            continue;
        };
        if !matches!(field, Field::Binary(..)) {
            continue;
        }
        whole = Some(match whole {
            None => field,
            Some(before) => Field::Binary(Box::new(before), Op::And, Box::new(field)),
        });
    }
    whole
}

/// The text's parts between `&&`, up to the closing brace.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    // The lexer fails on an unfinished string: take what comes before it.
    loop {
        let (part, after) = match rest.split_once("&&") {
            Some((part, after)) => (part, Some(after)),
            None => (rest, None),
        };
        let closed = lex(part).map(|tokens| tokens.iter().any(|(token, _)| *token == Token::Sign("}")));
        match closed {
            Ok(true) => {
                parts.push(part.split_once('}').map_or(part, |(before, _)| before));
                return parts;
            }
            Ok(false) => parts.push(part),
            Err(_) => {}
        }
        match after {
            Some(after) => rest = after,
            None => return parts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_complete_counts() {
        let check = |text: &str, expected: &str| {
            let field = field(text).map(|field| field.to_string()).unwrap_or_default();
            assert_eq!(field, expected, "{text}");
        };
        check(r#"{ resource.service.name = "loyalty" && span.x =  }"#, "resource.service.name = `loyalty`");
        check(r#"{ span.x = "a" && name = "b" }"#, "(span.x = `a`) && (name = `b`)");
        check(r#"{ span.x = "a" && name = "b"#, "span.x = `a`");
        check(r#"{ span.x ="#, "");
        check("", "");
        check("{", "");
        check(r#"{ span.x = "a" && "#, "span.x = `a`");
    }

    #[test]
    fn alternatives_become_groups() {
        let sizes = |text: &str| condition_groups(text).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes("{}"), [0]);
        assert_eq!(sizes("{ .a = 1 && .b = 2 }"), [2]);
        assert_eq!(sizes("{ (.a = 1 || .b = 2) && .c = 3 }"), [2, 2]);
        assert_eq!(sizes("{ .a = 1 || !(.b = 2) }"), [0]);
        assert_eq!(conditions("{ .a = 1 || .b = 2 }"), []);
    }
}
