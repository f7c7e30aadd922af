//! What a kernel's `execute_reply` says.

use crate::event::{Failure, Outcome};
use serde::Deserialize;
use std::borrow::Cow;

/// Content of an `execute_reply`, as far as it is needed.
#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow, default)]
    status: Cow<'a, str>,
    #[serde(default)]
    execution_count: Option<u64>,
    #[serde(borrow, default)]
    ename: Cow<'a, str>,
    #[serde(borrow, default)]
    evalue: Cow<'a, str>,
}

/// Execution count and failure of a reply.
pub(super) fn read(content: &[u8]) -> (Option<u64>, Option<Failure>) {
    let Ok(reply) = serde_json::from_slice::<Reply<'_>>(content) else {
        return (None, Some(Failure::new(Outcome::UnexpectedReply, "the kernel's reply is not as the protocol says")));
    };
    let failure = match &*reply.status {
        "ok" => None,
        "error" => {
            let Reply { ename, evalue, .. } = &reply;
            let parts = [&**ename, &**evalue];
            let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ");
            Some(Failure::new(raised(ename, evalue), text))
        }
        "" => Some(Failure::new(Outcome::UnexpectedReply, "the kernel's reply has no status")),
        // Bash and R answer an interrupt so, and every kernel the cells that were queued behind an error.
        other => Some(Failure::new(Outcome::CellError, format!("the kernel answered {other:?}"))),
    };
    (reply.execution_count, failure)
}

/// Which kind of error a cell raised. The names are Python's (also under a module, as some libraries write them), PyTorch's and CuPy's,
/// and TensorFlow's; CUDA's own error has a general name and says it in words.
fn raised(ename: &str, evalue: &str) -> Outcome {
    match ename.rsplit('.').next().unwrap_or_default() {
        "MemoryError" | "OutOfMemoryError" | "_ArrayMemoryError" | "ResourceExhaustedError" => Outcome::Oom,
        "StdinNotImplementedError" => Outcome::StdinRefused,
        _ if evalue.contains("CUDA out of memory") || evalue.contains("RESOURCE_EXHAUSTED: Out of memory") => {
            Outcome::Oom
        }
        _ => Outcome::CellError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(content: &str) -> Option<(Outcome, String)> {
        read(content.as_bytes()).1.map(|failure| (failure.outcome, failure.message))
    }

    #[test]
    fn a_reply_tells_an_exception_an_abort_and_nonsense_apart() {
        let raised = outcome(r#"{"status": "error", "ename": "NameError", "evalue": "x", "traceback": []}"#);
        assert_eq!(raised, Some((Outcome::CellError, "NameError: x".to_owned())));
        assert_eq!(outcome(r#"{"status": "ok"}"#), None);
        assert_eq!(outcome(r#"{"status": "aborted"}"#).unwrap().0, Outcome::CellError);
        assert_eq!(outcome("{}").unwrap().0, Outcome::UnexpectedReply);
        assert_eq!(outcome("[").unwrap().0, Outcome::UnexpectedReply);
    }

    #[test]
    fn errors_of_memory_and_of_input_have_outcomes_of_their_own() {
        for (ename, evalue, expected) in [
            ("MemoryError", "", Outcome::Oom),
            ("torch.OutOfMemoryError", "CUDA out of memory. Tried to allocate 20 MiB", Outcome::Oom),
            ("RuntimeError", "CUDA out of memory. Tried to allocate 20 MiB", Outcome::Oom),
            ("XlaRuntimeError", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate", Outcome::Oom),
            ("StdinNotImplementedError", "raw_input was called", Outcome::StdinRefused),
            ("RuntimeError", "memory is fine", Outcome::CellError),
        ] {
            assert_eq!(raised(ename, evalue), expected, "{ename}");
        }
    }
}
