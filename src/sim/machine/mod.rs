//! A simulated machine: processors, memory and GPUs that what runs on it shares.
//!
//! It answers "what limits this farm" in a world whose truth is known: a task's time follows from what it needs and from who else needs it, and the
//! series that a sampler would read on the machine follow from the same sums.

mod fault;
mod shared;

pub use fault::MachineFault;
pub use shared::Use;

use crate::clock::Clock;
use crate::plan::Needs;
use shared::Shared;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

/// What a machine is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Build {
    /// Processors.
    pub cores: f64,
    /// Memory, bytes.
    pub memory_bytes: f64,
    /// Memory that its system has in use, bytes.
    pub memory_system_bytes: f64,
    /// Memory of each GPU, bytes.
    pub gpu_memory_bytes: Vec<f64>,
}

/// Why a piece of work did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The machine went down.
    Down,
    /// The machine has not enough memory.
    Memory,
    /// The GPU has not enough memory.
    GpuMemory,
}

/// What a sampler reads on a machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Processor-seconds since the world began, and seconds in which some waited for a processor.
    pub cores: Use,
    /// Bytes in use.
    pub memory_bytes: f64,
    /// When it was booted, on the run's clock; negative before the run.
    pub boot_s: f64,
    /// Each GPU.
    pub gpus: Vec<GpuReading>,
}

/// What a sampler reads of a GPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GpuReading {
    /// Seconds for which it worked since the world began, and in which some waited for it.
    pub engine: Use,
    /// Bytes in use.
    pub memory_bytes: f64,
    /// Share of its clock that it runs at.
    pub clock: f64,
    /// Seconds since it runs at less, over the run.
    pub throttled_s: f64,
}

/// How long a machine was up before the run.
const UP_BEFORE_S: f64 = 86_400.0;

/// A simulated machine. Cloning gives the same machine.
#[derive(Clone)]
pub struct Machine(Rc<Inner>);

struct Inner {
    clock: Clock,
    build: Build,
    cores: Shared,
    memory: Memory,
    gpus: Vec<Gpu>,
    faults: RefCell<Vec<MachineFault>>,
    /// When it came up last, on the run's clock.
    boot_s: Cell<f64>,
    /// Until when it is down.
    down_until_s: Cell<f64>,
    /// How often it went down.
    falls: Cell<u32>,
}

struct Gpu {
    engine: Shared,
    memory: Memory,
    speed: Cell<f64>,
    throttled_since_s: Cell<Option<f64>>,
}

/// Bytes in use.
#[derive(Default)]
struct Memory(Cell<f64>);

/// Memory that is held until this is dropped.
struct Held<'m>(&'m Memory, f64);

impl Memory {
    fn hold(&self, bytes: f64) -> Held<'_> {
        self.0.set(self.0.get() + bytes);
        Held(self, bytes)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() - self.1);
    }
}

impl Machine {
    /// An idle machine with nothing wrong, up for a day.
    #[must_use]
    pub fn new(clock: &Clock, build: Build) -> Self {
        let gpu = |_: &f64| Gpu {
            engine: Shared::new(clock, 1.0),
            memory: Memory::default(),
            speed: Cell::new(1.0),
            throttled_since_s: Cell::new(None),
        };
        Self(Rc::new(Inner {
            clock: clock.clone(),
            cores: Shared::new(clock, build.cores),
            memory: Memory::default(),
            gpus: build.gpu_memory_bytes.iter().map(gpu).collect(),
            faults: RefCell::default(),
            boot_s: Cell::new(-UP_BEFORE_S),
            down_until_s: Cell::new(f64::NEG_INFINITY),
            falls: Cell::new(0),
            build,
        }))
    }

    /// What it is made of.
    #[must_use]
    pub fn build(&self) -> &Build {
        &self.0.build
    }

    /// Plants a fault. What begins later does so when somebody next looks at the machine, as samplers do at every tick.
    pub fn plant(&self, fault: MachineFault) {
        self.0.faults.borrow_mut().push(fault);
        self.look();
    }

