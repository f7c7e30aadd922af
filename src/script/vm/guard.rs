//! Time and poison: what ends a VM whatever its script does.
//!
//! The interrupt compares a counter that a ticker thread advances, because reading a clock at each loop step costs three times as much.
//! When the counter moved it asks the thread's processor clock. Once a limit is broken the guard stays poisoned: every later interrupt
//! fails too, and the prelude's `pcall`, `xpcall` and `coroutine.resume` pass the failure on, so that no script can catch it.

use crate::script::limits::{Breach, Counting, TICKS_PER_MS};
use mlua::{Error, Lua, VmState};
use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

/// How often the interrupt looks at the clock.
const TICK: Duration = Duration::from_millis(2);
/// With ticks counted, how many times the limit processor time may reach.
const BACKSTOP: u32 = 20;

/// What the interrupt raises. It carries no text of its own: the breach stands in the guard.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a limit of the script was reached")]
pub(in crate::script) struct Poisoned;

/// Watches one VM. Clones watch the same one.
#[derive(Clone)]
pub(in crate::script) struct Guard(Rc<State>);

/// Bytes that are counted while this lives.
pub(in crate::script) struct Weight {
    state: Rc<State>,
    bytes: usize,
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.state.outside.set(self.state.outside.get().saturating_sub(self.bytes));
    }
}

impl std::fmt::Debug for Weight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.bytes)
    }
}

struct State {
    counting: Counting,
    breach: Cell<Option<Breach>>,
    allowed: Cell<Duration>,
    memory: Cell<usize>,
    outside: Cell<usize>,
    ticks_left: Cell<u64>,
    begun: Cell<Duration>,
    seen: Cell<u64>,
    ticker: Rc<Ticker>,
}

impl Guard {
    /// Watches with a ticker: VMs of one thread can share it, because one of them runs at a time.
    pub(in crate::script) fn new(counting: Counting, ticker: &Rc<Ticker>) -> Self {
        Self(Rc::new(State {
            counting,
            breach: Cell::new(None),
            allowed: Cell::new(Duration::ZERO),
            memory: Cell::new(0),
            outside: Cell::new(0),
            ticks_left: Cell::new(0),
            begun: Cell::new(Duration::ZERO),
            seen: Cell::new(0),
            ticker: Rc::clone(ticker),
        }))
    }

    /// Sets the memory limit of the VM.
    pub(in crate::script) fn set_memory(&self, lua: &Lua, bytes: usize) -> mlua::Result<()> {
        self.0.memory.set(bytes);
        lua.set_memory_limit(bytes).map(|_| ())
    }

    /// Counts bytes that a value of the script takes outside of Lua, until the result is dropped; these have the same limit as the
    /// memory of Lua, and break it alike.
    pub(in crate::script) fn weigh(&self, bytes: usize) -> Weight {
        self.0.outside.set(self.0.outside.get() + bytes);
        if self.0.outside.get() > self.0.memory.get() {
            self.poison(Breach::Memory(self.0.memory.get()));
        }
        Weight { state: self.0.clone(), bytes }
    }

    /// Installs the interrupt.
    pub(in crate::script) fn watch(&self, lua: &Lua) {
        let guard = self.clone();
        lua.set_interrupt(move |_| guard.tick());
    }

    /// Runs code of the script for at most `allowed`. The breach counts even when a value came back.
    pub(in crate::script) fn run<T>(
        &self,
        allowed: Duration,
        code: impl FnOnce() -> mlua::Result<T>,
    ) -> Result<mlua::Result<T>, Breach> {
        self.0.allowed.set(allowed);
        self.0.ticks_left.set(allowed.as_millis() as u64 * TICKS_PER_MS);
        self.0.begun.set(processor_time());
        self.0.ticker.active(true);
        let result = code();
        self.0.ticker.active(false);
        if let Err(error) = &result {
            self.note(error);
        }
        match self.0.breach.get() {
            Some(breach) => Err(breach),
            None => Ok(result),
        }
    }

