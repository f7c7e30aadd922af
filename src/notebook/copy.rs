//! The executed copy of a document, and its text.

use super::outputs::size_of_map;
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value};

/// The executed copy of a document: outputs, counts and times are in it. Its text can have tens of megabytes, so it is made by
/// [`ExecutedCopy::text`], by whom and when there is time for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecutedCopy(pub(super) Map<String, Value>);

impl ExecutedCopy {
    /// Bytes that it takes in memory, near enough: its texts.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of_map(&self.0)
    }

    /// As Jupyter writes it: indented by one space, with a line feed at the end. UTF-8.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b" "));
        // A value of strings, numbers and lists that is written to memory.
        if self.0.serialize(&mut serializer).is_err() {
            return Vec::new();
        }
        bytes.push(b'\n');
        bytes
    }
}
