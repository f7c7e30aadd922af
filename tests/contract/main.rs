//! One contract, several worlds: the simulated hub and real JupyterHubs are asked the same things and must answer alike, failure by
//! failure. A case knows [`stage::Stage`] only, so it cannot tell which world it is in.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets an error fails")]

mod cases;
#[path = "../support/client.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod client;
#[path = "../support/front.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod front;
#[path = "../support/http.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod http;
#[path = "../support/processes.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod processes;
#[macro_use]
mod list;
mod real;
mod simulated;
mod stage;
#[path = "../support/lab.rs"]
mod support;

contract!(in_the_simulated_world, crate::simulated::run);
contract!(on_a_real_hub, crate::real::run);
