//! Progress of a run: a few lines that redraw themselves on a terminal, one plain line every ten seconds elsewhere. Warnings and
//! errors of the log stand above them when they come.

mod lines;
mod live_log;
mod screen;

pub(crate) use lines::millis;
pub(crate) use screen::width;

use super::style::Style;
use crate::clock::Clock;
use crate::engine::{LiveView, Stop};
use crate::event::{Level, Phase};
use crate::plan::Plan;
use lines::Moment;
use live_log::LiveLog;
use screen::Screen;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How often the lines are drawn on a terminal.
const REDRAW: Duration = Duration::from_millis(250);
/// How often it is looked for news without one.
const LOOK: Duration = Duration::from_secs(1);
/// How often a plain line is printed without one.
const PLAIN: Duration = Duration::from_secs(10);

/// What progress is shown of, and where.
pub(crate) struct Shown {
    pub(crate) plan: Rc<Plan>,
    pub(crate) clock: Clock,
    pub(crate) view: watch::Receiver<LiveView>,
    pub(crate) stop: Stop,
    /// Number of the last event that is safely in the store.
    pub(crate) kept: Arc<AtomicU64>,
    pub(crate) terminal: bool,
    pub(crate) style: Style,
    /// JSON lines instead of text.
    pub(crate) json: bool,
    /// Least level of the log's lines that are shown.
    pub(crate) log: Level,
}

/// The progress of a run. Dropping it leaves the terminal clean.
pub(crate) struct Progress {
    of: Shown,
    screen: Screen,
    log: LiveLog,
    phase: Option<Phase>,
    /// When the next plain line is due, nanoseconds of the run's clock.
    due_ns: u64,
    /// Number of the event of the last failure that a plain line told of.
    failure: u64,
}

impl Progress {
    pub(crate) fn new(of: Shown) -> Self {
        let screen = Screen::new(of.terminal && !of.json);
        let log = LiveLog::new(of.log);
        Self { of, screen, log, phase: None, due_ns: 0, failure: 0 }
    }

    /// Shows progress until it is dropped.
    pub(crate) async fn show(&mut self) {
        loop {
            self.of.clock.sleep(if self.screen.redraws() { REDRAW } else { LOOK }).await;
            self.look();
        }
    }

    /// Shows what came since the last look and leaves the terminal clean.
    pub(crate) fn finish(mut self) {
        let view = self.of.view.borrow().clone();
        let mut news = self.news(&view);
        if !self.of.json {
            news.extend(self.log.missed().map(|text| self.of.style.dim(&text)));
        }
        self.screen.draw(&news, &[]);
    }

    fn look(&mut self) {
        let view = self.of.view.borrow().clone();
        let mut news = self.news(&view);
        let (now_ns, stop) = (self.of.clock.now_ns(), self.of.stop.level());
        let moment = Moment { plan: &self.of.plan, view: &view, now_ns, stop };
        if self.screen.redraws() {
            return self.screen.draw(&news, &moment.screen(self.of.style));
        }
        if view.phase != self.phase || now_ns >= self.due_ns {
            self.phase = view.phase;
            self.due_ns = now_ns + PLAIN.as_nanos() as u64;
            if self.of.json {
                news.push(moment.json(self.of.kept.load(Ordering::Acquire)));
            } else {
                news.push(moment.plain());
                if let Some((seq, line)) = moment.new_failure(self.failure) {
                    self.failure = seq;
                    news.push(line);
                }
            }
        }
        self.screen.draw(&news, &[]);
    }

    /// Lines of the log that nobody has seen yet.
    fn news(&mut self, view: &LiveView) -> Vec<String> {
        if self.of.json { self.log.json(&view.log) } else { self.log.lines(&view.log, self.of.style) }
    }
}
