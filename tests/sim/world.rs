//! Plans and worlds for these tests.

use hubmark::clock::{Chance, Clock, Wall};
use hubmark::engine::{Conflate, LiveView, RunEnd, Stop, World, run};
use hubmark::event::{Event, KernelHome};
use hubmark::notebook::Document;
use hubmark::plan::{
    Accounts, Calibration, Distribution, Executor, ExecutorKind, Habits, HubTarget, Keep, MixEntry, NotebookSpec, Plan,
    SecretRef, SpawnPacing, Target, UserSpec,
};
use hubmark::port::{Hub, Local, Record, Sink, SinkError, UserScripts};
use hubmark::sim::{Faults, SimHub, homes};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

const NOTEBOOK: &str = r#"{"nbformat":4,"nbformat_minor":5,"metadata":{"kernelspec":{"name":"python3"}},"cells":[
    {"cell_type":"code","id":"a","metadata":{},"source":"1","outputs":[],"execution_count":null},
    {"cell_type":"code","id":"b","metadata":{},"source":"2","outputs":[],"execution_count":null}]}"#;

pub(crate) fn seconds(s: u64) -> Duration {
    Duration::from_secs(s)
}

/// An executor over all targets that starts at once.
pub(crate) fn executor(kind: ExecutorKind) -> Executor {
    Executor {
        user: "agent".to_owned(),
        on: vec![],
        nodes: vec![],
        per_node: 1,
        start: Duration::ZERO,
        graceful_stop: seconds(30),
        tags: BTreeMap::new(),
        kind,
    }
}

/// One hub, one notebook of 20 s, users that think 5 s.
pub(crate) fn plan(load: ExecutorKind) -> Plan {
    let hub = HubTarget {
        url: "http://127.0.0.1:1/".parse().unwrap(),
        token: SecretRef::Env("UNUSED".to_owned()),
        accounts: Accounts::Pattern { pattern: "sim-%03d".to_owned(), create: true },
        options: serde_json::Map::new(),
        headers: BTreeMap::new(),
        ca: None,
    };
    let notebook = NotebookSpec {
        path: "n.ipynb".into(),
        sha256: String::new(),
        code_cells: 2,
        kernel: "python3".to_owned(),
        params: serde_json::Map::new(),
        undeclared: Vec::new(),
        timeout: seconds(120),
        expect: Some(seconds(20)),
        needs: Default::default(),
    };
    let user = UserSpec {
        mix: vec![MixEntry { notebook: "n".to_owned(), weight: 1.0 }],
        think: Distribution::Constant { value: seconds(5) },
        pacing: None,
        notebooks_per_session: 3,
        habits: Habits::default(),
        behaviour: None,
    };
    Plan {
        name: "test".to_owned(),
        about: None,
        api: 1,
        tags: BTreeMap::new(),
        seed: 1,
        targets: BTreeMap::from([("hub".to_owned(), Target::Hub(hub))]),
        prometheus: BTreeMap::new(),
        farm: hubmark::plan::Farm::default(),
        notebooks: BTreeMap::from([("n".to_owned(), notebook)]),
        users: BTreeMap::from([("agent".to_owned(), user)]),
        metrics: BTreeMap::new(),
        load: BTreeMap::from([("agents".to_owned(), executor(load))]),
        spawns: SpawnPacing::default(),
        sampling: hubmark::plan::Sampling::default(),
        thresholds: vec![],
        hooks: BTreeSet::new(),
        keep: Keep::Sample,
        params: BTreeMap::new(),
    }
}

/// Keeps records in memory.
#[derive(Clone, Default)]
pub(crate) struct Memory(Rc<RefCell<Vec<Record>>>);

impl Memory {
    /// How many records it has.
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl Sink for Memory {
    fn write<'a>(&'a mut self, batch: &'a [Record]) -> Local<'a, Result<(), SinkError>> {
        self.0.borrow_mut().extend_from_slice(batch);
        Box::pin(std::future::ready(Ok(())))
    }

    fn sync(&mut self) -> Local<'_, Result<(), SinkError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// A run that ended: what it recorded, how it ended, and the hub it left.
pub(crate) struct Ended {
    pub(crate) events: Vec<Event>,
    pub(crate) files: Vec<String>,
    pub(crate) end: RunEnd,
    pub(crate) hub: SimHub,
}

/// What happens beside a run.
#[derive(Clone, Default)]
pub(crate) struct Beside {
    pub(crate) faults: Faults,
    /// Stop requests: level at a time of the run's clock.
    pub(crate) stops: Vec<(Duration, hubmark::engine::StopLevel)>,
    /// Whether the hub is a plain server; the plan's target must be one then.
    pub(crate) plain: bool,
    /// The code of users of one's own.
    pub(crate) users: Option<Rc<dyn UserScripts>>,
    /// What the hub's times are drawn from, where they were measured.
    pub(crate) calibration: Option<Rc<Calibration>>,
    /// Where kernels are that are elsewhere than the farm says, by the path of their server.
    pub(crate) homes: BTreeMap<String, KernelHome>,
    /// Accounts of other people: name, and whether its server runs.
    pub(crate) others: Vec<(String, bool)>,
}

/// Runs a plan in virtual time.
pub(crate) fn simulate(plan: &Plan, seed: u64, beside: &Beside) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = Clock::start(&Wall::Fixed(1_700_000_000_000_000_000));
        let chance = Chance::new(seed, &plan.name);
        let hub =
            SimHub::new("hub", beside.plain, &clock, &chance, beside.faults).calibrated(beside.calibration.clone());
        hub.place(homes(plan, "hub"));
        hub.place(beside.homes.clone());
        beside.others.iter().for_each(|(name, running)| hub.add_account(name, *running));
        let memory = Memory::default();
        let (view, watch) = Conflate::channel(LiveView::default());
        let stop = Stop::default();
        let hubs: BTreeMap<String, Rc<dyn Hub>> =
            BTreeMap::from([("hub".to_owned(), Rc::new(hub.clone()) as Rc<dyn Hub>)]);
        let document = Rc::new(Document::parse(NOTEBOOK.as_bytes()).unwrap());
        let world = World {
            clock: clock.clone(),
            chance,
            simulated: true,
            hubs,
            documents: plan.notebooks.keys().map(|key| (key.clone(), Rc::clone(&document))).collect(),
            samplers: vec![],
            script: None,
            users: beside.users.clone(),
            outside: None,
            sink: Box::new(memory.clone()),
            view,
            watch,
            stop: stop.clone(),
        };
        let stops = async {
            for (at, level) in &beside.stops {
                clock.sleep_until(at.as_nanos() as u64).await;
                stop.request(*level, "test");
            }
            std::future::pending::<()>().await;
        };
        let end = tokio::select! { biased;
            end = run(Rc::new(plan.clone()), "test", "", world) => end,
            () = stops => unreachable!("it never ends"),
        };
        let records = memory.0.take();
        let mut events = Vec::new();
        let mut files = Vec::new();
        for record in records {
            match record {
                Record::Event(event) => events.push((*event).clone()),
                Record::File { path, .. } => files.push(path),
                Record::Samples(_) => {}
            }
        }
        Ended { events, files, end, hub }
    })
}
