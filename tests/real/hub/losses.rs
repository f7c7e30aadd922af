//! Kernels, servers and connections that go away under use.

use super::{RUNS, execute, once_it_runs, run, server_at, server_of, shared, texts, with_kernel, without};
use crate::http::request;
use crate::processes;
use crate::rows::row;
use crate::support;
use hubmark::event::Outcome;
use hubmark::lab::PlainServer;
use std::time::Duration;

#[test]
fn a_kernel_that_exits_died() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "loss-exit").await;
        let (reply, _) = execute(&mut kernel, "import os\nos._exit(1)", 60.0).await;
        let failure = reply.unwrap_err();
        row("`os._exit(1)` in a cell", &failure);
        assert_eq!(failure.outcome, Outcome::KernelDied);
        kernel.close().await.unwrap();
        let mut next = hub.open_kernel(&server, "python3").await.unwrap();
        assert_eq!(texts(&mut next, "2").await, ["2"]);
        next.close().await.unwrap();
        without(&hub, "loss-exit").await;
    });
}

#[test]
fn a_kernel_that_dies_while_nobody_executes_is_known_to_have_died() {
    run(async {
        let hub = shared();
        let (_, mut kernel) = with_kernel(&hub, "loss-idle").await;
        let first = texts(&mut kernel, "import os\nprint(os.getpid(), end='')").await.remove(0);
        texts(&mut kernel, "import threading\nthreading.Timer(0.2, lambda: os._exit(1)).start()").await;
        // The server says that the kernel died, then starts another process for it. The second lasts, so it can be waited for.
        while processes::find(&format!("kernel-{}.json", kernel.id()), "").iter().all(|pid| pid.to_string() == first) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let (reply, _) = execute(&mut kernel, "1", 30.0).await;
        let failure = reply.unwrap_err();
        row("kernel killed while its user thinks", &failure);
        assert_eq!(failure.outcome, Outcome::KernelDied);
        kernel.close().await.unwrap();
        without(&hub, "loss-idle").await;
    });
}

#[test]
fn a_server_that_is_stopped_under_use_was_culled() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "loss-stop").await;
        let stop = async { hub.stop_server(&server).await.unwrap() };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), RUNS, 60.0, stop).await;
        let failure = reply.unwrap_err();
        row("server stopped over the hub's API while a cell runs", &failure);
        assert_eq!(failure.outcome, Outcome::ServerCulled, "{failure}");
        kernel.close().await.unwrap();
        without(&hub, "loss-stop").await;
    });
}

#[test]
fn a_kernel_that_somebody_deletes_is_told_from_one_that_somebody_restarts() {
    run(async {
        let (hub, info) = (shared(), support::lab().info());
        let (server, mut kernel) = with_kernel(&hub, "loss-delete").await;
        let id = kernel.id().to_owned();
        let delete = async { hub.delete_kernel(&server, &id).await.unwrap() };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), RUNS, 60.0, delete).await;
        let failure = reply.unwrap_err();
        row("kernel deleted while a cell runs", &failure);
        assert_eq!(failure.outcome, Outcome::KernelDeleted, "{failure}");
        kernel.close().await.unwrap();

        let mut kernel = hub.open_kernel(&server, "python3").await.unwrap();
        let path = format!("/user/loss-delete/api/kernels/{}/restart", kernel.id());
        let restart = async {
            let (port, token) = (info.public_port, info.token.clone());
            tokio::task::spawn_blocking(move || request("POST", port, &path, &token, "{}")).await.unwrap().0
        };
        let ((reply, _), status) = once_it_runs(kernel.as_mut(), RUNS, 60.0, restart).await;
        assert_eq!(status, 200);
        let failure = reply.unwrap_err();
        row("kernel restarted by somebody while a cell runs", &failure);
        assert_eq!(failure.outcome, Outcome::KernelRestarted, "{failure}");
        kernel.close().await.unwrap();
        without(&hub, "loss-delete").await;
    });
}

#[test]
fn a_kernel_that_ignores_the_interrupt_is_restarted() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "loss-deaf").await;
        let deaf = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nend = time.time() + 60\n\
                    while time.time() < end: time.sleep(1)";
        let (reply, _) = execute(&mut kernel, deaf, 0.5).await;
        let failure = reply.unwrap().failure.unwrap();
        row("cell that ignores the interrupt at its deadline", &failure);
        assert_eq!(failure.outcome, Outcome::CellTimeout, "{failure}");
        assert!(failure.message.contains("restarted"), "{failure}");
        assert_eq!(texts(&mut kernel, "'deaf' in dir()").await, ["False"], "the restarted kernel is a usable one");
        kernel.close().await.unwrap();
        assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
        without(&hub, "loss-deaf").await;
    });
}

#[test]
fn an_unknown_kernel_name_is_answered_with_the_names_there_are() {
    run(async {
        let hub = shared();
        let server = super::with_server(&hub, "loss-name").await;
        let Err(failure) = hub.open_kernel(&server, "no-such-kernel").await else { panic!("a kernel") };
        row("kernel name that the server does not have", &failure);
        assert_eq!(failure.outcome, Outcome::KernelStartFailed);
        assert!(failure.message.contains("no-such-kernel") && failure.message.contains("python3"), "{failure}");
        assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
        without(&hub, "loss-name").await;
    });
}

#[test]
fn a_plain_server_that_stops_in_order_is_told_from_a_kernel_that_somebody_deletes() {
    let plain = PlainServer::start(&support::options()).unwrap();
    run(async {
        let (hub, server) = (server_at(plain.url(), plain.token()), server_of(""));
        let mut kernel = hub.open_kernel(&server, "python3").await.unwrap();
        let id = kernel.id().to_owned();
        let delete = async { hub.delete_kernel(&server, &id).await.unwrap() };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), RUNS, 60.0, delete).await;
        let failure = reply.unwrap_err();
        row("kernel of a plain server deleted while a cell runs", &failure);
        assert_eq!(failure.outcome, Outcome::KernelDeleted, "{failure}");

        let mut kernel = hub.open_kernel(&server, "python3").await.unwrap();
        let stop = async { tokio::task::spawn_blocking(|| plain.stop().unwrap()).await.unwrap() };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), RUNS, 60.0, stop).await;
        let failure = reply.unwrap_err();
        row("plain server stopped while a cell runs", &failure);
        assert_eq!(failure.outcome, Outcome::ServerStopped, "{failure}");
    });
}
