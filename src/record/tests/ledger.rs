use super::super::{
    InlineStore, Ledger, LedgerError, Reader, RunSource, RunState, close_leases, end_broken, list_runs,
};
use super::{block_on, lease, mark, run_folder};
use crate::event::{EventKind, LeaseKind, LeaseRecord, LeaseState};
use crate::port::Sink;

#[test]
fn cleaning_up_adds_to_the_record_with_a_new_incarnation() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let mut store = InlineStore::create(run.path()).unwrap();
    let records = [
        mark(1),
        lease(2, 1, LeaseKind::Account, LeaseState::Created),
        lease(3, 2, LeaseKind::Server, LeaseState::Created),
    ];
    block_on(store.write(&records)).unwrap();
    assert!(matches!(Ledger::open(run.path()), Err(LedgerError::Running { .. })));
    store.close().unwrap();
    let path = run.path().to_owned();
    drop(run);

    let mut ledger = Ledger::open(&path).unwrap();
    assert!(matches!(Ledger::open(&path), Err(LedgerError::Running { .. })), "two clean-ups do not meet");
    let account = ledger.open_leases()[&1].clone();
    assert_eq!(ledger.open_leases().keys().copied().collect::<Vec<_>>(), [1, 2]);
    ledger.close_lease(2, 77).unwrap();
    assert!(matches!(ledger.close_lease(2, 78), Err(LedgerError::NotOpen { lease: 2 })));
    // What is closed is kept at once, also if the clean-up is killed.
    assert_eq!(Reader::open(&path).unwrap().open_leases().unwrap().len(), 1);
    ledger.close().unwrap();

    let left: Vec<_> = [1, 2].map(|number| LeaseRecord { lease: number, wall_ns: 79, ..account.clone() }).into();
    close_leases(&path, &left).unwrap();
    let reader = Reader::open(&path).unwrap();
    assert!(reader.open_leases().unwrap().is_empty());
    let mut seen = Vec::new();
    reader.events(&mut |event| seen.push((event.seq, event.incarnation, event.t_ns, event.kind))).unwrap();
    assert_eq!(seen.len(), 5);
    assert_eq!((seen[3].0, seen[3].1, seen[3].2), (4, 2, 3_000_000));
    assert_eq!((seen[4].0, seen[4].1), (5, 3));
    assert!(matches!(&seen[3].3, EventKind::Lease(lease) if lease.wall_ns == 77 && lease.name == "server-2"));
}

#[test]
fn the_end_of_a_run_whose_store_broke_says_what_is_true() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let mut store = InlineStore::create(run.path()).unwrap();
    let records = [
        lease(1, 1, LeaseKind::Account, LeaseState::Created),
        lease(2, 2, LeaseKind::Server, LeaseState::Created),
        lease(3, 3, LeaseKind::Kernel, LeaseState::Created),
    ];
    block_on(store.write(&records)).unwrap();
    store.close().unwrap();
    let path = run.path().to_owned();
    drop(run);
    let state =
        || list_runs(root.path()).unwrap().0.into_iter().map(|run| (run.state, run.open_leases)).next().unwrap();
    assert_eq!(state(), (RunState::Killed, 3));
    std::fs::write(path.join(".reserve"), [0; 10]).unwrap();
    let error = Some("the record cannot be kept: database or disk is full".to_owned());
    let ended = EventKind::RunEnded { interrupted: false, error, left_behind: 1, aborted: None };
    end_broken(&path, &[2].into(), 99, ended).unwrap();
    assert_eq!(state(), (RunState::Failed, 1), "the server could not be removed, the others were");
    assert_eq!(Reader::open(&path).unwrap().open_leases().unwrap()[0].lease, 2);
    assert!(!path.join(".reserve").exists());
}
