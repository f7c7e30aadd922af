//! The two ends of a request to a kernel: its reply, and the kernel's idle status.

use super::frame::{Channel, Incoming, Kind, State};
use super::reply;
use crate::event::Failure;

/// Which of the two ends of a request were seen.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) reply: Option<(Option<u64>, Option<Failure>)>,
    pub(super) idle: bool,
    pub(super) started: String,
    pub(super) input: String,
    pub(super) replied: String,
    pub(super) ended: String,
}

impl Done {
    pub(super) fn whole(&self) -> bool {
        self.reply.is_some() && self.idle
    }

    /// Looks at a message for the ends of the request `id`.
    pub(super) fn look(&mut self, message: &Incoming, id: &str) {
        if message.parent != id.as_bytes() {
            return;
        }
        match (message.channel, message.kind) {
            (Channel::Shell, Kind::Reply) => {
                self.reply = Some(reply::read(&message.content));
                self.replied = message.date();
            }
            (Channel::Iopub, Kind::Status(State::Busy)) => self.started = message.date(),
            (Channel::Iopub, Kind::Input) => self.input = message.date(),
            (Channel::Iopub, Kind::Status(State::Idle)) => {
                self.idle = true;
                self.ended = message.date();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: Channel, kind: Kind, parent: &'static str, content: &'static str) -> Incoming {
        Incoming {
            channel,
            kind,
            id: "k".into(),
            date: "t".into(),
            parent: parent.into(),
            content: content.into(),
            buffers: Vec::new(),
        }
    }

    const OK: &str = r#"{"status": "ok", "execution_count": 3}"#;

    #[test]
    fn a_request_is_done_with_reply_and_idle_in_either_order() {
        let reply = || message(Channel::Shell, Kind::Reply, "m", OK);
        let idle = || message(Channel::Iopub, Kind::Status(State::Idle), "m", "");
        for order in [[reply(), idle()], [idle(), reply()]] {
            let mut done = Done::default();
            done.look(&order[0], "m");
            assert!(!done.whole());
            done.look(&order[1], "m");
            assert!(done.whole());
            assert_eq!((done.reply, done.ended.as_str()), (Some((Some(3), None)), "t"));
        }
    }

    #[test]
    fn messages_of_other_requests_do_not_count() {
        let mut done = Done::default();
        done.look(&message(Channel::Shell, Kind::Reply, "other", OK), "m");
        done.look(&message(Channel::Iopub, Kind::Status(State::Idle), "", ""), "m");
        assert!(done.reply.is_none() && !done.idle);
    }
}
