//! `hubmark simulate`: the same engine and the same scenario in virtual time.

use super::Terminal;
use super::args::SimulateArgs;
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::{Overrides, Scenario};
use super::wire::{self, Wired};
use super::{report, run};
use crate::engine;
use crate::plan::Calibration;
use std::path::Path;
use std::rc::Rc;

/// Simulates a scenario.
pub(crate) fn simulate(args: &SimulateArgs, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let scenario = Scenario::load_with(&args.scenario, Overrides { ticks: true, ..Overrides::default() })?;
    scenario.say_printed(terminal);
    let calibration = args.calibration.as_deref().map(|path| calibration(path, &scenario, terminal)).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| CliError::caused(Exit::Internal, "failed to start the runtime", &error))?;
    let (end, folder) = runtime.block_on(async {
        let Wired { world, folder, mut manifest, .. } =
            wire::simulated_world(&scenario, calibration, &args.fault, runs_dir)?;
        let clock = world.clock.clone();
        let end = engine::run(Rc::clone(&scenario.plan), folder.id(), &scenario.source_hash, world).await;
        manifest.ended_wall_ns = Some(clock.wall_ns_at(clock.now_ns()));
        folder.write_manifest(&manifest).map_err(wire::folder_error)?;
        Ok::<_, CliError>((end, folder))
    })?;
    let path = folder.path().to_owned();
    drop(folder);
    let written = report::write_all(&path)?;
    run::finish(&end, &written, args.undecided, terminal)
}

/// Reads a calibration; says which notebooks of the scenario it does not tell of.
fn calibration(path: &Path, scenario: &Scenario, terminal: Terminal) -> CliResult<Rc<Calibration>> {
    let unusable = |error: &dyn std::error::Error| {
        CliError::caused(Exit::Usage, format!("the calibration {} cannot be used", path.display()), error)
            .hint("`hubmark runs calibrate RUN --output FILE` writes one from a real run")
    };
    let bytes = std::fs::read(path).map_err(|error| unusable(&error))?;
    let calibration = Calibration::parse(&bytes).map_err(|error| unusable(&error))?;
    let missing: Vec<&str> = scenario
        .plan
        .notebooks
        .keys()
        .filter(|key| !calibration.notebooks.contains_key(*key))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        let text = format!("run {} did not execute {}: their times are guessed", calibration.run, missing.join(", "));
        terminal.say(&format!("{} {text}", terminal.err.yellow("warning:")));
    }
    Ok(Rc::new(calibration))
}
