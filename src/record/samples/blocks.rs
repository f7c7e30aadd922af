//! The layout in use: one row a tick at the head, one row a minute and 32 series behind it.
//!
//! A tick is in the database as soon as its transaction is, so a killed run loses nothing that was acknowledged. Once a minute the ticks
//! of a sampler are turned into blocks, column by column, and deleted, in one transaction.

use super::block::{self, Column};
use super::codec::{Bytes, Damaged, put_varint, unzigzag, zigzag};
use super::{SampleFault, SampleStore};
use crate::event::{Sample, SampleBatch, SeriesKey};
use crate::record::SeriesInfo;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Time of one block.
const SPAN_NS: u64 = 60_000_000_000;
/// Most ticks and samples of one block, which bound the memory of the head.
const TICKS_MAX: usize = 600;
const SAMPLES_MAX: usize = 1 << 19;
/// Series of one block: a reader of one series reads this many times too much, and a block has one row's overhead.
const SHARD: u32 = 32;

/// Samples as ticks and blocks.
#[derive(Debug, Default)]
pub struct Blocks {
    next_id: u32,
    heads: BTreeMap<&'static str, Head>,
}

/// What one sampler measured since its last block.
#[derive(Debug, Default)]
struct Head {
    ids: BTreeMap<Arc<SeriesKey>, u32>,
    /// The series of the last tick, in its order: the next tick's are the same ones, so that no name is compared.
    layout: Vec<(Arc<SeriesKey>, u32)>,
    times: Vec<u64>,
    /// (tick, series, value) in order of ticks.
    samples: Vec<(usize, u32, f64)>,
}

impl Blocks {
    /// A store for an empty database.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl SampleStore for Blocks {
    const SCHEMA: &'static str = "
        CREATE TABLE series (id INTEGER PRIMARY KEY, sampler TEXT NOT NULL, name TEXT NOT NULL, labels TEXT NOT NULL,
            unit TEXT NOT NULL, kind TEXT NOT NULL, UNIQUE (sampler, name, labels)) STRICT;
        CREATE TABLE tick (id INTEGER PRIMARY KEY, sampler TEXT NOT NULL, t_ns INTEGER NOT NULL, n INTEGER NOT NULL,
            samples BLOB NOT NULL) STRICT;
        CREATE TABLE block (id INTEGER PRIMARY KEY, shard INTEGER NOT NULL, t0_ns INTEGER NOT NULL, t1_ns INTEGER NOT NULL,
            n INTEGER NOT NULL, samples BLOB NOT NULL) STRICT;
        CREATE INDEX block_shard ON block (shard);
    ";

    fn append(&mut self, db: &Connection, batch: &SampleBatch) -> Result<(), SampleFault> {
        let head = self.heads.entry(batch.sampler).or_default();
        if head.is_full(batch) {
            head.seal(db, batch.sampler)?;
        }
        let tick = head.times.len();
        let mut bytes = Vec::with_capacity(batch.samples.len() * 9 + 8);
        let mut before = 0_i64;
        for (place, sample) in batch.samples.iter().enumerate() {
            let id = match head.layout.get(place) {
                Some((key, id)) if Arc::ptr_eq(key, &sample.series) => *id,
                _ => head.place(db, batch.sampler, place, sample, &mut self.next_id)?,
            };
            put_varint(zigzag(i64::from(id) - before), &mut bytes);
            bytes.extend_from_slice(&sample.value.to_le_bytes());
            before = i64::from(id);
            head.samples.push((tick, id, sample.value));
        }
        head.times.push(batch.t_ns);
        db.prepare_cached("INSERT INTO tick (sampler, t_ns, n, samples) VALUES (?, ?, ?, ?)")?.execute(params![
            batch.sampler,
            batch.t_ns.cast_signed(),
            batch.samples.len().cast_signed(),
            bytes
        ])?;
        Ok(())
    }

    fn seal(&mut self, db: &Connection) -> Result<(), SampleFault> {
        self.heads.iter_mut().try_for_each(|(sampler, head)| head.seal(db, sampler))
    }

