//! Users of one's own, from the side of Lua: what their code asks for, and each wrong use with its whole message. How the engine answers
//! is tested in `tests/sim`.

use hubmark::event::{Failure, Outcome};
use hubmark::plan::{GpuName, GpuRef, UserFunction};
use hubmark::port::{Executed, RunView, Turn, UserAnswer, UserAsk, UserCode, UserFacts};
use hubmark::script::load;
use std::time::Duration;

fn view() -> RunView {
    RunView { run: "r".to_owned(), elapsed_s: 1.0, generation: 1, users: 1, simulated: true }
}

fn facts() -> UserFacts {
    UserFacts {
        kind: "student".to_owned(),
        id: "class/3".to_owned(),
        target: "hub".to_owned(),
        account: "load-0004".to_owned(),
        node: Some("ms-04".to_owned()),
        gpus: vec![GpuRef { node: "gx8".to_owned(), gpu: GpuName::Index(3) }],
    }
}

/// The code of a user of a scenario.
fn code(path: &std::path::Path, data: Option<&str>) -> Box<dyn UserCode> {
    let loaded = load(&crate::request(path)).unwrap_or_else(|error| panic!("{error}"));
    let users = loaded.users(0).unwrap_or_else(|error| panic!("{error}"));
    users.user(&facts(), data).unwrap_or_else(|fault| panic!("{fault}"))
}

/// A world in which everything works but what is called `fails`.
fn answer(ask: &UserAsk) -> Result<UserAnswer, Failure> {
    match ask {
        UserAsk::StartServer(_) => Ok(UserAnswer::Server { name: String::new(), took: Duration::from_millis(2500) }),
        UserAsk::OpenKernel { .. } => Ok(UserAnswer::Kernel(7)),
        UserAsk::Execute { code, .. } => {
            let raised = code.contains("raise").then(|| Failure::new(Outcome::CellError, "ValueError: no"));
            let output = match raised.is_some() {
                true => serde_json::json!({"output_type": "error", "ename": "ValueError", "evalue": "no",
                    "traceback": ["\u{1b}[31mValueError\u{1b}[0m: no"]}),
                false => serde_json::json!({"output_type": "stream", "name": "stdout", "text": ["loss=", "0.25\n"]}),
            };
            Ok(UserAnswer::Executed(Box::new(Executed {
                outputs: vec![output],
                truncated: false,
                took: Duration::from_millis(40),
                count: Some(1),
                raised,
            })))
        }
        UserAsk::Get { path } if path == "fails" => {
            Err(Failure::new(Outcome::Timeout, "no answer within 60 s").with_status(504))
        }
        UserAsk::Get { .. } => Ok(UserAnswer::File(b"a\0b".to_vec())),
        _ => Ok(UserAnswer::Done),
    }
}

/// Runs a function to its end; gives what it asked for and how it ended.
fn run(code: &mut dyn UserCode, function: UserFunction) -> (Vec<UserAsk>, Turn) {
    let mut asks = Vec::new();
    let mut turn = code.begin(&view(), function, u64::from(function == UserFunction::Iterate));
    while let Turn::Asks(ask) = &turn {
        asks.push(ask.clone());
        turn = code.resume(&view(), answer(ask));
    }
    (asks, turn)
}

