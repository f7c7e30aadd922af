//! What the author's functions may ask of the run itself, hooks and users alike: machines, hubs, Prometheus, figures, and what they share.
//!
//! Each is a question that a function waits for, like everything else that users' code asks ([`super::Turn`]). Only plain data comes back.

use super::Local;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The word for the machine that hubmark runs on, where a node is wanted.
pub const HERE: &str = "here";

/// What a function asks of the run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunAsk {
    /// A GPU: what it is, and how it does.
    Gpu {
        /// Name of the node, or [`HERE`].
        node: String,
        /// Which of the node's, from 0.
        index: u32,
        /// Whether it is measured now; else the latest measurement is given.
        fresh: bool,
    },
    /// A machine without its GPUs.
    Host {
        /// Name of the node, or [`HERE`].
        node: String,
        /// Whether it is measured now; else the latest measurement is given.
        fresh: bool,
    },
    /// A hub.
    Hub {
        /// Its name in the plan.
        name: String,
        /// What of it.
        part: HubPart,
    },
    /// A Prometheus.
    Prom {
        /// Its name in the plan.
        name: String,
        /// What is asked.
        query: PromQuery,
    },
    /// Live figures of a metric, one of [`STATS`] or `metric.NAME`.
    Stats {
        /// Its name.
        metric: String,
    },
    /// What users and hooks share.
    Shared(SharedAsk),
}

/// A part of a hub that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HubPart {
    /// Its version, what else it tells of itself, and what the token may do.
    Info,
    /// Its users that the token may see, with their servers.
    Users,
    /// The servers of those users.
    Servers,
    /// Its groups.
    Groups,
    /// Routes of its proxy.
    Routes,
    /// Series of its page of metrics.
    Metrics,
}

impl HubPart {
    /// All of them.
    pub const ALL: [HubPart; 6] =
        [HubPart::Info, HubPart::Users, HubPart::Servers, HubPart::Groups, HubPart::Routes, HubPart::Metrics];

    /// The name that authors write.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            HubPart::Info => "info",
            HubPart::Users => "users",
            HubPart::Servers => "servers",
            HubPart::Groups => "groups",
            HubPart::Routes => "routes",
            HubPart::Metrics => "metrics",
        }
    }
}

/// What a hub showed of itself.
#[derive(Debug, Clone, PartialEq)]
pub enum HubSeen {
    /// Plain data.
    Data(Value),
    /// A page in Prometheus' text format.
    Page(String),
}

/// A question to a Prometheus.
#[derive(Debug, Clone, PartialEq)]
pub struct PromQuery {
    /// The expression, in PromQL.
    pub expression: String,
    /// Over which time; `None` for now.
    pub range: Option<PromRange>,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PromRange {
    /// Its first moment, seconds of the run's clock (before the run they are negative).
    pub start_s: f64,
    /// Its last moment, seconds of the run's clock.
    pub stop_s: f64,
    /// From one value to the next, seconds.
    pub step_s: f64,
}

/// One series with its values.
#[derive(Debug, Clone, PartialEq)]
pub struct LookSeries {
    /// Its labels, `__name__` among them where it has a name.
    pub labels: BTreeMap<String, String>,
    /// Time and value: seconds since 1970 as an [`Outside`] gives them, seconds of the run's clock in an answer.
    pub points: Vec<(f64, f64)>,
}

/// What a Prometheus or a page of metrics answered.
#[derive(Debug, Clone, PartialEq)]
pub enum SeriesFound {
    /// One number.
    Scalar(f64),
    /// A text.
    Text(String),
    /// One value of each series.
    Vector(Vec<LookSeries>),
    /// Several values of each series.
    Matrix(Vec<LookSeries>),
}

impl SeriesFound {
    /// The word for its shape, as Prometheus has it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            SeriesFound::Scalar(_) => "scalar",
            SeriesFound::Text(_) => "string",
            SeriesFound::Vector(_) => "vector",
            SeriesFound::Matrix(_) => "matrix",
        }
    }

    /// The series of a vector or a matrix.
    #[must_use]
    pub fn series(&self) -> &[LookSeries] {
        match self {
            SeriesFound::Vector(series) | SeriesFound::Matrix(series) => series,
            SeriesFound::Scalar(_) | SeriesFound::Text(_) => &[],
        }
    }

    /// How many values there are in it.
    #[must_use]
    pub fn values(&self) -> usize {
        self.series().iter().map(|series| series.points.len()).sum()
    }
}

/// What is done with what users and hooks share.
#[derive(Debug, Clone, PartialEq)]
pub enum SharedAsk {
    /// Adds to a counter; answered with its new value.
    Add {
        /// Name of the counter.
        name: String,
        /// What is added, which may be negative.
        by: f64,
    },
    /// Reads a counter; one that nobody added to is 0.
    Count {
        /// Its name.
        name: String,
    },
    /// Keeps a value; null takes it away.
    Set {
        /// Its name.
        name: String,
        /// The value.
        value: Value,
    },
    /// Reads a value; null where there is none.
    Get {
        /// Its name.
        name: String,
    },
    /// Waits until so many have come.
    Wait {
        /// Name of the barrier.
        name: String,
        /// How many go on together.
        parties: u32,
        /// How long to wait for the others.
        within: Duration,
    },
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// True or false.
    Flag(bool),
    /// Numbers by name.
    Map(BTreeMap<String, f64>),
}

/// A record of figures by field. A field without a value is absent.
pub type Figures = BTreeMap<&'static str, Figure>;

/// What comes of asking the run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunAnswer {
    /// It was done.
    Done,
    /// A number.
    Number(f64),
    /// Plain data.
    Data(Value),
    /// A machine, a GPU or a metric.
    Figures(Figures),
    /// Series.
    Series(SeriesFound),
}

