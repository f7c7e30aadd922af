//! An answer that was read whole.

use super::error::{ErrorKind, HttpError};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;

/// An answer that was read whole, of any status.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The proxy of the environment that the answer came by, where that may have written it itself.
    pub proxy: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// Whether the status is one of 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's value, where it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the body calls itself JSON. An error page of a proxy is HTML with any status.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(is_json)
    }

    /// Length of the body, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.body.len()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::NotJson`] if it does not call itself JSON, is not, or lacks a field.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let wrong = |message: String| HttpError { kind: ErrorKind::NotJson, message, status: Some(self.status) };
        if !self.is_json() {
            let kind = self.header("content-type").unwrap_or("nothing named");
            return Err(wrong(format!("the answer is {kind} where JSON is due: {}", self.text())));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| wrong(format!("the answer's JSON is not as expected: {error}")))
    }

    /// The body as it came.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as text in one line, at most 300 characters.
    #[must_use]
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(4096)]);
        let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((at, _)) = line.char_indices().nth(300) {
            line.truncate(at);
            line.push('…');
        }
        line
    }
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind == "application/json" || kind.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(kind: &str, body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        Reply { status: 200, proxy: None, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn html_is_not_parsed_even_if_it_would_be_json() {
        let error = reply("text/html", "{}").json::<serde_json::Value>().unwrap_err();
        assert_eq!(error.to_string(), "the answer is text/html where JSON is due: {}");
        assert!(reply("application/json; charset=utf-8", "{}").json::<serde_json::Value>().is_ok());
    }

    #[test]
    fn text_is_one_line_of_bounded_length() {
        assert_eq!(reply("text/plain", " a\n\n b ").text(), "a b");
        assert_eq!(reply("text/plain", &"ä".repeat(1000)).text().chars().count(), 301);
    }
}
