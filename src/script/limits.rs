//! How much of the machine a scenario's code may take.

use std::fmt;
use std::time::Duration;

/// How time in Lua is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counting {
    /// By the processor time of the thread, so that a busy machine is not blamed on the author.
    #[default]
    Processor,
    /// By interrupt ticks, so that a simulated run ends at the same place each time. Processor time remains as a backstop at
    /// twenty times the limit.
    Ticks,
}

/// Limits of a scenario's VM. They end the VM: the script cannot catch them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Memory of Lua values while a scenario is loaded, in bytes.
    pub load_memory_bytes: usize,
    /// Memory of Lua values between and in hooks, in bytes.
    pub hook_memory_bytes: usize,
    /// Time in Lua for loading.
    pub load_time: Duration,
    /// Time in Lua for one call of a hook.
    pub hook_time: Duration,
    /// How time is counted.
    pub counting: Counting,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            load_memory_bytes: 64 << 20,
            hook_memory_bytes: 16 << 20,
            load_time: Duration::from_secs(1),
            hook_time: Duration::from_millis(100),
            counting: Counting::default(),
        }
    }
}

/// Most bytes of one file of Lua source: compiling is outside the other limits.
pub(super) const SOURCE_MAX: u64 = 256 << 10;
/// Most bytes of one other file.
pub(super) const FILE_MAX: u64 = 16 << 20;
/// Most bytes of all files of a scenario.
pub(super) const FILES_TOTAL_MAX: u64 = 64 << 20;
/// Most files of a scenario.
pub(super) const FILES_MAX: usize = 1000;
/// Most bytes of a text that is shown.
pub(super) const TEXT_MAX: usize = 4096;
/// Most actions of one call of a hook.
pub(super) const ACTIONS_MAX: usize = 64;
/// Most lines that `print` keeps while a scenario loads.
pub(super) const PRINTED_MAX: usize = 100;
/// Deepest nesting of data that crosses between Lua and the outside.
pub(super) const DATA_DEPTH_MAX: usize = 64;
/// Most bytes of data that crosses between Lua and the outside, as JSON.
pub(super) const DATA_MAX: usize = 1 << 20;
/// Most items of one list.
pub(super) const ITEMS_MAX: usize = 100_000;
/// Most names of one table: notebooks, users, executors, hubs, parameters, presets.
pub(super) const NAMES_MAX: usize = 1000;
/// Most faults that one load shows.
pub(super) const FAULTS_MAX: usize = 20;
/// Interrupt ticks that stand for one millisecond. A loop step was measured at 9.5 ns.
pub(super) const TICKS_PER_MS: u64 = 100_000;

/// Which limit was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// Time in Lua, with what was allowed.
    Time(Duration),
    /// Memory, with what was allowed in bytes.
    Memory(usize),
    /// Depth of calls.
    Depth,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Breach::Time(allowed) => {
                write!(f, "the script ran for longer than {}", crate::plan::quantity::format_duration(*allowed))
            }
            Breach::Memory(allowed) => write!(f, "the script needs more than {} MiB of memory", allowed >> 20),
            Breach::Depth => f.write_str("the script's calls are nested too deeply"),
        }
    }
}

/// Cuts a text to [`TEXT_MAX`] bytes at a character boundary.
pub(super) fn clip(text: &str) -> String {
    if text.len() <= TEXT_MAX {
        return text.to_owned();
    }
    let mut end = TEXT_MAX - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        assert_eq!(clip("short"), "short");
        let cut = clip(&"ü".repeat(4000));
        assert!(cut.len() <= TEXT_MAX && cut.ends_with("ü…"), "{}", cut.len());
    }
}
