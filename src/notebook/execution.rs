//! One execution of a document: collects outputs and times, and makes the executed copy.

use super::copy::ExecutedCopy;
use super::document::{Cell, Document, has_tag};
use super::outputs::{Dropped, Limits, Message, Outputs};
use super::widgets::Widgets;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Tag of the texts that papermill puts around a cell that failed. Until here they were kept, so that a cell's index is its place in the
/// author's file.
const ERROR_MARKER: &str = "papermill-error-cell-tag";

/// When a kernel reached the stations of a cell, RFC 3339 as it came; empty where it did not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KernelTimes {
    /// It was busy with the cell.
    pub busy: String,
    /// It showed the cell's source.
    pub input: String,
    /// It replied.
    pub reply: String,
    /// It was done.
    pub idle: String,
}

/// When a cell ran and what it counted.
#[derive(Debug, Default)]
struct Ran {
    started: String,
    ended: String,
    took_s: f64,
    count: Option<u64>,
    failed: bool,
    times: KernelTimes,
}

/// An execution under way, or done.
#[derive(Debug)]
pub struct Execution {
    document: Rc<Document>,
    outputs: Outputs,
    widgets: Widgets,
    language_info: Option<Value>,
    ran: BTreeMap<u32, Ran>,
    current: u32,
}

impl Execution {
    /// Nothing executed yet.
    #[must_use]
    pub fn new(document: &Rc<Document>) -> Self {
        Self {
            document: Rc::clone(document),
            outputs: Outputs::new(Limits::COPY),
            widgets: Widgets::default(),
            language_info: None,
            ran: BTreeMap::new(),
            current: 0,
        }
    }

    /// The cells to execute, in order.
    #[must_use]
    pub fn cells(&self) -> Rc<[Cell]> {
        self.document.cells()
    }

    /// What the kernel says of its language, for the copy's `language_info`.
    pub fn language(&mut self, info: &Value) {
        self.language_info = Some(info.clone());
    }

    /// A cell begins. `wall` is RFC 3339.
    pub fn begin(&mut self, cell: u32, wall: String) {
        self.current = cell;
        self.outputs.begin();
        self.ran.insert(cell, Ran { started: wall, ..Ran::default() });
    }

    /// The kernel said something about the cell that began last.
    pub fn take(&mut self, message: Message) {
        match message {
            Message::Output { output, display_id } => self.outputs.add(self.current, output, display_id),
            Message::Clear { wait } => self.outputs.clear(self.current, wait),
            Message::Update { display_id, data, metadata } => self.outputs.update(&display_id, &data, &metadata),
            Message::Widget { comm_id, state, buffers } => self.widgets.merge(comm_id, state, buffers),
        }
    }

    /// When the kernel was where with the cell that began last.
    pub fn kernel_times(&mut self, times: KernelTimes) {
        if let Some(ran) = self.ran.get_mut(&self.current) {
            ran.times = times;
        }
    }

    /// The cell that began last ended. `wall` is RFC 3339, `took_s` seconds; `failed` is whether that ends the notebook.
    pub fn end(&mut self, count: Option<u64>, wall: String, took_s: f64, failed: bool) {
        if let Some(ran) = self.ran.get_mut(&self.current) {
            ran.ended = wall;
            ran.took_s = took_s;
            ran.count = count;
            ran.failed = failed;
        }
    }

