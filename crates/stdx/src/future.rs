//! The one boxed future type, so that contracts can be trait objects.

use std::future::Future;
use std::pin::Pin;

/// A boxed, sendable future: what an `async fn` of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
