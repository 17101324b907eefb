//! Log records back into a head, after a start.
//!
//! Applies exactly what `append.rs` wrote down; no verdicts are needed, because what was refused was never written.
//! Ids must come out as they were: a record that says otherwise is damaged, and that is an error, never a guess.

use super::Head;
use super::series::Shard;
use crate::error::TsdbError;
use crate::record::{NameRef, Op, RecordReader};
use index::PairId;
use index::pairs::NameId;

/// Applies one record to the head of its tenant.
pub(crate) fn apply(head: &Head, mut record: RecordReader<'_>) -> Result<(), TsdbError> {
    let shard = head.shards.get(usize::from(record.shard));
    let shard = shard.ok_or_else(|| TsdbError::Corrupt(format!("a record of shard {}", record.shard)))?;
    let mut shard = shard.write().expect("a panicking writer ends the process");
    while let Some(op) = record.next()? {
        match op {
            Op::Pair { name, value } => pair(&mut shard, &name, value)?,
            Op::Series { key, pairs } => {
                let own: Vec<PairId> = pairs.into_iter().map(PairId).collect();
                let series = shard.index.add_pairs(&own)?;
                shard.place(series, key);
            }
            Op::Row(mut row) => {
                shard.check_slots(row.group, &row.slots)?;
                let group = row.group;
                let cells = row.bits(|slot| shard.groups[group as usize].last_bits(slot))?;
                shard.apply_row(group, row.at, &cells);
                record.after(row);
            }
            Op::Histogram { series, at, histogram } => {
                shard.check_series(series)?;
                shard.apply_histogram(series, at, histogram);
            }
            Op::Exemplar { series, exemplar } => {
                shard.check_series(series)?;
                shard.apply_exemplar(series, exemplar);
            }
            Op::Metadata(metadata) => head.learn(metadata),
            Op::Start { series, at, start } => {
                shard.check_series(series)?;
                shard.apply_start(series, at, start);
            }
        }
    }
    Ok(())
}

fn pair(shard: &mut Shard, name: &NameRef<'_>, value: &str) -> Result<(), TsdbError> {
    let before = shard.index.pairs().len();
    match name {
        NameRef::Text(name) => shard.index.intern(name, value)?,
        NameRef::Known(id) if (*id as usize) < shard.index.pairs().name_count() => {
            let name = shard.index.pairs().name(NameId(*id)).to_owned();
            shard.index.intern(&name, value)?
        }
        NameRef::Known(_) => return Err(TsdbError::Corrupt("a pair of a name that was never given".into())),
    };
    if shard.index.pairs().len() == before {
        return Err(TsdbError::Corrupt("a pair that is named twice".into()));
    }
    Ok(())
}
