//! What users and hooks share: counters, values, barriers. Only plain data is kept, and all of it is bounded.

use super::refused;
use crate::clock::Clock;
use crate::event::Failure;
use crate::port::{RunAnswer, SharedAsk};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// Most names of each kind.
const NAMES_MAX: usize = 1000;
/// Most bytes of one value, as JSON.
const VALUE_MAX: usize = 64 << 10;
/// Most bytes of all values.
const VALUES_MAX: usize = 4 << 20;

/// What is shared.
#[derive(Default)]
pub(in crate::engine) struct Shared {
    counters: RefCell<BTreeMap<String, f64>>,
    values: RefCell<Values>,
    barriers: RefCell<BTreeMap<String, Barrier>>,
}

#[derive(Default)]
struct Values {
    by_name: BTreeMap<String, (Value, usize)>,
    bytes: usize,
}

/// A barrier that somebody waits at.
struct Barrier {
    parties: u32,
    came: u32,
    round: Rc<Round>,
}

/// Those who wait for each other. It wakes them in the order of their coming, which `watch` would not.
#[derive(Default)]
struct Round {
    open: Cell<bool>,
    opens: Notify,
}

impl Shared {
    pub(super) async fn answer(&self, ask: SharedAsk, clock: &Clock) -> Result<RunAnswer, Failure> {
        match ask {
            SharedAsk::Add { name, by } => self.add(name, by).map(RunAnswer::Number),
            SharedAsk::Count { name } => {
                Ok(RunAnswer::Number(self.counters.borrow().get(&name).copied().unwrap_or_default()))
            }
            SharedAsk::Set { name, value } => self.values.borrow_mut().set(name, value).map(|()| RunAnswer::Done),
            SharedAsk::Get { name } => {
                let values = self.values.borrow();
                Ok(RunAnswer::Data(values.by_name.get(&name).map_or(Value::Null, |(value, _)| value.clone())))
            }
            SharedAsk::Wait { name, parties, within } => {
                self.wait(&name, parties, within, clock).await.map(|()| RunAnswer::Done)
            }
        }
    }

    fn add(&self, name: String, by: f64) -> Result<f64, Failure> {
        let mut counters = self.counters.borrow_mut();
        room(counters.len(), counters.contains_key(&name), "counters")?;
        let counter = counters.entry(name).or_default();
        let sum = *counter + by;
        if !sum.is_finite() {
            return Err(refused(format!("the counter would become {sum}")));
        }
        *counter = sum;
        Ok(sum)
    }

    async fn wait(&self, name: &str, parties: u32, within: Duration, clock: &Clock) -> Result<(), Failure> {
        let round = {
            let mut barriers = self.barriers.borrow_mut();
            room(barriers.len(), barriers.contains_key(name), "barriers")?;
            let fresh = || Barrier { parties, came: 0, round: Rc::default() };
            let barrier = barriers.entry(name.to_owned()).or_insert_with(fresh);
            if barrier.parties != parties {
                let others = barrier.parties;
                return Err(refused(format!("{parties} are wanted here, and those who wait already want {others}")));
            }
            barrier.came += 1;
            if barrier.came == parties {
                barrier.round.open.set(true);
                barrier.round.opens.notify_waiters();
                // The next who comes begins another round.
                barriers.remove(name);
                return Ok(());
            }
            Rc::clone(&barrier.round)
        };
        // Also when whoever waits is cut short, it counts no longer.
        let place = Place { shared: self, name, round: &round };
        let opened = async {
            while !round.open.get() {
                // One thread: nothing can come between the look and the wait.
                round.opens.notified().await;
            }
        };
        let came = clock.within(within, opened).await.is_some();
        let here = self.barriers.borrow().get(name).map_or(0, |barrier| barrier.came);
        drop(place);
        match came {
            true => Ok(()),
            false => {
                let text = crate::plan::quantity::format_duration(within);
                Err(refused(format!("only {here} of {parties} came within {text}")))
            }
        }
    }
}

