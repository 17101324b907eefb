//! The block container and its cache: round trips, damage at every byte, few reads.

#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use bytes::Bytes;
use model::{Nanos, Tenant};
use proptest::prelude::*;
use std::sync::Arc;
use stdx::Rng;
use store::*;
use testkit::{FaultStore, Faults};

fn meta(id: u128) -> BlockMeta {
    BlockMeta {
        id: BlockId(id),
        tenant: Tenant::anonymous(),
        signal: Signal::Traces,
        level: 1,
        start: Nanos(-5),
        end: Nanos(77),
        rows: 3,
        bytes: 0,
        covered: Some((Position { segment: 1, offset: 64 }, Position { segment: 2, offset: 640 })),
    }
}

fn build(sections: &[(u16, Vec<u8>)]) -> (BlockMeta, Bytes) {
    let mut writer = BlockWriter::new(meta(42));
    for (kind, bytes) in sections {
        writer.section(*kind, 3, bytes);
    }
    writer.finish()
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

async fn store(meta: &BlockMeta, bytes: Bytes) -> (Objects, FaultStore) {
    let store = FaultStore::new(Rng::seeded(1), Faults::default());
    let objects = Objects::from_store(Arc::new(store.clone())).with_retry(Retry::NEVER);
    objects.put(&meta.path(), bytes).await.unwrap();
    (objects, store)
}

async fn read_all(objects: &Objects, meta: &BlockMeta) -> Result<Vec<(u16, Bytes)>, StoreError> {
    let reader = BlockReader::open(objects, &BlockCache::new(0), Arc::new(meta.clone())).await?;
    let mut all = Vec::new();
    for info in reader.sections() {
        all.push((info.kind, reader.section(info.kind).await?.unwrap()));
    }
    Ok(all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn sections_come_back(
        sections in proptest::collection::btree_map(any::<u16>(), proptest::collection::vec(any::<u8>(), 0..300), 0..400),
    ) {
        let sections: Vec<(u16, Vec<u8>)> = sections.into_iter().collect();
        let (meta, bytes) = build(&sections);
        prop_assert_eq!(meta.bytes, bytes.len() as u64);
        prop_assert_eq!(&build(&sections).1, &bytes);
        block_on(async {
            let (objects, _) = store(&meta, bytes).await;
            let reader = BlockReader::open(&objects, &BlockCache::new(1 << 20), Arc::new(meta.clone())).await.unwrap();
            assert!(reader.sections().iter().all(|info| info.offset % 8 == 0 && info.version == 3));
            for (kind, bytes) in &sections {
                assert_eq!(reader.section(*kind).await.unwrap().unwrap(), bytes);
                let half = bytes.len() as u64 / 2;
                assert_eq!(reader.section_range(*kind, half..bytes.len() as u64).await.unwrap(), &bytes[half as usize..]);
                let len = bytes.len() as u64;
                for _ in 0..2 {
                    // From the store, then from the cache.
                    let parts = reader.section_ranges(*kind, &[half..len, 0..half, 0..len]).await.unwrap();
                    assert_eq!(parts, [&bytes[half as usize..], &bytes[..half as usize], &bytes[..]]);
                }
                let error = reader.section_ranges(*kind, &[0..0, half..len + 1]).await.unwrap_err();
                assert!(matches!(error, StoreError::Corrupt { .. }));
                let error = reader.section_range(*kind, 0..len + 1).await.unwrap_err();
                assert!(matches!(error, StoreError::Corrupt { .. }));
            }
        });
    }

    #[test]
    fn a_block_written_in_parts_is_the_same_object(
        sections in proptest::collection::btree_map(any::<u16>(), proptest::collection::vec(any::<u8>(), 0..300), 0..12),
        piece in 1usize..200,
    ) {
        let sections: Vec<(u16, Vec<u8>)> = sections.into_iter().collect();
        let (built, bytes) = build(&sections);
        block_on(async {
            let store = FaultStore::new(Rng::seeded(1), Faults::default());
            let objects = Objects::from_store(Arc::new(store)).with_retry(Retry::NEVER);
            let mut stream = BlockStream::begin(&objects, &meta(42)).await.unwrap();
            assert!(stream.write(b"x").await.is_err(), "bytes of no section");
            for (kind, bytes) in &sections {
                stream.section(*kind, 3).await.unwrap();
                for piece in bytes.chunks(piece) {
                    stream.write(piece).await.unwrap();
                }
            }
            assert!(objects.get(&built.path()).await.is_err(), "not there before it is whole");
            assert_eq!(stream.finish(meta(42)).await.unwrap(), built);
            assert_eq!(objects.get(&built.path()).await.unwrap(), bytes);
        });
    }

    #[test]
    fn hostile_blocks_do_not_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), framed: bool) {
        if framed {
            let len = bytes.len() as u32;
            let crc = codec::crc32c(&bytes);
            bytes.extend_from_slice(&len.to_le_bytes());
            bytes.extend_from_slice(&crc.to_le_bytes());
            bytes.extend_from_slice(b"ORIELEND");
        }
        let meta = BlockMeta { bytes: bytes.len() as u64, ..meta(1) };
        let _ = inspect::bytes("x", "", &[b"ORIELBLK\x01\0\0\0\0\0\0\0", &bytes[..]].concat(), &inspect::Printers::default());
        block_on(async {
            let (objects, _) = store(&meta, bytes.into()).await;
            assert!(read_all(&objects, &meta).await.is_err());
        });
    }
}

