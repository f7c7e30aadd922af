//! An agent on loopback with samplers of the test's own, and with the machine's.

use super::*;
use crate::event::{Sample, SeriesKey};
use crate::http::{Access, HttpClient, Server, Settings};
use crate::port::{Local, SampleError, Sampler};
use crate::prom::page::{Format, Page, parse};
use crate::sampler::{HostSampler, SelfSampler};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Gives what it was told to, one entry a tick, the last one for ever.
struct Told(&'static str, VecDeque<Result<Vec<Sample>, SampleError>>);

impl Sampler for Told {
    fn name(&self) -> &'static str {
        self.0
    }

    fn sample(&mut self) -> Local<'_, Result<Vec<Sample>, SampleError>> {
        let next = if self.1.len() > 1 { self.1.pop_front() } else { self.1.front().cloned() };
        Box::pin(std::future::ready(next.unwrap()))
    }
}

fn sample(name: &str, labels: &[(&str, &str)], value: f64) -> Sample {
    let key = labels.iter().fold(SeriesKey::plain(name), |key, (label, value)| key.with(label, value));
    Sample { series: Arc::new(key), value }
}

fn server_identity() -> Identity {
    let lent = BTreeMap::from([("0".to_owned(), "ms-01".to_owned()), ("GPU-b".to_owned(), "ms-02".to_owned())]);
    Identity { node: "gx8".to_owned(), role: GPU_SERVER, driver: None, lent }
}

/// Runs a test beside an agent: it gets the base address and the notices so far.
async fn beside(
    identity: Identity,
    interval: Duration,
    samplers: Vec<Box<dyn Sampler>>,
    test: impl AsyncFnOnce(&HttpClient, &RefCell<Vec<String>>),
) {
    let server = Server::bind("127.0.0.1:0".parse().unwrap(), Access::default()).await.unwrap();
    let url = Url::parse(&format!("http://{}/", server.address())).unwrap();
    let client = HttpClient::new(&url, Settings::default()).unwrap();
    let (agent, notices) = (Agent::new(identity, interval), Rc::new(RefCell::new(Vec::new())));
    let notice = |text: &str| notices.borrow_mut().push(text.to_owned());
    tokio::select! { biased;
        () = test(&client, &notices) => {}
        () = agent.run(samplers, &server, &notice) => unreachable!("an agent runs until it is dropped"),
    }
}

async fn get(client: &HttpClient, path: &str) -> (u16, String) {
    let reply = client.get(&client.base().join(path).unwrap(), "*/*", Duration::from_secs(20)).await.unwrap();
    (reply.status, String::from_utf8(reply.bytes().to_vec()).unwrap())
}

