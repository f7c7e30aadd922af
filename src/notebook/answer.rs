//! Outputs of code that belongs to no notebook.

use super::outputs::{Limits, Message, Outputs};
use serde_json::Value;

/// What code says that belongs to no notebook, up to 1 MiB and 1000 outputs. Widgets are left out: nobody shows them.
#[derive(Debug)]
pub struct Answer(Outputs);

impl Default for Answer {
    fn default() -> Self {
        Self(Outputs::new(Limits::ANSWER))
    }
}

impl Answer {
    /// The kernel said something.
    pub fn take(&mut self, message: Message) {
        match message {
            Message::Output { output, display_id } => self.0.add(0, output, display_id),
            Message::Clear { wait } => self.0.clear(0, wait),
            Message::Update { display_id, data, metadata } => self.0.update(&display_id, &data, &metadata),
            Message::Widget { .. } => {}
        }
    }

    /// The outputs, as nbformat has them, and whether some are cut or left out.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Value>, bool) {
        let truncated = self.0.dropped().messages > 0;
        (self.0.kept(0), truncated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_flood_is_cut_and_what_was_raised_behind_it_is_there() {
        let mut answer = Answer::default();
        let say = |answer: &mut Answer, output: Value| answer.take(Message::Output { output, display_id: None });
        for _ in 0..3 {
            say(&mut answer, json!({"output_type": "stream", "name": "stdout", "text": "x".repeat(500_000)}));
        }
        say(&mut answer, json!({"output_type": "error", "ename": "E", "evalue": "", "traceback": []}));
        let (outputs, truncated) = answer.finish();
        assert!(truncated);
        assert_eq!((outputs.len(), outputs[0]["text"].as_str().map(str::len)), (2, Some(1 << 20)));
        assert_eq!(outputs[1]["ename"], "E");
    }

    #[test]
    fn what_is_whole_is_not_called_cut() {
        let mut answer = Answer::default();
        let output = json!({"output_type": "display_data", "data": {"text/plain": "1"}, "metadata": {}});
        answer.take(Message::Output { output: output.clone(), display_id: None });
        assert_eq!(answer.finish(), (vec![output], false));
    }
}
