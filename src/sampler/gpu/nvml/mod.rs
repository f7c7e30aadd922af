//! NVIDIA's management library. It is loaded when it is there; a machine without it is no error.

mod capability;
mod events;
mod inventory;
mod processes;
mod read;

use super::device::{Driver, GpuError, GpuEvent, GpuInfo, GpuProcess, GpuSample, Gpus, NoDriver, Stamp};
use capability::{Capabilities, Gaps};
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, EventSet, GpmSample, Nvml as Library};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::sync::Arc;
use std::time::Duration;

/// The library, loaded and initialised. Dropping it shuts it down.
pub struct Nvml {
    library: Library,
    stamp: Stamp,
}

impl Nvml {
    /// Loads the library: that of the system, or the one at `path`. Times of readings come from `stamp`.
    ///
    /// # Errors
    /// There is no library, or its driver does not work.
    pub fn open(path: Option<&OsStr>, stamp: Stamp) -> Result<Self, NoDriver> {
        let mut builder = Library::builder();
        if let Some(path) = path {
            builder.lib_path(path);
        }
        let library = match builder.init() {
            Ok(library) => library,
            Err(error @ (NvmlError::LibloadingError(_) | NvmlError::DriverNotLoaded)) => {
                return Err(NoDriver::Absent { cause: error.to_string() });
            }
            Err(error) => return Err(NoDriver::Unusable(error.to_string())),
        };
        if library.lib().nvmlShutdown.is_err() {
            // The wrapper panics when it drops such a library, so this one stays loaded.
            std::mem::forget(library);
            return Err(NoDriver::Unusable("its library has no nvmlShutdown".to_owned()));
        }
        Ok(Self { library, stamp })
    }
}

impl Driver for Nvml {
    fn gpus(&self) -> Box<dyn Gpus + '_> {
        Box::new(NvmlGpus::new(&self.library, Arc::clone(&self.stamp)))
    }

    fn version(&self) -> String {
        self.library.sys_driver_version().unwrap_or_default()
    }
}

/// The GPUs of the library, for one thread.
struct NvmlGpus<'n> {
    library: &'n Library,
    stamp: Stamp,
    known: BTreeMap<Arc<str>, Known<'n>>,
    gaps: Gaps,
    /// Events that are waited for, once somebody does.
    set: Option<EventSet<'n>>,
}

/// A GPU that was found.
struct Known<'n> {
    device: Device<'n>,
    index: u32,
    mig: Option<bool>,
    capabilities: Capabilities,
    /// The performance sample of the look before.
    before: Option<GpmSample<'n>>,
}

impl<'n> NvmlGpus<'n> {
    fn new(library: &'n Library, stamp: Stamp) -> Self {
        Self { library, stamp, known: BTreeMap::new(), gaps: Gaps::default(), set: None }
    }

    /// A GPU by its UUID. One that was lost is looked up anew: its handle and its index may have changed, and what it can do too.
    fn find(&mut self, uuid: &str) -> Result<&mut Known<'n>, GpuError> {
        if !self.known.contains_key(uuid) {
            let device = self.library.device_by_uuid(uuid).map_err(|error| gone(&error))?;
            let index = device.index().map_err(|error| gone(&error))?;
            let known = Known { device, index, mig: None, capabilities: Capabilities::default(), before: None };
            self.known.insert(Arc::from(uuid), known);
        }
        self.known.get_mut(uuid).ok_or(GpuError::Lost)
    }
}

/// Why a GPU does not answer at all. One that the driver does not find any more is lost too.
fn gone(error: &NvmlError) -> GpuError {
    match error {
        NvmlError::GpuLost | NvmlError::NotFound => GpuError::Lost,
        other => GpuError::Failed(other.to_string()),
    }
}

impl Gpus for NvmlGpus<'_> {
    fn inventory(&mut self) -> Result<Vec<GpuInfo>, GpuError> {
        self.look_around()
    }

    fn sample(&mut self, uuid: &str, out: &mut GpuSample) -> Result<(), GpuError> {
        let result = self.read(uuid, out);
        if result == Err(GpuError::Lost) {
            self.known.remove(uuid);
        }
        result
    }

    fn processes(&mut self, uuid: &str, out: &mut Vec<GpuProcess>) -> Result<(), GpuError> {
        self.list_processes(uuid, out)
    }

    fn events(&mut self, timeout: Duration) -> Result<Vec<GpuEvent>, GpuError> {
        self.wait(timeout)
    }

    fn notices(&mut self) -> Vec<String> {
        self.gaps.take()
    }
}
