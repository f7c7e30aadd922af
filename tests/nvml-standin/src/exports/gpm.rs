//! Performance counters of Hopper and newer.

use crate::config::Gpu;
use crate::world::{answer, of_device, put};
use nvml_wrapper_sys::bindings::*;

/// What a sample's handle points to.
struct Taken {
    gpu: usize,
    seconds: f64,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmQueryDeviceSupport(
    device: nvmlDevice_t,
    support: *mut nvmlGpmSupport_t,
) -> nvmlReturn_t {
    of_device("nvmlGpmQueryDeviceSupport", device, |world, at| {
        let yes = u32::from(world.gpu(at)?.gpm.is_some());
        unsafe { put(support, nvmlGpmSupport_t { version: NVML_GPM_SUPPORT_VERSION, isSupportedDevice: yes }) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmSampleAlloc(sample: *mut nvmlGpmSample_t) -> nvmlReturn_t {
    answer("nvmlGpmSampleAlloc", |world| {
        world.samples += 1;
        unsafe { put(sample, Box::into_raw(Box::new(Taken { gpu: 0, seconds: 0.0 })).cast()) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmSampleFree(sample: nvmlGpmSample_t) -> nvmlReturn_t {
    answer("nvmlGpmSampleFree", |world| {
        world.samples -= 1;
        // SAFETY: the handle came from the function above and is given back once.
        drop(unsafe { Box::from_raw(sample.cast::<Taken>()) });
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmSampleGet(device: nvmlDevice_t, sample: nvmlGpmSample_t) -> nvmlReturn_t {
    of_device("nvmlGpmSampleGet", device, |world, at| {
        if world.gpu(at)?.gpm.is_none() {
            return Err(nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED);
        }
        unsafe { put(sample.cast(), Taken { gpu: at, seconds: world.seconds() }) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlGpmMetricsGet(request: *mut nvmlGpmMetricsGet_t) -> nvmlReturn_t {
    answer("nvmlGpmMetricsGet", |world| {
        // SAFETY: the caller promises a request with two samples that are not freed.
        let request = unsafe { &mut *request };
        let (from, to) = unsafe { (&*request.sample1.cast::<Taken>(), &*request.sample2.cast::<Taken>()) };
        if request.version != NVML_GPM_METRICS_GET_VERSION || from.gpu != to.gpu {
            return Err(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT);
        }
        let gpu = world.gpu(to.gpu)?;
        for metric in request.metrics.iter_mut().take(request.numMetrics as usize) {
            match value(gpu, metric.metricId, from.seconds, to.seconds) {
                Some(value) => (metric.nvmlReturn, metric.value) = (nvmlReturn_enum_NVML_SUCCESS, value),
                None => metric.nvmlReturn = nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED,
            }
        }
        Ok(())
    })
}

fn value(gpu: &Gpu, metric: u32, from: f64, to: f64) -> Option<f64> {
    let gpm = gpu.gpm.as_ref()?;
    let curve = match metric {
        nvmlGpmMetricId_t_NVML_GPM_METRIC_SM_UTIL => &gpm.sm,
        nvmlGpmMetricId_t_NVML_GPM_METRIC_SM_OCCUPANCY => &gpm.occupancy,
        nvmlGpmMetricId_t_NVML_GPM_METRIC_ANY_TENSOR_UTIL => &gpm.tensor,
        nvmlGpmMetricId_t_NVML_GPM_METRIC_DRAM_BW_UTIL => &gpm.dram,
        _ => return None,
    };
    Some(curve.mean(from, to))
}
