//! Whether a run went on as it began: its first hour against its last, and steps in between.

mod compare;
mod courses;

use super::Facts;
use super::sample::Sample;
use crate::report::gather::seconds;
use crate::report::summary::Drift;
use compare::Period;

/// Loads of at least this are compared by hours, shorter ones by quarters; seconds.
const HOURS_FROM_S: f64 = 3.0 * 3600.0;
const HOUR_S: f64 = 3600.0;
/// Part of a load in which it gets going, and how long that takes at most, seconds.
const BEGINNING: f64 = 0.05;
const BEGINNING_MAX_S: f64 = 600.0;
/// Numbers of users that are further apart than this are not the same load.
const USERS_APART: f64 = 0.02;
/// Batches that a window is cut into, and how many there are at least.
const BATCHES: f64 = 12.0;
const BATCHES_MIN: f64 = 6.0;
/// A batch lasts this many times as long as 95 % of the tasks take at most: what one task holds up is in two batches then.
const TASKS_LONG: f64 = 2.0;

/// The comparison; `None` for a run whose load is too short for it.
pub(super) fn drift(facts: &Facts<'_>) -> Option<Drift> {
    let (from_s, to_s) = facts.load.map(|(from, to)| (seconds(from), seconds(to)))?;
    let load_s = to_s - from_s;
    if load_s <= 0.0 || facts.gathered.tasks.all.ok_in_load == 0 {
        return None;
    }
    let ready_s = facts.farm.iter().flat_map(|farm| &farm.spawns).map(|(_, ready_s)| *ready_s).fold(from_s, f64::max);
    let settled_s = (from_s + (BEGINNING * load_s).min(BEGINNING_MAX_S)).max(ready_s);
    let by_hours = load_s >= HOURS_FROM_S && to_s - settled_s >= 2.0 * HOUR_S;
    let window_s = if by_hours { HOUR_S } else { (to_s - settled_s) / 4.0 };
    let p95_s = Sample::of([&facts.gathered.tasks.executed]).observed(0.95)?;
    let batch_s = (window_s / BATCHES).max(TASKS_LONG * p95_s);
    if batch_s <= 0.0 || window_s < BATCHES_MIN * batch_s {
        return None;
    }
    let period = Period { first: (settled_s, settled_s + window_s), last: (to_s - window_s, to_s), by_hours, batch_s };
    let ns = |seconds: f64| (seconds.max(0.0) * 1e9) as u64;
    let users = |window: (f64, f64)| facts.gathered.users.mean(ns(window.0), ns(window.1));
    let (before, after) = (users(period.first), users(period.last));
    if (after - before).abs() > USERS_APART * before.max(after) {
        return Some(compare::incomparable(&period, before, after));
    }
    Some(compare::compare(&courses::courses(facts, (settled_s, to_s)), &period))
}
