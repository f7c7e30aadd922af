//! What is done to the lab while the run goes on.

use crate::api::Api;
use crate::processes::{self, Again, Recipe};
use crate::watch::kill_9;
use hubmark::clock::{Deadline, Stream};
use hubmark::lab::Lab;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Longest time for which something is waited for to be back. Being later is said, and not by itself wrong: a user pauses before it tries again.
const BACK_WITHIN: Duration = Duration::from_secs(120);

/// Time after which a kernel beside another of the same account was forgotten. A session's kernel is older than that at times, and alone.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(90);

/// Kinds of deed, with how often each is drawn.
const KINDS: [(&str, f64); 8] = [
    (KILL_KERNEL, 4.0),
    (KILL_SERVER, 2.0),
    (KILL_PROXY, 2.0),
    (KILL_HUB, 2.0),
    (DELETE_KERNEL, 2.0),
    (RESTART_KERNEL, 2.0),
    (STOP_SERVER, 2.0),
    (NOTHING, 1.0),
];
const KILL_KERNEL: &str = "kernel's process killed";
const KILL_SERVER: &str = "server's process killed";
const KILL_PROXY: &str = "proxy killed, started again";
const KILL_HUB: &str = "hub killed, started again";
const DELETE_KERNEL: &str = "kernel deleted over the API";
const RESTART_KERNEL: &str = "kernel restarted over the API";
const STOP_SERVER: &str = "server stopped over the API";
const NOTHING: &str = "nothing";

/// Does things to a lab and counts them.
pub(crate) struct Deeds<'a> {
    api: Api<'a>,
    environment: String,
    proxy: Part,
    hub: Part,
    began: Instant,
    /// Kernels that ran beside another of their account, and since when that is known.
    crowded: BTreeMap<String, Duration>,
    pub(crate) counts: BTreeMap<&'static str, u32>,
    /// What did not come back.
    pub(crate) wrong: Vec<String>,
}

/// A process of the lab that is started again.
struct Part {
    recipe: Recipe,
    pid: i32,
    again: Option<Again>,
    /// In its command line and in no other's.
    command: &'static str,
}

