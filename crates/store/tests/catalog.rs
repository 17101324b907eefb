//! The catalog and documents on stores that fail: exactly one winner a number, nothing published twice, nothing acknowledged lost.

#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use bytes::Bytes;
use model::{Nanos, Tenant};
use object_store::memory::InMemory;
use std::sync::Arc;
use std::time::Duration;
use stdx::{Clock, Rng};
use store::*;
use testkit::{FaultStore, Faults, Ledger, seeds};

const QUICK: Retry = Retry { attempts: 4, first_wait: Duration::ZERO };

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn memory() -> Objects {
    Objects::from_store(Arc::new(InMemory::new()))
}

fn meta(id: u128) -> BlockMeta {
    BlockMeta {
        id: BlockId(id),
        tenant: Tenant::parse(["a", "b!(c)*'"][id as usize % 2]).unwrap(),
        signal: Signal::ALL[id as usize % 3],
        level: 0,
        start: Nanos(id as i64),
        end: Nanos(id as i64 + 10),
        rows: 1,
        bytes: 100,
        covered: None,
    }
}

fn adds(id: u128) -> Delta {
    Delta { add: vec![meta(id)], ..Delta::default() }
}

fn removes(id: u128) -> Delta {
    Delta { remove: vec![BlockId(id)], ..Delta::default() }
}

fn ids(snapshot: &Snapshot) -> Vec<u128> {
    let mut ids: Vec<u128> = snapshot.all_blocks().map(|block| block.id.0).collect();
    ids.sort_unstable();
    ids
}

async fn open(objects: &Objects) -> Catalog {
    Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap()
}

#[test]
fn commits_are_seen_at_once_and_after_a_restart() {
    block_on(async {
        let objects = memory();
        let catalog = open(&objects).await;
        assert_eq!(catalog.snapshot().version, 0);
        let to = |segment, offset| Position { segment, offset };
        let flush = |position| vec![("metrics".to_owned(), position)];
        catalog
            .commit(Delta { add: vec![meta(1), meta(2)], remove: vec![], flushed: flush(to(1, 900)) })
            .await
            .unwrap();
        catalog.commit(Delta { flushed: flush(to(1, 64)), ..adds(2) }).await.unwrap();
        let merged = Delta { add: vec![meta(7)], remove: vec![BlockId(1), BlockId(2)], flushed: vec![] };
        let snapshot = catalog.commit(merged.clone()).await.unwrap();
        assert_eq!((snapshot.version, ids(&snapshot)), (3, vec![7]));
        assert!(matches!(catalog.commit(merged).await, Err(StoreError::Conflict(_))));
        let reopened = open(&objects).await.snapshot();
        assert_eq!(reopened, snapshot);
        assert_eq!(
            (reopened.flushed("metrics"), reopened.flushed("logs")),
            (to(1, 900), Position::default())
        );
        assert_eq!(reopened.tenants(Signal::Logs), vec![meta(7).tenant]);
        assert_eq!(
            reopened.blocks(&meta(7).tenant, Signal::Logs).map(|b| (**b).clone()).collect::<Vec<_>>(),
            [meta(7)]
        );
        assert_eq!(reopened.tombstones().count(), 2);
    });
}

