//! Granules in which a text does not occur: found out from the pages of its key alone, before rows are looked at.
//!
//! Invariant: as in [`super`]: what is ruled out has no span that satisfies the conditions.

use super::{BlockTests, Test};
use crate::block::values::{self, Kind};
use crate::block::writer::page::FIRST_COLUMN_PAGE;
use crate::block::{Index, Pages};
use crate::error::DecodeError;
use crate::predicate::Predicate;
use contract::ConditionOp;
use model::Value;

/// The text that a value must be equal to.
fn wanted(predicate: &Predicate) -> Option<&str> {
    match (predicate.op, &predicate.operand) {
        (ConditionOp::Equal, Some(Value::Str(text))) => Some(text),
        _ => None,
    }
}

impl BlockTests {
    /// The pages that [`BlockTests::rules_out`] needs, ascending; none when it can say nothing.
    pub(crate) fn quick_pages(&self) -> Vec<u32> {
        let mut ids = Vec::new();
        for (predicate, test) in self.predicates.list.iter().zip(&self.tests) {
            match (wanted(predicate), test) {
                (Some(_), Test::Rows { origins: None, columns }) => {
                    ids.extend(columns.iter().map(|(column, _)| FIRST_COLUMN_PAGE + column));
                }
                _ if self.predicates.all => {}
                // Any of them will do, and of this one nothing is known.
                _ => return Vec::new(),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether no trace of the granule with these pages can match.
    pub(crate) fn rules_out(&self, index: &Index, pages: &Pages) -> Result<bool, DecodeError> {
        let mut any = false;
        for (predicate, test) in self.predicates.list.iter().zip(&self.tests) {
            let out = match (wanted(predicate), test) {
                (Some(text), Test::Rows { origins: None, columns }) => !occurs(index, pages, columns, text)?,
                _ => false,
            };
            match (out, self.predicates.all) {
                (true, true) => return Ok(true),
                (false, false) => return Ok(false),
                _ => any = true,
            }
        }
        Ok(any && !self.predicates.all)
    }
}

/// Whether a text may be a value of one of these columns; each comes with what its dictionary's texts answer.
fn occurs(
    index: &Index,
    pages: &Pages,
    columns: &[(u32, Vec<bool>)],
    text: &str,
) -> Result<bool, DecodeError> {
    for (column, answers) in columns {
        let Some(page) = pages.get(FIRST_COLUMN_PAGE + column) else { continue };
        let occurs = match index.columns[*column as usize].kind {
            Kind::Text => values::may_hold(page, text, answers.contains(&true))?,
            // Lists may hold texts.
            Kind::Other => true,
            Kind::Int | Kind::Double | Kind::Flag => false,
        };
        if occurs {
            return Ok(true);
        }
    }
    Ok(false)
}
