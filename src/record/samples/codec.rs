//! One column of a sealed block: the values of one series over about a minute, as bytes.
//!
//! Metrics are mostly decimal numbers in disguise (jiffies in hundredths, pressure in microseconds, bytes): times a power of ten they
//! are whole, and whole numbers have short differences. A column whose values are not is stored as XOR with the value before.
//! Each form is exact: the bits of every value come back.

/// Why bytes are not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a block of samples is damaged")]
pub struct Damaged;

/// All values have the same bits: the value.
const SAME: u8 = 0;
/// XOR with the value before, without its empty bytes.
const XOR: u8 = 1;
/// Whole numbers over a power of ten: differences.
const DELTA: u8 = 2;
/// Whole numbers over a power of ten: differences of differences, for counters that rise steadily.
const DELTA_DELTA: u8 = 3;

/// Beyond this a double does not hold every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;
const POWERS: [f64; 10] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Appends the values in the shortest form that is exact.
pub(super) fn encode(values: &[f64], out: &mut Vec<u8>) {
    let Some(first) = values.first() else { return };
    if values.iter().all(|value| value.to_bits() == first.to_bits()) {
        out.push(SAME);
        out.extend_from_slice(&first.to_le_bytes());
        return;
    }
    match scaled(values) {
        Some((power, whole)) => {
            let form = if cost(&whole, DELTA) <= cost(&whole, DELTA_DELTA) { DELTA } else { DELTA_DELTA };
            out.push(form);
            out.push(power);
            residuals(&whole, form, |residual| put_varint(zigzag(residual), out));
        }
        None => {
            out.push(XOR);
            xor(values, out);
        }
    }
}

/// Reads `n` values that [`encode`] wrote; `bytes` holds nothing else.
///
/// # Errors
/// The bytes are not what [`encode`] writes.
pub(super) fn decode(bytes: &[u8], n: usize, out: &mut Vec<f64>) -> Result<(), Damaged> {
    let mut bytes = Bytes(bytes);
    if n == 0 {
        return bytes.end();
    }
    match bytes.byte()? {
        SAME => {
            let value = f64::from_le_bytes(bytes.take(8)?.try_into().map_err(|_| Damaged)?);
            out.extend(std::iter::repeat_n(value, n));
        }
        XOR => unxor(&mut bytes, n, out)?,
        form @ (DELTA | DELTA_DELTA) => {
            let power = *POWERS.get(usize::from(bytes.byte()?)).ok_or(Damaged)?;
            let (mut value, mut step) = (0_i64, 0_i64);
            for i in 0..n {
                let residual = unzigzag(bytes.varint()?);
                // The first value stands whole; steps count from the second on.
                step = if form == DELTA_DELTA && i > 1 { step.wrapping_add(residual) } else { residual };
                value = value.wrapping_add(step);
                out.push(value as f64 / power);
            }
        }
        _ => return Err(Damaged),
    }
    bytes.end()
}

/// The smallest power of ten that makes every value whole and from which every value comes back, and the whole numbers.
fn scaled(values: &[f64]) -> Option<(u8, Vec<i64>)> {
    let mut power = 0;
    let mut whole = Vec::with_capacity(values.len());
    'power: while power < POWERS.len() {
        whole.clear();
        for value in values {
            let number = (value * POWERS[power]).round();
            // A value that no power saves, such as NaN or a very large one, ends the search here.
            if number.is_nan() || number.abs() >= EXACT {
                return None;
            }
            let number = number as i64;
            if (number as f64 / POWERS[power]).to_bits() != value.to_bits() {
                power += 1;
                continue 'power;
            }
            whole.push(number);
        }
        return u8::try_from(power).ok().map(|power| (power, whole));
    }
    None
}

fn residuals(whole: &[i64], form: u8, mut each: impl FnMut(i64)) {
    let (mut before, mut step) = (0_i64, 0_i64);
    for (i, &value) in whole.iter().enumerate() {
        let delta = value.wrapping_sub(before);
        each(if form == DELTA_DELTA && i > 1 { delta.wrapping_sub(step) } else { delta });
        (before, step) = (value, delta);
    }
}

fn cost(whole: &[i64], form: u8) -> usize {
    let mut bytes = 0;
    residuals(whole, form, |residual| bytes += varint_len(zigzag(residual)));
    bytes
}

