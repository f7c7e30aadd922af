//! Declared parameters of a scenario: `hm.params`, and what the command line says about them.

mod arguments;
mod declare;
mod kind;

pub(super) use arguments::Arguments;
pub(super) use declare::function;
pub use kind::ParamKind;

use super::fault::Fault;
use std::collections::BTreeMap;

/// A declared parameter, as help texts and completions show it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ParamInfo {
    /// Name in the scenario: `hold_time`. On the command line it is `--hold-time`.
    pub name: String,
    /// What it takes.
    pub kind: ParamKind,
    /// Default as it would be written on the command line; `None` if a value must be given.
    pub default: Option<String>,
    /// Least value, as it would be written.
    pub min: Option<String>,
    /// Greatest value, as it would be written.
    pub max: Option<String>,
    /// Words of kind `choice`.
    pub choices: Vec<String>,
    /// What it means.
    pub about: Option<String>,
    /// Values in presets, by the preset's name.
    pub presets: BTreeMap<String, String>,
    /// Value in force: from the command line, else the preset, else the default. `None` if it is missing or wrong.
    pub value: Option<String>,
}

impl ParamInfo {
    /// The flag of the command line: `--hold-time`.
    #[must_use]
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

/// The parameters of one load.
#[derive(Default)]
pub(super) struct Params {
    pub(super) arguments: Arguments,
    pub(super) preset: Option<String>,
    /// Names that the command line uses itself.
    pub(super) builtin: Vec<String>,
    /// What was declared, in the author's order.
    pub(super) declared: Vec<ParamInfo>,
    /// Names of the presets that were declared.
    pub(super) presets: Vec<String>,
}

impl Params {
    pub(super) fn new(arguments: Arguments, preset: Option<String>, builtin: Vec<String>) -> Self {
        Self { arguments, preset, builtin, ..Self::default() }
    }

    /// What the arguments name that the scenario does not declare.
    pub(super) fn leftovers(&self) -> Vec<Fault> {
        let mut faults = self.arguments.leftovers(&self.declared);
        if let Some(preset) = &self.preset
            && !self.presets.contains(preset)
        {
            let known = self.presets.iter().map(String::as_str);
            faults.push(arguments::unknown("preset", preset, known, "the scenario has no presets"));
        }
        faults
    }

    /// Parameters in force, printable; secrets by where they come from.
    pub(super) fn printed(&self) -> BTreeMap<String, String> {
        self.declared.iter().filter_map(|p| Some((p.name.clone(), p.value.clone()?))).collect()
    }
}
