//! What is written down of each lab, so that another process can find, show and stop it.

use super::config;
use super::error::LabError;
use super::process::ProcessId;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

const STATE_FILE: &str = "state.json";

/// How to reach a lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabInfo {
    /// Its name.
    pub name: String,
    /// The hub's address, such as `http://127.0.0.1:41234`, without a slash at the end.
    pub url: String,
    /// Token of the service `loadgen`, which may manage users, servers and tokens and use servers.
    pub token: String,
    /// Token of the service `reader`, which may read the hub's version and nothing else.
    pub reader_token: String,
    /// Password with which any account name may log in on the hub's page.
    pub password: String,
    /// Token of the proxy's own API.
    pub proxy_token: String,
    /// Port of the address above: the proxy.
    pub public_port: u16,
    /// Port of the hub itself.
    pub hub_port: u16,
    /// Port of the proxy's own API.
    pub proxy_api_port: u16,
    /// The lab's folder, with `hub.log`, `proxy.log` and the users' homes. It goes when the lab is stopped.
    pub directory: PathBuf,
}

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A hub with its proxy.
    Hub,
    /// A Jupyter Server without hub.
    Server,
}

/// One lab's record, `state.json` in its folder. Another version of hubmark may read it, so a field that is added later has a default and
/// none is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What all its processes carry in their environment.
    pub(super) mark: String,
    pub(super) place: Place,
    /// The process it belongs to: the whole life long, or while it is being started.
    pub(super) owner: Option<ProcessId>,
    /// The hub, or the server that stands alone.
    pub(super) hub: Option<ProcessId>,
    pub(super) proxy: Option<ProcessId>,
    /// How to reach the hub, once it was ready.
    pub(super) info: Option<LabInfo>,
}

/// Where process ids mean something: one boot of one machine, one namespace of process ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) boot: String,
    pub(super) namespace: String,
}

/// How a record's place relates to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nearness {
    /// Its processes can be looked at.
    Here,
    /// This machine was started again since; all its processes are gone.
    Past,
    /// Another machine or container that shares the cache folder.
    Elsewhere,
}

impl Place {
    /// This one.
    pub(super) fn here() -> Result<Self, LabError> {
        let read =
            |path: &str| fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(|_| LabError::NoProc);
        let namespace = fs::read_link("/proc/self/ns/pid").map_err(|_| LabError::NoProc)?;
        Ok(Self {
            host: read("/proc/sys/kernel/hostname")?,
            boot: read("/proc/sys/kernel/random/boot_id")?,
            namespace: namespace.to_string_lossy().into_owned(),
        })
    }

    /// Where that place is, seen from this one.
    pub(super) fn nearness(&self, other: &Self) -> Nearness {
        if self.boot == other.boot && self.namespace == other.namespace {
            Nearness::Here
        } else if self.host == other.host && self.boot != other.boot {
            Nearness::Past
        } else {
            Nearness::Elsewhere
        }
    }
}

impl State {
    /// A lab that this process begins to start.
    pub(super) fn begun(name: &str, kind: Kind) -> Result<Self, LabError> {
        Ok(Self {
            name: name.to_owned(),
            kind,
            mark: format!("{name}-{}", config::random_hex(8)?),
            place: Place::here()?,
            owner: Some(ProcessId::current().ok_or(LabError::NoProc)?),
            hub: None,
            proxy: None,
            info: None,
        })
    }

    /// Writes it into its folder, whole or not at all.
    pub(super) fn save(&self, folder: &Path) -> Result<(), LabError> {
        config::write_private(&folder.join(STATE_FILE), &config::to_json(self)?)
    }

    /// The record in a folder; `None` if there is none that can be read.
    pub(super) fn load(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(STATE_FILE)).ok()?).ok()
    }

    /// Whether a folder has a record at all. One without is what a process left that was killed while it made the folder.
    pub(super) fn exists(folder: &Path) -> bool {
        folder.join(STATE_FILE).exists()
    }

    /// Whether the process that it belongs to is alive.
    pub(super) fn is_owned(&self) -> bool {
        self.owner.is_some_and(ProcessId::alive)
    }

    /// Whether its hub runs.
    pub(super) fn has_hub(&self) -> bool {
        self.hub.is_some_and(ProcessId::alive)
    }

    /// Whether its proxy runs.
    pub(super) fn has_proxy(&self) -> bool {
        self.proxy.is_some_and(ProcessId::alive)
    }
}

/// The folder of all labs below hubmark's cache folder.
pub(super) fn instances_dir(cache_dir: &Path) -> PathBuf {
    cache_dir.join("lab").join("instances")
}

/// Whether a name can be a folder's name.
pub(super) fn check_name(name: &str) -> Result<(), LabError> {
    let fits =
        (1..=32).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if fits { Ok(()) } else { Err(LabError::BadName { name: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(host: &str, boot: &str, namespace: &str) -> Place {
        Place { host: host.into(), boot: boot.into(), namespace: namespace.into() }
    }

    #[test]
    fn a_record_survives_the_way_to_disk_and_back() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::begun("one", Kind::Hub).unwrap();
        state.save(folder.path()).unwrap();
        assert_eq!(State::load(folder.path()), Some(state.clone()));
        assert!(state.is_owned() && !state.has_hub());
    }

    #[test]
    fn a_torn_record_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(State::load(folder.path()), None);
        fs::write(folder.path().join(STATE_FILE), "{\"name\": \"on").unwrap();
        assert_eq!(State::load(folder.path()), None);
    }

    #[test]
    fn labs_of_other_machines_are_told_from_labs_before_a_restart() {
        let here = place("a", "boot1", "ns1");
        assert_eq!(here.nearness(&here), Nearness::Here);
        assert_eq!(here.nearness(&place("renamed", "boot1", "ns1")), Nearness::Here);
        assert_eq!(here.nearness(&place("a", "boot0", "ns1")), Nearness::Past);
        assert_eq!(here.nearness(&place("b", "boot0", "ns1")), Nearness::Elsewhere);
        assert_eq!(here.nearness(&place("b", "boot1", "ns2")), Nearness::Elsewhere);
    }

    #[test]
    fn a_name_cannot_lead_out_of_the_folder() {
        for good in ["default", "a", "lab-2"] {
            check_name(good).unwrap();
        }
        for bad in ["", "..", "a/b", "A", "a b", &"x".repeat(33)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
