//! Files on a user's server, over Jupyter's contents API.

use super::refusal::{message_of, refused, unanswered};
use super::rest::{Rest, below};
use crate::event::{Failure, Outcome};
use crate::http::{Method, Reply};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use url::Url;

/// Longest wait for a file to be written or read: the server may have to move tens of megabytes to a slow disk.
const FILE_WITHIN: Duration = Duration::from_secs(60);

/// A file as the server tells of it, as far as it is needed.
#[derive(Deserialize)]
struct FileModel {
    content: Option<String>,
    #[serde(default)]
    format: String,
}

impl Rest {
    /// Writes a file on the server at an address ending in `/`.
    pub(super) async fn put_file(&self, server: &Url, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        // Text travels as it is; what is no UTF-8 has to be encoded.
        let body = match std::str::from_utf8(bytes) {
            Ok(text) => json!({"type": "file", "format": "text", "content": text}),
            Err(_) => json!({"type": "file", "format": "base64", "content": STANDARD.encode(bytes)}),
        };
        let reply = self.send(Method::PUT, &address(server, path), Some(&body), FILE_WITHIN).await?;
        if reply.is_success() { Ok(()) } else { Err(not_done(&reply, path, "write")) }
    }

    /// Reads a file whole.
    pub(super) async fn get_file(&self, server: &Url, path: &str) -> Result<Vec<u8>, Failure> {
        let mut url = address(server, path);
        // As a file, because a notebook would come back as the server understood it; in base64, because text would come back as the
        // server decoded it.
        url.query_pairs_mut().append_pair("type", "file").append_pair("format", "base64");
        let reply = self.send(Method::GET, &url, None, FILE_WITHIN).await?;
        if reply.status != 200 {
            return Err(not_done(&reply, path, "read"));
        }
        let file: FileModel = reply.json().map_err(|error| unanswered(&error))?;
        let content = file.content.unwrap_or_default();
        if file.format == "text" {
            return Ok(content.into_bytes());
        }
        // Jupyter's encoder breaks lines.
        let encoded: Vec<u8> = content.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(encoded).map_err(|error| {
            Failure::new(Outcome::UnexpectedReply, format!("the server's copy of {path} cannot be decoded: {error}"))
        })
    }
}

fn address(server: &Url, path: &str) -> Url {
    let parts = path.split('/').filter(|part| !part.is_empty());
    below(server, &["api", "contents"].into_iter().chain(parts).collect::<Vec<_>>())
}

/// A refusal that is about the file itself, or else what every request to a server can meet.
fn not_done(reply: &Reply, path: &str, doing: &str) -> Failure {
    match reply.status {
        400 | 404 | 409 | 413 | 500 if reply.is_json() => {
            let text = format!("the server did not {doing} {path}: {}", message_of(reply));
            Failure::new(Outcome::FileError, text).with_status(reply.status)
        }
        _ => refused(reply, true),
    }
}
