//! How a run looks right now, in words: pure functions of the view and a time.

use crate::cli::style::{Style, plain};
use crate::engine::{Count, LiveView, Recent, StopLevel};
use crate::event::{Ids, Phase, ThresholdRecord, ThresholdState};
use crate::plan::quantity::format_duration;
use crate::plan::{ExecutorKind, Plan};
use std::time::Duration;

/// Hubs that have a line of their own.
const HUBS: usize = 5;

/// A run at a time.
pub(super) struct Moment<'m> {
    pub(super) plan: &'m Plan,
    pub(super) view: &'m LiveView,
    /// Nanoseconds of the run's clock.
    pub(super) now_ns: u64,
    pub(super) stop: StopLevel,
}

/// What is known about how long a run still takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// The plan does not fix it.
    Unknown,
    /// Until the load ends.
    Load(Duration),
    /// No iteration begins any more; those under way may end within this.
    Ending(Duration),
    /// They were told to end at once, which takes as long as hubs take to stop servers.
    Now,
}

impl Left {
    fn words(&self) -> Option<String> {
        match self {
            Left::Unknown => None,
            Left::Load(left) => Some(format!("{} left", format_duration(*left))),
            Left::Ending(Duration::ZERO) | Left::Now => Some("closing kernels and servers".to_owned()),
            Left::Ending(left) => Some(format!("what is under way may end within {}", format_duration(*left))),
        }
    }

    /// At most this many nanoseconds, where it is known.
    fn ns(&self) -> Option<u64> {
        match self {
            Left::Unknown | Left::Now => None,
            Left::Load(left) | Left::Ending(left) => Some(left.as_nanos() as u64),
        }
    }
}

