//! What a run does over and over: tasks, or the iterations of users of the author's own.

use super::Facts;
use crate::report::gather::{Ended, Tally};
use crate::report::summary::TaskDot;
use crate::stats::Buckets;

/// One kind of work, over time.
#[derive(Clone, Copy)]
pub(super) struct Pace<'g> {
    /// How long each took.
    pub(super) times: &'g Tally,
    pub(super) over_time: &'g Buckets<Ended>,
    /// Each of them, while they are few.
    pub(super) dots: &'g [TaskDot],
    /// Those that were completed within the load.
    pub(super) ok_in_load: u64,
    /// What one is called.
    pub(super) noun: &'static str,
}

impl Facts<'_> {
    /// Tasks: notebooks that were executed.
    pub(super) fn tasks(&self) -> Pace<'_> {
        let tasks = &self.gathered.tasks;
        Pace {
            times: &tasks.all.service,
            over_time: &tasks.over_time,
            dots: &tasks.dots,
            ok_in_load: tasks.all.ok_in_load,
            noun: "task",
        }
    }

    /// Iterations of users of the author's own, without those that were cut short.
    pub(super) fn iterations(&self) -> Pace<'_> {
        let iterations = &self.gathered.iterations;
        Pace {
            times: &iterations.own_times,
            over_time: &iterations.over_time,
            dots: &iterations.dots,
            ok_in_load: iterations.ok_in_load,
            noun: "iteration",
        }
    }

    /// Whether figures of tasks mean something: there were some, or some users have nothing else to do.
    pub(super) fn has_tasks(&self) -> bool {
        let plan = &self.manifest.plan;
        let mut users = plan.load.values().filter_map(|executor| plan.users.get(&executor.user));
        self.gathered.tasks.begun > 0 || users.any(|user| user.behaviour.is_none())
    }

    /// Whether there are users of the author's own.
    pub(super) fn has_own_users(&self) -> bool {
        !self.gathered.iterations.own.is_empty()
    }

    /// What the run is judged by as a whole: its tasks, or its iterations where no task ended and iterations are the author's own.
    pub(super) fn work(&self) -> Pace<'_> {
        let tasks = self.tasks();
        if tasks.times.count() == 0 && self.has_own_users() { self.iterations() } else { tasks }
    }
}
