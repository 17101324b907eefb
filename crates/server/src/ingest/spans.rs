//! Limits of spans: attribute keys and text values that are too long are cut, never refused.

use model::{Attributes, SpanBatch, Value};
use std::sync::Arc;

/// Cuts keys and text values to `max` bytes, at a character's boundary.
pub(super) fn cut_attributes(batch: &mut SpanBatch, max: usize) {
    for group in &mut batch.resources {
        if is_long(&group.resource.attributes, max) {
            cut(&mut Arc::make_mut(&mut group.resource).attributes, max);
        }
        for scope in &mut group.scopes {
            if is_long(&scope.scope.attributes, max) {
                cut(&mut Arc::make_mut(&mut scope.scope).attributes, max);
            }
            for span in &mut scope.spans {
                cut(&mut span.attributes, max);
                span.events.iter_mut().for_each(|event| cut(&mut event.attributes, max));
                span.links.iter_mut().for_each(|link| cut(&mut link.attributes, max));
            }
        }
    }
}

fn is_long(attributes: &Attributes, max: usize) -> bool {
    attributes
        .iter()
        .any(|(key, value)| key.len() > max || matches!(value, Value::Str(text) if text.len() > max))
}

fn cut(attributes: &mut Attributes, max: usize) {
    for (key, value) in attributes {
        cut_text(key, max);
        if let Value::Str(text) = value {
            cut_text(text, max);
        }
    }
}

fn cut_text(text: &mut Arc<str>, max: usize) {
    if text.len() > max {
        *text = Arc::from(&text[..text.floor_char_boundary(max)]);
    }
}
