//! A real JupyterHub of the lab, reached through a proxy of the test's own that can be cut.

use crate::client::{RUNS, hub_at, once_it_runs};
use crate::front::Front;
use crate::processes;
use crate::stage::{Case, Stage, execute, request_of, server_of};
use crate::support;
use hubmark::event::Failure;
use hubmark::lab::{HubSettings, Lab, LabOptions};
use hubmark::notebook::Message;
use hubmark::port::{CellReply, Created, Hub, Kernel, Local, ServerRef};
use hubmark::sim::Trouble;
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

struct Real {
    front: Front,
    hub: Rc<dyn Hub>,
    account: String,
    /// A lab of the case's own, where the shared one would be in the way of others.
    own: RefCell<Option<Lab>>,
}

/// Plays a case; its name is the name of its account.
pub(crate) fn run(name: &str, case: Case) {
    let front = Front::before(support::lab().info().public_port);
    let hub = hub_at(&front.url(), support::lab().token());
    let real = Real { front, hub, account: name.replace('_', "-"), own: RefCell::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        tokio::time::timeout(Duration::from_secs(240), case(&real)).await.expect("the case hangs");
    });
    if let Some(own) = real.own.take() {
        own.stop().unwrap();
    }
}

impl Real {
    /// A client that goes past the proxy: somebody else.
    fn somebody_else(&self) -> Rc<dyn Hub> {
        hub_at(&support::lab().info().url, support::lab().token())
    }

    /// A hub with a limit of one, on which one account's server is running or starting already.
    async fn busy(&self, account: &str, settings: HubSettings, options: serde_json::Value) -> Rc<dyn Hub> {
        let lab = support::start(&LabOptions { hub: settings, ..support::options() });
        let hub = hub_at(&lab.info().url, lab.token());
        self.own.replace(Some(lab));
        hub.create_account("first").await.unwrap();
        hub.create_account(account).await.unwrap();
        let first = Rc::clone(&hub);
        let begun = tokio::task::spawn_local(async move { first.start_server(&request_of("first", options)).await });
        loop {
            let servers = hub.account("first").await.unwrap().unwrap().servers;
            if servers.iter().any(|server| server.pending || server.ready) {
                break;
            }
            assert!(!begun.is_finished(), "the first spawn failed");
        }
        hub
    }

    async fn limited(&self, account: &str, trouble: Trouble) -> Result<Created, Failure> {
        let one =
            HubSettings { fault_hook: true, spawn_throttle_retry_range_s: Some((1, 2)), ..HubSettings::default() };
        let hub = match trouble {
            Trouble::SpawnThrottled => {
                let settings = HubSettings { concurrent_spawn_limit: Some(1), ..one };
                self.busy(account, settings, json!({"fault": 20})).await
            }
            _ => self.busy(account, HubSettings { active_server_limit: Some(1), ..one }, json!({})).await,
        };
        hub.start_server(&request_of(account, json!({}))).await
    }

    /// What somebody else does to a kernel or server while a cell runs.
    async fn deed(&self, account: &str, kernel: &str, trouble: Trouble) {
        let (other, server) = (self.somebody_else(), server_of(account));
        match trouble {
            Trouble::KernelDeleted => other.delete_kernel(&server, kernel).await.unwrap(),
            Trouble::KernelRestarted => restart(account, kernel).await,
            Trouble::ServerCulled => other.stop_server(&server).await.unwrap(),
            Trouble::ServerDies => {
                let pids = processes::find("jupyterhub.singleuser", &format!("JUPYTERHUB_USER={account}"));
                assert_eq!(pids.len(), 1, "{pids:?}");
                let pid = pids[0].to_string();
                assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
            }
            Trouble::ConnectionLost => {
                self.front.close(true);
                self.front.cut();
            }
            other => panic!("{other:?} needs no deed"),
        }
    }
}

/// Restarts a kernel as a person in JupyterLab does.
async fn restart(account: &str, kernel: &str) {
    let lab = support::lab();
    let path = format!("/user/{account}/api/kernels/{kernel}/restart");
    let (port, token) = (lab.info().public_port, lab.token().to_owned());
    let asked = tokio::task::spawn_blocking(move || crate::http::request("POST", port, &path, &token, "{}"));
    assert_eq!(asked.await.unwrap().0, 200);
}

/// Code that goes wrong by itself.
fn code(trouble: Trouble) -> Option<&'static str> {
    Some(match trouble {
        Trouble::CellRaises => "1/0",
        Trouble::CellFillsMemory => "bytearray(1 << 46)",
        Trouble::CellAsksForInput => "input('?')",
        Trouble::CellNeverEnds => RUNS,
        Trouble::CellFloods => "for i in range(12): print('x' * 1_000_000)",
        Trouble::KernelDies => "import os\nos._exit(1)",
        _ => return None,
    })
}

impl Stage for Real {
    fn hub(&self) -> Rc<dyn Hub> {
        Rc::clone(&self.hub)
    }

    fn account(&self) -> String {
        self.account.clone()
    }

    fn spawn_meeting<'a>(&'a self, account: &'a str, trouble: Trouble) -> Local<'a, Result<Created, Failure>> {
        Box::pin(async move {
            match trouble {
                Trouble::SpawnFails => self.hub.start_server(&request_of(account, json!({"fault": "raise"}))).await,
                Trouble::SpawnHangs => {
                    let mut request = request_of(account, json!({"fault": 30}));
                    request.timeout = Duration::from_secs(2);
                    self.hub.start_server(&request).await
                }
                other => self.limited(account, other).await,
            }
        })
    }

    fn kernel_meeting<'a>(&'a self, server: &'a ServerRef, _: Trouble) -> Local<'a, Result<Box<dyn Kernel>, Failure>> {
        self.hub.open_kernel(server, "no-such-kernel")
    }

    fn cell_meeting<'a>(
        &'a self,
        account: &'a str,
        kernel: &'a mut dyn Kernel,
        seconds: u64,
        trouble: Trouble,
    ) -> Local<'a, (Result<CellReply, Failure>, Vec<Message>)> {
        Box::pin(async move {
            if let Some(code) = code(trouble) {
                return execute(kernel, code, seconds).await;
            }
            let id = kernel.id().to_owned();
            let deed = self.deed(account, &id, trouble);
            once_it_runs(kernel, RUNS, seconds as f64, deed).await.0
        })
    }

    fn mend(&self) {
        self.front.close(false);
    }
}
