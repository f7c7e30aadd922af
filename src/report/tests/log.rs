//! What the scenario said in the run's log.

use super::World;
use crate::event::{EventKind, Ids, Level, LogLine};
use crate::report::*;

/// A run whose code says these, one a second from 10 s on.
fn saying(lines: Vec<LogLine>) -> Summary {
    let mut made = World::default().run();
    for (at, line) in lines.into_iter().enumerate() {
        made.push((10 + at as u64) * 1_000_000_000, Ids::default(), EventKind::Log(line));
    }
    made.number();
    analyse(&made).unwrap()
}

fn placed(level: Level, text: &str, place: &str) -> LogLine {
    LogLine { place: Some(place.to_owned()), ..LogLine::new(level, text) }
}

#[test]
fn lines_are_counted_by_level_and_their_texts_stand_once_errors_first() {
    let hook = "hook task_done failed: on.task_done: error: no room\n --> s.lua:17\n   |\n17 | error(\"no room\")";
    let mut lines = vec![placed(Level::Info, "hello", "s.lua:3"), placed(Level::Warn, "slow by 12 s", "s.lua:4")];
    lines.extend((0..5).map(|n| placed(Level::Warn, &format!("slow by {n} s"), "s.lua:4")));
    lines.extend([LogLine::new(Level::Error, hook), placed(Level::Warn, "slow by 3 s", "s.lua:9")]);
    let summary = saying(lines);
    let log = &summary.log;
    assert_eq!((log.errors, log.warnings, log.infos, log.left_out), (1, 7, 1, 0));
    let texts: Vec<_> = log.texts.iter().map(|t| (t.text.as_str(), t.place.as_deref().unwrap(), t.count)).collect();
    assert_eq!(
        texts,
        [
            ("hook task_done failed: on.task_done: error: no room", "s.lua:17", 1),
            ("slow by 12 s", "s.lua:4", 6),
            ("slow by 3 s", "s.lua:9", 1),
            ("hello", "s.lua:3", 1),
        ]
    );
    assert_eq!(log.texts[1].first_s, 11.0);
    for form in [html(&summary), markdown(&summary), text(&summary, Style::default())] {
        assert!(form.contains("1 error, 7 warnings, 1 line of information"), "{form}");
        assert!(form.contains("no room") && form.contains("s.lua:17"), "{form}");
    }
    assert!(html(&summary).contains("slow by 12 s") && markdown(&summary).contains("slow by 12 s"));
}

#[test]
fn texts_are_bounded_and_the_rest_is_counted() {
    let many = |n: u32| LogLine::new(Level::Info, "x".repeat(n as usize));
    let summary = saying((1..=60).map(many).collect());
    assert_eq!((summary.log.texts.len(), summary.log.left_out), (20, 40));
    for form in [html(&summary), markdown(&summary), text(&summary, Style::default())] {
        assert!(form.contains(&format!("hubmark runs log {}", summary.header.run)), "{form}");
    }
}

#[test]
fn a_run_that_said_nothing_has_no_such_section() {
    let summary = saying(vec![]);
    assert!(!html(&summary).contains("Log of the scenario") && !markdown(&summary).contains("Log of the scenario"));
    assert!(!text(&summary, Style::default()).contains("Log:"));
}