    fn series(db: &Connection) -> Result<Vec<SeriesInfo>, SampleFault> {
        let mut statement = db.prepare_cached("SELECT id, name, labels FROM series")?;
        let mut rows = statement.query([])?;
        let mut series = Vec::new();
        while let Some(row) = rows.next()? {
            let labels = serde_json::from_str(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?);
            let key = SeriesKey { name: row.get(1)?, labels: labels.map_err(|_| Damaged)? };
            series.push(SeriesInfo { id: row.get(0)?, key });
        }
        series.sort_by(|a, b| (&a.key, a.id).cmp(&(&b.key, b.id)));
        Ok(series)
    }

    fn read(db: &Connection, id: u32, each: &mut dyn FnMut(u64, f64)) -> Result<(), SampleFault> {
        // One transaction, so that no block is sealed between the two statements.
        let snapshot = db.unchecked_transaction()?;
        {
            let mut statement = snapshot.prepare_cached("SELECT samples FROM block WHERE shard = ? ORDER BY id")?;
            let mut rows = statement.query([id / SHARD])?;
            while let Some(row) = rows.next()? {
                block::read(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?, id, each)?;
            }
            let mut statement = snapshot.prepare_cached("SELECT t_ns, n, samples FROM tick ORDER BY id")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let t_ns = row.get::<_, i64>(0)?.cast_unsigned();
                let samples = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
                read_tick(samples, row.get(1)?, id, &mut |value| each(t_ns, value))?;
            }
        }
        snapshot.finish()?;
        Ok(())
    }
}

fn read_tick(samples: &[u8], n: u32, wanted: u32, each: &mut dyn FnMut(f64)) -> Result<(), Damaged> {
    let mut bytes = Bytes(samples);
    let mut id = 0_i64;
    for _ in 0..n {
        id = id.wrapping_add(unzigzag(bytes.varint()?));
        let value = f64::from_le_bytes(bytes.take(8)?.try_into().map_err(|_| Damaged)?);
        if id == i64::from(wanted) {
            each(value);
            return Ok(());
        }
    }
    bytes.end()
}

impl Head {
    fn is_full(&self, batch: &SampleBatch) -> bool {
        self.times.first().is_some_and(|first| batch.t_ns.saturating_sub(*first) >= SPAN_NS)
            || self.times.len() >= TICKS_MAX
            || self.samples.len() + batch.samples.len() > SAMPLES_MAX
    }

