//! A run under which everything dies once: proxy, a server, a kernel, the hub.

use crate::counted;
use crate::driver::{ended_with, has, hubmark, only_run, said, scenario, start, until};
use crate::lab;
use crate::processes::{self, Recipe};
use crate::watch::{kill_9, mark};
use hubmark::event::{EventKind, NoticeKind, Outcome, TaskRecord};
use hubmark::lab::{HubSettings, Lab, LabOptions};
use hubmark::record::{Reader, RunSource};
use std::path::Path;
use std::process::Command;

fn tasks(run: &Path) -> Vec<TaskRecord> {
    let mut tasks = Vec::new();
    let mut keep = |kind| {
        if let EventKind::TaskEnded(task) = kind {
            tasks.push(*task);
        }
    };
    Reader::open(run).unwrap().events(&mut |event| keep(event.kind)).unwrap();
    tasks
}

/// Outcomes of the tasks that have ended so far.
fn outcomes(runs: &Path) -> Vec<Outcome> {
    if !has(runs, |_| true) {
        return Vec::new();
    }
    tasks(&only_run(runs)).iter().map(|task| task.outcome).collect()
}

/// Waits until one more task ended like that, a minute and a half at most: a reconnection takes its time where two processors do everything.
fn until_more(runs: &Path, outcome: Outcome) {
    let count = |outcomes: &[Outcome]| outcomes.iter().filter(|each| **each == outcome).count();
    let before = count(&outcomes(runs));
    let deadline = hubmark::clock::Deadline::after(std::time::Duration::from_secs(90));
    while count(&outcomes(runs)) == before {
        assert!(!deadline.expired(), "no more {outcome}: {:?}", outcomes(runs));
        std::thread::park_timeout(std::time::Duration::from_millis(100));
    }
}

/// Kills what has this in its command line and belongs to the lab: one of them.
fn kill_one(lab: &Lab, command: &str) {
    let environment = format!("HUBMARK_LAB={}", mark(lab.info()));
    until("there is something to kill", || !processes::find(command, &environment).is_empty());
    kill_9(processes::find(command, &environment)[0]);
}

#[test]
fn a_run_outlives_proxy_server_kernel_and_hub_and_its_books_are_right() {
    let hub = HubSettings { cleanup_servers: false, ..HubSettings::default() };
    let own = lab::start(&LabOptions { hub, ..lab::options() });
    let (proxy, hub) = (Recipe::of(own.proxy_pid()), Recipe::of(own.hub_pid()));
    let runs = tempfile::tempdir().unwrap();
    let mut command = hubmark(runs.path());
    command.env("JUPYTERHUB_API_TOKEN", own.token());
    command.arg("run").arg(scenario("counts.lua")).args(["--hub", own.url()]);
    let child = start(&mut command);
    until_more(runs.path(), Outcome::Ok);
    kill_9(own.proxy_pid());
    let proxy = proxy.start();
    until_more(runs.path(), Outcome::Ok);
    kill_one(&own, "jupyterhub.singleuser");
    until_more(runs.path(), Outcome::ServerDied);
    kill_one(&own, "ipykernel_launcher");
    until_more(runs.path(), Outcome::KernelDied);
    // A hub that is killed while it starts a server forgets the server's process; no client can know of it.
    until("each of the three users has a server", || {
        let (_, users) = crate::http::request("GET", own.info().public_port, "/hub/api/users", own.token(), "");
        users.matches("\"ready\": true").count() == 3
    });
    kill_9(own.hub_pid());
    let hub = hub.start();
    let answers = || crate::http::request("GET", own.info().public_port, "/hub/api/", own.token(), "").0 == 200;
    until("the hub is back", answers);
    until_more(runs.path(), Outcome::Ok);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let text = said(&output);
    ended_with(&output, 105);
    let run = only_run(runs.path());
    for task in tasks(&run) {
        // A kernel that is asked for while the hub is away is told as that.
        let expected = [Outcome::Ok, Outcome::ServerDied, Outcome::KernelDied, Outcome::HubDown];
        assert!(expected.contains(&task.outcome), "{:?}", task.failure);
        if task.outcome.is_ok() {
            let copy = std::fs::read(run.join(task.kept.unwrap())).unwrap();
            let copy: serde_json::Value = serde_json::from_slice(&copy).unwrap();
            let lost = task
                .notices
                .iter()
                .find(|notice| notice.kind == NoticeKind::OutputLost)
                .map_or(0, |notice| notice.count);
            counted::check(copy["cells"][0]["outputs"][0]["text"].as_str().unwrap(), 20, lost);
            assert!(task.timings[0].kernel_took_ns.unwrap() <= task.timings[0].took_ns, "{:?}", task.timings);
        }
    }
    let reconnected = tasks(&run).iter().any(|task| task.notices.iter().any(|n| n.kind == NoticeKind::Reconnected));
    assert!(reconnected && text.contains("reconnected"), "{text}");
    assert!(Reader::open(&run).unwrap().open_leases().unwrap().is_empty(), "{text}");
    let (_, users) = crate::http::request("GET", own.info().public_port, "/hub/api/users", own.token(), "");
    assert!(!users.contains("counts-"), "{users}");
    let mark = format!("HUBMARK_LAB={}", mark(own.info()));
    until("the servers' processes have ended", || processes::find("jupyterhub.singleuser", &mark).is_empty());
    drop((proxy, hub));
    own.stop().unwrap();
}
