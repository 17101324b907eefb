//! A unit over spans that are in memory already.

use super::{Dictionary, DictionaryBuilder, SpanColumn, SpanTree, SpanUnit, TraceRows};
use crate::SourceError;
use crate::spans::{Attribute, Intrinsic, SpanScope, TraceSpans};
use model::{Attributes, Resource, Scope, Span, TraceId, Value, attr};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A span with where it came from.
#[derive(Debug, Clone)]
pub struct SpanRow {
    /// What emitted it.
    pub resource: Arc<Resource>,
    /// Its instrumentation library.
    pub scope: Arc<Scope>,
    /// The span.
    pub span: Arc<Span>,
}

/// Whole traces, span by span.
#[derive(Debug, Default)]
pub struct RowsUnit {
    traces: Vec<TraceRows>,
    rows: Vec<SpanRow>,
}

impl RowsUnit {
    /// Adds a trace, without duplicates.
    pub fn push(&mut self, trace_id: TraceId, rows: impl IntoIterator<Item = SpanRow>) {
        let first = self.rows.len();
        self.rows.extend(rows);
        let spans = || self.rows[first..].iter().map(|row| &row.span);
        let Some(start) = spans().map(|span| span.start.0).min() else { return };
        let end = spans().map(|span| span.end.0.max(span.start.0)).max().unwrap_or(start);
        self.traces.push(TraceRows { trace_id, start, end, rows: first..self.rows.len() });
    }

    /// Adds a trace.
    pub fn push_trace(&mut self, trace: &TraceSpans) {
        let rows = trace.spans.resources.iter().flat_map(|resource| {
            resource.scopes.iter().flat_map(move |scope| {
                scope.spans.iter().map(move |span| SpanRow {
                    resource: resource.resource.clone(),
                    scope: scope.scope.clone(),
                    span: Arc::new(span.clone()),
                })
            })
        });
        self.push(trace.trace_id, rows);
    }

    /// A code a row.
    fn codes(&self, mut of: impl FnMut(&mut DictionaryBuilder, &SpanRow) -> u32) -> SpanColumn {
        let mut dictionary = DictionaryBuilder::default();
        let codes = self.rows.iter().map(|row| of(&mut dictionary, row)).collect();
        SpanColumn::Codes(codes, dictionary.finish())
    }

    fn texts(&self, of: impl Fn(&SpanRow) -> Arc<str>) -> SpanColumn {
        self.codes(|dictionary, row| dictionary.code(&Value::Str(of(row))))
    }

    fn ints(&self, of: impl Fn(&SpanRow) -> i64) -> SpanColumn {
        self.codes(|dictionary, row| dictionary.code(&Value::Int(of(row))))
    }

    fn keys<'s>(&'s self, of: impl Fn(&'s SpanRow) -> Option<&'s Value>) -> SpanColumn {
        let mut dictionary = DictionaryBuilder::default();
        let codes = self.rows.iter().map(|row| of(row).map_or(0, |value| dictionary.code(value))).collect();
        SpanColumn::Codes(codes, dictionary.finish())
    }

    /// What children of a span say.
    fn lists(&self, of: impl Fn(&SpanRow) -> Vec<Value>) -> SpanColumn {
        let mut lists = Vec::new();
        let mut code = |row| match of(row) {
            list if list.is_empty() => 0,
            list => {
                lists.push(list);
                lists.len() as u32
            }
        };
        let codes = self.rows.iter().map(&mut code).collect();
        SpanColumn::Codes(codes, Dictionary::Lists(Arc::new(lists)))
    }

    /// A text a trace: something of its latest root, "" when there is none.
    fn of_roots(&self, of: impl Fn(&SpanRow) -> Arc<str>) -> SpanColumn {
        let mut dictionary = DictionaryBuilder::default();
        let mut codes = vec![0; self.rows.len()];
        for trace in &self.traces {
            let roots = self.rows[trace.rows.clone()].iter().filter(|row| row.span.parent_span_id.is_zero());
            let latest = roots.max_by_key(|row| (row.span.start, row.span.span_id, row.span.kind as u8));
            let text = latest.map_or_else(|| Arc::from(""), &of);
            codes[trace.rows.clone()].fill(dictionary.code(&Value::Str(text)));
        }
        SpanColumn::Codes(codes.into(), dictionary.finish())
    }

