//! Ending everything that belongs to a lab, whoever started it and whatever is already dead.

use super::error::LabError;
use super::process::{self, ProcessId};
use super::state::{Nearness, Place, State};
use crate::clock::Deadline;
use rustix::process::Signal;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How often a condition is looked at.
pub(super) const GLANCE: Duration = Duration::from_millis(20);

/// A hub stops its servers before it ends, each with a grace of its own.
const HUB_GRACE: Duration = Duration::from_secs(15);

/// For everything else.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// Ends the lab's processes in order (hub, proxy, then servers and kernels that are left) and removes its folder.
pub(super) fn stop(state: &State, folder: &Path) -> Result<(), LabError> {
    if Place::here()?.nearness(&state.place) == Nearness::Here {
        if let Some(hub) = state.hub {
            end(hub, HUB_GRACE);
        }
        if let Some(proxy) = state.proxy {
            end(proxy, GRACE);
        }
        sweep(state)?;
    }
    remove(folder)
}

/// Asks a process to end, and ends it when its grace is over.
pub(super) fn end(process: ProcessId, grace: Duration) {
    process.signal(Signal::TERM);
    if !until(grace, || !process.alive()) {
        process.signal(Signal::KILL);
        until(GRACE, || !process.alive());
    }
}

/// Ends whatever still carries the lab's mark. Servers may start kernels while this goes on, so it looks again until none is left.
fn sweep(state: &State) -> Result<(), LabError> {
    for signal in [Signal::TERM, Signal::KILL] {
        let gone = until(GRACE, || {
            let left = process::marked(&state.mark);
            left.iter().for_each(|process| process.signal(signal));
            left.is_empty()
        });
        if gone {
            return Ok(());
        }
    }
    let pids = process::marked(&state.mark).iter().map(|process| process.pid).collect();
    Err(LabError::Leftover { name: state.name.clone(), pids })
}

/// Removes a lab's folder. A process that has just ended may have written meanwhile, so a folder that was not empty is tried again.
fn remove(folder: &Path) -> Result<(), LabError> {
    let gone = || match fs::remove_dir_all(folder) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(()) => true,
    };
    if until(GRACE, gone) {
        return Ok(());
    }
    fs::remove_dir_all(folder).map_err(LabError::io("remove", folder))
}

/// Waits until something holds; `false` if it did not in that time.
pub(super) fn until(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let deadline = Deadline::after(patience);
    loop {
        if holds() {
            return true;
        }
        if deadline.expired() {
            return false;
        }
        thread::sleep(GLANCE);
    }
}
