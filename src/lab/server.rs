//! A Jupyter Server without hub, for tests of that target.

use super::config;
use super::create;
use super::error::LabError;
use super::live::{self, Part};
use super::options::LabOptions;
use super::owned::{Keeper, Kept};
use super::process::MARK;
use super::provision::{self, Toolchain};
use super::state::{Kind, State};
use super::tether::Tether;
use super::{ports, python, search};
use crate::clock::Deadline;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running Jupyter Server that ends with this value, and with this process however that ends.
#[derive(Debug)]
pub struct PlainServer {
    url: String,
    token: String,
    root: PathBuf,
    keeper: Keeper,
}

impl PlainServer {
    /// Provisions what is missing, starts a server in a folder of its own and returns once it answers. Blocks.
    ///
    /// # Errors
    /// As [`Lab::start`](super::Lab::start).
    pub fn start(options: &LabOptions) -> Result<Self, LabError> {
        let tools = provision::provision(options, &mut |_| {})?;
        let (folder, mut state) = create::begin_owned(options, Kind::Server, &mut |_| {})?;
        let root = folder.join("root");
        let (options, token) = (options.clone(), config::random_hex(24)?);
        let secret = token.clone();
        let (keeper, port) =
            Keeper::start(folder, move |folder| match bring_up(folder, &mut state, &tools, &options, &secret) {
                Ok((part, port)) => Ok(Kept { parts: vec![part], state, value: port }),
                Err(error) => Err(Box::new((error, state))),
            })?;
        Ok(Self { url: format!("http://127.0.0.1:{port}"), token, root, keeper })
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The token that it takes.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The folder that it serves.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Stops it and its kernels. Dropping the value does the same and forgets the error.
    ///
    /// # Errors
    /// As [`Lab::stop`](super::Lab::stop).
    pub fn stop(mut self) -> Result<(), LabError> {
        self.keeper.stop()
    }
}

fn bring_up(
    folder: &Path,
    state: &mut State,
    tools: &Toolchain,
    options: &LabOptions,
    token: &str,
) -> Result<(Part, u16), LabError> {
    let (root, home) = (folder.join("root"), folder.join("home"));
    for path in [&root, &home] {
        fs::create_dir_all(path).map_err(LabError::io("make the folder", path))?;
    }
    live::with_free_ports(|| {
        let [port] = ports::pick()?;
        let mut command = command(tools, options, port, &root, token);
        command.env(MARK, &state.mark).env("HOME", &home).current_dir(&root);
        let mut server = Part::start("the server", command, folder.join("server.log"), Tether::Terminate)?;
        state.hub = server.process();
        let deadline = Deadline::after(options.ready_within);
        match state.save(folder).and_then(|()| server.ready((port, "/api"), &mut [], &deadline, options)) {
            Ok(()) => Ok((server, port)),
            Err(error) => {
                server.finish();
                Err(error)
            }
        }
    })
}

fn command(tools: &Toolchain, options: &LabOptions, port: u16, root: &Path, token: &str) -> Command {
    let mut command = python::command(&tools.python, &search::with_first(&tools.bin, &options.search_path));
    command.args([
        "-m",
        "jupyter_server",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port_retries=0",
        "--ServerApp.open_browser=False",
    ]);
    command.arg(format!("--ServerApp.port={port}"));
    command.arg(format!("--ServerApp.root_dir={}", root.display()));
    // Not as an argument: those can be read by every account of the machine.
    command.env("JUPYTER_TOKEN", token);
    command.envs(options.jupyter_path().map(|path| ("JUPYTER_PATH", path)));
    if rustix::process::geteuid().is_root() {
        command.arg("--allow-root");
    }
    command
}
