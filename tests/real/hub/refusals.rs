//! What a target that does not do as asked is called.

use super::{hub_at, hub_with_ca, request_of, run, server_at, shared, texts, with_kernel, without};
use crate::front::{always, slow_server};
use crate::rows::row;
use crate::support;
use crate::tls::Authority;
use hubmark::event::Outcome;
use serde_json::json;
use std::time::Duration;

#[test]
fn a_wrong_token_is_refused() {
    run(async {
        let hub = hub_at(&support::lab().info().url, "wrong-token-value");
        for failure in [hub.probe().await.unwrap_err(), hub.create_account("nobody").await.unwrap_err()] {
            row("token that the hub does not know", &failure);
            assert_eq!((failure.outcome, failure.status), (Outcome::TokenRefused, Some(403)), "{failure}");
            assert!(!failure.message.contains("wrong-token-value"), "{failure}");
        }
    });
}

#[test]
fn a_missing_scope_is_named() {
    run(async {
        let info = support::lab().info();
        let failure = hub_at(&info.url, &info.reader_token).create_account("nobody").await.unwrap_err();
        row("account made with a token that may only read", &failure);
        assert_eq!(failure.outcome, Outcome::ScopeMissing);
        assert!(failure.message.contains("admin:users"), "{failure}");
    });
}

#[test]
fn a_server_for_an_account_that_is_not_there_is_a_missing_user() {
    run(async {
        let failure = shared().start_server(&request_of("ref-nobody", json!({}))).await.unwrap_err();
        row("server asked for an account that is not there", &failure);
        assert_eq!((failure.outcome, failure.status), (Outcome::UserMissing, Some(404)), "{failure}");
    });
}

#[test]
fn nothing_listening_and_an_unknown_name_are_told_apart() {
    run(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let free = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let refused = hub_at(&free, "a-token").probe().await.unwrap_err();
        row("port where nothing listens", &refused);
        assert_eq!(refused.outcome, Outcome::Unreachable);
        let unknown = hub_at("http://no-such-hub.invalid", "a-token").probe().await.unwrap_err();
        row("host name without an address", &unknown);
        assert_eq!(unknown.outcome, Outcome::NameUnresolved, "{unknown}");
    });
}

#[test]
fn a_page_where_json_is_due_is_an_unexpected_reply() {
    run(async {
        let lab = support::lab();
        let failure = hub_at(&format!("{}/hub/nope", lab.info().url), lab.token()).probe().await.unwrap_err();
        row("address below the hub that is no hub", &failure);
        assert_eq!(failure.outcome, Outcome::UnexpectedReply, "{failure}");
        assert!(!failure.message.contains('<'), "{failure}");
    });
}

#[test]
fn everything_goes_over_tls_where_its_authority_is_named_and_nothing_where_it_is_not() {
    run(async {
        let lab = support::lab();
        let authority = Authority::new();
        let front = authority.terminate(&["localhost"], lab.info().public_port);
        let url = format!("https://localhost:{}", front.port);
        let ca = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(ca.path(), authority.pem()).unwrap();
        let failure = hub_at(&url, lab.token()).probe().await.unwrap_err();
        row("certificate of an authority that nobody named", &failure);
        assert_eq!(failure.outcome, Outcome::TlsUntrusted, "{failure}");
        let hub = hub_with_ca(&url, lab.token(), Some(ca.path().to_owned()));
        let (_, mut kernel) = with_kernel(&hub, "ref-tls").await;
        assert_eq!(texts(&mut kernel, "1+1").await, ["2"]);
        kernel.close().await.unwrap();
        without(&hub, "ref-tls").await;
    });
}

#[test]
fn tls_to_a_server_without_it_is_told() {
    run(async {
        let lab = support::lab();
        let url = lab.info().url.replace("http://", "https://");
        let failure = hub_at(&url, lab.token()).probe().await.unwrap_err();
        row("`https` to a port that speaks `http`", &failure);
        assert_eq!(failure.outcome, Outcome::TlsUntrusted, "{failure}");
    });
}

#[test]
fn a_hub_of_long_ago_is_refused_with_the_range_that_is_driven() {
    run(async {
        let old = "HTTP/1.1 200 OK\r\nX-JupyterHub-Version: 1.0.0\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
                   Connection: close\r\n\r\n{}";
        let failure = hub_at(&always(old), "a-token").probe().await.unwrap_err();
        row("hub of version 1.0.0 (a stub)", &failure);
        assert_eq!(failure.outcome, Outcome::HubTooOld, "{failure}");
        assert!(failure.message.contains("1.0.0") && failure.message.contains("JupyterHub 4.1.0 to"), "{failure}");
    });
}

#[test]
fn a_trickle_of_bytes_and_silence_are_no_answer() {
    run(async {
        let (trickle, silence) = (hub_at(&slow_server(true), "a-token"), hub_at(&slow_server(false), "a-token"));
        let began = std::time::Instant::now();
        let (trickle, silence) = tokio::join!(trickle.probe(), silence.probe());
        let (trickle, silence) = (trickle.unwrap_err(), silence.unwrap_err());
        row("server that sends a byte ten times a second", &trickle);
        row("server that accepts and says nothing", &silence);
        assert_eq!((trickle.outcome, silence.outcome), (Outcome::Timeout, Outcome::Timeout), "{trickle} {silence}");
        assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    });
}

#[test]
fn a_kernel_on_a_server_that_does_not_run_is_a_stopped_server() {
    run(async {
        let hub = shared();
        hub.create_account("ref-idle").await.unwrap();
        let Err(failure) = hub.open_kernel(&super::server_of("ref-idle"), "python3").await else { panic!("a kernel") };
        row("kernel asked for on a server that does not run", &failure);
        assert_eq!(failure.outcome, Outcome::ServerStopped, "{failure}");
        let failure = hub.kernels(&super::server_of("ref-idle")).await.unwrap_err();
        assert_eq!(failure.outcome, Outcome::ServerStopped, "{failure}");
        hub.delete_account("ref-idle").await.unwrap();
    });
}

#[test]
fn a_plain_server_refuses_a_wrong_token_and_a_hub_is_not_taken_for_one() {
    run(async {
        let plain = hubmark::lab::PlainServer::start(&support::options()).unwrap();
        let failure = server_at(plain.url(), "wrong").probe().await.unwrap_err();
        assert_eq!((failure.outcome, failure.status), (Outcome::TokenRefused, Some(403)), "{failure}");
        let failure = hub_at(plain.url(), plain.token()).probe().await.unwrap_err();
        assert_eq!(failure.outcome, Outcome::UnexpectedReply, "{failure}");
        plain.stop().unwrap();
    });
}
