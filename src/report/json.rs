//! The summary as JSON.

use super::Summary;

/// The text of `summary.json`: indented, with a line feed at its end.
///
/// # Errors
/// Never for a summary that [`super::analyse`] made; the serializer's type says that it could.
pub fn json(summary: &Summary) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(summary).map(|text| text + "\n")
}
