//! `count_values`: how many series of a group have each value, which becomes a label.

use super::{Done, Exec, Points, Series, Sink};
use crate::error::QueryError;
use crate::histogram::text::describe;
use crate::plan::{Aggregation, Kind};
use model::Labels;
use query::quote::quote_bytes;
use query::{Grid, Grouping, Point, number};
use rustc_hash::FxHashMap;

/// What a group costs beside its labels: its places in a list and a map.
const GROUP_BYTES: usize = 128;
/// What a count costs: step and number in a table that is half full.
const CELL_BYTES: u64 = 32;

impl Exec<'_> {
    pub(super) fn count_values(&self, a: &Aggregation, grid: &Grid, sink: Sink<'_>) -> Done {
        let Some(Kind::Text(label)) = a.param.as_ref().map(|p| &p.kind) else {
            return Err(QueryError::Execution("count_values needs a label".to_owned()));
        };
        if label.invalid.is_some() || label.value.is_empty() {
            return Err(QueryError::Execution(format!("invalid label name {}", quote_bytes(label.bytes()))));
        }
        let mut grouping: Grouping = a.grouping.clone();
        if !grouping.without {
            grouping.labels.push(label.value.clone());
        }
        let mut places: FxHashMap<Labels, usize> = FxHashMap::default();
        // Of a group the steps at which its value occurs: a value that occurs everywhere is rare.
        let mut groups: Vec<(Labels, FxHashMap<usize, u64>)> = Vec::new();
        let mut cells = 0;
        let mut memory = self.cx.budget.reserve(0)?;
        self.vector(&a.input, grid, &mut |series| {
            for step in 0..grid.len() {
                let text = match series.points.get(step) {
                    Some(Point::Float(value)) => number::format_plain(value),
                    Some(Point::Histogram(h)) => describe(&h),
                    None => continue,
                };
                let labels = grouping.group_of(&series.labels.with(&label.value, &text));
                let at = match places.get(&labels) {
                    Some(at) => *at,
                    None => {
                        memory.grow((GROUP_BYTES + labels.heap_bytes()) as u64)?;
                        places.insert(labels.clone(), groups.len());
                        groups.push((labels, FxHashMap::default()));
                        groups.len() - 1
                    }
                };
                let mut fresh = false;
                let count = groups[at].1.entry(step).or_insert_with(|| {
                    fresh = true;
                    0
                });
                *count += 1;
                if fresh {
                    cells += 1;
                    memory.grow(CELL_BYTES)?;
                    self.allow(cells)?;
                }
            }
            Ok(())
        })?;
        for (labels, counts) in groups {
            let mut points = Points::absent(grid.len());
            counts.into_iter().for_each(|(step, n)| points.set_float(step, n as f64));
            sink(Series { labels, drop_name: false, points })?;
        }
        Ok(())
    }
}
