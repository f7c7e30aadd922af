//! Farms: who works on which node, and whether their kernels are where the farm says.

use crate::checks::check;
use crate::world::{Beside, Ended, executor, plan, seconds, simulate};
use hubmark::engine::EngineError;
use hubmark::event::{EventKind, KernelHome, PlacementRecord, PlacementVerdict, SeenGpu};
use hubmark::plan::{ExecutorKind, Farm, GpuName, GpuRef, Node, NodesOfUsers, PlacementRule, Plan, Role, validate};
use hubmark::script::{Counting, LoadRequest, load};
use hubmark::sim::Faults;
use std::collections::BTreeMap;

fn node(name: &str, role: Role) -> Node {
    serde_json::from_value(serde_json::json!({"name": name, "role": role})).unwrap()
}

fn gpu(index: u32) -> GpuRef {
    GpuRef { node: "gx8".to_owned(), gpu: GpuName::Index(index) }
}

/// `count` microservers with a GPU each of one GPU server, on which kernels run.
pub(crate) fn farm(count: u32) -> Farm {
    let mut nodes = vec![node("gx8", Role::GpuServer)];
    nodes.extend((0..count).map(|index| Node {
        hub: Some("hub".to_owned()),
        gpus: vec![gpu(index)],
        ..node(&format!("ms-{:02}", index + 1), Role::Microserver)
    }));
    Farm { kernels_on: Some(Role::GpuServer), nodes, ..Farm::default() }
}

/// A plan whose users work on the microservers of a farm.
pub(crate) fn on_farm(farm: Farm, load: ExecutorKind) -> Plan {
    let mut plan = plan(load);
    let names: Vec<String> = farm.workable().map(|node| node.name.clone()).collect();
    plan.load.values_mut().for_each(|executor| executor.nodes.clone_from(&names));
    plan.farm = farm;
    assert_eq!(validate(&plan), []);
    plan
}

pub(crate) fn constant(users: u32, together: bool) -> ExecutorKind {
    ExecutorKind::ConstantUsers { users, duration: seconds(600), together }
}

fn found(ended: &Ended) -> Vec<PlacementRecord> {
    let records = ended.events.iter().filter_map(|event| match &event.kind {
        EventKind::PlacementFound(record) => Some((**record).clone()),
        _ => None,
    });
    records.collect()
}

fn count(ended: &Ended, of: impl Fn(&EventKind) -> bool) -> usize {
    ended.events.iter().filter(|event| of(&event.kind)).count()
}

/// A kernel on the GPU server with this GPU.
fn kernel_with(index: u32) -> KernelHome {
    KernelHome {
        host: "gx8".to_owned(),
        gpus: vec![SeenGpu { uuid: format!("GPU-{index}"), name: "G".to_owned() }],
        container_visible: Some(index.to_string()),
        ..KernelHome::default()
    }
}

/// The second account's kernels are on a machine of that kind.
fn second_on(home: KernelHome) -> Beside {
    Beside { homes: BTreeMap::from([("sim-002".to_owned(), home)]), ..Beside::default() }
}

#[test]
fn each_nodes_kernel_is_asked_once_before_the_load_on_the_server_that_is_then_used() {
    for together in [false, true] {
        let ended = simulate(&on_farm(farm(6), constant(6, together)), 1, &Beside::default());
        check(&ended);
        let records = found(&ended);
        assert_eq!(
            records.iter().map(|record| record.node.as_str()).collect::<Vec<_>>().join(" "),
            "ms-01 ms-02 ms-03 ms-04 ms-05 ms-06"
        );
        assert!(records.iter().all(|record| record.verdict == PlacementVerdict::Verified), "{records:?}");
        let first = ended.events.iter().position(|e| matches!(e.kind, EventKind::TaskStarted { .. })).unwrap();
        let last = ended.events.iter().rposition(|e| matches!(e.kind, EventKind::PlacementFound(_))).unwrap();
        assert!(last < first, "asked before anything is measured");
        assert_eq!(count(&ended, |kind| matches!(kind, EventKind::ServerStarted { .. })), 6, "one server for each");
    }
}

