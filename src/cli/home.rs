//! Folders: where runs, the lab and its cache live. The only place that reads such environment variables.

use std::path::PathBuf;

fn from_env(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Folder of the runs: the option, else `$HUBMARK_RUNS`, else `runs` here.
pub(crate) fn runs_dir(option: Option<PathBuf>) -> PathBuf {
    option.or_else(|| from_env("HUBMARK_RUNS")).unwrap_or_else(|| PathBuf::from("runs"))
}

/// Folder of what can be made again: `$HUBMARK_CACHE`, else `hubmark` below `$XDG_CACHE_HOME` or `~/.cache`.
pub(crate) fn cache_dir() -> PathBuf {
    from_env("HUBMARK_CACHE").unwrap_or_else(|| {
        from_env("XDG_CACHE_HOME")
            .or_else(|| from_env("HOME").map(|home| home.join(".cache")))
            .unwrap_or_else(std::env::temp_dir)
            .join("hubmark")
    })
}

/// Where programs are looked for, in the form of `PATH`.
pub(crate) fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}
