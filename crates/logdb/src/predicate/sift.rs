//! Conditions on the remainder of a page -> which of its lines satisfy them, which may, and which do not.
//!
//! Where lines have ends (`block/lifted.rs`) the remainder of all lines is looked through at once: what is found there is in the
//! line, and a text of which nothing is ever lifted is in no other one (`block/lifted/stay.rs`). Only of what is in doubt need a
//! line be put together. Invariant: lines of which nothing is in doubt are decided as [`Predicate::accepts`] decides.

use super::{Predicate, Test, Verdict};
use crate::block::lifted::{Stay, Unpacked, is_never_lifted};
use memchr::memmem::Finder;

/// Some of the lines of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rows(Vec<u64>);

impl Rows {
    fn none(rows: usize) -> Self {
        Rows(vec![0; rows.div_ceil(64)])
    }

    fn all(rows: usize) -> Self {
        Rows(vec![u64::MAX; rows.div_ceil(64)])
    }

    fn add(&mut self, row: usize) {
        if let Some(word) = self.0.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    fn has(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 != 0)
    }

    fn not(mut self) -> Self {
        self.0.iter_mut().for_each(|word| *word = !*word);
        self
    }

    fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own &= other);
        self
    }

    fn or(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(own, other)| *own |= other);
        self
    }
}

/// What is known of the lines of a page.
#[derive(Debug)]
pub(crate) struct Sifted {
    certain: Rows,
    possible: Rows,
}

impl Sifted {
    /// What the conditions say of a line.
    pub(crate) fn verdict(&self, row: usize) -> Verdict {
        match (self.possible.has(row), self.certain.has(row)) {
            (false, _) => Verdict::No,
            (true, true) => Verdict::Yes,
            (true, false) => Verdict::Depends,
        }
    }

    /// Whether nothing is in doubt.
    pub(crate) fn is_certain(&self) -> bool {
        self.certain.0.iter().zip(&self.possible.0).all(|(certain, possible)| possible & !certain == 0)
    }

    /// The lines up to the last one that may satisfy the conditions.
    pub(crate) fn rows(&self) -> usize {
        let last = self.possible.0.iter().rposition(|word| *word != 0);
        last.map_or(0, |last| last * 64 + 64 - self.possible.0[last].leading_zeros() as usize)
    }

    fn and(self, other: Self) -> Self {
        Sifted { certain: self.certain.and(&other.certain), possible: self.possible.and(&other.possible) }
    }

    fn not(self) -> Self {
        Sifted { certain: self.possible.not(), possible: self.certain.not() }
    }

    /// Where the condition is necessary and not enough.
    fn doubted(self) -> Self {
        let rows = self.certain.0.len() * 64;
        Sifted { certain: Rows::none(rows), ..self }
    }
}

