//! Copying traces is as good as pushing their rows.

use super::super::writer::copied::Source;
use super::*;

/// As many copies of traces, each with ids of its own, a second apart.
fn repeated(traces: &[(TraceId, Vec<Row>)], times: u8) -> Vec<(TraceId, Vec<Row>)> {
    let copies = (0..times).flat_map(|copy| {
        traces.iter().map(move |(id, rows)| {
            let id = TraceId(id.0.map(|byte| byte ^ copy));
            let moved = |row: &Row| {
                let (span, by) = (&*row.span, i64::from(copy) * 1_000_000_000);
                let (start, end) = (span.start.0.wrapping_add(by), span.end.0.wrapping_add(by));
                let span = Span { trace_id: id, start: Nanos(start), end: Nanos(end), ..span.clone() };
                Row { origin: row.origin.clone(), span: Arc::new(span) }
            };
            let mut rows: Vec<Row> = rows.iter().map(moved).collect();
            canonical(&mut rows);
            (id, rows)
        })
    });
    let mut all: Vec<_> = copies.collect();
    all.sort_by_key(|(id, _)| *id);
    all.dedup_by_key(|(id, _)| *id);
    all.sort_by_key(|(id, rows)| (rows.iter().map(|r| r.span.start).min(), *id));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn traces_that_are_copied_make_the_block_that_their_rows_make(
        batches in prop::collection::vec(arbitrary::batch(), 1..4),
        times in 1u8..200,
        inputs in 1usize..4,
    ) {
        let traces = repeated(&traces(batches), times);
        let of = |place: usize| place / 3 % inputs;
        let share = |input| traces.iter().enumerate().filter(move |(place, _)| of(*place) == input);
        let blocks: Vec<Block> =
            (0..inputs).map(|input| build(&share(input).map(|(_, trace)| trace.clone()).collect::<Vec<_>>())).collect();
        let mut sources: Vec<Source<'_>> = blocks.iter().map(|block| Source::new(&block.index)).collect();
        let (mut pushed, mut copied, mut next) = (Writer::new(), Writer::new(), vec![0; inputs]);
        for (place, (id, rows)) in traces.iter().enumerate() {
            pushed.push(*id, rows);
            let (block, source, ordinal) = (&blocks[of(place)], &mut sources[of(place)], next[of(place)]);
            next[of(place)] += 1;
            let granule = block.index.granule_of(ordinal);
            if !source.is_before(granule, ordinal) {
                source.open(granule, &block.pages(&block.index.granules[granule])).unwrap();
            }
            copied.take(source, ordinal).unwrap();
        }
        let (pushed, copied) = (pushed.finish(), copied.finish());
        prop_assert_eq!((pushed.rows, pushed.start, pushed.end), (copied.rows, copied.start, copied.end));
        prop_assert_eq!(pushed.parts, copied.parts);
    }
}
