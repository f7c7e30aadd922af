//! Making the Python environment and the proxy, once for each lock and Python version.
//!
//! ```text
//! <cache>/lab/provision.lock          held while anything below is made
//! <cache>/lab/venv-KEY.ready          names the finished folder of that key; written last
//! <cache>/lab/venv-KEY-NONCE/         an environment; never moved, because its scripts name their own place
//! <cache>/lab/npm-KEY.ready, npm-KEY-NONCE/     the same for the proxy of npm
//! <cache>/lab/npm-KEY.failed          npm could not make it; the Python proxy is used unless npm's is asked for
//! ```
//!
//! A folder that no pointer names is what a killed installation left; the next one removes it.

use super::error::LabError;
use super::node::{self, Node, ProxyProgram};
use super::options::{Cancel, LabOptions, LabProgress, ProxyChoice};
use super::python::{self, Python};
use super::{config, install, search};
use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Everything that labs of one cache and one search path run with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// The environment's interpreter.
    pub python: PathBuf,
    /// The environment's `bin`.
    pub bin: PathBuf,
    /// The proxy.
    pub proxy: ProxyProgram,
}

/// Finds what the options ask for in the cache, or makes it. Only the latter uses the network.
///
/// # Errors
/// [`LabError::NoPython`], [`LabError::NoNode`], [`LabError::Install`] and [`LabError::Io`].
pub fn provision(options: &LabOptions, progress: &mut dyn FnMut(LabProgress)) -> Result<Toolchain, LabError> {
    let base = options.cache_dir.join("lab");
    fs::create_dir_all(&base).map_err(LabError::io("make the folder", &base))?;
    let wanted = Wanted::find(options)?;
    if let Some(ready) = wanted.ready(&base) {
        return Ok(ready);
    }
    let _lock = lock(&base.join("provision.lock"), progress)?;
    remove_unfinished(&base);
    let environment = Folder { base: &base, kind: "venv", key: wanted.venv_key() };
    let venv = environment.find_or_make(|folder| make_venv(folder, &wanted, options, progress))?;
    let bin = venv.join("bin");
    let proxy = make_proxy(&base, &wanted, options, progress)?;
    Ok(Toolchain { python: bin.join("python"), bin, proxy })
}

/// What is to be made, as far as can be said without the network.
struct Wanted {
    requirements: &'static str,
    python: Python,
    node: Option<Node>,
    /// Whether the Python proxy may stand in for npm's.
    fallback: bool,
}

impl Wanted {
    fn find(options: &LabOptions) -> Result<Self, LabError> {
        let python = python::find(&options.search_path)?;
        let node = match options.proxy {
            ProxyChoice::Python => None,
            ProxyChoice::Node => Some(node::find(&options.search_path)?),
            ProxyChoice::Auto => node::find(&options.search_path).ok(),
        };
        let requirements = config::requirements(options.version);
        Ok(Self { requirements, python, node, fallback: options.proxy == ProxyChoice::Auto })
    }

    fn venv_key(&self) -> String {
        format!("{}-{}", self.python.key(), digest(&[self.requirements]))
    }

    fn npm_key(node: &Node) -> String {
        format!("{}-{}", node.version, digest(&[config::NPM_PACKAGE, config::NPM_LOCK]))
    }

    fn ready(&self, base: &Path) -> Option<Toolchain> {
        let venv = Folder { base, kind: "venv", key: self.venv_key() }.find()?;
        let proxy = match &self.node {
            None => ProxyProgram::Python,
            Some(node) => {
                let folder = Folder { base, kind: "npm", key: Self::npm_key(node) };
                match folder.find() {
                    Some(found) => node.program(&found),
                    None if self.fallback && folder.failed().exists() => ProxyProgram::Python,
                    None => return None,
                }
            }
        };
        let bin = venv.join("bin");
        Some(Toolchain { python: bin.join("python"), bin, proxy })
    }
}

/// A folder of the cache with a key, and the pointer file that says it is finished.
struct Folder<'a> {
    base: &'a Path,
    kind: &'static str,
    key: String,
}

