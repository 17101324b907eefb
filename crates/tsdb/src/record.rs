//! Log payloads of the head: what one append did to one shard, as a sequence of operations.
//!
//! On the write walk between `head/append.rs`, which writes operations while it applies them, and the log. Replay
//! (`head/replay.rs`) applies the same operations in the same order to an empty head and gets the same ids, rows and
//! seals. Format page: `docs/formats/metrics.md`.
//! ```text
//! record  version (3) | tenant | shard | head | operation ...
//! PAIR    1 | name ref (0: text follows) | value                  pairs and names get dense ids in order
//! SERIES  2 | group key (8 bytes) | count | pair id ...            series get dense ids in order
//! ROW     3 | group | time, from the row before | slots | changed bits | changed values
//! HIST    4 | series | time | histogram
//! EXEMPLAR 5 | series | time | value | labels          METADATA 6 | family | kind | help | unit
//! START   7 | series | time | start
//! ```
//! Ids count within one head, so a record names its head: another number than the record before begins new heads.
//! Invariant: a decoder never panics and never allocates more than the record is long, times a constant.

use crate::error::TsdbError;
use crate::histogram::{decode_histogram, encode_histogram};
use codec::varint::{unzigzag, zigzag};
use codec::{CodecError, Reader, put_i64, put_len_bytes, put_str, put_u64};
use model::{Exemplar, FloatHistogram, Labels, Metadata, MetricKind, Millis, Tenant};

/// The version of the layout above.
pub(crate) const VERSION: u8 = 3;
/// The oldest version that is read: it has no START.
const OLDEST: u8 = 2;
const PAIR: u8 = 1;
const SERIES: u8 = 2;
const ROW: u8 = 3;
const HISTOGRAM: u8 = 4;
const EXEMPLAR: u8 = 5;
const METADATA: u8 = 6;
const START: u8 = 7;

/// Slots follow each other without gaps.
const SLOTS_RUN: u8 = 0;
/// Slots are listed by their gaps.
const SLOTS_LISTED: u8 = 1;

/// A changed value of this and more is the zigzag difference of whole numbers itself, in the low 7 bits.
const INLINE: u8 = 0x80;
/// From here: XOR with the value before; 8 x trailing zero bytes + meaningful bytes - 1.
const XORED: u8 = 0x10;

/// Writes one record.
#[derive(Debug)]
pub(crate) struct RecordWriter {
    out: Vec<u8>,
    empty: usize,
    last_at: i64,
    values: Vec<u8>,
}

impl RecordWriter {
    pub(crate) fn new(tenant: &Tenant, shard: u8, head: u64) -> Self {
        let mut out = Vec::with_capacity(4096);
        out.push(VERSION);
        put_str(&mut out, tenant.as_str());
        out.push(shard);
        put_u64(&mut out, head);
        RecordWriter { empty: out.len(), out, last_at: 0, values: Vec::new() }
    }

    /// Whether no operation was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.out.len() == self.empty
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    /// A pair that got the next pair id. `known` is the id of its name when that had one before.
    pub(crate) fn pair(&mut self, known: Option<u32>, name: &str, value: &str) {
        self.out.push(PAIR);
        match known {
            Some(id) => put_u64(&mut self.out, u64::from(id) + 1),
            None => {
                put_u64(&mut self.out, 0);
                put_str(&mut self.out, name);
            }
        }
        put_str(&mut self.out, value);
    }

    /// A label set that got the next series id and the next slot of the group of `key`.
    pub(crate) fn series(&mut self, key: u64, pairs: impl ExactSizeIterator<Item = u32>) {
        self.out.push(SERIES);
        self.out.extend_from_slice(&key.to_le_bytes());
        put_u64(&mut self.out, pairs.len() as u64);
        pairs.for_each(|pair| put_u64(&mut self.out, u64::from(pair)));
    }

    /// Samples of one group at one time, by ascending slot: `(slot, bits before, bits)`.
    pub(crate) fn row(&mut self, group: u32, at: i64, cells: &[(u32, u64, u64)]) {
        let Some((first, ..)) = cells.first() else { return };
        self.out.push(ROW);
        put_u64(&mut self.out, u64::from(group));
        put_i64(&mut self.out, at.wrapping_sub(self.last_at));
        self.last_at = at;
        put_u64(&mut self.out, cells.len() as u64);
        let run = cells.windows(2).all(|w| w[1].0 == w[0].0 + 1);
        self.out.push(if run { SLOTS_RUN } else { SLOTS_LISTED });
        put_u64(&mut self.out, u64::from(*first));
        if !run {
            cells.windows(2).for_each(|w| put_u64(&mut self.out, u64::from(w[1].0 - w[0].0)));
        }
        let bitmap = self.out.len();
        self.out.resize(bitmap + cells.len().div_ceil(8), 0);
        self.values.clear();
        for (at, (_, before, bits)) in cells.iter().enumerate() {
            if before != bits {
                self.out[bitmap + at / 8] |= 1 << (at % 8);
                put_changed(&mut self.values, *before, *bits);
            }
        }
        self.out.extend_from_slice(&self.values);
    }

