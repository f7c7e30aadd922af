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

use super::frame::Incoming;
use super::kernel::OpenKernel;
use crate::event::{Failure, Outcome};
use crate::notebook::Message as Said;
use crate::port::{CellReply, CellRequest};
use serde_json::{Value, json};
use std::time::Duration;

/// How long an interrupted kernel may take to answer.
const GRACE: Duration = Duration::from_secs(5);

/// Which of the two ends of a request were seen.
#[derive(Debug, Default)]
pub(super) struct Done {
    reply: Option<Value>,
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
        if message.parent != id {
            return;
        }
        if message.channel == "shell" && message.kind.ends_with("_reply") {
            self.reply = Some(message.content());
        } else if message.kind == "status" {
            match message.content()["execution_state"].as_str() {
                Some("busy") => self.started.clone_from(&message.date),
                Some("idle") => {
                    self.idle = true;
                    self.ended.clone_from(&message.date);
                }
                _ => {}
            }
        }
    }

    fn into_reply(self, failure: Option<Failure>) -> CellReply {
        let reply = self.reply.unwrap_or_default();
        let failure = failure.or_else(|| failure_of(&reply));
        let execution_count = reply["execution_count"].as_u64();
        CellReply { execution_count, kernel_started: self.started, kernel_ended: self.ended, failure }
    }
}

/// Whether a message says that the kernel died, was restarted or was shut down. The server sends it without a parent, and nothing of
/// the request that was under way comes any more.
pub(super) fn says_it_died(message: &Incoming) -> bool {
    match message.kind.as_str() {
        "status" => {
            matches!(message.content()["execution_state"].as_str(), Some("restarting" | "dead" | "autorestarting"))
        }
        "shutdown_reply" => message.channel == "iopub",
        _ => false,
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
    let content = json!({
        "code": request.code, "silent": false, "store_history": true, "user_expressions": {},
        "allow_stdin": false, "stop_on_error": true,
    });
    let id = kernel.request("shell", "execute_request", &content).await?;
    let mut done = Done::default();
    match tokio::time::timeout(request.timeout, follow(kernel, &id, &mut done, say)).await {
        Ok(result) => result.map(|()| done.into_reply(None)),
        Err(_) => interrupt(kernel, &id, done, request.timeout, say).await,
    }
}

async fn follow(kernel: &mut OpenKernel, id: &str, done: &mut Done, say: &mut dyn FnMut(Said)) -> Result<(), Failure> {
    while !done.whole() {
        let Some(message) = kernel.incoming.recv().await else { return Err(kernel.lost().await) };
        if says_it_died(&message) {
            return Err(died());
        }
        done.look(&message, id);
        if message.parent == id
            && message.channel == "iopub"
            && let Some(said) = said(&message)
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

fn failure_of(reply: &Value) -> Option<Failure> {
    match reply["status"].as_str() {
        Some("ok") => None,
        Some("error") => {
            let name = reply["ename"].as_str().unwrap_or_default();
            let value = reply["evalue"].as_str().unwrap_or_default();
            let text = if name.is_empty() { value.to_owned() } else { format!("{name}: {value}") };
            Some(Failure::new(Outcome::CellError, text))
        }
        Some(other) => Some(Failure::new(Outcome::CellError, format!("the kernel answered {other:?}"))),
        None => Some(Failure::new(Outcome::UnexpectedReply, "the kernel's reply has no status")),
    }
}

/// The output, or change to outputs, that an iopub message is.
fn said(message: &Incoming) -> Option<Said> {
    let output = |output: Value, content: &Value| {
        let display_id = content["transient"]["display_id"].as_str().map(str::to_owned);
        Some(Said::Output { output, display_id })
    };
    match message.kind.as_str() {
        "stream" => {
            let content = message.content();
            output(json!({"output_type": "stream", "name": content["name"], "text": content["text"]}), &content)
        }
        "display_data" => {
            let content = message.content();
            let shown =
                json!({"output_type": "display_data", "data": content["data"], "metadata": content["metadata"]});
            output(shown, &content)
        }
        "execute_result" => {
            let content = message.content();
            let shown = json!({
                "output_type": "execute_result", "execution_count": content["execution_count"],
                "data": content["data"], "metadata": content["metadata"],
            });
            output(shown, &content)
        }
        "error" => {
            let content = message.content();
            let shown = json!({
                "output_type": "error", "ename": content["ename"], "evalue": content["evalue"],
                "traceback": content["traceback"],
            });
            output(shown, &content)
        }
        "clear_output" => Some(Said::Clear { wait: message.content()["wait"].as_bool().unwrap_or(false) }),
        "update_display_data" => {
            let mut content = message.content();
            let display_id = content["transient"]["display_id"].as_str()?.to_owned();
            Some(Said::Update { display_id, data: content["data"].take(), metadata: content["metadata"].take() })
        }
        _ => None,
    }
}