    /// What the kernel said and the copy does not hold, because it was too much.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        let (outputs, widgets) = (self.outputs.dropped(), self.widgets.dropped());
        Dropped { messages: outputs.messages + widgets.messages, bytes: outputs.bytes + widgets.bytes }
    }

    /// The executed copy: the document with outputs, counts and times. Times stand where nbclient (`execution`, the kernel's) and
    /// papermill (`papermill`, the client's) put them. A cell that was not reached has no output.
    #[must_use]
    pub fn finish(mut self) -> ExecutedCopy {
        let mut root = self.document.root.clone();
        if let Some(Value::Array(cells)) = root.get_mut("cells") {
            for (index, cell) in cells.iter_mut().enumerate() {
                self.fill(index as u32, cell);
            }
            cells.retain(|cell| !has_tag(cell, ERROR_MARKER));
        }
        let metadata = root.entry("metadata").or_insert_with(|| json!({}));
        if !metadata.is_object() {
            *metadata = json!({});
        }
        self.describe(metadata);
        ExecutedCopy(root)
    }

    /// Document-level metadata.
    fn describe(self, metadata: &mut Value) {
        let dropped = self.dropped();
        let values = || self.ran.values();
        if let (Some(first), Some(last)) = (values().next(), values().next_back()) {
            metadata["papermill"] = json!({
                "duration": values().map(|ran| ran.took_s).sum::<f64>(),
                "start_time": first.started,
                "end_time": last.ended,
                "exception": last.failed.then_some(true),
                "parameters": self.document.parameters,
                "version": concat!("hubmark ", env!("CARGO_PKG_VERSION")),
            });
        }
        if let Some(info) = self.language_info {
            metadata["language_info"] = info;
        }
        if let Some(widgets) = self.widgets.into_metadata() {
            metadata["widgets"] = widgets;
        }
        if dropped.messages > 0 {
            metadata["hubmark"] = json!({"dropped_messages": dropped.messages, "dropped_bytes": dropped.bytes});
        }
    }

    fn fill(&mut self, index: u32, cell: &mut Value) {
        let outputs = self.outputs.take(index);
        if cell["cell_type"] != "code" {
            return;
        }
        cell["outputs"] = Value::Array(outputs);
        let Some(ran) = self.ran.get(&index) else {
            if self.document.cells().iter().any(|cell| cell.index == index) {
                cell["metadata"]["papermill"] = json!({
                    "duration": null, "start_time": null, "end_time": null, "status": "pending", "exception": null,
                });
            }
            return;
        };
        cell["execution_count"] = json!(ran.count);
        let KernelTimes { busy, input, reply, idle } = &ran.times;
        let stations = [
            ("iopub.status.busy", busy),
            ("iopub.execute_input", input),
            ("shell.execute_reply", reply),
            ("iopub.status.idle", idle),
        ];
        let said: Map<String, Value> = stations
            .into_iter()
            .filter(|(_, at)| !at.is_empty())
            .map(|(station, at)| (station.to_owned(), json!(at)))
            .collect();
        cell["metadata"]["execution"] = Value::Object(said);
        let status = match (ran.ended.is_empty(), ran.failed) {
            (true, _) => "running",
            (false, true) => "failed",
            (false, false) => "completed",
        };
        cell["metadata"]["papermill"] = json!({
            "duration": ran.took_s, "start_time": ran.started, "end_time": ran.ended, "status": status,
            "exception": ran.failed,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r##"{"nbformat":4,"nbformat_minor":5,"metadata":{"custom":{"kept":true},"language_info":{"name":"python"}},"cells":[
        {"cell_type":"markdown","id":"m","metadata":{},"source":"# T","attachments":{"a.png":{"image/png":"AA=="}}},
        {"cell_type":"code","id":"c","metadata":{"x":1},"source":"1","outputs":[{"stale":1}],"execution_count":9},
        {"cell_type":"code","id":"d","metadata":{"tags":["skip-execution"]},"source":"2","outputs":[{"stale":1}],"execution_count":9},
        {"cell_type":"code","id":"e","metadata":{},"source":"3","outputs":[{"stale":1}],"execution_count":9}]}"##;

    /// The copy after the first cell was executed.
    fn copy(failed: bool) -> Value {
        let document = Rc::new(Document::parse(SOURCE.as_bytes()).unwrap());
        let mut execution = Execution::new(&document);
        execution.language(&json!({"name": "python", "version": "3.11.2"}));
        execution.begin(1, "2026-11-24T04:12:09.000000Z".to_owned());
        let output =
            json!({"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1});
        execution.take(Message::Output { output, display_id: None });
        let state = json!({"_model_name": "M"}).as_object().unwrap().clone();
        execution.take(Message::Widget { comm_id: "w".to_owned(), state, buffers: Vec::new() });
        execution.kernel_times(KernelTimes { busy: "b".to_owned(), reply: "r".to_owned(), ..KernelTimes::default() });
        execution.end(Some(1), "2026-11-24T04:12:10.000000Z".to_owned(), 1.0, failed);
        serde_json::from_slice(&execution.finish().text()).unwrap()
    }

    #[test]
    fn the_copy_keeps_what_hubmark_does_not_know() {
        let copy = copy(false);
        assert_eq!(copy["metadata"]["custom"]["kept"], true);
        assert_eq!(
            copy["cells"][0],
            json!({"cell_type":"markdown","id":"m","metadata":{},"source":"# T","attachments":{"a.png":{"image/png":"AA=="}}})
        );
        assert_eq!((&copy["cells"][1]["id"], &copy["cells"][1]["metadata"]["x"]), (&json!("c"), &json!(1)));
    }

    #[test]
    fn the_copy_tells_what_was_executed_and_what_not() {
        let copy = copy(true);
        let [_, ran, skipped, pending] = copy["cells"].as_array().unwrap().as_slice() else { panic!("{copy}") };
        assert_eq!((&ran["execution_count"], &ran["outputs"][0]["data"]["text/plain"]), (&json!(1), &json!("1")));
        assert_eq!(ran["metadata"]["execution"], json!({"iopub.status.busy": "b", "shell.execute_reply": "r"}));
        assert_eq!(ran["metadata"]["papermill"]["status"], "failed");
        assert_eq!((&skipped["outputs"], skipped["metadata"].get("papermill")), (&json!([]), None));
        assert_eq!(
            (&pending["execution_count"], &pending["metadata"]["papermill"]["status"]),
            (&json!(null), &json!("pending"))
        );
        assert_eq!(copy["metadata"]["papermill"]["exception"], true);
        assert_eq!(copy["metadata"]["language_info"]["version"], "3.11.2");
        assert_eq!(
            copy["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]["w"]["model_name"],
            "M"
        );
        assert_eq!(copy["metadata"].get("hubmark"), None);
    }

    #[test]
    fn marks_of_an_earlier_failure_are_not_in_the_copy() {
        let marker = r##"{"cell_type":"markdown","id":"x","metadata":{"tags":["papermill-error-cell-tag"]},"source":"failed"},"##;
        let source = SOURCE.replacen("\"cells\":[", &format!("\"cells\":[{marker}"), 1);
        let document = Rc::new(Document::parse(source.as_bytes()).unwrap());
        assert_eq!(document.cells()[0].index, 2, "cells are counted as the author's file has them");
        let copy: Value = serde_json::from_slice(&Execution::new(&document).finish().text()).unwrap();
        assert_eq!(copy["cells"][0]["id"], "m");
    }

    #[test]
    fn what_was_too_much_is_said_in_the_copy() {
        let mut execution = Execution::new(&Rc::new(Document::parse(SOURCE.as_bytes()).unwrap()));
        execution.begin(1, String::new());
        let output = json!({"output_type": "stream", "name": "stdout", "text": "x".repeat(20 << 20)});
        execution.take(Message::Output { output, display_id: None });
        execution.end(Some(1), String::new(), 1.0, false);
        let dropped = Dropped { messages: 1, bytes: 4 << 20 };
        assert_eq!(execution.dropped(), dropped);
        let copy: Value = serde_json::from_slice(&execution.finish().text()).unwrap();
        assert_eq!(copy["metadata"]["hubmark"], json!({"dropped_messages": 1, "dropped_bytes": 4 << 20}));
        assert!(copy["cells"][1]["outputs"][1]["text"].as_str().unwrap().contains("of outputs, 16 MiB of one"));
    }
}
