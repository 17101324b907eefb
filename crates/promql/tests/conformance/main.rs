//! Runs the recorded scripts of the language, where they exist beside the checkout (`../shared/conformance/promql`).
//!
//! `tests/conformance/ratchet.txt` holds how many evals of each file pass; the numbers may only grow.

mod script;
#[path = "../fakes/source.rs"]
mod source;

use script::memory::Memory;
use script::run::{Outcome, run_file};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of `PROMQL_CASES`, or the one beside the checkout.
#[expect(clippy::disallowed_methods, reason = "a test is configured by its environment")]
fn scripts() -> Option<PathBuf> {
    if let Ok(folder) = std::env::var("PROMQL_CASES") {
        return Some(PathBuf::from(folder));
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/promql");
    beside.is_dir().then_some(beside)
}

fn ratchet() -> BTreeMap<String, usize> {
    include_str!("ratchet.txt")
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(file, passed)| (file.to_owned(), passed.trim().parse().expect("a number of evals")))
        .collect()
}

fn run_all(folder: &Path) -> BTreeMap<String, Outcome> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of scripts can be read")
        .map(|entry| entry.expect("its entries too").path())
        .filter(|path| path.extension().is_some_and(|e| e == "test"))
        .collect();
    files.sort();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    files
        .iter()
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).expect("a script can be read");
            (name, runtime.block_on(run_file(&text, &mut Memory::default())))
        })
        .collect()
}

#[test]
fn scripts_pass_as_often_as_before() {
    let Some(folder) = scripts() else {
        println!("skipped: there are no scripts in ../shared/conformance/promql beside the checkout");
        return;
    };
    let floor = ratchet();
    let mut fell = Vec::new();
    let (mut all_passed, mut all_cases) = (0, 0);
    for (file, outcome) in run_all(&folder) {
        let (passed, cases) = (outcome.passed, outcome.passed + outcome.failures.len());
        (all_passed, all_cases) = (all_passed + passed, all_cases + cases);
        println!("{file} {passed} of {cases}");
        outcome.failures.iter().take(400).for_each(|failure| println!("    {failure}"));
        if passed < floor.get(&file).copied().unwrap_or(0) {
            fell.push(format!("{file}: {passed}"));
        }
    }
    println!("{all_passed} passed, {} failed", all_cases - all_passed);
    assert!(fell.is_empty(), "fewer evals pass than tests/conformance/ratchet.txt says: {fell:?}");
}