#[test]
fn damage_anywhere_but_in_padding_is_found() {
    block_on(async {
        let (meta, bytes) = build(&[(1, vec![5; 33]), (2, b"two".to_vec())]);
        let (objects, _) = store(&meta, bytes.clone()).await;
        let whole = read_all(&objects, &meta).await.unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 1;
            objects.put(&meta.path(), damaged.into()).await.unwrap();
            match read_all(&objects, &meta).await {
                // The header (for people and `inspect`) and the padding carry nothing that is read.
                Ok(seen) => assert!(
                    seen == whole && (at < 16 || (16 + 33..56).contains(&at) || (59..64).contains(&at))
                ),
                Err(error) => assert!(matches!(error, StoreError::Corrupt { .. }), "byte {at}: {error}"),
            }
            let shorter = bytes.slice(..at);
            objects.put(&meta.path(), shorter).await.unwrap();
            assert!(read_all(&objects, &meta).await.is_err(), "cut to {at} bytes");
        }
    });
}

#[test]
fn a_footer_of_another_block_is_refused() {
    block_on(async {
        let (meta, bytes) = build(&[(1, vec![5; 33])]);
        let (objects, _) = store(&meta, bytes).await;
        let wrong = BlockMeta { rows: 4, ..meta };
        let error = read_all(&objects, &wrong).await.unwrap_err();
        assert!(error.to_string().contains("differs from the catalog"), "{error}");
    });
}

#[test]
fn reads_are_few_and_cached() {
    block_on(async {
        let wide: Vec<(u16, Vec<u8>)> = (0..3000).map(|kind| (kind, vec![kind as u8; 64])).collect();
        for (sections, footer_reads, section_reads) in
            [(vec![(7, vec![1; 100])], 1, 0), (vec![(7, vec![1; 100_000])], 1, 1), (wide, 2, 1)]
        {
            let (meta, bytes) = build(&sections);
            let (objects, counter) = store(&meta, bytes).await;
            let cache = BlockCache::new(1 << 20);
            let meta = Arc::new(meta);
            let before = counter.operations();
            let reader = BlockReader::open(&objects, &cache, meta.clone()).await.unwrap();
            assert_eq!(counter.operations() - before, footer_reads);
            reader.section(7).await.unwrap().unwrap();
            assert_eq!(counter.operations() - before, footer_reads + section_reads);
            let again = BlockReader::open(&objects, &cache, meta).await.unwrap();
            again.section(7).await.unwrap().unwrap();
            assert_eq!(counter.operations() - before, footer_reads + section_reads);
        }
    });
}

#[test]
fn inspect_prints_blocks_catalogs_documents_and_logs() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().to_str().unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    runtime.block_on(async {
        let objects = Objects::open(root, &[]).unwrap();
        let (meta, bytes) = build(&[(1, b"first".to_vec()), (2, b"second".to_vec())]);
        objects.put(&meta.path(), bytes).await.unwrap();
        let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
        let flushed = vec![("traces".to_owned(), Position { segment: 2, offset: 640 })];
        catalog.commit(Delta { add: vec![meta.clone()], remove: vec![], flushed }).await.unwrap();
        let documents = Documents::new(objects, stdx::Clock::manual(5));
        let key = DocumentKey { tenant: Tenant::anonymous(), collection: "rules".into(), name: "up".into() };
        documents.write(&key, None, b"groups: []").await.unwrap();
        let log = LocalLog::open(&dir.path().join("log/traces"), LogOptions { segment_bytes: 4096, ..LogOptions::default() }).unwrap();
        log.reserve(5).await.unwrap().submit(b"hello".to_vec()).durable().await.unwrap();
        log.close().await.unwrap();

        let section = |signal: Signal, info: &SectionInfo, bytes: &[u8]| {
            (info.kind == 2).then(|| format!("{signal}: {}", String::from_utf8_lossy(bytes)))
        };
        let record = |log: &str, bytes: &[u8]| Some(format!("{log}: {}", String::from_utf8_lossy(bytes)));
        let printers = inspect::Printers { section: &section, record: &record };
        let print = |path: &str| inspect::file(&dir.path().join(path), &printers).unwrap();
        let block = format!("block {} traces of anonymous, level 1\n    time -5..77 ns, 3 rows, {} bytes\n    log 1:64..2:640\n", meta.id, meta.bytes);
        let shown = print(&meta.path());
        assert!(shown.starts_with(&block) && shown.ends_with("ok\n    traces: second\n"), "{shown}");
        let shown = print("catalog/00000000000000000001.delta");
        assert!(shown.contains(&format!("add {block}")) && shown.ends_with("flushed traces up to 2:640\n"), "{shown}");
        let shown = print("documents/anonymous/rules/up/00000000000000000001.doc");
        assert_eq!(shown, "document version 1 at 5 ns, 10 bytes\n    groups: []\n");
        let shown = print("log/traces/0000000000000001.log");
        assert_eq!(
            shown,
            "log segment 0000000000000001 after 0000000000000000, 4096 bytes\nrecord at 64 len 5 unsynced 0\n    traces: hello\n\
             1 records; at 88: nothing written from here on\n"
        );
        assert!(inspect::file(&dir.path().join("log/traces/lock"), &printers).is_err());
    });
}
