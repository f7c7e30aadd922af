//! Questions to a lab over plain sockets, independent of hubmark's own client.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Status and body of a request with a token.
pub(crate) fn request(method: &str, port: u16, path: &str, token: &str, body: &str) -> (u16, String) {
    let headers = format!("Authorization: token {token}\r\nContent-Type: application/json\r\n");
    let answer = exchange(method, port, path, &headers, body);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (status(head), body.to_owned())
}

/// The status of an answer.
pub(crate) fn status(answer: &str) -> u16 {
    let digits = answer.get(9..12).and_then(|text| text.parse().ok());
    digits.unwrap_or_else(|| panic!("no status in {answer:?}"))
}

/// The whole answer to a request. Each header ends with a line break.
pub(crate) fn exchange(method: &str, port: u16, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Whether nothing listens on a port.
pub(crate) fn is_closed(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_err()
}
