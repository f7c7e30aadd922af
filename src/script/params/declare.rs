//! `hm.params { name = { default, kind = …, min = …, max = …, about = …, choices = … }, presets = { … } }`.

use super::kind::ParamValue;
use super::{ParamInfo, ParamKind};
use crate::script::fault::{Fault, LoadErrorKind, Locator, Seg};
use crate::script::limits::NAMES_MAX;
use crate::script::session::{Session, Site, site};
use crate::script::suggest;
use crate::script::value::describe;
use crate::script::vm::{StrictKind, strict_table};
use mlua::{Lua, Table, Value};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Fields of one declaration, besides its default in the first place.
const FIELDS: [&str; 5] = ["kind", "min", "max", "about", "choices"];

/// Makes the Lua function `hm.params`.
pub(in crate::script) fn function(lua: &Lua, session: &Rc<Session>) -> mlua::Result<mlua::Function> {
    let session = session.clone();
    lua.create_function(move |lua, table: Table| {
        let call = Call { session: &session, site: site(lua) };
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        let mut odd = None;
        table.for_each(|key: Value, value: Value| {
            match &key {
                Value::String(text) => drop(entries.insert(text.to_string_lossy(), value)),
                other => odd = Some(describe(other)),
            }
            Ok(())
        })?;
        if let Some(key) = odd {
            call.fault(&[], format!("hm.params: found the key {key}, wanted names: name = {{ default }}"), None);
        }
        if entries.len() > NAMES_MAX {
            return Err(mlua::Error::runtime(format!("hm.params: over {NAMES_MAX} parameters")));
        }
        let presets = call.presets(entries.remove("presets"));
        let mut values = BTreeMap::new();
        for (name, declaration) in &entries {
            if let Some((info, value)) = call.declare(name, declaration, &presets) {
                values.insert(name.clone(), value.into_lua(lua)?);
                session.params.borrow_mut().declared.push(info);
            }
        }
        call.check_presets(&presets, &entries);
        call.sort();
        session.params.borrow_mut().presets.extend(presets.keys().cloned());
        let given = lua.create_table_from(values)?;
        strict_table(lua, given, StrictKind::Params, &[])
    })
}

/// Presets: values by parameter by preset.
type Presets = BTreeMap<String, BTreeMap<String, Value>>;

/// One call of `hm.params`.
struct Call<'s> {
    session: &'s Rc<Session>,
    site: Option<Site>,
}

/// A declaration that is being read.
struct Declaration {
    kind: ParamKind,
    choices: Vec<String>,
    default: Option<ParamValue>,
    min: Option<ParamValue>,
    max: Option<ParamValue>,
    about: Option<String>,
}

