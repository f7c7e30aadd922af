//! Progress of a run: a few lines that redraw themselves on a terminal, one plain line every ten seconds elsewhere.

use super::style::Style;
use crate::clock::Clock;
use crate::engine::LiveView;
use crate::event::Phase;
use crate::plan::Plan;
use crate::plan::quantity::format_duration;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How often the lines are drawn on a terminal.
const REDRAW: Duration = Duration::from_millis(250);
/// How often a plain line is printed without one.
const PLAIN: Duration = Duration::from_secs(10);

/// What progress is shown of, and where.
pub(crate) struct Progress {
    pub(crate) plan: Rc<Plan>,
    pub(crate) clock: Clock,
    pub(crate) view: watch::Receiver<LiveView>,
    /// Number of the last event that is safely in the store.
    pub(crate) kept: Arc<AtomicU64>,
    pub(crate) terminal: bool,
    pub(crate) style: Style,
    /// JSON lines instead of text.
    pub(crate) json: bool,
}

impl Progress {
    /// Shows progress until it is dropped.
    pub(crate) async fn show(self) {
        let redraws = self.terminal && !self.json;
        let mut screen = Screen { lines: 0, on: redraws };
        let every = if redraws { REDRAW } else { PLAIN };
        let mut phase = None;
        loop {
            self.clock.sleep(if redraws { every } else { Duration::from_secs(1) }).await;
            let view = self.view.borrow().clone();
            let new_phase = view.phase != phase;
            phase = view.phase;
            if redraws {
                screen.draw(&self.lines(&view));
            } else if new_phase || self.clock.elapsed().as_secs().is_multiple_of(PLAIN.as_secs()) {
                let line = if self.json { self.json_line(&view) } else { self.plain_line(&view) };
                screen.print(&line);
            }
        }
    }

    /// Nanoseconds of load so far and in all, where the plan fixes that.
    fn times(&self, view: &LiveView) -> (u64, Option<u64>) {
        let now = self.clock.now_ns();
        let from = view.released_ns.or(view.load_from_ns);
        let whole = self.plan.length().map(|length| length.as_nanos() as u64);
        (from.map_or(0, |from| now.saturating_sub(from)), whole)
    }

    fn left(&self, view: &LiveView) -> Option<Duration> {
        let (so_far, whole) = self.times(view);
        view.load_from_ns.and(whole).map(|whole| seconds(whole.saturating_sub(so_far)))
    }

    /// What users do, with how many of it went well and failed: tasks, and iterations where they are the author's own.
    fn work(&self, view: &LiveView) -> Vec<(&'static str, u64, u64)> {
        let mut users = self.plan.load.values().filter_map(|executor| self.plan.users.get(&executor.user));
        let own = users.clone().any(|user| user.behaviour.is_some());
        let tasks = users.any(|user| user.behaviour.is_none()) || !self.plan.notebooks.is_empty();
        let tasks = tasks.then(|| ("tasks", view.tasks_ok, view.tasks_failed()));
        let iterations = own.then_some(("iterations", view.iterations_ok, view.iterations_failed));
        tasks.into_iter().chain(iterations).collect()
    }

    fn plain_line(&self, view: &LiveView) -> String {
        let (now, phase) = (format_duration(seconds(self.clock.now_ns())), phase_name(view.phase));
        let mut line = format!("{now} {phase}: {} users", view.users);
        for (noun, ok, failed) in self.work(view) {
            line.push_str(&format!(", {ok} {noun} done, {failed} failed"));
        }
        if let Some(p50) = view.recent_quantile_ns(0.5) {
            line.push_str(&format!(", task p50 {}", millis(p50)));
        }
        if let Some(left) = self.left(view) {
            line.push_str(&format!(", {} left", format_duration(left)));
        }
        line
    }

    fn json_line(&self, view: &LiveView) -> String {
        serde_json::json!({
            "progress": {
                "t_ns": self.clock.now_ns(),
                "phase": phase_name(view.phase),
                "users": view.users,
                "tasks_completed": view.tasks_ok,
                "tasks_failed": view.tasks_failed(),
                "iterations_completed": view.iterations_ok,
                "iterations_failed": view.iterations_failed,
                "left_ns": self.left(view).map(|left| left.as_nanos() as u64),
                "events": view.seq,
                "events_kept": self.kept.load(Ordering::Acquire),
            }
        })
        .to_string()
    }