    /// The id of a series that does not stand where it stood in the last tick.
    fn place(
        &mut self,
        db: &Connection,
        sampler: &str,
        place: usize,
        sample: &Sample,
        next_id: &mut u32,
    ) -> Result<u32, SampleFault> {
        let id = match self.ids.get(&sample.series) {
            Some(id) => *id,
            None => {
                let (id, key) = (*next_id, &sample.series);
                let labels = serde_json::to_string(&key.labels).map_err(|_| Damaged)?;
                let (unit, kind) = unit_and_kind(&key.name);
                db.prepare_cached(
                    "INSERT INTO series (id, sampler, name, labels, unit, kind) VALUES (?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![id, sampler, key.name, labels, unit, kind])?;
                *next_id += 1;
                self.ids.insert(key.clone(), id);
                id
            }
        };
        match self.layout.get_mut(place) {
            Some(entry) => *entry = (sample.series.clone(), id),
            None => self.layout.push((sample.series.clone(), id)),
        }
        Ok(id)
    }

    fn seal(&mut self, db: &Connection, sampler: &str) -> Result<(), SampleFault> {
        let (Some(&t0), Some(&t1)) = (self.times.first(), self.times.last()) else { return Ok(()) };
        let width = self.ids.values().max().map_or(0, |id| *id as usize + 1);
        let mut dense: Vec<Column> = vec![Column::default(); width];
        for (tick, id, value) in self.samples.drain(..) {
            let column = &mut dense[id as usize];
            // A sampler that gives one series twice in a tick keeps the first value.
            if column.ticks.last() != Some(&tick) {
                column.ticks.push(tick);
                column.values.push(value);
            }
        }
        let columns: Vec<(u32, &Column)> = (0..).zip(&dense).filter(|(_, column)| !column.ticks.is_empty()).collect();
        for shard in columns.chunk_by(|a, b| a.0 / SHARD == b.0 / SHARD) {
            let n: usize = shard.iter().map(|(_, column)| column.values.len()).sum();
            db.prepare_cached("INSERT INTO block (shard, t0_ns, t1_ns, n, samples) VALUES (?, ?, ?, ?, ?)")?.execute(
                params![
                    shard[0].0 / SHARD,
                    t0.cast_signed(),
                    t1.cast_signed(),
                    n.cast_signed(),
                    block::seal(&self.times, shard)
                ],
            )?;
        }
        db.prepare_cached("DELETE FROM tick WHERE sampler = ?")?.execute([sampler])?;
        self.times.clear();
        Ok(())
    }
}

/// Unit and kind by the rule that names end in their unit and counters in `_total`.
fn unit_and_kind(name: &str) -> (&'static str, &'static str) {
    const UNITS: [&str; 8] = ["seconds", "bytes", "ratio", "celsius", "joules", "watts", "hertz", "cores"];
    let (stem, kind) = name.strip_suffix("_total").map_or((name, "gauge"), |stem| (stem, "counter"));
    (UNITS.into_iter().find(|unit| stem.ends_with(unit)).unwrap_or(""), kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(Blocks::SCHEMA).unwrap();
        db
    }

    fn batch(sampler: &'static str, t_s: u64, samples: &[(&Arc<SeriesKey>, f64)]) -> SampleBatch {
        let samples = samples.iter().map(|(key, value)| Sample { series: (*key).clone(), value: *value }).collect();
        SampleBatch { sampler, t_ns: t_s * 1_000_000_000, samples }
    }

    fn read(db: &Connection, name: &str) -> Vec<(u64, f64)> {
        let id = Blocks::series(db).unwrap().into_iter().find(|series| series.key.name == name).unwrap().id;
        let mut out = Vec::new();
        Blocks::read(db, id, &mut |t, value| out.push((t / 1_000_000_000, value))).unwrap();
        out
    }

    #[test]
    fn samples_come_back_in_order_across_sealed_blocks_and_the_head() {
        let db = database();
        let mut store = Blocks::new();
        let [a, b, c] = ["a_total", "b_bytes", "c_ratio"].map(|name| Arc::new(SeriesKey::plain(name)));
        for t in 0..150 {
            let mut samples = vec![(&a, t as f64 * 1.5)];
            if t % 7 == 3 {
                // The order changes and a series comes and goes.
                samples.insert(0, (&b, t as f64));
            }
            store.append(&db, &batch("host", t, &samples)).unwrap();
            store.append(&db, &batch("self", t, &[(&c, 0.0)])).unwrap();
        }
        let expected: Vec<(u64, f64)> = (0..150).map(|t| (t, t as f64 * 1.5)).collect();
        assert_eq!(read(&db, "a_total"), expected);
        let sparse: Vec<(u64, f64)> = (0..150).filter(|t| t % 7 == 3).map(|t| (t, t as f64)).collect();
        assert_eq!(read(&db, "b_bytes"), sparse);
        let blocks: i64 = db.query_row("SELECT count(*) FROM block", [], |row| row.get(0)).unwrap();
        assert_eq!(blocks, 4, "two full minutes of two samplers");
        store.seal(&db).unwrap();
        assert_eq!(read(&db, "a_total"), expected);
        let ticks: i64 = db.query_row("SELECT count(*) FROM tick", [], |row| row.get(0)).unwrap();
        assert_eq!(ticks, 0);
    }

    #[test]
    fn names_say_unit_and_kind() {
        assert_eq!(unit_and_kind("node_cpu_seconds_total"), ("seconds", "counter"));
        assert_eq!(unit_and_kind("self_resident_bytes"), ("bytes", "gauge"));
        assert_eq!(unit_and_kind("node_load1"), ("", "gauge"));
    }
}
