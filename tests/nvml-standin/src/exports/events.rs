//! Sets of events.

use crate::world::{Answer, BELL, World, answer, handle, lock, of_device, put};
use nvml_wrapper_sys::bindings::*;
use std::ffi::{c_uint, c_ulonglong};
use std::time::Duration;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlEventSetCreate(set: *mut nvmlEventSet_t) -> nvmlReturn_t {
    answer("nvmlEventSetCreate", |world| {
        world.next_set += 1;
        world.sets.insert(world.next_set, std::collections::BTreeMap::new());
        unsafe { put(set, std::ptr::without_provenance_mut(world.next_set)) }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlDeviceRegisterEvents(
    device: nvmlDevice_t,
    types: c_ulonglong,
    set: nvmlEventSet_t,
) -> nvmlReturn_t {
    of_device("nvmlDeviceRegisterEvents", device, |world, at| {
        let set = world.sets.get_mut(&set.addr()).ok_or(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT)?;
        *set.entry(at).or_default() |= types;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlDeviceGetSupportedEventTypes(
    device: nvmlDevice_t,
    types: *mut c_ulonglong,
) -> nvmlReturn_t {
    of_device("nvmlDeviceGetSupportedEventTypes", device, |_, _| unsafe {
        put(
            types,
            c_ulonglong::from(
                nvmlEventTypeXidCriticalError | nvmlEventTypeDoubleBitEccError | nvmlEventMigConfigChange,
            ),
        )
    })
}

fn take(world: &mut World, data: *mut nvmlEventData_t) -> Option<Answer> {
    let event = world.events.pop_front()?;
    let found = nvmlEventData_t {
        device: handle(event.gpu),
        eventType: event.kind,
        eventData: event.data,
        gpuInstanceId: u32::MAX,
        computeInstanceId: u32::MAX,
    };
    Some(unsafe { put(data, found) })
}

/// Waits in real time, whatever the stand-in's clock: it is a thread that waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvmlEventSetWait_v2(
    set: nvmlEventSet_t,
    data: *mut nvmlEventData_t,
    timeout_ms: c_uint,
) -> nvmlReturn_t {
    let known = answer("nvmlEventSetWait_v2", |world| match world.sets.contains_key(&set.addr()) {
        true => Ok(()),
        false => Err(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT),
    });
    if known != nvmlReturn_enum_NVML_SUCCESS {
        return known;
    }
    let wait = Duration::from_millis(u64::from(timeout_ms));
    let idle = |world: &mut Option<World>| world.as_ref().is_none_or(|world| world.events.is_empty());
    let Ok((mut world, _)) = BELL.wait_timeout_while(lock(), wait, idle) else {
        return nvmlReturn_enum_NVML_ERROR_UNKNOWN;
    };
    match world.as_mut().and_then(|world| take(world, data)) {
        Some(answer) => answer.err().unwrap_or(nvmlReturn_enum_NVML_SUCCESS),
        None => nvmlReturn_enum_NVML_ERROR_TIMEOUT,
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn nvmlEventSetFree(set: nvmlEventSet_t) -> nvmlReturn_t {
    answer("nvmlEventSetFree", |world| {
        world.sets.remove(&set.addr()).map(|_| ()).ok_or(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT)
    })
}
