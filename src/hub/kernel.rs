//! An open kernel.

use super::execute::{self, Done};
use super::frame;
use super::rest::{ANSWER_WITHIN, KERNEL_WITHIN, Rest, below};
use super::socket::Socket;
use crate::event::{Failure, Outcome};
use crate::notebook::Message as Said;
use crate::port::{CellReply, CellRequest, Kernel, Local};
use serde::Serialize;
use serde_json::json;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinHandle;
use url::Url;

/// A kernel that does not answer its first request within this is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(3);

/// An open kernel.
pub(super) struct OpenKernel {
    rest: Rest,
    server: Url,
    id: String,
    session: String,
    pub(super) socket: Rc<Socket>,
    pump: JoinHandle<()>,
    requests: u64,
}

/// Starts a kernel on the server at an address, connects, and waits until it answers. A kernel that was started and cannot be used is
/// deleted again.
pub(super) async fn open(rest: Rest, server: Url, spec: &str) -> Result<Box<dyn Kernel>, Failure> {
    let id = rest.start_kernel(&server, spec).await?;
    let opened = async {
        let mut kernel = connect(&rest, &server, &id).await?;
        kernel.wait_until_ready().await?;
        Ok::<_, Failure>(kernel)
    };
    let late = || Err(Failure::new(Outcome::Timeout, "the kernel did not answer within 60 s"));
    match tokio::time::timeout(KERNEL_WITHIN, opened).await.unwrap_or_else(|_| late()) {
        Ok(kernel) => Ok(Box::new(kernel)),
        Err(failure) => {
            // Best effort: its server may be what is wrong, and the ledger still names the kernel.
            let _ = rest.delete_kernel(&server, &id).await;
            Err(failure)
        }
    }
}

async fn connect(rest: &Rest, server: &Url, id: &str) -> Result<OpenKernel, Failure> {
    let session = format!("hubmark-{id}");
    let mut url = below(server, &["api", "kernels", id, "channels"]);
    let secure = url.scheme() == "https";
    // Both schemes are special and have a host, so this cannot fail.
    let _ = url.set_scheme(if secure { "wss" } else { "ws" });
    url.query_pairs_mut().append_pair("session_id", &session);
    let socket = Socket::connect(rest, &url).await?;
    let pump = tokio::task::spawn_local(Rc::clone(&socket).pump());
    Ok(OpenKernel { rest: rest.clone(), server: server.clone(), id: id.to_owned(), session, socket, pump, requests: 0 })
}

impl OpenKernel {
    /// Sends a request on the shell channel; its id.
    pub(super) async fn request<T: Serialize>(&mut self, kind: &str, content: &T) -> Result<String, Failure> {
        self.requests += 1;
        let id = format!("{}-{}", self.session, self.requests);
        let message = frame::encode(self.socket.protocol(), "shell", &id, &self.session, kind, content);
        let sent = match message {
            Ok(message) => tokio::time::timeout(ANSWER_WITHIN, self.socket.send(message)).await,
            Err(error) => {
                return Err(Failure::new(Outcome::Unknown, format!("the request cannot be written: {error}")));
            }
        };
        match sent {
            Ok(Ok(())) => Ok(id),
            _ => Err(self.rest.lost(&self.server, &self.id).await),
        }
    }

    /// Ready is: a request was answered on the shell channel and its status came over iopub.
    async fn wait_until_ready(&mut self) -> Result<(), Failure> {
        let socket = Rc::clone(&self.socket);
        let _turn = socket.turn();
        loop {
            let id = self.request("kernel_info_request", &json!({})).await?;
            let mut seen = Done::default();
            let answered = async {
                while let Some(message) = socket.next().await {
                    seen.look(&message, &id);
                    if seen.whole() {
                        return true;
                    }
                }
                false
            };
            match tokio::time::timeout(ASK_AGAIN, answered).await {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(self.lost().await),
                Err(_) => {}
            }
        }
    }

    /// What became of the kernel once its connection ended.
    pub(super) async fn lost(&self) -> Failure {
        self.rest.lost(&self.server, &self.id).await
    }

    async fn start_again(&mut self) -> Result<(), Failure> {
        self.rest.restart_kernel(&self.server, &self.id).await?;
        // What the server said of the end of the old process is no death of the new one.
        self.socket.restarted();
        self.wait_until_ready().await
    }

    async fn cell(&mut self, request: &CellRequest, say: &mut dyn FnMut(Said)) -> Result<CellReply, Failure> {
        if self.socket.died() {
            return Err(execute::died());
        }
        let _turn = self.socket.turn();
        execute::execute(self, request, say).await
    }
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

    fn execute<'a>(
        &'a mut self,
        request: &'a CellRequest,
        on_message: &'a mut dyn FnMut(Said),
    ) -> Local<'a, Result<CellReply, Failure>> {
        Box::pin(self.cell(request, on_message))
    }

    fn interrupt(&self) -> Local<'_, Result<(), Failure>> {
        Box::pin(self.rest.interrupt_kernel(&self.server, &self.id))
    }

    fn restart(&mut self) -> Local<'_, Result<(), Failure>> {
        Box::pin(async {
            let late = || Err(Failure::new(Outcome::Timeout, "the restarted kernel did not answer within 60 s"));
            tokio::time::timeout(KERNEL_WITHIN, self.start_again()).await.unwrap_or_else(|_| late())
        })
    }

    fn close(self: Box<Self>) -> Local<'static, Result<(), Failure>> {
        Box::pin(async move {
            let (rest, server, id) = (self.rest.clone(), self.server.clone(), self.id.clone());
            drop(self);
            match rest.delete_kernel(&server, &id).await {
                // A server that is gone took its kernels along.
                Err(failure) if failure.outcome == Outcome::ServerStopped => Ok(()),
                other => other,
            }
        })
    }
}
