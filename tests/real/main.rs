//! hubmark against real components. They are provisioned by the tests; what cannot be fails the test with what to install.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets an error fails")]

/// What the version of the labs' JupyterHub begins with.
const HUB_VERSION: &str = "6.1.";

#[path = "../support/client.rs"]
mod client;
#[path = "../support/counted.rs"]
mod counted;
#[path = "../support/front.rs"]
mod front;
#[path = "../support/http.rs"]
mod http;
mod hub;
mod lab;
mod notebooks;
#[path = "../support/processes.rs"]
mod processes;
mod provisioning;
#[path = "../support/relay.rs"]
mod relay;
#[path = "../support/rows.rs"]
mod rows;
#[path = "../support/lab.rs"]
mod support;
#[path = "../support/kernels.rs"]
mod support_kernels;
#[path = "../support/tls.rs"]
mod tls;
#[path = "../support/watch.rs"]
mod watch;
