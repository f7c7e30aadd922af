//! Traits at the edge of the program. The engine sees these only; `hub`, `sampler`, `script`, `record` are the real edges and `sim` is
//! a second set of them under the same engine.
//!
//! Futures are local: engine, hubs and scripts share one current-thread runtime, and nothing in it takes a lock.

mod behaviour;
mod hub;
mod look;
mod sampler;
mod script;
mod sink;

pub use behaviour::{
    CallSite, Executed, KernelNumber, ServerWish, Turn, UserAnswer, UserAsk, UserCode, UserFacts, UserFault,
    UserScripts,
};
pub use hub::{
    AccountInfo, CellReply, CellRequest, Created, Hub, HubInfo, Kernel, ServerInfo, ServerRef, ServerRequest,
    TokenOwner,
};
pub use look::{
    Figure, Figures, GPU_READINGS, GpuIdentity, HERE, HOST_READINGS, HubPart, HubSeen, LookSeries, Outside, PromQuery,
    PromRange, Reading, RunAnswer, RunAsk, STATS, SeriesFound, SharedAsk,
};
pub use sampler::{SampleError, Sampler};
pub use script::{HookAction, HookCall, HookTurn, RunView, Script, ScriptFault};
pub use sink::{FileContent, Record, Sink, SinkError};

/// A boxed future of the current thread.
pub type Local<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + 'a>>;
