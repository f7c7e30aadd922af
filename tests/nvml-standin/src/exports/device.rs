//! Questions to one device.

use crate::world::{of_device, put, put_text};
use nvml_wrapper_sys::bindings::*;
use std::ffi::{c_char, c_uint, c_ulonglong};

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetUUID(device: nvmlDevice_t, uuid: *mut c_char, length: c_uint) -> nvmlReturn_t {
    of_device("nvmlDeviceGetUUID", device, |world, at| unsafe { put_text(uuid, length, &world.gpu(at)?.uuid) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetName(device: nvmlDevice_t, name: *mut c_char, length: c_uint) -> nvmlReturn_t {
    of_device("nvmlDeviceGetName", device, |world, at| unsafe { put_text(name, length, &world.gpu(at)?.name) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetIndex(device: nvmlDevice_t, index: *mut c_uint) -> nvmlReturn_t {
    of_device("nvmlDeviceGetIndex", device, |_, at| unsafe { put(index, at as c_uint) })
}

/// The whole percent of the last window that is over, as a driver answers; not supported on a device that is cut into instances.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetUtilizationRates(
    device: nvmlDevice_t,
    rates: *mut nvmlUtilization_t,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetUtilizationRates", device, |world, at| {
        let (now, gpu) = (world.seconds(), world.gpu(at)?);
        if gpu.mig {
            return Err(nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED);
        }
        // A time that stands at the end of a window but for rounding has that window behind it.
        let end = (now / gpu.window_s + 1e-6).floor() * gpu.window_s;
        let busy = gpu.load.mean((end - gpu.window_s).max(0.0), end);
        unsafe { put(rates, nvmlUtilization_t { gpu: busy.round() as c_uint, memory: 0 }) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMemoryInfo_v2(
    device: nvmlDevice_t,
    memory: *mut nvmlMemory_v2_t,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetMemoryInfo_v2", device, |world, at| {
        let gpu = world.gpu(at)?;
        let used = gpu.memory_used.at(world.seconds()) as u64;
        let version = size_of::<nvmlMemory_v2_t>() as u32 | (2 << 24);
        // SAFETY: as the function's contract says; the version is what the caller asks for.
        if memory.is_null() || unsafe { (*memory).version } != version {
            return Err(nvmlReturn_enum_NVML_ERROR_ARGUMENT_VERSION_MISMATCH);
        }
        let free = gpu.memory_total - used;
        unsafe { put(memory, nvmlMemory_v2_t { version, total: gpu.memory_total, reserved: 0, free, used }) }
    })
}

/// The mean of the last second, as Ampere and newer answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetPowerUsage(device: nvmlDevice_t, milliwatts: *mut c_uint) -> nvmlReturn_t {
    of_device("nvmlDeviceGetPowerUsage", device, |world, at| {
        let now = world.seconds();
        let watts = world.gpu(at)?.power.mean((now - 1.0).max(0.0), now);
        unsafe { put(milliwatts, (watts * 1e3).round() as c_uint) }
    })
}

/// Millijoules since time 0: the exact integral of the power, rounded.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetTotalEnergyConsumption(
    device: nvmlDevice_t,
    millijoules: *mut c_ulonglong,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetTotalEnergyConsumption", device, |world, at| {
        let joules = world.gpu(at)?.power.integral(0.0, world.seconds());
        unsafe { put(millijoules, (joules * 1e3).round() as c_ulonglong) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetTemperature(
    device: nvmlDevice_t,
    _sensor: nvmlTemperatureSensors_t,
    celsius: *mut c_uint,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetTemperature", device, |world, at| unsafe {
        put(celsius, world.gpu(at)?.temperature.at(world.seconds()) as c_uint)
    })
}

fn clock(clocks: (u32, u32, u32), kind: nvmlClockType_t) -> c_uint {
    match kind {
        nvmlClockType_enum_NVML_CLOCK_MEM => clocks.1,
        nvmlClockType_enum_NVML_CLOCK_VIDEO => clocks.2,
        _ => clocks.0,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetClockInfo(
    device: nvmlDevice_t,
    kind: nvmlClockType_t,
    megahertz: *mut c_uint,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetClockInfo", device, |world, at| unsafe {
        put(megahertz, clock(world.gpu(at)?.clocks, kind))
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMaxClockInfo(
    device: nvmlDevice_t,
    kind: nvmlClockType_t,
    megahertz: *mut c_uint,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetMaxClockInfo", device, |world, at| unsafe {
        put(megahertz, clock(world.gpu(at)?.clocks, kind) + 300)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetCurrentClocksThrottleReasons(
    device: nvmlDevice_t,
    reasons: *mut c_ulonglong,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetCurrentClocksThrottleReasons", device, |world, at| unsafe {
        put(reasons, world.gpu(at)?.throttle.at(world.seconds()) as c_ulonglong)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetTotalEccErrors(
    device: nvmlDevice_t,
    kind: nvmlMemoryErrorType_t,
    _counter: nvmlEccCounterType_t,
    count: *mut c_ulonglong,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetTotalEccErrors", device, |world, at| {
        let (corrected, uncorrected) = world.gpu(at)?.ecc;
        let of_kind =
            if kind == nvmlMemoryErrorType_enum_NVML_MEMORY_ERROR_TYPE_CORRECTED { corrected } else { uncorrected };
        unsafe { put(count, of_kind) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetMigMode(
    device: nvmlDevice_t,
    current: *mut c_uint,
    pending: *mut c_uint,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetMigMode", device, |world, at| {
        let mode = c_uint::from(world.gpu(at)?.mig);
        unsafe {
            put(current, mode)?;
            put(pending, mode)
        }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetEnforcedPowerLimit(
    device: nvmlDevice_t,
    milliwatts: *mut c_uint,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetEnforcedPowerLimit", device, |world, at| unsafe {
        put(milliwatts, (world.gpu(at)?.power_limit * 1e3) as c_uint)
    })
}

/// A driver takes 20 ms for an answer. hubmark must not ask: tests count the calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetPcieThroughput(
    device: nvmlDevice_t,
    _counter: nvmlPcieUtilCounter_t,
    kilobytes_per_s: *mut c_uint,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetPcieThroughput", device, |_, _| unsafe { put(kilobytes_per_s, 0) })
}
