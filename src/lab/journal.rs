//! The end of a log file, for errors.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// At most this much of a log's end is read.
const MOST_BYTES: u64 = 16 * 1024;

/// At most this many lines are shown.
const MOST_LINES: usize = 25;

/// The last lines of a log; empty if it cannot be read.
pub(super) fn tail(log: &Path) -> String {
    read_end(log).map(|text| last_lines(&text)).unwrap_or_default()
}

/// Whether a log's end says that a port was taken, in the words of Python or node.
pub(super) fn says_port_taken(tail: &str) -> bool {
    let lower = tail.to_lowercase();
    lower.contains("address already in use") || lower.contains("eaddrinuse")
}

fn read_end(log: &Path) -> std::io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(MOST_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_of_a_long_log_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let text: String = (0..5000).map(|n| format!("line {n}\n\n")).collect();
        std::fs::write(&log, text).unwrap();
        let tail = tail(&log);
        assert!(tail.starts_with("line 4975\n") && tail.ends_with("line 4999"), "{tail}");
        assert_eq!(super::tail(&folder.path().join("missing")), "");
    }

    #[test]
    fn a_taken_port_is_recognised_in_both_dialects() {
        assert!(says_port_taken("OSError: [Errno 98] Address already in use"));
        assert!(says_port_taken("Error: listen EADDRINUSE: address already in use 127.0.0.1:80"));
        assert!(!says_port_taken("Permission denied"));
    }
}
