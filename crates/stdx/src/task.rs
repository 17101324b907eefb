//! Tasks with owners: whoever starts one holds its handle and awaits or aborts it.

use std::future::Future;
use std::sync::OnceLock;

/// A running task. Dropping it aborts the task: nothing outlives its owner.
#[derive(Debug)]
pub struct Task<T>(Option<tokio::task::JoinHandle<T>>);

impl<T> Task<T> {
    /// Waits for the end. `Err` when the task panicked or was aborted.
    pub async fn join(mut self) -> Result<T, tokio::task::JoinError> {
        match self.0.take() {
            Some(handle) => handle.await,
            None => unreachable!("the handle leaves only by join and detach, which take self"),
        }
    }

    /// Lets the task run on without an owner: only for connections that a door tracks by other means.
    pub fn detach(mut self) {
        self.0.take();
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.0.as_ref().is_none_or(tokio::task::JoinHandle::is_finished)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.abort();
        }
    }
}

/// Starts `future` on the current runtime.
#[expect(clippy::disallowed_methods, reason = "this is the replacement that the ban names")]
pub fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    Task(Some(tokio::spawn(future)))
}

/// Runs blocking or computing work on the runtime's blocking pool.
pub fn blocking<F, T>(work: F) -> Task<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Task(Some(tokio::task::spawn_blocking(work)))
}

/// Starts a named operating-system thread.
pub fn thread<F, T>(name: &str, work: F) -> std::io::Result<std::thread::JoinHandle<T>>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// How many cores this process may use. Found out once: asking the operating system reads files.
pub fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// Runs `work` on equal shares of `items`, in order, on up to `threads` threads and no more than there are cores. For
/// computing work that is worth threads: the calling thread takes the first share. A panic of a share is the caller's.
pub fn share<T: Sync, R: Send>(items: &[T], threads: usize, work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let cores = cores();
    let size = items.len().div_ceil(threads.clamp(1, cores)).max(1);
    let mut shares = items.chunks(size);
    let Some(first) = shares.next() else { return Vec::new() };
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        let mut results = vec![work(first)];
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_back_in_order() {
        let items: Vec<u32> = (0..101).collect();
        for threads in [0, 1, 2, 7] {
            assert_eq!(share(&items, threads, <[u32]>::to_vec).concat(), items);
        }
        assert!(share(&items[..0], 3, <[u32]>::len).is_empty());
    }
}
