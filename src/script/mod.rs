//! The scenario language: Lua files that return a plan, and the hooks that a run calls.
//!
//! [`load`] runs a scenario's files in a fresh VM without input or output and within [`Limits`], checks what they build against
//! [`SCHEMA`] and gives a valid plan, or every fault with the author's file, line and field. [`Loaded::hooks`] makes the VM whose
//! hooks a run calls, [`Loaded::users`] what makes the VMs of users of the author's own. No type of the Lua library leaves this module.

mod build;
mod check;
mod construct;
mod farm;
mod fault;
mod files;
mod hm;
mod hooks;
mod limits;
mod loader;
mod notebook;
mod params;
mod routine;
mod schema;
mod session;
mod suggest;
mod user;
mod value;
mod vm;

pub use fault::{Fault, LoadError, LoadErrorKind};
pub use files::FileRead;
pub use limits::{Breach, Counting, Limits};
pub use loader::{Described, Env, LoadRequest, Loaded, describe_params, load};
pub use params::{ParamInfo, ParamKind};
pub use schema::{Constructor, Field, Form, SCHEMA, Type, luacats, reference_markdown};
