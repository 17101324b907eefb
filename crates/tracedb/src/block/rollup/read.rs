//! The section ROLLUPS as it is read: where each stretch's pages are, decoded when they are asked for.
//!
//! Walk: `block.rs` reads the section once -> here -> [`super::unit`]. Invariant: what a stretch's pages say is checked when
//! they are decoded, so that no code of theirs points past its dictionary.

use super::{BELOW, ROOT};
use crate::block::ints;
use crate::block::sections::{Column, Place};
use crate::block::values::unsqueeze;
use crate::bytes::ReadMore;
use crate::error::DecodeError;
use crate::record::{StringsIn, get_str};
use codec::Reader;
use codec::varint::unzigzag;
use contract::{Attribute, Intrinsic, ROLLED_NANOS, SpanScope, UnitNeeds};
use std::ops::Range;
use std::sync::Arc;

/// 16 Mi cells of a stretch; what claims more is damaged.
const MAX_CELLS: usize = 16 << 20;

/// The pages that every stretch with cells has, in their order.
const PAGES: usize = 8;
const MINUTE: usize = 0;
const SERVICE: usize = 1;
const NAME: usize = 2;
const KIND_STATUS: usize = 3;
const PLACE: usize = 4;
const COUNT: usize = 5;
const TRACE: usize = 6;
const DURATION: usize = 7;

/// The roll-ups of a block.
#[derive(Debug)]
pub(crate) struct Rollups {
    pub(crate) services: Arc<Vec<Arc<str>>>,
    pub(crate) names: Arc<Vec<Arc<str>>>,
    pub(crate) stretches: Vec<Stretch>,
    raw: Vec<u8>,
    /// Traces of the block.
    traces: usize,
}

/// Adjacent granules that are counted together.
#[derive(Debug)]
pub(crate) struct Stretch {
    pub(crate) granules: usize,
    /// `None` where rows have to be read.
    pub(crate) cells: Option<StoredCells>,
}

/// Where a stretch's cells are.
#[derive(Debug)]
pub(crate) struct StoredCells {
    pub(crate) count: usize,
    first: i64,
    pages: [Range<usize>; PAGES],
    /// What the first version of the section did not say.
    more: Option<More>,
}

#[derive(Debug)]
struct More {
    least: Range<usize>,
    sums: Range<usize>,
    told: Vec<(u32, Range<usize>)>,
    untold: Vec<u32>,
}

/// Least durations and sums, by cell.
type LeastAndSums = (Vec<i64>, Vec<u64>);

/// What of a stretch's cells every query asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Cells {
    /// The ends of the minutes, in nanoseconds since 1970.
    pub(crate) starts: Arc<[i64]>,
    pub(crate) counts: Vec<u32>,
    /// -1 for roots, 1 for spans below one, 0 for others.
    pub(crate) parents: Vec<i64>,
    /// Ordinals in the block.
    pub(crate) traces: Vec<u32>,
    /// The duration of a span of that trace: the greatest where there are least ones and sums.
    pub(crate) durations: Arc<[i64]>,
    pub(crate) spread: Option<LeastAndSums>,
}

