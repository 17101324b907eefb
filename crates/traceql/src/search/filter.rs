//! Which traces a search may match, asked of columns where they are stored: only those are built and shown.

use super::Shown;
use super::answer::Answering;
use crate::error::TraceqlError;
use crate::exec::{Answers, Evaluator, Program, UnitView, needs_of};
use contract::{SourceError, SpanUnit, TraceAnswer, TraceFilter, UnitNeeds};
use std::sync::{Arc, Mutex, PoisonError};

/// The test of one search.
pub(super) struct SearchFilter {
    program: Program,
    needs: UnitNeeds,
    /// What was found out of dictionaries: one set a thread that is not at work just now.
    answers: Mutex<Vec<Answers>>,
    answering: Option<Answering>,
}

impl SearchFilter {
    /// `None` when columns do not say enough.
    pub(super) fn of(program: &Program, shown: &Arc<Shown>, spss: usize) -> Option<Self> {
        let needs = needs_of(program, None, std::iter::empty(), false)?;
        let answering = Answering::of(program, shown, spss);
        Some(SearchFilter { program: program.clone(), needs, answers: Mutex::default(), answering })
    }

    fn ask(&self, unit: &dyn SpanUnit) -> Result<Vec<bool>, TraceqlError> {
        let lock = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = lock().pop().unwrap_or_default();
        let mut evaluator = Evaluator::new(&self.program, false, answers);
        let mask = evaluator.run(&UnitView::new(unit))?;
        lock().push(evaluator.into_answers());
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
        match answering.traces(unit) {
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
