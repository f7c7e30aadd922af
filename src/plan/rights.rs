//! Which scopes of JupyterHub a plan needs, and whether a token has them.
//!
//! | accounts | needs | because |
//! | --- | --- | --- |
//! | all but `self` | `servers`, `access:servers` | start, follow and stop servers; kernels on them |
//! | pattern, created | and `admin:users` | make and delete accounts, and read when they were made |
//! | pattern or list, existing | and `read:users` | see that the account exists |
//! | list, own tokens | `servers!user`, `access:servers!user`, `read:users!user` of each token | the same, of its own user alone |
//! | `self` | `servers!user`, `access:servers!user`, `read:users!user` | the same, of the token's own user alone |
//!
//! The names and what each includes are those of JupyterHub 4 to 6. A hub tells a token's scopes expanded; expanding again costs nothing and holds
//! for hubs that do not.

use super::{Accounts, HubTarget};
use std::collections::{BTreeMap, BTreeSet};

/// What each scope includes, of those that matter here. Of JupyterHub's own table (`jupyterhub/scopes.py`).
const INCLUDES: [(&str, &[&str]); 9] = [
    ("admin:users", &["users", "delete:users", "admin:auth_state", "read:roles:users"]),
    ("users", &["read:users", "list:users", "users:activity"]),
    ("list:users", &["read:users:name"]),
    ("read:users", &["read:users:name", "read:users:groups", "read:users:activity"]),
    ("admin:servers", &["servers", "admin:server_state"]),
    ("servers", &["read:servers", "start:servers", "delete:servers"]),
    ("read:servers", &["read:users:name"]),
    ("shares", &["access:servers"]),
    // A user's own token made without scopes has all that the user may do to itself.
    ("self", &["users", "servers", "access:servers", "tokens"]),
];

/// Scopes that the hub's token needs, sorted; where the accounts bring their own, those that each of them needs.
#[must_use]
pub fn needed(hub: &HubTarget) -> Vec<String> {
    let mut scopes = match &hub.accounts {
        accounts if *accounts == Accounts::Own || accounts.bring_tokens() => return of_one_user(),
        Accounts::Pattern { create: true, .. } => vec!["admin:users"],
        _ => vec!["read:users"],
    };
    scopes.extend(["access:servers", "servers"]);
    scopes.sort_unstable();
    scopes.into_iter().map(str::to_owned).collect()
}

/// Scopes that a token needs that drives servers of its own user.
#[must_use]
pub fn of_one_user() -> Vec<String> {
    ["access:servers!user", "read:users!user", "servers!user"].map(str::to_owned).into()
}

/// How well a token's scopes cover a need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// For everything that the plan touches.
    Whole,
    /// For members of these groups; the hub alone knows whether they cover the accounts.
    Groups(Vec<String>),
    /// Not, or not for these accounts.
    Missing(Vec<String>),
}

/// Whether scopes cover a need for accounts. A need that ends in `!user` is one for the token's own user, the first of `accounts`.
#[must_use]
pub fn grant(need: &str, have: &[String], accounts: &[String]) -> Grant {
    let need = need.strip_suffix("!user").unwrap_or(need);
    let filters = filters_of(need, have);
    if filters.contains("") {
        return Grant::Whole;
    }
    let of_user = |account: &String| {
        filters.contains(format!("user={account}").as_str()) || (filters.contains("user") && accounts.len() == 1)
    };
    let without: Vec<String> = accounts.iter().filter(|account| !of_user(account)).cloned().collect();
    if !accounts.is_empty() && without.is_empty() {
        return Grant::Whole;
    }
    let groups: Vec<String> =
        filters.iter().filter_map(|filter| filter.strip_prefix("group=")).map(str::to_owned).collect();
    // Accounts cannot be made inside a filter: the hub asks for the scope as it is.
    if groups.is_empty() || need == "admin:users" { Grant::Missing(without) } else { Grant::Groups(groups) }
}

/// Filters under which a scope is held; the empty one is none at all.
fn filters_of<'h>(need: &str, have: &'h [String]) -> BTreeSet<&'h str> {
    let includes: BTreeMap<&str, &[&str]> = INCLUDES.into_iter().collect();
    let mut filters = BTreeSet::new();
    for scope in have {
        let (name, filter) = scope.split_once('!').unwrap_or((scope, ""));
        let filter = if name == "self" && filter.is_empty() { "user" } else { filter };
        let mut open = vec![name];
        while let Some(name) = open.pop() {
            if name == need {
                filters.insert(filter);
            }
            open.extend(includes.get(name).copied().unwrap_or_default());
        }
    }
    filters
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn grants(need: &str, have: &str, accounts: &str) -> Grant {
        grant(need, &words(have), &words(accounts))
    }

    #[test]
    fn a_scope_includes_what_the_hub_says_it_does() {
        assert_eq!(grants("servers", "admin:servers", "a"), Grant::Whole);
        assert_eq!(grants("read:users", "admin:users", "a"), Grant::Whole);
        assert_eq!(grants("access:servers", "shares", "a"), Grant::Whole);
        assert_eq!(grants("servers", "read:servers admin:users", "a"), Grant::Missing(words("a")));
        assert_eq!(grants("admin:users", "users", ""), Grant::Missing(vec![]));
    }

    #[test]
    fn a_filter_for_each_account_is_as_good_as_none() {
        assert_eq!(grants("servers", "servers!user=a admin:servers!user=b", "a b"), Grant::Whole);
        assert_eq!(grants("servers", "servers!user=a", "a b c"), Grant::Missing(words("b c")));
        assert_eq!(grants("servers", "servers!server=a/x", "a"), Grant::Missing(words("a")));
    }

    #[test]
    fn a_filter_for_a_group_leaves_it_to_the_hub_and_makes_no_accounts() {
        assert_eq!(grants("servers", "servers!group=lab", "a b"), Grant::Groups(words("lab")));
        assert_eq!(grants("admin:users", "admin:users!group=lab", "a"), Grant::Missing(words("a")));
    }

    #[test]
    fn a_users_own_token_is_enough_for_its_own_servers() {
        for need in of_one_user() {
            assert_eq!(grants(&need, "servers!user=ada access:servers!user=ada users!user=ada", "ada"), Grant::Whole);
            assert_eq!(grants(&need, "self", "ada"), Grant::Whole, "{need}");
            assert_eq!(grants(&need, "read:hub", "ada"), Grant::Missing(words("ada")), "{need}");
        }
        assert_eq!(grants("servers", "self", "ada grace"), Grant::Missing(words("ada grace")));
    }
}
