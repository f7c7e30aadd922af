//! The stand-in's state: one for each copy of the library that is loaded.

use crate::config::{Config, Gpu};
use nvml_wrapper_sys::bindings::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a call answers, success being `Ok`.
pub(crate) type Answer = Result<(), nvmlReturn_t>;

/// An event that waits to be fetched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) gpu: usize,
    pub(crate) kind: u64,
    pub(crate) data: u64,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) config: Config,
    /// Virtual nanoseconds.
    virtual_ns: u64,
    started: Option<Instant>,
    /// How often it was initialised and not shut down.
    pub(crate) inits: u32,
    /// Event sets that are not freed: types of events by device.
    pub(crate) sets: BTreeMap<usize, BTreeMap<usize, u64>>,
    pub(crate) next_set: usize,
    /// Performance samples that are not freed.
    pub(crate) samples: u32,
    pub(crate) events: VecDeque<Pending>,
    pub(crate) calls: BTreeMap<String, u64>,
}

static WORLD: Mutex<Option<World>> = Mutex::new(None);
/// Rung when an event comes in.
pub(crate) static BELL: Condvar = Condvar::new();

pub(crate) fn lock() -> MutexGuard<'static, Option<World>> {
    WORLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Works on the state.
pub(crate) fn with<T>(then: impl FnOnce(&mut World) -> T) -> T {
    then(lock().get_or_insert_default())
}

impl World {
    /// Nanoseconds of the stand-in's clock.
    pub(crate) fn now_ns(&self) -> u64 {
        match self.started {
            Some(started) if self.config.real_time => u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX),
            _ => self.virtual_ns,
        }
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.now_ns() as f64 / 1e9
    }

    pub(crate) fn advance(&mut self, ns: u64) {
        self.virtual_ns += ns;
    }

    pub(crate) fn configure(&mut self, config: Config) {
        self.started.get_or_insert_with(Instant::now);
        self.config = config;
    }

    pub(crate) fn gpu(&self, index: usize) -> Result<&Gpu, nvmlReturn_t> {
        self.config.gpus.get(index).ok_or(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT)
    }
}

/// A handle that says which device it is. It is never followed.
pub(crate) fn handle(index: usize) -> nvmlDevice_t {
    std::ptr::without_provenance_mut(index + 1)
}

fn index_of(device: nvmlDevice_t) -> Result<usize, nvmlReturn_t> {
    device.addr().checked_sub(1).ok_or(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT)
}

fn code(answer: Answer) -> nvmlReturn_t {
    answer.err().unwrap_or(nvmlReturn_enum_NVML_SUCCESS)
}

/// Answers a call that concerns no device.
pub(crate) fn answer(name: &str, then: impl FnOnce(&mut World) -> Answer) -> nvmlReturn_t {
    with(|world| {
        *world.calls.entry(name.to_owned()).or_default() += 1;
        if world.inits == 0 {
            return nvmlReturn_enum_NVML_ERROR_UNINITIALIZED;
        }
        code(then(world))
    })
}

/// Answers a call that concerns a device, unless the device is lost or the call is one that fails there.
pub(crate) fn of_device(
    name: &str,
    device: nvmlDevice_t,
    then: impl FnOnce(&mut World, usize) -> Answer,
) -> nvmlReturn_t {
    answer(name, |world| {
        let index = index_of(device)?;
        let gpu = world.gpu(index)?;
        if gpu.lost {
            return Err(nvmlReturn_enum_NVML_ERROR_GPU_IS_LOST);
        }
        failure(gpu, name)?;
        then(world, index)
    })
}

/// Whether a call, or a field, is one that fails on a device.
pub(crate) fn failure(gpu: &Gpu, name: &str) -> Answer {
    gpu.fails.get(name).map_or(Ok(()), |word| Err(named(word)))
}

/// The code of a word.
pub(crate) fn named(word: &str) -> nvmlReturn_t {
    match word {
        "success" => nvmlReturn_enum_NVML_SUCCESS,
        "invalid_argument" => nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT,
        "not_supported" => nvmlReturn_enum_NVML_ERROR_NOT_SUPPORTED,
        "no_permission" => nvmlReturn_enum_NVML_ERROR_NO_PERMISSION,
        "not_found" => nvmlReturn_enum_NVML_ERROR_NOT_FOUND,
        "driver_not_loaded" => nvmlReturn_enum_NVML_ERROR_DRIVER_NOT_LOADED,
        "timeout" => nvmlReturn_enum_NVML_ERROR_TIMEOUT,
        "gpu_is_lost" => nvmlReturn_enum_NVML_ERROR_GPU_IS_LOST,
        _ => nvmlReturn_enum_NVML_ERROR_UNKNOWN,
    }
}

/// Writes an answer to where the caller wants it.
pub(crate) unsafe fn put<T>(to: *mut T, value: T) -> Answer {
    if to.is_null() {
        return Err(nvmlReturn_enum_NVML_ERROR_INVALID_ARGUMENT);
    }
    // SAFETY: the caller of the exported function promised room for one value.
    unsafe { to.write(value) };
    Ok(())
}

/// Writes a text with its end.
pub(crate) unsafe fn put_text(to: *mut std::ffi::c_char, room: u32, text: &str) -> Answer {
    if to.is_null() || text.len() + 1 > room as usize {
        return Err(nvmlReturn_enum_NVML_ERROR_INSUFFICIENT_SIZE);
    }
    // SAFETY: the caller promised `room` bytes, and the text with its end fits.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr().cast(), to, text.len());
        to.add(text.len()).write(0);
    }
    Ok(())
}
