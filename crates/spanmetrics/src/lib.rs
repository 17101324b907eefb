//! Metrics from spans: request rates, errors and durations by service and operation, and the graph of who calls whom.
//!
//! The life of a span here: `server::ingest` reads each batch into [`Observed`] before the trace engine takes it
//! ([`Generator::read`]), and hands it over once the batch is durable ([`Generator::add`]), so that what is sent again
//! after a failure counts once. Every interval [`Generator::run`] writes all series as samples through
//! [`contract::Ingest`], like any other writer.
//!
//! ```text
//! batch -> observe (facts of a span) -> span (rate, errors, duration)  \
//!   (filter, multiplier)             -> graph (client meets server)     -> series (samples, exemplars) -> Ingest
//!                                    -> target, host (who sends spans)  /
//! ```
//! Names, labels and buckets are those that dashboards of traces rely on. Everything is bounded ([`Options`]); what does
//! not fit is counted ([`Losses`]), never dropped silently.

mod filter;
mod generator;
mod graph;
mod histogram;
mod host;
mod multiplier;
mod names;
mod native;
mod observe;
mod options;
mod series;
mod span;
mod target;

#[cfg(test)]
mod tests;

pub use filter::{Filter, Match, Policy, Wanted, WantedValue};
pub use generator::{Generator, Losses, Used};
pub use multiplier::Multiplier;
pub use native::{NativeHistograms, NativeShape};
pub use observe::Observed;
pub use options::{
    GraphOptions, HostOptions, Mapping, OperationOptions, Options, OwnLabels, SpanNameSanitization,
};
