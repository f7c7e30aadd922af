//! Processes on a device.

use crate::world::{of_device, put};
use nvml_wrapper_sys::bindings::*;
use std::ffi::{c_uint, c_ulonglong};

unsafe fn list(name: &str, device: nvmlDevice_t, count: *mut c_uint, infos: *mut nvmlProcessInfo_t) -> nvmlReturn_t {
    of_device(name, device, |world, at| {
        let processes = &world.gpu(at)?.processes;
        // SAFETY: the caller promises that the count can be read and that there is room for so many.
        let room = unsafe { *count } as usize;
        unsafe { put(count, processes.len() as c_uint)? };
        if room < processes.len() {
            return Err(nvmlReturn_enum_NVML_ERROR_INSUFFICIENT_SIZE);
        }
        for (index, process) in processes.iter().enumerate() {
            let info = nvmlProcessInfo_t {
                pid: process.pid,
                usedGpuMemory: process.memory.unwrap_or(u64::MAX),
                gpuInstanceId: u32::MAX,
                computeInstanceId: u32::MAX,
            };
            unsafe { put(infos.add(index), info)? };
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetComputeRunningProcesses_v3(
    device: nvmlDevice_t,
    count: *mut c_uint,
    infos: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    unsafe { list("nvmlDeviceGetComputeRunningProcesses_v3", device, count, infos) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetComputeRunningProcesses_v2(
    device: nvmlDevice_t,
    count: *mut c_uint,
    infos: *mut nvmlProcessInfo_t,
) -> nvmlReturn_t {
    unsafe { list("nvmlDeviceGetComputeRunningProcesses_v2", device, count, infos) }
}

/// Samples of processes that did something; where none did, nothing is found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetProcessUtilization(
    device: nvmlDevice_t,
    samples: *mut nvmlProcessUtilizationSample_t,
    count: *mut c_uint,
    _since: c_ulonglong,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetProcessUtilization", device, |world, at| {
        let time = world.now_ns() / 1000;
        let busy: Vec<(u32, u32)> =
            world.gpu(at)?.processes.iter().filter_map(|process| Some((process.pid, process.sm?))).collect();
        if busy.is_empty() {
            return Err(nvmlReturn_enum_NVML_ERROR_NOT_FOUND);
        }
        // SAFETY: the caller promises that the count can be read and that there is room for so many.
        let room = if samples.is_null() { 0 } else { unsafe { *count as usize } };
        unsafe { put(count, busy.len() as c_uint)? };
        if room < busy.len() {
            return Err(nvmlReturn_enum_NVML_ERROR_INSUFFICIENT_SIZE);
        }
        for (index, (pid, sm)) in busy.into_iter().enumerate() {
            let sample =
                nvmlProcessUtilizationSample_t { pid, timeStamp: time, smUtil: sm, memUtil: 0, encUtil: 0, decUtil: 0 };
            unsafe { put(samples.add(index), sample)? };
        }
        Ok(())
    })
}
