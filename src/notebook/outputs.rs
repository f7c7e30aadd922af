//! What cells said, in the form that notebooks store.
//!
//! Streams of one name that follow each other are one output, as JupyterLab shows them; their text stays as it came, carriage returns
//! included (`docs/adr/0230-streams-as-they-came.md`). What is over a limit is dropped, counted, and said in the copy.

use serde_json::{Map, Value, json};
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
    /// A widget has this state from now on.
    Widget {
        /// The widget's model.
        comm_id: String,
        /// The properties that are new or changed.
        state: Map<String, Value>,
        /// Those of them that are bytes.
        buffers: Vec<Buffer>,
    },
}

/// A property of a widget that is bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buffer {
    /// Where it belongs in the state: names and indices.
    pub path: Value,
    /// The bytes.
    pub data: Vec<u8>,
}

/// What was said and is not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many messages, those that were cut included.
    pub messages: u64,
    /// How many bytes, near enough.
    pub bytes: u64,
}

impl Dropped {
    pub(super) fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += bytes as u64;
    }
}

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of all outputs of a notebook.
    pub(super) all: usize,
    /// Bytes of one output.
    pub(super) one: usize,
    /// Outputs of a notebook.
    pub(super) outputs: usize,
    /// What errors may take beyond, in bytes and in number: they are what somebody looks for.
    pub(super) errors: (usize, usize),
}

impl Limits {
    /// The limits of an executed copy.
    pub(super) const COPY: Self = Self { all: 64 << 20, one: 16 << 20, outputs: 10_000, errors: (4 << 20, 100) };
    /// The limits of what code answers that belongs to no notebook.
    pub(super) const ANSWER: Self = Self { all: 1 << 20, one: 1 << 20, outputs: 1000, errors: (64 << 10, 10) };
}

#[derive(Debug)]
struct Kept {
    output: Value,
    bytes: usize,
    /// A stream that reached a limit takes no more.
    cut: bool,
}

#[derive(Debug, Default)]
struct CellOutputs {
    kept: Vec<Kept>,
    dropped: Dropped,
}

/// Outputs of all cells of one execution, bounded in size.
#[derive(Debug)]
pub(super) struct Outputs {
    limits: Limits,
    cells: BTreeMap<u32, CellOutputs>,
    displays: BTreeMap<String, Vec<(u32, usize)>>,
    clear_next: bool,
    bytes: usize,
    count: usize,
    dropped: Dropped,
}

impl Outputs {
    pub(super) fn new(limits: Limits) -> Self {
        let (cells, displays) = (BTreeMap::new(), BTreeMap::new());
        Self { limits, cells, displays, clear_next: false, bytes: 0, count: 0, dropped: Dropped::default() }
    }

    /// A cell begins: what the one before wanted to do with its next output is void.
    pub(super) fn begin(&mut self) {
        self.clear_next = false;
    }

    pub(super) fn clear(&mut self, cell: u32, wait: bool) {
        self.clear_next = wait;
        if wait {
            return;
        }
        if let Some(outputs) = self.cells.remove(&cell) {
            self.bytes -= outputs.kept.iter().map(|kept| kept.bytes).sum::<usize>();
            self.count -= outputs.kept.len();
        }
        self.displays.values_mut().for_each(|places| places.retain(|(at, _)| *at != cell));
    }

    pub(super) fn add(&mut self, cell: u32, output: Value, display_id: Option<String>) {
        if std::mem::take(&mut self.clear_next) {
            self.clear(cell, false);
        }
        if let Some(id) = &display_id {
            // Showing something once more under the same id changes the earlier ones.
            self.update(id, &output["data"], &output["metadata"]);
        }
        match stream_text(&output) {
            Some(text) => self.add_stream(cell, &output["name"], text),
            None => self.add_whole(cell, output, display_id),
        }
    }

    pub(super) fn update(&mut self, display_id: &str, data: &Value, metadata: &Value) {
        for (cell, index) in self.displays.get(display_id).into_iter().flatten() {
            let Some(outputs) = self.cells.get_mut(cell) else { continue };
            let Some(kept) = outputs.kept.get_mut(*index) else { continue };
            let size = size_of(data) + size_of(metadata);
            if size > self.limits.one || self.bytes - kept.bytes + size > self.limits.all {
                outputs.dropped.add(size);
                self.dropped.add(size);
                continue;
            }
            self.bytes = self.bytes - kept.bytes + size;
            kept.bytes = size;
            kept.output["data"] = data.clone();
            kept.output["metadata"] = metadata.clone();
        }
    }

