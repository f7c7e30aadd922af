//! What is on a simulated hub.

use crate::port::ServerRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The user whom the simulated token belongs to.
pub const OWNER: &str = "me";

/// What is on a hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Accounts.
    pub accounts: Vec<String>,
    /// Servers that run: `account`, or `account/name` for one with a name.
    pub servers: Vec<String>,
    /// Kernels by id.
    pub kernels: Vec<String>,
}

/// The same, as the hub keeps it.
#[derive(Default)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<String, i64>,
    /// By path: `account`, or `account/name`.
    pub(super) servers: BTreeMap<String, i64>,
    /// By id: path of the server that they are on.
    pub(super) kernels: BTreeMap<String, String>,
    /// By account and path. They are in the account's home, so they outlive its server.
    pub(super) files: BTreeMap<(String, String), Arc<[u8]>>,
}

impl State {
    /// What is on the hub now.
    pub(super) fn leftovers(&self) -> Leftovers {
        Leftovers {
            accounts: self.accounts.keys().cloned().collect(),
            servers: self.servers.keys().cloned().collect(),
            kernels: self.kernels.keys().cloned().collect(),
        }
    }
}

/// Tells the servers of a hub from each other.
pub(super) fn path(server: &ServerRef) -> String {
    if server.name.is_empty() { server.account.clone() } else { format!("{}/{}", server.account, server.name) }
}

/// The name of an account's server by its path; empty for the default one, `None` where it is another account's.
pub(super) fn name_of<'p>(path: &'p str, account: &str) -> Option<&'p str> {
    match path.strip_prefix(account)? {
        "" => Some(""),
        name => name.strip_prefix('/'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_accounts_with_alike_names_are_told_apart() {
        let server = |account: &str, name: &str| ServerRef { account: account.to_owned(), name: name.to_owned() };
        assert_eq!(name_of(&path(&server("ada", "")), "ada"), Some(""));
        assert_eq!(name_of(&path(&server("ada", "x")), "ada"), Some("x"));
        assert_eq!(name_of(&path(&server("ada2", "")), "ada"), None);
        assert_eq!(name_of(&path(&server("ada2", "x")), "ada"), None);
    }
}