    pub(crate) fn histogram(&mut self, series: u32, at: i64, histogram: &FloatHistogram) {
        self.out.push(HISTOGRAM);
        put_u64(&mut self.out, u64::from(series));
        put_i64(&mut self.out, at);
        let mut body = Vec::new();
        encode_histogram(&mut body, histogram);
        put_len_bytes(&mut self.out, &body);
    }

    /// The start of the sample at `at`, which differs from what its series' runs say of that time.
    pub(crate) fn start(&mut self, series: u32, at: i64, start: i64) {
        self.out.push(START);
        put_u64(&mut self.out, u64::from(series));
        put_i64(&mut self.out, at);
        put_i64(&mut self.out, start);
    }

    pub(crate) fn exemplar(&mut self, series: u32, exemplar: &Exemplar) {
        self.out.push(EXEMPLAR);
        put_u64(&mut self.out, u64::from(series));
        put_exemplar(&mut self.out, exemplar);
    }

    pub(crate) fn metadata(&mut self, metadata: &Metadata) {
        self.out.push(METADATA);
        put_metadata(&mut self.out, metadata);
    }
}

/// Appends how `bits` differ from `before`; they do differ.
fn put_changed(out: &mut Vec<u8>, before: u64, bits: u64) {
    if let (Some(from), Some(to)) = (whole(before), whole(bits)) {
        let difference = zigzag(to - from);
        if difference < u64::from(INLINE) {
            out.push(INLINE | difference as u8);
            return;
        }
        let bytes = 8 - difference.leading_zeros() as usize / 8;
        out.push(bytes as u8);
        out.extend_from_slice(&difference.to_le_bytes()[..bytes]);
        return;
    }
    let xor = before ^ bits;
    let trailing = xor.trailing_zeros() as usize / 8;
    let bytes = 8 - xor.leading_zeros() as usize / 8 - trailing;
    out.push(XORED + (trailing * 8 + bytes - 1) as u8);
    out.extend_from_slice(&(xor >> (trailing * 8)).to_le_bytes()[..bytes]);
}

/// The value as a whole number below 2^53, when that computes back to the same bits.
fn whole(bits: u64) -> Option<i64> {
    let value = f64::from_bits(bits);
    let whole = value as i64;
    ((whole as f64).to_bits() == bits && whole.unsigned_abs() < 1 << 53).then_some(whole)
}

fn read_changed(reader: &mut Reader<'_>, before: u64) -> Result<u64, CodecError> {
    let control = reader.u8()?;
    let mut word = [0u8; 8];
    if (XORED..INLINE).contains(&control) {
        let (trailing, bytes) = ((control - XORED) as usize / 8, (control - XORED) as usize % 8 + 1);
        if trailing + bytes > 8 {
            return Err(reader.invalid("an XOR of more than eight bytes"));
        }
        word[trailing..trailing + bytes].copy_from_slice(reader.take(bytes)?);
        return Ok(before ^ u64::from_le_bytes(word));
    }
    let difference = if control >= INLINE {
        u64::from(control & !INLINE)
    } else {
        let bytes = usize::from(control);
        if bytes == 0 || bytes > 8 {
            return Err(reader.invalid("an unknown changed value"));
        }
        word[..bytes].copy_from_slice(reader.take(bytes)?);
        u64::from_le_bytes(word)
    };
    let from = whole(before).ok_or_else(|| reader.invalid("a difference from what is no whole number"))?;
    Ok((from.wrapping_add(unzigzag(difference)) as f64).to_bits())
}

/// Appends an exemplar: time, value, labels.
pub(crate) fn put_exemplar(out: &mut Vec<u8>, exemplar: &Exemplar) {
    put_i64(out, exemplar.at.0);
    out.extend_from_slice(&exemplar.value.to_bits().to_le_bytes());
    put_u64(out, exemplar.labels.len() as u64);
    for (name, value) in exemplar.labels.iter() {
        put_str(out, name);
        put_str(out, value);
    }
}

