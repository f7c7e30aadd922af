//! GPUs that are not there, for `hubmark demo --gpus N`: their load follows what the run's users do. Everything of them is marked
//! SIMULATED: their names, their UUIDs and the version of their driver.

use super::device::{
    Driver, GpuError, GpuEvent, GpuInfo, GpuProcess, GpuSample, Gpus, Reading, Stamp, THROTTLE_REASONS,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many tasks are under way.
pub type Tasks = Arc<dyn Fn() -> u32 + Send + Sync>;

const MEMORY: u64 = 80 << 30;
/// Memory in use without any task, and what each task takes.
const MEMORY_IDLE: u64 = 600 << 20;
const MEMORY_TASK: u64 = 6 << 30;
/// Share of the time in which one task alone keeps a GPU busy. Tasks beside it meet gaps by chance.
const BUSY_TASK: f64 = 0.55;
const LIMIT_W: f64 = 400.0;
const IDLE_W: f64 = 60.0;
/// Above this the power cap is said to hold clocks down.
const CAPPED_W: f64 = 380.0;
const IDLE_C: f64 = 32.0;
/// Degrees per watt above idle when it has warmed up, and how fast it does.
const WARMTH: f64 = 0.115;
const WARM_UP_S: f64 = 25.0;

/// Made-up GPUs: tasks are spread over them in turn.
pub struct SimulatedGpus {
    count: u32,
    tasks: Tasks,
    stamp: Stamp,
    state: Mutex<Vec<State>>,
}

/// What a GPU carries from look to look.
#[derive(Debug, Clone, Copy)]
struct State {
    at_ns: u64,
    power_w: f64,
    energy_j: f64,
    temperature_c: f64,
}

impl SimulatedGpus {
    /// So many GPUs, busy with so many tasks at any time.
    #[must_use]
    pub fn new(count: u32, tasks: Tasks, stamp: Stamp) -> Self {
        let first = State { at_ns: stamp(), power_w: IDLE_W, energy_j: 0.0, temperature_c: IDLE_C };
        Self { count, tasks, stamp, state: Mutex::new(vec![first; count as usize]) }
    }

    fn look(&self, index: usize, out: &mut GpuSample) -> Option<()> {
        let all = (self.tasks)();
        let tasks = (all + self.count - 1 - u32::try_from(index).ok()?) / self.count.max(1);
        let busy = 1.0 - (1.0 - BUSY_TASK).powi(i32::try_from(tasks).ok()?);
        let power_w = IDLE_W + (LIMIT_W - IDLE_W) * busy;
        let at_ns = (self.stamp)();
        let mut states = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.get_mut(index)?;
        let span_s = at_ns.saturating_sub(state.at_ns) as f64 / 1e9;
        // The same trapezoids as those of who samples it, so that counter and power agree.
        state.energy_j += f64::midpoint(state.power_w, power_w) * span_s;
        let settled_c = IDLE_C + (power_w - IDLE_W) * WARMTH;
        state.temperature_c += (settled_c - state.temperature_c) * (1.0 - (-span_s / WARM_UP_S).exp());
        (state.at_ns, state.power_w) = (at_ns, power_w);
        let now = |value| Some(Reading { at_ns, value });
        let clock = |value| Some(Reading { at_ns, value });
        let share = |value: f64| Some(Reading { at_ns, value: (value * 100.0).round() / 100.0 });
        *out = GpuSample {
            busy_ratio: share(busy),
            sm_activity: share(busy * 0.6),
            memory_used: now((MEMORY_IDLE + u64::from(tasks) * MEMORY_TASK).min(MEMORY)),
            memory_total: now(MEMORY),
            power_mw: now((power_w * 1e3) as u64),
            energy_mj: now((state.energy_j * 1e3) as u64),
            temperature_c: Some(Reading { at_ns, value: state.temperature_c.round() as u32 }),
            clocks_mhz: [clock(if tasks > 0 { 1410 } else { 210 }), clock(1593), clock(1275)],
            throttle: now(if power_w > CAPPED_W { THROTTLE_REASONS[1].0 } else { 0 }),
            ecc: [now(0), now(0)],
            ..GpuSample::default()
        };
        Some(())
    }
}

impl Driver for SimulatedGpus {
    fn gpus(&self) -> Box<dyn Gpus + '_> {
        Box::new(Simulated(self))
    }

    fn version(&self) -> String {
        "SIMULATED".to_owned()
    }
}

