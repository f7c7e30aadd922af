use super::super::{
    Environment, InlineStore, Manifest, Reader, RunFolder, RunSource, SourceError, ThreadedStore, schema,
};
use super::{block_on, ended, event, lease, manifest, mark, run_folder, samples, task};
use crate::event::{Event, EventKind, LeaseKind, LeaseState, SeriesKey};
use crate::port::{FileContent, Record, Sink};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn events(reader: &Reader) -> Vec<Event> {
    let mut events = Vec::new();
    reader.events(&mut |event| events.push(event)).unwrap();
    events
}

fn sample_values(reader: &Reader, name: &str) -> Vec<(u64, f64)> {
    let series = reader.series().unwrap();
    let id = series.iter().find(|series| series.key.name == name).unwrap().id;
    let mut values = Vec::new();
    reader.samples(id, &mut |t, value| values.push((t, value))).unwrap();
    values
}

fn some_records() -> Vec<Record> {
    let key = Arc::new(SeriesKey::plain("node_load1").with("node", "client"));
    let mut records = vec![event(1, EventKind::RunStarted { run: "r".to_owned(), simulated: true })];
    for n in 2..3000 {
        records.push(if n % 3 == 0 { task(n) } else { mark(n) });
        if n % 10 == 0 {
            records.push(samples(n / 10, &key, n as f64 / 7.0));
        }
    }
    records.push(ended(3000, false, None));
    records
}

fn simulate(root: &Path) -> PathBuf {
    let run = RunFolder::replace(root, "simulated-farm-7").unwrap();
    run.write_manifest(&manifest(run.id(), true)).unwrap();
    let mut store = InlineStore::create(run.path()).unwrap();
    block_on(async {
        for batch in some_records().chunks(17) {
            store.write(batch).await.unwrap();
        }
        store.sync().await.unwrap();
    });
    store.close().unwrap();
    run.path().to_owned()
}

#[test]
fn what_was_written_is_read_back() {
    let root = tempfile::tempdir().unwrap();
    let run = simulate(root.path());
    let reader = Reader::open(&run).unwrap();
    let written = some_records().into_iter().filter_map(|record| match record {
        Record::Event(event) => Some((*event).clone()),
        _ => None,
    });
    assert_eq!(events(&reader), written.collect::<Vec<_>>());
    let values = sample_values(&reader, "node_load1");
    assert_eq!(values.len(), 299);
    assert_eq!(values[298], (299_000_000_000, 2990.0 / 7.0));
    assert_eq!(reader.series().unwrap()[0].key.labels["node"], "client");
    assert_eq!(reader.tasks_ended().unwrap(), 999);
    assert!(!reader.is_running());
    assert_eq!(reader.last_event().unwrap().unwrap().seq, 3000);
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bytes = |root: &Path| fs::read(simulate(root).join("run.db")).unwrap();
    assert!(bytes(one.path()) == bytes(two.path()));
    assert!(bytes(one.path()) == bytes(two.path()), "again in the place of the earlier run");
}

#[test]
fn a_closed_run_is_one_database_file_without_a_log() {
    let root = tempfile::tempdir().unwrap();
    let run = simulate(root.path());
    let mut names: Vec<_> = fs::read_dir(&run).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["manifest.json", "run.db", "run.lock"]);
}

#[test]
fn a_live_run_can_be_read_and_its_acknowledged_events_are_there() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let mut store = ThreadedStore::create(run.path()).unwrap();
    let status = store.status();
    let key = Arc::new(SeriesKey::plain("node_load1"));
    block_on(async {
        store.write(&[mark(1), mark(2), samples(1, &key, 0.5)]).await.unwrap();
        store.sync().await.unwrap();
    });
    assert_eq!(status.committed_seq(), 2);
    let reader = Reader::open(run.path()).unwrap();
    assert!(reader.is_running());
    assert_eq!(events(&reader).len(), 2);
    assert_eq!(sample_values(&reader, "node_load1"), [(1_000_000_000, 0.5)]);

    // Without `sync` the commit comes by itself.
    block_on(async {
        store.write(&[mark(3)]).await.unwrap();
        while status.committed_seq() < 3 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(events(&reader).len(), 3, "an open reader sees what came later");

    store.close().unwrap();
    let path = run.path().to_owned();
    drop(run);
    assert!(!reader.is_running());
    assert_eq!(events(&reader).len(), 3);
    drop(reader);
    assert_eq!(events(&Reader::open(&path).unwrap()).len(), 3);
}

#[test]
fn dropping_the_store_keeps_everything_it_took() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let mut store = ThreadedStore::create(run.path()).unwrap();
    block_on(async {
        for seq in 1..=5000 {
            store.write(&[mark(seq)]).await.unwrap();
        }
    });
    drop(store);
    assert_eq!(events(&Reader::open(run.path()).unwrap()).len(), 5000);
}

#[test]
fn a_database_in_wal_mode_is_read_from_a_copy_with_its_log() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let mut store = ThreadedStore::create(run.path()).unwrap();
    block_on(async {
        store.write(&[mark(1), mark(2)]).await.unwrap();
        store.sync().await.unwrap();
    });
    let copy = super::super::scratch::Scratch::of_database(&run.path().join("run.db")).unwrap();
    let db = schema::read(&copy.path().join("run.db")).unwrap();
    let count: i64 = db.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 2);
    let place = copy.path().to_owned();
    drop(copy);
    assert!(!place.exists());
}

