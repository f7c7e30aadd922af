//! What a target that does not do as asked is called.

use super::{hub_at, request_of, run, server_at, shared};
use crate::support;
use hubmark::event::Outcome;
use serde_json::json;

#[test]
fn a_wrong_token_is_refused() {
    run(async {
        let hub = hub_at(&support::lab().info().url, "wrong-token-value");
        for failure in [hub.probe().await.unwrap_err(), hub.create_account("nobody").await.unwrap_err()] {
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
        assert_eq!(failure.outcome, Outcome::ScopeMissing);
        assert!(failure.message.contains("admin:users"), "{failure}");
    });
}

#[test]
fn a_server_for_an_account_that_is_not_there_is_a_missing_user() {
    run(async {
        let failure = shared().start_server(&request_of("ref-nobody", json!({}))).await.unwrap_err();
        assert_eq!((failure.outcome, failure.status), (Outcome::UserMissing, Some(404)), "{failure}");
    });
}

#[test]
fn nothing_listening_and_an_unknown_name_are_told_apart() {
    run(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let free = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        assert_eq!(hub_at(&free, "t").probe().await.unwrap_err().outcome, Outcome::Unreachable);
        let unknown = hub_at("http://no-such-hub.invalid", "t").probe().await.unwrap_err();
        assert_eq!(unknown.outcome, Outcome::NameUnresolved, "{unknown}");
    });
}

#[test]
fn a_page_where_json_is_due_is_an_unexpected_reply() {
    run(async {
        let lab = support::lab();
        let failure = hub_at(&format!("{}/hub/nope", lab.info().url), lab.token()).probe().await.unwrap_err();
        assert_eq!(failure.outcome, Outcome::UnexpectedReply, "{failure}");
        assert!(!failure.message.contains('<'), "{failure}");
    });
}

#[test]
fn tls_to_a_server_without_it_and_silence_end_in_outcomes() {
    run(async {
        let lab = support::lab();
        let url = lab.info().url.replace("http://", "https://");
        let failure = hub_at(&url, lab.token()).probe().await.unwrap_err();
        assert!(matches!(failure.outcome, Outcome::TlsUntrusted | Outcome::UnexpectedReply), "{failure}");
    });
}

#[test]
fn a_kernel_on_a_server_that_does_not_run_is_a_stopped_server() {
    run(async {
        let hub = shared();
        hub.create_account("ref-idle").await.unwrap();
        let Err(failure) = hub.open_kernel(&super::server_of("ref-idle"), "python3").await else { panic!("a kernel") };
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
