//! What `check` says that a record will take, beside what it takes.

use crate::{err, hubmark, root};
use hubmark::plan::Disk;
use hubmark::record::{Reader, RunSource};
use serde_json::Value;

#[test]
fn the_estimate_of_a_farm_counts_the_samples_of_its_machines_and_gpus() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = root().join("scenarios/farm-baseline");
    let flags = [scenario.to_str().unwrap(), "--preset", "farm45", "--length", "1h"];
    let check = hubmark(folder.path(), &[&["check", "--format", "json"], &flags[..]].concat());
    let check: Value = serde_json::from_slice(&check.stdout).unwrap_or_else(|_| panic!("{}", err(&check)));
    let disk = |kind: &str| check["estimate"]["disk"][kind].as_f64().unwrap();
    let kinds = ["events", "host_samples", "gpu_samples", "notebooks", "fixed"];
    assert_eq!(kinds.map(disk).iter().sum::<f64>(), check["estimate"]["disk_bytes"].as_f64().unwrap());

    let simulated = hubmark(folder.path(), &[&["simulate"], &flags[..]].concat());
    let run = std::fs::read_dir(folder.path().join("runs")).unwrap_or_else(|_| panic!("{}", err(&simulated)));
    let run = run.flatten().next().unwrap().path();
    let reader = Reader::open(&run).unwrap();
    let (mut hosts, mut gpus, mut values) = (0u64, 0u64, 0u64);
    for info in reader.series().unwrap() {
        let mut count = 0;
        reader.samples(info.id, &mut |_, _| count += 1).unwrap();
        values += count;
        match info.key.name.as_str() {
            "node_memory_used_bytes" => hosts += count,
            "gpu_memory_used_bytes" => gpus += count,
            _ => {}
        }
    }
    // A simulated machine has fewer series than an exporter gives, so what is compared is how often one of them is sampled.
    let looks = |kind: &str, series: u64| disk(kind) / Disk::BYTES_PER_VALUE / series as f64;
    let (of_hosts, of_gpus) = (looks("host_samples", Disk::SERIES_OF_HOST), looks("gpu_samples", Disk::SERIES_OF_GPU));
    assert!((of_gpus / gpus as f64 - 1.0).abs() < 0.1, "{of_gpus} looks at GPUs expected, {gpus} taken");
    // The estimate has the machine of hubmark itself besides, and all 46 name an exporter.
    assert!((of_hosts / hosts as f64 - 1.0).abs() < 0.15, "{of_hosts} looks at machines expected, {hosts} taken");

    let db = rusqlite::Connection::open(run.join("run.db")).unwrap();
    let sum = |query: &str| db.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap() as f64;
    let samples = sum(
        "SELECT CAST((SELECT total(length(samples)) FROM block) + (SELECT total(length(samples)) FROM tick) AS INTEGER)",
    );
    let each = samples / values as f64;
    assert!(each > 0.5 && each <= Disk::BYTES_PER_VALUE, "{each} bytes a value");
    // Bodies, and what a row and its place in the index take beside.
    let events = sum("SELECT CAST(total(length(body) + 50) AS INTEGER) FROM event");
    let ratio = disk("events") / events;
    assert!((0.5..2.0).contains(&ratio), "{} bytes of events expected, {events} taken", disk("events"));
}
