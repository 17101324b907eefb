//! A record of the queue: one batch of one tenant.
//! ```text
//! version u8 = 1 | bytes of the tenant u8 | tenant | rows u32 LE | snappy( metadata of version 1, request of version 2 )
//! ```
//! The message is the union of both versions of remote write, which share no field: version 2 has room for everything that a
//! series has, version 1 describes families whether or not a series of theirs is there.

use super::cut::Cut;
use model::{MetricBatch, Tenant};
use wire::WireError;

const VERSION: u8 = 1;
/// A batch with more samples becomes several records: a few megabytes each.
const MAX_ROWS: usize = 50_000;
/// A record unpacks to at most this: fifty thousand histograms of five kilobytes.
const MAX_UNPACKED_BYTES: usize = 256 << 20;

/// What a record says.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) tenant: Tenant,
    pub(super) batch: MetricBatch,
}

/// The records of a batch; none of an empty one.
pub(super) fn encode(tenant: &Tenant, batch: &MetricBatch) -> Result<Vec<(Vec<u8>, u64)>, WireError> {
    if batch.sample_count() <= MAX_ROWS {
        return if batch.is_empty() { Ok(Vec::new()) } else { Ok(vec![one(tenant, batch)?]) };
    }
    let mut cut = Cut::new(MAX_ROWS);
    batch.series().for_each(|series| cut.series(series));
    let mut parts = cut.finish();
    if let Some(first) = parts.first_mut() {
        first.metadata.clone_from(&batch.metadata);
    }
    parts.iter().map(|part| one(tenant, part)).collect()
}

fn one(tenant: &Tenant, batch: &MetricBatch) -> Result<(Vec<u8>, u64), WireError> {
    let mut message = wire::remote_write::encode_metadata(&batch.metadata);
    // Series are told without their families: those stand in front.
    message.extend_from_slice(&wire::remote_write::encode_interned(batch, &[]));
    let packed = wire::compress::to_snappy(&message)?;
    let name = tenant.as_str().as_bytes();
    let rows: usize = batch.series().map(|s| s.samples().len() + s.histograms().len()).sum();
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    let mut record = Vec::with_capacity(packed.len() + name.len() + 6);
    record.extend_from_slice(&[VERSION, name.len() as u8]);
    record.extend_from_slice(name);
    record.extend_from_slice(&rows.to_le_bytes());
    record.extend_from_slice(&packed);
    Ok((record, u64::from(rows)))
}

/// How many rows a record has; `None` of what is none.
pub(super) fn rows(record: &[u8]) -> Option<u64> {
    split(record).map(|(_, rows, _)| rows)
}

fn split(record: &[u8]) -> Option<(&[u8], u64, &[u8])> {
    let (&[VERSION, length], rest) = record.split_first_chunk::<2>()? else { return None };
    let (name, rest) = rest.split_at_checked(length as usize)?;
    let (rows, packed) = rest.split_first_chunk::<4>()?;
    Some((name, u64::from(u32::from_le_bytes(*rows)), packed))
}

/// What a record says; `None` of what is none.
pub(super) fn decode(record: &[u8]) -> Option<Entry> {
    let (name, _, packed) = split(record)?;
    let tenant = Tenant::parse(std::str::from_utf8(name).ok()?).ok()?;
    let message = wire::compress::snappy(packed, MAX_UNPACKED_BYTES).ok()?;
    let mut batch = wire::remote_write::decode_interned(&message).ok()?.batch;
    batch.metadata = wire::remote_write::decode(&message).ok()?.batch.metadata;
    Some(Entry { tenant, batch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Exemplar, FloatHistogram, Labels, Metadata, MetricKind, Millis};

    #[test]
    fn what_is_put_is_read() {
        let tenant = Tenant::parse("team-a").unwrap();
        let mut batch = MetricBatch::default();
        batch.push_label("__name__", "a_total");
        batch.push_started_sample(Millis(5), model::stale_marker(), Millis(1));
        batch.push_started_histogram(
            Millis(6),
            FloatHistogram { count: 2.0, ..Default::default() },
            Millis(2),
        );
        let labels = Labels::from_pairs([("trace_id", "x")]);
        batch.push_exemplar(Exemplar { labels, value: 1.5, at: Millis(4) });
        batch.finish_series().unwrap();
        batch.metadata.push(Metadata {
            family: "a".into(),
            kind: MetricKind::Counter,
            help: "A.".into(),
            unit: "s".into(),
        });
        let records = encode(&tenant, &batch).unwrap();
        assert_eq!((records.len(), records[0].1, rows(&records[0].0)), (1, 2, Some(2)));
        let entry = decode(&records[0].0).unwrap();
        let series = entry.batch.series().next().unwrap();
        let sent = batch.series().next().unwrap();
        assert_eq!((&entry.tenant, &entry.batch.metadata), (&tenant, &batch.metadata));
        assert_eq!(series.to_labels(), sent.to_labels());
        assert_eq!(series.samples()[0].value.to_bits(), sent.samples()[0].value.to_bits());
        assert_eq!((series.starts(), series.histogram_starts()), (&[1i64][..], &[2i64][..]));
        assert_eq!((series.histograms(), series.exemplars()), (sent.histograms(), sent.exemplars()));
        assert!(encode(&tenant, &MetricBatch::default()).unwrap().is_empty());
    }

    #[test]
    fn a_large_batch_becomes_several_records() {
        let mut batch = MetricBatch::default();
        for name in ["a", "b"] {
            batch.push_label("__name__", name);
            (0..40_000).for_each(|at| batch.push_sample(Millis(at), 1.0));
            batch.finish_series().unwrap();
        }
        let records = encode(&Tenant::anonymous(), &batch).unwrap();
        assert_eq!(records.iter().map(|(_, rows)| *rows).collect::<Vec<_>>(), [50_000, 30_000]);
        let read: Vec<_> = records.iter().map(|(bytes, _)| decode(bytes).unwrap().batch).collect();
        let shown = |batch: &MetricBatch| -> Vec<(String, usize)> {
            batch.series().map(|s| (s.value("__name__").to_owned(), s.samples().len())).collect()
        };
        assert_eq!(shown(&read[0]), [("a".to_owned(), 40_000), ("b".to_owned(), 10_000)]);
        assert_eq!(shown(&read[1]), [("b".to_owned(), 30_000)]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..60)) {
            decode(&bytes);
            rows(&bytes);
        }
    }
}
