//! From what the constructors made to a plan.

mod accounts;
mod farm;
mod load;
mod path;
mod target;
mod threshold;
mod user;

pub(super) use path::note;

use super::fault::{Fault, LoadErrorKind};
use super::notebook::Document;
use super::session::Session;
use super::value::{Checked, Made};
use crate::plan::{API, Executor, Farm, Hook, Keep, Needs, NotebookSpec, Plan, Sampling, SpawnPacing, UserSpec};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// A plan with the documents of its notebooks by key.
pub(super) struct Built {
    pub(super) plan: Plan,
    pub(super) notebooks: BTreeMap<String, Arc<[u8]>>,
}

/// Seed of a scenario that names none.
pub(super) const SEED: u64 = 1;

/// Builds the plan of a scenario. What is wrong goes to the session; the plan is then not to be used.
pub(super) fn plan(session: &Rc<Session>, scenario: &Made, default_name: &str, seed: Option<u64>) -> Built {
    let builder = Builder { session, scenario };
    builder.api();
    let (notebooks, documents) = builder.notebooks();
    let farm = farm::farm(&builder);
    let (users, load) = builder.users_and_load(&notebooks, &farm);
    let plan = Plan {
        name: scenario.text("name").unwrap_or_else(|| default_name.to_owned()),
        about: scenario.text("about"),
        api: scenario.integer("api").unwrap_or(API),
        tags: scenario.texts("tags"),
        seed: seed.or_else(|| chosen_seed(scenario)).unwrap_or(SEED),
        targets: target::targets(&builder),
        prometheus: target::prometheus(&builder),
        farm,
        notebooks,
        users,
        metrics: user::metrics(&builder),
        load,
        spawns: builder.spawns(),
        sampling: builder.sampling(),
        thresholds: threshold::thresholds(&builder),
        hooks: hooks(scenario),
        keep: match scenario.text("keep").as_deref() {
            Some("failed") => Keep::Failed,
            Some("all") => Keep::All,
            _ => Keep::Sample,
        },
        params: session.params.borrow().printed(),
    };
    Built { plan, notebooks: documents }
}

/// The seed that the scenario names.
pub(super) fn chosen_seed(scenario: &Made) -> Option<u64> {
    match scenario.get("seed") {
        Some(Checked::Integer(seed)) => u64::try_from(*seed).ok(),
        _ => None,
    }
}

fn hooks(scenario: &Made) -> BTreeSet<Hook> {
    let on = scenario.map("on");
    Hook::ALL.into_iter().filter(|hook| on.is_some_and(|on| on.contains_key(hook.name()))).collect()
}

/// Notebooks of the plan and their documents, by key.
type Notebooks = (BTreeMap<String, NotebookSpec>, BTreeMap<String, Arc<[u8]>>);
/// Users and executors, by key.
type Load = (BTreeMap<String, UserSpec>, BTreeMap<String, Executor>);

/// The scenario while its plan is built.
struct Builder<'s> {
    session: &'s Rc<Session>,
    scenario: &'s Made,
}