    /// Takes a cell's outputs out, without a notice.
    pub(super) fn kept(&mut self, cell: u32) -> Vec<Value> {
        let outputs = self.cells.remove(&cell).unwrap_or_default();
        outputs.kept.into_iter().map(|kept| kept.output).collect()
    }

    /// Takes a cell's outputs out, with a notice if there were more.
    pub(super) fn take(&mut self, cell: u32) -> Vec<Value> {
        let Some(CellOutputs { kept, dropped }) = self.cells.remove(&cell) else { return Vec::new() };
        let mut outputs: Vec<Value> = kept.into_iter().map(|kept| kept.output).collect();
        if dropped.messages > 0 {
            outputs.push(self.notice(dropped));
        }
        outputs
    }

    /// What is not kept, of all cells, cleared ones included.
    pub(super) fn dropped(&self) -> Dropped {
        self.dropped
    }

    fn add_stream(&mut self, cell: u32, name: &Value, text: &str) {
        let (limits, room) = (self.limits, self.limits.all.saturating_sub(self.bytes));
        let outputs = self.cells.entry(cell).or_default();
        let last = outputs
            .kept
            .last_mut()
            .filter(|last| last.output["output_type"] == "stream" && last.output["name"] == *name);
        let room = match &last {
            Some(last) if last.cut => 0,
            Some(last) => room.min(limits.one.saturating_sub(last.bytes)),
            None if self.count >= limits.outputs => 0,
            None => room.min(limits.one),
        };
        let kept = &text[..text.floor_char_boundary(room)];
        let is_cut = kept.len() < text.len();
        if is_cut {
            outputs.dropped.add(text.len() - kept.len());
            self.dropped.add(text.len() - kept.len());
        }
        self.bytes += kept.len();
        match last {
            Some(last) => {
                last.bytes += kept.len();
                last.cut |= is_cut;
                if let Some(Value::String(so_far)) = last.output.get_mut("text") {
                    so_far.push_str(kept);
                }
            }
            None if kept.is_empty() && is_cut => {}
            None => {
                let output = json!({"output_type": "stream", "name": name, "text": kept});
                outputs.kept.push(Kept { output, bytes: kept.len(), cut: is_cut });
                self.count += 1;
            }
        }
    }

    fn add_whole(&mut self, cell: u32, output: Value, display_id: Option<String>) {
        let bytes = size_of(&output);
        let (more, more_outputs) = if output["output_type"] == "error" { self.limits.errors } else { (0, 0) };
        let fits = bytes <= self.limits.one
            && self.bytes + bytes <= self.limits.all + more
            && self.count < self.limits.outputs + more_outputs;
        let outputs = self.cells.entry(cell).or_default();
        if !fits {
            outputs.dropped.add(bytes);
            self.dropped.add(bytes);
            return;
        }
        self.bytes += bytes;
        self.count += 1;
        if let Some(id) = display_id {
            self.displays.entry(id).or_default().push((cell, outputs.kept.len()));
        }
        outputs.kept.push(Kept { output, bytes, cut: false });
    }

    fn notice(&self, dropped: Dropped) -> Value {
        let Dropped { messages, bytes } = dropped;
        let Limits { all, one, outputs, .. } = self.limits;
        let text = format!(
            "hubmark: {messages} messages of this cell's output ({bytes} bytes) are not kept here. A copy holds {} of outputs, {} of \
             one and {outputs} of them.\n",
            size(all),
            size(one)
        );
        json!({"output_type": "stream", "name": "stderr", "text": text})
    }
}

fn size(bytes: usize) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

fn stream_text(output: &Value) -> Option<&str> {
    (output["output_type"] == "stream").then(|| output["text"].as_str()).flatten()
}

/// Bytes of a value, near enough for a bound: its strings.
pub(super) fn size_of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => items.iter().map(size_of).sum::<usize>() + 2,
        Value::Object(map) => size_of_map(map),
        _ => 8,
    }
}

