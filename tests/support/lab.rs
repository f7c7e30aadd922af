//! The lab that the tests of one binary share.

use hubmark::lab::{HubSettings, Lab, LabError, LabOptions};
use std::path::PathBuf;
use std::sync::OnceLock;

/// A lab of this test binary, started at its first use. It ends with the process. Use account names that start with the test's own.
pub(crate) fn lab() -> &'static Lab {
    static LAB: OnceLock<Lab> = OnceLock::new();
    LAB.get_or_init(|| {
        let hub = HubSettings { fault_hook: true, ..HubSettings::default() };
        start(&LabOptions { hub, ..options() })
    })
}

/// Starts a lab of the test's own, or fails with what to install.
pub(crate) fn start(options: &LabOptions) -> Lab {
    Lab::start(options, &mut |_| {}).unwrap_or_else(|error| panic!("{}", explain(&error)))
}

/// Options that use the cache folder and search path of whoever runs the tests.
pub(crate) fn options() -> LabOptions {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = || from("XDG_CACHE_HOME").or_else(|| from("HOME").map(|home| home.join(".cache")));
    let cache = from("HUBMARK_CACHE").or_else(|| base().map(|base| base.join("hubmark")));
    LabOptions::new(cache.expect("set HOME or HUBMARK_CACHE"), std::env::var_os("PATH").unwrap_or_default())
}

/// An error with its causes and what to do about it.
pub(crate) fn explain(error: &LabError) -> String {
    let mut text = format!("failed to {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    error.hint().map_or(text.clone(), |hint| format!("{text}\nhint: {hint}"))
}
