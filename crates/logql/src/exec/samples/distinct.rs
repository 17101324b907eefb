//! `approx_count_distinct`: how many values a label has in each window.
//!
//! Windows begin and end at multiples of what step and interval have in common; the values of each such cell are a
//! [`Sketch`], and a window is the union of its cells. Unions go through two stacks, so that each cell is joined a few times
//! however many windows it is in. A few thousand values are counted exactly, more are estimated with a standard error of 0.8%.
//! Source of the estimate: <https://arxiv.org/abs/1702.01284> (without tables of corrections).

use super::Work;
use super::counted::divisor;
use crate::exec::Steps;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// 2^14 registers: 16 KiB a sketch.
const PRECISION: u32 = 14;
const REGISTERS: usize = 1 << PRECISION;
/// Up to so many values are kept as they are: about what the registers take.
const MOST_EXACT: usize = 2048;

/// Values, as their hashes.
#[derive(Debug, Clone)]
enum Sketch {
    Exact(FxHashSet<u64>),
    /// The most leading zeros, plus one, of the hashes of each register.
    Registers(Box<[u8]>),
}

impl Default for Sketch {
    fn default() -> Self {
        Sketch::Exact(FxHashSet::default())
    }
}

fn note(registers: &mut [u8], hash: u64) {
    let register = &mut registers[(hash >> (64 - PRECISION)) as usize];
    // A bit behind the hash bounds the run.
    let zeros = (hash << PRECISION | 1 << (PRECISION - 1)).leading_zeros() as u8;
    *register = (*register).max(zeros + 1);
}

impl Sketch {
    fn add(&mut self, hash: u64) {
        match self {
            Sketch::Registers(registers) => note(registers, hash),
            Sketch::Exact(hashes) => {
                hashes.insert(hash);
                if hashes.len() > MOST_EXACT {
                    let mut registers = vec![0; REGISTERS].into_boxed_slice();
                    hashes.iter().for_each(|hash| note(&mut registers, *hash));
                    *self = Sketch::Registers(registers);
                }
            }
        }
    }

    fn join(&mut self, other: &Sketch) {
        match (&mut *self, other) {
            (_, Sketch::Exact(hashes)) => hashes.iter().for_each(|hash| self.add(*hash)),
            (Sketch::Registers(own), Sketch::Registers(other)) => {
                own.iter_mut().zip(other).for_each(|(own, other)| *own = (*own).max(*other));
            }
            (Sketch::Exact(hashes), Sketch::Registers(other)) => {
                let mut registers = other.clone();
                hashes.iter().for_each(|hash| note(&mut registers, *hash));
                *self = Sketch::Registers(registers);
            }
        }
    }

    fn count(&self) -> f64 {
        match self {
            Sketch::Exact(hashes) => hashes.len() as f64,
            Sketch::Registers(registers) => estimate(registers).round(),
        }
    }

    /// Bytes of memory.
    fn bytes(&self) -> u64 {
        match self {
            Sketch::Exact(hashes) => hashes.capacity() as u64 * 9 + 64,
            Sketch::Registers(_) => REGISTERS as u64 + 64,
        }
    }
}

/// The improved raw estimator of the source, section 2.3.
fn estimate(registers: &[u8]) -> f64 {
    const MOST: usize = (64 - PRECISION + 1) as usize;
    let mut counts = [0u32; MOST + 1];
    registers.iter().for_each(|register| counts[usize::from(*register).min(MOST)] += 1);
    let m = REGISTERS as f64;
    let mut z = m * tau(1.0 - f64::from(counts[MOST]) / m);
    for count in counts[1..MOST].iter().rev() {
        z = 0.5 * (z + f64::from(*count));
    }
    z += m * sigma(f64::from(counts[0]) / m);
    m * m / (2.0 * std::f64::consts::LN_2 * z)
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

/// How time is divided: the window of step `s` is the cells after `s * step - window` up to `s * step`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    /// The end of cell 0.
    origin: i64,
    /// Nanoseconds.
    width: i64,
    /// Cells of a step, and of a window.
    step: i64,
    window: i64,
}

impl Grid {
    /// The cell of a time.
    pub(super) fn of(&self, at: i64) -> i64 {
        let from = at.saturating_sub(self.origin);
        from.div_euclid(self.width) + i64::from(from.rem_euclid(self.width) != 0)
    }
}

impl Work {
    pub(super) fn cells(&self) -> Grid {
        let (step, interval) = (self.steps.step, self.leaf.range.interval);
        let width = if self.steps.count == 1 { interval } else { divisor(step, interval) };
        let origin = self.steps.start.saturating_sub(self.leaf.range.offset);
        Grid { origin, width, step: step / width, window: interval / width }
    }
}