impl Moment<'_> {
    /// Nanoseconds of load so far.
    fn so_far_ns(&self) -> u64 {
        let from = self.view.released_ns.or(self.view.load_from_ns);
        from.map_or(0, |from| self.now_ns.saturating_sub(from))
    }

    /// Iterations that the plan asks for in all, where it asks for a number and not for a time.
    fn iterations_wanted(&self) -> Option<u64> {
        self.plan.load.values().try_fold(0, |sum, executor| match executor.kind {
            ExecutorKind::PerUserIterations { users, iterations, .. } => {
                Some(sum + u64::from(users) * u64::from(iterations))
            }
            _ => None,
        })
    }

    /// Nanoseconds of load that the plan fixes.
    fn whole_ns(&self) -> Option<u64> {
        let fixed = self.iterations_wanted().is_none();
        self.plan.length().filter(|_| fixed).map(|length| length.as_nanos() as u64)
    }

    pub(super) fn left(&self) -> Left {
        let grace = self.plan.load.values().map(|executor| executor.graceful_stop).max().unwrap_or_default();
        let grace_ns = grace.as_nanos() as u64;
        match (self.view.phase, self.stop) {
            (Some(Phase::Load | Phase::Drain), StopLevel::Hard) => Left::Now,
            (Some(Phase::Load | Phase::Drain), StopLevel::Graceful) => {
                let since = self.view.stop_from_ns.map_or(0, |from| self.now_ns.saturating_sub(from));
                Left::Ending(seconds(grace_ns.saturating_sub(since)))
            }
            (Some(Phase::Load), StopLevel::Go) => match (self.whole_ns(), self.so_far_ns()) {
                (None, _) => Left::Unknown,
                (Some(whole), so_far) if so_far < whole => Left::Load(seconds(whole - so_far)),
                (Some(whole), so_far) => Left::Ending(seconds((whole + grace_ns).saturating_sub(so_far))),
            },
            _ => Left::Unknown,
        }
    }

    /// How much of the load is done, from 0 to 1, where that is known.
    fn share(&self) -> Option<f64> {
        let share = match (self.iterations_wanted(), self.whole_ns()) {
            (Some(wanted), _) => self.view.iterations.all() as f64 / wanted.max(1) as f64,
            (None, Some(whole)) => self.so_far_ns() as f64 / whole.max(1) as f64,
            (None, None) => return None,
        };
        Some(share.clamp(0.0, 1.0))
    }

    fn phase(&self) -> &'static str {
        match (self.view.phase, self.stop) {
            (None, _) => "starting",
            (Some(Phase::Setup), StopLevel::Go) => "setting up",
            (Some(Phase::Load), StopLevel::Go) if matches!(self.left(), Left::Ending(_)) => "ending",
            (Some(Phase::Load), StopLevel::Go) => "under load",
            (Some(Phase::Setup | Phase::Load | Phase::Drain), _) => "stopping",
            (Some(Phase::Teardown), _) => "cleaning up",
        }
    }

    /// Whether tasks are worth a word: where all users are of the author's own there may be none.
    fn has_tasks(&self) -> bool {
        self.view.tasks.all() > 0 || self.view.tasks_running > 0 || !self.has_own()
    }

    /// Whether iterations are: those of users with a mix are their tasks.
    fn has_own(&self) -> bool {
        self.plan.users.values().any(|user| user.behaviour.is_some())
    }

    /// One line for a file.
    pub(super) fn plain(&self) -> String {
        let view = self.view;
        let now = format_duration(seconds(self.now_ns));
        let mut parts = vec![format!("{now} {}: {} users", self.phase(), view.users)];
        if self.has_tasks() {
            parts.push(format!("{} tasks done, {} failed", view.tasks.ok, view.tasks.failed));
            parts.extend(view.task_times.quantile_ns(0.5).map(|p50| format!("task p50 {}", millis(p50))));
        }
        if self.has_own() {
            parts.push(format!("{} iterations done, {} failed", view.iterations.ok, view.iterations.failed));
            parts.extend((view.steps.failed > 0).then(|| format!("{} steps failed", view.steps.failed)));
            parts.extend((view.checks.all() > 0).then(|| checks(view.checks)));
            let p50 = view.iteration_times.quantile_ns(0.5);
            parts.extend(p50.map(|p50| format!("iteration p50 {}", millis(p50))));
        }
        parts.extend((view.dropped > 0).then(|| format!("{} dropped", view.dropped)));
        parts.extend(self.broken().map(|record| record.to_string()));
        parts.extend(self.left().words());
        parts.join(", ")
    }

    /// Objectives that are broken now.
    fn broken(&self) -> impl Iterator<Item = &ThresholdRecord> {
        self.view.thresholds.values().filter(|record| record.state == ThresholdState::Broken)
    }

    /// One JSON object for a program.
    pub(super) fn json(&self, kept: u64) -> String {
        let view = self.view;
        serde_json::json!({
            "progress": {
                "t_ns": self.now_ns,
                "phase": self.phase(),
                "users": view.users,
                "tasks_completed": view.tasks.ok,
                "tasks_failed": view.tasks.failed,
                "iterations_completed": view.iterations.ok,
                "iterations_failed": view.iterations.failed,
                "iterations_dropped": view.dropped,
                "steps_completed": view.steps.ok,
                "steps_failed": view.steps.failed,
                "checks_held": view.checks.ok,
                "checks_failed": view.checks.failed,
                "last_failure": view.last_failure.as_ref().map(|last| serde_json::json!({
                    "t_ns": last.t_ns, "ids": last.ids, "text": last.text,
                })),
                "thresholds_broken": self.broken().map(|record| &record.threshold).collect::<Vec<_>>(),
                "left_ns": self.left().ns(),
                "events": view.seq,
                "events_kept": kept,
            }
        })
        .to_string()
    }

    /// The lines that redraw themselves.
    pub(super) fn screen(&self, style: Style) -> Vec<String> {
        let view = self.view;
        let mut first = vec![style.bold(self.phase())];
        first.extend(self.share().map(|share| style.cyan(&bar(share, 28))));
        first.push(format_duration(seconds(self.so_far_ns())));
        if let Some(wanted) = self.iterations_wanted() {
            first.push(style.dim(&format!("{} of {wanted} iterations", view.iterations.all())));
        }
        let again = if self.stop == StopLevel::Graceful { "; Ctrl-C stops at once" } else { "" };
        first.extend(self.left().words().map(|left| style.dim(&format!("{left}{again}"))));
        let mut lines = vec![first.join(" ")];
        let failed = |count: Count| {
            let text = format!("{} failed", count.failed);
            if count.failed > 0 { style.red(&text) } else { style.dim(&text) }
        };
        let mut second = format!("  users {}", view.users);
        if self.has_tasks() {
            second.push_str(&format!("  tasks {} done, {} under way, ", view.tasks.ok, view.tasks_running));
            second.push_str(&format!("{}  rate {}", failed(view.tasks), self.rate(&view.task_times)));
        }
        lines.push(second);
        if self.has_tasks() {
            lines.push(times("task", &view.task_times, style));
        }
        if self.has_own() {
            let (iterations, rate) = (view.iterations, self.rate(&view.iteration_times));
            lines.push(format!("  iterations {} done, {}  rate {rate}", iterations.ok, failed(iterations)));
            lines.push(times("iteration", &view.iteration_times, style));
            let mut own = Vec::new();
            own.extend((view.steps.all() > 0).then(|| format!("steps {} done, {}", view.steps.ok, failed(view.steps))));
            if view.checks.all() > 0 {
                let text = checks(view.checks);
                own.push(if view.checks.failed > 0 { style.red(&text) } else { text });
            }
            lines.extend((!own.is_empty()).then(|| format!("  {}", own.join("  "))));
        }
        if view.dropped > 0 {
            lines.push(format!("  {}", style.yellow(&format!("{} iterations could not start in time", view.dropped))));
        }
        lines.extend(self.broken().map(|record| format!("  {}", style.red(&record.to_string()))));
        self.hubs(style, &mut lines);
        if let Some(last) = &view.last_failure {
            let ago = format_duration(seconds(self.now_ns.saturating_sub(last.t_ns)));
            lines.push(format!("  {} {}", style.yellow("last failure"), ago_of(&last.ids, &ago).trim_end()));
            lines.push(format!("    {}", first_line(&last.text)));
        }
        if let Some(mark) = &view.mark {
            lines.push(format!("  {} {}", style.yellow("mark"), first_line(mark)));
        }
        lines
    }

    fn rate(&self, recent: &Recent) -> String {
        recent.rate_per_min(self.now_ns).map_or("–".to_owned(), |rate| format!("{rate:.1}/min"))
    }

    fn hubs(&self, style: Style, lines: &mut Vec<String>) {
        for (name, hub) in self.view.hubs.iter().take(HUBS) {
            let mut line = format!("  {name}: {} servers, {} kernels", hub.servers, hub.kernels);
            if hub.spawns_failed > 0 {
                line.push_str(&format!(", {}", style.red(&format!("{} spawns failed", hub.spawns_failed))));
            }
            lines.push(line);
        }
        if let Some(more @ 1..) = self.view.hubs.len().checked_sub(HUBS) {
            lines.push(style.dim(&format!("  … and {more} more hubs and servers")));
        }
    }

    /// The last failure, where it came after an event's number, with that number.
    pub(super) fn new_failure(&self, after: u64) -> Option<(u64, String)> {
        let last = self.view.last_failure.as_ref().filter(|last| last.seq > after)?;
        let ago = format_duration(seconds(self.now_ns.saturating_sub(last.t_ns)));
        Some((last.seq, format!("  last failure {}{}", ago_of(&last.ids, &ago), first_line(&last.text))))
    }
}

