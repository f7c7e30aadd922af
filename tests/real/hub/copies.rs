//! Executed copies, judged by Jupyter's own library.

use super::{run, shared, with_kernel, without};
use crate::support;
use hubmark::notebook::{Document, Execution};
use hubmark::port::CellRequest;
use serde_json::{Value, json};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

fn notebook() -> Vec<u8> {
    let code = |id: &str, tags: Value, source: &str| json!({"cell_type": "code", "id": id, "metadata": {"tags": tags}, "source": source, "outputs": [], "execution_count": null});
    let root = json!({
        "cells": [
            {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# Title\n", "![x](attachment:x.png)"],
             "attachments": {"x.png": {"image/png": "aGk="}}},
            code("defaults", json!(["parameters"]), "epochs = 1"),
            code("prints", json!([]), "import sys\nfor i in range(3): print(i, flush=True)\nprint('e', file=sys.stderr)\nepochs"),
            code("shows", json!([]), "from IPython.display import display\nh = display('a', display_id=True)\nh.update('b')"),
            code("never", json!(["skip-execution"]), "raise SystemError"),
            code("raises", json!(["raises-exception"]), "1/0"),
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "mine": {"kept": [1]}},
        "nbformat": 4, "nbformat_minor": 5,
    });
    root.to_string().into_bytes()
}

#[test]
fn an_executed_copy_is_valid_and_shows_what_happened() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.ipynb");
    run(async {
        let hub = shared();
        let (_, mut kernel) = with_kernel(&hub, "copy-valid").await;
        let document =
            Document::parse(&notebook()).unwrap().with_parameters(json!({"epochs": 3}).as_object().unwrap(), "python3");
        let mut execution = Execution::new(&Rc::new(document.unwrap()));
        for cell in execution.cells().iter() {
            execution.begin(cell.index, "2026-11-24T04:12:09.000000Z".to_owned());
            let request = CellRequest { code: cell.source.clone(), timeout: Duration::from_secs(30), expect: None };
            let reply = kernel.execute(&request, &mut |message| execution.take(message)).await.unwrap();
            assert_eq!(reply.failure.is_some(), cell.may_raise, "{:?}", reply.failure);
            execution.end(
                reply.execution_count,
                "2026-11-24T04:12:10.000000Z".to_owned(),
                1.0,
                reply.failure.is_some(),
            );
        }
        std::fs::write(&file, execution.finish().text()).unwrap();
        kernel.close().await.unwrap();
        without(&hub, "copy-valid").await;
    });
    let check = "import sys, nbformat; nbformat.validate(nbformat.read(sys.argv[1], as_version=4))";
    let python = &support::lab().toolchain().python;
    let judged = Command::new(python).args(["-W", "error", "-c", check]).arg(&file).output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    let copy: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let outputs = |id: &str| {
        let cell = copy["cells"].as_array().unwrap().iter().find(|cell| cell["id"] == id);
        cell.unwrap_or_else(|| panic!("no cell {id}"))["outputs"].clone()
    };
    assert_eq!(outputs("prints")[0]["text"], "0\n1\n2\n");
    let result =
        outputs("prints").as_array().unwrap().iter().find(|output| output["output_type"] == "execute_result").cloned();
    assert_eq!(result.unwrap()["data"]["text/plain"], "3", "the injected parameter is in force");
    assert_eq!(outputs("shows")[0]["data"]["text/plain"], "'b'");
    assert_eq!(outputs("never"), json!([]));
    assert_eq!(outputs("raises")[0]["ename"], "ZeroDivisionError");
    assert_eq!(
        (&copy["metadata"]["mine"], &copy["cells"][0]["attachments"]["x.png"]["image/png"]),
        (&json!({"kept": [1]}), &json!("aGk="))
    );
}
