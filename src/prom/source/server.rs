//! A node's series out of an existing Prometheus.

use super::NodeLabels;
use super::look::Look;
use super::node::NodeSeries;
use crate::clock::{Skew, Wall};
use crate::event::Sample;
use crate::port::{Local, SampleError, Sampler};
use crate::prom::address::{instance, place};
use crate::prom::page::{Family, Page, Point};
use crate::prom::profile::Profile;
use crate::prom::query::{Answer, Prometheus, Series};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The label by which a query's times of scrapes are told from its values.
const SCRAPED: &str = "hubmark_scraped";

/// How old the latest scrape may be, seconds: Prometheus' own limit for what it calls current.
const CURRENT_S: f64 = 300.0;

/// By how much Prometheus rounds a time, and moves one that a scrape is stamped with: 2 ms at most, nanoseconds.
const STAMP_NS: u64 = 2_000_000;

/// Asks a Prometheus for the raw series of one node, at each tick for those that were scraped since the tick before.
///
/// The counters come as they were stored and rates are derived by hubmark, as from any other source. A Prometheus that scrapes every
/// 15 s gives a value every 15 s, however often it is asked: values are not repeated, because a repeated counter is a rate of zero.
pub struct PrometheusSampler {
    prometheus: Prometheus,
    selector: BTreeMap<String, String>,
    series: NodeSeries,
    /// When each target was last scraped, by job and instance, seconds since 1970.
    seen: BTreeMap<(String, String), f64>,
}

impl PrometheusSampler {
    /// A sampler of the series whose targets have these labels, such as `instance`.
    #[must_use]
    pub fn new(
        node: NodeLabels,
        prometheus: Prometheus,
        selector: BTreeMap<String, String>,
        profile: Option<Profile>,
    ) -> Self {
        Self { prometheus, selector, series: NodeSeries::new(node, profile), seen: BTreeMap::new() }
    }

    /// The selector inside PromQL's braces.
    fn labels(&self) -> String {
        let of = |label: &String, value: &String| format!("{label}=\"{}\"", escaped(value));
        let labels: Vec<String> = self.selector.iter().map(|(label, value)| of(label, value)).collect();
        labels.join(",")
    }

    /// One expression, so that values and times belong to one moment: the series, and when each target was scraped.
    fn expression(&self) -> String {
        let names: Vec<String> = match self.series.profile() {
            Some(profile) => vec![profile.names()],
            None => Profile::ALL.map(Profile::names).to_vec(),
        };
        let labels = self.labels();
        let comma = if labels.is_empty() { "" } else { "," };
        format!(
            "{{__name__=~\"up|{}\"{comma}{labels}}} or label_replace(timestamp(up{{{labels}}}), \"{SCRAPED}\", \"at\", \"\", \"\")",
            names.join("|")
        )
    }

    async fn ask(&mut self) -> Result<Vec<Sample>, SampleError> {
        let rows = self.rows().await?;
        self.read(&rows)
    }

    /// Asks once and tells all that the answer says, also of the exporters behind it.
    ///
    /// # Errors
    /// The same as of a sample.
    pub async fn look(&mut self) -> Result<Look, SampleError> {
        let rows = self.rows().await?;
        let samples = self.read(&rows)?;
        let skew = self.skew().await?;
        let page = page_of(rows.iter().filter(|row| !row.labels.contains_key(SCRAPED)));
        Ok(Look::of(&page, self.series.profile(), samples, skew))
    }

    /// The node's clock by way of the server's: what node_exporter's clock showed against when it was scraped, and the server's clock now.
    async fn skew(&self) -> Result<Option<Skew>, SampleError> {
        let labels = self.labels();
        // One expression again, so that the time that the scrape took is that of this scrape.
        let series = format!("node_time_seconds{{{labels}}}");
        let expression = format!(
            "{series} - timestamp({series}) or label_replace(scrape_duration_seconds{{{labels}}}, \"{SCRAPED}\", \"in\", \"\", \"\")"
        );
        let answer = self.prometheus.query(&expression, None).await.map_err(|error| self.failed(error))?;
        let rows = answer.series();
        let Some(clock) = rows.iter().find(|row| !row.labels.contains_key(SCRAPED)) else { return Ok(None) };
        let of_clock = target(&clock.labels);
        let took = rows.iter().find(|row| row.labels.contains_key(SCRAPED) && target(&row.labels) == of_clock);
        let value = |row: &Series| row.points.last().map(|(_, value)| (value * 1e9) as i64);
        let (Some(shown_ns), Some(took_ns)) = (value(clock), took.and_then(value)) else { return Ok(None) };
        let sent_ns = Wall::Machine.now_ns();
        let answer = self.prometheus.query("time()", None).await.map_err(|error| self.failed(error))?;
        let (Answer::Scalar(now_s), received_ns) = (answer, Wall::Machine.now_ns()) else { return Ok(None) };
        let server = Skew::seen((now_s * 1e9) as i64, STAMP_NS, sent_ns, received_ns);
        // A scrape is stamped with its begin, and the node read its clock until its end.
        let node = Skew::seen(shown_ns, STAMP_NS, 0, took_ns.saturating_add(STAMP_NS.cast_signed()));
        Ok(Some(server.and(node)))
    }