impl Folder<'_> {
    fn pointer(&self) -> PathBuf {
        self.base.join(format!("{}-{}.ready", self.kind, self.key))
    }

    /// Says that this machine's npm could not make the folder, so that not every start asks the network again.
    fn failed(&self) -> PathBuf {
        self.base.join(format!("{}-{}.failed", self.kind, self.key))
    }

    /// The finished folder. An environment whose interpreter was uninstalled is not one.
    fn find(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.pointer()).ok()?;
        let folder = self.base.join(name.trim());
        let usable = match self.kind {
            "venv" => folder.join("bin/python").is_file(),
            _ => folder.is_dir(),
        };
        usable.then_some(folder)
    }

    fn find_or_make(&self, make: impl FnOnce(&Path) -> Result<(), LabError>) -> Result<PathBuf, LabError> {
        if let Some(folder) = self.find() {
            return Ok(folder);
        }
        let name = format!("{}-{}-{}", self.kind, self.key, config::random_hex(4)?);
        let folder = self.base.join(&name);
        make(&folder)?;
        let (pointer, fresh) = (self.pointer(), self.base.join(format!("{name}.new")));
        fs::write(&fresh, name).map_err(LabError::io("write", &fresh))?;
        fs::rename(&fresh, &pointer).map_err(LabError::io("write", &pointer))?;
        Ok(folder)
    }
}

fn make_venv(
    folder: &Path,
    Wanted { python, requirements, .. }: &Wanted,
    options: &LabOptions,
    progress: &mut dyn FnMut(LabProgress),
) -> Result<(), LabError> {
    progress(LabProgress::MakingEnvironment { python: python.version() });
    let path = &options.search_path;
    let mut venv = python::command(&python.executable, path);
    venv.args(["-m", "venv"]).arg(folder);
    install::run("the Python environment", venv, &options.cancel, &mut |_| {})?;
    let lock = folder.join("requirements.lock");
    fs::write(&lock, requirements).map_err(LabError::io("write", &lock))?;
    let mut pip = python::command(&folder.join("bin/python"), &search::with_first(&folder.join("bin"), path));
    pip.args(["-m", "pip", "install", "--no-deps", "--require-hashes", "--no-input", "--disable-pip-version-check"]);
    pip.args(["--progress-bar", "off", "--compile", "-r"]).arg(&lock);
    let mut steps = install::PipSteps::new(requirements);
    install::run("JupyterHub", pip, &options.cancel, &mut |line| {
        if let Some(step) = steps.step(line) {
            progress(step);
        }
    })
}

fn make_proxy(
    base: &Path,
    wanted: &Wanted,
    options: &LabOptions,
    progress: &mut dyn FnMut(LabProgress),
) -> Result<ProxyProgram, LabError> {
    let Some(node) = &wanted.node else { return Ok(ProxyProgram::Python) };
    let folder = Folder { base, kind: "npm", key: Wanted::npm_key(node) };
    let made = folder.find_or_make(|folder| {
        progress(LabProgress::InstallingProxy);
        install_npm(folder, node, options, &options.cancel)
    });
    match made {
        Ok(folder) => Ok(node.program(&folder)),
        Err(LabError::Install { tail, .. }) if wanted.fallback => {
            let (reason, note) = (npm_reason(&tail), folder.failed());
            fs::write(&note, &reason).map_err(LabError::io("write", &note))?;
            progress(LabProgress::ProxyFallback { reason });
            Ok(ProxyProgram::Python)
        }
        Err(error) => Err(error),
    }
}

fn install_npm(folder: &Path, node: &Node, options: &LabOptions, cancel: &Cancel) -> Result<(), LabError> {
    fs::create_dir_all(folder).map_err(LabError::io("make the folder", folder))?;
    for (name, text) in [("package.json", config::NPM_PACKAGE), ("package-lock.json", config::NPM_LOCK)] {
        fs::write(folder.join(name), text).map_err(LabError::io("write", &folder.join(name)))?;
    }
    let mut npm = std::process::Command::new(&node.npm);
    npm.args(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]);
    npm.current_dir(folder).env("PATH", &options.search_path);
    install::run("the proxy", npm, cancel, &mut |_| {})?;
    // One of its packages names a later node than the proxy itself does, so what was installed must show that it runs.
    if let ProxyProgram::Node { node, script } = node.program(folder) {
        let mut version = std::process::Command::new(node);
        version.arg(script).arg("--version");
        install::run("the proxy", version, cancel, &mut |_| {})?;
    }
    Ok(())
}

/// The line of npm's output that says why: the failed request where there is one, else the first error.
fn npm_reason(tail: &str) -> String {
    let errors = || tail.lines().filter_map(|line| line.strip_prefix("npm error "));
    errors().find(|line| line.contains("reason:")).or_else(|| errors().next()).unwrap_or("npm failed").to_owned()
}

