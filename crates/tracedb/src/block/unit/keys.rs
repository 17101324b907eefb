//! Attributes of spans as columns: which columns a key has, and walking them row by row along the shapes.

use super::Columns;
use crate::block::Index;
use crate::block::sections::Place;
use crate::block::values::{self, Values};
use crate::block::writer::page::{self, FIRST_COLUMN_PAGE};
use crate::error::DecodeError;
use contract::{Attribute, Dictionary, DictionaryBuilder, SpanColumn, SpanScope};
use model::{Value, attr};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Adds the pages that a key needs.
pub(super) fn pages(index: &Index, scope: Option<SpanScope>, key: &str, ids: &mut Vec<u32>) {
    let mut columns = |place: Place, of: &[u32]| {
        ids.extend_from_slice(of);
        ids.extend(numbers(index, place, key).into_iter().map(|number| FIRST_COLUMN_PAGE + number));
    };
    match scope {
        Some(SpanScope::Span) => columns(Place::Span, &[page::SHAPE]),
        Some(SpanScope::Event) => columns(Place::Event, &[page::EVENTS, page::EVENT_SHAPE]),
        Some(SpanScope::Link) => columns(Place::Link, &[page::LINKS, page::LINK_SHAPE]),
        Some(SpanScope::Resource | SpanScope::Instrumentation) => ids.push(page::ORIGIN),
        None => columns(Place::Span, &[page::SHAPE, page::ORIGIN]),
    }
}

/// Adds the pages of all attributes of spans, resources and libraries.
pub(super) fn all_pages(index: &Index, ids: &mut Vec<u32>) {
    ids.extend([page::SHAPE, page::ORIGIN]);
    let of_spans = (0..).zip(&index.columns).filter(|(_, column)| column.place == Place::Span);
    ids.extend(of_spans.map(|(number, _): (u32, _)| FIRST_COLUMN_PAGE + number));
}

/// The columns of a key: one a type.
fn numbers(index: &Index, place: Place, key: &str) -> Vec<u32> {
    let of_key =
        |(_, column): &(u32, &crate::block::sections::Column)| column.place == place && &*column.key == key;
    (0..).zip(&index.columns).filter(of_key).map(|(number, _)| number).collect()
}

/// The columns of one key, read in step with the shapes of rows, events or links.
pub(super) struct Walk<'a> {
    columns: Vec<Stored<'a>>,
    /// By shape: which of `columns` says the key's value, the first that the shape names; and how far each moves on.
    first: Vec<Option<usize>>,
    steps: Vec<Vec<(usize, usize)>>,
    next: Vec<usize>,
}

struct Stored<'a> {
    values: Values,
    dictionary: &'a Arc<Vec<Arc<str>>>,
    /// Codes of the dictionary -> codes of the column that is built; 0 where not seen yet.
    codes: Vec<u32>,
}

impl<'a> Walk<'a> {
    /// `shapes` of all rows (events, links); `None` when none of them has the key.
    pub(super) fn new(
        columns: &Columns<'a>,
        place: Place,
        key: &str,
        shapes: &[u64],
    ) -> Result<Option<Self>, DecodeError> {
        let index = columns.index;
        let numbers = numbers(index, place, key);
        let mut used = vec![0usize; index.shapes.len()];
        for shape in shapes {
            *used.get_mut(*shape as usize).ok_or(DecodeError::Invalid("shape"))? += 1;
        }
        let mut walk = Walk { columns: Vec::new(), first: Vec::new(), steps: Vec::new(), next: Vec::new() };
        let mut counts = vec![0usize; numbers.len()];
        for (shape, used) in index.shapes.iter().zip(&used) {
            let place_of = |column: &u32| numbers.iter().position(|number| number == column);
            walk.first.push(shape.iter().find_map(place_of));
            let times = |number: &u32| shape.iter().filter(|column| *column == number).count();
            let steps = numbers.iter().map(times).enumerate().filter(|(_, times)| *times > 0);
            let steps: Vec<(usize, usize)> = steps.collect();
            steps.iter().for_each(|(at, times)| counts[*at] += times * used);
            walk.steps.push(steps);
        }
        if counts.iter().all(|count| *count == 0) {
            return Ok(None);
        }
        for (number, count) in numbers.iter().zip(counts) {
            let column = &index.columns[*number as usize];
            let values = match columns.pages.get(FIRST_COLUMN_PAGE + number) {
                Some(page) => values::decode(page, column.kind, count, column.dictionary.len())?,
                None if count == 0 => Values::Ints(Vec::new()),
                None => return Err(DecodeError::Invalid("missing page")),
            };
            walk.columns.push(Stored { values, dictionary: &column.dictionary, codes: Vec::new() });
            walk.next.push(0);
        }
        Ok(Some(walk))
    }

