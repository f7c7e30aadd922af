//! One run, from the first event to the last lease.

use super::channel::Conflate;
use super::cleanup::{CleanReport, clean_leases};
use super::context::{Context, KeptNotebooks};
use super::dispatcher::{Dispatcher, Emitter};
use super::executor;
use super::hooks::{self, Hooks, TaskQueue, TaskReceiver};
use super::lease::Ledger;
use super::look::Looks;
use super::own::{self, Scripts};
use super::placement::{self, KernelLook, Misplaced, Seat};
use super::sampling::{self, Lateness};
use super::setup::{self, SetupError};
use super::spawns::SpawnGate;
use super::stop::{Stop, StopLevel};
use super::threshold::Watch;
use super::view::LiveView;
use crate::clock::{Chance, Clock};
use crate::event::{EventKind, Ids, Phase};
use crate::notebook::Document;
use crate::plan::{NodesOfUsers, Plan, place, sha256_hex};
use crate::port::{HookCall, Hub, Outside, Sampler, Script, ScriptFault, Sink, UserScripts};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Digits of a run's id that stand in the names of what it makes. Two runs have the same in one of 16 million cases.
const NONCE: usize = 6;

/// Everything that a run touches. Built by the composition root, real or simulated.
pub struct World {
    /// The run's clock, started now.
    pub clock: Clock,
    /// Source of random choices.
    pub chance: Chance,
    /// Whether this world is simulated.
    pub simulated: bool,
    /// Hubs and servers by name.
    pub hubs: BTreeMap<String, Rc<dyn Hub>>,
    /// Notebooks by key.
    pub documents: BTreeMap<String, Rc<Document>>,
    /// What is measured beside the load.
    pub samplers: Vec<Box<dyn Sampler>>,
    /// The scenario's hooks, where it has any.
    pub script: Option<Box<dyn Script>>,
    /// What makes the code of the scenario's own users, where it has any.
    pub users: Option<Rc<dyn UserScripts>>,
    /// What the scenario's functions may look at outside of the run; `None` where that is nothing.
    pub outside: Option<Rc<dyn Outside>>,
    /// Where records go.
    pub sink: Box<dyn Sink>,
    /// The live view's sending side.
    pub view: Conflate<LiveView>,
    /// The live view's receiving side, for hooks.
    pub watch: watch::Receiver<LiveView>,
    /// The switch that stops the run.
    pub stop: Stop,
}

/// Why a run ended before its load, or cannot be trusted to have a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Accounts.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The scenario's `setup`.
    #[error("hook setup failed: {0}")]
    Script(#[from] ScriptFault),
    /// The scenario's own users.
    #[error("the code of users cannot be loaded again: {0}")]
    Users(ScriptFault),
    /// Kernels that are somewhere else than the farm says.
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
    /// The store.
    #[error("the record cannot be kept: {0}")]
    Record(String),
}

/// How a run ended.
#[derive(Debug, Default)]
pub struct RunEnd {
    /// Whether somebody stopped it before its time, and why.
    pub interrupted: Option<String>,
    /// The objective that ended it before its time, if one did, as the author wrote it.
    pub aborted: Option<String>,
    /// What was removed from hubs at the end, and what could not be.
    pub clean: CleanReport,
    /// Why it could not do its work.
    pub error: Option<EngineError>,
}

/// Runs a plan to its end and cleans up after it, whatever happens. Must be called on a current-thread runtime.
pub async fn run(plan: Rc<Plan>, run_id: &str, source_hash: &str, world: World) -> RunEnd {
    tokio::task::LocalSet::new().run_until(drive(plan, run_id, source_hash, world, None)).await
}

/// Opens one kernel for each node of a plan, or for each hub whose users have no nodes, asks it what it is, and removes again what was made for that.
/// No hook is called and nothing is executed but the question. Accounts, servers and kernels are leased as in a run.
pub async fn look(plan: Rc<Plan>, run_id: &str, source_hash: &str, world: World) -> (RunEnd, Vec<KernelLook>) {
    let world = World { script: None, users: None, samplers: vec![], ..world };
    let mut looks = Vec::new();
    let end = tokio::task::LocalSet::new().run_until(drive(plan, run_id, source_hash, world, Some(&mut looks))).await;
    (end, looks)
}

