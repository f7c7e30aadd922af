//! What `run` offers to hooks and users: the run itself, machines, hubs, Prometheus, figures, and what users share.

use super::language::{Function, Row, method};
use super::{Field, Type, field};
use crate::port::{GPU_READINGS, HOST_READINGS, Reading};

/// A moment, thirty years before the run at most.
const MOMENT: Type = Type::Number { min: -1e9 };

/// Fields of `prom:query_range(promql, {…})`.
pub(in crate::script) const QUERY_RANGE: &[Field] = &[
    field("start", MOMENT, "its first moment, as `run.elapsed_s` counts; before the run it is negative").required(),
    field("stop", MOMENT, "its last moment, as `run.elapsed_s` counts").required(),
    field("step", Type::Duration, "from one value to the next").default("\"15s\""),
];

/// Fields of `run.shared:wait(name, parties, {…})`.
pub(in crate::script) const WAIT: &[Field] =
    &[field("timeout", Type::Duration, "how long to wait for the others").default("\"60s\"")];

/// What hooks and users may do with `run`.
pub(in crate::script) const RUN: &[Function] = &[
    method("run:mark", &[("text", "string")], "", "Sets a mark on the time axis of report and live view."),
    method("run:stop", &[("reason", "string")], "", "Ends the run gracefully, with a reason."),
    method(
        "run:gpu",
        &[("node", "string"), ("index", "integer")],
        "hm.Gpu",
        "A GPU of a node, by its number from 0: what it is, and its latest sample. \"here\" is the machine that hubmark runs on. `gpu:sample()` measures it now.",
    ),
    method(
        "run:host",
        &[("node", "string")],
        "hm.Host",
        "A machine without its GPUs: its latest sample. \"here\" is the machine that hubmark runs on. `host:sample()` measures it now.",
    ),
    method("run:hub", &[("name", "string")], "hm.HubView", "A hub of the scenario, to look at."),
    method(
        "run:prom",
        &[("name", "string")],
        "hm.Prom",
        "A Prometheus that the scenario names under `prometheus`, to ask.",
    ),
    method(
        "run:stats",
        &[("metric", "string")],
        "hm.Stats",
        "Live figures of `task.duration`, `iteration.duration` or `spawn.duration` (of what went well, in seconds), or of a metric of the scenario's own, `metric.NAME`.",
    ),
    method(
        "run.log:info",
        &[("text", "string"), ("fields?", "table<string, any>")],
        "",
        "Writes a line to the run's log, with values by name that stand beside it.",
    ),
    method(
        "run.log:warn",
        &[("text", "string"), ("fields?", "table<string, any>")],
        "",
        "Writes a warning to the run's log.",
    ),
    method(
        "run.log:error",
        &[("text", "string"), ("fields?", "table<string, any>")],
        "",
        "Writes an error to the run's log.",
    ),
];

/// What hooks and users share.
pub(in crate::script) const SHARED: &[Function] = &[
    method(
        "run.shared:add",
        &[("name", "string"), ("by?", "number")],
        "number",
        "Adds to a counter that all users and hooks see, 1 unless it says how much, and gives its new value.",
    ),
    method("run.shared:count", &[("name", "string")], "number", "The value of a counter; 0 where nobody added to it."),
    method(
        "run.shared:set",
        &[("name", "string"), ("value", "any")],
        "",
        "Keeps plain data that all users and hooks see, at most 64 KiB as JSON; nil takes it away.",
    ),
    method(
        "run.shared:get",
        &[("name", "string")],
        "any",
        "A copy of what was kept under a name; nil where there is nothing.",
    ),
    method(
        "run.shared:wait",
        &[("name", "string"), ("parties", "integer"), ("how?", "hm.Wait")],
        "",
        "A barrier: waits until so many have come, then all of them go on. It is an error where the others do not come in time.",
    ),
];

/// What `run:hub(name)` gives.
pub(in crate::script) const HUB: &[Function] = &[
    method("hub:info", &[], "table<string, any>", "Version, what the hub tells of itself, and scopes of the token."),
    method(
        "hub:users",
        &[],
        "table<string, any>[]",
        "Users that the token may see, by name: `name`, `admin`, `groups`, `created`, `last_activity`, `servers`. What the token may not read is absent.",
    ),
    method(
        "hub:servers",
        &[],
        "table<string, any>[]",
        "Servers of those users: `account`, `name` (empty for the default one), `ready`, `pending`, `started`, `last_activity`, `url`.",
    ),
    method("hub:groups", &[], "table<string, any>[]", "Groups: `name` and `users`. It needs the scope `list:groups`."),
    method(
        "hub:routes",
        &[],
        "table<string, any>[]",
        "Routes of the proxy: `path`, `target`, `user`. It needs the scope `proxy`.",
    ),
    method("hub:metrics", &[], "hm.Series", "Series of the hub's page of metrics. It needs the scope `read:metrics`."),
];

