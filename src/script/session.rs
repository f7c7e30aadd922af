//! What one run of a scenario's files shares between Rust and Lua: the request, what was found, what went wrong.

use super::fault::Fault;
use super::files::Folder;
use super::hooks::Shared;
use super::limits::{FAULTS_MAX, Limits};
use super::params::Params;
use super::vm::{Guard, Ticker};
use crate::clock::{Chance, Purpose, Stream};
use mlua::{Lua, Value};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A module that `require` met.
pub(super) enum Module {
    /// Its file runs.
    Loading,
    /// What it returned.
    Ready(Value),
}

/// The run's time as hooks see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunTime {
    /// Seconds since the run began.
    pub(super) elapsed_s: f64,
    /// Wall time when it began, nanoseconds since 1970.
    pub(super) origin_ns: i64,
}

impl RunTime {
    pub(super) fn wall_ns(self) -> i64 {
        self.origin_ns.saturating_add((self.elapsed_s * 1e9) as i64)
    }
}

/// Shared by everything that runs in one VM.
pub(super) struct Session {
    pub(super) folder: Folder,
    pub(super) limits: Limits,
    pub(super) guard: Guard,
    pub(super) params: RefCell<Params>,
    pub(super) faults: RefCell<Vec<Fault>>,
    /// Faults that were left out because there are too many.
    pub(super) faults_cut: Cell<usize>,
    pub(super) printed: RefCell<Vec<String>>,
    pub(super) modules: RefCell<BTreeMap<String, Module>>,
    pub(super) requiring: RefCell<Vec<String>>,
    /// Nodes that functions under `on` chose, by the executor's key.
    pub(super) chosen: RefCell<BTreeMap<String, Vec<String>>>,
    /// `None` while the scenario loads.
    pub(super) time: Cell<Option<RunTime>>,
    /// What hooks do, in a VM that has hooks.
    pub(super) hooks: RefCell<Option<Rc<Shared>>>,
    /// The coroutine that runs a user's function, as an address.
    pub(super) main: Cell<usize>,
    pub(super) seed: u64,
    /// Whether chance was used, so that the seed matters to the plan.
    pub(super) drawn: Cell<bool>,
    stream: RefCell<Stream>,
}

impl Session {
    pub(super) fn new(folder: Folder, limits: Limits, params: Params, seed: u64, ticker: &Rc<Ticker>) -> Self {
        Self {
            folder,
            guard: Guard::new(limits.counting, ticker),
            limits,
            params: RefCell::new(params),
            faults: RefCell::default(),
            faults_cut: Cell::new(0),
            printed: RefCell::default(),
            modules: RefCell::default(),
            requiring: RefCell::default(),
            chosen: RefCell::default(),
            time: Cell::new(None),
            hooks: RefCell::new(None),
            main: Cell::new(0),
            seed,
            drawn: Cell::new(false),
            stream: RefCell::new(stream(seed, "math.random")),
        }
    }

    /// Lets `math.random` draw from a stream of this name from now on.
    pub(super) fn reseed(&self, name: &str) {
        *self.stream.borrow_mut() = stream(self.seed, name);
    }

    /// A random number from 0 (included) to 1 (excluded), of `math.random`'s stream.
    pub(super) fn unit(&self) -> f64 {
        self.drawn.set(true);
        self.stream.borrow_mut().unit()
    }

    /// A stream of its own.
    pub(super) fn stream(&self, name: &str) -> Stream {
        self.drawn.set(true);
        stream(self.seed, name)
    }

    /// Notes a fault; the load goes on, so that all faults are found at once.
    pub(super) fn fault(&self, fault: Fault) {
        if self.faults.borrow().contains(&fault) {
            return;
        }
        match self.is_full() {
            true => self.cut(1),
            false => self.faults.borrow_mut().push(fault),
        }
    }

    /// Whether as many faults are noted as are shown.
    pub(super) fn is_full(&self) -> bool {
        self.faults.borrow().len() >= FAULTS_MAX
    }

    /// Counts faults that are not shown.
    pub(super) fn cut(&self, count: usize) {
        self.faults_cut.set(self.faults_cut.get() + count);
    }

    /// Hands a printed line to the run's log; `false` while there is no run.
    pub(super) fn say(&self, lua: &Lua, line: &str) -> bool {
        match &*self.hooks.borrow() {
            Some(shared) if self.time.get().is_some() => {
                shared.log(lua, crate::event::Level::Info, line, serde_json::Map::new());
                true
            }
            _ => false,
        }
    }
}

fn stream(seed: u64, name: &str) -> Stream {
    Chance::new(seed, "scenario").stream(Purpose::Script, name, 0)
}

/// The author's line that is running: the nearest frame of a chunk of the author's.
pub(super) fn site(lua: &Lua) -> Option<Site> {
    for level in 1..64 {
        let found = lua.inspect_stack(level, |frame| {
            let source = frame.source();
            let chunk = source.source.as_deref().and_then(|s| s.strip_prefix('@')).map(str::to_owned);
            (chunk, frame.current_line())
        })?;
        if let (Some(chunk), Some(line)) = found
            && !super::vm::is_ours(&chunk)
        {
            return Some(Site { chunk, line });
        }
    }
    None
}

/// A line of the author's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Site {
    /// Path of the file below the scenario's folder.
    pub(super) chunk: String,
    /// Line, from 1.
    pub(super) line: usize,
}
