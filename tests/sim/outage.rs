//! Users of one's own while the way to the hub is gone.

use crate::checks::check;
use crate::users::{iterations, scripted};
use crate::world::Beside;
use hubmark::event::{EventKind, Outcome};
use hubmark::sim::Faults;

#[test]
fn users_hold_on_to_their_server_through_an_outage() {
    let body = r#"start = function(user)
        user:start_server {}
        state.kernel = user:open_kernel {}
      end,
      iterate = function(user) state.kernel:execute("1") user:think() end"#;
    let load = "hm.constant_users { user = \"u\", users = 4, duration = \"20m\" }";
    let faults = Faults { proxy_down: 0.1, ..Faults::default() };
    let ended = scripted("local state = {}", body, load, 2, &Beside { faults, ..Beside::default() });
    check(&ended);
    let away = iterations(&ended).iter().filter(|outcome| **outcome == Outcome::ProxyDown).count();
    let count = |wanted: fn(&EventKind) -> bool| ended.events.iter().filter(|event| wanted(&event.kind)).count();
    let servers = count(|kind| matches!(kind, EventKind::ServerStarted { .. }));
    let kernels = count(|kind| matches!(kind, EventKind::KernelStarted { .. }));
    assert!(away > 10, "{away}");
    assert_eq!(servers, 4, "one for each user, through {away} outages");
    assert!((away..=away + 4).contains(&kernels), "a new one after each of {away} outages: {kernels}");
}
