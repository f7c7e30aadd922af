//! The files that a lab is made of, and the settings that tell one hub from another.

use super::error::LabError;
use super::options::{HubSettings, HubVersion};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The lock of the Python environment, with hashes.
const NEWEST: &str = include_str!("assets/requirements.lock");

/// The same with the oldest JupyterHub.
const OLDEST: &str = include_str!("assets/requirements-oldest.lock");

/// The lock for a version of JupyterHub.
pub(super) fn requirements(version: HubVersion) -> &'static str {
    match version {
        HubVersion::Newest => NEWEST,
        HubVersion::Oldest => OLDEST,
    }
}

/// What npm installs.
pub(super) const NPM_PACKAGE: &str = include_str!("assets/npm/package.json");

/// Its lock, with hashes.
pub(super) const NPM_LOCK: &str = include_str!("assets/npm/package-lock.json");

const HUB_CONFIG: &str = include_str!("assets/jupyterhub_config.py");

/// The hub's configuration file in a lab's folder.
pub(super) const HUB_CONFIG_FILE: &str = "jupyterhub_config.py";

/// `settings.json`, which the configuration reads.
#[derive(Debug, Serialize)]
pub(super) struct Settings<'a> {
    pub(super) public_port: u16,
    pub(super) hub_port: u16,
    pub(super) proxy_api_port: u16,
    pub(super) proxy_token: &'a str,
    pub(super) token: &'a str,
    pub(super) reader_token: &'a str,
    pub(super) password: &'a str,
    pub(super) mark: &'a str,
    pub(super) hub: &'a HubSettings,
}

impl Settings<'_> {
    /// Writes the configuration and these settings into a lab's folder. Tokens are readable by the owner alone.
    pub(super) fn write(&self, folder: &Path) -> Result<(), LabError> {
        write_private(&folder.join(HUB_CONFIG_FILE), HUB_CONFIG.as_bytes())?;
        write_private(&folder.join("settings.json"), &to_json(self)?)
    }
}

/// Writes a file whole or not at all, readable by its owner alone.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), LabError> {
    let fresh = path.with_extension("new");
    let failed = |source| LabError::Io { doing: "write", path: path.to_owned(), source };
    let mut file = File::options().create(true).write(true).truncate(true).mode(0o600).open(&fresh).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    fs::rename(&fresh, path).map_err(failed)
}

/// JSON for a file that people may read.
pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, LabError> {
    let path = Path::new("settings.json");
    serde_json::to_vec_pretty(value).map_err(|source| LabError::Io {
        doing: "encode",
        path: path.to_owned(),
        source: source.into(),
    })
}

/// That many bytes from the system's random source, in hexadecimal: for tokens and names, never for a run's choices.
pub(super) fn random_hex(bytes: usize) -> Result<String, LabError> {
    let source = Path::new("/dev/urandom");
    let mut buffer = vec![0; bytes];
    File::open(source).and_then(|mut file| file.read_exact(&mut buffer)).map_err(LabError::io("read", source))?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn settings(hub: &HubSettings) -> Settings<'_> {
        Settings {
            public_port: 1,
            hub_port: 2,
            proxy_api_port: 3,
            proxy_token: "p",
            token: "t",
            reader_token: "r",
            password: "w",
            mark: "m",
            hub,
        }
    }

    #[test]
    fn every_setting_that_the_configuration_reads_is_written() {
        let hub = HubSettings {
            active_server_limit: Some(2),
            spawn_throttle_retry_range_s: Some((1, 2)),
            ..HubSettings::default()
        };
        let json: serde_json::Value = serde_json::from_slice(&to_json(&settings(&hub)).unwrap()).unwrap();
        for (start, object) in [("lab[\"", &json), ("hub[\"", &json["hub"])] {
            let names: Vec<&str> = HUB_CONFIG.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect();
            assert!(names.len() > 5, "{start} {names:?}");
            for name in names {
                assert!(object.get(name).is_some(), "{name} is not in the settings");
            }
        }
        assert_eq!(json["hub"]["spawn_throttle_retry_range_s"], serde_json::json!([1, 2]));
        assert_eq!(json["hub"]["start_timeout_s"], serde_json::Value::Null);
    }

    #[test]
    fn files_with_tokens_are_private() {
        let folder = tempfile::tempdir().unwrap();
        settings(&HubSettings::default()).write(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join("settings.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 2, "no temporary file stays");
    }

    #[test]
    fn the_locks_carry_a_hash_for_every_package() {
        for (version, hub) in [(HubVersion::Newest, "jupyterhub==6.1.1"), (HubVersion::Oldest, "jupyterhub==4.1.6")] {
            let lines = requirements(version).lines();
            let packages = lines.filter(|line| line.contains("==") && !line.starts_with('#')).collect::<Vec<_>>();
            assert!(
                packages.len() > 90 && packages.iter().all(|line| line.ends_with('\\')),
                "each is followed by its hashes"
            );
            for pin in [hub, "jupyter-server==2.21.1", "ipykernel==7.4.0", "configurable-http-proxy==0.4.0"] {
                assert!(packages.iter().any(|line| line.starts_with(pin)), "{pin}");
            }
        }
        let npm: serde_json::Value = serde_json::from_str(NPM_LOCK).unwrap();
        let locked = npm["packages"].as_object().unwrap();
        assert!(
            locked.iter().filter(|(name, _)| !name.is_empty()).all(|(_, package)| package["integrity"].is_string())
        );
        assert_eq!(
            npm["packages"][""]["dependencies"],
            serde_json::from_str::<serde_json::Value>(NPM_PACKAGE).unwrap()["dependencies"]
        );
    }

    #[test]
    fn two_tokens_differ() {
        let (one, two) = (random_hex(16).unwrap(), random_hex(16).unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, two);
    }
}
