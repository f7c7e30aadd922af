//! Sources against a server on loopback.

use super::*;
use crate::event::Sample;
use crate::http::{Access, Answer, HttpClient, Server, Settings};
use crate::port::{SampleError, Sampler};
use crate::prom::profile::Profile;
use crate::prom::query::Prometheus;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

const WITHIN: Duration = Duration::from_secs(20);

fn ms1() -> NodeLabels {
    NodeLabels { node: "ms-01".to_owned(), role: "microserver".to_owned() }
}

/// Runs a test beside a server that gives these pages.
async fn beside<T>(page: impl Fn(&str) -> Option<Answer>, test: impl AsyncFnOnce(Url) -> T) -> T {
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), Access::default()).await.unwrap();
    let url = Url::parse(&format!("http://{}/", server.address())).unwrap();
    tokio::select! { biased; result = test(url) => result, () = server.run(page) => unreachable!("it runs until it is dropped") }
}

fn exporter(url: &Url, profile: Option<Profile>, within: Duration) -> ExporterSampler {
    let client = HttpClient::new(url, Settings::default()).unwrap();
    ExporterSampler::new(ms1(), url.join("metrics").unwrap(), profile, client, within)
}

fn value(samples: &[Sample], name: &str) -> Option<f64> {
    samples.iter().find(|sample| sample.series.name == name).map(|sample| sample.value)
}

