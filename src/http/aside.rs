//! Work that would hold up every other user: done by a thread beside the engine's.
//!
//! The engine, its users and the clients share one thread. A file or an output of megabytes takes milliseconds to encode or to parse, and
//! meanwhile nobody's timer fires and nobody's message is read, so that other users' times would be measured too long.

use std::sync::Arc;
use tokio::sync::Semaphore;

/// What is smaller is done on the spot: it takes less than a tenth of a millisecond, and handing it over and back costs a part of that.
const SMALL: usize = 64 << 10;
/// Pieces of work of one target that are done at one time. The other ones wait, so that many large files take memory and processors
/// from the engine one after the other.
const AT_ONCE: usize = 2;

/// The threads beside the engine's, as far as one target may use them. Cloning gives the same.
#[derive(Debug, Clone)]
pub struct Aside {
    turns: Arc<Semaphore>,
}

impl Default for Aside {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

/// Whether so many bytes are handed over.
#[must_use]
pub fn is_large(bytes: usize) -> bool {
    bytes >= SMALL
}

impl Aside {
    /// Does work on so many bytes: on the spot where they are few, else on another thread. Work that was begun goes on where nobody
    /// waits for it any more, and keeps its turn until it is done.
    pub async fn run<T: Send + 'static>(&self, bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
        if !is_large(bytes) {
            return work();
        }
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        match done.await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(done) => done,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The runtime is being shut down, and with it the one who waits here.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    /// Longest wait for something that has to come.
    const COMES_WITHIN: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn large_work_leaves_the_thread_to_others_and_small_work_stays_on_it() {
        let (aside, here) = (Aside::default(), thread::current().id());
        assert_eq!(aside.run(SMALL - 1, || thread::current().id()).await, here);
        let (go, wait) = mpsc::channel();
        // The work ends only when the other future, which needs this thread, has run.
        let large = aside.run(SMALL, move || (wait.recv_timeout(COMES_WITHIN).is_ok(), thread::current().id()));
        let (large, ()) = tokio::join!(biased; large, async { go.send(()).unwrap() });
        assert!(large.0, "the thread was held");
        assert_ne!(large.1, here);
    }

    #[tokio::test]
    async fn as_many_as_allowed_work_at_one_time_also_where_nobody_waits_any_more() {
        let aside = Aside::default();
        let (began, begins) = mpsc::channel();
        let mut gates = Vec::new();
        for n in 0..=AT_ONCE {
            let (open, gate) = mpsc::channel::<()>();
            gates.push(open);
            let (aside, began) = (aside.clone(), began.clone());
            let given_up = tokio::spawn(async move {
                aside
                    .run(SMALL, move || {
                        began.send(n).unwrap();
                        let _ = gate.recv();
                    })
                    .await;
            });
            tokio::task::yield_now().await;
            given_up.abort();
        }
        let first: Vec<usize> = (0..AT_ONCE).map(|_| begins.recv_timeout(COMES_WITHIN).unwrap()).collect();
        assert_eq!((first.len(), aside.turns.available_permits()), (AT_ONCE, 0));
        drop(gates);
        aside.run(SMALL, || ()).await;
        assert!(begins.try_recv().is_err(), "what was given up before its turn is not begun");
    }
}
