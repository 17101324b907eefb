//! Two vectors matched by their labels.
//!
//! Under `exec/binary.rs`. Series are numbered by their match signature; the "one" side becomes a table "signature and step to
//! series", and the other side walks over it, one series at a time over all steps.
//! Invariant: of several errors the one at the earliest step is reported.

use super::operator::{Operator, Outcome, of_floats, scalar_op, truth};
use crate::error::QueryError;
use crate::exec::{Exec, Points, Series, series};
use crate::plan::Operation;
use model::Labels;
use query::{Cardinality, Grid, Point, Span, VectorMatching};
use rustc_hash::FxHashMap;

/// The first error of an evaluation: by step, then by the phase in which it is found, then by series.
#[derive(Default)]
struct FirstError(Option<((usize, u8, usize), String)>);

impl FirstError {
    fn offer(&mut self, place: (usize, u8, usize), message: impl FnOnce() -> String) {
        if self.0.as_ref().is_none_or(|(known, _)| place < *known) {
            self.0 = Some((place, message()));
        }
    }
}

/// Two vectors being matched.
pub(super) struct Matcher<'m> {
    exec: &'m Exec<'m>,
    operator: Operator,
    operation: &'m Operation,
    many: &'m [Series],
    one: &'m [Series],
    /// The sides were exchanged: `many` is the right one.
    swapped: bool,
    steps: usize,
    /// Signature of each series.
    many_signatures: Vec<usize>,
    one_signatures: Vec<usize>,
    /// For each signature and step, the number of the series on the one side.
    table: Vec<Vec<u32>>,
    /// For each signature the one series of the one side that has it.
    lone: Vec<Option<u32>>,
    /// Whether a step can have any result.
    active: Vec<bool>,
    /// Signature and step pairs that have been used.
    used: Vec<Vec<bool>>,
    outputs: Vec<Series>,
    /// Place of an output by signature and labels; only in many-to-one matching do signatures keep outputs apart.
    places: FxHashMap<(usize, Labels), usize>,
    /// The last pair of series, and its output: the next step is most likely the same pair.
    recent: Option<((usize, u32), usize)>,
    /// Steps at which an output has been claimed, be it that a comparison then left it out.
    claimed: Vec<Vec<bool>>,
    error: FirstError,
}

const NONE: u32 = u32::MAX;

impl<'m> Matcher<'m> {
    pub(super) fn new(
        exec: &'m Exec<'m>,
        span: Span,
        operation: &'m Operation,
        many: &'m [Series],
        one: &'m [Series],
        grid: &Grid,
        swapped: bool,
    ) -> Self {
        let steps = grid.len();
        let mut numbers: FxHashMap<Labels, usize> = FxHashMap::default();
        let mut number = |series: &[Series]| -> Vec<usize> {
            let signature = |s: &Series| operation.matching.signature(&s.labels);
            series
                .iter()
                .map(|s| {
                    let next = numbers.len();
                    *numbers.entry(signature(s)).or_insert(next)
                })
                .collect()
        };
        let (many_signatures, one_signatures) = (number(many), number(one));
        let count = numbers.len();
        let any = |series: &[Series]| -> Vec<bool> {
            (0..steps).map(|step| series.iter().any(|s| s.points.is_present(step))).collect()
        };
        let fills = operation.matching.fills();
        let active =
            any(many).into_iter().zip(any(one)).map(|(a, b)| if fills { a || b } else { a && b }).collect();
        Matcher {
            exec,
            operator: Operator { op: operation.op, span },
            operation,
            many,
            one,
            swapped,
            steps,
            many_signatures,
            one_signatures,
            table: vec![Vec::new(); count],
            lone: vec![None; count],
            active,
            used: vec![Vec::new(); count],
            outputs: Vec::new(),
            places: FxHashMap::default(),
            recent: None,
            claimed: Vec::new(),
            error: FirstError::default(),
        }
    }