/// The values of one series, by cell.
#[derive(Debug, Default)]
pub(super) struct Cells(BTreeMap<i64, Sketch>);

impl Cells {
    /// Adds a value. Returns the bytes that this takes.
    pub(super) fn add(&mut self, cell: i64, hash: u64) -> u64 {
        let mut grown = 0;
        let sketch = self.0.entry(cell).or_insert_with(|| {
            grown = 64;
            Sketch::default()
        });
        let before = sketch.bytes();
        sketch.add(hash);
        grown + sketch.bytes().saturating_sub(before)
    }

    pub(super) fn join(&mut self, other: Cells) {
        for (cell, sketch) in other.0 {
            self.0.entry(cell).or_default().join(&sketch);
        }
    }

    /// The number of values in the window of each step; nothing where there is none.
    pub(super) fn slide(self, grid: &Grid, steps: Steps) -> Vec<Option<f64>> {
        let cells: Vec<(i64, Sketch)> = self.0.into_iter().collect();
        // Cells from `low` to before `turn` are in `front`, each joined with those behind it up to `turn`; those from `turn`
        // to before `high` are joined in `back`.
        let (mut low, mut turn, mut high) = (0, 0, 0);
        let (mut front, mut back): (Vec<Sketch>, Sketch) = (Vec::new(), Sketch::default());
        (0..steps.count as i64)
            .map(|step| {
                let end = step.saturating_mul(grid.step);
                while high < cells.len() && cells[high].0 <= end {
                    back.join(&cells[high].1);
                    high += 1;
                }
                while low < high && cells[low].0 <= end - grid.window {
                    if low == turn {
                        front.clear();
                        let mut joined = Sketch::default();
                        for (_, sketch) in cells[low..high].iter().rev() {
                            joined.join(sketch);
                            front.push(joined.clone());
                        }
                        (turn, back) = (high, Sketch::default());
                    }
                    front.pop();
                    low += 1;
                }
                (low < high).then(|| match front.last() {
                    Some(sketch) => {
                        let mut all = sketch.clone();
                        all.join(&back);
                        all.count()
                    }
                    None => back.count(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn estimates_are_near_the_truth() {
        let mut sketch = Sketch::default();
        let mut next = 0u64;
        for wanted in [1, 100, 2048, 2049, 10_000, 100_000, 1_000_000] {
            while next < wanted {
                sketch.add(xxh3_64(&next.to_le_bytes()));
                next += 1;
            }
            let (found, error) = (sketch.count(), if wanted <= 2048 { 0.0 } else { 0.03 });
            assert!((found / wanted as f64 - 1.0).abs() <= error, "{found} for {wanted}");
        }
    }

    #[test]
    fn unions_of_any_kinds_count_what_they_hold() {
        let of = |range: std::ops::Range<u64>| {
            let mut sketch = Sketch::default();
            range.for_each(|i| sketch.add(xxh3_64(&i.to_le_bytes())));
            sketch
        };
        for (a, b, wanted) in [
            (0..10, 5..20, 20.0),
            (0..3000, 0..5, 3000.0),
            (0..5, 0..3000, 3000.0),
            (0..3000, 2000..5000, 5000.0),
        ] {
            let mut both = of(a);
            both.join(&of(b));
            assert!((both.count() / wanted - 1.0).abs() < 0.03, "{} for {wanted}", both.count());
        }
    }

    proptest! {
        #[test]
        fn windows_count_as_looking_at_each_value_would(
            values in prop::collection::vec((-50i64..60, 0u64..12), 0..60),
            step in 1i64..8, window in 1i64..20, count in 1usize..12,
        ) {
            let grid = Grid { origin: 0, width: 1, step, window };
            let mut cells = Cells::default();
            for (at, value) in &values {
                cells.add(grid.of(*at), xxh3_64(&value.to_le_bytes()));
            }
            let steps = Steps { start: 0, step, count };
            let found = cells.slide(&grid, steps);
            for (i, found) in found.into_iter().enumerate() {
                let end = step * i as i64;
                let inside = values.iter().filter(|(at, _)| end - window < *at && *at <= end);
                let distinct: std::collections::HashSet<u64> = inside.map(|(_, value)| *value).collect();
                let wanted = if distinct.is_empty() { None } else { Some(distinct.len() as f64) };
                prop_assert_eq!(found, wanted, "step {}", i);
            }
        }
    }
}