/// Reads what [`put_exemplar`] wrote.
pub(crate) fn read_exemplar(reader: &mut Reader<'_>) -> Result<Exemplar, CodecError> {
    let at = Millis(reader.i64()?);
    let value = reader.f64()?;
    let mut pairs = Vec::new();
    for _ in 0..reader.count()? {
        pairs.push((reader.str()?, reader.str()?));
    }
    Ok(Exemplar { labels: Labels::from_pairs(pairs), value, at })
}

const KINDS: [MetricKind; 8] = [
    MetricKind::Unknown,
    MetricKind::Counter,
    MetricKind::Gauge,
    MetricKind::Histogram,
    MetricKind::GaugeHistogram,
    MetricKind::Summary,
    MetricKind::Info,
    MetricKind::StateSet,
];

/// Appends metadata: family, kind (0 to 7), help, unit.
pub(crate) fn put_metadata(out: &mut Vec<u8>, metadata: &Metadata) {
    put_str(out, &metadata.family);
    out.push(KINDS.iter().position(|kind| *kind == metadata.kind).unwrap_or(0) as u8);
    put_str(out, &metadata.help);
    put_str(out, &metadata.unit);
}

/// Reads what [`put_metadata`] wrote.
pub(crate) fn read_metadata(reader: &mut Reader<'_>) -> Result<Metadata, CodecError> {
    let family = reader.str()?.to_owned();
    let kind = reader.u8()?;
    let kind = *KINDS.get(usize::from(kind)).ok_or_else(|| reader.invalid("an unknown kind of metric"))?;
    Ok(Metadata { family, kind, help: reader.str()?.to_owned(), unit: reader.str()?.to_owned() })
}

/// One operation of a record.
#[derive(Debug)]
pub(crate) enum Op<'a> {
    Pair { name: NameRef<'a>, value: &'a str },
    Series { key: u64, pairs: Vec<u32> },
    Row(Row<'a>),
    Histogram { series: u32, at: i64, histogram: FloatHistogram },
    Exemplar { series: u32, exemplar: Exemplar },
    Metadata(Metadata),
    Start { series: u32, at: i64, start: i64 },
}

/// The name of a pair.
#[derive(Debug)]
pub(crate) enum NameRef<'a> {
    Known(u32),
    Text(&'a str),
}

/// A row whose values are still relative to the ones before.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) group: u32,
    pub(crate) at: i64,
    pub(crate) slots: Vec<u32>,
    changed: &'a [u8],
    values: Reader<'a>,
}

impl Row<'_> {
    /// Walks over the values without knowing the ones before.
    fn skip(&mut self) -> Result<(), CodecError> {
        let changed: u32 = self.changed.iter().map(|byte| byte.count_ones()).sum();
        for _ in 0..changed {
            let control = self.values.u8()?;
            match control {
                INLINE.. => {}
                XORED.. => drop(self.values.take((control - XORED) as usize % 8 + 1)?),
                bytes => drop(self.values.take(usize::from(bytes))?),
            }
        }
        Ok(())
    }

    /// Slot, bits before and bits of all cells; `before` answers what a slot held.
    pub(crate) fn bits(&mut self, before: impl Fn(u32) -> u64) -> Result<Vec<(u32, u64, u64)>, CodecError> {
        let mut cells = Vec::with_capacity(self.slots.len());
        for (at, slot) in self.slots.iter().enumerate() {
            let before = before(*slot);
            let mut bits = before;
            if self.changed[at / 8] >> (at % 8) & 1 == 1 {
                bits = read_changed(&mut self.values, before)?;
            }
            cells.push((*slot, before, bits));
        }
        Ok(cells)
    }
}

/// Reads one record.
#[derive(Debug)]
pub(crate) struct RecordReader<'a> {
    pub(crate) tenant: Tenant,
    pub(crate) shard: u8,
    pub(crate) head: u64,
    reader: Reader<'a>,
    last_at: i64,
}

