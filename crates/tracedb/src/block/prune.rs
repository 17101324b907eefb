//! Which traces of a block may satisfy a query's conditions: dictionaries first, then only the pages that matter.
//!
//! Invariant: never drops a trace that has a span satisfying the conditions; where a condition cannot be decided on
//! columns (events, links, arrays, properties of whole traces) it lets everything through.

mod quick;

use super::granule::count_columns;
use super::sections::{self, Granule, Place};
use super::values::{self, Kind, Values};
use super::writer::page::{self, FIRST_COLUMN_PAGE};
use super::{Index, Pages};
use crate::assemble::{Origin, Row};
use crate::error::DecodeError;
use crate::predicate::{Predicate, Predicates};
use contract::{Attribute, Intrinsic, SpanScope};
use model::{Span, Value};
use std::sync::Arc;

/// How one condition is decided on this block.
enum Test {
    Always,
    Never,
    /// By origin, or by any of the columns of span attributes; a column comes with what its dictionary's texts answer.
    Rows {
        origins: Option<Vec<bool>>,
        columns: Vec<(u32, Vec<bool>)>,
    },
    /// A text that every span has: the answers of its dictionary, and of "".
    Own {
        column: u32,
        answers: Vec<bool>,
        blank: bool,
    },
    /// Children of a granule may satisfy it when one of these columns has a page.
    Children(Vec<u32>),
    Duration,
    Kind,
    Status,
    TraceId,
}

/// The conditions of a query, prepared once for one block: every dictionary entry is asked once.
pub(crate) struct BlockTests {
    predicates: Arc<Predicates>,
    tests: Vec<Test>,
}

impl BlockTests {
    pub(crate) fn new(index: &Index, predicates: &Arc<Predicates>) -> Self {
        let tests = predicates.list.iter().map(|predicate| prepare(index, predicate)).collect();
        BlockTests { predicates: predicates.clone(), tests }
    }

    /// Whether no trace of the block can match.
    pub(crate) fn hopeless(&self) -> bool {
        self.combine(|_, test| !matches!(test, Test::Never)).is_some_and(|any| !any)
    }

    /// Whether no trace of the granule can match.
    pub(crate) fn hopeless_in(&self, granule: &Granule) -> bool {
        let has = |column: &u32| {
            granule.pages.binary_search_by_key(&(FIRST_COLUMN_PAGE + column), |page| page.id).is_ok()
        };
        let possible = self.combine(|predicate, test| match test {
            Test::Never => false,
            Test::Duration => granule.durations.get().is_none_or(|bounds| predicate.accepts_some_of(*bounds)),
            Test::Rows { origins: None, columns } => columns.iter().any(|(column, _)| has(column)),
            Test::Children(columns) => columns.iter().any(has),
            _ => true,
        });
        possible.is_some_and(|any| !any)
    }

    /// All or any of the tests; `None` without conditions.
    fn combine(&self, mut ask: impl FnMut(&Predicate, &Test) -> bool) -> Option<bool> {
        let mut pairs = self.predicates.list.iter().zip(&self.tests);
        match self.tests.is_empty() {
            true => None,
            false if self.predicates.all => Some(pairs.all(|(p, t)| ask(p, t))),
            false => Some(pairs.any(|(p, t)| ask(p, t))),
        }
    }

