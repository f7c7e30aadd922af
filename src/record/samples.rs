//! How samples are stored: a trait, and the simplest layout that meets the figures.
//!
//! One row per tick of a sampler. Each value is XORed with the value before of the same series; of the result only the bytes between
//! its leading and trailing zero bytes are written, behind one byte that counts those zeros. A value that did not change costs one byte. Every 60th tick of a
//! sampler stands alone (XOR with nothing), so that a reader may begin there. Rows are append-only, so a kill at any byte loses at
//! most what was not committed.

use crate::event::{Sample, SampleBatch, SeriesKey};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A tick stands alone after this many that do not.
const WHOLE_EVERY: u32 = 60;

/// Keeps samples in a run's file.
pub(super) trait SampleStore {
    /// Keeps one batch, in the transaction that is open.
    fn append(&mut self, connection: &Connection, batch: &SampleBatch) -> rusqlite::Result<()>;
}

/// State of one layout: the series of a sampler's tick, in order, and their last values.
struct Layout {
    last: Vec<u64>,
    since_whole: u32,
}

/// Ticks as XOR blobs.
#[derive(Default)]
pub(super) struct XorTicks {
    series: BTreeMap<Arc<SeriesKey>, u32>,
    layouts: BTreeMap<Vec<u32>, (i64, Layout)>,
}

impl XorTicks {
    fn series_id(&mut self, connection: &Connection, sample: &Sample) -> rusqlite::Result<u32> {
        if let Some(id) = self.series.get(&sample.series) {
            return Ok(*id);
        }
        let id = self.series.len() as u32 + 1;
        let labels = serde_json::to_string(&sample.series.labels).unwrap_or_default();
        connection.execute("INSERT INTO series VALUES (?1, ?2, ?3)", params![id, sample.series.name, labels])?;
        self.series.insert(Arc::clone(&sample.series), id);
        Ok(id)
    }
}

impl SampleStore for XorTicks {
    fn append(&mut self, connection: &Connection, batch: &SampleBatch) -> rusqlite::Result<()> {
        if batch.samples.is_empty() {
            return Ok(());
        }
        let mut ids = Vec::with_capacity(batch.samples.len());
        for sample in &batch.samples {
            ids.push(self.series_id(connection, sample)?);
        }
        if !self.layouts.contains_key(&ids) {
            let id = self.layouts.len() as i64 + 1;
            let blob: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
            connection.execute("INSERT INTO layout VALUES (?1, ?2)", params![id, blob])?;
            let layout = Layout { last: vec![0; ids.len()], since_whole: WHOLE_EVERY };
            self.layouts.insert(ids.clone(), (id, layout));
        }
        let Some((id, layout)) = self.layouts.get_mut(&ids) else { return Ok(()) };
        let whole = layout.since_whole >= WHOLE_EVERY;
        if whole {
            layout.last.fill(0);
            layout.since_whole = 0;
        }
        layout.since_whole += 1;
        let body = encode(batch.samples.iter().map(|sample| sample.value), &mut layout.last);
        connection
            .prepare_cached("INSERT INTO tick (t_ns, layout, whole, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![batch.t_ns as i64, *id, whole, body])?;
        Ok(())
    }
}

/// Writes values as XOR with `last`, which they replace.
fn encode(values: impl Iterator<Item = f64>, last: &mut [u64]) -> Vec<u8> {
    let mut body = Vec::with_capacity(last.len() * 4);
    for (value, last) in values.zip(last) {
        let bits = value.to_bits();
        let changed = bits ^ *last;
        *last = bits;
        if changed == 0 {
            body.push(0x80);
            continue;
        }
        let (leading, trailing) = (changed.leading_zeros() / 8, changed.trailing_zeros() / 8);
        body.push((leading << 4 | trailing) as u8);
        let bytes = changed.to_be_bytes();
        body.extend_from_slice(&bytes[leading as usize..8 - trailing as usize]);
    }
    body
}

/// Reads what [`encode`] wrote, changing `last` in place. False if the blob is damaged.
pub(super) fn decode(mut body: &[u8], last: &mut [u64]) -> bool {
    for last in last.iter_mut() {
        let Some((head, rest)) = body.split_first() else { return false };
        body = rest;
        let (leading, trailing) = (usize::from(head >> 4), usize::from(head & 15));
        if leading == 8 {
            continue;
        }
        let Some(length) = 8usize.checked_sub(leading + trailing) else { return false };
        let Some(bytes) = body.get(..length) else { return false };
        let mut whole = [0u8; 8];
        whole[leading..leading + length].copy_from_slice(bytes);
        *last ^= u64::from_be_bytes(whole);
        body = &body[length..];
    }
    body.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_bit_by_bit() {
        let ticks = [
            [1.0, 0.0, f64::MAX, -3.25, 1e-300],
            [1.0, 0.1, f64::MIN_POSITIVE, -3.25, 2e9],
            [f64::INFINITY, 0.1, 7.0, f64::NAN, 2e9 + 1.0],
        ];
        let (mut writing, mut reading) = ([0u64; 5], [0u64; 5]);
        for tick in ticks {
            let body = encode(tick.into_iter(), &mut writing);
            assert!(decode(&body, &mut reading));
            assert_eq!(reading.map(|b| b), tick.map(f64::to_bits));
        }
    }

    #[test]
    fn a_damaged_blob_is_refused() {
        let body = encode([1.5, 2.5].into_iter(), &mut [0, 0]);
        assert!(!decode(&body[..body.len() - 1], &mut [0, 0]));
        assert!(!decode(&[0x99], &mut [0]));
        assert!(!decode(&[0x80, 0x80], &mut [0]));
    }

    #[test]
    fn a_value_that_stays_costs_one_byte() {
        let mut last = [0u64; 2];
        encode([5.5, 6.5].into_iter(), &mut last);
        assert_eq!(encode([5.5, 6.5].into_iter(), &mut last).len(), 2);
    }
}
