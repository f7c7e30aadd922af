//! Connections to kernels that are lost and found again, through a proxy of the test's own before the lab's.

use super::{execute, hub_at, meanwhile, once_it_runs, run, server_of, texts, with_server, without};
use crate::client::Heard;
use crate::front::Front;
use crate::rows::row;
use crate::support;
use hubmark::event::{Notice, NoticeKind, Outcome};
use hubmark::notebook::Message;
use hubmark::port::{CellReply, Hub, Kernel};
use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::time::Duration;

/// Says a line as long as a connection is and five times a second.
const COUNTS: &str =
    "import time\nfor n in range(15):\n    print(f'{n}\\n', end='', flush=True)\n    time.sleep(0.2)\nn";
/// Says that it runs, and goes on for a second.
const RESTS: &str = "import time\nprint('runs', flush=True)\ntime.sleep(1)";

async fn behind(front: &Front, account: &str) -> (Rc<dyn Hub>, Box<dyn Kernel>) {
    let hub = hub_at(&front.url(), support::lab().token());
    let server = with_server(&hub, account).await;
    let kernel = hub.open_kernel(&server, "python3").await.unwrap();
    (hub, kernel)
}

/// All that a cell printed.
fn printed(messages: &[Message]) -> String {
    messages.iter().filter_map(super::text).collect()
}

fn count(reply: &CellReply, kind: NoticeKind) -> u32 {
    let mut notices = reply.notices.iter().filter(|notice| notice.kind == kind);
    notices.next().map_or(0, |notice| notice.count)
}

fn reconnected(reply: &CellReply) -> u32 {
    count(reply, NoticeKind::Reconnected)
}

#[test]
fn what_a_kernel_says_while_its_connection_is_lost_comes_after_once_and_in_order() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let (hub, mut kernel) = behind(&front, "again-cell").await;
        let cuts = async |heard: &Heard| {
            for n in 1..=3 {
                heard.messages(3 * n).await;
                front.cut();
            }
        };
        let ((reply, messages), ()) = meanwhile(kernel.as_mut(), COUNTS, 60.0, cuts).await;
        let reply = reply.unwrap();
        assert_eq!(reply.failure, None);
        assert_eq!(reply.notices, [Notice { kind: NoticeKind::Reconnected, count: 3 }], "none is missing");
        let expected: String = (0..15).map(|n| format!("{n}\n")).collect();
        assert_eq!(printed(&messages), expected + "14");
        assert_eq!(texts(&mut kernel, "n").await, ["14"]);
        kernel.close().await.unwrap();
        without(&hub, "again-cell").await;
    });
}

#[test]
fn a_kernel_that_is_asked_to_reconnect_does_not_wait_for_its_connection_to_end() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let (hub, mut kernel) = behind(&front, "again-asked").await;
        assert_eq!(texts(&mut kernel, "x = 1; x").await, ["1"]);
        // Nothing comes or goes any more over the connection that there is.
        front.silence();
        kernel.reconnect().await.unwrap();
        let (reply, messages) = execute(&mut kernel, "x + 1", 60.0).await;
        let reply = reply.unwrap();
        assert_eq!((reply.failure, reply.notices), (None, vec![]), "it was not this cell that lost its connection");
        assert_eq!(printed(&messages), "2");
        // Those for REST are silent too, which only their end shows.
        front.cut();
        kernel.close().await.unwrap();
        without(&hub, "again-asked").await;
    });
}

#[test]
fn what_was_on_its_way_when_a_connection_was_lost_is_counted() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let (hub, mut kernel) = behind(&front, "again-lost").await;
        let losses = async |heard: &Heard| {
            for n in 1..=2 {
                heard.messages(3 * n).await;
                // What comes now has left the server and never arrives, and nobody can tell when it has.
                front.silence();
                tokio::time::sleep(Duration::from_millis(500)).await;
                front.cut();
            }
        };
        let ((reply, messages), ()) = meanwhile(kernel.as_mut(), COUNTS, 60.0, losses).await;
        let reply = reply.unwrap();
        assert_eq!((reply.failure.clone(), reconnected(&reply)), (None, 2));
        let lines = printed(&messages).lines().count();
        assert!(lines < 16, "the test loses nothing: {messages:?}");
        // 15 numbers printed, each a message, and the result.
        assert_eq!(count(&reply, NoticeKind::OutputLost) as usize, 16 - lines, "{messages:?}");
        assert_eq!(texts(&mut kernel, "n").await, ["14"]);
        kernel.close().await.unwrap();
        without(&hub, "again-lost").await;
    });
}

#[test]
fn a_cell_that_ends_while_nobody_is_connected_is_ok_all_the_same() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let (hub, mut kernel) = behind(&front, "again-end").await;
        let away = async {
            front.close(true);
            front.cut();
            // As long as the cell goes on, and more.
            tokio::time::sleep(Duration::from_secs(4)).await;
            front.close(false);
        };
        let ((reply, messages), ()) = once_it_runs(kernel.as_mut(), COUNTS, 60.0, away).await;
        let reply = reply.unwrap();
        assert_eq!(
            (reply.failure.clone(), reply.notices.clone()),
            (None, vec![Notice { kind: NoticeKind::Reconnected, count: 1 }])
        );
        assert!(printed(&messages).ends_with("13\n14\n14"), "{messages:?}");
        kernel.close().await.unwrap();
        without(&hub, "again-end").await;
    });
}