/// A run, or a look where there is a place for what was seen.
async fn drive(
    plan: Rc<Plan>,
    run_id: &str,
    source_hash: &str,
    world: World,
    looks: Option<&mut Vec<KernelLook>>,
) -> RunEnd {
    let World { clock, chance, simulated, hubs, documents, samplers, script, users, outside, sink, view, watch, stop } =
        world;
    let (tasks, task_rx) = TaskQueue::channel(hooks::QUEUE);
    if script.is_none() {
        tasks.close();
    }
    let thresholds = Watch::of(&plan);
    let (emit, dispatcher) = Dispatcher::new(&clock, sink, view, tasks.clone(), stop.clone(), thresholds.clone());
    let dispatcher = tokio::task::spawn_local(dispatcher.run());
    let seen = Looks::new(&plan, &clock, simulated, &hubs, outside, watch.clone());
    let context = Rc::new(Context {
        gates: hubs.keys().map(|name| (name.clone(), SpawnGate::new(&plan.spawns, &clock))).collect(),
        ledger: Ledger::new(emit.clone(), clock.clone()),
        plan: Rc::clone(&plan),
        clock: clock.clone(),
        chance,
        hubs,
        documents,
        emit: emit.clone(),
        stop: stop.clone(),
        kept: KeptNotebooks::default(),
        staying: std::cell::RefCell::default(),
        looks: Rc::clone(&seen),
        thresholds,
        scripts: users.map(|users| Scripts::new(users, run_id, simulated, watch.clone())),
        nonce: sha256_hex(run_id.as_bytes())[..NONCE].to_owned(),
    });
    begin(&context, run_id, source_hash, simulated).await;
    let mut sampling = start_sampling(&context, samplers, simulated);
    let hooks = script.map(|script| Hooks {
        plan: Rc::clone(&plan),
        script,
        run_id: run_id.to_owned(),
        simulated,
        clock: clock.clone(),
        emit: emit.clone(),
        stop: stop.clone(),
        view: watch,
        nodes: NodesOfUsers::of(&plan),
        looks: seen,
    });
    let (mut end, hooks) = match looks {
        None => work(&context, hooks, &tasks, task_rx).await,
        Some(looks) => (ask_kernels(&context, looks).await, None),
    };
    teardown(&context, hooks, tasks.skipped(), &mut end).await;
    sampling.shutdown().await;
    end.aborted = stop.aborted();
    end.interrupted = (stop.level() > StopLevel::Go && end.aborted.is_none()).then(|| stop.reason());
    emit.log_left_out().await;
    finish(&emit, &end).await;
    // The dispatcher ends when the last emitter is gone.
    drop((emit, context));
    match dispatcher.await {
        Ok(None) => {}
        Ok(Some(why)) => end.error = Some(EngineError::Record(why)),
        Err(panic) => end.error = Some(EngineError::Record(panic.to_string())),
    }
    end
}

async fn begin(context: &Context, run_id: &str, source_hash: &str, simulated: bool) {
    let emit = &context.emit;
    emit.event(Ids::default(), EventKind::RunStarted { run: run_id.to_owned(), simulated }).await;
    let wall_ns = context.clock.wall_ns_at(context.clock.now_ns());
    emit.event(Ids::default(), EventKind::ClockAnchor { wall_ns }).await;
    let source_hash = source_hash.to_owned();
    emit.event(Ids::default(), EventKind::GenerationStarted { plan_hash: context.plan.hash(), source_hash }).await;
    phase(emit, Phase::Setup).await;
}

async fn phase(emit: &Emitter, phase: Phase) {
    emit.event(Ids::default(), EventKind::PhaseEntered { phase }).await;
}

/// In a simulated world nothing measures hubmark's own timers: they say nothing about the simulated one.
fn start_sampling(context: &Context, samplers: Vec<Box<dyn Sampler>>, simulated: bool) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let mut start = |sampler: Box<dyn Sampler>| {
        let interval = sampler.interval(&context.plan.sampling);
        let latest = Rc::clone(&context.looks.latest);
        tasks.spawn_local(sampling::run(sampler, interval, context.clock.clone(), context.emit.clone(), latest));
    };
    samplers.into_iter().for_each(&mut start);
    if !simulated {
        let lateness = Lateness::default();
        start(Box::new(lateness.clone()));
        tasks.spawn_local(lateness.probe(context.clock.clone(), context.emit.clone()));
    }
    tasks
}

