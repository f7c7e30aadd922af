//! The composition root: builds the world that a run touches, real or simulated, and the folder that keeps it.

use super::error::{CliError, CliResult};
use super::exit::Exit;
use super::gpus;
use super::scenario::{Env, Scenario};
use super::simulated_farm::SimulatedFarm;
use super::{outside, secrets, sources};
use crate::clock::{Chance, Clock, Wall, rfc3339};
use crate::engine::{Conflate, LiveView, Stop, World};
use crate::event::FORMAT;
use crate::http::{ErrorKind, unusable_proxy};
use crate::hub::{self, ConnectError};
use crate::notebook::Document;
use crate::plan::{Accounts, Calibration, HubTarget, Plan, ServerTarget, Target};
use crate::port::{Hub, Outside, Sampler, Sink};
use crate::record::{Environment, FileHash, InlineStore, Manifest, RunFolder, TargetFacts, ThreadedStore};
use crate::sampler::{HostSampler, SelfSampler, environment};
use crate::sim::{Faults, OWNER, Planted, SimHub, homes};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::watch;

/// Wall time that simulated runs begin at: 2026-01-01T00:00:00Z. Simulated hours are nobody's.
const SIMULATED_WALL_NS: i64 = 1_767_225_600_000_000_000;

/// A world and what goes with it.
pub(crate) struct Wired {
    pub(crate) world: World,
    pub(crate) folder: RunFolder,
    pub(crate) manifest: Manifest,
    /// Number of the last event that is safely in the store.
    pub(crate) kept: Arc<AtomicU64>,
}

/// Why there is no client of a target, with what it is about as `doctor` names it.
pub(crate) struct NoClient {
    pub(crate) topic: &'static str,
    pub(crate) error: CliError,
}

/// Connections to the hubs and servers of a plan. Secrets are read here and go nowhere else. Relative paths start at `folder`.
pub(crate) fn connect(
    targets: &BTreeMap<String, Target>,
    folder: &Path,
    env: &Env,
) -> CliResult<BTreeMap<String, Rc<dyn Hub>>> {
    let one = |(name, target): (&String, &Target)| {
        let hub = connect_one(name, target, folder, env).map_err(|none| none.error)?;
        Ok((name.clone(), hub))
    };
    targets.iter().map(one).collect()
}

/// The connection to one of them.
pub(crate) fn connect_one(name: &str, target: &Target, folder: &Path, env: &Env) -> Result<Rc<dyn Hub>, NoClient> {
    let secrets = secrets::of(name, target, folder, env).map_err(|error| NoClient { topic: "token", error })?;
    if let Some((variable, why)) = unusable_proxy(target.url(), &|name| env(name)) {
        let heading = format!("the proxy that {variable} names for hub {name:?} cannot be used: {why}");
        let error = CliError::new(Exit::Environment, heading).hint(format!(
            "{variable}=http://HOST:PORT, or unset it; NO_PROXY names hosts that are reached without a proxy"
        ));
        return Err(NoClient { topic: "proxy", error });
    }
    let mut target = target.clone();
    if let Target::Hub(HubTarget { ca: Some(ca), .. }) | Target::Server(ServerTarget { ca: Some(ca), .. }) = &mut target
    {
        *ca = folder.join(&*ca);
    }
    hub::connect(&target, secrets).map_err(|error| {
        let (topic, hint) = match &error {
            ConnectError::Ca { .. } => ("ca", Some("`ca` is a PEM file; its path starts at the scenario's folder")),
            ConnectError::Http(http) => match http.kind {
                ErrorKind::Authority => ("ca", Some("it begins with -----BEGIN CERTIFICATE-----")),
                ErrorKind::Header => {
                    ("headers", Some("a name has letters, digits and dashes; a value is one line of ASCII"))
                }
                _ => ("client", None),
            },
        };
        let cli = CliError::caused(Exit::Environment, format!("hub {name:?} cannot be set up"), &error);
        NoClient { topic, error: hint.into_iter().fold(cli, CliError::hint) }
    })
}

fn documents(scenario: &Scenario) -> CliResult<BTreeMap<String, Rc<Document>>> {
    let mut documents = BTreeMap::new();
    for (key, spec) in &scenario.plan.notebooks {
        let bytes = scenario.notebooks.get(key).cloned().unwrap_or_default();
        let document =
            Document::parse(&bytes).and_then(|document| document.with_parameters(&spec.params, &spec.kernel));
        let document = document.map_err(|error| {
            CliError::caused(Exit::Scenario, format!("notebook {key:?} cannot be executed"), &error)
        })?;
        documents.insert(key.clone(), Rc::new(document));
    }
    Ok(documents)
}

