//! How a run looks right now, in words: pure functions of the view and a time.

use crate::cli::style::{Style, plain};
use crate::engine::{Count, LiveView, Recent, StopLevel};
use crate::event::{Ids, Phase};
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
        parts.extend(self.left().words());
        parts.join(", ")
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
        first.extend(self.left().words().map(|left| style.dim(&left)));
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
        self.hubs(style, &mut lines);
        if let Some(last) = &view.last_failure {
            let ago = format_duration(seconds(self.now_ns.saturating_sub(last.t_ns)));
            lines.push(format!(
                "  {} {}{}",
                style.yellow("last failure"),
                ago_of(&last.ids, &ago),
                first_line(&last.text)
            ));
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
mod tests {
    use super::*;
    use crate::engine::LastFailure;
    use crate::script::{self, LoadRequest};

    const NOTEBOOK: &str = include_str!("../../../tests/lua/n.ipynb");
    const SECOND: u64 = 1_000_000_000;

    fn plan(text: &str) -> Plan {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("n.ipynb"), NOTEBOOK).unwrap();
        let path = folder.path().join("s.lua");
        std::fs::write(&path, text).unwrap();
        script::load(&LoadRequest::new(path)).unwrap_or_else(|error| panic!("{error}")).plan
    }

    /// Two minutes of users with a mix.
    fn mix() -> Plan {
        plan(r#"return hm.scenario { hub = "http://127.0.0.1:1", notebook = "n.ipynb", users = 2, duration = "2m" }"#)
    }

    fn own(load: &str) -> Plan {
        plan(&format!(
            r#"return hm.scenario {{ hub = "http://127.0.0.1:1", load = {{ l = {load} }},
               users = {{ u = hm.user {{ iterate = function(user) user:sleep("1s") end }} }} }}"#
        ))
    }

    fn moment<'m>(plan: &'m Plan, view: &'m LiveView, at_s: u64, stop: StopLevel) -> Moment<'m> {
        Moment { plan, view, now_ns: at_s * SECOND, stop }
    }

    /// A view of a load that began at 10 s.
    fn under_load() -> LiveView {
        let mut view = LiveView::default();
        view.phase = Some(Phase::Load);
        view.load_from_ns = Some(10 * SECOND);
        view.users = 2;
        view
    }

    #[test]
    fn how_long_it_takes_is_known_until_the_load_ends_then_until_the_grace_does() {
        let (plan, mut view) = (mix(), under_load());
        let left = |view: &LiveView, at_s, stop| moment(&plan, view, at_s, stop).left();
        let seconds = Duration::from_secs;
        assert_eq!(left(&view, 40, StopLevel::Go), Left::Load(seconds(90)));
        assert_eq!(left(&view, 135, StopLevel::Go), Left::Ending(seconds(25)), "tasks have 30 s after the end");
        assert_eq!(left(&view, 200, StopLevel::Go), Left::Ending(Duration::ZERO));
        view.stop_from_ns = Some(50 * SECOND);
        assert_eq!(left(&view, 60, StopLevel::Graceful), Left::Ending(seconds(20)));
        assert_eq!(left(&view, 60, StopLevel::Hard), Left::Now);
        let line = moment(&plan, &view, 60, StopLevel::Graceful).plain();
        assert_eq!(line, "1m stopping: 2 users, 0 tasks done, 0 failed, what is under way may end within 20s");
    }

    #[test]
    fn users_of_ones_own_are_shown_by_what_they_do() {
        let plan = own(r#"hm.constant_users { user = "u", users = 2, duration = "1m" }"#);
        let mut view = under_load();
        view.iterations = Count { ok: 7, failed: 1 };
        view.steps = Count { ok: 20, failed: 2 };
        view.checks = Count { ok: 5, failed: 1 };
        let line = moment(&plan, &view, 20, StopLevel::Go).plain();
        let wanted =
            "20s under load: 2 users, 7 iterations done, 1 failed, 2 steps failed, 5 of 6 checks held, 50s left";
        assert_eq!(line, wanted);
        let screen = moment(&plan, &view, 20, StopLevel::Go).screen(Style { color: false }).join("\n");
        for wanted in ["iterations 7 done, 1 failed", "steps 20 done, 2 failed  5 of 6 checks held", "50s left"] {
            assert!(screen.contains(wanted), "{wanted} in {screen}");
        }
        assert!(!screen.contains("tasks"), "there are none: {screen}");
    }

    #[test]
    fn a_fixed_number_of_iterations_is_counted_and_not_timed() {
        let plan = own(r#"hm.per_user_iterations { user = "u", users = 2, iterations = 10, at_most = "1h" }"#);
        let mut view = under_load();
        view.iterations = Count { ok: 4, failed: 1 };
        let moment = moment(&plan, &view, 20, StopLevel::Go);
        assert_eq!(moment.left(), Left::Unknown, "an hour is no estimate");
        assert!(
            moment.screen(Style { color: false })[0].ends_with("10s 5 of 20 iterations"),
            "{:?}",
            moment.screen(Style { color: false })
        );
        assert_eq!(moment.share(), Some(0.25));
    }

    #[test]
    fn the_last_failure_says_whose_and_how_long_ago_and_is_news_once() {
        let (plan, mut view) = (mix(), under_load());
        let ids = Ids { executor: Some("load".into()), user: Some(1), iteration: None, task: None };
        let text = "spawn_failed: no \x1b[31mroom\nand more".to_owned();
        view.last_failure = Some(LastFailure { seq: 9, t_ns: 15 * SECOND, ids, text });
        let moment = moment(&plan, &view, 27, StopLevel::Go);
        let screen = moment.screen(Style { color: false }).join("\n");
        assert!(screen.ends_with("  last failure 12s ago, load/1: spawn_failed: no room"), "{screen}");
        assert_eq!(moment.new_failure(8).map(|(seq, _)| seq), Some(9));
        assert_eq!(moment.new_failure(9), None);
    }

    #[test]
    fn many_hubs_do_not_fill_the_screen() {
        let (plan, mut view) = (mix(), under_load());
        view.hubs = (0..9).map(|n| (format!("hub{n}"), crate::engine::HubView::default())).collect();
        let lines = moment(&plan, &view, 20, StopLevel::Go).screen(Style { color: false });
        assert_eq!(lines.iter().filter(|line| line.contains(" servers, ")).count(), 5);
        assert!(lines.contains(&"  … and 4 more hubs and servers".to_owned()), "{lines:?}");
    }

    #[test]
    fn times_print_for_people() {
        assert_eq!(millis(850_000_000), "850 ms");
        assert_eq!(millis(1_240_000_000), "1.24 s");
        assert_eq!(millis(200_000_000_000), "3m20s");
        assert_eq!(bar(0.5, 4), "━━╌╌");
    }
}
