//! What a simulated kernel meets on its hub.

use super::super::homes::key_of;
use super::super::machine::Stopped;
use super::super::trouble::Trouble;
use super::SimHub;
use crate::event::{Failure, KernelHome, Outcome};
use crate::plan::Calibration;
use std::time::Duration;

/// What a kernel may ask of its hub.
pub(in crate::sim) struct Home {
    pub(super) hub: SimHub,
    /// Path of the server.
    pub(super) server: String,
    pub(super) id: String,
}

impl Home {
    pub(in crate::sim) fn id(&self) -> &str {
        &self.id
    }

    /// What a kernel prints that is asked where it is.
    pub(in crate::sim) fn printed(&self) -> String {
        let homes = self.hub.homes.borrow();
        let unplaced = KernelHome { host: "simulated".to_owned(), ..KernelHome::default() };
        let home = homes.get(&key_of(&self.server)).unwrap_or(&unplaced);
        let json = serde_json::to_string(home).unwrap_or_default();
        format!("{}{json}\n", KernelHome::MARK)
    }

    /// What the next cell meets. What takes the server or the kernel away has done so.
    pub(in crate::sim) fn meets(&self) -> Option<Trouble> {
        if self.hub.gone(&self.server, &self.id) {
            return Some(Trouble::ServerCulled);
        }
        let trouble = self.hub.trouble(Trouble::of_cells, self.hub.faults.of_cells());
        match trouble {
            Some(Trouble::ServerCulled) => self.hub.take_server(&self.server),
            Some(Trouble::ServerDies) => self.hub.state.borrow_mut().kernels.retain(|_, owner| *owner != self.server),
            Some(Trouble::KernelDeleted) => {
                self.hub.state.borrow_mut().kernels.remove(&self.id);
            }
            _ => {}
        }
        trouble
    }

    /// The times of a task's cells, drawn from the measured tasks of its notebook; the last one first. Empty without any.
    pub(in crate::sim) fn cells_of(&self, notebook: &str) -> Vec<Duration> {
        let tasks = self.hub.calibration.as_deref().and_then(|times| times.notebooks.get(notebook));
        let Some(tasks) = tasks.filter(|tasks| !tasks.is_empty()) else { return vec![] };
        let drawn = self.hub.draw().weighted(std::iter::repeat_n(1.0, tasks.len()));
        tasks.get(drawn).into_iter().flatten().rev().map(|ns| Duration::from_nanos(*ns)).collect()
    }

    /// Works on the machine that the server is on, for what takes this long where nobody else works: lognormal with a shape of 0.2 around it. Without a
    /// machine it just lasts.
    pub(in crate::sim) async fn work_on_machine(&self, notebook: &str, expect: Duration) -> Result<(), Stopped> {
        let Some(place) = self.hub.farm.places.get(&self.server) else {
            self.work(expect).await;
            return Ok(());
        };
        let needs = self.hub.farm.needs.get(notebook).copied().unwrap_or_default();
        let median = Duration::from_millis((expect.as_millis().min(u128::from(u64::MAX)) as u64).max(1));
        let time = self.hub.draw().duration(&crate::plan::Distribution::Lognormal { median, sigma: 0.2 });
        let worked = place.work(time, needs).await;
        if worked == Err(Stopped::Down) {
            self.hub.take_server(&self.server);
        }
        worked
    }

    /// The time of code that is asked for at a line of the author's: of the measured ones of this line, or of all lines where none of this
    /// one was measured, as after an edit. `None` without any.
    pub(in crate::sim) fn execution_at(&self, place: &str) -> Option<Duration> {
        let times = &self.hub.calibration.as_deref()?.executions;
        let measured =
            times.get(place).filter(|of_line| !of_line.is_empty()).map_or(&*self.hub.anywhere, Vec::as_slice);
        Calibration::distribution(measured).map(|times| self.hub.draw().duration(&times))
    }

    /// Lasts exactly this long.
    pub(in crate::sim) async fn last(&self, time: Duration) {
        self.hub.clock.sleep(time).await;
    }

    /// Lasts as long as a cell of this expected duration: lognormal with a shape of 0.2 around it.
    pub(in crate::sim) async fn work(&self, expect: Duration) {
        let median = expect.as_millis().min(u128::from(u64::MAX)) as u64;
        self.hub.takes(median.max(1), 0.2).await;
    }

    /// Whether what a cell says comes through now.
    pub(in crate::sim) fn reachable(&self) -> Result<(), Failure> {
        self.hub.reachable()
    }

    /// Whether the kernel is there, for a request about it.
    pub(in crate::sim) async fn answers(&self) -> Result<(), Failure> {
        self.hub.takes(10, 0.3).await;
        self.reachable()?;
        if self.hub.gone(&self.server, &self.id) {
            return Err(Failure::new(Outcome::ServerStopped, "the server was stopped"));
        }
        Ok(())
    }

    /// Takes as long as a restart.
    pub(in crate::sim) async fn restarts(&self) {
        self.hub.requested("kernel:restart", 900, 0.25).await;
    }

    /// Shuts down as long as `removal_unanswered` does not come between.
    pub(in crate::sim) async fn close(&self) -> Result<(), Failure> {
        self.hub.unanswered().await?;
        self.hub.measured(|times| &times.kernel_stop_ns, 150, 0.3).await;
        self.hub.state.borrow_mut().kernels.remove(&self.id);
        Ok(())
    }
}
