//! The page of a run against the events that the run recorded.

use crate::world::{Beside, Memory, plan, seconds, simulate};
use hubmark::control::{Board, Watched};
use hubmark::event::{EventKind, Outcome, Sample, SampleBatch, SeriesKey};
use hubmark::plan::{ExecutorKind, Farm, Node, Plan, Role};
use hubmark::port::{Record, Sink};
use hubmark::prom::page::{Format, Page, parse};
use hubmark::sim::Faults;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Two microservers, two users on each.
fn farm() -> Plan {
    let users = ExecutorKind::ConstantUsers { users: 2, duration: seconds(1800), together: true };
    let mut plan = plan(users);
    let node = |name: &str| Node {
        name: name.to_owned(),
        role: Role::Microserver,
        hub: Some("hub".to_owned()),
        host: None,
        account: None,
        server: None,
        options: serde_json::Map::new(),
        gpus: vec![],
        metrics: None,
        limits: hubmark::plan::Limits::default(),
        size: hubmark::plan::Size::default(),
        labels: BTreeMap::new(),
    };
    plan.farm = Farm { nodes: vec![node("ms-01"), node("ms-02")], ..Farm::default() };
    for executor in plan.load.values_mut() {
        executor.nodes = vec!["ms-01".to_owned(), "ms-02".to_owned()];
    }
    plan
}

fn total(page: &Page<'_>, name: &str, label: (&str, &str)) -> f64 {
    page.named(name).filter(|point| point.label(label.0) == Some(label.1)).map(|point| point.value).sum()
}

#[test]
fn the_page_of_a_run_counts_what_its_record_counts_node_by_node() {
    let plan = farm();
    let faults = Faults { kernel_died: 0.1, ..Faults::default() };
    let ended = simulate(&plan, 3, &Beside { faults, ..Beside::default() });
    let board = Rc::new(RefCell::new(Board::new("r1", &plan)));
    let before = board.borrow().page("/metrics").unwrap().body;
    assert!(
        before.contains("outcome=\"ok\",role=\"microserver\",node=\"ms-02\"} 0\n"),
        "counters are there from the start: {before}"
    );
    let late = Sample { series: Arc::new(SeriesKey::plain("self_lateness_seconds")), value: 0.25 };
    let mut records: Vec<Record> = ended.events.iter().map(|event| Record::Event(Arc::new(event.clone()))).collect();
    records.push(Record::Samples(Arc::new(SampleBatch { sampler: "lateness", t_ns: 1, samples: vec![late] })));
    let kept = Memory::default();
    let mut sink = Watched::new(Box::new(kept.clone()), Rc::clone(&board));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        sink.write(&records).await.unwrap();
        sink.sync().await.unwrap();
    });
    assert_eq!(kept.len(), records.len(), "the store behind it has everything");

    let text = board.borrow().page("/metrics").unwrap().body;
    let page = parse(&text, Format::Text).unwrap();
    let tasks = || {
        ended.events.iter().filter_map(|event| match &event.kind {
            EventKind::TaskEnded(task) => Some((event, task)),
            _ => None,
        })
    };
    let good = tasks().filter(|(_, task)| task.outcome == Outcome::Ok).count() as f64;
    let bad = tasks().filter(|(_, task)| task.outcome == Outcome::KernelDied).count() as f64;
    assert!(good > 50.0 && bad > 0.0, "{good} good, {bad} bad");
    let completed = "hubmark_tasks_completed_total";
    assert_eq!(total(&page, completed, ("outcome", "ok")), good);
    assert_eq!(total(&page, completed, ("outcome", "kernel_died")), bad);
    for (slot, node) in ["ms-01", "ms-02"].into_iter().enumerate() {
        let of_node = tasks().filter(|(event, _)| event.ids.user.unwrap() as usize % 2 == slot).count() as f64;
        assert_eq!(total(&page, completed, ("node", node)), of_node, "{node}");
    }
    let count = |name: &str| page.named(name).next().unwrap().value;
    assert_eq!(count("hubmark_task_duration_seconds_count"), good);
    let seconds: f64 =
        tasks().filter(|(_, task)| task.outcome.is_ok()).map(|(_, task)| task.service_ns() as f64 / 1e9).sum();
    assert!((count("hubmark_task_duration_seconds_sum") - seconds).abs() < 1e-6);
    let buckets: Vec<f64> = page.named("hubmark_task_duration_seconds_bucket").map(|point| point.value).collect();
    assert!(buckets.is_sorted() && buckets.last() == Some(&good), "{buckets:?}");
    assert_eq!(total(&page, "hubmark_users", ("state", "busy")), 0.0, "all have left");
    assert_eq!(count("hubmark_self_lateness_seconds"), 0.25);
    assert!(page.points().all(|point| point.label("run") == Some("r1") && point.label("scenario") == Some("test")));
}