/// A control byte a value: how many bytes at the top and at the end of the XOR are empty; then the others.
fn xor(values: &[f64], out: &mut Vec<u8>) {
    let mut before = 0_u64;
    for value in values {
        let bits = value.to_bits();
        let difference = (bits ^ before).to_be_bytes();
        let top = difference.iter().take_while(|byte| **byte == 0).count();
        let end = difference[top..].iter().rev().take_while(|byte| **byte == 0).count();
        out.push((top as u8) << 4 | end as u8);
        out.extend_from_slice(&difference[top..8 - end]);
        before = bits;
    }
}

fn unxor(bytes: &mut Bytes<'_>, n: usize, out: &mut Vec<f64>) -> Result<(), Damaged> {
    let mut before = 0_u64;
    for _ in 0..n {
        let control = bytes.byte()?;
        let (top, end) = (usize::from(control >> 4), usize::from(control & 15));
        let length = 8_usize.checked_sub(top + end).ok_or(Damaged)?;
        let mut difference = [0_u8; 8];
        difference[top..top + length].copy_from_slice(bytes.take(length)?);
        before ^= u64::from_be_bytes(difference);
        out.push(f64::from_bits(before));
    }
    Ok(())
}

/// Maps small numbers of either sign to small numbers.
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The inverse of [`zigzag`].
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn varint_len(value: u64) -> usize {
    ((64 - (value | 1).leading_zeros()) as usize).div_ceil(7)
}

/// Appends a number, seven bits a byte, the lowest first.
pub(super) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes being read; every read is checked against the end.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damaged> {
        self.take(1)?.first().copied().ok_or(Damaged)
    }

    pub(super) fn varint(&mut self) -> Result<u64, Damaged> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Damaged)
    }

    /// A count of things of which each takes at least `each` bytes of what is left, so that a damaged one cannot ask for much memory.
    pub(super) fn count(&mut self, each: usize) -> Result<usize, Damaged> {
        let count = usize::try_from(self.varint()?).map_err(|_| Damaged)?;
        if count.saturating_mul(each) > self.0.len() { Err(Damaged) } else { Ok(count) }
    }

    pub(super) fn end(&self) -> Result<(), Damaged> {
        if self.0.is_empty() { Ok(()) } else { Err(Damaged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(values: &[f64]) -> usize {
        let mut bytes = Vec::new();
        encode(values, &mut bytes);
        let mut out = Vec::new();
        decode(&bytes, values.len(), &mut out).unwrap();
        assert_eq!(
            out.iter().map(|v| v.to_bits()).collect::<Vec<_>>(),
            values.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        );
        bytes.len()
    }

    #[test]
    fn every_value_comes_back_bit_for_bit() {
        back(&[]);
        back(&[0.0]);
        back(&[-0.0, 0.0, 1.0]);
        back(&[f64::NAN, 1.0, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, f64::MAX]);
        back(&[EXACT, EXACT - 1.0, -EXACT, 1.0]);
        back(&[0.1, 0.2, 0.30000000000000004, 1.0 / 3.0]);
        back(&[i64::MAX as f64, i64::MIN as f64, 3.0]);
        back(&[1e-9, 2e-9, 5e-9]);
        back(&[5.0, -5.0, 4_503_599_627_370_495.0, -4_503_599_627_370_495.0]);
    }

    #[test]
    fn decimal_counters_take_few_bytes() {
        let steady: Vec<f64> = (0..60).map(|i| (123_456.0 + f64::from(i) * 97.0) / 100.0).collect();
        assert!(back(&steady) < 70, "{}", back(&steady));
        let constant = vec![1_795_493_529.0; 60];
        assert_eq!(back(&constant), 9);
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic() {
        let mut bytes = Vec::new();
        encode(&[1.0, 2.5, 9.25, 1.0 / 3.0], &mut bytes);
        for cut in 0..bytes.len() {
            assert_eq!(decode(&bytes[..cut], 4, &mut Vec::new()), Err(Damaged));
        }
        for position in 0..bytes.len() {
            for value in 0..=255 {
                let mut changed = bytes.clone();
                changed[position] = value;
                let _ = decode(&changed, 4, &mut Vec::new());
            }
        }
    }
}
