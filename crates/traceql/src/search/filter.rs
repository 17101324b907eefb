//! Which traces a search may match, asked of columns where they are stored: only those are built and shown.

use super::Shown;
use super::answer::Answering;
use crate::error::TraceqlError;
use crate::exec::{Answers, Evaluator, Program, UnitView, needs_of};
use contract::{SourceError, SpanUnit, TraceAnswer, TraceFilter, UnitNeeds};
use model::TraceId;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The test of one search.
pub(super) struct SearchFilter {
    program: Program,
    needs: UnitNeeds,
    /// What was found out of dictionaries: one set a thread that is not at work just now.
    answers: Mutex<Vec<Answers>>,
    answering: Option<Answering>,
    found: Mutex<Found>,
}

/// 1 Mi rows, 4 MiB: what is found beyond is found again when it is answered.
const MAX_FOUND_ROWS: usize = 1 << 20;

/// The rows that were found of traces that were not answered yet, counted from the first of the trace.
#[derive(Default)]
struct Found {
    rows: FxHashMap<TraceId, Box<[u32]>>,
    held: usize,
}

impl Found {
    fn put(&mut self, unit: &dyn SpanUnit, mask: &[bool]) {
        for trace in unit.traces() {
            let of_trace = &mask[trace.rows.clone()];
            let count = of_trace.iter().filter(|found| **found).count();
            if count > 0 && self.held + count <= MAX_FOUND_ROWS {
                let rows = (0..).zip(of_trace).filter(|(_, found)| **found).map(|(row, _)| row).collect();
                let replaced = self.rows.insert(trace.trace_id, rows);
                self.held = self.held + count - replaced.map_or(0, |rows| rows.len());
            }
        }
    }

    /// The mask of a unit; `None` when a trace of it is not known.
    fn take(&mut self, unit: &dyn SpanUnit) -> Option<Vec<bool>> {
        let mut mask = vec![false; unit.rows()];
        for trace in unit.traces() {
            let rows = self.rows.remove(&trace.trace_id)?;
            self.held -= rows.len();
            for row in rows {
                *mask[trace.rows.clone()].get_mut(row as usize)? = true;
            }
        }
        Some(mask)
    }
}

impl SearchFilter {
    /// `None` when columns do not say enough.
    pub(super) fn of(program: &Program, shown: &Arc<Shown>, spss: usize) -> Option<Self> {
        let needs = needs_of(program, None, std::iter::empty(), false)?;
        let answering = Answering::of(program, shown, spss);
        Some(SearchFilter {
            program: program.clone(),
            needs,
            answers: Mutex::default(),
            answering,
            found: Mutex::default(),
        })
    }

    fn ask(&self, unit: &dyn SpanUnit) -> Result<Vec<bool>, TraceqlError> {
        let lock = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = lock().pop().unwrap_or_default();
        let mut evaluator = Evaluator::new(&self.program, false, answers);
        let mask = evaluator.run(&UnitView::new(unit))?;
        lock().push(evaluator.into_answers());
        if self.answering.as_ref().is_some_and(Answering::picks_plainly) {
            self.found.lock().unwrap_or_else(PoisonError::into_inner).put(unit, &mask);
        }
        Ok(unit.traces().iter().map(|trace| mask[trace.rows.clone()].contains(&true)).collect())
    }
}

impl TraceFilter for SearchFilter {
    fn needs(&self) -> &UnitNeeds {
        &self.needs
    }

    fn may_match(&self, unit: &dyn SpanUnit) -> Result<Vec<bool>, SourceError> {
        match self.ask(unit) {
            Ok(matches) => Ok(matches),
            Err(TraceqlError::Source(error)) => Err(error),
            // What else can go wrong goes wrong on the built trace too, and is told there.
            Err(_) => Ok(vec![true; unit.traces().len()]),
        }
    }

    fn needs_to_answer(&self) -> Option<&UnitNeeds> {
        self.answering.as_ref().map(|answering| &answering.needs)
    }

    fn answer(&self, unit: &dyn SpanUnit) -> Result<Vec<Option<TraceAnswer>>, SourceError> {
        let Some(answering) = &self.answering else {
            return Ok(unit.traces().iter().map(|_| None).collect());
        };
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).take(unit);
        match answering.traces(unit, found) {
            Ok(traces) => Ok(traces
                .into_iter()
                .map(|found| found.map(|found| Box::new(found) as TraceAnswer))
                .collect()),
            Err(TraceqlError::Source(error)) => Err(error),
            // Queries that can fail on a trace are not answered here.
            Err(error) => Err(SourceError::Unavailable(error.to_string())),
        }
    }
}
