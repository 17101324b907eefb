//! The one boxed future type, so that contracts can be trait objects; and futures whose panic is an answer.

use std::any::Any;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;

/// A boxed, sendable future: what an `async fn` of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a future said when it panicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panicked(String);

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.0)
    }
}

impl std::error::Error for Panicked {}

impl From<Box<dyn Any + Send>> for Panicked {
    fn from(panic: Box<dyn Any + Send>) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Panicked(text.unwrap_or_else(|| "without words".to_owned()))
    }
}

/// Runs `future` where it is awaited; a panic of it is an `Err`, and it is not polled again.
///
/// A task of its own ([`crate::task::spawn`]) contains a panic too, but costs an allocation, two turns of the scheduler and now
/// and then the wake-up of another thread. What both share: whoever leaves drops the future.
pub async fn caught<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    // Whatever a panic leaves half done is behind locks, which say so, or is dropped with the future.
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(panic.into())),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_with_its_words() {
        assert_eq!(caught(async { 7 }).await, Ok(7));
        let after_a_wait = async {
            tokio::task::yield_now().await;
            panic!("no {}", "luck");
        };
        let error = caught::<_>(after_a_wait).await.map(|(): ()| ()).unwrap_err();
        assert_eq!(error.to_string(), "panicked: no luck");
        let error = caught(async { panic!("plain") }).await.map(|(): ()| ()).unwrap_err();
        assert_eq!(error, Panicked("plain".to_owned()));
    }
}