/// Removes folders that no pointer names, and pointers to nothing. What cannot be removed stays and is tried again next time.
fn remove_unfinished(base: &Path) {
    let entries: Vec<PathBuf> = fs::read_dir(base).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    let text = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let finished: Vec<String> = entries
        .iter()
        .filter(|path| text(path).ends_with(".ready"))
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect();
    for path in &entries {
        let name = text(path);
        let ours = name.starts_with("venv-") || name.starts_with("npm-");
        if ours && path.is_dir() && !finished.iter().any(|kept| kept.trim() == name) {
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Takes the lock; waits for another process that has it.
pub(super) fn lock(path: &Path, progress: &mut dyn FnMut(LabProgress)) -> Result<File, LabError> {
    let file = File::options().create(true).append(true).open(path).map_err(LabError::io("open", path))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => progress(LabProgress::WaitingForOther),
        Err(TryLockError::Error(source)) => return Err(LabError::Io { doing: "lock", path: path.to_owned(), source }),
    }
    file.lock().map_err(LabError::io("lock", path))?;
    Ok(file)
}

fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::options::HubVersion;
    use super::*;

    #[test]
    fn only_folders_that_a_pointer_names_stay() {
        let base = tempfile::tempdir().unwrap();
        for name in ["venv-k-1", "venv-k-2", "npm-k-3", "instances"] {
            fs::create_dir(base.path().join(name)).unwrap();
        }
        fs::write(base.path().join("venv-k.ready"), "venv-k-2").unwrap();
        remove_unfinished(base.path());
        let left = |name: &str| base.path().join(name).exists();
        assert!(left("venv-k-2") && left("instances") && left("venv-k.ready"));
        assert!(!left("venv-k-1") && !left("npm-k-3"));
    }

    #[test]
    fn an_environment_whose_python_was_removed_is_made_again() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder { base: base.path(), kind: "venv", key: "k".to_owned() };
        let make = |path: &Path| {
            fs::create_dir_all(path.join("bin")).unwrap();
            std::os::unix::fs::symlink("/bin/sh", path.join("bin/python")).unwrap();
            Ok(())
        };
        let first = folder.find_or_make(make).unwrap();
        assert_eq!(folder.find_or_make(|_| panic!("it is there")).unwrap(), first);
        fs::remove_file(first.join("bin/python")).unwrap();
        std::os::unix::fs::symlink("/nonexistent", first.join("bin/python")).unwrap();
        assert_eq!(folder.find(), None);
        assert_ne!(folder.find_or_make(make).unwrap(), first);
    }

    #[test]
    fn a_failed_installation_leaves_no_pointer() {
        let base = tempfile::tempdir().unwrap();
        let folder = Folder { base: base.path(), kind: "npm", key: "k".to_owned() };
        assert!(folder.find_or_make(|_| Err(LabError::Cancelled)).is_err());
        assert_eq!((folder.find(), folder.pointer().exists()), (None, false));
    }

    #[test]
    fn after_npm_has_failed_the_next_start_needs_no_network() {
        let base = tempfile::tempdir().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let python = python::find(&path).unwrap();
        let node = Node { executable: "/n".into(), version: "20.0.0".into(), npm: "/m".into() };
        let requirements = config::requirements(HubVersion::Newest);
        let mut wanted = Wanted { requirements, python, node: Some(node.clone()), fallback: true };
        let venv = Folder { base: base.path(), kind: "venv", key: wanted.venv_key() };
        let make = |path: &Path| {
            fs::create_dir_all(path.join("bin")).unwrap();
            fs::write(path.join("bin/python"), "").unwrap();
            Ok(())
        };
        venv.find_or_make(make).unwrap();
        assert_eq!(wanted.ready(base.path()), None);
        let npm = Folder { base: base.path(), kind: "npm", key: Wanted::npm_key(&node) };
        fs::write(npm.failed(), "reason").unwrap();
        assert_eq!(wanted.ready(base.path()).unwrap().proxy, ProxyProgram::Python);
        wanted.fallback = false;
        assert_eq!(wanted.ready(base.path()), None, "npm's was asked for");
        let folder = npm.find_or_make(|path| fs::create_dir(path).map_err(LabError::io("make", path))).unwrap();
        assert_eq!(wanted.ready(base.path()).unwrap().proxy, node.program(&folder));
    }

    #[test]
    fn the_reason_is_the_request_that_npm_could_not_make() {
        let tail = "npm error code ECONNREFUSED\nnpm error FetchError: request to X failed, reason: refused\nnpm error   port: 9";
        assert_eq!(npm_reason(tail), "FetchError: request to X failed, reason: refused");
        assert_eq!(npm_reason("npm error code EUSAGE\nnpm error more"), "code EUSAGE");
        assert_eq!(npm_reason(""), "npm failed");
    }
}
