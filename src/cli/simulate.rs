//! `hubmark simulate`: the same engine and the same scenario in virtual time.

use super::Terminal;
use super::args::ScenarioArgs;
use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::scenario::{Overrides, Scenario};
use super::wire::{self, Wired};
use super::{report, run};
use crate::engine;
use std::path::Path;
use std::rc::Rc;

/// Simulates a scenario.
pub(crate) fn simulate(args: &ScenarioArgs, runs_dir: &Path, terminal: Terminal) -> CliResult<Exit> {
    let scenario = Scenario::load_with(args, Overrides { ticks: true, ..Overrides::default() })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| CliError::caused(Exit::Internal, "failed to start the runtime", &error))?;
    let (end, folder) = runtime.block_on(async {
        let Wired { world, folder, mut manifest, .. } = wire::simulated_world(&scenario, runs_dir)?;
        let clock = world.clock.clone();
        let end = engine::run(Rc::clone(&scenario.plan), folder.id(), &scenario.source_hash, world).await;
        manifest.ended_wall_ns = Some(clock.wall_ns_at(clock.now_ns()));
        folder.write_manifest(&manifest).map_err(wire::folder_error)?;
        Ok::<_, CliError>((end, folder))
    })?;
    let path = folder.path().to_owned();
    drop(folder);
    let written = report::write_all(&path)?;
    run::finish(&end, &written, terminal)
}
