//! Server-sent events.

use super::error::{ErrorKind, HttpError};
use reqwest::Response;

/// Bytes of one line that are kept.
const LINE_MAX: usize = 256 << 10;

/// A stream of server-sent events, as far as JupyterHub uses them: each event is one `data:` line.
#[derive(Debug)]
pub struct EventStream {
    response: Response,
    host: String,
    lines: Lines,
}

impl EventStream {
    pub(super) fn new(response: Response, host: String) -> Self {
        Self { response, host, lines: Lines::default() }
    }

    /// The next event's data; `None` when the stream ended. It has no deadline of its own.
    ///
    /// # Errors
    /// The connection broke, or a line is longer than 256 KiB.
    pub async fn next(&mut self) -> Result<Option<String>, HttpError> {
        loop {
            if let Some(data) = self.lines.next_data() {
                return Ok(Some(data));
            }
            let chunk = self.response.chunk().await.map_err(|error| HttpError::from_reqwest(&error, &self.host))?;
            let Some(chunk) = chunk else { return Ok(None) };
            self.lines.push(&chunk)?;
        }
    }
}

/// Cuts bytes into lines.
#[derive(Debug, Default)]
struct Lines {
    buffer: Vec<u8>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) -> Result<(), HttpError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() > LINE_MAX && !self.buffer.contains(&b'\n') {
            return Err(HttpError::new(ErrorKind::TooLarge, "an event of the stream is longer than 256 KiB"));
        }
        Ok(())
    }

    fn next_data(&mut self) -> Option<String> {
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            if let Some(data) = line.trim_end().strip_prefix("data:") {
                return Some(data.trim_start().to_owned());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_across_chunks_and_empty_lines() {
        let mut lines = Lines::default();
        lines.push(b"\n\nda").unwrap();
        assert_eq!(lines.next_data(), None);
        lines.push(b"ta: {\"a\": 1}\r\n\n: note\ndata: 2\n").unwrap();
        assert_eq!(lines.next_data().as_deref(), Some("{\"a\": 1}"));
        assert_eq!(lines.next_data().as_deref(), Some("2"));
        assert_eq!(lines.next_data(), None);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        assert!(Lines::default().push(&vec![b'x'; LINE_MAX + 1]).is_err());
    }
}
