//! A sampler of this machine under the name of a farm's node.

use crate::event::{Sample, SeriesKey};
use crate::plan::Sampling;
use crate::port::{Local, SampleError, Sampler};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Adds `node` and `role` to what another sampler gives.
pub struct OfNode {
    inner: Box<dyn Sampler>,
    labels: [(&'static str, String); 2],
    known: BTreeMap<Arc<SeriesKey>, Arc<SeriesKey>>,
}

impl OfNode {
    /// The sampler's series as those of a node.
    #[must_use]
    pub fn new(inner: Box<dyn Sampler>, node: &str, role: &str) -> Self {
        let labels = [("node", node.to_owned()), ("role", role.to_owned())];
        Self { inner, labels, known: BTreeMap::new() }
    }

    fn key(&mut self, own: &Arc<SeriesKey>) -> Arc<SeriesKey> {
        let labels = &self.labels;
        let made = self.known.entry(Arc::clone(own)).or_insert_with(|| {
            let key = SeriesKey::clone(own);
            Arc::new(labels.iter().fold(key, |key, (label, value)| key.with(label, value)))
        });
        Arc::clone(made)
    }
}

impl Sampler for OfNode {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn labels(&self) -> Vec<(String, String)> {
        let own = self.labels.iter().map(|(label, value)| ((*label).to_owned(), value.clone()));
        self.inner.labels().into_iter().chain(own).collect()
    }

    fn interval(&self, sampling: &Sampling) -> Duration {
        self.inner.interval(sampling)
    }

    fn notices(&mut self) -> Vec<String> {
        self.inner.notices()
    }

    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>> {
        Box::pin(async move {
            let mut samples = self.inner.sample().await?;
            for sample in &mut samples {
                sample.series = self.key(&sample.series);
            }
            Ok(samples)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::PortableHost;

    #[tokio::test]
    async fn every_series_and_the_samplers_own_health_carry_the_node() {
        let mut sampler = OfNode::new(Box::new(PortableHost::new()), "ms-01", "microserver");
        let (first, second) = (sampler.sample().await.unwrap(), sampler.sample().await.unwrap());
        assert!(!first.is_empty());
        for sample in &first {
            assert_eq!(sample.series.labels["node"], "ms-01", "{:?}", sample.series);
            assert_eq!(sample.series.labels["role"], "microserver");
        }
        assert!(Arc::ptr_eq(&first[0].series, &second[0].series), "a tick makes no new names");
        assert_eq!(sampler.labels()[0], ("node".to_owned(), "ms-01".to_owned()));
    }
}
