//! Bytes come back, and any other bytes are refused without a panic.

use super::*;
use crate::block::page::{APART, Columns, pack_columns, unpack_columns};
use crate::block::sections::{PageInfo, decode_pages, decode_streams, encode_pages};
use crate::block::{rollup, writer::Writer};
use crate::{inspect_record, inspect_section, record};
use bytes::Bytes;
use contract::Stream;

fn batches() -> impl Strategy<Value = LogBatch> {
    let pairs = prop::collection::vec(("[a-c]{1,2}", "[a-cé]{0,3}"), 0..3);
    let entry = (any::<i64>(), ".{0,20}", pairs.clone()).prop_map(|(at, line, set)| {
        let set: Vec<(&str, &str)> = set.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        entry(at, &line, &set)
    });
    let stream = (pairs, prop::collection::vec(entry, 0..6))
        .prop_map(|(labels, entries)| StreamEntries { labels: Labels::from_pairs(labels), entries });
    prop::collection::vec(stream, 0..4).prop_map(|streams| LogBatch { streams, body: None })
}

fn info(columns: &Columns, packed: &[u8]) -> PageInfo {
    PageInfo {
        offset: 7,
        columns_len: packed.len() as u32,
        text_len: 5,
        text_bytes: columns.lengths.iter().sum(),
        columns_crc: codec::crc32c(packed),
        text_crc: 9,
        encoding: 1,
        digits_len: 0,
        digits_crc: 0,
        rows: columns.rows() as u32,
        first: -5,
        last: 6,
        first_stream: 0,
        last_stream: 3,
        filter_offset: 1,
        filter_len: 2,
        longest_token: 3,
    }
}

proptest! {
    #[test]
    fn records_come_back(batch in batches()) {
        let bytes = Bytes::from(record::encode(&Tenant::anonymous(), &batch).unwrap());
        prop_assert_eq!(record::decode(&bytes).unwrap(), (Tenant::anonymous(), batch));
        prop_assert!(record::decode(&bytes.slice(..bytes.len() - 1)).is_err());
    }

    #[test]
    fn bodies_are_kept_as_they_came(batch in batches(), cut in 0usize..40, at in 0usize..4000, with: u8) {
        let sent = Bytes::from(wire::loki_push::encode_body(&batch).unwrap());
        let batch = wire::loki_push::decode_body(&sent, 1 << 20).unwrap();
        let mut bytes = record::encode(&Tenant::anonymous(), &batch).unwrap();
        let text: usize = batch.streams.iter().flat_map(|s| &s.entries).map(|e| e.line.len()).sum();
        prop_assert_eq!(u64::from(bytes[0]), if sent.len() < text { 2 } else { 1 });
        let (_, back) = record::decode(&Bytes::from(bytes.clone())).unwrap();
        prop_assert_eq!(back.streams, batch.streams);
        let _ = record::decode(&Bytes::copy_from_slice(&bytes[..bytes.len() - cut.min(bytes.len())]));
        let at = at % bytes.len();
        bytes[at] = with;
        let _ = record::decode(&Bytes::from(bytes));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = record::decode(&Bytes::from(bytes.clone()));
        let _ = inspect_record(&bytes);
        for kind in 0..7 {
            let _ = inspect_section(kind, &bytes);
        }
        let columns = Columns { sets: vec![Arc::from([])], ..Columns::default() };
        let _ = unpack_columns(&info(&columns, &bytes), &bytes);
        let _ = (decode_pages(&bytes), decode_streams(&bytes), rollup::decode(&bytes));
    }

    #[test]
    fn columns_come_back(rows in prop::collection::vec((0u32..4, any::<i64>(), 0u32..100, 0u32..3), 1..50)) {
        let mut columns = Columns::default();
        columns.clear();
        columns.sets.extend([entry(0, "", &[("a", "b")]).metadata, entry(0, "", &[("a", "c"), ("d", "")]).metadata]);
        let mut rows = rows;
        rows.sort();
        for (stream, at, length, set) in rows {
            match columns.runs.last_mut() {
                Some((last, count)) if *last == stream => *count += 1,
                _ => columns.runs.push((stream, 1)),
            }
            columns.times.push(at);
            columns.lengths.push(length);
            columns.set_of.push(set);
        }
        let packed = pack_columns(&columns);
        let info = info(&columns, &packed);
        prop_assert_eq!(unpack_columns(&info, &packed).unwrap(), columns);
        let apart = PageInfo { encoding: APART, digits_len: 4, digits_crc: 11, ..info.clone() };
        let infos = [info, apart];
        prop_assert_eq!(decode_pages(&encode_pages(&infos)).unwrap(), infos);
    }
}

#[test]
fn rollups_come_back_and_count_whole_minutes() {
    let minute = 60_000_000_000;
    let mut builder = rollup::Builder::default();
    let warn = entry(0, "", &[("detected_level", "warn"), ("trace", "7")]).metadata;
    builder.add_names(&warn);
    for (at, bytes) in [(0, 1), (1, 2), (minute, 4), (minute + 1, 8)] {
        builder.add(3, at, bytes, &warn);
    }
    builder.add(3, minute, 16, &[]);
    let page = builder.finish();
    let found: Vec<(i64, &str, u64, u64)> =
        page.counts.iter().map(|c| (c.minute, &*page.levels[c.level as usize], c.lines, c.bytes)).collect();
    assert_eq!(found, [(0, "warn", 1, 1), (1, "warn", 2, 6), (2, "warn", 1, 8), (1, "", 1, 16)]);
    assert_eq!(page.names.iter().map(|n| &**n).collect::<Vec<_>>(), ["detected_level", "trace"]);
    assert_eq!(rollup::decode(&rollup::encode(std::slice::from_ref(&page))).unwrap(), [page]);
}

#[test]
fn sections_can_be_looked_at() {
    let mut writer = Writer::new();
    let level = entry(0, "", &[("detected_level", "warn")]).metadata;
    for i in 0..20_000i64 {
        writer.push(0, i * 1_000_000, format!("line {i}").as_bytes(), &level);
        writer.push(0, i * 1_000_000, format!("line {i}").as_bytes(), &level);
    }
    let labels = Labels::from_pairs([("a", "b")]);
    let sections = writer.finish(&[Arc::new(Stream { hash: labels.stable_hash(), labels })]);
    assert_eq!(sections.rows, 20_000, "each line once");
    let text: String = sections.parts.iter().map(|(kind, bytes)| inspect_section(*kind, bytes)).collect();
    assert!(
        text.contains(r#"{a="b"}"#) && text.contains("pages: 2") && text.contains("16384 lines"),
        "{text}"
    );
    let record =
        record::encode(&Tenant::anonymous(), &batch(&[("a", "b")], vec![entry(5, "hello", &[])])).unwrap();
    assert!(inspect_record(&record).contains("5 \"hello\""));
}
