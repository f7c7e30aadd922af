//! Files on a user's server, over Jupyter's contents API.

use super::refusal::{message_of, refused, unanswered};
use super::rest::{Rest, below};
use crate::event::{Failure, Outcome};
use crate::http::{HttpError, JsonText, Method, Reply};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
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

/// A file as the server is given it.
#[derive(Serialize)]
struct NewFile<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    format: &'static str,
    content: Cow<'a, str>,
}

impl Rest {
    /// Writes a file on the server at an address ending in `/`.
    pub(super) async fn put_file(&self, server: &Url, path: &str, bytes: Arc<[u8]>) -> Result<(), Failure> {
        let body = self.aside.run(bytes.len(), move || written(&bytes)).await.map_err(|error| unanswered(&error))?;
        let reply = self.send_text(Method::PUT, &address(server, path), Some(&body), FILE_WITHIN).await?;
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
        let path = path.to_owned();
        self.aside.run(reply.size(), move || content_of(&reply, &path)).await
    }
}

/// The body of a request to write a file.
fn written(bytes: &[u8]) -> Result<JsonText, HttpError> {
    // Text travels as it is; what is no UTF-8 has to be encoded.
    let (format, content) = match std::str::from_utf8(bytes) {
        Ok(text) => ("text", Cow::Borrowed(text)),
        Err(_) => ("base64", Cow::Owned(STANDARD.encode(bytes))),
    };
    JsonText::of(&NewFile { kind: "file", format, content })
}

/// The bytes of a file that the server answered with.
fn content_of(reply: &Reply, path: &str) -> Result<Vec<u8>, Failure> {
    let file: FileModel = reply.json().map_err(|error| unanswered(&error))?;
    let mut content = file.content.unwrap_or_default().into_bytes();
    if file.format == "text" {
        return Ok(content);
    }
    // Jupyter's encoder breaks lines.
    content.retain(|byte| !byte.is_ascii_whitespace());
    STANDARD.decode(content).map_err(|error| {
        Failure::new(Outcome::UnexpectedReply, format!("the server's copy of {path} cannot be decoded: {error}"))
    })
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