/// Somebody's place at a barrier.
struct Place<'s> {
    shared: &'s Shared,
    name: &'s str,
    round: &'s Round,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // Behind an open barrier the name may belong to another round already.
        if self.round.open.get() {
            return;
        }
        let mut barriers = self.shared.barriers.borrow_mut();
        if let Some(barrier) = barriers.get_mut(self.name) {
            barrier.came -= 1;
            if barrier.came == 0 {
                barriers.remove(self.name);
            }
        }
    }
}

impl Values {
    fn set(&mut self, name: String, value: Value) -> Result<(), Failure> {
        let before = self.by_name.get(&name).map_or(0, |(_, bytes)| *bytes);
        if value.is_null() {
            self.by_name.remove(&name);
            self.bytes -= before;
            return Ok(());
        }
        room(self.by_name.len(), self.by_name.contains_key(&name), "values")?;
        let bytes = value.to_string().len();
        if bytes > VALUE_MAX {
            let (kib, most) = (bytes >> 10, VALUE_MAX >> 10);
            return Err(refused(format!("the value has {kib} KiB as JSON, and at most {most} KiB can be shared")));
        }
        let all = self.bytes - before + bytes;
        if all > VALUES_MAX {
            return Err(refused(format!("all shared values together would be over {} MiB", VALUES_MAX >> 20)));
        }
        self.bytes = all;
        self.by_name.insert(name, (value, bytes));
        Ok(())
    }
}

fn room(count: usize, known: bool, of: &str) -> Result<(), Failure> {
    match known || count < NAMES_MAX {
        true => Ok(()),
        false => Err(refused(format!("there are {NAMES_MAX} shared {of} already, and no more can be"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Wall;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    fn set(shared: &Shared, name: &str, value: Value) -> Result<(), Failure> {
        shared.values.borrow_mut().set(name.to_owned(), value)
    }

    #[test]
    fn what_is_shared_is_bounded_in_names_and_bytes() {
        let shared = Shared::default();
        for n in 0..NAMES_MAX {
            shared.add(n.to_string(), 1.0).unwrap();
        }
        assert_eq!(shared.add("0".to_owned(), 2.0).unwrap(), 3.0, "a known one has room");
        let why = shared.add("more".to_owned(), 1.0).unwrap_err().message;
        assert_eq!(why, "there are 1000 shared counters already, and no more can be");
        assert!(shared.add("0".to_owned(), f64::MAX).is_ok() && shared.add("0".to_owned(), f64::MAX).is_err());

        let why = set(&shared, "big", "x".repeat(70_000).into()).unwrap_err().message;
        assert!(why.contains("68 KiB") && why.contains("at most 64 KiB"), "{why}");
        let value = || Value::from("x".repeat(65_000));
        for n in 0..64 {
            set(&shared, &n.to_string(), value()).unwrap();
        }
        assert!(set(&shared, "64", value()).unwrap_err().message.contains("over 4 MiB"));
        set(&shared, "0", Value::Null).unwrap();
        set(&shared, "64", value()).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_barrier_opens_for_all_and_whoever_gives_up_counts_no_longer() {
        let clock = Clock::start(&Wall::Fixed(0));
        let shared = Shared::default();
        let wait = |seconds| shared.wait("b", 2, Duration::from_secs(seconds), &clock);
        let (first, second) = tokio::join!(wait(10), wait(10));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(wait(3).await.unwrap_err().message, "only 1 of 2 came within 3s");
        {
            let mut dropped = pin!(wait(60));
            let waits = poll_fn(|context| Poll::Ready(dropped.as_mut().poll(context).is_pending())).await;
            assert!(waits);
        }
        assert_eq!(wait(3).await.unwrap_err().message, "only 1 of 2 came within 3s", "the one that was cut short went");
        let other = shared.wait("b", 3, Duration::from_secs(1), &clock);
        let (one, other) = tokio::join!(wait(1), other);
        assert!(one.is_err());
        assert_eq!(other.unwrap_err().message, "3 are wanted here, and those who wait already want 2");
        assert!(shared.barriers.borrow().is_empty(), "nothing is left of them");
    }
}
