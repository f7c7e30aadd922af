//! `cargo bench --bench store`: what the run store and the samplers cost. One line a figure; nothing here passes or fails.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark prints its figures and has nobody to give an error to"
)]

mod metrics;
mod rivals;

use hubmark::event::{Event, EventKind, Ids};
use hubmark::port::{Record, Sampler, Sink};
use hubmark::record::{InlineStore, Reader, RunSource, ThreadedStore};
use hubmark::sampler::{HostSampler, SelfSampler};
use rivals::{InUse, Rival, Rows, XorTicks};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const SERIES: u32 = (metrics::NODES * metrics::METRICS) as u32;

fn main() {
    println!("samples: {} nodes x {} metrics each second, one commit a second", metrics::NODES, metrics::METRICS);
    let rivals: [(Box<dyn Rival>, u64); 3] =
        [(Box::<InUse>::default(), 600), (Box::<XorTicks>::default(), 600), (Box::<Rows>::default(), 120)];
    for (rival, seconds) in rivals {
        samples(rival, seconds);
    }
    runtime().block_on(async {
        events().await;
        syncs().await;
        sampler(HostSampler::new()).await;
        sampler(SelfSampler::new()).await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn samples(mut rival: Box<dyn Rival>, seconds: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bench.db");
    let db = Connection::open(&path).expect("a database");
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL").expect("pragmas");
    rival.create(&db);
    let mut farm = metrics::Farm::new();
    let batches: Vec<_> = (0..seconds).map(|_| farm.tick()).collect();
    let started = Instant::now();
    for batch in &batches {
        db.execute_batch("BEGIN").expect("begin");
        rival.append(&db, batch);
        db.execute_batch("COMMIT").expect("commit");
    }
    rival.finish(&db);
    let wrote = started.elapsed();
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("checkpoint");
    let count = seconds * u64::from(SERIES);
    let free: u32 = db.pragma_query_value(None, "freelist_count", |row| row.get(0)).expect("pages");
    let bytes = std::fs::metadata(&path).expect("the database").len();
    let started = Instant::now();
    // Reading a series is the same work for each, and the slow rivals would take minutes for all.
    let few = SERIES.min(64);
    let read = if rival.name().starts_with("one XOR") { 8 } else { few };
    let got = rival.read_all(&db, read);
    println!(
        "  {:40} write {:6.1} ns, keep {:5.2} bytes ({:.2} with free pages), read {:8.1} ns a sample",
        rival.name(),
        wrote.as_nanos() as f64 / count as f64,
        (bytes - u64::from(free) * 4096) as f64 / count as f64,
        bytes as f64 / count as f64,
        started.elapsed().as_nanos() as f64 / got as f64,
    );
}

fn event(seq: u64) -> Record {
    let ids = Ids { executor: Some("main".into()), user: Some(3), iteration: Some(seq), task: Some(1) };
    let kind = EventKind::TaskStarted { notebook: "train".to_owned() };
    Record::Event(Arc::new(Event { seq, t_ns: seq * 1000, incarnation: 1, generation: 1, segment: 1, ids, kind }))
}

async fn events() {
    const COUNT: u64 = 200_000;
    let batches: Vec<Vec<Record>> = (0..COUNT / 20).map(|b| (1..=20).map(|i| event(b * 20 + i)).collect()).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let mut inline = InlineStore::create(folder.path()).expect("a store");
    let started = Instant::now();
    for batch in &batches {
        inline.write(batch).await.expect("write");
    }
    inline.close().expect("close");
    report("events, in place", started, COUNT);

    let folder = tempfile::tempdir().expect("a folder");
    let mut threaded = ThreadedStore::create(folder.path()).expect("a store");
    let started = Instant::now();
    for batch in &batches {
        threaded.write(batch).await.expect("write");
    }
    threaded.close().expect("close");
    report("events, through the thread", started, COUNT);
    read_events(folder.path(), COUNT);
}

fn read_events(folder: &Path, count: u64) {
    write_manifest(folder);
    let reader = Reader::open(folder).expect("a run");
    let started = Instant::now();
    reader.events(&mut |event| drop(std::hint::black_box(event))).expect("events");
    report("events, read", started, count);
}

/// A run that says nothing but that it is one.
fn write_manifest(folder: &Path) {
    let manifest = include_str!("manifest.json");
    std::fs::write(folder.join("manifest.json"), manifest).expect("a manifest");
}

async fn syncs() {
    const COUNT: u64 = 200;
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = ThreadedStore::create(folder.path()).expect("a store");
    let started = Instant::now();
    for seq in 1..=COUNT {
        store.write(&[event(seq)]).await.expect("write");
        store.sync().await.expect("sync");
    }
    report("one event and sync, as a lease takes", started, COUNT);
}

async fn sampler(mut sampler: impl Sampler) {
    const COUNT: u64 = 2000;
    let started = Instant::now();
    for _ in 0..COUNT {
        sampler.sample().await.expect("samples");
    }
    report(&format!("sampler {}, one tick", sampler.name()), started, COUNT);
}

fn report(what: &str, started: Instant, count: u64) {
    println!("{what:40} {:9.2} us each", started.elapsed().as_nanos() as f64 / 1000.0 / count as f64);
}
