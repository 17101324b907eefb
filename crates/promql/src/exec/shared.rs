//! What a query says more than once: computed at its first occurrence, passed on again at the others.
//!
//! Remarks name their place in the text, so what is remarked on is computed each time. Samples count each time, as if it
//! had been. Invariant: the answer, its remarks and its counts are those of computing every occurrence.

use super::{Done, Exec, SampleCounts, Series, Sink};
use crate::annotations::Annotations;
use crate::plan::Node;
use query::Grid;
use std::rc::Rc;
use stdx::Reservation;

/// The series of a part of a query.
pub(crate) struct Kept {
    /// Where it was evaluated.
    grid: Grid,
    series: Vec<Series>,
    counts: SampleCounts,
    _memory: Reservation,
}

impl Exec<'_> {
    pub(super) fn shared(&self, number: usize, node: &Node, grid: &Grid, sink: Sink<'_>) -> Done {
        let known = self.kept.borrow().get(&number).cloned();
        if let Some(kept) = known.filter(|kept| kept.grid == *grid) {
            self.counted.borrow_mut().add(&kept.counts);
            return kept.series.iter().cloned().try_for_each(sink);
        }
        let outside = self.notes.replace(Annotations::default());
        let mut series: Vec<Series> = Vec::new();
        let mut memory = Some(self.cx.budget.reserve(0)?);
        let (done, counts) = self.counted_apart(grid.len(), || {
            self.vector(node, grid, &mut |one| {
                if let Some(held) = &mut memory {
                    if held.grow(one.heap_bytes() as u64).is_ok() {
                        series.push(one);
                        return Ok(());
                    }
                    // Without room it goes on at once, and is computed again next time.
                    memory = None;
                    series.drain(..).try_for_each(&mut *sink)?;
                }
                sink(one)
            })
        });
        let inside = self.notes.replace(outside);
        let quiet = inside.is_empty();
        self.notes.borrow_mut().append(inside);
        self.counted.borrow_mut().add(&counts);
        done?;
        match memory {
            Some(memory) if quiet => {
                let kept = Rc::new(Kept { grid: *grid, series, counts, _memory: memory });
                self.kept.borrow_mut().insert(number, kept.clone());
                kept.series.iter().cloned().try_for_each(sink)
            }
            _ => series.into_iter().try_for_each(sink),
        }
    }
}
