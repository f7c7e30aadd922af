//! What a run left that was killed between a request and its answer.

use hubmark::clock::{Chance, Clock, Wall};
use hubmark::engine::clean_leases;
use hubmark::event::{LeaseKind, LeaseRecord, LeaseState};
use hubmark::port::Hub;
use hubmark::sim::{Faults, SimHub};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

fn intended(account: &str) -> LeaseRecord {
    LeaseRecord {
        lease: 1,
        what: LeaseKind::Account,
        target: "hub".to_owned(),
        account: account.to_owned(),
        name: String::new(),
        server: String::new(),
        state: LeaseState::Intended,
        wall_ns: 0,
    }
}

/// Cleans one lease on a hub that gets its account after some time, or never. Whether all is well, what is left, and how long it took.
fn clean(arrives: Option<Duration>, starts_after: Duration) -> (bool, Vec<String>, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let clock = Clock::start(&Wall::Fixed(0));
        let hub = SimHub::new("hub", false, &clock, &Chance::new(1, "clean"), Faults::default());
        let late = hub.clone();
        let arrival = tokio::task::spawn_local(async move {
            if let Some(arrives) = arrives {
                tokio::time::sleep(arrives).await;
                late.create_account("late").await.unwrap();
            }
        });
        clock.sleep(starts_after).await;
        let hubs: BTreeMap<String, Rc<dyn Hub>> = BTreeMap::from([("hub".to_owned(), Rc::new(hub.clone()) as _)]);
        let began = clock.elapsed();
        let report = clean_leases(&hubs, &[intended("late")], &clock).await;
        let took = clock.elapsed() - began;
        arrival.await.unwrap();
        (report.left_behind().count() == 0, hub.leftovers().accounts, took)
    })
}

#[test]
fn an_account_that_the_hub_makes_after_its_run_was_killed_is_removed_too() {
    let (all_well, left, took) = clean(Some(Duration::from_secs(3)), Duration::ZERO);
    assert!(all_well && left.is_empty(), "{left:?}");
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[test]
fn a_request_that_never_came_is_waited_for_ten_seconds_from_its_lease() {
    let (all_well, _, took) = clean(None, Duration::ZERO);
    assert!(all_well && (9..12).contains(&took.as_secs()), "{took:?}");
    let (all_well, _, took) = clean(None, Duration::from_secs(60));
    assert!(all_well && took < Duration::from_secs(1), "{took:?}");
}
