//! What a plan will ask for, before anything is touched.

use super::{ExecutorKind, GpuRef, Habit, Keep, MetricsSource, Node, Plan, Sampling, Target, place, rights};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Users wanted at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UsersPoint {
    /// From the start of the load, in nanoseconds.
    pub at_ns: u64,
    /// Users wanted from here on.
    pub users: u32,
}

/// What a plan asks of one hub or server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HubEstimate {
    /// Accounts that users work under.
    pub accounts: u32,
    /// Accounts that hubmark creates.
    pub accounts_created: u32,
    /// Most users at one time.
    pub peak_users: u32,
    /// Scopes that the token needs, sorted; empty for a plain server.
    pub scopes: Vec<String>,
}

/// What a plan will ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Users over time: each change.
    pub users: Vec<UsersPoint>,
    /// Most users at one time.
    pub peak_users: u32,
    /// Length of the load in nanoseconds; `None` where it depends on the work.
    pub length_ns: Option<u64>,
    /// Servers asked for: one for each user slot's window.
    pub spawns: u32,
    /// Iterations, exact where the plan fixes them; `None` where it depends on how long a task takes and no `expect` is given.
    pub iterations: Option<u64>,
    /// Whether `iterations` is exact.
    pub iterations_exact: bool,
    /// Kernels opened, as exact as `iterations`.
    pub kernels: Option<u64>,
    /// Room for the record in bytes, all in all.
    pub disk_bytes: u64,
    /// The same by kind.
    pub disk: Disk,
    /// By name of hub or server.
    pub hubs: BTreeMap<String, HubEstimate>,
}

/// Room for a record in bytes, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// What happened: events of iterations, tasks, leases.
    pub events: u64,
    /// Samples of this machine, of hubmark itself and of the farm's machines.
    pub host_samples: u64,
    /// Samples of the farm's GPUs.
    pub gpu_samples: u64,
    /// Executed notebooks that are kept.
    pub notebooks: u64,
    /// What any run leaves: manifest, summary, report.
    pub fixed: u64,
}

impl Disk {
    /// Series of a GPU, likewise.
    pub const SERIES_OF_GPU: u64 = 24;
    /// Series of a machine, as a page of an agent has them.
    pub const SERIES_OF_HOST: u64 = 38;
    /// Bytes of a sampled value after ten minutes; less in a longer run (`docs/adr/0301-samples-as-ticks-then-blocks.md`).
    pub const BYTES_PER_VALUE: f64 = 3.5;
    /// All of it.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.events + self.host_samples + self.gpu_samples + self.notebooks + self.fixed
    }
}

/// Bytes of record per iteration: its events (ten of about 300 bytes). A figure of order, not of account.
const BYTES_PER_ITERATION: u64 = 3_000;
/// Series of hubmark itself.
const SERIES_OF_HUBMARK: u64 = 12;
/// Bytes that any run leaves.
const BYTES_FIXED: u64 = 600_000;
/// Size of an executed notebook that is kept, as a figure of order.
const BYTES_PER_NOTEBOOK: u64 = 20_000;

impl Plan {
    /// Works out what the plan will ask for. The plan must be valid.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        let users = users_over_time(self);
        let (iterations, exact, kernels) = iterations(self);
        let length = self.length();
        let disk = disk(self, iterations, length);
        Estimate {
            peak_users: users.iter().map(|p| p.users).max().unwrap_or(0),
            users,
            length_ns: length.map(|l| l.as_nanos() as u64),
            spawns: self.load.values().map(|e| e.windows().len() as u32).sum(),
            iterations,
            iterations_exact: exact,
            kernels,
            disk_bytes: disk.bytes(),
            disk,
            hubs: hubs(self),
        }
    }
}

/// Room for the record. Where nobody knows how long the load takes or how much work fits in, it is that of an hour and of a thousand iterations.
fn disk(plan: &Plan, iterations: Option<u64>, length: Option<Duration>) -> Disk {
    let iterations = iterations.unwrap_or(1000);
    let length_s = length.map_or(3600.0, |length| length.as_secs_f64());
    let sampled = |series: u64, every: Duration| {
        let ticks = length_s / every.as_secs_f64().max(0.1);
        (series as f64 * ticks * Disk::BYTES_PER_VALUE) as u64
    };
    let Sampling { host, gpu, .. } = plan.sampling;
    let watched: Vec<&Node> = plan.farm.nodes.iter().filter(|node| node.metrics.is_some()).collect();
    let hosts = Disk::SERIES_OF_HOST * (1 + watched.len() as u64) + SERIES_OF_HUBMARK;
    let declared: BTreeSet<&GpuRef> = plan.farm.nodes.iter().flat_map(|node| &node.gpus).collect();
    // An exporter is asked at the interval of hosts, whatever it tells of.
    let gpus_of = |node: &&Node| {
        let gpus = declared.iter().filter(|gpu| gpu.node == node.name).count() as u64;
        sampled(Disk::SERIES_OF_GPU * gpus, if node.metrics == Some(MetricsSource::Here) { gpu } else { host })
    };
    let kept = match plan.keep {
        Keep::All => iterations,
        _ => 3 * plan.notebooks.len() as u64,
    };
    Disk {
        events: BYTES_PER_ITERATION * iterations,
        host_samples: sampled(hosts, host),
        gpu_samples: watched.iter().map(gpus_of).sum(),
        notebooks: BYTES_PER_NOTEBOOK * kept,
        fixed: BYTES_FIXED,
    }
}

