//! A kernel's WebSocket, read by one of two tasks.
//!
//! While nothing executes, a pump reads, so that the server's pings are answered while a user thinks, and remembers how the kernel ended. While
//! something executes, that task reads by itself: one wake-up a message instead of two and no queue between (it halves what a message costs
//! in this process). `executing` says whose turn it is; the pump is woken when its turn comes.

use super::frame::{self, Incoming, Kind, Protocol, State};
use super::rest::{ANSWER_WITHIN, KERNEL_WITHIN, Rest};
use crate::event::{Failure, Outcome};
use crate::http::Wire;
use futures_util::{Sink, Stream};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message, http::HeaderValue};
use url::Url;

/// Largest message: one result of a cell may be large.
const MESSAGE_MAX: usize = 256 << 20;
/// Bytes read at once. The library clears as many before each read, twice for a message, so the 128 KiB that it would take cost more than
/// the message itself, and for each connection more than all else that a user costs. Most messages are under 1 KiB.
const READ_BUFFER: usize = 4 << 10;

/// The socket, shared by a kernel and its pump on one thread.
pub(super) struct Socket {
    stream: RefCell<WebSocketStream<Wire>>,
    protocol: Protocol,
    executing: Cell<bool>,
    ending: Cell<Option<Ending>>,
    over: Cell<bool>,
    pump: RefCell<Option<Waker>>,
}

/// What a message says of the kernel's end. Nothing of the request that was under way comes any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The server noticed that the process ended, and starts another.
    Died,
    /// The server gave the kernel up.
    Dead,
    /// Somebody restarted it.
    Restarted,
    /// Somebody shut it down.
    Deleted,
    /// A new process says that it starts. What ended the one before was not heard.
    Renewed,
}

/// Somebody's turn to read. The pump's comes when it is dropped, also with a future that is given up.
pub(super) struct Turn(Rc<Socket>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.executing.set(false);
        if let Some(waker) = self.0.pump.borrow_mut().take() {
            waker.wake();
        }
    }
}

impl Socket {
    /// Connects. A server that does not know the v1 protocol names none, which ends the handshake; then it is asked for none.
    pub(super) async fn connect(rest: &Rest, url: &Url) -> Result<Rc<Self>, Failure> {
        let (stream, protocol) = match handshake(rest, url, Some(frame::V1)).await? {
            Some(stream) => (stream, Protocol::V1),
            None => match handshake(rest, url, None).await? {
                Some(stream) => (stream, Protocol::Default),
                None => {
                    let text = "the kernel's WebSocket wants an unknown protocol";
                    return Err(Failure::new(Outcome::UnexpectedReply, text));
                }
            },
        };
        Ok(Rc::new(Self {
            stream: RefCell::new(stream),
            protocol,
            executing: Cell::new(false),
            ending: Cell::new(None),
            over: Cell::new(false),
            pump: RefCell::new(None),
        }))
    }

    pub(super) fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// How the kernel ended while nobody executed.
    pub(super) fn ending(&self) -> Option<Ending> {
        self.ending.get()
    }

    /// Whether the connection is known to have ended.
    pub(super) fn is_over(&self) -> bool {
        self.over.get()
    }

    /// The kernel has a new process: whatever happened to the one before is over.
    pub(super) fn restarted(&self) {
        self.ending.set(None);
    }

    /// Somebody reads here as long as somebody read there: this connection takes the place of that one.
    pub(super) fn replaces(&self, other: &Self) {
        self.executing.set(other.executing.get());
    }

    /// From now on the caller reads.
    pub(super) fn turn(self: &Rc<Self>) -> Turn {
        self.executing.set(true);
        Turn(Rc::clone(self))
    }

    /// Sends a message.
    pub(super) async fn send(&self, message: Message) -> Result<(), SocketError> {
        poll_fn(|cx| Pin::new(&mut *self.stream.borrow_mut()).poll_ready(cx)).await?;
        Pin::new(&mut *self.stream.borrow_mut()).start_send(message)?;
        poll_fn(|cx| Pin::new(&mut *self.stream.borrow_mut()).poll_flush(cx)).await
    }

    /// The next message of the kernel; `None` when the connection is over. What is no message is passed over.
    pub(super) async fn next(&self) -> Option<Incoming> {
        loop {
            let message = poll_fn(|cx| self.poll(cx)).await?;
            if let Some(incoming) = frame::decode(self.protocol, &message) {
                return Some(incoming);
            }
        }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let next = Pin::new(&mut *self.stream.borrow_mut()).poll_next(cx).map(|next| next.and_then(Result::ok));
        if let Poll::Ready(None) = next {
            self.over.set(true);
        }
        next
    }

