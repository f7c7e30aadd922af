//! The simulated world, in virtual time.

use crate::stage::{Case, Stage, execute, request_of};
use hubmark::clock::{Chance, Clock, Wall};
use hubmark::event::Failure;
use hubmark::notebook::Message;
use hubmark::port::{CellReply, Created, Hub, Kernel, Local, ServerRef};
use hubmark::sim::{Faults, SimHub, Trouble};
use serde_json::json;
use std::rc::Rc;

struct Simulated(SimHub);

/// Plays a case on a hub of its own.
pub(crate) fn run(_name: &str, case: Case) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let clock = Clock::start(&Wall::Fixed(0));
        let hub = SimHub::new("hub", false, &clock, &Chance::new(1, "contract"), Faults::default());
        case(&Simulated(hub)).await;
    });
}

impl Stage for Simulated {
    fn hub(&self) -> Rc<dyn Hub> {
        Rc::new(self.0.clone())
    }

    fn account(&self) -> String {
        "contract".to_owned()
    }

    fn spawn_meeting<'a>(&'a self, account: &'a str, trouble: Trouble) -> Local<'a, Result<Created, Failure>> {
        self.0.arrange(trouble);
        Box::pin(async move { self.0.start_server(&request_of(account, json!({}))).await })
    }

    fn kernel_meeting<'a>(
        &'a self,
        server: &'a ServerRef,
        trouble: Trouble,
    ) -> Local<'a, Result<Box<dyn Kernel>, Failure>> {
        self.0.arrange(trouble);
        self.0.open_kernel(server, "python3")
    }

    fn cell_meeting<'a>(
        &'a self,
        _account: &'a str,
        kernel: &'a mut dyn Kernel,
        seconds: u64,
        trouble: Trouble,
    ) -> Local<'a, (Result<CellReply, Failure>, Vec<Message>)> {
        self.0.arrange(trouble);
        Box::pin(execute(kernel, "anything", seconds))
    }

    fn mend(&self) {}
}
