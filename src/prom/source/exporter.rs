//! An exporter that hubmark scrapes.

use super::NodeLabels;
use super::look::{self, Look};
use super::node::NodeSeries;
use crate::clock::{Clock, Skew, Wall};
use crate::event::Sample;
use crate::http::{HttpClient, Reply};
use crate::port::{Local, SampleError, Sampler};
use crate::prom::address::{instance, place};
use crate::prom::page::{Format, Page, parse_bytes};
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
        let reply = self.fetch().await?;
        let page = self.page(&reply)?;
        self.series.samples(&page, self.clock.elapsed().as_secs_f64())
    }

    /// Scrapes once and tells all that the answer says, also of the exporter itself.
    ///
    /// # Errors
    /// The same as of a sample.
    pub async fn look(&mut self) -> Result<Look, SampleError> {
        let sent_ns = Wall::Machine.now_ns();
        let reply = self.fetch().await?;
        let received_ns = Wall::Machine.now_ns();
        let page = self.page(&reply)?;
        let samples = self.series.samples(&page, self.clock.elapsed().as_secs_f64())?;
        let dated = reply.header("date").and_then(|date| Skew::of_date(date, sent_ns, received_ns));
        let shown = look::time_of(&page).map(|theirs_ns| Skew::seen(theirs_ns, 0, sent_ns, received_ns));
        // A proxy dates its answers by its own clock; what the page says is the node's own.
        Ok(Look::of(&page, self.series.profile(), samples, shown.or(dated)))
    }

    async fn fetch(&self) -> Result<Reply, SampleError> {
        let reply = self.client.get(&self.url, ACCEPT, self.within).await;
        let reply = reply.map_err(|error| self.failed(error))?;
        match reply.status {
            200 => Ok(reply),
            status => Err(self.failed(format!("it answered {status}: {}", reply.text()))),
        }
    }

    fn page<'r>(&self, reply: &'r Reply) -> Result<Page<'r>, SampleError> {
        let format = Format::of_content_type(reply.header("content-type").unwrap_or_default());
        parse_bytes(reply.bytes(), format).map_err(|error| self.failed(error))
    }

    fn failed(&self, why: impl std::fmt::Display) -> SampleError {
        SampleError::Failed(format!("scraping {}: {why}", place(&self.url)))
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
