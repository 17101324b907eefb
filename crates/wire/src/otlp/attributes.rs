//! What the three signals share: attribute values, resources and scopes, and the table that keeps each text once.

use super::MAX_VALUE_DEPTH;
use crate::error::WireError;
use crate::proto::{Field, Reader, Writer};
use model::{Attributes, Resource, Scope, Value};
use rustc_hash::FxHashMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// One allocation a distinct text of a request: keys, names and most values repeat in every span.
#[derive(Default)]
pub(super) struct Interner<'a> {
    seen: FxHashMap<&'a [u8], Arc<str>>,
    /// Attributes of one span until their number is known.
    gathered: Attributes,
}

/// Texts longer than this are not shared: they hardly repeat and would only fill the table.
const LONGEST_SHARED_TEXT: usize = 64;

/// Up to so many attributes a key is compared with those before it: more than what SDKs allow a span.
const FEW: usize = 128;

impl<'a> Interner<'a> {
    pub(super) fn text(&mut self, field: Field<'a>) -> Result<Arc<str>, WireError> {
        let bytes = field.bytes()?;
        if bytes.len() > LONGEST_SHARED_TEXT {
            return field.text().map(Arc::from);
        }
        // Bytes that are known are known to be text.
        match self.seen.get(bytes) {
            Some(known) => Ok(known.clone()),
            None => Ok(self.seen.entry(bytes).insert_entry(Arc::from(field.text()?)).get().clone()),
        }
    }

    pub(super) fn key_value(
        &mut self,
        mut message: Reader<'a>,
        depth: usize,
    ) -> Result<(Arc<str>, Value), WireError> {
        let mut key = None;
        let mut value = Value::Empty;
        while let Some(field) = message.field()? {
            match field.number {
                1 => key = Some(field),
                2 => value = self.value(field.message()?, depth)?,
                _ => {}
            }
        }
        let key = match key {
            Some(key) => self.text(key)?,
            None => Arc::default(),
        };
        Ok((key, value))
    }

    /// Adds an attribute; a repeated key keeps its place and takes the last value, in a long list once it is [`told_once`].
    pub(super) fn attribute(&mut self, into: &mut Attributes, message: Reader<'a>) -> Result<(), WireError> {
        let (key, value) = self.key_value(message, 0)?;
        if into.len() >= FEW {
            into.push((key, value));
            return Ok(());
        }
        // Short keys that are equal are one allocation.
        let is_long = key.len() > LONGEST_SHARED_TEXT || key.is_empty();
        match into.iter_mut().find(|(k, _)| Arc::ptr_eq(k, &key) || is_long && *k == key) {
            Some(known) => known.1 = value,
            None => into.push((key, value)),
        }
        Ok(())
    }

    /// A list to add the attributes of one span to; [`Interner::gathered`] makes the most of it.
    pub(super) fn gather(&mut self) -> Attributes {
        std::mem::take(&mut self.gathered)
    }

    /// The attributes in as much memory as they take.
    pub(super) fn gathered(&mut self, mut list: Attributes) -> Attributes {
        told_once(&mut list);
        let mut attributes = Vec::with_capacity(list.len());
        attributes.append(&mut list);
        self.gathered = list;
        attributes
    }

    pub(super) fn value(&mut self, mut message: Reader<'a>, depth: usize) -> Result<Value, WireError> {
        if depth > MAX_VALUE_DEPTH {
            return Err(WireError::TooDeep { limit: MAX_VALUE_DEPTH });
        }
        let mut value = Value::Empty;
        while let Some(field) = message.field()? {
            value = match field.number {
                1 => Value::Str(self.text(field)?),
                2 => Value::Bool(field.uint()? != 0),
                3 => Value::Int(field.int()?),
                4 => Value::Double(field.double()?),
                5 => {
                    let mut list = field.message()?;
                    let mut values = Vec::new();
                    while let Some(field) = list.field()? {
                        if field.number == 1 {
                            values.push(self.value(field.message()?, depth + 1)?);
                        }
                    }
                    Value::Array(values)
                }
                6 => {
                    let mut list = field.message()?;
                    let mut pairs = Vec::new();
                    while let Some(field) = list.field()? {
                        if field.number == 1 {
                            pairs.push(self.key_value(field.message()?, depth + 1)?);
                        }
                    }
                    Value::Map(pairs)
                }
                7 => Value::Bytes(Arc::from(field.bytes()?)),
                _ => value,
            };
        }
        Ok(value)
    }

