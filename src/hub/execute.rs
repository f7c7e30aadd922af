//! One cell: from the request to its reply and the kernel's idle status.
//!
//! | what comes | next |
//! | --- | --- |
//! | `execute_reply` of this request, and `status: idle` of it, in either order | done |
//! | the end of the kernel's process ([`Ending`]) | that is the outcome |
//! | `input_request` | interrupted: nobody types |
//! | the end of the connection | dialled again (`reconnect.rs`), then on |
//! | nothing for a while | the server is asked for the kernel (`doubt.rs`) |
//! | the cell's deadline | interrupted: done within a grace, else restarted |

use super::done::Done;
use super::doubt::Doubt;
use super::frame::{Incoming, Kind, State};
use super::kernel::OpenKernel;
use super::numbers::Numbers;
use super::output::said;
use super::reading::Reading;
use super::reply;
use super::socket::{Ending, Turn};
use crate::clock::Due;
use crate::event::{Failure, Notice, NoticeKind, Outcome};
use crate::http::is_large;
use crate::notebook::Message as Said;
use crate::port::{CellReply, CellRequest, Kernel};
use serde::Serialize;
use std::rc::Rc;
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

impl<'a> Execute<'a> {
    fn of(code: &'a str) -> Self {
        let (silent, store_history) = (false, true);
        // Nothing is queued behind a cell, and an IPython kernel that stops on an error drops what comes while it stops.
        let stop_on_error = false;
        Self { code, silent, store_history, user_expressions: Nothing {}, allow_stdin: false, stop_on_error }
    }

    /// What executes nothing and is answered with the kernel's count.
    fn nothing() -> Self {
        Self { silent: true, store_history: false, ..Self::of("") }
    }
}

/// What ends a stretch of reading.
enum Step {
    Done,
    Ended(Ending),
    Asked,
    Lost,
}

/// A cell under way.
pub(super) struct Running<'a> {
    pub(super) kernel: &'a mut OpenKernel,
    /// Whose turn it is to read the connection: this one's.
    turn: Turn,
    say: &'a mut dyn FnMut(Said),
    code: &'a str,
    id: String,
    done: Done,
    deadline: Due,
    /// Messages so far.
    pub(super) heard: u64,
    pub(super) doubt: Doubt,
    pub(super) reconnected: u32,
    numbers: Numbers,
    truncated: u32,
    reading: Reading,
}

/// Executes one cell on an open kernel.
pub(super) async fn execute(
    kernel: &mut OpenKernel,
    request: &CellRequest,
    say: &mut dyn FnMut(Said),
) -> Result<CellReply, Failure> {
    if let Some(ending) = kernel.socket.ending() {
        return Err(kernel.explain_ending(ending, false).await);
    }
    let deadline = Due::after(request.timeout);
    let turn = kernel.socket.turn();
    let mut running = Running {
        kernel,
        turn,
        say,
        code: &request.code,
        id: String::new(),
        done: Done::default(),
        deadline,
        heard: 0,
        doubt: Doubt::default(),
        reconnected: 0,
        numbers: Numbers::default(),
        truncated: 0,
        reading: Reading::default(),
    };
    if running.kernel.socket.is_over() {
        running.reconnect().await?;
    }
    running.send().await?;
    running.run(request.timeout).await
}

