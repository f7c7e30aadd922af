//! The metrics of the specification as PromQL. Rules, alerts, dashboard and the guide's table come from this one list.

/// Where an expression's series come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `hubmark agent`.
    Agent,
    /// node_exporter.
    NodeExporter,
    /// dcgm-exporter.
    DcgmExporter,
    /// nvidia_gpu_exporter.
    NvidiaGpuExporter,
    /// A run's own page.
    Run,
    /// Prometheus itself.
    Prometheus,
}

/// A figure of every node, as a recording rule.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Name of the rule.
    pub record: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Grafana's word for the unit.
    pub unit: &'static str,
    /// Which of the specification's five metrics per role it is, or belongs to.
    pub of: &'static str,
    /// The expressions, each by (role, node); the first that has a value for a node is taken. `[W]` is the window.
    pub from: &'static [(Source, &'static str)],
}

use Source::{Agent, DcgmExporter, NodeExporter, NvidiaGpuExporter, Prometheus, Run};

/// Every recorded figure.
///
/// Utilisations are means over the window by counters, not the value at the moment of a scrape. DCGM's instances of a GPU that is cut up
/// (`GPU_I_ID`) are left out: the whole GPU has a point of its own.
pub const METRICS: &[Metric] = &[
    Metric {
        record: "hubmark:gpu_utilization:ratio",
        title: "GPU utilization",
        unit: "percentunit",
        of: "GPU utilization",
        from: &[
            (Agent, "avg by (role, node) (rate(hubmark_gpu_busy_seconds_total[W]))"),
            (
                DcgmExporter,
                "avg by (role, node) (avg_over_time(DCGM_FI_PROF_GR_ENGINE_ACTIVE{role!=\"\",GPU_I_ID=\"\"}[W]))",
            ),
            (
                DcgmExporter,
                "avg by (role, node) (avg_over_time(DCGM_FI_DEV_GPU_UTIL{role!=\"\",GPU_I_ID=\"\"}[W])) / 100",
            ),
            (NvidiaGpuExporter, "avg by (role, node) (avg_over_time(nvidia_smi_utilization_gpu_ratio{role!=\"\"}[W]))"),
        ],
    },
    Metric {
        record: "hubmark:gpu_memory_utilization:ratio",
        title: "GPU memory in use, of the fullest GPU",
        unit: "percentunit",
        of: "Memory usage",
        // A GPU that is full ends tasks, however empty the one beside it is.
        from: &[
            (Agent, "max by (role, node) (hubmark_gpu_memory_used_bytes / hubmark_gpu_memory_total_bytes)"),
            (
                DcgmExporter,
                "max by (role, node) (DCGM_FI_DEV_FB_USED{role!=\"\",GPU_I_ID=\"\"} / (DCGM_FI_DEV_FB_USED{role!=\"\",GPU_I_ID=\"\"} + \
                 DCGM_FI_DEV_FB_FREE{role!=\"\",GPU_I_ID=\"\"}))",
            ),
            (
                NvidiaGpuExporter,
                "max by (role, node) (nvidia_smi_memory_used_bytes{role!=\"\"} / nvidia_smi_memory_total_bytes{role!=\"\"})",
            ),
        ],
    },
    Metric {
        record: "hubmark:memory_utilization:ratio",
        title: "Memory in use",
        unit: "percentunit",
        of: "Memory usage",
        from: &[
            (
                Agent,
                "max by (role, node) (hubmark_node_memory_used_bytes) / max by (role, node) (hubmark_node_memory_total_bytes)",
            ),
            (
                NodeExporter,
                "max by (role, node) (1 - node_memory_MemAvailable_bytes{role!=\"\"} / node_memory_MemTotal_bytes{role!=\"\"})",
            ),
        ],
    },
    Metric {
        record: "hubmark:cpu_utilization:ratio",
        title: "CPU in use",
        unit: "percentunit",
        of: "CPU usage",
        from: &[
            (
                Agent,
                "clamp(1 - sum by (role, node) (rate(hubmark_node_cpu_seconds_total{mode=~\"idle|iowait\"}[W])) / \
                 sum by (role, node) (rate(hubmark_node_cpu_seconds_total[W])), 0, 1)",
            ),
            (
                NodeExporter,
                "clamp(1 - sum by (role, node) (rate(node_cpu_seconds_total{role!=\"\",mode=~\"idle|iowait\"}[W])) / \
                 count by (role, node) (node_cpu_seconds_total{role!=\"\",mode=\"idle\"}), 0, 1)",
            ),
        ],
    },
    Metric {
        record: "hubmark:cpu_pressure:ratio",
        title: "Time that work waited for a processor",
        unit: "percentunit",
        of: "CPU usage",
        from: &[
            (
                Agent,
                "max by (role, node) (rate(hubmark_node_pressure_seconds_total{resource=\"cpu\",kind=\"some\"}[W]))",
            ),
            (NodeExporter, "max by (role, node) (rate(node_pressure_cpu_waiting_seconds_total{role!=\"\"}[W]))"),
        ],
    },
    Metric {
        record: "hubmark:task_completions:per_minute",
        title: "Tasks completed per minute",
        unit: "none",
        of: "Task completion rate",
        from: &[(
            Run,
            "60 * sum by (role, node) (rate(hubmark_tasks_completed_total{outcome=\"ok\",role=\"microserver\"}[W]))",
        )],
    },
    Metric {
        record: "hubmark:uptime:seconds",
        title: "Uptime",
        unit: "s",
        of: "System uptime",
        from: &[
            (Agent, "time() - max by (role, node) (hubmark_node_boot_time_seconds)"),
            (NodeExporter, "max by (role, node) (node_time_seconds{role!=\"\"} - node_boot_time_seconds{role!=\"\"})"),
        ],
    },
    Metric {
        record: "hubmark:rebooted_1h:bool",
        title: "Rebooted within the hour",
        unit: "bool",
        of: "System uptime",
        // The kernel works the time of boot out from two clocks, so it moves by a second when one is set: a reboot moves it by more.
        from: &[
            (
                Agent,
                "max by (role, node) (max_over_time(hubmark_node_boot_time_seconds[1h]) - \
                 min_over_time(hubmark_node_boot_time_seconds[1h])) > bool 20",
            ),
            (
                NodeExporter,
                "max by (role, node) (max_over_time(node_boot_time_seconds{role!=\"\"}[1h]) - \
                 min_over_time(node_boot_time_seconds{role!=\"\"}[1h])) > bool 20",
            ),
        ],
    },
    Metric {
        record: "hubmark:availability_1h:ratio",
        title: "Share of the hour reachable",
        unit: "percentunit",
        of: "System uptime",
        from: &[(
            Prometheus,
            "min by (role, node) (avg_over_time(up{job=~\"hubmark-(microservers|gpu-servers)\"}[1h]))",
        )],
    },
];

/// Tasks per minute of the whole farm: the GPU server's completion rate is the combined one.
pub(super) const COMBINED: (&str, &str) = (
    "hubmark:task_completions_combined:per_minute",
    "60 * sum(rate(hubmark_tasks_completed_total{outcome=\"ok\"}[W]))",
);

impl Metric {
    /// The expression for a window such as `1m`.
    #[must_use]
    pub fn expression(&self, window: &str) -> String {
        let parts: Vec<&str> = self.from.iter().map(|(_, expression)| *expression).collect();
        parts.join("\nor\n").replace("[W]", &format!("[{window}]"))
    }
}
