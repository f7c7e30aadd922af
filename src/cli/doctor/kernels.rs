//! One kernel of each node: what is installed where notebooks run, and whether kernels are where the farm says.

use super::document::{KernelSeen, Need};
use crate::cli::checkup::{Finding, Level};
use crate::cli::error::{CliError, CliResult};
use crate::cli::exit::Exit;
use crate::cli::scenario::Scenario;
use crate::cli::wire::{self, Wired};
use crate::cli::{Terminal, clean, run, runs, signals};
use crate::engine::{self, KernelLook};
use crate::event::PlacementVerdict;
use crate::plan::PlacementRule;
use crate::record::remove_run;
use std::path::Path;
use std::rc::Rc;

/// Opens the kernels, asks them and removes them again. What is made meanwhile is leased in a run's folder of its own, so that `hubmark clean` finds it
/// if this process is killed; the folder goes when nothing is left.
pub(super) async fn look(
    scenario: &Scenario,
    needs: &[Need],
    runs_dir: &Path,
    terminal: Terminal,
) -> CliResult<Vec<KernelSeen>> {
    let hubs = wire::connect(&scenario.plan.targets, &scenario.folder, &scenario.env)?;
    let Wired { world, folder, .. } = wire::asking_world(scenario, hubs, runs_dir)?;
    terminal.say(&format!("asking kernels; what they need is leased as {}", folder.id()));
    let signals = signals::watch(world.stop.clone());
    let plan = Rc::clone(&scenario.plan);
    let looked = engine::look(plan, folder.id(), &scenario.source_hash, world);
    let (end, looks) = tokio::select! { biased;
        looked = looked => looked,
        () = signals => Default::default(),
    };
    let path = folder.path().to_owned();
    drop(folder);
    let left: Vec<_> = end.clean.left_behind().collect();
    for step in &left {
        terminal.say(&format!("{} {} could not be removed", terminal.err.red("warning:"), clean::thing(&step.lease)));
    }
    if left.is_empty() {
        remove_run(&path, false).map_err(runs::folder_error)?;
    }
    if let Some(error) = &end.error {
        return Err(run::engine_error(error));
    }
    if let Some(why) = end.interrupted {
        return Err(CliError::new(Exit::Interrupted, format!("stopped while kernels were asked: {why}")));
    }
    let farm = &scenario.plan.farm;
    // Such a run ends before its load, or is invalid: figures of GPUs that others have too say nothing.
    let strict = farm.placement == PlacementRule::Declared || farm.dedicated;
    Ok(looks.into_iter().map(|look| seen(look, needs, strict)).collect())
}

fn seen(look: KernelLook, needs: &[Need], strict: bool) -> KernelSeen {
    let mut findings = Vec::new();
    let home = match look.home {
        Ok(home) => {
            findings.push(Finding::new(Level::Ok, "kernel", format!("Python {}", home.python)));
            home
        }
        Err(why) => {
            let mut finding = Finding::new(Level::Fail, "kernel", "it could not be asked");
            finding.causes.push(why);
            findings.push(finding);
            Default::default()
        }
    };
    if findings.iter().all(|finding| finding.level == Level::Ok) {
        findings.push(packages(&look.spec, needs, &home.versions));
    }
    if let Some(placement) = &look.placement {
        let level = match placement.verdict {
            PlacementVerdict::Verified => Level::Ok,
            PlacementVerdict::Contradicted if strict => Level::Fail,
            PlacementVerdict::Contradicted | PlacementVerdict::Unverified => Level::Warn,
        };
        let finding = Finding::new(level, "placement", format!("{}: {}", placement.verdict.name(), placement.why));
        findings.push(match level {
            Level::Fail => finding.hint("move the kernels, or say in hm.node where they are (host, gpus)"),
            Level::Ok | Level::Warn => finding,
        });
    }
    KernelSeen {
        target: look.target,
        node: look.node,
        spec: look.spec,
        host: home.host,
        python: home.python,
        driver: home.driver,
        gpus: home.gpus.into_iter().map(|gpu| gpu.uuid).collect(),
        packages: home.versions,
        placement: look.placement.map(|placement| placement.verdict.name().to_owned()),
        findings,
    }
}

/// Whether what notebooks import is installed. The packages are not imported: that would be load.
fn packages(spec: &str, needs: &[Need], there: &std::collections::BTreeMap<String, String>) -> Finding {
    let wanted: Vec<&Need> = needs.iter().filter(|need| need.specs.iter().any(|other| other == spec)).collect();
    let missing: Vec<&&Need> = wanted.iter().filter(|need| !there.contains_key(&need.package)).collect();
    if missing.is_empty() {
        let packages: Vec<&str> = wanted.iter().map(|need| need.package.as_str()).collect();
        let text = if packages.is_empty() { "notebooks need none of them".to_owned() } else { packages.join(", ") };
        return Finding::new(Level::Ok, "packages", text);
    }
    let text: Vec<String> = missing
        .iter()
        .map(|need| format!("{} is not installed (imported by {})", need.package, need.notebooks.join(", ")))
        .collect();
    let install: Vec<&str> = missing.iter().map(|need| need.package.as_str()).collect();
    Finding::new(Level::Fail, "packages", text.join("; "))
        .hint(format!("in the environment of kernel {spec} there: python -m pip install {}", install.join(" ")))
}