/// What a driver says of a GPU of the machine that hubmark runs on.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuIdentity {
    /// Its UUID.
    pub uuid: String,
    /// What it calls itself.
    pub name: String,
    /// Most power that it may take, watts.
    pub power_limit_w: Option<f64>,
    /// Whether it is cut into instances.
    pub mig: Option<bool>,
    /// Whether it is made up.
    pub simulated: bool,
}

/// What lies outside of the run and is only looked at.
pub trait Outside {
    /// Asks a Prometheus of the plan. Times of ranges are seconds since 1970 here. The error is what it said.
    fn prom<'a>(&'a self, name: &'a str, query: &'a PromQuery) -> Local<'a, Result<SeriesFound, String>>;

    /// Reads a page in Prometheus' text format. The error says where it is none.
    fn page(&self, page: String) -> Local<'_, Result<Vec<LookSeries>, String>>;

    /// GPUs of the machine that hubmark runs on.
    fn gpus(&self) -> &[GpuIdentity];
}

/// Metrics with live figures beside the author's own, which are `metric.NAME`: times of what went well, seconds.
pub const STATS: &[&str] = &["task.duration", "iteration.duration", "spawn.duration"];

/// A field of a machine or a GPU and the series that it is read from.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Name of the field, its unit last.
    pub field: &'static str,
    /// Name of the series.
    pub series: &'static str,
    /// Labels whose values tell the values of a field apart; empty for a field that is one number.
    pub by: &'static [&'static str],
    /// What it is.
    pub about: &'static str,
}

const fn one(field: &'static str, series: &'static str, about: &'static str) -> Reading {
    Reading { field, series, by: &[], about }
}

const fn many(field: &'static str, series: &'static str, by: &'static [&'static str], about: &'static str) -> Reading {
    Reading { field, series, by, about }
}

/// What is read of a GPU.
pub const GPU_READINGS: &[Reading] = &[
    one("utilization", "gpu_utilization_ratio", "share of time in which some kernel ran, 0 to 1"),
    one("busy_s", "gpu_busy_seconds_total", "time for which it was busy, as the samples add up"),
    one("sm_activity", "gpu_sm_activity_ratio", "share of time for which SMs had work, 0 to 1; Hopper and newer"),
    one("sm_occupancy", "gpu_sm_occupancy_ratio", "warps of all that SMs could hold, 0 to 1; Hopper and newer"),
    one("tensor_activity", "gpu_tensor_activity_ratio", "share of time for which tensor cores worked, 0 to 1"),
    one("dram_activity", "gpu_dram_activity_ratio", "share of the memory's bandwidth in use, 0 to 1"),
    one("memory_used_bytes", "gpu_memory_used_bytes", "memory in use"),
    one("memory_total_bytes", "gpu_memory_total_bytes", "memory of the GPU"),
    one("power_w", "gpu_power_watts", "power"),
    one("energy_j", "gpu_energy_joules_total", "the device's energy counter"),
    one("temperature_c", "gpu_temperature_celsius", "temperature"),
    many("clock_hz", "gpu_clock_hertz", &["domain"], "clocks: `sm`, `memory`, `video`"),
    many("throttle_s", "gpu_throttle_seconds_total", &["reason"], "time for which clocks were held down, by reason"),
    many("ecc_errors", "gpu_ecc_errors_total", &["kind"], "ECC errors: `corrected`, `uncorrected`"),
    many("xid_errors", "gpu_xid_errors_total", &["xid"], "XID errors since the run's start, by their number as a text"),
    many("pcie_bytes", "gpu_pcie_bytes_total", &["direction"], "bytes over PCIe: `transmit`, `receive`"),
];

/// What is read of a machine.
pub const HOST_READINGS: &[Reading] = &[
    one("cpu_utilization", "node_cpu_utilization_ratio", "share of all processors in use, 0 to 1"),
    one("cpu_steal", "node_cpu_steal_ratio", "share of all processors that a hypervisor gave to others, 0 to 1"),
    many("cpu_s", "node_cpu_seconds_total", &["mode"], "time of all processors by mode"),
    one("memory_used_bytes", "node_memory_used_bytes", "memory in use"),
    one("memory_total_bytes", "node_memory_total_bytes", "memory of the machine, or its control group's limit"),
    one("swap_used_bytes", "node_swap_used_bytes", "swap in use"),
    one("load1", "node_load1", "load average over one minute"),
    one("load5", "node_load5", "load average over five minutes"),
    one("load15", "node_load15", "load average over fifteen minutes"),
    many(
        "pressure_s",
        "node_pressure_seconds_total",
        &["resource", "kind"],
        "time that tasks waited (PSI): `cpu_some`, `memory_full`, …",
    ),
    one("disk_read_bytes", "node_disk_read_bytes_total", "bytes read from disks"),
    one("disk_written_bytes", "node_disk_written_bytes_total", "bytes written to disks"),
    one("disk_busy_s", "node_disk_busy_seconds_total", "time for which disks had something to do"),
    one("network_receive_bytes", "node_network_receive_bytes_total", "bytes received"),
    one("network_transmit_bytes", "node_network_transmit_bytes_total", "bytes sent"),
    many("network_errors", "node_network_errors_total", &["direction"], "packets with errors, by direction"),
    many("network_dropped", "node_network_dropped_total", &["direction"], "packets that were dropped, by direction"),
    one("oom_kills", "node_oom_kills_total", "processes that the kernel ended because memory ran out"),
    one("boot_time_s", "node_boot_time_seconds", "wall time of the boot, seconds since 1970"),
];