impl Call<'_> {
    fn fault(&self, path: &[&str], heading: String, hint: Option<String>) {
        if self.session.is_full() {
            self.session.cut(1);
            return;
        }
        let path: Vec<Seg> = path.iter().map(|name| Seg::Name((*name).to_owned())).collect();
        self.fault_at(&path, heading, hint);
    }

    /// A fault at a field's name, or at an item without one.
    fn fault_at(&self, path: &[Seg], heading: String, hint: Option<String>) {
        let mut fault = Fault::new(LoadErrorKind::Plan, heading);
        fault.hints.extend(hint);
        let locator = Locator::new(&self.session.folder);
        let place = self.site.as_ref().and_then(|site| locator.call(site, "hm.params", path, true));
        let named: Vec<Seg> = path.iter().filter(|seg| matches!(seg, Seg::Name(_))).cloned().collect();
        locator.put(&mut fault, self.site.as_ref(), place, &named);
        self.session.fault(fault);
    }

    fn presets(&self, value: Option<Value>) -> Presets {
        let mut presets = Presets::new();
        let Some(value) = value else { return presets };
        let Value::Table(table) = &value else {
            let heading =
                format!("wrong type for \"presets\" in hm.params: found {}, wanted a table", describe(&value));
            self.fault(&["presets"], heading, Some("presets = { small = { agents = 2 } }".to_owned()));
            return presets;
        };
        for pair in table.pairs::<String, BTreeMap<String, Value>>().take(NAMES_MAX) {
            match pair {
                Ok((name, values)) if values.len() <= NAMES_MAX && name.len() <= 100 => {
                    drop(presets.insert(name, values))
                }
                _ => self.fault(
                    &["presets"],
                    "wrong preset in hm.params: wanted a table of values by parameter".to_owned(),
                    Some("presets = { small = { agents = 2 } }".to_owned()),
                ),
            }
        }
        presets
    }

    /// Reads one declaration and finds the value in force.
    fn declare(&self, name: &str, value: &Value, presets: &Presets) -> Option<(ParamInfo, ParamValue)> {
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.len() > 100 {
            self.fault(&[], "a parameter's name is longer than 100 characters".to_owned(), None);
            return None;
        }
        if !name.chars().all(word) || !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            let hint = "names have small letters, digits and _, and begin with a letter".to_owned();
            self.fault(&[name], format!("parameter {name:?} has a name that cannot be a flag"), Some(hint));
            return None;
        }
        let flag = format!("--{}", name.replace('_', "-"));
        {
            let params = self.session.params.borrow();
            if params.builtin.iter().any(|b| b.trim_start_matches('-').replace('_', "-") == flag[2..]) {
                let hint = "give the parameter another name".to_owned();
                self.fault(
                    &[name],
                    format!("parameter {name:?} has the name of hubmark's own flag {flag}"),
                    Some(hint),
                );
                return None;
            }
            if params.declared.iter().any(|p| p.name == name) {
                self.fault(&[name], format!("parameter {name:?} is declared twice"), None);
                return None;
            }
        }
        let Value::Table(table) = value else {
            let heading = format!("parameter {name:?}: found {}, wanted a table", describe(value));
            let hint = match value {
                Value::Table(_) | Value::Nil => None,
                other => other.to_string().ok().map(|_| format!("write {name} = {{ default, about = \"…\" }}")),
            };
            self.fault(&[name], heading, hint);
            return None;
        };
        let declaration = self.declaration(name, table)?;
        let (given, broken) = self.in_force(name, &declaration, presets);
        let info = info(name, &declaration, presets, given.as_ref());
        if given.is_none() && !broken {
            let about = declaration.about.as_ref().map_or(String::new(), |a| format!(": {a}"));
            let fault = Fault::new(LoadErrorKind::Argument, format!("no value for parameter {name:?}{about}"));
            self.session.fault(fault.hint(format!("give it with {flag} VALUE or --set {name}=VALUE")));
        }
        Some((info, given.unwrap_or_else(|| declaration.kind.stand_in(&declaration.choices))))
    }

    fn declaration(&self, name: &str, table: &Table) -> Option<Declaration> {
        let mut default = Value::Nil;
        let mut fields: BTreeMap<String, Value> = BTreeMap::new();
        let _ = table.for_each(|key: Value, value: Value| {
            match &key {
                Value::String(text) => drop(fields.insert(text.to_string_lossy(), value)),
                Value::Integer(1) => default = value,
                Value::Number(1.0) => default = value,
                other => drop(fields.insert(describe(other), value)),
            }
            Ok(())
        });
        for field in fields.keys().filter(|f| !FIELDS.contains(&f.as_str())) {
            let hint = suggest::hint(field, FIELDS);
            self.fault(&[name, field], format!("unknown field {field:?} in parameter {name:?}"), Some(hint));
        }
        let text = |field: &str| match fields.get(field) {
            None => Some(None),
            Some(Value::String(text)) => Some(Some(text.to_string_lossy())),
            Some(other) => {
                let heading = format!("wrong type for {field:?} in parameter {name:?}: found {}", describe(other));
                self.fault(&[name, field], format!("{heading}, wanted a text"), None);
                None
            }
        };
        let about = text("about").flatten();
        let kind = match text("kind")? {
            Some(word) => match ParamKind::named(&word) {
                Some(kind) => kind,
                None => {
                    let names = ParamKind::ALL.map(ParamKind::name);
                    let hint = suggest::hint(&word, names);
                    self.fault(&[name, "kind"], format!("unknown kind {word:?} in parameter {name:?}"), Some(hint));
                    return None;
                }
            },
            None if fields.contains_key("choices") => ParamKind::Choice,
            None => self.kind_of(name, &default)?,
        };
        let choices = self.choices(name, kind, fields.get("choices"))?;
        let mut declaration = Declaration { kind, choices, default: None, min: None, max: None, about };
        declaration.min = self.bound(name, "min", &declaration, fields.get("min"));
        declaration.max = self.bound(name, "max", &declaration, fields.get("max"));
        if !default.is_nil() {
            let read = kind.read_lua(&default, &declaration.choices).and_then(|v| in_range(&declaration, v));
            match read {
                Ok(value) => declaration.default = Some(value),
                Err(why) => {
                    let path = [Seg::Name(name.to_owned()), Seg::Index(1)];
                    self.fault_at(&path, format!("wrong default of parameter {name:?}: {why}"), None);
                    declaration.default = Some(kind.stand_in(&declaration.choices));
                }
            }
        }
        Some(declaration)
    }

    /// The kind that a default without `kind` has.
    fn kind_of(&self, name: &str, default: &Value) -> Option<ParamKind> {
        match default {
            Value::Boolean(_) => Some(ParamKind::Boolean),
            Value::Integer(_) => Some(ParamKind::Integer),
            Value::Number(n) if n.fract() == 0.0 => Some(ParamKind::Integer),
            Value::Number(_) => Some(ParamKind::Number),
            Value::String(_) => Some(ParamKind::String),
            Value::UserData(_) if describe(default).starts_with("the duration") => Some(ParamKind::Duration),
            other => {
                let names = ParamKind::ALL.map(ParamKind::name).join(", ");
                let heading = format!("parameter {name:?} has no kind: its default is {}", describe(other));
                self.fault(&[name], heading, Some(format!("add kind = one of {names}")));
                None
            }
        }
    }

    fn choices(&self, name: &str, kind: ParamKind, value: Option<&Value>) -> Option<Vec<String>> {
        match (kind, value) {
            (ParamKind::Choice, Some(Value::Table(table))) => {
                let words: Result<Vec<String>, _> = table.sequence_values::<String>().collect();
                match words {
                    Ok(words) if !words.is_empty() => Some(words),
                    _ => {
                        let heading = format!("wrong choices of parameter {name:?}: wanted a list of words");
                        self.fault(&[name, "choices"], heading, None);
                        None
                    }
                }
            }
            (ParamKind::Choice, _) => {
                let hint = "add choices = { \"a\", \"b\" }".to_owned();
                self.fault(&[name], format!("parameter {name:?} of kind choice has no choices"), Some(hint));
                None
            }
            (_, Some(_)) => {
                let heading = format!("parameter {name:?} of kind {} cannot have choices", kind.name());
                self.fault(&[name, "choices"], heading, Some("write kind = \"choice\"".to_owned()));
                Some(vec![])
            }
            (_, None) => Some(vec![]),
        }
    }

    fn bound(&self, name: &str, field: &str, of: &Declaration, value: Option<&Value>) -> Option<ParamValue> {
        let value = value?;
        if !of.kind.has_range() {
            let heading = format!("parameter {name:?} of kind {} cannot have {field:?}", of.kind.name());
            self.fault(&[name, field], heading, None);
            return None;
        }
        match of.kind.read_lua(value, &[]) {
            Ok(value) => Some(value),
            Err(why) => {
                self.fault(&[name, field], format!("wrong {field:?} of parameter {name:?}: {why}"), None);
                None
            }
        }
    }

    /// The value from the command line, else the preset, else the default; and whether a wrong one was noted.
    fn in_force(&self, name: &str, of: &Declaration, presets: &Presets) -> (Option<ParamValue>, bool) {
        let params = self.session.params.borrow();
        let given = params.arguments.value(name, of.kind);
        let preset = params.preset.clone();
        drop(params);
        let wrong = |why: String| {
            let flag = name.replace('_', "-");
            let fault = Fault::new(LoadErrorKind::Argument, format!("wrong value for --{flag}: {why}"));
            self.session.fault(match &of.about {
                Some(about) => fault.hint(format!("{name}: {about}")),
                None => fault,
            });
            (None, true)
        };
        match given {
            Err(why) => return wrong(why),
            Ok(Some(text)) => {
                return match of.kind.read(&text, &of.choices).and_then(|v| in_range(of, v)) {
                    Ok(value) => (Some(value), false),
                    Err(why) => wrong(why),
                };
            }
            Ok(None) => {}
        }
        if let Some(value) = preset.and_then(|p| presets.get(&p)).and_then(|values| values.get(name))
            && let Ok(value) = of.kind.read_lua(value, &of.choices).and_then(|v| in_range(of, v))
        {
            return (Some(value), false);
        }
        (of.default.clone(), false)
    }

    /// Every value of every preset must fit, whether the preset is chosen or not.
    fn check_presets(&self, presets: &Presets, entries: &BTreeMap<String, Value>) {
        for (preset, values) in presets {
            for (name, value) in values {
                let params = self.session.params.borrow();
                let Some(info) = params.declared.iter().find(|p| p.name == *name) else {
                    drop(params);
                    if entries.contains_key(name) {
                        continue;
                    }
                    if self.session.is_full() {
                        self.session.cut(1);
                        continue;
                    }
                    let hint = suggest::hint(name, entries.keys().map(String::as_str));
                    let heading = format!("unknown parameter {name:?} in preset {preset:?}");
                    self.fault(&["presets", preset, name], heading, Some(hint));
                    continue;
                };
                let (kind, choices) = (info.kind, info.choices.clone());
                let bound = |text: &Option<String>| text.as_ref().and_then(|t| kind.read(t, &[]).ok());
                let of = Declaration {
                    kind,
                    min: bound(&info.min),
                    max: bound(&info.max),
                    choices: choices.clone(),
                    default: None,
                    about: None,
                };
                drop(params);
                if let Err(why) = kind.read_lua(value, &choices).and_then(|v| in_range(&of, v)) {
                    let heading = format!("wrong value for {name:?} in preset {preset:?}: {why}");
                    self.fault(&["presets", preset, name], heading, None);
                }
            }
        }
    }

    /// Puts the declared parameters into the order of the author's lines, where they are known.
    fn sort(&self) {
        let Some(site) = &self.site else { return };
        let locator = Locator::new(&self.session.folder);
        let mut params = self.session.params.borrow_mut();
        params.declared.sort_by_cached_key(|info| {
            let place = locator.call(site, "hm.params", &[Seg::Name(info.name.clone())], true);
            (place.map_or((usize::MAX, 0), |p| (p.line, p.column)), info.name.clone())
        });
    }
}

