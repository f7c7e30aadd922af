//! Kernels of unusual kinds, and what they do that no client wants.

use super::{execute, run, shared, texts, with_kernel, without};
use crate::processes;
use crate::rows::row;
use crate::watch::kill_9;
use hubmark::event::{NoticeKind, Outcome};
use hubmark::port::Kernel;
use std::time::Duration;

/// Makes kernel specifications in the home of the kernel's user: one whose process ends, one without a program, one that is interrupted by
/// messages.
async fn make_specs(kernel: &mut Box<dyn Kernel>) {
    let code = r#"
import json, os, sys
base = os.path.expanduser("~/.local/share/jupyter/kernels/")
python = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
for name, spec in {
    "ends": {"argv": ["/bin/false"]},
    "nowhere": {"argv": ["/nonexistent/kernel", "{connection_file}"]},
    "messages": {"argv": python, "interrupt_mode": "message"},
}.items():
    os.makedirs(base + name)
    json.dump({"display_name": name, "language": "python", **spec}, open(base + name + "/kernel.json", "w"))
"#;
    let (reply, _) = execute(kernel, code, 30.0).await;
    assert_eq!(reply.unwrap().failure, None);
}

#[test]
fn kernels_that_do_not_start_say_so_and_leave_nothing() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "kinds-start").await;
        make_specs(&mut kernel).await;
        kernel.close().await.unwrap();
        for (spec, provoked) in [("ends", "kernel whose process ends at once"), ("nowhere", "kernel without a program")]
        {
            let Err(failure) = hub.open_kernel(&server, spec).await else { panic!("a kernel") };
            row(provoked, &failure);
            assert_eq!(failure.outcome, Outcome::KernelStartFailed, "{spec}: {failure}");
            assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new(), "{spec}");
        }
        without(&hub, "kinds-start").await;
    });
}

#[test]
fn a_kernel_that_is_interrupted_by_messages_keeps_its_state() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "kinds-message").await;
        make_specs(&mut kernel).await;
        kernel.close().await.unwrap();
        let mut kernel = hub.open_kernel(&server, "messages").await.unwrap();
        let (reply, _) = execute(&mut kernel, "kept = 7\nimport time\ntime.sleep(60)", 1.0).await;
        let failure = reply.unwrap().failure.unwrap();
        row("cell that never ends", &failure);
        assert_eq!(failure.outcome, Outcome::CellTimeout, "{failure}");
        assert!(!failure.message.contains("restarted"), "{failure}");
        assert_eq!(texts(&mut kernel, "kept").await, ["7"]);
        kernel.close().await.unwrap();
        without(&hub, "kinds-message").await;
    });
}

#[test]
fn a_kernel_that_dies_again_and_again_is_dead() {
    run(async {
        let hub = shared();
        let (server, mut kernel) = with_kernel(&hub, "kinds-dead").await;
        let file = format!("kernel-{}.json", kernel.id());
        // The server starts it five times more and then gives it up: it has no such kernel any more.
        while !hub.kernels(&server).await.unwrap().is_empty() {
            processes::find(&file, "").into_iter().for_each(kill_9);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let (reply, _) = execute(&mut kernel, "1", 30.0).await;
        let failure = reply.unwrap_err();
        row("kernel killed again and again", &failure);
        assert_eq!(failure.outcome, Outcome::KernelDead, "{failure}");
        kernel.close().await.unwrap();
        without(&hub, "kinds-dead").await;
    });
}

#[test]
fn a_cell_that_runs_out_of_memory_says_so_and_the_kernel_answers() {
    run(async {
        let hub = shared();
        let (_, mut kernel) = with_kernel(&hub, "kinds-memory").await;
        let code = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\nbytearray(16 << 30)";
        let (reply, messages) = execute(&mut kernel, code, 30.0).await;
        let failure = reply.unwrap().failure.unwrap();
        row("16 GiB asked for under a limit of 4 GiB", &failure);
        assert_eq!((failure.outcome, messages.len()), (Outcome::Oom, 1), "{failure}");
        assert_eq!(texts(&mut kernel, "1").await, ["1"]);
        kernel.close().await.unwrap();
        without(&hub, "kinds-memory").await;
    });
}

#[test]
fn nobody_types_not_even_for_a_kernel_that_asks_all_the_same() {
    run(async {
        let hub = shared();
        let (_, mut kernel) = with_kernel(&hub, "kinds-stdin").await;
        let (reply, _) = execute(&mut kernel, "input('?')", 30.0).await;
        let failure = reply.unwrap().failure.unwrap();
        row("`input()` in a cell", &failure);
        assert_eq!(failure.outcome, Outcome::StdinRefused, "{failure}");
        // What a kernel does that does not look at `allow_stdin`.
        let code = "kept = 7\nkernel = get_ipython().kernel\nkernel._input_request('?', kernel._shell_parent_ident.get(), kernel.get_parent('shell'))";
        let began = std::time::Instant::now();
        let (reply, _) = execute(&mut kernel, code, 60.0).await;
        let failure = reply.unwrap().failure.unwrap();
        row("kernel that sends `input_request` all the same", &failure);
        assert_eq!(failure.outcome, Outcome::StdinRefused, "{failure}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        assert_eq!(texts(&mut kernel, "kept").await, ["7"]);
        kernel.close().await.unwrap();
        without(&hub, "kinds-stdin").await;
    });
}

#[test]
fn output_that_the_server_drops_is_noticed() {
    run(async {
        let hub = shared();
        let (_, mut kernel) = with_kernel(&hub, "kinds-flood").await;
        let flood = "for n in range(60): print('x' * 200_000, flush=True)";
        let (reply, messages) = execute(&mut kernel, flood, 60.0).await;
        let reply = reply.unwrap();
        assert_eq!(reply.failure, None);
        assert_eq!(reply.notices.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [NoticeKind::OutputTruncated]);
        assert!(messages.iter().filter_map(super::text).any(|text| text.contains("IOPub data rate exceeded")));
        let (reply, _) = execute(&mut kernel, "print('IOPub data rate exceeded')", 60.0).await;
        assert_eq!(reply.unwrap().notices, []);
        kernel.close().await.unwrap();
        without(&hub, "kinds-flood").await;
    });
}
