//! `topk`, `bottomk`, `limitk`, `limit_ratio`: some of the series of each group, as they are.

use super::call::value_order;
use super::{Done, Exec, Points, Series, Sink};
use crate::error::QueryError;
use crate::plan::{Aggregation, Node};
use crate::syntax::ast::AggregateOp;
use model::Labels;
use query::{Grid, Groups, number};
use std::cmp::Ordering;

/// Where a series lies in `[0, 1]` by the hash of its labels: what `limit_ratio` decides by, so that the same series
/// are chosen at every step and by every evaluation.
fn sampling_offset(labels: &Labels) -> f64 {
    // The bytes that the replaced system hashes: each piece after its length, in one byte or, from 255 on, four.
    let mut bytes = Vec::new();
    for piece in labels.iter().flat_map(|(name, value)| [name, value]) {
        match u8::try_from(piece.len()) {
            Ok(short) if short < 255 => bytes.push(short),
            _ => {
                bytes.push(255);
                bytes.extend_from_slice(&(piece.len() as u32).to_le_bytes()[..3]);
            }
        }
        bytes.extend_from_slice(piece.as_bytes());
    }
    xxhash_rust::xxh64::xxh64(&bytes, 0) as f64 / u64::MAX as f64
}

fn within_ratio(ratio: f64, offset: f64) -> bool {
    if ratio >= 0.0 { offset < ratio } else { offset >= 1.0 + ratio }
}

impl Exec<'_> {
    pub(super) fn select_k(&self, node: &Node, a: &Aggregation, grid: &Grid, sink: Sink<'_>) -> Done {
        let Some(param_node) = &a.param else {
            return Err(QueryError::Execution("the aggregation needs a parameter".to_owned()));
        };
        let params = self.scalar(param_node, grid)?;
        let (series, _held) = self.collect(&a.input, grid)?;
        if !self.check_params(a.op, param_node, &params)? {
            return Ok(());
        }
        let mut places = Groups::default();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (number, one) in series.iter().enumerate() {
            let (at, fresh) = places.place(&a.grouping, &one.labels);
            groups.extend(fresh.map(|_| Vec::new()));
            groups[at].push(number);
        }
        let mut chosen: Vec<Points> = series.iter().map(|_| Points::absent(grid.len())).collect();
        // The order matters when there is one step: by rank within each group.
        let mut order: Vec<usize> = Vec::new();
        let mut ranks = Ranks::default();
        for group in &groups {
            for (step, param) in params.iter().enumerate() {
                self.choose(a.op, node, &series, (group, step, *param), &mut ranks);
                for (_, number) in &ranks.best {
                    if let Some(point) = series[*number].points.get(step) {
                        chosen[*number].set(step, point);
                    }
                }
                if step == 0 {
                    order.extend(ranks.best.iter().map(|(_, number)| number));
                }
            }
        }
        if grid.len() > 1 {
            order = (0..series.len()).collect();
        }
        let mut series: Vec<Option<(Series, Points)>> = series.into_iter().zip(chosen).map(Some).collect();
        for number in order {
            let Some((mut one, points)) = series[number].take() else { continue };
            one.points = points;
            if !one.points.is_empty() {
                sink(one)?;
            }
        }
        Ok(())
    }

    /// Whether any series can be chosen at all.
    fn check_params(&self, op: AggregateOp, node: &Node, params: &[f64]) -> Result<bool, QueryError> {
        let any_nan = params.iter().any(|p| p.is_nan());
        let max = params.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let min = params.iter().copied().fold(f64::INFINITY, f64::min);
        let fail = |message: String| Err(QueryError::Execution(message));
        if op == AggregateOp::LimitRatio {
            if any_nan {
                return fail("Ratio value is NaN".to_owned());
            }
            let mut notes = self.notes.borrow_mut();
            if max > 1.0 {
                notes.invalid_ratio(node.span, max, 1.0);
            }
            if min < -1.0 {
                notes.invalid_ratio(node.span, min, -1.0);
            }
            return Ok(max != 0.0 || min != 0.0);
        }
        if any_nan {
            return fail("Parameter value is NaN".to_owned());
        }
        if max < 1.0 {
            return Ok(false);
        }
        if min <= i64::MIN as f64 {
            return fail(format!("Scalar value {} underflows int64", number::format_general(min)));
        }
        if max >= i64::MAX as f64 {
            return fail(format!("Scalar value {} overflows int64", number::format_general(max)));
        }
        Ok(true)
    }

    /// Leaves the series of a group to keep at a step in `ranks`, best first.
    fn choose(
        &self,
        op: AggregateOp,
        node: &Node,
        series: &[Series],
        (group, step, param): (&[usize], usize, f64),
        ranks: &mut Ranks,
    ) {
        ranks.best.clear();
        let present = group.iter().copied().filter(|n| series[*n].points.is_present(step));
        if op == AggregateOp::LimitRatio {
            let ratio = param.clamp(-1.0, 1.0);
            if ratio != 0.0 {
                let inside = |n: &usize| within_ratio(ratio, sampling_offset(&series[*n].labels));
                ranks.best.extend(present.filter(inside).map(|number| (ratio, number)));
            }
            return;
        }
        let count = if param >= 1.0 { param as usize } else { 0 };
        if count == 0 {
            return;
        }
        if op == AggregateOp::LimitK {
            ranks.best.extend(present.take(count).map(|number| (param, number)));
            return;
        }
        let descending = op == AggregateOp::TopK;
        for number in present {
            match series[number].points.float(step) {
                Some(value) => ranks.add(value, number, count, descending),
                None => self.notes.borrow_mut().histogram_ignored(node.span, op.as_str()),
            }
        }
        ranks.finish(count, descending);
    }
}

/// So many places are kept in order while values come; of more all values are sorted.
const FEW_RANKS: usize = 32;

/// The best values so far and whose they are; of equal ones the first to come is the better.
#[derive(Debug, Default)]
struct Ranks {
    best: Vec<(f64, usize)>,
}

impl Ranks {
    fn add(&mut self, value: f64, number: usize, count: usize, descending: bool) {
        if count > FEW_RANKS {
            return self.best.push((value, number));
        }
        let not_worse = |other: &(f64, usize)| value_order(other.0, value, descending) != Ordering::Greater;
        if self.best.len() == count {
            if self.best.last().is_some_and(not_worse) {
                return;
            }
            self.best.pop();
        }
        let at = self.best.iter().rposition(not_worse).map_or(0, |last| last + 1);
        self.best.insert(at, (value, number));
    }

    fn finish(&mut self, count: usize, descending: bool) {
        if count > FEW_RANKS {
            self.best.sort_by(|a, b| value_order(a.0, b.0, descending));
            self.best.truncate(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_best_are_those_of_all_values_sorted(
            picks in proptest::collection::vec(0u8..12, 0..80), count in 1usize..50, descending in any::<bool>(),
        ) {
            let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0];
            let values: Vec<f64> = picks
                .iter()
                .map(|pick| odd.get(usize::from(*pick)).copied().unwrap_or(f64::from(*pick) - 6.0))
                .collect();
            let mut ranks = Ranks::default();
            values.iter().enumerate().for_each(|(at, value)| ranks.add(*value, at, count, descending));
            ranks.finish(count, descending);
            let mut sorted: Vec<usize> = (0..values.len()).collect();
            sorted.sort_by(|a, b| value_order(values[*a], values[*b], descending));
            sorted.truncate(count);
            prop_assert_eq!(ranks.best.iter().map(|(_, at)| *at).collect::<Vec<_>>(), sorted);
        }
    }
}
