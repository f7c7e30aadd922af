//! The store for the real world: a thread of its own behind a bounded channel.

use super::schema::Durability;
use super::status::StoreStatus;
use super::writer::Writer;
use crate::clock::{Clock, Wall};
use crate::port::{Local, Record, Sink, SinkError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Batches that wait for the thread. Policy of the channel: block, so that no event is lost.
const QUEUE: usize = 256;
/// Longest time that a record waits for its commit.
const COMMIT_NS: u64 = 100_000_000;

enum Order {
    Keep(Vec<Record>),
    Sync(oneshot::Sender<Result<(), SinkError>>),
}

/// Writes a run on a thread of its own. `write` waits for room in the channel without blocking the runtime; what was taken is committed
/// within about 100 ms.
#[derive(Debug)]
pub struct ThreadedStore {
    queue: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<Result<(), SinkError>>>,
    status: StoreStatus,
}

impl ThreadedStore {
    /// Makes the database in a run's folder and starts the thread.
    ///
    /// # Errors
    /// The folder cannot be written or holds a database already, or there is no thread to be had.
    pub fn create(folder: &Path) -> Result<Self, SinkError> {
        let writer = Writer::create(folder, Durability::Disk)?;
        let status = writer.status().clone();
        let (queue, orders) = mpsc::channel(QUEUE);
        // The runtime gives the thread its timer. It is made here so that its failure is an error of this call.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| SinkError(format!("failed to start the store: {error}")))?;
        let thread = std::thread::Builder::new()
            .name("hubmark-store".to_owned())
            .spawn(move || runtime.block_on(work(writer, orders)))
            .map_err(|error| SinkError(format!("failed to start the store: {error}")))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), status })
    }

    /// How the store is.
    #[must_use]
    pub fn status(&self) -> StoreStatus {
        self.status.clone()
    }

    /// `seq` of the last event that survives a kill of the process, for who polls it.
    #[must_use]
    pub fn kept(&self) -> Arc<AtomicU64> {
        self.status.committed()
    }

    /// Waits until everything taken is kept, and closes. It blocks the calling thread, at the end of a run.
    ///
    /// # Errors
    /// The record is not whole.
    pub fn close(mut self) -> Result<(), SinkError> {
        self.join()
    }

    fn join(&mut self) -> Result<(), SinkError> {
        self.queue = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(closed)) => closed,
            Some(Err(_)) => Err(thread_gone()),
            None => self.status.broken().map_or(Ok(()), Err),
        }
    }

    async fn order(&self, order: Order) -> Result<(), SinkError> {
        match &self.queue {
            Some(queue) => queue.send(order).await.map_err(|_| thread_gone()),
            None => Err(thread_gone()),
        }
    }
}

impl Sink for ThreadedStore {
    /// An error of an earlier batch comes with a later one, once.
    fn write<'a>(&'a mut self, batch: &'a [Record]) -> Local<'a, Result<(), SinkError>> {
        Box::pin(async move {
            self.order(Order::Keep(batch.to_vec())).await?;
            self.status.take_untold()
        })
    }

    fn sync(&mut self) -> Local<'_, Result<(), SinkError>> {
        Box::pin(async move {
            let (done, wait) = oneshot::channel();
            self.order(Order::Sync(done)).await?;
            wait.await.map_err(|_| thread_gone())?
        })
    }
}

impl Drop for ThreadedStore {
    fn drop(&mut self) {
        // The status keeps an error for who looks; there is nobody here to tell.
        let _ = self.join();
    }
}

async fn work(mut writer: Writer, mut orders: mpsc::Receiver<Order>) -> Result<(), SinkError> {
    let clock = Clock::start(&Wall::Machine);
    let mut commit_at = None;
    loop {
        let order = match commit_at {
            Some(at) => match clock.until(at, orders.recv()).await {
                Some(order) => order,
                None => {
                    writer.commit();
                    commit_at = None;
                    continue;
                }
            },
            None => orders.recv().await,
        };
        match order {
            Some(Order::Keep(batch)) => batch.iter().for_each(|record| writer.put(record)),
            Some(Order::Sync(done)) => {
                // Nobody waits any more if the run was torn down meanwhile.
                let _ = done.send(writer.sync());
            }
            None => return writer.close(),
        }
        commit_at = match commit_at {
            Some(at) if clock.now_ns() >= at => {
                writer.commit();
                None
            }
            _ if !writer.is_pending() => None,
            Some(at) => Some(at),
            None => Some(clock.now_ns() + COMMIT_NS),
        };
    }
}

fn thread_gone() -> SinkError {
    SinkError("the store's thread has ended".to_owned())
}
