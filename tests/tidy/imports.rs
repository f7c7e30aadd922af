//! Which module may import which.

use crate::source::files;

/// Module, what it may import. The table of `docs/ARCHITECTURE.md`, in its order.
const ALLOWED: &[(&str, &[&str])] = &[
    ("plan", &[]),
    ("event", &["plan"]),
    ("clock", &["plan"]),
    ("stats", &[]),
    ("notebook", &[]),
    ("port", &["plan", "event", "clock", "notebook"]),
    ("engine", &["plan", "event", "clock", "stats", "notebook", "port"]),
    ("script", &["plan", "event", "clock", "notebook", "port"]),
    ("http", &["clock", "event"]),
    ("hub", &["plan", "event", "clock", "notebook", "port", "http"]),
    ("sampler", &["plan", "event", "clock", "port"]),
    ("prom", &["event", "clock", "port", "http"]),
    ("control", &["plan", "event", "port", "http", "prom"]),
    ("agent", &["event", "clock", "port", "prom", "http", "sampler"]),
    ("record", &["plan", "event", "clock", "stats", "port"]),
    ("report", &["plan", "event", "stats", "record", "clock"]),
    ("sim", &["plan", "event", "clock", "notebook", "port"]),
    ("lab", &["clock"]),
    (
        "cli",
        &[
            "plan", "event", "clock", "stats", "notebook", "port", "engine", "script", "http", "hub", "sampler",
            "prom", "control", "agent", "record", "report", "sim", "lab",
        ],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// Crate, the modules that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("mlua", &["script"]),
    ("full_moon", &["script"]),
    ("reqwest", &["http"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("http_body_util", &["http"]),
    ("rustls", &["http"]),
    ("tokio_rustls", &["http"]),
    ("tokio_tungstenite", &["http", "hub"]),
    ("base64", &["hub", "http", "notebook"]),
    ("rusqlite", &["record"]),
    ("procfs", &["sampler"]),
    ("sysinfo", &["sampler"]),
    ("nvml_wrapper", &["sampler"]),
    ("maud", &["report"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("hdrhistogram", &["stats"]),
    ("statrs", &["stats"]),
    ("rand", &["clock"]),
    ("rand_chacha", &["clock"]),
    ("rand_distr", &["clock"]),
    ("jiff", &["clock", "hub"]),
];

/// Modules that may not name an async or I/O crate.
const PURE: &[&str] = &["plan", "event", "stats", "notebook"];
const ASYNC_OR_IO: &[&str] = &["tokio", "futures_util", "rustix", "std::fs", "std::net", "std::process"];

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for file in files(&["src"]) {
        let module = file.module().unwrap().to_owned();
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module {module} is not in the table", file.path));
            continue;
        };
        for (line, code) in file.code() {
            let prefix = if module == "main" { "hubmark::" } else { "crate::" };
            for part in code.split(prefix).skip(1) {
                let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_module = ALLOWED.iter().any(|(known, _)| *known == name);
                if is_module && name != module && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{}:{line}: {module} may not import {name}", file.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_are_named_by_their_owners_only() {
    let mut wrong = Vec::new();
    for file in files(&["src"]) {
        let module = file.module().unwrap();
        for (line, code) in file.code() {
            for (name, owners) in OWNERS {
                if names(&code, name) && !owners.contains(&module) {
                    wrong.push(format!("{}:{line}: {name} belongs to {owners:?}", file.path));
                }
            }
            for name in ASYNC_OR_IO.iter().filter(|_| PURE.contains(&module)) {
                if names(&code, name) {
                    wrong.push(format!("{}:{line}: {module} is pure and may not name {name}", file.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether code has `name::` or `use name` as a path's beginning.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + name.len()..];
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '.')
            && (after.starts_with("::") || (code[..at].trim_end().ends_with("use") && after.starts_with(';')))
    })
}
