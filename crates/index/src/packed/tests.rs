//! Ids of any shape come back, packed bodies are smaller, and bodies of version 1 are read still.

use super::*;
use proptest::prelude::*;

fn check(ids: &RoaringBitmap) -> usize {
    let mut bytes = Vec::new();
    put_ids(&mut bytes, ids);
    let mut reader = Reader::new(&bytes);
    let back = read_ids(&mut reader).unwrap().to_bitmap().unwrap();
    assert_eq!(&back, ids);
    assert!(reader.is_empty(), "ids end where their bytes do");
    bytes.len()
}

proptest! {
    #[test]
    fn ids_of_any_shape_come_back(
        start in 0u32..u32::MAX / 2, stride in 1u32..5000, count in 0u32..3000, holes in proptest::collection::vec(any::<u32>(), 0..40),
    ) {
        let mut ids: RoaringBitmap = (0..count).map(|i| start.saturating_add(i * stride)).collect();
        check(&ids);
        holes.iter().for_each(|hole| _ = ids.insert(*hole));
        holes.iter().for_each(|hole| _ = ids.remove(start + hole % 100 * stride));
        check(&ids);
    }

    #[test]
    fn hostile_ids_do_not_panic(count in 0u32..100_000, bytes in proptest::collection::vec(any::<u8>(), 0..60), column: bool) {
        let bytes = if column { [&[COLUMN], bytes.as_slice()].concat() } else { bytes };
        let mut out = RoaringBitmap::new();
        if unpack_ids(count, &bytes, &mut out).is_ok() {
            assert!(out.len() <= u64::from(count));
        }
    }
}

#[test]
fn strides_and_runs_are_columns_and_wild_sets_bitmaps() {
    assert!(check(&(0..500).map(|i| i * 20 + 3).collect()) < 16);
    assert!(check(&(7..10_000).collect()) < 20);
    let mut rng = stdx::Rng::seeded(7);
    let wild: RoaringBitmap = (0..60_000).filter(|_| rng.below(2) == 0).collect();
    assert!(check(&wild) <= 8192 + 32, "half of all ids are not told one by one");
}

#[test]
fn bodies_alike_but_for_their_first_id_are_packed_into_about_one() {
    let mut writer = PackedWriter::default();
    for id in 0..10_000u32 {
        writer.add("instance", &format!("10.0.0.{:02}:9100", id % 20), id + id / 170);
    }
    let (directory, bodies) = writer.finish();
    let directory = PackedDirectory::parse(&mut Reader::new(&directory)).unwrap();
    let label =
        PackedLabel::open(Bytes::from(bodies.clone()), directory.get("instance").unwrap(), 2).unwrap();
    assert!(label.owns_bytes() && bodies.len() * 4 < label.heap_bytes(), "{} bytes", bodies.len());
    let ids = label.lookup("10.0.0.07:9100").unwrap().to_bitmap().unwrap();
    assert!(ids.iter().eq((0..10_000u32).filter(|id| id % 20 == 7).map(|id| id + id / 170)));
}

#[test]
fn bodies_of_version_1_are_read() {
    let bitmap: RoaringBitmap = (0..40).map(|i| i * 3).collect();
    let (mut ids, mut entries, mut body) = (Vec::new(), Vec::new(), Vec::new());
    bitmap.serialize_into(&mut ids).unwrap();
    // "a" has forty ids, "ab" the ids 5 and 7.
    for (shared, rest, count, ids) in [(0, "a", 40, ids.as_slice()), (1, "b", 2, &[5, 2])] {
        put_u64(&mut entries, shared);
        put_len_bytes(&mut entries, rest.as_bytes());
        put_u64(&mut entries, count);
        put_len_bytes(&mut entries, ids);
    }
    let present = &bitmap | &RoaringBitmap::from_iter([5, 7]);
    let mut bytes = Vec::new();
    present.serialize_into(&mut bytes).unwrap();
    put_u64(&mut body, present.len());
    put_len_bytes(&mut body, &bytes);
    put_u64(&mut body, 2);
    put_u64(&mut body, 1);
    body.extend_from_slice(&0u32.to_le_bytes());
    body.extend_from_slice(&entries);
    let at = BodyAt { offset: 0, length: body.len() as u64, crc: crc32c::crc32c(&body), values: 2 };
    let label = PackedLabel::open(Bytes::from(body), &at, 1).unwrap();
    assert!(!label.owns_bytes());
    assert_eq!(label.present().to_bitmap().unwrap(), present);
    assert_eq!(label.lookup("a").unwrap().to_bitmap().unwrap(), bitmap);
    assert!(label.lookup("ab").unwrap().to_bitmap().unwrap().iter().eq([5, 7]));
}
