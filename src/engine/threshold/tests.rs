//! The judge against its definition.

use super::*;
use crate::event::{EventKind, Failure, Ids, Outcome};
use crate::plan::threshold::parse;
use crate::stats::noise::Noise;

const MINUTE_NS: u64 = 60_000_000_000;

/// A spawn that ended so many seconds after the start of the load.
fn spawn(at_s: f64, ok: bool) -> Event {
    let outcome = if ok { Outcome::Ok } else { Outcome::SpawnFailed };
    let failure = (!ok).then(|| Failure::new(outcome, "no room"));
    let kind = EventKind::ServerStarted { target: "hub".to_owned(), outcome, took_ns: 1, waited_ns: 0, failure };
    let ids = Ids { executor: Some("agents".into()), user: Some(0), ..Ids::default() };
    Event { seq: 1, t_ns: (at_s * 1e9) as u64, incarnation: 1, generation: 1, segment: 1, ids, kind }
}

fn judge(text: &str, action: Option<Action>) -> Judge {
    let threshold = Threshold { action, ..parse(text).unwrap() };
    let homes = Homes::default();
    let rows = BTreeMap::from([(String::new(), Row::new(&threshold))]);
    let (state, end_ns) = (ThresholdState::Undecided, u64::MAX);
    let watched = vec![Watched { threshold, rows, end_ns, from_ns: end_ns, state, aborted: false }];
    let mut judge = Judge { homes, counters: BTreeSet::new(), watched, found: vec![], cpu: None };
    judge.begin(0);
    judge
}

/// Windows of a minute, each of failed and good spawns; what was said at the end of each.
fn said(judge: &mut Judge, windows: &[(u32, u32)]) -> Vec<Vec<(ThresholdState, Option<Action>)>> {
    let mut said = Vec::new();
    for (index, (failed, ok)) in windows.iter().enumerate() {
        for n in 0..failed + ok {
            let at_s = index as f64 * 60.0 + 59.0 * f64::from(n) / f64::from(failed + ok);
            judge.event(&spawn(at_s, n >= *failed));
        }
        let found = judge.close((index as u64 + 1) * MINUTE_NS);
        said.push(found.iter().map(|record| (record.state, record.action)).collect());
    }
    said
}

#[test]
fn three_broken_windows_in_a_row_with_thirty_samples_abort_and_nothing_less_does() {
    let aborts = |windows: &[(u32, u32)]| {
        let mut judge = judge("spawn.failed.ratio < 10%", Some(Action::Abort));
        let said = said(&mut judge, windows);
        said.iter().position(|found| found.iter().any(|(_, action)| *action == Some(Action::Abort)))
    };
    assert_eq!(aborts(&[(5, 5), (5, 5), (5, 5), (5, 5)]), Some(2));
    assert_eq!(aborts(&[(5, 5), (5, 5), (0, 10), (5, 5), (5, 5)]), None, "two in a row, twice");
    assert_eq!(aborts(&[(5, 5), (5, 5), (5, 4)]), None, "29 samples");
    assert_eq!(aborts(&[(5, 5), (0, 0), (5, 5), (0, 0), (5, 5)]), Some(4), "a window of nothing says nothing");
    assert_eq!(aborts(&[(5, 5), (5, 5), (0, 0), (0, 0), (0, 0), (5, 5)]), None, "three of them begin anew");
}

#[test]
fn a_hold_lasts_from_the_first_broken_window_until_one_holds_or_nothing_is_known() {
    let mut judge = judge("spawn.failed.ratio < 10%", Some(Action::Hold));
    use ThresholdState::{Broken, Holds, Undecided};
    let mut held = Vec::new();
    let mut told = Vec::new();
    for (index, (failed, ok)) in [(0, 5), (3, 2), (3, 2), (0, 5), (1, 1), (0, 0), (0, 0), (0, 0)].iter().enumerate() {
        for n in 0..failed + ok {
            judge.event(&spawn(index as f64 * 60.0 + f64::from(n), n >= *failed));
        }
        told.extend(judge.close((index as u64 + 1) * MINUTE_NS).iter().map(|record| record.state));
        held.push(judge.holds_back());
    }
    assert_eq!(told, [Holds, Broken, Holds, Broken, Undecided]);
    assert_eq!(held, [false, true, true, false, true, true, true, false]);
}

/// The same judgement, written from its definition over a list of everything.
#[test]
fn random_windows_are_judged_as_the_definition_says() {
    for seed in 0..300 {
        let mut noise = Noise(seed);
        let mut some = |max: f64| (noise.unit() * max) as u32;
        let windows: Vec<(u32, u32)> =
            (0..20).map(|_| if some(3.0) == 0 { (0, 0) } else { (some(6.0), some(20.0)) }).collect();
        let (mut state, mut empty, mut broken, mut samples) = (ThresholdState::Undecided, 0, 0, 0);
        let mut expected = Vec::new();
        for (failed, ok) in &windows {
            let (before, all) = (state, failed + ok);
            if all == 0 {
                empty += 1;
                if empty >= 3 {
                    (state, broken, samples) = (ThresholdState::Undecided, 0, 0);
                }
            } else {
                empty = 0;
                let holds = f64::from(*failed) / f64::from(all) < 0.2;
                (broken, samples) = if holds { (0, 0) } else { (broken + 1, samples + all) };
                state = if holds { ThresholdState::Holds } else { ThresholdState::Broken };
            }
            let abort =
                broken >= 3 && samples >= 30 && !expected.iter().flatten().any(|(_, a): &(_, Option<_>)| a.is_some());
            let news = abort || state != before;
            expected.push(news.then_some((state, abort.then_some(Action::Abort))).into_iter().collect::<Vec<_>>());
        }
        let mut judge = judge("spawn.failed.ratio < 20%", Some(Action::Abort));
        assert_eq!(said(&mut judge, &windows), expected, "seed {seed}: {windows:?}");
    }
}

#[test]
fn the_worst_value_is_named_and_windows_of_different_values_do_not_add_up() {
    let threshold = Threshold { action: Some(Action::Abort), ..parse("spawn.failed.ratio each hub < 10%").unwrap() };
    let mut judge = judge("spawn.failed.ratio < 10%", None);
    let pooled = judge.watched.remove(0);
    judge.watched.push(Watched { threshold, rows: BTreeMap::new(), ..pooled });
    let mut minute = |index: u64, broken: &str| {
        for hub in ["a", "b"] {
            for n in 0..20 {
                let mut event = spawn(index as f64 * 60.0 + f64::from(n), hub != broken || n < 10);
                if let EventKind::ServerStarted { target, .. } = &mut event.kind {
                    hub.clone_into(target);
                }
                judge.event(&event);
            }
        }
        judge.close((index + 1) * MINUTE_NS)
    };
    let first = minute(0, "b");
    assert_eq!((first[0].label.as_deref(), first[0].value), (Some("hub=b"), Some(0.5)));
    assert_eq!(minute(1, "a"), [], "it is broken still");
    assert_eq!(minute(2, "b"), [], "three windows, and none of one hub in a row");
    minute(3, "b");
    assert_eq!(minute(4, "b")[0].action, Some(Action::Abort));
}