    /// Whether it is up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.look();
        self.now_s() >= self.0.down_until_s.get()
    }

    /// What a sampler reads; `None` while it is down.
    #[must_use]
    pub fn read(&self) -> Option<Reading> {
        if !self.is_up() {
            return None;
        }
        let now_s = self.now_s();
        let gpu = |gpu: &Gpu| GpuReading {
            engine: gpu.engine.used(),
            memory_bytes: gpu.memory.0.get(),
            clock: gpu.speed.get(),
            throttled_s: gpu.throttled_since_s.get().map_or(0.0, |since| now_s - since),
        };
        Some(Reading {
            cores: self.0.cores.used(),
            memory_bytes: self.memory_used(),
            boot_s: self.0.boot_s.get(),
            gpus: self.0.gpus.iter().map(gpu).collect(),
        })
    }

    fn now_s(&self) -> f64 {
        self.0.clock.elapsed().as_secs_f64()
    }

    fn memory_used(&self) -> f64 {
        let since_s = self.now_s() - self.0.boot_s.get().max(0.0);
        let leaked: f64 = self.0.faults.borrow().iter().fold(0.0, |sum, fault| match fault {
            MachineFault::Leak { bytes_per_s } => sum + bytes_per_s * since_s,
            _ => sum,
        });
        let used = self.0.build.memory_system_bytes + self.0.memory.0.get() + leaked;
        used.min(self.0.build.memory_bytes)
    }

    /// Lets begin what is due.
    fn look(&self) {
        let now_s = self.now_s();
        let due = |fault: &MachineFault| match fault {
            MachineFault::Slow { .. } => true,
            MachineFault::Throttled { from, .. } => from.as_secs_f64() <= now_s,
            MachineFault::Reboot { at, .. } => at.as_secs_f64() <= now_s,
            // It is there all the time: `memory_used` counts it.
            MachineFault::Leak { .. } => false,
        };
        let begun: Vec<MachineFault> = self.0.faults.borrow_mut().extract_if(.., |fault| due(fault)).collect();
        for fault in begun {
            match fault {
                MachineFault::Slow { speed } => {
                    self.0.cores.set_speed(speed);
                    self.0.gpus.iter().for_each(|gpu| gpu.engine.set_speed(speed));
                }
                MachineFault::Throttled { gpu, speed, .. } => {
                    if let Some(gpu) = self.0.gpus.get(gpu) {
                        gpu.engine.set_speed(speed);
                        gpu.speed.set(speed);
                        gpu.throttled_since_s.set(Some(now_s));
                    }
                }
                MachineFault::Reboot { at, lasts } => {
                    let back_s = (at + lasts).as_secs_f64();
                    self.0.boot_s.set(back_s);
                    self.0.down_until_s.set(back_s);
                    self.0.falls.set(self.0.falls.get() + 1);
                }
                MachineFault::Leak { .. } => {}
            }
        }
    }
}

/// Where a piece of work is done: a machine, and a GPU that may be another machine's.
#[derive(Clone)]
pub struct Place {
    /// Whose processors and memory it uses.
    pub host: Machine,
    /// Whose GPU it uses, and which.
    pub gpu: Option<(Machine, usize)>,
}

impl Place {
    /// Does work that takes `time` where nobody else works: the processors' part, then the GPU's.
    ///
    /// # Errors
    /// Memory does not suffice, or a machine went down meanwhile.
    pub async fn work(&self, time: Duration, needs: Needs) -> Result<(), Stopped> {
        let falls = self.falls();
        if !self.is_up() {
            return Err(Stopped::Down);
        }
        let host = &*self.host.0;
        let _memory = host.memory.hold(needs.memory_bytes);
        if self.host.memory_used() >= host.build.memory_bytes {
            return Err(Stopped::Memory);
        }
        let gpu = self.gpu.as_ref().and_then(|(machine, index)| {
            Some((machine.0.gpus.get(*index)?, *machine.0.build.gpu_memory_bytes.get(*index)?))
        });
        let on_gpu = if gpu.is_some() { needs.gpu.clamp(0.0, 1.0) } else { 0.0 };
        let _gpu_memory = gpu.map(|(gpu, _)| gpu.memory.hold(needs.gpu_memory_bytes));
        if gpu.is_some_and(|(gpu, size)| gpu.memory.0.get() > size) {
            return Err(Stopped::GpuMemory);
        }
        host.cores.serve(needs.cores, time.mul_f64(1.0 - on_gpu)).await;
        if let Some((gpu, _)) = gpu {
            gpu.engine.serve(1.0, time.mul_f64(on_gpu)).await;
        }
        // Who was on a machine that went down does not know before it answers again, or never.
        if self.is_up() && falls == self.falls() { Ok(()) } else { Err(Stopped::Down) }
    }

    fn is_up(&self) -> bool {
        self.host.is_up() && self.gpu.as_ref().is_none_or(|(machine, _)| machine.is_up())
    }

