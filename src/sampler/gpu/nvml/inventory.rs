//! Which GPUs are there.

use super::{Capabilities, GpuError, GpuInfo, Known, NvmlGpus, gone};
use nvml_wrapper::Device;
use nvml_wrapper::enum_wrappers::device::Clock;
use std::sync::Arc;

/// What names of made-up devices begin with.
const SIMULATED: &str = "SIMULATED";

impl<'n> NvmlGpus<'n> {
    /// A GPU that does not answer is left out: it is lost, or nobody's.
    pub(super) fn look_around(&mut self) -> Result<Vec<GpuInfo>, GpuError> {
        let count = self.library.device_count().map_err(|error| gone(&error))?;
        let mut found = Vec::with_capacity(count as usize);
        for index in 0..count {
            let Ok(device) = self.library.device_by_index(index) else { continue };
            let Ok(uuid) = device.uuid() else { continue };
            let info = describe(&device, Arc::from(uuid), index);
            self.remember(device, &info);
            found.push(info);
        }
        self.known.retain(|uuid, _| found.iter().any(|info| info.uuid == *uuid));
        Ok(found)
    }

    /// What a GPU was found not to give stays known while it is there and is cut as it was.
    fn remember(&mut self, device: Device<'n>, info: &GpuInfo) {
        let before = self.known.remove(&info.uuid).filter(|known| known.mig.is_none() || known.mig == info.mig);
        let (capabilities, before) =
            before.map_or((Capabilities::default(), None), |known| (known.capabilities, known.before));
        let known = Known { device, index: info.index, mig: info.mig, capabilities, before };
        self.known.insert(Arc::clone(&info.uuid), known);
    }
}

fn describe(device: &Device<'_>, uuid: Arc<str>, index: u32) -> GpuInfo {
    let name = device.name().unwrap_or_else(|_| "unknown GPU".to_owned());
    let hertz = |kind| device.max_clock_info(kind).ok().map(|mhz| f64::from(mhz) * 1e6);
    GpuInfo {
        simulated: name.starts_with(SIMULATED),
        memory_bytes: device.memory_info().ok().map(|memory| memory.total),
        power_limit_w: device.enforced_power_limit().ok().map(|mw| f64::from(mw) / 1e3),
        mig: device.mig_mode().ok().map(|mode| mode.current == 1),
        max_sm_hz: hertz(Clock::SM),
        max_memory_hz: hertz(Clock::Memory),
        uuid,
        index,
        name,
    }
}