impl Predicate {
    /// What the conditions on lines say of the first `rows` of a page; `None` when its lines have no ends.
    pub(crate) fn sift(&self, page: &Unpacked, rows: usize) -> Option<Sifted> {
        if !page.is_ended() {
            return None;
        }
        let everything = Sifted { certain: Rows::all(rows), possible: Rows::all(rows) };
        let any = |finders: &[Finder<'static>]| holding_any(finders, page, rows);
        let all = self.tests.iter().map(|test| match test {
            Test::Any(finders) => any(finders),
            Test::None(finders) => any(finders).not(),
            Test::Matches(_, finders) if !finders.is_empty() => any(finders).doubted(),
            Test::MatchesNot(_, finders) if !finders.is_empty() => any(finders).doubted().not(),
            Test::Matches(..) | Test::MatchesNot(..) => {
                Sifted { certain: Rows::none(rows), possible: Rows::all(rows) }
            }
        });
        Some(all.fold(everything, Sifted::and))
    }
}

/// Lines that hold one of the texts.
fn holding_any(finders: &[Finder<'static>], page: &Unpacked, rows: usize) -> Sifted {
    let (mut certain, mut doubted) = (Rows::none(rows), Rows::none(rows));
    for finder in finders {
        if finder.needle().is_empty() {
            return Sifted { certain: Rows::all(rows), possible: Rows::all(rows) };
        }
        // A mark is nothing that a line holds.
        if !page.has_marks(finder.needle()) {
            page.each_row_with(finder, |row| certain.add(row));
        }
        if is_never_lifted(finder.needle()) {
            continue;
        }
        match Stay::of(finder.needle()) {
            Some(stay) => stay.each_row(page, |row, surely| {
                let rows = if surely { &mut certain } else { &mut doubted };
                rows.add(row);
            }),
            None => doubted = Rows::all(rows),
        }
    }
    Sifted { possible: doubted.or(&certain), certain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::lifted::encode_always;
    use contract::LineCondition;
    use proptest::prelude::*;

    const UUID: &str = "7f3c1e9a-5b7d-4e21-9c0f-0d15ea5e0b5e";

    /// Sifts lines for one text: those that surely hold it, and those that may.
    fn sift(lines: &[String], text: &str) -> (Vec<usize>, Vec<usize>) {
        let lengths: Vec<u32> = lines.iter().map(|line| line.len() as u32).collect();
        let packed = encode_always(lines.concat().as_bytes(), &lengths, &vec![0; lines.len()]);
        let page = packed.open(lines.concat().len()).unwrap();
        let predicate = Predicate::new(&[LineCondition::ContainsAny(vec![text.to_owned()])]);
        let sifted = predicate.sift(&page, lines.len()).unwrap();
        let rows = |wanted: Verdict| (0..lines.len()).filter(|row| sifted.verdict(*row) == wanted).collect();
        (rows(Verdict::Yes), rows(Verdict::Depends))
    }

    #[test]
    fn ids_are_found_without_lines() {
        let hex = UUID.replace('-', "");
        let lines: Vec<String> = [
            format!("id={UUID} n=5"),
            "id=00000000-5b7d-4e21-9c0f-0d15ea5e0b5e".to_owned(),
            format!("trace={hex}"),
            format!("a 0123456789abcdef {UUID}"),
            "nothing".to_owned(),
        ]
        .into();
        // A part that another line has in other groups, or without dashes, is in doubt.
        for (text, yes, depends) in [
            (UUID, vec![0, 3], vec![1, 2]),
            ("7f3c1e9a-5b7d", vec![0, 3], vec![2]),
            ("9c0f-0d15ea5e0b5e", vec![0, 1, 3], vec![2]),
            (&hex, vec![2], vec![0, 3]),
            (&hex[2..20], vec![2], vec![0, 3]),
            ("0d15ea5e0b", vec![0, 1, 2, 3], vec![]),
            ("id=7f3c1e9a", vec![], vec![0, 2, 3]),
        ] {
            assert_eq!(sift(&lines, text), (yes, depends), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_surely_holds_a_part_of_an_id_holds_it(
            ids in prop::collection::vec(("[01ab]{8}", "[01ab]{4}", "[01ab]{12}", 0usize..4), 1..40),
            from in 0usize..40, length in 1usize..60,
        ) {
            let lines: Vec<String> = ids.iter().map(|(first, four, last, form)| match form {
                0 => format!("x {first}-{four}-{four}-{four}-{last} y"),
                1 => format!("{first}{four}a1{last}"),
                2 => format!("{first} {four}-{last}a0"),
                _ => format!("{last}a0-{first}-{four}-{four}-{four}-{last}"),
            }).collect();
            let all = lines.concat();
            let text = &all[from % all.len()..(from % all.len() + length).min(all.len())];
            let (yes, depends) = sift(&lines, text);
            for (row, line) in lines.iter().enumerate() {
                prop_assert!(line.contains(text) || !yes.contains(&row), "{line} {text}");
                prop_assert!(!line.contains(text) || yes.contains(&row) || depends.contains(&row), "{line} {text}");
            }
        }

        #[test]
        fn what_is_sifted_is_so(
            lines in prop::collection::vec(
                "(level=(error|info) |[0-9]{1,5}(ms)?|[0-9a-f]{8,12}|[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z?|[-=.:\" ]|é|\\n|[\\x01-\\x08]|0{1,2}7){0,6}", 1..90),
            texts in prop::collection::vec(
                "(error|level|e=|ms|: |=|é|[0-9]{1,2}|[0-9a-f]{8}|[\\x01-\\x08]|Z|){1,2}", 1..3),
            kind in 0usize..4,
        ) {
            let condition = match kind {
                0 => LineCondition::ContainsAny(texts.clone()),
                1 => LineCondition::ContainsNone(texts.clone()),
                2 => LineCondition::Matches(regex::Regex::new("(error|level=info) .*[0-9]").unwrap()),
                _ => LineCondition::MatchesNot(regex::Regex::new("^level=error.*(ms|-)").unwrap()),
            };
            let conditions = [condition, LineCondition::ContainsAny(vec![texts[0].clone(), "=".to_owned()])];
            let predicate = Predicate::new(&conditions);
            let lengths: Vec<u32> = lines.iter().map(|line| line.len() as u32).collect();
            let packed = encode_always(lines.concat().as_bytes(), &lengths, &vec![0; lines.len()]);
            let page = packed.open(lines.concat().len()).unwrap();
            let sifted = predicate.sift(&page, lines.len()).unwrap();
            for (row, line) in lines.iter().enumerate() {
                let accepted = predicate.accepts(line.as_bytes());
                prop_assert_eq!(accepted, conditions.iter().all(|condition| condition.accepts(line)));
                match sifted.verdict(row) {
                    Verdict::Yes => prop_assert!(accepted, "{:?}", line),
                    Verdict::No => prop_assert!(!accepted, "{:?}", line),
                    Verdict::Depends => prop_assert!(!sifted.is_certain()),
                }
                prop_assert!(!accepted || row < sifted.rows());
            }
        }
    }
}
