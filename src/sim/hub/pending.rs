//! Spawns under way, counted.

use std::cell::Cell;

/// A spawn under way, also when whoever asked for it gives it up.
pub(super) struct Pending<'h>(&'h Cell<u32>);

impl<'h> Pending<'h> {
    pub(super) fn one_more(count: &'h Cell<u32>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
