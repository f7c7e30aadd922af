//! SIGINT and SIGTERM: the first stops gracefully, the second at once.

use crate::engine::{Stop, StopLevel};
use crate::lab::Cancel;
use tokio::signal::unix::{SignalKind, signal};

/// Turns signals into stop requests until it is dropped.
pub(crate) async fn watch(stop: Stop) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Without handlers the default action ends the process; `hubmark clean` does the rest.
        return std::future::pending().await;
    };
    loop {
        let name = tokio::select! { biased;
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        };
        let level = if stop.level() == StopLevel::Go { StopLevel::Graceful } else { StopLevel::Hard };
        stop.request(level, name);
    }
}

/// Waits for the first SIGINT or SIGTERM. Used by what serves until it is told to stop.
pub(crate) async fn terminated() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // The default action ends the process.
        return std::future::pending().await;
    };
    tokio::select! { biased;
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Lets the first SIGINT or SIGTERM end the start of a lab, which then removes what it has started. Used where no run is under way.
pub(crate) fn cancel_start(cancel: Cancel) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(terminated());
        cancel.cancel();
    });
}
