//! Field values: power at this instant, byte counters of the bus.

use crate::config::Gpu;
use crate::world::{failure, of_device};
use nvml_wrapper_sys::bindings::field_id::{
    NVML_FI_DEV_PCIE_COUNT_RX_BYTES, NVML_FI_DEV_PCIE_COUNT_TX_BYTES, NVML_FI_DEV_POWER_INSTANT,
};
use nvml_wrapper_sys::bindings::*;
use std::ffi::c_int;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetFieldValues(
    device: nvmlDevice_t,
    count: c_int,
    values: *mut nvmlFieldValue_t,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetFieldValues", device, |world, at| {
        let (seconds, gpu) = (world.seconds(), world.gpu(at)?);
        if values.is_null() || count < 1 {
            return Err(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT);
        }
        // SAFETY: the caller promises `count` values.
        let values = unsafe { std::slice::from_raw_parts_mut(values, count as usize) };
        for value in values {
            answer(value, gpu, seconds);
        }
        Ok(())
    })
}

fn answer(value: &mut nvmlFieldValue_t, gpu: &Gpu, seconds: f64) {
    value.nvmlReturn = nvmlReturn_enum_NVML_SUCCESS;
    value.timestamp = (seconds * 1e6) as i64;
    if let Err(code) = failure(gpu, &format!("field:{}", value.fieldId)) {
        value.nvmlReturn = code;
        return;
    }
    let counter = |per_s: f64| gpu.pcie.from.wrapping_add((per_s * seconds) as u64);
    match value.fieldId {
        NVML_FI_DEV_POWER_INSTANT => {
            value.valueType = nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT;
            value.value = nvmlValue_t { uiVal: (gpu.power.at(seconds) * 1e3).round() as u32 };
        }
        NVML_FI_DEV_PCIE_COUNT_TX_BYTES | NVML_FI_DEV_PCIE_COUNT_RX_BYTES => {
            let sends = value.fieldId == NVML_FI_DEV_PCIE_COUNT_TX_BYTES;
            let bytes = counter(if sends { gpu.pcie.tx_per_s } else { gpu.pcie.rx_per_s });
            if gpu.pcie.bits == 32 {
                value.valueType = nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_INT;
                value.value = nvmlValue_t { uiVal: bytes as u32 };
            } else {
                value.valueType = nvmlValueType_enum_NVML_VALUE_TYPE_UNSIGNED_LONG_LONG;
                value.value = nvmlValue_t { ullVal: bytes };
            }
        }
        // What an older driver says of a field that it does not know.
        _ => value.nvmlReturn = nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT,
    }
}
