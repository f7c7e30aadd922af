//! Exit codes: one table, from which the reference page comes.

use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything went well and every threshold held.
    Success,
    /// A fault of hubmark itself.
    Internal,
    /// The command line makes no sense.
    Usage,
    /// The scenario or its plan is wrong.
    Scenario,
    /// A hub cannot be reached, a token is refused, something that is needed is missing.
    Environment,
    /// The measurement cannot be trusted.
    Invalid,
    /// A threshold failed.
    Thresholds,
    /// The run was stopped before its time.
    Interrupted,
}

impl Exit {
    /// All of them, in the order of the reference.
    pub const ALL: [Exit; 8] = [
        Exit::Success,
        Exit::Internal,
        Exit::Usage,
        Exit::Scenario,
        Exit::Environment,
        Exit::Invalid,
        Exit::Thresholds,
        Exit::Interrupted,
    ];

    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Internal => 1,
            Exit::Usage => 2,
            Exit::Scenario => 3,
            Exit::Environment => 4,
            Exit::Invalid => 5,
            Exit::Thresholds => 99,
            Exit::Interrupted => 105,
        }
    }

    /// What it means, for the reference.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Exit::Success => "success: the command did its work and every threshold held or was undecided",
            Exit::Internal => "internal error: a fault of hubmark itself, or its record could not be kept",
            Exit::Usage => "usage: the command line makes no sense",
            Exit::Scenario => "the scenario or its plan is invalid, or its `setup` hook failed",
            Exit::Environment => {
                "the environment is unusable: a hub cannot be reached, a token is refused, an account is taken, \
                 something could not be removed from a hub"
            }
            Exit::Invalid => "the run is invalid: its measurement cannot be trusted",
            Exit::Thresholds => "at least one threshold failed",
            Exit::Interrupted => "the run was stopped before its time",
        }
    }

    /// Which code a process ends with when several hold: 1, 4, 5, 105, 99, in this order; usage and scenario errors stand alone.
    #[must_use]
    pub fn first_of(codes: &[Exit]) -> Exit {
        const ORDER: [Exit; 7] = [
            Exit::Internal,
            Exit::Usage,
            Exit::Scenario,
            Exit::Environment,
            Exit::Invalid,
            Exit::Interrupted,
            Exit::Thresholds,
        ];
        ORDER.into_iter().find(|exit| codes.contains(exit)).unwrap_or(Exit::Success)
    }

    /// The reference page.
    #[must_use]
    pub fn reference() -> String {
        let mut page =
            String::from("# Exit codes\n\nGenerated from `src/cli/exit.rs`.\n\n| code | meaning |\n| --- | --- |\n");
        for exit in Self::ALL {
            page.push_str(&format!("| {} | {} |\n", exit.code(), exit.about()));
        }
        page.push_str("\nWhen several hold, the first of 1, 4, 5, 105, 99 is used.\n");
        page
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_run_outranks_its_thresholds() {
        assert_eq!(Exit::first_of(&[Exit::Thresholds, Exit::Invalid]), Exit::Invalid);
        assert_eq!(Exit::first_of(&[Exit::Thresholds, Exit::Interrupted]), Exit::Interrupted);
        assert_eq!(Exit::first_of(&[Exit::Invalid, Exit::Environment]), Exit::Environment);
        assert_eq!(Exit::first_of(&[]), Exit::Success);
    }
}
