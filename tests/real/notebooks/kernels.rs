//! Kernels that are not Python's, and what only a JupyterHub and the default WebSocket protocol show.

use crate::hub::{execute, of, run, texts, with_server, without};
use crate::support;
use crate::support_kernels::Kernels;
use hubmark::event::Outcome;
use hubmark::lab::{HubSettings, LabOptions, provision};
use hubmark::notebook::{Document, Execution, Message};
use hubmark::port::Kernel;
use serde_json::{Value, json};
use std::rc::Rc;

/// How a language says what the test needs to say.
struct Words {
    kernel: &'static str,
    assign: &'static str,
    show: &'static str,
    fail: &'static str,
    wait: &'static str,
    error: &'static str,
}

const LANGUAGES: [Words; 2] = [
    Words {
        kernel: "bash",
        assign: "x=7",
        show: "echo -n $x",
        fail: "exit_with() { return 3; }; exit_with",
        wait: "sleep 60",
        error: "3",
    },
    Words {
        kernel: "ir",
        assign: "x <- 7",
        show: "cat(x)",
        fail: "stop('wrong')",
        wait: "Sys.sleep(60)",
        error: "wrong",
    },
];

async fn fails_is_interrupted_and_goes_on(kernel: &mut Box<dyn Kernel>, words: &Words) {
    assert_eq!(texts(kernel, words.assign).await, Vec::<String>::new());
    let (reply, messages) = execute(kernel, words.fail, 30.0).await;
    let reply = reply.unwrap();
    let failure = reply.failure.unwrap();
    assert_eq!(failure.outcome, Outcome::CellError);
    assert!(failure.message.contains(words.error), "{failure:?}");
    let error = messages
        .iter()
        .find(|message| matches!(message, Message::Output { output, .. } if output["output_type"] == "error"));
    assert!(error.is_some(), "{messages:?}");
    let (reply, _) = execute(kernel, words.wait, 0.5).await;
    assert_eq!(reply.unwrap().failure.unwrap().outcome, Outcome::CellTimeout);
    assert_eq!(texts(kernel, words.show).await.concat().trim_end(), "7", "an interrupted kernel keeps its state");
}

/// A widget's bytes come in frames of their own, which differ between the protocols.
async fn shows_bytes_of_widgets(kernel: &mut Box<dyn Kernel>) {
    let code = "import ipywidgets\nimage = ipywidgets.Image(value=bytes(range(256)))";
    let (reply, messages) = execute(kernel, code, 60.0).await;
    assert_eq!(reply.unwrap().failure, None);
    let bytes = messages.iter().find_map(|message| match message {
        Message::Widget { buffers, .. } => buffers.first().map(|buffer| (buffer.path.clone(), buffer.data.clone())),
        _ => None,
    });
    assert_eq!(bytes, Some((json!(["value"]), (0..=255).collect())));
}

/// Executes one cell as a document of its own; the copy.
async fn copy_of(kernel: &mut Box<dyn Kernel>, source: &str) -> Value {
    let cell = json!({"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": null});
    let root = json!({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4});
    let mut execution = Execution::new(&Rc::new(Document::parse(root.to_string().as_bytes()).unwrap()));
    execution.begin(0, "2026-11-24T04:12:09.000000Z".to_owned());
    let (reply, messages) = execute(kernel, source, 60.0).await;
    messages.into_iter().for_each(|message| execution.take(message));
    execution.end(reply.unwrap().execution_count, "2026-11-24T04:12:10.000000Z".to_owned(), 1.0, false);
    serde_json::from_slice(&execution.finish().text()).unwrap()
}

/// 20 MB at once, then something small: the first is dropped and counted, the second is there.
async fn drops_what_is_too_much(kernel: &mut Box<dyn Kernel>) {
    let copy = copy_of(kernel, "from IPython.display import display\ndisplay('x' * 20_000_000)\n'small'").await;
    let outputs = copy["cells"][0]["outputs"].as_array().unwrap();
    assert_eq!(outputs[0]["data"]["text/plain"], "'small'");
    let notice = outputs[1]["text"].as_str().unwrap();
    assert!(notice.starts_with("hubmark: 1 messages of this cell's output (2000"), "{notice}");
    assert_eq!(copy["metadata"]["hubmark"]["dropped_messages"], 1);
}

#[test]
fn bash_and_r_fail_are_interrupted_and_go_on_and_widgets_have_their_bytes() {
    let (folder, options) = (tempfile::tempdir().unwrap(), support::options());
    let tools = provision(&options, &mut |_| {}).unwrap_or_else(|error| panic!("{}", support::explain(&error)));
    let kernels = Kernels::install(folder.path(), &tools, &options);
    let server_args = vec!["--ZMQChannelsWebsocketConnection.kernel_ws_protocol=".to_owned()];
    let hub = HubSettings { server_args, ..HubSettings::default() };
    let lab = support::start(&LabOptions { hub, jupyter_path: vec![kernels.folder], ..options });
    run(async {
        let hub = of(&lab);
        let server = with_server(&hub, "kernels").await;
        for words in &LANGUAGES {
            let mut kernel = hub.open_kernel(&server, words.kernel).await.unwrap();
            fails_is_interrupted_and_goes_on(&mut kernel, words).await;
            kernel.close().await.unwrap();
        }
        let mut kernel = hub.open_kernel(&server, "python3").await.unwrap();
        assert_eq!(kernel.language_info().unwrap()["name"], "python");
        shows_bytes_of_widgets(&mut kernel).await;
        drops_what_is_too_much(&mut kernel).await;
        kernel.close().await.unwrap();
        without(&hub, "kernels").await;
    });
    lab.stop().unwrap();
}
