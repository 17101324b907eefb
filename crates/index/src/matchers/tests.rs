//! Matchers against the plain definition, over a live and a packed index.

use super::*;
use crate::packed::LABELS_VERSION;
use crate::{LiveIndex, PackedDirectory, PackedLabel, PackedLabels, PackedWriter};
use bytes::Bytes;
use model::Labels;
use proptest::prelude::*;

const NAMES: [&str; 4] = ["__name__", "job", "instance", "zone"];
const PATTERNS: [&str; 20] = [
    "",
    ".*",
    ".+",
    "a",
    "a|b",
    "a.*",
    ".*b",
    "a|",
    "(a|b)c?",
    "x-1.*",
    "x-(1|2)[0-9]",
    "[^a]*",
    "(?i)A",
    "a.+|b",
    "x-.*|",
    "é.*",
    "..",
    "x-1",
    "b|x-1|nothing",
    "(.*)",
];

fn packed(sets: &[Labels]) -> PackedLabels {
    let mut writer = PackedWriter::default();
    for (id, set) in sets.iter().enumerate() {
        set.iter().for_each(|(n, v)| writer.add(n, v, id as u32));
    }
    let (directory, bodies) = writer.finish();
    let bodies = Bytes::from(bodies);
    let directory = PackedDirectory::parse(&mut codec::Reader::new(&directory)).unwrap();
    let open = |at: &crate::packed::BodyAt| {
        let range = at.offset as usize..(at.offset + at.length) as usize;
        PackedLabel::open(bodies.slice(range), at, LABELS_VERSION).unwrap()
    };
    let labels = directory.names().map(|(name, at)| (name.to_owned(), open(at))).collect();
    PackedLabels { count: sets.len() as u32, labels }
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (0u32..40).prop_map(|n| format!("x-{n}")),
        1 => Just("a".to_owned()),
        1 => Just("b".to_owned()),
        1 => Just("ac".to_owned()),
        1 => Just("été".to_owned()),
        2 => Just(String::new()),
    ]
}

fn matcher() -> impl Strategy<Value = Matcher> {
    let op = prop_oneof![
        Just(MatchOp::Equal),
        Just(MatchOp::NotEqual),
        Just(MatchOp::Regex),
        Just(MatchOp::NotRegex)
    ];
    let text = prop_oneof![value(), (0..PATTERNS.len()).prop_map(|i| PATTERNS[i].to_owned())];
    let name = (0usize..5).prop_map(|i| *NAMES.get(i).unwrap_or(&"absent"));
    (name, op, text).prop_map(|(name, op, text)| Matcher::new(name, op, text).unwrap())
}

proptest! {
    #[test]
    fn selection_is_the_plain_definition(
        rows in proptest::collection::vec(proptest::array::uniform4(value()), 0..60),
        matchers in proptest::collection::vec(matcher(), 0..4),
    ) {
        let mut live = LiveIndex::default();
        let mut sets: Vec<Labels> = Vec::new();
        for row in rows {
            let labels = Labels::from_pairs(NAMES.iter().zip(row));
            if live.find_or_add(labels.iter()).unwrap().1 {
                sets.push(labels);
            }
        }
        let expected: Vec<u32> = (0..sets.len() as u32)
            .filter(|id| matchers.iter().all(|m| m.matches(sets[*id as usize].value(&m.name))))
            .collect();
        let got: Vec<u32> = select(&live, &matchers).unwrap().iter().collect();
        prop_assert_eq!(&got, &expected, "live, {:?}", matchers);
        let got: Vec<u32> = select(&packed(&sets), &matchers).unwrap().iter().collect();
        prop_assert_eq!(&got, &expected, "packed, {:?}", matchers);
        for (id, set) in sets.iter().enumerate() {
            prop_assert_eq!(&live.labels(id as u32), set);
            prop_assert_eq!(live.find(set.iter()), Some(id as u32));
        }
    }

    #[test]
    fn hostile_bodies_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), from in "[a-c]{0,2}") {
        let _ = PackedDirectory::parse(&mut codec::Reader::new(&bytes));
        let at = crate::packed::BodyAt { offset: 0, length: bytes.len() as u64, crc: crc32c::crc32c(&bytes), values: 0 };
        for version in [1, LABELS_VERSION] {
            if let Ok(label) = PackedLabel::open(Bytes::from(bytes.clone()), &at, version) {
                let mut ids = RoaringBitmap::new();
                let _ = label.walk(&from, &mut |_, packed| packed.add_to(&mut ids).map(|()| true));
            }
        }
    }
}

#[test]
fn every_value_of_a_large_label_is_found() {
    let sets: Vec<Labels> =
        (0..1000).map(|i| Labels::from_pairs([("pod", format!("pod-{:05}", i * 7))])).collect();
    let index = packed(&sets);
    for (id, set) in sets.iter().enumerate() {
        let ids = index.postings("pod", set.value("pod")).unwrap().to_bitmap().unwrap();
        assert_eq!(ids.iter().collect::<Vec<_>>(), [id as u32]);
    }
    assert!(index.postings("pod", "pod-00001").unwrap().is_empty());
    assert!(
        index.postings("pod", "").unwrap().is_empty() && index.postings("pod", "zzz").unwrap().is_empty()
    );
    let matcher = Matcher::new("pod", MatchOp::Regex, "pod-000[0-2].*").unwrap();
    assert_eq!(select(&index, &[matcher]).unwrap().len(), 5);
}
