//! One cell: from the request to its reply and the kernel's idle status.
//!
//! | state | message | next |
//! | --- | --- | --- |
//! | waiting | `execute_reply` of this request | replied |
//! | waiting | `status: idle` of this request | idle |
//! | replied, idle | the other of the two | done |
//! | any | `status: restarting` or `dead` | the kernel died |
//! | any | the connection ended | looked up on the server |
//! | any | the time is over | interrupted: done within a grace, else lost |

use super::frame::{Channel, Incoming, Kind, State};
use super::kernel::OpenKernel;
use super::output::said;
use crate::event::{Failure, Outcome};
use crate::notebook::Message as Said;
use crate::port::{CellReply, CellRequest, Kernel};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// How long an interrupted kernel may take to answer.
const GRACE: Duration = Duration::from_secs(5);

/// Content of an `execute_request`.
#[derive(Serialize)]
struct Execute<'a> {
    code: &'a str,
    silent: bool,
    store_history: bool,
    user_expressions: Nothing,
    allow_stdin: bool,
    stop_on_error: bool,
}

#[derive(Serialize)]
struct Nothing {}

/// Content of an `execute_reply`, as far as it is needed.
#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow, default)]
    status: Cow<'a, str>,
    #[serde(default)]
    execution_count: Option<u64>,
    #[serde(borrow, default)]
    ename: Cow<'a, str>,
    #[serde(borrow, default)]
    evalue: Cow<'a, str>,
}

/// Which of the two ends of a request were seen.
#[derive(Debug, Default)]
pub(super) struct Done {
    reply: Option<(Option<u64>, Option<Failure>)>,
    idle: bool,
    started: String,
    ended: String,
}

impl Done {
    pub(super) fn whole(&self) -> bool {
        self.reply.is_some() && self.idle
    }

    /// Looks at a message for the ends of the request `id`.
    pub(super) fn look(&mut self, message: &Incoming, id: &str) {
        if message.parent != id.as_bytes() {
            return;
        }
        match (message.channel, message.kind) {
            (Channel::Shell, Kind::Reply) => self.reply = Some(read_reply(&message.content)),
            (Channel::Iopub, Kind::Status(State::Busy)) => self.started = message.date(),
            (Channel::Iopub, Kind::Status(State::Idle)) => {
                self.idle = true;
                self.ended = message.date();
            }
            _ => {}
        }
    }

    fn into_reply(self, failure: Option<Failure>) -> CellReply {
        let (execution_count, own) = self.reply.unwrap_or_default();
        CellReply { execution_count, kernel_started: self.started, kernel_ended: self.ended, failure: failure.or(own) }
    }
}

pub(super) fn died() -> Failure {
    Failure::new(Outcome::KernelDied, "the kernel died and lost its state")
}

/// Executes one cell on an open kernel.
pub(super) async fn execute(
    kernel: &mut OpenKernel,
    request: &CellRequest,
    say: &mut dyn FnMut(Said),
) -> Result<CellReply, Failure> {
    let content = Execute {
        code: &request.code,
        silent: false,
        store_history: true,
        user_expressions: Nothing {},
        allow_stdin: false,
        stop_on_error: true,
    };
    let id = kernel.request("execute_request", &content).await?;
    let mut done = Done::default();
    match tokio::time::timeout(request.timeout, follow(kernel, &id, &mut done, say)).await {
        Ok(result) => result.map(|()| done.into_reply(None)),
        Err(_) => interrupt(kernel, &id, done, request.timeout, say).await,
    }
}

async fn follow(kernel: &mut OpenKernel, id: &str, done: &mut Done, say: &mut dyn FnMut(Said)) -> Result<(), Failure> {
    while !done.whole() {
        let Some(message) = kernel.socket.next().await else { return Err(kernel.lost().await) };
        if message.says_it_died() {
            return Err(died());
        }
        done.look(&message, id);
        if message.channel == Channel::Iopub
            && message.parent == id.as_bytes()
            && let Some(said) = said(message.kind, &message.content)
        {
            say(said);
        }
    }
    Ok(())
}

