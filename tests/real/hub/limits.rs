//! What hubs refuse by their settings, and hubs that are refused.

use super::{hub_at, of, run};
use crate::relay::Relay;
use crate::rows::row;
use crate::support;
use hubmark::event::Outcome;
use hubmark::lab::{HubSettings, LabOptions};
use hubmark::port::{Created, ServerRef, ServerRequest};
use serde_json::Map;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[test]
fn the_limit_of_one_users_named_servers_is_a_full_hub() {
    let config = "c.JupyterHub.named_server_limit_per_user = 1\n".to_owned();
    let hub = HubSettings { config, ..HubSettings::default() };
    let lab = support::start(&LabOptions { hub, ..support::options() });
    run(async {
        let hub = of(&lab);
        hub.create_account("limit-own").await.unwrap();
        let request = |name: &str| {
            let server = ServerRef { account: "limit-own".to_owned(), name: name.to_owned() };
            ServerRequest { server, options: Map::new(), timeout: Duration::from_secs(60) }
        };
        let (first, second) = (request("one"), request("two"));
        assert_eq!(hub.start_server(&first).await.unwrap(), Created::Now);
        let failure = hub.start_server(&second).await.unwrap_err();
        row("more named servers than the hub allows one user", &failure);
        assert_eq!(failure.outcome, Outcome::HubFull, "{failure}");
        assert!(failure.message.contains("maximum of 1 named servers"), "{failure}");
        hub.stop_server(&first.server).await.unwrap();
        assert_eq!(
            hub.start_server(&second).await.unwrap(),
            Created::Now,
            "a stopped one is gone and leaves its place"
        );
        hub.stop_server(&second.server).await.unwrap();
        hub.delete_account("limit-own").await.unwrap();
    });
    lab.stop().unwrap();
}

#[test]
fn a_hub_that_is_too_old_is_refused_with_the_range() {
    // The real ones of that age do not run on a Python of today; all that they say of their version is this header.
    let old = Relay::start(|mut client| async move {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = client.read_u8().await else { return };
            head.push(byte);
        }
        let body = r#"{"kind": "service", "name": "loadgen", "admin": true}"#;
        let answer = format!(
            "HTTP/1.1 200 OK\r\nX-JupyterHub-Version: 1.5.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let _ = client.write_all(answer.as_bytes()).await;
    });
    run(async {
        let failure = hub_at(&format!("http://127.0.0.1:{}", old.port), "token").probe().await.unwrap_err();
        row("hub of version 1.5.1", &failure);
        assert_eq!(failure.outcome, Outcome::HubTooOld, "{failure}");
        assert!(failure.message.contains("1.5.1") && failure.message.contains("4.1.0 to 6.1.1"), "{failure}");
    });
}
