//! Beginning a lab: its folder and its record, after what dead owners left has been removed.

use super::error::LabError;
use super::instances::{self, Condition};
use super::options::{LabOptions, LabProgress};
use super::provision;
use super::state::{self, Kind, LabInfo, State};
use super::stop;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// What there is now under the name that was asked for.
pub(super) enum Begun {
    /// A new folder with a record that says this process owns it.
    New(PathBuf, Box<State>),
    /// A lab that nobody owns and that works.
    Running(LabInfo),
}

/// Makes the folder and the record of a lab, or finds the one that runs under that name.
pub(super) fn begin(
    options: &LabOptions,
    name: &str,
    kind: Kind,
    progress: &mut dyn FnMut(LabProgress),
) -> Result<Begun, LabError> {
    state::check_name(name)?;
    let _lock = lock(&options.cache_dir)?;
    let names = instances::reap_locked(&options.cache_dir)?;
    if !names.is_empty() {
        progress(LabProgress::Reaped { names });
    }
    let folder = state::instances_dir(&options.cache_dir).join(name);
    if let Some(state) = State::load(&folder) {
        match instances::condition(&state)? {
            Condition::Running { owner: None } => {
                if let Some(info) = state.info {
                    return Ok(Begun::Running(info));
                }
            }
            Condition::Running { owner: Some(pid) } => return Err(taken(name, format!("it belongs to process {pid}"))),
            Condition::Starting => return Err(taken(name, "another hubmark is starting it".to_owned())),
            Condition::Elsewhere { host } => return Err(taken(name, format!("it runs on {host}"))),
            Condition::Broken | Condition::Abandoned => {}
        }
        progress(LabProgress::Replaced { name: name.to_owned() });
        stop::stop(&state, &folder)?;
    }
    make_folder(&folder)?;
    let state = State::begun(name, kind)?;
    state.save(&folder)?;
    Ok(Begun::New(folder, Box::new(state)))
}

/// Makes a folder and record under a name of its own, for this process.
pub(super) fn begin_owned(
    options: &LabOptions,
    kind: Kind,
    progress: &mut dyn FnMut(LabProgress),
) -> Result<(PathBuf, Box<State>), LabError> {
    let prefix = match kind {
        Kind::Hub => "own",
        Kind::Server => "server",
    };
    let name = format!("{prefix}-{}", super::config::random_hex(4)?);
    match begin(options, &name, kind, progress)? {
        Begun::New(folder, state) => Ok((folder, state)),
        Begun::Running(_) => Err(taken(&name, "it is in use".to_owned())),
    }
}

/// Taken by everyone who makes or removes records of one cache. Stopping what is dead may take seconds under it.
pub(super) fn lock(cache_dir: &Path) -> Result<File, LabError> {
    let base = state::instances_dir(cache_dir);
    fs::create_dir_all(&base).map_err(LabError::io("make the folder", &base))?;
    provision::lock(&base.with_extension("lock"), &mut |_| {})
}

fn make_folder(folder: &Path) -> Result<(), LabError> {
    // A folder without a record is what a process left that was killed between the two.
    if folder.is_dir() {
        fs::remove_dir_all(folder).map_err(LabError::io("remove", folder))?;
    }
    DirBuilder::new().mode(0o700).create(folder).map_err(LabError::io("make the folder", folder))
}

fn taken(name: &str, reason: String) -> LabError {
    LabError::NameTaken { name: name.to_owned(), reason }
}
