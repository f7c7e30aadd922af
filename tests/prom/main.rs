//! hubmark beside the real Prometheus, node_exporter and promtool, which the tests take from Debian's packages themselves.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets an error fails")]

#[path = "../support/debian.rs"]
mod debian;
mod doctor;
mod farm;
#[path = "../support/lab.rs"]
mod lab;
mod looking;
mod run;
mod support;
mod tools;
