//! What one trivial cell costs its client: `cargo bench --bench cells`.
//!
//! Provisions the lab, executes `1+1` many times over one kernel WebSocket of a plain Jupyter Server and, fewer times, through a
//! JupyterHub's proxy, and runs other clients beside it. CPU is that of the client's own process; starting and opening are not counted.
//! papermill is fetched from PyPI into a folder of the cache; where that fails its line says so.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends at the first thing that fails"
)]

#[path = "../support/lab.rs"]
#[expect(dead_code, reason = "the shared lab is for tests; a benchmark stops its own")]
mod support;

use hubmark::http::Secret;
use hubmark::lab::{Lab, PlainServer, Toolchain};
use hubmark::notebook::Message;
use hubmark::plan::{Accounts, HubTarget, SecretRef, ServerTarget, Target};
use hubmark::port::{CellRequest, Hub, Kernel, ServerRef, ServerRequest};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite;
use url::Url;

/// Cells over a connection of its own.
const CELLS: u32 = 2000;
/// Cells where each takes tens of milliseconds.
const CELLS_SLOW: u32 = 200;
/// papermill and what it needs beyond the lab's lock.
const PAPERMILL: [&str; 5] =
    ["papermill==2.7.0", "tenacity==9.2.1", "ansicolors==1.1.8", "entrypoints==0.4.2", "tqdm==4.70.1"];

/// One line of the table.
struct Line {
    client: String,
    way: &'static str,
    cells: u32,
    wall_s: f64,
    cpu_s: f64,
    median_ms: Option<f64>,
}

fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// IPython says on stderr, once in a thousand cells, that it forgets old results; that is no result.
fn is_result(message: &Message) -> bool {
    matches!(message, Message::Output { output, .. } if output["output_type"] == "execute_result")
}

async fn measure(kernel: &mut Box<dyn Kernel>, way: &'static str, cells: u32) -> Line {
    let request = CellRequest { code: "1+1".to_owned(), timeout: Duration::from_secs(30), expect: None };
    for _ in 0..20 {
        kernel.execute(&request, &mut |_| ()).await.expect("a cell");
    }
    let mut results = 0;
    let mut trips = Vec::with_capacity(cells as usize);
    let (began, before) = (Instant::now(), cpu_s());
    for _ in 0..cells {
        let sent = Instant::now();
        let reply = kernel.execute(&request, &mut |message| results += u32::from(is_result(&message))).await;
        assert_eq!(reply.expect("a cell").failure, None);
        trips.push(sent.elapsed());
    }
    let (wall_s, cpu_s) = (began.elapsed().as_secs_f64(), cpu_s() - before);
    assert_eq!(results, cells, "each cell has one result");
    trips.sort();
    let median_ms = Some(trips[trips.len() / 2].as_secs_f64() * 1e3);
    Line { client: "hubmark".to_owned(), way, cells, wall_s, cpu_s, median_ms }
}

async fn on_plain_server(server: &PlainServer) -> Line {
    let url = Url::parse(&format!("{}/", server.url())).expect("an address");
    let target = Target::Server(ServerTarget { url: url.clone(), token: None, headers: BTreeMap::new(), ca: None });
    let hub = hubmark::hub::connect(&target, Some(Secret::new(server.token(), &url))).expect("a client");
    let nobody = ServerRef { account: String::new(), name: String::new() };
    let mut kernel = hub.open_kernel(&nobody, "python3").await.expect("a kernel");
    let line = measure(&mut kernel, "plain server", CELLS).await;
    kernel.close().await.expect("closed");
    line
}

/// The least that any client on this machine pays: a thread that blocks on the socket, sends the same bytes each time, and counts the five
/// messages of a cell without looking into them.
fn bare(server: &PlainServer) -> Line {
    let url = Url::parse(&format!("{}/", server.url())).expect("an address");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let target = Target::Server(ServerTarget { url: url.clone(), token: None, headers: BTreeMap::new(), ca: None });
    let hub = hubmark::hub::connect(&target, Some(Secret::new(server.token(), &url))).expect("a client");
    let nobody = ServerRef { account: String::new(), name: String::new() };
    let kernel = local.block_on(&runtime, hub.open_kernel(&nobody, "python3")).expect("a kernel");
    let host = url.socket_addrs(|| None).expect("an address")[0];
    let stream = std::net::TcpStream::connect(host).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let socket = stream.try_clone().expect("the same connection");
    let address = format!("ws://{host}/api/kernels/{}/channels?token={}", kernel.id(), server.token());
    let (mut socket, _) = tungstenite::client(address, socket).expect("a WebSocket");
    let request = serde_json::json!({
        "channel": "shell", "header": {"msg_id": "bare", "msg_type": "execute_request", "session": "bare", "username": "bare", "date": "2026-01-01T00:00:00Z", "version": "5.3"},
        "parent_header": {}, "metadata": {}, "content": {"code": "1+1", "silent": false, "store_history": true, "user_expressions": {}, "allow_stdin": false, "stop_on_error": false},
    });
    // What the kernel says of itself to whoever connects is no message of a cell.
    stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a limit");
    while socket.read().is_ok() {}
    stream.set_read_timeout(None).expect("no limit");
    let text = request.to_string();
    let mut count = 0;
    let mut cell = || {
        // A kernel passes over a message that it had before.
        count += 1;
        socket.send(tungstenite::Message::text(text.replacen("bare", &count.to_string(), 1))).expect("sent");
        let mut messages = 0;
        while messages < 5 {
            messages += u32::from(socket.read().expect("a message").is_text());
            if messages == 1 {
                rustix::net::sockopt::set_tcp_quickack(&stream, true).expect("acknowledged at once");
            }
        }
    };
    (0..20).for_each(|_| cell());
    let (began, before) = (Instant::now(), cpu_s());
    (0..CELLS).for_each(|_| cell());
    let (wall_s, cpu_s) = (began.elapsed().as_secs_f64(), cpu_s() - before);
    drop(socket);
    local.block_on(&runtime, kernel.close()).expect("closed");
    Line { client: "bare".to_owned(), way: "plain server", cells: CELLS, wall_s, cpu_s, median_ms: None }
}

