//! The tests of hubmark's clients and of accounts against the oldest JupyterHub that it drives; `tests/real` and `tests/e2e` run the same ones against
//! the newest.
//!
//! `src/hub/versions.rs` holds the range, and one lock for each of its ends the versions (`src/lab/assets`).

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets an error fails")]

/// What the version of the labs' JupyterHub begins with.
const HUB_VERSION: &str = "4.1.";

#[path = "../e2e/accounts.rs"]
mod accounts;
#[path = "../contract/cases.rs"]
mod cases;
#[path = "../support/client.rs"]
mod client;
#[path = "../support/counted.rs"]
mod counted;
#[path = "../e2e/driver.rs"]
#[expect(dead_code, reason = "shared with other test binaries")]
mod driver;
#[path = "../support/front.rs"]
mod front;
#[path = "../support/http.rs"]
#[expect(dead_code, reason = "shared with other test binaries")]
mod http;
#[path = "../real/hub/mod.rs"]
mod hub;
#[macro_use]
#[path = "../contract/list.rs"]
mod list;
#[path = "../support/processes.rs"]
mod processes;
#[path = "../contract/real.rs"]
mod real;
#[path = "../support/relay.rs"]
mod relay;
#[path = "../support/rows.rs"]
mod rows;
#[path = "../contract/stage.rs"]
mod stage;
mod support;
use support as lab;
#[path = "../support/tls.rs"]
mod tls;
#[path = "../support/watch.rs"]
#[expect(dead_code, reason = "shared with other test binaries")]
mod watch;

contract!(on_the_oldest_hub, crate::real::run);

use hubmark::hub::versions::{NEWEST, OLDEST, Support, support as supported};

#[test]
fn the_lab_runs_the_ends_of_the_range() {
    let info = hub::run(async { hub::shared().probe().await.unwrap() });
    assert_eq!(supported(&info.version), Support::Tested, "{}", info.version);
    assert_eq!(format!("{}.{}.", OLDEST.major, OLDEST.minor), HUB_VERSION);
    let newest = include_str!("../../src/lab/assets/requirements.lock");
    assert!(newest.contains(&format!("\njupyterhub=={NEWEST} ")));
}