    pub(super) fn resource(&mut self, mut message: Reader<'a>) -> Result<Resource, WireError> {
        let mut out = Resource::default();
        while let Some(field) = message.field()? {
            match field.number {
                1 => self.attribute(&mut out.attributes, field.message()?)?,
                2 => out.dropped_attributes = field.uint()? as u32,
                _ => {}
            }
        }
        told_once(&mut out.attributes);
        Ok(out)
    }

    pub(super) fn scope(&mut self, mut message: Reader<'a>) -> Result<Scope, WireError> {
        let mut out = Scope::default();
        while let Some(field) = message.field()? {
            match field.number {
                1 => out.name = self.text(field)?,
                2 => out.version = self.text(field)?,
                3 => self.attribute(&mut out.attributes, field.message()?)?,
                4 => out.dropped_attributes = field.uint()? as u32,
                _ => {}
            }
        }
        told_once(&mut out.attributes);
        Ok(out)
    }
}

/// Makes keys of a complete list unique: each keeps its first place and its last value.
///
/// Few keys are compared as they come. A sender may put millions into one list, and comparing each with all would take hours.
pub(super) fn told_once(list: &mut Attributes) {
    if list.len() <= FEW {
        return;
    }
    let mut places: HashMap<Arc<str>, usize> = HashMap::with_capacity(list.len());
    let mut kept = Attributes::with_capacity(list.len());
    for (key, value) in list.drain(..) {
        match places.entry(key) {
            Entry::Occupied(known) => kept[*known.get()].1 = value,
            Entry::Vacant(new) => {
                kept.push((new.key().clone(), value));
                new.insert(kept.len() - 1);
            }
        }
    }
    *list = kept;
}

/// The first field `number` of a message, as a message: what a group says about all its members, wherever it stands.
pub(super) fn head<'a>(message: &Reader<'a>, number: u32) -> Result<Option<Reader<'a>>, WireError> {
    let mut message = message.clone();
    while let Some(field) = message.field()? {
        if field.number == number {
            return field.message().map(Some);
        }
    }
    Ok(None)
}

/// Writes attributes as repeated `KeyValue` messages of field `number`.
pub(super) fn write_attributes(w: &mut Writer, number: u32, attributes: &[(Arc<str>, Value)]) {
    for (key, value) in attributes {
        w.message(number, |kv| write_key_value(kv, key, value));
    }
}

/// Writes the fields of one `KeyValue`.
pub fn write_key_value(w: &mut Writer, key: &str, value: &Value) {
    w.text(1, key);
    w.message(2, |v| write_value(v, value));
}

fn write_value(w: &mut Writer, value: &Value) {
    match value {
        Value::Str(text) => w.text(1, text),
        Value::Bool(flag) => w.uint(2, u64::from(*flag)),
        Value::Int(int) => w.int(3, *int),
        Value::Double(float) => w.double(4, *float),
        Value::Array(values) => {
            w.message(5, |list| values.iter().for_each(|v| list.message(1, |w| write_value(w, v))))
        }
        Value::Map(pairs) => {
            w.message(6, |list| {
                pairs.iter().for_each(|(k, v)| list.message(1, |w| write_key_value(w, k, v)))
            });
        }
        Value::Bytes(bytes) => w.bytes(7, bytes),
        Value::Empty => {}
    }
}
