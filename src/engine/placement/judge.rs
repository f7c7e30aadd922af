//! Compares where kernels say that they are with where the farm says.

use crate::event::{KernelHome, PlacementRecord, PlacementVerdict};
use crate::plan::{Farm, GpuName, GpuRef, Node};
use std::collections::{BTreeMap, BTreeSet};

/// What was found about one thing that the farm says of a node.
enum Finding {
    /// It is so.
    Holds(String),
    /// It is not so.
    Differs(String),
    /// Nobody can tell.
    Open(String),
}

/// A GPU that programs on a kernel use.
struct Used {
    uuid: String,
    /// Its number on the machine, where that can be told.
    index: Option<u32>,
}

/// Judges one node by what its kernel said.
pub(super) fn judge(farm: &Farm, node: &Node, home: &KernelHome) -> PlacementRecord {
    let mut findings = vec![host(farm, node, home)];
    findings.extend(gpus(farm, node, home));
    let mut verdict = PlacementVerdict::Verified;
    let mut why = Vec::new();
    for finding in findings {
        let (worth, text) = match finding {
            Finding::Holds(text) => (PlacementVerdict::Verified, text),
            Finding::Open(text) => (PlacementVerdict::Unverified, text),
            Finding::Differs(text) => (PlacementVerdict::Contradicted, text),
        };
        verdict = verdict.max(worth);
        why.push(text);
    }
    PlacementRecord { node: node.name.clone(), verdict, why: why.join("; "), seen: Some(home.clone()) }
}

/// Whether two names are of one host: domains count only where both have one.
fn same_host(one: &str, other: &str) -> bool {
    let first = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    match one.contains('.') && other.contains('.') {
        true => one.eq_ignore_ascii_case(other),
        false => !one.is_empty() && first(one) == first(other),
    }
}

fn host(farm: &Farm, node: &Node, home: &KernelHome) -> Finding {
    let wanted = farm.homes_of(node);
    let names = wanted.iter().map(|home| home.host()).collect::<Vec<_>>().join(" or ");
    let seen = &home.host;
    if wanted.iter().any(|wanted| same_host(seen, wanted.host())) {
        return Finding::Holds(format!("its kernel is on host {seen}"));
    }
    // Only a name that the author gives as a host's is a claim about hosts: a container has a name of its own.
    if !wanted.is_empty() && wanted.iter().all(|home| home.host.is_some()) {
        return Finding::Differs(format!("its kernel is on host {seen}, not on {names}"));
    }
    match farm.nodes.iter().find(|other| same_host(seen, other.host())) {
        Some(other) => Finding::Differs(format!("its kernel is on {}, not on {names}", other.name)),
        None => Finding::Open(format!("its kernel's host calls itself {seen}, which no node of the farm is called")),
    }
}

fn gpus(farm: &Farm, node: &Node, home: &KernelHome) -> Option<Finding> {
    let wanted = &node.gpus;
    if wanted.is_empty() {
        return None;
    }
    let used = used(farm, wanted, home);
    let names = wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if used.len() != wanted.len() {
        let seen =
            if used.is_empty() { "no GPU".to_owned() } else { format!("{} GPUs ({})", used.len(), uuids(&used)) };
        return Some(Finding::Differs(format!("its kernel has {seen}, not {names}")));
    }
    let mut open = false;
    for gpu in wanted {
        let (found, known) = match &gpu.gpu {
            GpuName::Uuid(uuid) => (used.iter().any(|used| used.uuid.eq_ignore_ascii_case(uuid)), true),
            GpuName::Index(index) => {
                (used.iter().any(|used| used.index == Some(*index)), used.iter().all(|used| used.index.is_some()))
            }
        };
        if !found && known {
            return Some(Finding::Differs(format!("its kernel has {}, not {gpu}", numbered(&used))));
        }
        open |= !found;
    }
    Some(match open {
        true => Finding::Open(format!("its kernel has {}, and which number that is cannot be told", uuids(&used))),
        false => Finding::Holds(format!("its kernel has {}", numbered(&used))),
    })
}

fn uuids(used: &[Used]) -> String {
    used.iter().map(|gpu| gpu.uuid.as_str()).collect::<Vec<_>>().join(", ")
}

