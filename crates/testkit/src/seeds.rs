//! Runs a test with many seeds. `ORIEL_SEED=n` runs it with that one only.

use stdx::Rng;

/// Calls `test` with the seeds `0..count` and one fresh seed. When it panics, the seed to replay it with is printed.
pub fn seeds(count: u64, mut test: impl FnMut(Rng)) {
    let mut run = |seed: u64| {
        let named = Named(seed);
        test(Rng::seeded(seed));
        std::mem::forget(named);
    };
    if let Some(seed) = std::env::var_os("ORIEL_SEED").and_then(|seed| seed.to_str()?.parse().ok()) {
        return run(seed);
    }
    (0..count).for_each(&mut run);
    run(Rng::from_entropy().next_u64());
}

struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        eprintln!("the failing seed is {0}: replay it with ORIEL_SEED={0}", self.0);
    }
}