    fn lines(&self, view: &LiveView) -> Vec<String> {
        let style = self.style;
        let (so_far, whole) = self.times(view);
        let left = self.left(view).map_or(String::new(), |left| format!("{} left", format_duration(left)));
        let bar = whole.map_or(String::new(), |whole| bar(so_far as f64 / whole.max(1) as f64, 28));
        let mut lines = vec![format!(
            "{} {} {} {}",
            style.bold(phase_name(view.phase)),
            style.cyan(&bar),
            format_duration(seconds(so_far)),
            style.dim(&left)
        )];
        let rate = view.recent_rate_per_min(self.clock.now_ns()).map_or("–".to_owned(), |r| format!("{r:.1}/min"));
        let mut line = format!("  users {}", view.users);
        for (noun, ok, failed) in self.work(view) {
            let lost = format!("{failed} failed");
            let lost = if failed > 0 { style.red(&lost) } else { style.dim(&lost) };
            line.push_str(&match noun {
                "tasks" => format!("  tasks {ok} done, {} under way, {lost}  rate {rate}", view.tasks_running),
                _ => format!("  {noun} {ok} done, {lost}"),
            });
        }
        lines.push(line);
        if view.tasks_ok > 0 {
            let quantile = |q| view.recent_quantile_ns(q).map_or("–".to_owned(), millis);
            let last = style.dim("(last 200)");
            lines.push(format!("  task time  p50 {}  p95 {}  {last}", quantile(0.5), quantile(0.95)));
        }
        for (name, hub) in &view.hubs {
            let mut line = format!("  {name}: {} servers, {} kernels", hub.servers, hub.kernels);
            if hub.spawns_failed > 0 {
                line.push_str(&format!(", {}", style.red(&format!("{} spawns failed", hub.spawns_failed))));
            }
            lines.push(line);
        }
        if let Some(error) = &view.last_error {
            lines.push(format!("  {} {}", style.yellow("last error"), first_line(error, 100)));
        }
        if let Some(mark) = &view.mark {
            lines.push(format!("  {} {}", style.yellow("mark"), first_line(mark, 100)));
        }
        lines
    }
}

/// The lines that redraw themselves. Dropping it leaves the terminal clean.
struct Screen {
    lines: usize,
    on: bool,
}

impl Screen {
    fn draw(&mut self, lines: &[String]) {
        let width = terminal_width();
        let mut out = self.back();
        for line in lines {
            out.push_str(&clip(line, width));
            out.push('\n');
        }
        self.lines = lines.len();
        put(&out);
    }

    fn print(&self, line: &str) {
        put(&format!("{line}\n"));
    }

    /// Escape codes that go back to the first line and clear from there.
    fn back(&self) -> String {
        if self.lines == 0 { String::new() } else { format!("\x1b[{}A\x1b[J", self.lines) }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.on {
            put(&self.back());
        }
    }
}

/// Progress is a view: a closed standard error is no reason to end a run.
fn put(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

fn terminal_width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stderr()).map_or(80, |size| usize::from(size.ws_col).max(20))
}

/// Cuts a line to the terminal's width, not counting escape codes, so that redrawing knows how many lines there are.
fn clip(line: &str, width: usize) -> String {
    let mut out = String::new();
    let mut shown = 0;
    let mut escape = false;
    for c in line.chars() {
        if c == '\x1b' {
            escape = true;
        }
        if !escape {
            if shown + 1 >= width {
                out.push_str("\x1b[0m");
                break;
            }
            shown += 1;
        }
        if escape && c == 'm' {
            escape = false;
        }
        out.push(c);
    }
    out
}

fn bar(share: f64, width: usize) -> String {
    let filled = ((share.clamp(0.0, 1.0) * width as f64).round() as usize).min(width);
    format!("{}{}", "━".repeat(filled), "╌".repeat(width - filled))
}

fn phase_name(phase: Option<Phase>) -> &'static str {
    match phase {
        None => "starting",
        Some(Phase::Setup) => "setting up",
        Some(Phase::Load) => "under load",
        Some(Phase::Drain) => "stopping",
        Some(Phase::Teardown) => "cleaning up",
    }
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

fn first_line(text: &str, most: usize) -> String {
    text.lines().next().unwrap_or("").chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_without_counting_its_colour() {
        assert_eq!(clip("\x1b[31mabcdef\x1b[0m", 4), "\x1b[31mabc\x1b[0m");
        assert_eq!(clip("abc", 80), "abc");
    }

    #[test]
    fn times_print_for_people() {
        assert_eq!(millis(850_000_000), "850 ms");
        assert_eq!(millis(1_240_000_000), "1.24 s");
        assert_eq!(millis(200_000_000_000), "3m20s");
        assert_eq!(bar(0.5, 4), "━━╌╌");
    }
}