impl Builder<'_> {
    fn wrong(&self, path: &str, why: impl AsRef<str>, hint: Option<&str>) {
        let mut fault = Fault::new(LoadErrorKind::Plan, why);
        fault.hints.extend(hint.map(str::to_owned));
        path::place(self.session, self.scenario, &mut fault, path);
        self.session.fault(fault);
    }

    fn api(&self) {
        if let Some(Checked::Integer(api)) = self.scenario.get("api")
            && *api > i64::from(API)
        {
            let why = format!("the scenario is written in version {api} of the language; this hubmark speaks {API}");
            self.wrong("api", why, Some("install a newer hubmark"));
        }
    }

    fn notebooks(&self) -> Notebooks {
        let mut specs = BTreeMap::new();
        let mut documents = BTreeMap::new();
        let mut add = |key: String, path: &str, value: &Checked| {
            if let Some((spec, document)) = self.notebook(path, value) {
                specs.insert(key.clone(), spec);
                documents.insert(key, document.bytes);
            }
        };
        if let Some(one) = self.scenario.get("notebook") {
            let path = match one {
                Checked::Text(path) => Some(path.clone()),
                Checked::Made(made) => made.text("path"),
                _ => None,
            };
            let stem = path.as_deref().map(std::path::Path::new).and_then(|p| p.file_stem());
            let key = stem.map_or("notebook".to_owned(), |s| s.to_string_lossy().into_owned());
            add(key, "notebook", one);
        }
        for (key, value) in self.scenario.map("notebooks").into_iter().flatten() {
            add(key.clone(), &format!("notebooks.{key}"), value);
        }
        (specs, documents)
    }

    fn notebook(&self, path: &str, value: &Checked) -> Option<(NotebookSpec, Document)> {
        let (file, document, made) = match value {
            Checked::Text(file) => match super::notebook::read(self.session, file) {
                Ok(document) => (file.clone(), document, None),
                Err((why, hint)) => {
                    self.wrong(path, why, hint.as_deref());
                    return None;
                }
            },
            // A notebook whose file was wrong has its fault already.
            Checked::Made(made) => (made.text("path")?, made.extra.clone()?, Some(made)),
            _ => return None,
        };
        let spec = NotebookSpec {
            path: file.into(),
            sha256: document.sha256.clone(),
            code_cells: document.code_cells,
            kernel: document.kernel.clone(),
            params: made.map(|m| m.data("params")).unwrap_or_default(),
            undeclared: document.undeclared.clone(),
            timeout: made.and_then(|m| m.duration("timeout")).unwrap_or(Duration::from_secs(600)),
            expect: made.and_then(|m| m.duration("expect")),
            needs: needs(made),
        };
        Some((spec, document))
    }

    fn users_and_load(&self, notebooks: &BTreeMap<String, NotebookSpec>, farm: &Farm) -> Load {
        match self.scenario.get("users") {
            Some(Checked::Integer(users)) => load::one_line(self, u32::try_from(*users).unwrap_or(0), notebooks, farm),
            _ => {
                self.refuse_one_line_fields();
                let users = self.scenario.map("users").into_iter().flatten();
                let users = users.filter_map(|(key, value)| Some((key.clone(), user::user(value)?))).collect();
                (users, load::executors(self, farm))
            }
        }
    }

    /// `duration` and `notebook` mean something in a one-line scenario only.
    fn refuse_one_line_fields(&self) {
        for name in ["duration", "notebook"] {
            if self.scenario.get(name).is_some() {
                let why = format!("{name:?} belongs to a one-line scenario, where \"users\" is a number");
                self.wrong(name, why, Some("write users = 4, or use notebooks, users and load"));
            }
        }
    }

    fn spawns(&self) -> SpawnPacing {
        let default = SpawnPacing::default();
        let Some(spawns) = self.scenario.map("spawns") else { return default };
        SpawnPacing {
            at_most: match spawns.get("at_most") {
                Some(Checked::Rate(rate)) => Some(*rate),
                _ => None,
            },
            together: match spawns.get("together") {
                Some(Checked::Integer(n)) => u32::try_from(*n).unwrap_or(default.together),
                _ => default.together,
            },
            timeout: duration(spawns, "timeout").unwrap_or(default.timeout),
        }
    }

    fn sampling(&self) -> Sampling {
        let default = Sampling::default();
        let Some(sampling) = self.scenario.map("sampling") else { return default };
        for name in ["host", "gpu", "report"] {
            if duration(sampling, name).is_some_and(|d| d < Duration::from_millis(100)) {
                self.wrong(&format!("sampling.{name}"), format!("the interval {name:?} is under 100 ms"), None);
            }
        }
        Sampling {
            host: duration(sampling, "host").unwrap_or(default.host),
            gpu: duration(sampling, "gpu").unwrap_or(default.gpu),
            report: duration(sampling, "report").unwrap_or(default.report),
        }
    }
}

/// What a task of a notebook needs of its machines.
fn needs(made: Option<&Rc<Made>>) -> Needs {
    let record = made.and_then(|made| made.map("needs"));
    let number = |name: &str| farm::number(record, name).unwrap_or(0.0);
    Needs {
        gpu: number("gpu"),
        cores: number("cores"),
        memory_bytes: number("memory"),
        gpu_memory_bytes: number("gpu_memory"),
    }
}

fn duration(fields: &BTreeMap<String, Checked>, name: &str) -> Option<Duration> {
    match fields.get(name) {
        Some(Checked::Duration(duration)) => Some(*duration),
        _ => None,
    }
}
