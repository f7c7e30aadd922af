//! Notebooks of many origins, executed by hubmark and by nbclient or papermill on the same kernels, and compared whole.
//!
//! `documents/` are the notebooks, `reference.py` is the other client, `explained.rs` the differences that there may be.

mod compare;
mod documents;
mod explained;
mod kernels;

use crate::support;
use crate::support_kernels::Kernels;
use documents::{DOCUMENTS, Document};
use hubmark::lab::{LabOptions, PlainServer, Toolchain, provision};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Notebooks in one run: each is a user of its own, and all start at once.
const AT_ONCE: usize = 6;

/// Both clients' copies of a document.
struct Copies {
    document: &'static Document,
    hubmark: Value,
    reference: Value,
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Executes documents with `hubmark run`.
fn by_hubmark(documents: &'static [Document], server: &PlainServer, folder: &Path) -> Vec<Value> {
    let mut copies = Vec::new();
    for (batch, documents) in documents.chunks(AT_ONCE).enumerate() {
        let scenario = folder.join(format!("scenario-{batch}.lua"));
        std::fs::write(&scenario, documents::scenario(documents, server.url())).unwrap();
        let runs = folder.join(format!("runs-{batch}"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_hubmark"));
        command.arg("run").arg(&scenario).env("HUBMARK_RUNS", &runs).env("HUBMARK_SERVER_TOKEN", server.token());
        let output = command.env("NO_COLOR", "1").stdin(Stdio::null()).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let kept: Vec<PathBuf> = std::fs::read_dir(&runs)
            .into_iter()
            .flatten()
            .flat_map(|run| std::fs::read_dir(run.unwrap().path().join("notebooks")).into_iter().flatten())
            .map(|copy| copy.unwrap().path())
            .collect();
        if documents.iter().any(|document| document.name == documents::OVER_THE_LIMIT) {
            assert!(said.contains("copy_truncated"), "{said}");
        }
        for document in documents {
            let begins = |path: &&PathBuf| {
                path.file_name().unwrap().to_string_lossy().starts_with(&format!("{}-", document.name))
            };
            copies.push(read(
                kept.iter().find(begins).unwrap_or_else(|| panic!("no copy of {}: {kept:?}\n{said}", document.name)),
            ));
        }
    }
    copies
}

/// Executes documents with nbclient, those with parameters with papermill.
fn by_others(
    documents: &[Document],
    kernels: &Kernels,
    tools: &Toolchain,
    options: &LabOptions,
    folder: &Path,
) -> Vec<Value> {
    let target = |document: &Document| folder.join(format!("{}.reference", document.name));
    let job = |document: &Document| {
        json!({
            "client": document.client(), "kernel": document.kernel, "source": folder.join(document.file()),
            "target": target(document), "parameters": document.parameters(),
        })
    };
    let jobs: Vec<Value> = documents.iter().map(job).collect();
    let path = std::iter::once(tools.bin.clone()).chain(std::env::split_paths(&options.search_path));
    let mut command = Command::new(&tools.python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/notebooks/reference.py"));
    command.env("PATH", std::env::join_paths(path).unwrap()).env("HOME", folder).current_dir(folder);
    command.env("PYTHONPATH", &kernels.packages).env("JUPYTER_PATH", &kernels.folder);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!(jobs).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    documents.iter().map(|document| read(&target(document))).collect()
}

/// Lets Jupyter's own library judge hubmark's copies.
fn validate(tools: &Toolchain, copies: &[Value], folder: &Path) {
    let file = folder.join("copies.json");
    std::fs::write(&file, json!(copies).to_string()).unwrap();
    let check = "import sys, json, nbformat\nfor copy in json.load(open(sys.argv[1])): nbformat.validate(nbformat.from_dict(copy))";
    let judged = Command::new(&tools.python).args(["-W", "error", "-c", check]).arg(&file).output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
}

fn executed() -> Vec<Copies> {
    let (folder, options) = (tempfile::tempdir().unwrap(), support::options());
    for document in DOCUMENTS {
        std::fs::copy(document.path(), folder.path().join(document.file())).unwrap();
    }
    let tools = provision(&options, &mut |_| {}).unwrap_or_else(|error| panic!("{}", support::explain(&error)));
    let kernels = Kernels::install(&folder.path().join("jupyter"), &tools, &options);
    let options = LabOptions { jupyter_path: vec![kernels.folder.clone()], ..options };
    let server = PlainServer::start(&options).unwrap_or_else(|error| panic!("{}", support::explain(&error)));
    // Side by side: both wait for kernels most of the time.
    let (hubmark, reference) = std::thread::scope(|scope| {
        let others = scope.spawn(|| by_others(DOCUMENTS, &kernels, &tools, &options, folder.path()));
        (by_hubmark(DOCUMENTS, &server, folder.path()), others.join().unwrap())
    });
    server.stop().unwrap();
    validate(&tools, &hubmark, folder.path());
    let copies = DOCUMENTS.iter().zip(hubmark).zip(reference);
    copies.map(|((document, hubmark), reference)| Copies { document, hubmark, reference }).collect()
}

#[test]
fn every_difference_from_nbclient_and_papermill_is_explained() {
    let copies = executed();
    let mut found = Vec::new();
    for Copies { document, hubmark, reference } in &copies {
        found.extend(compare::differences(document, hubmark, reference));
    }
    let unexplained: Vec<String> =
        found.iter().filter(|difference| !explained::is_explained(difference)).map(ToString::to_string).collect();
    assert!(unexplained.is_empty(), "{} differences:\n{}", unexplained.len(), unexplained.join("\n"));
    let idle = explained::EXPLAINED.iter().filter(|row| !found.iter().any(|difference| row.covers(difference)));
    let idle: Vec<&str> = idle.map(|row| row.place).collect();
    assert!(idle.is_empty(), "explained, and there is no such difference any more: {idle:?}");
}

#[test]
fn the_reference_page_lists_the_differences() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/notebooks.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let (begin, end) = ("<!-- differences -->\n", "<!-- end of differences -->\n");
    let (head, rest) = text.split_once(begin).expect("a place for the table");
    let (_, tail) = rest.split_once(end).expect("its end");
    let wanted = format!("{head}{begin}{}{end}{tail}", explained::table());
    if std::env::var_os("HUBMARK_BLESS").is_some() {
        std::fs::write(&page, &wanted).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&page).unwrap(), wanted, "HUBMARK_BLESS=1 writes the table anew");
}
