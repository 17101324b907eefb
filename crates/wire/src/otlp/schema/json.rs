//! OTLP/protobuf to OTLP/JSON, by the same table: names in camelCase, ids as hexadecimal, 64-bit numbers as text, enums as
//! numbers, fields that are not there left out.

use super::{Field, Kind, Message};
use crate::encoding::to_base64;
use crate::error::WireError;
use crate::proto::{self, Reader};
use serde_json::{Map, Value as Json, json};

/// Fields that hold lists, in every message that has them.
const LISTS: [&str; 7] = ["resourceSpans", "scopeSpans", "spans", "attributes", "events", "links", "values"];

/// The deepest nesting: an attribute of an event of a span of a scope of a resource, and values in it, each two messages.
const MAX_DEPTH: usize = 8 + 2 * crate::otlp::MAX_VALUE_DEPTH;

/// Rewrites a message of traces as JSON.
pub fn to_json(message: &[u8], table: &'static Message) -> Result<Json, WireError> {
    object(Reader::new(message), table, 0)
}

fn object(mut reader: Reader<'_>, table: &'static Message, depth: usize) -> Result<Json, WireError> {
    if depth > MAX_DEPTH {
        return Err(WireError::TooDeep { limit: MAX_DEPTH });
    }
    let mut out = Map::new();
    while let Some(field) = reader.field()? {
        let Some(known) = table.0.iter().find(|known| known.number == field.number) else { continue };
        let value = value(field, known, depth)?;
        match LISTS.contains(&known.name) {
            true => match out.entry(known.name).or_insert_with(|| Json::Array(Vec::new())) {
                Json::Array(list) => list.push(value),
                other => *other = value,
            },
            false => {
                out.insert(known.name.to_owned(), value);
            }
        }
    }
    Ok(Json::Object(out))
}

fn value(field: proto::Field<'_>, known: &Field, depth: usize) -> Result<Json, WireError> {
    Ok(match known.kind {
        Kind::Text => json!(field.text()?),
        Kind::Hex(_) => json!(field.bytes()?.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        Kind::Base64 => json!(to_base64(field.bytes()?)),
        Kind::Bool => json!(field.uint()? != 0),
        // The only one that is 64 bits wide is an attribute's; counts are 32.
        Kind::Varint if known.name == "intValue" => json!(field.int()?.to_string()),
        Kind::Varint | Kind::Enum(_) => json!(field.uint()?),
        Kind::Zigzag => json!(field.sint()?),
        Kind::Fixed32 => json!(field.fixed32()?),
        Kind::Fixed64 => json!(field.fixed64()?.to_string()),
        Kind::Double => match field.double()? {
            float if float.is_finite() => json!(float),
            float if float.is_nan() => json!("NaN"),
            float => json!(if float > 0.0 { "Infinity" } else { "-Infinity" }),
        },
        Kind::Message(table) => object(field.message()?, table, depth + 1)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{TRACES, to_protobuf};
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        let text = json!({"resourceSpans": [{
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [{"scope": {"name": "lib"}, "spans": [{
                "traceId": "000000000000000000000000000000ab", "spanId": "00000000000000cd", "name": "GET", "kind": 2,
                "startTimeUnixNano": "5", "endTimeUnixNano": "7",
                "attributes": [
                    {"key": "a", "value": {"intValue": "-7"}},
                    {"key": "b", "value": {"arrayValue": {"values": [{"boolValue": true}, {"doubleValue": 1.5}]}}},
                    {"key": "c", "value": {"bytesValue": "AQI="}},
                    {"key": "d", "value": {"doubleValue": "NaN"}},
                ],
                "events": [{"timeUnixNano": "6", "name": "e"}],
                "status": {"code": 2, "message": "m"}, "flags": 1,
            }]}],
        }]});
        let bytes = to_protobuf(text.to_string().as_bytes(), &TRACES).unwrap();
        assert_eq!(to_json(&bytes, &TRACES).unwrap(), text);
        to_json(&[0x0a, 5, 1], &TRACES).unwrap_err();
    }
}
