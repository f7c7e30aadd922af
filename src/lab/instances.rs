//! All labs of a cache: starting one that stays, looking at them, stopping them.

use super::create::{self, Begun};
use super::error::LabError;
use super::live;
use super::options::{LabOptions, LabProgress};
use super::process;
use super::provision;
use super::state::{self, Kind, LabInfo, Nearness, Place, State};
use super::stop;
use super::tether::Tether;
use std::fs;
use std::path::{Path, PathBuf};

/// How a lab is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Hub and proxy run.
    Running {
        /// The process it ends with; `None` if it stays until it is stopped.
        owner: Option<i32>,
    },
    /// A hubmark is starting it.
    Starting,
    /// Nobody owns it, and its hub or proxy is dead.
    Broken,
    /// The hubmark that owned it is dead. The next start removes it.
    Abandoned,
    /// It belongs to another machine or container that shares the cache.
    Elsewhere {
        /// That machine's name.
        host: String,
    },
}

/// A lab as `hubmark lab status` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabStatus {
    /// Its name.
    pub name: String,
    /// How it is.
    pub condition: Condition,
    /// How to reach it; `None` until it has been ready.
    pub info: Option<LabInfo>,
    /// Process id of the hub, if it runs.
    pub hub_pid: Option<i32>,
    /// Process id of the proxy, if it runs.
    pub proxy_pid: Option<i32>,
    /// Single-user servers that run.
    pub servers: usize,
    /// Kernels that run.
    pub kernels: usize,
    /// Memory of all its processes in bytes, shared pages counted in proportion.
    pub memory_bytes: u64,
    /// Its folder.
    pub directory: PathBuf,
}

/// Starts a lab that stays until [`down`], or finds it running: then the second value is `false` and the options count for nothing.
///
/// # Errors
/// As [`Lab::start`](super::Lab::start); [`LabError::BadName`]; [`LabError::NameTaken`] if another process is starting it.
pub fn up(
    options: &LabOptions,
    name: &str,
    progress: &mut dyn FnMut(LabProgress),
) -> Result<(LabInfo, bool), LabError> {
    state::check_name(name)?;
    let toolchain = provision::provision(options, progress)?;
    let (folder, mut state) = match create::begin(options, name, Kind::Hub, progress)? {
        Begun::Running(info) => return Ok((info, false)),
        Begun::New(folder, state) => (folder, state),
    };
    progress(LabProgress::Starting);
    let started = live::bring_up(&folder, &mut state, &toolchain, options, Tether::None).and_then(|_| {
        state.owner = None;
        state.save(&folder)?;
        state.info.clone().ok_or(LabError::NoProc)
    });
    match started {
        Ok(info) => {
            progress(LabProgress::Ready);
            Ok((info, true))
        }
        Err(error) => {
            stop::stop(&state, &folder)?;
            Err(error)
        }
    }
}

/// Stops the lab of that name, whoever it belongs to.
///
/// # Errors
/// [`LabError::NotFound`]; [`LabError::NameTaken`] if it runs on another machine; [`LabError::Leftover`].
pub fn down(cache_dir: &Path, name: &str) -> Result<(), LabError> {
    state::check_name(name)?;
    let _lock = create::lock(cache_dir)?;
    let folder = state::instances_dir(cache_dir).join(name);
    let state = State::load(&folder).ok_or_else(|| LabError::NotFound { name: name.to_owned() })?;
    if let Condition::Elsewhere { host } = condition(&state)? {
        return Err(LabError::NameTaken { name: name.to_owned(), reason: format!("it runs on {host}") });
    }
    stop::stop(&state, &folder)
}

/// Stops every lab of this machine that no living process owns and returns their names.
///
/// # Errors
/// [`LabError::Leftover`], [`LabError::Io`]. Labs after the one that failed are not tried.
pub fn down_detached(cache_dir: &Path) -> Result<Vec<String>, LabError> {
    let _lock = create::lock(cache_dir)?;
    stop_those(cache_dir, |condition| {
        matches!(condition, Condition::Running { owner: None } | Condition::Broken | Condition::Abandoned)
    })
}

/// Removes what dead owners left and returns the names of those labs. Every start does this first.
///
/// # Errors
/// As [`down_detached`].
pub fn reap(cache_dir: &Path) -> Result<Vec<String>, LabError> {
    let _lock = create::lock(cache_dir)?;
    reap_locked(cache_dir)
}

pub(super) fn reap_locked(cache_dir: &Path) -> Result<Vec<String>, LabError> {
    for folder in folders(cache_dir).into_iter().filter(|folder| !State::exists(folder)) {
        fs::remove_dir_all(&folder).map_err(LabError::io("remove", &folder))?;
    }
    stop_those(cache_dir, |condition| *condition == Condition::Abandoned)
}

/// All labs with a hub, in order of their names.
///
/// # Errors
/// [`LabError::NoProc`] where processes cannot be looked at.
pub fn list(cache_dir: &Path) -> Result<Vec<LabStatus>, LabError> {
    let hubs = records(cache_dir).into_iter().filter(|(_, state)| state.kind == Kind::Hub);
    hubs.map(|(folder, state)| status(folder, state)).collect()
}

