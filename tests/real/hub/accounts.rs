//! Accounts and what a hub says of itself.

use super::{run, shared};
use crate::support;
use hubmark::port::Created;

#[test]
fn an_account_is_made_once_found_and_deleted() {
    run(async {
        let hub = shared();
        let before = hubmark::clock::Wall::Machine.now_ns();
        assert_eq!(hub.account("acc-once").await.unwrap(), None);
        assert_eq!(hub.create_account("acc-once").await.unwrap(), Created::Now);
        assert_eq!(hub.create_account("acc-once").await.unwrap(), Created::Before);
        let account = hub.account("acc-once").await.unwrap().unwrap();
        assert_eq!((account.name.as_str(), account.servers.len()), ("acc-once", 0));
        let age = account.created_ns.unwrap() - before;
        assert!((-1_000_000_000..30_000_000_000).contains(&age), "created {age} ns after the test began");
        hub.delete_account("acc-once").await.unwrap();
        assert_eq!(hub.account("acc-once").await.unwrap(), None);
        hub.delete_account("acc-once").await.unwrap();
    });
}

#[test]
fn a_name_with_special_characters_is_one_account() {
    run(async {
        let hub = shared();
        let name = "acc odd+ü@example.org%2f";
        assert_eq!(hub.create_account(name).await.unwrap(), Created::Now);
        assert_eq!(hub.account(name).await.unwrap().unwrap().name, name);
        hub.delete_account(name).await.unwrap();
    });
}

#[test]
fn a_hub_tells_its_version_and_the_tokens_scopes() {
    run(async {
        let info = shared().probe().await.unwrap();
        assert!(info.version.starts_with(crate::HUB_VERSION), "{info:?}");
        for scope in ["admin:users", "admin:servers", "access:servers"] {
            assert!(info.scopes.iter().any(|each| each == scope), "{scope} in {:?}", info.scopes);
        }
        assert!(
            info.facts.iter().any(|(name, value)| name == "spawner" && value.contains("SimpleLocalProcessSpawner")),
            "{info:?}"
        );
        let token = support::lab().token();
        assert!(!format!("{info:?}").contains(token));
    });
}
