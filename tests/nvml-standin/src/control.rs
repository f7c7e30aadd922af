//! How tests steer the stand-in.

use crate::config::Config;
use crate::world::{BELL, Pending, with};
use std::ffi::{CStr, c_char};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Takes a JSON document of `len` bytes; 0 if it was understood.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvml_standin_configure(json: *const u8, len: usize) -> i32 {
    // SAFETY: the caller promises `len` bytes.
    let json = unsafe { std::slice::from_raw_parts(json, len) };
    match serde_json::from_slice::<Config>(json) {
        Ok(config) => {
            with(|world| world.configure(config));
            0
        }
        Err(_) => 1,
    }
}

/// Advances the virtual clock by nanoseconds.
#[unsafe(no_mangle)]
pub extern "C" fn nvml_standin_advance(ns: u64) {
    with(|world| world.advance(ns));
}

/// Nanoseconds of the stand-in's clock.
#[unsafe(no_mangle)]
pub extern "C" fn nvml_standin_now() -> u64 {
    with(|world| world.now_ns())
}

/// Raises an event of a device, as if its driver did.
#[unsafe(no_mangle)]
pub extern "C" fn nvml_standin_raise(gpu: u32, kind: u64, data: u64) {
    with(|world| {
        // The driver keeps events for sets that asked for them and for no other.
        let wanted = world.sets.values().any(|set| set.get(&(gpu as usize)).is_some_and(|types| types & kind != 0));
        if wanted {
            world.events.push_back(Pending { gpu: gpu as usize, kind, data });
        }
    });
    BELL.notify_all();
}

/// How often a function was called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvml_standin_calls(name: *const c_char) -> u64 {
    // SAFETY: the caller promises a text with its end.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    with(|world| world.calls.get(name.as_ref()).copied().unwrap_or(0))
}

/// What is open: initialisations, event sets and performance samples.
#[unsafe(no_mangle)]
pub extern "C" fn nvml_standin_open(of: u32) -> u32 {
    with(|world| match of {
        0 => world.inits,
        1 => u32::try_from(world.sets.len()).unwrap_or(u32::MAX),
        _ => world.samples,
    })
}

/// A copy of the stand-in with a state of its own, loaded into this process for steering. It goes when it is dropped.
pub struct Standin {
    folder: TempDir,
    library: Arc<libloading::Library>,
}

impl Standin {
    /// A stand-in of such a machine. `without` names functions that its library does not have, as older drivers do not.
    ///
    /// # Panics
    /// The library was not built beside the test, or the document is not understood.
    #[must_use]
    pub fn start(config: &Config, without: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the stand-in");
        let path = folder.path().join("libnvidia-ml.so.1");
        let mut bytes = std::fs::read(library()).expect("the stand-in is readable");
        without.iter().for_each(|name| remove(&mut bytes, name));
        std::fs::write(&path, bytes).expect("the stand-in can be copied");
        // SAFETY: it is this package's own library, whose loading runs nothing.
        let library = unsafe { libloading::Library::new(&path) }.expect("the stand-in can be loaded");
        let standin = Self { folder, library: Arc::new(library) };
        standin.configure(config);
        standin
    }

    /// The library, for who loads it as NVIDIA's.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("libnvidia-ml.so.1")
    }

    /// Changes the machine; the clock goes on.
    ///
    /// # Panics
    /// The document is not understood.
    pub fn configure(&self, config: &Config) {
        let json = serde_json::to_vec(config).expect("a document");
        // SAFETY: the function is the one above.
        let code = unsafe {
            let call = self.get::<unsafe extern "C" fn(*const u8, usize) -> i32>(c"nvml_standin_configure");
            call(json.as_ptr(), json.len())
        };
        assert_eq!(code, 0, "the stand-in understands its document");
    }

    /// Advances the virtual clock.
    pub fn advance(&self, by: Duration) {
        // SAFETY: the function is the one above.
        unsafe { self.get::<extern "C" fn(u64)>(c"nvml_standin_advance")(by.as_nanos() as u64) };
    }

    /// The stand-in's clock, nanoseconds.
    pub fn clock(&self) -> impl Fn() -> u64 + Send + Sync + 'static {
        let library = Arc::clone(&self.library);
        // SAFETY: the function is the one above, and the library stays loaded as long as the closure.
        move || unsafe {
            let now: libloading::Symbol<'_, extern "C" fn() -> u64> =
                library.get(b"nvml_standin_now\0").expect("the stand-in has it");
            now()
        }
    }

    /// Raises an event of a device: one bit of `nvmlEventType*` and what goes with it.
    pub fn raise(&self, gpu: u32, kind: u64, data: u64) {
        // SAFETY: the function is the one above.
        unsafe { self.get::<extern "C" fn(u32, u64, u64)>(c"nvml_standin_raise")(gpu, kind, data) };
    }

    /// How often a function was called.
    #[must_use]
    pub fn calls(&self, name: &CStr) -> u64 {
        // SAFETY: the function is the one above.
        unsafe { self.get::<unsafe extern "C" fn(*const c_char) -> u64>(c"nvml_standin_calls")(name.as_ptr()) }
    }

    /// What is open: initialisations, event sets, performance samples.
    #[must_use]
    pub fn open(&self) -> [u32; 3] {
        // SAFETY: the function is the one above.
        [0, 1, 2].map(|of| unsafe { self.get::<extern "C" fn(u32) -> u32>(c"nvml_standin_open")(of) })
    }

    /// SAFETY: `T` must be the type of the function.
    unsafe fn get<T>(&self, name: &CStr) -> libloading::Symbol<'_, T> {
        // SAFETY: passed on to the caller.
        unsafe { self.library.get(name.to_bytes_with_nul()) }.expect("the stand-in has it")
    }
}

/// Where cargo put the library: beside the test's own binary.
///
/// # Panics
/// It was not built there.
#[must_use]
pub fn library() -> PathBuf {
    let exe = std::env::current_exe().expect("a test knows its binary");
    let beside = exe.parent().into_iter().flat_map(Path::ancestors).take(2);
    let mut places = beside.map(|folder| folder.join("libnvidia_ml.so"));
    places.find(|path| path.exists()).expect("cargo built the stand-in beside the test")
}

/// Renames a function in the library's table of names, so that looking it up finds nothing.
fn remove(library: &mut [u8], name: &str) {
    let entry = [b"\0", name.as_bytes(), b"\0"].concat();
    let found: Vec<usize> =
        (0..library.len().saturating_sub(entry.len())).filter(|at| library[*at..].starts_with(&entry)).collect();
    assert!(!found.is_empty(), "the stand-in has no {name}");
    for at in found {
        library[at + 1] = b'X';
    }
}
