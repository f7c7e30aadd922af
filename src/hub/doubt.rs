//! A kernel that says nothing: it may compute, or its connection may have gone silent, or its answer may be lost.
//!
//! The server is asked after 10 s of silence, then after twice as long each time, up to 160 s; a browser's tab asks every 10 s.
//!
//! | the server says of the kernel | next |
//! | --- | --- |
//! | busy | wait longer |
//! | idle, for the first time | the answer may be on its way: ask again soon |
//! | idle, a second time, on the first connection | the connection is silent: dial again |
//! | idle, and connected again, and its count is still that of the cell before | the request never came: send it again |
//! | idle, a fourth time | with the reply there: done; else its answer is lost |
//! | starting, restarting | it died |
//! | dead, or there is no such kernel | that is the outcome |
//! | there is no such server | that is the outcome |
//! | nothing, or that the token is not known any more | wait longer: the connection is open, and the cell may end well |

use super::execute::Running;
use super::kernel::died;
use super::place::{Hope, Seen};
use super::reconnect::dead;
use crate::event::{Failure, Outcome};
use std::time::Duration;

/// Silence after which the server is asked.
const LOOK_AFTER: Duration = Duration::from_secs(10);
/// Longest silence.
const LOOK_MAX: Duration = Duration::from_secs(160);
/// How long messages may be under way that the server has sent.
const SETTLE: Duration = Duration::from_secs(2);

/// How much a kernel's silence is doubted.
#[derive(Debug)]
pub(super) struct Doubt {
    pause: Duration,
    /// Messages that were heard at the last look.
    heard: u64,
    /// Looks in a row that found the kernel idle.
    idle: u32,
}

impl Default for Doubt {
    fn default() -> Self {
        Self { pause: LOOK_AFTER, heard: 0, idle: 0 }
    }
}

impl Doubt {
    /// Time until the next look.
    pub(super) fn pause(&self) -> Duration {
        self.pause
    }

    /// The connection is new: a look soon says whether there is something to wait for.
    pub(super) fn settle(&mut self, heard: u64) {
        self.pause = SETTLE;
        self.heard = heard;
    }

    fn busy(&mut self) {
        self.idle = 0;
        self.pause = (self.pause * 2).min(LOOK_MAX);
    }
}

impl Running<'_> {
    /// Looks why the kernel is silent, if it is. True if nothing more will come and nothing is missing.
    pub(super) async fn look(&mut self) -> Result<bool, Failure> {
        if self.heard != self.doubt.heard {
            self.doubt = Doubt { heard: self.heard, ..Doubt::default() };
            return Ok(false);
        }
        match self.kernel.place.look(&self.kernel.id).await {
            Seen::State(state) => match state.as_str() {
                "idle" => return self.idle().await,
                "dead" => return Err(dead()),
                "starting" | "restarting" | "autorestarting" => return Err(died()),
                _ => self.doubt.busy(),
            },
            Seen::Nothing => return Err(self.kernel.place.explain_absence().await),
            Seen::Trouble(failure) => {
                let verdict = self.kernel.place.explain(failure, true).await;
                if verdict.hope == Hope::None && verdict.failure.outcome == Outcome::ServerCulled {
                    return Err(verdict.failure);
                }
                self.doubt.busy();
            }
        }
        Ok(false)
    }

    async fn idle(&mut self) -> Result<bool, Failure> {
        self.doubt.idle += 1;
        self.doubt.pause = SETTLE;
        if self.doubt.idle == 2 && self.reconnected == 0 {
            return self.reconnect().await.map(|()| false);
        }
        if self.doubt.idle >= 2 && self.was_not_executed().await? {
            self.doubt = Doubt { heard: self.heard, ..Doubt::default() };
            return self.send().await.map(|()| false);
        }
        match self.doubt.idle {
            ..4 => Ok(false),
            _ if self.replied() => Ok(true),
            _ => {
                let text = "the kernel is idle and its answer did not come: it was lost with the connection";
                Err(Failure::new(Outcome::ConnectionLost, text))
            }
        }
    }
}
