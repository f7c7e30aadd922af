//! Throughput against load, where a scenario holds several numbers of users one after the other.

use super::Facts;
use super::resources::resources;
use crate::plan::{ExecutorKind, Stage};
use crate::report::gather::seconds;
use crate::report::summary::{Figure, Level, Scalability, ScalabilityLaw, Unit};
use crate::report::words;
use crate::stats::{fit_usl, throughput_bound};

/// Part of a level in which its users come.
const COMING: f64 = 0.2;

/// The levels of the only executor; `None` where there are several, or fewer than two levels with tasks.
pub(super) fn scalability(facts: &Facts<'_>) -> Option<Scalability> {
    let mut executors = facts.manifest.plan.load.values();
    let (Some(executor), None) = (executors.next(), executors.next()) else { return None };
    let ExecutorKind::RampingUsers { from, stages } = &executor.kind else { return None };
    let began_s = seconds(facts.load?.0) + executor.start.as_secs_f64();
    let ended_s = seconds(facts.load?.1);
    let mut levels: Vec<Level> = held(*from, stages)
        .into_iter()
        .filter(|(_, _, to)| began_s + to <= ended_s + 1.0)
        .filter_map(|(users, from, to)| level(facts, users, began_s + from + COMING * (to - from), began_s + to))
        .collect();
    let fewest = levels.iter().min_by_key(|level| level.users).map(|level| (level.users, each(level)))?;
    let busiest = resources(facts).into_iter().map(|one| 60.0 / one.at_most_per_minute);
    let demand_s = busiest.max_by(f64::total_cmp);
    for level in &mut levels {
        level.efficiency = Some(each(level) / fewest.1);
        // A user's time for a task and the thinking after it, as long as nobody is in the way, is 1/X(1).
        let alone_s = 60.0 / fewest.1;
        level.at_most_per_minute =
            demand_s.map(|demand_s| throughput_bound(f64::from(level.users), alone_s, 0.0, Some(demand_s)) * 60.0);
    }
    let mut users: Vec<u32> = levels.iter().map(|level| level.users).collect();
    users.sort_unstable();
    users.dedup();
    if users.len() < 2 {
        return None;
    }
    let points: Vec<(f64, f64)> = levels.iter().map(|level| (f64::from(level.users), rate(level))).collect();
    let law = fit_usl(&points).map(|law| ScalabilityLaw {
        alone_per_minute: law.alone,
        contention: law.contention,
        coherency: law.coherency,
        explained: law.explained,
        peak_users: law.peak(),
    });
    let says = says(&levels, law.as_ref());
    Some(Scalability { levels, law, says })
}

/// Stretches in which the number of users stays: users, from, to; seconds from the executor's start.
fn held(from: u32, stages: &[Stage]) -> Vec<(u32, f64, f64)> {
    let (mut users, mut at) = (from, 0.0);
    let mut held = Vec::new();
    for stage in stages {
        let lasts = stage.duration.as_secs_f64();
        if stage.users == users && users > 0 && lasts > 0.0 {
            held.push((users, at, at + lasts));
        }
        (users, at) = (stage.users, at + lasts);
    }
    held
}

fn level(facts: &Facts<'_>, users: u32, from_s: f64, to_s: f64) -> Option<Level> {
    let over_time = &facts.gathered.tasks.over_time;
    let width_s = seconds(over_time.width());
    let cells = over_time.cells().iter().enumerate();
    let inside = cells.filter(|(index, _)| (from_s..to_s).contains(&((*index as f64 + 0.5) * width_s)));
    let tasks: u64 = inside.map(|(_, cell)| cell.ok).sum();
    let per_minute = Figure::exact(Unit::PerMinute, tasks as f64 * 60.0 / (to_s - from_s), tasks);
    (tasks > 0).then_some(Level { users, from_s, to_s, tasks, per_minute, efficiency: None, at_most_per_minute: None })
}

fn rate(level: &Level) -> f64 {
    level.per_minute.value.unwrap_or(0.0)
}

/// Throughput of each user.
fn each(level: &Level) -> f64 {
    rate(level) / f64::from(level.users)
}

fn says(levels: &[Level], law: Option<&ScalabilityLaw>) -> String {
    let most = levels.iter().max_by_key(|level| level.users);
    let share = most.and_then(|level| level.efficiency).unwrap_or(1.0);
    let users = most.map_or(0, |level| level.users);
    let mut text = format!(
        "With {} each completed {} of what each of the fewest did",
        words::counted(u64::from(users), "user"),
        words::percent(share)
    );
    match law {
        Some(ScalabilityLaw { peak_users: Some(peak), .. }) if *peak < 10.0 * f64::from(users) => {
            text.push_str(&format!("; the fitted law peaks at {} users", words::number(peak.floor())));
        }
        Some(_) => text.push_str("; the fitted law has no peak in reach"),
        None => text.push_str("; a law is fitted from four numbers of users on"),
    }
    text + "."
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn levels_are_where_the_number_of_users_stays() {
        let stage = |users, seconds| Stage { users, duration: Duration::from_secs(seconds) };
        let stages = [stage(1, 0), stage(1, 60), stage(4, 30), stage(4, 60), stage(0, 10), stage(0, 5)];
        assert_eq!(held(0, &stages), [(1, 0.0, 60.0), (4, 90.0, 150.0)]);
    }
}
