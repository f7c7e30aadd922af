//! A large message that is being read beside the engine's thread.

use super::frame::Incoming;
use super::output::said;
use crate::http::Aside;
use crate::notebook::Message as Said;
use futures_util::future::LocalBoxFuture;

/// At most one message. Who takes in others finishes it first, so that what a cell says stays in order.
#[derive(Default)]
pub(super) struct Reading(Option<LocalBoxFuture<'static, Option<Said>>>);

impl Reading {
    /// Begins with a message.
    pub(super) fn begin(&mut self, aside: &Aside, message: Incoming) {
        let aside = aside.clone();
        self.0 = Some(Box::pin(async move { aside.run(message.size(), move || said(&message)).await }));
    }

    /// What the message says, once it is read; `None` where there is none, or it says nothing. Where the wait is cut short the next one goes
    /// on with it.
    pub(super) async fn finish(&mut self) -> Option<Said> {
        let said = self.0.as_mut()?.await;
        self.0 = None;
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::is_large;
    use crate::hub::frame::{Channel, Kind};
    use futures_util::FutureExt;
    use std::sync::mpsc;

    fn printed(text: &str) -> Incoming {
        Incoming {
            channel: Channel::Iopub,
            kind: Kind::Stream,
            id: "k".into(),
            date: "".into(),
            parent: "m".into(),
            content: format!(r#"{{"name": "stdout", "text": "{text}"}}"#).into(),
            buffers: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_message_outlives_a_wait_that_is_cut_short() {
        let (aside, mut reading) = (Aside::default(), Reading::default());
        assert_eq!(reading.finish().await, None, "there is none");
        let message = printed(&"x".repeat(100_000));
        assert!(is_large(message.size()));
        let expected = said(&message);
        // Others have all turns until they are let go.
        let (go, wait) = mpsc::channel::<()>();
        let wait = std::sync::Arc::new(std::sync::Mutex::new(wait));
        let held: Vec<_> = (0..2)
            .map(|_| {
                let (aside, wait) = (aside.clone(), std::sync::Arc::clone(&wait));
                tokio::spawn(async move {
                    aside
                        .run(1 << 20, move || {
                            let _ = wait.lock().unwrap().recv();
                        })
                        .await;
                })
            })
            .collect();
        tokio::task::yield_now().await;
        reading.begin(&aside, message);
        assert!(reading.finish().now_or_never().is_none(), "it waits for its turn");
        drop(go);
        assert_eq!(reading.finish().await, expected);
        assert_eq!(reading.finish().await, None, "it is handed over once");
        for held in held {
            held.await.unwrap();
        }
    }
}
