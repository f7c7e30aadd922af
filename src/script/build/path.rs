//! From paths of the plan to places in the author's files.

use crate::plan::PlanFault;
use crate::script::fault::{Fault, LoadErrorKind, Locator, Seg, text_of};
use crate::script::schema::Form;
use crate::script::session::Session;
use crate::script::suggest;
use crate::script::value::{Checked, Made};

/// Notes a fault of the whole plan at the place that its path leads to.
pub(in crate::script) fn note(session: &Session, scenario: &Made, fault: &PlanFault) {
    let path = text_of(&author_path(scenario, &fault.path));
    let mut noted = Fault::new(LoadErrorKind::Plan, format!("{path}: {}", fault.why));
    if let Some(word) = &fault.word {
        noted.hints.push(suggest::hint(word, fault.known.iter().map(String::as_str)));
    }
    place(session, scenario, &mut noted, &fault.path);
    session.fault(noted);
}

/// Gives a fault the place of a path of the plan: follows the path through the constructors' values, then through the author's text.
pub(super) fn place(session: &Session, scenario: &Made, fault: &mut Fault, path: &str) {
    let path = author_path(scenario, path);
    let mut made: &Made = scenario;
    let mut rest: &[Seg] = &path;
    let mut at: Option<&Checked> = None;
    for (depth, seg) in path.iter().enumerate() {
        let next = match (at, seg) {
            (None, Seg::Name(name)) => made.get(name),
            (Some(Checked::Map(entries)), Seg::Name(name)) => entries.get(name),
            (Some(Checked::List(items)), Seg::Index(index)) => items.get(index.wrapping_sub(1)),
            _ => None,
        };
        match next {
            Some(Checked::Made(inner)) => {
                made = inner;
                at = None;
                rest = &path[depth + 1..];
            }
            Some(other) => at = Some(other),
            None => break,
        }
    }
    let locator = Locator::new(&session.folder);
    let call = format!("hm.{}", made.constructor.name);
    let words = if made.constructor.form == Form::Arguments { &[] } else { rest };
    let found = made.site.as_ref().and_then(|site| locator.call(site, &call, words, false));
    locator.put(fault, made.site.as_ref(), found, rest);
    fault.field = Some(text_of(&path));
}

/// A path of the plan as the author's tables have it: the plan's hubs are `hub` or `farm.hubs` there, and a node stands in a list.
fn author_path(scenario: &Made, path: &str) -> Vec<Seg> {
    let mut segs = Vec::new();
    for part in path.split('.') {
        let (name, index) = match part.strip_suffix(']').and_then(|p| p.split_once('[')) {
            Some((name, index)) => (name, index.parse().ok()),
            None => (part, None),
        };
        segs.push(Seg::Name(name.to_owned()));
        segs.extend(index.map(Seg::Index));
    }
    if segs.first() == Some(&Seg::Name("hubs".to_owned())) {
        if scenario.get("farm").is_some() {
            segs.insert(0, Seg::Name("farm".to_owned()));
        } else {
            segs.drain(..2.min(segs.len()));
            segs.insert(0, Seg::Name("hub".to_owned()));
        }
    }
    if let [Seg::Name(farm), Seg::Name(nodes), Seg::Index(number), ..] = segs.as_mut_slice()
        && (farm.as_str(), nodes.as_str()) == ("farm", "nodes")
    {
        *number = item_of(scenario, *number);
    }
    segs
}

/// Number of the item of the farm's `nodes` that a node stands in, because one item of `hm.nodes` is many nodes.
fn item_of(scenario: &Made, node: usize) -> usize {
    let items = scenario.made("farm").map(|farm| farm.list("nodes")).unwrap_or_default();
    let mut seen = 0;
    let item = items.iter().position(|item| {
        seen += match item {
            Checked::Made(made) if made.constructor.form == Form::Arguments => made.list("each").len(),
            _ => 1,
        };
        seen >= node
    });
    item.map_or(node, |item| item + 1)
}
