//! What a lost connection swallowed, told by the numbers of a kernel's messages.
//!
//! Jupyter's protocol numbers nothing, but ipykernel and every kernel that uses `jupyter_client`'s `Session` name their messages
//! `session_process_n` and count `n` up, over all channels. While such a kernel executes one request, nearly all that it says belongs to that
//! request, so a number that never comes is a message that is lost. Kernels that name their messages otherwise say nothing here.
//!
//! Nothing is counted before a connection is lost: until then only the last two names that matter are kept, which are parts of frames.

use tokio_tungstenite::tungstenite::Bytes;

/// The names of a request's messages, and what is missing between them since the connection was lost.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// Name of the message with which the kernel said that it is busy with the request. Before it, nothing says where to count from.
    busy: Bytes,
    /// Name of the last message over the connection.
    last: Bytes,
    since_loss: Option<SinceLoss>,
}

#[derive(Debug)]
struct SinceLoss {
    /// The number that came last before the loss.
    from: u64,
    /// The highest number of the request's own messages.
    to: u64,
    /// How many came that are above `from` and not above `to`.
    seen: u64,
    /// Messages of others that count as seen once one of the request's own comes behind them. What is said after the request is over, such
    /// as the answers to the server's own questions on a new connection, never does.
    others: u64,
}

impl Numbers {
    /// A message of the request said that the kernel is busy with it.
    pub(super) fn begin(&mut self, name: &Bytes) {
        self.busy = name.clone();
    }

    /// A message came; `own` if it answers the request.
    pub(super) fn came(&mut self, name: &Bytes, own: bool) {
        let Some(counted) = &mut self.since_loss else {
            self.last = name.clone();
            return;
        };
        match number(&self.busy, name) {
            Some(number) if number > counted.from && own => {
                counted.to = counted.to.max(number);
                counted.seen += 1 + std::mem::take(&mut counted.others);
            }
            Some(number) if number > counted.from => counted.others += 1,
            _ => {}
        }
    }

    /// The connection was lost. A second loss counts on.
    pub(super) fn lost(&mut self) {
        if let (None, Some(from)) = (&self.since_loss, number(&self.busy, &self.last)) {
            self.since_loss = Some(SinceLoss { from, to: from, seen: 0, others: 0 });
        }
    }

    /// Messages that never came, as far as numbers tell.
    pub(super) fn missing(&self) -> u32 {
        let missing = |it: &SinceLoss| (it.to - it.from).saturating_sub(it.seen);
        self.since_loss.as_ref().map_or(0, |it| u32::try_from(missing(it)).unwrap_or(u32::MAX))
    }
}

/// The number in the name of a message that the same process made as that named `like`.
fn number(like: &[u8], name: &[u8]) -> Option<u64> {
    let end = like.iter().rposition(|byte| *byte == b'_')?;
    let (prefix, count) = (&like[..=end], name.strip_prefix(&like[..=end])?);
    // `session_process_`: one part alone may be anything, such as a name with underscores in it.
    let process = prefix[..end].rsplit(|byte| *byte == b'_').next().filter(|part| part.len() < end)?;
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !digits(process) || !digits(count) {
        return None;
    }
    std::str::from_utf8(count).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(n: u64) -> Bytes {
        format!("5f0c-11_4711_{n}").into()
    }

    /// Busy with 10, then these of its own, then the loss.
    fn after(own: &[u64]) -> Numbers {
        let mut numbers = Numbers::default();
        numbers.begin(&named(10));
        for n in [10].iter().chain(own) {
            numbers.came(&named(*n), true);
        }
        numbers.lost();
        numbers
    }

    #[test]
    fn what_never_comes_is_counted_over_several_losses() {
        let mut numbers = after(&[11, 12]);
        assert_eq!(numbers.missing(), 0);
        numbers.came(&named(15), true);
        numbers.came(&named(16), true);
        assert_eq!(numbers.missing(), 2);
        numbers.lost();
        numbers.came(&named(18), true);
        assert_eq!(numbers.missing(), 3);
    }

    #[test]
    fn order_and_messages_of_others_between_ones_own_do_not_matter() {
        let mut numbers = after(&[11]);
        for n in [12, 14, 13] {
            numbers.came(&named(n), true);
        }
        numbers.came(&named(15), false);
        numbers.came(&named(16), true);
        assert_eq!(numbers.missing(), 0);
    }

    #[test]
    fn what_others_say_behind_the_request_and_what_the_server_says_itself_does_not_count() {
        let mut numbers = after(&[11]);
        numbers.came(&named(12), true);
        numbers.came(&named(17), false);
        numbers.came(&"server_12_900".into(), true);
        assert_eq!(numbers.missing(), 0);
    }

    #[test]
    fn without_a_number_to_count_from_nothing_is_said() {
        let mut early = Numbers::default();
        early.came(&named(10), false);
        early.lost();
        early.came(&named(30), true);
        assert_eq!(early.missing(), 0, "the kernel had not said that it is busy with this");
        for name in ["3e11f3a2-7f0e", "a_b_3", "a_5", "_5_6x", ""] {
            let mut other = Numbers::default();
            other.begin(&name.into());
            other.came(&name.into(), true);
            other.lost();
            assert!(other.since_loss.is_none(), "{name}");
        }
    }
}
