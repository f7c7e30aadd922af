//! Layouts that were measured against the one in use (`docs/adr/0301`). They live here only, so that the choice can be measured again.

use hubmark::event::SampleBatch;
use hubmark::record::{Blocks, SampleFault, SampleStore};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A layout under measurement.
pub(crate) trait Rival {
    fn name(&self) -> &'static str;
    fn create(&self, db: &Connection);
    fn append(&mut self, db: &Connection, batch: &SampleBatch);
    fn finish(&mut self, db: &Connection);
    /// Gives every sample of every series, series by series; the number of samples.
    fn read_all(&self, db: &Connection, series: u32) -> u64;
}

/// The layout in use.
#[derive(Default)]
pub(crate) struct InUse(Blocks);

fn whole<T>(result: Result<T, SampleFault>) -> T {
    result.unwrap_or_else(|fault| panic!("{fault}"))
}

impl Rival for InUse {
    fn name(&self) -> &'static str {
        "ticks, then blocks of a minute (in use)"
    }

    fn create(&self, db: &Connection) {
        db.execute_batch(Blocks::SCHEMA).expect("create");
    }

    fn append(&mut self, db: &Connection, batch: &SampleBatch) {
        whole(self.0.append(db, batch));
    }

    fn finish(&mut self, db: &Connection) {
        whole(self.0.seal(db));
    }

    fn read_all(&self, db: &Connection, series: u32) -> u64 {
        let mut count = 0;
        for id in 0..series {
            whole(Blocks::read(db, id, &mut |_, _| count += 1));
        }
        count
    }
}

/// The simplest layout: one row a tick, each value as XOR with the value before.
#[derive(Default)]
pub(crate) struct XorTicks {
    ids: BTreeMap<Arc<hubmark::event::SeriesKey>, u32>,
    last: Vec<u64>,
    ticks: u64,
}

impl Rival for XorTicks {
    fn name(&self) -> &'static str {
        "one XOR blob a tick"
    }

    fn create(&self, db: &Connection) {
        let sql = "CREATE TABLE tick (id INTEGER PRIMARY KEY, t_ns INTEGER, whole INTEGER, body BLOB)";
        db.execute_batch(sql).expect("create");
    }

    fn append(&mut self, db: &Connection, batch: &SampleBatch) {
        self.last.resize(batch.samples.len(), 0);
        let whole = self.ticks.is_multiple_of(60);
        if whole {
            self.last.fill(0);
        }
        self.ticks += 1;
        let mut body = Vec::with_capacity(batch.samples.len() * 4);
        for (place, sample) in batch.samples.iter().enumerate() {
            let next = self.ids.len() as u32;
            if !self.ids.contains_key(&sample.series) {
                self.ids.insert(sample.series.clone(), next);
            }
            let changed = sample.value.to_bits() ^ self.last[place];
            self.last[place] = sample.value.to_bits();
            if changed == 0 {
                body.push(0x80);
                continue;
            }
            let (leading, trailing) = (changed.leading_zeros() as usize / 8, changed.trailing_zeros() as usize / 8);
            body.push((leading << 4 | trailing) as u8);
            body.extend_from_slice(&changed.to_be_bytes()[leading..8 - trailing]);
        }
        let sql = "INSERT INTO tick (t_ns, whole, body) VALUES (?, ?, ?)";
        let mut insert = db.prepare_cached(sql).expect("insert");
        insert.execute(params![batch.t_ns as i64, whole, body]).expect("insert");
    }

    fn finish(&mut self, _: &Connection) {}

    fn read_all(&self, db: &Connection, series: u32) -> u64 {
        let mut count = 0;
        let mut statement = db.prepare_cached("SELECT whole, body FROM tick ORDER BY id").expect("read");
        for wanted in 0..series as usize {
            let mut last = vec![0_u64; series as usize];
            let mut rows = statement.query([]).expect("read");
            while let Some(row) = rows.next().expect("read") {
                if row.get::<_, bool>(0).expect("read") {
                    last.fill(0);
                }
                let mut body = row.get_ref(1).expect("read").as_blob().expect("read");
                for last in &mut last {
                    let (leading, trailing) = (usize::from(body[0] >> 4), usize::from(body[0] & 15));
                    let length = 8 - leading.min(8) - trailing;
                    let mut bytes = [0_u8; 8];
                    bytes[leading.min(8)..leading.min(8) + length].copy_from_slice(&body[1..=length]);
                    *last ^= u64::from_be_bytes(bytes);
                    body = &body[1 + length..];
                }
                std::hint::black_box(f64::from_bits(last[wanted]));
                count += 1;
            }
        }
        count
    }
}

/// One row a sample.
#[derive(Default)]
pub(crate) struct Rows {
    ids: BTreeMap<Arc<hubmark::event::SeriesKey>, u32>,
}

impl Rival for Rows {
    fn name(&self) -> &'static str {
        "one row a sample"
    }

    fn create(&self, db: &Connection) {
        let sql =
            "CREATE TABLE sample (series INTEGER, t_ns INTEGER, value REAL, PRIMARY KEY (series, t_ns)) WITHOUT ROWID";
        db.execute_batch(sql).expect("create");
    }

    fn append(&mut self, db: &Connection, batch: &SampleBatch) {
        let mut insert = db.prepare_cached("INSERT INTO sample VALUES (?, ?, ?)").expect("insert");
        for sample in &batch.samples {
            let next = self.ids.len() as u32;
            let id = *self.ids.entry(sample.series.clone()).or_insert(next);
            insert.execute(params![id, batch.t_ns as i64, sample.value]).expect("insert");
        }
    }

    fn finish(&mut self, _: &Connection) {}

    fn read_all(&self, db: &Connection, series: u32) -> u64 {
        let mut count = 0;
        let mut statement =
            db.prepare_cached("SELECT t_ns, value FROM sample WHERE series = ? ORDER BY t_ns").expect("read");
        for id in 0..series {
            let mut rows = statement.query([id]).expect("read");
            while let Some(row) = rows.next().expect("read") {
                std::hint::black_box((row.get::<_, i64>(0).expect("read"), row.get::<_, f64>(1).expect("read")));
                count += 1;
            }
        }
        count
    }
}