impl Rollups {
    /// An estimate of the memory in use, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let texts = self.services.iter().chain(&*self.names).map(|text| text.len() + 32).sum::<usize>();
        let told = |cells: &StoredCells| cells.more.as_ref().map_or(0, |more| more.told.len() * 24);
        let cells = self.stretches.iter().map(|stretch| 240 + stretch.cells.as_ref().map_or(0, told));
        self.raw.len() + texts + cells.sum::<usize>()
    }

    /// Reads the section of a block of so many granules and traces, or of any.
    pub(crate) fn decode(bytes: &[u8], of: Option<(usize, usize)>) -> Result<Self, DecodeError> {
        let raw = unsqueeze(&mut Reader::new(bytes))?;
        let mut cursor = Reader::new(&raw);
        let mut strings = StringsIn::default();
        let mut texts = || -> Result<Arc<Vec<Arc<str>>>, DecodeError> {
            let count = cursor.count_of(1)?;
            Ok(Arc::new((0..count).map(|_| get_str(&mut cursor, &mut strings)).collect::<Result<_, _>>()?))
        };
        let (services, names) = (texts()?, texts()?);
        let (granules, traces) = of.unwrap_or((usize::MAX, usize::MAX));
        let mut left = granules;
        let mut stretches = Vec::new();
        for _ in 0..cursor.count_of(2)? {
            let stretch = stretch(&mut cursor, raw.len())?;
            left = left.checked_sub(stretch.granules).ok_or(DecodeError::Invalid("roll-up granules"))?;
            stretches.push(stretch);
        }
        if of.is_some() && left != 0 {
            return Err(DecodeError::Invalid("roll-up granules"));
        }
        if !cursor.is_empty() {
            for cells in stretches.iter_mut().filter_map(|stretch| stretch.cells.as_mut()) {
                cells.more = Some(more(&mut cursor, raw.len())?);
            }
        }
        Ok(Rollups { services, names, stretches, raw, traces })
    }

    fn stored(&self, stretch: usize) -> Result<&StoredCells, DecodeError> {
        let stretch = self.stretches.get(stretch).and_then(|stretch| stretch.cells.as_ref());
        stretch.ok_or(DecodeError::Invalid("roll-up stretch"))
    }

    fn numbers(&self, range: &Range<usize>, count: usize) -> Result<Vec<u64>, DecodeError> {
        ints::decode(&self.raw[range.clone()], count)
    }

    /// Codes below `end`.
    fn codes(&self, range: &Range<usize>, count: usize, end: usize) -> Result<Vec<u32>, DecodeError> {
        let code = |number: u64| match u32::try_from(number) {
            Ok(code) if (code as usize) < end => Ok(code),
            _ => Err(DecodeError::Invalid("roll-up cell")),
        };
        self.numbers(range, count)?.into_iter().map(code).collect()
    }

    /// What every query asks of a stretch that has cells.
    pub(crate) fn cells(&self, stretch: usize) -> Result<Cells, DecodeError> {
        let stored = self.stored(stretch)?;
        let count = stored.count;
        let of = |page: usize| self.numbers(&stored.pages[page], count);
        let end = |minute: u64| stored.first.wrapping_add(minute as i64).saturating_mul(ROLLED_NANOS);
        let places = self.codes(&stored.pages[PLACE], count, BELOW as usize + 1)?;
        let parent = |place: u32| match u64::from(place) {
            ROOT => -1,
            BELOW => 1,
            _ => 0,
        };
        let counts = self.codes(&stored.pages[COUNT], count, usize::MAX)?;
        let durations: Arc<[i64]> = of(DURATION)?.into_iter().map(|nanos| nanos as i64).collect();
        Ok(Cells {
            starts: of(MINUTE)?.into_iter().map(end).collect(),
            parents: places.into_iter().map(parent).collect(),
            traces: self.codes(&stored.pages[TRACE], count, self.traces)?,
            spread: self.spread(stored, &counts, &durations)?,
            counts,
            durations,
        })
    }

    /// The least durations and the sums.
    fn spread(
        &self,
        stored: &StoredCells,
        counts: &[u32],
        greatest: &[i64],
    ) -> Result<Option<LeastAndSums>, DecodeError> {
        let Some(more) = &stored.more else { return Ok(None) };
        let at_least = |least: u32| counts.iter().filter(|count| **count >= least).count();
        let mut below = self.numbers(&more.least, at_least(2))?.into_iter();
        let mut between = self.numbers(&more.sums, at_least(3))?.into_iter();
        let (mut least, mut sums) = (Vec::with_capacity(counts.len()), Vec::with_capacity(counts.len()));
        for (count, greatest) in counts.iter().zip(greatest) {
            let take = |from: u32, of: &mut dyn Iterator<Item = u64>| match *count >= from {
                true => of.next().unwrap_or(0),
                false => 0,
            };
            let low = greatest.wrapping_sub(take(2, &mut below) as i64);
            let ends = if *count >= 2 { low as u64 } else { 0 };
            least.push(low);
            sums.push((*greatest as u64).wrapping_add(ends).wrapping_add(take(3, &mut between)));
        }
        Ok(Some((least, sums)))
    }

    /// Codes of services, 0 where there is none.
    pub(crate) fn services(&self, stretch: usize) -> Result<Vec<u32>, DecodeError> {
        let stored = self.stored(stretch)?;
        self.codes(&stored.pages[SERVICE], stored.count, self.services.len() + 1)
    }

    /// Codes of names.
    pub(crate) fn names(&self, stretch: usize) -> Result<Vec<u32>, DecodeError> {
        let stored = self.stored(stretch)?;
        self.codes(&stored.pages[NAME], stored.count, self.names.len())
    }

    /// Kind + 8 * status.
    pub(crate) fn kinds_and_statuses(&self, stretch: usize) -> Result<Vec<u32>, DecodeError> {
        let stored = self.stored(stretch)?;
        self.codes(&stored.pages[KIND_STATUS], stored.count, 1 << 8)
    }

    /// A key's text of each cell, 0 or code + 1, with the column that has it; `None` where no span has the key.
    pub(crate) fn texts(
        &self,
        stretch: usize,
        columns: &[Column],
        key: &str,
    ) -> Result<Option<(u32, Vec<u32>)>, DecodeError> {
        let stored = self.stored(stretch)?;
        let told = stored.more.as_ref().map_or(&[][..], |more| &more.told);
        for (column, range) in told {
            let of = columns.get(*column as usize).ok_or(DecodeError::Invalid("roll-up column"))?;
            if is_of(of, key) {
                let codes = self.codes(range, stored.count, of.dictionary.len() + 1)?;
                return Ok(Some((*column, codes)));
            }
        }
        Ok(None)
    }

    /// Whether a stretch has cells, and they say all that is needed.
    pub(crate) fn says(&self, stretch: usize, columns: &[Column], needs: &UnitNeeds) -> bool {
        let Ok(stored) = self.stored(stretch) else { return false };
        let more = stored.more.as_ref();
        let attribute = |attribute: &Attribute| match attribute {
            Attribute::Intrinsic(intrinsic) => matches!(
                intrinsic,
                Intrinsic::Duration | Intrinsic::Name | Intrinsic::Kind | Intrinsic::Status
            ),
            Attribute::Key(Some(SpanScope::Resource), key) => &**key == "service.name",
            Attribute::Key(Some(SpanScope::Span), key) => more.is_some_and(|more| {
                let untold = |column: &u32| columns.get(*column as usize).is_none_or(|c| is_of(c, key));
                !more.untold.iter().any(untold)
            }),
            Attribute::Key(..) => false,
        };
        (more.is_some() || !needs.spread) && needs.attributes.iter().all(attribute)
    }
}

