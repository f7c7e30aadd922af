//! A place where users work: a JupyterHub or a plain Jupyter Server.

use super::Local;
use super::look::{HubPart, HubSeen};
use crate::clock::Skew;
use crate::event::{Failure, Notice};
use crate::notebook::Message;
use futures_util::StreamExt;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// Accounts looked up at one time.
const LOOKS_AT_ONCE: usize = 10;

/// What a hub says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HubInfo {
    /// Version of JupyterHub or Jupyter Server.
    pub version: String,
    /// What else it told: authenticator, spawner, Python; sorted.
    pub facts: Vec<(String, String)>,
    /// Scopes that the token has; empty where the hub does not say.
    pub scopes: Vec<String>,
    /// Whose token it is; `None` on a plain server.
    pub owner: Option<TokenOwner>,
    /// How far its clock is from this machine's; `None` where its answers carry no time.
    pub skew: Option<Skew>,
}

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenOwner {
    /// An account of the hub.
    User(String),
    /// A service of the hub. It has no servers of its own.
    Service(String),
}

impl std::fmt::Display for TokenOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TokenOwner::User(name) => write!(f, "user {name}"),
            TokenOwner::Service(name) => write!(f, "service {name}"),
        }
    }
}

/// An account as the hub knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInfo {
    /// Its name.
    pub name: String,
    /// When the hub says it was created, nanoseconds since 1970.
    pub created_ns: Option<i64>,
    /// Its servers.
    pub servers: Vec<ServerInfo>,
}

/// A server as the hub knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInfo {
    /// Its name; empty for the default one.
    pub name: String,
    /// Whether it can be used.
    pub ready: bool,
    /// Whether the hub is starting or stopping it.
    pub pending: bool,
    /// When it was started, nanoseconds since 1970.
    pub started_ns: Option<i64>,
}

/// Whether something was made or was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// Made by this request.
    Now,
    /// It existed.
    Before,
}

/// Which server of a hub. On a plain server both are empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerRef {
    /// Account; empty on a plain server.
    pub account: String,
    /// Name of the server; empty for the default one.
    pub name: String,
}

/// A server that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerRequest {
    /// Which.
    pub server: ServerRef,
    /// Options of the spawn.
    pub options: Map<String, Value>,
    /// How long it may take until it is ready.
    pub timeout: Duration,
}

/// Code for a kernel.
#[derive(Debug, Clone, PartialEq)]
pub struct CellRequest {
    /// What to execute.
    pub code: String,
    /// How long it may take; after that the kernel is interrupted.
    pub timeout: Duration,
    /// What the simulator takes as the expected duration; real kernels ignore it.
    pub expect: Option<Duration>,
}

/// How a cell ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CellReply {
    /// The kernel's count, the number in `In [n]`.
    pub execution_count: Option<u64>,
    /// When the kernel said it was busy with it, RFC 3339 as it came; empty if not said.
    pub kernel_started: String,
    /// When the kernel said it was done, RFC 3339 as it came; empty if not said.
    pub kernel_ended: String,
    /// When it showed the source, RFC 3339 as it came; empty if not said.
    pub kernel_input: String,
    /// When it replied, RFC 3339 as it came; empty if not said.
    pub kernel_replied: String,
    /// What went wrong; `None` for status ok.
    pub failure: Option<Failure>,
    /// What the reader should know although it may have gone well.
    pub notices: Vec<Notice>,
}

/// A hub or plain server. Methods return [`Failure`] for everything that the system under test did wrong.
pub trait Hub {
    /// Reaches it and asks who it is.
    fn probe(&self) -> Local<'_, Result<HubInfo, Failure>>;

    /// Reaches it with an account's own token, where it has one, and asks whose that is.
    fn probe_as<'a>(&'a self, _account: &'a str) -> Local<'a, Result<HubInfo, Failure>> {
        self.probe()
    }

    /// Whether it has accounts and servers of its own (a JupyterHub) or is one server (plain).
    fn has_accounts(&self) -> bool;

    /// An account, `None` if there is none of that name.
    fn account<'a>(&'a self, name: &'a str) -> Local<'a, Result<Option<AccountInfo>, Failure>>;

    /// Many accounts, in the order of their names. Hubs that can list accounts are asked in pages.
    fn accounts<'a>(&'a self, names: &'a [String]) -> Local<'a, Vec<Result<Option<AccountInfo>, Failure>>> {
        Box::pin(futures_util::stream::iter(names).map(|name| self.account(name)).buffered(LOOKS_AT_ONCE).collect())
    }

