//! The versions of JupyterHub that hubmark drives. `tests/compat` runs against both ends, `hubmark doctor` prints the range.

use std::fmt;

/// The oldest version that is driven: scopes, named servers and pages are as they are today since then.
pub const OLDEST: Version = Version { major: 4, minor: 1, patch: 0 };
/// The newest version that is tested. A later one is driven too, and said to be untested.
pub const NEWEST: Version = Version { major: 6, minor: 1, patch: 1 };

/// A version of JupyterHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub patch: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The range as it is printed.
#[must_use]
pub fn range() -> String {
    format!("JupyterHub {OLDEST} to {NEWEST}")
}

/// Whether a version is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// In the range.
    Tested,
    /// Older than [`OLDEST`]: it is refused.
    TooOld,
    /// Later than [`NEWEST`]: it is driven, untested.
    Later,
    /// No version that can be read.
    Unknown,
}

/// Whether the version that a hub says in `X-JupyterHub-Version` is driven. What follows its three numbers (`5.0.0b1`, `4.1.6.dev`) does not count.
#[must_use]
pub fn support(version: &str) -> Support {
    match parse(version) {
        None => Support::Unknown,
        Some(version) if version < OLDEST => Support::TooOld,
        Some(version) if version > NEWEST => Support::Later,
        Some(_) => Support::Tested,
    }
}

fn parse(text: &str) -> Option<Version> {
    let mut numbers = text.trim().split('.').map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u32>().ok()
    });
    let major = numbers.next().flatten()?;
    let mut next = || numbers.next().flatten().unwrap_or(0);
    Some(Version { major, minor: next(), patch: next() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_in_the_range_or_on_a_side_of_it() {
        for (text, wanted) in [
            ("4.1.0", Support::Tested),
            ("4.0.2", Support::TooOld),
            ("3.1.1", Support::TooOld),
            ("5.4", Support::Tested),
            ("6.1.1", Support::Tested),
            ("6.1.1.dev0", Support::Tested),
            ("6.2.0b1", Support::Later),
            ("10.0.0", Support::Later),
            ("", Support::Unknown),
            ("dev", Support::Unknown),
        ] {
            assert_eq!(support(text), wanted, "{text}");
        }
        assert_eq!(range(), "JupyterHub 4.1.0 to 6.1.1");
    }
}