    /// Reads whenever it is nobody's turn, until the connection is over.
    pub(super) async fn pump(self: Rc<Self>) {
        loop {
            let message = poll_fn(|cx| {
                // Kept in every case: the reader of a turn takes this task's place at the connection.
                self.pump.borrow_mut().replace(cx.waker().clone());
                if self.executing.get() { Poll::Pending } else { self.poll(cx) }
            });
            let Some(message) = message.await else { return };
            // The first says what happened, and whatever happens after it, the server's giving up is the last.
            match frame::decode(self.protocol, &message).and_then(|incoming| incoming.ending()) {
                Some(Ending::Dead) => self.ending.set(Some(Ending::Dead)),
                Some(other) if self.ending.get().is_none() => self.ending.set(Some(other)),
                _ => {}
            }
        }
    }
}

impl Incoming {
    /// The end of the kernel that it tells of. The server's words for it have no parent; those of other requests do not matter.
    pub(super) fn ending(&self) -> Option<Ending> {
        match self.kind {
            Kind::Status(State::Restarting) => Some(Ending::Died),
            Kind::Status(State::Dead) => Some(Ending::Dead),
            Kind::Status(State::Starting) => Some(Ending::Renewed),
            Kind::Shutdown { restart: true } => Some(Ending::Restarted),
            Kind::Shutdown { restart: false } => Some(Ending::Deleted),
            _ => None,
        }
    }
}

/// Opens the WebSocket; `None` if the server agrees to no protocol that was offered.
async fn handshake(
    rest: &Rest,
    url: &Url,
    protocol: Option<&'static str>,
) -> Result<Option<WebSocketStream<Wire>>, Failure> {
    let unusable =
        |error: SocketError| Failure::new(Outcome::Unknown, format!("the kernel's address cannot be used: {error}"));
    let mut request = url.as_str().into_client_request().map_err(unusable)?;
    request.headers_mut().extend(rest.http.headers_for(url));
    if let Some(protocol) = protocol {
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(protocol));
    }
    let wire = rest.http.dial(url, ANSWER_WITHIN).await.map_err(|error| rest.unanswered(&error))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX));
    let answered = tokio_tungstenite::client_async_with_config(request, wire, Some(config));
    let late = || Failure::new(Outcome::Timeout, "the kernel's WebSocket was not answered within 60 s");
    match tokio::time::timeout(KERNEL_WITHIN, answered).await.map_err(|_| late())? {
        Ok((stream, _)) => Ok(Some(stream)),
        Err(SocketError::Protocol(ProtocolError::SecWebSocketSubProtocolError(SubProtocolError::NoSubProtocol))) => {
            Ok(None)
        }
        Err(error) => Err(refused_handshake(&error)),
    }
}

fn refused_handshake(error: &SocketError) -> Failure {
    if let SocketError::Protocol(ProtocolError::HandshakeIncomplete) = error {
        return Failure::new(
            Outcome::ConnectionLost,
            "the connection ended while the kernel's WebSocket was being opened",
        );
    }
    let SocketError::Http(response) = error else {
        return Failure::new(Outcome::ConnectionLost, format!("the kernel's WebSocket cannot be opened: {error}"));
    };
    let status = response.status().as_u16();
    let outcome = match status {
        302 | 303 | 424 | 503 => Outcome::ServerStopped,
        401 | 403 => Outcome::TokenRefused,
        // A server asks the hub about each token that it does not know yet.
        500 if says_hub_is_down(response.body().as_deref()) => Outcome::HubDown,
        // 500 is said of a kernel whose process ended before it could be reached.
        404 | 500 => Outcome::KernelStartFailed,
        502 | 504 => Outcome::HubDown,
        _ => Outcome::UnexpectedReply,
    };
    Failure::new(outcome, "the kernel's WebSocket was refused").with_status(status)
}

fn says_hub_is_down(body: Option<&[u8]>) -> bool {
    body.is_some_and(|body| String::from_utf8_lossy(body).contains("connect to Hub API"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_handshake_is_told_by_its_status() {
        let with = |status: u16, body: Option<&str>| {
            let body = body.map(|body| body.as_bytes().to_vec());
            let response = tokio_tungstenite::tungstenite::http::Response::builder().status(status).body(body).unwrap();
            refused_handshake(&SocketError::Http(Box::new(response))).outcome
        };
        let refused = |status| with(status, None);
        assert_eq!(refused(302), Outcome::ServerStopped);
        assert_eq!(refused(403), Outcome::TokenRefused);
        assert_eq!(refused(404), Outcome::KernelStartFailed);
        assert_eq!(refused(500), Outcome::KernelStartFailed);
        assert_eq!(with(500, Some("Failed to connect to Hub API at http://x")), Outcome::HubDown);
        assert_eq!(refused(200), Outcome::UnexpectedReply);
    }
}
