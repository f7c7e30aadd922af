//! Executors: what starts iterations. All of these are closed models: a user iterates again when it is done.

use super::quantity::{duration_ns, duration_ns_opt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// One source of load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Executor {
    /// Key of the kind of user in the plan's users.
    pub user: String,
    /// Names of targets that the users are spread over in turn; empty for all targets, or where `nodes` says it.
    pub on: Vec<String>,
    /// Names of the farm's nodes that the users are spread over in turn. What the author wrote (a role, labels, a function) was
    /// applied when the scenario loaded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<String>,
    /// Most users on one node.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub per_node: u32,
    /// When it begins, from the start of the load.
    #[serde(with = "duration_ns")]
    pub start: Duration,
    /// How long a task under way may go on after the end, before it is interrupted.
    #[serde(with = "duration_ns")]
    pub graceful_stop: Duration,
    /// The author's own labels.
    pub tags: BTreeMap<String, String>,
    /// How many users, when.
    pub kind: ExecutorKind,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_one(per_node: &u32) -> bool {
    *per_node == 1
}

/// How many users an executor keeps, and until when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ExecutorKind {
    /// A fixed number of users for a time.
    ConstantUsers {
        /// How many.
        users: u32,
        /// How long.
        #[serde(with = "duration_ns")]
        duration: Duration,
        /// Whether servers and kernels are made ready first and all users released at once; the time counts from there.
        together: bool,
    },
    /// A number of users that follows stages, linearly within each.
    RampingUsers {
        /// Users at the beginning.
        from: u32,
        /// The stages, one after the other.
        stages: Vec<Stage>,
    },
    /// Each user does a fixed number of iterations.
    PerUserIterations {
        /// How many users.
        users: u32,
        /// Iterations of each.
        iterations: u32,
        /// Stop after this time even if iterations are left.
        #[serde(with = "duration_ns_opt")]
        at_most: Option<Duration>,
    },
}

/// One leg of a ramp.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Users at the end of the stage.
    pub users: u32,
    /// How long the stage takes; 0 jumps.
    #[serde(with = "duration_ns")]
    pub duration: Duration,
}

/// A time in which one user slot is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Index of the user in its executor.
    pub user: u32,
    /// From the executor's origin.
    pub from: Duration,
    /// From the executor's origin; `None` until the user's work is done.
    pub until: Option<Duration>,
}

impl Executor {
    /// Most users that are active at one time.
    #[must_use]
    pub fn users_max(&self) -> u32 {
        match &self.kind {
            ExecutorKind::ConstantUsers { users, .. } | ExecutorKind::PerUserIterations { users, .. } => *users,
            ExecutorKind::RampingUsers { from, stages } => stages.iter().map(|s| s.users).max().unwrap_or(0).max(*from),
        }
    }

    /// When it ends, from the start of the load; `None` if that depends on the work.
    #[must_use]
    pub fn end(&self) -> Option<Duration> {
        match &self.kind {
            ExecutorKind::ConstantUsers { duration, .. } => Some(self.start + *duration),
            ExecutorKind::RampingUsers { stages, .. } => {
                Some(self.start + stages.iter().map(|s| s.duration).sum::<Duration>())
            }
            ExecutorKind::PerUserIterations { at_most, .. } => at_most.map(|d| self.start + d),
        }
    }

    /// Users wanted at a time after the executor's origin (its start, or the barrier's release).
    #[must_use]
    pub fn users_at(&self, at: Duration) -> u32 {
        self.windows().iter().filter(|w| w.from <= at && w.until.is_none_or(|u| at < u)).count() as u32
    }

    /// When each user slot is active, sorted by start and slot. A slot that a ramp releases and takes up again has several windows.
    ///
    /// In a stage from `a` to `b` users over `d`, slot `k` (counted from 0) becomes active when the line reaches `k + 1`,
    /// at `(k + 1 − a) / (b − a) · d`, and is released when a falling line leaves `k + 1`.
    #[must_use]
    pub fn windows(&self) -> Vec<Window> {
        match &self.kind {
            ExecutorKind::ConstantUsers { users, duration, .. } => {
                (0..*users).map(|user| Window { user, from: Duration::ZERO, until: Some(*duration) }).collect()
            }
            ExecutorKind::PerUserIterations { users, at_most, .. } => {
                (0..*users).map(|user| Window { user, from: Duration::ZERO, until: *at_most }).collect()
            }
            ExecutorKind::RampingUsers { from, stages } => ramp_windows(*from, stages),
        }
    }
}

fn ramp_windows(from: u32, stages: &[Stage]) -> Vec<Window> {
    let mut open: BTreeMap<u32, Duration> = (0..from).map(|user| (user, Duration::ZERO)).collect();
    let mut done = Vec::new();
    let mut users = from;
    let mut origin = Duration::ZERO;
    for stage in stages {
        let step = |steps: u32, of: u32| stage.duration.mul_f64(f64::from(steps) / f64::from(of.max(1)));
        if stage.users > users {
            for slot in users..stage.users {
                open.insert(slot, origin + step(slot + 1 - users, stage.users - users));
            }
        } else {
            for slot in (stage.users..users).rev() {
                if let Some(start) = open.remove(&slot) {
                    let until = origin + step(users - 1 - slot, users - stage.users);
                    done.push(Window { user: slot, from: start, until: Some(until) });
                }
            }
        }
        users = stage.users;
        origin += stage.duration;
    }
    done.extend(open.into_iter().map(|(user, start)| Window { user, from: start, until: Some(origin) }));
    done.retain(|w| w.until.is_none_or(|u| u > w.from));
    done.sort_by_key(|w| (w.from, w.user));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(from: u32, stages: &[(u32, u64)]) -> Executor {
        let stages =
            stages.iter().map(|(users, s)| Stage { users: *users, duration: Duration::from_secs(*s) }).collect();
        Executor {
            user: "u".to_owned(),
            on: vec![],
            nodes: vec![],
            per_node: 1,
            start: Duration::ZERO,
            graceful_stop: Duration::from_secs(30),
            tags: BTreeMap::new(),
            kind: ExecutorKind::RampingUsers { from, stages },
        }
    }

    #[test]
    fn a_ramp_starts_users_when_the_line_reaches_them() {
        let executor = ramp(0, &[(4, 40), (4, 10), (0, 20)]);
        let starts: Vec<u64> = executor.windows().iter().map(|w| w.from.as_secs()).collect();
        assert_eq!(starts, [10, 20, 30, 40]);
        let ends: Vec<u64> = executor.windows().iter().map(|w| w.until.unwrap().as_secs()).collect();
        assert_eq!(ends, [65, 60, 55, 50]);
        assert_eq!(executor.users_at(Duration::from_secs(45)), 4);
        assert_eq!(executor.users_at(Duration::from_secs(52)), 3);
        assert_eq!(executor.users_at(Duration::from_secs(5)), 0);
        assert_eq!(executor.end(), Some(Duration::from_secs(70)));
    }

    #[test]
    fn a_slot_that_comes_back_has_two_windows() {
        let executor = ramp(2, &[(1, 0), (1, 10), (2, 0), (2, 10)]);
        let windows = executor.windows();
        assert_eq!(windows.len(), 2, "the first window of slot 1 has no length: {windows:?}");
        assert_eq!(executor.users_at(Duration::from_secs(5)), 1);
        assert_eq!(executor.users_at(Duration::from_secs(15)), 2);
        assert_eq!(executor.users_max(), 2);
    }
}
