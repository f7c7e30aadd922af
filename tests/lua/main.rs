//! The scenario language: good and wrong scenarios, helpers tested in Lua, hooks, limits, attacks, and what is made from the language's
//! table. `HUBMARK_BLESS=1 cargo test --test lua` writes the snapshots anew; look at their difference before keeping it.

#![expect(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod arguments;
mod attacks;
mod bad;
mod good;
mod hooks;
mod in_lua;
mod made;
mod users;

use hubmark::script::LoadRequest;
use std::path::{Path, PathBuf};

/// Compares with a snapshot beside the tests, or writes it when it is blessed.
fn snapshot(path: &Path, found: &str) -> Result<(), String> {
    if std::env::var_os("HUBMARK_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, found).unwrap();
        return Ok(());
    }
    let wanted = std::fs::read_to_string(path).unwrap_or_default();
    match wanted == found {
        true => Ok(()),
        false => Err(format!("{}\n--- wanted\n{wanted}\n--- found\n{found}", path.display())),
    }
}

/// Files of a folder with an extension, sorted.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

/// A request with the arguments that the file's first line names behind `-- args:`.
fn request(path: &Path) -> LoadRequest {
    let mut request = LoadRequest::new(path);
    request.builtin_flags = ["set", "seed", "preset", "format"].map(str::to_owned).to_vec();
    let text = std::fs::read_to_string(path).unwrap();
    let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("-- args: ")) else { return request };
    let mut words = line.split_whitespace().map(str::to_owned);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--set" => {
                let pair = words.next().unwrap();
                let (key, value) = pair.split_once('=').unwrap();
                request.set.push((key.to_owned(), value.to_owned()));
            }
            "--preset" => request.preset = words.next(),
            "--seed" => request.seed = words.next().map(|seed| seed.parse().unwrap()),
            _ => request.flags.push(word),
        }
    }
    request
}

/// A folder with files, gone when it is dropped.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("n.ipynb", NOTEBOOK);
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn request(&self) -> LoadRequest {
        LoadRequest::new(self.path("s.lua"))
    }
}

/// A notebook with one cell.
const NOTEBOOK: &str = r#"{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": null, "outputs": [], "source": "1"}]}"#;

/// A scenario that is right, for the end of a test's file.
const SCENARIO: &str =
    r#"return hm.scenario { hub = "http://127.0.0.1:8000", notebook = "n.ipynb", users = 2, duration = "1m" }"#;