impl<'a> Deeds<'a> {
    pub(crate) fn new(lab: &'a Lab, mark: &str, began: Instant) -> Self {
        let part = |pid, command| Part { recipe: Recipe::of(pid), pid, again: None, command };
        Self {
            api: Api { port: lab.info().public_port, token: lab.token() },
            environment: format!("HUBMARK_LAB={mark}"),
            proxy: part(lab.proxy_pid(), "--api-port"),
            hub: part(lab.hub_pid(), "jupyterhub_config.py"),
            began,
            crowded: BTreeMap::new(),
            counts: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    /// Draws one deed, does it, and waits until what it took away is back.
    pub(crate) fn next(&mut self, stream: &mut Stream) {
        let kind = KINDS[stream.weighted(KINDS.iter().map(|(_, weight)| *weight))].0;
        let at = self.began.elapsed();
        self.look_for_forgotten_kernels(at);
        let done = match kind {
            KILL_KERNEL => self.kill_one("ipykernel_launcher", stream),
            KILL_SERVER => self.lose_server(stream, |deeds, stream| deeds.kill_one("jupyterhub.singleuser", stream)),
            KILL_PROXY | KILL_HUB => Some(self.restart(kind, stream)),
            DELETE_KERNEL => self.with_kernel(stream, |path| ("DELETE", path)),
            RESTART_KERNEL => self.with_kernel(stream, |path| ("POST", format!("{path}/restart"))),
            STOP_SERVER => self.lose_server(stream, Self::stop_server),
            _ => Some("–".to_owned()),
        };
        let (kind, said) = done.map_or((NOTHING, format!("there was none for: {kind}")), |said| (kind, said));
        *self.counts.entry(kind).or_default() += 1;
        println!("{:>7.1} s  {kind}: {said}", at.as_secs_f64());
    }

    /// A user has one kernel at a time. Another beside it is one that was opened or closed in vain during an outage, and has to go soon: on a
    /// real farm it holds a GPU's memory.
    fn look_for_forgotten_kernels(&mut self, at: Duration) {
        let mut of_account: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let kernels = processes::find("ipykernel_launcher", &self.environment);
        for file in kernels.into_iter().filter_map(|pid| processes::parts(pid, "cmdline").pop()) {
            // `…/home/ACCOUNT/.local/share/jupyter/runtime/kernel-ID.json`
            let file = String::from_utf8_lossy(&file).into_owned();
            let Some((home, kernel)) = file.split_once("/.local/") else { continue };
            of_account.entry(home.to_owned()).or_default().push(kernel.to_owned());
        }
        let crowded: Vec<String> = of_account.into_values().filter(|all| all.len() > 1).flatten().collect();
        self.crowded.retain(|kernel, _| crowded.contains(kernel));
        for kernel in crowded {
            let since = *self.crowded.entry(kernel.clone()).or_insert(at);
            if at - since > FORGOTTEN_AFTER && !self.wrong.iter().any(|known| known.contains(&kernel)) {
                self.wrong
                    .push(format!("{kernel} of an account that has another was there from {since:.0?} to {at:.0?}"));
            }
        }
    }

    fn kill_one(&mut self, command: &str, stream: &mut Stream) -> Option<String> {
        let pid = *pick(&processes::find(command, &self.environment), stream)?;
        kill_9(pid);
        Some(format!("process {pid}"))
    }

    /// Kills a part and starts it again after a while.
    fn restart(&mut self, kind: &str, stream: &mut Stream) -> String {
        let down = Duration::from_secs_f64(0.5 + 7.5 * stream.unit());
        let part = if kind == KILL_HUB { &mut self.hub } else { &mut self.proxy };
        kill_9(part.pid);
        // What was started again is a child of this process, which has to collect it.
        part.again = None;
        std::thread::sleep(down);
        part.again = Some(part.recipe.start());
        let (started, deadline) = (Instant::now(), Deadline::after(BACK_WITHIN));
        while !self.api.is_up() {
            if deadline.expired() {
                self.wrong.push(format!("{kind}: it did not answer again"));
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let part = if kind == KILL_HUB { &mut self.hub } else { &mut self.proxy };
        part.pid = processes::find(part.command, &self.environment).first().copied().unwrap_or(part.pid);
        let (down, until) = (down.as_secs_f64(), started.elapsed().as_secs_f64());
        format!("started again after {down:.1} s, answered {until:.1} s later")
    }

    /// Asks something of a kernel that runs.
    fn with_kernel(&mut self, stream: &mut Stream, what: impl Fn(String) -> (&'static str, String)) -> Option<String> {
        let account = pick(&self.api.ready(), stream)?.clone();
        let kernel = pick(&self.api.kernels(&account), stream)?.clone();
        let (method, path) = what(format!("/user/{account}/api/kernels/{kernel}"));
        Some(format!("{account}, {kernel}: {}", self.answer(method, &path)))
    }

    fn stop_server(&mut self, stream: &mut Stream) -> Option<String> {
        let account = pick(&self.api.ready(), stream)?.clone();
        let said = self.answer("DELETE", &format!("/hub/api/users/{account}/server"));
        Some(format!("{account}: {said}"))
    }

    fn answer(&self, method: &str, path: &str) -> String {
        self.api.ask(method, path).map_or_else(|error| error.to_string(), |(status, _)| format!("HTTP {status}"))
    }

    /// Does something that ends a server, and waits until as many processes of servers run as before.
    fn lose_server(
        &mut self,
        stream: &mut Stream,
        lose: impl Fn(&mut Self, &mut Stream) -> Option<String>,
    ) -> Option<String> {
        let before = processes::find("jupyterhub.singleuser", &self.environment);
        let said = lose(self, stream)?;
        let (lost, deadline) = (Instant::now(), Deadline::after(BACK_WITHIN));
        // The process that was ended is seen for a moment yet, so the number alone would be right at once.
        let back = |now: &[i32]| now.len() >= before.len() && now.iter().any(|pid| !before.contains(pid));
        while !back(&processes::find("jupyterhub.singleuser", &self.environment)) {
            if deadline.expired() {
                return Some(format!("{said}; no new one within {} s", BACK_WITHIN.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Some(format!("{said}; a new one after {:.1} s", lost.elapsed().as_secs_f64()))
    }
}

fn pick<'a, T>(from: &'a [T], stream: &mut Stream) -> Option<&'a T> {
    from.get((stream.unit() * from.len() as f64) as usize)
}
