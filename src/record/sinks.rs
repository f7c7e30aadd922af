//! The two forms of the store that the engine writes to.

use super::store::{Durability, Writer};
use crate::port::{Local, Record, Sink, SinkError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Batches that may wait for the writer's thread. The engine waits when there are more.
const QUEUE: usize = 64;

/// Writes in place. For the simulated world, where nothing may wait for another thread.
pub struct InlineStore(Writer);

impl InlineStore {
    /// Makes `run.db` in a run's folder.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn create(folder: &Path) -> Result<Self, SinkError> {
        Writer::create(folder, Durability::Simulated).map(Self)
    }
}

impl Sink for InlineStore {
    fn write<'a>(&'a mut self, batch: &'a [Record]) -> Local<'a, Result<(), SinkError>> {
        let result = self.0.write(batch);
        Box::pin(std::future::ready(result))
    }

    fn sync(&mut self) -> Local<'_, Result<(), SinkError>> {
        Box::pin(std::future::ready(self.0.sync()))
    }
}

enum Order {
    Write(Vec<Record>),
    Sync(oneshot::Sender<Result<(), SinkError>>),
}

/// Writes on a thread of its own. For real runs: the disk never holds up the engine, until 64 batches wait.
pub struct ThreadedStore {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    kept: Arc<AtomicU64>,
    failed: Arc<std::sync::OnceLock<String>>,
}

impl ThreadedStore {
    /// Makes `run.db` in a run's folder and starts the thread.
    ///
    /// # Errors
    /// The file cannot be made, or the thread cannot be started.
    pub fn create(folder: &Path) -> Result<Self, SinkError> {
        let writer = Writer::create(folder, Durability::Real)?;
        let (tx, rx) = mpsc::channel(QUEUE);
        let kept = Arc::new(AtomicU64::new(0));
        let failed = Arc::new(std::sync::OnceLock::new());
        let (kept_there, failed_there) = (Arc::clone(&kept), Arc::clone(&failed));
        let thread = std::thread::Builder::new()
            .name("hubmark-store".to_owned())
            .spawn(move || serve(writer, rx, &kept_there, &failed_there))
            .map_err(|error| SinkError(format!("failed to start the store's thread: {error}")))?;
        Ok(Self { orders: Some(tx), thread: Some(thread), kept, failed })
    }

    /// `seq` of the last event that is committed: it survives a kill of the process.
    #[must_use]
    pub fn kept(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.kept)
    }

    fn fault(&self) -> SinkError {
        SinkError(self.failed.get().cloned().unwrap_or_else(|| "the store's thread is gone".to_owned()))
    }
}

impl Sink for ThreadedStore {
    fn write<'a>(&'a mut self, batch: &'a [Record]) -> Local<'a, Result<(), SinkError>> {
        Box::pin(async move {
            let sent = match &self.orders {
                Some(orders) if self.failed.get().is_none() => orders.send(Order::Write(batch.to_vec())).await.is_ok(),
                _ => false,
            };
            if sent { Ok(()) } else { Err(self.fault()) }
        })
    }

    fn sync(&mut self) -> Local<'_, Result<(), SinkError>> {
        Box::pin(async move {
            let (ack, done) = oneshot::channel();
            let sent = match &self.orders {
                Some(orders) => orders.send(Order::Sync(ack)).await.is_ok(),
                None => false,
            };
            if !sent {
                return Err(self.fault());
            }
            done.await.unwrap_or_else(|_| Err(self.fault()))
        })
    }
}

impl Drop for ThreadedStore {
    /// Waits until everything that was taken is written.
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    mut writer: Writer,
    mut orders: mpsc::Receiver<Order>,
    kept: &AtomicU64,
    failed: &std::sync::OnceLock<String>,
) {
    while let Some(order) = orders.blocking_recv() {
        match order {
            Order::Write(batch) => match writer.write(&batch) {
                Ok(()) => kept.store(writer.last_seq, Ordering::Release),
                Err(error) => {
                    let _ = failed.set(error.to_string());
                    return;
                }
            },
            Order::Sync(ack) => {
                let _ = ack.send(writer.sync());
            }
        }
    }
    if let Err(error) = writer.close() {
        let _ = failed.set(error.to_string());
    }
}
