//! `count_values`: how many series of a group have each value, which becomes a label.

use super::{Done, Exec, Points, Series, Sink};
use crate::error::QueryError;
use crate::histogram::text::describe;
use crate::plan::{Aggregation, Kind};
use model::Labels;
use query::quote::quote_bytes;
use query::{Grid, Grouping, Point, number};
use rustc_hash::FxHashMap;

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
        let mut groups: Vec<(Labels, Vec<u64>)> = Vec::new();
        self.vector(&a.input, grid, &mut |series| {
            for step in 0..grid.len() {
                let text = match series.points.get(step) {
                    Some(Point::Float(value)) => number::format_plain(value),
                    Some(Point::Histogram(h)) => describe(&h),
                    None => continue,
                };
                let labels = grouping.group_of(&series.labels.with(&label.value, &text));
                let at = *places.entry(labels).or_insert_with_key(|labels| {
                    groups.push((labels.clone(), vec![0; grid.len()]));
                    groups.len() - 1
                });
                groups[at].1[step] += 1;
            }
            self.allow((groups.len() * grid.len()) as u64)
        })?;
        for (labels, counts) in groups {
            let mut points = Points::absent(counts.len());
            counts
                .into_iter()
                .enumerate()
                .filter(|(_, n)| *n > 0)
                .for_each(|(step, n)| points.set_float(step, n as f64));
            sink(Series { labels, drop_name: false, points })?;
        }
        Ok(())
    }
}
