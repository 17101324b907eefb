//! A JSON object as fields, in one pass: nothing is built for nested objects but their fields' names.

use super::{Fields, MAX_NAME_BYTES};
use crate::error::WireError;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Reads a whole object.
pub(super) fn object(text: &str) -> Result<Fields<'_>, WireError> {
    if !text.trim_ascii_start().starts_with('{') {
        return Err(WireError::Json("expected a JSON object".to_owned()));
    }
    let mut fields = Fields::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    Value { name: Cow::Borrowed(""), fields: &mut fields }
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|error| WireError::Json(error.to_string()))?;
    Ok(fields)
}

/// A value on its way to the fields, under the name it has so far.
struct Value<'f, 'de> {
    name: Cow<'de, str>,
    fields: &'f mut Fields<'de>,
}

impl<'de> Value<'_, 'de> {
    fn push<E: Error>(self, value: impl Into<Cow<'de, str>>) -> Result<(), E> {
        self.fields.push(self.name, value).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, 'de> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.push(text)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.push(text.to_owned())
    }
    fn visit_u64<E: Error>(self, n: u64) -> Result<(), E> {
        self.push(n.to_string())
    }
    fn visit_i64<E: Error>(self, n: i64) -> Result<(), E> {
        self.push(n.to_string())
    }
    fn visit_f64<E: Error>(self, n: f64) -> Result<(), E> {
        self.push(serde_json::Value::from(n).to_string())
    }
    fn visit_bool<E: Error>(self, b: bool) -> Result<(), E> {
        self.push(if b { "true" } else { "false" })
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut list: Vec<serde_json::Value> = Vec::new();
        while let Some(value) = seq.next_element()? {
            list.push(value);
        }
        self.push(serde_json::Value::Array(list).to_string())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let name = match &*self.name {
                "" => key,
                // The name is checked before it is made: each level would copy it.
                prefix if prefix.len() + key.len() >= MAX_NAME_BYTES => {
                    return Err(A::Error::custom(format!(
                        "the name of a field is larger than {MAX_NAME_BYTES} bytes"
                    )));
                }
                prefix => Cow::Owned(format!("{prefix}.{key}")),
            };
            map.next_value_seed(Value { name, fields: &mut *self.fields })?;
        }
        Ok(())
    }
}

/// A name, borrowed from the text unless it holds escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(V)
    }
}
