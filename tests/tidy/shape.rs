//! How long files and functions may be.

use crate::source::{files, strip};

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

/// Files and functions that are longer, with the reason. The list only shrinks.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn files_fit_in_400_lines() {
    let long: Vec<String> = files(&["src", "tests"])
        .iter()
        .filter(|file| file.text.lines().count() > FILE_LINES && !is_exception(&file.path))
        .map(|file| format!("{}: {} lines", file.path, file.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "over {FILE_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn functions_fit_on_a_screen() {
    let mut long = Vec::new();
    for file in files(&["src", "tests"]) {
        for (name, line, length) in functions(&strip(&file.text)) {
            let path = format!("{}::{name}", file.path);
            if length > FUNCTION_LINES && !is_exception(&path) {
                long.push(format!("{path} at line {line}: {length} lines"));
            }
        }
    }
    assert!(long.is_empty(), "over {FUNCTION_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn every_exception_is_still_needed() {
    let all = files(&["src", "tests"]);
    for (path, _) in EXCEPTIONS {
        let (file, function) = path.split_once("::").map_or((*path, None), |(f, n)| (f, Some(n)));
        let text =
            &all.iter().find(|f| f.path == file).unwrap_or_else(|| panic!("{file} is gone: drop its exception")).text;
        let still = match function {
            None => text.lines().count() > FILE_LINES,
            Some(name) => functions(&strip(text)).iter().any(|(n, _, length)| n == name && *length > FUNCTION_LINES),
        };
        assert!(still, "{path} is short enough now: drop its exception");
    }
}

fn is_exception(path: &str) -> bool {
    EXCEPTIONS.iter().any(|(known, _)| *known == path)
}

/// Name, line and length of each function, found by indentation: formatted code closes a function at its own indentation.
fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let Some(position) =
            trimmed.find("fn ").filter(|p| trimmed[..*p].chars().all(|c| c.is_alphabetic() || " ()\"".contains(c)))
        else {
            continue;
        };
        let indent = &line[..line.len() - trimmed.len()];
        let name: String = trimmed[position + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let close = format!("{indent}}}");
        let signature_only = lines[at..]
            .iter()
            .find(|l| l.trim_end().ends_with([';', '{', '}']))
            .is_some_and(|l| l.trim_end().ends_with(';'));
        if name.is_empty() || signature_only || line.trim_end().ends_with('}') {
            continue;
        }
        if let Some(length) = lines[at..].iter().position(|l| *l == close) {
            found.push((name, at + 1, length + 1));
        }
    }
    found
}

#[test]
fn functions_are_measured() {
    let code = "impl X {\n    pub fn a(&self) {\n        b();\n    }\n}\nfn c();\npub(super) async fn d() {\n}\n";
    let found = functions(code);
    assert_eq!(found, [("a".to_owned(), 2, 3), ("d".to_owned(), 7, 2)]);
}
