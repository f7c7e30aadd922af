//! Where simulated kernels are: where the farm says, unless a test says otherwise.

use super::state::{OWNER, path};
use crate::event::{KernelHome, SeenGpu};
use crate::plan::{Farm, GpuName, Node, Placement, Plan, place};
use crate::port::ServerRef;
use std::collections::BTreeMap;

/// What kernels of a hub's users say of their machine, by the path of their server. It is what the farm says of their nodes: a simulated world has no
/// machines that could be others.
#[must_use]
pub fn homes(plan: &Plan, hub: &str) -> BTreeMap<String, KernelHome> {
    let placements = place(plan).unwrap_or_default();
    // On a plain server everybody's kernels are on one machine, whatever their nodes.
    let told_apart = |placement: &&Placement| placement.account.is_some() || placement.server.is_some();
    let here = placements.iter().filter(|placement| placement.target == hub).filter(told_apart);
    here.filter_map(|placement| {
        let node = plan.farm.node(placement.node.as_deref()?)?;
        Some((key(placement), home(&plan.farm, node)))
    })
    .collect()
}

/// Path of a user's server. Named servers of the token's user are told apart by their number, because their names hold the run's nonce.
fn key(placement: &Placement) -> String {
    match placement.server {
        Some(number) => format!("{OWNER}/#{number}"),
        None => path(&ServerRef {
            account: placement.account.clone().unwrap_or_default(),
            name: placement.home.clone().unwrap_or_default(),
        }),
    }
}

/// The key of a server's path.
pub(super) fn key_of(path: &str) -> String {
    let number = path.strip_prefix(OWNER).and_then(|name| name.rsplit_once('-')?.1.parse::<u32>().ok());
    number.map_or_else(|| path.to_owned(), |number| format!("{OWNER}/#{number}"))
}

fn home(farm: &Farm, node: &Node) -> KernelHome {
    let indices: Option<Vec<String>> = node
        .gpus
        .iter()
        .map(|gpu| match &gpu.gpu {
            GpuName::Index(index) => Some(index.to_string()),
            GpuName::Uuid(_) => None,
        })
        .collect();
    let gpus = node.gpus.iter().map(|gpu| SeenGpu {
        uuid: match &gpu.gpu {
            GpuName::Index(index) => format!("GPU-simulated-{}-{index}", gpu.node),
            GpuName::Uuid(uuid) => uuid.clone(),
        },
        name: "simulated GPU".to_owned(),
    });
    KernelHome {
        host: farm.homes_of(node).first().map_or("simulated", |home| home.host()).to_owned(),
        python: "simulated".to_owned(),
        gpus: gpus.collect(),
        container_visible: indices.filter(|indices| !indices.is_empty()).map(|indices| indices.join(",")),
        ..KernelHome::default()
    }
}
