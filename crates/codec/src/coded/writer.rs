//! The columns of a page, one after the other, each by the cheapest of few ways.
//!
//! Ways are: as `floats` has it; tokens of the differences that `floats` would take, around zero or around their median; the
//! same of what the column has more than the one before. Each way is priced with every table of the page and with one of
//! its own, by its counts of tokens alone. Invariant: the same columns give the same bytes.

use super::table::{Counts, MAX_TOKENS, Table};
use super::token::{ID_LIMIT, LEAST_MANTISSA, MOST_MANTISSA, span, token};
use super::{CENTRE, CODED, EXCEPTIONS, FACTOR, MAX_CHAIN, MAX_TABLES, ORDERED, REFERS, rans};
use crate::bits::BitWriter;
use crate::decimal;
use crate::floats::{encode_floats, put_exceptions, to_ordered};
use crate::ints::{Differences, with_differences};
use crate::varint::{put_i64, put_len_bytes, put_u64};

/// Shorter columns stay as `floats` has them: their heads weigh more than what is saved.
const LEAST_VALUES: usize = 64;
/// Bytes of a column's head and states, beside what is priced.
const HEAD_BITS: f64 = 8.0 * 13.0;
/// Values that a median is taken of.
const MEDIAN_OF: usize = 65;

/// Writes the columns of one page.
#[derive(Debug, Default)]
pub struct PageCoder {
    tables: Vec<Table>,
    /// The integers of the column before, when it was coded: what the next may refer to.
    before: Option<Before>,
    plain: Vec<u8>,
    symbols: Vec<u8>,
}

#[derive(Debug)]
struct Before {
    form: u8,
    integers: Vec<i64>,
    /// How many columns in a row each referred to the one before.
    chain: usize,
}

/// A column as integers.
struct Integers {
    form: u8,
    integers: Vec<i64>,
    exceptions: Vec<(usize, u64)>,
}

/// One way to write a column.
struct Way {
    bits: f64,
    centre: i64,
    /// A table of the page, or a new one.
    table: Result<usize, Table>,
}

impl PageCoder {
    /// Appends a column. `aligned`: its values are of the same moments as those of the column before.
    pub fn push(&mut self, out: &mut Vec<u8>, values: &[f64], aligned: bool) {
        let before = self.before.take();
        self.plain.clear();
        encode_floats(&mut self.plain, values);
        if values.len() < LEAST_VALUES || crate::floats::constant(&self.plain).is_some() {
            out.extend_from_slice(&self.plain);
            return;
        }
        let column = Integers::of(values);
        let most = self.plain.len() as f64 * 8.0 - column.exceptions.len() as f64 * 80.0;
        let alone = with_differences(&column.integers, |differences| self.cheapest(differences, most));
        let refers =
            before.filter(|before| aligned && before.may_be_referred_to(&column)).and_then(|before| {
                let more: Vec<i64> =
                    column.integers.iter().zip(&before.integers).map(|(a, b)| a.wrapping_sub(*b)).collect();
                let most = alone.as_ref().map_or(most, |way| way.bits);
                let way = with_differences(&more, |differences| self.cheapest(differences, most))?;
                Some((way, more, before.chain + 1))
            });
        let chain = match (refers, alone) {
            (Some((way, more, chain)), _) => {
                self.write(out, &column, &more, way, REFERS);
                chain
            }
            (None, Some(way)) => {
                self.write(out, &column, &column.integers, way, 0);
                0
            }
            (None, None) => return out.extend_from_slice(&self.plain),
        };
        self.before = Some(Before { form: column.form & !EXCEPTIONS, integers: column.integers, chain });
    }

    /// Appends the tables; nothing when no column needed one.
    pub fn finish(self, out: &mut Vec<u8>) {
        if self.tables.is_empty() {
            return;
        }
        put_u64(out, self.tables.len() as u64);
        for table in &self.tables {
            let mut bytes = Vec::new();
            table.put(&mut bytes);
            put_len_bytes(out, &bytes);
        }
    }

