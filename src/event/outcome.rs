//! How things end. A failure of the system under test is data, never a Rust `Err` that ends a run.

use super::outcomes::TABLE;
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
    /// A cell ran out of memory and said so.
    Oom,
    /// A cell asked for input, which nobody gives.
    StdinRefused,
    /// The run, or its executor, ended while it was under way.
    Interrupted,
    /// Its user dropped the connection in the middle, as its habits say.
    Abandoned,
    /// Its user interrupted it, as its habits say.
    Cancelled,
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
    /// The token was accepted before and is not any more.
    TokenRevoked,
    /// The token lacks a scope.
    ScopeMissing,
    /// The account does not exist.
    UserMissing,
    /// The account or its server belongs to somebody else and was left alone.
    NotOurs,
    /// The server is not running although it was.
    ServerStopped,
    /// The server was stopped by the hub or somebody else while it was used.
    ServerCulled,
    /// The server's process ended while the hub took it for running.
    ServerDied,
    /// The hub does not answer behind its proxy.
    HubDown,
    /// Nothing listens any more where the hub's proxy was.
    ProxyDown,
    /// The proxy has no way to a server that the hub says is ready.
    RouteLost,
    /// The hub is of a version that hubmark does not know.
    HubTooOld,
    /// The kernel did not start.
    KernelStartFailed,
    /// The kernel's process ended and the server started another.
    KernelDied,
    /// The kernel died again and again, until its server gave it up.
    KernelDead,
    /// Somebody restarted the kernel while it was used.
    KernelRestarted,
    /// Somebody shut the kernel down while it was used.
    KernelDeleted,
    /// What the kernel said while the connection was lost is lost too.
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
    /// Its name in records and reports.
    pub name: &'static str,
    /// What happened, for the person who reads a report.
    pub about: &'static str,
    /// By what it is recognised.
    pub seen: &'static str,
    /// What hubmark does next, in words.
    pub next: &'static str,
    /// The same for the engine.
    pub reaction: Reaction,
}

/// What a user does after an outcome.
///
/// | reaction | kernel | server | pause | failed logins in a row |
/// | --- | --- | --- | --- | --- |
/// | `GoOn` | kept | kept | – | – |
/// | `Pause` | kept | kept | yes | counted |
/// | `NewKernel` | closed | kept | – | counted |
/// | `NewKernelAfterPause` | closed | kept | yes | counted |
/// | `NewServer` | forgotten | stopped, started anew | yes | counted |
/// | `Hold` | closed | kept | yes | not counted: the user stays as long as its time lasts |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    /// The next iteration begins at its time.
    GoOn,
    /// The next iteration begins after a pause.
    Pause,
    /// The next iteration begins at its time, with a new kernel.
    NewKernel,
    /// The next iteration begins after a pause, with a new kernel.
    NewKernelAfterPause,
    /// The server is gone: a new one is started after a pause.
    NewServer,
    /// Hub or proxy cannot do it now: the same again after a pause, without end.
    Hold,
}

impl Outcome {
    /// Every outcome, in the order of the enum, for the reference and the tests.
    pub const TABLE: &'static [OutcomeInfo] = TABLE;

    /// Its row of the table.
    #[must_use]
    pub fn info(self) -> &'static OutcomeInfo {
        &TABLE[self as usize]
    }

    /// The name in records and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// Whether it is [`Outcome::Ok`].
    #[must_use]
    pub fn is_ok(self) -> bool {
        self == Outcome::Ok
    }

    /// Whether the user gave it up, as its habits say: it neither succeeded nor failed.
    #[must_use]
    pub fn is_given_up(self) -> bool {
        matches!(self, Outcome::Abandoned | Outcome::Cancelled)
    }

    /// Whether something failed: neither did it succeed, nor did the end of the run or its user cut it short.
    #[must_use]
    pub fn is_failure(self) -> bool {
        !self.is_ok() && self != Outcome::Interrupted && !self.is_given_up()
    }

    /// Whether it is an error that a cell raised, which a cell tagged `raises-exception` may do.
    #[must_use]
    pub fn is_raised(self) -> bool {
        matches!(self, Outcome::CellError | Outcome::Oom | Outcome::StdinRefused)
    }

    /// Whether the same user's next iteration needs a new server, because this one is gone.
    #[must_use]
    pub fn loses_server(self) -> bool {
        self.info().reaction == Reaction::NewServer
    }

    /// Whether the same user's next iteration needs a new kernel.
    #[must_use]
    pub fn loses_kernel(self) -> bool {
        !matches!(self.info().reaction, Reaction::GoOn | Reaction::Pause)
    }

    /// Whether the same user waits before its next try, longer after each in a row.
    #[must_use]
    pub fn pauses(self) -> bool {
        !matches!(self.info().reaction, Reaction::GoOn | Reaction::NewKernel)
    }

    /// Whether the user tries again without end, because neither it nor its server is at fault.
    #[must_use]
    pub fn holds(self) -> bool {
        self.info().reaction == Reaction::Hold
    }

    /// Whether hub, proxy or network are down, so that no other request would go better now.
    #[must_use]
    pub fn is_outage(self) -> bool {
        self.holds() && !matches!(self, Outcome::SpawnThrottled | Outcome::HubFull)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_outcome_is_found_at_its_row_and_named_as_it_is_written() {
        for (index, info) in TABLE.iter().enumerate() {
            assert_eq!(info.outcome as usize, index, "{}", info.name);
            assert_eq!(serde_json::to_value(info.outcome).unwrap(), info.name);
            assert!(!info.about.is_empty() && !info.next.is_empty(), "{}", info.name);
        }
        assert_eq!(TABLE.last().unwrap().outcome, Outcome::Unknown, "the last of the enum has a row");
        assert_eq!(TABLE.iter().map(|info| info.name).collect::<BTreeSet<_>>().len(), TABLE.len());
    }

    #[test]
    fn only_who_keeps_the_kernel_or_lost_it_by_its_own_doing_goes_on_without_a_pause() {
        let prompt: Vec<&str> = TABLE.iter().filter(|info| !info.outcome.pauses()).map(|info| info.name).collect();
        assert_eq!(
            prompt,
            ["ok", "cell_error", "cell_timeout", "oom", "stdin_refused", "interrupted", "abandoned", "cancelled"]
        );
    }

    #[test]
    fn an_outage_keeps_the_server_and_never_uses_up_a_users_patience() {
        let holding: Vec<&str> = TABLE.iter().filter(|info| info.outcome.holds()).map(|info| info.name).collect();
        assert_eq!(holding, ["spawn_throttled", "hub_full", "hub_down", "proxy_down", "route_lost", "unreachable"]);
        for info in TABLE.iter().filter(|info| info.outcome.loses_server()) {
            assert!(info.name.starts_with("server_") || info.name.starts_with("spawn_"), "{}", info.name);
        }
    }
}
