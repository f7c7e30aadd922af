//! Servers of accounts: started, followed, refused, stopped.

use super::{of, request_of, run, server_of, shared, with_server, without};
use crate::rows::row;
use crate::support;
use hubmark::event::Outcome;
use hubmark::lab::{HubSettings, LabOptions};
use hubmark::port::{Created, ServerRef, ServerRequest};
use serde_json::json;
use std::time::Duration;

#[test]
fn a_server_is_followed_until_it_is_ready_and_stopped_until_it_is_gone() {
    run(async {
        let hub = shared();
        let server = with_server(&hub, "spawn-one").await;
        let account = hub.account("spawn-one").await.unwrap().unwrap();
        assert!(account.servers[0].ready && !account.servers[0].pending && account.servers[0].started_ns.is_some());
        assert_eq!(hub.start_server(&request_of("spawn-one", json!({}))).await.unwrap(), Created::Before);
        assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
        hub.stop_server(&server).await.unwrap();
        assert_eq!(hub.account("spawn-one").await.unwrap().unwrap().servers, []);
        hub.stop_server(&server).await.unwrap();
        without(&hub, "spawn-one").await;
    });
}

#[test]
fn a_named_server_is_another_one_than_the_default() {
    run(async {
        let hub = shared();
        hub.create_account("spawn-named").await.unwrap();
        let server = ServerRef { account: "spawn-named".to_owned(), name: "second-one".to_owned() };
        let request =
            ServerRequest { server: server.clone(), options: serde_json::Map::new(), timeout: Duration::from_secs(60) };
        assert_eq!(hub.start_server(&request).await.unwrap(), Created::Now);
        let kernel = hub.open_kernel(&server, "python3").await.unwrap();
        assert_eq!(hub.kernels(&server).await.unwrap(), [kernel.id()]);
        let failure = hub.kernels(&server_of("spawn-named")).await.unwrap_err();
        assert_eq!(failure.outcome, Outcome::ServerStopped, "{failure}");
        kernel.close().await.unwrap();
        hub.stop_server(&server).await.unwrap();
        without(&hub, "spawn-named").await;
    });
}

#[test]
fn a_spawn_that_fails_ends_with_the_hubs_own_words_and_the_next_one_works() {
    run(async {
        let hub = shared();
        hub.create_account("spawn-boom").await.unwrap();
        let failure = hub.start_server(&request_of("spawn-boom", json!({"fault": "raise"}))).await.unwrap_err();
        row("spawner's hook that raises", &failure);
        assert_eq!(failure.outcome, Outcome::SpawnFailed, "{failure}");
        assert!(failure.message.contains("boom"), "{failure}");
        assert_eq!(hub.start_server(&request_of("spawn-boom", json!({"fault": "none"}))).await.unwrap(), Created::Now);
        without(&hub, "spawn-boom").await;
    });
}

#[test]
fn a_spawn_that_takes_too_long_is_given_up_and_can_be_stopped() {
    run(async {
        let hub = shared();
        hub.create_account("spawn-slow").await.unwrap();
        let request =
            ServerRequest { timeout: Duration::from_secs(1), ..request_of("spawn-slow", json!({"fault": 8})) };
        let failure = hub.start_server(&request).await.unwrap_err();
        row("spawn that takes longer than `spawns.timeout`", &failure);
        assert_eq!(failure.outcome, Outcome::SpawnTimeout, "{failure}");
        without(&hub, "spawn-slow").await;
    });
}

#[test]
fn a_throttled_spawn_and_a_full_hub_are_told_apart() {
    let settings = HubSettings {
        fault_hook: true,
        concurrent_spawn_limit: Some(1),
        active_server_limit: Some(1),
        spawn_throttle_retry_range_s: Some((1, 2)),
        ..HubSettings::default()
    };
    let lab = support::start(&LabOptions { hub: settings, ..support::options() });
    run(async {
        let hub = of(&lab);
        for account in ["limit-a", "limit-b"] {
            hub.create_account(account).await.unwrap();
        }
        let slow = request_of("limit-a", json!({"fault": 3}));
        let second = request_of("limit-b", json!({}));
        let throttled = async {
            // The first one is pending once the hub says so.
            while !hub.account("limit-a").await.unwrap().unwrap().servers.iter().any(|server| server.pending) {
                tokio::task::yield_now().await;
            }
            hub.start_server(&second).await.unwrap_err()
        };
        let (first, throttled) = tokio::join!(hub.start_server(&slow), throttled);
        assert_eq!(first.unwrap(), Created::Now);
        row("`concurrent_spawn_limit` reached", &throttled);
        assert_eq!(throttled.outcome, Outcome::SpawnThrottled, "{throttled}");
        assert!(throttled.retry_after_s.is_some_and(|seconds| (1..=2).contains(&seconds)), "{throttled:?}");
        let full = hub.start_server(&second).await.unwrap_err();
        row("`active_server_limit` reached", &full);
        assert_eq!((full.outcome, full.retry_after_s), (Outcome::HubFull, None), "{full}");
        without(&hub, "limit-a").await;
        without(&hub, "limit-b").await;
    });
    lab.stop().unwrap();
}

#[test]
fn a_server_that_exits_at_once_is_not_ready_in_time() {
    let settings =
        HubSettings { fault_hook: true, start_timeout_s: Some(6), http_timeout_s: Some(2), ..HubSettings::default() };
    let lab = support::start(&LabOptions { hub: settings, ..support::options() });
    run(async {
        let hub = of(&lab);
        hub.create_account("exits").await.unwrap();
        let failure = hub.start_server(&request_of("exits", json!({"fault": "exit"}))).await.unwrap_err();
        row("server's process that exits at once", &failure);
        assert_eq!(failure.outcome, Outcome::SpawnTimeout, "{failure}");
        assert!(failure.message.contains("didn't respond"), "{failure}");
        without(&hub, "exits").await;
    });
    lab.stop().unwrap();
}
