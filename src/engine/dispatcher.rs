//! The single linearizer: gives events their dense `seq` and hands everything to the store, the live view and the hooks in one order.

use super::channel::{Block, Conflate};
use super::files::FileRoom;
use super::hooks::TaskQueue;
use super::log::{Admission, LogLimit};
use super::stop::{Stop, StopLevel};
use super::threshold::Watch;
use super::view::LiveView;
use crate::clock::Clock;
use crate::event::{Event, EventKind, Ids, LogLine, SampleBatch};
use crate::port::{FileContent, Record, Sink};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Room for things that wait for the dispatcher. Senders of events wait when it is full; samples are dropped and counted.
const QUEUE: usize = 4096;
/// Most things that are written as one batch.
const BATCH: usize = 512;

/// What goes through the dispatcher's channel.
enum Item {
    Event { ids: Ids, t_ns: u64, generation: u32, kind: EventKind, durable: Option<oneshot::Sender<bool>> },
    Samples(SampleBatch),
    File { path: String, content: Arc<dyn FileContent> },
}

/// Handle to emit events, samples and files. Cloning gives the same stream.
#[derive(Clone)]
pub(super) struct Emitter {
    queue: Block<Item>,
    clock: Clock,
    generation: Rc<Cell<u32>>,
    log: Rc<LogLimit>,
    files: FileRoom,
}

impl Emitter {
    /// Emits an event of now, under the generation in force. Waits for room.
    pub(super) async fn event(&self, ids: impl Into<Ids>, kind: EventKind) {
        self.send(ids.into(), kind, None).await;
    }

    /// Emits an event and waits until it survives the death of the process and the machine's power. False if it cannot be kept.
    pub(super) async fn durable(&self, ids: impl Into<Ids>, kind: EventKind) -> bool {
        let (ack, done) = oneshot::channel();
        self.send(ids.into(), kind, Some(ack)).await;
        done.await.unwrap_or(false)
    }

    async fn send(&self, ids: Ids, kind: EventKind, durable: Option<oneshot::Sender<bool>>) {
        let item = Item::Event { ids, t_ns: self.clock.now_ns(), generation: self.generation.get(), kind, durable };
        // The dispatcher outlives every emitter; a closed channel means that the run is over.
        let _ = self.queue.send(item).await;
    }

    /// Emits a line of the log, unless there are too many.
    pub(super) async fn log(&self, ids: impl Into<Ids>, line: LogLine) {
        let line = match self.log.admit(line.level, self.clock.now_ns()) {
            Admission::Kept => line,
            Admission::First(said) => said,
            Admission::LeftOut => return,
        };
        self.event(ids, EventKind::Log(line)).await;
    }

    /// Says how many lines of the log were left out. For the end of the run.
    pub(super) async fn log_left_out(&self) {
        for line in self.log.left_out() {
            self.event(Ids::default(), EventKind::Log(line)).await;
        }
    }

    /// Emits samples. Waits for room: the bounded loss of samples happens where they are taken, in the sampling loop's missed ticks.
    pub(super) async fn samples(&self, batch: SampleBatch) {
        let _ = self.queue.send(Item::Samples(batch)).await;
    }

    /// Emits a file for the run's folder. Waits for room.
    pub(super) async fn file(&self, path: String, content: impl FileContent + 'static) {
        let content = self.files.admit(content).await;
        let _ = self.queue.send(Item::File { path, content }).await;
    }

    /// The generation in force.
    pub(super) fn generation(&self) -> u32 {
        self.generation.get()
    }
}

/// The receiving side.
pub(super) struct Dispatcher {
    queue: mpsc::Receiver<Item>,
    sink: Box<dyn Sink>,
    view: Conflate<LiveView>,
    hooks: TaskQueue,
    stop: Stop,
    thresholds: Watch,
    seq: u64,
    incarnation: u32,
    failed: Option<String>,
}

impl Dispatcher {
    /// A dispatcher and the handle that feeds it.
    pub(super) fn new(
        clock: &Clock,
        sink: Box<dyn Sink>,
        view: Conflate<LiveView>,
        hooks: TaskQueue,
        stop: Stop,
        thresholds: Watch,
    ) -> (Emitter, Self) {
        let (tx, rx) = Block::channel(QUEUE);
        let generation = Rc::new(Cell::new(1));
        let emitter =
            Emitter { queue: tx, clock: clock.clone(), generation, log: Rc::default(), files: FileRoom::default() };
        (emitter, Self { queue: rx, sink, view, hooks, stop, thresholds, seq: 0, incarnation: 1, failed: None })
    }

    /// Runs until every emitter is gone, then makes everything durable. Returns why records could not be kept, if so.
    pub(super) async fn run(mut self) -> Option<String> {
        let mut items = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut items, BATCH).await > 0 {
            let mut records = Vec::with_capacity(items.len());
            let mut acks = Vec::new();
            for item in items.drain(..) {
                records.push(self.take(item, &mut acks));
            }
            self.write(&records).await;
            if !acks.is_empty() {
                let kept = self.sync().await;
                for ack in acks {
                    let _ = ack.send(kept);
                }
            }
        }
        self.sync().await;
        self.failed
    }

    fn take(&mut self, item: Item, acks: &mut Vec<oneshot::Sender<bool>>) -> Record {
        match item {
            Item::Event { ids, t_ns, generation, kind, durable } => {
                self.seq += 1;
                acks.extend(durable);
                let event =
                    Event { seq: self.seq, t_ns, incarnation: self.incarnation, generation, segment: 1, ids, kind };
                if let EventKind::TaskEnded(task) = &event.kind {
                    self.hooks.send(&event.ids, task);
                }
                self.thresholds.event(&event);
                self.view.modify(|view| view.apply(&event));
                Record::Event(Arc::new(event))
            }
            Item::Samples(batch) => {
                self.thresholds.samples(&batch);
                self.view.modify(|view| view.sampled(&batch));
                Record::Samples(Arc::new(batch))
            }
            Item::File { path, content } => Record::File { path, content },
        }
    }

    async fn write(&mut self, records: &[Record]) {
        if self.failed.is_none()
            && let Err(error) = self.sink.write(records).await
        {
            self.fail(error.to_string());
        }
    }

    async fn sync(&mut self) -> bool {
        if self.failed.is_none()
            && let Err(error) = self.sink.sync().await
        {
            self.fail(error.to_string());
        }
        self.failed.is_none()
    }

    /// A run whose record cannot be kept is worth nothing: it ends, and cleans up from memory.
    fn fail(&mut self, why: String) {
        self.stop.request(StopLevel::Hard, &format!("the record cannot be kept: {why}"));
        self.failed = Some(why);
    }
}