/// 16 committers on two handles of the same store: every commit has its own number.
async fn race(objects: Objects) {
    let catalogs = [open(&objects).await, open(&objects).await];
    let tasks: Vec<_> = (0..16u128)
        .map(|writer| {
            let catalog = catalogs[writer as usize % 2].clone();
            stdx::task::spawn(async move {
                let mut won = 0;
                for n in 0..6 {
                    catalog.commit(adds(writer * 100 + n)).await.unwrap();
                    // All want to remove the same blocks; one may.
                    match catalog.commit(Delta { remove: vec![BlockId(n)], ..Delta::default() }).await {
                        Ok(_) => won += 1,
                        Err(StoreError::Conflict(_)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                won
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += task.join().await.unwrap();
    }
    let seen = open(&objects).await.snapshot();
    let kept: Vec<u128> = (1..16u128).flat_map(|writer| (0..6).map(move |n| writer * 100 + n)).collect();
    let first: Vec<u128> = ids(&seen).into_iter().filter(|id| *id < 100).collect();
    assert_eq!(won + first.len(), 6, "each of the blocks 0 to 5 is removed once or left");
    assert_eq!(ids(&seen).into_iter().filter(|id| *id >= 100).collect::<Vec<_>>(), kept);
    assert_eq!(seen.version, 16 * 6 + won as u64);
    assert_eq!(catalogs[0].refresh().await.unwrap(), catalogs[1].refresh().await.unwrap());
    assert_eq!(*catalogs[0].snapshot(), *seen);
}

#[test]
fn sixteen_committers_race_in_memory_and_on_a_directory() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(race(memory()));
    let dir = tempfile::tempdir().unwrap();
    let objects = Objects::open(dir.path().join("new/data").to_str().unwrap(), &[]).unwrap();
    runtime.block_on(race(objects));
}

#[test]
fn checkpoints_keep_opening_cheap_and_a_sleeper_cannot_reuse_a_number() {
    block_on(async {
        let store = FaultStore::new(Rng::seeded(1), Faults::default());
        let objects = Objects::from_store(Arc::new(store.clone()));
        let (sleeper, busy) = (open(&objects).await, open(&objects).await);
        busy.commit(adds(0)).await.unwrap();
        sleeper.refresh().await.unwrap();
        let onlooker = open(&objects).await;
        for n in 1..400 {
            busy.commit(adds(n)).await.unwrap();
        }
        let left = objects.list("catalog", None).await.unwrap();
        assert!(left.len() < 270, "{} objects", left.len());
        assert!(!left.iter().any(|object| object.path.contains("00001.delta")));
        let before = store.operations();
        assert_eq!(ids(&open(&objects).await.snapshot()), (0..400).collect::<Vec<_>>());
        assert!(store.operations() - before <= 70, "{} operations to open", store.operations() - before);
        // The sleeper still believes in version 1; number 2 is free again.
        let snapshot = sleeper.commit(adds(1000)).await.unwrap();
        assert_eq!(snapshot.version, 401);
        assert_eq!(*open(&objects).await.snapshot(), *snapshot);
        assert_eq!(*busy.refresh().await.unwrap(), *snapshot);
        assert!(objects.get("catalog/00000000000000000002.delta").await.is_ok(), "the void delta lies about");
        assert_eq!(*onlooker.refresh().await.unwrap(), *snapshot);
        assert_eq!(ids(&snapshot).len(), 401);
    });
}

#[test]
fn faults_lose_and_double_nothing() {
    seeds(25, |mut rng| {
        let store = FaultStore::new(Rng::seeded(rng.next_u64()), Faults::default());
        let mut ledger = Ledger::default();
        let mut next = 0u128;
        block_on(async {
            open(&Objects::from_store(Arc::new(store.clone()))).await;
            for _ in 0..4 {
                let store = store.restarted(Faults::SOME);
                let objects = Objects::from_store(Arc::new(store.clone())).with_retry(QUICK);
                let Ok(catalog) = Catalog::open(objects.clone(), CatalogOptions::default()).await else {
                    continue;
                };
                let other = Catalog::open(objects, CatalogOptions::default()).await;
                store.cut_power_after(1 + rng.below(300));
                for _ in 0..40 {
                    let catalog =
                        if rng.below(3) == 0 { other.as_ref().unwrap_or(&catalog) } else { &catalog };
                    let known = ids(&catalog.snapshot());
                    let victim = known.get(rng.below(known.len() as u64 * 4 + 1) as usize).copied();
                    let mut delta = adds(next);
                    delta.remove = victim.map(BlockId).into_iter().collect();
                    ledger.sent(next);
                    // From here on it may be gone or not.
                    ledger.retain(|id| Some(*id) != victim);
                    match catalog.commit(delta).await {
                        Ok(_) => ledger.acked(next),
                        Err(_) => victim.into_iter().for_each(|id| ledger.sent(id)),
                    }
                    next += 1;
                }
                let calm = Objects::from_store(Arc::new(store.restarted(Faults::default())));
                let snapshot = open(&calm).await.snapshot();
                ledger.check(ids(&snapshot)).unwrap();
                // What was removed stays removed.
                ledger.retain(|id| ids(&snapshot).contains(id));
            }
        });
    });
}

#[test]
fn a_store_that_lets_two_win_is_refused() {
    block_on(async {
        for lies in [1.0, 0.3] {
            let store = FaultStore::new(Rng::seeded(3), Faults { lies, ..Faults::default() });
            let objects = Objects::from_store(Arc::new(store.clone()));
            let error = Catalog::open(objects.clone(), CatalogOptions::default()).await.unwrap_err();
            assert!(error.to_string().contains("exactly one must be"), "{error}");
            // Nothing was remembered that would let it in later.
            store.set_faults(Faults { lies: 1.0, ..Faults::default() });
            assert!(Catalog::open(objects, CatalogOptions::default()).await.is_err());
        }
    });
}

#[test]
fn objects_survive_faults_on_every_operation() {
    seeds(20, |mut rng| {
        let store = FaultStore::new(
            Rng::seeded(rng.next_u64()),
            Faults { before: 0.2, after: 0.2, conflict: 0.2, truncated: 0.2, lies: 0.0 },
        );
        let patient = Retry { attempts: 60, first_wait: Duration::ZERO };
        let objects = Objects::from_store(Arc::new(store)).with_retry(patient);
        block_on(async {
            let mut mine = vec![7; 100];
            mine[16..32].copy_from_slice(&5u128.to_le_bytes());
            let mut theirs = mine.clone();
            theirs[16] = 6;
            let (mine, theirs) = (Bytes::from(mine), Bytes::from(theirs));
            assert_eq!(objects.create("x/1", 5, mine.clone()).await.unwrap(), Created::New);
            assert_eq!(objects.create("x/1", 6, theirs.clone()).await.unwrap(), Created::Taken(mine.clone()));
            assert!(matches!(objects.create("x/2", 5, theirs).await, Err(StoreError::Invalid(_))));
            assert_eq!(objects.get("x/1").await.unwrap(), mine);
            assert_eq!(objects.get_range("x/1", 10..20).await.unwrap(), mine.slice(10..20));
            assert_eq!(objects.get_range("x/1", 90..300).await.unwrap(), mine.slice(90..));
            objects.put("x/0", mine).await.unwrap();
            let paths =
                |found: Vec<ObjectInfo>| found.into_iter().map(|object| object.path).collect::<Vec<_>>();
            assert_eq!(paths(objects.list("x", None).await.unwrap()), ["x/0", "x/1"]);
            assert_eq!(paths(objects.list("x", Some("x/0")).await.unwrap()), ["x/1"]);
            objects.delete("x/0").await.unwrap();
            objects.delete("x/0").await.unwrap();
            assert!(matches!(objects.get("x/0").await, Err(StoreError::NotFound { .. })));
        });
    });
}

fn key(name: &str) -> DocumentKey {
    DocumentKey { tenant: Tenant::anonymous(), collection: "dashboards".to_owned(), name: name.to_owned() }
}

#[test]
fn documents_have_versions_history_and_one_winner() {
    block_on(async {
        let documents = Documents::new(memory(), Clock::manual(42));
        let (home, odd) = (key("home"), key("a/b ü..%"));
        assert_eq!(documents.read(&home).await.unwrap(), None);
        assert_eq!(documents.write(&home, Some(0), b"one").await.unwrap(), 1);
        assert!(matches!(documents.write(&home, Some(0), b"x").await, Err(StoreError::Conflict(_))));
        assert_eq!(documents.write(&home, Some(1), b"two").await.unwrap(), 2);
        assert_eq!(documents.write(&odd, None, b"odd").await.unwrap(), 1);
        let read = documents.read(&home).await.unwrap().unwrap();
        assert_eq!((read.version, read.at, &read.bytes[..]), (2, Nanos(42), &b"two"[..]));
        assert_eq!(documents.read_version(&home, 1).await.unwrap().unwrap().bytes, "one");
        let listed = documents.list(&home.tenant, "dashboards").await.unwrap();
        assert_eq!(listed, [("a/b ü..%".to_owned(), 1), ("home".to_owned(), 2)]);
        assert!(documents.delete(&home, Some(2)).await.unwrap());
        assert!(!documents.delete(&home, None).await.unwrap());
        assert_eq!(documents.read(&home).await.unwrap(), None);
        assert_eq!(documents.list(&home.tenant, "dashboards").await.unwrap().len(), 1);
        assert_eq!(documents.write(&home, Some(0), b"again").await.unwrap(), 4);
        let history = documents.history(&home).await.unwrap();
        assert_eq!(
            history.iter().map(|v| (v.version, v.bytes)).collect::<Vec<_>>(),
            [(1, 3), (2, 3), (3, 0), (4, 5)]
        );
        for n in 5..=100 {
            assert_eq!(documents.write(&home, None, b"more").await.unwrap(), n);
        }
        assert_eq!(documents.history(&home).await.unwrap().first().unwrap().version, 37);
        assert!(matches!(documents.write(&key(""), None, b"x").await, Err(StoreError::Invalid(_))));
        assert!(matches!(
            documents.write(&key(&"n".repeat(300)), None, b"x").await,
            Err(StoreError::Invalid(_))
        ));
    });
}

#[test]
fn documents_lose_no_update_under_races_and_faults() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    seeds(5, |mut rng| {
        let store = FaultStore::new(
            Rng::seeded(rng.next_u64()),
            Faults { before: 0.05, after: 0.05, ..Faults::default() },
        );
        let retry = Retry { attempts: 30, first_wait: Duration::ZERO };
        let documents =
            Documents::new(Objects::from_store(Arc::new(store)).with_retry(retry), Clock::system());
        runtime.block_on(async {
            let tasks: Vec<_> = (0..4)
                .map(|_| {
                    let documents = documents.clone();
                    stdx::task::spawn(async move {
                        let mut done = 0;
                        while done < 5 {
                            let last = documents.read(&key("counter")).await.unwrap();
                            let count: u64 = last
                                .as_ref()
                                .map_or(0, |d| String::from_utf8_lossy(&d.bytes).parse().unwrap());
                            let expected = Some(last.map_or(0, |d| d.version));
                            match documents
                                .write(&key("counter"), expected, (count + 1).to_string().as_bytes())
                                .await
                            {
                                Ok(_) => done += 1,
                                Err(StoreError::Conflict(_)) => {}
                                Err(error) => panic!("{error}"),
                            }
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.join().await.unwrap();
            }
            assert_eq!(documents.read(&key("counter")).await.unwrap().unwrap().bytes, "20");
        });
    });
}

#[test]
fn the_sweep_deletes_only_what_nobody_can_need() {
    block_on(async {
        let objects = memory();
        let clock = Clock::manual(Clock::system().now_nanos() + 1_000_000_000);
        let catalog = Catalog::open(objects.clone(), CatalogOptions { clock: clock.clone() }).await.unwrap();
        for id in 1..=4 {
            objects.put(&meta(id).path(), Bytes::from_static(b"block")).await.unwrap();
        }
        objects.put("blocks/a/metrics/readme.txt", Bytes::from_static(b"not ours")).await.unwrap();
        catalog.commit(Delta { add: vec![meta(1), meta(2)], ..Delta::default() }).await.unwrap();
        catalog.commit(removes(2)).await.unwrap();
        let mut sweeper =
            Sweeper::new(objects.clone(), catalog.clone(), SweepOptions::default(), clock.clone());
        let hours = |n: u64| Duration::from_secs(n * 3600);
        assert_eq!(sweeper.sweep().await.unwrap(), SweepReport { waiting: 3, ..SweepReport::default() });
        clock.advance(hours(2));
        assert_eq!(sweeper.sweep().await.unwrap(), SweepReport { deleted: 1, bytes: 5, waiting: 2 });
        // A machine sleeps for days between upload and commit: the first sweep after that only looks.
        clock.advance(hours(50));
        let mut fresh =
            Sweeper::new(objects.clone(), catalog.clone(), SweepOptions::default(), clock.clone());
        assert_eq!(fresh.sweep().await.unwrap().deleted, 0);
        catalog.commit(adds(3)).await.unwrap();
        clock.advance(hours(2));
        assert_eq!(fresh.sweep().await.unwrap(), SweepReport { deleted: 1, bytes: 5, waiting: 0 });
        let left: Vec<String> =
            objects.list("blocks", None).await.unwrap().into_iter().map(|o| o.path).collect();
        let mut expected = vec![meta(1).path(), meta(3).path(), "blocks/a/metrics/readme.txt".to_owned()];
        expected.sort();
        assert_eq!(left, expected);
    });
}
