//! What counting functions add up, a number a step: kept as differences between neighbouring steps.
//!
//! Used by `collect.rs`. A line lies in the windows of a run of steps, so it changes two differences. Most series of a query
//! by an id or a path have a line or two: those keep the few differences that are not nothing. Invariant: how they are kept
//! does not show.

/// Lines, and what is counted of them.
type Sum = (i64, i64);

/// So many differences are kept by themselves: to find one among them costs no more than to make room for all.
const FEW: usize = 16;

/// Differences of one series.
#[derive(Debug)]
pub(super) enum Deltas {
    /// With their steps, each once, in no order.
    Few(Vec<(usize, Sum)>),
    /// One for each step and for the one behind the last.
    All(Vec<Sum>),
}

impl Default for Deltas {
    fn default() -> Self {
        Deltas::Few(Vec::new())
    }
}

impl Deltas {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Deltas::Few(few) if few.is_empty())
    }

    /// Adds lines to the steps `low..high` of so many. Returns the bytes that this takes.
    pub(super) fn add(&mut self, (low, high): (usize, usize), (lines, counted): Sum, steps: usize) -> u64 {
        let before = self.bytes();
        self.change(low, (lines, counted), steps);
        self.change(high, (-lines, -counted), steps);
        self.bytes().saturating_sub(before)
    }

    fn change(&mut self, step: usize, by: Sum, steps: usize) {
        let plus = |sum: &mut Sum| *sum = (sum.0 + by.0, sum.1 + by.1);
        match self {
            Deltas::All(all) => plus(&mut all[step]),
            Deltas::Few(few) => match few.iter().position(|(own, _)| *own == step) {
                Some(place) => plus(&mut few[place].1),
                None if few.len() < FEW => few.push((step, by)),
                None => {
                    let mut all = vec![(0, 0); steps + 1];
                    few.iter().for_each(|(step, sum)| all[*step] = *sum);
                    plus(&mut all[step]);
                    *self = Deltas::All(all);
                }
            },
        }
    }

    /// Bytes on the heap.
    fn bytes(&self) -> u64 {
        match self {
            Deltas::Few(few) => (few.capacity() * size_of::<(usize, Sum)>()) as u64,
            Deltas::All(all) => (all.len() * size_of::<Sum>()) as u64,
        }
    }

    /// Both together, of so many steps.
    pub(super) fn join(&mut self, mut other: Self, steps: usize) {
        if matches!((&self, &other), (Deltas::Few(_), Deltas::All(_))) {
            std::mem::swap(self, &mut other);
        }
        match other {
            Deltas::Few(few) => few.into_iter().for_each(|(step, sum)| self.change(step, sum, steps)),
            Deltas::All(all) => {
                all.into_iter().enumerate().for_each(|(step, sum)| self.change(step, sum, steps))
            }
        }
    }

    /// The sums a step, divided; nothing where no line is.
    pub(super) fn values(mut self, steps: usize, divisor: f64) -> Vec<Option<f64>> {
        let (mut lines, mut sum) = (0, 0);
        let mut values = Vec::with_capacity(steps);
        let value = |lines: i64, sum: i64| (lines > 0).then(|| sum as f64 / divisor);
        match &mut self {
            Deltas::All(all) => {
                for delta in all.iter().take(steps) {
                    (lines, sum) = (lines + delta.0, sum + delta.1);
                    values.push(value(lines, sum));
                }
            }
            Deltas::Few(few) => {
                few.sort_unstable_by_key(|(step, _)| *step);
                for (step, delta) in few {
                    values.resize((*step).min(steps), value(lines, sum));
                    (lines, sum) = (lines + delta.0, sum + delta.1);
                }
                values.resize(steps, value(lines, sum));
            }
        }
        values
    }

    /// Whether a line is in the window of each step.
    pub(super) fn present(self, steps: usize) -> Vec<bool> {
        self.values(steps, 1.0).iter().map(Option::is_some).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn few_and_all_add_up_alike(
            steps in 1usize..40,
            adds in prop::collection::vec((0usize..40, 0usize..40, 1i64..5, -3i64..9), 0..60),
            split in 0usize..60,
        ) {
            let mut plain = vec![(0i64, 0i64); steps];
            let (mut first, mut second) = (Deltas::default(), Deltas::default());
            let mut bytes = 0;
            for (place, (low, length, lines, counted)) in adds.into_iter().enumerate() {
                let low = low % steps;
                let high = (low + length).min(steps);
                for sum in &mut plain[low..high] {
                    *sum = (sum.0 + lines, sum.1 + counted);
                }
                let own = if place < split { &mut first } else { &mut second };
                bytes += own.add((low, high), (lines, counted), steps);
            }
            prop_assert!(bytes >= first.bytes() + second.bytes());
            first.join(second, steps);
            let wanted: Vec<Option<f64>> =
                plain.iter().map(|(lines, sum)| (*lines > 0).then(|| *sum as f64 / 2.0)).collect();
            prop_assert_eq!(first.values(steps, 2.0), wanted);
        }
    }
}
