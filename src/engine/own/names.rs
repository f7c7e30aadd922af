//! Names that users' code makes up at run time: so many are told apart, the others are one.

use crate::engine::context::Context;
use crate::event::{EventKind, Ids};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// Most names of one kind in a run.
const MOST: usize = 200;
/// What the others are called.
const OTHER: &str = "other";

/// The names of one kind.
pub(super) struct Names {
    what: &'static str,
    known: RefCell<BTreeSet<String>>,
    full: Cell<bool>,
}

impl Names {
    pub(super) fn of(what: &'static str) -> Self {
        Self { what, known: RefCell::default(), full: Cell::new(false) }
    }

    /// The name to record for this one. That there are too many is said once.
    pub(super) async fn admit(&self, context: &Context, name: String) -> String {
        {
            let mut known = self.known.borrow_mut();
            if known.contains(&name) || (known.len() < MOST && known.insert(name.clone())) {
                return name;
            }
        }
        if !self.full.replace(true) {
            let text = format!(
                "over {MOST} names of {}: {name:?} and what comes after it is counted as {OTHER:?}; put what varies into user:metric or a log line",
                self.what
            );
            context
                .emit
                .event(Ids::default(), EventKind::Degraded { component: "script".to_owned(), text, paused: false })
                .await;
        }
        OTHER.to_owned()
    }
}