async fn through_hub(lab: &Lab) -> Line {
    let url = Url::parse(&format!("{}/", lab.info().url)).expect("an address");
    let target = Target::Hub(HubTarget {
        url: url.clone(),
        token: SecretRef::Env("HUBMARK_BENCH".to_owned()),
        accounts: Accounts::List { names: Vec::new(), tokens: BTreeMap::new() },
        options: serde_json::Map::new(),
        headers: BTreeMap::new(),
        ca: None,
    });
    let hub: Rc<dyn Hub> = hubmark::hub::connect(&target, Some(Secret::new(lab.token(), &url))).expect("a client");
    let server = ServerRef { account: "bench".to_owned(), name: String::new() };
    hub.create_account("bench").await.expect("an account");
    let timeout = Duration::from_secs(60);
    let request = ServerRequest { server: server.clone(), options: serde_json::Map::new(), timeout };
    hub.start_server(&request).await.expect("a server");
    let mut kernel = hub.open_kernel(&server, "python3").await.expect("a kernel");
    let line = measure(&mut kernel, "hub's proxy", CELLS_SLOW).await;
    kernel.close().await.expect("closed");
    hub.stop_server(&server).await.expect("stopped");
    hub.delete_account("bench").await.expect("deleted");
    line
}

/// Runs another client; an error says why there is no figure.
fn other(
    tools: &Toolchain,
    kind: &str,
    cells: u32,
    way: &'static str,
    more: &[&str],
    path: Option<&Path>,
) -> Result<Line, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/clients.py");
    let mut command = Command::new(&tools.python);
    command.arg(script).arg(kind).arg(cells.to_string()).args(more).env("PATH", search_path(tools));
    if let Some(path) = path {
        command.env("PYTHONPATH", path);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().rev().find(|line| line.starts_with('{'));
    let failed = || String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
    let figures: serde_json::Value =
        serde_json::from_str(line.ok_or_else(failed)?).map_err(|error| error.to_string())?;
    let figure = |name: &str| figures[name].as_f64().unwrap_or(f64::NAN);
    Ok(Line { client: kind.to_owned(), way, cells, wall_s: figure("wall_s"), cpu_s: figure("cpu_s"), median_ms: None })
}

/// The lab's programs first: its kernels are found by them.
fn search_path(tools: &Toolchain) -> std::ffi::OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(tools.bin.clone()).chain(std::env::split_paths(&old));
    std::env::join_paths(all).expect("a search path")
}

/// A folder with papermill, fetched once.
fn papermill(tools: &Toolchain, cache: &Path) -> Result<PathBuf, String> {
    let (folder, making) =
        (cache.join("bench/papermill-2.7.0"), cache.join(format!("bench/making-{}", std::process::id())));
    if folder.is_dir() {
        return Ok(folder);
    }
    let pip = Command::new(&tools.python)
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target"])
        .arg(&making)
        .args(PAPERMILL)
        .output()
        .map_err(|error| error.to_string())?;
    if !pip.status.success() {
        return Err(String::from_utf8_lossy(&pip.stderr).lines().last().unwrap_or("pip failed").to_owned());
    }
    std::fs::rename(&making, &folder).map_err(|error| error.to_string())?;
    Ok(folder)
}

fn show(result: Result<Line, String>, kind: &str) {
    match result {
        Ok(line) => {
            let each = |seconds: f64| seconds * 1e3 / f64::from(line.cells);
            let median = line.median_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.2}"));
            println!(
                "| {:<10} | {:<16} | {:>5} | {:>12.2} | {:>11} | {:>11.3} |",
                line.client,
                line.way,
                line.cells,
                each(line.wall_s),
                median,
                each(line.cpu_s)
            );
        }
        Err(why) => println!("| {kind:<10} | not measured: {why}"),
    }
}

fn main() {
    let options = support::options();
    let server = PlainServer::start(&options).unwrap_or_else(|error| panic!("{}", support::explain(&error)));
    let lab = support::start(&options);
    let tools = lab.toolchain().clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    println!("| client     | way to kernel    | cells | wall ms/cell | median (ms) | CPU ms/cell |");
    println!("| ---------- | ---------------- | ----: | -----------: | ----------: | ----------: |");
    show(Ok(local.block_on(&runtime, on_plain_server(&server))), "hubmark");
    show(Ok(bare(&server)), "bare");
    show(Ok(local.block_on(&runtime, through_hub(&lab))), "hubmark");
    let at = [server.url(), server.token()];
    for kind in ["aiohttp", "tornado"] {
        show(other(&tools, kind, CELLS / 4, "plain server", &at, None), kind);
    }
    show(other(&tools, "nbclient", CELLS / 4, "its own ZeroMQ", &[], None), "nbclient");
    let folder = papermill(&tools, &options.cache_dir);
    let line = folder.and_then(|folder| other(&tools, "papermill", CELLS_SLOW, "its own ZeroMQ", &[], Some(&folder)));
    show(line, "papermill");
    lab.stop().expect("the lab stops");
    server.stop().expect("the server stops");
}
