//! What a front end does for `ipywidgets.Output`, and code relies on: it moves output into the widget.
//!
//! | state of the widget | output of the cell | what is sent to the kernel |
//! | --- | --- | --- |
//! | its `msg_id` is the cell's request | goes to the widget that took it last | the widget's new `outputs` |
//! | its `msg_id` is empty again | goes to the widget before it, else to the notebook | – |
//!
//! nbclient does the same. To the notebook it is a change of the widget's state like any other.

use super::kernel::OpenKernel;
use crate::notebook::Message as Said;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most outputs in one widget: each is sent to the kernel again with every further one.
const OUTPUTS_MAX: usize = 1000;
/// Most bytes of text in one of them, for the same reason.
const TEXT_MAX: usize = 1 << 20;

/// One output widget.
#[derive(Debug, Default)]
struct OutputWidget {
    outputs: Vec<Value>,
    clear_next: bool,
}

/// The output widgets of a kernel, and which of them take what is said.
#[derive(Debug, Default)]
pub(super) struct OutputWidgets {
    models: BTreeMap<String, OutputWidget>,
    /// The widgets that take output, the last one first of all, with the request whose output they take.
    taking: Vec<(String, String)>,
    /// Contents of messages for the kernel.
    unsent: Vec<Value>,
}

/// What becomes of something that was said.
#[derive(Debug, PartialEq)]
enum Fate {
    /// The notebook takes it.
    Notebook(Said),
    /// A widget took it; nothing more to do.
    Taken,
    /// A widget took it: these are its outputs now.
    Outputs { comm_id: String, outputs: Vec<Value> },
}

impl OutputWidgets {
    fn take(&mut self, said: Said, request: &str) -> Fate {
        match said {
            Said::Widget { comm_id, state, buffers } => {
                self.look(&comm_id, &state, request);
                Fate::Notebook(Said::Widget { comm_id, state, buffers })
            }
            Said::Output { output, display_id } => match self.taker(request) {
                Some((comm_id, widget)) => {
                    widget.add(output);
                    Fate::Outputs { comm_id, outputs: widget.outputs.clone() }
                }
                None => Fate::Notebook(Said::Output { output, display_id }),
            },
            Said::Clear { wait } => match self.taker(request) {
                Some((_, widget)) if wait => {
                    widget.clear_next = true;
                    Fate::Taken
                }
                Some((comm_id, widget)) => {
                    widget.outputs.clear();
                    Fate::Outputs { comm_id, outputs: Vec::new() }
                }
                None => Fate::Notebook(Said::Clear { wait }),
            },
            update @ Said::Update { .. } => Fate::Notebook(update),
        }
    }

    /// Looks at a widget's new state for what concerns output widgets.
    fn look(&mut self, comm_id: &str, state: &Map<String, Value>, request: &str) {
        let is = |name: &str, value: &str| state.get(name).is_some_and(|found| found == value);
        if is("_model_module", "@jupyter-widgets/output") && is("_model_name", "OutputModel") {
            let outputs = state.get("outputs").and_then(Value::as_array).cloned().unwrap_or_default();
            self.models.insert(comm_id.to_owned(), OutputWidget { outputs, clear_next: false });
            return;
        }
        let Some(msg_id) = state.get("msg_id").and_then(Value::as_str).filter(|_| self.models.contains_key(comm_id))
        else {
            return;
        };
        self.taking.retain(|(taker, of)| taker != comm_id && of == request);
        if !msg_id.is_empty() {
            self.taking.push((comm_id.to_owned(), msg_id.to_owned()));
        }
    }

    fn taker(&mut self, request: &str) -> Option<(String, &mut OutputWidget)> {
        let (comm_id, _) = self.taking.iter().rev().find(|(_, of)| of == request)?;
        Some((comm_id.clone(), self.models.get_mut(comm_id)?))
    }
}

