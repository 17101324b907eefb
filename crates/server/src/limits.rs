//! Every limit of the doors in one table: name, unit, default, and why that default.
//!
//! [`Limits`] is plain values, so that a tenant's own limits are a changed copy. Exceeding one is an error that names it.

mod tenants;

pub use tenants::TenantLimits;

/// One row of the table, for documentation and for `oriel config schema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The field's name.
    pub name: &'static str,
    /// What its number counts.
    pub unit: &'static str,
    /// The number when nothing is configured.
    pub default: u64,
    /// What it bounds, and why that default.
    pub doc: &'static str,
}

macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $unit:literal = $default:expr;)+) => {
        /// Limits of one tenant. 0 is a number like any other, not "unlimited", unless the field's doc says so.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Limits { $($name: $default,)+ }
            }
        }

        impl Limits {
            /// Sets a limit by its name or [`ALIASES`]; `false` when there is none of that name.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                let alias = ALIASES.iter().find(|(other, _)| *other == name);
                match alias.map_or(name, |(_, own)| own) {
                    $(stringify!($name) => self.$name = value,)+
                    _ => return false,
                }
                true
            }

            /// Each limit by its name.
            pub fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($name), self.$name),)+].into_iter()
            }
        }

        /// The table.
        pub const TABLE: &[Row] = &[$(Row { name: stringify!($name), unit: $unit, default: $default, doc: concat!($($doc),+) },)+];
    };
}

limits! {
    /// Bytes of a request body as sent. 100 MiB: what the replaced log and metric stores take.
    max_body_bytes: "bytes" = 100 << 20;
    /// Bytes of a request body after unpacking: ten times the packed cap's typical ratio, and 20 of them fit in 8 GiB.
    max_unpacked_bytes: "bytes" = 400 << 20;
    /// Bytes of a form or query string. 10 MiB: Go's own limit on forms.
    max_form_bytes: "bytes" = 10 << 20;

    /// Labels of a series, name included. Instrumentation has at most a few dozen.
    max_labels_per_series: "labels" = 128;
    /// Bytes of a label's name on a series.
    max_label_name_bytes: "bytes" = 1024;
    /// Bytes of a label's value on a series.
    max_label_value_bytes: "bytes" = 16 << 10;
    /// Buckets of one native histogram: ten times what SDKs keep (160).
    max_histogram_buckets: "buckets" = 1600;
    /// Samples a second of one tenant, by all doors together; 0: any number.
    max_sample_rate: "samples/second" = 0;
    /// Samples beyond that rate that are taken at once, so that a sender that was away catches up; 0: ten seconds of the rate.
    /// A larger batch is never taken.
    max_sample_burst: "samples" = 0;
    /// Batches of samples a second of one tenant; 0: any number.
    max_request_rate: "batches/second" = 0;
    /// Batches beyond that rate that are taken at once; 0: ten seconds of the rate.
    max_request_burst: "batches" = 0;
    /// Series of one tenant that had samples since the last flush; a sample of one more is refused. 0: any number.
    max_series: "series" = 0;
    /// How old a sample may be; 0 takes any age.
    max_sample_age_seconds: "seconds" = 0;
    /// How far ahead of the clock a sample, line or span may be: ten minutes of skew, as the replaced stores allow.
    max_ahead_seconds: "seconds" = 600;

    /// Labels of a stream.
    max_labels_per_stream: "labels" = 15;
    /// Bytes of a label's name on a stream.
    max_stream_label_name_bytes: "bytes" = 1024;
    /// Bytes of a label's value on a stream.
    max_stream_label_value_bytes: "bytes" = 2048;
    /// Bytes of one line.
    max_line_bytes: "bytes" = 256 << 10;
    /// Bytes of the structured metadata of one line.
    max_structured_metadata_bytes: "bytes" = 64 << 10;
    /// Pairs of structured metadata of one line.
    max_structured_metadata_entries: "pairs" = 128;
    /// Bytes of lines and their metadata a second of one tenant; 0: any number.
    max_line_byte_rate: "bytes/second" = 0;
    /// Bytes beyond that rate that are taken at once; 0: ten seconds of the rate. A larger batch is never taken.
    max_line_byte_burst: "bytes" = 0;
    /// How old a line may be; 0 takes any age.
    max_line_age_seconds: "seconds" = 0;

    /// Bytes of one attribute key or value of a span; longer ones are cut.
    max_attribute_bytes: "bytes" = 2048;
    /// Bytes of spans, as protobuf, a second of one tenant; 0: any number. `/api/overrides` goes before it.
    max_span_byte_rate: "bytes/second" = 0;
    /// Bytes beyond that rate that are taken at once; 0: ten seconds of the rate. A larger batch is never taken.
    max_span_byte_burst: "bytes" = 0;
    /// Bytes of the spans of one trace; 0 takes any: traces of a million spans are stored and answered in bounded memory.
    max_trace_bytes: "bytes" = 0;

    /// Queries that run at once; more wait.
    max_concurrent_queries: "queries" = 20;
    /// How long a query may run.
    query_timeout_seconds: "seconds" = 120;
    /// Memory of one query: a fortieth of the process budget would starve it, a half would let two stop the process.
    max_query_memory_bytes: "bytes" = 1 << 30;
    /// Samples that one metrics query may hold at once.
    max_query_samples: "samples" = 50_000_000;
    /// Bytes of answers to range queries of metrics that are kept for the next refresh; 0 keeps none.
    max_kept_result_bytes: "bytes" = 64 << 20;
    /// Steps of a range query: one a pixel of a very wide screen.
    max_query_points: "points" = 11_000;
    /// The longest time range of a metrics query; 0: any length.
    max_metric_query_seconds: "seconds" = 0;
    /// How far back metrics are read: what is older is not there for queries. 0: any age.
    max_metric_lookback_seconds: "seconds" = 0;
    /// Lines that one log query may return.
    max_query_lines: "lines" = 5000;
    /// Series that one metric query over logs may return.
    max_log_query_series: "series" = 500;
    /// The longest time range of a log query, in hours: 30 days and one hour.
    max_log_query_hours: "hours" = 721;
    /// Live tails of one tenant.
    max_tails: "connections" = 10;
    /// How long a tail may last.
    max_tail_seconds: "seconds" = 3600;
    /// Traces that one search may return.
    max_search_traces: "traces" = 262_144;
    /// The longest range of a search of traces, and of a listing of their names and values, in hours; 0: any length.
    max_trace_search_hours: "hours" = 0;
    /// The longest range of a metrics query over traces, in hours.
    max_trace_metrics_hours: "hours" = 24;
}

