//! What a case may ask of the world it plays in.

use hubmark::event::{Failure, Outcome};
use hubmark::notebook::Message;
use hubmark::port::{CellReply, CellRequest, Created, Hub, Kernel, Local, ServerRef, ServerRequest};
use hubmark::sim::Trouble;
use std::rc::Rc;
use std::time::Duration;

/// A world with one hub.
pub(crate) trait Stage {
    /// The hub's client.
    fn hub(&self) -> Rc<dyn Hub>;

    /// The name of an account that no other test uses.
    fn account(&self) -> String;

    /// Asks for the server of an existing account, and something goes wrong.
    fn spawn_meeting<'a>(&'a self, account: &'a str, trouble: Trouble) -> Local<'a, Result<Created, Failure>>;

    /// Asks for a kernel, and something goes wrong.
    fn kernel_meeting<'a>(
        &'a self,
        server: &'a ServerRef,
        trouble: Trouble,
    ) -> Local<'a, Result<Box<dyn Kernel>, Failure>>;

    /// Executes a cell of at most so many seconds, and something goes wrong.
    fn cell_meeting<'a>(
        &'a self,
        account: &'a str,
        kernel: &'a mut dyn Kernel,
        seconds: u64,
        trouble: Trouble,
    ) -> Local<'a, (Result<CellReply, Failure>, Vec<Message>)>;

    /// Takes back what a trouble did to the way between client and hub.
    fn mend(&self);
}

/// A case bound to a stage.
pub(crate) type Case = for<'a> fn(&'a dyn Stage) -> Local<'a, ()>;

/// The default server of an account.
pub(crate) fn server_of(account: &str) -> ServerRef {
    ServerRef { account: account.to_owned(), name: String::new() }
}

/// A request for it.
pub(crate) fn request_of(account: &str, options: serde_json::Value) -> ServerRequest {
    let options = options.as_object().unwrap().clone();
    ServerRequest { server: server_of(account), options, timeout: Duration::from_secs(90) }
}

/// Executes code; what came of it.
pub(crate) async fn execute(
    kernel: &mut dyn Kernel,
    code: &str,
    seconds: u64,
) -> (Result<CellReply, Failure>, Vec<Message>) {
    let mut messages = Vec::new();
    let request = CellRequest { code: code.to_owned(), timeout: Duration::from_secs(seconds), expect: None };
    let result = kernel.execute(&request, &mut |message| messages.push(message)).await;
    (result, messages)
}

/// Executes a cell in which nothing goes wrong; the kernel's count.
pub(crate) async fn count(kernel: &mut dyn Kernel) -> Option<u64> {
    let reply = execute(kernel, "print('fine')", 60).await.0.unwrap();
    assert_eq!(reply.failure, None);
    reply.execution_count
}

/// The outcome of what has to have failed.
pub(crate) fn failed<T>(result: Result<T, Failure>) -> Outcome {
    match result {
        Ok(_) => panic!("it went well"),
        Err(failure) => failure.outcome,
    }
}
