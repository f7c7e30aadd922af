//! What a driver can say of a GPU.

use std::sync::Arc;
use std::time::Duration;

/// A monotonic clock: nanoseconds since any fixed moment.
pub type Stamp = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A value and when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading<T> {
    /// Nanoseconds of the driver's [`Stamp`].
    pub at_ns: u64,
    /// What was read.
    pub value: T,
}

/// A counter of the device that begins anew at a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// Where it stands.
    pub value: u64,
    /// How many bits it has.
    pub bits: u32,
}

/// What does not change while a GPU is there.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuInfo {
    /// The identity that it keeps when others come or go.
    pub uuid: Arc<str>,
    /// Its number on this machine, from 0.
    pub index: u32,
    /// Its product name.
    pub name: String,
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Watts that it is limited to.
    pub power_limit_w: Option<f64>,
    /// Whether it is cut into instances (MIG).
    pub mig: Option<bool>,
    /// Highest clock of its SMs, hertz.
    pub max_sm_hz: Option<f64>,
    /// Highest clock of its memory, hertz.
    pub max_memory_hz: Option<f64>,
    /// Whether it is made up.
    pub simulated: bool,
}

/// What one look at a GPU gave. A field that the device or its driver does not give is absent, never zero; counters are raw.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GpuSample {
    /// Share of the driver's window (a sixth of a second to a second) in which some kernel ran, however small.
    pub busy_ratio: Option<Reading<f64>>,
    /// Share of time for which SMs had a warp, averaged over SMs, since the look before.
    pub sm_activity: Option<Reading<f64>>,
    /// Share of the warps that could be there, since the look before.
    pub sm_occupancy: Option<Reading<f64>>,
    /// Share of time for which tensor cores worked, since the look before.
    pub tensor_activity: Option<Reading<f64>>,
    /// Share of the memory's bandwidth that was used, since the look before.
    pub dram_activity: Option<Reading<f64>>,
    /// Bytes in use.
    pub memory_used: Option<Reading<u64>>,
    /// Bytes in all.
    pub memory_total: Option<Reading<u64>>,
    /// Milliwatts at this instant, where the driver tells them, else its mean of a second.
    pub power_mw: Option<Reading<u64>>,
    /// Millijoules since the driver was loaded.
    pub energy_mj: Option<Reading<u64>>,
    /// Degrees Celsius.
    pub temperature_c: Option<Reading<u32>>,
    /// Megahertz of the SMs, the memory and the video engine.
    pub clocks_mhz: [Option<Reading<u32>>; 3],
    /// One bit for each reason for which clocks are lower than they could be; [`THROTTLE_REASONS`] names them.
    pub throttle: Option<Reading<u64>>,
    /// ECC errors since the driver was loaded: corrected, uncorrected.
    pub ecc: [Option<Reading<u64>>; 2],
    /// Bytes that the device sent and received over PCIe.
    pub pcie: [Option<Reading<Counter>>; 2],
}

/// Bits of [`GpuSample::throttle`] that hold clocks down, with their names as labels. An idle GPU lowers its clocks too: that is not one.
pub const THROTTLE_REASONS: [(u64, &str); 8] = [
    (1 << 1, "applications_clocks"),
    (1 << 2, "power_cap"),
    (1 << 3, "hw_slowdown"),
    (1 << 4, "sync_boost"),
    (1 << 5, "sw_thermal"),
    (1 << 6, "hw_thermal"),
    (1 << 7, "power_brake"),
    (1 << 8, "display_clocks"),
];

/// A process that has a context on a GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GpuProcess {
    /// Its id in the namespace of the host, whatever container it runs in.
    pub pid: u32,
    /// Bytes of the GPU's memory.
    pub memory_bytes: Option<u64>,
    /// Percent of the SMs of late; absent while it is idle.
    pub sm_percent: Option<u32>,
}

/// Something that a GPU's driver reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuEvent {
    /// Whose; `None` where the GPU does not say any more who it is, as after it fell off the bus.
    pub uuid: Option<Arc<str>>,
    /// What.
    pub kind: GpuEventKind,
}

/// What a driver reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GpuEventKind {
    /// An error with NVIDIA's number for it.
    Xid(u64),
    /// An ECC error that was corrected, or that was not.
    Ecc {
        /// Whether it was.
        corrected: bool,
    },
    /// The GPU was cut into instances or put together again.
    MigChanged,
}

/// Why a GPU gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// It fell off the bus.
    #[error("the GPU is lost")]
    Lost,
    /// The driver cannot do this at all.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// It did not work this time.
    #[error("{0}")]
    Failed(String),
}

/// Why there is no driver to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDriver {
    /// There is none on this machine.
    #[error("no NVIDIA driver")]
    Absent {
        /// What the loader said.
        cause: String,
    },
    /// There is one and it does not work.
    #[error("the NVIDIA driver cannot be used: {0}")]
    Unusable(String),
}

/// The GPUs of a machine as one thread sees them.
pub trait Gpus {
    /// The GPUs that are there now. Looks anew each time: GPUs are lost and come back.
    ///
    /// # Errors
    /// The driver does not answer.
    fn inventory(&mut self) -> Result<Vec<GpuInfo>, GpuError>;

    /// Looks at one GPU. `out` is emptied first.
    ///
    /// # Errors
    /// The GPU is lost, or is not one of the inventory.
    fn sample(&mut self, uuid: &str, out: &mut GpuSample) -> Result<(), GpuError>;

    /// Processes with a context on one GPU. `out` is emptied first.
    ///
    /// # Errors
    /// The GPU is lost, or its driver does not tell.
    fn processes(&mut self, uuid: &str, out: &mut Vec<GpuProcess>) -> Result<(), GpuError>;

    /// Waits for events, at most that long; empty if none came.
    ///
    /// # Errors
    /// The driver has no events, or waiting failed.
    fn events(&mut self, timeout: Duration) -> Result<Vec<GpuEvent>, GpuError>;

    /// What GPUs turned out not to give since this was last asked: each thing once, in words.
    fn notices(&mut self) -> Vec<String>;
}

/// A driver that is loaded. It may be asked from several threads, each through [`Gpus`] of its own.
pub trait Driver: Send + Sync {
    /// The GPUs, for one thread.
    fn gpus(&self) -> Box<dyn Gpus + '_>;

    /// Its version.
    fn version(&self) -> String;
}
