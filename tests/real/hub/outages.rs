//! Hub, proxy and servers of a lab that die and come back.

use super::{of, once_it_runs, request_of, run, server_of, texts, with_kernel, without};
use crate::counted;
use crate::http::request;
use crate::processes::{self, Recipe};
use crate::rows::row;
use crate::support;
use crate::watch::{kill_9, mark};
use hubmark::event::{NoticeKind, Outcome};
use hubmark::lab::{HubSettings, Lab, LabOptions};
use hubmark::port::Hub;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

const SLEEPS: &str = "import time\nfor n in range(30):\n    print(n, flush=True)\n    time.sleep(0.2)";

/// A lab whose servers outlive its hub.
fn lasting() -> Lab {
    let server_args = vec!["--HubOAuth.cache_max_age=1".to_owned()];
    let hub = HubSettings { cleanup_servers: false, fault_hook: true, server_args, ..HubSettings::default() };
    support::start(&LabOptions { hub, ..support::options() })
}

async fn answers(hub: &Rc<dyn Hub>, account: &str) {
    while hub.account(account).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_cell_outlives_the_proxys_death_and_return() {
    let lab = lasting();
    let proxy = Recipe::of(lab.proxy_pid());
    let again = run(async {
        let hub = of(&lab);
        let (_, mut kernel) = with_kernel(&hub, "out-proxy").await;
        let restart = async {
            kill_9(lab.proxy_pid());
            let failure = hub.account("out-proxy").await.unwrap_err();
            row("proxy killed, then a request to the hub", &failure);
            assert_eq!(failure.outcome, Outcome::ProxyDown, "{failure}");
            proxy.start()
        };
        let ((reply, messages), again) = once_it_runs(kernel.as_mut(), SLEEPS, 60.0, restart).await;
        let reply = reply.unwrap();
        assert_eq!(reply.failure, None);
        assert_eq!(reply.notices[0].kind, NoticeKind::Reconnected, "{:?}", reply.notices);
        let lost =
            reply.notices.iter().find(|notice| notice.kind == NoticeKind::OutputLost).map_or(0, |notice| notice.count);
        let printed: String = messages.iter().filter_map(super::text).collect();
        counted::check(&printed, 30, lost);
        kernel.close().await.unwrap();
        without(&hub, "out-proxy").await;
        again
    });
    drop(again);
    lab.stop().unwrap();
}

#[test]
fn a_proxy_that_stays_dead_is_told_when_the_cells_time_is_over() {
    let lab = lasting();
    run(async {
        let hub = of(&lab);
        let (_, mut kernel) = with_kernel(&hub, "out-dead").await;
        let kill = async {
            kill_9(lab.proxy_pid());
        };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), SLEEPS, 4.0, kill).await;
        let failure = reply.unwrap_err();
        row("proxy killed while a cell runs, and not started again", &failure);
        assert_eq!(failure.outcome, Outcome::ProxyDown, "{failure}");
        let failure = hub.open_kernel(&server_of("out-dead"), "python3").await.err().unwrap();
        assert_eq!(failure.outcome, Outcome::ProxyDown, "{failure}");
    });
    lab.stop().unwrap();
}

#[test]
fn a_hub_that_dies_leaves_cells_alone_and_comes_back() {
    let lab = lasting();
    let recipe = Recipe::of(lab.hub_pid());
    let again = run(async {
        let hub = of(&lab);
        let (server, mut kernel) = with_kernel(&hub, "out-hub").await;
        hub.create_account("out-late").await.unwrap();
        let kill = async {
            kill_9(lab.hub_pid());
            let failure = hub.account("out-hub").await.unwrap_err();
            row("hub killed, then a request to it", &failure);
            assert_eq!(failure.outcome, Outcome::HubDown, "{failure}");
            let failure = hub.start_server(&request_of("out-late", json!({}))).await.unwrap_err();
            assert_eq!(failure.outcome, Outcome::HubDown, "{failure}");
        };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), SLEEPS, 60.0, kill).await;
        let reply = reply.unwrap();
        assert_eq!((reply.failure, reply.notices), (None, vec![]));
        // The server has forgotten the token by now and has nobody to ask.
        let failure = hub.open_kernel(&server, "python3").await.err().unwrap();
        row("hub killed, then a kernel asked for at a running server", &failure);
        assert_eq!(failure.outcome, Outcome::HubDown, "{failure}");
        let again = recipe.start();
        answers(&hub, "out-hub").await;
        assert_eq!(texts(&mut kernel, "n").await, ["29"]);
        kernel.close().await.unwrap();
        without(&hub, "out-hub").await;
        without(&hub, "out-late").await;
        again
    });
    drop(again);
    lab.stop().unwrap();
}

