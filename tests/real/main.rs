//! hubmark against real components. They are provisioned by the tests; what cannot be fails the test with what to install.

#[path = "../support/http.rs"]
mod http;
mod hub;
mod lab;
mod provisioning;
#[path = "../support/lab.rs"]
mod support;
mod watch;