/// The same of an object.
pub(super) fn size_of_map(map: &Map<String, Value>) -> usize {
    map.iter().map(|(key, item)| key.len() + size_of(item) + 3).sum::<usize>() + 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Limits = Limits { all: 400, one: 100, outputs: 4, errors: (4 << 20, 100) };

    fn stream(outputs: &mut Outputs, cell: u32, name: &str, text: &str) {
        outputs.add(cell, json!({"output_type": "stream", "name": name, "text": text}), None);
    }

    fn display(text: &str) -> Value {
        json!({"output_type": "display_data", "data": {"text/plain": text}, "metadata": {}})
    }

    fn texts(outputs: Vec<Value>) -> Vec<String> {
        let text =
            |output: &Value| output.get("text").unwrap_or(&output["data"]["text/plain"]).as_str().map(str::to_owned);
        outputs.iter().map(|output| text(output).unwrap()).collect()
    }

    #[test]
    fn streams_of_one_name_merge() {
        let mut outputs = Outputs::new(SMALL);
        for (name, text) in [("stdout", "a\r"), ("stdout", "b\x08"), ("stderr", "c"), ("stdout", "d")] {
            stream(&mut outputs, 0, name, text);
        }
        assert_eq!(texts(outputs.take(0)), ["a\rb\x08", "c", "d"]);
    }

    #[test]
    fn clearing_with_wait_waits_for_the_next_output_of_the_same_cell() {
        let mut outputs = Outputs::new(SMALL);
        stream(&mut outputs, 0, "stdout", "a");
        outputs.clear(0, true);
        stream(&mut outputs, 0, "stdout", "b");
        outputs.clear(0, true);
        outputs.begin();
        stream(&mut outputs, 1, "stdout", "c");
        assert_eq!((texts(outputs.take(0)), texts(outputs.take(1))), (vec!["b".to_owned()], vec!["c".to_owned()]));
        stream(&mut outputs, 2, "stdout", "d");
        outputs.clear(2, false);
        assert!(outputs.take(2).is_empty());
    }

    #[test]
    fn an_update_reaches_displays_of_earlier_cells_and_showing_again_is_one() {
        let mut outputs = Outputs::new(SMALL);
        outputs.add(0, display("0 %"), Some("bar".to_owned()));
        outputs.update("bar", &json!({"text/plain": "50 %"}), &json!({}));
        outputs.add(1, display("100 %"), Some("bar".to_owned()));
        outputs.update("other", &json!({"text/plain": "no"}), &json!({}));
        assert_eq!(
            (texts(outputs.take(0)), texts(outputs.take(1))),
            (vec!["100 %".to_owned()], vec!["100 %".to_owned()])
        );
    }

    #[test]
    fn a_flood_is_cut_with_a_notice_and_counted() {
        let mut outputs = Outputs::new(SMALL);
        for _ in 0..20 {
            stream(&mut outputs, 0, "stdout", &"ü".repeat(20));
        }
        assert_eq!(outputs.dropped(), Dropped { messages: 18, bytes: 700 });
        let kept = texts(outputs.take(0));
        assert_eq!(kept[0], "ü".repeat(50));
        assert_eq!(
            kept[1],
            "hubmark: 18 messages of this cell's output (700 bytes) are not kept here. A copy holds 400 bytes of outputs, 100 bytes \
             of one and 4 of them.\n"
        );
    }

    #[test]
    fn one_large_output_is_dropped_and_small_ones_and_errors_are_kept() {
        let mut outputs = Outputs::new(SMALL);
        outputs.add(0, display(&"x".repeat(100)), None);
        for _ in 0..5 {
            outputs.add(0, display("y"), None);
        }
        outputs.add(0, json!({"output_type": "error", "ename": "E", "evalue": "", "traceback": []}), None);
        let kept = outputs.take(0);
        assert_eq!(
            (kept.len(), kept[0]["data"]["text/plain"].as_str(), kept[4]["ename"].as_str()),
            (6, Some("y"), Some("E"))
        );
        assert!(kept[5]["text"].as_str().unwrap().starts_with("hubmark: 2 messages"), "{kept:?}");
        for _ in 0..1000 {
            outputs.add(1, json!({"output_type": "error", "ename": "E", "evalue": "", "traceback": []}), None);
        }
        assert!(outputs.take(1).len() < 105, "errors are bounded too");
    }

    #[test]
    fn what_is_cleared_makes_room() {
        let mut outputs = Outputs::new(SMALL);
        for _ in 0..100 {
            outputs.clear(0, true);
            outputs.add(0, display("a bar drawn again"), None);
        }
        assert_eq!((outputs.dropped(), outputs.take(0).len()), (Dropped::default(), 1));
        outputs.add(1, display("0 %"), Some("bar".to_owned()));
        for percent in 0..100 {
            outputs.update("bar", &json!({"text/plain": format!("{percent} %")}), &json!({}));
        }
        assert_eq!((outputs.dropped(), texts(outputs.take(1))), (Dropped::default(), vec!["99 %".to_owned()]));
    }
}
