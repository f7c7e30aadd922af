//! The state of widgets, as notebooks store it, so that the copy shows them without their kernel.

use super::outputs::{Buffer, Dropped, size_of, size_of_map};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Name under which notebooks store the state of their widgets.
pub(super) const MIME: &str = "application/vnd.jupyter.widget-state+json";
/// Most bytes of states and buffers that are kept of one notebook.
const BYTES_MAX: usize = 16 << 20;

/// The state of all widgets of one execution, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Widgets {
    models: Map<String, Value>,
    bytes: usize,
    dropped: Dropped,
}

impl Widgets {
    /// Merges new properties into a widget's state.
    pub(super) fn merge(&mut self, comm_id: String, state: Map<String, Value>, buffers: Vec<Buffer>) {
        let size = size_of_map(&state) + buffers.iter().map(|buffer| buffer.data.len().div_ceil(3) * 4).sum::<usize>();
        let model = self.models.get(&comm_id);
        let replaced = model.map_or(0, |model| replaced(model, &state, &buffers));
        if self.bytes - replaced + size > BYTES_MAX {
            self.dropped.add(size);
            return;
        }
        self.bytes = self.bytes - replaced + size;
        let model = self.models.entry(comm_id).or_insert_with(|| json!({"state": {}, "buffers": []}));
        if let Value::Object(known) = &mut model["state"] {
            known.extend(state);
        }
        if let Value::Array(known) = &mut model["buffers"] {
            for Buffer { path, data } in buffers {
                known.retain(|buffer| buffer["path"] != path);
                known.push(json!({"data": STANDARD.encode(data), "encoding": "base64", "path": path}));
            }
        }
    }

    pub(super) fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// What stands in a notebook's metadata under `widgets`; `None` without widgets. What is no widget model has no name and is left out.
    pub(super) fn into_metadata(self) -> Option<Value> {
        let models: Map<String, Value> = self
            .models
            .into_iter()
            .filter(|(_, model)| model["state"].get("_model_name").is_some())
            .map(|(id, model)| (id, stored(model)))
            .collect();
        let any = !models.is_empty();
        any.then(|| json!({MIME: {"state": models, "version_major": 2, "version_minor": 0}}))
    }
}

/// Bytes of the properties that new ones take the place of.
fn replaced(model: &Value, state: &Map<String, Value>, buffers: &[Buffer]) -> usize {
    let known = |name: &String| model["state"].get(name).map(|value| name.len() + size_of(value) + 3);
    let properties = state.keys().filter_map(known).sum::<usize>();
    let replaced = |buffer: &&Value| buffers.iter().any(|new| new.path == buffer["path"]);
    let bytes = |buffer: &Value| buffer["data"].as_str().map_or(0, str::len);
    let buffers = model["buffers"].as_array().into_iter().flatten().filter(replaced).map(bytes).sum::<usize>();
    properties + buffers
}

fn stored(mut model: Value) -> Value {
    let property = |name: &str| model["state"].get(name).cloned().unwrap_or_default();
    let mut stored = json!({
        "model_name": property("_model_name"),
        "model_module": property("_model_module"),
        "model_module_version": property("_model_module_version"),
    });
    stored["state"] = model["state"].take();
    let buffers = model["buffers"].take();
    if buffers.as_array().is_some_and(|buffers| !buffers.is_empty()) {
        stored["buffers"] = buffers;
    }
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn states_merge_and_buffers_of_one_path_replace_each_other() {
        let mut widgets = Widgets::default();
        let opened = json!({"_model_name": "IntSliderModel", "_model_module": "@jupyter-widgets/controls", "_model_module_version": "2.0.0", "value": 1});
        widgets.merge("m".to_owned(), state(opened), Vec::new());
        let buffer = |data: &[u8]| vec![Buffer { path: json!(["value"]), data: data.to_vec() }];
        widgets.merge("m".to_owned(), state(json!({"value": 2})), buffer(b"old"));
        widgets.merge("m".to_owned(), state(json!({"value": 3})), buffer(b"new"));
        widgets.merge("no-model".to_owned(), state(json!({"x": 1})), Vec::new());
        let stored = widgets.into_metadata().unwrap();
        let wanted = json!({"m": {
            "model_name": "IntSliderModel", "model_module": "@jupyter-widgets/controls", "model_module_version": "2.0.0",
            "state": {"_model_name": "IntSliderModel", "_model_module": "@jupyter-widgets/controls", "_model_module_version": "2.0.0", "value": 3},
            "buffers": [{"data": "bmV3", "encoding": "base64", "path": ["value"]}],
        }});
        assert_eq!(stored[MIME]["state"], wanted);
        assert_eq!(Widgets::default().into_metadata(), None);
    }

    #[test]
    fn a_bar_that_moves_for_ever_takes_no_more_room() {
        let mut widgets = Widgets::default();
        let text = "x".repeat(1 << 20);
        for step in 0..100 {
            widgets.merge("m".to_owned(), state(json!({"_model_name": "M", "value": step, "text": text})), Vec::new());
        }
        assert_eq!(widgets.dropped(), Dropped::default());
        widgets.merge("n".to_owned(), state(json!({"text": "x".repeat(16 << 20)})), Vec::new());
        assert_eq!(widgets.dropped().messages, 1);
    }
}