#[test]
fn two_runs_of_a_farm_with_one_seed_are_one_run() {
    let plan = on_farm(farm(12), constant(12, true));
    let [a, b] = [5, 5].map(|seed| simulate(&plan, seed, &Beside::default()));
    assert_eq!(a.events, b.events);
}

#[test]
fn a_kernel_that_is_elsewhere_ends_the_run_before_its_load_and_leaves_nothing() {
    let elsewhere = KernelHome { host: "ms-04".to_owned(), ..kernel_with(1) };
    let ended = simulate(&on_farm(farm(4), constant(4, true)), 1, &second_on(elsewhere));
    let Some(EngineError::Misplaced(misplaced)) = &ended.end.error else { panic!("{:?}", ended.end.error) };
    assert_eq!(misplaced.asked, 4);
    let why = "its kernel is on ms-04, not on gx8; its kernel has GPU 1 (GPU-1)";
    assert_eq!(misplaced.found, [("ms-02".to_owned(), why.to_owned())]);
    assert_eq!(count(&ended, |kind| matches!(kind, EventKind::TaskStarted { .. })), 0);
    assert_eq!(ended.hub.leftovers(), hubmark::sim::Leftovers::default());
}

#[test]
fn under_placement_any_the_run_goes_on_and_the_record_says_what_was_found() {
    let any = Farm { placement: PlacementRule::Any, ..farm(3) };
    let ended = simulate(&on_farm(any, constant(3, false)), 1, &second_on(kernel_with(2)));
    check(&ended);
    let verdicts: Vec<_> = found(&ended).iter().map(|record| record.verdict.name()).collect();
    // The third sees GPU 2 as its own; the simulated world gives it a UUID of its own.
    assert_eq!(verdicts, ["verified", "contradicted", "verified"]);
    assert!(count(&ended, |kind| matches!(kind, EventKind::TaskEnded(_))) > 30);
}

#[test]
fn two_nodes_on_one_gpu_that_are_declared_apart_contradict_the_farm() {
    // Neither can tell the number of its GPU, and both see the same one.
    let hidden = |uuid: &str| KernelHome {
        host: "gx8".to_owned(),
        gpus: vec![SeenGpu { uuid: uuid.to_owned(), name: String::new() }],
        container_visible: Some("void".to_owned()),
        ..KernelHome::default()
    };
    let homes = ["GPU-a", "GPU-b", "GPU-a"].iter().enumerate();
    let homes = homes.map(|(at, uuid)| (format!("sim-{:03}", at + 1), hidden(uuid))).collect();
    let any = Farm { placement: PlacementRule::Any, ..farm(3) };
    let ended = simulate(&on_farm(any, constant(3, false)), 1, &Beside { homes, ..Beside::default() });
    let records = found(&ended);
    let verdicts: Vec<_> = records.iter().map(|record| record.verdict.name()).collect();
    assert_eq!(verdicts, ["unverified", "unverified", "contradicted"]);
    assert!(
        records[2]
            .why
            .ends_with("its kernel has GPU-a, as the one of ms-01 has, and the farm says that they are apart")
    );
}

#[test]
fn a_user_that_comes_later_does_not_hold_a_server_until_then() {
    let mut plan = on_farm(farm(2), constant(2, false));
    let mut late = executor(constant(1, false));
    late.start = seconds(300);
    late.nodes = vec!["ms-03".to_owned()];
    plan.farm = farm(3);
    plan.load.insert("late".to_owned(), late);
    assert_eq!(validate(&plan), []);
    let ended = simulate(&plan, 1, &Beside::default());
    check(&ended);
    assert_eq!(found(&ended).len(), 3);
    let of_late: Vec<_> = ended.events.iter().filter(|event| event.ids.executor.as_deref() == Some("late")).collect();
    let stopped = of_late.iter().find(|event| matches!(event.kind, EventKind::ServerStopped { .. })).unwrap();
    let begun = of_late.iter().find(|event| matches!(event.kind, EventKind::UserStarted { .. })).unwrap();
    assert!(stopped.t_ns < begun.t_ns && begun.t_ns >= 300_000_000_000);
    assert_eq!(of_late.iter().filter(|event| matches!(event.kind, EventKind::ServerStarted { .. })).count(), 2);
}

