//! Tables: notebooks, stages, errors.

use super::Facts;
use super::sample::Sample;
use crate::event::NoticeKind;
use crate::report::gather::{Errors, Tally, seconds};
use crate::report::summary::{ErrorGroup, NotebookRow, NoticeRow, StageRow, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// Tasks by notebook. `edges` are those of the classes of service time.
pub(super) fn notebooks(facts: &Facts<'_>, edges: &[f64]) -> Vec<NotebookRow> {
    let plan = &facts.manifest.plan;
    let tasks = &facts.gathered.tasks;
    let wanted = wanted_shares(facts);
    let all = tasks.all.service.count();
    let mut keys: BTreeSet<&str> = plan.notebooks.keys().map(String::as_str).collect();
    keys.extend(tasks.by_key.keys().map(|key| key.notebook.as_str()));
    keys.into_iter()
        .map(|name| {
            let tallies = tasks.by_key.iter().filter(|(key, _)| key.notebook == name).map(|(_, t)| &t.service);
            let (ok, failed, interrupted) =
                tallies.clone().fold((0, 0, 0), |sum, t| (sum.0 + t.ok, sum.1 + t.failed, sum.2 + t.interrupted));
            let sample = Sample::of(tallies.clone());
            let successes = sample.successes();
            let spec = plan.notebooks.get(name);
            NotebookRow {
                key: name.to_owned(),
                path: spec.map(|s| s.path.display().to_string()).unwrap_or_default(),
                ended: ok + failed + interrupted,
                ok,
                failed,
                interrupted,
                given_up: tallies.clone().map(|tally| tally.given_up).sum(),
                wanted_share: wanted.get(name).copied(),
                realised_share: (ok + failed + interrupted) as f64 / all.max(1) as f64,
                p50: sample.quantile(0.5, Unit::Seconds),
                p95: sample.quantile(0.95, Unit::Seconds),
                p95_of_successes: successes.quantile(0.95, Unit::Seconds),
                mean_of_successes: successes.mean(Unit::Seconds),
                expected_s: spec.and_then(|s| s.expect).map(|d| d.as_secs_f64()),
                distribution: distribution(tallies, edges),
            }
        })
        .collect()
}

/// Share of each notebook that the mixes ask for, each mix weighted by the tasks of its executors.
fn wanted_shares(facts: &Facts<'_>) -> BTreeMap<String, f64> {
    let plan = &facts.manifest.plan;
    let mut ended: BTreeMap<&str, u64> = BTreeMap::new();
    for (key, tally) in &facts.gathered.tasks.by_key {
        *ended.entry(&key.executor).or_default() += tally.service.count();
    }
    let all: u64 = ended.values().sum();
    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
    for (key, executor) in &plan.load {
        let Some(user) = plan.users.get(&executor.user) else { continue };
        let weights: f64 = user.mix.iter().map(|entry| entry.weight).sum();
        let part = if all == 0 {
            1.0 / plan.load.len() as f64
        } else {
            ended.get(key.as_str()).copied().unwrap_or(0) as f64 / all as f64
        };
        for entry in user.mix.iter().filter(|_| weights > 0.0) {
            *shares.entry(entry.notebook.clone()).or_default() += part * entry.weight / weights;
        }
    }
    shares
}

fn distribution<'t>(tallies: impl Iterator<Item = &'t Tally>, edges: &[f64]) -> Vec<u64> {
    let mut classes = vec![0u64; edges.len().saturating_sub(1)];
    let Some(last) = classes.len().checked_sub(1) else { return classes };
    for (_, value) in tallies.flat_map(|tally| &tally.values).filter(|(_, v)| v.is_finite()) {
        let class = edges.partition_point(|edge| edge <= value).saturating_sub(1).min(last);
        classes[class] += 1;
    }
    classes
}

