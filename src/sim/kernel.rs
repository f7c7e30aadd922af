//! A simulated kernel: takes the expected time of each cell and says that it did.

use super::hub::Home;
use super::machine::Stopped;
use super::trouble::Trouble;
use crate::event::{Failure, KernelHome, Outcome};
use crate::notebook::Message;
use crate::port::{CellReply, CellRequest, Kernel, Local};
use serde_json::json;
use std::time::Duration;

/// How long a cell takes where the plan does not say.
const CELL_DEFAULT: Duration = Duration::from_secs(1);

/// A kernel of a simulated hub.
pub(super) struct SimKernel {
    home: Home,
    count: u64,
    /// Key of the notebook that is executed.
    notebook: String,
    /// Measured times of the cells that come next, the last one first.
    times: Vec<Duration>,
}

impl SimKernel {
    pub(super) fn new(home: Home) -> Self {
        Self { home, count: 0, notebook: String::new(), times: Vec::new() }
    }

    async fn cell(&mut self, request: &CellRequest, say: &mut dyn FnMut(Message)) -> Result<CellReply, Failure> {
        self.count += 1;
        let trouble = self.home.meets();
        let measured = self.times.pop();
        let work = async {
            match measured {
                _ if trouble == Some(Trouble::CellNeverEnds) => std::future::pending().await,
                Some(time) => {
                    self.home.last(time).await;
                    Ok(())
                }
                None => self.home.work_on_machine(&self.notebook, request.expect.unwrap_or(CELL_DEFAULT)).await,
            }
        };
        let worked = tokio::time::timeout(request.timeout, work).await;
        self.home.reachable()?;
        if worked == Ok(Err(Stopped::Down)) {
            return Err(Stopped::Down.failure());
        }
        if let Some(failure) = trouble.and_then(Trouble::ends_kernel) {
            return Err(failure);
        }
        let mut reply = match trouble {
            Some(trouble) => trouble.reply(self.count),
            None => CellReply { execution_count: Some(self.count), ..CellReply::default() },
        };
        match worked {
            Ok(Ok(())) => {}
            Ok(Err(stopped)) => reply.failure = Some(stopped.failure()),
            Err(_) => {
                let text = format!("the cell took longer than {} s", request.timeout.as_secs_f64());
                reply.failure = Some(Failure::new(Outcome::CellTimeout, text));
            }
        }
        let output = match &reply.failure {
            None if request.code.contains(KernelHome::MARK) => {
                json!({"output_type": "stream", "name": "stdout", "text": self.home.printed()})
            }
            None => json!({"output_type": "stream", "name": "stdout", "text": "SIMULATED\n"}),
            Some(failure) => json!({"output_type": "error", "ename": "SimulatedError", "evalue": failure.message,
                "traceback": [format!("SIMULATED: {}", failure.message)]}),
        };
        say(Message::Output { output, display_id: None });
        Ok(reply)
    }
}

impl Kernel for SimKernel {
    fn id(&self) -> &str {
        self.home.id()
    }

    fn begin_task(&mut self, notebook: &str) {
        self.times = self.home.cells_of(notebook);
        notebook.clone_into(&mut self.notebook);
    }

    fn begin_call(&mut self, place: &str) {
        self.times = self.home.execution_at(place).into_iter().collect();
    }

    fn execute<'a>(
        &'a mut self,
        request: &'a CellRequest,
        on_message: &'a mut dyn FnMut(Message),
    ) -> Local<'a, Result<CellReply, Failure>> {
        Box::pin(self.cell(request, on_message))
    }

    /// A simulated cell cannot be cut short from outside: whoever executes it is the one who could ask.
    fn interrupt(&self) -> Local<'_, Result<(), Failure>> {
        Box::pin(self.home.answers())
    }

    fn restart(&mut self) -> Local<'_, Result<(), Failure>> {
        Box::pin(async {
            self.home.answers().await?;
            self.home.restarts().await;
            self.count = 0;
            Ok(())
        })
    }

    fn reconnect(&mut self) -> Local<'_, Result<(), Failure>> {
        Box::pin(self.home.answers())
    }

    fn close(self: Box<Self>) -> Local<'static, Result<(), Failure>> {
        Box::pin(async move { self.home.close().await })
    }
}
