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
    /// The server did not read or write a file.
    FileError,
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
    /// Every outcome, for the reference and the tests.
    pub const TABLE: &'static [OutcomeInfo] = &[
        OutcomeInfo { outcome: Outcome::Ok, about: "it did what it should", next: "goes on" },
        OutcomeInfo {
            outcome: Outcome::CellError,
            about: "a cell raised an error",
            next: "keeps the executed notebook; the next iteration goes on with the same kernel",
        },
        OutcomeInfo {
            outcome: Outcome::CellTimeout,
            about: "the notebook took longer than its timeout",
            next: "interrupts the kernel, keeps the notebook, opens a new kernel",
        },
        OutcomeInfo {
            outcome: Outcome::Interrupted,
            about: "the run, or the executor, ended while it was under way",
            next: "keeps the notebook, closes the kernel",
        },
        OutcomeInfo {
            outcome: Outcome::SpawnFailed,
            about: "the hub said that the spawn failed",
            next: "stops what is left of it, waits (1 s doubling to a minute, with jitter), asks again; gives the user up after ten in a row",
        },
        OutcomeInfo { outcome: Outcome::SpawnTimeout, about: "the server was not ready in time", next: "the same" },
        OutcomeInfo {
            outcome: Outcome::SpawnThrottled,
            about: "the hub refused to spawn now and said when to come again (429 with Retry-After)",
            next: "waits at least that long, asks again",
        },
        OutcomeInfo {
            outcome: Outcome::HubFull,
            about: "the hub has as many servers as it allows (429 without Retry-After)",
            next: "waits as for `spawn_failed`, asks again",
        },
        OutcomeInfo {
            outcome: Outcome::TokenRefused,
            about: "the token is not accepted",
            next: "before a run: ends with exit code 4; during it: waits, tries again",
        },
        OutcomeInfo { outcome: Outcome::ScopeMissing, about: "the token lacks a scope", next: "the same" },
        OutcomeInfo { outcome: Outcome::UserMissing, about: "the account does not exist", next: "waits, tries again" },
        OutcomeInfo {
            outcome: Outcome::NotOurs,
            about: "the account's server was running already",
            next: "leaves it alone, waits, asks again",
        },
        OutcomeInfo {
            outcome: Outcome::ServerStopped,
            about: "the server is not running although it was",
            next: "starts a new one",
        },
        OutcomeInfo {
            outcome: Outcome::KernelDied,
            about: "the kernel died or was restarted while it executed",
            next: "opens a new kernel",
        },
        OutcomeInfo {
            outcome: Outcome::ConnectionLost,
            about: "the connection to the kernel ended while it executed; the kernel is still there",
            next: "closes that kernel, opens a new one",
        },
        OutcomeInfo {
            outcome: Outcome::FileError,
            about: "the server did not read or write a file",
            next: "goes on with the same kernel",
        },
        OutcomeInfo {
            outcome: Outcome::Unreachable,
            about: "nothing listens at the address, or the hub is down",
            next: "waits, starts a new server",
        },
        OutcomeInfo {
            outcome: Outcome::NameUnresolved,
            about: "the host's name has no address",
            next: "waits, tries again",
        },
        OutcomeInfo {
            outcome: Outcome::TlsUntrusted,
            about: "the certificate is not trusted, or TLS failed",
            next: "waits, tries again",
        },
        OutcomeInfo {
            outcome: Outcome::Timeout,
            about: "no answer within the deadline",
            next: "waits, tries again with a new kernel",
        },
        OutcomeInfo {
            outcome: Outcome::UnexpectedReply,
            about: "an answer that hubmark does not understand",
            next: "waits, tries again with a new kernel",
        },
        OutcomeInfo {
            outcome: Outcome::ScriptError,
            about: "the scenario's own code failed",
            next: "records it; the run goes on",
        },
        OutcomeInfo {
            outcome: Outcome::Unknown,
            about: "anything else, with its cause as text",
            next: "waits, tries again with a new kernel",
        },
    ];

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
            Outcome::FileError => "file_error",
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
        !matches!(self, Outcome::Ok | Outcome::CellError | Outcome::FileError | Outcome::ScriptError)
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
