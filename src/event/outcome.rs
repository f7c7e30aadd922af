//! How things end. A failure of the system under test is data, never a Rust `Err` that ends a run.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a task, spawn, kernel start or clean-up step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did what it should.
    Ok,
    /// A cell raised an error.
    CellError,
    /// A task took longer than its timeout and was interrupted.
    CellTimeout,
    /// The run, or its executor, ended while it was under way.
    Interrupted,
    /// The hub said that the spawn failed.
    SpawnFailed,
    /// The server was not ready in time.
    SpawnTimeout,
    /// The hub refused to spawn now and said when to come again.
    SpawnThrottled,
    /// The hub has as many servers as it allows.
    HubFull,
    /// The token is not accepted.
    TokenRefused,
    /// The token lacks a scope.
    ScopeMissing,
    /// The account does not exist.
    UserMissing,
    /// The account or its server belongs to somebody else and was left alone.
    NotOurs,
    /// The server is not running although it was.
    ServerStopped,
    /// The kernel died or was restarted while it executed.
    KernelDied,
    /// The connection to the kernel ended while it executed.
    ConnectionLost,
    /// Nothing listens at the address, or the host refused.
    Unreachable,
    /// The host's name has no address.
    NameUnresolved,
    /// The certificate is not trusted.
    TlsUntrusted,
    /// No answer within the deadline.
    Timeout,
    /// An answer that hubmark does not understand.
    UnexpectedReply,
    /// The scenario's own code failed.
    ScriptError,
    /// Anything else, with its cause as text.
    Unknown,
}

/// One row of the table of outcomes in the reference.
#[derive(Debug, Clone, Copy)]
pub struct OutcomeInfo {
    /// The outcome.
    pub outcome: Outcome,
    /// What happened, for the person who reads a report.
    pub about: &'static str,
    /// What hubmark does next.
    pub next: &'static str,
}

impl Outcome {
    /// The name in records and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::CellError => "cell_error",
            Outcome::CellTimeout => "cell_timeout",
            Outcome::Interrupted => "interrupted",
            Outcome::SpawnFailed => "spawn_failed",
            Outcome::SpawnTimeout => "spawn_timeout",
            Outcome::SpawnThrottled => "spawn_throttled",
            Outcome::HubFull => "hub_full",
            Outcome::TokenRefused => "token_refused",
            Outcome::ScopeMissing => "scope_missing",
            Outcome::UserMissing => "user_missing",
            Outcome::NotOurs => "not_ours",
            Outcome::ServerStopped => "server_stopped",
            Outcome::KernelDied => "kernel_died",
            Outcome::ConnectionLost => "connection_lost",
            Outcome::Unreachable => "unreachable",
            Outcome::NameUnresolved => "name_unresolved",
            Outcome::TlsUntrusted => "tls_untrusted",
            Outcome::Timeout => "timeout",
            Outcome::UnexpectedReply => "unexpected_reply",
            Outcome::ScriptError => "script_error",
            Outcome::Unknown => "unknown",
        }
    }

    /// Whether it is [`Outcome::Ok`].
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Outcome::Ok
    }

    /// Whether the same user's next iteration needs a new server, because this one is gone.
    #[must_use]
    pub fn loses_server(self) -> bool {
        matches!(self, Outcome::ServerStopped | Outcome::Unreachable)
    }

    /// Whether the same user's next iteration needs a new kernel.
    #[must_use]
    pub fn loses_kernel(self) -> bool {
        !matches!(self, Outcome::Ok | Outcome::CellError | Outcome::ScriptError)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A failure of the system under test: its outcome and what was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// How it ended.
    pub outcome: Outcome,
    /// What was seen, in words, at most 4 KiB: the hub's own message where it gave one.
    pub message: String,
    /// HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Seconds that the hub asked to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

impl Failure {
    /// A failure with a message, cut to 4 KiB at a character boundary.
    #[must_use]
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        let mut message: String = message.into();
        if message.len() > 4096 {
            let mut end = 4096;
            while !message.is_char_boundary(end) {
                end -= 1;
            }
            message.truncate(end);
            message.push('…');
        }
        Self { outcome, message, status: None, retry_after_s: None }
    }

    /// The same with the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.outcome, self.message)?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        Ok(())
    }
}
