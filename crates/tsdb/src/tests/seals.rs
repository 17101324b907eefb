//! Long histories in the head: rows are sealed, seals are joined, and every sample stays, also after a start that reads the log.

use super::*;
use stdx::Rng;

const STEPS: i64 = 700;

#[test]
fn joined_seals_answer_what_was_written() {
    run(async {
        let (room, clock) = (room(), Clock::manual(STEPS * 15_000 * 1_000_000));
        let db = open(room.path(), &clock).await;
        let mut rng = Rng::seeded(5);
        let all: Vec<Labels> =
            (0..12).map(|i| labels(&[("__name__", "m"), ("job", "a"), ("i", &format!("{i:02}"))])).collect();
        let mut want: Vec<Vec<(i64, u64)>> = vec![Vec::new(); all.len()];
        let mut late: Vec<(usize, i64)> = Vec::new();
        for step in 0..STEPS {
            let at = step * 15_000;
            let mut samples: Vec<Vec<(i64, f64)>> = vec![Vec::new(); all.len()];
            for (series, samples) in samples.iter_mut().enumerate() {
                // Series 3 ends, series 4 begins late, others miss a sample now and then, some of which come later.
                let alive = (series != 3 || step < 300) && (series != 4 || step > 250);
                if alive && rng.below(40) > 0 {
                    samples.push((at, (step * step % 91) as f64 / 8.0 + series as f64));
                } else if alive {
                    late.push((series, at));
                }
            }
            // Seldom enough that eight seals of samples in order follow each other in between, which are joined.
            if step % 200 == 199 {
                late.drain(..).for_each(|(series, at)| samples[series].insert(0, (at, -1.5)));
            }
            samples.iter_mut().for_each(|samples| samples.sort_by_key(|sample| sample.0));
            let pairs: Vec<(&Labels, &[(i64, f64)])> =
                all.iter().zip(&samples).map(|(labels, samples)| (labels, samples.as_slice())).collect();
            append(&db, &pairs).await;
            for (want, samples) in want.iter_mut().zip(&samples) {
                want.extend(samples.iter().map(|(at, value)| (*at, value.to_bits())));
            }
        }
        want.iter_mut().for_each(|want| want.sort_unstable());
        check(&db, &want).await;
        drop(db);
        check(&*open(room.path(), &clock).await, &want).await;
    });
}

async fn check(db: &Tsdb, want: &[Vec<(i64, u64)>]) {
    for (start, end) in
        [(0, i64::MAX), (1_000_000, 1_500_000), (4_000_000, 4_015_000), (10_400_000, i64::MAX)]
    {
        let inside = |want: &Vec<(i64, u64)>| {
            want.iter().copied().filter(|(at, _)| (start..end).contains(at)).collect::<Vec<_>>()
        };
        let want: Vec<_> = want.iter().map(inside).filter(|want| !want.is_empty()).collect();
        let found = select(db, any_name(), start, end).await;
        let samples = |s: &Series| -> Vec<(i64, u64)> {
            s.timestamps.iter().copied().zip(s.values.iter().map(|v| v.to_bits())).collect()
        };
        let found: Vec<_> = found.iter().map(samples).collect();
        for (at, (found, want)) in found.iter().zip(&want).enumerate() {
            let odd = found.iter().zip(want).position(|(a, b)| a != b);
            assert_eq!(
                odd,
                None,
                "series {at}, {start} to {end}: {:?} {:?}",
                odd.map(|o| found[o]),
                odd.map(|o| want[o])
            );
            assert_eq!(found.len(), want.len(), "series {at}, {start} to {end}");
        }
        assert_eq!(found.len(), want.len());
    }
}
