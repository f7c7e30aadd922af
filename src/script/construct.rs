//! Constructors: check a call against the schema, note what is wrong, make the value.
//!
//! A wrong call does not raise: the fault is noted and the load goes on with what is right, so that all faults are shown at once.

use super::check::{Checker, Wrong};
use super::fault::{Fault, LoadErrorKind, Locator, Seg};
use super::schema::{Constructor, Form};
use super::session::{Session, Site, site};
use super::value::{Checked, Made, MadeRef, describe};
use super::vm::Poisoned;
use mlua::{Lua, MultiValue, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Makes the Lua function of a constructor.
pub(super) fn function(
    lua: &Lua,
    session: &Rc<Session>,
    constructor: &'static Constructor,
) -> mlua::Result<mlua::Function> {
    let session = session.clone();
    lua.create_function(move |lua, arguments: MultiValue| {
        let site = site(lua);
        let mut checker = Checker::new(format!("hm.{}", constructor.name));
        let fields = match constructor.form {
            Form::Table { first } => table_call(&mut checker, constructor, first, &arguments),
            Form::Arguments => argument_call(&mut checker, constructor, &arguments),
        };
        let bytes = 256 + fields.values().map(Checked::bytes).sum::<usize>();
        let mut made = Made { constructor, fields, site, extra: None, weight: Some(session.guard.weigh(bytes)) };
        if session.guard.breach().is_some() {
            return Err(mlua::Error::external(Poisoned));
        }
        super::notebook::attach(&session, &mut checker, &mut made);
        match constructor.name {
            "nodes" => super::farm::make_nodes(lua, &session, &mut checker, &mut made)?,
            "scenario" => super::farm::choose(lua, &session, &mut checker, &made)?,
            _ => {}
        }
        whole(&mut checker, &made);
        session.cut(checker.cut);
        for wrong in std::mem::take(&mut checker.wrong) {
            match session.is_full() {
                true => session.cut(1),
                false => session.fault(located(&session, constructor, made.site.as_ref(), wrong)),
            }
        }
        Ok(MadeRef(Rc::new(made)))
    })
}

fn table_call(
    checker: &mut Checker,
    constructor: &'static Constructor,
    first: Option<&'static str>,
    arguments: &MultiValue,
) -> BTreeMap<&'static str, Checked> {
    let name = constructor.name;
    match (arguments.front(), arguments.len()) {
        (Some(Value::Table(table)), 1) => checker.fields(constructor.fields, table, first),
        (found, count) => {
            let found = match (found, count) {
                (Some(_), 2..) => format!("{count} arguments"),
                (Some(value), _) => describe(value),
                (None, _) => "nothing".to_owned(),
            };
            checker.wrong.push(Wrong {
                path: vec![],
                heading: format!("wrong call of hm.{name}: found {found}, wanted one table"),
                hints: vec![format!("for example {}", constructor.example)],
                at_name: false,
                hidden: false,
            });
            BTreeMap::new()
        }
    }
}

fn argument_call(
    checker: &mut Checker,
    constructor: &'static Constructor,
    arguments: &MultiValue,
) -> BTreeMap<&'static str, Checked> {
    let mut fields = BTreeMap::new();
    for (index, field) in constructor.fields.iter().enumerate() {
        checker.path = vec![Seg::Name(field.name.to_owned())];
        let value = arguments.get(index).cloned().unwrap_or(Value::Nil);
        if value.is_nil() && !field.required {
            continue;
        }
        if let Some(checked) = checker.value(&field.ty, &value) {
            fields.insert(field.name, checked);
        }
    }
    checker.path.clear();
    if arguments.len() > constructor.fields.len() {
        checker.wrong.push(Wrong {
            path: vec![],
            heading: format!(
                "wrong call of hm.{}: found {} arguments, wanted {}",
                constructor.name,
                arguments.len(),
                constructor.fields.len()
            ),
            hints: vec![format!("for example {}", constructor.example)],
            at_name: false,
            hidden: false,
        });
    }
    fields
}

