//! Identities. They are in every record and never change their meaning.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A virtual user: a slot of an executor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserId {
    /// Executor's key.
    pub executor: Arc<str>,
    /// Slot, from 0.
    pub index: u32,
}

/// One iteration of a user. The number goes on over reloads and resumes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IterationId {
    /// Whose.
    pub user: UserId,
    /// Number, from 1.
    pub n: u64,
}

/// One task of an iteration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId {
    /// In which iteration.
    pub iteration: IterationId,
    /// Number in the iteration, from 1.
    pub k: u32,
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.executor, self.index)
    }
}

impl fmt::Display for IterationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.user, self.n)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.iteration, self.k)
    }
}

/// Whom an event is about, as far as it is about somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ids {
    /// The executor, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executor: Option<Arc<str>>,
    /// The user's slot in the executor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<u32>,
    /// The iteration's number of that user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u64>,
    /// The task's number in that iteration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<u32>,
}

/// As the identities are written: `agents/3#12.1`. Nothing where it is about nobody.
impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.executor.as_deref().unwrap_or_default())?;
        let Some(user) = self.user else { return Ok(()) };
        write!(f, "/{user}")?;
        let Some(iteration) = self.iteration else { return Ok(()) };
        write!(f, "#{iteration}")?;
        self.task.map_or(Ok(()), |task| write!(f, ".{task}"))
    }
}

impl From<&UserId> for Ids {
    fn from(user: &UserId) -> Self {
        Self { executor: Some(user.executor.clone()), user: Some(user.index), ..Self::default() }
    }
}

impl From<&IterationId> for Ids {
    fn from(iteration: &IterationId) -> Self {
        Self { iteration: Some(iteration.n), ..Self::from(&iteration.user) }
    }
}

impl From<&TaskId> for Ids {
    fn from(task: &TaskId) -> Self {
        Self { task: Some(task.k), ..Self::from(&task.iteration) }
    }
}
