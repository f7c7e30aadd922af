//! What came out, in plain words.

use crate::report::summary::{
    ErrorGroup, Finding, Judgement, Reading, Ruling, RunState, Summary, Verdict, VerdictCode,
};
use crate::report::words;

/// Diagnoses that stand in the verdict; the rest stand in their section.
const DIAGNOSES: usize = 2;

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
    let mut sentences = vec![sustained(summary), limited(summary)];
    sentences.extend(summary.scalability.iter().map(|found| found.says.clone()));
    sentences.extend(
        summary.metric_sets.iter().flat_map(|farm| &farm.diagnosis).take(DIAGNOSES).map(|one| one.sentence.clone()),
    );
    sentences.extend(drifted(summary));
    sentences.extend(caught(summary));
    Verdict { code: code(summary.header.valid, &summary.thresholds), sentences }
}

/// The first thing that was another at the end than at the beginning, unless the diagnosis has named what makes it so.
fn drifted(summary: &Summary) -> Option<String> {
    let drift = summary.drift.as_ref().filter(|drift| !drift.rows.is_empty())?;
    let mut known = summary.metric_sets.iter().flat_map(|farm| &farm.diagnosis);
    let named = known.any(|one| ["gpu_throttled", "memory_leak"].contains(&one.key.as_str()));
    drift.says.first().filter(|_| !named).cloned()
}

fn value(summary: &Summary, key: &str) -> f64 {
    summary.key_figure(key).and_then(|figure| figure.value).unwrap_or(0.0)
}

/// What users did over and over, as the key figures tell it.
struct Work {
    noun: &'static str,
    ended: u64,
    /// Of those, not with outcome ok.
    lost: u64,
    rate: f64,
    p50: &'static str,
    p95: &'static str,
}

impl Work {
    /// Tasks; or iterations, where no task ended and iterations are the author's own.
    fn of(summary: &Summary) -> Self {
        if summary.by_iterations() { Self::iterations(summary) } else { Self::tasks(summary) }
    }

    fn tasks(summary: &Summary) -> Self {
        Self {
            noun: "task",
            ended: value(summary, "tasks") as u64,
            lost: summary.notebooks.iter().map(|row| row.failed + row.interrupted).sum(),
            rate: value(summary, "completion_rate"),
            p50: "task_p50",
            p95: "task_p95",
        }
    }

    fn iterations(summary: &Summary) -> Self {
        let lost = value(summary, "iterations_failed") as u64;
        Self {
            noun: "iteration",
            ended: value(summary, "iterations_ok") as u64 + lost,
            lost,
            rate: value(summary, "iteration_rate"),
            p50: "iteration_p50",
            p95: "iteration_p95",
        }
    }

    /// `, and none of 12 tasks failed`, or how many did.
    fn lost(&self) -> String {
        let all = words::counted(self.ended, self.noun);
        match self.lost {
            0 => format!("no {} failed", self.noun),
            lost => format!("{} of {all} did not succeed", words::percent(lost as f64 / self.ended.max(1) as f64)),
        }
    }
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
        RunState::Aborted => "Until a threshold ended it, ",
        RunState::Failed => "Until it failed, ",
        RunState::Open => "As far as the record goes, ",
    };
    let users = words::counted(value(summary, "users_peak") as u64, "user");
    let work = Work::of(summary);
    if work.ended == work.lost {
        let what = nothing_succeeded(summary, &work);
        return words::capital(&format!("{start}with {users} over {}, {what}.", words::lasting(load_s)));
    }
    let world = if header.simulated { "in a simulated world " } else { "" };
    let rate = words::number(work.rate);
    let plural = if rate == "1" { "" } else { "s" };
    let (noun, lasting) = (work.noun, words::lasting(load_s));
    let mut text = format!("{start}{users} {world}completed {rate} {noun}{plural} a minute over {lasting}");
    text.push_str(&times(summary, &work));
    text.push_str(&format!(", and {}", work.lost()));
    // Tasks that went well do not say that the code around them did.
    let iterations = Work::iterations(summary);
    if noun == "task" && iterations.lost > 0 {
        text.push_str(&format!("; {}", iterations.lost()));
    }
    words::capital(&format!("{text}."))
}

