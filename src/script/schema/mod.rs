//! The language's words in one table: constructors, their fields, types, defaults and what they mean.
//!
//! The constructors' checks and errors, `lua/types/hubmark.lua` and `docs/reference/lua.md` all come from [`SCHEMA`], so they cannot
//! disagree.

mod behaviour;
mod farm;
mod language;
mod load;
mod luacats;
mod node;
mod reference;
mod run;
mod scenario;
mod user;

pub(super) use behaviour::{
    CODE_ERROR_FIELDS, EXECUTE, EXECUTED_FIELDS, FAILURE_FIELDS, KERNEL, KERNEL_FIELDS, OPEN_KERNEL, RUN_NOTEBOOK,
    SERVER_FIELDS, START_SERVER, USER, USER_FIELDS, calls, names,
};
use behaviour::{GPU_FIELDS, RECORDS};
use language::{Call, HELPERS, HOOKS, TASK, TASK_ERROR};
pub(super) use language::{Function, Row};
pub(super) use language::{RUN_FIELDS, TASK_ERROR_FIELDS, TASK_FIELDS};
pub use luacats::luacats;
pub(super) use node::{NODE, NODE_PARTS};
pub use reference::reference_markdown;
use run::{GPU_CALLS, HOST_CALLS, ONE_SERIES_FIELDS, RUN_RECORDS, SERIES_FIELDS};
pub(super) use run::{HUB, PROM, QUERY_RANGE, RUN, SHARED, STATS_FIELDS, WAIT, gpu_fields, host_fields, run_words};

/// A constructor of the language.
#[derive(Debug)]
pub struct Constructor {
    /// Its name below `hm`.
    pub name: &'static str,
    /// What it makes, one sentence.
    pub about: &'static str,
    /// How it is called.
    pub form: Form,
    /// Its fields, or its arguments in order.
    pub fields: &'static [Field],
    /// Lua that shows it.
    pub example: &'static str,
}

/// How a constructor is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With a table: `hm.hub { url = … }`. `first` is the field that the table's first item without a name stands for.
    Table {
        /// Name of that field.
        first: Option<&'static str>,
    },
    /// With arguments: `hm.uniform("1s", "5s")`.
    Arguments,
}

