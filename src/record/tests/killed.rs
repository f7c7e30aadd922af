use super::super::{Ledger, Reader, RunSource, RunState, ThreadedStore, list_runs};
use super::{ID, block_on, lease, mark, run_folder, samples, task};
use crate::event::{LeaseKind, LeaseState, SeriesKey};
use crate::port::Sink;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// A file in the working folder of the process that writes and is killed.
const WRITER: &str = "write-here-until-killed";

/// The test starts itself as the process that is to be killed.
#[test]
fn a_killed_process_loses_no_acknowledged_event() {
    if Path::new(WRITER).exists() {
        return write_until_killed(Path::new("."));
    }
    for round in 0..10 {
        let root = tempfile::tempdir().unwrap();
        let acknowledged = kill_a_writer(root.path(), 1 + round * 7);
        assert!(acknowledged > 0);
        check(root.path(), acknowledged);
    }
}

fn write_until_killed(root: &Path) {
    let run = run_folder(root);
    let mut store = ThreadedStore::create(run.path()).unwrap();
    let status = store.status();
    let key = Arc::new(SeriesKey::plain("node_load1"));
    block_on(async {
        let mut said = 0;
        for seq in 1.. {
            let event = match seq % 50 {
                1 => lease(seq, seq, LeaseKind::Server, LeaseState::Intended),
                2..10 => task(seq),
                _ => mark(seq),
            };
            store.write(&[event, samples(seq, &key, seq as f64)]).await.unwrap();
            if seq % 500 == 1 {
                store.sync().await.unwrap();
            }
            if status.committed_seq() > said {
                said = status.committed_seq();
                writeln!(std::io::stdout(), "\nacknowledged {said}").unwrap();
            }
        }
    });
}

/// Kills a writer after it has acknowledged so many times, and gives the last event that it acknowledged.
fn kill_a_writer(root: &Path, times: usize) -> u64 {
    std::fs::write(root.join(WRITER), []).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "record::tests::killed::a_killed_process_loses_no_acknowledged_event", "--nocapture"])
        .current_dir(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut heard = 0;
    let mut last = 0;
    for line in lines.map_while(Result::ok) {
        if let Some(seq) = line.strip_prefix("acknowledged ") {
            last = seq.parse().unwrap();
            heard += 1;
            if heard == times {
                child.kill().unwrap();
            }
        }
    }
    let ended = child.wait().unwrap();
    assert!(ended.code().is_none(), "the writer ended by itself: {ended}");
    last
}

fn check(root: &Path, acknowledged: u64) {
    let dir = &root.join(ID);
    let entry = list_runs(root).unwrap().0.remove(0);
    assert_eq!(entry.state, RunState::Killed);
    let reader = Reader::open(dir).unwrap();
    let mut last = 0;
    reader
        .events(&mut |event| {
            assert_eq!(event.seq, last + 1);
            last = event.seq;
        })
        .unwrap();
    assert!(last >= acknowledged, "acknowledged {acknowledged}, kept {last}");
    let (mut count, mut before) = (0, 0);
    reader
        .samples(reader.series().unwrap()[0].id, &mut |t_ns, value| {
            assert!(t_ns > before);
            assert_eq!(value, (t_ns / 1_000_000_000) as f64);
            (count, before) = (count + 1, t_ns);
        })
        .unwrap();
    assert!(count >= acknowledged, "samples go with their events");
    assert_eq!(entry.open_leases as u64, last.div_ceil(50));
    drop(reader);

    let mut ledger = Ledger::open(dir).unwrap();
    let leases: Vec<u64> = ledger.open_leases().keys().copied().collect();
    leases.into_iter().take(3).for_each(|lease| ledger.close_lease(lease, 1).unwrap());
    ledger.close().unwrap();
    assert_eq!(Reader::open(dir).unwrap().last_event().unwrap().unwrap().seq, last + entry.open_leases.min(3) as u64);
}