    fn falls(&self) -> u32 {
        self.host.0.falls.get() + self.gpu.as_ref().map_or(0, |(machine, _)| machine.0.falls.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Wall;

    const GIB: f64 = 1_073_741_824.0;

    fn machine(clock: &Clock) -> Machine {
        let build = Build {
            cores: 4.0,
            memory_bytes: 16.0 * GIB,
            memory_system_bytes: GIB,
            gpu_memory_bytes: vec![8.0 * GIB, 8.0 * GIB],
        };
        Machine::new(clock, build)
    }

    fn needs(gpu: f64) -> Needs {
        Needs { gpu, cores: 1.0, memory_bytes: 2.0 * GIB, gpu_memory_bytes: 3.0 * GIB }
    }

    fn place(machine: &Machine, gpu: usize) -> Place {
        Place { host: machine.clone(), gpu: Some((machine.clone(), gpu)) }
    }

    const TEN: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn what_was_done_is_what_was_needed() {
        let clock = Clock::start(&Wall::Fixed(0));
        let machine = machine(&clock);
        let (zero, one) = (place(&machine, 0), place(&machine, 1));
        let (a, b) = tokio::join!(zero.work(TEN, needs(0.6)), one.work(TEN, needs(0.25)));
        assert_eq!((a, b), (Ok(()), Ok(())));
        let read = machine.read().unwrap();
        let near = |got: f64, wanted: f64| (got - wanted).abs() < 0.01;
        assert!(near(read.cores.busy_s, 4.0 + 7.5), "{read:?}");
        assert!(near(read.gpus[0].engine.busy_s, 6.0) && near(read.gpus[1].engine.busy_s, 2.5), "{read:?}");
        assert_eq!((read.memory_bytes, read.gpus[0].memory_bytes), (GIB, 0.0), "all was given back");
    }

    #[tokio::test(start_paused = true)]
    async fn memory_that_is_not_there_stops_the_work() {
        let clock = Clock::start(&Wall::Fixed(0));
        let machine = machine(&clock);
        let zero = place(&machine, 0);
        let three = tokio::join!(zero.work(TEN, needs(0.5)), zero.work(TEN, needs(0.5)), zero.work(TEN, needs(0.5)));
        assert_eq!(three, (Ok(()), Ok(()), Err(Stopped::GpuMemory)));
        machine.plant(MachineFault::Leak { bytes_per_s: 0.5 * GIB });
        assert_eq!(zero.work(TEN, needs(0.5)).await, Ok(()));
        clock.sleep(Duration::from_secs(20)).await;
        assert_eq!(zero.work(TEN, needs(0.5)).await, Err(Stopped::Memory));
        assert_eq!(machine.read().unwrap().memory_bytes, 16.0 * GIB);
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_gpu_takes_longer_and_says_so() {
        let clock = Clock::start(&Wall::Fixed(0));
        let machine = machine(&clock);
        machine.plant(MachineFault::Throttled { gpu: 0, speed: 0.5, from: Duration::from_secs(5) });
        assert_eq!(machine.read().unwrap().gpus[0].clock, 1.0);
        clock.sleep(Duration::from_secs(5)).await;
        assert_eq!(machine.read().unwrap().gpus[0].clock, 0.5);
        place(&machine, 0).work(TEN, needs(0.6)).await.unwrap();
        assert!((clock.elapsed().as_secs_f64() - 21.0).abs() < 0.01, "{:?}", clock.elapsed());
        assert!((machine.read().unwrap().gpus[0].throttled_s - 16.0).abs() < 0.01);
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_goes_down_takes_its_work_along_and_has_a_new_boot_time() {
        let clock = Clock::start(&Wall::Fixed(0));
        let machine = machine(&clock);
        let before = machine.read().unwrap().boot_s;
        machine.plant(MachineFault::Reboot { at: Duration::from_secs(4), lasts: Duration::from_secs(90) });
        assert_eq!(place(&machine, 0).work(TEN, needs(0.5)).await, Err(Stopped::Down));
        assert_eq!(machine.read(), None);
        assert_eq!(place(&machine, 0).work(TEN, needs(0.5)).await, Err(Stopped::Down));
        clock.sleep(Duration::from_secs(90)).await;
        assert_eq!(place(&machine, 0).work(TEN, needs(0.5)).await, Ok(()));
        let after = machine.read().unwrap().boot_s;
        assert!(before < 0.0 && (after - 94.0).abs() < 0.01, "{before} {after}");
    }
}
