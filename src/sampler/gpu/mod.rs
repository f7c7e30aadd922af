//! GPUs: what a driver says of them, as series.
//!
//! A [`Driver`] knows a machine's GPUs and hands out [`Gpus`], through which one thread asks them. Drivers can block for seconds, so
//! nothing here is called from an async worker: [`GpuSampler`] keeps one thread for samples and one that waits for events.
//! [`Meter`] makes series of what was read; it needs no thread, and tests drive it over a clock of their own.

mod device;
mod keys;
mod meter;
#[cfg(target_os = "linux")]
mod nvml;
mod simulated;
mod worker;

pub use device::{
    Counter, Driver, GpuError, GpuEvent, GpuEventKind, GpuInfo, GpuProcess, GpuSample, Gpus, NoDriver, Reading, Stamp,
    THROTTLE_REASONS,
};
pub use meter::Meter;
#[cfg(target_os = "linux")]
pub use nvml::Nvml;
pub use simulated::{SimulatedGpus, Tasks};
pub use worker::{Found, GpuSampler};

use std::ffi::OsStr;

/// Loads NVIDIA's driver library: that of the system, or the one at `path`. Readings have the times of `stamp`.
///
/// # Errors
/// There is none on this machine, or it does not work.
#[cfg(target_os = "linux")]
pub fn nvidia(path: Option<&OsStr>, stamp: Stamp) -> Result<Box<dyn Driver>, NoDriver> {
    Ok(Box::new(Nvml::open(path, stamp)?))
}

/// There is none on this platform that hubmark knows.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn nvidia(_path: Option<&OsStr>, _stamp: Stamp) -> Result<Box<dyn Driver>, NoDriver> {
    Err(NoDriver::Absent { cause: "GPUs are sampled on Linux only".to_owned() })
}
