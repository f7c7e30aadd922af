//! Processes of a test, on ports that the system picks. They end with the value.

use crate::debian;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// The program under test.
pub(crate) fn hubmark(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    command.args(args).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// What the program prints.
pub(crate) fn printed(args: &[&str]) -> String {
    let output = hubmark(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A process that listens on loopback.
pub(crate) struct Running {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
}

impl Running {
    /// Starts a program and waits until it has said where it listens: behind this word, on standard error.
    fn start(mut command: Command, folder: &Path, name: &str, word: &str) -> Self {
        let log = folder.join(format!("{name}.log"));
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let address = until(&format!("{name} listens"), || {
            let text = std::fs::read_to_string(&log).unwrap();
            if let Some(status) = child.try_wait().unwrap() {
                panic!("{name} ended with {status}: {text}");
            }
            let after = text.rsplit_once(word)?.1;
            let address: String = after.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
            // The line may be half written.
            after.contains('\n').then_some(address)
        });
        Self { child, address }
    }

    /// Asks it to end, as systemd does, and waits.
    pub(crate) fn terminate(mut self) -> std::process::ExitStatus {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An agent with these options.
pub(crate) fn agent(folder: &Path, node: &str, more: &[&str]) -> Running {
    agent_on(folder, node, more, &[])
}

/// The same with variables of the environment.
pub(crate) fn agent_on(folder: &Path, node: &str, more: &[&str], variables: &[(&str, &OsStr)]) -> Running {
    let mut command = hubmark(&["agent", "--node", node, "--listen", "127.0.0.1:0"]);
    command.args(more).envs(variables.iter().copied());
    Running::start(command, folder, node, "http://")
}

/// A node_exporter.
pub(crate) fn node_exporter(folder: &Path) -> Running {
    let mut command = Command::new(&debian::prometheus().node_exporter);
    command.args(["--web.listen-address=127.0.0.1:0", "--no-collector.systemd"]);
    Running::start(command, folder, "node_exporter", "msg=\"Listening on\" address=")
}

/// A Prometheus with a configuration.
pub(crate) fn prometheus(folder: &Path, config: &Path) -> Running {
    let mut command = Command::new(&debian::prometheus().prometheus);
    command.arg(format!("--config.file={}", config.display()));
    command.arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()));
    command.args(["--web.listen-address=127.0.0.1:0", "--log.level=info"]);
    let running = Running::start(command, folder, "prometheus", "msg=\"Listening on\" address=");
    // It listens before it has read its storage, and answers 503 until then.
    until("Prometheus is ready", || answer(&running.address, "/-/ready").starts_with("HTTP/1.1 200").then_some(()));
    running
}

/// Looks until there is something, for two minutes at most: a machine that compiles meanwhile is slow.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let glance = Duration::from_millis(50);
    for _ in 0..2_400 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(glance);
    }
    panic!("waited in vain until {what}");
}

/// Writes a file of a test.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A whole answer over a plain socket, independent of hubmark's own client.
fn answer(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A page, which has to be there.
pub(crate) fn page(address: &str, path: &str) -> String {
    let answer = answer(address, path);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200") || path == "/healthz", "{head}");
    body.to_owned()
}

/// promtool with arguments.
pub(crate) fn promtool(args: &[&str]) -> Command {
    let mut command = Command::new(&debian::prometheus().promtool);
    command.args(args);
    command
}

/// Lets promtool look at a page.
pub(crate) fn promtool_accepts(text: &str) {
    let mut child = promtool(&["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{text}", said(&output));
}
