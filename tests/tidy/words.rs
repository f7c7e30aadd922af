//! Words that may not stand in the source, and where exceptions may.

use crate::source::files;

/// Word, where it may stand (beginnings of paths), why not elsewhere.
const WORDS: &[(&str, &[&str], &str)] = &[
    ("println!", &["src/cli/", "src/main.rs", "tests/bench/", "build.rs"], "printing is the command line's"),
    ("eprintln!", &["src/cli/", "src/main.rs", "tests/bench/"], "printing is the command line's"),
    ("process::exit", &["src/cli/", "src/main.rs"], "only the command line ends the process"),
    ("Instant::now", &["src/clock/", "tests/bench/"], "time comes from `clock`"),
    ("SystemTime", &["src/clock/"], "time comes from `clock`"),
    ("std::time::Instant", &["src/clock/", "tests/bench/"], "time comes from `clock`"),
    ("thread_rng", &[], "random choices come from `clock::Chance`"),
    ("unbounded", &[], "every channel is bounded"),
    ("static mut", &[], "no mutable statics"),
    ("std::env::var", &["src/cli/", "tests/", "build.rs"], "the library does not read the environment"),
    ("#[allow(", &[], "use #[expect(…, reason)]"),
];

/// Words that may stand nowhere, tests included.
const NEVER: &[&str] = &["todo!", "unimplemented!", "dbg!", "#[ignore"];

/// Modules in which the order of a `HashMap` must not decide anything.
const ORDERED: &[&str] = &["plan", "engine", "script", "sim"];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["utils", "helpers", "manager", "common", "misc", "imp"];

#[test]
fn forbidden_words_stand_only_where_they_may() {
    let mut wrong = Vec::new();
    for file in files(&["src"]) {
        for (line, code) in file.code() {
            for (word, places, why) in WORDS {
                let printing = *word == "println!" && code.contains("eprintln!");
                if code.contains(word) && !printing && !places.iter().any(|place| file.path.starts_with(place)) {
                    wrong.push(format!("{}:{line}: {word}: {why}", file.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_unfinished() {
    let mut wrong = Vec::new();
    for file in files(&["src", "tests"]) {
        if file.path.starts_with("tests/tidy/") {
            continue;
        }
        for (line, code) in crate::source::strip(&file.text).lines().enumerate() {
            for word in NEVER.iter().filter(|word| code.contains(**word)) {
                wrong.push(format!("{}:{}: {word}", file.path, line + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn order_never_comes_from_a_hash_map_and_select_is_biased() {
    let mut wrong = Vec::new();
    for file in files(&["src"]) {
        if !ORDERED.contains(&file.module().unwrap()) {
            continue;
        }
        for (line, code) in file.code() {
            if code.contains("HashMap") || code.contains("HashSet") {
                wrong.push(format!("{}:{line}: use a BTreeMap: two runs with one seed are byte-identical", file.path));
            }
            if code.contains("select!") && !code.contains("biased;") {
                wrong.push(format!("{}:{line}: select! without biased; on its line", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tests_do_not_wait_on_real_time() {
    let mut wrong = Vec::new();
    for file in files(&["src", "tests"]) {
        // A support module polls conditions for the tests; it is the one place that may pause between two looks.
        if ["tests/tidy/", "tests/bench/"].iter().any(|p| file.path.starts_with(p)) || file.path.contains("/support") {
            continue;
        }
        let code = crate::source::strip(&file.text);
        let tests = if file.path.starts_with("tests/") { 0 } else { code.find("#[cfg(test)]").unwrap_or(code.len()) };
        for (line, code) in code[tests..].lines().enumerate() {
            if code.contains("thread::sleep") {
                wrong.push(format!("{}: line {} of its tests sleeps", file.path, line + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "tests wait on conditions (see tests/real/support):\n{}", wrong.join("\n"));
}

#[test]
fn names_say_what_is_inside() {
    let wrong: Vec<String> = files(&["src", "tests"])
        .into_iter()
        .map(|file| file.path)
        .filter(|path| path.split('/').any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs"))))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