/// Names that the replaced systems have for limits, and ours: a configuration of theirs need not be rewritten.
pub const ALIASES: &[(&str, &str)] = &[
    ("ingestion_rate", "max_sample_rate"),
    ("ingestion_burst_size", "max_sample_burst"),
    ("request_rate", "max_request_rate"),
    ("request_burst_size", "max_request_burst"),
    ("max_global_series_per_user", "max_series"),
    ("max_label_names_per_series", "max_labels_per_series"),
    ("max_label_name_length", "max_label_name_bytes"),
    ("max_label_value_length", "max_label_value_bytes"),
    ("max_native_histogram_buckets", "max_histogram_buckets"),
    ("max_line_size", "max_line_bytes"),
    ("max_structured_metadata_size", "max_structured_metadata_bytes"),
    ("max_structured_metadata_entries_count", "max_structured_metadata_entries"),
    ("rate_limit_bytes", "max_span_byte_rate"),
    ("burst_size_bytes", "max_span_byte_burst"),
    ("max_bytes_per_trace", "max_trace_bytes"),
    ("max_entries_limit_per_query", "max_query_lines"),
    ("max_query_series", "max_log_query_series"),
];

/// What a limit that is the burst of a rate holds when it is not set: so many seconds of the rate.
const BURST_SECONDS: u64 = 10;

impl Limits {
    /// The burst that goes with a rate.
    pub(crate) fn burst(rate: u64, burst: u64) -> u64 {
        if burst == 0 { rate.saturating_mul(BURST_SECONDS) } else { burst }
    }

    /// A limit as a size.
    pub fn size(value: u64) -> usize {
        usize::try_from(value).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_each_limit_once_with_a_unit() {
        let mut names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
        assert!(TABLE.iter().all(|row| !row.unit.is_empty()));
        assert!(ALIASES.iter().all(|(other, own)| names.contains(own) && !names.contains(other)));
        let mut limits = Limits::default();
        assert!(limits.set("ingestion_rate", 7) && limits.max_sample_rate == 7 && !limits.set("x", 1));
        let row = TABLE.iter().find(|row| row.name == "max_query_points").unwrap();
        assert_eq!(row.default, Limits::default().max_query_points);
    }
}
