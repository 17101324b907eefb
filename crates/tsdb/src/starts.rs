//! Start timestamps: from when on a sample's counter counts. They change seldom, so a series keeps runs instead of one a
//! sample: a run says what holds from its time on, 0 where nothing is known.
//! ```text
//! runs  (10:00, started 09:12) (11:30, started 11:29) (11:45, 0)      a sample of 11:31 started 11:29
//! ```
//! Invariant: runs ascend in time, and neighbours differ.

use codec::{CodecError, Reader, put_i64};

/// `(from when on, start)`, both in milliseconds.
pub(crate) type Run = (i64, i64);

/// The start of a sample at `at`; 0 when it is not known.
pub(crate) fn start_of(runs: &[Run], at: i64) -> i64 {
    let after = runs.partition_point(|run| run.0 <= at);
    after.checked_sub(1).map_or(0, |before| runs[before].1)
}

/// Says the start of the sample at `at`. `newest`: no sample of the series is later, so what holds now may go on.
pub(crate) fn set(runs: &mut Vec<Run>, at: i64, start: i64, newest: bool) {
    let now = start_of(runs, at);
    if now == start {
        return;
    }
    let place = runs.partition_point(|run| run.0 < at);
    if runs.get(place).is_some_and(|run| run.0 == at) {
        runs.remove(place);
    }
    runs.insert(place, (at, start));
    let goes_on = newest && place + 1 == runs.len();
    // Others keep theirs: what held before holds again a millisecond later.
    if !goes_on && at < i64::MAX && runs.get(place + 1).is_none_or(|run| run.0 > at + 1) {
        runs.insert(place + 1, (at + 1, now));
    }
    runs.dedup_by_key(|run| run.1);
}

/// The runs of samples with these times and starts, which ascend in time.
pub(crate) fn runs_of(samples: impl Iterator<Item = Run>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, start) in samples {
        if runs.last().map_or(0, |run| run.1) != start {
            runs.push((at, start));
        }
    }
    runs
}

/// Appends a run.
pub(crate) fn put_run(out: &mut Vec<u8>, run: &Run) {
    put_i64(out, run.0);
    put_i64(out, run.1);
}

/// Reads what [`put_run`] wrote.
pub(crate) fn read_run(reader: &mut Reader<'_>) -> Result<Run, CodecError> {
    Ok((reader.i64()?, reader.i64()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn runs_say_what_was_said_of_each_sample(samples in proptest::collection::vec((0i64..40, 0i64..3), 0..60)) {
            let (mut runs, mut told) = (Vec::new(), BTreeMap::new());
            for (at, start) in samples {
                let newest = told.last_key_value().is_none_or(|(last, _)| *last < at);
                set(&mut runs, at, start, newest);
                told.insert(at, start);
            }
            for (at, start) in &told {
                prop_assert_eq!(start_of(&runs, *at), *start);
            }
            prop_assert!(runs.is_sorted_by(|a, b| a.0 < b.0 && a.1 != b.1));
            let again = runs_of(told.iter().map(|(at, start)| (*at, *start)));
            prop_assert!(told.iter().all(|(at, start)| start_of(&again, *at) == *start));
        }
    }
}