/// What has to hold between the fields of one call.
fn whole(checker: &mut Checker, made: &Made) {
    let clean = checker.wrong.is_empty();
    let mut add = |field: &str, heading: String, hint: &str| {
        checker.wrong.push(Wrong {
            path: vec![Seg::Name(field.to_owned())],
            heading,
            hints: vec![hint.to_owned()],
            at_name: true,
            hidden: false,
        });
    };
    match made.constructor.name {
        "uniform" => {
            if let (Some(from), Some(to)) = (made.duration("from"), made.duration("to"))
                && from > to
            {
                let heading = "wrong bounds in hm.uniform: the first is greater than the second".to_owned();
                add("from", heading, "write the least first: hm.uniform(\"1s\", \"5s\")");
            }
        }
        "empirical" => {
            if matches!(made.get("values"), Some(Checked::List(values)) if values.is_empty()) {
                add("values", "no values in hm.empirical".to_owned(), "give at least one duration");
            }
        }
        "gpu" => {
            let uuid = made.text("gpu").filter(|uuid| !uuid.starts_with("GPU-") && !uuid.starts_with("MIG-"));
            if let Some(uuid) = uuid {
                let heading =
                    format!("{uuid:?} in hm.gpu is not a UUID of a GPU: it begins with neither GPU- nor MIG-");
                add("gpu", heading, "`nvidia-smi -L` prints the UUIDs; a number goes without quotes");
            }
        }
        "farm" if made.list("nodes").is_empty() => {
            for name in ["kernels_on", "dedicated", "placement"].into_iter().filter(|name| made.get(name).is_some()) {
                add(name, format!("{name:?} in hm.farm without nodes"), "it is about nodes: nodes = { hm.node {…} }");
            }
        }
        "accounts" => accounts(checker, made, clean),
        "user" => user(checker, made, clean),
        "ramping_users" => {
            if matches!(made.get("stages"), Some(Checked::List(stages)) if stages.is_empty()) {
                add("stages", "no stages in hm.ramping_users".to_owned(), "give at least one stage");
            }
        }
        _ => {}
    }
}

/// A user has a mix or functions of the author's own.
fn user(checker: &mut Checker, made: &Made, clean: bool) {
    let mut add = |field: Option<&str>, heading: String, hint: String| {
        checker.wrong.push(Wrong {
            path: field.map(|name| Seg::Name(name.to_owned())).into_iter().collect(),
            heading,
            hints: vec![hint],
            at_name: field.is_some(),
            hidden: false,
        });
    };
    match (made.get("mix"), made.get("iterate")) {
        (Some(_), Some(_)) => {
            let hint = "a user draws from a mix or does what iterate does; call user:run(notebook) in iterate";
            add(Some("iterate"), "both \"mix\" and \"iterate\" in hm.user".to_owned(), hint.to_owned());
        }
        (None, None) if clean => {
            let hint = format!("for example {}", made.constructor.example);
            add(None, "neither \"mix\" nor \"iterate\" in hm.user".to_owned(), hint);
        }
        (Some(_), None) => {
            let own = ["start", "stop", "errors_in_a_row"].into_iter().filter(|name| made.get(name).is_some());
            for name in own {
                let hint = "it belongs to a user with iterate; a user with a mix starts and stops by itself";
                add(Some(name), format!("{name:?} beside \"mix\" in hm.user"), hint.to_owned());
            }
        }
        _ => {}
    }
}

/// Exactly one field says where the names come from, and only names that hubmark makes can be created.
fn accounts(checker: &mut Checker, made: &Made, clean: bool) {
    let sources: Vec<&str> = ["pattern", "list", "file"].into_iter().filter(|name| made.get(name).is_some()).collect();
    let wrong = |path: Option<&str>, heading: String, hint: String| Wrong {
        path: path.map(|name| Seg::Name(name.to_owned())).into_iter().collect(),
        heading,
        hints: vec![hint],
        at_name: path.is_some(),
        hidden: false,
    };
    checker.wrong.extend(match sources.as_slice() {
        [] if clean => Some(wrong(
            None,
            "neither \"pattern\" nor \"list\" nor \"file\" in hm.accounts".to_owned(),
            format!("for example {}", made.constructor.example),
        )),
        [first, second, ..] => Some(wrong(
            Some(second),
            format!("both {first:?} and {second:?} in hm.accounts"),
            "a pattern makes names, a list or file names existing accounts; keep one of them".to_owned(),
        )),
        [source] if *source != "pattern" && made.boolean("create") == Some(true) => Some(wrong(
            Some("create"),
            format!("\"create\" with a {source} of existing accounts in hm.accounts"),
            format!("accounts of a {source} are never created and never deleted; leave create out"),
        )),
        _ => None,
    });
}

/// Gives a fault its place in the author's file.
pub(super) fn located(session: &Session, constructor: &Constructor, site: Option<&Site>, wrong: Wrong) -> Fault {
    let mut fault = Fault::new(LoadErrorKind::Plan, &wrong.heading);
    fault.hints = wrong.hints;
    let locator = Locator::new(&session.folder);
    let call = format!("hm.{}", constructor.name);
    let words = if constructor.form == Form::Arguments { vec![] } else { wrong.path.clone() };
    let place = site.and_then(|site| locator.call(site, &call, &words, wrong.at_name));
    locator.put(&mut fault, site, place, &wrong.path);
    if wrong.hidden {
        fault.source_line = None;
    }
    fault
}
