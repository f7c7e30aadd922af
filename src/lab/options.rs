//! What the caller chooses, and what it is told meanwhile.

use serde::Serialize;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Everything a lab needs to know from outside.
#[derive(Debug, Clone)]
pub struct LabOptions {
    /// hubmark's cache folder, absolute; the lab keeps to `lab/` in it.
    pub cache_dir: PathBuf,
    /// Where programs are looked for, in the form of `PATH`. Servers and kernels inherit it.
    pub search_path: OsString,
    /// Folders in which servers look for kernels before their own, as in `JUPYTER_PATH`.
    pub jupyter_path: Vec<PathBuf>,
    /// Which JupyterHub.
    pub version: HubVersion,
    /// Which proxy.
    pub proxy: ProxyChoice,
    /// Settings of the hub.
    pub hub: HubSettings,
    /// How long hub and proxy may take to answer, together.
    pub ready_within: Duration,
    /// Lets another thread end a start that is under way.
    pub cancel: Cancel,
}

impl LabOptions {
    /// The defaults: any proxy, a hub as [`HubSettings::default`] says, 60 s to become ready.
    #[must_use]
    pub fn new(cache_dir: impl Into<PathBuf>, search_path: impl Into<OsString>) -> Self {
        let cache_dir = cache_dir.into();
        Self {
            cache_dir: std::path::absolute(&cache_dir).unwrap_or(cache_dir),
            search_path: search_path.into(),
            jupyter_path: Vec::new(),
            version: HubVersion::default(),
            proxy: ProxyChoice::default(),
            hub: HubSettings::default(),
            ready_within: Duration::from_secs(60),
            cancel: Cancel::default(),
        }
    }
}

impl LabOptions {
    /// The value of `JUPYTER_PATH` for servers; `None` leaves it unset.
    pub(super) fn jupyter_path(&self) -> Option<OsString> {
        let path = std::env::join_paths(&self.jupyter_path).unwrap_or_default();
        (!path.is_empty()).then_some(path)
    }
}

/// Which JupyterHub a lab runs: an end of the range that hubmark drives. Each has its own lock and environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HubVersion {
    /// The newest that is tested.
    #[default]
    Newest,
    /// The oldest that is driven.
    Oldest,
}

/// Which `configurable-http-proxy` stands before the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyChoice {
    /// npm's where node 20 and npm are found and can install it, the Python one elsewhere.
    #[default]
    Auto,
    /// npm's, or an error.
    Node,
    /// The one from PyPI. It has no TLS.
    Python,
}

/// Settings of the hub that differ between labs. `None` keeps JupyterHub's default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HubSettings {
    /// Whether servers end with the hub. With `false` they outlive a hub that is stopped or killed; the lab's stop ends them all the same.
    pub cleanup_servers: bool,
    /// Whether a spawn request may ask for a fault: `{"fault": "raise" | "exit" | "hang" | "missing_command" | seconds}`.
    pub fault_hook: bool,
    /// Seconds that a spawn may take in all.
    pub start_timeout_s: Option<u32>,
    /// Seconds that a spawned server may take to answer.
    pub http_timeout_s: Option<u32>,
    /// Seconds between looks at whether a server still runs.
    pub poll_interval_s: Option<u32>,
    /// Spawns at once; more are answered 429 with `Retry-After`.
    pub concurrent_spawn_limit: Option<u32>,
    /// Servers at once; more are answered 429 without `Retry-After`.
    pub active_server_limit: Option<u32>,
    /// Bounds of that `Retry-After`, in seconds.
    pub spawn_throttle_retry_range_s: Option<(u32, u32)>,
    /// More arguments for each single-user server.
    pub server_args: Vec<String>,
    /// Path below which the hub lives, with a slash at both ends.
    pub base_url: String,
    /// Whether the proxy tells users' servers by their hosts, as `JupyterHub.subdomain_host` needs it.
    pub host_routing: bool,
    /// Python that is run at the end of the hub's configuration, with `c` and `lab`.
    pub config: String,
}

impl Default for HubSettings {
    fn default() -> Self {
        Self {
            cleanup_servers: true,
            fault_hook: false,
            start_timeout_s: None,
            http_timeout_s: None,
            poll_interval_s: None,
            concurrent_spawn_limit: None,
            active_server_limit: None,
            spawn_throttle_retry_range_s: None,
            server_args: Vec::new(),
            base_url: "/".to_owned(),
            host_routing: false,
            config: String::new(),
        }
    }
}

/// Ends a start that is under way. Clones share one switch.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the start to end; it returns [`LabError::Cancelled`](super::LabError::Cancelled) and leaves nothing running.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether that was asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A step of provisioning or starting, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabProgress {
    /// Another hubmark is provisioning the same cache; this one waits for it.
    WaitingForOther,
    /// A Python environment is being made. Comes only where nothing usable is in the cache.
    MakingEnvironment {
        /// The Python version, such as `3.11.2`.
        python: String,
    },
    /// Packages are being fetched.
    Fetching {
        /// How many so far.
        packages: usize,
        /// How many there are in all.
        of: usize,
    },
    /// All packages are fetched and being installed. This takes most of the time.
    Installing {
        /// How many.
        packages: usize,
    },
    /// The proxy is being fetched from npm.
    InstallingProxy,
    /// npm could not install the proxy, so the Python one is used.
    ProxyFallback {
        /// What npm said last.
        reason: String,
    },
    /// The hub or proxy of the lab of that name had died, so a new one is begun: nothing of the old one is kept.
    Replaced {
        /// Its name.
        name: String,
    },
    /// What a killed hubmark had left was removed.
    Reaped {
        /// The names of those labs.
        names: Vec<String>,
    },
    /// Hub and proxy are being started.
    Starting,
    /// The hub answers through the proxy.
    Ready,
}
