//! Life and death of labs.

use crate::http::{exchange, is_closed, request, status};
use crate::support::{self, explain, options};
use crate::watch::{HOLD, OtherProcess, kill_9, mark, marked, run_test, until};
use hubmark::lab::{self, Condition, HubSettings, LabError, LabInfo, LabOptions, PlainServer};
use std::path::Path;

/// Makes an account and starts its server; returns once the server answers.
fn spawn_server(info: &LabInfo, account: &str) {
    assert_eq!(request("POST", info.public_port, &format!("/hub/api/users/{account}"), &info.token, "").0, 201);
    let (status, body) =
        request("POST", info.public_port, &format!("/hub/api/users/{account}/server"), &info.token, "{}");
    assert!(matches!(status, 201 | 202), "{status} {body}");
    until("the server answers", || {
        request("GET", info.public_port, &format!("/user/{account}/api/status"), &info.token, "").0 == 200
    });
}

fn start_kernel(info: &LabInfo, account: &str) {
    let (status, body) = request(
        "POST",
        info.public_port,
        &format!("/user/{account}/api/kernels"),
        &info.token,
        "{\"name\": \"python3\"}",
    );
    assert_eq!(status, 201, "{body}");
}

fn is_gone(info: &LabInfo) {
    for port in [info.public_port, info.hub_port, info.proxy_api_port] {
        assert!(is_closed(port), "port {port} is still open");
    }
    assert!(!info.directory.exists(), "{} is still there", info.directory.display());
}

/// Is also run as the owner that is killed: then it shows its lab and waits instead of stopping it.
#[test]
fn a_lab_serves_accounts_servers_and_kernels_and_its_stop_leaves_nothing() {
    let lab = support::start(&options());
    if let Some(file) = std::env::var_os(HOLD) {
        std::fs::write(&file, serde_json::to_vec(lab.info()).unwrap()).unwrap();
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
    let info = lab.info().clone();
    let mark = mark(&info);
    assert_eq!(request("GET", info.public_port, "/hub/api/users", &info.token, ""), (200, "[]".to_owned()));
    let (status, body) = request("GET", info.public_port, "/hub/api/users", &info.reader_token, "");
    assert!(status == 403 && body.contains("list:users"), "{status} {body}");
    spawn_server(&info, "serves");
    start_kernel(&info, "serves");
    let status = lab::list(&options().cache_dir).unwrap().into_iter().find(|status| status.name == info.name).unwrap();
    assert!(matches!(status.condition, Condition::Running { owner: Some(_) }), "{status:?}");
    assert_eq!((status.servers, status.kernels), (1, 1), "{status:?}");
    assert_eq!((status.hub_pid, status.proxy_pid), (Some(lab.hub_pid()), Some(lab.proxy_pid())));
    assert!(status.memory_bytes > 100_000_000, "hub, proxy, server and kernel: {status:?}");
    lab.stop().unwrap();
    assert_eq!(marked(&mark), Vec::<String>::new());
    is_gone(&info);
}

#[test]
fn servers_that_a_hub_would_leave_running_end_with_the_lab() {
    let hub = HubSettings { cleanup_servers: false, ..HubSettings::default() };
    let lab = support::start(&LabOptions { hub, ..options() });
    let (info, mark) = (lab.info().clone(), mark(lab.info()));
    spawn_server(&info, "outlives");
    drop(lab);
    assert_eq!(marked(&mark), Vec::<String>::new());
    is_gone(&info);
}

#[test]
fn two_labs_at_once_do_not_meet() {
    let own = support::start(&options());
    let shared = support::lab();
    let (status, body) = request("POST", own.info().public_port, "/hub/api/users/meets", own.token(), "");
    assert_eq!(status, 201, "{body}");
    assert_eq!(request("GET", shared.info().public_port, "/hub/api/users/meets", shared.token(), "").0, 404);
    assert_eq!(request("GET", shared.info().public_port, "/hub/api/users", own.token(), "").0, 403);
    own.stop().unwrap();
    assert_eq!(request("GET", shared.info().public_port, "/hub/api/", "", "").0, 200);
}

/// Whether the hub's page lets somebody in.
fn logs_in(port: u16, password: &str) -> bool {
    let page = exchange("GET", port, "/hub/login", "", "");
    let cookies: Vec<&str> = page
        .lines()
        .filter_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    let xsrf =
        cookies.iter().find_map(|cookie| cookie.strip_prefix("_xsrf=")).expect("a login page has an _xsrf cookie");
    let form = format!("username=visitor&password={password}&_xsrf={xsrf}");
    let headers = format!("Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n", cookies.join("; "));
    let answer = exchange("POST", port, "/hub/login", &headers, &form);
    assert!(matches!(status(&answer), 302 | 403), "{answer}");
    status(&answer) == 302
}

#[test]
fn other_accounts_of_the_machine_cannot_log_in_without_the_password() {
    let info = support::lab().info();
    assert!(!logs_in(info.public_port, "anything"));
    assert!(logs_in(info.public_port, &info.password));
}

/// Starts a process that owns a lab with a server and a kernel.
fn owner(folder: &Path) -> (OtherProcess, LabInfo) {
    let file = folder.join("info.json");
    let name = "lab::a_lab_serves_accounts_servers_and_kernels_and_its_stop_leaves_nothing";
    let child = run_test(name, &[(HOLD, file.to_str().unwrap())]);
    let mut info = None;
    until("the owner shows its lab", || {
        info = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<LabInfo>(&bytes).ok());
        info.is_some()
    });
    let info = info.unwrap();
    spawn_server(&info, "orphan");
    start_kernel(&info, "orphan");
    (child, info)
}

