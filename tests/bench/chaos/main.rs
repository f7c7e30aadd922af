//! A run under which everything dies again and again: `cargo bench --bench chaos`.
//!
//! Starts a lab whose servers outlive the hub, lets eight users work on it with the real program (`scenario.lua`), and meanwhile, at
//! random times, kills a kernel, a server, the proxy or the hub, or deletes, restarts and stops over the API (`deeds.rs`); never before
//! what it took away last is back. Then it compares what hubmark recorded with what the cells wrote down for themselves, with the
//! executed notebooks, the hub and the machine (`books.rs`), prints all of it, and ends with 1 if any sum is wrong.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `HUBMARK_CHAOS_MINUTES` | 30 | how long users work |
//! | `HUBMARK_CHAOS_SEED` | drawn, printed | seed of what is done when; which process it meets is up to the machine |
//! | `HUBMARK_CHAOS_OUT` | a folder of cargo's | where the run with its report, the program's output and the cells' lines stay |
//!
//! It is no test because it takes half an hour and measures nothing that a test could wait for; `tests/e2e/outages.rs` does each deed once.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends at the first thing that fails"
)]

mod api;
mod books;
mod deeds;
#[path = "../../support/lab.rs"]
#[expect(dead_code, reason = "the shared lab is for tests; this one has its own")]
mod lab;
#[path = "../../support/processes.rs"]
mod processes;
mod record;
#[path = "../../support/watch.rs"]
#[expect(dead_code, reason = "shared with tests")]
mod watch;

use api::Api;
use books::Books;
use deeds::Deeds;
use hubmark::clock::{Chance, Deadline, Purpose};
use hubmark::lab::{HubSettings, Lab, LabOptions};
use hubmark::plan::Distribution;
use record::Recorded;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Mean time from one thing being back to the next deed.
const BETWEEN: Duration = Duration::from_secs(20);
/// How long the run may take to end after its users' time: to drain, to clean up after an outage, to write its report.
const END_WITHIN: Duration = Duration::from_secs(240);

fn main() -> ExitCode {
    let minutes: u64 = variable("HUBMARK_CHAOS_MINUTES").map_or(30, |text| text.parse().expect("minutes"));
    let drawn = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % 1_000_000;
    let seed: u64 = variable("HUBMARK_CHAOS_SEED").map_or_else(drawn, |text| text.parse().expect("a seed"));
    let out = variable("HUBMARK_CHAOS_OUT")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("chaos"), PathBuf::from);
    let out = std::path::absolute(out).unwrap().join(format!("{seed}"));
    std::fs::create_dir_all(&out).unwrap();
    println!("seed {seed}, {minutes} minutes");

    let cells = out.join("cells.log");
    let lab = start_lab(&cells);
    let mark = watch::mark(lab.info());
    let (began, mut child) = (Instant::now(), start_run(&lab, &out, minutes));
    let mut deeds = Deeds::new(&lab, &mark, began);
    do_deeds(&mut deeds, &mut child, seed, Duration::from_secs(60 * minutes));
    let code = wait(&mut child);
    println!("{:>7.1} s  hubmark ended with exit code {code:?}", began.elapsed().as_secs_f64());

    println!("\ndeeds");
    for (kind, count) in &deeds.counts {
        println!("  {count:>5}  {kind}");
    }
    let mut books = Books::default();
    judge_run(&mut books, &out, &cells, code);
    let accounts = Api { port: lab.info().public_port, token: lab.token() }.accounts();
    books.check(
        accounts.as_ref().is_some_and(Vec::is_empty),
        format!("accounts of the run left on the hub: {accounts:?}"),
    );
    let amiss = std::mem::take(&mut deeds.wrong);
    books.check(amiss.is_empty(), format!("not back after a deed, or kernels forgotten beside another: {amiss:?}"));
    drop(deeds);
    let stopped = lab.stop();
    let left = watch::marked(&mark);
    books.check(
        stopped.is_ok() && left.is_empty(),
        format!(
            "processes of the lab after its stop ({}): {left:?}",
            stopped.map_or_else(|e| e.to_string(), |()| "in order".to_owned())
        ),
    );
    println!("\nkept in {}", out.display());
    if books.wrong.is_empty() {
        println!("every sum is right");
        return ExitCode::SUCCESS;
    }
    println!("WRONG: {} sums\n  {}", books.wrong.len(), books.wrong.join("\n  "));
    ExitCode::FAILURE
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A lab whose servers outlive a hub that is killed, and whose kernels know where to write.
fn start_lab(cells: &Path) -> Lab {
    // A JSON text is a Python text too.
    let path = serde_json::to_string(cells).unwrap();
    let config = format!("c.Spawner.environment[\"HUBMARK_CHAOS_LOG\"] = {path}");
    let hub = HubSettings { cleanup_servers: false, config, ..HubSettings::default() };
    lab::start(&LabOptions { hub, ..lab::options() })
}

fn start_run(lab: &Lab, out: &Path, minutes: u64) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
    command.env("JUPYTERHUB_API_TOKEN", lab.token()).env("NO_COLOR", "1").env("HUBMARK_RUNS", out.join("runs"));
    command.arg("run").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/chaos/scenario.lua"));
    command.args(["--hub", lab.url(), "--length", &format!("{minutes}m")]).stdin(Stdio::null());
    command.stdout(File::create(out.join("hubmark.out")).unwrap());
    command.stderr(File::create(out.join("hubmark.err")).unwrap());
    command.spawn().unwrap()
}

/// Does one deed after the other until the users' time is over or the program is.
fn do_deeds(deeds: &mut Deeds<'_>, child: &mut Child, seed: u64, length: Duration) {
    let until = Deadline::after(length);
    let chance = Chance::new(seed, "chaos");
    for n in 0.. {
        let mut stream = chance.stream(Purpose::World, "deeds", n);
        let pause = stream.duration(&Distribution::Exponential { mean: BETWEEN });
        if pause >= until.remaining() {
            std::thread::sleep(until.remaining());
            return;
        }
        std::thread::sleep(pause);
        if child.try_wait().unwrap().is_some() {
            return;
        }
        deeds.next(&mut stream);
    }
}

/// The program's exit code. One that does not end is asked to, then killed, which no sum survives.
fn wait(child: &mut Child) -> Option<i32> {
    for signal in ["-INT", "-KILL"] {
        let deadline = Deadline::after(END_WITHIN);
        while !deadline.expired() {
            if let Some(status) = child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        println!("it hangs: kill {signal}");
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    }
    child.wait().unwrap().code()
}

fn judge_run(books: &mut Books, out: &Path, cells: &Path, code: Option<i32>) {
    let mut runs = std::fs::read_dir(out.join("runs")).unwrap().flatten().map(|entry| entry.path());
    let run = runs.next().expect("a run");
    let recorded = Recorded::read(&run).expect("a record");
    println!("\ntasks by outcome");
    for (outcome, count) in recorded.outcomes() {
        println!("  {count:>5}  {outcome}");
    }
    println!("\nsums");
    // 5: a machine that is busy with other things too makes the measurement INVALID, which is right of hubmark and no sum.
    books.check(matches!(code, Some(0 | 5)), format!("exit code {code:?}"));
    books.of_record(&recorded);
    books.of_cells(&recorded, &std::fs::read_to_string(cells).unwrap_or_default());
    books.of_copies(&recorded, &run);
    let summary = std::fs::read(run.join("summary.json")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    books.of_summary(&recorded, &summary.unwrap_or_default());
    for name in ["report.html", "summary.json"] {
        books.check(std::fs::copy(run.join(name), out.join(name)).is_ok(), format!("{name} is there"));
    }
}
