//! Limits of spans: attribute keys and text values that are too long are cut, never refused.

use model::{Attributes, SpanBatch, Value};
use std::sync::Arc;

/// Cuts keys and text values to `max` bytes, at a character's boundary: of how many attributes.
pub(super) fn cut_attributes(batch: &mut SpanBatch, max: usize) -> u64 {
    let mut count = 0;
    for group in &mut batch.resources {
        if is_long(&group.resource.attributes, max) {
            count += cut(&mut Arc::make_mut(&mut group.resource).attributes, max);
        }
        for scope in &mut group.scopes {
            if is_long(&scope.scope.attributes, max) {
                count += cut(&mut Arc::make_mut(&mut scope.scope).attributes, max);
            }
            for span in &mut scope.spans {
                count += cut(&mut span.attributes, max);
                count += span.events.iter_mut().map(|event| cut(&mut event.attributes, max)).sum::<u64>();
                count += span.links.iter_mut().map(|link| cut(&mut link.attributes, max)).sum::<u64>();
            }
        }
    }
    count
}

fn is_long(attributes: &Attributes, max: usize) -> bool {
    attributes
        .iter()
        .any(|(key, value)| key.len() > max || matches!(value, Value::Str(text) if text.len() > max))
}

fn cut(attributes: &mut Attributes, max: usize) -> u64 {
    let mut count = 0;
    for (key, value) in attributes {
        let key = cut_text(key, max);
        let value = if let Value::Str(text) = value { cut_text(text, max) } else { false };
        count += u64::from(key || value);
    }
    count
}

fn cut_text(text: &mut Arc<str>, max: usize) -> bool {
    let long = text.len() > max;
    if long {
        *text = Arc::from(&text[..text.floor_char_boundary(max)]);
    }
    long
}
