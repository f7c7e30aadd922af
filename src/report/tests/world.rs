//! Users that spawn, open kernels, execute and think, and a machine that is sampled beside them.

use super::Made;
use crate::event::{
    CellTiming, EventKind, Failure, Ids, IterationId, Notice, NoticeKind, Outcome, Phase, SeriesKey, TaskId,
    TaskRecord, UserId,
};
use crate::plan::{
    Accounts, Distribution, Executor, ExecutorKind, Habits, HubTarget, Keep, MixEntry, NotebookSpec, Plan, Sampling,
    SecretRef, SpawnPacing, Stage, Target, UserSpec, threshold,
};
use crate::record::{Environment, FileHash, Manifest, TargetFacts};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// How a made-up run goes.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) users: u32,
    pub(super) load_s: f64,
    pub(super) ramp_s: f64,
    /// Scales how long notebooks take.
    pub(super) slow: f64,
    pub(super) failing: f64,
    /// Whether users' own code records steps, checks and metrics.
    pub(super) own: bool,
    pub(super) simulated: bool,
    pub(super) thresholds: Vec<&'static str>,
    pub(super) lateness_s: f64,
    pub(super) host_cpu: f64,
}

impl Default for World {
    fn default() -> Self {
        Self {
            seed: 7,
            users: 8,
            load_s: 600.0,
            ramp_s: 60.0,
            slow: 1.0,
            failing: 0.012,
            own: false,
            simulated: false,
            thresholds: vec![
                "task.duration.p95 < 8s",
                "task.failed.ratio <= 2%",
                "task.duration.p95 each notebook < 6s",
                "spawn.duration.p95 < 10s",
                "iteration.dropped.count <= 0",
            ],
            lateness_s: 0.002,
            host_cpu: 0.62,
        }
    }
}

/// Notebooks: key, weight, median seconds, spread, cells.
const NOTEBOOKS: [(&str, f64, f64, f64, u32); 3] =
    [("explore", 5.0, 0.9, 0.35, 6), ("train", 2.0, 4.6, 0.22, 9), ("render", 3.0, 2.1, 0.15, 4)];

/// SplitMix64.
struct Noise(u64);

impl Noise {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        let normal = (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
        median * (sigma * normal).exp()
    }
}

