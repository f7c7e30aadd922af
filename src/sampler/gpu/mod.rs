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
#[cfg(target_os = "linux")]
mod sysfs;
mod worker;

pub use device::{
    Counter, Driver, GpuError, GpuEvent, GpuEventKind, GpuInfo, GpuProcess, GpuSample, Gpus, NoDriver, Reading, Stamp,
    THROTTLE_REASONS,
};
pub use meter::Meter;
#[cfg(target_os = "linux")]
pub use nvml::Nvml;
pub use simulated::{SimulatedGpus, Tasks};
#[cfg(target_os = "linux")]
pub use sysfs::Sysfs;
pub use worker::{Found, GpuSampler};

use std::ffi::OsStr;

/// The driver of this machine's GPUs: NVIDIA's, or else what the kernel tells of cards of AMD and Intel. `library` is the file of another
/// NVIDIA library than the system's, and then nothing else will do. Readings have the times of `stamp`.
///
/// # Errors
/// There is no driver with a GPU, or it does not work.
#[cfg(target_os = "linux")]
pub fn driver(library: Option<&OsStr>, stamp: Stamp) -> Result<Box<dyn Driver>, NoDriver> {
    match Nvml::open(library, std::sync::Arc::clone(&stamp)) {
        Ok(nvml) => Ok(Box::new(nvml)),
        Err(error @ NoDriver::Absent { .. }) if library.is_none() => {
            let cards = Sysfs::new(stamp);
            let some = cards.gpus().inventory().is_ok_and(|found| !found.is_empty());
            if some { Ok(Box::new(cards)) } else { Err(error) }
        }
        Err(error) => Err(error),
    }
}

/// There is none on this platform that hubmark knows.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn driver(_library: Option<&OsStr>, _stamp: Stamp) -> Result<Box<dyn Driver>, NoDriver> {
    Err(NoDriver::Absent { cause: "GPUs are sampled on Linux only".to_owned() })
}