fn info(name: &str, of: &Declaration, presets: &Presets, value: Option<&ParamValue>) -> ParamInfo {
    let in_preset = |(preset, values): (&String, &BTreeMap<String, Value>)| {
        let value = of.kind.read_lua(values.get(name)?, &of.choices).ok()?;
        Some((preset.clone(), value.printed()))
    };
    ParamInfo {
        name: name.to_owned(),
        kind: of.kind,
        default: of.default.as_ref().map(ParamValue::printed),
        min: of.min.as_ref().map(ParamValue::printed),
        max: of.max.as_ref().map(ParamValue::printed),
        choices: of.choices.clone(),
        about: of.about.clone(),
        presets: presets.iter().filter_map(in_preset).collect(),
        value: value.map(ParamValue::printed),
    }
}

fn in_range(of: &Declaration, value: ParamValue) -> Result<ParamValue, String> {
    let Some(size) = value.size() else { return Ok(value) };
    let below = of.min.as_ref().filter(|min| min.size().is_some_and(|min| size < min));
    let above = of.max.as_ref().filter(|max| max.size().is_some_and(|max| size > max));
    match (below, above) {
        (Some(min), _) => Err(format!("{} is less than {}", value.printed(), min.printed())),
        (_, Some(max)) => Err(format!("{} is more than {}", value.printed(), max.printed())),
        _ => Ok(value),
    }
}
