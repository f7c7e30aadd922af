//! The command line without a hub: check, simulate, new, runs, errors, reference pages. Each test has folders of its own.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod doctor;
mod errors;
mod export;
mod farm;
mod log;
mod looking;
mod own;
mod plans;
mod prom;
mod reference;
mod runs;
mod size;
mod ways;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The package's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the program in a folder, without a token, without colour.
fn hubmark(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env_remove("JUPYTERHUB_API_TOKEN").env_remove("HUBMARK_RUNS").env("NO_COLOR", "1");
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Path of the quickstart scenario.
fn quickstart() -> PathBuf {
    root().join("scenarios/quickstart/scenario.lua")
}
