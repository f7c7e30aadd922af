//! What every hub does, simulated or real.

use crate::stage::{Stage, count, failed, request_of, server_of};
use hubmark::event::{NoticeKind, Outcome};
use hubmark::notebook::Message;
use hubmark::port::{Created, Hub, Kernel, ServerRef};
use hubmark::sim::Trouble;
use serde_json::json;
use std::rc::Rc;

/// An account with a running server.
async fn with_server(stage: &dyn Stage) -> (Rc<dyn Hub>, String, ServerRef) {
    let (hub, account) = (stage.hub(), stage.account());
    assert_eq!(hub.create_account(&account).await.unwrap(), Created::Now);
    assert_eq!(hub.start_server(&request_of(&account, json!({}))).await.unwrap(), Created::Now);
    let server = server_of(&account);
    (hub, account, server)
}

/// The same with a kernel on it.
async fn with_kernel(stage: &dyn Stage) -> (Rc<dyn Hub>, String, ServerRef, Box<dyn Kernel>) {
    let (hub, account, server) = with_server(stage).await;
    let kernel = hub.open_kernel(&server, "python3").await.unwrap();
    (hub, account, server, kernel)
}

async fn remove(hub: &Rc<dyn Hub>, account: &str) {
    hub.stop_server(&server_of(account)).await.unwrap();
    hub.delete_account(account).await.unwrap();
    assert_eq!(hub.account(account).await.unwrap(), None);
}

pub(crate) async fn accounts_are_made_once_and_go(stage: &dyn Stage) {
    let (hub, account) = (stage.hub(), stage.account());
    assert!(hub.has_accounts());
    assert_eq!(hub.account(&account).await.unwrap(), None);
    assert_eq!(hub.create_account(&account).await.unwrap(), Created::Now);
    assert_eq!(hub.create_account(&account).await.unwrap(), Created::Before);
    let info = hub.account(&account).await.unwrap().unwrap();
    assert_eq!((info.name.as_str(), info.servers.len()), (account.as_str(), 0));
    assert!(info.created_ns.is_some());
    hub.delete_account(&account).await.unwrap();
    assert_eq!(hub.account(&account).await.unwrap(), None);
}

pub(crate) async fn servers_start_once_and_stop(stage: &dyn Stage) {
    let (hub, account, server) = with_server(stage).await;
    assert_eq!(hub.start_server(&request_of(&account, json!({}))).await.unwrap(), Created::Before);
    let info = hub.account(&account).await.unwrap().unwrap();
    let one = &info.servers[0];
    assert_eq!((info.servers.len(), one.name.as_str(), one.ready, one.pending), (1, "", true, false));
    assert!(one.started_ns.unwrap() >= info.created_ns.unwrap());
    hub.stop_server(&server).await.unwrap();
    assert!(hub.account(&account).await.unwrap().unwrap().servers.is_empty());
    assert_eq!(failed(hub.kernels(&server).await), Outcome::ServerStopped);
    assert_eq!(failed(hub.open_kernel(&server, "python3").await), Outcome::ServerStopped);
    assert_eq!(hub.start_server(&request_of(&account, json!({}))).await.unwrap(), Created::Now);
    remove(&hub, &account).await;
}

pub(crate) async fn a_server_of_nobody_is_refused(stage: &dyn Stage) {
    let request = request_of(&stage.account(), json!({}));
    let failure = stage.hub().start_server(&request).await.unwrap_err();
    assert_eq!((failure.outcome, failure.status), (Outcome::UserMissing, Some(404)), "{failure}");
}

pub(crate) async fn an_account_takes_its_server_along(stage: &dyn Stage) {
    let (hub, account, server, kernel) = with_kernel(stage).await;
    hub.delete_account(&account).await.unwrap();
    assert_eq!(hub.account(&account).await.unwrap(), None);
    drop(kernel);
    assert!(hub.kernels(&server).await.is_err());
}

pub(crate) async fn a_spawn_that_fails_says_so_and_can_be_tried_again(stage: &dyn Stage) {
    let (hub, account) = (stage.hub(), stage.account());
    hub.create_account(&account).await.unwrap();
    assert_eq!(failed(stage.spawn_meeting(&account, Trouble::SpawnFails).await), Outcome::SpawnFailed);
    hub.stop_server(&server_of(&account)).await.unwrap();
    // Without options a hub takes those of the spawn before.
    assert_eq!(hub.start_server(&request_of(&account, json!({"fault": "none"}))).await.unwrap(), Created::Now);
    remove(&hub, &account).await;
}

pub(crate) async fn a_spawn_that_hangs_is_given_up_in_time(stage: &dyn Stage) {
    let (hub, account) = (stage.hub(), stage.account());
    hub.create_account(&account).await.unwrap();
    assert_eq!(failed(stage.spawn_meeting(&account, Trouble::SpawnHangs).await), Outcome::SpawnTimeout);
    remove(&hub, &account).await;
}

