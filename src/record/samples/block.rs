//! A sealed block: some series of one sampler over about a minute. All of them share the times of the ticks.
//!
//! ```text
//! block  = version u8 | ticks varint | series varint | times | series…
//! times  = first varint | step varint | change of the step, zigzag varint …
//! series = id varint | length varint | presence | values (see `codec`)
//! presence = 0 (a value at every tick) | 1, a bit for each tick, lowest first
//! ```

use super::codec::{Bytes, Damaged, decode, encode, put_varint, unzigzag, zigzag};

const VERSION: u8 = 1;
const EVERY_TICK: u8 = 0;
const SOME_TICKS: u8 = 1;

/// The values of one series in a block that is being made.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    /// At which ticks it has a value, rising.
    pub(super) ticks: Vec<usize>,
    /// The values at those ticks.
    pub(super) values: Vec<f64>,
}

/// A block of the columns, each with the id of its series.
pub(super) fn seal(times: &[u64], columns: &[(u32, &Column)]) -> Vec<u8> {
    let mut out = vec![VERSION];
    put_varint(times.len() as u64, &mut out);
    put_varint(columns.len() as u64, &mut out);
    put_times(times, &mut out);
    let mut column_bytes = Vec::new();
    for (id, column) in columns {
        column_bytes.clear();
        put_presence(column, times.len(), &mut column_bytes);
        encode(&column.values, &mut column_bytes);
        put_varint(u64::from(*id), &mut out);
        put_varint(column_bytes.len() as u64, &mut out);
        out.extend_from_slice(&column_bytes);
    }
    out
}

/// Gives the samples of one series of a block; nothing if the series is not in it.
///
/// # Errors
/// The bytes are not a block.
pub(super) fn read(block: &[u8], wanted: u32, each: &mut dyn FnMut(u64, f64)) -> Result<(), Damaged> {
    let mut bytes = Bytes(block);
    if bytes.byte()? != VERSION {
        return Err(Damaged);
    }
    let ticks = bytes.count(1)?;
    let series = bytes.count(2)?;
    let times = take_times(&mut bytes, ticks)?;
    for _ in 0..series {
        let id = bytes.varint()?;
        let length = bytes.count(1)?;
        let mut column = Bytes(bytes.take(length)?);
        if id != u64::from(wanted) {
            continue;
        }
        let present = take_presence(&mut column, &times)?;
        let mut values = Vec::with_capacity(present.len());
        decode(column.0, present.len(), &mut values)?;
        present.iter().zip(values).for_each(|(time, value)| each(*time, value));
        return Ok(());
    }
    Ok(())
}

fn put_times(times: &[u64], out: &mut Vec<u8>) {
    let (mut before, mut step) = (0_u64, 0_u64);
    for (i, &time) in times.iter().enumerate() {
        let next = time.wrapping_sub(before);
        put_varint(if i > 1 { zigzag(next.wrapping_sub(step) as i64) } else { next }, out);
        (before, step) = (time, next);
    }
}

fn take_times(bytes: &mut Bytes<'_>, ticks: usize) -> Result<Vec<u64>, Damaged> {
    let mut times = Vec::with_capacity(ticks);
    let (mut time, mut step) = (0_u64, 0_u64);
    for i in 0..ticks {
        let number = bytes.varint()?;
        step = if i > 1 { step.wrapping_add(unzigzag(number) as u64) } else { number };
        time = time.wrapping_add(step);
        times.push(time);
    }
    Ok(times)
}

fn put_presence(column: &Column, ticks: usize, out: &mut Vec<u8>) {
    if column.ticks.len() == ticks {
        out.push(EVERY_TICK);
        return;
    }
    out.push(SOME_TICKS);
    let from = out.len();
    out.resize(from + ticks.div_ceil(8), 0);
    for &tick in &column.ticks {
        out[from + tick / 8] |= 1 << (tick % 8);
    }
}

fn take_presence(bytes: &mut Bytes<'_>, times: &[u64]) -> Result<Vec<u64>, Damaged> {
    match bytes.byte()? {
        EVERY_TICK => Ok(times.to_vec()),
        SOME_TICKS => {
            let bits = bytes.take(times.len().div_ceil(8))?;
            let present = |tick: &usize| bits[tick / 8] & 1 << (tick % 8) != 0;
            Ok((0..times.len()).filter(present).map(|tick| times[tick]).collect())
        }
        _ => Err(Damaged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(block: &[u8], id: u32) -> Result<Vec<(u64, f64)>, Damaged> {
        let mut out = Vec::new();
        read(block, id, &mut |t, value| out.push((t, value)))?;
        Ok(out)
    }

    fn sealed() -> Vec<u8> {
        let times = [1_000_000_017, 2_000_000_003, 3_000_000_400, 9_000_000_000];
        let full = Column { ticks: vec![0, 1, 2, 3], values: vec![1.0, 2.0, 3.5, 4.25] };
        let gaps = Column { ticks: vec![0, 3], values: vec![0.0, 7.0] };
        seal(&times, &[(4, &full), (900, &gaps)])
    }

    #[test]
    fn a_missing_sample_is_absent_and_a_zero_is_a_zero() {
        assert_eq!(samples(&sealed(), 900), Ok(vec![(1_000_000_017, 0.0), (9_000_000_000, 7.0)]));
        assert_eq!(samples(&sealed(), 4).unwrap().len(), 4);
        assert_eq!(samples(&sealed(), 5), Ok(vec![]));
    }

    #[test]
    fn a_damaged_block_is_an_error_and_never_a_panic() {
        let block = sealed();
        for cut in 0..block.len() {
            assert_eq!(samples(&block[..cut], 900), Err(Damaged), "cut at {cut}");
        }
        for position in 0..block.len() {
            for value in 0..=255 {
                let mut changed = block.clone();
                changed[position] = value;
                let _ = samples(&changed, 900);
            }
        }
    }
}
