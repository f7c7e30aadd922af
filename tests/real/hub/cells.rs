//! Cells: what comes of them and how they end, over both protocols.

use super::{RUNS, execute, of, once_it_runs, run, server_at, server_of, shared, text, texts, with_kernel, without};
use crate::support;
use hubmark::event::Outcome;
use hubmark::lab::{HubSettings, LabOptions, PlainServer};
use hubmark::notebook::Message;
use hubmark::port::{Hub, Kernel, ServerRef};
use std::rc::Rc;

/// What every kernel has to do, however it is reached.
async fn does_it_all(kernel: &mut Box<dyn Kernel>) {
    assert_eq!(texts(kernel, "1+1").await, ["2"]);
    // Flushed, since ipykernel's thread sends the two streams in the order of their buffers' deadlines, not of the prints.
    let code = "import sys\nprint('out', flush=True)\nprint('err', file=sys.stderr, flush=True)\n'ü\\u2028'";
    let (reply, messages) = execute(kernel, code, 30.0).await;
    let reply = reply.unwrap();
    assert_eq!((reply.execution_count, reply.failure.clone()), (Some(2), None));
    assert!(reply.kernel_started.starts_with("20") && reply.kernel_ended >= reply.kernel_started, "{reply:?}");
    let Message::Output { output, .. } = &messages[0] else { panic!("{messages:?}") };
    assert_eq!((output["output_type"].as_str(), output["name"].as_str()), (Some("stream"), Some("stdout")));
    assert!(
        messages.iter().any(|message| matches!(message, Message::Output { output, .. } if output["name"] == "stderr"))
    );
    let Some(Message::Output { output, .. }) = messages.last() else { panic!("{messages:?}") };
    assert_eq!((output["output_type"].as_str(), output["execution_count"].as_u64()), (Some("execute_result"), Some(2)));

    let (reply, messages) = execute(kernel, "1/0", 30.0).await;
    let failure = reply.unwrap().failure.unwrap();
    assert_eq!(
        (failure.outcome, failure.message.as_str()),
        (Outcome::CellError, "ZeroDivisionError: division by zero")
    );
    let Some(Message::Output { output, .. }) = messages.last() else { panic!("{messages:?}") };
    assert!(output["output_type"] == "error" && output["traceback"].is_array());

    let code = "from IPython.display import display, clear_output\n\
                handle = display('a', display_id='d')\nhandle.update('b')\nclear_output(wait=True)\nclear_output()";
    let (reply, messages) = execute(kernel, code, 30.0).await;
    assert_eq!(reply.unwrap().failure, None);
    assert!(matches!(&messages[0], Message::Output { display_id: Some(id), .. } if id == "d"), "{messages:?}");
    assert!(
        matches!(&messages[1], Message::Update { display_id, data, .. } if display_id == "d" && data["text/plain"] == "'b'")
    );
    assert_eq!(messages[2..], [Message::Clear { wait: true }, Message::Clear { wait: false }]);

    let (reply, _) = execute(kernel, "input('?')", 30.0).await;
    assert!(reply.unwrap().failure.unwrap().message.starts_with("StdinNotImplementedError"));

    let (reply, _) = execute(kernel, "kept = 7\nimport time\ntime.sleep(60)", 0.5).await;
    assert_eq!(reply.unwrap().failure.unwrap().outcome, Outcome::CellTimeout);
    assert_eq!(texts(kernel, "kept").await, ["7"], "an interrupted kernel keeps its state");
}

async fn opens_and_closes(hub: &Rc<dyn Hub>, server: &ServerRef) {
    let mut kernel = hub.open_kernel(server, "python3").await.unwrap();
    does_it_all(&mut kernel).await;
    assert_eq!(hub.kernels(server).await.unwrap(), [kernel.id()]);
    kernel.close().await.unwrap();
    assert_eq!(hub.kernels(server).await.unwrap(), Vec::<String>::new());
    hub.delete_kernel(server, "00000000-0000-0000-0000-000000000000").await.unwrap();
}

#[test]
fn a_kernel_behind_a_hub_does_it_all() {
    run(async {
        let hub = shared();
        let server = super::with_server(&hub, "cells-hub").await;
        opens_and_closes(&hub, &server).await;
        without(&hub, "cells-hub").await;
    });
}

