//! A fiber: one virtual user's own stack, so that `http.get()` and `sleep()` can be plain synchronous JavaScript calls
//! while hundreds of users share one operating-system thread.
//!
//! ```text
//! tokio task (one a VU, on a current-thread runtime)          the VU's stack (2 MiB reserved, pages touched on use)
//!   poll(cx) --- resume ---------------------------------->     QuickJS -> native function -> Park::block_on(future)
//!            <-- suspend (the future is pending) ----------       the future is polled here, with the task's waker
//! ```
//!
//! Invariants: the JavaScript runtime is created on the fiber's stack and never leaves it, so QuickJS's one-sided stack
//! check holds for life; a fiber never changes thread; a suspended fiber is never unwound (its frames hold C code): a
//! fiber that is dropped before its end leaks its stack instead.

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::ptr::NonNull;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// 2 MiB of address space: 1 MiB that JavaScript may use ([`JS_STACK_BYTES`]) and as much again for native code below it
/// (a TLS handshake in a debug build takes some 100 KiB). Only touched pages cost memory.
const STACK_BYTES: usize = 2 << 20;

/// How much of the stack JavaScript may use before it throws a RangeError.
pub(crate) const JS_STACK_BYTES: usize = 1 << 20;

/// A synchronous body running on its own stack, as a future.
pub(crate) struct Fiber {
    coroutine: ManuallyDrop<Coroutine<(), (), ()>>,
    shared: Rc<Shared>,
}

struct Shared {
    yielder: Cell<Option<NonNull<Yielder<(), ()>>>>,
    waker: RefCell<Waker>,
}

/// The body's way to wait. Valid only on the fiber's own stack.
#[derive(Clone)]
pub(crate) struct Park(Rc<Shared>);

impl Fiber {
    /// Makes a fiber that will run `body` when first polled. `Err` when the operating system has no room for a stack.
    pub(crate) fn start(body: impl FnOnce(Park) + 'static) -> std::io::Result<Self> {
        let stack = DefaultStack::new(STACK_BYTES)?;
        let shared = Rc::new(Shared { yielder: Cell::new(None), waker: RefCell::new(Waker::noop().clone()) });
        let inner = Rc::clone(&shared);
        let coroutine = Coroutine::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| {
            inner.yielder.set(Some(NonNull::from(yielder)));
            body(Park(Rc::clone(&inner)));
            inner.yielder.set(None);
        });
        Ok(Fiber { coroutine: ManuallyDrop::new(coroutine), shared })
    }
}

impl Future for Fiber {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.shared.waker.borrow_mut().clone_from(cx.waker());
        match self.coroutine.resume(()) {
            CoroutineResult::Yield(()) => Poll::Pending,
            CoroutineResult::Return(()) => Poll::Ready(()),
        }
    }
}

impl Drop for Fiber {
    fn drop(&mut self) {
        if self.coroutine.done() {
            #[expect(unsafe_code, reason = "the stack of a finished fiber is given back")]
            // SAFETY: `drop` runs once, and nothing touches the field afterwards.
            unsafe {
                ManuallyDrop::drop(&mut self.coroutine);
            }
        }
    }
}

impl Park {
    /// Runs `future` to its end, suspending the fiber while it is pending.
    ///
    /// # Panics
    /// When called after the fiber's body returned.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            let waker = self.0.waker.borrow().clone();
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => return value,
                Poll::Pending => self.suspend(),
            }
        }
    }

    /// Lets the thread's other tasks and its timers and sockets have their turn, then goes on. Waking itself at once would
    /// not do: a set of local tasks looks at timers only every 61 turns.
    pub(crate) fn breathe(&self) {
        self.block_on(tokio::task::yield_now());
    }

    fn suspend(&self) {
        let yielder = self.0.yielder.get().expect("a Park is used only while its fiber runs");
        #[expect(
            unsafe_code,
            reason = "the yielder lives on the fiber's stack, behind a lifetime that cannot be named"
        )]
        // SAFETY: the pointer was set from the reference the coroutine gave its body and is cleared before the body
        // returns; the caller runs inside that body, so the yielder is alive and on this very stack.
        unsafe {
            yielder.as_ref().suspend(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rquickjs::{Context as JsContext, Function, Runtime};
    use std::time::Duration;

    /// Runs `script` in `count` runtimes at once on one thread; `wait(ms)` suspends. Returns what each evaluated to.
    fn check(count: usize, script: &'static str) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let results = Rc::new(RefCell::new(Vec::new()));
        let local = tokio::task::LocalSet::new();
        let tasks: Vec<_> = (0..count)
            .map(|n| {
                let results = Rc::clone(&results);
                let fiber = Fiber::start(move |park| {
                    let js = Runtime::new().unwrap();
                    js.set_max_stack_size(JS_STACK_BYTES);
                    let context = JsContext::full(&js).unwrap();
                    let text = context.with(|ctx| {
                        let wait =
                            move |ms: u64| park.block_on(tokio::time::sleep(Duration::from_millis(ms)));
                        ctx.globals().set("wait", Function::new(ctx.clone(), wait).unwrap()).unwrap();
                        ctx.globals().set("n", n as u32).unwrap();
                        ctx.eval::<String, _>(script).unwrap()
                    });
                    results.borrow_mut().push(text);
                });
                local.spawn_local(fiber.unwrap())
            })
            .collect();
        local.block_on(&runtime, async move {
            for task in tasks {
                task.await.unwrap();
            }
        });
        Rc::try_unwrap(results).unwrap().into_inner()
    }

    #[test]
    fn fibers_interleave_inside_nested_javascript_calls() {
        let script = "let out = ''; const f = (d) => { if (d > 0) return f(d - 1); wait(5); return n; };
            for (let i = 0; i < 4; i++) { try { out += f(20); if (i == 2) throw new Error('x'); } catch (e) { out += e.message; } } out";
        let mut results = check(30, script);
        results.sort();
        let mut wanted: Vec<String> = (0..30).map(|n| format!("{n}{n}{n}x{n}")).collect();
        wanted.sort();
        assert_eq!(results, wanted);
    }

    #[test]
    fn endless_recursion_is_an_exception_and_not_a_crash() {
        let script = "let depth = 0; const f = () => { depth++; f(); }; let name = '';
            try { f(); } catch (e) { name = e.constructor.name; } wait(1); (depth > 200) + name";
        let results = check(3, script);
        assert!(results.iter().all(|r| r.starts_with("true") && r.len() > 4), "{results:?}");
    }
}
