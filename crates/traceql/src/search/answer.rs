//! What a search shows of its traces, read off their columns: no span is built.
//!
//! Walk: `filter.rs` has said which traces may match -> the source asks here about those that are stored in one piece.
//! Invariant: the answer is the one that built spans give; queries whose answer columns do not hold (groups, nested-set
//! numbers) are not answered here.

use super::{ROOT_NOT_RECEIVED, SetMatch, Shown, SpanMatch, TraceMatch};
use crate::error::TraceqlError;
use crate::exec::{Answers, Column, Evaluator, Program, Step, UnitView, judged, needs_of};
use crate::syntax::Name;
use crate::value::Value;
use contract::{Dictionary, Intrinsic, SpanScope, SpanTree, SpanUnit, TraceRows, UnitNeeds};
use model::{Nanos, StatusCode};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// How the traces of one search are answered.
pub(super) struct Answering {
    picking: Program,
    judging: Vec<Step>,
    shown: Arc<Shown>,
    spss: usize,
    pub(super) needs: UnitNeeds,
}

const NAME: Name = Name::Intrinsic(Intrinsic::RootName);
const SERVICE: Name = Name::Intrinsic(Intrinsic::RootServiceName);
const DURATION: Name = Name::Intrinsic(Intrinsic::Duration);
const STATUS: Name = Name::Intrinsic(Intrinsic::Status);

fn service_name() -> Name {
    Name::Attribute { of_parent: false, scope: Some(SpanScope::Resource), key: Arc::from("service.name") }
}

/// What of a unit every answer tells.
struct Told {
    starts: Arc<[i64]>,
    tree: Arc<SpanTree>,
    durations: Rc<Column>,
    statuses: Rc<Column>,
    services: Rc<Column>,
    service: Name,
    root_names: Rc<Column>,
    root_services: Rc<Column>,
}

impl Told {
    fn of(unit: &dyn SpanUnit, view: &UnitView<'_>) -> Result<Self, TraceqlError> {
        let service = service_name();
        Ok(Told {
            starts: unit.starts()?,
            tree: unit.tree()?,
            durations: view.column(&DURATION)?,
            statuses: view.column(&STATUS)?,
            services: view.column(&service)?,
            root_names: view.column(&NAME)?,
            root_services: view.column(&SERVICE)?,
            service,
        })
    }

    fn duration(&self, row: usize) -> i64 {
        match &*self.durations {
            Column::Durations(nanos) | Column::Ints(nanos) => nanos[row],
            Column::Codes(..) => 0,
        }
    }

    /// Spans and failed spans by service.
    fn services(&self, trace: &TraceRows) -> BTreeMap<String, (u32, u32)> {
        let failed = Value::Status(StatusCode::Error);
        let Column::Codes(codes, dictionary) = &*self.services else { return BTreeMap::new() };
        let Column::Codes(statuses, of_status) = &*self.statuses else { return BTreeMap::new() };
        // Traces have few services: a short list is searched faster than a map.
        let mut counted: Vec<(u32, u32, u32)> = Vec::new();
        for row in trace.rows.clone() {
            let fails = crate::exec::entry(of_status, statuses[row], &STATUS) == failed;
            match counted.iter_mut().find(|(code, ..)| *code == codes[row]) {
                Some((_, spans, errors)) => {
                    *spans += 1;
                    *errors += u32::from(fails);
                }
                None => counted.push((codes[row], 1, u32::from(fails))),
            }
        }
        let mut services: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        for (code, spans, errors) in counted {
            let name = self.text(dictionary, code);
            let entry = services.entry(name).or_default();
            *entry = (entry.0 + spans, entry.1 + errors);
        }
        services
    }

    /// A service's name; "" where it is no text.
    fn text(&self, dictionary: &Dictionary, code: u32) -> String {
        match crate::exec::entry(dictionary, code, &self.service) {
            Value::Text(text) => text.to_string(),
            _ => String::new(),
        }
    }
}

impl Answering {
    /// `None` when columns do not hold the answer.
    pub(super) fn of(program: &Program, shown: &Arc<Shown>, spss: usize) -> Option<Self> {
        let (picking, judging) = program.in_two()?;
        let mut more = vec![NAME, SERVICE, DURATION, STATUS, service_name()];
        more.extend(shown.names.iter().cloned());
        for expr in judging.iter().filter_map(Step::expr) {
            expr.names(&mut |name, _| more.push(name.clone()));
        }
        let mut needs = needs_of(&picking, None, more.iter(), true)?;
        (needs.tree, needs.starts) = (true, true);
        Some(Answering { picking, judging, shown: shown.clone(), spss, needs })
    }

    /// Whether a test of which traces may match finds the very rows that are picked: no sums of floats decide.
    pub(super) fn picks_plainly(&self) -> bool {
        self.picking.is_plain()
    }

    /// The traces of a unit that match, with what is shown of them. `found` are the rows that are picked, if that is known.
    pub(super) fn traces(
        &self,
        unit: &dyn SpanUnit,
        found: Option<Vec<bool>>,
    ) -> Result<Vec<Option<TraceMatch>>, TraceqlError> {
        let view = UnitView::new(unit);
        let mask = match found {
            Some(found) => found,
            None => Evaluator::new(&self.picking, true, Answers::default()).run(&view)?,
        };
        if !mask.contains(&true) {
            return Ok(unit.traces().iter().map(|_| None).collect());
        }
        self.judging.iter().filter_map(Step::expr).try_for_each(|expr| view.load(expr))?;
        for name in &self.shown.names {
            view.column(name)?;
        }
        let told = Told::of(unit, &view)?;
        Ok(unit.traces().iter().map(|trace| self.trace(&view, &told, &mask, trace)).collect())
    }

    fn trace(
        &self,
        view: &UnitView<'_>,
        told: &Told,
        mask: &[bool],
        trace: &TraceRows,
    ) -> Option<TraceMatch> {
        let mut rows: Vec<u32> = trace.rows.clone().filter(|row| mask[*row]).map(|row| row as u32).collect();
        if rows.is_empty() {
            return None;
        }
        rows.sort_by_key(|row| {
            let row = *row as usize;
            (told.starts[row], told.tree.ids[row], told.tree.kinds[row])
        });
        let set = judged(&self.judging, view, rows)?;
        let matched = set.spans.len();
        let spans = set.spans.iter().take(self.spss).map(|row| {
            let row = *row as usize;
            let (name, attributes) = self.shown.attributes(view, row);
            SpanMatch {
                span_id: told.tree.ids[row],
                name,
                start: Nanos(told.starts[row]),
                duration: told.duration(row),
                attributes,
            }
        });
        let set = SetMatch { spans: spans.collect(), matched, attributes: set.attributes };
        let root = |column: &Column, name: &Name| match column.value(trace.rows.start, name) {
            Value::Text(text) => text.to_string(),
            _ => String::new(),
        };
        let service = root(&told.root_services, &SERVICE);
        Some(TraceMatch {
            trace_id: trace.trace_id,
            root_service: if service.is_empty() { ROOT_NOT_RECEIVED.to_owned() } else { service },
            root_name: root(&told.root_names, &NAME),
            start: Nanos(trace.start),
            duration: trace.end.saturating_sub(trace.start).max(0),
            services: told.services(trace),
            span_sets: vec![set],
        })
    }
}