fn nothing_succeeded(summary: &Summary, work: &Work) -> String {
    let begun = value(summary, "iterations") as u64;
    match (work.ended, begun) {
        (0, 0) => "no iteration began".to_owned(),
        (0, begun) if work.noun == "task" => {
            format!("{} began and no notebook was executed to its end", words::counted(begun, "iteration"))
        }
        (0, begun) => format!("{} began and none came to its end", words::counted(begun, "iteration")),
        (ended, _) => format!("none of {} succeeded", words::counted(ended, work.noun)),
    }
}

fn times(summary: &Summary, work: &Work) -> String {
    let read = |key: &str| summary.key_figure(key).filter(|f| f.reading == Reading::Measured).map(words::figure);
    let lost = summary.key_figure(work.p95).is_some_and(|f| f.reading == Reading::AboveEveryBound);
    let half = format!("half of the {}s took under", work.noun);
    match (read(work.p50), read(work.p95)) {
        (Some(p50), None) if lost => format!(": {half} {p50}, the 95th percentile lies among the failures"),
        (Some(p50), Some(p95)) => format!(": {half} {p50}, 95 % under {p95}"),
        (Some(p50), None) => format!(": {half} {p50}"),
        _ => String::new(),
    }
}

/// What the scenario's own code caught, which is in no figure of failures above.
fn caught(summary: &Summary) -> Option<String> {
    let first = summary.caught.first()?;
    let all = words::counted(summary.failures_caught(), "failure");
    let most = if summary.caught.len() == 1 { "all of them" } else { "most often" };
    Some(format!("The scenario's own code caught {all}, {most} {}.", kind(first)))
}

/// `“kernel died” in tasks`.
fn kind(group: &ErrorGroup) -> String {
    format!("“{}” in {}", group.outcome.replace('_', " "), place(&group.stage))
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
    let lost = summary.failures();
    let ended = Work::of(summary).ended;
    if let Some(group) = summary.errors.first().filter(|_| lost as f64 >= 0.01 * ended.max(1) as f64) {
        let part = match (group.count, lost) {
            (_, 1) => "the one failure was".to_owned(),
            (some, all) if some == all => format!("all {} were", words::counted(all, "failure")),
            (some, all) => format!("{} of {} were", words::number(some as f64), words::counted(all, "failure")),
        };
        let message = if group.message.is_empty() { String::new() } else { format!(": {}", group.title()) };
        let message = message.trim_end_matches('.');
        return format!("{part} {}{message}", kind(group));
    }
    let busy = summary.quality.checks.iter().find(|c| c.key == "host_cpu" && c.finding == Finding::Warning);
    if let Some(check) = busy {
        return format!(
            "the machine hubmark runs on was {} busy, which limits a hub on the same machine",
            words::figure(&check.measured)
        );
    }
    match summary.metric_sets.as_ref().map(|farm| farm.diagnosis.as_slice()) {
        Some([]) => return "nothing was found that limits the farm but its load".to_owned(),
        Some([_]) => return "one thing stands out".to_owned(),
        Some(all) => return format!("{} things stand out", all.len()),
        None => {}
    }
    let Some(stage) = summary.stages.iter().max_by(|a, b| a.share.total_cmp(&b.share)) else {
        return "nothing was measured that could limit it".to_owned();
    };
    let share = words::percent(stage.share);
    match stage.key.as_str() {
        "own_code" => format!("code of users on kernels took {share} of the users' working time"),
        "execute" => format!(
            "executing notebooks took {share} of the users' working time, so the notebooks themselves set the pace"
        ),
        "spawn_wait" => format!("the scenario's own pacing of spawns took {share} of the users' working time"),
        _ => format!("{} took {share} of the users' working time, more than anything else", stage.name.to_lowercase()),
    }
}

fn place(stage: &str) -> String {
    match stage {
        "task" => "tasks".to_owned(),
        "spawn" => "server starts".to_owned(),
        "own code" => "code of users".to_owned(),
        "user call" => "calls of users".to_owned(),
        other => format!("{other}s"),
    }
}
