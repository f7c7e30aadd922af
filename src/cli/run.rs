//! `hubmark run`: one real run, from the scenario to the report.

use super::Terminal;
use super::args::{Format, RunArgs, Undecided};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::progress::{Progress, Shown};
use super::report::{self, Written};
use super::scenario::Scenario;
use super::wire::{self, Wired};
use super::{check, clean, page, preflight, signals};
use crate::clock::Wall;
use crate::engine::{self, EngineError, RunEnd};
use crate::event::{EventKind, Level};
use crate::record::{self, Environment, Manifest, RunFolder};
use crate::report::Ruling;
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;

/// Runs a scenario on its hubs.
pub(crate) fn run(args: &RunArgs, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let scenario = Scenario::load(&args.scenario)?;
    scenario.say_printed(terminal);
    let wanted = Wanted { log: args.log.into(), metrics: args.metrics, undecided: args.undecided };
    run_loaded(&scenario, wanted, runs_dir, terminal).map(|(exit, _)| exit)
}

/// Thresholds that could not be decided and have a line of their own.
const UNDECIDED: usize = 5;

/// How a run is shown and judged.
pub(crate) struct Wanted {
    /// Least level of the log's lines that are shown.
    pub(crate) log: Level,
    /// Where its metrics are shown.
    pub(crate) metrics: Option<SocketAddr>,
    pub(crate) undecided: Undecided,
}

/// Runs a loaded scenario; the exit code and the run's folder.
pub(crate) fn run_loaded(
    scenario: &Scenario,
    wanted: Wanted,
    runs_dir: &Path,
    terminal: Terminal,
) -> CliResult<(Exit, std::path::PathBuf)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::caused(Exit::Internal, "failed to start the runtime", &error))?;
    let (end, folder, mut manifest) = runtime.block_on(async {
        let hubs = wire::connect(&scenario.plan.targets, &scenario.folder, &scenario.env)?;
        let facts = preflight::reach(&scenario.plan, &hubs, terminal).await?;
        // Before a run's folder is made: an address that is taken is a mistake of the command line.
        let server = page::bind(wanted.metrics).await?;
        let Wired { world, folder, manifest, kept } = wire::real_world(scenario, hubs, facts, runs_dir)?;
        let (world, shown) = page::show(server, world, folder.id(), &scenario.plan, terminal);
        terminal.say(&format!("run {}", folder.id()));
        warn(scenario, terminal);
        let mut progress = Progress::new(Shown {
            plan: Rc::clone(&scenario.plan),
            clock: world.clock.clone(),
            view: world.watch.clone(),
            stop: world.stop.clone(),
            kept,
            terminal: std::io::stderr().is_terminal(),
            style: terminal.err,
            json: terminal.format == Format::Json,
            log: wanted.log,
        });
        let signals = signals::watch(world.stop.clone());
        let run = engine::run(Rc::clone(&scenario.plan), folder.id(), &scenario.source_hash, world);
        let end = tokio::select! { biased;
            end = run => end,
            () = progress.show() => RunEnd::default(),
            () = signals => RunEnd::default(),
            () = shown => RunEnd::default(),
        };
        progress.finish();
        Ok::<_, CliError>((end, folder, manifest))
    })?;
    manifest.ended_wall_ns = Some(Wall::Machine.now_ns());
    manifest.environment_end = Some(Environment { facts: crate::sampler::environment(), gpus: vec![] });
    let path = folder.path().to_owned();
    let written = write_down(folder, &manifest, &end, terminal)?;
    let exit = finish(&end, &written, wanted.undecided, terminal)?;
    Ok((exit, path))
}

/// Writes the manifest and the report of a run that has ended.
fn write_down(folder: RunFolder, manifest: &Manifest, end: &RunEnd, terminal: Terminal) -> CliResult<Written> {
    let broken = matches!(end.error, Some(EngineError::Record(_)));
    if broken {
        folder.release_reserve();
    }
    let kept = folder.write_manifest(manifest).map_err(wire::folder_error);
    let path = folder.path().to_owned();
    drop(folder);
    if broken {
        end_broken(&path, end, terminal);
    }
    match (kept.and_then(|()| report::write_all(&path)), &end.error) {
        // That the record broke is the cause of this too.
        (Err(_), Some(error @ EngineError::Record(_))) => Err(engine_error(error)),
        (written, _) => written,
    }
}

/// Says what of the plan can be run and is perhaps not what was meant.
fn warn(scenario: &Scenario, terminal: Terminal) {
    let warning = |text: &str| terminal.say(&format!("{} {text}", terminal.err.yellow("warning:")));
    crate::plan::warnings(&scenario.plan).iter().for_each(|found| warning(&found.why));
    for (key, notebook) in &scenario.plan.notebooks {
        if let Some(found) = check::undeclared(notebook) {
            warning(&format!("notebook {key}: {found}"));
        }
    }
}