    fn matching(&self) -> &'m VectorMatching {
        &self.operation.matching
    }

    pub(super) fn run(&mut self) {
        self.index_one_side();
        // Under `group_right` too it is `fill_left` that stands in for the many side: so the conformance files have it.
        let (fill_many, fill_one) = (self.matching().fill_left, self.matching().fill_right);
        let of_numbers = scalar_op(self.operator.op, 0.0, 0.0).is_some() && !self.matching().fills();
        for (number, series) in self.many.iter().enumerate() {
            let signature = self.many_signatures[number];
            if of_numbers
                && let Some(i) = self.lone[signature]
                && series.points.only_floats()
                && self.one[i as usize].points.only_floats()
            {
                self.pair_floats((number, i), signature);
                continue;
            }
            for step in 0..self.steps {
                let Some(point) = series.points.get(step).filter(|_| self.active[step]) else { continue };
                match self.table[signature].get(step).copied().filter(|i| *i != NONE) {
                    Some(i) => {
                        let other = &self.one[i as usize];
                        let Some(partner) = other.points.get(step) else { continue };
                        self.pair(
                            step,
                            (number, i),
                            signature,
                            (&series.labels, &point),
                            (&other.labels, &partner),
                        );
                    }
                    None => {
                        let Some(fill) = fill_one else { continue };
                        let labels = self.matching().signature(&series.labels);
                        let partner = Point::Float(fill);
                        self.pair(
                            step,
                            (number, NONE),
                            signature,
                            (&series.labels, &point),
                            (&labels, &partner),
                        );
                    }
                }
            }
        }
        if let Some(fill) = fill_many {
            self.fill_unmatched(fill);
        }
    }

    /// Numbers the series of the one side by signature and step. Two at once are an error.
    fn index_one_side(&mut self) {
        for (number, series) in self.one.iter().enumerate() {
            let signature = self.one_signatures[number];
            if self.table[signature].is_empty() {
                self.table[signature] = vec![NONE; self.steps];
                self.lone[signature] = u32::try_from(number).ok();
            } else {
                self.lone[signature] = None;
            }
            for step in (0..self.steps).filter(|step| series.points.is_present(*step)) {
                let known = self.table[signature][step];
                if known == NONE {
                    self.table[signature][step] = u32::try_from(number).unwrap_or(NONE);
                } else if self.active[step] {
                    let first = &self.one[known as usize].labels;
                    let (matching, side) = (self.matching(), if self.swapped { "left" } else { "right" });
                    self.error.offer((step, 0, number), || duplicate(matching, side, first, &series.labels));
                }
            }
        }
    }

    /// Pairs what is left of the one side with a filled-in value.
    fn fill_unmatched(&mut self, fill: f64) {
        for (number, series) in self.one.iter().enumerate() {
            let signature = self.one_signatures[number];
            for step in 0..self.steps {
                let Some(point) = series.points.get(step) else { continue };
                if self.used[signature].get(step).copied().unwrap_or(false) {
                    continue;
                }
                let labels = self.matching().signature(&series.labels);
                let place = self.many.len() + number;
                self.pair(
                    step,
                    (place, NONE),
                    signature,
                    (&labels, &Point::Float(fill)),
                    (&series.labels, &point),
                );
            }
        }
    }

    fn pair(
        &mut self,
        step: usize,
        pair: (usize, u32),
        signature: usize,
        (many_labels, many): (&Labels, &Point),
        (one_labels, one): (&Labels, &Point),
    ) {
        let (left, right) = if self.swapped { (one, many) } else { (many, one) };
        let outcome = self.operator.apply(left, right, &mut self.exec.notes.borrow_mut());
        let Outcome::Point(point, holds) = outcome else { return };
        let labels = (many_labels, one_labels);
        let Some(at) = self.claim(step, pair, signature, labels) else { return };
        if self.operation.return_bool {
            self.outputs[at].points.set(step, truth(holds));
        } else if holds {
            self.outputs[at].points.set(step, point);
        }
    }

    /// All steps of two series without histograms that have nobody else to pair with on the one side.
    fn pair_floats(&mut self, pair: (usize, u32), signature: usize) {
        let (many, one) = (&self.many[pair.0], &self.one[pair.1 as usize]);
        for step in 0..self.steps {
            let (Some(x), Some(y)) = (many.points.float(step), one.points.float(step)) else { continue };
            let (left, right) = if self.swapped { (y, x) } else { (x, y) };
            let point = of_floats(self.operation, left, right, left);
            let Some(at) = self.claim(step, pair, signature, (&many.labels, &one.labels)) else { continue };
            if let Some(value) = point {
                self.outputs[at].points.set_float(step, value);
            }
        }
    }

    /// The output that a pair has at a step, unless another pair has it.
    fn claim(
        &mut self,
        step: usize,
        pair: (usize, u32),
        signature: usize,
        (many_labels, one_labels): (&Labels, &Labels),
    ) -> Option<usize> {
        let one_to_one = self.matching().cardinality == Cardinality::OneToOne;
        if self.used[signature].is_empty() {
            self.used[signature] = vec![false; self.steps];
        }
        let used = std::mem::replace(&mut self.used[signature][step], true);
        if used && one_to_one {
            self.error.offer((step, 1, pair.0), || {
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)".to_owned()
            });
            return None;
        }
        let at = match self.recent {
            Some((known, at)) if known == pair => at,
            _ => self.output(signature, many_labels, one_labels),
        };
        self.recent = Some((pair, at));
        let claimed = std::mem::replace(&mut self.claimed[at][step], true);
        if claimed && !one_to_one {
            let message = "multiple matches for labels: grouping labels must ensure unique matches";
            self.error.offer((step, 1, pair.0), || message.to_owned());
            return None;
        }
        Some(at)
    }

    /// The place of the output of a pair.
    fn output(&mut self, signature: usize, many: &Labels, one: &Labels) -> usize {
        let labels = self.result_labels(many, one);
        let drop_name = self.operation.return_bool;
        let key = (if self.matching().cardinality == Cardinality::OneToOne { 0 } else { signature }, labels);
        if let Some(at) = self.places.get(&key) {
            return *at;
        }
        let at = self.outputs.len();
        self.outputs.push(Series { labels: key.1.clone(), drop_name, points: Points::absent(self.steps) });
        self.claimed.push(vec![false; self.steps]);
        self.places.insert(key, at);
        at
    }

    fn result_labels(&self, many: &Labels, one: &Labels) -> Labels {
        let matching = self.matching();
        let drops = self.operation.op.changes_metric()
            || (self.operation.return_bool && !self.exec.options.delayed_name_removal);
        let mut labels = if drops { series::without_metadata(many) } else { many.clone() };
        if matching.cardinality == Cardinality::OneToOne {
            labels = if matching.on {
                labels.keep_only(&matching.labels)
            } else {
                labels.without(&matching.labels)
            };
        }
        for name in &matching.include {
            labels = labels.with(name, one.value(name));
        }
        labels
    }

    pub(super) fn finish(self) -> Result<Vec<Series>, QueryError> {
        if let Some((_, message)) = self.error.0 {
            return Err(QueryError::Execution(message));
        }
        Ok(self.outputs.into_iter().filter(|s| !s.points.is_empty()).collect())
    }
}

fn duplicate(matching: &VectorMatching, side: &str, first: &Labels, second: &Labels) -> String {
    let group = matching.signature(second);
    let mut pair = [first.to_string(), second.to_string()];
    pair.sort();
    let [a, b] = pair;
    format!(
        "found duplicate series for the match group {group} on the {side} hand-side of the operation: [{a}, {b}];many-to-many matching not allowed: matching labels must be unique on one side"
    )
}
