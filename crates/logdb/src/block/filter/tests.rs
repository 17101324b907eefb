//! What is there is never denied, what is absent mostly is; and pages find their parts again.

use super::segments::{Layout, SEGMENTS, Segments, checksums, segment_of};
use super::*;
use crate::block::lifted::Lifting;
use proptest::prelude::*;

fn filter_of(lines: &[String]) -> (Vec<u8>, u32) {
    let (mut builder, mut shape, mut lifting) = (Builder::default(), Shape::default(), Lifting::default());
    for line in lines {
        shape.read(line.as_bytes());
        builder.add(line.as_bytes(), &shape, lifting.line(line.as_bytes(), &shape, 0));
    }
    builder.finish()
}

fn holds(filter: &[u8]) -> impl Fn(Entry) -> bool + '_ {
    |entry| entry.is_in(&filter[place(entry.hash, filter.len() / BLOCK_BYTES)..][..BLOCK_BYTES])
}

fn may_contain((filter, longest): &(Vec<u8>, u32), needle: &str) -> bool {
    Probe::of_needle(needle.as_bytes()).passes(WITH_GRAMS, *longest, holds(filter))
}

const UUID_TEXT: &str = "7f3c1e9a-5b7d-4e21-9c0f-0d15ea5e0b5e";

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    #[test]
    fn what_is_there_is_never_denied(
        lines in prop::collection::vec(
            "([a-h_ =.ö]{0,30}|[0-9a-f]{4}|[0-9]{9}Z|-|[0-9a-fA-F]{8}|[0-9A-F]{12}| \
             |[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(-[0-9A-Fa-f]{4}){1,5}-|[A-Za-z]{4,12}\
             |[0-9a-f]{4,9}-[0-9a-f]{3,9}-|[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,3})?(Z|x)?|[0-9]{1,3}(ms|[A-Z]{1,4})?\
             |[\x01-\x09]|[-:.,{}\"]{1,4}|([0-9]{2}T)?[a-z]{1,5}[0-9]{1,3}[g-k]{0,3}){0,5}", 1..20),
        from: usize, length in 0usize..60,
    ) {
        // Each line again with other digits: what remains of both is the same where they are lifted.
        let turned = |c: char| match c {
            '0'..='8' | 'a'..='e' => char::from(c as u8 + 1),
            '9' => '0',
            'f' => 'a',
            other => other,
        };
        let again: Vec<String> = lines.iter().map(|line| line.chars().map(turned).collect()).collect();
        let lines = [lines, again].concat();
        let filter = filter_of(&lines);
        for line in &lines {
            let start = (0..=from % (line.len() + 1)).rev().find(|at| line.is_char_boundary(*at)).unwrap();
            let end = (0..=(start + length).min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap();
            prop_assert!(may_contain(&filter, &line[start..end.max(start)]), "{:?}", &line[start..end.max(start)]);
        }
    }

    #[test]
    fn pages_find_their_parts(blocks in prop::collection::vec(0usize..700, 1..8), hashes: [u64; 16], damage: u16) {
        let filters: Vec<Vec<u8>> = blocks
            .iter()
            .enumerate()
            .map(|(page, blocks)| {
                let length = segments::rounded(*blocks) * BLOCK_BYTES;
                (0..length).map(|at| ((at * 31 + page * 7) % 251) as u8).collect()
            })
            .collect();
        let layout = Layout::of(filters.iter().map(|filter| filter.len() as u32));
        let mut section = layout.section(&filters.concat());
        let sums = checksums(&section).unwrap();
        let range = |range: std::ops::Range<u64>| range.start as usize..range.end as usize;
        for (page, filter) in filters.iter().enumerate() {
            prop_assert_eq!(&layout.filter(&section, page).unwrap(), filter);
        }
        let rest = section[range(layout.rest())].to_vec();
        prop_assert_eq!(codec::crc32c(&rest), sums[SEGMENTS]);
        let segments = hashes.iter().fold(vec![None; SEGMENTS], |mut segments, hash| {
            let segment = segment_of(*hash);
            segments[segment] = Some(section[range(layout.segment(segment))].to_vec());
            segments
        });
        let read = Segments { layout, segments, rest };
        for (page, filter) in filters.iter().enumerate().filter(|(_, filter)| !filter.is_empty()) {
            for hash in hashes {
                for entry in [Entry::full(hash), Entry::thin(hash)] {
                    prop_assert_eq!(read.holds(page, entry), holds(filter)(entry));
                }
            }
        }
        let at = usize::from(damage) % segments::TABLE_BYTES;
        section[at] ^= 1;
        prop_assert_eq!(checksums(&section), None);
    }
}

