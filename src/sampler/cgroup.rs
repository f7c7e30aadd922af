//! The control groups that hold this process, versions 1 and 2. Inside a container `/proc` shows the host; these say what applies.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of this process's control groups, its own first, then those around it: the tightest limit of them applies.
#[derive(Debug, Clone)]
pub(super) struct ControlGroups {
    version_2: bool,
    memory: Vec<PathBuf>,
    cpu: Vec<PathBuf>,
}

/// A limit of memory and how much of it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MemoryLimit {
    pub(super) limit: u64,
    /// Without the part of the page cache that can go at once, as container tools count.
    pub(super) used: u64,
}

/// A limit of processor time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CpuLimit {
    pub(super) cores: f64,
    /// Seconds for which the group was held back so far.
    pub(super) throttled_s: Option<f64>,
}

/// What the group that hubmark is in used. In a container that is the container.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Used {
    /// Processor seconds so far.
    pub(super) cpu_s: Option<f64>,
    /// Processes that were ended because the group's memory ran out.
    pub(super) oom_kills: Option<u64>,
}

impl ControlGroups {
    /// Finds the groups of this process: `proc` says which, `root` is where control groups are mounted.
    pub(super) fn find(proc: &Path, root: &Path) -> Self {
        let own = fs::read_to_string(proc.join("self/cgroup")).unwrap_or_default();
        let path_of = |controller: &str| {
            let mut lines = own.lines().filter_map(|line| line.split_once(':')?.1.split_once(':'));
            lines.find(|(controllers, _)| controllers.split(',').any(|c| c == controller)).map_or("", |(_, path)| path)
        };
        let version_2 = root.join("cgroup.controllers").exists() || root.join("memory.max").exists();
        if version_2 {
            let folders = folders(root, path_of(""));
            return Self { version_2, memory: folders.clone(), cpu: folders };
        }
        Self {
            version_2,
            memory: folders(&root.join("memory"), path_of("memory")),
            cpu: folders(&root.join("cpu"), path_of("cpu")),
        }
    }

    /// The tightest limit of memory; `None` if there is none. A limit above the machine's memory is the caller's to see.
    pub(super) fn memory(&self) -> Option<MemoryLimit> {
        let [limit, usage, cache] = if self.version_2 {
            ["memory.max", "memory.current", "inactive_file"]
        } else {
            ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"]
        };
        let limits = self.memory.iter().filter_map(|folder| Some((number(&folder.join(limit))?, folder)));
        let (limit, folder) = limits.min_by_key(|(limit, _)| *limit)?;
        let used = number(&folder.join(usage))?;
        let cache = field(&folder.join("memory.stat"), cache).unwrap_or(0);
        Some(MemoryLimit { limit, used: used.saturating_sub(cache) })
    }

    /// The tightest limit of processor time; `None` if there is none.
    pub(super) fn cpu(&self) -> Option<CpuLimit> {
        let limits = self.cpu.iter().filter_map(|folder| Some((self.cores(folder)?, folder)));
        let (cores, folder) = limits.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
        let stat = folder.join("cpu.stat");
        let throttled_s = if self.version_2 {
            field(&stat, "throttled_usec").map(|us| us as f64 / 1e6)
        } else {
            field(&stat, "throttled_time").map(|ns| ns as f64 / 1e9)
        };
        Some(CpuLimit { cores, throttled_s })
    }

    /// What this process's own group used.
    pub(super) fn own(&self) -> Used {
        let (memory, cpu) = (self.memory.first(), self.cpu.first());
        if self.version_2 {
            let used = cpu.and_then(|folder| field(&folder.join("cpu.stat"), "usage_usec"));
            let kills = memory.and_then(|folder| field(&folder.join("memory.events"), "oom_kill"));
            return Used { cpu_s: used.map(|us| us as f64 / 1e6), oom_kills: kills };
        }
        let used = cpu.and_then(|folder| number(&folder.join("cpuacct.usage")));
        let kills = memory.and_then(|folder| field(&folder.join("memory.oom_control"), "oom_kill"));
        Used { cpu_s: used.map(|ns| ns as f64 / 1e9), oom_kills: kills }
    }

