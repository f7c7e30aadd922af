//! Requests on the wire, in both WebSocket protocols of Jupyter Server; `frame.rs` describes them and reads them.

use super::frame::Protocol;
use serde::Serialize;
use tokio_tungstenite::tungstenite::Message;

#[derive(Serialize)]
struct OutWhole<'a, T> {
    channel: &'a str,
    header: OutHeader<'a>,
    parent_header: Empty,
    metadata: Empty,
    content: &'a T,
    buffers: [u8; 0],
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct OutHeader<'a> {
    msg_id: &'a str,
    msg_type: &'a str,
    session: &'a str,
    username: &'a str,
    date: &'a str,
    version: &'a str,
}

/// Writes a request on a channel.
pub(super) fn encode<T: Serialize>(
    protocol: Protocol,
    channel: &str,
    id: &str,
    session: &str,
    kind: &str,
    content: &T,
) -> serde_json::Result<Message> {
    let header = OutHeader { msg_id: id, msg_type: kind, session, username: "hubmark", date: "", version: "5.3" };
    match protocol {
        Protocol::Default => {
            let whole = OutWhole { channel, header, parent_header: Empty {}, metadata: Empty {}, content, buffers: [] };
            Ok(Message::text(serde_json::to_string(&whole)?))
        }
        Protocol::V1 => Ok(Message::binary(encode_v1(channel, &header, content)?)),
    }
}

fn encode_v1<T: Serialize>(channel: &str, header: &OutHeader<'_>, content: &T) -> serde_json::Result<Vec<u8>> {
    const OFFSETS: usize = 6;
    let start = 8 * (OFFSETS + 1);
    let mut frame = Vec::with_capacity(1024);
    frame.resize(start, 0);
    let mut offsets = [start; OFFSETS];
    frame.extend_from_slice(channel.as_bytes());
    offsets[1] = frame.len();
    serde_json::to_writer(&mut frame, header)?;
    offsets[2] = frame.len();
    frame.extend_from_slice(b"{}");
    offsets[3] = frame.len();
    frame.extend_from_slice(b"{}");
    offsets[4] = frame.len();
    serde_json::to_writer(&mut frame, content)?;
    offsets[5] = frame.len();
    for (slot, number) in frame.chunks_exact_mut(8).zip(std::iter::once(OFFSETS).chain(offsets)) {
        slot.copy_from_slice(&(number as u64).to_le_bytes());
    }
    Ok(frame)
}
