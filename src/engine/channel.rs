//! Bounded channels whose type says what happens when they are full.

use std::cell::Cell;
use std::rc::Rc;
use tokio::sync::{mpsc, watch};

/// Sending waits for room: nothing is ever lost.
#[derive(Debug)]
pub struct Block<T>(mpsc::Sender<T>);

impl<T> Clone for Block<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Block<T> {
    /// A channel with room for `capacity` values.
    #[must_use]
    pub fn channel(capacity: usize) -> (Self, mpsc::Receiver<T>) {
        let (tx, rx) = mpsc::channel(capacity);
        (Self(tx), rx)
    }

    /// Waits for room, then sends. Gives the value back if the receiver is gone.
    ///
    /// # Errors
    /// The receiver is gone.
    pub async fn send(&self, value: T) -> Result<(), T> {
        self.0.send(value).await.map_err(|error| error.0)
    }
}

/// Sending never waits: without room the new value is dropped and counted.
#[derive(Debug)]
pub struct DropNewest<T> {
    tx: mpsc::Sender<T>,
    dropped: Rc<Cell<u64>>,
}

impl<T> Clone for DropNewest<T> {
    fn clone(&self) -> Self {
        Self { tx: self.tx.clone(), dropped: Rc::clone(&self.dropped) }
    }
}

impl<T> DropNewest<T> {
    /// A channel with room for `capacity` values.
    #[must_use]
    pub fn channel(capacity: usize) -> (Self, mpsc::Receiver<T>) {
        let (tx, rx) = mpsc::channel(capacity);
        (Self { tx, dropped: Rc::new(Cell::new(0)) }, rx)
    }

    /// Sends if there is room; says whether there was.
    pub fn send(&self, value: T) -> bool {
        let sent = self.tx.try_send(value).is_ok();
        if !sent {
            self.dropped.set(self.dropped.get() + 1);
        }
        sent
    }

    /// Values dropped so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.get()
    }
}

/// Sending replaces what was not read yet: readers see the latest value only.
#[derive(Debug, Clone)]
pub struct Conflate<T>(watch::Sender<T>);

impl<T: Clone> Conflate<T> {
    /// A channel that holds `first` until something is sent.
    #[must_use]
    pub fn channel(first: T) -> (Self, watch::Receiver<T>) {
        let (tx, rx) = watch::channel(first);
        (Self(tx), rx)
    }

    /// Changes the value in place and wakes readers.
    pub fn modify(&self, change: impl FnOnce(&mut T)) {
        self.0.send_modify(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn each_policy_does_what_its_name_says() {
        let (drop_newest, mut rx) = DropNewest::channel(1);
        assert!(drop_newest.send(1));
        assert!(!drop_newest.send(2));
        assert_eq!((rx.recv().await, drop_newest.dropped()), (Some(1), 1));

        let (conflate, rx) = Conflate::channel(0);
        conflate.modify(|v| *v = 1);
        conflate.modify(|v| *v += 1);
        assert_eq!(*rx.borrow(), 2);

        let (block, mut rx) = Block::channel(1);
        block.send(1).await.unwrap();
        let second = block.send(2);
        tokio::pin!(second);
        let waits = std::future::poll_fn(|cx| std::task::Poll::Ready(second.as_mut().poll(cx).is_pending())).await;
        assert!(waits, "a full channel makes its sender wait");
        assert_eq!(rx.recv().await, Some(1));
        second.await.unwrap();
        drop(rx);
        assert_eq!(block.send(3).await, Err(3));
    }
}
