//! The program as its users meet it, on a real JupyterHub: runs, stops, kills, cleaning, what belongs to others.

mod cleaning;
mod driver;
#[path = "../support/http.rs"]
#[expect(dead_code, reason = "shared with other test binaries")]
mod http;
#[path = "../support/lab.rs"]
mod lab;
mod running;
mod stopping;
