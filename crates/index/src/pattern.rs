//! What a regular expression gives away without running it: a finite set of literals, a literal prefix, "anything".
//!
//! Patterns are anchored at both ends and `.` matches a newline, as matchers compile them. The analysis only looks at
//! literals and at `.` and gives up on everything else; a pattern that does not parse here gets no fast path, never a
//! wrong one.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Dot, Hir, HirKind, Repetition};

/// More alternatives than this are left to the automaton: each costs a look-up.
pub const MAX_LITERALS: usize = 256;

/// The shape of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// `.*`: every value, the empty one too.
    Anything,
    /// `.+`: every value but the empty one.
    NotEmpty,
    /// Exactly these values.
    Literals(Vec<String>),
    /// Values that start with this prefix (maybe empty) and pass the expression.
    Prefix(String),
}

/// Analyses `pattern`.
pub fn analyse(pattern: &str) -> Pattern {
    let parsed =
        ParserBuilder::new().dot_matches_new_line(true).build().parse(&model::regexp::translate(pattern));
    let Ok(hir) = parsed else { return Pattern::Prefix(String::new()) };
    if let Some(shape) = dots(&hir) {
        return shape;
    }
    if let Some(literals) = literals(&hir) {
        return Pattern::Literals(literals);
    }
    let mut prefix = Vec::new();
    leading(&hir, &mut prefix);
    // A prefix may end inside a character (classes of bytes do not occur, alternations are cut by bytes).
    let valid = std::str::from_utf8(&prefix).map_or_else(|e| e.valid_up_to(), str::len);
    prefix.truncate(valid);
    Pattern::Prefix(String::from_utf8(prefix).unwrap_or_default())
}

fn dots(hir: &Hir) -> Option<Pattern> {
    match hir.kind() {
        HirKind::Repetition(Repetition { min, max: None, sub, .. })
            if *sub.as_ref() == Hir::dot(Dot::AnyChar) =>
        {
            match min {
                0 => Some(Pattern::Anything),
                1 => Some(Pattern::NotEmpty),
                _ => None,
            }
        }
        HirKind::Capture(capture) => dots(&capture.sub),
        _ => None,
    }
}

/// All texts that match, if they are few.
fn literals(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Empty => Some(vec![String::new()]),
        HirKind::Literal(literal) => Some(vec![std::str::from_utf8(&literal.0).ok()?.to_owned()]),
        HirKind::Capture(capture) => literals(&capture.sub),
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            let count: usize = class.iter().map(|r| r.len()).sum();
            if count > 16 {
                return None;
            }
            let chars = class.iter().flat_map(|range| range.start()..=range.end());
            Some(chars.map(String::from).collect())
        }
        HirKind::Repetition(Repetition { min: 0, max: Some(1), sub, .. }) => {
            let mut all = literals(sub)?;
            all.push(String::new());
            Some(all)
        }
        HirKind::Concat(parts) => {
            let mut all = vec![String::new()];
            for part in parts {
                let tails = literals(part)?;
                if all.len() * tails.len() > MAX_LITERALS {
                    return None;
                }
                all = all
                    .iter()
                    .flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}")))
                    .collect();
            }
            Some(all)
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(literals(part)?);
                if all.len() > MAX_LITERALS {
                    return None;
                }
            }
            all.sort();
            all.dedup();
            Some(all)
        }
        _ => None,
    }
}

/// Appends what every match starts with; `true` when `hir` is wholly that literal.
fn leading(hir: &Hir, out: &mut Vec<u8>) -> bool {
    match hir.kind() {
        HirKind::Empty => true,
        HirKind::Literal(literal) => {
            out.extend_from_slice(&literal.0);
            true
        }
        HirKind::Capture(capture) => leading(&capture.sub, out),
        HirKind::Concat(parts) => parts.iter().all(|part| leading(part, out)),
        HirKind::Alternation(parts) => {
            let mut shared: Option<Vec<u8>> = None;
            for part in parts {
                let mut here = Vec::new();
                leading(part, &mut here);
                shared = Some(match shared {
                    None => here,
                    Some(before) => {
                        let same = before.iter().zip(&here).take_while(|(a, b)| a == b).count();
                        before[..same].to_vec()
                    }
                });
            }
            out.extend(shared.unwrap_or_default());
            false
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let set = |texts: &[&str]| Pattern::Literals(texts.iter().map(|t| (*t).to_owned()).collect());
        let cases = [
            (".*", Pattern::Anything),
            ("(.*)", Pattern::Anything),
            (".+", Pattern::NotEmpty),
            ("", set(&[""])),
            ("api", set(&["api"])),
            ("api|db", set(&["api", "db"])),
            ("(a|b)-(x|y)", set(&["a-x", "a-y", "b-x", "b-y"])),
            ("abc?", set(&["ab", "abc"])),
            ("node_[ab]", set(&["node_a", "node_b"])),
            (r"10\.0\.0\.1:.*", Pattern::Prefix("10.0.0.1:".into())),
            ("prod-(eu|us).*", Pattern::Prefix("prod-".into())),
            ("prod-(eu1|eu2).+", Pattern::Prefix("prod-eu".into())),
            ("(?i)abc.*", Pattern::Prefix(String::new())),
            (r"\Qa.b\E", set(&["a.b"])),
            ("é|è.*", Pattern::Prefix(String::new())),
            ("x{3}y*", Pattern::Prefix(String::new())),
        ];
        for (pattern, expected) in cases {
            let got = analyse(pattern);
            let ok = match (&got, &expected) {
                (Pattern::Literals(a), Pattern::Literals(b)) => {
                    let (mut a, mut b) = (a.clone(), b.clone());
                    a.sort();
                    b.sort();
                    a == b
                }
                (Pattern::Prefix(longer), Pattern::Prefix(shorter)) => longer.starts_with(shorter.as_str()),
                (a, b) => a == b,
            };
            assert!(ok, "{pattern:?}: {got:?}, expected {expected:?}");
        }
    }
}
