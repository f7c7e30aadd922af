//! How many kernels one process holds: `cargo bench --bench connections`.
//!
//! A second process serves the real protocol over real sockets (`server.rs`). This one opens 500 kernels, executes at an absolute
//! schedule of 200 a second for half a minute, and prints what that cost it and how much delay it added itself: from the scheduled time
//! until the server had the request, and from the server's last message until the reply was there. Then one kernel executes one cell
//! after the other, beside an aiohttp client that does the same over the same kind of WebSocket.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends at the first thing that fails"
)]
#![expect(clippy::exit, reason = "the serving process ends with its stdin")]

mod server;
#[path = "../../support/lab.rs"]
#[expect(dead_code, reason = "the shared lab is for tests; a benchmark wants its programs only")]
mod support;

use hubmark::clock::parse_rfc3339;
use hubmark::plan::{ServerTarget, Target};
use hubmark::port::{CellRequest, Hub, Kernel, ServerRef};
use hubmark::stats::Durations;
use rustix::time::{ClockId, clock_gettime};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;
use url::Url;

const KERNELS: u32 = 500;
const PER_SECOND: u32 = 200;
const SECONDS: u32 = 30;
/// Cells of the comparison, one after the other.
const CELLS: u32 = 2000;
const NOBODY: ServerRef = ServerRef { account: String::new(), name: String::new() };

/// What is measured over all executions.
struct Measured {
    /// From the scheduled time until the server had the request.
    there: Durations,
    /// From the server's last message until the reply was there.
    back: Durations,
    /// The sum of the two.
    added: Durations,
}

fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn wall_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    i64::try_from(since.as_nanos()).expect("a time before 2262")
}

fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line VmRSS");
    let kib: f64 = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    kib * 1024.0 / 1e6
}

fn start_server() -> (Child, Url) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .env(server::ROLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut port = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut port).expect("its port");
    (child, Url::parse(&format!("http://127.0.0.1:{}/", port.trim())).expect("an address"))
}

fn request() -> CellRequest {
    CellRequest { code: "1+1".to_owned(), timeout: Duration::from_secs(30), expect: None }
}

/// Executes on one kernel at its places in the schedule.
async fn user(
    mut kernel: Box<dyn Kernel>,
    index: u32,
    origin: Instant,
    origin_ns: i64,
    measured: Rc<RefCell<Measured>>,
) {
    let request = request();
    for n in (index..PER_SECOND * SECONDS).step_by(KERNELS as usize) {
        let at = Duration::from_secs(1) * n / PER_SECOND;
        tokio::time::sleep_until(origin + at).await;
        let reply = kernel.execute(&request, &mut |_| ()).await.expect("a cell");
        let done_ns = wall_ns();
        assert_eq!(reply.failure, None);
        let scheduled_ns = origin_ns + i64::try_from(at.as_nanos()).expect("a short time");
        let seconds = |from: i64, to: i64| (to - from) as f64 / 1e9;
        let there = seconds(scheduled_ns, parse_rfc3339(&reply.kernel_started).expect("a date"));
        let back = seconds(parse_rfc3339(&reply.kernel_ended).expect("a date"), done_ns);
        let mut measured = measured.borrow_mut();
        measured.there.record(there);
        measured.back.record(back);
        measured.added.record(there + back);
    }
}

async fn many(hub: &Rc<dyn Hub>) {
    let before_mb = resident_mb();
    let mut kernels = Vec::new();
    for _ in 0..KERNELS {
        kernels.push(hub.open_kernel(&NOBODY, "python3").await.expect("a kernel"));
    }
    let durations = || Durations::new().expect("a histogram");
    let measured = Measured { there: durations(), back: durations(), added: durations() };
    let measured = Rc::new(RefCell::new(measured));
    let (origin, origin_ns) = (Instant::now() + Duration::from_secs(1), wall_ns() + 1_000_000_000);
    let before_s = cpu_s();
    let mut users = tokio::task::JoinSet::new();
    for (index, kernel) in (0..KERNELS).zip(kernels) {
        users.spawn_local(user(kernel, index, origin, origin_ns, Rc::clone(&measured)));
    }
    while let Some(ended) = users.join_next().await {
        ended.expect("a user");
    }
    let spent_s = cpu_s() - before_s;
    let took_s = origin.elapsed().as_secs_f64();
    let executions = PER_SECOND * SECONDS;
    println!(
        "{KERNELS} kernels, {executions} executions in {took_s:.1} s ({:.0} a second)",
        f64::from(executions) / took_s
    );
    println!("processor time of this process: {:.1} µs an execution", spent_s * 1e6 / f64::from(executions));
    println!("resident memory: {:.1} MB, before the kernels {before_mb:.1} MB", resident_mb());
    let measured = measured.borrow();
    println!("| delay that this process added (ms) |   p50 |   p99 |   max |");
    println!("| ---------------------------------- | ----: | ----: | ----: |");
    for (what, durations) in [
        ("scheduled time until at the server", &measured.there),
        ("last message until the reply", &measured.back),
        ("both", &measured.added),
    ] {
        let count = durations.count();
        let at = |rank: u64| durations.at_rank(rank).expect("a value") * 1e3;
        let (p50, p99, max) = (at(count.div_ceil(2)), at((count * 99).div_ceil(100)), at(count));
        println!("| {what:<34} | {p50:>5.2} | {p99:>5.2} | {max:>5.2} |");
    }
}

/// Processor time in µs of one cell after the other.
async fn one_by_one(hub: &Rc<dyn Hub>) -> f64 {
    let mut kernel = hub.open_kernel(&NOBODY, "python3").await.expect("a kernel");
    let request = request();
    let before_s = cpu_s();
    for _ in 0..CELLS {
        assert_eq!(kernel.execute(&request, &mut |_| ()).await.expect("a cell").failure, None);
    }
    (cpu_s() - before_s) * 1e6 / f64::from(CELLS)
}

/// The same by aiohttp, with the lab's Python.
fn aiohttp(url: &Url) -> Result<f64, String> {
    let tools = hubmark::lab::provision(&support::options(), &mut |_| {}).map_err(|error| support::explain(&error))?;
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/clients.py");
    let base = url.as_str().trim_end_matches('/');
    let arguments = ["aiohttp".to_owned(), CELLS.to_string(), base.to_owned(), "none".to_owned()];
    let output = Command::new(&tools.python).arg(script).args(arguments).output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: serde_json::Value = text
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned())?;
    Ok(figures["cpu_s"].as_f64().unwrap_or(f64::NAN) * 1e6 / f64::from(CELLS))
}

fn main() {
    if std::env::var_os(server::ROLE).is_some() {
        server::serve();
        return;
    }
    let (mut child, url) = start_server();
    let target = Target::Server(ServerTarget { url: url.clone(), token: None, headers: BTreeMap::new(), ca: None });
    let hub = hubmark::hub::connect(&target, None).expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, many(&hub));
    println!("one kernel, {CELLS} cells one after the other, processor time of the client:");
    println!("hubmark {:.1} µs a cell", local.block_on(&runtime, one_by_one(&hub)));
    match aiohttp(&url) {
        Ok(micros) => println!("aiohttp {micros:.1} µs a cell"),
        Err(why) => println!("aiohttp not measured: {why}"),
    }
    drop(child.stdin.take());
    child.wait().expect("the server ends");
}
