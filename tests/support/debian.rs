//! Programs out of Debian's packages, unpacked into hubmark's cache and not installed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Prometheus' own programs.
pub(crate) struct Tools {
    pub(crate) prometheus: PathBuf,
    pub(crate) promtool: PathBuf,
    pub(crate) node_exporter: PathBuf,
}

/// The packages that hold them.
const PACKAGES: [&str; 2] = ["prometheus", "prometheus-node-exporter"];

/// A folder that holds the three programs, for machines whose packages are not Debian's.
const OWN: &str = "HUBMARK_PROMETHEUS";

/// The programs: from the folder that `HUBMARK_PROMETHEUS` names, else from the cache, else from Debian's packages. Fails with what to do where none is to be had.
pub(crate) fn prometheus() -> &'static Tools {
    static TOOLS: OnceLock<Tools> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let folder = std::env::var_os(OWN).map_or_else(unpacked, PathBuf::from);
        let program = |name: &str| {
            let path = folder.join(name);
            assert!(path.is_file(), "{} is missing: {OWN} names a folder with it", path.display());
            path
        };
        Tools {
            prometheus: program("prometheus"),
            promtool: program("promtool"),
            node_exporter: program("prometheus-node-exporter"),
        }
    })
}

/// The folder of programs in the cache, made at first use. Test binaries that run at once wait for each other.
fn unpacked() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = || from("XDG_CACHE_HOME").or_else(|| from("HOME").map(|home| home.join(".cache")));
    let cache = from("HUBMARK_CACHE").or_else(|| base().map(|base| base.join("hubmark")));
    let cache = cache.expect("set HOME or HUBMARK_CACHE").join("prometheus");
    let (whole, bin) = (cache.join("root"), cache.join("root/usr/bin"));
    fs::create_dir_all(&cache).unwrap();
    let lock = File::create(cache.join("lock")).unwrap();
    lock.lock().unwrap();
    if bin.is_dir() {
        return bin;
    }
    // Made beside its place and renamed, so that a killed download is never taken for the programs.
    let fresh = tempfile::tempdir_in(&cache).unwrap();
    download(fresh.path());
    let root = fresh.path().join("root");
    let packages = fs::read_dir(fresh.path()).unwrap().map(|entry| entry.unwrap().path());
    for package in packages.filter(|path| path.extension().is_some_and(|end| end == "deb")).collect::<Vec<_>>() {
        done(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&root), "unpack a package");
    }
    fs::rename(&root, &whole).unwrap();
    bin
}

fn download(folder: &Path) {
    let get = || {
        let mut command = Command::new("apt-get");
        command.arg("download").args(PACKAGES).current_dir(folder);
        command
    };
    let needs = format!(
        "these tests run against a real Prometheus. Where apt-get is missing, put prometheus, promtool and prometheus-node-exporter into a \
         folder and name it in {OWN}"
    );
    let first = get().output().unwrap_or_else(|error| panic!("apt-get cannot be run: {error}; {needs}"));
    if first.status.success() {
        return;
    }
    // A machine that was just made has no lists of packages.
    let updated = Command::new("apt-get").arg("update").output().unwrap();
    let second = get().output().unwrap();
    assert!(second.status.success(), "{}{}{}\n{needs}", said(&first), said(&updated), said(&second));
}

fn done(command: &mut Command, what: &str) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("failed to {what}: {error}"));
    assert!(output.status.success(), "failed to {what}: {}", said(&output));
    output
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
