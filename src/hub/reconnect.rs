//! A kernel's connection that ended is dialled again, with the same session: the server keeps what the kernel says meanwhile for the
//! session that was lost and hands it over to the same one, so nothing is missed and nothing comes twice.
//!
//! | what a try meets | next |
//! | --- | --- |
//! | the server connects | go on reading |
//! | the kernel is gone, dead, or has a new process | that is the outcome |
//! | the server is gone for good ([`Hope::None`]) | that is the outcome |
//! | something that may be a moment of transition ([`Hope::Little`]) | again, a few times in a row |
//! | hub, proxy or network are down ([`Hope::Good`]) | again, with pauses from 0.1 s to 5 s, until the deadline |

use super::kernel::OpenKernel;
use super::place::{Hope, Seen, Verdict};
use super::socket::Socket;
use crate::clock::Due;
use crate::event::{Failure, Outcome};
use std::rc::Rc;
use std::time::Duration;

/// Longest time for which one connection is dialled again.
const RECONNECT_WITHIN: Duration = Duration::from_secs(120);
/// As often in a row has something to be seen that could pass.
pub(super) const STRIKES: u32 = 4;

impl OpenKernel {
    /// Connects again, at most until `deadline`.
    pub(super) async fn reconnect(&mut self, deadline: Due) -> Result<(), Failure> {
        let deadline = deadline.min(Due::after(RECONNECT_WITHIN));
        let mut last =
            Failure::new(Outcome::ConnectionLost, "the connection to the kernel ended and could not be made again");
        let mut strikes = 0;
        let mut tries = 0;
        loop {
            let Some(result) = deadline.limits(self.dial_again()).await else { return Err(last) };
            let verdict = match result {
                Ok(()) => return Ok(()),
                Err(verdict) => verdict,
            };
            strikes = match verdict.hope {
                Hope::None => return Err(verdict.failure),
                Hope::Little if verdict.failure.outcome == last.outcome => strikes + 1,
                Hope::Little => 1,
                Hope::Good => 0,
            };
            last = verdict.failure;
            let pause = pause(&self.id, tries);
            if strikes >= STRIKES || Due::after(pause) >= deadline {
                return Err(last);
            }
            tokio::time::sleep(pause).await;
            tries += 1;
        }
    }

    async fn dial_again(&mut self) -> Result<(), Verdict> {
        match Socket::connect(&self.place.rest, &self.channels).await {
            Ok(socket) => {
                self.take(socket);
                Ok(())
            }
            Err(failure) => Err(self.diagnose(failure).await),
        }
    }

    /// Why the server does not connect.
    async fn diagnose(&self, failure: Failure) -> Verdict {
        if failure.outcome != Outcome::KernelStartFailed {
            return self.place.explain(failure, true).await;
        }
        let certain = |failure| Verdict { failure, hope: Hope::None };
        match self.place.look(&self.id).await {
            Seen::State(state) if state == "dead" => certain(dead()),
            // It may be starting its next process, which is known once it is connected.
            Seen::State(_) => Verdict { failure, hope: Hope::Good },
            Seen::Nothing => certain(self.place.explain_absence().await),
            Seen::Trouble(failure) => self.place.explain(failure, true).await,
        }
    }

    /// Puts a new connection in the place of the one that ended.
    fn take(&mut self, socket: Rc<Socket>) {
        socket.replaces(&self.socket);
        self.pump.abort();
        self.pump = tokio::task::spawn_local(Rc::clone(&socket).pump());
        self.socket = socket;
    }
}

pub(super) fn dead() -> Failure {
    Failure::new(Outcome::KernelDead, "the kernel died again and again, and its server gave it up")
}

/// 0.1 s doubling to 5 s, with jitter of half. The jitter is a function of kernel and try: what thousands of users lost at one time they
/// do not dial again at one time.
pub(super) fn pause(id: &str, tries: u32) -> Duration {
    let base = Duration::from_millis(100 << tries.min(6)).min(Duration::from_secs(5));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in id.bytes().chain(tries.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    base.mul_f64(0.5 + (hash >> 40) as f64 / (1 << 24) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_differ_between_kernels() {
        for tries in 0..40 {
            let base = Duration::from_millis(100 << tries.min(6)).min(Duration::from_secs(5));
            let pause = pause("a-kernel", tries);
            assert!(pause >= base / 2 && pause < base * 3 / 2, "{tries}: {pause:?}");
        }
        let firsts: std::collections::BTreeSet<_> = (0..100).map(|n| pause(&format!("kernel-{n}"), 0)).collect();
        assert!(firsts.len() > 90, "{} of 100", firsts.len());
    }
}
