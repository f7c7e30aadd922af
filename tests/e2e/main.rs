//! The program as its users meet it, on a real JupyterHub: runs, stops, kills, cleaning, what belongs to others.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets an error fails")]

mod calibrating;
mod cleaning;
mod driver;
#[path = "../support/http.rs"]
#[expect(dead_code, reason = "shared with other test binaries")]
mod http;
#[path = "../support/lab.rs"]
mod lab;
mod outages;
mod own;
#[path = "../support/processes.rs"]
mod processes;
mod running;
mod stopping;
#[path = "../support/watch.rs"]
#[expect(dead_code, reason = "shared with other test binaries")]
mod watch;
