//! The source files, read once.

use std::path::{Path, PathBuf};

/// One Rust file of the package.
pub(crate) struct File {
    /// Path below the package's folder, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl File {
    /// The lines before `#[cfg(test)]`, numbered from 1, without comments and strings' contents.
    pub(crate) fn code(&self) -> Vec<(usize, String)> {
        let end = self.text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        strip(&self.text[..end]).lines().enumerate().map(|(i, line)| (i + 1, line.to_owned())).collect()
    }

    /// The module below `src`: `engine` for `src/engine/run.rs`, `lib` and `main` for those files.
    pub(crate) fn module(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        Some(below.split('/').next().unwrap_or(below).trim_end_matches(".rs"))
    }
}

/// Every Rust file below these folders.
pub(crate) fn files(folders: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in folders {
        collect(root, &root.join(folder), &mut files);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.len() > 20, "the source was not found below {}", root.display());
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
}

/// Blanks out comments and what stands in string literals, keeping line breaks.
pub(crate) fn strip(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let rest = &chars[i..];
        if rest.starts_with(&['/', '/']) {
            while i < chars.len() && chars[i] != '\n' {
                i += 1;
            }
        } else if rest[0] == 'r' && matches!(rest.get(1), Some('"' | '#')) && !previous_is_word(&chars, i) {
            i = raw_string(&chars, i, &mut out);
        } else if rest[0] == '"' {
            i = string(&chars, i, &mut out);
        } else if rest[0] == '\'' && rest.get(2) == Some(&'\'') && rest.get(1) != Some(&'\\') {
            out.push_str("' '");
            i += 3;
        } else if rest.starts_with(&['\'', '\\']) {
            let close = chars[i + 2..].iter().position(|c| *c == '\'').map_or(chars.len(), |p| i + 2 + p + 1);
            // A quoted quote is one longer.
            let close = if rest.get(2) == Some(&'\'') { i + 4 } else { close };
            out.push_str("' '");
            i = close;
        } else {
            out.push(rest[0]);
            i += 1;
        }
    }
    out
}

fn previous_is_word(chars: &[char], i: usize) -> bool {
    i > 0 && (chars[i - 1].is_alphanumeric() || chars[i - 1] == '_')
}

fn string(chars: &[char], start: usize, out: &mut String) -> usize {
    out.push('"');
    let mut i = start + 1;
    while i < chars.len() && chars[i] != '"' {
        if chars[i] == '\n' {
            out.push('\n');
        }
        i += if chars[i] == '\\' && chars.get(i + 1) != Some(&'\n') { 2 } else { 1 };
    }
    out.push('"');
    i + 1
}

fn raw_string(chars: &[char], start: usize, out: &mut String) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(start + 1 + hashes) != Some(&'"') {
        out.push('r');
        return start + 1;
    }
    let mut i = start + 2 + hashes;
    loop {
        if i >= chars.len() {
            return i;
        }
        if chars[i] == '"' && chars[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            out.push_str("\"\"");
            return i + 1 + hashes;
        }
        if chars[i] == '\n' {
            out.push('\n');
        }
        i += 1;
    }
}

#[test]
fn comments_and_strings_are_blanked() {
    assert_eq!(strip("a // b\nc"), "a \nc");
    assert_eq!(strip(r#"f("x // y", 'z', '\'')"#), "f(\"\", ' ', ' ')");
    assert_eq!(strip("r#\"a \" b\"# c"), "\"\" c");
    assert_eq!(strip("for x"), "for x");
}