fn manifest(scenario: &Scenario, folder: &RunFolder, simulated: bool, wall_ns: i64) -> Manifest {
    let plan = (*scenario.plan).clone();
    Manifest {
        format: FORMAT,
        run: folder.id().to_owned(),
        hubmark: env!("CARGO_PKG_VERSION").to_owned(),
        simulated,
        started_wall_ns: wall_ns,
        ended_wall_ns: None,
        scenario: scenario.path.display().to_string(),
        files: scenario
            .files
            .iter()
            .map(|(path, sha256, bytes)| FileHash { path: path.clone(), sha256: sha256.clone(), bytes: *bytes })
            .collect(),
        source_hash: scenario.source_hash.clone(),
        plan_hash: plan.hash(),
        plan,
        segment: (1, 1),
        command: scenario.command.clone(),
        targets: BTreeMap::new(),
        environment_start: Environment::default(),
        environment_end: None,
    }
}

/// The real world: real hubs, the machine's samplers, a store on a thread of its own.
pub(crate) fn real_world(
    scenario: &Scenario,
    hubs: BTreeMap<String, Rc<dyn Hub>>,
    facts: BTreeMap<String, TargetFacts>,
    runs_dir: &Path,
) -> CliResult<Wired> {
    let nodes = sources::samplers(&scenario.plan, &scenario.folder, &scenario.env)?;
    let wall = Wall::Machine;
    let (view, watch) = Conflate::channel(LiveView::default());
    let mut environment = Environment { facts: environment(), gpus: vec![] };
    let gpus = gpus::start(scenario.simulated_gpus, &scenario.env, &watch, &mut environment)?;
    let outside = outside::real(scenario, &environment.gpus)?;
    let folder = RunFolder::create(runs_dir, &run_id(&scenario.plan, wall.now_ns())).map_err(folder_error)?;
    let mut manifest = manifest(scenario, &folder, false, wall.now_ns());
    manifest.targets = facts;
    manifest.environment_start = environment;
    folder.write_manifest(&manifest).map_err(folder_error)?;
    let store = ThreadedStore::create(folder.path()).map_err(sink_error)?;
    let kept = store.kept();
    let clock = Clock::start(&wall);
    let chance = Chance::new(scenario.plan.seed, &scenario.plan.name);
    let mut samplers: Vec<Box<dyn Sampler>> = vec![Box::new(HostSampler::new()), Box::new(SelfSampler::new())];
    samplers.extend(gpus);
    samplers.extend(nodes);
    let parts =
        Parts { clock, chance, simulated: false, hubs, samplers, outside, view: (view, watch), sink: Box::new(store) };
    let world = world(scenario, parts)?;
    Ok(Wired { world, folder, manifest, kept })
}

/// A world that asks kernels and measures nothing, with a folder for the leases of what that needs.
pub(crate) fn asking_world(
    scenario: &Scenario,
    hubs: BTreeMap<String, Rc<dyn Hub>>,
    runs_dir: &Path,
) -> CliResult<Wired> {
    let wall = Wall::Machine;
    let id = format!("{}-doctor", run_id(&scenario.plan, wall.now_ns()));
    let folder = RunFolder::create(runs_dir, &id).map_err(folder_error)?;
    let manifest = manifest(scenario, &folder, false, wall.now_ns());
    folder.write_manifest(&manifest).map_err(folder_error)?;
    let store = ThreadedStore::create(folder.path()).map_err(sink_error)?;
    let kept = store.kept();
    let clock = Clock::start(&wall);
    let chance = Chance::new(scenario.plan.seed, &scenario.plan.name);
    let view = Conflate::channel(LiveView::default());
    // No code of the scenario runs, so nothing is looked at.
    let outside = outside::nothing();
    let parts = Parts { clock, chance, simulated: false, hubs, samplers: vec![], outside, view, sink: Box::new(store) };
    Ok(Wired { world: world(scenario, parts)?, folder, manifest, kept })
}

