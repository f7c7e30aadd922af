//! The latest samples of every machine, and the way to ask its samplers for fresh ones.

use crate::event::{Sample, SampleBatch};
use std::cell::RefCell;
use std::collections::BTreeMap;
use tokio::sync::{mpsc, oneshot};

/// Younger samples are fresh: a sampler whose rates are of an instant says nothing, and a loop of questions costs the machine little.
const FRESH_NS: u64 = 100_000_000;

/// Whoever wants a fresh sample. What comes back is why there is none.
pub(in crate::engine) type Wanted = mpsc::Receiver<oneshot::Sender<Result<(), String>>>;
type Want = mpsc::Sender<oneshot::Sender<Result<(), String>>>;

/// Questions to one sampler that wait; more are waited with.
const QUESTIONS: usize = 16;

/// What one sampler last gave of one machine.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// When, nanoseconds of the run's clock.
    pub(super) t_ns: u64,
    pub(super) samples: Vec<Sample>,
}

/// One sampler.
struct Source {
    name: &'static str,
    /// The node that it says it measures.
    node: Option<String>,
    want: Want,
    /// When it last gave something, nanoseconds of the run's clock.
    gave_ns: Option<u64>,
}

/// The latest samples by node; those of the machine that hubmark runs on have no node.
#[derive(Default)]
pub(in crate::engine) struct Latest {
    sources: RefCell<Vec<Source>>,
    machines: RefCell<BTreeMap<Option<String>, BTreeMap<usize, Batch>>>,
}

impl Latest {
    /// Makes a sampler known. Gives its number, and where it hears of who wants a fresh sample.
    pub(in crate::engine) fn register(&self, name: &'static str, labels: &[(String, String)]) -> (usize, Wanted) {
        let (want, wanted) = mpsc::channel(QUESTIONS);
        let node = labels.iter().find(|(label, _)| label == "node").map(|(_, node)| node.clone());
        let mut sources = self.sources.borrow_mut();
        sources.push(Source { name, node, want, gave_ns: None });
        (sources.len() - 1, wanted)
    }

    /// Notes what a sampler gave. A batch without values leaves the one before: there was nothing new.
    pub(in crate::engine) fn note(&self, source: usize, batch: &SampleBatch) {
        let mut parts: BTreeMap<Option<&String>, Vec<Sample>> = BTreeMap::new();
        for sample in &batch.samples {
            parts.entry(sample.series.labels.get("node")).or_default().push(sample.clone());
        }
        let mut machines = self.machines.borrow_mut();
        for (node, samples) in parts {
            let batch = Batch { t_ns: batch.t_ns, samples };
            machines.entry(node.cloned()).or_default().insert(source, batch);
        }
        if let Some(source) = self.sources.borrow_mut().get_mut(source) {
            source.gave_ns = Some(batch.t_ns);
        }
    }

    /// Shows the batches of a machine, oldest first.
    pub(super) fn see<T>(&self, node: Option<&str>, look: impl FnOnce(&[&Batch]) -> T) -> T {
        let machines = self.machines.borrow();
        let of = machines.get(&node.map(str::to_owned));
        let mut batches: Vec<&Batch> = of.into_iter().flat_map(BTreeMap::values).collect();
        batches.sort_by_key(|batch| batch.t_ns);
        look(&batches)
    }

    /// Has every sampler measure that gives series of this beginning for a machine. The error is that of the first that could not.
    pub(super) async fn refresh(&self, node: Option<&str>, series: &str, now_ns: u64) -> Result<(), String> {
        for want in self.to_ask(node, series, now_ns) {
            let (answer, done) = oneshot::channel();
            if want.send(answer).await.is_ok() {
                // A sampler that has ended gives nothing any more; what it gave last stands.
                done.await.unwrap_or(Ok(()))?;
            }
        }
        Ok(())
    }

    fn to_ask(&self, node: Option<&str>, series: &str, now_ns: u64) -> Vec<Want> {
        let machines = self.machines.borrow();
        let known = machines.get(&node.map(str::to_owned));
        let sources = self.sources.borrow();
        let gives = |number: &usize, source: &Source| match known.and_then(|known| known.get(number)) {
            Some(batch) => batch.samples.iter().any(|sample| sample.series.name.starts_with(series)),
            // One that has not given anything yet, of this machine as far as it says.
            None => source.gave_ns.is_none() && (source.node.is_none() || source.node.as_deref() == node),
        };
        let old = |source: &Source| source.gave_ns.is_none_or(|gave| now_ns.saturating_sub(gave) >= FRESH_NS);
        let asked = sources.iter().enumerate().filter(|(number, source)| old(source) && gives(number, source));
        asked.map(|(_, source)| source.want.clone()).collect()
    }

    /// Names of the samplers that say they measure a node.
    pub(super) fn samplers_of(&self, node: &str) -> Vec<&'static str> {
        let sources = self.sources.borrow();
        sources.iter().filter(|source| source.node.as_deref() == Some(node)).map(|source| source.name).collect()
    }
}
