//! `hubmark runs`: past runs.

use super::Terminal;
use super::args::{Format, RunsArgs, RunsCommand, TableForm};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::log::log;
use super::report;
use crate::clock::rfc3339;
use crate::plan::quantity::format_duration;
use crate::record::{FolderError, Reader, RunEntry, RunSource, RunState, SourceError, find_run, list_runs, remove_run};
use crate::report::{CalibrateError, CsvTable, calibrate as measured, csv};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Lists, shows or removes runs.
pub(crate) fn runs(args: RunsArgs, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    match args.command.unwrap_or(RunsCommand::List) {
        RunsCommand::List => list(runs_dir, terminal),
        RunsCommand::Show { run } => {
            let folder = find_run(runs_dir, &run).map_err(folder_error)?;
            let written = report::analyse(&folder)?;
            report::print(&written, terminal);
            Ok(Exit::Success)
        }
        RunsCommand::Log { run, follow, level } => log(&run, level, follow, runs_dir, terminal),
        RunsCommand::Export { run, form: TableForm::Csv, output } => export(&run, output, runs_dir, terminal),
        RunsCommand::Calibrate { run, output } => calibrate(&run, output.as_deref(), runs_dir, terminal),
        RunsCommand::Rm { runs, force } => {
            for run in runs {
                let folder = find_run(runs_dir, &run).map_err(folder_error)?;
                remove_run(&folder, force).map_err(folder_error)?;
                terminal.say(&format!("removed {}", folder.display()));
            }
            Ok(Exit::Success)
        }
    }
}

/// Prints or writes what a run was measured to take.
fn calibrate(run: &str, output: Option<&Path>, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let folder = find_run(runs_dir, run).map_err(folder_error)?;
    let heading = || format!("the run in {} gives no calibration", folder.display());
    let reader = Reader::open(&folder).map_err(|error| CliError::caused(Exit::Internal, heading(), &error))?;
    let calibration = measured(&reader).map_err(|error| match error {
        CalibrateError::Source(source) => CliError::caused(Exit::Internal, heading(), &source),
        other => {
            CliError::caused(Exit::Usage, heading(), &other).hint("choose a run on a real hub: `hubmark runs list`")
        }
    })?;
    let Some(path) = output else {
        terminal.json(&calibration);
        return Ok(Exit::Success);
    };
    let text = serde_json::to_string(&calibration).unwrap_or_default();
    std::fs::write(path, text + "\n")
        .map_err(|error| CliError::caused(Exit::Environment, format!("failed to write {}", path.display()), &error))?;
    let tasks: usize = calibration.notebooks.values().map(Vec::len).sum();
    let calls: usize = calibration.executions.values().chain(calibration.calls.values()).map(Vec::len).sum();
    let calls = if calls == 0 { String::new() } else { format!("{calls} calls of users' own code, ") };
    terminal.say(&format!(
        "wrote {}: {tasks} tasks of {} notebooks, {calls}{} spawns, {} kernel starts of run {}",
        path.display(),
        calibration.notebooks.len(),
        calibration.spawn_ns.len(),
        calibration.kernel_start_ns.len(),
        calibration.run
    ));
    Ok(Exit::Success)
}

/// Writes a run's tables.
fn export(run: &str, output: Option<PathBuf>, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let folder = find_run(runs_dir, run).map_err(folder_error)?;
    let unreadable = |error: SourceError| {
        CliError::caused(Exit::Internal, format!("failed to read the run in {}", folder.display()), &error)
    };
    let reader = Reader::open(&folder).map_err(unreadable)?;
    let output = output.unwrap_or_else(|| folder.join("csv"));
    let unwritable = |path: &Path, error: std::io::Error| {
        CliError::caused(Exit::Environment, format!("failed to write {}", path.display()), &error)
    };
    std::fs::create_dir_all(&output).map_err(|error| unwritable(&output, error))?;
    let mut written = Vec::new();
    for table in CsvTable::ALL {
        let Some(text) = csv(&reader, table).map_err(unreadable)? else { continue };
        let path = output.join(table.file_name(reader.manifest().simulated));
        std::fs::write(&path, text).map_err(|error| unwritable(&path, error))?;
        written.push(path);
    }
    match terminal.format {
        Format::Json => terminal.json(&written),
        Format::Text => written.iter().for_each(|path| terminal.result(&path.display().to_string())),
    }
    Ok(Exit::Success)
}

/// An error about a run's folder, with what to do.
pub(crate) fn folder_error(error: FolderError) -> CliError {
    let cli = CliError::new(Exit::Usage, error.to_string());
    match error {
        FolderError::NotFound { .. } => cli.hint("`hubmark runs list` names the runs; --runs-dir says where they are"),
        FolderError::OpenLeases { run, .. } => {
            cli.hint(format!("`hubmark clean {run}` removes them")).hint("--force removes the folder all the same")
        }
        FolderError::Running(_) => cli.hint("stop it first with Ctrl-C or SIGTERM"),
        _ => cli,
    }
}

fn list(runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let (runs, unreadable) = list_runs(runs_dir).map_err(folder_error)?;
    for (run, why) in &unreadable {
        terminal.say(&format!("{} {run} cannot be read: {why}", terminal.err.yellow("warning:")));
    }
    if terminal.format == Format::Json {
        terminal.json(&runs);
        return Ok(Exit::Success);
    }
    if runs.is_empty() {
        terminal.say(&format!("no runs in {}", runs_dir.display()));
        return Ok(Exit::Success);
    }
    terminal.result(&table(&runs, terminal));
    Ok(Exit::Success)
}

fn state_name(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Finished => "finished",
        RunState::Interrupted => "interrupted",
        RunState::Aborted => "aborted",
        RunState::Failed => "failed",
        RunState::Killed => "killed",
    }
}

/// What a run did: its tasks, or the iterations of a run that executes no notebook.
fn work(run: &RunEntry) -> String {
    let (count, noun) = if run.tasks > 0 { (run.tasks, "task") } else { (run.iterations, "iteration") };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn table(runs: &[RunEntry], terminal: Terminal) -> String {
    let width = runs.iter().map(|run| run.run.len()).max().unwrap_or(0).max(3);
    let head =
        format!("{:width$}  {:20}  {:>9}  {:11}  {:>16}  {:>8}", "RUN", "STARTED", "LENGTH", "STATE", "WORK", "SIZE");
    let mut lines = vec![terminal.out.bold(&head)];
    for run in runs {
        let length = format_duration(Duration::from_secs(run.length_ns / 1_000_000_000));
        let started = if run.simulated { "SIMULATED".to_owned() } else { rfc3339(run.started_wall_ns) };
        let mut line = format!(
            "{:width$}  {started:20}  {length:>9}  {:11}  {:>16}  {:>5.1} MB",
            run.run,
            state_name(run.state),
            work(run),
            run.bytes as f64 / 1e6
        );
        if run.open_leases > 0 && run.state != RunState::Running {
            line.push_str(&terminal.out.yellow(&format!("  left {} things on hubs: hubmark clean", run.open_leases)));
        }
        lines.push(line);
    }
    lines.join("\n")
}
