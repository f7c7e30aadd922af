//! Kernels beyond the lab's own: Python with ipywidgets, Bash, R. What is missing is installed, or the test fails and says what to install.

use hubmark::lab::{LabOptions, Toolchain};
use hubmark::plan::sha256_hex;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

const LOCK: &str = include_str!("kernels.txt");

/// Where the kernels are.
pub(crate) struct Kernels {
    /// A folder for `JUPYTER_PATH`.
    pub(crate) folder: PathBuf,
    /// A folder for `PYTHONPATH`, with papermill.
    pub(crate) packages: PathBuf,
}

impl Kernels {
    /// Makes the specifications of `python3`, `bash` and `ir` in a folder.
    pub(crate) fn install(folder: &Path, tools: &Toolchain, options: &LabOptions) -> Self {
        let packages = packages(tools, options);
        let python = |module: &str| json!([tools.python, "-m", module, "-f", "{connection_file}"]);
        let path = json!({"PYTHONPATH": packages});
        let specs = [
            (
                "python3",
                json!({"argv": python("ipykernel_launcher"), "display_name": "Python 3", "language": "python", "env": path}),
            ),
            // The kernel reads bash's first prompt, so that has to be this one.
            (
                "bash",
                json!({"argv": python("bash_kernel"), "display_name": "Bash", "language": "bash",
                "env": {"PYTHONPATH": packages, "PS1": "$"}}),
            ),
            (
                "ir",
                json!({"argv": [r(options), "--slave", "-e", "IRkernel::main()", "--args", "{connection_file}"],
                "display_name": "R", "language": "R", "env": {"LC_ALL": "C.UTF-8"}}),
            ),
        ];
        for (name, spec) in specs {
            let folder = folder.join("kernels").join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("kernel.json"), spec.to_string()).unwrap();
        }
        Self { folder: folder.to_owned(), packages }
    }
}

/// Held while something is installed, by this process or another one.
fn lock(options: &LabOptions) -> File {
    std::fs::create_dir_all(&options.cache_dir).unwrap();
    let file = File::create(options.cache_dir.join("test-kernels.lock")).unwrap();
    file.lock().unwrap();
    file
}

/// The folder of the lock's packages, made once for each lock.
fn packages(tools: &Toolchain, options: &LabOptions) -> PathBuf {
    let base = options.cache_dir.join("test-kernels");
    let folder = base.join(&sha256_hex(LOCK.as_bytes())[..12]);
    let _lock = lock(options);
    if folder.is_dir() {
        return folder;
    }
    let making = base.join("making");
    let _ = std::fs::remove_dir_all(&making);
    std::fs::create_dir_all(&base).unwrap();
    let requirements = base.join("requirements.txt");
    std::fs::write(&requirements, LOCK).unwrap();
    let mut pip = Command::new(&tools.python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--disable-pip-version-check"]);
    let output = pip.arg("--target").arg(&making).arg("-r").arg(&requirements).output().unwrap();
    assert!(
        output.status.success(),
        "the packages of tests/support/kernels.txt cannot be installed; is there a network?\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    std::fs::rename(&making, &folder).unwrap();
    folder
}

/// R with its kernel.
fn r(options: &LabOptions) -> PathBuf {
    let _lock = lock(options);
    let find =
        || std::env::split_paths(&options.search_path).map(|folder| folder.join("R")).find(|file| file.is_file());
    let has_kernel = |r: &PathBuf| {
        let output = Command::new(r).args(["--slave", "-e", "library(IRkernel)"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    if let Some(r) = find().filter(has_kernel) {
        return r;
    }
    let said = apt(&["update", "-qq"]) + &apt(&["install", "-qq", "-y", "--no-install-recommends", "r-cran-irkernel"]);
    find().filter(has_kernel).unwrap_or_else(|| {
        panic!("R with IRkernel is missing; install it: apt-get install r-cran-irkernel (as root, on Debian)\n{said}")
    })
}

/// Works for root on Debian and says why elsewhere.
fn apt(arguments: &[&str]) -> String {
    match Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output() {
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => format!("apt-get: {error}\n"),
    }
}
