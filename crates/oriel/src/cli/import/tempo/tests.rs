//! Blocks that a Tempo made, into an empty storage and back out by trace id.

use super::*;
use contract::{Context as Request, SpanSource};
use model::TraceId;
use stdx::Budget;
use store::{BlockCache, Catalog, CatalogOptions};
use tracedb::{EngineOptions, TraceDb};

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/testdata/tempo_block").join(path)
}

async fn target(room: &Path, tenant: Option<&str>) -> Target {
    let objects = Objects::open(room.join("store").to_str().unwrap(), &[]).unwrap();
    let catalog = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap();
    let documents = Documents::new(objects.clone(), Clock::system());
    let storage = Storage { objects, catalog, scratch: room.to_owned() };
    Target { storage, documents, tenant: tenant.map(|tenant| Tenant::parse(tenant).unwrap()) }
}

async fn import(target: &Target, from: &Path) -> (Vec<String>, Result<Imported>) {
    let source = Source::open(from.to_str().unwrap(), &BTreeMap::new()).unwrap();
    let mut said = Vec::new();
    let imported = target.import(&source, &mut |line| said.push(line)).await;
    (said, imported)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tenant_keeps_its_traces_and_a_second_time_nothing_is_added() {
    let room = tempfile::tempdir().unwrap();
    let target = target(room.path(), None).await;
    let (said, imported) = import(&target, &fixture("vParquet5")).await;
    let imported = imported.unwrap();
    assert_eq!((imported.blocks, imported.spans), (2, 28));
    assert!(
        said[0].starts_with("one/127ba822-dc11-422d-80e3-a4619f1ec6f4: 3 traces of one, 21 spans"),
        "{said:?}"
    );
    assert!(said[1].contains(": 1 traces of two, 7 spans"), "{said:?}");
    let (said, again) = import(&target, &fixture("vParquet5")).await;
    assert_eq!(again.unwrap(), Imported::default());
    assert!(said.iter().all(|line| line.ends_with(": was imported before")), "{said:?}");

    let Target { storage: Storage { objects, catalog, .. }, .. } = target;
    let (cache, budget) = (BlockCache::new(1 << 20), Budget::new("test", 1 << 30));
    let log = room.path().join("log");
    let db = TraceDb::open(EngineOptions::new(log, objects, catalog, cache, Clock::manual(0), budget));
    let db = db.await.unwrap();
    let id = TraceId(0x0102_0304_0506_0708_u128.to_be_bytes());
    for (tenant, spans) in [("one", Some(7)), ("two", None)] {
        let cx = Request { tenant: Tenant::parse(tenant).unwrap(), ..Request::for_tests() };
        assert_eq!(db.trace(&cx, id, None).await.unwrap().map(|trace| trace.spans.len()), spans);
    }
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_block_can_be_taken_for_another_tenant() {
    let room = tempfile::tempdir().unwrap();
    let target = target(room.path(), Some("mine")).await;
    let (said, imported) =
        import(&target, &fixture("vParquet4/one/c4c54c24-fbe6-4acf-b682-0a317851e563")).await;
    assert_eq!(imported.unwrap().spans, 21);
    assert!(said[0].contains("3 traces of mine"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_block_is_told_and_holds_up_no_other() {
    let room = tempfile::tempdir().unwrap();
    let from = room.path().join("from");
    for (block, damage) in [("one", true), ("two", false)] {
        let source = fixture("vParquet5").join(block);
        let dir = std::fs::read_dir(source).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_dir()).unwrap();
        std::fs::create_dir_all(from.join(block)).unwrap();
        std::fs::copy(dir.join(META), from.join(block).join(META)).unwrap();
        let mut bytes = std::fs::read(dir.join(DATA)).unwrap();
        if damage {
            bytes[4..4000].fill(0xee);
        }
        std::fs::write(from.join(block).join(DATA), bytes).unwrap();
    }
    let target = target(room.path(), None).await;
    let (said, imported) = import(&target, &from).await;
    assert_eq!(
        imported.unwrap_err().to_string(),
        "1 of 2 blocks were not imported; 7 spans of the others were"
    );
    assert!(said[0].contains("data.parquet: column "), "{said:?}");
    assert!(said[1].starts_with("two: 1 traces of two, 7 spans"), "{said:?}");
    let (_, nothing) = import(&target, &room.path().join("store")).await;
    assert!(nothing.unwrap_err().to_string().ends_with("no folder in it has a meta.json and a data.parquet"));
    assert!(Source::open("/nowhere", &BTreeMap::new()).is_err());
}