/// Writes down how a run ended whose record broke before. Without room for that, whoever reads the record takes the run for a killed one
/// that left everything behind; so they are told now.
fn end_broken(folder: &Path, end: &RunEnd, terminal: Terminal) {
    let left: BTreeSet<u64> = end.clean.left_behind().map(|step| step.lease.lease).collect();
    let ended = EventKind::RunEnded {
        interrupted: false,
        error: end.error.as_ref().map(ToString::to_string),
        left_behind: left.len() as u32,
        aborted: end.aborted.clone(),
    };
    let Err(error) = record::end_broken(folder, &left, Wall::Machine.now_ns(), ended) else { return };
    let warning = terminal.err.yellow("warning:");
    terminal.say(&format!("{warning} the end of the run could not be recorded either: {error}"));
    if left.is_empty() {
        terminal.say("  everything that it made on hubs was removed, although its record does not say so");
    }
}

/// Says which thresholds could not be decided, and whether any could not.
fn say_undecided(written: &Written, terminal: Terminal) -> bool {
    let rows = || written.summary.thresholds.iter().filter(|row| row.ruling == Ruling::Undecided);
    let warning = terminal.err.yellow("undecided:");
    for row in rows().take(UNDECIDED) {
        let label = row.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
        let reason = row.reason.as_deref().unwrap_or_default();
        terminal.say(&format!("{warning} threshold “{}”{label}: {reason}", row.objective));
    }
    let more = rows().count().saturating_sub(UNDECIDED);
    if more > 0 {
        terminal.say(&format!("{warning} and {more} more; the report has all of them"));
    }
    rows().next().is_some()
}

/// Prints how it went and works out the exit code. An error of the engine comes first.
pub(crate) fn finish(end: &RunEnd, written: &Written, undecided: Undecided, terminal: Terminal) -> CliResult<Exit> {
    report::print(written, terminal);
    let mut codes = vec![written.exit()];
    if say_undecided(written, terminal) && undecided == Undecided::Fail {
        codes.push(Exit::Thresholds);
    }
    if end.interrupted.is_some() {
        codes.push(Exit::Interrupted);
    }
    if end.aborted.is_some() {
        codes.push(Exit::Thresholds);
    }
    let left: Vec<_> = end.clean.left_behind().collect();
    if !left.is_empty() {
        codes.push(Exit::Environment);
        terminal.say(&format!(
            "{} {} things could not be removed from hubs:",
            terminal.err.red("warning:"),
            left.len()
        ));
        for step in &left {
            let why = step.result.as_ref().err().map(ToString::to_string).unwrap_or_default();
            terminal.say(&format!("  {}: {why}", clean::thing(&step.lease)));
        }
        terminal.say(&format!("{} `hubmark clean {}` tries again", terminal.err.cyan("hint:"), written.run));
    }
    match &end.error {
        None => Ok(Exit::first_of(&codes)),
        Some(error) => Err(engine_error(error)),
    }
}

/// Why a run could not do its work, with what to do.
pub(crate) fn engine_error(error: &EngineError) -> CliError {
    match error {
        EngineError::Setup(setup) => setup_error(setup),
        EngineError::Script(fault) => CliError {
            causes: vec![fault.to_string()],
            ..CliError::new(Exit::Scenario, "the scenario's setup hook failed")
        },
        EngineError::Users(fault) => CliError {
            causes: vec![fault.to_string()],
            ..CliError::new(Exit::Scenario, "the code of the scenario's own users cannot be loaded again")
        },
        EngineError::Misplaced(misplaced) => {
            let causes = misplaced.found.iter().map(|(node, why)| format!("node {node}: {why}")).collect();
            CliError { causes, ..CliError::new(Exit::Environment, misplaced.to_string()) }
                .hint("nothing was measured; move the kernels, or say in hm.node where they are (host, gpus)")
                .hint("to measure all the same: placement = \"any\" in hm.farm")
        }
        EngineError::Record(why) => {
            CliError { causes: vec![why.clone()], ..CliError::new(Exit::Internal, "the record could not be kept") }
                .hint("is the disk full? What was recorded until then is in the run's folder")
        }
    }
}

fn setup_error(error: &engine::SetupError) -> CliError {
    use engine::SetupError as E;
    let heading = CliError::new(Exit::Environment, error.to_string());
    match error {
        E::AccountTaken { .. } => heading
            .hint("choose another pattern: hm.accounts { pattern = \"load-%04d\", create = true }")
            .hint("to work under accounts that exist: create = false")
            .hint("if a killed run left it: `hubmark clean --all`"),
        E::AccountMissing { .. } => heading.hint("let hubmark make it: hm.accounts { pattern = …, create = true }"),
        E::ServerTaken { .. } => heading
            .hint("hubmark neither uses nor stops servers that it did not start; stop it, or use another account"),
        E::NoOwnAccount { .. } => heading
            .hint("make a token on the hub's token page, or name accounts: hm.accounts { pattern = …, create = true }"),
        E::Hub { .. } | E::Ledger { .. } => heading,
    }
}
