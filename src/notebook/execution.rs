//! One execution of a document: collects outputs and times, and makes the executed copy.

use super::document::{Cell, Document};
use super::outputs::{Message, Outputs};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::rc::Rc;

/// When a cell ran and what it counted.
#[derive(Debug, Default)]
struct Ran {
    started: String,
    ended: String,
    took_s: f64,
    count: Option<u64>,
    failed: bool,
}

/// An execution under way, or done.
#[derive(Debug)]
pub struct Execution {
    document: Rc<Document>,
    outputs: Outputs,
    ran: BTreeMap<u32, Ran>,
    current: u32,
}

impl Execution {
    /// Nothing executed yet.
    #[must_use]
    pub fn new(document: &Rc<Document>) -> Self {
        Self { document: Rc::clone(document), outputs: Outputs::default(), ran: BTreeMap::new(), current: 0 }
    }

    /// The cells to execute, in order.
    #[must_use]
    pub fn cells(&self) -> Rc<[Cell]> {
        self.document.cells()
    }

    /// A cell begins. `wall` is RFC 3339.
    pub fn begin(&mut self, cell: u32, wall: String) {
        self.current = cell;
        self.ran.insert(cell, Ran { started: wall, ..Ran::default() });
    }

    /// The kernel said something about the cell that began last.
    pub fn take(&mut self, message: Message) {
        self.outputs.take(self.current, message);
    }

    /// The cell that began last ended. `wall` is RFC 3339, `took_s` seconds.
    pub fn end(&mut self, count: Option<u64>, wall: String, took_s: f64, failed: bool) {
        if let Some(ran) = self.ran.get_mut(&self.current) {
            ran.ended = wall;
            ran.took_s = took_s;
            ran.count = count;
            ran.failed = failed;
        }
    }

    /// The outputs of a cell so far, as nbformat has them.
    #[must_use]
    pub fn outputs(&self, cell: u32) -> Vec<Value> {
        self.outputs.of(cell)
    }

    /// The executed copy: the document with outputs, counts and times. Times stand where JupyterLab (`execution`) and papermill put
    /// them. A cell that was not reached has no output.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut root = self.document.root.clone();
        if let Some(Value::Array(cells)) = root.get_mut("cells") {
            for (index, cell) in cells.iter_mut().enumerate() {
                if cell["cell_type"] == "code" {
                    self.fill(index as u32, cell);
                }
            }
        }
        let (first, last) = (self.ran.values().next(), self.ran.values().next_back());
        if let (Some(first), Some(last)) = (first, last) {
            let metadata = root.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
            metadata["papermill"] = json!({
                "duration": self.ran.values().map(|ran| ran.took_s).sum::<f64>(),
                "start_time": first.started,
                "end_time": last.ended,
                "exception": last.failed.then_some(true),
                "version": concat!("hubmark ", env!("CARGO_PKG_VERSION")),
            });
        }
        let mut bytes = serde_json::to_vec_pretty(&Value::Object(root)).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    fn fill(&self, index: u32, cell: &mut Value) {
        cell["outputs"] = Value::Array(self.outputs.of(index));
        let ran = self.ran.get(&index);
        cell["execution_count"] = json!(ran.and_then(|ran| ran.count));
        let Some(ran) = ran else { return };
        if !cell["metadata"].is_object() {
            cell["metadata"] = json!({});
        }
        cell["metadata"]["execution"] = json!({
            "iopub.status.busy": ran.started,
            "iopub.execute_input": ran.started,
            "shell.execute_reply": ran.ended,
            "iopub.status.idle": ran.ended,
        });
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

    #[test]
    fn the_copy_keeps_what_hubmark_does_not_know() {
        let source = r##"{"nbformat":4,"nbformat_minor":5,"metadata":{"custom":{"kept":true}},"cells":[
            {"cell_type":"markdown","id":"m","metadata":{},"source":"# T","attachments":{"a.png":{"image/png":"AA=="}}},
            {"cell_type":"code","id":"c","metadata":{"x":1},"source":"1","outputs":[{"stale":1}],"execution_count":9}]}"##;
        let document = Rc::new(Document::parse(source.as_bytes()).unwrap());
        let mut execution = Execution::new(&document);
        execution.begin(1, "2026-11-24T04:12:09.000000Z".to_owned());
        let output =
            json!({"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": 1});
        execution.take(Message::Output { output, display_id: None });
        execution.end(Some(1), "2026-11-24T04:12:10.000000Z".to_owned(), 1.0, false);
        let copy: Value = serde_json::from_slice(&execution.finish()).unwrap();
        assert_eq!(copy["metadata"]["custom"]["kept"], true);
        assert_eq!(copy["cells"][0]["attachments"]["a.png"]["image/png"], "AA==");
        assert_eq!(copy["cells"][1]["id"], "c");
        assert_eq!(copy["cells"][1]["metadata"]["x"], 1);
        assert_eq!(copy["cells"][1]["execution_count"], 1);
        assert_eq!(copy["cells"][1]["outputs"][0]["data"]["text/plain"], "1");
        assert_eq!(copy["cells"][1]["metadata"]["papermill"]["status"], "completed");
    }
}