async fn interrupt(
    kernel: &mut OpenKernel,
    id: &str,
    mut done: Done,
    timeout: Duration,
    say: &mut dyn FnMut(Said),
) -> Result<CellReply, Failure> {
    let timeout = crate::plan::quantity::format_duration(timeout);
    let failure = Failure::new(Outcome::CellTimeout, format!("the cell was interrupted after {timeout}"));
    match kernel.interrupt().await {
        // A kernel or server that is gone gives no answer.
        Err(gone) if matches!(gone.outcome, Outcome::KernelDied | Outcome::ServerStopped) => return Err(gone),
        // Whatever else the request met, the kernel's own answer decides.
        _ => {}
    }
    match tokio::time::timeout(GRACE, follow(kernel, id, &mut done, say)).await {
        Ok(Ok(())) => Ok(done.into_reply(Some(failure))),
        Ok(Err(other)) => Err(other),
        Err(_) => {
            Err(Failure::new(Outcome::CellTimeout, format!("the kernel did not answer the interrupt after {timeout}")))
        }
    }
}

/// Execution count and failure of a reply.
fn read_reply(content: &[u8]) -> (Option<u64>, Option<Failure>) {
    let Ok(reply) = serde_json::from_slice::<Reply<'_>>(content) else {
        return (None, Some(Failure::new(Outcome::UnexpectedReply, "the kernel's reply is not as the protocol says")));
    };
    let failure = match &*reply.status {
        "ok" => None,
        "error" => {
            let Reply { ename, evalue, .. } = &reply;
            let text = if ename.is_empty() { evalue.to_string() } else { format!("{ename}: {evalue}") };
            Some(Failure::new(Outcome::CellError, text))
        }
        "" => Some(Failure::new(Outcome::UnexpectedReply, "the kernel's reply has no status")),
        // Bash and R answer an interrupt so, and every kernel the cells that were queued behind an error.
        other => Some(Failure::new(Outcome::CellError, format!("the kernel answered {other:?}"))),
    };
    (reply.execution_count, failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: Channel, kind: Kind, parent: &'static str, content: &'static str) -> Incoming {
        Incoming { channel, kind, date: "t".into(), parent: parent.into(), content: content.into() }
    }

    const OK: &str = r#"{"status": "ok", "execution_count": 3}"#;

    #[test]
    fn a_request_is_done_with_reply_and_idle_in_either_order() {
        let reply = || message(Channel::Shell, Kind::Reply, "m", OK);
        let idle = || message(Channel::Iopub, Kind::Status(State::Idle), "m", "");
        for order in [[reply(), idle()], [idle(), reply()]] {
            let mut done = Done::default();
            done.look(&order[0], "m");
            assert!(!done.whole());
            done.look(&order[1], "m");
            assert!(done.whole());
            let reply = done.into_reply(None);
            assert_eq!((reply.execution_count, reply.failure, reply.kernel_ended.as_str()), (Some(3), None, "t"));
        }
    }

    #[test]
    fn messages_of_other_requests_do_not_count() {
        let mut done = Done::default();
        done.look(&message(Channel::Shell, Kind::Reply, "other", OK), "m");
        done.look(&message(Channel::Iopub, Kind::Status(State::Idle), "", ""), "m");
        assert!(done.reply.is_none() && !done.idle);
    }

    #[test]
    fn a_reply_tells_an_exception_an_abort_and_nonsense_apart() {
        let outcome =
            |content: &str| read_reply(content.as_bytes()).1.map(|failure| (failure.outcome, failure.message));
        let raised = outcome(r#"{"status": "error", "ename": "NameError", "evalue": "x", "traceback": []}"#);
        assert_eq!(raised, Some((Outcome::CellError, "NameError: x".to_owned())));
        assert_eq!(outcome(r#"{"status": "aborted"}"#).unwrap().0, Outcome::CellError);
        assert_eq!(outcome("{}").unwrap().0, Outcome::UnexpectedReply);
        assert_eq!(outcome("[").unwrap().0, Outcome::UnexpectedReply);
    }
}