#[test]
fn a_kernel_of_a_plain_server_does_it_all() {
    let plain = PlainServer::start(&support::options()).unwrap();
    run(async {
        let hub = server_at(plain.url(), plain.token());
        assert!(hub.probe().await.unwrap().version.starts_with("2.") && !hub.has_accounts());
        opens_and_closes(&hub, &server_of("")).await;
    });
    plain.stop().unwrap();
}

#[test]
fn a_server_below_a_path_is_reached_by_it() {
    run(async {
        let (lab, hub) = (support::lab(), shared());
        super::with_server(&hub, "cells-path").await;
        // Behind the hub's proxy a user's server is a Jupyter Server below a path.
        let plain = server_at(&format!("{}/user/cells-path", lab.info().url), lab.token());
        opens_and_closes(&plain, &server_of("")).await;
        without(&hub, "cells-path").await;
    });
}

#[test]
fn a_server_that_knows_the_default_protocol_only_does_it_all() {
    let server_args = vec!["--ZMQChannelsWebsocketConnection.kernel_ws_protocol=".to_owned()];
    let settings = HubSettings { server_args, ..HubSettings::default() };
    let lab = support::start(&LabOptions { hub: settings, ..support::options() });
    run(async {
        let hub = of(&lab);
        let server = super::with_server(&hub, "cells-default").await;
        opens_and_closes(&hub, &server).await;
        without(&hub, "cells-default").await;
    });
    lab.stop().unwrap();
}

#[test]
fn a_large_result_passes_and_a_flood_of_output_ends() {
    run(async {
        let hub = shared();
        let (_, mut kernel) = with_kernel(&hub, "cells-large").await;
        let texts = texts(&mut kernel, "'x' * 8_000_000").await;
        assert_eq!(texts[0].len(), 8_000_002);
        // What is read beside the engine's thread keeps its place among what is not.
        // One write a line, since ipykernel may send a line and its end apart.
        let mixed = "for n in range(4):\n    print(f'{n}\\n', end='', flush=True)\n    display('y' * 1_000_000)\nprint('end\\n', end='')";
        let (reply, messages) = execute(&mut kernel, mixed, 60.0).await;
        assert_eq!(reply.unwrap().failure, None);
        let sizes: Vec<usize> = messages.iter().filter_map(text).map(|text| text.len()).collect();
        assert_eq!(sizes, [2, 1_000_002, 2, 1_000_002, 2, 1_000_002, 2, 1_000_002, 4]);
        let (reply, messages) = execute(&mut kernel, "for i in range(5000): print(i, flush=True)", 60.0).await;
        assert_eq!(reply.unwrap().failure, None);
        assert!(!messages.is_empty());
        kernel.close().await.unwrap();
        without(&hub, "cells-large").await;
    });
}

#[test]
fn an_execution_that_is_given_up_leaves_no_trace_in_the_next_kernel() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "cells-dropped").await;
        let runs = tokio::sync::Notify::new();
        let given_up = once_it_runs(kernel.as_mut(), RUNS, 60.0, async { runs.notify_one() });
        tokio::select! { biased;
            _ = given_up => panic!("it ended"),
            () = runs.notified() => {}
        }
        kernel.close().await.unwrap();
        assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
        let mut kernel = hub.open_kernel(&server, "python3").await.unwrap();
        assert_eq!(texts(&mut kernel, "'fresh'").await, ["'fresh'"]);
        kernel.close().await.unwrap();
        without(&hub, "cells-dropped").await;
    });
}

#[test]
fn a_restarted_kernel_answers_and_has_lost_its_state() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "cells-again").await;
        assert_eq!(texts(&mut kernel, "kept = 1\nkept").await, ["1"]);
        kernel.interrupt().await.unwrap();
        assert_eq!(texts(&mut kernel, "kept").await, ["1"], "an idle kernel is not changed by an interrupt");
        let id = kernel.id().to_owned();
        kernel.restart().await.unwrap();
        let (reply, _) = execute(&mut kernel, "kept", 30.0).await;
        assert!(reply.unwrap().failure.unwrap().message.starts_with("NameError"));
        assert_eq!(hub.kernels(&server).await.unwrap(), [id]);
        kernel.close().await.unwrap();
        without(&hub, "cells-again").await;
    });
}
