//! Bytes a value by kind of column, each alone and coded as a page of twenty, beside what a perfect coder of the same differences would take: where the waste is.
//!
//! `cargo run -p codec --example sizes`. Columns have 1920 values (eight hours at 15 s), as after compaction; the numbers
//! do not depend on the machine. `bound` is the entropy of the best of the three orders of differences, value by value; where
//! nearly every difference is another one it says too little, and of columns that are no decimals it says nothing.

use codec::coded::PageCoder;
use codec::floats::encode_floats;
use std::collections::BTreeMap;

const VALUES: usize = 1920;
const COLUMNS: usize = 20;

/// A generator good enough for shapes (SplitMix64).
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit().max(1e-300), self.unit());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        let (limit, mut count, mut product) = ((-mean).exp(), 0.0, self.unit());
        while product > limit {
            count += 1.0;
            product *= self.unit();
        }
        count
    }
}

/// A column whose next value is made of the one before.
fn column(random: &mut Random, first: f64, next: impl Fn(&mut Random, f64) -> f64) -> Vec<f64> {
    let mut at = first;
    let mut values = Vec::with_capacity(VALUES);
    for _ in 0..VALUES {
        at = next(random, at);
        values.push(at);
    }
    values
}

type Kind = (&'static str, fn(&mut Random) -> Vec<f64>);

const KINDS: [Kind; 11] = [
    ("constant", |r| vec![r.unit(); VALUES]),
    ("counter, steady", |r| column(r, 1e6, |_, at| at + 15.0)),
    ("counter, 0.05 a scrape", |r| column(r, 1e4, |r, at| at + r.poisson(0.05))),
    ("counter, 1 a scrape", |r| column(r, 1e4, |r, at| at + r.poisson(1.0))),
    ("counter, 30 a scrape", |r| column(r, 1e6, |r, at| at + r.poisson(30.0))),
    ("bytes counter", |r| column(r, 1e9, |r, at| at + (10.0 + r.normal()).exp().floor())),
    ("cpu seconds, 2 digits", |r| {
        column(r, 5e4, |r, at| ((at + 0.3 + 0.1 * r.normal().abs()) * 100.0).round() / 100.0)
    }),
    ("memory, pages of 4096", |r| column(r, 4096.0 * 5e4, |r, at| at + 4096.0 * (3.0 * r.normal()).round())),
    ("gauge, whole", |r| column(r, 500.0, |r, at| (at + 3.0 * r.normal()).round())),
    ("gauge, 1 digit", |r| column(r, 40.0, |r, at| ((at + 0.5 * r.normal()) * 10.0).round() / 10.0)),
    ("gauge, all digits", |r| column(r, 40.0, |r, at| at + r.normal())),
];

/// Bytes a value of a perfect coder that knows how often each difference occurs.
fn bound(values: &[f64]) -> Option<f64> {
    if values.iter().all(|value| value.to_bits() == values[0].to_bits()) {
        return Some(0.0);
    }
    let mut differences = codec::decimal::decimals(values)?.integers;
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
        differences.iter().for_each(|d| *counts.entry(*d).or_default() += 1);
        let all = differences.len() as f64;
        let bits: f64 = counts.values().map(|n| -f64::from(*n) * (f64::from(*n) / all).log2()).sum();
        least = least.min(bits / 8.0 / values.len() as f64);
        differences = differences.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    }
    Some(least)
}

fn main() {
    println!("{:26}{:>10}{:>10}{:>10}{:>10}", "column", "plain", "coded", "bound", "waste");
    for (name, make) in KINDS {
        let mut random = Random(1);
        let columns: Vec<Vec<f64>> = (0..COLUMNS).map(|_| make(&mut random)).collect();
        let (mut out, mut page, mut coder) = (Vec::new(), Vec::new(), PageCoder::default());
        columns.iter().for_each(|values| encode_floats(&mut out, values));
        columns.iter().for_each(|values| coder.push(&mut page, values, false));
        coder.finish(&mut page);
        let each = |bytes: &[u8]| bytes.len() as f64 / (COLUMNS * VALUES) as f64;
        let (plain, coded) = (each(&out), each(&page));
        let bounds: Option<Vec<f64>> = columns.iter().map(|values| bound(values)).collect();
        match bounds.map(|bounds| bounds.iter().sum::<f64>() / COLUMNS as f64) {
            Some(least) => {
                let waste = if coded > 0.0 { (coded - least) / coded * 100.0 } else { 0.0 };
                println!("{name:26}{plain:10.3}{coded:10.3}{least:10.3}{waste:9.0}%");
            }
            None => println!("{name:26}{plain:10.3}{coded:10.3}{:>10}{:>10}", "-", "-"),
        }
    }
}
