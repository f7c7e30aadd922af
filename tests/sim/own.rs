//! Users who share the account of the token's user, each with a named server.

use crate::checks::{check, outcomes};
use crate::world::{Beside, plan, seconds, simulate};
use hubmark::event::{EventKind, LeaseKind};
use hubmark::plan::{Accounts, ExecutorKind, Plan, Target};
use hubmark::sim::{Faults, OWNER};
use std::collections::BTreeSet;

fn own() -> Plan {
    let mut plan = plan(ExecutorKind::ConstantUsers { users: 6, duration: seconds(1800), together: false });
    for target in plan.targets.values_mut() {
        if let Target::Hub(hub) = target {
            hub.accounts = Accounts::Own;
        }
    }
    plan
}

#[test]
fn servers_of_one_account_fail_apart_and_nothing_of_the_owners_is_touched() {
    for seed in 0..5 {
        let faults = Faults {
            spawn_failed: 0.1,
            kernel_died: 0.03,
            server_culled: 0.05,
            removal_unanswered: 0.05,
            ..Faults::default()
        };
        let others = vec![(OWNER.to_owned(), true)];
        let ended = simulate(&own(), seed, &Beside { faults, others, ..Beside::default() });
        check(&ended);
        let seen = outcomes(&ended);
        assert!(seen["ok"] > 50 && seen.contains_key("server_culled"), "seed {seed}: {seen:?}");
        let mut names = BTreeSet::new();
        for event in &ended.events {
            if let EventKind::Lease(lease) = &event.kind {
                assert_ne!(lease.what, LeaseKind::Account, "{lease:?}");
                assert_eq!(lease.account, OWNER);
                assert!(lease.server_name().starts_with("hubmark-"), "{lease:?}");
                names.insert(lease.server_name().to_owned());
            }
        }
        assert_eq!(names.len(), 6, "one server for each user: {names:?}");
        let left = ended.hub.leftovers();
        assert_eq!(
            (left.accounts.as_slice(), left.servers.as_slice()),
            ([OWNER.to_owned()].as_slice(), [OWNER.to_owned()].as_slice())
        );
        assert!(left.kernels.is_empty(), "{left:?}");
    }
}