#[test]
fn a_node_whose_server_does_not_start_is_unverified_and_its_user_tries_again() {
    let faults = Faults { spawn_failed: 0.5, ..Faults::default() };
    for seed in 0..20 {
        let ended =
            simulate(&on_farm(farm(6), constant(6, seed % 2 == 0)), seed, &Beside { faults, ..Beside::default() });
        check(&ended);
        let records = found(&ended);
        assert_eq!(records.len(), 6);
        for record in records {
            match record.verdict {
                PlacementVerdict::Verified => assert!(record.seen.is_some()),
                PlacementVerdict::Unverified => {
                    assert!(record.why.starts_with("its server did not start: "), "{}", record.why)
                }
                PlacementVerdict::Contradicted => panic!("{}", record.why),
            }
        }
    }
}

#[test]
fn a_run_that_is_stopped_while_nodes_are_asked_leaves_nothing() {
    for at_ms in [50, 500, 1500, 2500, 4000] {
        for level in [hubmark::engine::StopLevel::Graceful, hubmark::engine::StopLevel::Hard] {
            let stops = vec![(std::time::Duration::from_millis(at_ms), level)];
            let ended = simulate(&on_farm(farm(6), constant(6, true)), 3, &Beside { stops, ..Beside::default() });
            check(&ended);
            assert_eq!(ended.hub.leftovers(), hubmark::sim::Leftovers::default(), "{at_ms} {level:?}");
        }
    }
}

#[test]
fn users_are_spread_over_nodes_in_turn_and_a_nodes_own_account_is_nobody_elses() {
    let mut farm = farm(3);
    farm.nodes[2].account = Some("sim-001".to_owned());
    farm.nodes[2].server = Some("mine".to_owned());
    let mut plan = on_farm(farm, ExecutorKind::PerUserIterations { users: 3, iterations: 1, at_most: None });
    let nodes = NodesOfUsers::of(&plan);
    let all: Vec<_> = nodes.iter().map(|(_, user, node)| (user, node)).collect();
    assert_eq!(all, [(0, "ms-01"), (1, "ms-02"), (2, "ms-03")]);
    let ended = simulate(&plan, 1, &Beside::default());
    check(&ended);
    let mut accounts: Vec<_> = ended
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::UserStarted { account, .. } => Some((event.ids.user.unwrap(), account.as_str())),
            _ => None,
        })
        .collect();
    accounts.sort_unstable();
    assert_eq!(accounts, [(0, "sim-002"), (1, "sim-001"), (2, "sim-003")]);
    let executor = plan.load.get_mut("agents").unwrap();
    executor.kind = ExecutorKind::PerUserIterations { users: 5, iterations: 1, at_most: None };
    let fault = validate(&plan).remove(0);
    assert_eq!(
        fault.to_string(),
        "load.agents.users: 5 users are more than 3 nodes: one user works on each unless per_node = 2"
    );
}

/// A preset of `scenarios/farm-baseline` in virtual time.
fn baseline(preset: &str, set: &[(&str, &str)]) -> (Plan, Ended) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/farm-baseline");
    let mut request = LoadRequest::new(folder.join("scenario.lua"));
    request.limits.counting = Counting::Ticks;
    request.preset = Some(preset.to_owned());
    request.set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let plan = load(&request).unwrap_or_else(|error| panic!("{error}")).plan;
    let ended = simulate(&plan, 1, &Beside::default());
    check(&ended);
    (plan, ended)
}

/// Tasks that ended well, by node.
fn done(plan: &Plan, ended: &Ended) -> BTreeMap<String, u32> {
    let nodes = NodesOfUsers::of(plan);
    let mut done = BTreeMap::new();
    for event in &ended.events {
        if let EventKind::TaskEnded(task) = &event.kind
            && task.outcome.is_ok()
        {
            let node = nodes.node(event.ids.executor.as_deref().unwrap(), event.ids.user.unwrap()).unwrap();
            *done.entry(node.to_owned()).or_default() += 1;
        }
    }
    done
}

