//! What of the spans of a block a query looks at: only these columns are read and decoded.
//!
//! Ids, times, kinds, statuses, names and origins are always there: they tell spans apart and make the trace. Invariant:
//! what is left out shows as absent, so only a query that does not look at it may be given such spans.

use super::Index;
use super::sections::{self, Column, Place};
use super::writer::page::{self, FIRST_COLUMN_PAGE};
use contract::{Attribute, Intrinsic, SpanScope};

/// The columns of one block that a query needs.
#[derive(Debug)]
pub(crate) struct Projection {
    /// By column: whether it is decoded.
    columns: Vec<bool>,
    /// By shape: its decoded columns.
    pub(crate) shapes: Vec<Vec<u32>>,
    events: bool,
    links: bool,
}

impl Projection {
    /// For a query that looks at `needed` and nothing else.
    pub(crate) fn new(index: &Index, needed: &[Attribute]) -> Self {
        let events = needed.iter().any(|attribute| is_of(attribute, SpanScope::Event));
        let links = needed.iter().any(|attribute| is_of(attribute, SpanScope::Link));
        let wanted = |(number, column): (usize, &Column)| match number as u32 {
            sections::NAME => true,
            sections::STATUS_MESSAGE => needed.contains(&Attribute::Intrinsic(Intrinsic::StatusMessage)),
            sections::TRACE_STATE => false,
            sections::EVENT_NAME => events,
            sections::LINK_TRACE_STATE => links,
            _ => match column.place {
                Place::Event if !events => false,
                Place::Link if !links => false,
                _ => needed.iter().any(|attribute| names(attribute, column)),
            },
        };
        let columns: Vec<bool> = index.columns.iter().enumerate().map(wanted).collect();
        let of_shape = |shape: &Vec<u32>| shape.iter().copied().filter(|c| columns[*c as usize]).collect();
        let shapes = index.shapes.iter().map(of_shape).collect();
        Projection { columns, shapes, events, links }
    }

    /// Whether a page is read.
    pub(crate) fn reads(&self, id: u32) -> bool {
        match id {
            page::FLAGS | page::DROPPED | page::NESTED => false,
            page::EVENTS | page::EVENT_TIME | page::EVENT_SHAPE | page::EVENT_DROPPED => self.events,
            page::LINKS | page::LINK_IDS | page::LINK_SHAPE | page::LINK_FLAGS | page::LINK_DROPPED => {
                self.links
            }
            id if id >= FIRST_COLUMN_PAGE => {
                self.columns.get((id - FIRST_COLUMN_PAGE) as usize).copied().unwrap_or(false)
            }
            _ => true,
        }
    }
}

/// Whether an attribute looks at events, or at links.
fn is_of(attribute: &Attribute, scope: SpanScope) -> bool {
    match attribute {
        Attribute::Key(of, _) => of.is_none_or(|of| of == scope),
        Attribute::Intrinsic(Intrinsic::EventName | Intrinsic::EventTimeSinceStart) => {
            scope == SpanScope::Event
        }
        Attribute::Intrinsic(Intrinsic::LinkTraceId | Intrinsic::LinkSpanId) => scope == SpanScope::Link,
        Attribute::Intrinsic(_) => false,
    }
}

fn names(attribute: &Attribute, column: &Column) -> bool {
    match attribute {
        Attribute::Key(scope, key) => {
            *key == column.key && (scope.is_none() || *scope == column.place.scope())
        }
        Attribute::Intrinsic(_) => false,
    }
}
