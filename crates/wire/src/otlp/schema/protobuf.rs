//! OTLP/JSON to OTLP/protobuf, by the table.
//!
//! Field names are taken in camelCase and snake_case, 64-bit numbers as numbers or text, enums as numbers or names,
//! trace and span ids as hexadecimal, other bytes as base64; unknown fields and nulls are skipped. Nesting is bounded by
//! the JSON parser (128 levels).

use super::Kind::{self, Base64, Bool, Double, Enum, Fixed32, Fixed64, Hex, Text, Varint, Zigzag};
use super::{Field, Message};
use crate::encoding::{from_base64, from_hex};
use crate::error::WireError;
use crate::proto::Writer;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Rewrites a JSON body as protobuf.
pub fn to_protobuf(body: &[u8], message: &'static Message) -> Result<Vec<u8>, WireError> {
    let mut writer = Writer::new();
    let mut json = serde_json::Deserializer::from_slice(body);
    let fields = Fields { message, out: &mut writer };
    fields.deserialize(&mut json).and_then(|()| json.end()).map_err(|e| WireError::Json(e.to_string()))?;
    Ok(writer.finish())
}

impl Message {
    fn find(&self, name: &str) -> Option<&'static Field> {
        let camel = if name.contains('_') { Cow::Owned(camel_case(name)) } else { Cow::Borrowed(name) };
        self.0.iter().find(|field| field.name == camel)
    }
}

fn camel_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            _ if upper => {
                out.push(c.to_ascii_uppercase());
                upper = false;
            }
            _ => out.push(c),
        }
    }
    out
}

/// A JSON object as the fields of a message.
struct Fields<'w> {
    message: &'static Message,
    out: &'w mut Writer,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            match self.message.find(&name) {
                Some(field) => map.next_value_seed(One { field, out: self.out, in_array: false })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A JSON value as one value of a field, or an array as several.
struct One<'w> {
    field: &'static Field,
    out: &'w mut Writer,
    in_array: bool,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl One<'_> {
    fn wrong<E: Error>(&self, found: impl fmt::Display) -> E {
        E::custom(format!("{}: cannot read {found}", self.field.name))
    }

    /// An integer, as the bits that its wire type wants.
    fn integer<E: Error>(self, value: i128) -> Result<(), E> {
        let number = self.field.number;
        let bits = || u64::try_from(value).or_else(|_| i64::try_from(value).map(|v| v as u64)).ok();
        match self.field.kind {
            Varint | Enum(_) => match bits() {
                Some(bits) => self.out.uint(number, bits),
                None => return Err(self.wrong(value)),
            },
            Fixed64 => match bits() {
                Some(bits) => self.out.fixed64(number, bits),
                None => return Err(self.wrong(value)),
            },
            Zigzag => match i64::try_from(value) {
                Ok(value) => self.out.sint(number, value),
                Err(_) => return Err(self.wrong(value)),
            },
            Fixed32 => match u32::try_from(value) {
                Ok(value) => self.out.fixed32(number, value),
                Err(_) => return Err(self.wrong(value)),
            },
            Double => self.out.double(number, value as f64),
            _ => return Err(self.wrong(value)),
        }
        Ok(())
    }

    fn id<E: Error>(self, text: &str, length: usize) -> Result<(), E> {
        let number = self.field.number;
        match from_hex(text) {
            Some(bytes) if bytes.len() == length || bytes.is_empty() => self.out.bytes(number, &bytes),
            Some(_) => return Err(E::custom(format!("{}: length mismatch", self.field.name))),
            None => return Err(E::custom(format!("{}: not hexadecimal: {text:?}", self.field.name))),
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value of {}", self.field.name)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        match self.field.kind {
            Bool => self.out.uint(self.field.number, u64::from(value)),
            _ => return Err(self.wrong(value)),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.integer(i128::from(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.integer(i128::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self.field.kind {
            Double => self.out.double(self.field.number, value),
            // JavaScript senders write whole numbers such as 1e3; 2^64 is the first that no field holds.
            _ if value.fract() == 0.0 && value.abs() < 18_446_744_073_709_551_616.0 => {
                return self.integer(value as i128);
            }
            _ => return Err(self.wrong(value)),
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let number = self.field.number;
        match self.field.kind {
            Text => self.out.text(number, text),
            Hex(length) => return self.id(text, length),
            Base64 => match from_base64(text) {
                Some(bytes) => self.out.bytes(number, &bytes),
                None => return Err(self.wrong("text that is not base64")),
            },
            Double => match text {
                "NaN" => self.out.double(number, f64::NAN),
                "Infinity" => self.out.double(number, f64::INFINITY),
                "-Infinity" => self.out.double(number, f64::NEG_INFINITY),
                _ => match text.parse() {
                    Ok(value) => self.out.double(number, value),
                    Err(_) => return Err(self.wrong(text)),
                },
            },
            Enum(names) => match names.split(' ').position(|name| name == text) {
                Some(value) => self.out.uint(number, value as u64),
                None => return Err(self.wrong(text)),
            },
            Varint | Zigzag | Fixed32 | Fixed64 => match text.parse::<i128>() {
                Ok(value) => return self.integer(value),
                Err(_) => {
                    return Err(E::custom(format!("parsing {text:?}: invalid syntax ({})", self.field.name)));
                }
            },
            Bool | Kind::Message(_) => return Err(self.wrong(format!("{text:?}"))),
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Kind::Message(message) = self.field.kind else { return Err(self.wrong("an object")) };
        let open = self.out.open(self.field.number);
        Fields { message, out: &mut *self.out }.visit_map(map)?;
        self.out.close(open);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.in_array {
            return Err(self.wrong("an array in an array"));
        }
        while seq.next_element_seed(One { field: self.field, out: &mut *self.out, in_array: true })?.is_some()
        {
        }
        Ok(())
    }
}