/// The content of a file.
#[derive(Debug)]
struct Braces;

impl FileContent for Braces {
    fn bytes(&self) -> Vec<u8> {
        b"{}".to_vec()
    }

    fn size(&self) -> usize {
        2
    }
}

#[test]
fn executed_notebooks_are_written_whole_and_their_failure_costs_no_event() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let file = |path: &str| Record::File { path: path.to_owned(), content: Arc::new(Braces) };
    let mut store = InlineStore::create(run.path()).unwrap();
    let status = store.status();
    block_on(async {
        store.write(&[mark(1), file("notebooks/a.ipynb")]).await.unwrap();
        let error = store.write(&[file("../a.ipynb"), mark(2), file("/b")]).await.unwrap_err();
        assert!(error.0.starts_with("failed to write ../a.ipynb: "), "{error}");
        store.write(&[mark(3)]).await.unwrap();
        store.sync().await.unwrap();
    });
    assert_eq!((status.files_failed(), status.lost(), status.committed_seq()), (2, 0, 3));
    store.close().unwrap();
    assert_eq!(fs::read(run.path().join("notebooks/a.ipynb")).unwrap(), b"{}");
    assert!(!root.path().join("a.ipynb").exists());
}

#[test]
fn a_run_is_recorded_once() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    InlineStore::create(run.path()).unwrap().close().unwrap();
    for error in [InlineStore::create(run.path()).unwrap_err(), ThreadedStore::create(run.path()).unwrap_err()] {
        assert!(error.0.ends_with("is recorded already"), "{error}");
    }
}

#[test]
fn leases_that_are_not_closed_are_found() {
    use LeaseState::{Closed, Created, Intended};
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let mut store = InlineStore::create(run.path()).unwrap();
    let records = [
        lease(1, 1, LeaseKind::Account, Intended),
        lease(2, 1, LeaseKind::Account, Created),
        lease(3, 2, LeaseKind::Server, Intended),
        lease(4, 3, LeaseKind::Kernel, Intended),
        lease(5, 3, LeaseKind::Kernel, Created),
        lease(6, 2, LeaseKind::Server, Closed),
    ];
    block_on(store.write(&records)).unwrap();
    store.close().unwrap();
    let open = Reader::open(run.path()).unwrap().open_leases().unwrap();
    let seen: Vec<_> = open.iter().map(|lease| (lease.lease, lease.state, lease.name.as_str())).collect();
    assert_eq!(seen, [(1, Created, "account-1"), (3, Created, "kernel-3")]);
}

#[test]
fn the_views_show_what_the_events_say() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let mut store = InlineStore::create(run.path()).unwrap();
    block_on(store.write(&[task(1), lease(2, 9, LeaseKind::Server, LeaseState::Intended), mark(3)])).unwrap();
    store.close().unwrap();
    let db = schema::read(&run.path().join("run.db")).unwrap();
    let text = |sql: &str| db.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("SELECT notebook || ' ' || outcome || ' ' || user FROM task"), "train ok 3");
    assert_eq!(text("SELECT what || ' ' || state || ' ' || lease FROM lease"), "server intended 9");
    assert_eq!(text("SELECT text FROM mark"), "mark 3");
}

#[test]
fn a_newer_format_is_refused_and_damage_is_named() {
    let root = tempfile::tempdir().unwrap();
    let run = simulate(root.path());
    let database = run.join("run.db");
    let db = rusqlite::Connection::open(&database).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    assert!(matches!(Reader::open(&run), Err(SourceError::TooNew { found: 99, known: 1 })));
    fs::write(&database, b"this is not a database, not at all").unwrap();
    let error = Reader::open(&run).unwrap_err().to_string();
    assert!(error.starts_with("failed to read run.db: "), "{error}");
    fs::remove_file(&database).unwrap();
    let error = Reader::open(&run).unwrap_err().to_string();
    assert!(error.ends_with("run.db: there is no such file"), "{error}");
    fs::write(run.join("manifest.json"), br#"{"format": 2, "runs": "as it likes"}"#).unwrap();
    assert!(matches!(Reader::open(&run), Err(SourceError::TooNew { found: 2, known: 1 })));
    fs::write(run.join("manifest.json"), b"{").unwrap();
    assert!(matches!(Reader::open(&run), Err(SourceError::Unreadable { .. })));
}

#[test]
fn the_manifest_is_completed_at_the_end() {
    let root = tempfile::tempdir().unwrap();
    let run = run_folder(root.path());
    let mut manifest = Manifest::load(run.path()).unwrap();
    assert_eq!(manifest.ended_wall_ns, None);
    let mut end = Environment::default();
    end.facts.insert("kernel".to_owned(), "6.18".to_owned());
    manifest.ended_wall_ns = Some(5);
    manifest.environment_end = Some(end);
    run.write_manifest(&manifest).unwrap();
    assert_eq!(Manifest::load(run.path()).unwrap(), manifest);
}
