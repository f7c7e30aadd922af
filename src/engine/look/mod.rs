//! Answers what the author's functions ask of the run, hooks and users alike. Every answer has a deadline and a size.

mod latest;
mod machines;
mod shared;

pub(super) use latest::Latest;

use super::view::LiveView;
use crate::clock::Clock;
use crate::event::{Failure, Outcome};
use crate::plan::Plan;
use crate::port::{
    Figure, Figures, Hub, HubPart, HubSeen, LookSeries, Outside, PromQuery, PromRange, RunAnswer, RunAsk, SeriesFound,
};
use shared::Shared;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::watch;

/// Longest wait for one answer, barriers not counted: they have a time of their own.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Most values of one answer. In Lua each takes about a hundred bytes of the sixteen MiB that a VM has.
const VALUES_MAX: usize = 20_000;
/// Most bytes of a hub's answer, as JSON.
const DATA_MAX: usize = 4 << 20;

/// What is looked at.
pub(super) struct Looks {
    pub(super) plan: Rc<Plan>,
    pub(super) clock: Clock,
    pub(super) simulated: bool,
    pub(super) hubs: BTreeMap<String, Rc<dyn Hub>>,
    pub(super) outside: Option<Rc<dyn Outside>>,
    pub(super) latest: Rc<Latest>,
    pub(super) view: watch::Receiver<LiveView>,
    pub(super) shared: Shared,
}

impl Looks {
    pub(super) fn new(
        plan: &Rc<Plan>,
        clock: &Clock,
        simulated: bool,
        hubs: &BTreeMap<String, Rc<dyn Hub>>,
        outside: Option<Rc<dyn Outside>>,
        view: watch::Receiver<LiveView>,
    ) -> Rc<Self> {
        Rc::new(Self {
            plan: Rc::clone(plan),
            clock: clock.clone(),
            simulated,
            hubs: hubs.clone(),
            outside,
            latest: Rc::default(),
            view,
            shared: Shared::default(),
        })
    }

    /// The answer. A failure of a hub is that; everything else that goes wrong is an error at the author's line.
    pub(super) async fn answer(&self, ask: RunAsk) -> Result<RunAnswer, Failure> {
        if let RunAsk::Shared(ask) = ask {
            return self.shared.answer(ask, &self.clock).await;
        }
        let late = || Err(refused(format!("no answer within {} s", ANSWER_WITHIN.as_secs())));
        self.clock.within(ANSWER_WITHIN, self.look(ask)).await.unwrap_or_else(late)
    }

    async fn look(&self, ask: RunAsk) -> Result<RunAnswer, Failure> {
        match ask {
            RunAsk::Gpu { node, index, fresh } => self.gpu(&node, index, fresh).await.map(RunAnswer::Figures),
            RunAsk::Host { node, fresh } => self.host(&node, fresh).await.map(RunAnswer::Figures),
            RunAsk::Hub { name, part } => self.hub(&name, part).await,
            RunAsk::Prom { name, query } => self.prom(&name, query).await.map(RunAnswer::Series),
            RunAsk::Stats { metric } => Ok(RunAnswer::Figures(self.stats(&metric))),
            RunAsk::Shared(_) => Ok(RunAnswer::Done),
        }
    }

    async fn hub(&self, name: &str, part: HubPart) -> Result<RunAnswer, Failure> {
        let Some(hub) = self.hubs.get(name) else {
            return Err(refused(format!("the run has no hub {name:?}")));
        };
        match hub.look(part).await? {
            HubSeen::Data(data) => match weight(&data) > DATA_MAX {
                true => Err(refused(format!("the answer of hub {name:?} is over {} MiB as JSON", DATA_MAX >> 20))),
                false => Ok(RunAnswer::Data(data)),
            },
            HubSeen::Page(page) => {
                let outside = self.outside.as_ref().ok_or_else(nothing_outside)?;
                let mut found = outside.page(page).await.map_err(refused)?;
                let now_s = self.clock.elapsed().as_secs_f64();
                found.iter_mut().flat_map(|series| &mut series.points).for_each(|(at_s, _)| *at_s = now_s);
                bounded(SeriesFound::Vector(found)).map(RunAnswer::Series)
            }
        }
    }

    async fn prom(&self, name: &str, mut query: PromQuery) -> Result<SeriesFound, Failure> {
        if self.simulated {
            return Err(refused(
                "the run is simulated, and no Prometheus has series of a simulated world\nhint: ask run.simulated first",
            ));
        }
        let origin_s = self.clock.wall_ns_at(0) as f64 / 1e9;
        if let Some(PromRange { start_s, stop_s, .. }) = &mut query.range {
            *start_s += origin_s;
            *stop_s += origin_s;
        }
        let outside = self.outside.as_ref().ok_or_else(nothing_outside)?;
        let found = outside.prom(name, &query).await.map_err(refused)?;
        bounded(found).map(|found| on_the_runs_clock(found, origin_s))
    }

    fn stats(&self, metric: &str) -> Figures {
        let view = self.view.borrow();
        let nothing = super::view::Recent::default();
        let (recent, unit) = match metric {
            "task.duration" => (&view.task_times, 1e-9),
            "iteration.duration" => (&view.iteration_times, 1e-9),
            "spawn.duration" => (&view.spawn_times, 1e-9),
            own => (own.strip_prefix("metric.").and_then(|own| view.own.get(own)).unwrap_or(&nothing), 1.0),
        };
        let mut figures = Figures::from([("count", Figure::Number(recent.count() as f64))]);
        let mut put = |field, value: Option<f64>| {
            figures.extend(value.map(|value| (field, Figure::Number(value))));
        };
        put("p50", recent.quantile(0.5).map(|value| value * unit));
        put("p95", recent.quantile(0.95).map(|value| value * unit));
        put("mean", recent.mean().map(|value| value * unit));
        put("rate", recent.rate_per_min(self.clock.now_ns()).map(|rate| rate / 60.0));
        figures
    }
}

/// The author's own mistake, or something that is nobody's failure: an error at the author's line.
fn refused(why: impl Into<String>) -> Failure {
    Failure::new(Outcome::ScriptError, why)
}

fn nothing_outside() -> Failure {
    refused("this run looks at nothing outside of it")
}

fn bounded(found: SeriesFound) -> Result<SeriesFound, Failure> {
    match found.values() {
        many if many > VALUES_MAX => Err(refused(format!(
            "the answer has {many} values, and at most {VALUES_MAX} are given\nhint: select fewer series, or a longer step"
        ))),
        _ => Ok(found),
    }
}

/// Times as `run.elapsed_s` counts them.
fn on_the_runs_clock(mut found: SeriesFound, origin_s: f64) -> SeriesFound {
    if let SeriesFound::Vector(series) | SeriesFound::Matrix(series) = &mut found {
        let points = series.iter_mut().flat_map(|LookSeries { points, .. }| points);
        points.for_each(|(at_s, _)| *at_s -= origin_s);
    }
    found
}

/// About how many bytes the data has as JSON, without writing it.
fn weight(data: &serde_json::Value) -> usize {
    match data {
        serde_json::Value::String(text) => text.len() + 2,
        serde_json::Value::Array(items) => items.iter().map(|item| weight(item) + 1).sum(),
        serde_json::Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + 4 + weight(value)).sum(),
        _ => 5,
    }
}
