//! Kernel messages on the wire, in both WebSocket protocols of Jupyter Server.
//!
//! `v1.kernel.websocket.jupyter.org`: binary; `u64` little-endian count of offsets, the offsets, then channel, header, parent header, metadata,
//! content, buffers between them. The default protocol: one JSON text with a `channel`; a message with buffers comes as binary: `u32` big-endian
//! count of parts and their offsets, the first part being that JSON. Only what decides an outcome is parsed; content stays text until somebody wants it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::borrow::Cow;
use tokio_tungstenite::tungstenite::Message;

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

/// A message from a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Incoming {
    /// `iopub`, `shell`, `control`, `stdin`.
    pub(super) channel: String,
    /// Such as `execute_reply`.
    pub(super) kind: String,
    /// When the kernel made it, as it said.
    pub(super) date: String,
    /// Which request it answers; empty if none.
    pub(super) parent: String,
    /// Its content, JSON that is not parsed yet.
    pub(super) content: String,
}

impl Incoming {
    /// The content, parsed.
    pub(super) fn content(&self) -> Value {
        serde_json::from_str(&self.content).unwrap_or(Value::Null)
    }
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow, default)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    header: Header<'a>,
    #[serde(borrow)]
    parent_header: &'a RawValue,
    #[serde(borrow)]
    content: &'a RawValue,
}

#[derive(Serialize)]
struct OutHeader<'a> {
    msg_id: &'a str,
    msg_type: &'a str,
    session: &'a str,
    username: &'a str,
    date: &'a str,
    version: &'a str,
}

/// Reads a message; `None` for what is no kernel message or is damaged.
pub(super) fn decode(protocol: Protocol, message: &Message) -> Option<Incoming> {
    match (message, protocol) {
        (Message::Binary(bytes), Protocol::V1) => decode_v1(bytes),
        (Message::Binary(bytes), Protocol::Default) => decode_default(first_part(bytes)?),
        (Message::Text(text), _) => decode_default(text),
        _ => None,
    }
}

/// The JSON of a default-protocol message that has buffers.
fn first_part(bytes: &[u8]) -> Option<&str> {
    let number = |at: usize| {
        let bytes: [u8; 4] = bytes.get(at * 4..at * 4 + 4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    };
    let end = if number(0)? > 1 { number(2)? } else { bytes.len() };
    std::str::from_utf8(bytes.get(number(1)?..end)?).ok()
}

fn decode_v1(bytes: &[u8]) -> Option<Incoming> {
    let number = |at: usize| {
        let bytes: [u8; 8] = bytes.get(at..at + 8)?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    };
    let count = number(0)?;
    if !(6..=1024).contains(&count) {
        return None;
    }
    let part = |index: usize| {
        let (from, to) = (number(8 * (1 + index))?, number(8 * (2 + index))?);
        std::str::from_utf8(bytes.get(from..to)?).ok()
    };
    let header: Header = serde_json::from_str(part(1)?).ok()?;
    Some(Incoming {
        channel: part(0)?.to_owned(),
        kind: header.msg_type.into_owned(),
        date: header.date.into_owned(),
        parent: parent_id(part(2)?),
        content: part(4)?.to_owned(),
    })
}

fn decode_default(text: &str) -> Option<Incoming> {
    let whole: Whole = serde_json::from_str(text).ok()?;
    Some(Incoming {
        channel: whole.channel.into_owned(),
        kind: whole.header.msg_type.into_owned(),
        date: whole.header.date.into_owned(),
        parent: parent_id(whole.parent_header.get()),
        content: whole.content.get().to_owned(),
    })
}

/// Id of the parent; empty for `{}`.
fn parent_id(json: &str) -> String {
    serde_json::from_str::<Header>(json).map(|header| header.msg_id.into_owned()).unwrap_or_default()
}

/// Writes a request on a channel.
pub(super) fn encode(
    protocol: Protocol,
    channel: &str,
    id: &str,
    session: &str,
    kind: &str,
    content: &Value,
) -> Message {
    let header = OutHeader { msg_id: id, msg_type: kind, session, username: "hubmark", date: "", version: "5.3" };
    match protocol {
        Protocol::Default => {
            let whole = json!({
                "channel": channel, "header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": [],
            });
            Message::text(whole.to_string())
        }
        Protocol::V1 => {
            let header = serde_json::to_string(&header).unwrap_or_default();
            let content = content.to_string();
            let parts = [channel, &header, "{}", "{}", &content];
            let head = 8 * (parts.len() + 2);
            let mut bytes = Vec::with_capacity(head + parts.iter().map(|part| part.len()).sum::<usize>());
            bytes.extend_from_slice(&(parts.len() as u64 + 1).to_le_bytes());
            let mut offset = head as u64;
            bytes.extend_from_slice(&offset.to_le_bytes());
            for part in parts {
                offset += part.len() as u64;
                bytes.extend_from_slice(&offset.to_le_bytes());
            }
            parts.iter().for_each(|part| bytes.extend_from_slice(part.as_bytes()));
            Message::binary(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_protocols_say_the_same() {
        let content = json!({"code": "1+1 # ä"});
        for protocol in [Protocol::V1, Protocol::Default] {
            let message = encode(protocol, "shell", "s-1", "s", "execute_request", &content);
            let read = decode(protocol, &message).unwrap();
            assert_eq!(
                (read.channel.as_str(), read.kind.as_str(), read.parent.as_str()),
                ("shell", "execute_request", "")
            );
            assert_eq!(read.content(), content);
        }
    }

    #[test]
    fn damaged_frames_are_passed_over() {
        let Message::Binary(good) = encode(Protocol::V1, "shell", "s-1", "s", "x", &json!({})) else {
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
    fn a_message_with_buffers_is_read_from_its_first_part() {
        let Message::Text(text) = encode(Protocol::Default, "iopub", "s-1", "s", "stream", &json!({"a": 1})) else {
            panic!("not text")
        };
        let mut bytes = Vec::new();
        for number in [2, 12, 12 + text.len()] {
            bytes.extend_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
        }
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend_from_slice(b"buffer");
        let read = decode(Protocol::Default, &Message::binary(bytes)).unwrap();
        assert_eq!((read.channel.as_str(), read.content()), ("iopub", json!({"a": 1})));
    }
}
