//! The ground floor: time, randomness, tasks, cancellation, budgets and error kinds.
//!
//! Everything above takes its clock, its random numbers and its tasks from here, so that a test can hold time still,
//! replay a seed, and know which task is still running. Nothing here knows a sample, a line or a span.

pub mod budget;
pub mod cancel;
pub mod clock;
pub mod error;
pub mod future;
pub mod rng;
pub mod task;

pub use budget::{Budget, BudgetExceeded, Reservation};
pub use cancel::Cancel;
pub use clock::Clock;
pub use error::ErrorKind;
pub use future::BoxFuture;
pub use rng::Rng;
