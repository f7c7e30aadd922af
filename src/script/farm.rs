//! Functions of the author's that are called while a scenario loads: what makes many nodes, and what chooses among them.

use super::check::{Checker, Wrong};
use super::fault::Seg;
use super::schema::{Form, NODE, NODE_PARTS};
use super::session::Session;
use super::value::{Checked, Made, describe};
use crate::plan::Accounts;
use mlua::{Lua, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Calls the function of `hm.nodes` for each node and puts the nodes in its place.
pub(super) fn make_nodes(lua: &Lua, session: &Session, checker: &mut Checker, made: &mut Made) -> mlua::Result<()> {
    let (Some(Checked::Function(each)), Some(pattern), Some(count)) =
        (made.get("each").cloned(), made.text("pattern"), made.integer("count"))
    else {
        made.fields.remove("each");
        return Ok(());
    };
    // A number in the place of the pattern's is what accounts have too.
    let names = Accounts::Pattern { pattern, create: false };
    let mut nodes = Vec::new();
    for index in 0..count {
        let Some(name) = names.name(index) else { break };
        let fields = one_node(lua, checker, &each, index, &name)?;
        if !checker.wrong.is_empty() {
            // What is wrong with one is wrong with the others: once is enough to see it.
            break;
        }
        let bytes = 256 + fields.values().map(Checked::bytes).sum::<usize>();
        let weight = Some(session.guard.weigh(bytes));
        let site = made.site.clone();
        nodes.push(Checked::Made(Rc::new(Made { constructor: &NODE, fields, site, extra: None, weight })));
        if session.guard.breach().is_some() {
            return Err(mlua::Error::external(super::vm::Poisoned));
        }
    }
    made.fields.insert("each", Checked::List(nodes));
    Ok(())
}

/// The fields of one node, its name among them.
fn one_node(
    lua: &Lua,
    checker: &mut Checker,
    each: &mlua::Function,
    index: u32,
    name: &str,
) -> mlua::Result<BTreeMap<&'static str, Checked>> {
    let given: Value = each.call((index + 1, lua.create_string(name)?))?;
    let Value::Table(table) = &given else {
        wrong(checker, format!("the function of hm.nodes gave {} for {name:?}, wanted a table", describe(&given)));
        return Ok(BTreeMap::new());
    };
    let mut of_node = Checker::new(format!("the node {name:?} of hm.nodes"));
    let mut fields = of_node.fields(NODE_PARTS, table, None);
    for mut fault in of_node.wrong {
        fault.path.insert(0, Seg::Name("each".to_owned()));
        checker.push(fault);
    }
    fields.insert("name", Checked::Text(name.to_owned()));
    Ok(fields)
}

/// Calls the functions that stand under `on` of a scenario's executors with the labels of each node that has a hub. What they choose goes to the session.
pub(super) fn choose(lua: &Lua, session: &Session, checker: &mut Checker, scenario: &Made) -> mlua::Result<()> {
    let mut chosen = BTreeMap::new();
    let nodes = scenario.made("farm").map(|farm| nodes_of(farm)).unwrap_or_default();
    for (key, executor) in scenario.map("load").into_iter().flatten() {
        let Checked::Made(executor) = executor else { continue };
        let Some(Checked::Function(takes)) = executor.get("on") else { continue };
        let mut names = Some(Vec::new());
        for node in nodes.iter().filter(|node| node.get("hub").is_some()) {
            match takes.call(lua.create_table_from(labels_of(node))?)? {
                Value::Boolean(true) => names.iter_mut().for_each(|names| names.extend(node.text("name"))),
                Value::Boolean(false) => {}
                other => {
                    let (name, found) = (node.text("name").unwrap_or_default(), describe(&other));
                    let what = format!("the function under \"on\" of load.{key} gave {found} for node {name:?}");
                    wrong(checker, format!("{what}, wanted true or false"));
                    names = None;
                    break;
                }
            }
        }
        chosen.extend(names.map(|names| (key.clone(), names)));
    }
    *session.chosen.borrow_mut() = chosen;
    Ok(())
}

/// Labels of a node with its name and role, which functions may choose by as well.
fn labels_of(node: &Made) -> BTreeMap<String, String> {
    let mut labels = node.texts("labels");
    for (label, field) in [("node", "name"), ("role", "role"), ("hub", "hub")] {
        labels.extend(node.text(field).map(|value| (label.to_owned(), value)));
    }
    labels
}

/// Nodes of a farm in the author's order, those of `hm.nodes` among them.
pub(super) fn nodes_of(farm: &Made) -> Vec<Rc<Made>> {
    let mut nodes = Vec::new();
    for item in farm.list("nodes") {
        let Checked::Made(made) = item else { continue };
        if made.constructor.form != Form::Arguments {
            nodes.push(Rc::clone(made));
            continue;
        }
        nodes.extend(made.list("each").iter().filter_map(|item| match item {
            Checked::Made(node) => Some(Rc::clone(node)),
            _ => None,
        }));
    }
    nodes
}

fn wrong(checker: &mut Checker, heading: String) {
    checker.push(Wrong { path: vec![], heading, hints: vec![], at_name: false, hidden: false });
}
