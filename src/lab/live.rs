//! Starting a lab's processes and waiting until they answer.

use super::config::{self, Settings};
use super::error::LabError;
use super::node::ProxyProgram;
use super::options::LabOptions;
use super::process::{MARK, ProcessId};
use super::provision::Toolchain;
use super::state::{LabInfo, State};
use super::stop::{self, GLANCE};
use super::tether::{self, Tether};
use super::{journal, ports, probe, python, search};
use crate::clock::Deadline;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

/// How often other ports are tried when somebody else was faster.
const ATTEMPTS: u32 = 5;

/// A child and what to say about it.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) child: Child,
    pub(super) log: PathBuf,
}

impl Part {
    /// Starts a command of the lab with its output in a log file.
    pub(super) fn start(
        name: &'static str,
        mut command: Command,
        log: PathBuf,
        tether: Tether,
    ) -> Result<Self, LabError> {
        let file = File::create(&log).map_err(LabError::io("write", &log))?;
        let errors = file.try_clone().map_err(LabError::io("write", &log))?;
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let program = PathBuf::from(command.get_program());
        let child = tether::spawn(&mut command, tether).map_err(LabError::io("run", &program))?;
        Ok(Self { name, child, log })
    }

    /// Its identity, while it runs.
    pub(super) fn process(&self) -> Option<ProcessId> {
        i32::try_from(self.child.id()).ok().and_then(ProcessId::of)
    }

    /// Waits until a path on a port is answered with 200. `beside` must go on living meanwhile too.
    pub(super) fn ready(
        &mut self,
        (port, path): (u16, &str),
        beside: &mut [Part],
        deadline: &Deadline,
        options: &LabOptions,
    ) -> Result<(), LabError> {
        loop {
            self.check()?;
            beside.iter_mut().try_for_each(Part::check)?;
            if probe::status(port, path) == Some(200) {
                return Ok(());
            }
            if options.cancel.is_cancelled() {
                return Err(LabError::Cancelled);
            }
            if deadline.expired() {
                return Err(self.failure(format!("no answer within {} s", options.ready_within.as_secs())));
            }
            thread::sleep(GLANCE);
        }
    }

    /// Ends it, if it still runs, and collects it.
    pub(super) fn finish(mut self) {
        if let Some(process) = self.process() {
            stop::end(process, stop::GRACE);
        }
        let _ = self.child.wait();
    }

    fn check(&mut self) -> Result<(), LabError> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.failure(format!("it ended with {status}"))),
            Err(error) => Err(self.failure(error.to_string())),
        }
    }

    fn failure(&self, reason: String) -> LabError {
        LabError::Start { part: self.name, reason, log: self.log.clone(), tail: journal::tail(&self.log) }
    }
}

/// Tries again, with other ports, while a start fails because a port was taken in between.
pub(super) fn with_free_ports<T>(mut start: impl FnMut() -> Result<T, LabError>) -> Result<T, LabError> {
    for _ in 1..ATTEMPTS {
        match start() {
            Err(LabError::Start { tail, .. }) if journal::says_port_taken(&tail) => {}
            other => return other,
        }
    }
    start()
}

/// Starts proxy and hub and waits until the hub answers through the proxy. The record is written as soon as there are process ids.
pub(super) fn bring_up(
    folder: &Path,
    state: &mut State,
    tools: &Toolchain,
    options: &LabOptions,
    tether: Tether,
) -> Result<Vec<Part>, LabError> {
    with_free_ports(|| {
        let info = new_info(folder, &state.name, &options.hub.base_url)?;
        Settings {
            public_port: info.public_port,
            hub_port: info.hub_port,
            proxy_api_port: info.proxy_api_port,
            proxy_token: &info.proxy_token,
            token: &info.token,
            reader_token: &info.reader_token,
            password: &info.password,
            mark: &state.mark,
            hub: &options.hub,
        }
        .write(folder)?;
        let mut parts = Vec::new();
        let started = start_parts(folder, state, &info, tools, options, tether, &mut parts);
        match started {
            Ok(()) => {
                state.info = Some(info);
                Ok(parts)
            }
            Err(error) => {
                parts.into_iter().for_each(Part::finish);
                Err(error)
            }
        }
    })
}

fn start_parts(
    folder: &Path,
    state: &mut State,
    info: &LabInfo,
    tools: &Toolchain,
    options: &LabOptions,
    tether: Tether,
    parts: &mut Vec<Part>,
) -> Result<(), LabError> {
    let deadline = Deadline::after(options.ready_within);
    let prepare = |mut command: Command| {
        command.env(MARK, &state.mark).current_dir(folder);
        command
    };
    let proxy = prepare(proxy_command(info, tools, options));
    let hub = prepare(hub_command(tools, options));
    parts.push(Part::start("the proxy", proxy, folder.join("proxy.log"), tether)?);
    let mut hub = Part::start("the hub", hub, folder.join("hub.log"), tether)?;
    state.proxy = parts.first().and_then(Part::process);
    state.hub = hub.process();
    let ready = state.save(folder).and_then(|()| {
        // The proxy logs a page of text for each question that the hub does not answer yet, so the hub is asked first.
        let api = format!("{}hub/api/", options.hub.base_url);
        hub.ready((info.hub_port, &api), parts, &deadline, options)?;
        hub.ready((info.public_port, &api), parts, &deadline, options)
    });
    parts.insert(0, hub);
    ready
}

fn new_info(folder: &Path, name: &str, base_url: &str) -> Result<LabInfo, LabError> {
    let [public_port, hub_port, proxy_api_port] = ports::pick()?;
    Ok(LabInfo {
        name: name.to_owned(),
        url: format!("http://127.0.0.1:{public_port}{}", base_url.trim_end_matches('/')),
        token: config::random_hex(24)?,
        reader_token: config::random_hex(24)?,
        password: config::random_hex(8)?,
        proxy_token: config::random_hex(24)?,
        public_port,
        hub_port,
        proxy_api_port,
        directory: folder.to_owned(),
    })
}

fn hub_command(tools: &Toolchain, options: &LabOptions) -> Command {
    let mut command = python::command(&tools.python, &search::with_first(&tools.bin, &options.search_path));
    command.args(["-m", "jupyterhub", "-f", config::HUB_CONFIG_FILE]);
    command.envs(options.jupyter_path().map(|path| ("JUPYTER_PATH", path)));
    command
}

fn proxy_command(info: &LabInfo, tools: &Toolchain, options: &LabOptions) -> Command {
    let hub = format!("http://127.0.0.1:{}", info.hub_port);
    let mut command = match &tools.proxy {
        ProxyProgram::Node { node, script } => {
            let mut command = Command::new(node);
            command.arg(script).env("PATH", &options.search_path);
            command
        }
        ProxyProgram::Python => {
            // Not its launcher script: the first line of that names the interpreter, which fails where the cache's path is long.
            let mut command = python::command(&tools.python, &options.search_path);
            command.args(["-c", "from configurable_http_proxy.cli import main; main()"]);
            command
        }
    };
    command.env("CONFIGPROXY_AUTH_TOKEN", &info.proxy_token).env_remove("NODE_OPTIONS");
    command.args(["--ip", "127.0.0.1", "--port", &info.public_port.to_string()]);
    command.args(["--api-ip", "127.0.0.1", "--api-port", &info.proxy_api_port.to_string()]);
    command.args(["--default-target", &hub, "--error-target", &format!("{hub}{}hub/error", options.hub.base_url)]);
    if options.hub.host_routing {
        command.arg("--host-routing");
    }
    command
}
