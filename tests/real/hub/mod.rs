//! hubmark's own clients against a real JupyterHub and real Jupyter Servers.

mod accounts;
mod cells;
mod copies;
mod files;
mod kernels;
mod limits;
mod listing;
mod losses;
mod outages;
mod reconnects;
mod refusals;
mod spawns;

use crate::client::{RUNS, hub_at, hub_with_ca, meanwhile, once_it_runs, server_at};
use crate::support;
use hubmark::event::Failure;
use hubmark::lab::Lab;
use hubmark::notebook::Message;
use hubmark::port::{CellReply, CellRequest, Created, Hub, Kernel, ServerRef, ServerRequest};
use std::rc::Rc;
use std::time::Duration;

/// Runs a test's future the way the engine runs: one thread.
pub(super) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        tokio::time::timeout(Duration::from_secs(120), test).await.expect("the test hangs")
    })
}

/// A client of the shared lab's hub.
pub(super) fn shared() -> Rc<dyn Hub> {
    of(support::lab())
}

/// A client of a lab's hub.
pub(super) fn of(lab: &Lab) -> Rc<dyn Hub> {
    hub_at(&lab.info().url, lab.token())
}

/// The default server of an account.
pub(super) fn server_of(account: &str) -> ServerRef {
    ServerRef { account: account.to_owned(), name: String::new() }
}

/// A request for the default server of an account, with options of the spawn.
pub(super) fn request_of(account: &str, options: serde_json::Value) -> ServerRequest {
    let options = options.as_object().unwrap().clone();
    ServerRequest { server: server_of(account), options, timeout: Duration::from_secs(60) }
}

/// Makes an account with a running server.
pub(super) async fn with_server(hub: &Rc<dyn Hub>, account: &str) -> ServerRef {
    assert_eq!(hub.create_account(account).await.unwrap(), Created::Now);
    assert_eq!(hub.start_server(&request_of(account, serde_json::json!({}))).await.unwrap(), Created::Now);
    server_of(account)
}

/// Makes an account with a running server and a kernel.
pub(super) async fn with_kernel(hub: &Rc<dyn Hub>, account: &str) -> (ServerRef, Box<dyn Kernel>) {
    let server = with_server(hub, account).await;
    let kernel = hub.open_kernel(&server, "python3").await.unwrap();
    (server, kernel)
}

/// Takes server and account away and looks that they are gone.
pub(super) async fn without(hub: &Rc<dyn Hub>, account: &str) {
    hub.stop_server(&server_of(account)).await.unwrap();
    hub.delete_account(account).await.unwrap();
    assert_eq!(hub.account(account).await.unwrap(), None);
}

/// Executes code for at most so many seconds; what the kernel said comes too.
pub(super) async fn execute(
    kernel: &mut Box<dyn Kernel>,
    code: &str,
    seconds: f64,
) -> (Result<CellReply, Failure>, Vec<Message>) {
    let mut messages = Vec::new();
    let request = CellRequest { code: code.to_owned(), timeout: Duration::from_secs_f64(seconds), expect: None };
    let result = kernel.execute(&request, &mut |message| messages.push(message)).await;
    (result, messages)
}

/// Executes code that has to succeed; its outputs' plain texts.
pub(super) async fn texts(kernel: &mut Box<dyn Kernel>, code: &str) -> Vec<String> {
    let (reply, messages) = execute(kernel, code, 30.0).await;
    assert_eq!(reply.unwrap().failure, None);
    messages.iter().filter_map(text).collect()
}

/// The plain text of an output.
pub(super) fn text(message: &Message) -> Option<String> {
    let Message::Output { output, .. } = message else { return None };
    let text = output.get("text").or_else(|| output.get("data")?.get("text/plain"))?;
    text.as_str().map(str::to_owned)
}
