//! `hubmark clean`: removes what killed runs left on hubs, exactly by their ledgers.

use super::Terminal;
use super::args::{CleanArgs, Format};
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::wire;
use crate::clock::{Clock, Wall};
use crate::engine::{CleanReport, clean_leases};
use crate::event::{LeaseRecord, LeaseState};
use crate::record::{Reader, RunSource, close_leases, find_run, list_runs};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Cleans one run or all of them.
pub(crate) fn clean(args: &CleanArgs, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let folders: Vec<PathBuf> = match &args.run {
        Some(run) => vec![
            find_run(runs_dir, run).map_err(|error| CliError::caused(Exit::Usage, "failed to find the run", &error))?,
        ],
        None => {
            let (runs, _) = list_runs(runs_dir)
                .map_err(|error| CliError::caused(Exit::Usage, "failed to list the runs", &error))?;
            let left =
                runs.into_iter().filter(|run| run.open_leases > 0 && run.state != crate::record::RunState::Running);
            left.map(|run| run.folder).collect()
        }
    };
    let mut exit = Exit::Success;
    let mut results = Vec::new();
    for folder in &folders {
        let report = clean_run(folder)?;
        if report.left_behind().next().is_some() {
            exit = Exit::Environment;
        }
        show(folder, &report, terminal);
        results.push(json!({"folder": folder, "steps": report.steps.iter().map(step_json).collect::<Vec<_>>()}));
    }
    if terminal.format == Format::Json {
        terminal.json(&results);
    } else if folders.is_empty() {
        terminal.result("nothing to clean: every run removed what it made");
    }
    Ok(exit)
}

fn clean_run(folder: &Path) -> CliResult<CleanReport> {
    let read_error =
        |error: crate::record::SourceError| CliError::caused(Exit::Internal, "failed to read the run", &error);
    let reader = Reader::open(folder).map_err(read_error)?;
    if reader.is_running() {
        return Err(CliError::new(Exit::Usage, format!("run {} is still running", reader.manifest().run))
            .hint("stop it with Ctrl-C or SIGTERM: it cleans up after itself"));
    }
    let open = reader.open_leases().map_err(read_error)?;
    let manifest = reader.manifest();
    if open.is_empty() || manifest.simulated {
        return Ok(CleanReport::default());
    }
    let mut targets = manifest.plan.targets.clone();
    targets.retain(|name, _| open.iter().any(|lease| lease.target == *name));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::caused(Exit::Internal, "failed to start the runtime", &error))?;
    let report = runtime.block_on(async {
        let env: super::scenario::Env = Rc::new(|name| std::env::var(name).ok());
        let base = Path::new(&manifest.scenario).parent().unwrap_or(Path::new("."));
        let hubs = wire::connect(&targets, base, &env)?;
        Ok::<_, CliError>(clean_leases(&hubs, &open, &Clock::start(&Wall::Machine)).await)
    })?;
    let wall_ns = Wall::Machine.now_ns();
    let closed: Vec<LeaseRecord> = report
        .steps
        .iter()
        .filter(|step| step.result.is_ok())
        .map(|step| LeaseRecord { state: LeaseState::Closed, wall_ns, ..step.lease.clone() })
        .collect();
    close_leases(folder, &closed)
        .map_err(|error| CliError::caused(Exit::Internal, "failed to write down what was removed", &error))?;
    Ok(report)
}

fn step_json(step: &crate::engine::CleanStep) -> serde_json::Value {
    let (result, why) = match &step.result {
        Ok(true) => ("removed", None),
        Ok(false) => ("left_alone", None),
        Err(failure) => ("left_behind", Some(failure.to_string())),
    };
    json!({"lease": step.lease, "result": result, "why": why})
}

fn show(folder: &Path, report: &CleanReport, terminal: Terminal) {
    if terminal.format == Format::Json {
        return;
    }
    let style = terminal.out;
    let run = folder.file_name().unwrap_or_default().to_string_lossy();
    terminal.result(&format!("{}: {} leases were open", style.bold(&run), report.steps.len()));
    for step in &report.steps {
        let what = thing(&step.lease);
        let result = match &step.result {
            Ok(true) => style.green("gone"),
            Ok(false) => style.yellow("left alone: it is not the one that this run made"),
            Err(failure) => style.red(&format!("may still be there: {failure}")),
        };
        terminal.result(&format!("  {what}: {result}"));
    }
}

/// A leased thing in words: `kernel k1 of ada on hub`.
pub(crate) fn thing(lease: &LeaseRecord) -> String {
    let (what, name, account, target) = (lease.what, &lease.name, &lease.account, &lease.target);
    match (account.is_empty(), name.is_empty()) {
        (false, true) => format!("{what} of {account} on {target}"),
        (false, false) => format!("{what} {name} of {account} on {target}"),
        (true, _) => format!("{what} {name} on {target}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::LeaseKind;

    #[test]
    fn a_thing_is_told_with_its_account_apart() {
        let told = |what, account: &str, name: &str| {
            let lease = serde_json::from_value(json!({
                "lease": 1, "what": what, "target": "hub", "account": account, "name": name, "state": "created", "wall_ns": 0,
            }));
            thing(&lease.unwrap())
        };
        assert_eq!(told(LeaseKind::Kernel, "ada", "k1"), "kernel k1 of ada on hub");
        assert_eq!(told(LeaseKind::Server, "ada", ""), "server of ada on hub");
        assert_eq!(told(LeaseKind::Kernel, "", "k1"), "kernel k1 on hub");
    }
}
