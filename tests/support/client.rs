//! Clients of real hubs and servers, and cells that something happens to while they run.

use hubmark::event::Failure;
use hubmark::http::Secret;
use hubmark::notebook::Message;
use hubmark::plan::{Accounts, HubTarget, SecretRef, ServerTarget, Target};
use hubmark::port::{CellReply, CellRequest, Hub, Kernel};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// Says that it runs, then goes on for longer than anybody waits.
pub(crate) const RUNS: &str = "import time\nprint('runs', flush=True)\ntime.sleep(300)";

/// A client of a JupyterHub at an address without a slash at its end.
pub(crate) fn hub_at(url: &str, token: &str) -> Rc<dyn Hub> {
    hub_with_ca(url, token, None)
}

/// The same with a certificate authority's file.
pub(crate) fn hub_with_ca(url: &str, token: &str, ca: Option<PathBuf>) -> Rc<dyn Hub> {
    let url = Url::parse(&format!("{url}/")).unwrap();
    let target = Target::Hub(HubTarget {
        url: url.clone(),
        token: SecretRef::Env("HUBMARK_TEST".to_owned()),
        accounts: Accounts::List { names: Vec::new(), tokens: BTreeMap::new() },
        options: serde_json::Map::new(),
        headers: BTreeMap::new(),
        ca,
    });
    hubmark::hub::connect(&target, Some(Secret::new(token, &url))).unwrap()
}

/// A client of a plain Jupyter Server.
pub(crate) fn server_at(url: &str, token: &str) -> Rc<dyn Hub> {
    let url = Url::parse(&format!("{url}/")).unwrap();
    let target = Target::Server(ServerTarget { url: url.clone(), token: None, headers: BTreeMap::new(), ca: None });
    hubmark::hub::connect(&target, Some(Secret::new(token, &url))).unwrap()
}

/// How many messages of a running cell have come.
pub(crate) struct Heard(watch::Sender<usize>);

impl Heard {
    /// Waits until so many have come.
    pub(crate) async fn messages(&self, count: usize) {
        self.0.subscribe().wait_for(|heard| *heard >= count).await.unwrap();
    }
}

/// Executes a cell of at most so many seconds, and does something meanwhile. Waits for both.
pub(crate) async fn meanwhile<T>(
    kernel: &mut dyn Kernel,
    code: &str,
    seconds: f64,
    deed: impl AsyncFnOnce(&Heard) -> T,
) -> ((Result<CellReply, Failure>, Vec<Message>), T) {
    let (heard, mut messages) = (Heard(watch::Sender::new(0)), Vec::new());
    let request = CellRequest { code: code.to_owned(), timeout: Duration::from_secs_f64(seconds), expect: None };
    let mut say = |message| {
        messages.push(message);
        heard.0.send_modify(|count| *count += 1);
    };
    let (result, done) = tokio::join!(kernel.execute(&request, &mut say), deed(&heard));
    ((result, messages), done)
}

/// The same once the cell has said its first word.
pub(crate) async fn once_it_runs<T>(
    kernel: &mut dyn Kernel,
    code: &str,
    seconds: f64,
    deed: impl Future<Output = T>,
) -> ((Result<CellReply, Failure>, Vec<Message>), T) {
    meanwhile(kernel, code, seconds, async |heard: &Heard| {
        heard.messages(1).await;
        deed.await
    })
    .await
}