fn numbered(used: &[Used]) -> String {
    let name = |gpu: &Used| match gpu.index {
        Some(index) => format!("GPU {index} ({})", gpu.uuid),
        None => gpu.uuid.clone(),
    };
    used.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The GPUs that programs on a kernel use: what the driver shows, narrowed by `CUDA_VISIBLE_DEVICES`.
fn used(farm: &Farm, wanted: &[GpuRef], home: &KernelHome) -> Vec<Used> {
    let shown: Vec<Used> = home
        .gpus
        .iter()
        .enumerate()
        .map(|(position, gpu)| Used { uuid: gpu.uuid.clone(), index: number(farm, wanted, home, position) })
        .collect();
    let Some(words) = &home.cuda_visible else { return shown };
    // With unlike GPUs, CUDA counts the fastest first unless it is told otherwise, and the driver counts along the bus.
    let alike = home.pci_order || home.gpus.windows(2).all(|pair| pair[0].name == pair[1].name);
    let mut used = Vec::new();
    for word in words.split(',').map(str::trim) {
        let gpu = match word.parse::<usize>() {
            Ok(position) => {
                shown.get(position).map(|gpu| Used { uuid: gpu.uuid.clone(), index: gpu.index.filter(|_| alike) })
            }
            // A slice of a GPU is in no list of GPUs.
            Err(_) if word.starts_with("MIG-") => Some(Used { uuid: word.to_owned(), index: None }),
            Err(_) => {
                let named = shown.iter().find(|gpu| !word.is_empty() && gpu.uuid.starts_with(word));
                named.map(|gpu| Used { uuid: gpu.uuid.clone(), index: gpu.index })
            }
        };
        // CUDA takes what stands before the first word that names nothing.
        let Some(gpu) = gpu else { break };
        used.push(gpu);
    }
    used
}

/// Number on the machine of the GPU at a position of what the driver shows. A container sees its own GPUs, counted from 0.
fn number(farm: &Farm, wanted: &[GpuRef], home: &KernelHome, position: usize) -> Option<u32> {
    if let Some(words) =
        home.container_visible.as_deref().filter(|words| !matches!(*words, "all" | "void" | "none" | ""))
    {
        let given: Option<Vec<u32>> = words.split(',').map(|word| word.trim().parse().ok()).collect();
        let given = given.filter(|given| given.len() == home.gpus.len())?;
        return given.get(position).copied();
    }
    // Who sees fewer GPUs than the farm names on that machine does not see the whole machine.
    let holders: BTreeSet<&str> = wanted.iter().map(|gpu| gpu.node.as_str()).collect();
    let named = farm.nodes.iter().flat_map(|node| &node.gpus).filter(|gpu| holders.contains(gpu.node.as_str()));
    let most = named.filter_map(|gpu| match gpu.gpu {
        GpuName::Index(index) => Some(index as usize),
        GpuName::Uuid(_) => None,
    });
    let whole = most.max().is_none_or(|most| most < home.gpus.len());
    u32::try_from(position).ok().filter(|_| whole)
}

/// Holds nodes against each other: who is declared to have GPUs apart must not be found on one, and who shares one must not be found on two.
pub(super) fn compare(farm: &Farm, records: &mut [PlacementRecord]) {
    let mut first: BTreeMap<String, (usize, BTreeSet<GpuRef>)> = BTreeMap::new();
    for at in 0..records.len() {
        let (Some(node), Some(home)) = (farm.node(&records[at].node), records[at].seen.clone()) else { continue };
        let declared: BTreeSet<GpuRef> = node.gpus.iter().cloned().collect();
        // Where several GPUs are meant, which of them is which does not follow from the sets.
        if declared.len() != 1 {
            continue;
        }
        for gpu in used(farm, &node.gpus, &home) {
            let (other, theirs) = first.entry(gpu.uuid.clone()).or_insert_with(|| (at, declared.clone()));
            if *theirs != declared {
                let other = records[*other].node.clone();
                let why = format!(
                    "its kernel has {}, as the one of {other} has, and the farm says that they are apart",
                    gpu.uuid
                );
                contradict(&mut records[at], &why);
            }
        }
    }
}

fn contradict(record: &mut PlacementRecord, why: &str) {
    record.verdict = PlacementVerdict::Contradicted;
    record.why = format!("{}; {why}", record.why);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SeenGpu;
    use crate::plan::Role;

    fn node(name: &str, role: Role, gpus: &[GpuRef]) -> Node {
        Node { gpus: gpus.to_vec(), ..serde_json::from_value(serde_json::json!({"name": name, "role": role})).unwrap() }
    }

    fn gpu(index: u32) -> GpuRef {
        GpuRef { node: "gx8".to_owned(), gpu: GpuName::Index(index) }
    }

    /// `ms-01` has GPU 2 of `gx8`, and others have the rest of four.
    fn farm() -> Farm {
        let all: Vec<GpuRef> = (0..4).map(gpu).collect();
        let nodes = vec![
            node("gx8", Role::GpuServer, &all),
            node("ms-01", Role::Microserver, &[gpu(2)]),
            node("ms-02", Role::Microserver, &[]),
        ];
        Farm { kernels_on: Some(Role::GpuServer), nodes, ..Farm::default() }
    }

    fn home(host: &str, gpus: &[&str]) -> KernelHome {
        let gpus = gpus.iter().map(|uuid| SeenGpu { uuid: (*uuid).to_owned(), name: "G".to_owned() }).collect();
        KernelHome { host: host.to_owned(), gpus, ..KernelHome::default() }
    }

    const FOUR: [&str; 4] = ["GPU-a", "GPU-b", "GPU-c", "GPU-d"];

    fn told(farm: &Farm, home: &KernelHome) -> (&'static str, String) {
        let record = judge(farm, farm.node("ms-01").unwrap(), home);
        (record.verdict.name(), record.why)
    }

    fn with(home: KernelHome, cuda: Option<&str>, container: Option<&str>) -> KernelHome {
        KernelHome { cuda_visible: cuda.map(str::to_owned), container_visible: container.map(str::to_owned), ..home }
    }

    #[test]
    fn a_gpu_is_told_by_its_number_where_the_whole_machine_is_seen() {
        let farm = farm();
        let so = "its kernel is on host gx8.example.org; its kernel has GPU 2 (GPU-c)".to_owned();
        assert_eq!(told(&farm, &with(home("gx8.example.org", &FOUR), Some("2"), None)), ("verified", so));
        let other = told(&farm, &with(home("gx8", &FOUR), Some("GPU-b"), Some("all")));
        assert_eq!(other.1, "its kernel is on host gx8; its kernel has GPU 1 (GPU-b), not GPU 2 of gx8");
        assert_eq!(other.0, "contradicted");
        let all = told(&farm, &home("gx8", &FOUR));
        assert_eq!(
            all.1,
            "its kernel is on host gx8; its kernel has 4 GPUs (GPU-a, GPU-b, GPU-c, GPU-d), not GPU 2 of gx8"
        );
        assert_eq!(all.0, "contradicted");
    }

    #[test]
    fn a_container_counts_its_own_gpus_so_that_only_what_it_was_given_tells_the_number() {
        let farm = farm();
        assert_eq!(told(&farm, &with(home("gx8", &["GPU-c"]), None, Some("2"))).0, "verified");
        assert_eq!(told(&farm, &with(home("gx8", &["GPU-c"]), Some("0"), Some("3"))).0, "contradicted");
        for container in [None, Some("void"), Some("GPU-c")] {
            let (verdict, why) = told(&farm, &with(home("gx8", &["GPU-c"]), None, container));
            assert_eq!(why, "its kernel is on host gx8; its kernel has GPU-c, and which number that is cannot be told");
            assert_eq!(verdict, "unverified");
        }
    }

    #[test]
    fn a_kernel_without_a_gpu_contradicts_a_node_that_has_one() {
        for home in
            [home("gx8", &[]), with(home("gx8", &FOUR), Some(""), None), with(home("gx8", &FOUR), Some("-1"), None)]
        {
            let (verdict, why) = told(&farm(), &home);
            assert_eq!(
                (verdict, why.as_str()),
                ("contradicted", "its kernel is on host gx8; its kernel has no GPU, not GPU 2 of gx8")
            );
        }
    }

    #[test]
    fn uuids_are_compared_as_they_are_and_slices_of_a_gpu_have_their_own() {
        let mut farm = farm();
        let named = |uuid: &str| GpuRef { node: "gx8".to_owned(), gpu: GpuName::Uuid(uuid.to_owned()) };
        farm.nodes[1].gpus = vec![named("GPU-c")];
        assert_eq!(told(&farm, &home("gx8", &["GPU-c"])).0, "verified");
        assert_eq!(told(&farm, &home("gx8", &["GPU-d"])).0, "contradicted");
        farm.nodes[1].gpus = vec![named("MIG-7")];
        assert_eq!(told(&farm, &with(home("gx8", &FOUR), Some("MIG-7"), None)).0, "verified");
        assert_eq!(told(&farm, &with(home("gx8", &FOUR), Some("MIG-8"), None)).0, "contradicted");
    }

    #[test]
    fn numbers_of_unlike_gpus_count_only_along_the_bus() {
        let farm = farm();
        let mut mixed = with(home("gx8", &FOUR), Some("2"), None);
        mixed.gpus[0].name = "faster".to_owned();
        assert_eq!(told(&farm, &mixed).0, "unverified");
        mixed.pci_order = true;
        assert_eq!(told(&farm, &mixed).0, "verified");
    }

    #[test]
    fn a_host_contradicts_where_it_is_another_nodes_or_the_author_named_it() {
        let mut farm = farm();
        farm.nodes[1].gpus.clear();
        assert_eq!(told(&farm, &home("ms-02", &[])), ("contradicted", "its kernel is on ms-02, not on gx8".to_owned()));
        let unknown = "its kernel's host calls itself 3f0c9d, which no node of the farm is called".to_owned();
        assert_eq!(told(&farm, &home("3f0c9d", &[])), ("unverified", unknown));
        farm.nodes[0].host = Some("a.example.org".to_owned());
        assert_eq!(told(&farm, &home("A.example.org", &[])).0, "verified");
        let (verdict, why) = told(&farm, &home("a.example.com", &[]));
        assert_eq!(
            (verdict, why.as_str()),
            ("contradicted", "its kernel is on host a.example.com, not on a.example.org")
        );
    }
}
