//! Kernel messages on the wire, in both WebSocket protocols of Jupyter Server.
//!
//! `v1.kernel.websocket.jupyter.org`: binary; `u64` little-endian count of offsets, the offsets, then channel, header, parent header, metadata,
//! content, buffers between them. The default protocol: one JSON text with a `channel`; a message with buffers comes as binary: `u32` big-endian
//! count of parts and their offsets, the first part being that JSON. Only what decides an outcome is parsed; content stays text until somebody wants it.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use tokio_tungstenite::tungstenite::{Bytes, Message};

pub(super) use super::encode::encode;

/// Name of the binary protocol.
pub(super) const V1: &str = "v1.kernel.websocket.jupyter.org";

/// Which protocol a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    V1,
    Default,
}

/// What is needed of a message's header.
#[derive(Debug, Default, Deserialize)]
struct Header<'a> {
    #[serde(borrow, default)]
    msg_id: Cow<'a, str>,
    #[serde(borrow, default)]
    msg_type: Cow<'a, str>,
    #[serde(borrow, default)]
    date: Cow<'a, str>,
}

/// Where a message came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Iopub,
    Shell,
    Stdin,
    Other,
}

/// What a message is, as far as hubmark tells messages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Status(State),
    Stream,
    DisplayData,
    ExecuteResult,
    UpdateDisplayData,
    Error,
    ClearOutput,
    /// The kernel shows the source that it executes.
    Input,
    /// A widget was made.
    CommOpen,
    /// A widget changed.
    CommMsg,
    /// `shutdown_reply` on iopub: somebody shut the kernel down or restarted it.
    Shutdown {
        restart: bool,
    },
    /// A reply on the shell channel.
    Reply,
    /// `input_request` on stdin: the kernel waits for somebody to type.
    InputRequest,
    Other,
}

/// What a kernel does, by itself or by its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Busy,
    Idle,
    /// A new process of the kernel says so of itself.
    Starting,
    /// `restarting` or `autorestarting`: the server says so of a process that ended.
    Restarting,
    /// The server gave the kernel up.
    Dead,
    Other,
}

/// A message from a kernel. Its parts point into the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Incoming {
    pub(super) channel: Channel,
    pub(super) kind: Kind,
    /// Its own name.
    pub(super) id: Bytes,
    /// When the kernel made it, as it said.
    pub(super) date: Bytes,
    /// Which request it answers; empty if none.
    pub(super) parent: Bytes,
    /// Its content, JSON that is not parsed yet.
    pub(super) content: Bytes,
    /// Bytes that belong to it and are not JSON.
    pub(super) buffers: Vec<Bytes>,
}

impl Incoming {
    /// Bytes of what it says.
    pub(super) fn size(&self) -> usize {
        self.content.len() + self.buffers.iter().map(Bytes::len).sum::<usize>()
    }

    /// When the kernel made it, as it said.
    pub(super) fn date(&self) -> String {
        String::from_utf8_lossy(&self.date).into_owned()
    }
}

#[derive(Deserialize)]
struct StatusContent<'a> {
    #[serde(borrow, default)]
    execution_state: Cow<'a, str>,
}

#[derive(Default, Deserialize)]
struct ShutdownContent {
    #[serde(default)]
    restart: bool,
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow, default)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    header: Header<'a>,
    #[serde(borrow, default)]
    parent_header: Header<'a>,
    #[serde(borrow)]
    content: &'a RawValue,
}

/// Reads a message; `None` for what is no kernel message or is damaged.
pub(super) fn decode(protocol: Protocol, message: &Message) -> Option<Incoming> {
    match (message, protocol) {
        (Message::Binary(bytes), Protocol::V1) => decode_v1(bytes),
        (Message::Binary(bytes), Protocol::Default) => {
            let mut parts = parts(bytes)?;
            let first = std::str::from_utf8(parts.next()?).ok()?;
            let incoming = decode_default(bytes, first)?;
            Some(Incoming { buffers: parts.map(|part| bytes.slice_ref(part)).collect(), ..incoming })
        }
        (Message::Text(text), _) => decode_default(text.as_ref(), text),
        _ => None,
    }
}

