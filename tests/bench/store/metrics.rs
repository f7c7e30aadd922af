//! What 64 nodes with 30 metrics each give every second: counters in hundredths, microseconds and bytes, gauges that stay, gauges that
//! jump, and one ratio that is no decimal number at all.

use hubmark::clock::{Chance, Purpose, Stream};
use hubmark::event::{Sample, SampleBatch, SeriesKey};
use std::sync::Arc;

pub(crate) const NODES: usize = 64;
pub(crate) const METRICS: usize = 30;

enum Shape {
    /// Rises by up to so many steps a second, in units of a fraction.
    Counter(f64, f64),
    /// Rises as a counter in so many of a hundred seconds.
    Idle(f64, f64, f64),
    /// Wanders by up to so many units.
    Walk(f64),
    /// Any of so many steps, in units of a fraction.
    Noise(f64, f64),
    /// A quotient of two whole numbers, with all its digits.
    Quotient,
    Same,
}

fn shape(metric: usize) -> Shape {
    match metric {
        0..8 => Shape::Counter([120.0, 10.0, 40.0, 600.0, 6.0, 0.0, 2.0, 1.0][metric], 0.01),
        8 => Shape::Quotient,
        9..11 => Shape::Walk(4096.0 * 20_000.0),
        11..15 => Shape::Same,
        15 => Shape::Noise(400.0, 0.01),
        16..20 => Shape::Idle(25.0 * (metric - 16) as f64, 20_000.0, 1e-6),
        20..22 => Shape::Idle(50.0, 2000.0, 512.0),
        22..24 => Shape::Counter(1e6, 1.0),
        24 => Shape::Noise(100.0, 0.01),
        25 => Shape::Noise(100_000.0, 1e-3),
        26 => Shape::Counter(350_000.0, 1e-3),
        27 => Shape::Walk(1.0),
        28 => Shape::Noise(6.0, 15e6),
        _ => Shape::Counter(1e8, 1.0),
    }
}

pub(crate) struct Farm {
    stream: Stream,
    series: Vec<Arc<SeriesKey>>,
    units: Vec<f64>,
    second: u64,
}

impl Farm {
    pub(crate) fn new() -> Self {
        let mut stream = Chance::new(7, "bench").stream(Purpose::World, "farm", 0);
        let series = (0..NODES * METRICS).map(|i| {
            let key = SeriesKey::plain(&format!("node_metric_{:02}_total", i % METRICS));
            Arc::new(key.with("node", &format!("node-{:02}", i / METRICS)))
        });
        let units = (0..NODES * METRICS).map(|_| (stream.unit() * 1e9).floor()).collect();
        Self { series: series.collect(), units, second: 0, stream }
    }

    pub(crate) fn tick(&mut self) -> SampleBatch {
        // Ticks come a little late, as timers do.
        let t_ns = self.second * 1_000_000_000 + (self.stream.unit() * 400_000.0) as u64;
        self.second += 1;
        let mut samples = Vec::with_capacity(self.series.len());
        for i in 0..self.series.len() {
            samples.push(Sample { series: self.series[i].clone(), value: self.value(i) });
        }
        SampleBatch { sampler: "farm", t_ns, samples }
    }

    fn value(&mut self, i: usize) -> f64 {
        let mut random = || self.stream.unit();
        let units = &mut self.units[i];
        match shape(i % METRICS) {
            Shape::Counter(most, unit) => {
                *units += (random() * most).round();
                scaled(*units, unit)
            }
            Shape::Idle(percent, most, unit) => {
                if random() * 100.0 < percent {
                    *units += (random() * most).round();
                }
                scaled(*units, unit)
            }
            Shape::Walk(most) => {
                *units += ((random() - 0.5) * most).round();
                *units
            }
            Shape::Noise(steps, unit) => scaled((random() * steps).floor(), unit),
            Shape::Quotient => {
                let total = 398.0 + (random() * 5.0).floor();
                (random() * total).floor() / total
            }
            Shape::Same => *units,
        }
    }
}

/// As counters are made of ticks: divided, not multiplied by a fraction that is not exact.
fn scaled(units: f64, unit: f64) -> f64 {
    if unit < 1.0 { units / (1.0 / unit).round() } else { units * unit }
}
