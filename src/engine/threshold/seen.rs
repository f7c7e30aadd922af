//! Events and samples as thresholds see them: metric, labels, value.

use super::tally::Seen;
use crate::event::{Event, EventKind, Outcome, SampleBatch, TaskRecord};
use crate::plan::threshold::OWN;
use crate::plan::{NodesOfUsers, Plan};
use std::collections::BTreeMap;

/// Whose something is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Labels<'e> {
    notebook: Option<&'e str>,
    hub: Option<&'e str>,
    executor: Option<&'e str>,
    node: Option<&'e str>,
    role: Option<&'e str>,
    /// Name of a step or check.
    name: Option<&'e str>,
}

impl Labels<'_> {
    /// The value of a threshold's label.
    pub(super) fn get(&self, label: &str) -> Option<&str> {
        match label {
            "notebook" => self.notebook,
            "hub" => self.hub,
            "executor" => self.executor,
            "node" => self.node,
            "role" => self.role,
            "step" | "check" => self.name,
            _ => None,
        }
    }
}

/// The nodes of a plan's users with their roles.
#[derive(Debug, Default)]
pub(super) struct Homes {
    nodes: NodesOfUsers,
    roles: BTreeMap<String, &'static str>,
}

impl Homes {
    pub(super) fn of(plan: &Plan) -> Self {
        let roles = plan.farm.nodes.iter().map(|node| (node.name.clone(), node.role.name())).collect();
        Self { nodes: NodesOfUsers::of(plan), roles }
    }

    /// Values of the labels `node` and `role`: those that users work from.
    pub(super) fn values(&self, label: &str) -> Vec<String> {
        let nodes = self.nodes.iter().map(|(_, _, node)| node);
        match label {
            "node" => nodes.map(str::to_owned).collect(),
            _ => nodes.filter_map(|node| self.roles.get(node)).map(|role| (*role).to_owned()).collect(),
        }
    }

    fn labels<'e>(&'e self, event: &'e Event) -> Labels<'e> {
        let executor = event.ids.executor.as_deref();
        let node = executor.zip(event.ids.user).and_then(|(executor, user)| self.nodes.node(executor, user));
        let role = node.and_then(|node| self.roles.get(node)).copied();
        Labels { executor, node, role, ..Labels::default() }
    }
}

/// What an event says, one metric after the other. What was cut short or given up says nothing.
pub(super) fn of_event(event: &Event, homes: &Homes, each: &mut dyn FnMut(&str, &Labels<'_>, Seen)) {
    let labels = homes.labels(event);
    match &event.kind {
        EventKind::TaskEnded(task) if counts(task.outcome) => of_task(task, labels, each),
        EventKind::ServerStarted { target, outcome, took_ns, .. } if counts(*outcome) => {
            let labels = Labels { hub: Some(target), ..labels };
            each("spawn.duration", &labels, timed(*took_ns, *outcome));
            each("spawn.failed", &labels, part(!outcome.is_ok()));
        }
        EventKind::KernelStarted { target, outcome, took_ns, .. } if counts(*outcome) => {
            let labels = Labels { hub: Some(target), ..labels };
            each("kernel.start.duration", &labels, timed(*took_ns, *outcome));
        }
        EventKind::IterationEnded { started_ns, outcome, .. } if counts(*outcome) => {
            each("iteration.duration", &labels, timed(event.t_ns.saturating_sub(*started_ns), *outcome));
            each("iteration.failed", &labels, part(!outcome.is_ok()));
        }
        EventKind::IterationDropped { count, .. } => {
            each("iteration.dropped", &labels, Seen { value: 0.0, part: *count as f64 });
        }
        EventKind::StepEnded { name, outcome, took_ns } if counts(*outcome) => {
            let labels = Labels { name: Some(name), ..labels };
            each("step.duration", &labels, timed(*took_ns, *outcome));
            each("step.failed", &labels, part(!outcome.is_ok()));
        }
        EventKind::Checked { name, ok } => each("check.ok", &Labels { name: Some(name), ..labels }, part(*ok)),
        EventKind::MetricObserved { name, value } => {
            each(&format!("{OWN}{name}"), &labels, Seen { value: *value, part: *value });
        }
        _ => {}
    }
}

/// Whether it says something: neither what was cut short does, nor what a user gave up.
fn counts(outcome: Outcome) -> bool {
    outcome.is_ok() || outcome.is_failure()
}

fn of_task(task: &TaskRecord, labels: Labels<'_>, each: &mut dyn FnMut(&str, &Labels<'_>, Seen)) {
    let labels = Labels { notebook: Some(&task.notebook), hub: Some(&task.target), ..labels };
    let ok = task.outcome.is_ok();
    each("task.duration", &labels, timed(task.service_ns(), task.outcome));
    each("task.response", &labels, timed(task.response_ns(), task.outcome));
    each("task.completed", &labels, part(ok));
    each("task.failed", &labels, part(!ok));
    for cell in &task.timings {
        each("cell.duration", &labels, timed(cell.took_ns, cell.outcome));
    }
}

/// What samples say of hubmark's own machine. `cpu` is the last value of hubmark's own processor time.
pub(super) fn of_samples(batch: &SampleBatch, cpu: &mut Option<(u64, f64)>, each: &mut dyn FnMut(&str, Seen)) {
    let value = |value: f64| Seen { value, part: 1.0 };
    // Series of a farm's nodes are of other machines, or of this one again.
    for sample in batch.samples.iter().filter(|sample| !sample.series.labels.contains_key("node")) {
        match sample.series.name.as_str() {
            "node_cpu_utilization_ratio" => each("host.cpu.utilization", value(sample.value)),
            "node_memory_used_bytes" => each("host.memory.used", value(sample.value)),
            "self_resident_bytes" => each("self.resident", value(sample.value)),
            "self_lateness_seconds" => each("self.lateness", value(sample.value)),
            "self_cpu_seconds_total" => {
                if let Some((then_ns, was)) = cpu.replace((batch.t_ns, sample.value))
                    && batch.t_ns > then_ns
                    && sample.value >= was
                {
                    let lasted_s = (batch.t_ns - then_ns) as f64 / 1e9;
                    each("self.cpu.utilization", value((sample.value - was) / lasted_s));
                }
            }
            _ => {}
        }
    }
}

fn timed(took_ns: u64, outcome: Outcome) -> Seen {
    Seen { value: if outcome.is_ok() { took_ns as f64 / 1e9 } else { f64::INFINITY }, part: 1.0 }
}

fn part(of_it: bool) -> Seen {
    Seen { value: 0.0, part: f64::from(u8::from(of_it)) }
}