/// The parts of a default-protocol message that has buffers: its JSON, then they.
fn parts(bytes: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    let number = |at: usize| {
        let bytes: [u8; 4] = bytes.get(at * 4..at * 4 + 4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    };
    let count = number(0)?;
    let part = move |index: usize| {
        let end = if index == count { bytes.len() } else { number(index + 1)? };
        bytes.get(number(index)?..end)
    };
    Some((1..=count).map_while(part))
}

fn decode_v1(frame: &Bytes) -> Option<Incoming> {
    let number = |at: usize| {
        let bytes: [u8; 8] = frame.get(at..at + 8)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    };
    let count = number(0)?;
    if !(6..=1024).contains(&count) {
        return None;
    }
    let part = |index: usize| frame.get(number(8 * (1 + index))?..number(8 * (2 + index))?);
    let header: Header<'_> = serde_json::from_slice(part(1)?).ok()?;
    let parent: Header<'_> = serde_json::from_slice(part(2)?).ok()?;
    let incoming = incoming(frame, part(0)?, header, parent, part(4)?)?;
    // Offsets: one before each part and one behind the last.
    let buffers = (5..count - 1).map_while(|index| part(index).map(|part| frame.slice_ref(part))).collect();
    Some(Incoming { buffers, ..incoming })
}

fn decode_default(frame: &Bytes, text: &str) -> Option<Incoming> {
    let whole: Whole<'_> = serde_json::from_str(text).ok()?;
    incoming(frame, whole.channel.as_bytes(), whole.header, whole.parent_header, whole.content.get().as_bytes())
}

fn incoming(frame: &Bytes, channel: &[u8], header: Header<'_>, parent: Header<'_>, content: &[u8]) -> Option<Incoming> {
    let channel = match channel {
        b"iopub" => Channel::Iopub,
        b"shell" => Channel::Shell,
        b"stdin" => Channel::Stdin,
        _ => Channel::Other,
    };
    Some(Incoming {
        channel,
        kind: kind_of(channel, &header.msg_type, content),
        id: kept(frame, header.msg_id),
        date: kept(frame, header.date),
        parent: kept(frame, parent.msg_id),
        content: frame.slice_ref(content),
        buffers: Vec::new(),
    })
}

/// A text that mostly stands in the frame as it is; one with escapes has to be a copy.
fn kept(frame: &Bytes, text: Cow<'_, str>) -> Bytes {
    match text {
        // An empty one may be a constant that is outside the frame.
        Cow::Borrowed("") => Bytes::new(),
        Cow::Borrowed(text) => frame.slice_ref(text.as_bytes()),
        Cow::Owned(text) => text.into(),
    }
}

fn kind_of(channel: Channel, name: &str, content: &[u8]) -> Kind {
    match (channel, name) {
        (Channel::Iopub, "status") => Kind::Status(state_of(content)),
        (Channel::Iopub, "stream") => Kind::Stream,
        (Channel::Iopub, "display_data") => Kind::DisplayData,
        (Channel::Iopub, "execute_result") => Kind::ExecuteResult,
        (Channel::Iopub, "update_display_data") => Kind::UpdateDisplayData,
        (Channel::Iopub, "error") => Kind::Error,
        (Channel::Iopub, "clear_output") => Kind::ClearOutput,
        (Channel::Iopub, "execute_input") => Kind::Input,
        (Channel::Iopub, "comm_open") => Kind::CommOpen,
        (Channel::Iopub, "comm_msg") => Kind::CommMsg,
        (Channel::Iopub, "shutdown_reply") => {
            Kind::Shutdown { restart: serde_json::from_slice::<ShutdownContent>(content).unwrap_or_default().restart }
        }
        (Channel::Stdin, "input_request") => Kind::InputRequest,
        (Channel::Shell, name) if name.ends_with("_reply") => Kind::Reply,
        _ => Kind::Other,
    }
}

fn state_of(content: &[u8]) -> State {
    let status = serde_json::from_slice::<StatusContent<'_>>(content);
    match status.as_ref().map(|status| &*status.execution_state) {
        Ok("busy") => State::Busy,
        Ok("idle") => State::Idle,
        Ok("starting") => State::Starting,
        Ok("restarting" | "autorestarting") => State::Restarting,
        Ok("dead") => State::Dead,
        _ => State::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_protocols_say_the_same() {
        let content = json!({"code": "1+1 # ä"});
        for protocol in [Protocol::V1, Protocol::Default] {
            let message = encode(protocol, "shell", "s-1", "s", "execute_reply", &content).unwrap();
            let read = decode(protocol, &message).unwrap();
            assert_eq!((read.channel, read.kind, read.parent.as_ref()), (Channel::Shell, Kind::Reply, &b""[..]));
            assert_eq!(read.content, content.to_string());
        }
    }

    #[test]
    fn a_status_tells_what_the_kernel_does() {
        for (name, state) in [
            ("busy", State::Busy),
            ("idle", State::Idle),
            ("starting", State::Starting),
            ("restarting", State::Restarting),
            ("autorestarting", State::Restarting),
            ("dead", State::Dead),
            ("thinking", State::Other),
        ] {
            let message =
                encode(Protocol::V1, "iopub", "s-1", "s", "status", &json!({"execution_state": name})).unwrap();
            assert_eq!(decode(Protocol::V1, &message).unwrap().kind, Kind::Status(state), "{name}");
        }
    }

    #[test]
    fn a_shutdown_tells_a_restart_from_an_end_and_stdin_a_question() {
        let read = |channel, kind, content| {
            let message = encode(Protocol::V1, channel, "s-1", "s", kind, &content).unwrap();
            decode(Protocol::V1, &message).unwrap().kind
        };
        assert_eq!(read("iopub", "shutdown_reply", json!({"restart": true})), Kind::Shutdown { restart: true });
        assert_eq!(read("iopub", "shutdown_reply", json!({})), Kind::Shutdown { restart: false });
        assert_eq!(read("stdin", "input_request", json!({"prompt": "?"})), Kind::InputRequest);
        assert_eq!(read("iopub", "input_request", json!({})), Kind::Other);
    }

    #[test]
    fn damaged_frames_are_passed_over() {
        let Message::Binary(good) = encode(Protocol::V1, "shell", "s-1", "s", "x", &json!({})).unwrap() else {
            panic!("not binary")
        };
        for end in 0..good.len() {
            let _ = decode(Protocol::V1, &Message::binary(good[..end].to_vec()));
            let _ = decode(Protocol::Default, &Message::binary(good[..end].to_vec()));
        }
        let mut wild = good.to_vec();
        wild[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(decode(Protocol::V1, &Message::binary(wild)), None);
        assert_eq!(decode(Protocol::Default, &Message::text("{}")), None);
        assert_eq!(decode(Protocol::Default, &Message::text("not json")), None);
    }

    #[test]
    fn a_message_with_buffers_has_them_behind_its_first_part() {
        let Message::Text(text) = encode(Protocol::Default, "iopub", "s-1", "s", "stream", &json!({"a": 1})).unwrap()
        else {
            panic!("not text")
        };
        let mut bytes = Vec::new();
        for number in [3, 16, 16 + text.len(), 20 + text.len()] {
            bytes.extend_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
        }
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend_from_slice(b"onlytwo");
        let read = decode(Protocol::Default, &Message::binary(bytes.clone())).unwrap();
        assert_eq!(
            (read.channel, read.kind, read.content.as_ref()),
            (Channel::Iopub, Kind::Stream, &br#"{"a":1}"#[..])
        );
        assert_eq!(read.buffers, [&b"only"[..], b"two"]);
        bytes[0..4].copy_from_slice(&u32::MAX.to_be_bytes());
        let read = decode(Protocol::Default, &Message::binary(bytes)).unwrap();
        assert!(read.buffers.len() < 4, "there are no 4 billion parts: {read:?}");
    }

    #[test]
    fn buffers_of_the_binary_protocol_are_behind_the_content() {
        let parts = [&b"iopub"[..], br#"{"msg_type": "comm_msg"}"#, b"{}", b"{}", b"{}", b"only", b"", b"two"];
        let mut offsets = vec![8 * (parts.len() as u64 + 2)];
        offsets.extend(parts.iter().scan(offsets[0], |at, part| {
            *at += part.len() as u64;
            Some(*at)
        }));
        let numbers = std::iter::once(offsets.len() as u64).chain(offsets);
        let frame: Vec<u8> = numbers.flat_map(u64::to_le_bytes).chain(parts.concat()).collect();
        let read = decode(Protocol::V1, &Message::binary(frame)).unwrap();
        assert_eq!((read.kind, read.buffers), (Kind::CommMsg, vec!["only".into(), "".into(), "two".into()]));
    }

    #[test]
    fn texts_with_escapes_are_read_too() {
        let message = encode(Protocol::V1, "iopub", "s-1", "s", "stream", &json!({})).unwrap();
        assert_eq!(decode(Protocol::V1, &message).unwrap().date.as_ref(), b"");
        let text = r#"{"channel": "iopub", "header": {"msg_type": "stream", "date": "\u0064"}, "parent_header": {"msg_id": "\u006d"}, "content": {}}"#;
        let read = decode(Protocol::Default, &Message::text(text)).unwrap();
        assert_eq!((read.date.as_ref(), read.parent.as_ref()), (&b"d"[..], &b"m"[..]));
    }
}
