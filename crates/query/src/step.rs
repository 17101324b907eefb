//! The grid of evaluation times: `start`, `start + step`, ... up to `end`, in milliseconds.

/// Evaluation times. An instant evaluation has one, with `start == end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    /// The first time.
    pub start: i64,
    /// No time is after this one; it need not be on the grid.
    pub end: i64,
    /// Milliseconds between times, above 0.
    pub step: i64,
}

impl Grid {
    /// One evaluation.
    pub fn instant(at: i64) -> Self {
        Grid { start: at, end: at, step: 1 }
    }

    /// Evaluations from `start` to `end`. A step below 1 ms is taken as 1 ms.
    pub fn new(start: i64, end: i64, step: i64) -> Self {
        Grid { start, end, step: step.max(1) }
    }

    /// How many times.
    pub fn len(&self) -> usize {
        if self.end < self.start {
            return 0;
        }
        usize::try_from(self.end.wrapping_sub(self.start) as u64 / self.step as u64)
            .map_or(usize::MAX, |n| n.saturating_add(1))
    }

    /// Whether there is no time at all.
    pub fn is_empty(&self) -> bool {
        self.end < self.start
    }

    /// Whether start and end are the same.
    pub fn is_instant(&self) -> bool {
        self.start == self.end
    }

    /// The time with number `index`.
    pub fn at(&self, index: usize) -> i64 {
        self.start.wrapping_add((index as i64).wrapping_mul(self.step))
    }

    /// All times, ascending.
    pub fn times(&self) -> impl ExactSizeIterator<Item = i64> + '_ {
        (0..self.len()).map(|i| self.at(i))
    }

    /// The last time on the grid; `start` of an empty one.
    pub fn last(&self) -> i64 {
        self.at(self.len().saturating_sub(1))
    }

    /// The grid cut at multiples of `every` milliseconds, in order: each piece keeps the phase of the steps, so that
    /// pieces can be computed, cached and joined one by one.
    pub fn split(&self, every: i64) -> Vec<Grid> {
        let every = every.max(self.step);
        let mut pieces = Vec::new();
        let mut start = self.start;
        while start <= self.end && !self.is_empty() {
            let bound = start.div_euclid(every).saturating_add(1).saturating_mul(every);
            let last = start + (bound - 1 - start).max(0) / self.step * self.step;
            pieces.push(Grid { start, end: last.min(self.last()), step: self.step });
            start = last + self.step;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_counts_its_times() {
        let grid = Grid::new(0, 95, 10);
        assert_eq!((grid.len(), grid.last(), grid.at(3)), (10, 90, 30));
        assert_eq!(Grid::instant(5).times().collect::<Vec<_>>(), [5]);
        assert!(Grid::new(10, 5, 1).is_empty());
        assert_eq!(Grid::new(10, 5, 1).len(), 0);
    }

    #[test]
    fn pieces_join_to_the_whole() {
        let grid = Grid::new(7, 1000, 13);
        let joined: Vec<i64> = grid.split(100).iter().flat_map(|g| g.times().collect::<Vec<_>>()).collect();
        assert_eq!(joined, grid.times().collect::<Vec<_>>());
        assert!(grid.split(100).len() >= 9);
    }
}
