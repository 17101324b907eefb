//! The doors: HTTP and gRPC in, engines behind. The only crate that knows axum, and the only place where the protocols of
//! the replaced systems, the three engines and the three languages meet.
//!
//! - [`doors`]: listeners, one a port; graceful stop.
//! - [`api`]: one folder a replaced system, one file an endpoint.
//! - [`ingest`]: limits and validation of all protocols, then the engines ([`contract::Ingest`]).
//! - [`limits`], [`tenant`], [`error`]: every limit by name, whose request it is, failures as each API says them.
//! - [`collector`]: scrape targets, and the configuration read again.
//! - [`telemetry`]: `/metrics` of Oriel itself. [`ui`]: the web app's files.
//!
//! Write walk: `api/*/push` -> `wire` -> [`ingest`] -> an engine. Read walk: `api/*/query` -> a language -> an engine.

pub mod access;
pub mod api;
mod body;
pub mod collector;
pub mod doors;
pub mod error;
#[cfg(test)]
mod fakes;
mod grpc;
pub mod ingest;
mod json;
pub mod limits;
mod overrides;
mod params;
mod respond;
mod run;
pub mod state;
pub mod telemetry;
pub mod tenant;
pub mod ui;

pub use collector::{Collector, DroppedTargets, RelabelStep, RelabelText, TargetStatus};
pub use doors::{Addresses, Doors};
pub use limits::{Limits, TenantLimits};
pub use overrides::Overrides;
pub use state::{BlockStatus, Engines, Language, Options, Place, State, StatusSource, StorageStatus};
