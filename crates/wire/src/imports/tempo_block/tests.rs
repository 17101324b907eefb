//! Blocks that a Tempo 3.1 wrote of traces with every type of value, against what it answered for the same traces by id.

use super::*;
use crate::otlp::{Encoding, traces};
use bytes::Bytes;
use model::{Attributes, Span, Value};
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

fn fixture(format: &str, tenant: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tempo_block").join(format).join(tenant)
}

/// The only block of a tenant.
fn block(format: &str, tenant: &str) -> (PathBuf, BlockInfo) {
    let folders = std::fs::read_dir(fixture(format, tenant)).unwrap();
    let dir = folders.map(|entry| entry.unwrap().path()).find(|path| path.is_dir()).unwrap();
    let meta = std::fs::read(dir.join(META)).unwrap();
    (dir.join(DATA), info("meta.json", &meta).unwrap())
}

fn read(reader: &mut BlockReader) -> Result<Vec<SpanBatch>, WireError> {
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_trace()? {
        batches.push(batch);
    }
    Ok(batches)
}

/// What the server answered: its dialect of OTLP's JSON, with other names and ids in base64.
fn answer(json: &str) -> SpanBatch {
    let mut json: serde_json::Value = serde_json::from_str(json).unwrap();
    fn ids(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Array(items) => items.iter_mut().for_each(ids),
            serde_json::Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str() {
                        Some(id) if matches!(name.as_str(), "traceId" | "spanId" | "parentSpanId") => {
                            let id = crate::encoding::from_base64(id).unwrap();
                            *value = crate::encoding::to_hex(&id).into();
                        }
                        _ => ids(value),
                    }
                }
            }
            _ => {}
        }
    }
    ids(&mut json);
    let json = serde_json::json!({ "resourceSpans": json["batches"] });
    traces::decode(json.to_string().as_bytes(), Encoding::Json).unwrap()
}

/// The same with attributes in the order of their keys: stored ones come in another order than sent ones.
fn sorted(mut batch: SpanBatch) -> SpanBatch {
    let sort = |attributes: &mut Attributes| attributes.sort_by(|a, b| a.0.cmp(&b.0));
    for resource in &mut batch.resources {
        sort(&mut Arc::make_mut(&mut resource.resource).attributes);
        for scope in &mut resource.scopes {
            sort(&mut Arc::make_mut(&mut scope.scope).attributes);
            for span in &mut scope.spans {
                sort(&mut span.attributes);
                span.events.iter_mut().for_each(|event| sort(&mut event.attributes));
                span.links.iter_mut().for_each(|link| sort(&mut link.attributes));
            }
        }
    }
    batch
}

fn spans(batch: &SpanBatch) -> impl Iterator<Item = &Span> {
    batch.resources.iter().flat_map(|resource| &resource.scopes).flat_map(|scope| &scope.spans)
}

#[test]
fn traces_are_those_that_the_server_answered() {
    for (format, tenant, count) in [("vParquet4", "one", 3), ("vParquet5", "one", 3), ("vParquet5", "two", 1)]
    {
        let (path, info) = block(format, tenant);
        assert_eq!((info.tenant.as_str(), info.traces), (tenant, count));
        let batches = read(&mut BlockReader::open(&path, &info).unwrap()).unwrap();
        assert_eq!(batches.len() as u64, count);
        for batch in batches {
            let id = spans(&batch).next().unwrap().trace_id;
            let json = std::fs::read_to_string(fixture(format, tenant).join(format!("{id}.json"))).unwrap();
            assert_eq!(sorted(batch), sorted(answer(&json)), "{format} {id}");
        }
    }
}

#[test]
fn every_type_of_value_comes_back() {
    for format in ["vParquet4", "vParquet5"] {
        let (path, info) = block(format, "one");
        let batch = BlockReader::open(&path, &info).unwrap().next_trace().unwrap().unwrap();
        let span = spans(&batch).next().unwrap();
        let value = |key: &str| model::attr::find(&span.attributes, key).unwrap_or_else(|| panic!("{key}"));
        for (key, expected) in [
            ("text", Value::from("café \u{1f600}")),
            ("empty", Value::from("")),
            ("big", Value::from(1_i64 << 62)),
            ("double", Value::from(0.125)),
            ("no", Value::from(false)),
            ("bools", Value::Array(vec![true.into(), false.into()])),
            ("one", Value::Array(vec!["only".into()])),
            ("mixed", Value::Array(vec!["a".into(), 1_i64.into()])),
            ("none", Value::Array(Vec::new())),
            ("map", Value::Map(vec![("k".into(), "v".into()), ("n".into(), 1_i64.into())])),
            ("bytes", Value::Bytes(Arc::from([0, 255, 1].as_slice()))),
            ("http.status_code", Value::from(200_i64)),
        ] {
            assert_eq!(*value(key), expected, "{format} {key}");
        }
        assert_eq!(span.dropped, [3, 4, 5]);
        assert_eq!((span.events.len(), span.links.len()), (2, 1));
        assert!(span.parent_span_id.is_zero());
    }
}

#[test]
fn what_is_no_block_of_these_formats_is_refused_by_name() {
    let meta = |format: &str| format!(r#"{{"format":"{format}","blockID":"b","tenantID":"t"}}"#);
    let refused = |meta: &str| info("b/meta.json", meta.as_bytes()).unwrap_err().to_string();
    assert!(info("b/meta.json", meta("vParquet4").as_bytes()).is_ok());
    let text = refused(&meta("vParquet3"));
    assert_eq!(
        text,
        r#"b/meta.json: at byte 0: a block of format "vParquet3"; vParquet4 and vParquet5 are read"#
    );
    assert!(refused("{").starts_with("b/meta.json: at byte 0: EOF"));
}

fn read_bytes(bytes: Vec<u8>, info: &BlockInfo) -> Result<usize, WireError> {
    let columns = Columns::open("data.parquet", Bytes::from(bytes))?;
    read(&mut BlockReader::of(columns, info)?).map(|batches| batches.len())
}

#[test]
fn damage_is_told_with_file_and_column() {
    let (path, info) = block("vParquet5", "one");
    let whole = std::fs::read(path).unwrap();
    let failed = |bytes: Vec<u8>| read_bytes(bytes, &info).unwrap_err().to_string();
    assert_eq!(read_bytes(whole.clone(), &info), Ok(3));
    assert!(failed(whole[..whole.len() - 10].to_vec()).starts_with("data.parquet: column (footer): "));
    let file = SerializedFileReader::new(Bytes::from(whole.clone())).unwrap();
    let group = file.metadata().row_group(0);
    let name = "rs.ss.Spans.Name";
    let chunk = group.columns().iter().find(|column| column.column_path().string() == name).unwrap();
    let mut damaged = whole.clone();
    let (from, length) = chunk.byte_range();
    damaged[from as usize..(from + length) as usize].fill(0xff);
    assert!(failed(damaged).starts_with("data.parquet: column rs.ss.Spans.Name: "));
}

use parquet::file::reader::{FileReader, SerializedFileReader};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_makes_it_panic(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let (path, info) = block("vParquet5", "two");
        let mut bytes = std::fs::read(path).unwrap();
        for (at, byte) in places {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = read_bytes(bytes, &info);
    }
}
