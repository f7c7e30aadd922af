//! A kernel and its WebSocket.
//!
//! A pump of its own reads the socket, so that pings are answered while a user thinks. It hands on what comes while something
//! executes, and drops the rest, but remembers that the kernel died.

use super::execute;
use super::frame::{self, Incoming, Protocol, V1};
use super::refusal::unanswered;
use super::rest::{ANSWER_WITHIN, KERNEL_WITHIN, Rest, below};
use crate::event::{Failure, Outcome};
use crate::http::{Wire, dial};
use crate::notebook::Message as Said;
use crate::port::{CellReply, CellRequest, Kernel, Local};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message, http::HeaderValue};
use url::Url;

/// Messages that may wait for the execution; the socket waits when there are more.
const QUEUE: usize = 1024;
/// Largest message: one result of a cell may be large.
const MESSAGE_MAX: usize = 256 << 20;
/// Bytes read at once. The library's 128 KiB for each connection would be most of what a user costs.
const READ_BUFFER: usize = 16 << 10;
/// A kernel that does not answer its first request within this is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(3);

type Socket = WebSocketStream<Wire>;

/// What the pump and the kernel share.
#[derive(Default)]
struct Shared {
    executing: Cell<bool>,
    died: Cell<bool>,
}

/// An open kernel.
pub(super) struct OpenKernel {
    rest: Rest,
    server: Url,
    id: String,
    session: String,
    protocol: Protocol,
    sink: SplitSink<Socket, Message>,
    pub(super) incoming: mpsc::Receiver<Incoming>,
    shared: Rc<Shared>,
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
    // A server that does not know the v1 protocol names none, which ends the handshake; then it is asked for none.
    let (socket, protocol) = match handshake(rest, &url, Some(V1)).await? {
        Some(socket) => (socket, Protocol::V1),
        None => match handshake(rest, &url, None).await? {
            Some(socket) => (socket, Protocol::Default),
            None => {
                return Err(Failure::new(Outcome::UnexpectedReply, "the kernel's WebSocket wants an unknown protocol"));
            }
        },
    };
    let (sink, stream) = socket.split();
    let (queue, incoming) = mpsc::channel(QUEUE);
    let shared = Rc::<Shared>::default();
    let pump = tokio::task::spawn_local(pump(stream, queue, protocol, Rc::clone(&shared)));
    Ok(OpenKernel {
        rest: rest.clone(),
        server: server.clone(),
        id: id.to_owned(),
        session,
        protocol,
        sink,
        incoming,
        shared,
        pump,
        requests: 0,
    })
}

/// Opens the WebSocket; `None` if the server agrees to no protocol that was offered.
async fn handshake(rest: &Rest, url: &Url, protocol: Option<&'static str>) -> Result<Option<Socket>, Failure> {
    let unusable =
        |error: SocketError| Failure::new(Outcome::Unknown, format!("the kernel's address cannot be used: {error}"));
    let mut request = url.as_str().into_client_request().map_err(unusable)?;
    request.headers_mut().extend(rest.http.headers_for(url));
    if let Some(protocol) = protocol {
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(protocol));
    }
    let wire = dial(url, rest.http.tls(), ANSWER_WITHIN).await.map_err(|error| unanswered(&error))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX));
    let answered = tokio_tungstenite::client_async_with_config(request, wire, Some(config));
    let late = || Failure::new(Outcome::Timeout, "the kernel's WebSocket was not answered within 60 s");
    match tokio::time::timeout(KERNEL_WITHIN, answered).await.map_err(|_| late())? {
        Ok((socket, _)) => Ok(Some(socket)),
        Err(SocketError::Protocol(ProtocolError::SecWebSocketSubProtocolError(SubProtocolError::NoSubProtocol))) => {
            Ok(None)
        }
        Err(error) => Err(handshake_failure(&error)),
    }
}

fn handshake_failure(error: &SocketError) -> Failure {
    let SocketError::Http(response) = error else {
        return Failure::new(Outcome::ConnectionLost, format!("the kernel's WebSocket cannot be opened: {error}"));
    };
    let status = response.status().as_u16();
    let outcome = match status {
        302 | 303 | 424 | 503 => Outcome::ServerStopped,
        401 | 403 => Outcome::TokenRefused,
        // 500 is said of a kernel whose process ended before it could be reached.
        404 | 500 => Outcome::KernelDied,
        _ => Outcome::UnexpectedReply,
    };
    Failure::new(outcome, "the kernel's WebSocket was refused").with_status(status)
}

async fn pump(mut stream: SplitStream<Socket>, queue: mpsc::Sender<Incoming>, protocol: Protocol, shared: Rc<Shared>) {
    while let Some(Ok(message)) = stream.next().await {
        let Some(incoming) = frame::decode(protocol, &message) else { continue };
        if shared.executing.get() {
            if queue.send(incoming).await.is_err() {
                return;
            }
        } else if execute::says_it_died(&incoming) {
            shared.died.set(true);
        }
    }
}

impl OpenKernel {
    /// Sends a request; its id.
    pub(super) async fn request(&mut self, channel: &str, kind: &str, content: &Value) -> Result<String, Failure> {
        self.requests += 1;
        let id = format!("{}-{}", self.session, self.requests);
        let message = frame::encode(self.protocol, channel, &id, &self.session, kind, content);
        match tokio::time::timeout(ANSWER_WITHIN, self.sink.send(message)).await {
            Ok(Ok(())) => Ok(id),
            _ => Err(self.rest.lost(&self.server, &self.id).await),
        }
    }

    /// Ready is: a request was answered on the shell channel and its status came over iopub.
    async fn wait_until_ready(&mut self) -> Result<(), Failure> {
        self.shared.executing.set(true);
        loop {
            let id = self.request("shell", "kernel_info_request", &json!({})).await?;
            let mut seen = execute::Done::default();
            let answered = async {
                while let Some(message) = self.incoming.recv().await {
                    seen.look(&message, &id);
                    if seen.whole() {
                        return true;
                    }
                }
                false
            };
            match tokio::time::timeout(ASK_AGAIN, answered).await {
                Ok(true) => break,
                Ok(false) => return Err(self.lost().await),
                Err(_) => {}
            }
        }
        self.shared.executing.set(false);
        Ok(())
    }

    /// What became of the kernel once its connection ended.
    pub(super) async fn lost(&self) -> Failure {
        self.rest.lost(&self.server, &self.id).await
    }

    pub(super) async fn interrupt(&self) -> Result<(), Failure> {
        self.rest.interrupt_kernel(&self.server, &self.id).await
    }

    async fn cell(&mut self, request: &CellRequest, say: &mut dyn FnMut(Said)) -> Result<CellReply, Failure> {
        if self.shared.died.get() {
            return Err(execute::died());
        }
        // What came after the last cell belongs to nobody.
        while self.incoming.try_recv().is_ok() {}
        self.shared.executing.set(true);
        let result = execute::execute(self, request, say).await;
        self.shared.executing.set(false);
        result
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_handshake_is_told_by_its_status() {
        let refused = |status: u16| {
            let response = tokio_tungstenite::tungstenite::http::Response::builder().status(status).body(None).unwrap();
            handshake_failure(&SocketError::Http(Box::new(response))).outcome
        };
        assert_eq!(refused(302), Outcome::ServerStopped);
        assert_eq!(refused(403), Outcome::TokenRefused);
        assert_eq!(refused(404), Outcome::KernelDied);
        assert_eq!(refused(500), Outcome::KernelDied);
        assert_eq!(refused(200), Outcome::UnexpectedReply);
    }
}