#[test]
fn a_hub_that_dies_while_it_starts_a_server_is_told_as_that() {
    let lab = lasting();
    run(async {
        let hub = of(&lab);
        hub.create_account("out-spawn").await.unwrap();
        let request = hubmark::port::ServerRequest {
            // Long enough for a busy machine to get as far as the kill, and all of it is waited for the hub to come back.
            timeout: Duration::from_secs(15),
            ..request_of("out-spawn", json!({"fault": 60}))
        };
        let kill = async {
            while !hub.account("out-spawn").await.unwrap().unwrap().servers.iter().any(|server| server.pending) {
                tokio::task::yield_now().await;
            }
            kill_9(lab.hub_pid());
        };
        let (started, ()) = tokio::join!(hub.start_server(&request), kill);
        let failure = started.unwrap_err();
        row("hub killed while it starts a server", &failure);
        assert_eq!(failure.outcome, Outcome::HubDown, "{failure}");
    });
    lab.stop().unwrap();
}

#[test]
fn a_server_whose_process_is_killed_died_and_a_route_that_is_gone_is_lost() {
    let lab = lasting();
    run(async {
        let hub = of(&lab);
        let (server, mut kernel) = with_kernel(&hub, "out-server").await;
        let info = lab.info();
        // The hub makes the route again within two seconds, so it may have to be taken away more than once.
        let failure = loop {
            let path = "/api/routes/user/out-server";
            request("DELETE", info.proxy_api_port, path, &info.proxy_token, "");
            match hub.open_kernel(&server, "python3").await {
                Err(failure) => break failure,
                Ok(kernel) => kernel.close().await.unwrap(),
            }
        };
        row("route taken from the proxy, then a kernel asked for", &failure);
        assert_eq!(failure.outcome, Outcome::RouteLost, "{failure}");
        while hub.kernels(&server).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mark = format!("HUBMARK_LAB={}", mark(info));
        let kill = async {
            let pids = processes::find("jupyterhub.singleuser", &mark);
            assert_eq!(pids.len(), 1, "{pids:?}");
            kill_9(pids[0]);
        };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), SLEEPS, 60.0, kill).await;
        let failure = reply.unwrap_err();
        row("server's process killed while a cell runs", &failure);
        assert_eq!(failure.outcome, Outcome::ServerDied, "{failure}");
        without(&hub, "out-server").await;
    });
    lab.stop().unwrap();
}

#[test]
fn a_token_that_is_revoked_lets_the_cell_end_and_nothing_begin() {
    let lab = lasting();
    run(async {
        let (admin, port) = (of(&lab), lab.info().public_port);
        let path = "/hub/api/users/out-token/tokens";
        admin.create_account("out-token").await.unwrap();
        let (status, body) = request("POST", port, path, lab.token(), "{}");
        assert_eq!(status, 201, "{body}");
        let token: Value = serde_json::from_str(&body).unwrap();
        let hub = super::hub_at(&lab.info().url, token["token"].as_str().unwrap());
        hub.start_server(&request_of("out-token", json!({}))).await.unwrap();
        let server = server_of("out-token");
        let mut kernel = hub.open_kernel(&server, "python3").await.unwrap();
        let revoke = async {
            let path = format!("{path}/{}", token["id"].as_str().unwrap());
            assert_eq!(request("DELETE", port, &path, lab.token(), "").0, 204);
        };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), SLEEPS, 60.0, revoke).await;
        assert_eq!(reply.unwrap().failure, None, "an open connection lives on");
        let failure = hub.account("out-token").await.unwrap_err();
        row("token revoked, then a request to the hub", &failure);
        assert_eq!(failure.outcome, Outcome::TokenRevoked, "{failure}");
        let failure = hub.open_kernel(&server, "python3").await.err().unwrap();
        row("token revoked, then a kernel asked for", &failure);
        assert_eq!(failure.outcome, Outcome::TokenRevoked, "{failure}");
        without(&admin, "out-token").await;
    });
    lab.stop().unwrap();
}