/// Setup and load.
async fn work(
    context: &Rc<Context>,
    hooks: Option<Hooks>,
    tasks: &TaskQueue,
    task_rx: TaskReceiver,
) -> (RunEnd, Option<Hooks>) {
    let mut end = RunEnd::default();
    let mut hooks = hooks;
    let mut placements = place(&context.plan).unwrap_or_default();
    let ready = tokio::select! { biased;
        () = context.stop.reached(StopLevel::Hard) => None,
        result = setup::accounts(context, &mut placements) => Some(result),
    };
    if let Some(Err(error)) = ready {
        end.error = Some(error.into());
    }
    if end.error.is_none()
        && let Some(hooks) = &mut hooks
        && let Err(fault) = hooks.once(HookCall::Setup).await
    {
        end.error = Some(fault.into());
    }
    if end.error.is_none()
        && let Err(fault) = own::prepare(context, &placements).await
    {
        end.error = Some(EngineError::Users(fault));
    }
    let mut seats = Vec::new();
    if end.error.is_none() && context.stop.level() == StopLevel::Go {
        match placement::verify(context, placements).await {
            Ok(found) => seats = found,
            Err(misplaced) => end.error = Some(misplaced.into()),
        }
    }
    if end.error.is_some() || context.stop.level() > StopLevel::Go {
        phase(&context.emit, Phase::Teardown).await;
        return (end, hooks);
    }
    let running = hooks.map(|hooks| tokio::task::spawn_local(hooks.tasks(task_rx, tasks.clone())));
    load(context, seats).await;
    // Once this is durable the dispatcher has handed on every task, and the hook's queue may close behind the last one.
    context.emit.durable(Ids::default(), EventKind::PhaseEntered { phase: Phase::Teardown }).await;
    tasks.close();
    let hooks = match running {
        Some(running) => running.await.ok(),
        None => None,
    };
    (end, hooks)
}

/// What a look does in the place of setup and load.
async fn ask_kernels(context: &Context, looks: &mut Vec<KernelLook>) -> RunEnd {
    let mut placements = placement::first_of_each(place(&context.plan).unwrap_or_default());
    let ready = tokio::select! { biased;
        () = context.stop.reached(StopLevel::Hard) => None,
        result = setup::accounts(context, &mut placements) => Some(result),
    };
    let error = ready.and_then(Result::err).map(EngineError::from);
    if error.is_none() && context.stop.level() == StopLevel::Go {
        *looks = placement::look_at(context, placements).await;
    }
    phase(&context.emit, Phase::Teardown).await;
    RunEnd { error, ..RunEnd::default() }
}

async fn load(context: &Rc<Context>, all: Vec<Seat>) {
    phase(&context.emit, Phase::Load).await;
    let load_ns = context.clock.now_ns();
    let mut seats: BTreeMap<String, Vec<Seat>> = BTreeMap::new();
    for seat in all {
        seats.entry(seat.placement.executor.clone()).or_default().push(seat);
    }
    let mut executors = JoinSet::new();
    for (key, plan) in &context.plan.load {
        let seats = seats.remove(key).unwrap_or_default();
        executors.spawn_local(executor::run(Rc::clone(context), key.clone(), Rc::new(plan.clone()), seats, load_ns));
    }
    let drain = {
        let context = Rc::clone(context);
        tokio::task::spawn_local(async move {
            context.stop.reached(StopLevel::Graceful).await;
            let (reason, hard) = (context.stop.reason(), context.stop.level() == StopLevel::Hard);
            context.emit.event(Ids::default(), EventKind::StopRequested { reason, hard }).await;
            phase(&context.emit, Phase::Drain).await;
        })
    };
    let judging = tokio::task::spawn_local(context.thresholds.clone().run(Rc::clone(context), load_ns));
    while executors.join_next().await.is_some() {}
    for beside in [judging, drain] {
        beside.abort();
        let _ = beside.await;
    }
}

async fn teardown(context: &Context, hooks: Option<Hooks>, skipped: u64, end: &mut RunEnd) {
    if let Some(mut hooks) = hooks {
        if skipped > 0 {
            hooks.degraded(format!("task_done was too slow: {skipped} calls were skipped")).await;
        }
        if let Err(fault) = hooks.once(HookCall::Teardown).await {
            hooks.degraded(format!("hook teardown failed: {fault}")).await;
        }
    }
    // Those who stayed are put out with everything else that is still leased.
    drop(context.staying.take());
    let open = context.ledger.open();
    end.clean = clean_leases(&context.hubs, &open, &context.clock).await;
    for step in &end.clean.steps {
        if step.result.is_ok() {
            context.ledger.closed(step.lease.lease).await;
        }
    }
}

async fn finish(emit: &Emitter, end: &RunEnd) {
    let kind = EventKind::RunEnded {
        interrupted: end.interrupted.is_some(),
        error: end.error.as_ref().map(ToString::to_string),
        left_behind: end.clean.left_behind().count() as u32,
        aborted: end.aborted.clone(),
    };
    emit.durable(Ids::default(), kind).await;
}
