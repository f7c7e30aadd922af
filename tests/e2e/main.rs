//! The program as its users meet it, on a real JupyterHub: runs, stops, kills, cleaning, what belongs to others.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets an error fails")]

/// What the version of the labs' JupyterHub begins with.
const HUB_VERSION: &str = "6.1.";

mod accounts;
mod calibrating;
mod cleaning;
#[path = "../support/counted.rs"]
mod counted;
mod driver;
mod farm;
mod gpus;
mod habits;
#[path = "../support/http.rs"]
#[expect(dead_code, reason = "shared with other test binaries")]
mod http;
#[path = "../support/lab.rs"]
mod lab;
mod looking;
mod outages;
mod own;
#[path = "../support/processes.rs"]
mod processes;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/relay.rs"]
mod relay;
mod running;
mod stopping;
mod thresholds;
#[path = "../support/tls.rs"]
mod tls;
#[path = "../support/watch.rs"]
#[expect(dead_code, reason = "shared with other test binaries")]
mod watch;
mod ways;