impl OutputWidget {
    fn add(&mut self, output: Value) {
        if std::mem::take(&mut self.clear_next) {
            self.outputs.clear();
        }
        let is_full = self.outputs.len() >= OUTPUTS_MAX;
        match self.outputs.last_mut() {
            Some(last)
                if last["output_type"] == "stream"
                    && last["output_type"] == output["output_type"]
                    && last["name"] == output["name"] =>
            {
                if let (Some(Value::String(so_far)), Some(text)) = (last.get_mut("text"), output["text"].as_str()) {
                    so_far.push_str(&text[..text.floor_char_boundary(TEXT_MAX.saturating_sub(so_far.len()))]);
                }
            }
            _ if is_full => {}
            _ => self.outputs.push(output),
        }
    }
}

impl OutputWidgets {
    /// Hands over what was said of a request, unless an output widget takes it.
    pub(super) fn hand_over(&mut self, said: Said, request: &str, say: &mut dyn FnMut(Said)) {
        match self.take(said, request) {
            Fate::Notebook(said) => say(said),
            Fate::Taken => {}
            Fate::Outputs { comm_id, outputs } => {
                let state = Map::from_iter([("outputs".to_owned(), Value::Array(outputs))]);
                let data = json!({"method": "update", "state": state, "buffer_paths": []});
                self.unsent.push(json!({"comm_id": comm_id, "data": data}));
                say(Said::Widget { comm_id, state, buffers: Vec::new() });
            }
        }
    }
}

impl OpenKernel {
    /// Tells the kernel what its output widgets took since the last time.
    pub(super) async fn answer_widgets(&mut self) {
        for content in std::mem::take(&mut self.output_widgets.unsent) {
            // A connection that is lost is seen where its next message was due.
            let _ = self.request("comm_msg", &content).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widget(comm_id: &str, state: Value) -> Said {
        Said::Widget { comm_id: comm_id.to_owned(), state: state.as_object().unwrap().clone(), buffers: Vec::new() }
    }

    fn opened(comm_id: &str) -> Said {
        widget(
            comm_id,
            json!({"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel", "outputs": []}),
        )
    }

    fn print(text: &str) -> Said {
        Said::Output { output: json!({"output_type": "stream", "name": "stdout", "text": text}), display_id: None }
    }

    /// Where each of the messages of request `m` goes: `-` the notebook, else the widget and its number of outputs.
    fn fates(messages: Vec<Said>) -> Vec<String> {
        let mut widgets = OutputWidgets::default();
        let fate = |said| match widgets.take(said, "m") {
            Fate::Notebook(_) => "-".to_owned(),
            Fate::Taken => "taken".to_owned(),
            Fate::Outputs { comm_id, outputs } => format!("{comm_id}{}", outputs.len()),
        };
        messages.into_iter().map(fate).collect()
    }

    #[test]
    fn output_goes_to_the_widget_that_took_it_last() {
        let take = |comm_id: &str| widget(comm_id, json!({"msg_id": "m"}));
        let leave = |comm_id: &str| widget(comm_id, json!({"msg_id": ""}));
        let inner = vec![take("b"), print("2"), print("3"), leave("b"), print("4"), leave("a"), print("5")];
        let messages = [vec![opened("a"), opened("b"), print("0"), take("a"), print("1")], inner].concat();
        assert_eq!(fates(messages), ["-", "-", "-", "-", "a1", "-", "b1", "b1", "-", "a1", "-", "-"]);
    }

    #[test]
    fn a_widget_that_is_no_output_widget_and_one_of_another_request_take_nothing() {
        let other = widget("a", json!({"msg_id": "other"}));
        assert_eq!(
            fates(vec![widget("x", json!({"msg_id": "m"})), print("1"), opened("a"), other, print("2")]),
            ["-"; 5]
        );
    }

    #[test]
    fn clearing_clears_the_widget() {
        let take = widget("a", json!({"msg_id": "m"}));
        let (clear, wait) = (Said::Clear { wait: false }, Said::Clear { wait: true });
        let messages = vec![
            opened("a"),
            take,
            print("1"),
            wait,
            print("2"),
            clear.clone(),
            widget("a", json!({"msg_id": ""})),
            clear,
        ];
        assert_eq!(fates(messages), ["-", "-", "a1", "taken", "a1", "a0", "-", "-"]);
    }
}
