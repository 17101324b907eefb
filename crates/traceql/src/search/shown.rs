//! What of a query an answer shows: the names it refers to, and which of their values.
//!
//! Made once a query by `search.rs`, asked for each span that comes out. A name that is only tested shows the values that
//! pass; a name that is read whole (selected, grouped by, compared with another) shows all. Invariant: what is shown is among
//! what `names_of` tells storage to read.

use crate::exec::{Expr, Valued, absent, is_of_children, one_value};
use crate::syntax::{Field, Name, Op, Pipeline, Relation, Spanset, SpansetOp, Stage};
use crate::value::Value;
use contract::{Attribute, Intrinsic};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a query's answer shows of each span.
pub(crate) struct Shown {
    pub(super) names: Vec<Name>,
    /// Tests by the names that occur in nothing else: only values that satisfy one of them are shown.
    filters: FxHashMap<Name, Vec<Expr>>,
    /// Names that are asked to be absent: shown as "nil" where they are.
    absent: Vec<Name>,
}

impl Shown {
    pub(crate) fn of(pipeline: &Pipeline) -> Self {
        let mut shown = Shown { names: Vec::new(), filters: FxHashMap::default(), absent: Vec::new() };
        let mut whole = Vec::new();
        visit_pipeline(pipeline, &mut |name, of| {
            match name {
                name if is_shown(name) && !shown.names.contains(name) => shown.names.push(name.clone()),
                _ => {}
            }
            match of {
                Some(Field::Binary(_, Op::Equal, with)) if **with == Field::Literal(Value::Nil) => {
                    shown.absent.push(name.clone());
                }
                Some(field) => shown.filters.entry(name.clone()).or_default().push(Expr::compile(field)),
                None => whole.push(name.clone()),
            }
        });
        // Reading it for a relation alone does not show it.
        if !refers_to_parent_number(pipeline) {
            shown.names.retain(|name| *name != PARENT_NUMBER);
        }
        whole.iter().for_each(|name| {
            shown.filters.remove(name);
        });
        shown
    }

    /// The span's name, if it is shown, and what else is shown of it.
    pub(super) fn attributes(
        &self,
        view: &impl Valued,
        span: usize,
    ) -> (Option<Arc<str>>, Vec<(String, Value)>) {
        let mut own_name = None;
        let mut attributes = Vec::with_capacity(self.names.len());
        for name in &self.names {
            let value = match (view.value(span, name), self.filters.get(name)) {
                (Value::Nil, _) if self.absent.contains(name) => Value::text("nil"),
                (Value::Nil, None) => absent(name),
                (value, None) => value,
                (value, Some(filters)) => matching(name, filters, value),
            };
            let value = match one_value(Some(name), value) {
                Value::Nil => continue,
                Value::Many(members) if members.is_empty() => continue,
                value => value,
            };
            let key = match name {
                Name::Attribute { key, .. } => key.to_string(),
                other => other.to_string(),
            };
            if *name == Name::Intrinsic(Intrinsic::Name) {
                if let Value::Text(text) = view.value(span, name) {
                    own_name = Some(text);
                }
                continue;
            }
            // Without scope both the span and its resource were found to lack it.
            if value == Value::text("nil") && matches!(name, Name::Attribute { scope: None, .. }) {
                attributes.push((key.clone(), value.clone()));
            }
            attributes.push((key, value));
        }
        (own_name, attributes)
    }
}

/// What of a value satisfies the tests: any of them; of events and links all of them, if one does.
fn matching(name: &Name, filters: &[Expr], value: Value) -> Value {
    let accepted = |member: &Value| {
        let mut accepted = 0;
        filters
            .iter()
            .for_each(|filter| filter.tests(&mut |test| accepted += usize::from(test.accepts(member))));
        accepted
    };
    match value {
        Value::Many(members) => {
            let most = if is_of_children(name) { members.iter().map(accepted).max().unwrap_or(0) } else { 1 };
            Value::Many(members.into_iter().filter(|member| accepted(member) >= most.max(1)).collect())
        }
        one if accepted(&one) > 0 => one,
        _ => Value::Nil,
    }
}