impl<'a> RecordReader<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, TsdbError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if !(OLDEST..=VERSION).contains(&version) {
            return Err(TsdbError::Corrupt(format!("a record of version {version}, expected {VERSION}")));
        }
        let tenant = Tenant::parse(reader.str()?).map_err(|e| TsdbError::Corrupt(e.to_string()))?;
        let (shard, head) = (reader.u8()?, reader.u64()?);
        Ok(RecordReader { tenant, shard, head, reader, last_at: 0 })
    }

    /// The next operation. A row must be resolved with [`Row::bits`] and handed back to [`RecordReader::after`].
    pub(crate) fn next(&mut self) -> Result<Option<Op<'a>>, CodecError> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let reader = &mut self.reader;
        Ok(Some(match reader.u8()? {
            PAIR => {
                let name = match reader.u32()? {
                    0 => NameRef::Text(reader.str()?),
                    known => NameRef::Known(known - 1),
                };
                Op::Pair { name, value: reader.str()? }
            }
            SERIES => {
                let key = reader.fixed_u64()?;
                let count = reader.count()?;
                let pairs = (0..count).map(|_| reader.u32()).collect::<Result<_, _>>()?;
                Op::Series { key, pairs }
            }
            ROW => self.row()?,
            HISTOGRAM => {
                let (series, at) = (reader.u32()?, reader.i64()?);
                let histogram = decode_histogram(&mut Reader::new(reader.len_bytes()?))?;
                Op::Histogram { series, at, histogram }
            }
            EXEMPLAR => Op::Exemplar { series: reader.u32()?, exemplar: read_exemplar(reader)? },
            METADATA => Op::Metadata(read_metadata(reader)?),
            START => Op::Start { series: reader.u32()?, at: reader.i64()?, start: reader.i64()? },
            _ => return Err(reader.invalid("an unknown operation")),
        }))
    }

    fn row(&mut self) -> Result<Op<'a>, CodecError> {
        let reader = &mut self.reader;
        let group = reader.u32()?;
        let at = self.last_at.wrapping_add(reader.i64()?);
        self.last_at = at;
        // Runs cost no bytes for their slots, but each cell has a bit in the bitmap.
        let count = usize::try_from(reader.u64()?).unwrap_or(usize::MAX);
        if count / 8 > reader.remaining() {
            return Err(reader.invalid("a row longer than its record"));
        }
        let kind = reader.u8()?;
        let mut slot = reader.u32()?;
        let mut slots = Vec::with_capacity(count);
        for at in 0..count {
            if at > 0 {
                let gap = if kind == SLOTS_RUN { 1 } else { reader.u32()? };
                slot = slot.checked_add(gap).ok_or_else(|| reader.invalid("a slot of more than 32 bits"))?;
            }
            slots.push(slot);
        }
        let changed = reader.take(count.div_ceil(8))?;
        Ok(Op::Row(Row { group, at, slots, changed, values: reader.clone() }))
    }

    /// Continues behind the values of a row.
    pub(crate) fn after(&mut self, row: Row<'a>) {
        self.reader = row.values;
    }
}

/// What `oriel inspect` prints of a record.
pub(crate) fn print(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut record = match RecordReader::open(bytes) {
        Ok(record) => record,
        Err(error) => return format!("record: {error}"),
    };
    let mut out = format!("tenant {}, shard {}, head {}\n", record.tenant, record.shard, record.head);
    loop {
        let _ = match record.next() {
            Ok(None) => return out,
            Err(error) => {
                let _ = writeln!(out, "{error}");
                return out;
            }
            Ok(Some(Op::Row(mut row))) => {
                let _ = writeln!(out, "row of group {} at {}: {} cells", row.group, row.at, row.slots.len());
                // Only the lengths of changed values matter here; differences need the values before.
                if row.skip().is_err() {
                    return out + "damaged values\n";
                }
                record.after(row);
                Ok(())
            }
            Ok(Some(op)) => writeln!(out, "{op:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn changed_values_come_back(before in any::<u64>(), bits in any::<u64>(), a in -9_000_000i64..9_000_000, b in any::<i32>()) {
            let pairs = [
                (before, bits), (before, before ^ 1), (0, bits), ((a as f64).to_bits(), f64::from(b).to_bits()),
                ((a as f64 / 100.0).to_bits(), (a as f64 / 100.0 + 0.01).to_bits()), ((a as f64).to_bits(), (-0.0f64).to_bits()),
                ((-0.0f64).to_bits(), (a as f64).to_bits()), ((a as f64).to_bits(), ((a + 1) as f64).to_bits()),
            ];
            for (before, bits) in pairs.into_iter().filter(|(a, b)| a != b) {
                let mut out = Vec::new();
                put_changed(&mut out, before, bits);
                prop_assert!(out.len() <= 9);
                let mut reader = Reader::new(&out);
                prop_assert_eq!(read_changed(&mut reader, before).unwrap(), bits);
                prop_assert!(reader.is_empty());
            }
        }

        #[test]
        fn hostile_records_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let mut record = RecordWriter::new(&Tenant::anonymous(), 0, 7).finish();
            record.extend_from_slice(&bytes);
            for bytes in [&record, &bytes] {
                let Ok(mut reader) = RecordReader::open(bytes) else { continue };
                while let Ok(Some(op)) = reader.next() {
                    if let Op::Row(mut row) = op {
                        if row.bits(u64::from).is_err() {
                            break;
                        }
                        reader.after(row);
                    }
                }
            }
        }
    }
}