/// A field of a constructor or record.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub ty: Type,
    /// Whether it must be there.
    pub required: bool,
    /// What holds without it, as it is printed in the reference.
    pub default: Option<&'static str>,
    /// What it means, one sentence.
    pub about: &'static str,
    /// Whether a record's first item without a name stands for it.
    pub first: bool,
}

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// A text.
    Text,
    /// A name: letters, digits, `-`, `_`, `.`.
    Name,
    /// A path below the scenario's folder.
    Path,
    /// A whole number from `min` to `max`.
    Integer {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// A number from `min` up.
    Number {
        /// Least.
        min: f64,
    },
    /// `true` or `false`.
    Boolean,
    /// A duration: `"90s"`.
    Duration,
    /// A rate: `"2/min"`.
    Rate,
    /// A share above nothing: `"90%"`.
    Share,
    /// A temperature: `"88C"`.
    Celsius,
    /// A size: `"16GiB"`.
    Bytes,
    /// An address with `http://` or `https://` that others stand below.
    Url,
    /// The address of one page, taken as it stands.
    Endpoint,
    /// Where a secret comes from: a parameter of kind `secret`, `"env:NAME"` or `"file:PATH"`.
    Secret,
    /// A pattern for account names with one `%d` or `%04d`.
    Pattern,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// What one of these constructors makes.
    Made(&'static [&'static str]),
    /// Any of these.
    Either(&'static [Type]),
    /// A list.
    List(&'static Type),
    /// Names with values.
    Map(&'static Type),
    /// A plain table with these fields. The name is the one of its class in the type definitions.
    Record(&'static str, &'static [Field]),
    /// Plain data that becomes JSON: a table with text keys.
    Data,
    /// An objective.
    Threshold,
    /// A function; its parameters as they are printed.
    Function(&'static str),
}

impl Type {
    /// The plain table that a field takes, alone or as one of several shapes, or that the items of its list or map are.
    fn record(&self) -> Option<(&'static str, &'static [Field])> {
        match self {
            Type::Record(name, fields) => Some((name, fields)),
            Type::List(of) | Type::Map(of) => of.record(),
            Type::Either(types) => types.iter().find_map(Type::record),
            _ => None,
        }
    }

    /// What is wanted, in words that fit behind "wanted".
    #[must_use]
    pub fn wanted(&self) -> String {
        match self {
            Type::Text => "a text".to_owned(),
            Type::Name => "a name of letters, digits, \"-\", \"_\" and \".\"".to_owned(),
            Type::Path => "a path below the scenario's folder".to_owned(),
            Type::Integer { min, max: i64::MAX } => format!("a whole number from {min} up"),
            Type::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Type::Number { min } => format!("a number from {min} up"),
            Type::Boolean => "true or false".to_owned(),
            Type::Duration => "a duration like \"90s\" or \"1h30m\"".to_owned(),
            Type::Rate => "a rate like \"2/min\" or \"0.5/s\"".to_owned(),
            Type::Share => "a share like \"90%\", above 0% and up to 100%".to_owned(),
            Type::Celsius => "a temperature like \"88C\"".to_owned(),
            Type::Bytes => "a size like \"16GiB\"".to_owned(),
            Type::Url => "an address like \"http://127.0.0.1:8000\"".to_owned(),
            Type::Endpoint => "an address like \"http://127.0.0.1:9100/metrics\"".to_owned(),
            Type::Secret => "\"env:NAME\", \"file:PATH\" or a parameter of kind secret".to_owned(),
            Type::Pattern => "a pattern with one number in it like \"hubmark-%04d\"".to_owned(),
            Type::Choice(words) => words.iter().map(|w| format!("{w:?}")).collect::<Vec<_>>().join(" or "),
            Type::Made(["constant", ..]) => "a distribution like hm.exponential(\"30s\")".to_owned(),
            Type::Made(["constant_users", ..]) => "an executor like hm.constant_users {…}".to_owned(),
            Type::Made(["gpu"]) => "hm.gpu(\"gx8\", 0)".to_owned(),
            Type::Made(["exporter", ..]) => "hm.exporter(\"http://…/metrics\") or hm.prometheus {…}".to_owned(),
            Type::Made(["node", ..]) => "hm.node {…} or hm.nodes(…)".to_owned(),
            Type::Made(names) => names.iter().map(|n| format!("hm.{n} {{…}}")).collect::<Vec<_>>().join(" or "),
            Type::Either(types) => types.iter().map(Type::wanted).collect::<Vec<_>>().join(", or "),
            Type::List(of) => format!("a list, each item {}", of.wanted()),
            Type::Map(of) => format!("a table of names, each with {}", of.wanted()),
            Type::Record(_, fields) => {
                format!("a table with {}", fields.iter().map(|f| f.name).collect::<Vec<_>>().join(", "))
            }
            Type::Data => "a table of plain data".to_owned(),
            Type::Threshold => "an objective like \"task.duration.p95 < 15m\"".to_owned(),
            Type::Function(parameters) => format!("a function({parameters})"),
        }
    }
}

/// Every constructor, in the order of the reference.
pub const SCHEMA: &[&Constructor] = &[
    &scenario::SCENARIO,
    &farm::FARM,
    &node::NODE,
    &node::NODES,
    &node::GPU,
    &node::EXPORTER,
    &node::PROMETHEUS,
    &farm::HUB,
    &farm::ACCOUNTS,
    &farm::SERVER,
    &user::NOTEBOOK,
    &user::USER,
    &user::CONSTANT,
    &user::UNIFORM,
    &user::EXPONENTIAL,
    &user::LOGNORMAL,
    &user::EMPIRICAL,
    &load::CONSTANT_USERS,
    &load::RAMPING_USERS,
    &load::PER_USER_ITERATIONS,
];

/// Shorthand for the table's rows.
const fn field(name: &'static str, ty: Type, about: &'static str) -> Field {
    Field { name, ty, required: false, default: None, about, first: false }
}

impl Field {
    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn first(mut self) -> Self {
        self.first = true;
        self
    }

    const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_documented_and_stands_once() {
        let mut names = std::collections::BTreeSet::new();
        for constructor in SCHEMA {
            assert!(names.insert(constructor.name), "{} stands twice", constructor.name);
            assert!(!constructor.about.is_empty() && !constructor.example.is_empty(), "{}", constructor.name);
            let mut fields = std::collections::BTreeSet::new();
            for field in constructor.fields {
                assert!(fields.insert(field.name), "{}.{} stands twice", constructor.name, field.name);
                assert!(!field.about.is_empty(), "{}.{}", constructor.name, field.name);
                assert!(!(field.required && field.default.is_some()), "{}.{}", constructor.name, field.name);
            }
        }
    }
}
