//! One virtual user: logs in, iterates on an absolute schedule, leaves.
//!
//! | state | leaves it when | to |
//! | --- | --- | --- |
//! | away | its window begins | logging in |
//! | logging in | its server is ready | waiting, or the barrier |
//! | waiting | the iteration's scheduled time has come | iterating |
//! | iterating | the task ended or was interrupted | waiting |
//! | any | its window ended, its work is done, or the run stops | leaving |
//! | leaving | kernels and server are closed | away |

mod habits;
mod own;

use super::context::Context;
use super::executor::Barrier;
use super::own::{ErrorsInARow, OwnUser};
use super::placement::Seat;
use super::session::Session;
use super::stop::StopLevel;
use super::task;
use crate::clock::Purpose;
use crate::event::{EventKind, Failure, Outcome, TaskId, UserId};
use crate::plan::{Executor, ExecutorKind, Placement, UserSpec, Window};
use std::rc::Rc;
use std::time::Duration;

/// After this many failed logins in a row a user gives up. Those that an outage or the hub's own limits refuse do not count.
const LOGINS_MAX: u32 = 10;
/// Longest pause after failures of the system under test.
const BACKOFF_MAX_S: f64 = 60.0;

/// A user slot of an executor.
pub(super) struct User {
    context: Rc<Context>,
    id: UserId,
    name: String,
    placement: Placement,
    /// A server that was started for it before the load, or that it did not log out of.
    started: Option<Session>,
    /// Whether it did not log out when its last window was over.
    stays: bool,
    spec: Rc<UserSpec>,
    executor: Rc<Executor>,
    /// Iterations begun so far, over all windows.
    n: u64,
    /// Failures in a row that were not the notebook's own.
    troubles: u32,
    /// What does the author's functions, in the place of a mix.
    own: Option<OwnUser>,
    /// Script errors in a row of all users of the executor.
    errors: Rc<ErrorsInARow>,
}

/// When the current window ends, in nanoseconds of the run's clock.
#[derive(Clone, Copy)]
struct Bounds {
    until_ns: Option<u64>,
    graceful: Duration,
}

impl User {
    pub(super) fn new(
        context: &Rc<Context>,
        seat: Seat,
        spec: &Rc<UserSpec>,
        executor: &Rc<Executor>,
        errors: &Rc<ErrorsInARow>,
    ) -> Self {
        let Seat { placement, session } = seat;
        let id = UserId { executor: placement.executor.as_str().into(), index: placement.user };
        Self {
            context: Rc::clone(context),
            own: OwnUser::new(&id, &placement, &context.plan, spec),
            errors: Rc::clone(errors),
            name: id.to_string(),
            id,
            placement,
            started: session,
            stays: false,
            spec: Rc::clone(spec),
            executor: Rc::clone(executor),
            n: 0,
            troubles: 0,
        }
    }

    /// Lives through the slot's windows, counted from `origin_ns`, or from the barrier's release where there is one.
    pub(super) async fn run(mut self, windows: Vec<Window>, origin_ns: u64, barrier: Option<Rc<Barrier>>) {
        for (number, window) in (0..).zip(windows) {
            let from_ns = origin_ns + window.from.as_nanos() as u64;
            let context = Rc::clone(&self.context);
            let stopped = tokio::select! { biased;
                () = context.stop.reached(StopLevel::Graceful) => true,
                () = context.clock.sleep_until(from_ns) => false,
            };
            if stopped {
                break;
            }
            // Behind a barrier the window begins with the release, so it cannot have ended yet.
            let until = window.until.filter(|_| barrier.is_none());
            if !self.let_in(until.map(|until| origin_ns + until.as_nanos() as u64)).await {
                continue;
            }
            let session = self.started.take().or_else(|| Session::new(&context, &self.id, &self.placement));
            let Some(mut session) = session else { return };
            let target = self.placement.target.clone();
            let account = session.account().to_owned();
            context.emit.event(&self.id, EventKind::UserStarted { target, account }).await;
            self.stay(&mut session, window, origin_ns, barrier.as_deref()).await;
            self.stays = self.stays_on(&session, number).await;
            if self.stays {
                context.emit.event(&self.id, EventKind::UserEnded).await;
                self.started = Some(session);
                continue;
            }
            self.leave(&mut session).await;
            // What did not stop has an event, and the end of the run removes it.
            let _ = session.close(&context).await;
            context.emit.event(&self.id, EventKind::UserEnded).await;
        }
        match self.started.take() {
            Some(session) if self.stays => self.context.staying.borrow_mut().push(session),
            // The run stopped before this user's time.
            Some(mut session) => drop(session.close(&self.context).await),
            None => {}
        }
    }

