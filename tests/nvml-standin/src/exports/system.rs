//! Beginning, end, versions, and handles of devices.

use crate::config::Config;
use crate::world::{answer, handle, named, put, put_text, with};
use nvml_wrapper_sys::bindings::*;
use std::ffi::{CStr, c_char, c_int, c_uint};

#[unsafe(no_mangle)]
pub extern "C" fn nvmlInit_v2() -> nvmlReturn_t {
    with(|world| {
        let file = std::env::var_os("NVML_STANDIN");
        if let Some(file) = file.filter(|_| world.inits == 0 && world.config.gpus.is_empty()) {
            let config = std::fs::read(file).ok().and_then(|json| serde_json::from_slice::<Config>(&json).ok());
            let Some(config) = config else { return nvmlReturn_enum_NVML_ERROR_UNKNOWN };
            world.configure(config);
        }
        let code = named(&world.config.init);
        if code == nvmlReturn_enum_NVML_SUCCESS {
            world.inits += 1;
        }
        code
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlInitWithFlags(_flags: c_uint) -> nvmlReturn_t {
    nvmlInit_v2()
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlShutdown() -> nvmlReturn_t {
    answer("nvmlShutdown", |world| {
        world.inits -= 1;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlSystemGetDriverVersion(version: *mut c_char, length: c_uint) -> nvmlReturn_t {
    answer("nvmlSystemGetDriverVersion", |world| unsafe { put_text(version, length, &world.config.driver) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlSystemGetCudaDriverVersion_v2(version: *mut c_int) -> nvmlReturn_t {
    answer("nvmlSystemGetCudaDriverVersion_v2", |_| unsafe { put(version, 13_000) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetCount_v2(count: *mut c_uint) -> nvmlReturn_t {
    answer("nvmlDeviceGetCount_v2", |world| unsafe { put(count, world.config.gpus.len() as c_uint) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetHandleByIndex_v2(index: c_uint, device: *mut nvmlDevice_t) -> nvmlReturn_t {
    answer("nvmlDeviceGetHandleByIndex_v2", |world| {
        let gpu = world.gpu(index as usize)?;
        if gpu.lost {
            return Err(nvmlReturn_enum_NVML_ERROR_GPU_IS_LOST);
        }
        unsafe { put(device, handle(index as usize)) }
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetHandleByUUID(uuid: *const c_char, device: *mut nvmlDevice_t) -> nvmlReturn_t {
    answer("nvmlDeviceGetHandleByUUID", |world| {
        let uuid = unsafe { CStr::from_ptr(uuid) }.to_string_lossy();
        let index = world.config.gpus.iter().position(|gpu| gpu.uuid == uuid);
        let index = index.ok_or(nvmlReturn_enum_NVML_ERROR_NOT_FOUND)?;
        if world.gpu(index)?.lost {
            return Err(nvmlReturn_enum_NVML_ERROR_GPU_IS_LOST);
        }
        unsafe { put(device, handle(index)) }
    })
}
