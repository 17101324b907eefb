//! Pages of columns come back bit for bit, whatever the values, and hostile pages do not panic.

use super::*;
use proptest::prelude::*;

/// Writes a page, reads each column alone with the columns it refers to, and answers `(bytes plain, bytes coded)`.
fn check(columns: &[Vec<f64>]) -> (usize, usize) {
    let (mut coder, mut bodies, mut ends, mut plain) =
        (PageCoder::default(), Vec::new(), vec![0], Vec::new());
    for values in columns {
        coder.push(&mut bodies, values, true);
        ends.push(bodies.len());
        crate::floats::encode_floats(&mut plain, values);
    }
    let mut tables = Vec::new();
    coder.finish(&mut tables);
    let parsed = PageTables::parse(&tables).unwrap();
    let column = |at: usize| &bodies[ends[at]..ends[at + 1]];
    let mut scratch = Scratch::default();
    for (at, values) in columns.iter().enumerate() {
        let mut back = Vec::new();
        if is_coded(column(at)) {
            let mut first = at;
            while refers(column(first)) {
                first -= 1;
            }
            assert!(at - first <= MAX_CHAIN);
            let (mut before, mut integers) = (Vec::new(), Vec::new());
            for at in first..=at {
                std::mem::swap(&mut before, &mut integers);
                decode(column(at), values.len(), &parsed, Some(&before), &mut scratch, &mut integers)
                    .unwrap();
            }
            to_floats(column(at), &integers, &mut back).unwrap();
        } else {
            let mut reader = Reader::new(column(at));
            crate::floats::decode_floats(&mut reader, values.len(), &mut Vec::new(), &mut back).unwrap();
        }
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(values));
    }
    (plain.len(), bodies.len() + tables.len())
}

/// A value that moves by noise of a size, in steps.
fn noisy() -> impl Strategy<Value = Vec<f64>> {
    let step = prop_oneof![Just(1.0), Just(0.01), Just(1024.0), Just(0.3)];
    let noise = proptest::collection::vec(-8i32..9, 64..180);
    (step, 0i64..100_000, -3i64..20, noise).prop_map(|(step, start, drift, noise)| {
        let mut at = start;
        noise
            .iter()
            .map(|n| {
                at += drift + i64::from(*n);
                at as f64 * step
            })
            .collect()
    })
}

/// Buckets of a histogram: each grows by what the one before grew by, and a little more.
fn buckets() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let parts = proptest::collection::vec(proptest::collection::vec(0u32..6, 12), 300..310);
    parts.prop_map(|rows| {
        let mut columns = vec![Vec::new(); 12];
        let mut sums = [0u32; 12];
        for row in rows {
            let mut all = 0;
            for (at, part) in row.iter().enumerate() {
                all += part;
                sums[at] += all;
                columns[at].push(f64::from(sums[at]));
            }
        }
        columns
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bits_come_back(columns in proptest::collection::vec(proptest::collection::vec(any::<u64>(), 60..140), 1..4)) {
        let columns: Vec<Vec<f64>> = columns.into_iter().map(|c| c.into_iter().map(f64::from_bits).collect()).collect();
        check(&columns);
    }

    #[test]
    fn noise_comes_back(columns in proptest::collection::vec(noisy(), 1..6)) {
        check(&columns);
    }

    #[test]
    fn odd_values_among_noise_come_back(mut columns in proptest::collection::vec(noisy(), 1..5), at in 0usize..64, odd in any::<u64>()) {
        columns.iter_mut().for_each(|column| column[at] = f64::from_bits(odd));
        check(&columns);
    }

    #[test]
    fn buckets_come_back_and_are_small(columns in buckets()) {
        let (plain, coded) = check(&columns);
        prop_assert!(coded * 4 < plain * 3, "{} of {}", coded, plain);
    }

    #[test]
    fn hostile_bytes_do_not_panic(
        column in proptest::collection::vec(any::<u8>(), 0..200), form in any::<u8>(), shape in any::<u8>(), count in 0usize..300,
        tables in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let _ = PageTables::parse(&tables);
        let tables = PageTables::parse(&good_tables()).unwrap();
        let column = [&[CODED, form, shape, 0], column.as_slice()].concat();
        let mut integers = Vec::new();
        let before = vec![1; count];
        let _ = decode(&column, count, &tables, Some(&before), &mut Scratch::default(), &mut integers);
        let _ = to_floats(&column, &integers, &mut Vec::new());
    }

    #[test]
    fn broken_columns_do_not_panic(column in noisy(), at in any::<prop::sample::Index>(), to in any::<u8>(), cut in 0usize..40) {
        let (mut coder, mut body, mut tables) = (PageCoder::default(), Vec::new(), Vec::new());
        coder.push(&mut body, &column, false);
        coder.finish(&mut tables);
        let at = at.index(body.len());
        body[at] = to;
        body.truncate(body.len().saturating_sub(cut));
        let tables = PageTables::parse(&tables).unwrap();
        let _ = decode(&body, column.len(), &tables, None, &mut Scratch::default(), &mut Vec::new());
    }
}

fn good_tables() -> Vec<u8> {
    let (mut coder, mut out) = (PageCoder::default(), Vec::new());
    let mut noise = noise();
    let column: Vec<f64> = (0..800).map(|_| (noise() >> 7) as f64).collect();
    coder.push(&mut Vec::new(), &column, false);
    coder.finish(&mut out);
    assert!(!out.is_empty());
    out
}

/// Sums of six bytes: a bell.
fn noise() -> impl FnMut() -> u64 {
    let mut random = 1u64;
    move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (0..6).map(|part| (random >> (10 * part + 4)) & 0xff).sum()
    }
}

#[test]
fn columns_that_are_alike_share_a_table() {
    let mut noise = noise();
    let mut column = || {
        let mut at = 0;
        (0..480)
            .map(|_| {
                at += noise();
                at as f64 / 100.0
            })
            .collect::<Vec<f64>>()
    };
    let columns: Vec<Vec<f64>> = (0..20).map(|_| column()).collect();
    let mut coder = PageCoder::default();
    columns.iter().for_each(|column| coder.push(&mut Vec::new(), column, false));
    let mut tables = Vec::new();
    coder.finish(&mut tables);
    assert!(tables.len() < 200, "{}", tables.len());
    let (plain, coded) = check(&columns);
    assert!(coded * 100 < plain * 94, "{coded} of {plain}");
}