#[test]
fn an_owner_killed_with_9_leaves_no_process_and_no_port() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, info) = owner(folder.path());
    let mark = mark(&info);
    assert!(marked(&mark).len() >= 4, "{:?}", marked(&mark));
    child.kill_9();
    until("everything has ended", || marked(&mark).is_empty());
    lab::reap(&options().cache_dir).unwrap();
    is_gone(&info);
}

#[test]
fn what_a_killed_hub_and_a_killed_owner_left_goes_with_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, info) = owner(folder.path());
    let mark = mark(&info);
    let status = lab::list(&options().cache_dir).unwrap().into_iter().find(|status| status.name == info.name).unwrap();
    kill_9(status.hub_pid.unwrap());
    child.kill_9();
    until("hub and proxy have ended", || is_closed(info.hub_port) && is_closed(info.public_port));
    lab::reap(&options().cache_dir).unwrap();
    assert_eq!(marked(&mark), Vec::<String>::new());
    is_gone(&info);
}

#[test]
fn a_detached_lab_stays_is_found_again_and_goes_down_by_name() {
    let name = format!("test-{}", std::process::id());
    let (info, started) = lab::up(&options(), &name, &mut |_| {}).unwrap_or_else(|error| panic!("{}", explain(&error)));
    assert!(started);
    let again = lab::up(&options(), &name, &mut |_| {}).unwrap();
    assert_eq!(again, (info.clone(), false));
    let cache = options().cache_dir;
    let status = lab::list(&cache).unwrap().into_iter().find(|status| status.name == name).unwrap();
    assert_eq!(status.condition, Condition::Running { owner: None });
    assert_eq!(request("GET", info.public_port, "/hub/api/users", &info.token, "").0, 200);
    let mark = mark(&info);
    lab::down(&cache, &name).unwrap();
    assert_eq!(marked(&mark), Vec::<String>::new());
    is_gone(&info);
    assert!(matches!(lab::down(&cache, &name), Err(LabError::NotFound { .. })));
}

#[test]
fn a_broken_detached_lab_is_started_afresh_under_its_name() {
    let name = format!("broken-{}", std::process::id());
    let cache = options().cache_dir;
    let (first, _) = lab::up(&options(), &name, &mut |_| {}).unwrap();
    let status = |name: &str| lab::list(&cache).unwrap().into_iter().find(|status| status.name == name).unwrap();
    kill_9(status(&name).hub_pid.unwrap());
    until("the hub has ended", || status(&name).condition == Condition::Broken);
    let hubmark = |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hubmark"));
        command.args(["lab"]).args(args).env("HUBMARK_CACHE", &cache).env("NO_COLOR", "1").output().unwrap()
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(text(&hubmark(&["status"]).stdout).contains("broken: its hub or proxy died"));
    // By the program: who has the old address and token must read that they are worth nothing.
    let up = hubmark(&["up", "--name", &name]);
    let (out, err) = (text(&up.stdout), text(&up.stderr));
    assert!(up.status.success(), "{out}{err}");
    let said = format!(
        "the hub or proxy of lab {name} died: starting a new one, with another address and token and no accounts"
    );
    assert!(err.contains(&said), "{err}");
    let second = status(&name).info.unwrap();
    assert!(out.contains(&format!("lab {name} is up: {}", second.url)) && out.contains(&second.token), "{out}");
    assert_ne!(second.token, first.token);
    let again = hubmark(&["up", "--name", &name]);
    assert!(text(&again.stdout).contains("was up already") && !text(&again.stderr).contains("died"));
    lab::down(&cache, &name).unwrap();
    is_gone(&second);
}

#[test]
fn a_hub_that_cannot_start_shows_the_end_of_its_log() {
    let short = LabOptions { ready_within: std::time::Duration::ZERO, ..options() };
    let error = hubmark::lab::Lab::start(&short, &mut |_| {}).unwrap_err();
    assert!(matches!(&error, LabError::Start { .. }), "{}", explain(&error));
    assert!(error.to_string().starts_with("start the hub: no answer within 0 s; the end of /"), "{error}");
}

#[test]
fn a_cancelled_start_leaves_nothing() {
    let cancelled = options();
    cancelled.cancel.cancel();
    let name = format!("cancelled-{}", std::process::id());
    assert!(matches!(lab::up(&cancelled, &name, &mut |_| {}), Err(LabError::Cancelled)));
    assert!(!cancelled.cache_dir.join("lab/instances").join(&name).exists());
    assert!(lab::list(&cancelled.cache_dir).unwrap().iter().all(|status| status.name != name));
}

#[test]
fn a_plain_server_answers_with_its_token_and_stops() {
    let server = PlainServer::start(&options()).unwrap_or_else(|error| panic!("{}", explain(&error)));
    let port = server.url().rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(request("GET", port, "/api/kernels", server.token(), ""), (200, "[]".to_owned()));
    assert_eq!(request("GET", port, "/api/kernels", "wrong", "").0, 403);
    std::fs::write(server.root().join("file.txt"), "text").unwrap();
    assert_eq!(request("GET", port, "/api/contents/file.txt", server.token(), "").0, 200);
    assert_eq!(request("GET", port, "/hub/api", server.token(), "").0, 404);
    server.stop().unwrap();
    assert!(is_closed(port));
}
