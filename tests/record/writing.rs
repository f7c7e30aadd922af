//! Records for these tests.

use hubmark::clock::rfc3339;
use hubmark::event::{Event, EventKind, FORMAT, Ids, LeaseKind, LeaseRecord, LeaseState, Level, LogLine};
use hubmark::plan::{Plan, Sampling, SpawnPacing};
use hubmark::port::{Local, Record, Sink, SinkError};
use hubmark::record::{Environment, Manifest};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) fn manifest(run: &str) -> Manifest {
    let plan = Plan {
        name: "test".to_owned(),
        about: None,
        api: 1,
        tags: BTreeMap::new(),
        seed: 1,
        targets: BTreeMap::new(),
        prometheus: BTreeMap::new(),
        farm: Default::default(),
        notebooks: BTreeMap::new(),
        users: BTreeMap::new(),
        metrics: BTreeMap::new(),
        load: BTreeMap::new(),
        spawns: SpawnPacing::default(),
        sampling: Sampling::default(),
        thresholds: vec![],
        hooks: BTreeSet::new(),
        keep: hubmark::plan::Keep::Sample,
        params: BTreeMap::new(),
    };
    Manifest {
        format: FORMAT,
        run: run.to_owned(),
        hubmark: "0".to_owned(),
        simulated: false,
        started_wall_ns: 0,
        ended_wall_ns: None,
        scenario: rfc3339(0),
        files: vec![],
        source_hash: String::new(),
        plan_hash: plan.hash(),
        plan,
        segment: (1, 1),
        command: vec![],
        targets: BTreeMap::new(),
        environment_start: Environment::default(),
        environment_end: None,
    }
}

pub(crate) fn event(seq: u64, kind: EventKind) -> Record {
    let event = Event { seq, t_ns: seq * 1000, incarnation: 1, generation: 1, segment: 1, ids: Ids::default(), kind };
    Record::Event(Arc::new(event))
}

pub(crate) fn log(seq: u64) -> Record {
    event(seq, EventKind::Log(LogLine::new(Level::Info, format!("event {seq}"))))
}

pub(crate) fn lease(seq: u64, lease: u64, state: LeaseState) -> Record {
    event(
        seq,
        EventKind::Lease(LeaseRecord {
            lease,
            what: LeaseKind::Account,
            target: "hub".to_owned(),
            account: format!("a{lease}"),
            name: String::new(),
            server: String::new(),
            state,
            wall_ns: 0,
        }),
    )
}

/// Runs a store's future to its end.
pub(crate) fn wait<T>(future: Local<'_, Result<T, SinkError>>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future).unwrap()
}

pub(crate) fn write(store: &mut dyn Sink, batch: &[Record]) {
    wait(store.write(batch));
}