    /// When the key has one column of one dictionary: its codes plus one a row, and the dictionary.
    fn plain(&self, shapes: &[u64]) -> Option<SpanColumn> {
        let [Stored { values: Values::Codes(stored), dictionary, .. }] = &self.columns[..] else {
            return None;
        };
        let mut next = 0;
        let steps: Vec<usize> = self.steps.iter().map(|s| s.first().map_or(0, |(_, times)| *times)).collect();
        let codes = shapes.iter().map(|shape| match steps[*shape as usize] {
            0 => 0,
            times => {
                next += times;
                stored[next - times] as u32 + 1
            }
        });
        Some(SpanColumn::Codes(codes.collect(), Dictionary::Texts((*dictionary).clone())))
    }

    /// The code of the next row's value, 0 when it lacks the key.
    fn code(&mut self, shape: u64, dictionary: &mut DictionaryBuilder) -> u32 {
        let code = match self.first[shape as usize] {
            None => 0,
            Some(first) => {
                let (column, at) = (&mut self.columns[first], self.next[first]);
                match &column.values {
                    Values::Codes(stored) => {
                        let entry = stored[at] as usize;
                        column.codes.resize(column.dictionary.len(), 0);
                        if column.codes[entry] == 0 {
                            let text = Value::Str(column.dictionary[entry].clone());
                            column.codes[entry] = dictionary.code(&text);
                        }
                        column.codes[entry]
                    }
                    values => values.get(at, &[]).map_or(0, |value| dictionary.code(&value)),
                }
            }
        };
        self.pass(shape);
        code
    }

    /// The next event's or link's value.
    pub(super) fn value(&mut self, shape: u64) -> Option<Value> {
        let value = self.first[shape as usize].and_then(|first| {
            let column = &self.columns[first];
            column.values.get(self.next[first], column.dictionary)
        });
        self.pass(shape);
        value
    }

    fn pass(&mut self, shape: u64) {
        self.steps[shape as usize].iter().for_each(|(at, times)| self.next[*at] += times);
    }
}

impl Columns<'_> {
    /// The attributes that rows of the granule may have: those of spans that have a page, and those of the block's origins.
    pub(crate) fn keys(&self) -> Vec<Attribute> {
        let mut keys: BTreeSet<(SpanScope, &Arc<str>)> = BTreeSet::new();
        for (number, column) in (0..).zip(&self.index.columns).filter(|(_, c)| c.place == Place::Span) {
            if self.pages.get(FIRST_COLUMN_PAGE + number).is_some() {
                keys.insert((SpanScope::Span, &column.key));
            }
        }
        for origin in &self.index.origins {
            keys.extend(origin.resource.attributes.iter().map(|(key, _)| (SpanScope::Resource, key)));
            keys.extend(origin.scope.attributes.iter().map(|(key, _)| (SpanScope::Instrumentation, key)));
        }
        keys.into_iter().map(|(scope, key)| Attribute::Key(Some(scope), key.clone())).collect()
    }

    /// An attribute of the span, or else of its resource.
    pub(super) fn span_keys(&self, key: &str, or_resource: bool) -> Result<SpanColumn, DecodeError> {
        let of_resource = || self.by_origin(|origin| attr::find(&origin.resource.attributes, key).cloned());
        let has =
            |origin: &Arc<crate::assemble::Origin>| attr::find(&origin.resource.attributes, key).is_some();
        let or_resource = or_resource && self.index.origins.iter().any(has);
        let shapes = self.numbers(page::SHAPE)?;
        let Some(mut walk) = Walk::new(self, Place::Span, key, &shapes)? else {
            return if or_resource { of_resource() } else { Ok(self.absent()) };
        };
        if !or_resource {
            if let Some(column) = walk.plain(&shapes) {
                return Ok(column);
            }
            let mut dictionary = DictionaryBuilder::default();
            let codes = shapes.iter().map(|shape| walk.code(*shape, &mut dictionary)).collect();
            return Ok(SpanColumn::Codes(codes, dictionary.finish()));
        }
        let mut dictionary = DictionaryBuilder::default();
        let of = |origin: &Arc<crate::assemble::Origin>| {
            attr::find(&origin.resource.attributes, key).map_or(0, |value| dictionary.code(value))
        };
        let by_origin: Vec<u32> = self.index.origins.iter().map(of).collect();
        let origins = self.numbers(page::ORIGIN)?;
        let mut codes = Vec::with_capacity(shapes.len());
        for (shape, origin) in shapes.iter().zip(origins) {
            codes.push(match walk.code(*shape, &mut dictionary) {
                0 => by_origin.get(origin as usize).copied().ok_or(DecodeError::Invalid("origin"))?,
                code => code,
            });
        }
        Ok(SpanColumn::Codes(codes.into(), dictionary.finish()))
    }
}