    /// What ended the VM.
    pub(in crate::script) fn breach(&self) -> Option<Breach> {
        self.0.breach.get()
    }

    /// Looks at an error that the script is about to see: running out of memory or stack poisons the VM.
    pub(in crate::script) fn note(&self, error: &Error) {
        if let Some(breach) = self.breach_in(error) {
            self.poison(breach);
        }
    }

    /// The same for an error that is a text.
    pub(in crate::script) fn note_text(&self, text: &str) {
        if text == "not enough memory" {
            self.poison(Breach::Memory(self.0.memory.get()));
        } else if is_overflow(text) {
            self.poison(Breach::Depth);
        }
    }

    fn breach_in(&self, error: &Error) -> Option<Breach> {
        match error {
            Error::MemoryError(_) => Some(Breach::Memory(self.0.memory.get())),
            Error::StackError => Some(Breach::Depth),
            Error::CallbackError { cause, .. } => self.breach_in(cause),
            Error::WithContext { cause, .. } => self.breach_in(cause),
            Error::RuntimeError(text) => {
                let first = text.split("\nstack traceback:").next().unwrap_or_default();
                if first == "not enough memory" {
                    Some(Breach::Memory(self.0.memory.get()))
                } else if is_overflow(first) {
                    Some(Breach::Depth)
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    fn poison(&self, breach: Breach) {
        if self.0.breach.get().is_none() {
            self.0.breach.set(Some(breach));
        }
    }

    fn tick(&self) -> mlua::Result<VmState> {
        let state = &*self.0;
        if state.breach.get().is_some() {
            return Err(Error::external(Poisoned));
        }
        let mut allowed = state.allowed.get();
        if state.counting == Counting::Ticks {
            allowed *= BACKSTOP;
            let left = state.ticks_left.get();
            if left == 0 {
                self.poison(Breach::Time(state.allowed.get()));
                return Err(Error::external(Poisoned));
            }
            state.ticks_left.set(left - 1);
        }
        let seen = state.ticker.count();
        if seen != state.seen.get() {
            state.seen.set(seen);
            if processor_time().saturating_sub(state.begun.get()) > allowed {
                self.poison(Breach::Time(state.allowed.get()));
                return Err(Error::external(Poisoned));
            }
        }
        Ok(VmState::Continue)
    }
}

/// Whether a message is Luau's own about its stacks, with or without `file:line:` before it. A script that raises just these words
/// ends itself.
fn is_overflow(text: &str) -> bool {
    let own = |text: &str| {
        text == "stack overflow"
            || text == "error in error handling"
            || text.starts_with("stack overflow (")
            || text.starts_with("C stack overflow")
    };
    own(text) || text.rsplit_once(": ").is_some_and(|(_, last)| own(last))
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

/// Advances a counter every two milliseconds while it is active; sleeps otherwise; ends when it is dropped.
pub(in crate::script) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    handle: Thread,
}

#[derive(Default)]
struct Shared {
    count: AtomicU64,
    active: AtomicBool,
    closed: AtomicBool,
}

impl Ticker {
    pub(in crate::script) fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let thread =
            std::thread::Builder::new().name("lua-ticker".to_owned()).stack_size(64 << 10).spawn(move || {
                while !theirs.closed.load(Ordering::Acquire) {
                    if theirs.active.load(Ordering::Acquire) {
                        theirs.count.fetch_add(1, Ordering::Relaxed);
                        std::thread::park_timeout(TICK);
                    } else {
                        std::thread::park();
                    }
                }
            })?;
        let handle = thread.thread().clone();
        Ok(Self { shared, thread: Some(thread), handle })
    }

    fn active(&self, active: bool) {
        self.shared.active.store(active, Ordering::Release);
        if active {
            self.handle.unpark();
        }
    }

    fn count(&self) -> u64 {
        self.shared.count.load(Ordering::Relaxed)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Release);
        self.handle.unpark();
        if let Some(thread) = self.thread.take() {
            // A ticker cannot panic; if it did, there is nothing left to stop.
            let _ = thread.join();
        }
    }
}