fn users_over_time(plan: &Plan) -> Vec<UsersPoint> {
    let mut changes: BTreeMap<u64, i64> = BTreeMap::new();
    for executor in plan.load.values() {
        for window in executor.windows() {
            *changes.entry((executor.start + window.from).as_nanos() as u64).or_default() += 1;
            if let Some(until) = window.until {
                *changes.entry((executor.start + until).as_nanos() as u64).or_default() -= 1;
            }
        }
    }
    let mut users = 0i64;
    changes
        .into_iter()
        .map(|(at_ns, change)| {
            users += change;
            UsersPoint { at_ns, users: users.max(0) as u32 }
        })
        .collect()
}

/// Expected length of one iteration of a user: the mix's mean task time plus think time, or the pacing if that is longer.
fn iteration_time(plan: &Plan, user: &str) -> Option<Duration> {
    // How long an author's own functions take is not in the plan.
    let spec = plan.users.get(user).filter(|spec| spec.behaviour.is_none())?;
    let weights: f64 = spec.mix.iter().map(|e| e.weight).sum();
    let mut task = 0.0;
    for entry in spec.mix.iter().filter(|e| e.weight > 0.0) {
        task += plan.notebooks.get(&entry.notebook)?.expect?.as_secs_f64() * entry.weight / weights;
    }
    let habits = &spec.habits;
    task *= 1.0 + habits.share(Habit::RunTwice);
    let idle = habits.idle_time.mean().mul_f64(habits.share(Habit::Idle));
    let busy = Duration::from_secs_f64(task) + idle + spec.think.mean();
    Some(spec.pacing.as_ref().map_or(busy, |p| p.mean().max(busy)))
}

fn iterations(plan: &Plan) -> (Option<u64>, bool, Option<u64>) {
    let mut total = Some(0u64);
    let mut kernels = Some(0u64);
    let mut exact = true;
    for executor in plan.load.values() {
        let session = plan.users.get(&executor.user).map_or(1, |u| u64::from(u.notebooks_per_session.max(1)));
        let each_window: Vec<Option<u64>> = match &executor.kind {
            ExecutorKind::PerUserIterations { users, iterations, at_most } => {
                exact &= at_most.is_none();
                vec![Some(u64::from(*iterations)); *users as usize]
            }
            _ => {
                exact = false;
                let one = iteration_time(plan, &executor.user).filter(|d| !d.is_zero());
                executor
                    .windows()
                    .iter()
                    .map(|w| Some((w.until? - w.from).as_secs_f64() / one?.as_secs_f64()).map(|n| n.ceil() as u64))
                    .collect()
            }
        };
        for count in each_window {
            total = total.zip(count).map(|(a, b)| a + b);
            let own = plan.users.get(&executor.user).is_some_and(|user| user.behaviour.is_some());
            kernels = kernels.zip(count).filter(|_| !own).map(|(a, b)| a + b.div_ceil(session));
        }
    }
    (total, exact, kernels)
}

fn hubs(plan: &Plan) -> BTreeMap<String, HubEstimate> {
    let placements = place(plan).unwrap_or_default();
    plan.targets
        .iter()
        .map(|(name, target)| {
            let here: Vec<_> = placements.iter().filter(|p| p.target == *name).collect();
            let accounts: BTreeSet<_> = here.iter().filter_map(|p| p.account.as_deref()).collect();
            let (created, scopes) = match target {
                Target::Hub(hub) => (hub.accounts.create(), rights::needed(hub)),
                Target::Server(_) => (false, vec![]),
            };
            // Named servers share the account of the token's user, whose name the plan does not know.
            let own = here.iter().any(|p| p.server.is_some());
            let accounts = if own { 1 } else { accounts.len() as u32 };
            let accounts_created = if created { accounts } else { 0 };
            let estimate = HubEstimate { accounts, accounts_created, peak_users: peak(plan, &here), scopes };
            (name.clone(), estimate)
        })
        .collect()
}

/// Most of these users that are at work at one time.
fn peak(plan: &Plan, here: &[&super::Placement]) -> u32 {
    let mut changes: BTreeMap<u64, i64> = BTreeMap::new();
    for (key, executor) in &plan.load {
        let mine: BTreeSet<u32> = here.iter().filter(|p| p.executor == *key).map(|p| p.user).collect();
        for window in executor.windows().iter().filter(|window| mine.contains(&window.user)) {
            *changes.entry((executor.start + window.from).as_nanos() as u64).or_default() += 1;
            if let Some(until) = window.until {
                *changes.entry((executor.start + until).as_nanos() as u64).or_default() -= 1;
            }
        }
    }
    let users = changes.values().scan(0i64, |users, change| {
        *users += change;
        Some(*users)
    });
    users.max().unwrap_or(0).max(0) as u32
}
