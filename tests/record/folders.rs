//! Folders of runs.

use crate::writing::{lease, log, manifest, write};
use hubmark::event::LeaseState;
use hubmark::record::{FolderError, InlineStore, Reader, RunFolder, SourceError, find_run, list_runs, remove_run};
use std::path::Path;

fn run(root: &Path, id: &str, open_lease: bool) -> RunFolder {
    let folder = RunFolder::create(root, id).unwrap();
    folder.write_manifest(&manifest(id)).unwrap();
    let mut store = InlineStore::create(folder.path()).unwrap();
    write(&mut store, &[log(1)]);
    if open_lease {
        write(&mut store, &[lease(2, 1, LeaseState::Created)]);
    }
    folder
}

#[test]
fn a_run_is_found_by_the_beginning_of_its_id() {
    let root = tempfile::tempdir().unwrap();
    for id in ["2026-a", "2026-b", "2027-c"] {
        run(root.path(), id, false);
    }
    assert!(find_run(root.path(), "2027").unwrap().ends_with("2027-c"));
    assert!(find_run(root.path(), "last").unwrap().ends_with("2027-c"));
    assert!(matches!(find_run(root.path(), "2026"), Err(FolderError::Ambiguous { matches, .. }) if matches.len() == 2));
    assert!(matches!(find_run(root.path(), "x"), Err(FolderError::NotFound { .. })));
    let (runs, unreadable) = list_runs(root.path()).unwrap();
    assert_eq!((runs.len(), unreadable.len()), (3, 0));
    assert_eq!(list_runs(&root.path().join("nothing")).unwrap().0.len(), 0);
}

#[test]
fn runs_are_listed_as_they_started_and_the_last_one_is_last() {
    let root = tempfile::tempdir().unwrap();
    for (id, second) in [("2025-c", 3), ("2026-b", 2), ("simulated-a", 1)] {
        let folder = run(root.path(), id, false);
        // When a run started is when its lock was made.
        let lock = std::fs::File::open(folder.path().join("run.lock")).unwrap();
        lock.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(second)).unwrap();
    }
    let (runs, _) = list_runs(root.path()).unwrap();
    let listed: Vec<&str> = runs.iter().map(|run| run.run.as_str()).collect();
    assert_eq!(listed, ["simulated-a", "2026-b", "2025-c"]);
    assert!(find_run(root.path(), "last").unwrap().ends_with("2025-c"));
}

#[test]
fn a_run_that_left_something_or_goes_on_is_not_removed() {
    let root = tempfile::tempdir().unwrap();
    let folder = run(root.path(), "left", true);
    assert!(matches!(remove_run(folder.path(), true), Err(FolderError::Running(_))));
    let path = folder.path().to_owned();
    drop(folder);
    assert!(matches!(remove_run(&path, false), Err(FolderError::OpenLeases { open: 1, .. })));
    remove_run(&path, true).unwrap();
    assert!(!path.exists());
}

#[test]
fn a_run_of_a_newer_format_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let folder = run(root.path(), "new", false);
    let path = folder.path().join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap().replacen("\"format\": 1", "\"format\": 99", 1);
    std::fs::write(&path, text).unwrap();
    assert!(matches!(Reader::open(folder.path()), Err(SourceError::TooNew { found: 99, .. })));
    let (_, unreadable) = list_runs(root.path()).unwrap();
    assert_eq!(unreadable.len(), 1);
}

#[test]
fn two_runs_of_one_second_have_two_folders() {
    let root = tempfile::tempdir().unwrap();
    let first = RunFolder::create(root.path(), "same").unwrap();
    let second = RunFolder::create(root.path(), "same").unwrap();
    assert_ne!(first.id(), second.id());
}
