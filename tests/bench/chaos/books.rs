//! The sums: hubmark's record against what the cells wrote down, the folder, the hub and the machine.

use crate::record::{CellKey, Recorded};
use hubmark::event::{NoticeKind, TaskRecord};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Longest time without any event. Eight users think for 4 s; all of them wait at the same time for a hub that is down for 8 s, then for
/// its first answers.
const SILENCE_S: f64 = 60.0;
/// Longest time in which one user shows nothing: a spawn may take 60 s to time out, a connection is dialled again for two minutes.
const USER_SILENCE_S: f64 = 180.0;

/// Prints each sum with whether it is right, and keeps those that are not.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) wrong: Vec<String>,
}

impl Books {
    pub(crate) fn check(&mut self, right: bool, says: String) {
        println!("  {}  {says}", if right { "ok   " } else { "WRONG" });
        if !right {
            self.wrong.push(says);
        }
    }

    /// What follows from the record alone.
    pub(crate) fn of_record(&mut self, it: &Recorded) {
        let seconds = |ns: u64| ns as f64 / 1e9;
        self.check(it.gaps_in_seq == 0, format!("{} events, {} gaps in `seq`", it.events, it.gaps_in_seq));
        self.check(it.ended == Some(0), format!("the run ended in order, left behind: {:?}", it.ended));
        self.check(it.open_leases == 0, format!("open leases: {}", it.open_leases));
        self.check(
            it.tasks_started == it.tasks.len() as u64,
            format!("tasks begun {} = ended {}", it.tasks_started, it.tasks.len()),
        );
        let ended = it.completed + it.failed + it.interrupted;
        self.check(
            it.iterations_started == ended + it.under_way() && it.under_way() == 0 && it.ended_without_start == 0,
            format!(
                "iterations scheduled {} = {} completed + {} failed + {} interrupted + {} dropped + {} under way",
                it.iterations_started + it.dropped,
                it.completed,
                it.failed,
                it.interrupted,
                it.dropped,
                it.under_way()
            ),
        );
        for (silence, limit) in [(&it.silence, SILENCE_S), (&it.user_silence, USER_SILENCE_S)] {
            let (long, from) = (seconds(silence.ns), seconds(silence.from_ns));
            let text = format!("longest time without an event of {}: {long:.1} s, from {from:.1} s", silence.whose);
            self.check(long <= limit, text);
        }
    }

    /// hubmark's cells against the lines that cells wrote: one that went well wrote one. One that did not may have, before its answer was lost.
    pub(crate) fn of_cells(&mut self, it: &Recorded, log: &str) {
        let mut lines: BTreeMap<CellKey, u64> = BTreeMap::new();
        for line in log.lines() {
            let parts: Vec<&str> = line.split(' ').collect();
            let cell = parts.get(2).and_then(|cell| cell.parse().ok());
            let (Some(cell), 3) = (cell, parts.len()) else {
                self.check(false, format!("a line of the cells: {line:?}"));
                continue;
            };
            *lines.entry((parts[0].to_owned(), parts[1].to_owned(), cell)).or_default() += 1;
        }
        let cells = it.cells();
        let (ok, sent) = cells.values().fold((0, 0), |(a, b), (ok, sent)| (a + ok, b + sent));
        let written: u64 = lines.values().sum();
        let of = |key: &CellKey| lines.get(key).copied().unwrap_or_default();
        let unwritten: u64 = cells.iter().map(|(key, (ok, _))| ok.saturating_sub(of(key))).sum();
        let sent_of = |key: &CellKey| cells.get(key).map_or(0, |(_, sent)| *sent);
        let twice: u64 = lines.iter().map(|(key, count)| count.saturating_sub(sent_of(key))).sum();
        self.check(
            ok <= written && written <= sent,
            format!("cells ok {ok} <= lines that cells wrote {written} <= cells sent {sent}"),
        );
        println!(
            "         {} lines more than cells ok: they ran, and their answer was lost with their kernel",
            written.saturating_sub(ok)
        );
        self.check(
            unwritten == 0,
            format!("cells ok that wrote no line, kernel by kernel and cell by cell: {unwritten}"),
        );
        self.check(twice == 0, format!("lines of cells that hubmark did not send, or executed twice: {twice}"));
    }

    /// Tasks against executed notebooks.
    pub(crate) fn of_copies(&mut self, it: &Recorded, run: &Path) {
        let with_kernel = it.tasks.iter().filter(|task| !task.kernel_id.is_empty()).count();
        let copies: Vec<(&TaskRecord, Option<Value>)> = it
            .tasks
            .iter()
            .filter_map(|task| Some((task, run.join(task.kept.as_ref()?))))
            .map(|(task, path)| (task, std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())))
            .collect();
        let read = copies.iter().filter(|(_, copy)| copy.is_some()).count();
        self.check(
            read == with_kernel && copies.len() == read,
            format!(
                "executed notebooks {read} (named by the record: {}) = tasks with a kernel {with_kernel}",
                copies.len()
            ),
        );
        let (mut disorder, mut missing, mut unexplained) = (0, 0, 0);
        for (task, copy) in copies {
            let Some(copy) = copy.filter(|_| task.notebook == "counts" && task.outcome.is_ok()) else { continue };
            let outputs = copy["cells"][1]["outputs"].as_array().cloned().unwrap_or_default();
            let text: String = outputs.iter().map(|output| text_of(&output["text"])).collect();
            let numbers: Vec<u32> = text.lines().filter_map(|line| line.parse().ok()).collect();
            disorder += u32::from(!numbers.is_sorted_by(|one, next| one < next));
            let gone = 20_u32.saturating_sub(numbers.len() as u32);
            missing += gone;
            let lost = task.notices.iter().find(|notice| notice.kind == NoticeKind::OutputLost);
            unexplained += gone.saturating_sub(lost.map_or(0, |notice| notice.count));
        }
        self.check(disorder == 0, format!("tasks ok whose printed numbers come twice or out of order: {disorder}"));
        self.check(
            unexplained == 0,
            format!(
                "printed numbers missing in tasks ok: {missing}, of them not counted by `output_lost`: {unexplained}"
            ),
        );
    }

    /// What hubmark's own summary says must be what its events say.
    pub(crate) fn of_summary(&mut self, it: &Recorded, summary: &Value) {
        let identities = summary["quality"]["identities"].as_array().cloned().unwrap_or_default();
        let hold = identities.iter().filter(|identity| identity["holds"] == true).count();
        self.check(
            hold == identities.len() && hold > 0,
            format!("identities of hubmark's summary that hold: {hold} of {}", identities.len()),
        );
        let notebooks = summary["notebooks"].as_array().cloned().unwrap_or_default();
        let sum = |key: &str| notebooks.iter().filter_map(|row| row[key].as_u64()).sum::<u64>();
        let ok = it.tasks.iter().filter(|task| task.outcome.is_ok()).count() as u64;
        self.check(
            sum("ended") == it.tasks.len() as u64 && sum("ok") == ok,
            format!(
                "tasks in its summary: {} ended, {} ok; by events: {} and {ok}",
                sum("ended"),
                sum("ok"),
                it.tasks.len()
            ),
        );
    }
}

/// A text of a notebook: one, or one in lines.
fn text_of(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}
