//! What hubmark made on a hub and has to take away again.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseKind {
    /// An account.
    Account,
    /// A server of an account.
    Server,
    /// A kernel on a server.
    Kernel,
    /// A token, by id.
    Token,
}

impl fmt::Display for LeaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LeaseKind::Account => "account",
            LeaseKind::Server => "server",
            LeaseKind::Kernel => "kernel",
            LeaseKind::Token => "token",
        })
    }
}

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseState {
    /// Written before the request.
    Intended,
    /// The hub said that it exists, made by us.
    Created,
    /// It is gone, or was never made.
    Closed,
}

impl LeaseRecord {
    /// Name of the server that is leased, or that a kernel is on; empty for the default one.
    #[must_use]
    pub fn server_name(&self) -> &str {
        if self.what == LeaseKind::Server { &self.name } else { &self.server }
    }
}

/// One step of one lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseRecord {
    /// Number in the run, from 1; the steps of one lease share it.
    pub lease: u64,
    /// What.
    pub what: LeaseKind,
    /// On which hub or server.
    pub target: String,
    /// Under which account; empty on a plain server.
    pub account: String,
    /// Name of the server (empty for the default one), id of the kernel or token; empty for an account, or where not known yet.
    pub name: String,
    /// Of a kernel: name of the server that it is on; empty for the default one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// How far it got.
    pub state: LeaseState,
    /// Wall time of the step, nanoseconds since 1970: compared with the hub's own `created` time before anything is deleted.
    pub wall_ns: i64,
}
