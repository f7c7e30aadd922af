//! Buckets over time that never grow past a limit, whatever the length of a run.

/// What a bucket holds, and how a later one joins it.
pub trait Merge {
    /// Takes in the bucket that follows in time.
    fn merge(&mut self, later: &Self);
}

/// Equal buckets from time 0. When a time lies past the last one allowed, neighbours are joined and the width doubles.
#[derive(Debug, Clone)]
pub struct Buckets<T> {
    width: u64,
    most: usize,
    cells: Vec<T>,
}

impl<T: Merge + Default + Clone> Buckets<T> {
    /// Buckets of at first `width` (any unit of time, at least 1), at most `most` of them (at least 2).
    #[must_use]
    pub fn new(width: u64, most: usize) -> Self {
        Self { width: width.max(1), most: most.max(2), cells: Vec::new() }
    }

    /// The bucket that holds a time.
    pub fn at(&mut self, time: u64) -> &mut T {
        while usize::try_from(time / self.width).is_ok_and(|index| index >= self.most) {
            self.halve();
        }
        let index = (time / self.width) as usize;
        if index >= self.cells.len() {
            self.cells.resize(index + 1, T::default());
        }
        &mut self.cells[index]
    }

    /// Joins neighbours until there are at most `most`.
    pub fn shrink(&mut self, most: usize) {
        while self.cells.len() > most.max(1) {
            self.halve();
        }
    }

    fn halve(&mut self) {
        let mut joined = Vec::with_capacity(self.cells.len().div_ceil(2));
        for pair in self.cells.chunks(2) {
            let mut first = pair[0].clone();
            if let Some(later) = pair.get(1) {
                first.merge(later);
            }
            joined.push(first);
        }
        self.cells = joined;
        self.width *= 2;
    }

    /// Width of a bucket.
    #[must_use]
    pub fn width(&self) -> u64 {
        self.width
    }

    /// The buckets up to the last one that was used, in order of time.
    #[must_use]
    pub fn cells(&self) -> &[T] {
        &self.cells
    }
}

/// Extremes and sum of values in a bucket, so that a spike of one value stays visible.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Extremes {
    /// Number of values.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// Least value; 0 without values.
    pub min: f64,
    /// Greatest value; 0 without values.
    pub max: f64,
    /// Last value; 0 without values.
    pub last: f64,
}

impl Extremes {
    /// Takes in one value.
    pub fn add(&mut self, value: f64) {
        self.merge(&Extremes { count: 1, sum: value, min: value, max: value, last: value });
    }

    /// Arithmetic mean; `None` without values.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

impl Merge for Extremes {
    fn merge(&mut self, later: &Self) {
        if later.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *later;
            return;
        }
        self.count += later.count;
        self.sum += later.sum;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.last = later.last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_spikes_in_few_buckets() {
        let mut buckets: Buckets<Extremes> = Buckets::new(1, 400);
        for t in 0..100_000u64 {
            buckets.at(t).add(if t == 77_777 { 9.0 } else { 1.0 });
        }
        assert!(buckets.cells().len() <= 400);
        assert_eq!(buckets.width(), 256);
        assert_eq!(buckets.cells().iter().map(|c| c.count).sum::<u64>(), 100_000);
        assert_eq!(buckets.cells()[77_777 / 256].max, 9.0);
        assert_eq!(buckets.cells()[77_777 / 256].last, 1.0);
    }

    #[test]
    fn empty_buckets_have_no_mean() {
        let mut buckets: Buckets<Extremes> = Buckets::new(10, 4);
        buckets.at(35).add(2.0);
        assert_eq!(buckets.cells()[0].mean(), None);
        buckets.at(75).add(4.0);
        assert_eq!((buckets.width(), buckets.cells().len()), (20, 4));
        buckets.shrink(2);
        assert_eq!(buckets.cells().len(), 2);
        assert_eq!(buckets.cells()[0].mean(), Some(2.0));
    }
}