proptest! {
    #[test]
    fn short_tokens_are_told_apart(line in "[ab]{0,40}", other in "[ab]{0,40}", from: usize, length in 0usize..17) {
        let part = |line: &str| {
            let start = from % (line.len() + 1);
            start..(start + length).min(line.len())
        };
        let (one, two) = (part(&line), part(&other));
        let short = |line: &str, token: &Range<usize>| super::short(line.as_bytes(), token);
        match (short(&line, &one), short(&other, &two)) {
            (Some(a), Some(b)) => prop_assert_eq!(a == b, line[one] == other[two]),
            (a, b) => prop_assert!(one.len() > MAX_SHORT || two.len() > MAX_SHORT, "{:?} {:?}", a, b),
        }
    }
}

#[test]
fn absent_tokens_are_denied() {
    let lines: Vec<String> = (0..1000).map(|i| format!("id={i:032x} done")).collect();
    let filter = filter_of(&lines);
    let denied = (5000..6000).filter(|i| !may_contain(&filter, &format!("{i:032x}"))).count();
    assert!(denied > 950, "{denied} of 1000");
    assert!(may_contain(&filter, "don"), "three letters decide nothing while longer tokens are there");
}

#[test]
fn parts_of_words_are_denied_wherever_they_stand() {
    let lines: Vec<String> =
        (0..3000).map(|i| format!("level=info msg=\"cache miss\" trace={i:032x}")).collect();
    let filter = filter_of(&lines);
    for there in ["evel=inf", "ache mis", "level", "nfo msg", "trace=0000", "race"] {
        assert!(may_contain(&filter, there), "{there}");
    }
    for absent in [
        "NoSuchThing",
        "xception",
        "timeout",
        "errors: 5",
        "uppe",
        "cache info",
        "miss cache",
        "level msg",
        "hem",
        "})]",
        "= \"",
        "mis\" level",
    ] {
        assert!(!may_contain(&filter, absent), "{absent}");
    }
}

#[test]
fn pages_with_too_many_grams_deny_nothing_that_is_there() {
    // Random words: their filters have no grams of six bytes. Many of them, since a filter sometimes has what is not in it.
    let mut state = 7u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for page in 0..200 {
        let mut word =
            |letters: u64| -> String { (0..letters).map(|_| char::from(b'g' + next(20) as u8)).collect() };
        let lines: Vec<String> = (0..150).map(|_| format!("{} = {}", word(7), word(11))).collect();
        let filter = filter_of(&lines);
        for line in &lines {
            assert!(may_contain(&filter, &line[2..14]), "{line} in page {page}");
        }
    }
}

#[test]
fn filters_of_before_are_asked_for_middles() {
    let middle = Entry::full(xxh3_64(b"-5b7d-4e21-9c0f-"));
    let whole = Probe::of_needle(UUID_TEXT.as_bytes());
    assert_eq!(whole.entries(WITH_MIDDLES, false).collect::<Vec<_>>(), [middle]);
    assert!(
        whole.passes(WITH_MIDDLES, 64, |entry| entry == middle) && !whole.passes(WITH_MIDDLES, 64, |_| false)
    );
    let half = Probe::of_needle(b"7f3c1e9a-5b7d-4e21");
    assert!(half.passes(WITH_MIDDLES, 64, |_| false) && !half.passes(WITH_JOINTS, 64, |_| false));
}

#[test]
fn a_uuid_is_known_by_either_half() {
    let mut lines: Vec<String> = (0..3000u32)
        .map(|i| format!("id={:08x}-{:04x}-4e21-9c0f-{i:012x} {i:064x}", i * 77, i % 9999))
        .collect();
    let without = filter_of(&lines);
    let halves = [
        "7f3c1e9a-5b7d-4e21",
        "c1e9a-5b7d-",
        "9c0f-0d15ea5e0b5e",
        "-9c0f-0d15ea5e",
        "9c0f-0d15ea5e0b5e\" done",
    ];
    let upper = UUID_TEXT.to_uppercase();
    for part in [UUID_TEXT, "c1e9a-5b7d-4e21-9c0f-0d", &upper].into_iter().chain(halves) {
        assert!(!may_contain(&without, part), "{part}");
    }
    lines.push(format!("x{UUID_TEXT}y"));
    let with = filter_of(&lines);
    for part in
        [UUID_TEXT, "c1e9a-5b7d-4e21-9c0f-0d", "5b7d-4e21-9c0f", "x7f3c1e9a-5b7d-4e21", "9c0f-0d15ea5e0b5ey"]
    {
        assert!(may_contain(&with, part), "{part}");
    }
}

#[test]
fn random_letters_do_not_fill_the_filter() {
    let mut state = 1u64;
    let mut letters = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        char::from(b'A' + (state >> 33) as u8 % 26)
    };
    let lines: Vec<String> = (0..2000).map(|_| (0..200).map(|_| letters()).collect()).collect();
    let (filter, _) = filter_of(&lines);
    assert!(filter.len() < 100_000, "{}", filter.len());
}
