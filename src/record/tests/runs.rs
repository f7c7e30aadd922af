use super::super::{FolderError, InlineStore, RunFolder, RunState, find_run, list_runs, remove_run};
use super::{ID, block_on, ended, lease, manifest, mark, run_folder, task};
use crate::event::{LeaseKind, LeaseState};
use crate::port::{Record, Sink};
use std::fs;
use std::path::{Path, PathBuf};

fn recorded(root: &Path, id: &str, records: &[Record]) -> PathBuf {
    let run = RunFolder::create(root, id).unwrap();
    run.write_manifest(&manifest(run.id(), false)).unwrap();
    let mut store = InlineStore::create(run.path()).unwrap();
    block_on(store.write(records)).unwrap();
    store.close().unwrap();
    run.path().to_owned()
}

#[test]
fn run_ids_never_collide() {
    let root = tempfile::tempdir().unwrap();
    let runs: Vec<RunFolder> = (0..3).map(|_| run_folder(root.path())).collect();
    let ids: Vec<&str> = runs.iter().map(RunFolder::id).collect();
    assert_eq!(ids, [ID.to_owned(), format!("{ID}-1"), format!("{ID}-2")]);
}

#[test]
fn the_list_says_how_each_run_stands() {
    let root = tempfile::tempdir().unwrap();
    assert!(list_runs(&root.path().join("none")).unwrap().0.is_empty());
    let open = lease(2, 1, LeaseKind::Account, LeaseState::Created);
    recorded(root.path(), "a", &[task(1), task(2), ended(3, false, None)]);
    recorded(root.path(), "b", &[ended(1, true, None)]);
    recorded(root.path(), "c", &[ended(1, false, Some("the hub is gone"))]);
    recorded(root.path(), "d", &[mark(1), open]);
    let broken = recorded(root.path(), "e", &[mark(1)]);
    fs::write(broken.join("run.db"), b"nonsense that is no database").unwrap();
    let live = RunFolder::create(root.path(), "f").unwrap();
    live.write_manifest(&manifest(live.id(), true)).unwrap();
    let _store = InlineStore::create(live.path()).unwrap();

    let (runs, unreadable) = list_runs(root.path()).unwrap();
    let states: Vec<RunState> = runs.iter().map(|run| run.state).collect();
    use RunState::{Failed, Finished, Interrupted, Killed, Running};
    assert_eq!(states, [Finished, Interrupted, Failed, Killed, Running]);
    assert_eq!((runs[0].tasks, runs[0].length_ns, runs[0].simulated), (2, 3_000_000, false));
    assert_eq!((runs[3].run.as_str(), runs[3].open_leases), ("d", 1));
    assert!(runs[0].bytes > 10_000 && runs[4].simulated);
    assert_eq!(runs[0].scenario, "farm-baseline");
    assert_eq!((unreadable.len(), unreadable[0].0.as_str()), (1, "e"));
}

#[test]
fn a_run_is_found_by_id_beginning_last_and_path() {
    let root = tempfile::tempdir().unwrap();
    let find = |wanted: &str| find_run(root.path(), wanted);
    assert!(matches!(find("last"), Err(FolderError::NotFound { .. })));
    let one = recorded(root.path(), "2026-11-24-a", &[mark(1)]);
    let two = recorded(root.path(), "2026-11-25-b", &[mark(1)]);
    // Started before the other one, by what the file system says.
    let early = fs::File::open(two.join("run.lock")).unwrap();
    let before = fs::metadata(one.join("run.lock")).unwrap().modified().unwrap() - std::time::Duration::from_secs(9);
    early.set_modified(before).unwrap();
    assert_eq!(find("2026-11-24-a").unwrap(), one);
    assert_eq!(find("last").unwrap(), one);
    assert_eq!(find("2026-11-25").unwrap(), two);
    assert_eq!(find(two.to_str().unwrap()).unwrap(), two);
    let error = find("2026").unwrap_err().to_string();
    assert_eq!(error, "\"2026\" is the beginning of several runs: 2026-11-25-b, 2026-11-24-a");
    assert!(find("2031").unwrap_err().to_string().starts_with("no run \"2031\" in "));
    assert!(find("").is_err());
}

#[test]
fn a_run_that_is_needed_is_not_removed() {
    let root = tempfile::tempdir().unwrap();
    let left = recorded(root.path(), "left", &[lease(1, 1, LeaseKind::Account, LeaseState::Intended)]);
    assert!(matches!(remove_run(&left, false), Err(FolderError::OpenLeases { open: 1, .. })));
    remove_run(&left, true).unwrap();
    assert!(!left.exists());

    let live = run_folder(root.path());
    let path = live.path().to_owned();
    drop(InlineStore::create(&path).unwrap());
    assert!(matches!(remove_run(&path, true), Err(FolderError::Running(_))));
    drop(live);
    remove_run(&path, false).unwrap();

    fs::create_dir(root.path().join("thesis")).unwrap();
    assert!(remove_run(&root.path().join("thesis"), true).is_err());
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing half-removed, and the thesis is still there");
}

#[test]
fn a_simulated_run_takes_the_place_of_the_one_before_unless_that_is_running() {
    let root = tempfile::tempdir().unwrap();
    let run = RunFolder::replace(root.path(), "simulated-farm-42").unwrap();
    drop(InlineStore::create(run.path()).unwrap());
    assert!(matches!(RunFolder::replace(root.path(), "simulated-farm-42"), Err(FolderError::Running(_))));
    drop(run);
    let run = RunFolder::replace(root.path(), "simulated-farm-42").unwrap();
    assert!(!run.path().join("run.db").exists());
}
