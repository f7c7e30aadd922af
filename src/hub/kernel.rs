//! An open kernel.

use super::done::Done;
use super::execute;
use super::frame::{self, Kind};
use super::output_widget::OutputWidgets;
use super::place::{Place, Seen};
use super::reconnect::{STRIKES, dead, pause};
use super::rest::{ANSWER_WITHIN, KERNEL_WITHIN, below};
use super::socket::{Ending, Socket};
use crate::clock::Due;
use crate::event::{Failure, Outcome};
use crate::notebook::Message as Said;
use crate::port::{CellReply, CellRequest, Kernel, Local};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinHandle;
use url::Url;

/// A kernel that does not answer its first request within this is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(3);

/// How often a kernel that does not become ready is asked for.
const START_LOOK: Duration = Duration::from_secs(5);

/// An open kernel.
pub(super) struct OpenKernel {
    pub(super) place: Place,
    pub(super) id: String,
    /// Address of its WebSocket, with the session's name.
    pub(super) channels: Url,
    session: String,
    pub(super) socket: Rc<Socket>,
    pub(super) pump: JoinHandle<()>,
    requests: u64,
    /// The kernel's count after the last cell, where it told one.
    pub(super) counted: Option<u64>,
    language_info: Option<Value>,
    pub(super) output_widgets: OutputWidgets,
}

/// Content of a `kernel_info_reply`, as far as it is needed.
#[derive(Deserialize)]
struct KernelInfo {
    language_info: Value,
}

/// Starts a kernel, connects, and waits until it answers. A kernel that was started and cannot be used is deleted again.
pub(super) async fn open(place: Place, spec: &str, told: &dyn Fn(&str)) -> Result<Box<dyn Kernel>, Failure> {
    let id = match place.rest.start_kernel(&place.server, spec).await {
        Ok(id) => id,
        Err(failure) => return Err(place.explain(failure, false).await.failure),
    };
    told(&id);
    let opened = async {
        let mut kernel = reach(&place, &id).await?;
        kernel.wait_until_ready().await?;
        Ok::<_, Failure>(kernel)
    };
    let late = || Err(Failure::new(Outcome::Timeout, "the kernel did not answer within 60 s"));
    let opened = async {
        tokio::select! { biased;
            opened = opened => opened,
            failure = given_up(&place, &id) => Err(failure),
        }
    };
    match tokio::time::timeout(KERNEL_WITHIN, opened).await.unwrap_or_else(|_| late()) {
        Ok(kernel) => Ok(Box::new(kernel)),
        Err(failure) => {
            // Best effort: its server may be what is wrong, and who asked knows the kernel's id.
            let _ = place.rest.delete_kernel(&place.server, &id).await;
            Err(failure)
        }
    }
}

/// Connects to a kernel that was started now. A connection that ends in its handshake does not say why: the server is asked, and dialled
/// again where it has the kernel.
async fn reach(place: &Place, id: &str) -> Result<OpenKernel, Failure> {
    let mut tries = 0;
    loop {
        let failure = match connect(place, id).await {
            Ok(kernel) => return Ok(kernel),
            Err(failure) if failure.outcome == Outcome::ConnectionLost => failure,
            Err(failure) => return Err(place.explain(failure, false).await.failure),
        };
        match place.look(id).await {
            Seen::State(_) if tries < STRIKES => {}
            Seen::State(_) => return Err(failure),
            Seen::Nothing => return Err(place.explain_absence().await),
            Seen::Trouble(trouble) => return Err(place.explain(trouble, false).await.failure),
        }
        tokio::time::sleep(pause(id, tries)).await;
        tries += 1;
    }
}

/// Resolves when the server has given a kernel up that is being opened. The handshake of such a kernel stays unanswered for a minute.
async fn given_up(place: &Place, id: &str) -> Failure {
    loop {
        tokio::time::sleep(START_LOOK).await;
        let gone = match place.look(id).await {
            Seen::Nothing => true,
            Seen::State(state) => state == "dead",
            Seen::Trouble(_) => false,
        };
        if gone {
            return Failure::new(
                Outcome::KernelStartFailed,
                "the kernel's process ended again and again before it answered",
            );
        }
    }
}

async fn connect(place: &Place, id: &str) -> Result<OpenKernel, Failure> {
    let session = format!("hubmark-{id}");
    let mut channels = below(&place.server, &["api", "kernels", id, "channels"]);
    let secure = channels.scheme() == "https";
    // Both schemes are special and have a host, so this cannot fail.
    let _ = channels.set_scheme(if secure { "wss" } else { "ws" });
    channels.query_pairs_mut().append_pair("session_id", &session);
    let socket = Socket::connect(&place.rest, &channels).await?;
    let pump = tokio::task::spawn_local(Rc::clone(&socket).pump());
    Ok(OpenKernel {
        place: place.clone(),
        id: id.to_owned(),
        channels,
        session,
        socket,
        pump,
        requests: 0,
        counted: None,
        language_info: None,
        output_widgets: OutputWidgets::default(),
    })
}

