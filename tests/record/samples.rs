//! Samples come back as they were taken.

use crate::writing::{log, manifest, write};
use hubmark::event::{Sample, SampleBatch, SeriesKey};
use hubmark::port::Record;
use hubmark::record::{InlineStore, Reader, RunFolder, RunSource, ThreadedStore};
use std::sync::Arc;

/// Tick `n` of a sampler whose second series is absent at every fifth tick.
fn tick(n: u64, keys: &[Arc<SeriesKey>; 2]) -> Record {
    let mut samples = vec![Sample { series: Arc::clone(&keys[0]), value: n as f64 * 0.1 }];
    if !n.is_multiple_of(5) {
        samples.push(Sample { series: Arc::clone(&keys[1]), value: 7.0 });
    }
    Record::Samples(Arc::new(SampleBatch { sampler: "host", t_ns: n * 1_000_000_000, samples }))
}

#[test]
fn samples_come_back_and_a_missing_one_is_missing() {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), "run").unwrap();
    folder.write_manifest(&manifest("run")).unwrap();
    let mut store = InlineStore::create(folder.path()).unwrap();
    let keys = [Arc::new(SeriesKey::plain("a").with("mode", "x")), Arc::new(SeriesKey::plain("b"))];
    (0..200).for_each(|n| write(&mut store, &[tick(n, &keys)]));
    drop(store);
    let reader = Reader::open(folder.path()).unwrap();
    let series = reader.series().unwrap();
    assert_eq!(series.iter().map(|s| s.key.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let read = |id| {
        let mut values = Vec::new();
        reader.samples(id, &mut |t, v| values.push((t, v))).unwrap();
        values
    };
    let a = read(series[0].id);
    assert_eq!(a.len(), 200);
    assert!(a.iter().enumerate().all(|(n, (t, v))| *t == n as u64 * 1_000_000_000 && *v == n as f64 * 0.1));
    assert_eq!(read(series[1].id).len(), 160);
}

#[test]
fn a_run_that_goes_on_can_be_read() {
    let root = tempfile::tempdir().unwrap();
    let folder = RunFolder::create(root.path(), "run").unwrap();
    folder.write_manifest(&manifest("run")).unwrap();
    let mut store = ThreadedStore::create(folder.path()).unwrap();
    for seq in 1..=100 {
        write(&mut store, &[log(seq)]);
    }
    crate::writing::wait(hubmark::port::Sink::sync(&mut store));
    let reader = Reader::open(folder.path()).unwrap();
    assert!(reader.is_running());
    let mut last = 0;
    reader.events(&mut |event| last = event.seq).unwrap();
    assert_eq!(last, 100);
    write(&mut store, &[log(101)]);
    drop(store);
    reader.events(&mut |event| last = event.seq).unwrap();
    assert_eq!(last, 101, "the open reader sees what came after");
}

#[test]
fn the_same_records_make_the_same_bytes() {
    let bytes = || {
        let root = tempfile::tempdir().unwrap();
        let folder = RunFolder::replace(root.path(), "run").unwrap();
        let mut store = InlineStore::create(folder.path()).unwrap();
        let keys = [Arc::new(SeriesKey::plain("a")), Arc::new(SeriesKey::plain("b"))];
        (1..500).for_each(|n| write(&mut store, &[log(n), tick(n, &keys)]));
        drop(store);
        std::fs::read(folder.path().join("run.db")).unwrap()
    };
    assert!(bytes() == bytes());
}
