use super::super::{Durability, InlineStore, RunDir, RunDirError, RunState, list_runs, remove_run, resolve_run};
use super::{block_on, ended, lease, manifest, mark, run_dir, task};
use crate::event::{LeaseKind, LeaseState};
use crate::port::{Record, Sink};
use std::fs;
use std::path::Path;

const SECOND: i64 = 1_000_000_000;

fn recorded(root: &Path, name: &str, started: i64, records: &[Record]) -> RunDir {
    let run = RunDir::create(root, name, started).unwrap();
    let mut manifest = manifest(run.id(), false);
    manifest.started_wall_ns = started;
    run.write_manifest(&manifest).unwrap();
    let mut store = InlineStore::create(run.path(), Durability::Disk).unwrap();
    block_on(store.write(records)).unwrap();
    store.close().unwrap();
    run
}

#[test]
fn run_ids_sort_by_time_and_never_collide() {
    let root = tempfile::tempdir().unwrap();
    let ids: Vec<String> = (0..40).map(|_| run_dir(root.path()).id().to_owned()).collect();
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), 40);
    for id in &ids {
        let end = id.strip_prefix("2026-11-24T04-12-09Z-farm-baseline-").unwrap();
        assert_eq!(end.len(), 2, "{id}");
    }
    let odd = RunDir::create(root.path(), "a/b c", 0).unwrap();
    assert!(odd.id().starts_with("1970-01-01T00-00-00Z-a-b-c-"), "{}", odd.id());
}

#[test]
fn the_list_says_how_each_run_stands() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(list_runs(&root.path().join("none")).unwrap(), []);
    let open = lease(2, 1, LeaseKind::Account, LeaseState::Created);
    recorded(root.path(), "a", SECOND, &[task(1), task(2), ended(3, false, None)]);
    recorded(root.path(), "b", 2 * SECOND, &[ended(1, true, None)]);
    recorded(root.path(), "c", 3 * SECOND, &[ended(1, false, Some("the hub is gone"))]);
    recorded(root.path(), "d", 4 * SECOND, &[mark(1), open]);
    let broken = recorded(root.path(), "e", 5 * SECOND, &[mark(1)]);
    fs::write(broken.path().join("run.db"), b"nonsense that is no database").unwrap();
    let live = RunDir::create(root.path(), "f", 6 * SECOND).unwrap();
    let mut live_manifest = manifest(live.id(), true);
    live_manifest.started_wall_ns = 6 * SECOND;
    live.write_manifest(&live_manifest).unwrap();
    let store = InlineStore::create(live.path(), Durability::Disk).unwrap();

    let runs = list_runs(root.path()).unwrap();
    let states: Vec<&str> = runs.iter().map(|run| run.state.name()).collect();
    assert_eq!(states, ["finished", "interrupted", "failed", "killed", "unreadable", "running"]);
    assert_eq!((runs[0].tasks, runs[0].lasted_ns, runs[0].simulated), (2, 3_000_000, false));
    assert_eq!(runs[2].state, RunState::Failed("the hub is gone".to_owned()));
    assert_eq!(runs[3].open_leases, 1);
    assert!(runs[0].bytes > 10_000 && runs[5].simulated);
    assert_eq!(runs[0].name, "farm-baseline");
    drop(store);
}

#[test]
fn a_run_is_found_by_id_beginning_last_and_path() {
    let root = tempfile::tempdir().unwrap();
    let error = resolve_run(root.path(), "last").unwrap_err();
    assert_eq!(error.hint().unwrap(), "no run was recorded there yet");
    let old = recorded(root.path(), "old", SECOND, &[mark(1)]);
    let new = recorded(root.path(), "new", 90_000 * SECOND, &[mark(1)]);
    let find = |wanted: &str| resolve_run(root.path(), wanted);
    assert_eq!(find(old.id()).unwrap(), old.path());
    assert_eq!(find("last").unwrap(), new.path());
    assert_eq!(find("1970-01-02").unwrap(), new.path());
    assert_eq!(find(old.path().to_str().unwrap()).unwrap(), old.path());
    let error = find("1970").unwrap_err();
    assert!(error.to_string().starts_with("several runs begin with `1970`: 1970-01-01T"), "{error}");
    let error = find("2031").unwrap_err();
    assert!(error.to_string().starts_with("there is no run `2031` in "), "{error}");
    assert!(error.hint().unwrap().starts_with(&format!("the newest runs there: {}", new.id())));
}

#[test]
fn a_run_that_is_needed_is_not_removed() {
    let root = tempfile::tempdir().unwrap();
    let open = lease(1, 1, LeaseKind::Account, LeaseState::Intended);
    let left = recorded(root.path(), "left", SECOND, &[open]);
    let error = remove_run(left.path(), false).unwrap_err();
    assert!(matches!(error, RunDirError::OpenLeases { leases: 1, .. }));
    assert_eq!(error.hint().unwrap(), format!("`hubmark clean {}` removes what it left on hubs", left.id()));
    remove_run(left.path(), true).unwrap();
    assert!(!left.path().exists());

    let live = run_dir(root.path());
    let store = InlineStore::create(live.path(), Durability::Disk).unwrap();
    assert!(matches!(remove_run(live.path(), true), Err(RunDirError::Running { .. })));
    drop(store);
    remove_run(live.path(), false).unwrap();

    fs::create_dir(root.path().join("thesis")).unwrap();
    assert!(remove_run(&root.path().join("thesis"), true).is_err());
    assert!(root.path().join("thesis").exists());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
}

#[test]
fn a_simulated_run_takes_the_place_of_the_one_before_unless_that_is_running() {
    let root = tempfile::tempdir().unwrap();
    let run = RunDir::create_simulated(root.path(), "farm", 42).unwrap();
    assert_eq!(run.id(), "simulated-farm-42");
    let store = InlineStore::create(run.path(), Durability::Process).unwrap();
    let again = RunDir::create_simulated(root.path(), "farm", 42);
    assert!(matches!(again, Err(RunDirError::Running { .. })));
    drop(store);
    RunDir::create_simulated(root.path(), "farm", 42).unwrap();
    assert!(!run.path().join("run.db").exists());
}