fn is_of(column: &Column, key: &str) -> bool {
    column.place == Place::Span && *column.key == *key
}

/// The place of the next page.
fn page(cursor: &mut Reader<'_>, end: usize) -> Result<Range<usize>, DecodeError> {
    let length = cursor.len_bytes()?.len();
    let upto = end - cursor.remaining();
    Ok(upto - length..upto)
}

fn stretch(cursor: &mut Reader<'_>, end: usize) -> Result<Stretch, DecodeError> {
    let granules = usize::try_from(cursor.u64()?).unwrap_or(usize::MAX);
    let Some(count) = cursor.u64()?.checked_sub(1) else { return Ok(Stretch { granules, cells: None }) };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > MAX_CELLS {
        return Err(DecodeError::Invalid("roll-up cell"));
    }
    let first = unzigzag(cursor.u64()?);
    let mut pages: [Range<usize>; PAGES] = Default::default();
    for range in &mut pages {
        *range = page(cursor, end)?;
    }
    Ok(Stretch { granules, cells: Some(StoredCells { count, first, pages, more: None }) })
}

fn more(cursor: &mut Reader<'_>, end: usize) -> Result<More, DecodeError> {
    let (least, sums) = (page(cursor, end)?, page(cursor, end)?);
    let column = |cursor: &mut Reader<'_>| {
        u32::try_from(cursor.u64()?).map_err(|_| DecodeError::Invalid("roll-up column"))
    };
    let mut told = Vec::new();
    for _ in 0..cursor.count_of(2)? {
        told.push((column(cursor)?, page(cursor, end)?));
    }
    let untold = (0..cursor.count_of(1)?).map(|_| column(cursor)).collect::<Result<_, _>>()?;
    Ok(More { least, sums, told, untold })
}
