//! Every target: its seeds, and the first mutants of them.

use fuzz::{Mutator, targets};
use stdx::Rng;

/// A second or two for all targets in a debug build.
const MUTANTS: u64 = 2_000;

#[test]
fn no_reader_panics_on_broken_input() {
    for target in targets() {
        let seeds = (target.seeds)();
        seeds.iter().for_each(|seed| (target.run)(seed));
        let mut mutants = Mutator::new(Rng::seeded(7), seeds);
        for at in 0..MUTANTS {
            let bytes = mutants.mutant();
            let named = Named(target.name, at, &bytes);
            (target.run)(&bytes);
            std::mem::forget(named);
        }
    }
}

/// Says which mutant it was, should the target panic.
struct Named<'a>(&'static str, u64, &'a [u8]);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        eprintln!("target {}, mutant {}: {}", self.0, self.1, self.2.escape_ascii());
    }
}