    /// The cheapest way that takes less than `most` bits.
    fn cheapest(&self, differences: &Differences<'_>, most: f64) -> Option<Way> {
        let mut best: Option<Way> = None;
        let median = median(differences.residuals);
        let centres = [0, median];
        for centre in &centres[..1 + usize::from(median != 0)] {
            let fine = counts(differences.residuals, *centre);
            let coarse = coarser(&fine);
            let head = HEAD_BITS + if *centre == 0 { 0.0 } else { 16.0 };
            for (mantissa, counts) in [(LEAST_MANTISSA, &coarse), (MOST_MANTISSA, &fine)] {
                let mut take = |bits: f64, table: &dyn Fn() -> Result<usize, Table>| {
                    if bits < best.as_ref().map_or(most, |best| best.bits) {
                        best = Some(Way { bits, centre: *centre, table: table() });
                    }
                };
                for (at, table) in self.tables.iter().enumerate().filter(|(_, t)| t.mantissa == mantissa) {
                    take(head + table.cost(counts), &|| Ok(at));
                }
                if self.tables.len() < MAX_TABLES
                    && counts.tokens.len() <= MAX_TOKENS / 2
                    && let Some(own) = Table::of(counts, mantissa)
                {
                    take(head + own.cost(counts) + own.stored_bits(), &|| Err(own.clone()));
                }
            }
        }
        best
    }

    fn write(&mut self, out: &mut Vec<u8>, column: &Integers, integers: &[i64], way: Way, refers: u8) {
        let at = match way.table {
            Ok(at) => at,
            Err(own) => {
                self.tables.push(own);
                self.tables.len() - 1
            }
        };
        let (table, symbols) = (&self.tables[at], &mut self.symbols);
        with_differences(integers, |differences| {
            let Differences { first, factor, order, first_step, residuals } = *differences;
            let factor_flag = if factor > 1 { FACTOR } else { 0 };
            let centre_flag = if way.centre != 0 { CENTRE } else { 0 };
            out.extend([CODED, column.form, order | factor_flag | centre_flag | refers]);
            put_u64(out, at as u64);
            put_i64(out, first);
            if factor > 1 {
                put_u64(out, factor as u64);
            }
            if order == 2 {
                put_i64(out, first_step);
            }
            if way.centre != 0 {
                put_i64(out, way.centre);
            }
            if column.form & EXCEPTIONS != 0 {
                put_exceptions(out, &column.exceptions);
            }
            symbols.clear();
            let mut bits = BitWriter::new(out);
            for residual in residuals {
                let value = residual.wrapping_sub(way.centre);
                let token = token(value, table.mantissa);
                let symbol = table.symbol(token.id);
                symbols.push(symbol);
                match symbol {
                    0 => bits.put(value as u64, super::ESCAPE_WIDTH),
                    _ => bits.put(token.raw, token.width),
                }
            }
            bits.finish();
            rans::encode(out, symbols, table);
        });
    }
}

impl Before {
    fn may_be_referred_to(&self, column: &Integers) -> bool {
        self.chain < MAX_CHAIN
            && self.form == column.form & !EXCEPTIONS
            && self.integers.len() == column.integers.len()
    }
}

impl Integers {
    fn of(values: &[f64]) -> Integers {
        match decimal::decimals(values) {
            Some(decimals) => {
                let flag = if decimals.exceptions.is_empty() { 0 } else { EXCEPTIONS };
                let form = decimals.exponent | flag;
                Integers { form, integers: decimals.integers, exceptions: decimals.exceptions }
            }
            None => Integers {
                form: ORDERED,
                integers: values.iter().map(|value| to_ordered(value.to_bits())).collect(),
                exceptions: Vec::new(),
            },
        }
    }
}

/// A value in the middle, of few.
fn median(values: &[i64]) -> i64 {
    let every = values.len().div_ceil(MEDIAN_OF).max(1);
    let mut some: Vec<i64> = values.iter().step_by(every).copied().collect();
    some.sort_unstable();
    some.get(some.len() / 2).copied().unwrap_or(0)
}

fn counts(values: &[i64], centre: i64) -> Counts {
    let mut occur = [0u32; 2 * ID_LIMIT as usize];
    let mut raw_bits = 0;
    for value in values {
        let token = token(value.wrapping_sub(centre), MOST_MANTISSA);
        occur[(token.id + ID_LIMIT) as usize] += 1;
        raw_bits += u64::from(token.width);
    }
    let tokens = (1 - ID_LIMIT..ID_LIMIT).map(|id| (id, occur[(id + ID_LIMIT) as usize]));
    Counts { tokens: tokens.filter(|(_, count)| *count > 0).collect(), raw_bits }
}

/// The counts that tokens of fewer bits would have.
fn coarser(fine: &Counts) -> Counts {
    let mut coarse = Counts::default();
    for (id, count) in &fine.tokens {
        let (base, _) = span(*id, MOST_MANTISSA);
        let token = token(base, LEAST_MANTISSA);
        coarse.raw_bits += u64::from(token.width) * u64::from(*count);
        match coarse.tokens.last_mut() {
            Some((last, all)) if *last == token.id => *all += count,
            _ => coarse.tokens.push((token.id, *count)),
        }
    }
    coarse
}
