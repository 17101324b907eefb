//! Plans as pictures of windows, and the promise that planning and merging come to rest.

use super::*;
use crate::catalog::Delta;
use proptest::prelude::*;
use std::collections::HashSet;

const HOUR: i64 = 3_600_000_000_000;
const MINUTE: i64 = HOUR / 60;

fn block(id: u128, level: u8, start: i64, end: i64, bytes: u64) -> BlockMeta {
    BlockMeta {
        id: BlockId(id),
        tenant: Tenant::anonymous(),
        signal: Signal::Metrics,
        level,
        start: Nanos(start),
        end: Nanos(end),
        rows: bytes,
        bytes,
        covered: None,
    }
}

fn snapshot(add: Vec<BlockMeta>) -> Snapshot {
    Snapshot::default().with(&Delta { add, ..Delta::default() }, Nanos(0)).unwrap()
}

fn planned(snapshot: &Snapshot, policy: &CompactionPolicy, now: i64) -> Vec<MergeJob> {
    plan(snapshot, &Tenant::anonymous(), Signal::Metrics, policy, Nanos(now))
}

/// Jobs as `level:input,input`.
#[track_caller]
fn check(blocks: Vec<BlockMeta>, now: i64, expected: &[&str]) {
    let jobs = planned(&snapshot(blocks), &CompactionPolicy::default(), now);
    let shown: Vec<String> = jobs
        .iter()
        .map(|job| {
            let inputs: Vec<String> = job.inputs.iter().map(|block| block.id.0.to_string()).collect();
            format!("{}:{}", job.level, inputs.join(","))
        })
        .collect();
    assert_eq!(shown, expected);
}

fn flushes(ids: std::ops::Range<u128>, from: i64) -> Vec<BlockMeta> {
    let start = |n: u128| from + (n as i64 - ids.start as i64) * 5 * MINUTE;
    ids.clone().map(|n| block(n, 0, start(n), start(n) + 5 * MINUTE, 100)).collect()
}

#[test]
fn flushes_of_a_closed_window_become_one() {
    let blocks = [flushes(1..4, 0), flushes(4..6, 2 * HOUR)].concat();
    check(blocks.clone(), 2 * HOUR, &[]);
    check(blocks.clone(), 2 * HOUR + 11 * MINUTE, &["1:1,2,3"]);
    check(blocks, 4 * HOUR + 11 * MINUTE, &["1:1,2,3", "1:4,5"]);
    check(flushes(1..2, 0), 5 * HOUR, &[]);
}

#[test]
fn many_flushes_are_merged_while_their_window_is_open() {
    check(flushes(1..8, 0), HOUR, &[]);
    check(flushes(1..9, 0), HOUR, &["1:1,2,3,4,5,6,7,8"]);
    let merged = block(20, 1, 0, HOUR, 800);
    check([flushes(1..9, HOUR), vec![merged.clone()]].concat(), 119 * MINUTE, &["1:1,2,3,4,5,6,7,8"]);
    check([flushes(1..3, HOUR), vec![merged]].concat(), 3 * HOUR, &["1:20,1,2"]);
}

#[test]
fn a_closed_day_becomes_one_and_late_crumbs_wait() {
    let day: Vec<BlockMeta> =
        (0..12).map(|n| block(n as u128 + 1, 1, n * 2 * HOUR, (n + 1) * 2 * HOUR, 1000)).collect();
    check(day.clone(), 24 * HOUR, &[]);
    check(day, 25 * HOUR, &["2:1,2,3,4,5,6,7,8,9,10,11,12"]);
    let merged = block(99, 2, 0, 24 * HOUR, 12_000);
    check(vec![merged.clone(), block(1, 0, HOUR, 2 * HOUR, 100)], 30 * HOUR, &[]);
    check(vec![merged.clone(), block(1, 0, HOUR, 2 * HOUR, 3000)], 30 * HOUR, &["2:99,1"]);
    check([vec![merged], flushes(1..9, HOUR)].concat(), 30 * HOUR, &["2:99,1,2,3,4,5,6,7,8"]);
}

#[test]
fn the_output_depends_on_the_inputs_alone() {
    let policy = CompactionPolicy::default();
    let one = planned(&snapshot(flushes(1..4, 0)), &policy, 3 * HOUR);
    let again = planned(&snapshot(flushes(1..4, 0)), &policy, 9 * HOUR);
    let other = planned(&snapshot(flushes(1..3, 0)), &policy, 3 * HOUR);
    assert_eq!(one, again);
    assert_ne!(one[0].output, other[0].output);
    assert_eq!(one[0].range, (Nanos(0), Nanos(15 * MINUTE)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn plans_are_disjoint_bounded_and_come_to_rest(
        blocks in proptest::collection::vec((0i64..72 * 60, 1i64..300, 1u64..1000, 0u8..3), 0..60),
        max_inputs in 2usize..10,
        max_bytes in 500u64..5000,
    ) {
        let policy = CompactionPolicy { max_inputs, max_bytes, ..CompactionPolicy::default() };
        let add: Vec<BlockMeta> = blocks
            .iter()
            .enumerate()
            .map(|(n, &(start, len, bytes, level))| block(n as u128, level, start * MINUTE, (start + len) * MINUTE, bytes))
            .collect();
        let rows: u64 = add.iter().map(|block| block.rows).sum();
        let mut now = snapshot(add);
        let mut rounds = 0;
        loop {
            let jobs = planned(&now, &policy, 100 * HOUR);
            if jobs.is_empty() {
                break;
            }
            let inputs: Vec<BlockId> = jobs.iter().flat_map(|job| job.inputs.iter().map(|block| block.id)).collect();
            prop_assert_eq!(inputs.iter().collect::<HashSet<_>>().len(), inputs.len());
            let mut delta = Delta { remove: inputs, ..Delta::default() };
            for job in jobs {
                let bytes: u64 = job.inputs.iter().map(|block| block.bytes).sum();
                prop_assert!((2..=max_inputs).contains(&job.inputs.len()) && bytes <= max_bytes);
                prop_assert!(job.inputs.iter().all(|b| b.start >= job.range.0 && b.end <= job.range.1));
                delta.add.push(block(job.output.0, job.level, job.range.0.0, job.range.1.0, bytes));
            }
            now = now.with(&delta, Nanos(0)).unwrap();
            rounds += 1;
            prop_assert!(rounds < 20, "planning does not come to rest");
        }
        prop_assert_eq!(now.all_blocks().map(|block| block.rows).sum::<u64>(), rows);
    }
}
