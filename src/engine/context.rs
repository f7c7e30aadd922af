//! What every part of a running engine shares.

use super::dispatcher::Emitter;
use super::lease::Ledger;
use super::look::Looks;
use super::own::Scripts;
use super::spawns::SpawnGate;
use super::stop::Stop;
use super::threshold::Watch;
use crate::clock::{Chance, Clock};
use crate::notebook::Document;
use crate::plan::{Plan, server_name};
use crate::port::Hub;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Shared by all users of a run. One thread, so cells and no locks.
pub(super) struct Context {
    pub(super) plan: Rc<Plan>,
    pub(super) clock: Clock,
    pub(super) chance: Chance,
    pub(super) hubs: BTreeMap<String, Rc<dyn Hub>>,
    pub(super) gates: BTreeMap<String, SpawnGate>,
    pub(super) documents: BTreeMap<String, Rc<Document>>,
    pub(super) emit: Emitter,
    pub(super) ledger: Ledger,
    pub(super) stop: Stop,
    pub(super) kept: KeptNotebooks,
    /// What users that never log out have on their hubs, with the connections to it, until the run cleans up.
    pub(super) staying: std::cell::RefCell<Vec<super::session::Session>>,
    /// What the author's functions may look at.
    pub(super) looks: Rc<Looks>,
    /// The objectives that are judged while the run goes on.
    pub(super) thresholds: Watch,
    /// The code of users of the author's own, where the plan has any.
    pub(super) scripts: Option<Scripts>,
    /// Tells the named servers of this run from all others.
    pub(super) nonce: String,
}

impl Context {
    /// Name of the named server with a number, in this run.
    pub(super) fn server_name(&self, number: u32) -> String {
        server_name(&self.nonce, number)
    }
}

/// How many executed notebooks were kept, by notebook and by whether they failed.
#[derive(Debug, Default)]
pub(super) struct KeptNotebooks {
    ok: std::cell::RefCell<BTreeMap<String, u32>>,
    failed: Cell<u32>,
}

impl KeptNotebooks {
    /// Of each notebook this many successes are kept under [`crate::plan::Keep::Sample`].
    const SAMPLE: u32 = 3;
    /// Failed ones are kept up to this many in a run, so that an outage of hours does not fill the disk.
    pub(super) const FAILED_MAX: u32 = 1_000;

    /// Whether to keep this one. Counts it if so.
    pub(super) fn admit(&self, keep: crate::plan::Keep, notebook: &str, ok: bool) -> bool {
        if !ok {
            let room = self.failed.get() < Self::FAILED_MAX;
            self.failed.set(self.failed.get().saturating_add(1));
            return room;
        }
        match keep {
            crate::plan::Keep::All => true,
            crate::plan::Keep::Failed => false,
            crate::plan::Keep::Sample => {
                let mut ok = self.ok.borrow_mut();
                let count = ok.entry(notebook.to_owned()).or_insert(0);
                *count += 1;
                *count <= Self::SAMPLE
            }
        }
    }

    /// Whether the last failed one was the first that found no room.
    pub(super) fn just_filled(&self) -> bool {
        self.failed.get() == Self::FAILED_MAX + 1
    }
}
