//! Two executed copies of one document, compared value by value.

use super::documents::Document;
use serde_json::{Map, Value, json};
use std::fmt;

/// A value that differs.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) document: &'static str,
    pub(super) client: &'static str,
    /// Where, such as `/cells/3/outputs/0/text`.
    pub(super) place: String,
    hubmark: Option<Value>,
    reference: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| {
            let text = value.as_ref().map_or("nothing".to_owned(), Value::to_string);
            let cut: String = text.chars().take(300).collect();
            if cut == text { text } else { format!("{cut}… ({} bytes)", text.len()) }
        };
        writeln!(f, "{} {}", self.document, self.place)?;
        writeln!(f, "  hubmark   {}", shown(&self.hubmark))?;
        write!(f, "  {:<9} {}", self.client, shown(&self.reference))
    }
}

/// Where two copies of a document differ.
pub(super) fn differences(document: &'static Document, hubmark: &Value, reference: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    let add = |place: String, hubmark: Option<&Value>, reference: Option<&Value>| {
        found.push(Difference {
            document: document.name,
            client: document.client(),
            place,
            hubmark: hubmark.cloned(),
            reference: reference.cloned(),
        });
    };
    walk(String::new(), Some(&canonical(hubmark)), Some(&canonical(reference)), &mut { add });
    found
}

fn walk(
    place: String,
    left: Option<&Value>,
    right: Option<&Value>,
    add: &mut impl FnMut(String, Option<&Value>, Option<&Value>),
) {
    match (left, right) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let more = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(more) {
                walk(format!("{place}/{}", key.replace('/', "~1")), a.get(key), b.get(key), add);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                walk(format!("{place}/{index}"), Some(a), Some(b), add);
            }
        }
        (a, b) if a == b => {}
        (a, b) => add(place, a, b),
    }
}

/// A copy without what differs between two executions by the same client: identities of widgets, addresses, process ids, times.
fn canonical(copy: &Value) -> Value {
    let mut text = copy.to_string();
    let widgets = &copy["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"];
    for (index, id) in widgets.as_object().into_iter().flat_map(Map::keys).enumerate() {
        text = text.replace(id.as_str(), &format!("model-{index}"));
    }
    for (before, digits) in [("ipykernel_", "0123456789"), (" at 0x", "0123456789abcdef")] {
        text = masked(&text, before, digits);
    }
    let mut copy: Value = serde_json::from_str(&text).unwrap();
    mask_times(&mut copy["metadata"]);
    for cell in copy["cells"].as_array_mut().unwrap() {
        mask_times(&mut cell["metadata"]);
        join(&mut cell["source"]);
        if let Some(outputs) = cell.get_mut("outputs").and_then(Value::as_array_mut) {
            *outputs = merged(std::mem::take(outputs));
        }
    }
    copy
}

/// Numbers behind a text that differ from process to process.
fn masked(text: &str, before: &str, digits: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(before);
        out.push_str(part.trim_start_matches(|c| digits.contains(c)));
    }
    out
}

/// Times that are there are alike; that one is missing is a difference.
fn mask_times(metadata: &mut Value) {
    for key in ["execution", "papermill"] {
        for (name, value) in metadata.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten() {
            let is_time =
                value.as_str().is_some_and(|text| text.len() >= 20 && text.starts_with("20") && text.contains('T'));
            if is_time {
                *value = json!("a time");
            } else if name == "duration" && value.is_number() {
                *value = json!("seconds");
            }
        }
    }
}

/// A multi-line string of nbformat: one string, or a list of lines.
fn join(value: &mut Value) {
    if let Some(lines) = value.as_array() {
        *value = Value::String(lines.iter().filter_map(Value::as_str).collect());
    }
}

/// nbclient keeps each message of a stream apart; where one ends is chance.
fn merged(outputs: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for output in outputs {
        match kept.last_mut() {
            Some(last)
                if output["output_type"] == "stream"
                    && last["output_type"] == "stream"
                    && last["name"] == output["name"] =>
            {
                last["text"] = json!(format!("{}{}", last["text"].as_str().unwrap(), output["text"].as_str().unwrap()));
            }
            _ => kept.push(output),
        }
    }
    kept
}

#[test]
fn what_differs_is_found_and_chance_is_not() {
    let copy = |text: &str, at: &str, id: &str| {
        let state = json!({id: {"state": {"layout": format!("IPY_MODEL_{id}")}}});
        json!({"cells": [{"cell_type": "code", "source": "1", "metadata": {"execution": {"iopub.status.busy": at}}, "outputs": [
            {"output_type": "stream", "name": "stdout", "text": text}, {"output_type": "stream", "name": "stdout", "text": "<f at 0xab12>"}]}],
            "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": state}}}})
    };
    let document = &super::DOCUMENTS[0];
    let one = copy("x", "2026-11-24T04:12:09.000000Z", "abc");
    assert!(differences(document, &one, &copy("x", "2027-01-01T00:00:00.000000Z", "def")).is_empty());
    let found = differences(document, &one, &copy("y", "", "abc"));
    let places: Vec<&str> = found.iter().map(|difference| difference.place.as_str()).collect();
    assert_eq!(places, ["/cells/0/metadata/execution/iopub.status.busy", "/cells/0/outputs/0/text"]);
}
