//! OTLP/JSON to OTLP/protobuf and ([`to_json`]) back, driven by a table of the messages.
//!
//! Field names are taken in camelCase and snake_case, 64-bit numbers as numbers or text, enums as numbers or names,
//! trace and span ids as hexadecimal, other bytes as base64; unknown fields and nulls are skipped. Nesting is bounded by
//! the JSON parser (128 levels).
//! Source: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>

mod json;

pub use json::to_json;

use crate::encoding::{from_base64, from_hex};
use crate::error::WireError;
use crate::proto::Writer;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// A message: its fields.
pub struct Message(&'static [Field]);

struct Field {
    /// camelCase.
    name: &'static str,
    number: u32,
    kind: Kind,
}

/// How a JSON value becomes a protobuf value. Arrays write the field once an element.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Hex(usize),
    Base64,
    Bool,
    Varint,
    Zigzag,
    Fixed32,
    Fixed64,
    Double,
    Enum(&'static str),
    Message(&'static Message),
}

const fn f(name: &'static str, number: u32, kind: Kind) -> Field {
    Field { name, number, kind }
}

use Kind::{Base64, Bool, Double, Enum, Fixed32, Fixed64, Hex, Text, Varint, Zigzag};

/// `AnyValue`: an attribute's value.
pub(super) static ANY_VALUE: Message = Message(&[
    f("stringValue", 1, Text),
    f("boolValue", 2, Bool),
    f("intValue", 3, Varint),
    f("doubleValue", 4, Double),
    f("arrayValue", 5, Kind::Message(&Message(&[f("values", 1, Kind::Message(&ANY_VALUE))]))),
    f("kvlistValue", 6, Kind::Message(&Message(&[f("values", 1, Kind::Message(&KEY_VALUE))]))),
    f("bytesValue", 7, Base64),
]);
static KEY_VALUE: Message = Message(&[f("key", 1, Text), f("value", 2, Kind::Message(&ANY_VALUE))]);
static RESOURCE: Message =
    Message(&[f("attributes", 1, Kind::Message(&KEY_VALUE)), f("droppedAttributesCount", 2, Varint)]);
static SCOPE: Message = Message(&[
    f("name", 1, Text),
    f("version", 2, Text),
    f("attributes", 3, Kind::Message(&KEY_VALUE)),
    f("droppedAttributesCount", 4, Varint),
]);

/// `ExportTraceServiceRequest`.
pub static TRACES: Message = Message(&[f(
    "resourceSpans",
    1,
    Kind::Message(&Message(&[
        f("resource", 1, Kind::Message(&RESOURCE)),
        f(
            "scopeSpans",
            2,
            Kind::Message(&Message(&[
                f("scope", 1, Kind::Message(&SCOPE)),
                f("spans", 2, Kind::Message(&SPAN)),
                f("schemaUrl", 3, Text),
            ])),
        ),
        f("schemaUrl", 3, Text),
    ])),
)]);
static SPAN: Message = Message(&[
    f("traceId", 1, Hex(16)),
    f("spanId", 2, Hex(8)),
    f("traceState", 3, Text),
    f("parentSpanId", 4, Hex(8)),
    f("name", 5, Text),
    f(
        "kind",
        6,
        Enum(
            "SPAN_KIND_UNSPECIFIED SPAN_KIND_INTERNAL SPAN_KIND_SERVER SPAN_KIND_CLIENT SPAN_KIND_PRODUCER SPAN_KIND_CONSUMER",
        ),
    ),
    f("startTimeUnixNano", 7, Fixed64),
    f("endTimeUnixNano", 8, Fixed64),
    f("attributes", 9, Kind::Message(&KEY_VALUE)),
    f("droppedAttributesCount", 10, Varint),
    f(
        "events",
        11,
        Kind::Message(&Message(&[
            f("timeUnixNano", 1, Fixed64),
            f("name", 2, Text),
            f("attributes", 3, Kind::Message(&KEY_VALUE)),
            f("droppedAttributesCount", 4, Varint),
        ])),
    ),
    f("droppedEventsCount", 12, Varint),
    f(
        "links",
        13,
        Kind::Message(&Message(&[
            f("traceId", 1, Hex(16)),
            f("spanId", 2, Hex(8)),
            f("traceState", 3, Text),
            f("attributes", 4, Kind::Message(&KEY_VALUE)),
            f("droppedAttributesCount", 5, Varint),
            f("flags", 6, Fixed32),
        ])),
    ),
    f("droppedLinksCount", 14, Varint),
    f(
        "status",
        15,
        Kind::Message(&Message(&[
            f("message", 2, Text),
            f("code", 3, Enum("STATUS_CODE_UNSET STATUS_CODE_OK STATUS_CODE_ERROR")),
        ])),
    ),
    f("flags", 16, Fixed32),
]);

/// `ExportLogsServiceRequest`.
pub static LOGS: Message = Message(&[f(
    "resourceLogs",
    1,
    Kind::Message(&Message(&[
        f("resource", 1, Kind::Message(&RESOURCE)),
        f(
            "scopeLogs",
            2,
            Kind::Message(&Message(&[
                f("scope", 1, Kind::Message(&SCOPE)),
                f("logRecords", 2, Kind::Message(&LOG_RECORD)),
                f("schemaUrl", 3, Text),
            ])),
        ),
        f("schemaUrl", 3, Text),
    ])),
)]);
static LOG_RECORD: Message = Message(&[
    f("timeUnixNano", 1, Fixed64),
    f(
        "severityNumber",
        2,
        Enum(
            "SEVERITY_NUMBER_UNSPECIFIED SEVERITY_NUMBER_TRACE SEVERITY_NUMBER_TRACE2 SEVERITY_NUMBER_TRACE3 SEVERITY_NUMBER_TRACE4 SEVERITY_NUMBER_DEBUG SEVERITY_NUMBER_DEBUG2 SEVERITY_NUMBER_DEBUG3 SEVERITY_NUMBER_DEBUG4 SEVERITY_NUMBER_INFO SEVERITY_NUMBER_INFO2 SEVERITY_NUMBER_INFO3 SEVERITY_NUMBER_INFO4 SEVERITY_NUMBER_WARN SEVERITY_NUMBER_WARN2 SEVERITY_NUMBER_WARN3 SEVERITY_NUMBER_WARN4 SEVERITY_NUMBER_ERROR SEVERITY_NUMBER_ERROR2 SEVERITY_NUMBER_ERROR3 SEVERITY_NUMBER_ERROR4 SEVERITY_NUMBER_FATAL SEVERITY_NUMBER_FATAL2 SEVERITY_NUMBER_FATAL3 SEVERITY_NUMBER_FATAL4",
        ),
    ),
    f("severityText", 3, Text),
    f("body", 5, Kind::Message(&ANY_VALUE)),
    f("attributes", 6, Kind::Message(&KEY_VALUE)),
    f("droppedAttributesCount", 7, Varint),
    f("flags", 8, Fixed32),
    f("traceId", 9, Hex(16)),
    f("spanId", 10, Hex(8)),
    f("observedTimeUnixNano", 11, Fixed64),
    f("eventName", 12, Text),
]);

/// `ExportMetricsServiceRequest`.
pub static METRICS: Message = Message(&[f(
    "resourceMetrics",
    1,
    Kind::Message(&Message(&[
        f("resource", 1, Kind::Message(&RESOURCE)),
        f(
            "scopeMetrics",
            2,
            Kind::Message(&Message(&[
                f("scope", 1, Kind::Message(&SCOPE)),
                f("metrics", 2, Kind::Message(&METRIC)),
                f("schemaUrl", 3, Text),
            ])),
        ),
        f("schemaUrl", 3, Text),
    ])),
)]);
const TEMPORALITY: Kind = Enum(
    "AGGREGATION_TEMPORALITY_UNSPECIFIED AGGREGATION_TEMPORALITY_DELTA AGGREGATION_TEMPORALITY_CUMULATIVE",
);
static METRIC: Message = Message(&[
    f("name", 1, Text),
    f("description", 2, Text),
    f("unit", 3, Text),
    f("gauge", 5, Kind::Message(&Message(&[f("dataPoints", 1, Kind::Message(&NUMBER))]))),
    f(
        "sum",
        7,
        Kind::Message(&Message(&[
            f("dataPoints", 1, Kind::Message(&NUMBER)),
            f("aggregationTemporality", 2, TEMPORALITY),
            f("isMonotonic", 3, Bool),
        ])),
    ),
    f(
        "histogram",
        9,
        Kind::Message(&Message(&[
            f("dataPoints", 1, Kind::Message(&HISTOGRAM)),
            f("aggregationTemporality", 2, TEMPORALITY),
        ])),
    ),
    f(
        "exponentialHistogram",
        10,
        Kind::Message(&Message(&[
            f("dataPoints", 1, Kind::Message(&EXPONENTIAL)),
            f("aggregationTemporality", 2, TEMPORALITY),
        ])),
    ),
    f("summary", 11, Kind::Message(&Message(&[f("dataPoints", 1, Kind::Message(&SUMMARY))]))),
]);
static EXEMPLAR: Message = Message(&[
    f("timeUnixNano", 2, Fixed64),
    f("asDouble", 3, Double),
    f("spanId", 4, Hex(8)),
    f("traceId", 5, Hex(16)),
    f("asInt", 6, Fixed64),
    f("filteredAttributes", 7, Kind::Message(&KEY_VALUE)),
]);
static NUMBER: Message = Message(&[
    f("startTimeUnixNano", 2, Fixed64),
    f("timeUnixNano", 3, Fixed64),
    f("asDouble", 4, Double),
    f("exemplars", 5, Kind::Message(&EXEMPLAR)),
    f("asInt", 6, Fixed64),
    f("attributes", 7, Kind::Message(&KEY_VALUE)),
    f("flags", 8, Varint),
]);
static HISTOGRAM: Message = Message(&[
    f("startTimeUnixNano", 2, Fixed64),
    f("timeUnixNano", 3, Fixed64),
    f("count", 4, Fixed64),
    f("sum", 5, Double),
    f("bucketCounts", 6, Fixed64),
    f("explicitBounds", 7, Double),
    f("exemplars", 8, Kind::Message(&EXEMPLAR)),
    f("attributes", 9, Kind::Message(&KEY_VALUE)),
    f("flags", 10, Varint),
    f("min", 11, Double),
    f("max", 12, Double),
]);
static BUCKETS: Message = Message(&[f("offset", 1, Zigzag), f("bucketCounts", 2, Varint)]);
static EXPONENTIAL: Message = Message(&[
    f("attributes", 1, Kind::Message(&KEY_VALUE)),
    f("startTimeUnixNano", 2, Fixed64),
    f("timeUnixNano", 3, Fixed64),
    f("count", 4, Fixed64),
    f("sum", 5, Double),
    f("scale", 6, Zigzag),
    f("zeroCount", 7, Fixed64),
    f("positive", 8, Kind::Message(&BUCKETS)),
    f("negative", 9, Kind::Message(&BUCKETS)),
    f("flags", 10, Varint),
    f("exemplars", 11, Kind::Message(&EXEMPLAR)),
    f("min", 12, Double),
    f("max", 13, Double),
    f("zeroThreshold", 14, Double),
]);
static SUMMARY: Message = Message(&[
    f("startTimeUnixNano", 2, Fixed64),
    f("timeUnixNano", 3, Fixed64),
    f("count", 4, Fixed64),
    f("sum", 5, Double),
    f("quantileValues", 6, Kind::Message(&Message(&[f("quantile", 1, Double), f("value", 2, Double)]))),
    f("attributes", 7, Kind::Message(&KEY_VALUE)),
    f("flags", 8, Varint),
]);

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