impl Running<'_> {
    /// Sends the request; over a new connection if the one there is does not take it. A request that was not taken whole was not
    /// executed, so it may be sent again.
    pub(super) async fn send(&mut self) -> Result<(), Failure> {
        let content = Execute::of(self.code);
        loop {
            match self.kernel.request("execute_request", &content).await? {
                Some(id) => {
                    self.id = id;
                    return Ok(());
                }
                None => self.reconnect().await?,
            }
        }
    }

    async fn run(mut self, timeout: Duration) -> Result<CellReply, Failure> {
        loop {
            let wake = self.deadline.min(Due::after(self.doubt.pause()));
            match wake.limits(self.follow()).await {
                Some(Step::Done) => return Ok(self.into_reply(None)),
                Some(Step::Ended(ending)) => {
                    return Err(self.kernel.explain_ending(ending, self.reconnected > 0).await);
                }
                Some(Step::Lost) => self.reconnect().await?,
                Some(Step::Asked) => {
                    return self
                        .stop(Failure::new(Outcome::StdinRefused, "the cell asked for input and was interrupted"))
                        .await;
                }
                None if self.deadline.is_over() => {
                    // What was left of a notebook's time is no round number.
                    let after = Duration::from_millis(timeout.as_millis().try_into().unwrap_or(u64::MAX));
                    let text =
                        format!("the cell was interrupted after {}", crate::plan::quantity::format_duration(after));
                    return self.stop(Failure::new(Outcome::CellTimeout, text)).await;
                }
                None => {
                    // A look that is not over by the deadline is given up.
                    let looked = self.deadline.limits(self.look()).await;
                    // The kernel ended with the cell, and its last message got lost: there is nothing to wait for.
                    if looked.unwrap_or(Ok(false))? {
                        self.finish_reading().await;
                        return Ok(self.into_reply(None));
                    }
                }
            }
        }
    }

    /// Reads until something has to be done.
    async fn follow(&mut self) -> Step {
        let socket = Rc::clone(&self.kernel.socket);
        // One that was being read when the wait for it was cut short.
        self.finish_reading().await;
        while !self.done.whole() {
            let Some(message) = socket.next().await else { return Step::Lost };
            if let Some(step) = self.take(message) {
                return step;
            }
            self.finish_reading().await;
            self.kernel.answer_widgets().await;
        }
        Step::Done
    }

    /// Waits for a large message to be read, and hands it over.
    async fn finish_reading(&mut self) {
        if let Some(said) = self.reading.finish().await {
            self.kernel.output_widgets.hand_over(said, &self.id, self.say);
        }
    }

    /// Takes a message in; what it makes necessary.
    fn take(&mut self, message: Incoming) -> Option<Step> {
        self.heard += 1;
        if let Some(ending) = message.ending() {
            return Some(Step::Ended(ending));
        }
        let own = message.parent == self.id.as_bytes();
        if own && message.kind == Kind::Status(State::Busy) {
            self.numbers.begin(&message.id);
        }
        self.numbers.came(&message.id, own);
        if !own {
            return None;
        }
        self.done.look(&message, &self.id);
        match message.kind {
            Kind::InputRequest => return Some(Step::Asked),
            Kind::Stream if is_rate_notice(&message.content) => self.truncated += 1,
            _ => {}
        }
        if is_large(message.size()) {
            self.reading.begin(&self.kernel.place.rest.aside, message);
        } else if let Some(said) = said(&message) {
            self.kernel.output_widgets.hand_over(said, &self.id, self.say);
        }
        None
    }

    /// Connects again, until the cell's deadline at most.
    pub(super) async fn reconnect(&mut self) -> Result<(), Failure> {
        self.numbers.lost();
        self.kernel.reconnect(self.deadline).await?;
        self.turn = self.kernel.socket.turn();
        self.reconnected += 1;
        self.doubt.settle(self.heard);
        Ok(())
    }

    /// Whether the kernel has not executed the request: it said nothing of it, and it has not counted since the cell before.
    pub(super) async fn was_not_executed(&mut self) -> Result<bool, Failure> {
        let Some(before) = self.kernel.counted.filter(|_| self.done.started.is_empty() && !self.done.idle) else {
            return Ok(false);
        };
        self.finish_reading().await;
        let Some(id) = self.kernel.request("execute_request", &Execute::nothing()).await? else { return Ok(false) };
        let socket = Rc::clone(&self.kernel.socket);
        let deadline = Due::after(GRACE);
        while let Some(Some(message)) = deadline.limits(socket.next()).await {
            if message.kind == Kind::Reply && message.parent == id.as_bytes() {
                return Ok(reply::read(&message.content).0 == Some(before));
            }
            // The request was executed after all, or something else happened, which the next look finds.
            if message.parent == self.id.as_bytes() || message.ending().is_some() {
                self.take(message);
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Whether the reply came, and with it all that counts.
    pub(super) fn replied(&self) -> bool {
        self.done.reply.is_some()
    }

    /// Interrupts the kernel, and restarts it if that does not help.
    async fn stop(mut self, failure: Failure) -> Result<CellReply, Failure> {
        match self.kernel.interrupt().await {
            Err(gone) if gone.outcome == Outcome::KernelDeleted => {
                return Err(self.kernel.place.explain_absence().await);
            }
            Err(gone) if gone.outcome == Outcome::ServerStopped => {
                return Err(self.kernel.place.explain(gone, true).await.failure);
            }
            // Whatever else the request met, the kernel's own answer decides.
            _ => {}
        }
        self.deadline = Due::after(GRACE);
        loop {
            match self.deadline.limits(self.follow()).await {
                Some(Step::Done) => return Ok(self.into_reply(Some(failure))),
                Some(Step::Ended(ending)) => {
                    return Err(self.kernel.explain_ending(ending, self.reconnected > 0).await);
                }
                Some(Step::Lost) => self.reconnect().await?,
                // Interrupted already.
                Some(Step::Asked) => {}
                None => break,
            }
        }
        let Failure { outcome, message, .. } = failure;
        match self.kernel.restart_within().await {
            Ok(()) => {
                let text =
                    format!("{message}; it did not end within 5 s, so the kernel was restarted and lost its state");
                Ok(self.into_reply(Some(Failure::new(outcome, text))))
            }
            Err(why) => {
                let text =
                    format!("{message}; it did not end within 5 s, and the kernel could not be restarted: {why}");
                Err(Failure::new(outcome, text))
            }
        }
    }

    fn into_reply(self, failure: Option<Failure>) -> CellReply {
        let (execution_count, own) = self.done.reply.unwrap_or_default();
        self.kernel.counted = execution_count.or(self.kernel.counted);
        // The source that the kernel shows is no output, and what is cut off with the end is the reply's or the status, which are looked for.
        let lost = self.numbers.missing().saturating_sub(u32::from(self.done.input.is_empty()));
        let notices = [
            (NoticeKind::OutputTruncated, self.truncated),
            (NoticeKind::Reconnected, self.reconnected),
            (NoticeKind::OutputLost, lost),
        ];
        CellReply {
            execution_count,
            kernel_started: self.done.started,
            kernel_ended: self.done.ended,
            kernel_input: self.done.input,
            kernel_replied: self.done.replied,
            failure: failure.or(own),
            notices: notices
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(kind, count)| Notice { kind, count })
                .collect(),
        }
    }
}

/// Whether a `stream` message is the server's own word that it drops output. It is a few hundred bytes long, so that others are not
/// searched.
fn is_rate_notice(content: &[u8]) -> bool {
    const SIZES: std::ops::Range<usize> = 200..1000;
    SIZES.contains(&content.len())
        && [&b"IOPub data rate exceeded"[..], b"IOPub message rate exceeded"]
            .iter()
            .any(|wanted| content.windows(wanted.len()).any(|part| part == *wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_word_on_dropped_output_is_told_from_output() {
        let word = |text: &str| format!("{{\"text\": \"{text}\\n{}\", \"name\": \"stderr\"}}", "x".repeat(300));
        assert!(is_rate_notice(word("IOPub data rate exceeded.").as_bytes()));
        assert!(is_rate_notice(word("IOPub message rate exceeded.").as_bytes()));
        assert!(!is_rate_notice(word("IOPub is a channel").as_bytes()));
        assert!(!is_rate_notice(b"IOPub data rate exceeded"), "a cell that prints the words");
    }
}
