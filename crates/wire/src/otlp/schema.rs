//! OTLP/JSON to OTLP/protobuf ([`to_protobuf`]) and back ([`to_json`]), driven by a table of the messages: this file.
//!
//! Source: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>

mod json;
mod protobuf;

pub use json::to_json;
pub use protobuf::to_protobuf;

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