struct Simulated<'s>(&'s SimulatedGpus);

fn uuid(index: u32) -> String {
    format!("SIMULATED-{index}")
}

impl Gpus for Simulated<'_> {
    fn inventory(&mut self) -> Result<Vec<GpuInfo>, GpuError> {
        let info = |index| GpuInfo {
            uuid: Arc::from(uuid(index)),
            index,
            name: "SIMULATED GPU".to_owned(),
            memory_bytes: Some(MEMORY),
            power_limit_w: Some(LIMIT_W),
            mig: Some(false),
            max_sm_hz: Some(1.41e9),
            max_memory_hz: Some(1.593e9),
            simulated: true,
        };
        Ok((0..self.0.count).map(info).collect())
    }

    fn sample(&mut self, of: &str, out: &mut GpuSample) -> Result<(), GpuError> {
        let index = (0..self.0.count).find(|index| uuid(*index) == of).ok_or(GpuError::Lost)?;
        self.0.look(index as usize, out).ok_or(GpuError::Lost)
    }

    fn processes(&mut self, _: &str, out: &mut Vec<GpuProcess>) -> Result<(), GpuError> {
        out.clear();
        Ok(())
    }

    fn events(&mut self, timeout: Duration) -> Result<Vec<GpuEvent>, GpuError> {
        // Nothing ever happens to them.
        std::thread::sleep(timeout);
        Ok(vec![])
    }

    fn notices(&mut self) -> Vec<String> {
        vec![]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::gpu::Meter;
    use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

    #[test]
    fn load_follows_the_tasks_and_energy_the_power() {
        let (tasks, clock) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU64::new(0)));
        let (their_tasks, their_clock) = (Arc::clone(&tasks), Arc::clone(&clock));
        let stamp: Stamp = Arc::new(move || their_clock.load(Ordering::Relaxed));
        let driver = SimulatedGpus::new(2, Arc::new(move || their_tasks.load(Ordering::Relaxed)), Arc::clone(&stamp));
        let mut gpus = driver.gpus();
        let mut meter = Meter::new(gpus.inventory().unwrap(), stamp);
        let mut look = |running: u32| {
            tasks.store(running, Ordering::Relaxed);
            clock.fetch_add(1_000_000_000, Ordering::Relaxed);
            let samples = meter.tick(gpus.as_mut());
            ["SIMULATED-0", "SIMULATED-1"].map(|uuid| {
                ["gpu_utilization_ratio", "gpu_energy_joules_total", "gpu_power_joules_total"].map(|name| {
                    let mine = samples.iter().find(|s| s.series.name == name && s.series.labels["uuid"] == uuid);
                    mine.map_or(f64::NAN, |sample| sample.value)
                })
            })
        };
        assert_eq!(look(0).map(|gpu| gpu[0]), [0.0, 0.0]);
        assert_eq!(look(1).map(|gpu| gpu[0]), [0.55, 0.0]);
        assert_eq!(look(3).map(|gpu| gpu[0]), [0.8, 0.55], "two tasks and one");
        // The counter runs from before the first look, power from it on; how far they are apart stays the same.
        let [[_, counted, integrated], _] = look(0);
        let [[_, later, then], _] = look(2);
        assert!(later > counted && ((later - counted) - (then - integrated)).abs() < 0.01, "{later} J, {then} J");
    }
}
