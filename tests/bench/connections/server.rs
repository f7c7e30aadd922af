//! A Jupyter Server as far as kernels' WebSockets go: the real protocol over real sockets, without kernels behind it.
//!
//! Each execution answers as ipykernel does (busy, input, result, reply, idle, each a message of its own), with the result after
//! [`WORK`]. The dates in the first and last header are the times at which the request came and the last message went, so that a
//! client on the same machine can tell its own delay from the server's.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// Set for the process that serves.
pub(crate) const ROLE: &str = "HUBMARK_BENCH_SERVER";
const WORK: Duration = Duration::from_millis(5);
const V1: &str = "v1.kernel.websocket.jupyter.org";

/// Serves on a port that the system picks, says which on stdout, and ends with its stdin.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        println!("{}", listener.local_addr().expect("an address").port());
        std::thread::spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0);
        });
        let mut kernels = 0_u64;
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            kernels += 1;
            tokio::task::spawn_local(connection(stream, kernels));
        }
    });
}

async fn connection(mut stream: TcpStream, number: u64) {
    let mut head = vec![0; 4096];
    let length = stream.peek(&mut head).await.unwrap_or(0);
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    let first = head.lines().next().unwrap_or_default();
    if first.contains("/channels") {
        kernel(stream).await;
        return;
    }
    let mut body = vec![0; 4096];
    let _ = stream.read(&mut body).await;
    let (status, body) = match first.split(' ').next() {
        Some("POST") => ("201 Created", json!({"id": format!("{number:036}")}).to_string()),
        Some("DELETE") => ("204 No Content", String::new()),
        _ => ("200 OK", "[]".to_owned()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let _ = stream.write_all((head + &body).as_bytes()).await;
}

#[expect(clippy::result_large_err, reason = "the library's signature")]
fn agree(
    _: &Request,
    mut response: Response,
) -> Result<Response, tokio_tungstenite::tungstenite::handshake::server::ErrorResponse> {
    response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(V1));
    Ok(response)
}

async fn kernel(stream: TcpStream) {
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, agree).await else { return };
    let mut count = 0;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Binary(frame) = message else { continue };
        let Some(header) = header_of(&frame) else { continue };
        let came = now();
        let state = |state: &str| json!({"execution_state": state});
        let mut answers = vec![("iopub", "status", state("busy"))];
        let execute = header["msg_type"] == "execute_request";
        if execute {
            count += 1;
            answers.push(("iopub", "execute_input", json!({"code": "1+1", "execution_count": count})));
        }
        for (channel, kind, content) in answers {
            let _ = socket.send(Message::binary(encode(channel, kind, &came, &header, &content))).await;
        }
        let reply = if execute {
            tokio::time::sleep(WORK).await;
            let content = json!({"data": {"text/plain": "2"}, "metadata": {}, "execution_count": count});
            let _ = socket.send(Message::binary(encode("iopub", "execute_result", &now(), &header, &content))).await;
            ("execute_reply", json!({"status": "ok", "execution_count": count, "payload": [], "user_expressions": {}}))
        } else {
            ("kernel_info_reply", json!({"status": "ok", "protocol_version": "5.3", "language_info": {"name": "none"}}))
        };
        let _ = socket.send(Message::binary(encode("shell", reply.0, &now(), &header, &reply.1))).await;
        let _ = socket.send(Message::binary(encode("iopub", "status", &now(), &header, &state("idle")))).await;
    }
}

fn now() -> String {
    jiff::Timestamp::try_from(SystemTime::now()).expect("a time").to_string()
}

fn header_of(frame: &[u8]) -> Option<Value> {
    let number = |at: usize| Some(u64::from_le_bytes(frame.get(at..at + 8)?.try_into().ok()?) as usize);
    serde_json::from_slice(frame.get(number(16)?..number(24)?)?).ok()
}

fn encode(channel: &str, kind: &str, date: &str, parent: &Value, content: &Value) -> Vec<u8> {
    let header = json!({"msg_id": "0f0c7a4e-5f6b0f1d53c6d8a1_7_42", "msg_type": kind, "username": "bench", "session": "0f0c7a4e", "date": date, "version": "5.3"});
    let parts = [channel.to_owned(), header.to_string(), parent.to_string(), "{}".to_owned(), content.to_string()];
    let mut at = 8 * (parts.len() as u64 + 2);
    let mut frame = (parts.len() as u64 + 1).to_le_bytes().to_vec();
    frame.extend(at.to_le_bytes());
    for part in &parts {
        at += part.len() as u64;
        frame.extend(at.to_le_bytes());
    }
    parts.iter().for_each(|part| frame.extend(part.as_bytes()));
    frame
}
