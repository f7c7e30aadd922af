//! A simulated kernel: takes the expected time of each cell and says that it did.

use super::hub::{Fate, Home};
use crate::event::{Failure, Outcome};
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
}

impl SimKernel {
    pub(super) fn new(home: Home) -> Self {
        Self { home, count: 0 }
    }

    async fn cell(&mut self, request: &CellRequest, say: &mut dyn FnMut(Message)) -> Result<CellReply, Failure> {
        self.count += 1;
        let fate = self.home.fate();
        let expect = request.expect.unwrap_or(CELL_DEFAULT);
        let in_time = tokio::time::timeout(request.timeout, self.home.work(expect)).await.is_ok();
        let failure = match fate {
            Fate::LosesServer => return Err(Failure::new(Outcome::ServerStopped, "the server was stopped")),
            Fate::Dies => return Err(Failure::new(Outcome::KernelDied, "the kernel died")),
            _ if !in_time => {
                let text = format!("the cell took longer than {} s", request.timeout.as_secs_f64());
                Some(Failure::new(Outcome::CellTimeout, text))
            }
            Fate::Raises => Some(Failure::new(Outcome::CellError, "SimulatedError: a simulated fault")),
            Fate::Fine => None,
        };
        let output = match &failure {
            None => json!({"output_type": "stream", "name": "stdout", "text": "SIMULATED\n"}),
            Some(failure) => json!({"output_type": "error", "ename": "SimulatedError", "evalue": failure.message,
                "traceback": [format!("SIMULATED: {}", failure.message)]}),
        };
        say(Message::Output { output, display_id: None });
        let (kernel_started, kernel_ended) = (String::new(), String::new());
        Ok(CellReply { execution_count: Some(self.count), kernel_started, kernel_ended, failure })
    }
}

impl Kernel for SimKernel {
    fn id(&self) -> &str {
        self.home.id()
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

    fn close(self: Box<Self>) -> Local<'static, Result<(), Failure>> {
        Box::pin(async move { self.home.close().await })
    }
}
