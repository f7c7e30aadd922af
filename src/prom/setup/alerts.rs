//! Alerts on the metrics of both roles.

use super::metrics::COMBINED;
use super::quoted;
use super::rules::Limits;

/// A role as rules, names of alerts and people call it.
struct Role {
    label: &'static str,
    named: &'static str,
    said: &'static str,
}

const ROLES: [Role; 2] = [
    Role { label: "microserver", named: "Microserver", said: "microserver" },
    Role { label: "gpu_server", named: "GpuServer", said: "GPU server" },
];

/// An alert on a figure of one role.
struct Alert {
    name: &'static str,
    expression: String,
    lasting: &'static str,
    severity: &'static str,
    /// Behind the node's name.
    what: &'static str,
    description: &'static str,
}

/// The rules of both roles.
pub(super) fn alerts(limits: Limits) -> String {
    let mut out = String::new();
    for role in &ROLES {
        let all = utilization(role, limits).into_iter().chain(work(role));
        all.for_each(|alert| out.push_str(&alert.text(role)));
    }
    out
}

fn utilization(role: &Role, limits: Limits) -> Vec<Alert> {
    let above = |record: &str, limit: f64| format!("{} > {limit}", role.on(record));
    vec![
        Alert {
            name: "GpuIdle",
            expression: format!("{} < 0.05", role.on("hubmark:gpu_utilization:ratio")),
            lasting: "15m",
            severity: "info",
            what: "its GPUs did next to nothing for 15 minutes",
            description: "Utilization says only that some kernel ran. Below 5 % while tasks run, the notebooks do not use the GPU.",
        },
        Alert {
            name: "GpuMemoryHigh",
            expression: above("hubmark:gpu_memory_utilization:ratio", limits.gpu_memory),
            lasting: "5m",
            severity: "warning",
            what: "GPU memory is nearly full",
            description: "Kernels that idle hold GPU memory too; the next task may fail for want of it.",
        },
        Alert {
            name: "MemoryHigh",
            expression: above("hubmark:memory_utilization:ratio", limits.memory),
            lasting: "5m",
            severity: "warning",
            what: "memory is above its limit",
            description: "Past its memory a node swaps or kills processes, and figures measured then say little.",
        },
        Alert {
            name: "CpuSaturated",
            expression: above("hubmark:cpu_utilization:ratio", limits.cpu),
            lasting: "10m",
            severity: "warning",
            what: "its processors are busy throughout",
            description: "Look at hubmark:cpu_pressure:ratio: it says how much work waited for a processor.",
        },
    ]
}

fn work(role: &Role) -> Vec<Alert> {
    // The server's completion rate is that of the whole farm.
    let (completions, what) = match role.label {
        "gpu_server" => (COMBINED.0, "no microserver completed a task for 15 minutes"),
        _ => ("hubmark:task_completions:per_minute", "no task was completed for 15 minutes"),
    };
    let up = format!("up{{job=~\"hubmark-(microservers|gpu-servers)\",role=\"{}\"}} == 0", role.label);
    vec![
        Alert {
            name: "NoCompletions",
            expression: format!("{} == 0", role.on(completions)),
            lasting: "15m",
            severity: "warning",
            what,
            description: "Tasks may be longer than that; otherwise look at the run's failures.",
        },
        Alert {
            name: "Down",
            expression: up,
            lasting: "2m",
            severity: "critical",
            what: "it cannot be scraped",
            description: "The node or its exporter is down, or the network between. Its figures have a gap from here on.",
        },
        Alert {
            name: "Rebooted",
            expression: format!("{} == 1", role.on("hubmark:rebooted_1h:bool")),
            lasting: "0m",
            severity: "warning",
            what: "it was rebooted within the hour",
            description: "Counters began anew and kernels on it were lost.",
        },
    ]
}

impl Role {
    fn on(&self, record: &str) -> String {
        format!("{record}{{role=\"{}\"}}", self.label)
    }
}

impl Alert {
    fn text(&self, role: &Role) -> String {
        let Self { name, expression, lasting, severity, what, description } = self;
        // A figure of the whole farm has no node.
        let summary = format!("{}{{{{ with $labels.node }}}} {{{{ . }}}}{{{{ end }}}}: {what}", role.said);
        format!(
            "      - alert: Hubmark{}{name}\n        expr: {}\n        for: {lasting}\n        labels:\n          severity: {severity}\n          \
             role: {}\n        annotations:\n          summary: {}\n          description: {}\n",
            role.named,
            quoted(expression),
            role.label,
            quoted(&summary),
            quoted(description)
        )
    }
}
