//! From the arguments of a call on `run` to what the engine is asked for.

use super::call::{Call, duration};
use crate::plan::Plan;
use crate::port::{HERE, HubPart, PromQuery, PromRange, RunAsk, STATS, SharedAsk};
use crate::script::schema::{QUERY_RANGE, WAIT};
use crate::script::suggest;
use crate::script::value::{Checked, describe, to_json};
use mlua::{Error, Value};
use std::time::Duration;

/// How long a barrier waits for the others where the author does not say.
const WAIT_WITHIN: Duration = Duration::from_secs(60);
/// Longest PromQL expression, bytes.
const EXPRESSION_MAX: usize = 8 << 10;
/// Most values of one series that a range may have: Prometheus' own limit.
const STEPS_MAX: f64 = 11_000.0;

impl Call<'_> {
    /// What is asked of the run.
    pub(in crate::script) fn run_ask(&mut self) -> mlua::Result<RunAsk> {
        Ok(match self.name {
            "run:gpu" => {
                let fresh = self.fresh()?;
                RunAsk::Gpu { node: self.node()?, index: self.whole("the number of a GPU, from 0", 0)?, fresh }
            }
            "run:host" => {
                let fresh = self.fresh()?;
                RunAsk::Host { node: self.node()?, fresh }
            }
            "run:stats" => RunAsk::Stats { metric: self.metric_name()? },
            "prom:query" | "prom:query_range" => self.query()?,
            name => match name.strip_prefix("hub:") {
                Some(part) => {
                    let part = HubPart::ALL.into_iter().find(|known| known.name() == part);
                    let part = part.ok_or_else(|| self.wrong("it cannot be called"))?;
                    RunAsk::Hub { name: self.word("the name of a hub")?, part }
                }
                None => RunAsk::Shared(self.shared()?),
            },
        })
    }

    fn fresh(&mut self) -> mlua::Result<bool> {
        Ok(self.word("how fresh it is")? == "fresh")
    }

    fn node(&mut self) -> mlua::Result<String> {
        let name = self.word("the name of a node, or \"here\" for the machine that hubmark runs on")?;
        match name == HERE || self.plan.farm.node(&name).is_some() {
            true => Ok(name),
            false => {
                let known = self.plan.farm.nodes.iter().map(|node| node.name.as_str()).chain([HERE]);
                Err(unknown(self.name, "node", &name, known))
            }
        }
    }

    fn whole(&mut self, what: &str, least: u32) -> mlua::Result<u32> {
        let value = self.next();
        let number = match &value {
            Value::Integer(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            _ => None,
        };
        match number.filter(|n| n.fract() == 0.0 && *n >= f64::from(least) && *n <= 100_000.0) {
            Some(number) => Ok(number as u32),
            None => Err(self.wrong(format!("found {}, wanted {what}", describe(&value)))),
        }
    }

    fn metric_name(&mut self) -> mlua::Result<String> {
        let name = self.word("the name of a metric")?;
        let own: Vec<String> = self.plan.metrics.keys().map(|own| format!("metric.{own}")).collect();
        let mut known = STATS.iter().copied().chain(own.iter().map(String::as_str));
        match known.clone().any(|known| known == name) {
            true => Ok(name),
            false => Err(unknown(self.name, "metric", &name, &mut known)),
        }
    }

    fn query(&mut self) -> mlua::Result<RunAsk> {
        let name = self.word("the name of a Prometheus")?;
        let expression = self.word("a PromQL expression")?;
        if expression.len() > EXPRESSION_MAX {
            return Err(self.wrong(format!("the expression is over {} KiB", EXPRESSION_MAX >> 10)));
        }
        let range = match self.name {
            "prom:query" => None,
            _ => Some(self.range()?),
        };
        Ok(RunAsk::Prom { name, query: PromQuery { expression, range } })
    }

    fn range(&mut self) -> mlua::Result<PromRange> {
        let fields = self.options(QUERY_RANGE)?;
        let number = |name: &str| match fields.get(name) {
            Some(Checked::Number(number)) => Ok(*number),
            _ => Err(self.wrong(format!(
                "{name:?} is missing\nhint: {{ start = run.elapsed_s - 300, stop = run.elapsed_s, step = \"15s\" }}"
            ))),
        };
        let (start_s, stop_s) = (number("start")?, number("stop")?);
        let step_s = duration(&fields, "step").map_or(15.0, |step| step.as_secs_f64());
        if stop_s < start_s {
            return Err(self.wrong(format!("it ends at {stop_s} s, before it begins at {start_s} s")));
        }
        if step_s <= 0.0 || (stop_s - start_s) / step_s > STEPS_MAX {
            return Err(self.wrong(format!("over {STEPS_MAX} values of each series\nhint: choose a longer step")));
        }
        Ok(PromRange { start_s, stop_s, step_s })
    }

    fn shared(&mut self) -> mlua::Result<SharedAsk> {
        let name = self.label()?;
        Ok(match self.name {
            "run.shared:add" => SharedAsk::Add { name, by: self.number_or(1.0)? },
            "run.shared:count" => SharedAsk::Count { name },
            "run.shared:get" => SharedAsk::Get { name },
            "run.shared:set" => {
                let value = match self.next() {
                    Value::Nil => serde_json::Value::Null,
                    value => to_json(&value).map_err(|why| self.wrong(why))?,
                };
                SharedAsk::Set { name, value }
            }
            "run.shared:wait" => {
                let parties = self.whole("how many wait for each other, from 1", 1)?;
                let within = duration(&self.options(WAIT)?, "timeout").unwrap_or(WAIT_WITHIN);
                SharedAsk::Wait { name, parties, within }
            }
            _ => return Err(self.wrong("it cannot be called")),
        })
    }

    fn number_or(&mut self, default: f64) -> mlua::Result<f64> {
        match self.next() {
            Value::Nil => Ok(default),
            Value::Integer(number) => Ok(number as f64),
            Value::Number(number) if number.is_finite() => Ok(number),
            other => Err(self.wrong(format!("found {}, wanted a number", describe(&other)))),
        }
    }
}

/// The name of a hub or a Prometheus of the plan, as `run:hub` and `run:prom` take it.
pub(super) fn name_known(plan: &Plan, call: &'static str, mut arguments: Call<'_>) -> mlua::Result<String> {
    let what = if call == "run:prom" { "Prometheus" } else { "hub" };
    let name = arguments.word(&format!("the name of a {what}"))?;
    arguments.end()?;
    let known: Vec<&str> = match call {
        "run:prom" => plan.prometheus.keys().map(String::as_str).collect(),
        _ => plan.targets.keys().map(String::as_str).collect(),
    };
    match known.contains(&name.as_str()) {
        true => Ok(name),
        false if known.is_empty() => {
            let hint = "declare it: prometheus = { main = hm.prometheus { \"http://prometheus:9090\" } }";
            Err(Error::runtime(format!("{call}: the scenario has no Prometheus\nhint: {hint}")))
        }
        false => Err(unknown(call, what, &name, known)),
    }
}

fn unknown<'k>(call: &str, what: &str, name: &str, known: impl IntoIterator<Item = &'k str>) -> Error {
    Error::runtime(format!("{call}: unknown {what} {name:?}\nhint: {}", suggest::hint(name, known)))
}
