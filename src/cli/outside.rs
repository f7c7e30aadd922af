//! What a scenario's functions look at outside of the run: Prometheus servers, pages of metrics, and what the driver says of GPUs.

use super::error::CliResult;
use super::scenario::Scenario;
use super::sources;
use crate::http::Aside;
use crate::port::{GpuIdentity, Local, LookSeries, Outside, PromQuery, SeriesFound};
use crate::prom::page::{Format, parse};
use crate::prom::query::{Answer, Prometheus, Series};
use crate::record::Gpu;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The real world's. A simulated one has no Prometheus and no GPUs, and pages of its hubs.
struct Seen {
    prometheus: BTreeMap<String, Prometheus>,
    gpus: Vec<GpuIdentity>,
    aside: Aside,
}

/// What lies outside of a real run.
pub(crate) fn real(scenario: &Scenario, gpus: &[Gpu]) -> CliResult<Rc<dyn Outside>> {
    let prometheus = sources::asked(&scenario.plan, &scenario.folder, &scenario.env)?;
    Ok(Rc::new(Seen { prometheus, gpus: gpus.iter().map(identity).collect(), aside: Aside::default() }))
}

/// What lies outside of a simulated run, or of one without code: nothing but pages of hubs that are read.
pub(crate) fn nothing() -> Rc<dyn Outside> {
    Rc::new(Seen { prometheus: BTreeMap::new(), gpus: vec![], aside: Aside::default() })
}

fn identity(gpu: &Gpu) -> GpuIdentity {
    GpuIdentity {
        uuid: gpu.uuid.clone(),
        name: gpu.name.clone(),
        power_limit_w: gpu.power_limit_w,
        mig: gpu.mig,
        simulated: gpu.simulated,
    }
}

impl Outside for Seen {
    fn prom<'a>(&'a self, name: &'a str, query: &'a PromQuery) -> Local<'a, Result<SeriesFound, String>> {
        Box::pin(async move {
            let prometheus = self.prometheus.get(name).ok_or_else(|| format!("the run has no Prometheus {name:?}"))?;
            let answer = match query.range {
                None => prometheus.query(&query.expression, None).await,
                Some(range) => {
                    let (start_s, stop_s, step_s) = (range.start_s, range.stop_s, range.step_s);
                    let answer = prometheus.query_range(&query.expression, start_s, stop_s, step_s).await;
                    answer.map(Answer::Matrix)
                }
            };
            answer.map(found).map_err(|error| error.to_string())
        })
    }

    fn page(&self, page: String) -> Local<'_, Result<Vec<LookSeries>, String>> {
        Box::pin(self.aside.run(page.len(), move || {
            let read = parse(&page, Format::Text).map_err(|error| error.to_string())?;
            let points = read.points().map(|point| {
                let name = ("__name__".to_owned(), point.name.to_string());
                let labels = point.labels.iter().map(|(name, value)| (name.to_string(), value.to_string()));
                LookSeries { labels: labels.chain([name]).collect(), points: vec![(0.0, point.value)] }
            });
            Ok(points.collect())
        }))
    }

    fn gpus(&self) -> &[GpuIdentity] {
        &self.gpus
    }
}

fn found(answer: Answer) -> SeriesFound {
    let all = |series: Vec<Series>| {
        series.into_iter().map(|Series { labels, points }| LookSeries { labels, points }).collect()
    };
    match answer {
        Answer::Scalar(value) => SeriesFound::Scalar(value),
        Answer::Text(text) => SeriesFound::Text(text),
        Answer::Vector(series) => SeriesFound::Vector(all(series)),
        Answer::Matrix(series) => SeriesFound::Matrix(all(series)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{HttpClient, Settings};
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::time::Duration;

    /// Something that answers one request with 50 MB that would be a vector.
    fn endless() -> (url::Url, std::thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let serve = move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50000000\r\n\r\n")
                .unwrap();
            // The client goes away before the end.
            while stream.write_all(&[b' '; 65_536]).is_ok() {}
        };
        (url, std::thread::spawn(serve))
    }

    #[tokio::test]
    async fn an_answer_of_fifty_megabytes_is_refused_and_not_kept() {
        let (url, server) = endless();
        let client = HttpClient::new(&url, Settings::default()).unwrap();
        let prometheus = Prometheus::new(client, Duration::from_secs(60));
        let prometheus = BTreeMap::from([("big".to_owned(), prometheus)]);
        let seen = Seen { prometheus, gpus: vec![], aside: Aside::default() };
        let query = PromQuery { expression: "up".to_owned(), range: None };
        let why = seen.prom("big", &query).await.unwrap_err();
        assert!(why.contains("is longer than 16 MiB"), "{why}");
        drop(seen);
        // The runtime has to go on, because it is what closes the connection.
        tokio::task::spawn_blocking(move || server.join().unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn a_page_of_metrics_is_series_and_something_else_is_told() {
        let seen = nothing();
        let page = "# TYPE a gauge\na{b=\"c\"} 1.5\na{b=\"d\"} NaN\n".to_owned();
        let series = seen.page(page).await.unwrap();
        assert_eq!((series.len(), &*series[0].labels["__name__"], &*series[0].labels["b"]), (2, "a", "c"));
        assert!(series[0].points[0].1 == 1.5 && series[1].points[0].1.is_nan());
        assert!(seen.page("<html>".to_owned()).await.is_err());
    }
}