fn ns(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

/// The second task of each user lost its connection three times and went well all the same.
fn notices(fails: bool, n: u64) -> Vec<Notice> {
    let met = !fails && n == 2;
    met.then_some(Notice { kind: NoticeKind::Reconnected, count: 3 }).into_iter().collect()
}

fn message(noise: &mut Noise, outcome: Outcome, iteration: &IterationId, account: &str, took: f64) -> String {
    let (size, device) = (noise.unit() * 4.0, iteration.user.index);
    match outcome {
        Outcome::CellError => format!(
            "\u{1b}[0;31mOutOfMemoryError\u{1b}[0m: CUDA out of memory. Tried to allocate {size:.2} GiB on /dev/nvidia{device} for \
             {account}"
        ),
        _ => format!("the notebook took longer than its timeout of {:.0} s", took * 1.5),
    }
}

const SETUP_S: f64 = 3.0;

impl World {
    pub(super) fn run(&self) -> Made {
        let mut made = Made { manifest: self.manifest(), events: Vec::new(), series: Vec::new() };
        let none = Ids::default;
        made.push(0, none(), EventKind::RunStarted { run: made.manifest.run.clone(), simulated: self.simulated });
        made.push(0, none(), EventKind::ClockAnchor { wall_ns: made.manifest.started_wall_ns });
        let hash = |c: &str| c.repeat(64);
        made.push(0, none(), EventKind::GenerationStarted { plan_hash: hash("a"), source_hash: hash("b") });
        made.push(1, none(), EventKind::PhaseEntered { phase: Phase::Setup });
        made.push(ns(SETUP_S), none(), EventKind::PhaseEntered { phase: Phase::Load });
        let end = SETUP_S + self.load_s;
        made.push(ns(end), none(), EventKind::PhaseEntered { phase: Phase::Drain });
        let mut last = end;
        for user in 0..self.users {
            last = last.max(self.user(&mut made, user, end));
        }
        made.push(ns(last + 0.2), none(), EventKind::PhaseEntered { phase: Phase::Teardown });
        let text = "second cache warmed".to_owned();
        made.push(ns(end * 0.4), none(), EventKind::Mark { text, by: "script".to_owned() });
        made.push(
            ns(last + 1.5),
            none(),
            EventKind::RunEnded { interrupted: false, error: None, left_behind: 0, aborted: None },
        );
        made.number();
        self.sample(&mut made, last + 1.5);
        made
    }

    /// One user's life; gives back when it ended.
    fn user(&self, made: &mut Made, index: u32, end: f64) -> f64 {
        let mut noise = Noise(self.seed * 1_000_003 + u64::from(index));
        let user = UserId { executor: Arc::from("agents"), index };
        let account = format!("agent-{:03}", index + 1);
        let start = SETUP_S + self.ramp_s * f64::from(index) / f64::from(self.users);
        let mut now = start;
        let started = EventKind::UserStarted { target: "farm".to_owned(), account: account.clone() };
        made.push(ns(now), &user, started);
        let took = noise.lognormal(2.4, 0.25);
        now += took;
        let spawn = EventKind::ServerStarted {
            target: "farm".to_owned(),
            outcome: Outcome::Ok,
            took_ns: ns(took),
            waited_ns: ns(0.05 * f64::from(index)),
            failure: None,
        };
        made.push(ns(now), &user, spawn);
        let mut n = 0;
        while now < end {
            n += 1;
            let iteration = IterationId { user: user.clone(), n };
            made.push(ns(now), &iteration, EventKind::IterationStarted { scheduled_ns: ns(now) });
            let (ended, outcome) = self.task(made, &mut noise, &iteration, &account, now, n % 10 == 1);
            if self.own {
                super::own::records(made, &iteration, (now, ended), outcome, noise.unit());
            }
            let done = EventKind::IterationEnded { scheduled_ns: ns(now), started_ns: ns(now), outcome };
            made.push(ns(ended) + 1, &iteration, done);
            now = ended + 0.5 + noise.unit();
        }
        let took = 0.2 + 0.1 * noise.unit();
        let closed = EventKind::KernelClosed {
            target: "farm".to_owned(),
            kernel_id: "k".to_owned(),
            outcome: Outcome::Ok,
            took_ns: ns(took / 4.0),
        };
        made.push(ns(now + took / 4.0), &user, closed);
        now += took;
        let stopped = EventKind::ServerStopped {
            target: "farm".to_owned(),
            outcome: Outcome::Ok,
            took_ns: ns(took),
            failure: None,
        };
        made.push(ns(now), &user, stopped);
        made.push(ns(now) + 1, &user, EventKind::UserEnded);
        now
    }

    fn task(
        &self,
        made: &mut Made,
        noise: &mut Noise,
        iteration: &IterationId,
        account: &str,
        scheduled: f64,
        opens: bool,
    ) -> (f64, Outcome) {
        let id = TaskId { iteration: iteration.clone(), k: 1 };
        let mut draw = noise.unit() * NOTEBOOKS.iter().map(|n| n.1).sum::<f64>();
        let notebook = NOTEBOOKS.iter().find(|n| {
            draw -= n.1;
            draw < 0.0
        });
        let (name, _, median, sigma, cells) = *notebook.unwrap_or(&NOTEBOOKS[0]);
        let mut started = scheduled;
        if opens {
            let took = noise.lognormal(0.8, 0.12);
            started += took;
            let kernel = EventKind::KernelStarted {
                target: "farm".to_owned(),
                kernel_id: format!("k-{iteration}"),
                spec: "python3".to_owned(),
                outcome: Outcome::Ok,
                took_ns: ns(took),
                failure: None,
            };
            made.push(ns(started), &iteration.user, kernel);
        }
        made.push(ns(started), &id, EventKind::TaskStarted { notebook: name.to_owned() });
        let took = noise.lognormal(median, sigma) * self.slow * (1.0 + 0.1 * (scheduled / 60.0).sin());
        let fails = noise.unit() < self.failing;
        let ended = started + took;
        let outcome = match fails {
            false => Outcome::Ok,
            true if noise.unit() < 0.7 => Outcome::CellError,
            true => Outcome::CellTimeout,
        };
        let message = message(noise, outcome, iteration, account, took);
        let cell_ns = ns(took / f64::from(cells));
        let timings = (0..cells).map(|cell| CellTiming {
            cell,
            sent_ns: ns(started) + u64::from(cell) * cell_ns,
            took_ns: cell_ns,
            kernel_started_ns: None,
            kernel_took_ns: None,
            outcome: if cell + 1 == cells { outcome } else { Outcome::Ok },
        });
        let record = TaskRecord {
            notebook: name.to_owned(),
            target: "farm".to_owned(),
            account: account.to_owned(),
            kernel_id: "k".to_owned(),
            scheduled_ns: ns(scheduled),
            started_ns: ns(started),
            ended_ns: ns(ended),
            outcome,
            cells,
            timings: timings.collect(),
            failure: fails.then(|| Failure::new(outcome, message)),
            failed_cell: fails.then_some(cells - 1),
            notices: notices(fails, iteration.n),
            kept: fails
                .then(|| format!("notebooks/{name}-{outcome}-agents-{}-{}.ipynb", iteration.user.index, iteration.n)),
        };
        made.push(ns(ended), &id, EventKind::TaskEnded(Box::new(record)));
        (ended, outcome)
    }

    fn sample(&self, made: &mut Made, end: f64) {
        let mut noise = Noise(self.seed + 99);
        let ticks = (end / 5.0) as u64;
        let at = |tick: u64| tick * 5_000_000_000;
        let cpu = |mode: &str| SeriesKey::plain("node_cpu_seconds_total").with("mode", mode);
        let (mut idle, mut user, mut steal, mut own) = (1000.0, 500.0, 1.0, 0.2);
        let keys = [
            cpu("idle"),
            cpu("user"),
            cpu("steal"),
            SeriesKey::plain("node_memory_used_bytes"),
            SeriesKey::plain("node_memory_total_bytes"),
            SeriesKey::plain("self_cpu_seconds_total"),
            SeriesKey::plain("self_resident_bytes"),
            SeriesKey::plain("self_lateness_seconds"),
            SeriesKey::plain("sampler_up").with("sampler", "host"),
            SeriesKey::plain("sampler_missed_ticks_total").with("sampler", "host"),
        ];
        let mut rows: Vec<(SeriesKey, Vec<(u64, f64)>)> = keys.map(|key| (key, Vec::new())).into();
        for tick in 0..ticks {
            let t = tick as f64 * 5.0;
            let ramp = (t / (self.ramp_s + 5.0)).min(1.0);
            let busy = (self.host_cpu * ramp + 0.04 + 0.08 * (noise.unit() - 0.5)).clamp(0.01, 1.0);
            idle += 40.0 * (1.0 - busy);
            user += 40.0 * busy;
            steal += 0.02 * noise.unit();
            own += 5.0 * (0.02 + 0.04 * ramp + 0.01 * noise.unit());
            let memory = 6.4e9 + 3.1e9 * ramp + 2e8 * noise.unit() + 2e5 * t;
            let late = noise.lognormal(self.lateness_s, 0.6);
            let values = [idle, user, steal, memory, 33.5e9, own, 28e6 + 2e3 * t, late, 1.0, 0.0];
            for ((_, samples), value) in rows.iter_mut().zip(values) {
                samples.push((at(tick), value));
            }
        }
        made.series = rows;
    }

    fn plan(&self) -> Plan {
        let hub = HubTarget {
            url: "http://127.0.0.1:8000/".parse().unwrap(),
            token: SecretRef::Env("HUB_TOKEN".to_owned()),
            accounts: Accounts::Pattern { pattern: "agent-%03d".to_owned(), create: true },
            options: serde_json::Map::new(),
            headers: BTreeMap::new(),
            ca: None,
        };
        let notebooks = NOTEBOOKS.map(|(key, _, median, _, cells)| {
            let spec = NotebookSpec {
                path: format!("notebooks/{key}.ipynb").into(),
                sha256: "c".repeat(64),
                code_cells: cells,
                kernel: "python3".to_owned(),
                params: serde_json::Map::new(),
                undeclared: Vec::new(),
                timeout: Duration::from_secs(60),
                expect: Some(Duration::from_secs_f64(median)),
                needs: Default::default(),
            };
            (key.to_owned(), spec)
        });
        let user = UserSpec {
            mix: NOTEBOOKS.map(|(key, weight, ..)| MixEntry { notebook: key.to_owned(), weight }).into(),
            think: Distribution::Uniform { from: Duration::from_millis(500), to: Duration::from_millis(1500) },
            pacing: None,
            notebooks_per_session: 10,
            habits: Habits::default(),
            behaviour: None,
        };
        Plan {
            name: "farm-baseline".to_owned(),
            about: Some("Does the farm keep eight agents busy with a mix of short notebooks?".to_owned()),
            api: 1,
            tags: BTreeMap::from([("site".to_owned(), "lab".to_owned()), ("change".to_owned(), "none".to_owned())]),
            seed: self.seed,
            targets: BTreeMap::from([("farm".to_owned(), Target::Hub(hub))]),
            prometheus: BTreeMap::new(),
            farm: crate::plan::Farm::default(),
            notebooks: notebooks.into(),
            users: BTreeMap::from([("agent".to_owned(), user)]),
            metrics: if self.own { super::own::metrics() } else { BTreeMap::new() },
            load: BTreeMap::from([("agents".to_owned(), self.executor())]),
            spawns: SpawnPacing::default(),
            sampling: Sampling { report: Duration::from_secs(60), ..Sampling::default() },
            thresholds: self.thresholds.iter().map(|text| threshold::parse(text).unwrap()).collect(),
            hooks: BTreeSet::new(),
            keep: Keep::Sample,
            params: BTreeMap::from([("users".to_owned(), self.users.to_string())]),
        }
    }

    fn executor(&self) -> Executor {
        let ramp = Stage { users: self.users, duration: Duration::from_secs_f64(self.ramp_s) };
        let hold = Stage { users: self.users, duration: Duration::from_secs_f64(self.load_s - self.ramp_s) };
        let kind = if self.ramp_s > 0.0 {
            ExecutorKind::RampingUsers { from: 0, stages: vec![ramp, hold] }
        } else {
            let duration = Duration::from_secs_f64(self.load_s);
            ExecutorKind::ConstantUsers { users: self.users, duration, together: false }
        };
        Executor {
            user: "agent".to_owned(),
            on: vec![],
            nodes: vec![],
            per_node: 1,
            start: Duration::ZERO,
            graceful_stop: Duration::from_secs(30),
            tags: BTreeMap::new(),
            kind,
        }
    }

    fn manifest(&self) -> Manifest {
        let facts = [
            ("host_processor_model_name", "Processor of eight cores"),
            ("host_processor_core_count", "8"),
            ("host_memory_capacity", "31.2 GiB"),
            ("operating_system", "Debian GNU/Linux 12"),
            ("kernel", "6.1.0"),
        ];
        let environment = Environment { facts: facts.map(|(k, v)| (k.to_owned(), v.to_owned())).into(), gpus: vec![] };
        let hub = TargetFacts {
            url: "http://127.0.0.1:8000/".to_owned(),
            version: "5.4.3".to_owned(),
            facts: BTreeMap::from([("spawner".to_owned(), "SimpleLocalProcessSpawner".to_owned())]),
        };
        let files = ["init.lua", "notebooks/explore.ipynb", "notebooks/render.ipynb", "notebooks/train.ipynb"];
        Manifest {
            format: 1,
            run: "2026-11-24T04-12-09Z-farm-baseline-k7".to_owned(),
            hubmark: "0.1.0".to_owned(),
            simulated: self.simulated,
            started_wall_ns: 1_795_493_529_000_000_000,
            ended_wall_ns: Some(1_795_493_529_000_000_000 + 610_000_000_000),
            scenario: "scenarios/farm-baseline".to_owned(),
            files: files.map(|path| FileHash { path: path.to_owned(), sha256: "d".repeat(64), bytes: 2048 }).into(),
            source_hash: "b".repeat(64),
            plan_hash: "a".repeat(64),
            plan: self.plan(),
            segment: (1, 1),
            command: ["hubmark", "run", "scenarios/farm-baseline", "--users", "8"].map(str::to_owned).into(),
            targets: BTreeMap::from([("farm".to_owned(), hub)]),
            environment_start: environment.clone(),
            environment_end: Some(environment),
        }
    }
}