    /// The pages that [`BlockTests::traces`] needs, ascending.
    pub(crate) fn pages(&self) -> Vec<u32> {
        let mut ids = Vec::new();
        for test in &self.tests {
            match test {
                Test::Always | Test::Never | Test::Children(_) | Test::TraceId => {}
                Test::Rows { origins, columns } => {
                    if origins.is_some() {
                        ids.push(page::ORIGIN);
                    }
                    if !columns.is_empty() {
                        ids.push(page::SHAPE);
                    }
                    ids.extend(columns.iter().map(|(column, _)| FIRST_COLUMN_PAGE + column));
                }
                Test::Own { column, .. } => ids.push(FIRST_COLUMN_PAGE + column),
                Test::Duration => ids.push(page::DURATION),
                Test::Kind | Test::Status => ids.push(page::KIND_STATUS),
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The ordinals of traces of a granule that may match.
    pub(crate) fn traces(
        &self,
        index: &Index,
        granule: &Granule,
        pages: &Pages,
    ) -> Result<Vec<usize>, DecodeError> {
        let ordinals = granule.first_trace..granule.first_trace + granule.traces;
        let mut mask = vec![self.predicates.all || self.tests.is_empty(); granule.rows];
        for (predicate, test) in self.predicates.list.iter().zip(&self.tests) {
            let answer = rows_of_test(index, granule, pages, predicate, test)?;
            for (row, answer) in mask.iter_mut().zip(answer) {
                *row = if self.predicates.all { *row && answer } else { *row || answer };
            }
        }
        let mut row = 0;
        let matches = ordinals.filter(|ordinal| {
            let rows = row..row + index.traces.spans[*ordinal] as usize;
            row = rows.end;
            mask[rows].contains(&true)
        });
        Ok(matches.collect())
    }
}

fn prepare(index: &Index, predicate: &Predicate) -> Test {
    if predicate.undecided() {
        return Test::Always;
    }
    match &predicate.attribute {
        Attribute::Intrinsic(intrinsic) => prepare_intrinsic(index, predicate, *intrinsic),
        Attribute::Key(scope, key) => prepare_key(index, predicate, *scope, key),
    }
}

fn prepare_intrinsic(index: &Index, predicate: &Predicate, intrinsic: Intrinsic) -> Test {
    match intrinsic {
        Intrinsic::Duration => Test::Duration,
        Intrinsic::Kind => Test::Kind,
        Intrinsic::Status => Test::Status,
        Intrinsic::TraceId => Test::TraceId,
        Intrinsic::Name => own(index, predicate, sections::NAME),
        Intrinsic::StatusMessage => own(index, predicate, sections::STATUS_MESSAGE),
        Intrinsic::InstrumentationName | Intrinsic::InstrumentationVersion => {
            rows(Some(by_origin(index, predicate)), Vec::new())
        }
        Intrinsic::EventName => match own(index, predicate, sections::EVENT_NAME) {
            Test::Own { blank: false, .. } => Test::Children(vec![sections::EVENT_NAME]),
            Test::Never => Test::Never,
            _ => Test::Always,
        },
        _ => Test::Always,
    }
}

fn own(index: &Index, predicate: &Predicate, column: u32) -> Test {
    let stored = &index.columns[column as usize];
    let answers = answers(predicate, &stored.dictionary);
    let blank = predicate.accepts(&Value::from(""));
    match stored.complete && !blank && !answers.contains(&true) {
        true => Test::Never,
        false => Test::Own { column, answers, blank },
    }
}

fn prepare_key(index: &Index, predicate: &Predicate, scope: Option<SpanScope>, key: &str) -> Test {
    let with_key = |place: Place| {
        let of = move |c: &&sections::Column| c.place == place && &*c.key == key;
        (0u32..).zip(&index.columns).filter(move |(_, c)| of(c)).map(|(number, _)| number)
    };
    match scope {
        Some(SpanScope::Event) => children(with_key(Place::Event).collect()),
        Some(SpanScope::Link) => children(with_key(Place::Link).collect()),
        Some(SpanScope::Resource | SpanScope::Instrumentation) => {
            rows(Some(by_origin(index, predicate)), Vec::new())
        }
        Some(SpanScope::Span) => rows(None, columns(index, predicate, with_key(Place::Span))),
        None => {
            if with_key(Place::Event).chain(with_key(Place::Link)).next().is_some() {
                return Test::Always;
            }
            rows(Some(by_origin(index, predicate)), columns(index, predicate, with_key(Place::Span)))
        }
    }
}

fn children(columns: Vec<u32>) -> Test {
    if columns.is_empty() { Test::Never } else { Test::Children(columns) }
}

fn rows(origins: Option<Vec<bool>>, columns: Vec<(u32, Vec<bool>)>) -> Test {
    let origins = origins.filter(|origins| origins.contains(&true));
    match origins.is_none() && columns.is_empty() {
        true => Test::Never,
        false => Test::Rows { origins, columns },
    }
}

/// The columns that may hold an accepted value, with the answers of their dictionaries.
fn columns(
    index: &Index,
    predicate: &Predicate,
    numbers: impl Iterator<Item = u32>,
) -> Vec<(u32, Vec<bool>)> {
    numbers
        .map(|number| (number, answers(predicate, &index.columns[number as usize].dictionary)))
        .filter(|(number, answers)| {
            let column = &index.columns[*number as usize];
            column.kind != Kind::Text || !column.complete || answers.contains(&true)
        })
        .collect()
}

fn answers(predicate: &Predicate, dictionary: &[Arc<str>]) -> Vec<bool> {
    dictionary.iter().map(|text| predicate.accepts(&Value::Str(text.clone()))).collect()
}

fn by_origin(index: &Index, predicate: &Predicate) -> Vec<bool> {
    let blank = Arc::new(Span::default());
    let might = |origin: &Arc<Origin>| predicate.might(&Row { origin: origin.clone(), span: blank.clone() });
    index.origins.iter().map(might).collect()
}

fn rows_of_test(
    index: &Index,
    granule: &Granule,
    pages: &Pages,
    predicate: &Predicate,
    test: &Test,
) -> Result<Vec<bool>, DecodeError> {
    let number = |id: u32, of: fn(u64) -> i64| -> Result<Vec<bool>, DecodeError> {
        let numbers = pages.numbers(id, granule.rows)?;
        Ok(numbers.into_iter().map(|n| predicate.accepts(&Value::Int(of(n)))).collect())
    };
    match test {
        Test::Always => Ok(vec![true; granule.rows]),
        Test::Never => Ok(vec![false; granule.rows]),
        Test::Children(columns) => {
            let has = |column: &u32| {
                granule.pages.binary_search_by_key(&(FIRST_COLUMN_PAGE + column), |page| page.id).is_ok()
            };
            Ok(vec![columns.iter().any(has); granule.rows])
        }
        Test::Duration => {
            let durations = granule.durations_of(pages.numbers(page::DURATION, granule.rows)?);
            Ok(durations.into_iter().map(|duration| predicate.accepts(&Value::Int(duration))).collect())
        }
        Test::Kind => number(page::KIND_STATUS, |n| (n & 7) as i64),
        Test::Status => number(page::KIND_STATUS, |n| (n >> 3) as i64),
        Test::TraceId => {
            let ordinals = granule.first_trace..granule.first_trace + granule.traces;
            Ok(ordinals
                .flat_map(|ordinal| {
                    let id = Value::from(index.traces.ids[ordinal].to_string().as_str());
                    std::iter::repeat_n(predicate.accepts(&id), index.traces.spans[ordinal] as usize)
                })
                .collect())
        }
        Test::Own { column, answers, blank } => {
            let stored = &index.columns[*column as usize];
            match pages.get(FIRST_COLUMN_PAGE + column) {
                None => Ok(vec![*blank; granule.rows]),
                Some(page) => {
                    let values = values::decode(page, stored.kind, granule.rows, stored.dictionary.len())?;
                    Ok((0..granule.rows).map(|i| accepts(predicate, &values, i, answers)).collect())
                }
            }
        }
        Test::Rows { origins, columns } => {
            let mut mask = match origins {
                None => vec![false; granule.rows],
                Some(answers) => {
                    let origins = pages.numbers(page::ORIGIN, granule.rows)?;
                    origins.into_iter().map(|o| answers.get(o as usize).copied().unwrap_or(true)).collect()
                }
            };
            if !columns.is_empty() {
                let shapes = pages.numbers(page::SHAPE, granule.rows)?;
                let mut counts = vec![0; index.columns.len()];
                count_columns(&index.shapes, &shapes, &mut counts)?;
                for (column, answers) in columns {
                    mark(index, pages, predicate, (*column, answers), (&shapes, &counts), &mut mask)?;
                }
            }
            Ok(mask)
        }
    }
}

/// Sets the rows whose value in one column may be accepted.
fn mark(
    index: &Index,
    pages: &Pages,
    predicate: &Predicate,
    (column, answers): (u32, &[bool]),
    (shapes, counts): (&[u64], &[usize]),
    mask: &mut [bool],
) -> Result<(), DecodeError> {
    let Some(page) = pages.get(FIRST_COLUMN_PAGE + column) else { return Ok(()) };
    let stored = &index.columns[column as usize];
    let values = values::decode(page, stored.kind, counts[column as usize], stored.dictionary.len())?;
    let times = |shape: &Vec<u32>| shape.iter().filter(|c| **c == column).count();
    let times: Vec<usize> = index.shapes.iter().map(times).collect();
    let mut next = 0;
    for (row, shape) in mask.iter_mut().zip(shapes) {
        for _ in 0..times[*shape as usize] {
            *row = *row || accepts(predicate, &values, next, answers);
            next += 1;
        }
    }
    Ok(())
}

fn accepts(predicate: &Predicate, values: &Values, index: usize, answers: &[bool]) -> bool {
    match values {
        Values::Codes(codes) => {
            codes.get(index).and_then(|code| answers.get(*code as usize)).copied().unwrap_or(true)
        }
        Values::Others(values) => {
            values.get(index).is_none_or(|v| matches!(v, Value::Array(_)) || predicate.accepts(v))
        }
        _ => values.get(index, &[]).is_none_or(|value| predicate.accepts(&value)),
    }
}
