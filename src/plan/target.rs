//! Where users work: JupyterHubs and plain Jupyter Servers.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where a secret comes from. The value itself never enters a plan, a record or a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretRef {
    /// An environment variable of hubmark's process.
    Env(String),
    /// A file whose trimmed content is the secret.
    File(PathBuf),
    /// A file of accounts: the secret stands in the account's own line ([`super::roster`]).
    Line(PathBuf),
}

impl std::fmt::Display for SecretRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SecretRef::Env(name) => write!(f, "env:{name}"),
            SecretRef::File(path) => write!(f, "file:{}", path.display()),
            SecretRef::Line(path) => write!(f, "the account's line of {}", path.display()),
        }
    }
}

/// One place where users work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Target {
    /// A JupyterHub: accounts, servers, kernels.
    Hub(HubTarget),
    /// A plain Jupyter Server: kernels only, one account for everybody.
    Server(ServerTarget),
}

impl Target {
    /// Address as the author wrote it, with one `/` at its end.
    #[must_use]
    pub fn url(&self) -> &url::Url {
        match self {
            Target::Hub(hub) => &hub.url,
            Target::Server(server) => &server.url,
        }
    }

    /// Where the one token for everything comes from; `None` where none is needed.
    #[must_use]
    pub fn token(&self) -> Option<&SecretRef> {
        match self {
            Target::Hub(hub) => (!hub.accounts.bring_tokens()).then_some(&hub.token),
            Target::Server(server) => server.token.as_ref(),
        }
    }
}

/// A JupyterHub and how to work on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HubTarget {
    /// Public address of the hub including its base URL, ending in `/`; the API is at `hub/api/` below it.
    pub url: url::Url,
    /// Token for the hub's API and its users' servers. Not read where every account brings its own.
    pub token: SecretRef,
    /// Which accounts users work under.
    pub accounts: Accounts,
    /// Options of the spawn request (`user_options`), as JSON.
    pub options: serde_json::Map<String, serde_json::Value>,
    /// Extra request headers.
    pub headers: BTreeMap<String, String>,
    /// A PEM file with the certificate authority to trust besides the system's.
    pub ca: Option<PathBuf>,
}

/// A plain Jupyter Server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerTarget {
    /// Address of the server including its base URL, ending in `/`.
    pub url: url::Url,
    /// Token of the server, if it wants one.
    pub token: Option<SecretRef>,
    /// Extra request headers.
    pub headers: BTreeMap<String, String>,
    /// A PEM file with the certificate authority to trust besides the system's.
    pub ca: Option<PathBuf>,
}

/// A Prometheus that functions of the scenario ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrometheusTarget {
    /// Its address, ending in `/`; the API is at `api/v1/` below it.
    pub url: url::Url,
    /// Token of its requests, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// A PEM file with the certificate authority to trust besides the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
}

/// Which accounts of a hub the users work under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Accounts {
    /// Names made from a pattern with one `%d` or `%04d`, counted from 1.
    Pattern {
        /// The pattern.
        pattern: String,
        /// Whether hubmark creates them at the start and deletes them at the end. Otherwise they must exist.
        create: bool,
    },
    /// Existing accounts, never created and never deleted.
    List {
        /// Names, one user each.
        names: Vec<String>,
        /// Where the accounts' own tokens come from, by name. Accounts without one are driven with the hub's token.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        tokens: BTreeMap<String, SecretRef>,
    },
    /// Named servers of the user whom the hub's token belongs to. They are made by hubmark and removed again; the account stays.
    #[serde(rename = "self")]
    Own,
}

impl Accounts {
    /// Name of the account number `index`, counted from 0; `None` past the end of a list, and where the hub alone knows the name.
    #[must_use]
    pub fn name(&self, index: u32) -> Option<String> {
        match self {
            Accounts::Pattern { pattern, .. } => format_pattern(pattern, u64::from(index) + 1),
            Accounts::List { names, .. } => names.get(index as usize).cloned(),
            Accounts::Own => None,
        }
    }

    /// How many users can work under them; `None` for as many as wanted.
    #[must_use]
    pub fn room(&self) -> Option<usize> {
        match self {
            Accounts::List { names, .. } => Some(names.len()),
            Accounts::Pattern { .. } | Accounts::Own => None,
        }
    }

    /// Where the accounts' own tokens come from, by account.
    pub fn tokens(&self) -> impl Iterator<Item = (&String, &SecretRef)> {
        let tokens = match self {
            Accounts::List { tokens, .. } => Some(tokens),
            Accounts::Pattern { .. } | Accounts::Own => None,
        };
        tokens.into_iter().flatten()
    }

    /// Whether every account brings a token of its own, so that the hub's is not needed.
    #[must_use]
    pub fn bring_tokens(&self) -> bool {
        match self {
            Accounts::List { names, tokens } => !names.is_empty() && names.iter().all(|name| tokens.contains_key(name)),
            Accounts::Pattern { .. } | Accounts::Own => false,
        }
    }

    /// Whether hubmark makes the accounts itself.
    #[must_use]
    pub fn create(&self) -> bool {
        matches!(self, Accounts::Pattern { create: true, .. })
    }
}

/// Puts a number in the place of the pattern's one `%d` or `%0Nd`; `None` where there is not exactly one.
#[must_use]
pub(super) fn format_pattern(pattern: &str, number: u64) -> Option<String> {
    let at = pattern.find('%')?;
    let (before, rest) = (&pattern[..at], &pattern[at + 1..]);
    let end = rest.find('d')?;
    let (width, after) = (&rest[..end], &rest[end + 1..]);
    if after.contains('%') || before.contains('%') {
        return None;
    }
    let digits = match width {
        "" => 0,
        w if w.starts_with('0') && w.len() <= 3 => w.parse::<usize>().ok()?,
        _ => return None,
    };
    Some(format!("{before}{number:0digits$}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_numbers_accounts_from_one() {
        let accounts = Accounts::Pattern { pattern: "hubmark-%04d".to_owned(), create: true };
        assert_eq!(accounts.name(0).as_deref(), Some("hubmark-0001"));
        assert_eq!(accounts.name(44).as_deref(), Some("hubmark-0045"));
        assert_eq!(format_pattern("u%d", 7).as_deref(), Some("u7"));
        for bad in ["plain", "%d-%d", "%s", "%9d", "%"] {
            assert_eq!(format_pattern(bad, 1), None, "{bad}");
        }
    }
}