/// What users' time went into.
pub(super) fn stages(facts: &Facts<'_>) -> Vec<StageRow> {
    let gathered = facts.gathered;
    let mut rows = vec![
        stage(
            "spawn_wait",
            "Wait to spawn",
            "the scenario's pacing of spawns held the request back",
            Sample::of([&gathered.spawn_waits]),
            gathered.spawn_waits.total,
        ),
        of_all("spawn", "Server start", "from the request for a server until it is ready", gathered.spawns.values()),
        of_all(
            "kernel_start",
            "Kernel start",
            "from the request for a kernel until it can execute",
            gathered.kernels.values(),
        ),
        of_all(
            "execute",
            "Execute",
            "from the first cell of a notebook to the end of the task",
            std::iter::once(&gathered.tasks.executed),
        ),
        own_calls(facts, "own_code", "Own code", "own code", "code that users' functions executed on kernels"),
        own_calls(
            facts,
            "kernel_request",
            "Kernel request",
            "kernel request",
            "kernels that users' functions interrupted or restarted",
        ),
        own_calls(
            facts,
            "file_transfer",
            "File transfer",
            "file transfer",
            "files that users' functions wrote or read",
        ),
        of_all(
            "kernel_close",
            "Kernel close",
            "from the request to close a kernel until it is gone",
            std::iter::once(&gathered.kernel_closes),
        ),
        of_all(
            "server_stop",
            "Server stop",
            "from the request to stop a server until the hub says that it is gone",
            std::iter::once(&gathered.server_stops),
        ),
    ];
    rows.retain(|row| row.ended > 0);
    let all: f64 = rows.iter().map(|row| row.total_s).sum();
    for row in &mut rows {
        row.share = if all > 0.0 { row.total_s / all } else { 0.0 };
    }
    rows
}

fn own_calls(facts: &Facts<'_>, key: &str, name: &str, of: &str, about: &str) -> StageRow {
    of_all(key, name, about, facts.gathered.own.calls.get(of).into_iter())
}

fn of_all<'t>(key: &str, name: &str, about: &str, tallies: impl Iterator<Item = &'t Tally> + Clone) -> StageRow {
    let total = tallies.clone().map(|tally| tally.total).sum();
    stage(key, name, about, Sample::of(tallies), total)
}

fn stage(key: &str, name: &str, about: &str, sample: Sample, total_s: f64) -> StageRow {
    StageRow {
        key: key.to_owned(),
        name: name.to_owned(),
        about: about.to_owned(),
        ended: sample.count(),
        failed: sample.above(),
        p50: sample.quantile(0.5, Unit::Seconds),
        p95: sample.quantile(0.95, Unit::Seconds),
        total_s,
        share: 0.0,
    }
}

/// Failures by cause, most frequent first.
pub(super) fn errors(errors: &Errors) -> Vec<ErrorGroup> {
    let mut groups: Vec<ErrorGroup> = errors
        .groups
        .iter()
        .map(|(cause, group)| ErrorGroup {
            stage: cause.stage.to_owned(),
            outcome: cause.outcome.name().to_owned(),
            message: cause.message.clone(),
            place: cause.place.clone(),
            count: group.count,
            first_s: seconds(group.first_ns),
            last_s: seconds(group.last_ns),
            times_s: group.times_ns.iter().map(|t| seconds(*t)).collect(),
            example: group.example.clone(),
            who: group.who.clone(),
            notebook: group.notebook.clone(),
            cell: group.cell,
            kept: group.kept.clone(),
        })
        .collect();
    groups.sort_by(|a, b| b.count.cmp(&a.count).then(a.first_s.total_cmp(&b.first_s)));
    groups
}

/// What tasks and calls of users' own code met without failing by it.
pub(super) fn notices(facts: &Facts<'_>) -> Vec<NoticeRow> {
    let (of_tasks, of_calls) = (&facts.gathered.tasks.notices, &facts.gathered.own.notices);
    let met = |of: &BTreeMap<NoticeKind, (u64, u64)>, kind| of.get(&kind).copied().unwrap_or_default();
    let row = |kind: NoticeKind| {
        let ((tasks, in_tasks), (calls, in_calls)) = (met(of_tasks, kind), met(of_calls, kind));
        let (kind, about) = (kind.name().to_owned(), kind.about().to_owned());
        (tasks + calls > 0).then_some(NoticeRow { kind, about, tasks, calls, count: in_tasks + in_calls })
    };
    NoticeKind::ALL.into_iter().filter_map(row).collect()
}
