//! A resource that those who want it share evenly: a GPU, the processors of a machine.

use crate::clock::Clock;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// Seconds of work that are left by rounding. tokio's timers fire up to a millisecond late.
const NOTHING: f64 = 1e-6;

/// A resource under processor sharing: `capacity` units serve what is wanted of them, everybody more slowly when more is wanted.
#[derive(Clone)]
pub(super) struct Shared {
    clock: Clock,
    state: Rc<RefCell<State>>,
    changed: Rc<Notify>,
}

struct State {
    capacity: f64,
    /// Units of work that a unit of the resource does in a second: 1 unless something holds it back.
    speed: f64,
    wanted: f64,
    /// What it did up to `at_ns`.
    done: Use,
    at_ns: u64,
}

/// What a resource did since the world began.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Use {
    /// Unit-seconds for which it was busy.
    pub busy_s: f64,
    /// Seconds in which more was wanted than there is.
    pub short_s: f64,
}

impl State {
    /// Accounts for the time since the last change. Nothing changes between two changes, so the sums are exact.
    fn settle(&mut self, now_ns: u64) {
        let passed_s = now_ns.saturating_sub(self.at_ns) as f64 / 1e9;
        self.done.busy_s += passed_s * self.wanted.min(self.capacity);
        if self.wanted > self.capacity {
            self.done.short_s += passed_s;
        }
        self.at_ns = now_ns;
    }

    /// Seconds of work that one who wants something gets done in a second.
    fn rate(&self) -> f64 {
        self.speed * if self.wanted > self.capacity { self.capacity / self.wanted } else { 1.0 }
    }
}

/// A want, taken back when it is dropped, also with a task that is given up.
struct Want<'r> {
    resource: &'r Shared,
    units: f64,
}

impl Drop for Want<'_> {
    fn drop(&mut self) {
        self.resource.change(|state| state.wanted = (state.wanted - self.units).max(0.0));
    }
}

impl Shared {
    pub(super) fn new(clock: &Clock, capacity: f64) -> Self {
        let state = State { capacity, speed: 1.0, wanted: 0.0, done: Use::default(), at_ns: clock.now_ns() };
        Self { clock: clock.clone(), state: Rc::new(RefCell::new(state)), changed: Rc::default() }
    }

    /// Makes everything on it faster or slower from now on.
    pub(super) fn set_speed(&self, speed: f64) {
        self.change(|state| state.speed = speed);
    }

    /// What it did up to now.
    pub(super) fn used(&self) -> Use {
        let mut state = self.state.borrow_mut();
        state.settle(self.clock.now_ns());
        state.done
    }

    /// Does `work` of `units` that are wanted together, which takes just as long where nobody else wants anything.
    pub(super) async fn serve(&self, units: f64, work: Duration) {
        if units <= 0.0 {
            return self.clock.sleep(work).await;
        }
        self.change(|state| state.wanted += units);
        let _want = Want { resource: self, units };
        let mut left_s = work.as_secs_f64();
        while left_s > NOTHING {
            let changed = self.changed.notified();
            let (rate, began_ns) = (self.state.borrow().rate(), self.clock.now_ns());
            let rest = Duration::try_from_secs_f64(left_s / rate).unwrap_or(Duration::MAX);
            tokio::select! { biased;
                () = self.clock.sleep(rest) => return,
                () = changed => {}
            }
            left_s -= rate * (self.clock.now_ns() - began_ns) as f64 / 1e9;
        }
    }

    /// Changes the state, and wakes those whose work now goes at another rate.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.borrow_mut();
        state.settle(self.clock.now_ns());
        let before = state.rate();
        change(&mut state);
        if state.rate() != before {
            self.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Wall;

    fn near(got: f64, wanted: f64) -> bool {
        (got - wanted).abs() < 0.01
    }

    #[tokio::test(start_paused = true)]
    async fn two_who_want_all_of_it_take_twice_as_long_and_a_third_one_between_slows_both() {
        let clock = Clock::start(&Wall::Fixed(0));
        let gpu = Shared::new(&clock, 1.0);
        let job = |wait: u64, work: u64| {
            let (gpu, clock) = (gpu.clone(), clock.clone());
            async move {
                clock.sleep(Duration::from_secs(wait)).await;
                gpu.serve(1.0, Duration::from_secs(work)).await;
                clock.elapsed().as_secs_f64()
            }
        };
        // 0–10 s: two at half speed, each 5 s done. 10–16: three at a third, each 2 s. The third is done at 16; the first two have 3 s left, at half speed.
        let (a, b, c) = tokio::join!(job(0, 10), job(0, 10), job(10, 2));
        assert!(near(a, 22.0) && near(b, 22.0) && near(c, 16.0), "{a} {b} {c}");
        let used = gpu.used();
        assert!(near(used.busy_s, 22.0) && near(used.short_s, 22.0), "{used:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_fits_takes_its_own_time_and_a_slow_resource_takes_longer() {
        let clock = Clock::start(&Wall::Fixed(0));
        let cores = Shared::new(&clock, 4.0);
        tokio::join!(cores.serve(1.5, Duration::from_secs(10)), cores.serve(2.0, Duration::from_secs(10)));
        assert!(near(clock.elapsed().as_secs_f64(), 10.0));
        let used = cores.used();
        assert!(near(used.busy_s, 35.0) && used.short_s == 0.0, "{used:?}");
        cores.set_speed(0.5);
        cores.serve(1.0, Duration::from_secs(10)).await;
        assert!(near(clock.elapsed().as_secs_f64(), 30.0));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_wants_nothing_any_more() {
        let clock = Clock::start(&Wall::Fixed(0));
        let gpu = Shared::new(&clock, 1.0);
        let given_up = clock.within(Duration::from_secs(5), gpu.serve(1.0, Duration::from_secs(60)));
        let (given_up, ()) = tokio::join!(given_up, gpu.serve(1.0, Duration::from_secs(10)));
        assert_eq!(given_up, None);
        // 5 s at half speed, then 7.5 s alone.
        assert!(near(clock.elapsed().as_secs_f64(), 12.5), "{:?}", clock.elapsed());
    }

    /// The law that the analysis of a run relies on: X = min(n/(R + Z), 1/D).
    #[tokio::test(start_paused = true)]
    async fn a_closed_queue_in_front_of_one_gpu_reaches_the_ceiling_of_its_demand() {
        let clock = Clock::start(&Wall::Fixed(0));
        let gpu = Shared::new(&clock, 1.0);
        let done = std::cell::Cell::new(0u32);
        let chance = crate::clock::Chance::new(7, "queue");
        let (clock, gpu, chance, done) = (&clock, &gpu, &chance, &done);
        let users = (0..8).map(|user| async move {
            let mut think = chance.stream(crate::clock::Purpose::World, "think", user);
            loop {
                clock
                    .sleep(think.duration(&crate::plan::Distribution::Exponential { mean: Duration::from_secs(6) }))
                    .await;
                gpu.serve(1.0, Duration::from_secs(3)).await;
                done.set(done.get() + 1);
            }
        });
        let _ = clock.within(Duration::from_secs(36_000), futures_util::future::join_all(users)).await;
        let ceiling = 36_000.0 / 3.0;
        assert!((f64::from(done.get()) / ceiling - 1.0).abs() < 0.005, "{} of {ceiling}", done.get());
    }
}
