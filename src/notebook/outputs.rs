//! What cells said, in the form that notebooks store.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Something that a kernel said while it executed a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A new output, an nbformat 4 output object.
    Output {
        /// The object.
        output: Value,
        /// Its display id, by which it may be updated later.
        display_id: Option<String>,
    },
    /// Forget the cell's outputs so far.
    Clear {
        /// Only once the next output comes.
        wait: bool,
    },
    /// Outputs with this display id show this from now on.
    Update {
        /// The display id.
        display_id: String,
        /// The new `data`.
        data: Value,
        /// The new `metadata`.
        metadata: Value,
    },
}

/// Outputs of all cells of one execution, bounded in size.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    cells: BTreeMap<u32, Vec<Value>>,
    displays: BTreeMap<String, Vec<(u32, usize)>>,
    clear_next: bool,
    bytes: usize,
    truncated: bool,
}

impl Outputs {
    /// Most bytes of outputs that are kept for one notebook.
    pub(super) const BYTES_MAX: usize = 16 << 20;

    pub(super) fn take(&mut self, cell: u32, message: Message) {
        match message {
            Message::Clear { wait: true } => self.clear_next = true,
            Message::Clear { wait: false } => self.clear(cell),
            Message::Update { display_id, data, metadata } => self.update(&display_id, &data, &metadata),
            Message::Output { output, display_id } => {
                if std::mem::take(&mut self.clear_next) {
                    self.clear(cell);
                }
                self.push(cell, output, display_id);
            }
        }
    }

    pub(super) fn of(&self, cell: u32) -> Vec<Value> {
        self.cells.get(&cell).cloned().unwrap_or_default()
    }

    fn clear(&mut self, cell: u32) {
        self.clear_next = false;
        self.cells.remove(&cell);
        self.displays.values_mut().for_each(|places| places.retain(|(at, _)| *at != cell));
    }

    fn push(&mut self, cell: u32, output: Value, display_id: Option<String>) {
        let size = size_of(&output);
        if self.bytes + size > Self::BYTES_MAX {
            if !std::mem::replace(&mut self.truncated, true) {
                let text = format!("hubmark: outputs over {} MiB are not kept\n", Self::BYTES_MAX >> 20);
                let notice = json!({"output_type": "stream", "name": "stderr", "text": text});
                self.cells.entry(cell).or_default().push(notice);
            }
            return;
        }
        self.bytes += size;
        let outputs = self.cells.entry(cell).or_default();
        if let Some(text) = stream_text(&output)
            && let Some(last) = outputs.last_mut()
            && last["output_type"] == "stream"
            && last["name"] == output["name"]
            && let Some(Value::String(so_far)) = last.get_mut("text")
        {
            so_far.push_str(text);
            return;
        }
        if let Some(id) = display_id {
            self.displays.entry(id).or_default().push((cell, outputs.len()));
        }
        outputs.push(output);
    }

    fn update(&mut self, display_id: &str, data: &Value, metadata: &Value) {
        for (cell, index) in self.displays.get(display_id).into_iter().flatten() {
            if let Some(output) = self.cells.get_mut(cell).and_then(|outputs| outputs.get_mut(*index)) {
                output["data"] = data.clone();
                output["metadata"] = metadata.clone();
            }
        }
    }
}

fn stream_text(output: &Value) -> Option<&str> {
    (output["output_type"] == "stream").then(|| output["text"].as_str()).flatten()
}

/// Bytes of an output, near enough for a bound: its strings.
fn size_of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(size_of).sum::<usize>() + 2,
        Value::Object(map) => map.iter().map(|(key, item)| key.len() + size_of(item) + 3).sum::<usize>() + 2,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str, text: &str) -> Message {
        Message::Output { output: json!({"output_type": "stream", "name": name, "text": text}), display_id: None }
    }

    #[test]
    fn streams_of_one_name_merge() {
        let mut outputs = Outputs::default();
        for (name, text) in [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")] {
            outputs.take(0, stream(name, text));
        }
        let texts: Vec<_> = outputs.of(0).iter().map(|o| o["text"].as_str().unwrap().to_owned()).collect();
        assert_eq!(texts, ["ab", "c", "d"]);
    }

    #[test]
    fn clearing_with_wait_waits_for_the_next_output() {
        let mut outputs = Outputs::default();
        outputs.take(0, stream("stdout", "a"));
        outputs.take(0, Message::Clear { wait: true });
        assert_eq!(outputs.of(0).len(), 1);
        outputs.take(0, stream("stdout", "b"));
        assert_eq!(outputs.of(0)[0]["text"], "b");
        outputs.take(0, Message::Clear { wait: false });
        assert!(outputs.of(0).is_empty());
    }

    #[test]
    fn an_update_reaches_displays_of_earlier_cells() {
        let mut outputs = Outputs::default();
        let output = json!({"output_type": "display_data", "data": {"text/plain": "0 %"}, "metadata": {}});
        outputs.take(0, Message::Output { output, display_id: Some("bar".to_owned()) });
        let data = json!({"text/plain": "100 %"});
        outputs.take(1, Message::Update { display_id: "bar".to_owned(), data, metadata: json!({}) });
        assert_eq!(outputs.of(0)[0]["data"]["text/plain"], "100 %");
    }

    #[test]
    fn a_flood_is_cut_with_a_notice() {
        let mut outputs = Outputs::default();
        let chunk = "x".repeat(1 << 20);
        for _ in 0..20 {
            outputs.take(0, stream("stdout", &chunk));
        }
        let kept = outputs.of(0);
        assert_eq!(kept.len(), 2);
        assert!(kept[0]["text"].as_str().unwrap().len() <= Outputs::BYTES_MAX);
        assert!(kept[1]["text"].as_str().unwrap().contains("are not kept"));
    }
}
