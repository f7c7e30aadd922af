//! A lab that belongs to this process.

use super::create;
use super::error::LabError;
use super::live::{self, Part};
use super::options::{LabOptions, LabProgress};
use super::provision::{self, Toolchain};
use super::state::{Kind, LabInfo, State};
use super::stop;
use super::tether::Tether;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// A running JupyterHub that ends with this value, and with this process however that ends.
#[derive(Debug)]
pub struct Lab {
    info: LabInfo,
    toolchain: Toolchain,
    pids: (i32, i32),
    keeper: Keeper,
}

impl Lab {
    /// Provisions what is missing, starts proxy and hub and returns once the hub answers. Blocks; `progress` is called from this thread.
    ///
    /// # Errors
    /// Those of [`provision`](super::provision()), [`LabError::Start`] with the end of the log, [`LabError::Cancelled`]. Nothing is left
    /// running then.
    pub fn start(options: &LabOptions, progress: &mut dyn FnMut(LabProgress)) -> Result<Self, LabError> {
        let toolchain = provision::provision(options, progress)?;
        let (folder, mut state) = create::begin_owned(options, Kind::Hub, progress)?;
        progress(LabProgress::Starting);
        let (tools, options) = (toolchain.clone(), options.clone());
        let (keeper, (info, pids)) = Keeper::start(folder.clone(), move |folder| {
            let parts = match live::bring_up(folder, &mut state, &tools, &options, Tether::Terminate) {
                Ok(parts) => parts,
                Err(error) => return Err(Box::new((error, state))),
            };
            match (state.save(folder), state.info.clone(), state.hub, state.proxy) {
                (Ok(()), Some(info), Some(hub), Some(proxy)) => {
                    Ok(Kept { parts, state, value: (info, (hub.pid, proxy.pid)) })
                }
                (saved, ..) => Err(Box::new((saved.err().unwrap_or(LabError::NoProc), state))),
            }
        })?;
        progress(LabProgress::Ready);
        Ok(Self { info, toolchain, pids, keeper })
    }

    /// The hub's address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.info.url
    }

    /// Token of the service `loadgen`: may manage users, servers and tokens, use servers, read metrics and routes.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.info.token
    }

    /// All addresses, ports and tokens.
    #[must_use]
    pub fn info(&self) -> &LabInfo {
        &self.info
    }

    /// What it runs with; [`PlainServer`](super::PlainServer) may use it too.
    #[must_use]
    pub fn toolchain(&self) -> &Toolchain {
        &self.toolchain
    }

    /// Process id of the hub.
    #[must_use]
    pub fn hub_pid(&self) -> i32 {
        self.pids.0
    }

    /// Process id of the proxy.
    #[must_use]
    pub fn proxy_pid(&self) -> i32 {
        self.pids.1
    }

    /// Stops it: hub, servers, kernels, proxy, and its folder. Dropping the value does the same and forgets the error.
    ///
    /// # Errors
    /// [`LabError::Leftover`] if something could not be ended, [`LabError::Io`] if the folder could not be removed.
    pub fn stop(mut self) -> Result<(), LabError> {
        self.keeper.stop()
    }
}

/// The thread that starts a lab's processes and lives as long as they do: the kernel's death signal goes out when the *thread* ends that
/// started a process.
#[derive(Debug)]
pub(super) struct Keeper {
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<Result<(), LabError>>>,
}

/// What a keeper watches over, and what its starter gets to know.
pub(super) struct Kept<T> {
    pub(super) parts: Vec<Part>,
    pub(super) state: Box<State>,
    pub(super) value: T,
}

type Started<T> = Result<Kept<T>, Box<(LabError, Box<State>)>>;

impl Keeper {
    /// Runs `start` on the new thread and returns what it made, or its error after everything is stopped again.
    pub(super) fn start<T: Send + 'static>(
        folder: PathBuf,
        start: impl FnOnce(&Path) -> Started<T> + Send + 'static,
    ) -> Result<(Self, T), LabError> {
        let (stop, stopped) = sync_channel(1);
        let (ready, started) = sync_channel(1);
        let thread = thread::Builder::new()
            .name("hubmark-lab".to_owned())
            .spawn(move || keep(&folder, start(&folder), &ready, &stopped))
            .map_err(LabError::io("start a thread for", Path::new("the lab")))?;
        let mut keeper = Self { stop: Some(stop), thread: Some(thread) };
        match started.recv() {
            Ok(Ok(value)) => Ok((keeper, value)),
            Ok(Err(error)) => {
                keeper.stop()?;
                Err(error)
            }
            Err(_) => Err(keeper.stop().err().unwrap_or_else(thread_died)),
        }
    }

    /// Stops what it keeps and waits for that. A second call does nothing.
    pub(super) fn stop(&mut self) -> Result<(), LabError> {
        self.stop = None;
        self.thread.take().map_or(Ok(()), |thread| thread.join().unwrap_or_else(|_| Err(thread_died())))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

fn keep<T>(
    folder: &Path,
    started: Started<T>,
    ready: &SyncSender<Result<T, LabError>>,
    stopped: &Receiver<()>,
) -> Result<(), LabError> {
    match started {
        Ok(kept) => {
            // Whoever waits for this may be gone; then the sender of `stopped` is too.
            let _ = ready.send(Ok(kept.value));
            let _ = stopped.recv();
            let result = stop::stop(&kept.state, folder);
            kept.parts.into_iter().for_each(Part::finish);
            result
        }
        Err(failed) => {
            let (error, state) = *failed;
            let result = stop::stop(&state, folder);
            let _ = ready.send(Err(error));
            result
        }
    }
}

fn thread_died() -> LabError {
    LabError::io("keep", Path::new("the lab"))(io::Error::other("its thread died"))
}