/// What every answer carries anyway, or what belongs to the whole trace, is not shown as an attribute.
fn is_shown(name: &Name) -> bool {
    match name {
        Name::Parent => false,
        Name::Attribute { of_parent, .. } => !of_parent,
        Name::Intrinsic(intrinsic) => !matches!(
            intrinsic,
            Intrinsic::Duration
                | Intrinsic::RootName
                | Intrinsic::RootServiceName
                | Intrinsic::TraceDuration
                | Intrinsic::TraceId
                | Intrinsic::SpanId
        ),
    }
}

/// The names that a pipeline refers to, each once.
pub(crate) fn names_of(pipeline: &Pipeline) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    visit_pipeline(pipeline, &mut |name, _| {
        let own = *name != PARENT_NUMBER || refers_to_parent_number(pipeline);
        if own && !names.contains(name) {
            names.push(name.clone());
        }
    });
    names
}

/// What storage has to read of each span for these names; `None` when that cannot be said.
pub(crate) fn needed<'n>(names: impl Iterator<Item = &'n Name>) -> Option<Vec<Attribute>> {
    names
        .map(|name| match name {
            Name::Intrinsic(intrinsic) => Some(Attribute::Intrinsic(*intrinsic)),
            Name::Attribute { of_parent: false, scope, key } => Some(Attribute::Key(*scope, key.clone())),
            Name::Attribute { .. } | Name::Parent => None,
        })
        .collect()
}

/// The name that structural relations read beside those of the query; columns tell of it only which spans are roots.
pub(crate) static PARENT_NUMBER: Name = Name::Intrinsic(Intrinsic::NestedSetParent);

fn refers_to_parent_number(pipeline: &Pipeline) -> bool {
    pipeline.to_string().contains("nestedSetParent")
}

/// Visits every name with the test it stands in, if it stands alone against a literal.
fn visit_pipeline<'a>(pipeline: &'a Pipeline, visit: &mut dyn FnMut(&'a Name, Option<&'a Field>)) {
    for stage in &pipeline.stages {
        match stage {
            Stage::Spanset(spanset) => visit_spanset(spanset, visit),
            Stage::By(field) => field.names(&mut |name| visit(name, None)),
            Stage::Scalar { aggregate, .. } => {
                if let Some(field) = &aggregate.of {
                    field.names(&mut |name| visit(name, None));
                }
            }
            Stage::Select(names) => names.iter().for_each(|name| visit(name, None)),
            Stage::Coalesce => {}
        }
    }
}

fn visit_spanset<'a>(spanset: &'a Spanset, visit: &mut dyn FnMut(&'a Name, Option<&'a Field>)) {
    match spanset {
        Spanset::Filter(field) => visit_field(field, visit),
        Spanset::Piped(pipeline) => visit_pipeline(pipeline, visit),
        Spanset::Binary { left, op, right } => {
            visit_spanset(left, visit);
            visit_spanset(right, visit);
            // These relations read every span's parent number, so it is shown whatever a test asks of it.
            let reads_parents = matches!(
                op,
                SpansetOp::Structural(Relation::Child | Relation::Parent | Relation::Sibling, _)
            );
            if reads_parents {
                visit(&PARENT_NUMBER, None);
            }
        }
    }
}

fn visit_field<'a>(field: &'a Field, visit: &mut dyn FnMut(&'a Name, Option<&'a Field>)) {
    match field {
        Field::Binary(left, op, right) => match (&**left, &**right) {
            (Field::Name(name), Field::Literal(value)) | (Field::Literal(value), Field::Name(name)) => {
                let alone = op.is_boolean() && (*value != Value::Nil || *op == Op::Equal);
                visit(name, alone.then_some(field));
            }
            _ => {
                visit_field(left, visit);
                visit_field(right, visit);
            }
        },
        Field::Unary(_, inner) => visit_field(inner, visit),
        Field::Name(name) => visit(name, None),
        Field::Literal(_) => {}
    }
}
