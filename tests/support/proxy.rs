//! An HTTP proxy that knows every name as this machine, wants a login, and notes what it was asked for.

use crate::relay::Relay;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

/// The login that it wants, and what a client makes of it.
pub(crate) const LOGIN: &str = "worker:s3cret";
const HEADER: &str = "proxy-authorization: basic d29ya2vyonmzy3jlda==";

/// The proxy. It ends when it is dropped.
pub(crate) struct Proxy {
    relay: Relay,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let relay = Relay::start(move |client| {
            let notes = Arc::clone(&notes);
            async move {
                let _ = serve(client, &notes).await;
            }
        });
        Self { relay, asked }
    }

    /// Its address with a login, as `HTTPS_PROXY` holds it.
    pub(crate) fn url(&self, login: &str) -> String {
        format!("http://{login}@127.0.0.1:{}", self.relay.port)
    }

    /// First lines of the requests that it was asked and let pass, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut client: TcpStream, notes: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    if !head.to_ascii_lowercase().contains(HEADER) {
        return client
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await;
    }
    let (first, rest) = head.split_once("\r\n").unwrap();
    notes.lock().unwrap().push(first.to_owned());
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let authority = target.trim_start_matches("http://").split('/').next().unwrap();
    let port: u16 = authority.rsplit_once(':').unwrap().1.parse().unwrap();
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    if method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    } else {
        // One request a connection: the next one would want its first line changed too.
        let path = &target["http://".len() + authority.len()..];
        server.write_all(format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n{rest}").as_bytes()).await?;
    }
    copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}