impl OpenKernel {
    /// Sends a request on the shell channel; its id, or `None` if the connection did not take it whole.
    pub(super) async fn request<T: Serialize>(&mut self, kind: &str, content: &T) -> Result<Option<String>, Failure> {
        self.requests += 1;
        let id = format!("{}-{}", self.session, self.requests);
        let message = frame::encode(self.socket.protocol(), "shell", &id, &self.session, kind, content)
            .map_err(|error| Failure::new(Outcome::Unknown, format!("the request cannot be written: {error}")))?;
        let sent = tokio::time::timeout(ANSWER_WITHIN, self.socket.send(message)).await;
        Ok(matches!(sent, Ok(Ok(()))).then_some(id))
    }

    /// Ready is: a request was answered on the shell channel and its status came over iopub. A connection that is lost before is made again.
    async fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let mut lost = 0;
        loop {
            match self.is_ready().await? {
                Some(true) => return Ok(()),
                Some(false) => continue,
                None => {}
            }
            let failure = self.vanished().await;
            if failure.outcome != Outcome::ConnectionLost || lost == STRIKES {
                return Err(failure);
            }
            lost += 1;
            self.reconnect(Due::after(KERNEL_WITHIN)).await?;
        }
    }

    /// Asks the kernel once, and says whether it answered in time; `None` if the connection ended before.
    async fn is_ready(&mut self) -> Result<Option<bool>, Failure> {
        let socket = Rc::clone(&self.socket);
        let _turn = socket.turn();
        let Some(id) = self.request("kernel_info_request", &json!({})).await? else { return Ok(None) };
        let mut seen = Done::default();
        let answered = async {
            while let Some(message) = socket.next().await {
                seen.look(&message, &id);
                if message.kind == Kind::Reply {
                    let info = serde_json::from_slice::<KernelInfo>(&message.content).ok();
                    self.language_info = info.map(|info| info.language_info);
                }
                if seen.whole() {
                    return Some(true);
                }
            }
            None
        };
        Ok(tokio::time::timeout(ASK_AGAIN, answered).await.unwrap_or(Some(false)))
    }

    /// Why a connection ended over which the kernel has not answered yet.
    async fn vanished(&self) -> Failure {
        match self.place.look(&self.id).await {
            Seen::State(state) if state != "dead" => {
                Failure::new(Outcome::ConnectionLost, "the connection to the new kernel ended before it answered")
            }
            Seen::State(_) | Seen::Nothing => {
                Failure::new(Outcome::KernelStartFailed, "the kernel's process ended before it answered")
            }
            Seen::Trouble(failure) => self.place.explain(failure, true).await.failure,
        }
    }

    /// What the end is called that a message told of. `again`: the connection was lost and found meanwhile.
    pub(super) async fn explain_ending(&self, ending: Ending, again: bool) -> Failure {
        match ending {
            Ending::Died => died(),
            Ending::Renewed if again => died(),
            Ending::Dead => dead(),
            Ending::Restarted | Ending::Renewed => {
                Failure::new(Outcome::KernelRestarted, "somebody restarted the kernel, and its state is lost")
            }
            Ending::Deleted => self.place.explain_absence().await,
        }
    }

    pub(super) async fn start_again(&mut self) -> Result<(), Failure> {
        self.place.rest.restart_kernel(&self.place.server, &self.id).await?;
        if self.socket.is_over() {
            self.reconnect(Due::after(KERNEL_WITHIN)).await?;
        }
        // What the server said of the end of the old process is no death of the new one.
        self.socket.restarted();
        self.counted = None;
        self.output_widgets = OutputWidgets::default();
        self.wait_until_ready().await
    }

    /// Restarts the kernel and waits until it answers.
    pub(super) async fn restart_within(&mut self) -> Result<(), Failure> {
        let late = || Err(Failure::new(Outcome::Timeout, "the restarted kernel did not answer within 60 s"));
        tokio::time::timeout(KERNEL_WITHIN, self.start_again()).await.unwrap_or_else(|_| late())
    }
}

pub(super) fn died() -> Failure {
    Failure::new(Outcome::KernelDied, "the kernel died and lost its state")
}

impl Drop for OpenKernel {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

impl Kernel for OpenKernel {
    fn id(&self) -> &str {
        &self.id
    }

    fn language_info(&self) -> Option<&Value> {
        self.language_info.as_ref()
    }

    fn execute<'a>(
        &'a mut self,
        request: &'a CellRequest,
        on_message: &'a mut dyn FnMut(Said),
    ) -> Local<'a, Result<CellReply, Failure>> {
        Box::pin(execute::execute(self, request, on_message))
    }

    fn interrupt(&self) -> Local<'_, Result<(), Failure>> {
        Box::pin(self.place.rest.interrupt_kernel(&self.place.server, &self.id))
    }

    fn restart(&mut self) -> Local<'_, Result<(), Failure>> {
        Box::pin(self.restart_within())
    }

    fn reconnect(&mut self) -> Local<'_, Result<(), Failure>> {
        Box::pin(OpenKernel::reconnect(self, Due::after(KERNEL_WITHIN)))
    }

    fn close(self: Box<Self>) -> Local<'static, Result<(), Failure>> {
        Box::pin(async move {
            let (place, id) = (self.place.clone(), self.id.clone());
            drop(self);
            match place.rest.delete_kernel(&place.server, &id).await {
                // A server that is gone took its kernels along.
                Err(failure) if failure.outcome == Outcome::ServerStopped => {
                    match place.explain(failure, true).await.failure {
                        gone if gone.outcome == Outcome::ServerCulled => Ok(()),
                        other => Err(other),
                    }
                }
                other => other,
            }
        })
    }
}
