//! Columns of floats in an entropy code: what merged blocks hold of samples, without the checksums before it.
//!
//! `coded_page` reads a hostile page, `coded_values` writes any values and wants each bit back.
//! ```text
//! coded_page    values a column: 2 bytes | length of the tables: 2 bytes | tables | columns, each behind its length in 2 bytes
//! coded_values  values a column: 1 byte | values of 8 bytes each
//! ```

use crate::Target;
use codec::coded::{PageCoder, PageTables, Scratch, decode, is_coded, refers, to_floats};
use codec::floats::decode_floats;
use codec::{CodecError, Reader};

pub(crate) const TARGETS: &[Target] = &[
    Target { name: "coded_page", seeds: pages, run: |bytes| drop(read_page(bytes)) },
    Target { name: "coded_values", seeds: values, run: write_and_read },
];

/// Values of a column in seeds: two states of the coder, and more than the shortest column that is coded.
const SEED_VALUES: usize = 900;
/// Columns of a written page, more than may refer to each other in a row.
const MAX_COLUMNS: usize = 24;

/// Buckets that grow together, a gauge in steps, and true floats.
fn seed_columns() -> Vec<Vec<f64>> {
    let noise = |at: usize, seed: usize| (at * 7919 + seed * 104_729) % 97;
    let bucket = |seed: usize| {
        let mut sum = 0;
        (0..SEED_VALUES).map(move |at| {
            sum += (0..=seed).map(|part| noise(at, part) / 20).sum::<usize>();
            sum as f64
        })
    };
    let mut all: Vec<Vec<f64>> = (0..6).map(|seed| bucket(seed).collect()).collect();
    all.push((0..SEED_VALUES).map(|at| 20.0 + noise(at, 1) as f64 / 100.0).collect());
    all.push((0..SEED_VALUES).map(|at| (noise(at, 2) as f64).sqrt()).collect());
    all.push((0..SEED_VALUES).map(|at| if at % 50 == 7 { f64::NAN } else { noise(at, 3) as f64 }).collect());
    all
}

fn write_page(columns: &[Vec<f64>]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (mut coder, mut tables) = (PageCoder::default(), Vec::new());
    let write = |values: &Vec<f64>| {
        let mut column = Vec::new();
        coder.push(&mut column, values, true);
        column
    };
    let bodies = columns.iter().map(write).collect();
    coder.finish(&mut tables);
    (tables, bodies)
}

fn pages() -> Vec<Vec<u8>> {
    let page = |columns: &[Vec<f64>]| {
        let (tables, bodies) = write_page(columns);
        let length = |bytes: &[u8]| (bytes.len() as u16).to_le_bytes();
        let mut out = (columns[0].len() as u16).to_le_bytes().to_vec();
        for piece in std::iter::once(&tables).chain(&bodies) {
            out.extend_from_slice(&length(piece));
            out.extend_from_slice(piece);
        }
        out
    };
    let all = seed_columns();
    let short: Vec<Vec<f64>> = all.iter().map(|column| column[..80].to_vec()).collect();
    vec![page(&all), page(&short), page(&all[..2])]
}

fn values() -> Vec<Vec<u8>> {
    let bytes = |column: &Vec<f64>| {
        let values = column.iter().take(400).flat_map(|value| value.to_bits().to_le_bytes());
        std::iter::once(99).chain(values).collect()
    };
    seed_columns().iter().map(bytes).collect()
}

/// Reads columns as a query does: each with the integers of the one before, when it asks for them.
fn read_columns<'a>(
    count: usize,
    tables: &[u8],
    columns: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<Vec<f64>>, CodecError> {
    let tables = PageTables::parse(tables)?;
    let (mut before, mut integers, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
    let mut out = Vec::new();
    for column in columns {
        let mut floats = Vec::new();
        if is_coded(column) {
            std::mem::swap(&mut before, &mut integers);
            let before = refers(column).then_some(&before[..]);
            decode(column, count, &tables, before, &mut scratch, &mut integers)?;
            to_floats(column, &integers, &mut floats)?;
        } else {
            decode_floats(&mut Reader::new(column), count, &mut Vec::new(), &mut floats)?;
        }
        out.push(floats);
    }
    Ok(out)
}

fn read_page(bytes: &[u8]) -> Option<Vec<Vec<f64>>> {
    let (count, mut rest) = bytes.split_first_chunk::<2>()?;
    let mut pieces = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(behind.len());
        let (piece, behind) = behind.split_at(length);
        pieces.push(piece);
        rest = behind;
    }
    let (tables, columns) = pieces.split_first()?;
    read_columns(usize::from(u16::from_le_bytes(*count)), tables, columns.iter().copied()).ok()
}

fn write_and_read(bytes: &[u8]) {
    let Some((count, values)) = bytes.split_first() else { return };
    let (values, _) = values.as_chunks::<8>();
    let values: Vec<f64> = values.iter().map(|bits| f64::from_bits(u64::from_le_bytes(*bits))).collect();
    let count = usize::from(*count).max(1);
    let columns: Vec<Vec<f64>> = values.chunks_exact(count).take(MAX_COLUMNS).map(<[f64]>::to_vec).collect();
    let (tables, bodies) = write_page(&columns);
    let back = read_columns(count, &tables, bodies.iter().map(Vec::as_slice));
    let back = back.expect("what was written can be read");
    let bits = |all: &[Vec<f64>]| all.iter().flatten().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&back), bits(&columns), "every bit comes back");
}