/// Asks until a page fits.
async fn until(client: &HttpClient, path: &str, fits: impl Fn(u16, &str) -> bool) -> String {
    for _ in 0..2_000 {
        let (status, text) = get(client, path).await;
        if fits(status, &text) {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{path} never became what is waited for");
}

fn values(page: &Page<'_>, name: &str) -> Vec<(String, f64)> {
    page.named(name).map(|point| (point.label("node").unwrap_or_default().to_owned(), point.value)).collect()
}

#[tokio::test]
async fn two_roles_have_two_pages_and_a_lent_gpu_is_on_both() {
    let gpu = |index: &str, uuid: &str, watts| sample("gpu_power_watts", &[("gpu", index), ("uuid", uuid)], watts);
    let gpus = vec![gpu("0", "GPU-a", 100.0), gpu("1", "GPU-b", 200.0), gpu("2", "GPU-c", 300.0)];
    let samplers: Vec<Box<dyn Sampler>> = vec![
        Box::new(Told("host", VecDeque::from([Ok(vec![sample("node_load1", &[], 2.5)])]))),
        Box::new(Told("gpu", VecDeque::from([Ok(gpus)]))),
    ];
    beside(server_identity(), Duration::from_secs(1), samplers, async |client, _| {
        until(client, "healthz", |status, _| status == 200).await;
        let (_, all) = get(client, "metrics").await;
        let (_, micro) = get(client, "metrics/microservers").await;
        let (_, server) = get(client, "metrics/gpu-servers").await;
        let [all, micro, server] = [&all, &micro, &server].map(|text| parse(text, Format::Text).unwrap());
        let watts = |page: &Page<'_>| values(page, "hubmark_gpu_power_watts");
        let [a, b, c, first, second] =
            [("gx8", 100.0), ("gx8", 200.0), ("gx8", 300.0), ("ms-01", 100.0), ("ms-02", 200.0)]
                .map(|(node, watts)| (node.to_owned(), watts));
        assert_eq!(watts(&server), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(watts(&micro), [first.clone(), second.clone()], "by number and by UUID; the third is nobody's");
        assert_eq!(watts(&all), [a, b, c, first, second]);
        assert_eq!(values(&server, "hubmark_node_up"), [("gx8".to_owned(), 1.0)]);
        assert!(!micro.has("hubmark_node_up") && !micro.has("hubmark_node_load1"), "the host is no microserver");
        let copy = micro.named("hubmark_gpu_power_watts").next().unwrap();
        assert_eq!(copy.label("role"), Some(MICROSERVER));
        assert_eq!(copy.label("gpu_server"), Some("gx8"));
        assert_eq!(get(client, "other").await.0, 404);
    })
    .await;
}

#[tokio::test]
async fn a_sampler_that_fails_is_a_gap_and_is_told_once() {
    let failed = || Err(SampleError::Failed("no such file".to_owned()));
    let good = || Ok(vec![sample("node_load1", &[], 2.5)]);
    let ticks = VecDeque::from([good(), failed(), failed(), failed()]);
    let samplers: Vec<Box<dyn Sampler>> = vec![Box::new(Told("host", ticks))];
    beside(server_identity(), Duration::from_millis(20), samplers, async |client, notices| {
        let sick = until(client, "healthz", |status, text| status == 503 && text.contains("no such file")).await;
        assert_eq!(sick, "sampler host: no such file\n");
        let text = until(client, "metrics", |_, text| {
            text.contains("sampler_up{role=\"gpu_server\",node=\"gx8\",sampler=\"host\"} 0")
        })
        .await;
        let page = parse(&text, Format::Text).unwrap();
        assert_eq!(values(&page, "hubmark_node_up"), [("gx8".to_owned(), 0.0)]);
        assert!(!page.has("hubmark_node_load1"), "an old value is no value");
        assert_eq!(*notices.borrow(), ["sampler host: no such file"]);
    })
    .await;
}

#[tokio::test]
async fn this_machines_page_has_help_and_types_and_every_series_of_the_table() {
    let samplers: Vec<Box<dyn Sampler>> = vec![Box::new(HostSampler::new()), Box::new(SelfSampler::new())];
    let identity = Identity { node: "ms-01".to_owned(), role: MICROSERVER, driver: None, lent: BTreeMap::new() };
    beside(identity, Duration::from_millis(20), samplers, async |client, _| {
        let text = until(client, "metrics/microservers", |_, text| text.contains("node_cpu_utilization_ratio{")).await;
        let page = parse(&text, Format::Text).unwrap();
        for family in &page.families {
            assert!(family.help.is_some(), "{} is not in the table of series", family.name);
            assert!(family.points.iter().all(|point| point.label("node") == Some("ms-01")), "{}", family.name);
        }
        assert!(page.has("hubmark_node_cpu_seconds_total") && page.has("hubmark_self_resident_bytes"));
    })
    .await;
}

#[test]
fn a_unit_is_sandboxed_and_its_arguments_are_quoted() {
    let unit = Unit {
        command: ["/opt/hub mark/hubmark", "agent", "--node", "50%$x", "--token", "file:%d/token"]
            .map(str::to_owned)
            .to_vec(),
        credentials: vec![Credential { name: "token", path: PathBuf::from("/etc/hubmark/token") }],
        loopback: true,
    };
    let text = unit.text();
    assert!(
        text.contains("ExecStart=\"/opt/hub mark/hubmark\" agent --node \"50%%$$x\" --token file:%d/token\n"),
        "{text}"
    );
    assert!(text.contains("LoadCredential=token:/etc/hubmark/token\n"));
    assert!(text.contains("DynamicUser=yes\n") && text.contains("IPAddressAllow=localhost\n"));
    assert!(!Unit { loopback: false, ..unit }.text().contains("IPAddress"), "Prometheus is elsewhere");
}
