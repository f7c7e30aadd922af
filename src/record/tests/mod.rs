//! Tests of the store as a whole.

mod ledger;
mod runs;
mod store;

use super::{Environment, Manifest, RunFolder};
use crate::event::{
    Event, EventKind, FORMAT, Ids, LeaseKind, LeaseRecord, LeaseState, Outcome, Sample, SampleBatch, SeriesKey,
    TaskRecord,
};
use crate::plan::{API, Keep, Plan, Sampling, SpawnPacing};
use crate::port::Record;
use std::path::Path;
use std::sync::Arc;

pub(super) fn manifest(run: &str, simulated: bool) -> Manifest {
    let plan = Plan {
        name: "farm-baseline".to_owned(),
        about: None,
        api: API,
        tags: Default::default(),
        seed: 7,
        targets: Default::default(),
        prometheus: Default::default(),
        farm: Default::default(),
        notebooks: Default::default(),
        users: Default::default(),
        metrics: Default::default(),
        load: Default::default(),
        spawns: SpawnPacing::default(),
        sampling: Sampling::default(),
        thresholds: Vec::new(),
        hooks: Default::default(),
        keep: Keep::default(),
        params: Default::default(),
    };
    Manifest {
        format: FORMAT,
        run: run.to_owned(),
        hubmark: "0.1.0".to_owned(),
        simulated,
        started_wall_ns: 1_795_493_529_000_000_000,
        ended_wall_ns: None,
        scenario: "scenarios/farm.lua".to_owned(),
        files: Vec::new(),
        source_hash: String::new(),
        plan_hash: String::new(),
        plan,
        segment: (1, 1),
        command: Vec::new(),
        targets: Default::default(),
        environment_start: Environment::default(),
        environment_end: None,
    }
}

pub(super) const ID: &str = "2026-11-24T04-12-09Z-farm-baseline-k7";

pub(super) fn run_folder(root: &Path) -> RunFolder {
    let run = RunFolder::create(root, ID).unwrap();
    run.write_manifest(&manifest(run.id(), false)).unwrap();
    run
}

pub(super) fn event(seq: u64, kind: EventKind) -> Record {
    Record::Event(Arc::new(Event {
        seq,
        t_ns: seq * 1_000_000,
        incarnation: 1,
        generation: 1,
        segment: 1,
        ids: Ids { executor: Some(r#"a "kind":"x" b"#.into()), user: Some(3), ..Ids::default() },
        kind,
    }))
}

pub(super) fn mark(seq: u64) -> Record {
    event(seq, EventKind::Mark { text: format!("mark {seq}"), by: "script".to_owned() })
}

pub(super) fn lease(seq: u64, lease: u64, what: LeaseKind, state: LeaseState) -> Record {
    let record = LeaseRecord {
        lease,
        what,
        target: "main".to_owned(),
        account: "hm-1".to_owned(),
        name: if state == LeaseState::Intended { String::new() } else { format!("{what}-{lease}") },
        server: String::new(),
        state,
        wall_ns: 1,
    };
    event(seq, EventKind::Lease(record))
}

pub(super) fn task(seq: u64) -> Record {
    event(
        seq,
        EventKind::TaskEnded(Box::new(TaskRecord {
            notebook: "train".to_owned(),
            target: "main".to_owned(),
            account: "hm-1".to_owned(),
            kernel_id: String::new(),
            scheduled_ns: 1,
            started_ns: 2,
            ended_ns: 3,
            outcome: Outcome::Ok,
            cells: 1,
            timings: Vec::new(),
            failure: None,
            failed_cell: None,
            notices: Vec::new(),
            kept: None,
        })),
    )
}

pub(super) fn ended(seq: u64, interrupted: bool, error: Option<&str>) -> Record {
    event(seq, EventKind::RunEnded { interrupted, error: error.map(str::to_owned), left_behind: 0, aborted: None })
}

pub(super) fn samples(t_s: u64, key: &Arc<SeriesKey>, value: f64) -> Record {
    let samples = vec![Sample { series: key.clone(), value }];
    Record::Samples(Arc::new(SampleBatch { sampler: "host", t_ns: t_s * 1_000_000_000, samples }))
}

/// Runs a future that waits for other threads.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
