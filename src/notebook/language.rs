//! Languages that parameters can be written in.

/// A language that parameters can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    R,
    Julia,
    Bash,
}

impl Language {
    /// The language of that name, as kernels name it.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "python" | "python3" | "ipython" => Self::Python,
            "r" => Self::R,
            "julia" => Self::Julia,
            "bash" | "sh" => Self::Bash,
            _ => return None,
        })
    }

    /// The language of a kernel whose name alone says it: papermill's list and `ir`, which R's own kernel installs as.
    pub(super) fn of_kernel(name: &str) -> Option<Self> {
        Some(match name {
            "python" | "pysparkkernel" => Self::Python,
            "R" | "ir" | "sparkrkernel" => Self::R,
            "julia" => Self::Julia,
            "bash" => Self::Bash,
            _ => return None,
        })
    }

    /// The language that a kernel of that name usually has.
    pub(super) fn guessed(kernel: &str) -> Option<Self> {
        let begins = |word: &str| kernel.to_lowercase().starts_with(word);
        match kernel {
            _ if begins("julia") => Some(Self::Julia),
            _ if begins("bash") => Some(Self::Bash),
            "" => Some(Self::Python),
            _ if begins("python") || begins("conda") => Some(Self::Python),
            _ => None,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::R => "r",
            Self::Julia => "julia",
            Self::Bash => "bash",
        }
    }
}