/// How the lab of a record is.
pub(super) fn condition(state: &State) -> Result<Condition, LabError> {
    Ok(match Place::here()?.nearness(&state.place) {
        Nearness::Elsewhere => Condition::Elsewhere { host: state.place.host.clone() },
        Nearness::Past => Condition::Abandoned,
        Nearness::Here => match state.owner {
            Some(_) if !state.is_owned() => Condition::Abandoned,
            Some(_) if state.info.is_none() => Condition::Starting,
            Some(owner) => Condition::Running { owner: Some(owner.pid) },
            None if state.has_hub() && state.has_proxy() => Condition::Running { owner: None },
            None => Condition::Broken,
        },
    })
}

fn stop_those(cache_dir: &Path, which: impl Fn(&Condition) -> bool) -> Result<Vec<String>, LabError> {
    let mut names = Vec::new();
    for (folder, state) in records(cache_dir) {
        if which(&condition(&state)?) {
            stop::stop(&state, &folder)?;
            names.push(state.name);
        }
    }
    Ok(names)
}

fn records(cache_dir: &Path) -> Vec<(PathBuf, State)> {
    folders(cache_dir).into_iter().filter_map(|folder| State::load(&folder).map(|state| (folder, state))).collect()
}

fn folders(cache_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(state::instances_dir(cache_dir)).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn status(folder: PathBuf, state: State) -> Result<LabStatus, LabError> {
    let condition = condition(&state)?;
    let here = !matches!(condition, Condition::Elsewhere { .. });
    let processes = if here { process::marked(&state.mark) } else { Vec::new() };
    let lines: Vec<String> = processes.iter().map(|process| process.command_line()).collect();
    let count = |program: &str| lines.iter().filter(|line| line.contains(program)).count();
    let living = |process: Option<process::ProcessId>| {
        process.filter(|process| here && process.alive()).map(|process| process.pid)
    };
    Ok(LabStatus {
        condition,
        hub_pid: living(state.hub),
        proxy_pid: living(state.proxy),
        servers: count("jupyterhub.singleuser"),
        kernels: count("ipykernel_launcher"),
        memory_bytes: processes.iter().map(|process| process.memory_bytes()).sum(),
        name: state.name,
        info: state.info,
        directory: folder,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::process::ProcessId;

    /// A record as some process would have left it.
    fn leave(cache: &Path, name: &str, change: impl FnOnce(&mut State)) {
        let folder = state::instances_dir(cache).join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut state = State::begun(name, Kind::Hub).unwrap();
        change(&mut state);
        state.save(&folder).unwrap();
    }

    fn dead() -> ProcessId {
        ProcessId { start_ticks: 1, ..ProcessId::current().unwrap() }
    }

    #[test]
    fn only_what_dead_owners_left_is_reaped() {
        let cache = tempfile::tempdir().unwrap();
        leave(cache.path(), "starting", |_| {});
        leave(cache.path(), "abandoned", |state| state.owner = Some(dead()));
        leave(cache.path(), "broken", |state| state.owner = None);
        leave(cache.path(), "rebooted", |state| state.place.boot = "before".to_owned());
        leave(cache.path(), "elsewhere", |state| state.place.namespace = "another".to_owned());
        fs::create_dir(state::instances_dir(cache.path()).join("unborn")).unwrap();
        assert_eq!(reap(cache.path()).unwrap(), ["abandoned", "rebooted"]);
        let left = list(cache.path()).unwrap();
        let left: Vec<_> = left.iter().map(|status| (status.name.as_str(), &status.condition)).collect();
        let host = Place::here().unwrap().host;
        assert_eq!(
            left,
            [
                ("broken", &Condition::Broken),
                ("elsewhere", &Condition::Elsewhere { host }),
                ("starting", &Condition::Starting)
            ]
        );
        assert!(!state::instances_dir(cache.path()).join("unborn").exists());
    }

    #[test]
    fn a_lab_of_another_machine_is_never_stopped() {
        let cache = tempfile::tempdir().unwrap();
        leave(cache.path(), "theirs", |state| {
            state.place.host = "other".to_owned();
            state.place.boot = "other".to_owned();
        });
        assert_eq!(down_detached(cache.path()).unwrap(), Vec::<String>::new());
        let error = down(cache.path(), "theirs").unwrap_err();
        assert_eq!(error.to_string(), "use the name theirs: it runs on other");
        assert_eq!(list(cache.path()).unwrap().len(), 1);
    }

    #[test]
    fn all_that_nobody_owns_goes_down_together_and_owned_labs_stay() {
        let cache = tempfile::tempdir().unwrap();
        leave(cache.path(), "broken", |state| state.owner = None);
        leave(cache.path(), "starting", |_| {});
        assert_eq!(down_detached(cache.path()).unwrap(), ["broken"]);
        assert!(matches!(down(cache.path(), "broken"), Err(LabError::NotFound { .. })));
        assert_eq!(list(cache.path()).unwrap()[0].name, "starting");
    }
}
