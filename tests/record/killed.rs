//! A writer that is killed with `kill -9` at any moment loses nothing that it acknowledged.

use crate::writing::{lease, log, manifest, wait};
use hubmark::event::LeaseState;
use hubmark::port::Sink;
use hubmark::record::{Reader, RunFolder, RunSource, RunState, ThreadedStore, close_leases, is_running, list_runs};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

const CHILD: &str = "HUBMARK_TEST_WRITER";

/// Not a test of its own: the process that [`nothing_acknowledged_is_lost_at_a_kill`] starts and kills.
#[test]
fn writer_process() {
    let Ok(root) = std::env::var(CHILD) else { return };
    let folder = RunFolder::create(Path::new(&root), "run").unwrap();
    folder.write_manifest(&manifest("run")).unwrap();
    let mut store = ThreadedStore::create(folder.path()).unwrap();
    let kept = store.kept();
    let mut stdout = std::io::stdout();
    for seq in (1..).step_by(3) {
        let mut batch = vec![log(seq), log(seq + 1)];
        batch.push(lease(seq + 2, seq, LeaseState::Created));
        wait(store.write(&batch));
        if seq % 9 == 1 {
            wait(store.sync());
        }
        writeln!(stdout, "kept {}", kept.load(Ordering::Acquire)).unwrap();
        stdout.flush().unwrap();
    }
}

#[test]
fn nothing_acknowledged_is_lost_at_a_kill() {
    for lines in [1, 2, 3, 7, 20, 51, 130, 300, 700, 1500] {
        let root = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["killed::writer_process", "--exact", "--nocapture"])
            .env(CHILD, root.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut acknowledged = 0;
        let reader = BufReader::new(child.stdout.take().unwrap());
        let said =
            reader.lines().map_while(Result::ok).filter_map(|line| line.split("kept ").nth(1)?.parse::<u64>().ok());
        for (index, kept) in said.enumerate() {
            acknowledged = kept;
            if index + 1 == lines {
                assert!(is_running(&root.path().join("run")), "the lock is held");
                child.kill().unwrap();
                break;
            }
        }
        child.wait().unwrap();
        check(root.path(), acknowledged);
    }
}

fn check(root: &Path, acknowledged: u64) {
    let folder = root.join("run");
    assert!(!is_running(&folder), "the kernel released the lock");
    let reader = Reader::open(&folder).unwrap();
    let mut seqs = Vec::new();
    reader.events(&mut |event| seqs.push(event.seq)).unwrap();
    assert!(seqs.len() as u64 >= acknowledged, "{} of {acknowledged}", seqs.len());
    assert!(seqs.iter().copied().eq(1..=seqs.len() as u64), "no gap");
    let (runs, unreadable) = list_runs(root).unwrap();
    assert!(unreadable.is_empty());
    assert_eq!(runs[0].state, RunState::Killed);
    let open = reader.open_leases().unwrap();
    assert_eq!(open.len(), seqs.len() / 3);
    close_leases(
        &folder,
        &open
            .iter()
            .map(|l| hubmark::event::LeaseRecord { state: LeaseState::Closed, ..l.clone() })
            .collect::<Vec<_>>(),
    )
    .unwrap();
    assert!(Reader::open(&folder).unwrap().open_leases().unwrap().is_empty());
}
