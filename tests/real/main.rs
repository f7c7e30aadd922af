//! hubmark against real components. They are provisioned by the tests; what cannot be fails the test with what to install.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets an error fails")]

#[path = "../support/http.rs"]
mod http;
mod hub;
mod lab;
mod notebooks;
mod provisioning;
#[path = "../support/lab.rs"]
mod support;
#[path = "../support/kernels.rs"]
mod support_kernels;
#[path = "../support/watch.rs"]
mod watch;