fn why(result: Result<Vec<Sample>, SampleError>) -> String {
    match result.unwrap_err() {
        SampleError::Failed(why) => why.replace(|c: char| c.is_ascii_digit(), "0"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_scrape_gives_counters_and_the_shares_since_the_one_before() {
    let idle = Cell::new(100.0);
    let page = |_: &str| {
        let (idle, text) = (idle.replace(idle.get() + 3.0), "node_cpu_seconds_total{cpu=\"0\",mode=");
        Some(Answer::text(200, format!("{text}\"idle\"}} {idle}\n{text}\"user\"}} {}\nnode_load1 2\n", idle / 3.0)))
    };
    beside(page, async |url| {
        let mut sampler = exporter(&url, None, WITHIN);
        let first = sampler.sample().await.unwrap();
        assert_eq!(value(&first, "node_load1"), Some(2.0));
        assert_eq!(value(&first, "node_cpu_utilization_ratio"), None, "one look gives no rate");
        let second = sampler.sample().await.unwrap();
        assert_eq!(value(&second, "node_cpu_utilization_ratio"), Some(0.25));
        for sample in &second {
            assert_eq!(sample.series.labels["node"], "ms-01");
            assert_eq!(sample.series.labels["role"], "microserver");
        }
        let load = |samples: &[Sample]| samples.iter().find(|s| s.series.name == "node_load1").unwrap().series.clone();
        assert!(std::sync::Arc::ptr_eq(&load(&first), &load(&second)), "a tick makes no new names");
        assert_eq!(sampler.labels()[2].1, format!("127.0.0.1:{}", url.port().unwrap()));
    })
    .await;
}

#[tokio::test]
async fn a_scrape_that_fails_says_where_and_why() {
    let page = |path: &str| match path {
        "/metrics" => Some(Answer::text(200, "node_load1 2\nnode_load1{x=1} 2\n")),
        "/elsewhere/metrics" => Some(Answer::text(200, "go_goroutines 7\n")),
        _ => None,
    };
    beside(page, async |url| {
        let mut broken = exporter(&url, None, WITHIN);
        assert_eq!(
            why(broken.sample().await),
            "scraping http://000.0.0.0:00000/metrics: line 0, column 00: an opening quote is due here, found '0'"
                .replace("00000", &"0".repeat(url.port().unwrap().to_string().len()))
        );
        let mut strange = exporter(&url.join("elsewhere/").unwrap(), None, WITHIN);
        let said = why(strange.sample().await);
        assert!(said.ends_with("no series of an exporter that hubmark knows; it begins with go_goroutines"), "{said}");
        let mut other = exporter(&url, Some(Profile::DcgmExporter), WITHIN);
        other.sample().await.unwrap_err();
        let mut missing = exporter(&url.join("nothing/").unwrap(), None, WITHIN);
        assert!(why(missing.sample().await).ends_with("it answered 000: there is no such page"));
    })
    .await;
}

#[tokio::test]
async fn an_exporter_that_does_not_answer_fails_within_its_own_time() {
    // A listener that accepts and says nothing.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let mut sampler = exporter(&url, None, Duration::from_millis(50));
    let said = why(sampler.sample().await);
    assert!(said.ends_with("did not answer within 0.00 s"), "{said}");
}

fn vector(rows: &[(&str, f64)], at: f64) -> Answer {
    let rows: Vec<_> = rows
        .iter()
        .map(|(labels, value)| {
            let labels: BTreeMap<&str, &str> = labels.split(',').filter_map(|pair| pair.split_once('=')).collect();
            serde_json::json!({ "metric": labels, "value": [at, value.to_string()] })
        })
        .collect();
    let body = serde_json::json!({ "status": "success", "data": { "resultType": "vector", "result": rows } });
    Answer { status: 200, content_type: "application/json", body: body.to_string() }
}

fn of_server(url: &Url) -> PrometheusSampler {
    let prometheus = Prometheus::new(HttpClient::new(url, Settings::default()).unwrap(), WITHIN);
    let selector = BTreeMap::from([("instance".to_owned(), "ms1:9100".to_owned())]);
    PrometheusSampler::new(ms1(), prometheus, selector, None)
}

#[tokio::test]
async fn a_servers_value_is_taken_once_for_each_scrape() {
    let load = "__name__=node_load1,instance=ms1:9100,job=node";
    let up = "__name__=up,instance=ms1:9100,job=node";
    let scraped = "hubmark_scraped=at,instance=ms1:9100,job=node";
    let answers = RefCell::new(vec![
        vector(&[], 120.0),
        vector(&[(up, 0.0), (scraped, 116.0)], 117.0),
        vector(&[(load, 3.0), (up, 1.0), (scraped, 110.0)], 500.0),
        vector(&[(load, 3.0), (up, 1.0), (scraped, 115.0)], 116.0),
        vector(&[(load, 2.0), (up, 1.0), (scraped, 100.0)], 105.0),
        vector(&[(load, 2.0), (up, 1.0), (scraped, 100.0)], 101.0),
    ]);
    beside(
        |_| answers.borrow_mut().pop(),
        async |url| {
            let mut sampler = of_server(&url);
            assert_eq!(value(&sampler.sample().await.unwrap(), "node_load1"), Some(2.0));
            assert_eq!(sampler.sample().await.unwrap(), vec![], "the same scrape again is no new value");
            assert_eq!(value(&sampler.sample().await.unwrap(), "node_load1"), Some(3.0));
            assert!(why(sampler.sample().await).ends_with("its latest scrape is 000 s old"));
            assert!(why(sampler.sample().await).ends_with("it could not scrape ms0:0000"));
            assert!(why(sampler.sample().await).contains("it has no series with"));
        },
    )
    .await;
}

#[tokio::test]
async fn what_a_server_refuses_is_told_in_its_words() {
    let page = |_: &str| {
        let body = r#"{"status":"error","errorType":"bad_data","error":"1:3: parse error: unexpected end of input"}"#;
        Some(Answer { status: 400, content_type: "application/json", body: body.to_owned() })
    };
    beside(page, async |url| {
        let prometheus = Prometheus::new(HttpClient::new(&url, Settings::default()).unwrap(), WITHIN);
        let error = prometheus.query("up(", None).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "Prometheus refuses the query (bad_data): 1:3: parse error: unexpected end of input"
        );
    })
    .await;
    let html = |_: &str| Some(Answer { status: 200, content_type: "text/html", body: "<h1>hi</h1>".to_owned() });
    beside(html, async |url| {
        let prometheus = Prometheus::new(HttpClient::new(&url, Settings::default()).unwrap(), WITHIN);
        let error = prometheus.query("up", None).await.unwrap_err().to_string();
        assert!(error.contains("does not answer as a Prometheus does: 200: the answer is text/html"), "{error}");
    })
    .await;
}
