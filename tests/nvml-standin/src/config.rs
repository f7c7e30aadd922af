//! The JSON document that says what the stand-in's machine is like.

use crate::curve::Curve;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A machine. Every field may be left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What `nvmlInit_v2` answers: `success` or a word of [`Gpu::fails`].
    pub init: String,
    /// Version of the driver.
    pub driver: String,
    /// Whether time is the machine's own instead of what tests advance.
    pub real_time: bool,
    /// Devices in the order of their index.
    pub gpus: Vec<Gpu>,
}

impl Default for Config {
    fn default() -> Self {
        Self { init: "success".to_owned(), driver: "580.95.05".to_owned(), real_time: false, gpus: Vec::new() }
    }
}

/// One device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gpu {
    /// Its UUID.
    pub uuid: String,
    /// Its name.
    pub name: String,
    /// Bytes of memory.
    pub memory_total: u64,
    /// Bytes in use.
    pub memory_used: Curve,
    /// Percent of the time in which a kernel ran.
    pub load: Curve,
    /// Seconds over which the driver averages utilisation: an answer is the whole percent of the last window that is over.
    pub window_s: f64,
    /// Watts.
    pub power: Curve,
    /// Degrees Celsius.
    pub temperature: Curve,
    /// Megahertz of the SMs, the memory and the video engine.
    pub clocks: (u32, u32, u32),
    /// Bits of the reasons for which clocks are lower than they could be.
    pub throttle: Curve,
    /// ECC errors so far: corrected, uncorrected.
    pub ecc: (u64, u64),
    /// Watts that the device is limited to.
    pub power_limit: f64,
    /// Traffic.
    pub pcie: Pcie,
    /// Compute processes.
    pub processes: Vec<Process>,
    /// Performance counters of Hopper and newer; absent on older devices.
    pub gpm: Option<Gpm>,
    /// Whether it is cut into instances; utilisation is not supported then.
    pub mig: bool,
    /// Whether it fell off the bus.
    pub lost: bool,
    /// Answers of calls that do not succeed, by name of the function or `field:186`: `not_supported`, `no_permission`, `gpu_is_lost`,
    /// `unknown`, `timeout`, `driver_not_loaded`, `invalid_argument`, `not_found`.
    pub fails: BTreeMap<String, String>,
}

impl Default for Gpu {
    fn default() -> Self {
        Self {
            uuid: "GPU-00000000-0000-0000-0000-000000000000".to_owned(),
            name: "SIMULATED stand-in GPU".to_owned(),
            memory_total: 80 << 30,
            memory_used: Curve::Constant((1u64 << 30) as f64),
            load: Curve::Constant(0.0),
            window_s: 1.0 / 6.0,
            power: Curve::Constant(100.0),
            temperature: Curve::Constant(40.0),
            clocks: (1410, 1593, 1275),
            throttle: Curve::Constant(0.0),
            ecc: (0, 0),
            power_limit: 400.0,
            pcie: Pcie::default(),
            processes: Vec::new(),
            gpm: None,
            mig: false,
            lost: false,
            fails: BTreeMap::new(),
        }
    }
}

/// Byte counters of the bus.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pcie {
    /// Bytes per second that the device sends.
    pub tx_per_s: f64,
    /// Bytes per second that it receives.
    pub rx_per_s: f64,
    /// Where both counters stand at time 0.
    pub from: u64,
    /// Width of the counters: 32 or 64 bits.
    pub bits: u32,
}

impl Default for Pcie {
    fn default() -> Self {
        Self { tx_per_s: 0.0, rx_per_s: 0.0, from: 0, bits: 64 }
    }
}

/// One process on a device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// Its id in the host's namespace.
    pub pid: u32,
    /// Bytes of the device's memory; absent where the driver does not say.
    pub memory: Option<u64>,
    /// Percent of the SMs; absent while it is idle.
    pub sm: Option<u32>,
}

/// What the performance counters say, percent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpm {
    /// Activity of the SMs.
    pub sm: Curve,
    /// Occupancy of the SMs.
    pub occupancy: Curve,
    /// Activity of the tensor cores.
    pub tensor: Curve,
    /// Bandwidth of the memory.
    pub dram: Curve,
}
