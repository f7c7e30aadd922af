//! The dashboard.

use super::metrics::{COMBINED, METRICS};
use serde_json::{Value, json};

/// Columns of Grafana's grid.
const COLUMNS: usize = 24;

/// One drawing.
struct Panel {
    title: String,
    unit: &'static str,
    /// Expression and legend.
    lines: Vec<(String, String)>,
    about: &'static str,
}

/// The dashboard as Grafana imports it. It draws what the rules record; the data source is asked for at import.
#[must_use]
pub fn dashboard() -> Value {
    let mut panels = Vec::new();
    let mut place = Place { id: 0, y: 0 };
    for (title, drawn) in rows() {
        panels.push(place.row(title));
        let width = COLUMNS / if drawn.len() > 3 { 3 } else { drawn.len().max(1) };
        for (at, panel) in drawn.iter().enumerate() {
            panels.push(place.panel(panel, at, width));
        }
        place.y += 8 * drawn.len().div_ceil(COLUMNS / width);
    }
    json!({
        "title": "hubmark: the farm",
        "uid": "hubmark-farm",
        "tags": ["hubmark"],
        "description": "Microservers and GPU server apart: the ten metrics of the benchmark, as recorded by `hubmark prom rules`.",
        "schemaVersion": 39,
        "editable": true,
        "refresh": "30s",
        "time": { "from": "now-4h", "to": "now" },
        "templating": { "list": [
            { "name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus" },
            {
                "name": "node", "label": "Node", "type": "query", "multi": true, "includeAll": true, "allValue": ".*", "refresh": 2,
                "datasource": { "type": "prometheus", "uid": "${source}" },
                "query": "label_values(hubmark:uptime:seconds, node)",
                "current": { "text": "All", "value": "$__all" },
            },
        ] },
        "panels": panels,
    })
}

/// Every expression of the dashboard, with its variable for all nodes filled in.
#[must_use]
pub fn expressions() -> Vec<String> {
    let drawn = rows().into_iter().flat_map(|(_, panels)| panels).flat_map(|panel| panel.lines);
    drawn.map(|(expression, _)| expression.replace("$node", ".*")).collect()
}

fn rows() -> Vec<(&'static str, Vec<Panel>)> {
    vec![
        ("Microservers", of_role("microserver")),
        ("GPU server", of_role("gpu_server")),
        ("GPUs", gpus()),
        ("Is the measurement sound?", soundness()),
    ]
}

/// The metrics of the specification for one role.
fn of_role(role: &str) -> Vec<Panel> {
    let mut panels = Vec::new();
    for metric in METRICS {
        let nodes = format!("{}{{role=\"{role}\",node=~\"$node\"}}", metric.record);
        let mut lines = vec![(nodes, "{{node}}".to_owned())];
        if role == "gpu_server" && metric.of == "Task completion rate" {
            lines = vec![(format!("{}{{role=\"gpu_server\"}}", COMBINED.0), "all microservers".to_owned())];
        }
        panels.push(Panel { title: metric.title.to_owned(), unit: metric.unit, lines, about: about(metric.of) });
    }
    panels
}

fn about(of: &str) -> &'static str {
    match of {
        "GPU utilization" => {
            "Share of time in which some kernel ran, however small. Activity and power below say how hard the GPU worked."
        }
        "Memory usage" => "Against the limits that the alerts have.",
        "CPU usage" => "Without time that was idle or waited for I/O.",
        "Task completion rate" => "Tasks that ended well, from the run's own page.",
        _ => "By the time of boot, and by scrapes that succeeded.",
    }
}

fn gpus() -> Vec<Panel> {
    let of = |agent: &str, dcgm: &str| {
        // Target labels are not the series' own, so each source has a line of its own rather than one with `or`.
        vec![
            (format!("{agent}{{role!=\"\",node=~\"$node\",gpu_server=\"\"}}"), "{{node}} GPU {{gpu}}".to_owned()),
            (format!("{dcgm}{{role!=\"\",node=~\"$node\",GPU_I_ID=\"\"}}"), "{{node}} GPU {{gpu}}".to_owned()),
        ]
    };
    let panel = |title: &str, unit, lines, about| Panel { title: title.to_owned(), unit, lines, about };
    vec![
        panel(
            "Power",
            "watt",
            of("hubmark_gpu_power_watts", "DCGM_FI_DEV_POWER_USAGE"),
            "Of the device, not of the wall.",
        ),
        panel("Temperature", "celsius", of("hubmark_gpu_temperature_celsius", "DCGM_FI_DEV_GPU_TEMP"), "Of the GPU."),
        panel(
            "SM activity",
            "percentunit",
            of("hubmark_gpu_sm_activity_ratio", "DCGM_FI_PROF_SM_ACTIVE"),
            "Share of time for which SMs had work, where the device tells it.",
        ),
    ]
}

fn soundness() -> Vec<Panel> {
    let line = |expression: &str, legend: &str| vec![(expression.to_owned(), legend.to_owned())];
    let panel = |title: &str, unit, lines, about| Panel { title: title.to_owned(), unit, lines, about };
    vec![
        panel(
            "Samplers that gave values",
            "bool",
            line("hubmark_sampler_up{node=~\"$node\"}", "{{node}} {{sampler}}"),
            "0 is a gap in that node's figures.",
        ),
        panel(
            "Processor time that a hypervisor gave to others",
            "percentunit",
            line(
                "sum by (node) (rate(hubmark_node_cpu_seconds_total{mode=\"steal\",node=~\"$node\"}[$__rate_interval])) / \
                 sum by (node) (rate(hubmark_node_cpu_seconds_total{node=~\"$node\"}[$__rate_interval]))",
                "{{node}}",
            ),
            "Above a few percent a benchmark measures the neighbours too.",
        ),
        panel(
            "Targets up",
            "bool",
            line("up{job=~\"hubmark-.*\"}", "{{job}} {{instance}}"),
            "By Prometheus' own scrapes.",
        ),
    ]
}

struct Place {
    id: u32,
    y: usize,
}

impl Place {
    fn next(&mut self) -> u32 {
        self.id += 1;
        self.id
    }

    fn row(&mut self, title: &str) -> Value {
        let row = json!({
            "id": self.next(), "type": "row", "title": title, "collapsed": false, "panels": [],
            "gridPos": { "x": 0, "y": self.y, "w": COLUMNS, "h": 1 },
        });
        self.y += 1;
        row
    }

    fn panel(&mut self, panel: &Panel, at: usize, width: usize) -> Value {
        let row = COLUMNS / width;
        let targets: Vec<Value> = panel
            .lines
            .iter()
            .zip('A'..)
            .map(|((expression, legend), letter)| {
                json!({ "refId": letter.to_string(), "expr": expression, "legendFormat": legend })
            })
            .collect();
        let mut defaults = json!({ "unit": panel.unit, "min": 0 });
        if panel.unit == "percentunit" {
            defaults["max"] = json!(1);
        }
        json!({
            "id": self.next(), "type": "timeseries", "title": panel.title, "description": panel.about,
            "datasource": { "type": "prometheus", "uid": "${source}" },
            "gridPos": { "x": at % row * width, "y": self.y + at / row * 8, "w": width, "h": 8 },
            "fieldConfig": { "defaults": defaults, "overrides": [] },
            "options": { "legend": { "displayMode": "list", "placement": "bottom" }, "tooltip": { "mode": "multi" } },
            "targets": targets,
        })
    }
}