#[test]
fn a_connection_that_is_lost_between_cells_is_made_again_for_the_next() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let (hub, mut kernel) = behind(&front, "again-idle").await;
        assert_eq!(texts(&mut kernel, "kept = 7\nkept").await, ["7"]);
        front.cut();
        let (reply, messages) = execute(&mut kernel, "kept", 30.0).await;
        let reply = reply.unwrap();
        assert_eq!((reply.failure.clone(), reconnected(&reply)), (None, 1));
        assert_eq!(printed(&messages), "7");
        kernel.close().await.unwrap();
        without(&hub, "again-idle").await;
    });
}

#[test]
fn a_way_that_does_not_come_back_ends_with_the_cells_time() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let (hub, mut kernel) = behind(&front, "again-never").await;
        let away = async {
            front.close(true);
            front.cut();
        };
        let began = std::time::Instant::now();
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), COUNTS, 4.0, away).await;
        let failure = reply.unwrap_err();
        row("connection cut while a cell runs, and every new one too", &failure);
        assert_eq!(failure.outcome, Outcome::ConnectionLost, "{failure}");
        assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
        front.close(false);
        kernel.close().await.unwrap();
        without(&hub, "again-never").await;
    });
}

#[test]
fn a_kernel_that_started_and_cannot_be_reached_is_known_by_its_id() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let hub = hub_at(&front.url(), support::lab().token());
        let server = with_server(&hub, "again-told").await;
        let id = RefCell::new(String::new());
        let told = |given: &str| {
            given.clone_into(&mut id.borrow_mut());
            front.close(true);
            front.cut();
        };
        let failure = hub.open_kernel_told(&server, "python3", &told).await.err().unwrap();
        assert_eq!(failure.outcome, Outcome::ConnectionLost, "{failure}");
        front.close(false);
        let id = id.take();
        assert_eq!(hub.kernels(&server).await.unwrap(), [id.as_str()], "it could not be deleted");
        hub.delete_kernel(&server, &id).await.unwrap();
        assert_eq!(hub.kernels(&server).await.unwrap(), Vec::<String>::new());
        without(&hub, "again-told").await;
    });
}

#[test]
fn a_new_kernel_whose_connection_ends_in_its_handshake_is_reached_all_the_same() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let hub = hub_at(&front.url(), support::lab().token());
        let server = with_server(&hub, "again-new").await;
        let told = |_: &str| {
            front.refuse(1);
            front.cut();
        };
        let mut kernel = hub.open_kernel_told(&server, "python3", &told).await.unwrap();
        assert_eq!(texts(&mut kernel, "1+1").await, ["2"]);
        assert_eq!(hub.kernels(&server).await.unwrap(), [kernel.id()]);
        kernel.close().await.unwrap();
        without(&hub, "again-new").await;
    });
}

/// Connects to a kernel as somebody else would, so that the server throws away what it kept for the session before.
fn connect_as_another(account: &str, kernel: &str) {
    let info = support::lab().info();
    let mut stream = TcpStream::connect(("127.0.0.1", info.public_port)).unwrap();
    let (port, token) = (info.public_port, &info.token);
    let head = format!(
        "GET /user/{account}/api/kernels/{kernel}/channels?session_id=another HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
         Authorization: token {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
    // The handshake is answered before the server looks at what it kept; the first message comes after.
    let mut rest = [0; 512];
    assert!(stream.read(&mut rest).unwrap() > 0);
}

#[test]
fn an_answer_that_the_server_threw_away_is_a_lost_connection() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let (hub, mut kernel) = behind(&front, "again-stolen").await;
        let id = kernel.id().to_owned();
        let steal = async {
            front.close(true);
            front.cut();
            // As long as the cell goes on, and more.
            tokio::time::sleep(Duration::from_secs(2)).await;
            tokio::task::spawn_blocking(move || connect_as_another("again-stolen", &id)).await.unwrap();
            front.close(false);
        };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), RESTS, 60.0, steal).await;
        let failure = reply.unwrap_err();
        row("connection cut, and another session took the kernel meanwhile", &failure);
        assert_eq!(failure.outcome, Outcome::ConnectionLost, "{failure}");
        kernel.close().await.unwrap();
        without(&hub, "again-stolen").await;
    });
}

#[test]
fn a_connection_that_falls_silent_is_found_by_asking_the_server() {
    let front = Front::before(support::lab().info().public_port);
    run(async {
        let (hub, mut kernel) = behind(&front, "again-silent").await;
        let silence = async { front.silence() };
        let ((reply, _), ()) = once_it_runs(kernel.as_mut(), RESTS, 90.0, silence).await;
        let failure = reply.unwrap_err();
        row("connection that stays open and carries nothing any more", &failure);
        assert_eq!(failure.outcome, Outcome::ConnectionLost, "{failure}");
        assert_eq!(texts(&mut kernel, "'usable'").await, ["'usable'"], "the new connection works");
        kernel.close().await.unwrap();
        assert_eq!(hub.kernels(&server_of("again-silent")).await.unwrap(), Vec::<String>::new());
        without(&hub, "again-silent").await;
    });
}