/// `12s ago by agents/3#2: `.
fn ago_of(ids: &Ids, ago: &str) -> String {
    let who = ids.to_string();
    if who.is_empty() { format!("{ago} ago: ") } else { format!("{ago} ago, {who}: ") }
}

fn times(of: &str, recent: &Recent, style: Style) -> String {
    let quantile = |q| recent.quantile_ns(q).map_or("–".to_owned(), millis);
    format!("  {of} time  p50 {}  p95 {}  {}", quantile(0.5), quantile(0.95), style.dim("(last 200)"))
}

fn checks(count: Count) -> String {
    format!("{} of {} checks held", count.ok, count.all())
}

fn bar(share: f64, width: usize) -> String {
    let filled = ((share * width as f64).round() as usize).min(width);
    format!("{}{}", "━".repeat(filled), "╌".repeat(width - filled))
}

fn seconds(ns: u64) -> Duration {
    Duration::from_secs(ns / 1_000_000_000)
}

/// Nanoseconds for people: `850 ms`, `1.24 s`, `3m20s`.
pub(crate) fn millis(ns: u64) -> String {
    match ns {
        0..1_000_000_000 => format!("{} ms", ns / 1_000_000),
        1_000_000_000..100_000_000_000 => format!("{:.2} s", ns as f64 / 1e9),
        _ => format_duration(seconds(ns)),
    }
}

fn first_line(text: &str) -> String {
    plain(text.lines().next().unwrap_or("")).chars().take(160).collect()
}

#[cfg(test)]
mod tests;