    /// Makes an account.
    fn create_account<'a>(&'a self, name: &'a str) -> Local<'a, Result<Created, Failure>>;

    /// Deletes an account and waits until it is gone. One that is not there counts as deleted.
    fn delete_account<'a>(&'a self, name: &'a str) -> Local<'a, Result<(), Failure>>;

    /// Starts a server and follows its progress until it is ready. A server that already runs is [`Created::Before`].
    fn start_server<'a>(&'a self, request: &'a ServerRequest) -> Local<'a, Result<Created, Failure>>;

    /// Stops a server and waits until it is gone. One that does not run counts as stopped.
    fn stop_server<'a>(&'a self, server: &'a ServerRef) -> Local<'a, Result<(), Failure>>;

    /// Starts a kernel and connects to it; ready to execute when it returns. `told` gets its id as soon as the server gave it: from then on it
    /// can be deleted, also where it cannot be used.
    fn open_kernel_told<'a>(
        &'a self,
        server: &'a ServerRef,
        spec: &'a str,
        told: &'a dyn Fn(&str),
    ) -> Local<'a, Result<Box<dyn Kernel>, Failure>>;

    /// The same for who does not want to know.
    fn open_kernel<'a>(&'a self, server: &'a ServerRef, spec: &'a str) -> Local<'a, Result<Box<dyn Kernel>, Failure>> {
        self.open_kernel_told(server, spec, &|_| ())
    }

    /// Ids of the kernels on a server.
    fn kernels<'a>(&'a self, server: &'a ServerRef) -> Local<'a, Result<Vec<String>, Failure>>;

    /// Writes a file on a server, over one that is there. `path` is below the server's root, with `/` between folders; the folders
    /// must be there.
    fn put_file<'a>(&'a self, server: &'a ServerRef, path: &'a str, bytes: Arc<[u8]>)
    -> Local<'a, Result<(), Failure>>;

    /// Reads a file of a server whole, byte by byte as it is there.
    fn get_file<'a>(&'a self, server: &'a ServerRef, path: &'a str) -> Local<'a, Result<Vec<u8>, Failure>>;

    /// Looks at a part of the hub, with no more than reading.
    fn look(&self, part: HubPart) -> Local<'_, Result<HubSeen, Failure>>;

    /// Shuts a kernel down. One that is not there counts as shut down.
    fn delete_kernel<'a>(&'a self, server: &'a ServerRef, id: &'a str) -> Local<'a, Result<(), Failure>>;
}

/// A running kernel and the connection to it. Dropping it drops the connection, not the kernel.
pub trait Kernel {
    /// Its id on the server.
    fn id(&self) -> &str;

    /// What it said of its language, as notebooks store it in `language_info`.
    fn language_info(&self) -> Option<&Value> {
        None
    }

    /// The cells of a notebook come next. A simulated kernel draws their times; a real one has no use for it.
    fn begin_task(&mut self, _notebook: &str) {}

    /// Code of a user's own comes next, asked for at this line of the author's. A simulated kernel draws its time; a real one has no use for
    /// it.
    fn begin_call(&mut self, _place: &str) {}

    /// Executes code and hands over what comes of it, in order. Returns when the reply and the idle status of this very request are
    /// there, or the timeout's interrupt was answered, or the kernel or connection is lost. `Err` means that the kernel can no longer
    /// be used.
    fn execute<'a>(
        &'a mut self,
        request: &'a CellRequest,
        on_message: &'a mut dyn FnMut(Message),
    ) -> Local<'a, Result<CellReply, Failure>>;

    /// Interrupts what the kernel executes, in the way that its kind of kernel wants it: a signal, or a message. Returns when the server
    /// has done so; what was executing ends by itself. An idle kernel is not changed by it.
    fn interrupt(&self) -> Local<'_, Result<(), Failure>>;

    /// Restarts the kernel: its state is lost, its id and the connection stay. Ready to execute when it returns. `Err` means that the
    /// kernel can no longer be used.
    fn restart(&mut self) -> Local<'_, Result<(), Failure>>;

    /// Drops the connection and makes it anew, as a page does that is loaded again between two cells: the kernel keeps its state. `Err` means that
    /// the kernel can no longer be used.
    fn reconnect(&mut self) -> Local<'_, Result<(), Failure>>;

    /// Closes the connection and shuts the kernel down.
    fn close(self: Box<Self>) -> Local<'static, Result<(), Failure>>;
}