/// What `run:prom(name)` gives.
pub(in crate::script) const PROM: &[Function] = &[
    method("prom:query", &[("promql", "string")], "hm.Series", "The value of an expression now."),
    method(
        "prom:query_range",
        &[("promql", "string"), ("range", "hm.QueryRange")],
        "hm.Series",
        "The values of an expression over a stretch of time.",
    ),
];

/// What a GPU offers besides its figures.
pub(super) const GPU_CALLS: &[Function] =
    &[method("gpu:sample", &[], "hm.Gpu", "Measures the GPU now; a sample younger than 100 ms is given as it is.")];

/// What a machine offers besides its figures.
pub(super) const HOST_CALLS: &[Function] = &[method(
    "host:sample",
    &[],
    "hm.Host",
    "Measures the machine now; a sample younger than 100 ms is given as it is.",
)];

/// Fields of what series are given as.
pub(super) const SERIES_FIELDS: &[Row] = &[
    ("kind", "string", "\"scalar\", \"string\", \"vector\" or \"matrix\", as Prometheus has it"),
    ("value", "number?", "the value of a scalar, or of the only series of a vector; may be infinite or no number"),
    ("text", "string?", "the text of a string"),
    ("series", "hm.OneSeries[]", "the series of a vector or a matrix"),
];

/// Fields of one of them.
pub(super) const ONE_SERIES_FIELDS: &[Row] = &[
    ("labels", "table<string, string>", "its labels, with its name as `__name__`"),
    ("value", "number", "its last value"),
    ("points", "{ at_s: number, value: number }[]", "its values; times as `run.elapsed_s` counts"),
];

/// Fields of `run:stats(metric)`.
pub(in crate::script) const STATS_FIELDS: &[Row] = &[
    ("count", "integer", "how many there were since the run began"),
    ("p50", "number?", "median of the last 200; nil before there is one"),
    ("p95", "number?", "95th percentile of the last 200"),
    ("mean", "number?", "mean of the last 200"),
    ("rate", "number?", "how many of the last 200 there were a second"),
];

/// Fields that machines and GPUs have besides what is read.
const MEASURED: &[Row] = &[
    ("node", "string", "the node that was asked for"),
    ("at_s", "number", "when it was measured, as `run.elapsed_s` counts"),
    ("age_s", "number", "how long ago that was"),
    ("simulated", "boolean", "whether its figures are SIMULATED"),
];

/// Fields of a GPU that say which it is.
const GPU_IDENTITY: &[Row] = &[
    ("index", "integer", "the number that was asked for"),
    ("uuid", "string?", "its UUID, where the source tells it"),
    ("name", "string?", "what it calls itself, where hubmark's own driver tells it"),
    ("power_limit_w", "number?", "most power that it may take, likewise"),
    ("mig", "boolean?", "whether it is cut into instances, likewise"),
];

/// Fields of `run:gpu(node, index)`.
pub(in crate::script) fn gpu_fields() -> Vec<Row> {
    MEASURED.iter().chain(GPU_IDENTITY).copied().chain(GPU_READINGS.iter().map(row)).collect()
}

/// Fields of `run:host(node)`.
pub(in crate::script) fn host_fields() -> Vec<Row> {
    let uptime = ("uptime_s", "number?", "seconds since the boot");
    MEASURED.iter().copied().chain(HOST_READINGS.iter().map(row)).chain([uptime]).collect()
}

/// What a source does not tell is nil.
fn row(reading: &Reading) -> Row {
    let ty = if reading.by.is_empty() { "number?" } else { "table<string, number>?" };
    (reading.field, ty, reading.about)
}

/// Names behind `run.` and `run:`.
pub(in crate::script) fn run_words() -> impl Iterator<Item = &'static str> {
    let methods = RUN.iter().filter_map(|function| function.name.strip_prefix("run:"));
    methods.chain(["log", "shared"])
}

/// Records that calls on `run` take: class, what takes it, fields.
pub(super) const RUN_RECORDS: &[(&str, &str, &[Field])] =
    &[("hm.QueryRange", "prom:query_range", QUERY_RANGE), ("hm.Wait", "run.shared:wait", WAIT)];
