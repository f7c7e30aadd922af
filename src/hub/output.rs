//! From a kernel's messages to outputs as notebooks store them.

use super::frame::{Incoming, Kind};
use crate::notebook::{Buffer, Message as Said};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Content of `execute_result`, `display_data` and `update_display_data`.
#[derive(Deserialize)]
struct Shown {
    data: Value,
    #[serde(default)]
    metadata: Map<String, Value>,
    #[serde(default)]
    transient: Option<Transient>,
    #[serde(default)]
    execution_count: Value,
}

impl Shown {
    fn display_id(&self) -> Option<String> {
        self.transient.as_ref().and_then(|transient| transient.display_id.clone())
    }
}

#[derive(Deserialize)]
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

/// Content of `comm_open` and `comm_msg`.
#[derive(Deserialize)]
struct Comm {
    comm_id: String,
    data: CommData,
}

#[derive(Deserialize)]
struct CommData {
    /// What a widget sends that is no state (`custom` messages) concerns its front end only.
    state: Map<String, Value>,
    #[serde(default)]
    buffer_paths: Vec<Value>,
}

#[derive(Deserialize)]
struct Clear {
    #[serde(default)]
    wait: bool,
}

/// The output, or change to outputs or widgets, that a message on iopub is.
pub(super) fn said(message: &Incoming) -> Option<Said> {
    let content = &message.content;
    match message.kind {
        Kind::Stream => {
            let Stream { name, text } = serde_json::from_slice(content).ok()?;
            Some(output("stream", [("name", name), ("text", text)], None))
        }
        Kind::DisplayData => {
            let shown: Shown = serde_json::from_slice(content).ok()?;
            let display_id = shown.display_id();
            Some(output("display_data", [("data", shown.data), ("metadata", shown.metadata.into())], display_id))
        }
        Kind::ExecuteResult => {
            let shown: Shown = serde_json::from_slice(content).ok()?;
            let display_id = shown.display_id();
            let Shown { data, metadata, execution_count, .. } = shown;
            let fields = [("execution_count", execution_count), ("data", data), ("metadata", metadata.into())];
            Some(output("execute_result", fields, display_id))
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
            let shown: Shown = serde_json::from_slice(content).ok()?;
            let display_id = shown.display_id()?;
            Some(Said::Update { display_id, data: shown.data, metadata: shown.metadata.into() })
        }
        Kind::CommOpen | Kind::CommMsg => {
            let Comm { comm_id, data } = serde_json::from_slice(content).ok()?;
            let buffers = data.buffer_paths.into_iter().zip(&message.buffers);
            let buffers = buffers.map(|(path, bytes)| Buffer { path, data: bytes.to_vec() }).collect();
            Some(Said::Widget { comm_id, state: data.state, buffers })
        }
        Kind::Input | Kind::Status(_) | Kind::Shutdown { .. } | Kind::Reply | Kind::InputRequest | Kind::Other => None,
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
    use crate::hub::frame::Channel;
    use serde_json::json;

    fn heard(kind: Kind, content: &'static str) -> Option<Said> {
        let (id, date, parent, buffers) = ("k".into(), "".into(), "m".into(), vec!["bytes".into()]);
        said(&Incoming { channel: Channel::Iopub, kind, id, date, parent, content: content.into(), buffers })
    }

    #[test]
    fn a_display_keeps_its_id_outside_the_stored_output() {
        let content = r#"{"data": {"text/plain": "x"}, "metadata": {}, "transient": {"display_id": "d"}}"#;
        let Some(Said::Output { output, display_id }) = heard(Kind::DisplayData, content) else { panic!("no output") };
        assert_eq!(display_id.as_deref(), Some("d"));
        assert_eq!(output, json!({"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}));
        assert!(matches!(heard(Kind::UpdateDisplayData, content), Some(Said::Update { .. })));
        let without = r#"{"data": {}, "metadata": {}, "transient": null}"#;
        assert!(matches!(heard(Kind::DisplayData, without), Some(Said::Output { display_id: None, .. })));
    }

    #[test]
    fn a_widgets_state_comes_with_its_buffers() {
        let content = r#"{"comm_id": "c", "target_name": "jupyter.widget", "data": {"state": {"a": 1}, "buffer_paths": [["b"]]}}"#;
        let state = json!({"a": 1}).as_object().unwrap().clone();
        let buffers = vec![Buffer { path: json!(["b"]), data: b"bytes".to_vec() }];
        assert_eq!(heard(Kind::CommOpen, content), Some(Said::Widget { comm_id: "c".to_owned(), state, buffers }));
        assert_eq!(heard(Kind::CommMsg, r#"{"comm_id": "c", "data": {"method": "custom", "content": {}}}"#), None);
    }

    #[test]
    fn broken_messages_mean_nothing() {
        assert_eq!(heard(Kind::Stream, "{}"), None);
        assert_eq!(heard(Kind::ExecuteResult, "["), None);
        assert_eq!(heard(Kind::UpdateDisplayData, r#"{"data": {}}"#), None);
        assert_eq!(heard(Kind::CommOpen, r#"{"comm_id": "c"}"#), None);
    }
}
