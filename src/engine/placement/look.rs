//! One kernel of each node, or of each hub where there are no nodes, asked without any load: what `hubmark doctor --ask-kernels` shows.

use super::{AT_ONCE, ask, judge, user_of};
use crate::engine::context::Context;
use crate::engine::session::Session;
use crate::engine::stop::StopLevel;
use crate::event::{KernelHome, PlacementRecord};
use crate::plan::Placement;
use futures_util::StreamExt;
use std::collections::BTreeSet;

/// What one kernel said.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelLook {
    /// Name of the hub or server.
    pub target: String,
    /// Node whose users have such kernels; `None` where users have no node.
    pub node: Option<String>,
    /// Kernel specification that was opened.
    pub spec: String,
    /// What it said, or why it did not.
    pub home: Result<KernelHome, String>,
    /// Whether that is where the farm says; `None` where the farm says nothing of it.
    pub placement: Option<PlacementRecord>,
}

/// The first user of each node, and of each hub those of whose users that have no node.
pub(in crate::engine) fn first_of_each(mut placements: Vec<Placement>) -> Vec<Placement> {
    let mut seen = BTreeSet::new();
    placements.retain(|placement| {
        let target = placement.node.is_none().then(|| placement.target.clone());
        seen.insert((placement.node.clone(), target))
    });
    placements
}

/// Starts the server of each of these users, asks a kernel on it, and stops both. A stop of the run leaves out those that are under way.
pub(in crate::engine) async fn look_at(context: &Context, placements: Vec<Placement>) -> Vec<KernelLook> {
    let looks = futures_util::stream::iter(&placements).map(|placement| one(context, placement)).buffered(AT_ONCE);
    let mut looks: Vec<KernelLook> = tokio::select! { biased;
        () = context.stop.reached(StopLevel::Graceful) => vec![],
        looks = looks.collect() => looks,
    };
    let (which, mut records): (Vec<usize>, Vec<PlacementRecord>) =
        looks.iter().enumerate().filter_map(|(at, look)| Some((at, look.placement.clone()?))).unzip();
    judge::compare(&context.plan.farm, &mut records);
    for (at, record) in which.into_iter().zip(records) {
        looks[at].placement = Some(record);
    }
    looks
}

async fn one(context: &Context, placement: &Placement) -> KernelLook {
    let user = user_of(placement);
    let spec = context.plan.load.get(&placement.executor).and_then(|executor| context.plan.users.get(&executor.user));
    let home = match Session::new(context, &user, placement) {
        None => Err("its hub is not there".to_owned()),
        Some(mut session) => {
            let home = ask(context, spec, &mut session).await;
            session.close_kernels(context).await;
            // What did not stop is removed at the end.
            let _ = session.close(context).await;
            home
        }
    };
    let node = placement.node.as_deref().and_then(|name| context.plan.farm.node(name));
    let placed = node.zip(home.as_ref().ok()).map(|(node, home)| judge::judge(&context.plan.farm, node, home));
    KernelLook {
        target: placement.target.clone(),
        node: placement.node.clone(),
        spec: super::kernel_spec(context, spec),
        home,
        placement: placed,
    }
}
