//! What came out, in plain words.

use crate::report::summary::{Finding, Judgement, Reading, Ruling, RunState, Summary, Verdict, VerdictCode};
use crate::report::words;

/// How a run came out.
pub(super) fn code(valid: bool, thresholds: &[Judgement]) -> VerdictCode {
    let any = |ruling: Ruling| thresholds.iter().any(|row| row.ruling == ruling);
    if !valid {
        VerdictCode::Invalid
    } else if any(Ruling::Fail) {
        VerdictCode::ThresholdsFailed
    } else if any(Ruling::Undecided) {
        VerdictCode::Undecided
    } else {
        VerdictCode::Passed
    }
}

/// The verdict of an otherwise complete summary.
pub(super) fn verdict(summary: &Summary) -> Verdict {
    Verdict {
        code: code(summary.header.valid, &summary.thresholds),
        sentences: vec![sustained(summary), limited(summary)],
    }
}

fn value(summary: &Summary, key: &str) -> f64 {
    summary.key_figure(key).and_then(|figure| figure.value).unwrap_or(0.0)
}

/// What was sustained.
fn sustained(summary: &Summary) -> String {
    let header = &summary.header;
    let Some(load_s) = header.load_s else {
        return match &header.ended_because {
            Some(why) => format!("The run ended before any user worked: {why}."),
            None => "The run ended before any user worked.".to_owned(),
        };
    };
    let start = match header.state {
        RunState::Finished => "",
        RunState::Interrupted => "Until it was interrupted, ",
        RunState::Failed => "Until it failed, ",
        RunState::Open => "As far as the record goes, ",
    };
    let tasks = value(summary, "tasks") as u64;
    let users = words::counted(value(summary, "users_peak") as u64, "user");
    let ok = tasks - failed_tasks(summary);
    if ok == 0 {
        let begun = value(summary, "iterations") as u64;
        let what = if tasks == 0 && begun > 0 {
            format!("{} began and no notebook was executed to its end", words::counted(begun, "iteration"))
        } else if tasks == 0 {
            "no task ended".to_owned()
        } else {
            format!("none of {} succeeded", words::counted(tasks, "task"))
        };
        return capital(&format!("{start}with {users} over {}, {what}.", words::lasting(load_s)));
    }
    let world = if header.simulated { "in a simulated world " } else { "" };
    let rate = words::number(value(summary, "completion_rate"));
    let mut text =
        format!("{start}{users} {world}completed {} a minute over {}", tasks_word(&rate), words::lasting(load_s));
    text.push_str(&times(summary));
    let failed = failed_tasks(summary);
    if failed == 0 {
        text.push_str(", and none failed");
    } else {
        let share = words::percent(failed as f64 / tasks.max(1) as f64);
        text.push_str(&format!(", and {share} of {} did not succeed", words::counted(tasks, "task")));
    }
    capital(&format!("{text}."))
}

fn tasks_word(rate: &str) -> String {
    if rate == "1" { "1 task".to_owned() } else { format!("{rate} tasks") }
}

fn failed_tasks(summary: &Summary) -> u64 {
    summary.notebooks.iter().map(|row| row.failed + row.interrupted).sum()
}

fn times(summary: &Summary) -> String {
    let read = |key: &str| summary.key_figure(key).filter(|f| f.reading == Reading::Measured).map(words::figure);
    let lost = summary.key_figure("task_p95").is_some_and(|f| f.reading == Reading::AboveEveryBound);
    match (read("task_p50"), read("task_p95")) {
        (Some(p50), None) if lost => {
            format!(": half of the tasks took under {p50}, the 95th percentile lies among the failures")
        }
        (Some(p50), Some(p95)) => format!(": half of the tasks took under {p50}, 95 % under {p95}"),
        (Some(p50), None) => format!(": half of the tasks took under {p50}"),
        _ => String::new(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

/// What limited it, or what failed.
fn limited(summary: &Summary) -> String {
    if let Some(reason) = summary.header.invalid_because.first() {
        return format!("The figures cannot be trusted: {reason}.");
    }
    let failed: Vec<&Judgement> = summary.thresholds.iter().filter(|row| row.ruling == Ruling::Fail).collect();
    if let Some(first) = failed.first() {
        let of = summary.thresholds.len();
        let label = first.label.as_ref().map(|l| format!(" ({l})")).unwrap_or_default();
        let came_out = match first.measured.reading {
            Reading::AboveEveryBound => {
                let (above, all) = (first.measured.above as f64, first.measured.samples as f64);
                format!("cannot hold where {} of {} failed", words::number(above), words::number(all))
            }
            _ => format!("came out as {}", words::figure(&first.measured)),
        };
        let head = format!("{} of {} failed", failed.len(), words::counted(of as u64, "threshold"));
        return format!("{head}: “{}”{label} {came_out}; {}.", first.objective, limit(summary));
    }
    let undecided = summary.thresholds.iter().filter(|row| row.ruling == Ruling::Undecided).count();
    let judged = match (summary.thresholds.len(), undecided) {
        (0, _) => "No threshold was set".to_owned(),
        (1, 0) => "The threshold holds".to_owned(),
        (all, 0) => format!("All {all} thresholds hold"),
        (all, some) => format!("{some} of {} could not be decided", words::counted(all as u64, "threshold")),
    };
    format!("{judged}; {}.", limit(summary))
}

/// What the time or the tasks were lost to.
fn limit(summary: &Summary) -> String {
    let lost: u64 = summary.errors.iter().map(|group| group.count).sum();
    let tasks = value(summary, "tasks");
    if let Some(group) = summary.errors.first().filter(|_| lost as f64 >= 0.01 * tasks.max(1.0)) {
        let part = format!("{} of {}", words::number(group.count as f64), words::counted(lost, "failure"));
        let message = if group.message.is_empty() { String::new() } else { format!(": {}", group.title()) };
        let message = message.trim_end_matches('.');
        return format!("{part} were “{}” in {}{message}", group.outcome.replace('_', " "), place(&group.stage));
    }
    let busy = summary.quality.checks.iter().find(|c| c.key == "host_cpu" && c.finding == Finding::Warning);
    if let Some(check) = busy {
        return format!(
            "the machine hubmark runs on was {} busy, which limits a hub on the same machine",
            words::figure(&check.measured)
        );
    }
    let Some(stage) = summary.stages.iter().max_by(|a, b| a.share.total_cmp(&b.share)) else {
        return "nothing was measured that could limit it".to_owned();
    };
    let share = words::percent(stage.share);
    match stage.key.as_str() {
        "execute" => format!(
            "executing notebooks took {share} of the users' working time, so the notebooks themselves set the pace"
        ),
        "spawn_wait" => format!("the scenario's own pacing of spawns took {share} of the users' working time"),
        _ => format!(
            "{} took {share} of the users' working time, more than executing notebooks",
            stage.name.to_lowercase()
        ),
    }
}

fn place(stage: &str) -> String {
    match stage {
        "task" => "tasks".to_owned(),
        "spawn" => "server starts".to_owned(),
        "own code" => "code of users".to_owned(),
        other => format!("{other}s"),
    }
}
