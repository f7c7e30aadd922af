//! The lab of these tests: the oldest JupyterHub.

#[path = "../support/lab.rs"]
#[expect(dead_code, reason = "these tests have a shared lab of their own")]
mod any;

pub(crate) use any::start;
use hubmark::lab::{HubSettings, HubVersion, Lab, LabOptions};
use std::sync::OnceLock;

/// A lab of this test binary, started at its first use.
pub(crate) fn lab() -> &'static Lab {
    static LAB: OnceLock<Lab> = OnceLock::new();
    LAB.get_or_init(|| {
        let hub = HubSettings { fault_hook: true, ..HubSettings::default() };
        start(&LabOptions { hub, ..options() })
    })
}

/// Options for a lab with the oldest JupyterHub.
pub(crate) fn options() -> LabOptions {
    LabOptions { version: HubVersion::Oldest, ..any::options() }
}
