//! Placement: asks the first kernel of each node where it is, before the load (`docs/adr/0411-placement-is-asked-for.md`).
//!
//! The server that is asked is the one that the node's first user then works on, so that what was found holds for what is measured. Users that come
//! later, and users with code of their own, start theirs themselves: for them a server is started, asked and stopped.

mod judge;
mod look;

pub use look::KernelLook;
pub(super) use look::{first_of_each, look_at};

use super::context::Context;
use super::session::Session;
use super::stop::StopLevel;
use crate::event::{EventKind, Failure, KernelHome, PlacementRecord, PlacementVerdict, UserId};
use crate::notebook::Message;
use crate::plan::{Executor, Placement, PlacementRule, UserSpec};
use crate::port::CellRequest;
use futures_util::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the kernel executes.
const PROBE: &str = include_str!("probe.py");
/// How long it may take.
const PROBE_WITHIN: Duration = Duration::from_secs(60);
/// Key of the kernel that is asked, which no name of a specification is.
const KEY: &str = "\u{0}placement";
/// Nodes asked at one time. How many servers start at a time is the hub's pacing.
const AT_ONCE: usize = 64;

/// A user's place, and the server that was started for it where there is one.
pub(super) struct Seat {
    pub(super) placement: Placement,
    pub(super) session: Option<Session>,
}

/// Kernels that are somewhere else than the farm says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} of {asked} nodes have their kernels somewhere else than the farm says", .found.len())]
pub struct Misplaced {
    /// Node, and what was found.
    pub found: Vec<(String, String)>,
    /// How many nodes were asked.
    pub asked: usize,
}

/// Asks every node's first kernel and records what it says. Gives everybody's seats, or where kernels are that should be elsewhere.
pub(super) async fn verify(context: &Context, placements: Vec<Placement>) -> Result<Vec<Seat>, Misplaced> {
    let mut nodes = BTreeSet::new();
    let first: Vec<bool> =
        placements.iter().map(|p| p.node.as_ref().is_some_and(|node| nodes.insert(node.clone()))).collect();
    let looks = futures_util::stream::iter(placements.iter().zip(&first).filter(|(_, first)| **first))
        .map(|(placement, _)| look(context, placement))
        .buffered(AT_ONCE);
    let looked: Vec<Looked> = tokio::select! { biased;
        () = context.stop.reached(StopLevel::Graceful) => vec![],
        looked = looks.collect() => looked,
    };
    let (mut records, mut sessions) = (Vec::new(), BTreeMap::new());
    let mut users = Vec::new();
    for Looked { user, record, session } in looked {
        records.push(record);
        sessions.extend(session.map(|session| (user.clone(), session)));
        users.push(user);
    }
    judge::compare(&context.plan.farm, &mut records);
    let misplaced = Misplaced {
        asked: records.len(),
        found: records
            .iter()
            .filter(|record| record.verdict == PlacementVerdict::Contradicted)
            .map(|record| (record.node.clone(), record.why.clone()))
            .collect(),
    };
    for (user, record) in users.iter().zip(records) {
        context.emit.event(user, EventKind::PlacementFound(Box::new(record))).await;
    }
    if context.plan.farm.placement == PlacementRule::Declared && !misplaced.found.is_empty() {
        return Err(misplaced);
    }
    let seat = |placement| Seat { session: sessions.remove(&user_of(&placement)), placement };
    Ok(placements.into_iter().map(seat).collect())
}

fn user_of(placement: &Placement) -> UserId {
    UserId { executor: placement.executor.as_str().into(), index: placement.user }
}

/// What came of asking one node.
struct Looked {
    user: UserId,
    record: PlacementRecord,
    /// The server, where its user shall work on it.
    session: Option<Session>,
}

async fn look(context: &Context, placement: &Placement) -> Looked {
    let user = user_of(placement);
    let name = placement.node.clone().unwrap_or_default();
    let blind =
        |why: String| PlacementRecord { node: name.clone(), verdict: PlacementVerdict::Unverified, why, seen: None };
    let known = context.plan.farm.node(&name).zip(context.plan.load.get(&placement.executor));
    let (Some((node, executor)), Some(mut session)) = (known, Session::new(context, &user, placement)) else {
        return Looked { user, record: blind("its hub is not there".to_owned()), session: None };
    };
    let spec = context.plan.users.get(&executor.user);
    let record = match ask(context, spec, &mut session).await {
        Ok(home) => judge::judge(&context.plan.farm, node, &home),
        Err(why) => blind(why),
    };
    session.close_kernels(context).await;
    if session.running() && stays(executor, spec, placement.user) {
        return Looked { user, record, session: Some(session) };
    }
    // What did not stop has an event, and the end of the run removes it.
    let _ = session.close(context).await;
    Looked { user, record, session: None }
}

/// Whether a user works from the first moment on, on the server that is started for it.
fn stays(executor: &Executor, spec: Option<&UserSpec>, user: u32) -> bool {
    let built_in = spec.is_some_and(|spec| spec.behaviour.is_none());
    let mut windows = executor.windows().into_iter().filter(|window| window.user == user);
    built_in && executor.start.is_zero() && windows.next().is_some_and(|window| window.from.is_zero())
}

/// Starts the server, opens a kernel of its own and asks it. What went wrong, in words, otherwise.
async fn ask(context: &Context, spec: Option<&UserSpec>, session: &mut Session) -> Result<KernelHome, String> {
    let failed = |what: &'static str| move |failure: Failure| format!("{what}: {failure}");
    session.start(context).await.map_err(failed("its server did not start"))?;
    let kernel_spec = kernel_spec(context, spec);
    session.open_as(context, KEY, &kernel_spec).await.map_err(failed("its kernel did not start"))?;
    let Some(kernel) = session.open_kernel(KEY) else { return Err("its kernel is not open".to_owned()) };
    let language = kernel.language_info().and_then(|info| info["name"].as_str());
    if let Some(language) = language.filter(|language| *language != "python") {
        return Err(format!("its kernel {kernel_spec} speaks {language}, and only Python can be asked"));
    }
    let mut printed = String::new();
    let request =
        CellRequest { code: PROBE.to_owned(), timeout: PROBE_WITHIN, expect: Some(Duration::from_millis(50)) };
    let reply = kernel.execute(&request, &mut |message| note(&mut printed, &message)).await;
    let reply = reply.map_err(failed("its kernel did not answer"))?;
    if let Some(failure) = reply.failure {
        return Err(format!("its kernel could not say where it is: {failure}"));
    }
    KernelHome::find(&printed).ok_or_else(|| "its kernel did not say where it is".to_owned())
}

/// The kernel that the node's user opens first, as far as the plan knows.
fn kernel_spec(context: &Context, spec: Option<&UserSpec>) -> String {
    let mix = spec.into_iter().flat_map(|spec| &spec.mix).filter(|entry| entry.weight > 0.0);
    let specs = mix.filter_map(|entry| context.plan.notebooks.get(&entry.notebook)).map(|notebook| &notebook.kernel);
    specs.min().cloned().unwrap_or_else(|| "python3".to_owned())
}

/// Keeps what a kernel prints.
fn note(printed: &mut String, message: &Message) {
    let Message::Output { output, .. } = message else { return };
    if output["output_type"] != "stream" {
        return;
    }
    match &output["text"] {
        serde_json::Value::String(text) => printed.push_str(text),
        serde_json::Value::Array(lines) => {
            lines.iter().filter_map(|line| line.as_str()).for_each(|line| printed.push_str(line))
        }
        _ => {}
    }
}