pub(crate) async fn a_throttled_spawn_says_when_to_come_again(stage: &dyn Stage) {
    let (hub, account) = (stage.hub(), stage.account());
    hub.create_account(&account).await.unwrap();
    let failure = stage.spawn_meeting(&account, Trouble::SpawnThrottled).await.unwrap_err();
    assert_eq!((failure.outcome, failure.status), (Outcome::SpawnThrottled, Some(429)), "{failure}");
    assert!(failure.retry_after_s.is_some_and(|seconds| seconds > 0));
    hub.delete_account(&account).await.unwrap();
}

pub(crate) async fn a_full_hub_does_not_say_when_to_come_again(stage: &dyn Stage) {
    let (hub, account) = (stage.hub(), stage.account());
    hub.create_account(&account).await.unwrap();
    let failure = stage.spawn_meeting(&account, Trouble::HubFull).await.unwrap_err();
    assert_eq!((failure.outcome, failure.status), (Outcome::HubFull, Some(429)), "{failure}");
    assert_eq!(failure.retry_after_s, None);
    hub.delete_account(&account).await.unwrap();
}

pub(crate) async fn kernels_count_their_cells_and_go(stage: &dyn Stage) {
    let (hub, account, server, mut kernel) = with_kernel(stage).await;
    for n in 1..=3 {
        assert_eq!(count(kernel.as_mut()).await, Some(n));
    }
    let mut second = hub.open_kernel(&server, "python3").await.unwrap();
    assert_eq!(count(second.as_mut()).await, Some(1), "kernels do not share a count");
    let mut ids = [kernel.id().to_owned(), second.id().to_owned()];
    ids.sort();
    let mut listed = hub.kernels(&server).await.unwrap();
    listed.sort();
    assert_eq!(listed, ids);
    kernel.close().await.unwrap();
    assert_eq!(hub.kernels(&server).await.unwrap(), [second.id()]);
    second.close().await.unwrap();
    remove(&hub, &account).await;
}

pub(crate) async fn a_kernel_that_does_not_start_is_told_from_a_server_that_is_gone(stage: &dyn Stage) {
    let (hub, account, server) = with_server(stage).await;
    let failure = stage.kernel_meeting(&server, Trouble::KernelDoesNotStart).await.err().unwrap();
    assert_eq!((failure.outcome, failure.status), (Outcome::KernelStartFailed, Some(500)), "{failure}");
    assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
    let kernel = hub.open_kernel(&server, "python3").await.unwrap();
    kernel.close().await.unwrap();
    remove(&hub, &account).await;
}

/// A cell whose failure is in the reply: the kernel goes on.
async fn goes_on(stage: &dyn Stage, trouble: Trouble, seconds: u64, expected: Outcome, raises: bool) {
    let (hub, account, server, mut kernel) = with_kernel(stage).await;
    let (result, messages) = stage.cell_meeting(&account, kernel.as_mut(), seconds, trouble).await;
    let reply = result.unwrap();
    let failure = reply.failure.unwrap();
    assert_eq!(failure.outcome, expected, "{failure}");
    let is_error =
        |message: &Message| matches!(message, Message::Output { output, .. } if output["output_type"] == "error");
    assert_eq!(messages.iter().any(is_error), raises, "{messages:?}");
    assert_eq!(count(kernel.as_mut()).await, Some(2), "the kernel has lost nothing");
    kernel.close().await.unwrap();
    assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
    remove(&hub, &account).await;
}

pub(crate) async fn a_cell_that_raises_leaves_the_kernel_usable(stage: &dyn Stage) {
    goes_on(stage, Trouble::CellRaises, 60, Outcome::CellError, true).await;
}

pub(crate) async fn a_cell_without_memory_says_so(stage: &dyn Stage) {
    goes_on(stage, Trouble::CellFillsMemory, 60, Outcome::Oom, true).await;
}

pub(crate) async fn a_cell_that_asks_for_input_is_refused(stage: &dyn Stage) {
    goes_on(stage, Trouble::CellAsksForInput, 60, Outcome::StdinRefused, true).await;
}

pub(crate) async fn a_cell_that_never_ends_is_interrupted_in_time(stage: &dyn Stage) {
    goes_on(stage, Trouble::CellNeverEnds, 3, Outcome::CellTimeout, true).await;
}

pub(crate) async fn a_flood_of_output_is_a_notice(stage: &dyn Stage) {
    let (hub, account, _, mut kernel) = with_kernel(stage).await;
    let (result, _) = stage.cell_meeting(&account, kernel.as_mut(), 120, Trouble::CellFloods).await;
    let reply = result.unwrap();
    assert_eq!(reply.failure, None);
    assert_eq!(reply.notices.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [NoticeKind::OutputTruncated]);
    kernel.close().await.unwrap();
    remove(&hub, &account).await;
}