    async fn rows(&self) -> Result<Vec<Series>, SampleError> {
        let answer = self.prometheus.query(&self.expression(), None).await.map_err(|error| self.failed(error))?;
        match answer.series() {
            [] => Err(self.failed(format!("it has no series with {:?}", self.selector))),
            rows => Ok(rows.to_vec()),
        }
    }

    fn failed(&self, why: impl std::fmt::Display) -> SampleError {
        SampleError::Failed(format!("asking {}: {why}", place(self.prometheus.url())))
    }

    fn read(&mut self, rows: &[Series]) -> Result<Vec<Sample>, SampleError> {
        let targets = Targets::of(rows);
        let now_s = rows.iter().flat_map(|row| &row.points).map(|(at, _)| *at).fold(0.0, f64::max);
        if let Some(down) = targets.down {
            return Err(self.failed(format!("it could not scrape {down}")));
        }
        let fresh = |row: &&Series| {
            let target = target(&row.labels);
            let scraped = targets.scraped.get(&target);
            scraped.is_none_or(|scraped| self.seen.get(&target).is_none_or(|seen| scraped > seen))
        };
        let page = page_of(rows.iter().filter(|row| !row.labels.contains_key(SCRAPED)).filter(fresh));
        let at_s = targets.scraped.values().copied().fold(f64::NEG_INFINITY, f64::max);
        if targets.scraped.values().all(|scraped| now_s - scraped > CURRENT_S) && !targets.scraped.is_empty() {
            return Err(self.failed(format!("its latest scrape is {:.0} s old", now_s - at_s)));
        }
        if page.points().next().is_none() {
            return Ok(vec![]);
        }
        let at_s = if at_s.is_finite() { at_s } else { now_s };
        let samples = self.series.samples(&page, at_s)?;
        self.seen.extend(targets.scraped);
        Ok(samples)
    }
}

/// What a query says of the targets behind a node.
#[derive(Default)]
struct Targets {
    scraped: BTreeMap<(String, String), f64>,
    /// One that Prometheus could not scrape.
    down: Option<String>,
}

impl Targets {
    fn of(rows: &[Series]) -> Self {
        let mut targets = Self::default();
        for row in rows {
            let Some((_, value)) = row.points.last() else { continue };
            if row.labels.contains_key(SCRAPED) {
                targets.scraped.insert(target(&row.labels), *value);
            } else if row.labels.get("__name__").is_some_and(|name| name == "up") && *value == 0.0 {
                targets.down = Some(target(&row.labels).1);
            }
        }
        targets
    }
}

fn target(labels: &BTreeMap<String, String>) -> (String, String) {
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    (label("job"), label("instance"))
}

/// A page that holds these series, as if they had been scraped.
fn page_of<'a>(rows: impl Iterator<Item = &'a Series>) -> Page<'a> {
    let mut family = Family::named("");
    for row in rows {
        let (Some(name), Some((_, value))) = (row.labels.get("__name__"), row.points.last()) else { continue };
        // `up` is the target's, not the node's.
        if name == "up" {
            continue;
        }
        let labels = row.labels.iter().filter(|(label, _)| *label != "__name__");
        let labels = labels.map(|(label, value)| (Cow::Borrowed(label.as_str()), Cow::Borrowed(value.as_str())));
        family.points.push(Point {
            name: Cow::Borrowed(name),
            labels: labels.collect(),
            value: *value,
            timestamp_ms: None,
            exemplar: None,
        });
    }
    Page { families: vec![family] }
}

/// A label's value inside PromQL's quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

impl Sampler for PrometheusSampler {
    fn name(&self) -> &'static str {
        "prometheus"
    }

    fn labels(&self) -> Vec<(String, String)> {
        self.series.health_labels(&instance(self.prometheus.url()))
    }

    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>> {
        Box::pin(self.ask())
    }
}
