//! From a kernel's messages to outputs as notebooks store them.

use super::frame::Kind;
use crate::notebook::Message as Said;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Content of `execute_result`, `display_data` and `update_display_data`.
#[derive(Deserialize)]
struct Shown {
    data: Value,
    #[serde(default)]
    metadata: Map<String, Value>,
    #[serde(default)]
    transient: Transient,
    #[serde(default)]
    execution_count: Value,
}

#[derive(Deserialize, Default)]
struct Transient {
    #[serde(default)]
    display_id: Option<String>,
}

#[derive(Deserialize)]
struct Stream {
    name: Value,
    text: Value,
}

#[derive(Deserialize)]
struct Raised {
    #[serde(default)]
    ename: String,
    #[serde(default)]
    evalue: String,
    #[serde(default)]
    traceback: Vec<Value>,
}

#[derive(Deserialize)]
struct Clear {
    #[serde(default)]
    wait: bool,
}

/// The output, or change to outputs, that a message on iopub is.
pub(super) fn said(kind: Kind, content: &[u8]) -> Option<Said> {
    match kind {
        Kind::Stream => {
            let Stream { name, text } = serde_json::from_slice(content).ok()?;
            Some(output("stream", [("name", name), ("text", text)], None))
        }
        Kind::DisplayData => {
            let Shown { data, metadata, transient, .. } = serde_json::from_slice(content).ok()?;
            Some(output("display_data", [("data", data), ("metadata", metadata.into())], transient.display_id))
        }
        Kind::ExecuteResult => {
            let Shown { data, metadata, transient, execution_count } = serde_json::from_slice(content).ok()?;
            let fields = [("execution_count", execution_count), ("data", data), ("metadata", metadata.into())];
            Some(output("execute_result", fields, transient.display_id))
        }
        Kind::Error => {
            let Raised { ename, evalue, traceback } = serde_json::from_slice(content).ok()?;
            let fields = [("ename", ename.into()), ("evalue", evalue.into()), ("traceback", traceback.into())];
            Some(output("error", fields, None))
        }
        Kind::ClearOutput => {
            let Clear { wait } = serde_json::from_slice(content).ok()?;
            Some(Said::Clear { wait })
        }
        Kind::UpdateDisplayData => {
            let Shown { data, metadata, transient, .. } = serde_json::from_slice(content).ok()?;
            Some(Said::Update { display_id: transient.display_id?, data, metadata: metadata.into() })
        }
        Kind::Status(_) | Kind::Shutdown { .. } | Kind::Reply | Kind::InputRequest | Kind::Other => None,
    }
}

fn output<const N: usize>(kind: &str, fields: [(&str, Value); N], display_id: Option<String>) -> Said {
    let mut object = Map::with_capacity(N + 1);
    object.insert("output_type".to_owned(), kind.into());
    object.extend(fields.map(|(name, value)| (name.to_owned(), value)));
    Said::Output { output: object.into(), display_id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_display_keeps_its_id_outside_the_stored_output() {
        let content = br#"{"data": {"text/plain": "x"}, "metadata": {}, "transient": {"display_id": "d"}}"#;
        let Some(Said::Output { output, display_id }) = said(Kind::DisplayData, content) else { panic!("no output") };
        assert_eq!(display_id.as_deref(), Some("d"));
        assert_eq!(output, json!({"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}));
        assert!(matches!(said(Kind::UpdateDisplayData, content), Some(Said::Update { .. })));
    }

    #[test]
    fn broken_messages_mean_nothing() {
        assert_eq!(said(Kind::Stream, b"{}"), None);
        assert_eq!(said(Kind::ExecuteResult, b"["), None);
        assert_eq!(said(Kind::UpdateDisplayData, br#"{"data": {}}"#), None);
    }
}