    fn intrinsic(&self, intrinsic: Intrinsic) -> SpanColumn {
        match intrinsic {
            Intrinsic::Duration => {
                SpanColumn::Numbers(self.rows.iter().map(|row| row.span.duration_nanos()).collect())
            }
            Intrinsic::TraceDuration => {
                let mut numbers = vec![0; self.rows.len()];
                for trace in &self.traces {
                    numbers[trace.rows.clone()].fill(trace.end.saturating_sub(trace.start).max(0));
                }
                SpanColumn::Numbers(numbers.into())
            }
            Intrinsic::Name => self.texts(|row| row.span.name.clone()),
            Intrinsic::StatusMessage => self.texts(|row| row.span.status_message.clone()),
            Intrinsic::Status => self.ints(|row| row.span.status as i64),
            Intrinsic::Kind => self.ints(|row| row.span.kind as i64),
            Intrinsic::RootName => self.of_roots(|row| row.span.name.clone()),
            Intrinsic::RootServiceName => self.of_roots(|row| Arc::from(row.resource.service_name())),
            Intrinsic::TraceId => self.texts(|row| Arc::from(row.span.trace_id.to_string())),
            Intrinsic::SpanId => self.texts(|row| Arc::from(row.span.span_id.to_string())),
            Intrinsic::ParentId => self.texts(|row| Arc::from(row.span.parent_span_id.to_string())),
            Intrinsic::InstrumentationName => self.texts(|row| row.scope.name.clone()),
            Intrinsic::InstrumentationVersion => self.texts(|row| row.scope.version.clone()),
            Intrinsic::EventName => {
                self.lists(|row| row.span.events.iter().map(|event| Value::Str(event.name.clone())).collect())
            }
            Intrinsic::EventTimeSinceStart => self.lists(|row| {
                let since = |at: i64| Value::Int(at.saturating_sub(row.span.start.0));
                row.span.events.iter().map(|event| since(event.at.0)).collect()
            }),
            Intrinsic::LinkTraceId => self.lists(|row| {
                row.span.links.iter().map(|link| Value::from(link.trace_id.to_string().as_str())).collect()
            }),
            Intrinsic::LinkSpanId => self.lists(|row| {
                row.span.links.iter().map(|link| Value::from(link.span_id.to_string().as_str())).collect()
            }),
            Intrinsic::ChildCount
            | Intrinsic::NestedSetLeft
            | Intrinsic::NestedSetRight
            | Intrinsic::NestedSetParent => self.keys(|_| None),
        }
    }
}

fn of_all<'a>(sets: impl Iterator<Item = &'a Attributes>, key: &str) -> Vec<Value> {
    sets.filter_map(|attributes| attr::find(attributes, key).cloned()).collect()
}

impl SpanUnit for RowsUnit {
    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn traces(&self) -> &[TraceRows] {
        &self.traces
    }

    fn starts(&self) -> Result<Arc<[i64]>, SourceError> {
        Ok(self.rows.iter().map(|row| row.span.start.0).collect())
    }

    fn column(&self, of: &Attribute) -> Result<SpanColumn, SourceError> {
        Ok(match of {
            Attribute::Intrinsic(intrinsic) => self.intrinsic(*intrinsic),
            Attribute::Key(scope, key) => match scope {
                Some(SpanScope::Span) => self.keys(|row| attr::find(&row.span.attributes, key)),
                Some(SpanScope::Resource) => self.keys(|row| attr::find(&row.resource.attributes, key)),
                Some(SpanScope::Instrumentation) => self.keys(|row| attr::find(&row.scope.attributes, key)),
                Some(SpanScope::Event) => {
                    self.lists(|row| of_all(row.span.events.iter().map(|event| &event.attributes), key))
                }
                Some(SpanScope::Link) => {
                    self.lists(|row| of_all(row.span.links.iter().map(|link| &link.attributes), key))
                }
                None => self.keys(|row| {
                    attr::find(&row.span.attributes, key)
                        .or_else(|| attr::find(&row.resource.attributes, key))
                }),
            },
        })
    }

    fn keys(&self) -> Vec<Attribute> {
        let mut keys: BTreeSet<(SpanScope, &Arc<str>)> = BTreeSet::new();
        let mut origin: Option<(&Arc<Resource>, &Arc<Scope>)> = None;
        for SpanRow { resource, scope, span } in &self.rows {
            keys.extend(span.attributes.iter().map(|(key, _)| (SpanScope::Span, key)));
            if origin.is_some_and(|(r, s)| Arc::ptr_eq(r, resource) && Arc::ptr_eq(s, scope)) {
                continue;
            }
            origin = Some((resource, scope));
            keys.extend(resource.attributes.iter().map(|(key, _)| (SpanScope::Resource, key)));
            keys.extend(scope.attributes.iter().map(|(key, _)| (SpanScope::Instrumentation, key)));
        }
        keys.into_iter().map(|(scope, key)| Attribute::Key(Some(scope), key.clone())).collect()
    }

    fn tree(&self) -> Result<Arc<SpanTree>, SourceError> {
        let spans = || self.rows.iter().map(|row| &row.span);
        Ok(Arc::new(SpanTree {
            ids: spans().map(|span| span.span_id).collect(),
            parents: spans().map(|span| span.parent_span_id).collect(),
            kinds: spans().map(|span| span.kind as u8).collect(),
        }))
    }
}
