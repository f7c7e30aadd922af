//! An exporter that hubmark scrapes.

use super::NodeLabels;
use super::node::NodeSeries;
use crate::clock::{Clock, Wall};
use crate::event::Sample;
use crate::http::HttpClient;
use crate::port::{Local, SampleError, Sampler};
use crate::prom::address::{instance, place};
use crate::prom::page::{Format, parse_bytes};
use crate::prom::profile::Profile;
use std::time::Duration;
use url::Url;

/// What is asked for: OpenMetrics first, because its end is marked.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// Scrapes one exporter of one node.
pub struct ExporterSampler {
    url: Url,
    client: HttpClient,
    within: Duration,
    clock: Clock,
    series: NodeSeries,
}

impl ExporterSampler {
    /// A sampler of the page at `url`, which a client of that address fetches within a time that is shorter than the interval of sampling.
    /// Without a profile, what the page holds decides.
    #[must_use]
    pub fn new(node: NodeLabels, url: Url, profile: Option<Profile>, client: HttpClient, within: Duration) -> Self {
        let series = NodeSeries::new(node, profile);
        Self { url, client, within, clock: Clock::start(&Wall::Machine), series }
    }

    async fn scrape(&mut self) -> Result<Vec<Sample>, SampleError> {
        let failed = |why: String| SampleError::Failed(format!("scraping {}: {why}", place(&self.url)));
        let reply = self.client.get(&self.url, ACCEPT, self.within).await;
        let reply = reply.map_err(|error| failed(error.to_string()))?;
        if reply.status != 200 {
            return Err(failed(format!("it answered {}: {}", reply.status, reply.text())));
        }
        let format = Format::of_content_type(reply.header("content-type").unwrap_or_default());
        let page = parse_bytes(reply.bytes(), format).map_err(|error| failed(error.to_string()))?;
        self.series.samples(&page, self.clock.elapsed().as_secs_f64())
    }
}

impl Sampler for ExporterSampler {
    fn name(&self) -> &'static str {
        self.series.profile().map_or("exporter", Profile::name)
    }

    fn labels(&self) -> Vec<(String, String)> {
        self.series.health_labels(&instance(&self.url))
    }

    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>> {
        Box::pin(self.scrape())
    }
}
