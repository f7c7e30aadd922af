//! Making the environment: killed in between, by two at once, without node, without network.

use crate::http::request;
use crate::support::{explain, options, start};
use crate::watch::{run_test, until};
use hubmark::lab::{LabOptions, LabProgress, ProxyChoice, ProxyProgram, Toolchain, provision};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that a child process of the test shall provision.
const CACHE: &str = "HUBMARK_TEST_CACHE";

const TEST: &str =
    "provisioning::a_killed_installation_starts_over_two_at_once_install_once_and_later_no_network_is_needed";

/// A search path with Python and nothing else.
fn only_python(folder: &Path) -> OsString {
    let program = "import sys; print(sys._base_executable)";
    let output = Command::new("python3").args(["-c", program]).output().expect("install python3");
    let python = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    let bin = folder.join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    // Two processes may do this at once.
    let _ = std::os::unix::fs::symlink(python, bin.join("python3"));
    bin.into_os_string()
}

/// Options that keep to a folder and see no node.
fn without_node(folder: &Path) -> LabOptions {
    LabOptions::new(folder.join("cache"), only_python(folder))
}

fn provisioned(options: &LabOptions) -> (Toolchain, Vec<LabProgress>) {
    let mut steps = Vec::new();
    let made = provision(options, &mut |step| steps.push(step));
    (made.unwrap_or_else(|error| panic!("{}", explain(&error))), steps)
}

/// Whether an installation is in full swing: some packages are there, and no pointer.
fn is_installing(folder: &Path) -> bool {
    let entries: Vec<PathBuf> =
        std::fs::read_dir(folder.join("cache/lab")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    let packages = |venv: &PathBuf| {
        let lib = std::fs::read_dir(venv.join("lib")).into_iter().flatten().flatten().next();
        lib.map_or(0, |lib| std::fs::read_dir(lib.path().join("site-packages")).into_iter().flatten().count())
    };
    entries.iter().any(|entry| packages(entry) > 10)
        && !entries.iter().any(|entry| entry.to_string_lossy().ends_with(".ready"))
}

fn environments(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder.join("cache/lab")).unwrap().flatten();
    entries.filter(|entry| entry.path().is_dir() && entry.file_name().to_string_lossy().starts_with("venv-")).count()
}

/// Is also run in processes of their own: then it provisions the folder that it is given, and that is all.
#[test]
fn a_killed_installation_starts_over_two_at_once_install_once_and_later_no_network_is_needed() {
    if let Some(folder) = std::env::var_os(CACHE) {
        provisioned(&without_node(Path::new(&folder)));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().to_str().unwrap();
    let mut killed = run_test(TEST, &[(CACHE, cache)]);
    until("packages are being installed", || is_installing(folder.path()));
    killed.kill_9();
    assert_eq!(environments(folder.path()), 1, "the torn one");

    let both = || provisioned(&without_node(folder.path()));
    let (one, two) = std::thread::scope(|scope| {
        let (one, two) = (scope.spawn(both), scope.spawn(both));
        (one.join().unwrap(), two.join().unwrap())
    });
    assert_eq!(one.0, two.0);
    assert_eq!(environments(folder.path()), 1, "the torn one is gone and one was made");
    let (waited, worked) = if one.1.len() == 1 { (one, two) } else { (two, one) };
    assert_eq!(waited.1, [LabProgress::WaitingForOther]);
    let packages = worked.1.iter().filter(|step| matches!(step, LabProgress::Fetching { .. })).count();
    assert!(packages > 90, "{:?}", worked.1);
    assert_eq!(worked.1.last(), Some(&LabProgress::Installing { packages }));
    assert!(worked.1.contains(&LabProgress::Fetching { packages, of: packages }), "{:?}", worked.1);

    let nowhere = "http://127.0.0.1:9";
    let unreachable = [(CACHE, cache), ("PIP_NO_INDEX", "1"), ("https_proxy", nowhere), ("HTTPS_PROXY", nowhere)];
    assert!(run_test(TEST, &unreachable).ends_well(), "the second time needs no network");

    let lab = start(&without_node(folder.path()));
    assert_eq!(lab.toolchain().proxy, ProxyProgram::Python);
    let (port, token) = (lab.info().public_port, lab.token());
    assert_eq!(request("POST", port, "/hub/api/users/plain", token, "").0, 201);
    let (status, body) = request("POST", port, "/hub/api/users/plain/server", token, "{}");
    assert!(matches!(status, 201 | 202), "{status} {body}");
    until("the server answers", || request("GET", port, "/user/plain/api/status", token, "").0 == 200);
    lab.stop().unwrap();
}

#[test]
fn with_node_the_proxy_of_npm_is_used() {
    let (toolchain, _) = provisioned(&LabOptions { proxy: ProxyChoice::Node, ..options() });
    let ProxyProgram::Node { node, script } = toolchain.proxy else { panic!("{:?}", toolchain.proxy) };
    let version = Command::new(node).arg(script).arg("--version").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&version.stdout).trim(), "5.3.0");
}