#[test]
fn forty_five_agents_work_for_four_hours_each_on_its_own_microserver() {
    let (plan, ended) = baseline("farm45", &[]);
    assert_eq!(hubmark::plan::warnings(&plan).len(), 1, "45 nodes share 16 GPUs");
    let records = found(&ended);
    assert_eq!(records.len(), 45);
    assert!(records.iter().all(|record| record.verdict == PlacementVerdict::Verified), "{records:?}");
    let done = done(&plan, &ended);
    assert_eq!(done.len(), 45);
    // About 70 s an iteration: 200 in four hours, give or take what chance does.
    assert!(done.values().all(|tasks| (150..260).contains(tasks)), "{done:?}");
    let released =
        ended.events.iter().find(|event| matches!(event.kind, EventKind::ExecutorStarted { .. })).unwrap().t_ns;
    let begun = ended
        .events
        .iter()
        .filter(|event| event.ids.iteration == Some(1) && matches!(event.kind, EventKind::IterationStarted { .. }));
    assert!(begun.clone().all(|event| event.t_ns == released) && begun.count() == 45);
}

#[test]
fn the_ladder_has_one_agent_a_quarter_half_and_all_of_them() {
    let (plan, ended) = baseline("ladder", &[("agents", "8"), ("gpus", "8"), ("length", "10m")]);
    let at = |minute: u64| plan.load["agents"].users_at(seconds(minute * 60 + 1));
    assert_eq!([at(0), at(10), at(20), at(30)], [1, 2, 4, 8]);
    let done = done(&plan, &ended);
    assert_eq!(done.len(), 8);
    assert!(done["ms-01"] > 2 * done["ms-08"], "the first works through all four steps, the last in one: {done:?}");
    assert_eq!(found(&ended).len(), 8, "those that come later were asked before the load too");
}

#[test]
fn a_task_knows_its_node_in_hooks_and_a_user_knows_its_own() {
    let text = "local farm = hm.farm {
          kernels_on = 'gpu_server',
          hubs = { hub = hm.hub { url = 'http://127.0.0.1:1', accounts = hm.accounts { pattern = 'sim-%03d', create = true } } },
          nodes = {
            hm.node { 'gx8', role = 'gpu_server', gpus = 2 },
            hm.nodes('ms-%02d', 2, function(i) return { role = 'microserver', hub = 'hub', gpus = { hm.gpu('gx8', i - 1) } } end),
          },
        }
        return hm.scenario {
          name = 'nodes', farm = farm, notebooks = { n = hm.notebook { 'n.ipynb', expect = '20s' } },
          users = { u = hm.user { iterate = function(user)
            user:start_server()
            local task = user:run('n')
            user:check(user.node .. ' is the node of its task', task.node == user.node)
            user:check(user.node .. ' has GPU ' .. user.gpus[1].index .. ' of ' .. user.gpus[1].node, #user.gpus == 1)
            user:stop_server()
          end, start = function() end } },
          load = { class = hm.per_user_iterations { user = 'u', users = 2, iterations = 1 } },
        }";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("s.lua"), text).unwrap();
    std::fs::copy("tests/lua/n.ipynb", folder.path().join("n.ipynb")).unwrap();
    let mut request = LoadRequest::new(folder.path().join("s.lua"));
    request.limits.counting = Counting::Ticks;
    let loaded = load(&request).unwrap_or_else(|error| panic!("{error}"));
    let users = Some(loaded.users(0).unwrap_or_else(|error| panic!("{error}")));
    let ended = simulate(&loaded.plan, 1, &Beside { users, ..Beside::default() });
    check(&ended);
    let checks: Vec<_> = ended
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Checked { name, ok } => Some((name.as_str(), *ok)),
            EventKind::UserCodeFailed { failure, .. } => panic!("{failure}"),
            _ => None,
        })
        .collect();
    let mut sorted = checks.clone();
    sorted.sort_unstable();
    let wanted = [
        "ms-01 has GPU 0 of gx8",
        "ms-01 is the node of its task",
        "ms-02 has GPU 1 of gx8",
        "ms-02 is the node of its task",
    ];
    assert_eq!(sorted, wanted.map(|name| (name, true)));
}