    fn cores(&self, folder: &Path) -> Option<f64> {
        let (quota, period) = if self.version_2 {
            let text = fs::read_to_string(folder.join("cpu.max")).ok()?;
            let (quota, period) = text.trim().split_once(' ')?;
            (quota.parse::<u64>().ok()?, period.parse::<u64>().ok()?)
        } else {
            (number(&folder.join("cpu.cfs_quota_us"))?, number(&folder.join("cpu.cfs_period_us"))?)
        };
        (period > 0).then(|| quota as f64 / period as f64)
    }
}

/// The folder of a group and those around it. A container that sees only its own group has it at the root.
fn folders(root: &Path, path: &str) -> Vec<PathBuf> {
    let own = root.join(path.trim_start_matches('/'));
    let own = if own.is_dir() { own } else { root.to_owned() };
    own.ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_owned).collect()
}

/// A file that holds one number; `None` for `max`, `-1` or no file.
fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// A line `name number` of a file.
fn field(file: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().filter_map(|line| line.split_once(' ')).find(|(n, _)| *n == name)?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn find(root: &tempfile::TempDir) -> ControlGroups {
        ControlGroups::find(&root.path().join("proc"), &root.path().join("cgroup"))
    }

    #[test]
    fn the_tightest_of_the_groups_around_applies() {
        let root = tree(&[
            ("proc/self/cgroup", "0::/user.slice/app.scope\n"),
            ("cgroup/cgroup.controllers", "cpu memory"),
            ("cgroup/user.slice/memory.max", "1000\n"),
            ("cgroup/user.slice/memory.current", "700\n"),
            ("cgroup/user.slice/memory.stat", "anon 300\ninactive_file 150\n"),
            ("cgroup/user.slice/cpu.max", "max 100000\n"),
            ("cgroup/user.slice/app.scope/memory.max", "max\n"),
            ("cgroup/user.slice/app.scope/memory.current", "600\n"),
            ("cgroup/user.slice/app.scope/cpu.max", "50000 100000\n"),
            ("cgroup/user.slice/app.scope/cpu.stat", "usage_usec 9\nthrottled_usec 2500000\n"),
        ]);
        assert_eq!(find(&root).memory(), Some(MemoryLimit { limit: 1000, used: 550 }));
        assert_eq!(find(&root).cpu(), Some(CpuLimit { cores: 0.5, throttled_s: Some(2.5) }));
    }

    #[test]
    fn version_1_has_a_tree_for_each_controller() {
        let root = tree(&[
            ("proc/self/cgroup", "9:name=systemd:/\n4:memory:/job\n2:cpu,cpuacct:/job\n0::/\n"),
            ("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("cgroup/memory/memory.usage_in_bytes", "5000\n"),
            ("cgroup/memory/job/memory.limit_in_bytes", "4000\n"),
            ("cgroup/memory/job/memory.usage_in_bytes", "3000\n"),
            ("cgroup/memory/job/memory.stat", "total_inactive_file 1000\n"),
            ("cgroup/cpu/cpu.cfs_quota_us", "-1\n"),
            ("cgroup/cpu/cpu.cfs_period_us", "100000\n"),
            ("cgroup/cpu/job/cpu.cfs_quota_us", "250000\n"),
            ("cgroup/cpu/job/cpu.cfs_period_us", "100000\n"),
            ("cgroup/cpu/job/cpu.stat", "nr_periods 1\nthrottled_time 500000000\n"),
        ]);
        assert_eq!(find(&root).memory(), Some(MemoryLimit { limit: 4000, used: 2000 }));
        assert_eq!(find(&root).cpu(), Some(CpuLimit { cores: 2.5, throttled_s: Some(0.5) }));
    }

    #[test]
    fn a_container_that_does_not_see_its_path_uses_the_root_it_sees() {
        let root = tree(&[
            ("proc/self/cgroup", "0::/kubepods/pod1/c1\n"),
            ("cgroup/memory.max", "800\n"),
            ("cgroup/memory.current", "400\n"),
        ]);
        assert_eq!(find(&root).memory(), Some(MemoryLimit { limit: 800, used: 400 }));
        assert_eq!(find(&root).cpu(), None);
    }

    #[test]
    fn no_control_groups_are_no_limits() {
        let root = tree(&[]);
        assert_eq!((find(&root).memory(), find(&root).cpu()), (None, None));
    }
}