/// A simulated world: simulated hubs in virtual time, the machines of the scenario's farm, a store that writes in place. Call it inside a paused runtime.
pub(crate) fn simulated_world(
    scenario: &Scenario,
    calibration: Option<Rc<Calibration>>,
    faults: &[Planted],
    runs_dir: &Path,
) -> CliResult<Wired> {
    let wall = Wall::Fixed(SIMULATED_WALL_NS);
    let plan = &scenario.plan;
    let id = format!("simulated-{}-seed{}-{}", plan.name, plan.seed, &plan.hash()[..6]);
    let clock = Clock::start(&wall);
    let chance = Chance::new(plan.seed, &plan.name);
    // A fault that is refused costs nobody the run before.
    let farm = SimulatedFarm::new(plan, &clock, faults)?;
    let folder = RunFolder::replace(runs_dir, &id).map_err(folder_error)?;
    let mut manifest = manifest(scenario, &folder, true, SIMULATED_WALL_NS);
    let mut hubs: BTreeMap<String, Rc<dyn Hub>> = BTreeMap::new();
    for (name, target) in &plan.targets {
        let hub = SimHub::new(name, matches!(target, Target::Server(_)), &clock, &chance, Faults::default());
        let hub = hub.calibrated(calibration.clone()).on(farm.behind(name));
        hub.add_accounts(existing_accounts(plan, name, target));
        hub.place(homes(plan, name));
        hubs.insert(name.clone(), Rc::new(hub));
        let measured = calibration.iter().map(|times| ("times_measured_by".to_owned(), times.run.clone()));
        let facts =
            TargetFacts { url: target.url().to_string(), version: "simulated".to_owned(), facts: measured.collect() };
        manifest.targets.insert(name.clone(), facts);
    }
    folder.write_manifest(&manifest).map_err(folder_error)?;
    let store = InlineStore::create(folder.path()).map_err(sink_error)?;
    let samplers = farm.sampler(&clock).map(|sampler| Box::new(sampler) as Box<dyn crate::port::Sampler>);
    let samplers = samplers.into_iter().collect();
    let view = Conflate::channel(LiveView::default());
    let outside = outside::nothing();
    let parts = Parts { clock, chance, simulated: true, hubs, samplers, outside, view, sink: Box::new(store) };
    let world = world(scenario, parts)?;
    Ok(Wired { world, folder, manifest, kept: Arc::default() })
}

/// Accounts that the plan expects to be there.
fn existing_accounts(plan: &Plan, name: &str, target: &Target) -> Vec<String> {
    match target {
        Target::Hub(hub) if !hub.accounts.create() => match &hub.accounts {
            Accounts::List { names, .. } => names.clone(),
            Accounts::Own => vec![OWNER.to_owned()],
            Accounts::Pattern { .. } => {
                let users = plan.estimate().hubs.get(name).map_or(0, |hub| hub.accounts);
                (0..users).filter_map(|index| hub.accounts.name(index)).collect()
            }
        },
        _ => vec![],
    }
}

/// What differs between the worlds.
struct Parts {
    clock: Clock,
    chance: Chance,
    simulated: bool,
    hubs: BTreeMap<String, Rc<dyn Hub>>,
    samplers: Vec<Box<dyn Sampler>>,
    outside: Rc<dyn Outside>,
    view: (Conflate<LiveView>, watch::Receiver<LiveView>),
    sink: Box<dyn Sink>,
}

fn world(scenario: &Scenario, parts: Parts) -> CliResult<World> {
    let Parts { clock, chance, simulated, hubs, samplers, outside, view: (view, watch), sink } = parts;
    let script = scenario.hooks(&clock)?;
    let users = scenario.users(&clock)?;
    let documents = documents(scenario)?;
    let stop = Stop::default();
    let outside = Some(outside);
    Ok(World { clock, chance, simulated, hubs, documents, samplers, script, users, outside, sink, view, watch, stop })
}

/// `2026-11-24T04-12-09Z-farm-baseline-k7`: sorts by time, reads well, two characters against collisions.
fn run_id(plan: &Plan, wall_ns: i64) -> String {
    let suffix = crate::plan::sha256_hex(format!("{wall_ns}{}", std::process::id()).as_bytes());
    format!("{}-{}-{}", rfc3339(wall_ns).replace(':', "-"), plan.name, &suffix[..2])
}

/// A run's folder could not be had. Whenever a record cannot be kept, whether at its beginning, midway or at its end, the exit code is the same.
pub(crate) fn folder_error(error: crate::record::FolderError) -> CliError {
    no_record(&error)
}

fn sink_error(error: crate::port::SinkError) -> CliError {
    no_record(&error)
}

/// The record of a run could not be kept.
pub(crate) fn no_record(error: &dyn std::error::Error) -> CliError {
    let error = CliError::caused(Exit::Internal, "failed to keep a record of the run", error);
    // By their words: SQLite and the operating system have no type in common for it.
    let full = ["No space left on device", "disk is full"];
    let error = match error.causes.iter().any(|cause| full.iter().any(|words| cause.contains(words))) {
        true => error.hint("is the disk full?"),
        false => error,
    };
    error.hint("choose another folder with --runs-dir")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_the_code_of_a_record_that_cannot_be_kept_and_is_asked_about() {
        let full = [
            no_record(&std::io::Error::from(rustix::io::Errno::NOSPC)),
            sink_error(crate::port::SinkError("failed to write: database or disk is full".to_owned())),
        ];
        for error in full {
            assert_eq!((error.exit, error.hints[0].as_str()), (Exit::Internal, "is the disk full?"));
        }
        let denied = no_record(&std::io::Error::from(rustix::io::Errno::ACCESS));
        assert_eq!((denied.exit, denied.hints.len()), (Exit::Internal, 1));
    }
}