#[test]
fn every_wrong_use_fails_with_its_message() {
    let files = crate::files("tests/lua/users", "lua");
    assert!(files.len() >= 25, "{} wrong uses are fewer than 25", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        match run(&mut *code(path, None), UserFunction::Iterate).1 {
            Turn::Failed(fault) => {
                let text = format!("{}\n{}\n", fault.failure.outcome, fault.failure.message);
                wrong.extend(crate::snapshot(&path.with_extension("err"), &text).err());
            }
            other => wrong.push(format!("{} ends with {other:?}", path.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A scenario with this `iterate`.
fn iterate(body: &str) -> Box<dyn UserCode> {
    iterate_with("", body, None)
}

fn iterate_with(head: &str, body: &str, data: Option<&str>) -> Box<dyn UserCode> {
    let text = format!(
        "{head}\nreturn hm.scenario {{ hub = \"http://h\", notebooks = {{ n = \"n.ipynb\" }}, metrics = {{ loss = {{ kind = \"gauge\" }} }},
           users = {{ student = hm.user {{ iterate = function(user) {body} end }} }},
           load = {{ l = hm.constant_users {{ user = \"student\", users = 1, duration = \"1m\" }} }} }}"
    );
    let folder = crate::Folder::new(&[("s.lua", &text)]);
    code(&folder.path("s.lua"), data)
}

#[test]
fn calls_become_what_the_engine_is_asked_for() {
    let mut code = iterate(
        r#"local server = user:start_server { name = "gpu", profile = "a100", options = { memory = 4 }, timeout = "90s" }
           assert(server.spawn_s == 2.5 and server.name == "")
           local kernel = user:open_kernel { spec = "ir" }
           assert(kernel.spec == "ir")
           local result = kernel:execute("f()", { timeout = hm.duration("1m") })
           assert(result.status == "ok" and result.text == "loss=0.25\n" and result.duration_s == 0.04 and result.error == nil)
           user:metric("loss", tonumber(result.text:match("loss=([%d.]+)")))
           local bad = kernel:execute("raise", {})
           assert(bad.status == "error" and bad.error.name == "ValueError" and bad.error.message == "no")
           assert(bad.error.traceback == "ValueError: no")
           assert(user:get("x") == "a\0b")
           user:step("a", function() user:check("b", true) end)
           user:run("n", { params = { k = 1 }, keep = true })
           user:pace("2m")"#,
    );
    let (asks, turn) = run(&mut *code, UserFunction::Iterate);
    assert_eq!(turn, Turn::Done, "{turn:?}");
    let UserAsk::StartServer(wish) = &asks[0] else { panic!("{:?}", asks[0]) };
    assert_eq!((wish.name.as_deref(), wish.timeout), (Some("gpu"), Some(Duration::from_secs(90))));
    assert_eq!(serde_json::to_string(&wish.options).unwrap(), r#"{"memory":4,"profile":"a100"}"#);
    assert_eq!(asks[1], UserAsk::OpenKernel { spec: "ir".to_owned() });
    let execute = |code: &str, seconds, place: &str| UserAsk::Execute {
        kernel: 7,
        code: code.to_owned(),
        timeout: Duration::from_secs(seconds),
        place: place.to_owned(),
    };
    assert_eq!((&asks[2], &asks[4]), (&execute("f()", 60, "s.lua:7"), &execute("raise", 600, "s.lua:10")));
    assert_eq!(asks[3], UserAsk::Observe { name: "loss".to_owned(), value: 0.25 });
    assert_eq!(asks[6], UserAsk::StepBegins("a".to_owned()));
    assert_eq!(asks[8], UserAsk::StepEnds(Outcome::Ok));
    let UserAsk::Run { notebook, params, keep } = &asks[9] else { panic!("{:?}", asks[9]) };
    assert_eq!((notebook.as_str(), params["k"].as_f64(), *keep), ("n", Some(1.0), Some(true)));
    assert_eq!(asks[10], UserAsk::Pace(Duration::from_secs(120)));
}

#[test]
fn data_outlives_its_vm_and_locals_do_not() {
    let head = "local calls = 0";
    let body = r#"calls = calls + 1
        user.data.sum = (user.data.sum or 0) + 1
        print(calls .. " " .. user.data.sum .. " " .. tostring(user.data))"#;
    let printed = |code: &mut dyn UserCode| {
        assert_eq!(run(code, UserFunction::Iterate).1, Turn::Done);
        format!("{:?}", code.take_actions())
    };
    let mut first = iterate_with(head, body, None);
    assert!(printed(&mut *first).contains("1 1 "));
    assert!(printed(&mut *first).contains("2 2 "));
    assert_eq!(&*first.data(), r#"{"sum":2}"#);
    let mut second = iterate_with(head, body, Some(&first.data()));
    assert!(printed(&mut *second).contains("1 3 "));
    let mut replaced = iterate("user.data = { 1, 2 }");
    run(&mut *replaced, UserFunction::Iterate);
    assert_eq!(&*replaced.data(), "[1,2]");
}

#[test]
fn a_function_that_is_not_there_is_done_at_once() {
    let mut code = iterate("user:think()");
    assert_eq!(run(&mut *code, UserFunction::Stop), (vec![], Turn::Done));
    assert_eq!(run(&mut *code, UserFunction::Iterate), (vec![UserAsk::Think], Turn::Done));
}

#[test]
fn what_a_function_still_waited_for_is_forgotten_when_another_begins() {
    let mut code = iterate("user:sleep(\"1h\") user.data.late = true");
    assert_eq!(code.begin(&view(), UserFunction::Iterate, 1), Turn::Asks(UserAsk::Sleep(Duration::from_secs(3600))));
    assert_eq!(code.begin(&view(), UserFunction::Stop, 0), Turn::Done);
    let late = code.resume(&view(), Ok(UserAnswer::Done));
    assert!(matches!(&late, Turn::Failed(fault) if fault.failure.message.contains("nobody asked for")), "{late:?}");
    assert_eq!(&*code.data(), "{}");
}