    /// Waits while an objective adds no users. False if the window ends or the run stops meanwhile.
    async fn let_in(&self, until_ns: Option<u64>) -> bool {
        let over = async {
            match until_ns {
                Some(until_ns) => self.context.clock.sleep_until(until_ns).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { biased;
            () = self.context.stop.reached(StopLevel::Graceful) => false,
            () = self.context.thresholds.room() => true,
            () = over => false,
        }
    }

    async fn stay(&mut self, session: &mut Session, window: Window, origin_ns: u64, barrier: Option<&Barrier>) {
        let context = Rc::clone(&self.context);
        let graceful = self.executor.graceful_stop;
        let bounds = |origin_ns: u64| Bounds {
            until_ns: window.until.map(|until| origin_ns + until.as_nanos() as u64),
            graceful,
        };
        // Before a barrier's release the window's end is not known yet.
        let first = if barrier.is_some() { Bounds { until_ns: None, ..bounds(origin_ns) } } else { bounds(origin_ns) };
        let mut origin_ns = origin_ns;
        if let Some(barrier) = barrier {
            let ready = self.prepare(session).await;
            match barrier.arrive(ready, &context).await {
                Some(released_ns) => origin_ns = released_ns,
                None => return,
            }
        } else if !self.log_in(session, first).await {
            return;
        }
        let bounds = bounds(origin_ns);
        self.iterate(session, bounds).await;
    }

    /// Before a barrier: one try to have server and kernels ready. Failing that, the user logs in again after the release.
    async fn prepare(&mut self, session: &mut Session) -> bool {
        let context = Rc::clone(&self.context);
        let ready = async {
            self.enter(session).await?;
            for spec in self.kernel_specs() {
                session.kernel(&context, &spec).await?;
            }
            Ok::<(), Failure>(())
        };
        tokio::select! { biased;
            () = context.stop.reached(StopLevel::Hard) => false,
            ready = ready => ready.is_ok(),
        }
    }

    fn kernel_specs(&self) -> Vec<String> {
        let plan = &self.context.plan;
        let mut specs: Vec<String> = self
            .spec
            .mix
            .iter()
            .filter(|entry| entry.weight > 0.0)
            .filter_map(|entry| plan.notebooks.get(&entry.notebook).map(|n| n.kernel.clone()))
            .collect();
        specs.sort();
        specs.dedup();
        specs
    }

    /// Starts the server, again after a pause where that fails. False if the window or the user's patience ended first.
    async fn log_in(&mut self, session: &mut Session, bounds: Bounds) -> bool {
        let context = Rc::clone(&self.context);
        let mut failed = 0;
        while failed < LOGINS_MAX {
            let result = tokio::select! { biased;
                () = no_more(&context, bounds) => return false,
                result = self.enter(session) => result,
            };
            match result {
                Ok(()) => {
                    self.troubles = 0;
                    return true;
                }
                Err(failure) => {
                    // Who is asked to come again, or meets an outage, has not failed.
                    failed += u32::from(!failure.outcome.holds());
                    if !self.has_work() || !self.back_off(&failure, bounds).await {
                        return false;
                    }
                }
            }
        }
        let text = format!("user {} gave up after {LOGINS_MAX} failed logins in a row", self.name);
        context.emit.event(&self.id, EventKind::Degraded { component: "user".to_owned(), text, paused: false }).await;
        false
    }

    /// Waits after a failure that was not the notebook's own: 1 s, doubling up to a minute, with jitter of half, and not less than
    /// the hub asked for. False if the window ended meanwhile.
    async fn back_off(&mut self, failure: &Failure, bounds: Bounds) -> bool {
        let context = Rc::clone(&self.context);
        self.troubles += 1;
        let base = 2f64.powi(self.troubles.min(10) as i32 - 1).min(BACKOFF_MAX_S);
        let jitter = context.chance.stream(Purpose::Retry, &self.name, u64::from(self.troubles) << 32 | self.n).unit();
        let asked = failure.retry_after_s.map_or(0.0, f64::from);
        let pause = Duration::from_secs_f64((base * (0.5 + jitter)).max(asked));
        tokio::select! { biased;
            () = no_more(&context, bounds) => false,
            () = context.clock.sleep(pause) => true,
        }
    }

    async fn iterate(&mut self, session: &mut Session, bounds: Bounds) {
        if self.own.is_some() {
            return self.iterate_own(session, bounds).await;
        }
        let context = Rc::clone(&self.context);
        let mut scheduled_ns = context.clock.now_ns();
        let mut in_session = 0;
        while self.has_work() {
            if !self.is_ready_at(scheduled_ns, session, bounds).await {
                return;
            }
            self.n += 1;
            let outcome = self.iteration(session, scheduled_ns, bounds).await;
            in_session += 1;
            let is_over = in_session >= self.spec.notebooks_per_session;
            if self.put_down(session, outcome, is_over, bounds).await {
                in_session = 0;
            }
            if !outcome.pauses() {
                self.troubles = 0;
            } else if !self.back_off(&Failure::new(outcome, ""), bounds).await {
                return;
            }
            scheduled_ns = self.next_start(scheduled_ns).await;
        }
    }

    /// Waits until an iteration is due and sees to it that the user can begin it. False if its window or its patience ended first.
    async fn is_ready_at(&mut self, scheduled_ns: u64, session: &mut Session, bounds: Bounds) -> bool {
        let waited = tokio::select! { biased;
            () = no_more(&self.context, bounds) => false,
            () = self.context.clock.sleep_until(scheduled_ns) => true,
        };
        let is_in = self.own.as_ref().map_or_else(|| session.running(), |own| own.entered);
        waited && (is_in || self.log_in(session, bounds).await)
    }

    fn has_work(&self) -> bool {
        if self.errors.paused() {
            return false;
        }
        match self.executor.kind {
            ExecutorKind::PerUserIterations { iterations, .. } => self.n < u64::from(iterations),
            _ => true,
        }
    }

    /// When the next iteration is due. Think time counts from the end of the last one; pacing from its scheduled start, and starts
    /// that are past by more than a whole pace are dropped and counted.
    async fn next_start(&mut self, scheduled_ns: u64) -> u64 {
        let context = &self.context;
        let now = context.clock.now_ns();
        let mut think = context.chance.stream(Purpose::Think, &self.name, self.n);
        // Users of the author's own think where their code says so.
        let rest = if self.own.is_some() { &crate::plan::Distribution::ZERO } else { &self.spec.think };
        let rested_ns = now + think.duration(rest).as_nanos() as u64;
        let Some(pacing) = &self.spec.pacing else { return rested_ns };
        let mut stream = context.chance.stream(Purpose::Pace, &self.name, self.n);
        let mut next_ns = scheduled_ns + stream.duration(pacing).as_nanos() as u64;
        let mut dropped = 0;
        loop {
            let after = next_ns + stream.duration(pacing).as_nanos() as u64;
            if after > now || after == next_ns {
                break;
            }
            next_ns = after;
            dropped += 1;
        }
        if dropped > 0 {
            let reason = "the iteration before took longer than the pacing".to_owned();
            context.emit.event(&self.id, EventKind::IterationDropped { count: dropped, reason }).await;
        }
        // A late start keeps its scheduled time, so that its response time says how late it was.
        if rested_ns > next_ns && *rest != crate::plan::Distribution::ZERO { rested_ns } else { next_ns }
    }

    async fn iteration(&mut self, session: &mut Session, scheduled_ns: u64, bounds: Bounds) -> Outcome {
        let context = Rc::clone(&self.context);
        let id = self.iteration_id();
        let started_ns = context.clock.now_ns();
        context.emit.event(&id, EventKind::IterationStarted { scheduled_ns }).await;
        let mut stream = context.chance.stream(Purpose::Mix, &self.name, self.n);
        let drawn = stream.weighted(self.spec.mix.iter().map(|entry| entry.weight));
        let outcome = match self.spec.mix.get(drawn) {
            Some(entry) => {
                let cut = interruption(&context, bounds);
                let task = TaskId { iteration: id.clone(), k: 1 };
                let whims = self.whims();
                let first = task::run(&context, task, &entry.notebook, scheduled_ns, &whims, session, cut).await;
                self.go_on(session, &id, &entry.notebook, first, bounds).await
            }
            None => Outcome::Unknown,
        };
        context.emit.event(&id, EventKind::IterationEnded { scheduled_ns, started_ns, outcome }).await;
        outcome
    }
}

/// Resolves when no new iteration may start: the window is over or the run stops.
async fn no_more(context: &Context, bounds: Bounds) {
    let over = async {
        match bounds.until_ns {
            Some(until_ns) => context.clock.sleep_until(until_ns).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! { biased;
        () = context.stop.reached(StopLevel::Graceful) => {}
        () = over => {}
    }
}

/// Resolves when a task under way must be interrupted: the grace after the window's end or after a graceful stop is used up, or the
/// run stops at once.
async fn interruption(context: &Context, bounds: Bounds) {
    let graceful = async {
        no_more(context, bounds).await;
        context.clock.sleep(bounds.graceful).await;
    };
    tokio::select! { biased;
        () = context.stop.reached(StopLevel::Hard) => {}
        () = graceful => {}
    }
}