/// A cell that takes its kernel along. `server` says whether the server is still there.
async fn loses(stage: &dyn Stage, trouble: Trouble, seconds: u64, expected: Outcome, server_stays: bool) {
    let (hub, account, server, mut kernel) = with_kernel(stage).await;
    let (result, _) = stage.cell_meeting(&account, kernel.as_mut(), seconds, trouble).await;
    let failure = result.unwrap_err();
    assert_eq!(failure.outcome, expected, "{failure}");
    stage.mend();
    if server_stays {
        kernel.close().await.unwrap();
        assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
        let mut next = hub.open_kernel(&server, "python3").await.unwrap();
        assert_eq!(count(next.as_mut()).await, Some(1));
        next.close().await.unwrap();
    } else {
        drop(kernel);
        hub.stop_server(&server).await.unwrap();
        assert!(hub.account(&account).await.unwrap().unwrap().servers.is_empty());
        assert_eq!(hub.start_server(&request_of(&account, json!({}))).await.unwrap(), Created::Now);
        assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
    }
    remove(&hub, &account).await;
}

pub(crate) async fn a_kernel_that_dies_is_lost(stage: &dyn Stage) {
    loses(stage, Trouble::KernelDies, 90, Outcome::KernelDied, true).await;
}

pub(crate) async fn a_kernel_that_somebody_deletes_is_lost(stage: &dyn Stage) {
    loses(stage, Trouble::KernelDeleted, 90, Outcome::KernelDeleted, true).await;
}

pub(crate) async fn a_kernel_that_somebody_restarts_is_lost(stage: &dyn Stage) {
    loses(stage, Trouble::KernelRestarted, 90, Outcome::KernelRestarted, true).await;
}

pub(crate) async fn a_culled_server_is_lost_with_its_kernels(stage: &dyn Stage) {
    loses(stage, Trouble::ServerCulled, 90, Outcome::ServerCulled, false).await;
}

pub(crate) async fn a_dead_server_is_lost_with_its_kernels(stage: &dyn Stage) {
    loses(stage, Trouble::ServerDies, 90, Outcome::ServerDied, false).await;
}

pub(crate) async fn a_lost_connection_loses_the_kernel(stage: &dyn Stage) {
    loses(stage, Trouble::ConnectionLost, 5, Outcome::ConnectionLost, true).await;
}

pub(crate) async fn a_restart_forgets(stage: &dyn Stage) {
    let (hub, account, server, mut kernel) = with_kernel(stage).await;
    assert_eq!((count(kernel.as_mut()).await, count(kernel.as_mut()).await), (Some(1), Some(2)));
    kernel.interrupt().await.unwrap();
    assert_eq!(count(kernel.as_mut()).await, Some(3), "an idle kernel is not changed by an interrupt");
    let id = kernel.id().to_owned();
    kernel.restart().await.unwrap();
    assert_eq!(kernel.id(), id);
    assert_eq!(hub.kernels(&server).await.unwrap(), [id]);
    assert_eq!(count(kernel.as_mut()).await, Some(1));
    kernel.close().await.unwrap();
    remove(&hub, &account).await;
}

pub(crate) async fn a_connection_made_anew_finds_the_kernel_as_it_was(stage: &dyn Stage) {
    let (hub, account, server, mut kernel) = with_kernel(stage).await;
    let id = kernel.id().to_owned();
    assert_eq!(count(kernel.as_mut()).await, Some(1));
    for n in 2..=3 {
        kernel.reconnect().await.unwrap();
        assert_eq!(count(kernel.as_mut()).await, Some(n));
        assert_eq!(kernel.id(), id);
    }
    hub.stop_server(&server).await.unwrap();
    assert!(failed(kernel.reconnect().await).loses_server());
    remove(&hub, &account).await;
}

pub(crate) async fn files_are_kept_byte_by_byte(stage: &dyn Stage) {
    let (hub, account, server) = with_server(stage).await;
    for bytes in ["Grüße\n".as_bytes(), b"\x00\xff\xfe not text", b""] {
        hub.put_file(&server, "some file.bin", bytes.into()).await.unwrap();
        assert_eq!(hub.get_file(&server, "some file.bin").await.unwrap(), bytes);
    }
    let failure = hub.get_file(&server, "nowhere.txt").await.unwrap_err();
    assert_eq!((failure.outcome, failure.status), (Outcome::FileError, Some(404)), "{failure}");
    remove(&hub, &account).await;
    assert!(hub.get_file(&server, "some file.bin").await.is_err());
}

pub(crate) async fn what_is_gone_can_be_removed_again(stage: &dyn Stage) {
    let (hub, account, server, kernel) = with_kernel(stage).await;
    let id = kernel.id().to_owned();
    kernel.close().await.unwrap();
    hub.delete_kernel(&server, &id).await.unwrap();
    hub.stop_server(&server).await.unwrap();
    hub.stop_server(&server).await.unwrap();
    hub.delete_account(&account).await.unwrap();
    hub.delete_account(&account).await.unwrap();
    assert_eq!(hub.account(&account).await.unwrap(), None);
}
